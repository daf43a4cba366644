"""Rules that keep an ordinary input from doing harm, each a function of what is said and what is stored.

- *own total*: a record that says its total has the lines for it.
- *own amount*: a line's amount is its quantity times its price, where it says all three.
- *below zero*: a bill is not negative; its opposite has an entity of its own.
- *rename*: what only the ledger knows an object by does not change its number, its party or its name.
- *takes away*: an update does not drop lines by accident.

A copy of an organization is exempt: what it says has been accepted by BILL before.
"""

from __future__ import annotations

import itertools
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from bill_api.encoding import encode
from bill_api.fields import FieldType
from bill_api.kinds import RefusedValueError, comparable, is_empty, read, same
from bill_api.totals import QUANTITIES, TAXES, TOTAL, contradicts, has_shares, is_total, lines_sum
from target_bill.document import LINE_ID, place_of
from target_bill.outcome import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from decimal import Decimal

    from bill_api.entity import Entity
    from bill_api.fields import Field
    from target_bill.document import Document


def total_of(entity: Entity, body: Mapping[str, Any], record: Mapping[str, Any]) -> Decimal:
    """The total of a document's lines, without what only BILL can compute; without lines what its record says it is."""
    lines = body.get(entity.lines.name) if entity.lines else None
    said = entity.by_name.get(TOTAL) if entity.lines else None
    if said is not None and not lines:
        with suppress(RefusedValueError):
            return lines_sum([{TOTAL: read(said, record.get(TOTAL))}])
    return lines_sum(lines or ())


def own_total(document: Document, record: Mapping[str, Any]) -> Iterator[Problem]:
    """Hold a record's own total against its lines."""
    said = document.entity.by_name.get(TOTAL)
    if said is None or not document.lines or is_empty(record.get(TOTAL)):
        return
    try:
        total = read(said, record[TOTAL])
    except RefusedValueError as error:
        yield Problem(field=TOTAL, reason=str(error), hint="Correct the value in the source.")
        return
    if not _is_computed(document, record) and not is_total(total, document.lines):
        yield Problem(
            field=TOTAL,
            reason=f"the record says {total:,.2f}, and its {_count(document.lines)} add up to {document.money:,.2f}",
            hint="Give all of its lines, or correct one of the two.",
        )


def own_amounts(document: Document) -> Iterator[Problem]:
    """Hold each line's own amount against its quantity and price: which of them BILL goes by is unknown."""
    for place, line in enumerate(document.lines):
        if (computed := contradicts(line)) is not None:
            yield Problem(
                field=place_of(TOTAL, place),
                reason=f"the line says {line[TOTAL]:,.2f}, and its quantity times its price is {computed:,.2f}",
                hint="Correct one of the three, or leave the amount out.",
            )


def below_zero(document: Document) -> Iterator[Problem]:
    """Refuse a document that is negative in total."""
    if document.money < 0 and not has_shares(document.lines):
        rather = document.entity.below_zero
        yield Problem(
            field=document.entity.lines.name if document.entity.lines else None,
            reason=f"the total is {document.money:,.2f}; that BILL takes none below zero here is inferred",
            hint=f"{f'It may be {rather}. ' if rather else ''}Set `allow_negative` to send it as it is.",
        )


def may_rename(document: Document, bill_id: str, *, allow_renames: bool) -> bool:
    """Whether a record may give the object that the ledger connects with it another number, party or name."""
    return document.is_copy or allow_renames or document.source_id == bill_id


def renamed(document: Document, body: Mapping[str, Any], stored: Mapping[str, Any], bill_id: str) -> Problem | None:
    """Refuse to give an object another number, party or name, where only the ledger connects it with the record."""
    entity = document.entity
    why = f"by the ledger this record is {bill_id}"
    return _changed(entity, dict.fromkeys((*entity.natural_key, *entity.owners)), body, stored, why)


def another_party(
    document: Document, body: Mapping[str, Any], stored: Mapping[str, Any], bill_id: str
) -> Problem | None:
    """Refuse to take an object for the record's that has its key, and belongs to somebody else."""
    entity = document.entity
    return _changed(entity, dict.fromkeys(entity.owners), body, stored, f"BILL has {bill_id} with this key")


def _changed(
    entity: Entity, names: Iterable[str], body: Mapping[str, Any], stored: Mapping[str, Any], why: str
) -> Problem | None:
    for name in names:
        if not is_empty(body.get(name)) and not same(entity.by_name[name], body[name], stored.get(name)):
            old = "nothing" if is_empty(stored.get(name)) else repr(stored[name])
            return Problem(
                field=name,
                reason=f"{why}, which has {old} here, and the record says {body[name]!r}; it may be another object",
                hint="If two sources share keys, give each its own name (`source`). If the object was renamed, here or "
                "there, set `allow_renames` for one run.",
            )
    return None


