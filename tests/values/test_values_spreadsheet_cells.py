"""Cells for spreadsheets: what is written comes back, and nothing that is written is a formula."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bill_values.spreadsheet_cells import guarded, unguarded

AS_THEY_ARE = (
    *("", "A", "'s-Hertogenbosch", "'", "''", "'t Hof", "O'Brien", "a=1", " =1", "#N/A"),
    *("-5", "-5.00", "-1,234.50", "-1.5E-3", "+12", "-$5.00", "-€ 5,00", "-1 234,50"),
    *("+44 20 7946 0000", "+1 (555) 010-0100", "+1-555-0100", "+31/20/123"),
)
FORMULAS = (
    *("=1", "=HYPERLINK(1)", "@SUM(1)", "\t=1", "\r=1", "+", "-", "-A1", "+A1", "-1+2", "-1-2", "--1"),
    *("+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "'=1", "''@x", "'-x", "-\u0661", "+1+A1", "-(1)"),
)


@pytest.mark.parametrize("text", AS_THEY_ARE)
def test_what_is_no_formula_stays(text: str) -> None:
    assert (guarded(text), unguarded(text)) == (text, text)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_gets_an_apostrophe_and_loses_it_again(text: str) -> None:
    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text


likely = st.text(st.sampled_from("'=@+-\t\r\n 0159.,()/AxE€")) | st.text()


@given(likely)
def test_what_is_written_comes_back(text: str) -> None:
    assert unguarded(guarded(text)) == text


@given(likely)
def test_nothing_that_is_written_begins_a_formula(text: str) -> None:
    assert not guarded(text).startswith(("=", "@", "\t", "\r"))


@given(likely)
def test_what_others_have_written_loses_no_apostrophe_but_before_a_formula(text: str) -> None:
    assert unguarded(text) in {text, text[1:]}
    if unguarded(text) != text:
        assert text.lstrip("'").startswith(("=", "@", "\t", "\r", "\n", "+", "-"))
