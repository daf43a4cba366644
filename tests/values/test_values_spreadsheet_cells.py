"""Cells for spreadsheets: what is written comes back, and nothing that is written is a formula."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bill_values.spreadsheet_cells import cell_of, guarded, text_of, typed_cell_of, unguarded

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


# Cells that `text_of` reads, which takes off what only says that a cell is a text

CHANGED = ("00123", "1234567890123456", "2026-03-01", "01.03.2026", "1/2", "12-2026")
AS_NUMBERS = ("123", "0", "0.5", "1,234.50", "-5.00", "1.50", "12 345")


@pytest.mark.parametrize("text", CHANGED)
def test_what_a_spreadsheet_would_change_is_marked_as_a_text(text: str) -> None:
    assert cell_of(text) == f"'{text}"
    assert typed_cell_of(text) == text


@pytest.mark.parametrize("text", AS_NUMBERS)
def test_a_number_is_not_marked(text: str) -> None:
    assert cell_of(text) == text


@given(likely)
@example("'5")
@example('="00123"')
@example("=1+1")
@example("'00123")
def test_a_cell_is_read_as_the_text_that_it_was_written_for(text: str) -> None:
    assert text_of(cell_of(text)) == text_of(typed_cell_of(text)) == text
