"""Names of values as sources spell them: `vendor_name`, `VENDOR-NAME` and `Vendor Name` are BILL's `vendorName`."""

from __future__ import annotations

import operator
import re
from contextlib import suppress
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from bill_api.identity.references import aliases
from bill_api.table.entity import ADDED
from bill_api.table.kinds import is_blank
from bill_values.exact_json import decode, repeated
from bill_values.spelling import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field

_BETWEEN = re.compile(r"[\s_.-]+")
"""Signs by which names part their words."""

RESEMBLES = 0.7
"""Likeness of two names, from 0 to 1, from which on one may be a slip for the other."""


@cache
def spelling_in(fields: tuple[Field, ...], name: str) -> str:
    """BILL's spelling of the name of a field, or of a reference by name; one that is not known stays as it is."""
    known = _known(fields)
    return name if name in known else _by_letters(fields).get(_letters(name), name)


def field_in(fields: tuple[Field, ...], name: str) -> Field | None:
    """The field that a name means, however it is spelled; None for a reference by name, and for what is not known."""
    spelled = spelling_in(fields, name)
    return next((each for each in fields if each.name == spelled), None)


def spelling_among(known: Iterable[str], name: str) -> str:
    """The same among some names, of whatever they are."""
    names = list(known)
    return name if name in names else next((each for each in names if _letters(each) == _letters(name)), name)


def bills_spelling(entity: Entity, name: str) -> str:
    """The same for the head of an entity."""
    return spelling_in(entity.fields, name)


def in_bills_spelling(entity: Entity, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """A record with its names as BILL spells them, those of its lines too; lines that are JSON text become a list.

    Of two names that are one field, one that is blank or says the same is left out. Where both say things, that which
    is spelled as BILL does stays it, and the other keeps its name (`said_twice`).
    """
    record, lines = _respelled(entity.fields, given), entity.lines
    array = record.get(lines.name) if lines else None
    if lines is None or not array:
        return record
    array = _read(array)
    if not isinstance(array, list):
        return record
    spelled = [_respelled(lines.item_fields, each) if isinstance(each, dict) else each for each in array]
    if array is record[lines.name] and all(map(operator.is_, spelled, array)):
        return record
    return {**record, lines.name: spelled}


class SaidTwice(NamedTuple):
    """A field that a record names twice, and says two things in.

    Attributes:
        field: In BILL's spelling.
        names: As the record spells it.
        line: The place of its line; None in the head.
    """

    field: str
    names: tuple[str, ...]
    line: int | None


def said_twice(entity: Entity, given: Mapping[str, Any]) -> Iterator[SaidTwice]:
    """The fields of a record, and of its lines, that say two things: which one is meant is not known."""
    yield from _said_twice(entity.fields, given, None)
    lines = entity.lines
    array = _respelled(entity.fields, given).get(lines.name) if lines else None
    if lines is None or not array:
        return
    if isinstance(array, str):
        # The reader of JSON keeps the last of two equal names, and says nothing of the first.
        yield from (SaidTwice(spelling_in(lines.item_fields, name), (name, name), None) for name in repeated(array))
    array = _read(array)
    for place, line in enumerate(array if isinstance(array, list) else ()):
        if isinstance(line, dict):
            yield from _said_twice(lines.item_fields, line, place)


def _said_twice(fields: tuple[Field, ...], given: Mapping[str, Any], line: int | None) -> Iterator[SaidTwice]:
    if _known(fields).issuperset(given):
        return
    for spelled, names in _spellings(fields, given).items():
        told = [name for name in names if not is_blank(given[name])]
        if any(not _is_same(given[told[0]], given[name]) for name in told[1:]):
            yield SaidTwice(spelled, tuple(told), line)


def _read(array: Any) -> Any:
    """Lines, read where they are JSON text; who reads their values says what is wrong with others."""
    if isinstance(array, str):
        with suppress(msgspec.DecodeError, UnicodeError):
            return decode(array)
    return array


@cache
def nearest(fields: tuple[Field, ...], name: str) -> str | None:
    """The known name that an unknown one may be a slip for."""
    known = {_letters(each): each for each in sorted(_known(fields))}
    found = get_close_matches(_letters(name), known, n=1, cutoff=RESEMBLES)
    return known[found[0]] if found else None


def _respelled(fields: tuple[Field, ...], given: Mapping[str, Any]) -> Mapping[str, Any]:
    if _known(fields).issuperset(given):
        return given
    found: dict[str, Any] = {}
    for spelled, names in _spellings(fields, given).items():
        own = sorted(names, key=lambda name: (is_blank(given[name]), name != spelled))
        found[spelled] = given[own[0]]
        for name in own[1:]:
            if not (is_blank(given[name]) or _is_same(given[own[0]], given[name])):
                found[name] = given[name]
    return found


def _spellings(fields: tuple[Field, ...], given: Mapping[str, Any]) -> Mapping[str, list[str]]:
    """The names of a record by the field that they are."""
    found: dict[str, list[str]] = {}
    for name in given:
        found.setdefault(spelling_in(fields, name), []).append(name)
    return found


def _is_same(one: Any, other: Any) -> bool:
    return bool(one == other) or (
        isinstance(one, str) and isinstance(other, str) and canonical(one) == canonical(other)
    )


@cache
def _known(fields: tuple[Field, ...]) -> frozenset[str]:
    return frozenset({*(each.name for each in fields), *aliases(fields), *ADDED})


@cache
def _by_letters(fields: tuple[Field, ...]) -> Mapping[str, str]:
    return {_letters(each): each for each in _known(fields)}


def _letters(name: str) -> str:
    return _BETWEEN.sub("", name).casefold()
