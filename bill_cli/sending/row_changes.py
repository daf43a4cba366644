"""The rows of a file against what BILL holds: which of them change something, and what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bill_api.errors import REFUSES_ALL, RefusedError, is_not_found
from bill_cli.sending.changes import Changes, changes_of, refusals, unread_changes
from bill_cli.showing.progress import progress
from bill_cli.typed.option_values import WrongTextError
from bill_cli.typed.resources import plural_of
from bill_cli.typed.rows import Wrong, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_api.client import BillClient
    from bill_api.table.entity import Entity
    from bill_cli.typed.bodies import Body


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange:
    """A row against the object that it is of.

    Attributes:
        body: Its id and what differs, with its flags.
        words: A line of text for each difference; none where it changes nothing.
        stored: The object; None if this user may not read it.
        refusal: Why BILL does not give it: mostly there is none.
    """

    body: Body
    words: Sequence[str] = ()
    stored: Mapping[str, Any] | None = None
    refusal: RefusedError | None = None


def row_changes(client: BillClient, entity: Entity, rows: Sequence[Body], name: str) -> list[RowChange]:
    """The change of each row, in order; the objects are read a hundred per call where BILL has that.

    A further row of an object is held against what the one before it makes of that.

    Args:
        client: BILL.
        entity: What they are.
        rows: As they were read.
        name: Of the file, for people.

    Raises:
        click.UsageError: Some cannot be sent: they change what BILL sets, or lines that are not there.
        BillError: BILL cannot be asked.
    """
    ids = list(dict.fromkeys(str(each.obj["id"]) for each in rows))
    held: dict[str, Mapping[str, Any] | RefusedError] = {}
    with progress(len(ids), f"{plural_of(entity)} read") as advance:
        for bill_id, found in zip(ids, client.read_each(entity, ids), strict=True):
            held[bill_id] = found
            advance(1)
    changes: list[RowChange] = []
    wrong: list[Wrong] = []
    for row in rows:
        bill_id = str(row.obj["id"])
        try:
            change = _against(entity, row, held[bill_id])
        except WrongTextError as error:
            wrong.append(Wrong(row.place, str(error)))
            continue
        if change.words and change.stored is not None:
            held[bill_id] = {**change.stored, **change.body.obj}
        changes.append(change)
    refuse(name, wrong)
    return changes


def _against(entity: Entity, row: Body, held: Mapping[str, Any] | RefusedError) -> RowChange:
    return _unread(entity, row, held) if isinstance(held, RefusedError) else _change(entity, row, held)


def _change(entity: Entity, row: Body, stored: Mapping[str, Any]) -> RowChange:
    reasons = refusals(entity, stored, row.told)
    if reasons:
        raise WrongTextError("; ".join(reasons))
    return _made(row, changes_of(entity, stored, row.obj), stored)


def _unread(entity: Entity, row: Body, refusal: RefusedError) -> RowChange:
    """The change of an object that is not given: users may change what they may not read (section 16, 3)."""
    if is_not_found(refusal) or not isinstance(refusal, REFUSES_ALL):
        return RowChange(body=row, refusal=refusal)
    return _made(row, unread_changes(entity, row.obj), None)


def _made(row: Body, changes: Changes, stored: Mapping[str, Any] | None) -> RowChange:
    return RowChange(body=replace(row, obj=changes.obj), words=changes.words, stored=stored)
