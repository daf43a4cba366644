"""Edits: what differs between an object as it was when a write of it was planned, and as BILL has it now.

Compared is what the object says, and what binds it: what was planned of an open bill is not done to a paid one. BILL
makes lines anew and moves `updatedTime` without an edit (live: section 7, 8), and keeps some fields by itself: neither
is one.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from bill_api.entities import BY_NAME
from bill_api.existing.binding import bound_fields
from bill_api.identity.differences import differences, paired
from bill_api.identity.links import place_of
from bill_api.identity.totals import line_amount
from bill_api.table.entity import ACTIVE
from bill_api.table.fields import by_name
from bill_api.table.kinds import comparable, is_empty, same, shown
from bill_api.table.problem import Problem
from bill_values.exact_json import encode
from bill_values.visible import HIDDEN, in_quotes
from target_bill.model.change import Change
from target_bill.model.document import LINE_ID, salted, without_id
from target_bill.plan.changes import changes
from target_bill.plan.lines import partners

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from bill_api.existing.objects import Stored
    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field
    from target_bill.model.step import Step

    NameOf = Callable[[Entity, str], str | None]

KEPT_BY_BILL = frozenset(
    {"acknowledgedEbillBanner", "acknowledgedEbillError", "eBillCreated", "eBillEnabledStatus"}
    | {"eBillEnablementFailed", "eligibleForEbills", "externalBillPayIn12m", "lastPaymentDate", "numberOfInvitesSent"}
    | {"orgVCardStatus", "prefPmtMethod", "processorVCardStatus", "setupAutoPayPrompt", "stpProcessor"}
    | {"unmodifiedBillsCount", "vStatusUpdateSource", "vendorVCardStatus"}
)
"""Fields that BILL keeps by itself, as payments and invitations go (inferred: their names)."""

SHOWN = 8
"""Edits that a message names."""

HASH_LENGTH = 16

AGAIN = (
    "Nothing was sent. Look at it in BILL; a new run, or a new plan, goes by what BILL has now, and changes what the "
    "record says otherwise."
)


def edits(entity: Entity, before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    """The fields that say something else now; lines may have other ids, and stand in another order."""
    old, new = _told(entity, before), _told(entity, now)
    fields = [each for each in entity.fields if each.name not in KEPT_BY_BILL]
    names = differences(fields, {name: old.get(name) for name in {**old, **new}}, new)
    return [Change(field=name, old=before.get(name), new=now.get(name)) for name in names]


def bound_since(before: Stored, now: Stored) -> dict[str, str]:
    """The fields in which another thing binds a document than before, each with what it says now, in words."""
    names = dict.fromkeys((*before.bound, *now.bound))
    return {name: _binds(now, name) for name in names if before.bound.get(name) != now.bound.get(name)}


def is_done(step: Step, found: Sequence[Change], now: Stored) -> bool:
    """True if the edits of an object are what the write would do: an earlier call came late, or a person did the same.

    Args:
        step: The write.
        found: The edits.
        now: Its object as BILL has it now.
    """
    wanted = step.wanted
    array = step.entity.lines
    if array is not None and array.name in wanted:
        said = _said_of(array)
        wanted[array.name] = [{name: line[name] for name in line if name in said} for line in wanted[array.name]]
    return {each.field for each in found} <= wanted.keys() and not changes(step.entity, wanted, now.content)


def on_lines_of(step: Step, now: Stored) -> Step:
    """The same write, with the ids that the lines of its object have now: they may have been made anew."""
    array, before = step.entity.lines, step.before
    if array is None or before is None or array.name not in step.body:
        return step
    old, new = before.content.get(array.name) or (), now.content.get(array.name) or ()
    ids = _new_ids(array, old, new)
    if all(own == other for own, other in ids.items()):
        return step
    lines = [_with_id(line, ids.get(line.get(LINE_ID), line.get(LINE_ID))) for line in step.body[array.name]]
    return replace(step, before=now, body={**step.body, array.name: lines})


def edited(step: Step, now: Stored | None, name_of: NameOf) -> Problem:
    """The reason for which a write is held back whose object is another one than was planned from.

    Args:
        step: The write.
        now: Its object as BILL has it now; None where it is gone.
        name_of: The name of an object for people.
    """
    entity = step.entity
    if now is None or step.before is None:
        reason = kind = f"the {entity.name} is not in BILL any more"
        return Problem(field=None, reason=f"{reason}: {step.bill_id}", kind=kind, hint=AGAIN)
    found = edits(entity, step.before.content, now.content)
    bound = bound_since(step.before, now)
    phrases = [each for change in found for each in _phrases(entity, change, name_of)]
    told = _told_in_short([*(f"`{name}`: {words}" for name, words in bound.items()), *phrases])
    return Problem(
        field=next(iter([*bound, *(each.field for each in found)])),
        reason=f"{step.bill_id} was changed in BILL after it was looked at: {told}",
        kind=f"the {entity.name} was changed in BILL after it was looked at",
        hint=AGAIN,
    )


def in_words(entity: Entity, changed: Iterable[Change], name_of: NameOf) -> str:
    """Changes for people, each from what to what, and of lines only those that change."""
    return _told_in_short([each for change in changed for each in _phrases(entity, change, name_of)])


# The state of an object in a plan


def state_of(step: Step, salt: str) -> dict[str, str] | None:
    """Salted hashes of what the object of a step says, by field; None for a step that changes nothing that is there.

    Bank and tax numbers are left out: there are few enough of them to be found out from a hash.
    """
    if step.before is None:
        return None
    fields = step.entity.by_name
    texts = {
        name: _text(fields[name], value)
        for name, value in _told(step.entity, step.before.content).items()
        if not (is_empty(value) or fields[name].sensitive or name in KEPT_BY_BILL)
    }
    texts |= step.before.bound
    return {name: salted(f"{name} {text}", salt)[:HASH_LENGTH] for name, text in texts.items()}


def edited_since(step: Step, row: Mapping[str, Any], salt: str, name_of: NameOf) -> str | None:
    """The edits of an object since a plan was made, in words; None where there are none.

    Args:
        step: What would be done now.
        row: The step of the plan.
        salt: Of the plan.
        name_of: The name of an object for people.
    """
    if row["state"] is None:
        return None
    then, now = row["state"], state_of(step, salt) or {}
    names = [name for name in dict.fromkeys((*then, *now)) if then.get(name) != now.get(name)]
    if not names:
        return None
    planned = {each["field"]: each["from"] for each in row["changes"]}
    content = step.before.content if step.before else {}
    told: list[str] = []
    for name in names:
        if step.before is not None and name in bound_fields(step.entity):
            told.append(f"`{name}`: {_binds(step.before, name)}")
        elif name in planned:
            told += _phrases(step.entity, Change(field=name, old=planned[name], new=content.get(name)), name_of)
        else:
            value = _value(step.entity.by_name[name], content.get(name), name_of)
            told.append(f"`{name}` is {value} now")
    return _told_in_short(told)


def _binds(stored: Stored, name: str) -> str:
    return stored.bound.get(name, "it says nothing any more that binds the document")


# What an object says


def _told(entity: Entity, content: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that an object says, its lines without their ids and with what they do not say."""
    told = {"isActive": ACTIVE, **content}
    array = entity.lines
    if array is not None and array.name in told:
        told[array.name] = [_whole(array, line) for line in told[array.name] or ()]
    return told


