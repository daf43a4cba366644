"""Spelling of texts: the form that is sent, the forms that are the same, and accidents of spreadsheets.

A text has several writings that look alike: composed and decomposed letters, blanks that do not break, characters
without a shape. `clean` is what is sent, `canonical` is how two texts are compared, `folded` how two names are, and
`near` how two numbers of documents are that a person may have meant to be one.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from bill_values.spreadsheet_errors import is_failed, is_shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

JOINERS = "\u200c\u200d"
"""Characters without a shape that some scripts and emoji need between two letters."""

SHOWN_FORMATS = frozenset(map(chr, (*range(0x0600, 0x0606), 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD)))
"""Characters of Unicode's formats (Cf) that have a shape: signs that Arabic and other scripts set before numbers."""

_LATIN_ENDS = 0x0250
"""The first character behind Latin letters: no joiner belongs among those."""

_LINE_ENDS = re.compile("\r\n|[\r\u2028\u2029]")
INKLESS = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters that have no ink: they leave a gap."""

_BLANKS = re.compile(f"[\t\v\f\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u202f\u205f\u3000{INKLESS}]")
"""What a reader sees as a blank: Unicode's blanks, tabs, and letters that have no ink."""

_LONG_NUMBER = re.compile(r"[0-9]{16,}")
DIGITS_KEPT = 15
"""Digits of a number that a spreadsheet keeps; it makes zeros of the others."""

NOTHING = frozenset(
    {"n/a", "n.a.", "#n/a", "na", "nan", "<na>", "null", "(null)", "none", "nil", "(blank)"}
    | {"-", "--", "\u2013", "\u2014", ".", "?", "#", "/"}
)
"""Words that people and programs write where there is nothing, folded."""

_LEADING_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")
_NOT_NEAR = re.compile(r"[\s'`\u00b4\u2018\u2019\u02bc\u2032\-\u2010-\u2015\u2212_]")

_SIGNS = re.compile(r"[./\\#:,|*]")


def clean(text: str) -> str:
    """The text as it is sent: composed (NFC), without characters that have no shape, with plain blanks, trimmed.

    Line ends within are kept, as line feeds. Joiners stay between characters of scripts that need them.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    text = _BLANKS.sub(" ", _LINE_ENDS.sub("\n", unicodedata.normalize("NFC", text)))
    if any(unicodedata.category(each) == "Cf" for each in text):
        text = unicodedata.normalize("NFC", "".join(_shaped(text)))
    return text.strip()


def _shaped(text: str) -> list[str]:
    """The characters without those of formats that have no shape."""
    kept: list[str] = []
    for place, each in enumerate(text):
        if unicodedata.category(each) != "Cf" or _belongs(each, kept[-1:], text[place + 1 : place + 2]):
            kept.append(each)
    return kept


def has_shape(text: str, place: int) -> bool:
    """True if the format character (Cf) at this place of a text is seen, or shapes the letters around it."""
    return _belongs(text[place], text[max(0, place - 1) : place], text[place + 1 : place + 2])


def _belongs(character: str, before: Sequence[str], behind: str) -> bool:
    """True if a format character belongs between its neighbours, which are empty at the ends of a text."""
    if character in SHOWN_FORMATS:
        return True
    return character in JOINERS and bool(before and behind) and _joins(before[0]) and _joins(behind)


def _joins(character: str) -> bool:
    return ord(character) >= _LATIN_ENDS and unicodedata.category(character) not in {"Cf", "Zs"}


def control_character(text: str) -> str | None:
    """The first character of a cleaned text that no text has, such as NUL or half of a pair, as `U+0000`."""
    if text.isprintable():
        return None
    found = next((each for each in text if each != "\n" and unicodedata.category(each) in {"Cc", "Cs"}), None)
    return None if found is None else f"U+{ord(found):04X}"


def letters(text: str) -> str:
    """The letters and digits of a text alone, in one case: names that differ only in signs and blanks are the same."""
    return "".join(filter(str.isalnum, text)).casefold()


def canonical(text: str) -> str:
    """The text for comparing to the letter: cleaned, every run of blanks and line ends one blank."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join(clean(text).split())


@lru_cache(maxsize=8192)  # most names come again and again
def folded(text: str) -> str:
    """A name for comparing, as people read it: canonical, and case does not count."""
    text = canonical(text)
    if text.isascii():
        return text.casefold()
    # Decomposed first, as Unicode defines caseless matching: some letters fold apart only then.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())


def without_accents(text: str) -> str:
    """The text with its letters as they are without marks above and below them."""
    return "".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each))


@lru_cache(maxsize=8192)  # of what is sent now, and stored next
def near(text: str) -> str:
    """A number for finding what may have been meant by it.

    Case, blanks, hyphens, apostrophes and zeros in front of digits do not count. Two numbers of one party that are
    equal so are a near miss, never the same.
    """
    # Zeros twice: those before a blank or hyphen as in 2026-01, and those that come to stand in front without it.
    bare = _LEADING_ZEROS.sub("", _NOT_NEAR.sub("", _LEADING_ZEROS.sub("", folded(text))))
    return folded(bare)


@lru_cache(maxsize=8192)
def suspected(text: str) -> str:
    """A number as `near` has it, and without width and signs too: for finding twins, never for what is the same."""
    return near(_SIGNS.sub(" ", unicodedata.normalize("NFKC", text)))


def broken(text: str) -> str | None:
    """Why a text is no name and no number of anything, where a spreadsheet has broken it; None where it has not."""
    if is_failed(text):
        return "a spreadsheet's sign for an error or a narrow column"
    if is_shortened(text):
        return "a long number that a spreadsheet has shortened; its digits are lost"
    return None


def says_nothing(text: str) -> bool:
    """True if a text is a word for nothing, and so no name and no number of anything."""
    return folded(text) in NOTHING


def has_lost_digits(text: str) -> bool:
    """True if a number looks as if a spreadsheet had made zeros of all but its first fifteen digits."""
    return bool(_LONG_NUMBER.fullmatch(text)) and not text[DIGITS_KEPT:].strip("0")
