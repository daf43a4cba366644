"""The notation of a file, found from its texts: the order of days, what parts numbers, currencies, credits.

What several notations read alike is no finding: it is a question, and the texts that leave it open are named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bill_values.notations import ISO, day_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

DATE_FORMATS = (
    ISO, "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%m.%d.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d", "%Y.%m.%d.",
    "%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%m-%y", "%m-%d-%y",
    "%y/%m/%d", "%y.%m.%d", "%y-%m-%d", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %b %y",
    "%d. %b %Y", "%d. %b %y", "%d.%b.%Y", "%d/%b/%Y", "%d de %b de %Y", "%b %d, %Y", "%b %d %Y", "%Y%m%d",
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%d %H:%M:%S%z", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
)  # fmt: skip
"""Formats that are looked for, the likelier ones first; `%b` reads the names of months, long ones too."""

FORMATS_MAX = 3
"""Formats that one file mixes."""

SPAN_YEARS_MAX = 10
"""Years from the first to the last document of a file. `26/01/13` may be of 2026 or 2013: days of a month that are read
as years span more, as soon as there are some.
"""

CODES = frozenset(
    "aed ars aud bgn brl cad chf clp cny cop czk dkk eur gbp hkd huf idr ils inr jpy kes krw mxn myr ngn "  # noqa: SIM905
    "nok nzd pen php pln ron rub sar sek sgd thb try twd uah usd vnd zar".split()
)
"""Currencies whose codes stand in headers and beside amounts (ISO 4217)."""

SIGNS: Mapping[str, str] = {
    "$": "usd", "us$": "usd", "€": "eur", "£": "gbp", "¥": "jpy", "₹": "inr", "rs": "inr", "rs.": "inr", "r$": "brl",
    "c$": "cad", "ca$": "cad", "a$": "aud", "au$": "aud", "nz$": "nzd", "hk$": "hkd", "s$": "sgd", "zł": "pln",
    "kr": "kr", "kr.": "kr", "kč": "czk", "fr.": "chf", "sfr.": "chf", "ft": "huf", "lei": "ron", "₺": "try",
    "₽": "rub", "₩": "krw", "₪": "ils",
} | {code: code for code in CODES}  # fmt: skip
"""Signs beside amounts, and the currency of each; which crowns or dollars are meant, the sign alone does not say."""

_BLANKS = " \u00a0\u2007\u2009\u202f"
_LOOKS_LIKE_DAY = re.compile(r"(?=.*[0-9])[^\W_](?:[^\W_]|[\-+/., :\u0300-\u036f]){4,35}")
_RUN = re.compile(rf"[.,]?[0-9](?:[0-9.,'\u2019{_BLANKS}]*[0-9.,])?")
_BESIDE = re.compile(rf"[-+\u2212('{_BLANKS}]*(?P<before>[^\d\s\-+\u2212().,']*\.?)[-+\u2212('{_BLANKS}]*")
_BEHIND = re.compile(
    rf"[-+\u2212\u2013\u2014){_BLANKS}]*(?P<behind>[^\d\s\-+\u2212\u2013\u2014()]*)[-+\u2212){_BLANKS}]*"
)
_LEDGER = ("cr", "dr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """The way in which days are written.

    Attributes:
        formats: Those that read the texts; none where none does.
        open: Formats that read them alike and differently, one of which is meant.
        example: A text that they read as different days.
    """

    formats: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    example: str = ""


def days_of(texts: Iterable[str]) -> Days:
    """The formats of days, from texts of which most are days."""
    left = {text for text in texts if _LOOKS_LIKE_DAY.fullmatch(text)}
    read = {each: _read(each, left) for each in DATE_FORMATS}
    chosen: list[str] = []
    while left and len(chosen) < FORMATS_MAX:
        count = {each: len(left & days.keys()) for each, days in read.items()}
        most = max(count.values())
        if not most:
            break
        fitting = _narrow({each: read[each] for each in DATE_FORMATS if count[each] == most})
        best = fitting[0]
        for other in (*chosen, *fitting):
            if example := _disagree(read[best], read[other]):
                alike = [
                    each for each in DATE_FORMATS if example in read[each] and (count[each] < most or each in fitting)
                ]
                return Days(open=tuple(alike), example=example)
        chosen.append(best)
        left -= read[best].keys()
    return Days(formats=tuple(chosen))


def _read(date_format: str, texts: Iterable[str]) -> Mapping[str, str]:
    read, found = day_reader((date_format,)), {}
    for text in texts:
        try:
            found[text] = read(text)
        except ValueError:
            continue
    return found


def _narrow(read: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The formats whose days are of the years of one file; all of them where none is so."""
    years = {each: [int(day[:4]) for day in days.values()] for each, days in read.items()}
    narrow = [each for each, of_days in years.items() if max(of_days) - min(of_days) <= SPAN_YEARS_MAX]
    return narrow or [*read]