def _whole(array: Field, line: Mapping[str, Any]) -> dict[str, Any]:
    return {name: line.get(name) for name in _said_of(array)}


@cache
def _said_of(array: Field) -> tuple[str, ...]:
    silent = {LINE_ID, "entity", *KEPT_BY_BILL}
    return tuple(each.name for each in array.item_fields if not each.read_only and each.name not in silent)


def _text(field: Field, value: Any) -> str:
    if not field.item_fields:
        return str(comparable(field, value))
    fields = by_name(field.item_fields)
    lines = (
        sorted((name, str(comparable(fields[name], each))) for name, each in line.items() if not is_empty(each))
        for line in value
    )
    return encode(sorted(lines))


def _new_ids(array: Field, old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> dict[str, str | None]:
    """The ids that lines have now, by those that they had."""
    ids = {line.get(LINE_ID) for line in new}
    left = [line for line in old if LINE_ID in line and line[LINE_ID] not in ids]
    taken = {line[LINE_ID] for line in old if LINE_ID in line}
    free = [line for line in new if line.get(LINE_ID) not in taken]
    pairs = paired(array.item_fields, [_whole(array, line) for line in left], free)
    return {
        line[LINE_ID]: None if pair is None else free[pair].get(LINE_ID) for line, pair in zip(left, pairs, strict=True)
    }


def _with_id(line: Mapping[str, Any], line_id: str | None) -> dict[str, Any]:
    return {**({} if line_id is None else {LINE_ID: line_id}), **without_id(line)}


# Edits in words


def _told_in_short(phrases: Sequence[str]) -> str:
    more = [f"and {len(phrases) - SHOWN:,} more"] if len(phrases) > SHOWN else []
    return ", ".join([*phrases[:SHOWN], *more])


def _phrases(entity: Entity, change: Change, name_of: NameOf) -> Iterator[str]:
    field = entity.by_name[change.field]
    if field.item_fields:
        yield from _of_lines(field, change.old or (), change.new or (), name_of)
    else:
        yield _from_to(field.name, field, change.old, change.new, name_of)


def _from_to(place: str, field: Field, old: Any, new: Any, name_of: NameOf) -> str:
    if field.sensitive:
        return f"`{place}` ({HIDDEN})"
    return f"`{place}` from {_value(field, old, name_of)} to {_value(field, new, name_of)}"


def _value(field: Field, value: Any, name_of: NameOf) -> str:
    if field.sensitive:
        return HIDDEN
    if is_empty(value, field):
        return "nothing"
    if isinstance(value, list):
        return f"another list of {len(value)}"
    text = in_quotes(shown(field, value))
    name = name_of(BY_NAME[field.references], str(value)) if field.references else None
    return f"{text} ({name})" if name else text


def _of_lines(
    array: Field, old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]], name_of: NameOf
) -> Iterator[str]:
    """The lines that say something else: those that are the same line, by field, then those that went and came."""
    kept = paired(array.item_fields, [_whole(array, line) for line in old], new)
    gone = [place for place, pair in enumerate(kept) if pair is None]
    come = [place for place in range(len(new)) if place not in kept]
    pairs = partners(array, [old[place] for place in gone], [new[place] for place in come])
    for place, pair in zip(gone, pairs, strict=True):
        if pair is None:
            yield f"a line of {_amount(old[place])} of `{array.name}` is gone"
        else:
            yield from _of_line(array, come[pair], old[place], new[come[pair]], name_of)
    for pair, place in enumerate(come):
        if pair not in pairs:
            yield f"a line of {_amount(new[place])} of `{array.name}` is new"


def _of_line(
    array: Field, place: int, old: Mapping[str, Any], new: Mapping[str, Any], name_of: NameOf
) -> Iterator[str]:
    fields = by_name(array.item_fields)
    for name in _said_of(array):
        if not same(fields[name], old.get(name), new.get(name)):
            yield _from_to(place_of(name, place), fields[name], old.get(name), new.get(name), name_of)


def _amount(line: Mapping[str, Any]) -> str:
    amount = line_amount(line)
    return "a share" if amount is None else f"{amount:,.2f}"