def takes_away(entity: Entity, body: Mapping[str, Any], stored: Mapping[str, Any]) -> Problem | None:
    """Refuse an update that would drop a line that BILL has.

    A line stays the same when its amount, quantity or price change. Lines without any text cannot be told apart, for
    many lines share one account: of those, neither their number nor their total may become less.
    """
    array = entity.lines
    if array is None or array.name not in body:
        return None
    sent, kept = body[array.name] or (), stored.get(array.name) or ()
    paired = set(partners(array, sent, kept))
    lost = [line for place, line in enumerate(kept) if place not in paired]
    is_less = any(not _has_text(array, line) for line in (*sent, *kept)) and lines_sum(sent) < lines_sum(kept)
    if not lost and not is_less:
        return None
    what = f"{len(lost)} of its lines would be gone" if lost else "its total would become less"
    return Problem(
        field=array.name,
        reason=f"BILL has {sum_shown(kept)}, and the record has {sum_shown(sent)}: {what}",
        hint="Give all lines of the document in one record; where lines are really to go, name the stream in "
        f"`allow_fewer_lines`: [{entity.stream}].",
    )


def partners(array: Field, sent: Sequence[Mapping[str, Any]], stored: Sequence[Mapping[str, Any]]) -> list[int | None]:
    """For each line that is sent, the place of the stored line that it is; each is taken once.

    A line that gives an id is that line. Others are paired on all that they say but amount, quantity and price: first
    those that say the same, then those that contradict each other in nothing; of several the one in its own place
    first. A line that says nothing else is any line only where the whole document says no more: its source never does,
    so that texts and accounts were added in BILL.
    """
    says_nothing = not any(_telling(array, line) for line in sent)
    by_id = {line[LINE_ID]: place for place, line in enumerate(stored) if LINE_ID in line}
    found = {place: by_id[line[LINE_ID]] for place, line in enumerate(sent) if line.get(LINE_ID) in by_id}
    taken = set(found.values())
    free = dict.fromkeys(place for place in range(len(stored)) if place not in taken)
    others = {place: line for place, line in enumerate(sent) if place not in found}
    for place, same_text in _with_same_text(array, others, {place: stored[place] for place in free}).items():
        found[place] = same_text
        del free[same_text], others[place]
    for place in sorted(others, key=lambda place: -len(_telling(array, sent[place]))):
        tried = itertools.chain([place] if place in free else [], free)
        partner = next(
            (each for each in tried if _is_partner(array, sent[place], stored[each], may_be_any=says_nothing)), None
        )
        if partner is not None:
            del free[partner]
            found[place] = partner
    return [found.get(place) for place in range(len(sent))]


def _with_same_text(
    array: Field, sent: Mapping[int, Mapping[str, Any]], stored: Mapping[int, Mapping[str, Any]]
) -> dict[int, int]:
    """Pairs of lines, by their places, that say the same, and something: those in one place first, then in order."""
    told = {place: _told(array, line) for place, line in stored.items()}
    said = {place: _told(array, line) for place, line in sent.items() if _telling(array, line)}
    found = {place: place for place, text in said.items() if told.get(place) == text}
    by_text: dict[str, list[int]] = {}
    for place in reversed([each for each in told if each not in found]):
        by_text.setdefault(told[place], []).append(place)
    for place, text in said.items():
        if place not in found and by_text.get(text):
            found[place] = by_text[text].pop()
    return found


@cache
def _fields(array: Field) -> Mapping[str, Field]:
    return {each.name: each for each in array.item_fields}


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
    fields = _fields(array)
    return encode(sorted([name, str(comparable(fields[name], line[name]))] for name in _telling(array, line)))


def _has_text(array: Field, line: Mapping[str, Any]) -> bool:
    fields = _fields(array)
    return any(fields[name].type is FieldType.STRING for name in _telling(array, line))


def _is_partner(array: Field, line: Mapping[str, Any], stored: Mapping[str, Any], *, may_be_any: bool) -> bool:
    """Whether two lines may be one: they contradict each other in nothing, and have something in common."""
    fields = _fields(array)
    said, kept = _telling(array, line), _telling(array, stored)
    common = [name for name in said if name in kept]
    has_same = all(same(fields[name], line[name], stored[name]) for name in common)
    return has_same and bool(common or not kept or (may_be_any and not said))


def sum_shown(lines: Sequence[Mapping[str, Any]]) -> str:
    """How many lines, and their sum, for people."""
    return f"{_count(lines)} of {lines_sum(lines):,.2f}"


def _is_computed(document: Document, record: Mapping[str, Any]) -> bool:
    """Whether BILL adds something to the lines: taxes, percentages."""
    return has_shares(document.lines) or any(not is_empty(record.get(name)) and record[name] for name in TAXES)


def _count(lines: Sequence[Mapping[str, Any]]) -> str:
    return "1 line" if len(lines) == 1 else f"{len(lines)} lines"
