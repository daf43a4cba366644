"""Cells of CSV files that people open in a spreadsheet: none of them is a formula there.

What a spreadsheet would take for a formula gets an apostrophe in front, by which spreadsheets and their users know a
text. Our own readers take it off again, in exactly these cases: `guarded` and `unguarded` are inverse to each other. A
text that already begins so gets a further apostrophe: `'=1` is written `''=1`.
"""

from __future__ import annotations

import re

APOSTROPHE = "'"
FORMULA = "="

_NUMBER = r"[$\u00a3\u20ac\u00a5]? ?[0-9][0-9 \u00a0\u202f.,']*(?:[eE][+-]?[0-9]+)?"
_PHONE_NUMBER = r"[0-9 ()./-]*[0-9][0-9 ()./-]*"
_FORMULA = re.compile(
    r"'*+(?:[=@\t\r\n]"  # \n too, for readers make one of a CR
    rf"|-(?!{_NUMBER}\Z)|\+(?!(?:{_NUMBER}|{_PHONE_NUMBER})\Z))"
)
"""What is, or would be without its apostrophes, a formula."""


def guarded(text: str) -> str:
    """A cell as it is written for a spreadsheet."""
    return f"{APOSTROPHE}{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """A cell as it was before it was guarded; every other apostrophe stays, as in `'s-Hertogenbosch`."""
    return text[1:] if text.startswith(APOSTROPHE) and _FORMULA.match(text) else text


_MARKED = re.compile(r"'[0-9][0-9 .,/-]*")
_TEXT_FORMULA = re.compile(r'="((?:[^"]|"")*)"')
_CHANGED = re.compile(r"0[0-9]+|[0-9]{16,}|[0-9]+[-/][0-9][0-9/-]*|[0-9]+\.[0-9]+\.[0-9.]+")
"""Digits that are no number, or may be more: a spreadsheet makes 123 of 00123, and a day of 2026-01."""


def text_of(cell: str) -> str:
    """The text that a spreadsheet shows for a cell: without a guard, and without what only says that it is a text.

    Those are an apostrophe before digits (`'00123`) and a formula that is a text (`="00123"`).
    """
    if cell.startswith(APOSTROPHE):
        return cell[1:] if _MARKED.fullmatch(cell) else unguarded(cell)
    formula = _TEXT_FORMULA.fullmatch(cell)
    return formula[1].replace('""', '"') if formula else cell


def cell_of(text: str) -> str:
    """A cell of a CSV file by which `text_of` knows this text, and which a spreadsheet neither computes nor changes."""
    cell = f"{APOSTROPHE}{text}" if _CHANGED.fullmatch(text) else guarded(text)
    return cell if text_of(cell) == text else _text_formula(text)


def typed_cell_of(text: str) -> str:
    """The same for a workbook, where a text is no number and no formula, whatever it looks like."""
    return text if text_of(text) == text else cell_of(text)


def _text_formula(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'="{doubled}"'
