"""Cells of CSV files that people open in a spreadsheet: none of them is a formula there, and none is saved changed.

What a spreadsheet would take for another thing than a text gets an apostrophe in front, by which spreadsheets and their
users know a text: it would compute `=1`, save 1.1 for 1.10, and a day for MAR1. Our own readers take it off again, in
exactly these cases: `cell_of` and `text_of` are inverse to each other. A text that already begins so gets a further
apostrophe: `'=1` is written `''=1`. In which language a spreadsheet runs is not known, so that `10.5` is a day too, as
it is in German. What spreadsheets do is seen in them, and documented for few of these writings; so it is not told which
of them are changed, but which are certainly not.

Numbers and days that need not come back letter by letter are only kept from being formulas (`guarded`).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from bill_values.spelling import without_accents
from bill_values.spreadsheet_errors import is_failed
from bill_values.spreadsheet_words import BOOLEANS, IN_VALUES

MARK = "\ufeff"
"""Begins a CSV for people: Excel takes a file without it for one in an encoding of Windows, and shows other letters for
umlauts."""

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
    """A cell that a spreadsheet does not compute; a number, which people add up there, stays one."""
    return f"{APOSTROPHE}{text}" if _FORMULA.match(text) else text


_TEXT_FORMULA = re.compile(r'="((?:[^"]|"")*)"')

_WHOLE = re.compile(r"0|[1-9][0-9]{0,7}|-[1-9][0-9]{0,6}")
"""Numbers that every spreadsheet saves as they are. Longer ones may not fit into a column, and become `1.23E+11`."""

_BEGINS_FORMULA = ("=", "@", "+", "-", "\t", "\r", "\n")
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W\d_]+")
_LETTERS_OF_SIGN = re.compile(r"[a-z]{1,2}(?=\$)|\b[bs](?=/)")
"""Letters of `US$`, `R$`, `S/` and `B/.`."""


def text_of(cell: str) -> str:
    """The text that a spreadsheet shows for a cell: without a mark that only says that it is a text.

    Those are an apostrophe before what may be no text (`'00123`, `'=1`), and a formula that is a text (`="00123"`).
    """
    if cell.startswith(APOSTROPHE):
        return cell[1:] if _may_be_no_text(cell.lstrip(APOSTROPHE)) else cell
    formula = _TEXT_FORMULA.fullmatch(cell)
    return formula[1].replace('""', '"') if formula else cell


def cell_of(text: str) -> str:
    """A cell of a CSV file by which `text_of` knows this text, and which a spreadsheet neither computes nor changes."""
    is_marked = not _WHOLE.fullmatch(text) and _may_be_no_text(text.lstrip(APOSTROPHE))
    return f"{APOSTROPHE}{text}" if is_marked else text


def typed_cell_of(text: str) -> str:
    """The same for a workbook, where a text is no number and no formula, whatever it looks like."""
    return text if text_of(text) == text else cell_of(text)


@lru_cache(maxsize=4096)  # columns repeat their texts
def _may_be_no_text(text: str) -> bool:
    """False for what is a text in every spreadsheet, in whatever language: it has a word, or no digit."""
    if is_failed(text):
        return True
    plain = without_accents(unicodedata.normalize("NFKC", text).casefold())
    if plain.startswith(_BEGINS_FORMULA) or plain.strip() in BOOLEANS:
        return True
    words = _WORD.findall(_LETTERS_OF_SIGN.sub("", plain))
    return bool(_DIGIT.search(plain)) and not any(map(_proves_text, words))


def _proves_text(word: str) -> bool:
    """True for a word of Latin letters that stands in no number, day or time."""
    return "a" <= word[0] <= "\u024f" and word not in IN_VALUES
