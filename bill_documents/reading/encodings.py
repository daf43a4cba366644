"""Encodings of files: by their mark, as the settings say, or found.

UTF-8 proves itself. Of code pages a reading counts in which words are words: of one script, their capitals in front,
signs where people put them. Of those in Latin letters the one with the fewest words counts that no language of its code
page writes so. Where several are left, and they differ, people are asked; what was found is always said. (On texts as
short as names a general detector ties, and leaves the right one out.)
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING

from bill_documents.errors import instead, quoted
from bill_documents.reading.letters import is_odd
from bill_program.settings import WrongSetting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

UTF_8, UTF_16 = "utf-8", "utf-16"
MARKS = {codecs.BOM_UTF8: UTF_8, codecs.BOM_UTF16_LE: UTF_16, codecs.BOM_UTF16_BE: UTF_16}
WESTERN = ("cp1252", "mac_roman", "cp850", "iso8859_15")
"""Code pages of Windows, of the Mac, of DOS and of old mail systems for western Europe."""

LATIN = (*WESTERN, "cp1250", "cp1254", "cp1257")
"""With those of Windows for central European, Turkish and Baltic letters. A byte is a letter in most of them."""

OTHERS = ("cp1251", "cp1253", "cp1255", "cp1256")
"""Those of Windows for Cyrillic, Greek, Hebrew and Arabic letters."""

EASTERN: Mapping[str, tuple[str, range]] = {
    "cp932": ("shift_jis", range(0x81, 0x98)),
    "gb18030": ("gb2312", range(0xB0, 0xD8)),
    "cp949": ("euc_kr", range(0xB0, 0xC9)),
    "big5": ("big5", range(0xA4, 0xC7)),
    "euc_jp": ("euc_jp", range(0xA4, 0xD0)),
}
"""Encodings of Japanese, Chinese and Korean, each with the standard that has the common signs, and their first bytes:
the rare ones make a word of almost any bytes.
"""

WIDE = ("utf-16-le", "utf-16-be")
SAMPLE_BYTES_MAX = 64 * 1024
WORDS_SHOWN = 3

_TOKEN = re.compile(rb"[^\s,;|\"]+")
_WORD = re.compile(r"[^\W\d_ªº]+")
_BESIDE_WORDS = frozenset("\uff08\uff09・、。「」€£¥§®©™°«»\u2013—\u2018\u2019“”„…¿¡•½¼¾ºª²³")
"""Signs that people write in names and descriptions, beside letters."""

_BROKEN = re.compile(r"[^\W\d_][€£¥§©„“«¿¡•—…][^\W\d_]?|[£¥][^\W\d_]|\d[™©®]")
"""A sign behind or before a letter that nobody puts there."""

_GLUED = re.compile("^[\u2013»€][^\\W\\d_]|[^\\W\\d_]°[^\\W\\d_]|[^\\W\\d_]{2}°")
"""One that few put there."""

_JAPANESE = frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"})

ODD_LETTERS_MAX = 2
"""Letters of a word in Latin script that may all be outside of ASCII."""

LAST_LATIN = "\u017f"
"""Of the letters that languages in Latin script have in common code pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A file's text in one encoding.

    Attributes:
        encoding: As Python names it.
        words: Some that are not ASCII, where the encoding was found by them, or is doubted for them.
        better: Readings that make words, where the settings name an encoding that makes none.
    """

    encoding: str
    words: tuple[str, ...] = ()
    better: tuple[Reading, ...] = ()


def encoding_named(name: str) -> str:
    """Python's name of an encoding, whatever spelling it was given in (`UTF8`, `windows-1252`, `macintosh`)."""
    try:
        found = codecs.lookup(name)
        if "a".encode(found.name).decode(found.name) == "a":
            return found.name
    except (LookupError, ValueError, TypeError, AttributeError):
        pass
    known = instead(name, (UTF_8, UTF_16, *LATIN, *OTHERS, *EASTERN), full=True)
    raise WrongSetting(f"is {quoted(name)}, which is no encoding; {known}")


def wide(start: bytes) -> str | None:
    """The encoding of a text of two bytes a character without a mark, by its first bytes; None for another one."""
    if b"\0" not in start:
        return None
    for encoding, place in zip(WIDE, (1, 0), strict=True):
        if start[place::2].count(0) > len(start) // 4 and 0 not in start[1 - place :: 2]:
            return encoding
    return None


