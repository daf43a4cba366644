"""Pairs of lines: which line of BILL a line of a record is."""

from __future__ import annotations

import itertools
from functools import cache
from typing import TYPE_CHECKING, Any

from bill_api.identity.totals import QUANTITIES, line_amount
from bill_api.table.fields import FieldType, by_name
from bill_api.table.kinds import comparable, is_empty, same
from bill_values.exact_json import encode
from target_bill.model.document import LINE_ID

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_api.table.fields import Field


def partners(array: Field, sent: Sequence[Mapping[str, Any]], stored: Sequence[Mapping[str, Any]]) -> list[int | None]:
    """For each line that is sent, the place of the stored line that it is; each is taken once.

    A line that gives an id is that line. Of the others some may have another text, or another account, where all else
    is the same.
    Otherwise they are paired on all that they say but amount, quantity and price: first those that say the same, then
    those that contradict each other in nothing; of several the one in its own place first. A line that says nothing
    else is any line only where the whole document says no more: its source never does, so that texts and accounts were
    added in BILL.
    """
    says_nothing = not any(_telling(array, line) for line in sent)
    by_id = {line[LINE_ID]: place for place, line in enumerate(stored) if LINE_ID in line}
    found = {place: by_id[line[LINE_ID]] for place, line in enumerate(sent) if line.get(LINE_ID) in by_id}
    taken = set(found.values())
    free = dict.fromkeys(place for place in range(len(stored)) if place not in taken)
    others = {place: line for place, line in enumerate(sent) if place not in found}
    left = {place: stored[place] for place in free}
    pairs = (
        _corrected_in(array, others, left, FieldType.STRING)
        or _corrected_in(array, others, left, FieldType.ID)
        or _with_same_text(array, others, left)
    )
    for place, pair in pairs.items():
        found[place] = pair
        del free[pair], others[place]
    for place in sorted(others, key=lambda place: -len(_telling(array, sent[place]))):
        tried = itertools.chain([place] if place in free else [], free)
        partner = next(
            (each for each in tried if _is_partner(array, sent[place], stored[each], may_be_any=says_nothing)), None
        )
        if partner is not None:
            del free[partner]
            found[place] = partner
    return [found.get(place) for place in range(len(sent))]


def _corrected_in(
    array: Field, sent: Mapping[int, Mapping[str, Any]], stored: Mapping[int, Mapping[str, Any]], kind: FieldType
) -> dict[int, int]:
    """Pairs of all lines, by their places, where nothing but texts has changed, or nothing but references.

    None where that is not certain: money and what is not of this kind tell which line was corrected. They do not where
    two lines have both in common, nor where there is no money, or what a line says has moved to other money; and where
    money has changed, the lines may be those of another part of the document.
    """
    found = _in_pairs(_in_full(array, sent), _in_full(array, stored))
    left = {place: line for place, line in sent.items() if place not in found}
    free = stored.keys() - found.values()
    corrected = [
        (place, each) for place, line in left.items() for each in free if _is_same_but(array, line, stored[each], kind)
    ]
    taken = {each for _, each in corrected}
    kept = {_told(array, stored[each]) for each in free}
    has_moved = any(_told(array, line) in kept for line in left.values())
    is_clear = not has_moved and len(left) == len(free) == len(corrected) == len(dict(corrected)) == len(taken)
    return found | dict(corrected) if is_clear else {}


def _is_same_but(array: Field, line: Mapping[str, Any], stored: Mapping[str, Any], kind: FieldType) -> bool:
    """True if two lines are of one money, and contradict each other in nothing but fields of one kind."""
    fields = by_name(array.item_fields)
    both = [name for name in _telling(array, line) if not is_empty(stored.get(name))]
    money = line_amount(line)
    return (
        bool(money)
        and money == line_amount(stored)
        and all(same(fields[name], line[name], stored[name]) for name in both if fields[name].type is not kind)
    )


def _in_full(array: Field, lines: Mapping[int, Mapping[str, Any]]) -> dict[int, str]:
    """Each line as text: equal for lines that say the same, money included."""
    return {place: encode([_told(array, line), str(line_amount(line))]) for place, line in lines.items()}


def _with_same_text(
    array: Field, sent: Mapping[int, Mapping[str, Any]], stored: Mapping[int, Mapping[str, Any]]
) -> dict[int, int]:
    """Pairs of lines, by their places, that say the same, and something."""
    said = {place: _told(array, line) for place, line in sent.items() if _telling(array, line)}
    return _in_pairs(said, {place: _told(array, line) for place, line in stored.items()})


def _in_pairs(said: Mapping[int, str], told: Mapping[int, str]) -> dict[int, int]:
    """Pairs of places that have one text: those that are one place first, then in order."""
    found = {place: place for place, text in said.items() if told.get(place) == text}
    by_text: dict[str, list[int]] = {}
    for place in reversed([each for each in told if each not in found]):
        by_text.setdefault(told[place], []).append(place)
    for place, text in said.items():
        if place not in found and by_text.get(text):
            found[place] = by_text[text].pop()
    return found


@cache
def _told_by(array: Field) -> frozenset[str]:
    """The fields that tell a line from another: texts and references."""
    kinds = {FieldType.STRING, FieldType.ID}
    return frozenset(
        each.name
        for each in array.item_fields
        if each.type in kinds and not each.read_only and each.name not in {LINE_ID, "entity", *QUANTITIES}
    )


def _telling(array: Field, line: Mapping[str, Any]) -> list[str]:
    return [name for name in _told_by(array) if not is_empty(line.get(name))]


def _told(array: Field, line: Mapping[str, Any]) -> str:
    """Everything by which a line can be told, as text: equal for lines that say the same."""
    fields = by_name(array.item_fields)
    return encode(sorted([name, str(comparable(fields[name], line[name]))] for name in _telling(array, line)))


def has_text(array: Field, line: Mapping[str, Any]) -> bool:
    """True if a line says something in words."""
    fields = by_name(array.item_fields)
    return any(fields[name].type is FieldType.STRING for name in _telling(array, line))


def _is_partner(array: Field, line: Mapping[str, Any], stored: Mapping[str, Any], *, may_be_any: bool) -> bool:
    """True if two lines may be one: they contradict each other in nothing, and have something in common."""
    fields = by_name(array.item_fields)
    said, kept = _telling(array, line), _telling(array, stored)
    common = [name for name in said if name in kept]
    has_same = all(same(fields[name], line[name], stored[name]) for name in common)
    return has_same and bool(common or not kept or (may_be_any and not said))
