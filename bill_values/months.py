"""Names of months in the languages whose files are read: English, German, French, Spanish, Dutch and Italian.

`strptime` knows English ones alone, unless the locale of the whole process is another, which the system may not have.
The words are those of Unicode's CLDR, long and short, and of Austria; a library that has them (Babel) brings the data
of seven hundred other locales along.
"""

from __future__ import annotations

import re
import unicodedata

NAMES = {
    "Jan": "january januar janner jan janvier janv enero ene januari gennaio gen",
    "Feb": "february februar feber feb fevrier fevr fev febrero februari febbraio",
    "Mar": "march marz maerz mrz mar mars marzo maart mrt",
    "Apr": "april apr avril avr abril abr aprile",
    "May": "may mai mayo mei maggio mag",
    "Jun": "june juni jun juin junio giugno giu",
    "Jul": "july juli jul juillet juil julio luglio lug",
    "Aug": "august aug aout agosto ago augustus",
    "Sep": "september sept sep septembre septiembre setiembre set settembre",
    "Oct": "october oct oktober okt octobre octubre ottobre ott",
    "Nov": "november nov novembre noviembre",
    "Dec": "december dec dezember dez decembre diciembre dic dicembre",
}
"""Without accents, and in lower case. No word is a month in one language and another month in another."""

ENGLISH = {word: short for short, words in NAMES.items() for word in words.split()}
"""The English short form of each name."""

_WORD = re.compile(r"([^\W\d_]+)(\.?)")


def with_english_months(text: str) -> str:
    """The text with each month by its English short form (`Mar`), without a point behind it."""
    composed = unicodedata.normalize("NFC", text)
    return _WORD.sub(lambda found: ENGLISH.get(without_accents(found[1])) or found[0], composed)


def without_accents(text: str) -> str:
    """A text in lower case and without accents."""
    parts = unicodedata.normalize("NFD", text.casefold())
    return "".join(each for each in parts if not unicodedata.combining(each))
