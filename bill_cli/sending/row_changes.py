"""The rows of a file against what BILL holds: which of them change something, and what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeGuard

import click

from bill_api.errors import REFUSES_ALL, RefusedError, is_not_found
from bill_api.table.kinds import same
from bill_cli.sending.changes import Changes, changes_of, refusals, unread_changes
from bill_cli.sending.known_names import with_known_ids
from bill_cli.showing.progress import progress
from bill_cli.typed.bodies import filled_each
from bill_cli.typed.checked_rows import Wrong, refuse
from bill_cli.typed.names import Names
from bill_cli.typed.objections import objection_to_deleted, objections_to_activity, objections_to_change
from bill_cli.typed.option_values import WrongTextError
from bill_cli.typed.resources import plural_of
from bill_values.visible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_api.client import BillClient
    from bill_api.table.entity import Entity
    from bill_cli.typed.bodies import Body
    from bill_cli.typed.saved_cells import Doubtful


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange:
    """A row against the object that it is of.

    Attributes:
        body: Its id and what differs, with its flags.
        words: A line of text for each difference; none where it changes nothing.
        stored: The object; None if this user may not read it.
        refusal: Why BILL does not give it: mostly there is none.
        first: The place, among all rows, of an earlier one that says the same: that is sent for both.
    """

    body: Body
    words: Sequence[str] = ()
    stored: Mapping[str, Any] | None = None
    refusal: RefusedError | None = None
    first: int | None = None


def row_changes(client: BillClient, entity: Entity, rows: Sequence[Body], name: str) -> list[RowChange]:
    """The change of each row, in order; the objects are read a hundred per call where BILL has that.

    Names are looked up last: those that BILL has already are no change, whatever else they mean.

    Args:
        client: BILL.
        entity: What they are.
        rows: As they were read.
        name: Of the file, for people.

    Raises:
        click.UsageError: Some cannot be sent: they change what BILL sets, or what is deleted, or lines that are not
            there, or name what means nothing or several objects, or two change one object in two ways.
        BillError: BILL cannot be asked.
    """
    held = _held(client, entity, rows)
    known = with_known_ids(client, rows, [{} if isinstance(each, RefusedError) else each for each in held])
    filled = filled_each(Names(client), [row for row, each in zip(known, held, strict=True) if not _is_missing(each)])
    changes: list[RowChange] = []
    wrong: list[Wrong] = []
    for row, each in zip(known, held, strict=True):
        if _is_missing(each):
            changes.append(RowChange(body=row, refusal=each))
            continue
        try:
            changes.append(_against(entity, _named(next(filled)), each))
        except WrongTextError as error:
            wrong.append(Wrong(row.place, str(error)))
    refuse(name, wrong)
    firsts = said_first([each.body for each in changes], name)
    return [each if i is None else replace(each, words=(), first=i) for each, i in zip(changes, firsts, strict=True)]


def _held(client: BillClient, entity: Entity, rows: Sequence[Body]) -> list[Mapping[str, Any] | RefusedError]:
    """The object of each row, or why BILL does not give it."""
    ids = list(dict.fromkeys(str(each.obj["id"]) for each in rows))
    held: dict[str, Mapping[str, Any] | RefusedError] = {}
    with progress(len(ids), f"{plural_of(entity)} read") as advance:
        for bill_id, found in zip(ids, client.read_each(entity, ids), strict=True):
            held[bill_id] = found
            advance(1)
    return [held[str(each.obj["id"])] for each in rows]


def _is_missing(held: Mapping[str, Any] | RefusedError) -> TypeGuard[RefusedError]:
    """True where BILL has no object; what a user may not read is there, and may be changed (section 16, 3)."""
    return isinstance(held, RefusedError) and (is_not_found(held) or not isinstance(held, REFUSES_ALL))


def _named(found: Body | click.UsageError) -> Body:
    """A row in which every name has its id.

    Raises:
        WrongTextError: A name has none.
    """
    if isinstance(found, click.UsageError):
        raise WrongTextError(found.message)
    return found


def unread_rows(rows: Sequence[Body], name: str) -> list[Body]:
    """The rows that are sent where BILL is not read: each object once.

    Args:
        rows: As they were read.
        name: Of the file, for people.

    Raises:
        click.UsageError: Some cannot be sent: BILL would have to be asked what they say.
    """
    refuse(name, [Wrong(row.place, why) for row in rows for why in _unreadable(row)])
    return [row for row, first in zip(rows, said_first(rows, name), strict=True) if first is None]


def said_first(rows: Sequence[Body], name: str) -> list[int | None]:
    """For each row the place of an earlier one that says the same of its object; None for the first one.

    Args:
        rows: Objects with their ids, and what is to change.
        name: Of the file, for people.

    Raises:
        click.UsageError: Two rows of one object say something else: which of them counts is not known.
    """
    seen: dict[str, int] = {}
    wrong: list[Wrong] = []
    firsts: list[int | None] = []
    for i, row in enumerate(rows):
        first = seen.setdefault(str(row.obj["id"]), i)
        before = rows[first]
        if (before.obj, before.flags) != (row.obj, row.flags):
            why = f"{visible(str(row.obj['id']))} is changed in two ways: take one of the two rows out"
            wrong.append(Wrong(f"{before.place} and {row.place}", why))
        firsts.append(None if first == i else first)
    refuse(name, wrong)
    return firsts


def _against(entity: Entity, row: Body, held: Mapping[str, Any] | RefusedError) -> RowChange:
    return _unread(entity, row) if isinstance(held, RefusedError) else _change(entity, row, held)


def _change(entity: Entity, row: Body, stored: Mapping[str, Any]) -> RowChange:
    doubtful = [each for each in row.doubtful if not _may_say(each, stored)]
    told = {**row.told, **{each.field.name: each.text for each in doubtful if each.field.read_only}}
    changes = changes_of(entity, stored, row.obj)
    deleted = objection_to_deleted(entity, stored) if changes else None
    reasons = [
        *([deleted] if deleted else objections_to_activity(entity, changes.obj)),
        *(each.why for each in doubtful if not each.field.read_only),
        *refusals(entity, stored, told),
        *objections_to_change(entity, changes.obj, stored),
    ]
    if reasons:
        raise WrongTextError("; ".join(reasons))
    return _made(row, changes, stored)


def _may_say(cell: Doubtful, stored: Mapping[str, Any]) -> bool:
    """True for a cell that may be as BILL has it: then it is no change, whatever else it may say."""
    return any(same(cell.field, each, stored.get(cell.field.name)) for each in cell.values)


def _unread(entity: Entity, row: Body) -> RowChange:
    """The change of an object that this user may not read."""
    reasons = [
        *_unreadable(row),
        *objections_to_change(entity, row.obj),
        *objections_to_activity(entity, row.obj),
    ]
    if reasons:
        raise WrongTextError("; ".join(reasons))
    return _made(row, unread_changes(entity, row.obj), None)


def _unreadable(row: Body) -> list[str]:
    """The reasons for which a row is not sent where nothing is known of its object: what it is to say is in doubt."""
    return [each.why for each in row.doubtful if not each.field.read_only]


def _made(row: Body, changes: Changes, stored: Mapping[str, Any] | None) -> RowChange:
    return RowChange(body=replace(row, obj=changes.obj), words=changes.words, stored=stored)
