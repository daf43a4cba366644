"""Signs that two objects may be one, though no key says so: amount and day, or nearly the same name.

A number that is nearly another one is a matter of the key (`ObjectKey.loosened`).
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from bill_api.identity.totals import lines_total
from bill_api.table.kinds import plain
from bill_values.spelling import folded, suspected, without_accents

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bill_api.table.entity import Entity

DATES = ("invoiceDate", "creditDate")
"""The fields that hold the day of a document."""

LETTERS_MIN = 5
"""Letters of a name from which on one wrong letter may be a slip: of short names each may be meant."""

_PARTS = re.compile(r"[^\W_]+")
_NO_DIGITS = re.compile(r"[^0-9]+")
_UMLAUTS = re.compile("ae|oe|ue")
_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "œ": "oe", "ß": "ss", "ł": "l"})
_SAYS_LITTLE = frozenset(
    {"ab", "ag", "and", "bv", "co", "company", "corp", "corporation", "et", "gmbh", "inc", "incorporated", "limited"}
    | {"llc", "llp", "ltd", "nv", "oy", "plc", "pty", "sa", "sarl", "sas", "spa", "srl", "the", "und"}
)
"""Words of names that are left out as often as not: legal forms and the like."""


class Amount(NamedTuple):
    """The amount and the day by which a document may be told to be there twice.

    Attributes:
        money: Its total, as text for comparing.
        day: Its day, counted from the year 1.
    """

    money: str
    day: int


def number_of(entity: Entity, obj: Mapping[str, Any]) -> str:
    """The number of a document as twins of it may have it, whosever they are; empty without one."""
    return suspected(str(obj.get(entity.number) or "")) if entity.number else ""


def amount_of(entity: Entity, obj: Mapping[str, Any]) -> Amount | None:
    """The amount and the day of a document with a number; None where it has none of either, or is over nothing.

    Args:
        entity: The document's.
        obj: As it is sent, or as BILL gives it.
    """
    total = lines_total(entity, obj) if entity.number else None
    day = next((found for name in DATES if (found := _day(obj.get(name)))), None)
    return Amount(plain(total), day) if total and day else None


def _day(value: Any) -> int | None:
    try:
        return date.fromisoformat(value[: len("2026-01-31")]).toordinal() if isinstance(value, str) else None
    except ValueError:
        return None


# Names


def is_party(entity: Entity) -> bool:
    """True if documents are of its objects, and its name alone tells one from another."""
    return entity.natural_key == ("name",)


@lru_cache(maxsize=8192)
def bare(name: str) -> str:
    """A name for finding what may be meant by it: no case, accents, signs and blanks, no legal form."""
    parts = _PARTS.findall(_plain_letters(folded(name)))
    telling = [each for each in parts if each not in _SAYS_LITTLE] or parts[:1]  # `AB Ltd` is called AB
    return "".join(telling)


def _plain_letters(name: str) -> str:
    """The name with plain Latin letters: `Müller` and `Muller` are one."""
    return without_accents(name.translate(_LETTERS))


def bare_forms(name: str) -> tuple[str, ...]:
    """The bare name, and where it may have umlauts in two letters, also as it is with one: `Mueller` as `Muller`."""
    own = bare(name)
    return tuple(dict.fromkeys((own, _UMLAUTS.sub(lambda found: found[0][0], own))))


def is_near_name(one: str, other: str) -> bool:
    """True if two bare names are equal, or one wrong letter apart; digits are never a slip."""
    if one == other:
        return bool(one)
    if min(len(one), len(other)) < LETTERS_MIN or _NO_DIGITS.sub("", one) != _NO_DIGITS.sub("", other):
        return False
    return _is_one_apart(*sorted((one, other), key=len))


def _is_one_apart(short: str, long: str) -> bool:
    """True if one letter was put in, left out, changed, or changed places with the next."""
    begin = next((place for place, each in enumerate(short) if each != long[place]), len(short))
    if len(short) != len(long):
        return len(long) - len(short) == 1 and short[begin:] == long[begin + 1 :]
    swapped = short[begin + 1 : begin + 2] + short[begin : begin + 1] + short[begin + 2 :]
    return short[begin + 1 :] == long[begin + 1 :] or swapped == long[begin:]


def halves(name: str) -> tuple[int, str, str]:
    """The length of a bare name, and its first and its second half."""
    middle = len(name) // 2
    return len(name), name[:middle], name[middle:]


def halves_of_near(name: str) -> Iterator[tuple[int, str, str]]:
    """The halves of which every near name has one: a slip lies in one of them, and the other is this name's.

    Two letters that changed places across the middle spoil both, so that such a name may be missed.
    """
    for length in range(max(1, len(name) - 1), len(name) + 2):
        middle = length // 2
        yield length, name[:middle], name[len(name) - (length - middle) :]
