"""Names of values as sources spell them: `vendor_name`, `VENDOR_NAME` and `VendorName` are BILL's `vendorName`."""

from __future__ import annotations

import operator
from contextlib import suppress
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from bill_api.identity.references import aliases
from bill_api.table.entity import ADDED
from bill_values.exact_json import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field

RESEMBLES = 0.7
"""Likeness of two names, from 0 to 1, from which on one may be a slip for the other."""


@cache
def spelling_in(fields: tuple[Field, ...], name: str) -> str:
    """BILL's spelling of the name of a field, or of a reference by name; one that is not known stays as it is."""
    known = _known(fields)
    return name if name in known else _by_letters(fields).get(_letters(name), name)


def spelling_among(known: Iterable[str], name: str) -> str:
    """The same among some names, of whatever they are."""
    names = list(known)
    return name if name in names else next((each for each in names if _letters(each) == _letters(name)), name)


def bills_spelling(entity: Entity, name: str) -> str:
    """The same for the head of an entity."""
    return spelling_in(entity.fields, name)


def in_bills_spelling(entity: Entity, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """A record with its names as BILL spells them, those of its lines too; lines that are JSON text become a list.

    Of two names that are one, that which is spelled as BILL does stays it, and the other keeps its name.
    """
    record, lines = _respelled(entity.fields, given), entity.lines
    array = record.get(lines.name) if lines else None
    if lines is None or not array:
        return record
    if isinstance(array, str):
        with suppress(msgspec.DecodeError, UnicodeError):  # who reads the lines says what is wrong
            array = decode(array)
    if not isinstance(array, list):
        return record
    spelled = [_respelled(lines.item_fields, each) if isinstance(each, dict) else each for each in array]
    if array is record[lines.name] and all(map(operator.is_, spelled, array)):
        return record
    return {**record, lines.name: spelled}


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
    for name, value in given.items():
        spelled = spelling_in(fields, name)
        found[name if spelled in given or spelled in found else spelled] = value
    return found


@cache
def _known(fields: tuple[Field, ...]) -> frozenset[str]:
    return frozenset({*(each.name for each in fields), *aliases(fields), *ADDED})


@cache
def _by_letters(fields: tuple[Field, ...]) -> Mapping[str, str]:
    return {_letters(each): each for each in _known(fields)}


def _letters(name: str) -> str:
    return name.replace("_", "").casefold()