def readings(content: Iterable[bytes]) -> list[Reading]:
    """The likely readings of a text that is not UTF-8, each different from the others.

    Args:
        content: The text, cut anywhere but in a word.

    Returns:
        One where there is no doubt; none where no encoding fits.
    """
    return readings_of(_words(content))


def readings_of(words: Sequence[bytes]) -> list[Reading]:
    """The same for its words that are not ASCII."""
    sample = b"\n".join(words)
    latin = _likely(sample, LATIN)
    odd = [sum(map(_has_odd, each.text.split("\n"), repeat(each.encoding))) for each in latin]
    least = min(odd, default=len(words))
    found = [each for each, count in zip(latin, odd, strict=True) if count == least]
    if 2 * least > len(words):
        found += _likely(sample, (*OTHERS, *EASTERN))
    return [each.reading for each in found]


def _has_odd(token: str, encoding: str) -> bool:
    return bool(_GLUED.search(token)) or any(is_odd(word, encoding) for word in _WORD.findall(token))


def named(encoding: str, content: Iterable[bytes]) -> Reading:
    """The reading that the settings name, with better ones where it makes no words and these do."""
    if encoding not in LATIN + OTHERS:
        return Reading(encoding=encoding)
    words = _words(content)
    sample = b"\n".join(words)
    better = [each.reading for each in _likely(sample, [encoding]) or _likely(sample, [UTF_8])] or readings_of(words)
    if encoding in {each.encoding for each in better}:
        return Reading(encoding=encoding)
    made = tuple(word.decode(encoding, "replace") for word in words[:WORDS_SHOWN])
    return Reading(encoding=encoding, words=made, better=tuple(better))


@dataclass(frozen=True, slots=True)
class _Decoded:
    """A sample in one encoding."""

    encoding: str
    text: str

    @property
    def reading(self) -> Reading:
        return Reading(encoding=self.encoding, words=tuple(self.text.split("\n")[:WORDS_SHOWN]))


def _likely(sample: bytes, encodings: Iterable[str]) -> list[_Decoded]:
    """The sample in the encodings that make words of it, each text once."""
    found: dict[str, _Decoded] = {}
    for encoding in encodings:
        with suppress(UnicodeDecodeError):
            text = sample.decode(encoding)
            if all(map(_is_plausible, text.split("\n"))) and (encoding not in EASTERN or _is_common(text, encoding)):
                found.setdefault(text, _Decoded(encoding, text))
    return [*found.values()]


def _is_common(text: str, encoding: str) -> bool:
    """True if a text in an eastern encoding has common signs only."""
    standard, first_bytes = EASTERN[encoding]
    try:
        return all(each.encode(standard)[0] in first_bytes for each in "".join(_WORD.findall(text)) if each > "\x7f")
    except UnicodeEncodeError:
        return False


def _words(content: Iterable[bytes]) -> list[bytes]:
    """The different words that are not ASCII, up to the size of a sample."""
    words: dict[bytes, None] = {}
    size = 0
    for part in content:
        if part.isascii():
            continue
        for found in _TOKEN.finditer(part):
            word = found.group()
            if not word.isascii() and word not in words:
                words[word] = None
                size += len(word)
        if size > SAMPLE_BYTES_MAX:
            break
    return [*words]


def _is_plausible(token: str) -> bool:
    """True if a word is of one script, of one case or with a capital, and its signs stand where people put them."""
    signs = {each for each in _WORD.sub("", token) if not each.isascii() and not each.isspace()}
    return signs <= _BESIDE_WORDS and not _BROKEN.search(token) and all(map(_is_word, _WORD.findall(token)))


def _is_word(word: str) -> bool:
    if word.isascii():
        return True
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in word}
    is_cased = word.islower() or word.isupper() or (word[0].isupper() and word[1:].islower())
    if scripts != {"LATIN"}:
        has_no_case = word.lower() == word.upper()
        return (len(scripts) == 1 and (is_cased or has_no_case)) or scripts <= _JAPANESE
    has_plain = len(word) <= ODD_LETTERS_MAX or any(map(str.isascii, word))
    return is_cased and has_plain and max(word) <= LAST_LATIN
