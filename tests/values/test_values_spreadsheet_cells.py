"""Cells for spreadsheets: what is written comes back, and nothing that is written is a formula."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from spreadsheets import SPREADSHEETS

from bill_values.spreadsheet_cells import cell_of, guarded, text_of, typed_cell_of

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
    assert guarded(text) == text


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_gets_an_apostrophe_and_loses_it_again(text: str) -> None:
    assert guarded(text) == f"'{text}"
    assert text_of(guarded(text)) == text


likely = st.text(st.sampled_from("'=@+-\t\r\n 0159.,()/AxE€")) | st.text()


@given(likely)
def test_nothing_that_is_written_begins_a_formula(text: str) -> None:
    assert not guarded(text).startswith(("=", "@", "\t", "\r"))


# Cells that `text_of` reads, which takes off what only says that a cell is a text

CHANGED = (
    *("00123", "1234567890123456", "123456789012", "2026-03-01", "01.03.2026", "1/2", "12-2026", "5-", "-0"),
    *("1.10", "10.5", "1,5", "1,234.50", "12 345", "1'234", "-5.00", ".5", "5.", "1 1/2", "5%", "(5)", "- 5", "-"),
    *("1E5", "1e-5", "12E3", "+7", "+44 20 7946 0000", "$5", "5 €", "5 EUR", "kr 5", "R5", "US$5", "R$ 5", "S/ 5"),
    *("MAR1", "Mar 5", "5-mrt", "12. März 2026", "SEPT2", "Sept 5", "ao\u00fbt 5", "5 de enero", "5 maj", "Octob 5"),
    *("Mon 5 Jan 2026", "5 października", "5 мая 2026", "2026年1月5日", "2026-01-05T10:00:00Z"),
    *("12:30", "1 PM", "5 a", "9:", "TRUE", "false", "Wahr", "FAUX", "#n/a", "#REF!", "#DIV/0!", "#BEZUG!"),
    *("\uff11\uff12", " 5", "5 ", "=1+1", "@x", "-A", "\uff1d1", "+A", "'5", "'00123", "''1.5", '="00123"'),
)
STAY = (
    *("123", "0", "-5", "20260105", "12345678", "", "A", "Mar", "May", "Acme", "RE-2026-0187", "INV-1001", "No. 5"),
    *("3M", "7-Eleven", "Rent Mar 2026", "Marketing 2026", "Bürobedarf 24 GmbH", "'s-Hertogenbosch", "'t Hof 5"),
    *("O'Brien", "'80s", "#5 Main St", "True North", "x=1", "Ł5 Łódź", "."),
)


@pytest.mark.parametrize("text", CHANGED)
def test_what_a_spreadsheet_may_change_is_marked_as_a_text(text: str) -> None:
    assert cell_of(text) == f"'{text}"
    assert text_of(cell_of(text)) == text


@pytest.mark.parametrize("text", STAY)
def test_what_no_spreadsheet_changes_is_not_marked(text: str) -> None:
    assert cell_of(text) == text
    assert text_of(text) == text


@pytest.mark.parametrize("text", ["00123", "2026-03-01", "1.10", "MAR1", "TRUE", "5%"])
def test_a_text_of_a_workbook_needs_no_mark(text: str) -> None:
    assert typed_cell_of(text) == text


@given(likely)
@example("'5")
@example('="00123"')
@example("=1+1")
@example("'00123")
def test_a_cell_is_read_as_the_text_that_it_was_written_for(text: str) -> None:
    assert text_of(cell_of(text)) == text_of(typed_cell_of(text)) == text


MONTHS = [name[:end] for each in SPREADSHEETS.values() for name in each.months for end in (3, 4, len(name))]
SIGNS = [sign for each in SPREADSHEETS.values() for sign in (*each.currencies, *each.booleans)]
parts = st.one_of(
    st.sampled_from([*"0159", "10", "12", "100", "2026", "00", *"'+-=@.,:/%() E", "\u00a0", "am", "p"]),
    st.sampled_from([*MONTHS, *SIGNS, "A", "RE", "Acme"]),
)


@pytest.mark.parametrize("language", SPREADSHEETS)
@given(text=st.lists(parts, max_size=6).map("".join))
def test_a_spreadsheet_saves_what_it_was_given_in_any_language(language: str, text: str) -> None:
    cell = cell_of(text)
    assert SPREADSHEETS[language].saved(cell) == cell
    assert text_of(SPREADSHEETS[language].saved(cell)) == text


@pytest.mark.parametrize("language", SPREADSHEETS)
def test_a_month_is_known_in_any_language_however_short(language: str) -> None:
    for name in SPREADSHEETS[language].months:
        assert [cell_of(f"{name[:end]} 5")[0] for end in (3, 4, len(name))] == ["'"] * 3


@pytest.mark.parametrize("language", SPREADSHEETS)
def test_the_model_of_a_spreadsheet_changes_what_they_are_known_to_change(language: str) -> None:
    spreadsheet = SPREADSHEETS[language]
    month, second = spreadsheet.months[2][:3], spreadsheet.booleans[1]
    known = (
        "00123",
        f"1{spreadsheet.decimal}10",
        "1E5",
        f"{month}1",
        f"{month} 5",
        "12:30",
        second.lower(),
        "+7",
        "5%",
    )
    for text in (*known, "1 1/2", "2026-03-01", "=1", "1234567890123456", f"{spreadsheet.currencies[0]}5"):
        assert spreadsheet.saved(text) != text
    for text in ("123", "Acme", "RE-2026-0187", "'00123"):
        assert spreadsheet.saved(text) == text