def _disagree(one: Mapping[str, str], other: Mapping[str, str]) -> str:
    """A text that both read, and not as one day."""
    return min((text for text in one.keys() & other.keys() if one[text] != other[text]), default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The way in which numbers are written.

    Attributes:
        decimal: What parts the decimals; None where the texts leave it open.
        thousands: What parts the thousands, where it has to be said.
        example: A text by which the decimals were found, or that leaves them open.
        grouped: A text by which the thousands were found.
        currency: The signs beside them.
        several: Texts in different currencies, one of each.
        ledger: A text with CR or DR.
    """

    decimal: str | None = "."
    thousands: str | None = None
    example: str = ""
    grouped: str = ""
    currency: tuple[str, ...] = ()
    several: tuple[str, ...] = ()
    ledger: str = ""


def numbers_of(texts: Sequence[str]) -> Numbers:
    """The notation of numbers, from texts of which most are some."""
    signs: dict[str, str] = {}
    currencies: dict[str, str] = {}
    ledger = ""
    votes: dict[str, str] = {}
    either: dict[str, str] = {}
    for text in dict.fromkeys(texts):
        parts = _parts(text)
        if parts is None:
            continue
        before, number, behind = parts
        for sign in (before, behind):
            if sign.casefold() in SIGNS:
                signs.setdefault(sign, text)
                currencies.setdefault(SIGNS[sign.casefold()], text)
        if behind.casefold() in _LEDGER:
            ledger = ledger or text
        decimal, sure = _decimal(number)
        if decimal:
            (votes if sure else either).setdefault(decimal, text)
    return replace(
        _parted(votes, either),
        currency=tuple(signs),
        several=tuple(currencies.values()) if len(currencies) > 1 else (),
        ledger=ledger,
    )


def can_read(read: Callable[[str], object], text: str) -> bool:
    """True for a text that this reader takes."""
    try:
        read(text)
    except ValueError:
        return False
    return True


def looks_like_number(text: str) -> bool:
    """True for a number in any notation, with a currency or not."""
    parts = _parts(text)
    return parts is not None and all(
        not each or each.casefold() in SIGNS or each.casefold() in _LEDGER for each in parts[::2]
    )


def _parts(text: str) -> tuple[str, str, str] | None:
    """The text before a number, its digits, and the text behind it; None for what holds no single number."""
    run = _RUN.search(text)
    if not run:
        return None
    before, behind = _BESIDE.fullmatch(text[: run.start()]), _BEHIND.fullmatch(text[run.end() :])
    if before is None or behind is None:
        return None
    return before["before"], run[0], behind["behind"]


def _decimal(number: str) -> tuple[str, bool]:
    """The sign that parts a number's decimals, and whether that is sure; none for a number without signs.

    `1,041` may have parted thousands or decimals: the comma is returned as what is open.
    """
    signs = [each for each in number if each in ".,"]
    if not signs:
        return "", True
    last = signs[-1]
    other = "." if last == "," else ","
    if len(set(signs)) > 1:
        return last, True
    if len(signs) > 1:
        return other, True
    whole, _, decimals = number.rpartition(last)
    grouped = len(decimals) == 3 and re.fullmatch(r"[1-9][0-9]{0,2}", whole)  # noqa: PLR2004  digits of a thousand
    return last, not grouped


def _parted(votes: Mapping[str, str], either: Mapping[str, str]) -> Numbers:
    """The signs that part decimals and thousands, by texts that tell it and texts that may be read either way."""
    if len(votes) > 1 or (not votes and len(either) > 1):
        both = votes if len(votes) > 1 else either
        return Numbers(decimal=None, example=f"{both['.']} and {both[',']}")
    if not votes:
        return Numbers(decimal=None, example=next(iter(either.values()))) if either else Numbers()
    ((decimal, example),) = votes.items()
    thousands = "," if decimal == "." else "."
    if thousands in either:
        return Numbers(decimal=decimal, thousands=thousands, example=example, grouped=either[thousands])
    return Numbers(decimal=decimal, example=example)
