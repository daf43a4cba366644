"""Lines of documents that an update does not name: BILL overwrites all lines, so those that it has are sent again.

That an update overwrites the lines is documented (section 7, 4); what it does to them when it names none is unknown
(section 7, 5). Sent as they are stored, with their ids, they come out the same either way.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bill_api.errors import NotPermittedError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bill_api.client import BillClient
    from bill_api.errors import BillError
    from bill_api.table.entity import Entity
    from bill_cli.bodies import Body

Document = dict[str, Any]

NOT_READ = "(the lines that BILL has by then)"
"""Stands for them in a request that is only shown: nothing is read for it."""


def with_stored_lines(client: BillClient, entity: Entity, body: Body, *, is_dry: bool) -> Body:
    """The change of one object, with the lines that BILL has where it is a document and the change has none.

    Raises:
        BillError: The document cannot be read.
    """
    if is_dry:
        return _shown(entity, body)
    if not _lacks_lines(entity, body):
        return body
    try:
        stored = client.read(entity, body.obj["id"])
    except NotPermittedError as error:
        raise _unreadable(error) from None
    return _with_lines_of(entity, body, stored)


def all_with_stored_lines(
    client: BillClient, entity: Entity, bodies: Sequence[Body], *, is_dry: bool
) -> list[Body | BillError]:
    """The same for several changes, in order; for a document that cannot be read, why not.

    Raises:
        BillError: BILL cannot be reached, or lets nobody in.
    """
    if is_dry:
        return [_shown(entity, each) for each in bodies]
    whole: list[Body | BillError] = list(bodies)
    lacking = [i for i, each in enumerate(bodies) if _lacks_lines(entity, each)]
    stored = _documents(client, entity, [bodies[i].obj["id"] for i in lacking])
    for i, document in zip(lacking, stored, strict=True):
        whole[i] = _outcome(entity, bodies[i], document)
    return whole


def _documents(client: BillClient, entity: Entity, bill_ids: Sequence[str]) -> list[Document | RefusedError]:
    try:
        stored = client.read_many(entity, bill_ids) if bill_ids else []
    except RefusedError as error:
        return [error] * len(bill_ids)
    return [_whole(client, entity, each) for each in stored]


def _whole(client: BillClient, entity: Entity, stored: Document | RefusedError) -> Document | RefusedError:
    """The document with its lines: that a bulk read has them, as Read does, is inferred."""
    if isinstance(stored, RefusedError) or entity.lines is None or entity.lines.name in stored:
        return stored
    try:
        return client.read(entity, stored["id"])
    except RefusedError as error:
        return error


def _outcome(entity: Entity, body: Body, stored: Document | RefusedError) -> Body | BillError:
    if isinstance(stored, NotPermittedError):
        return _unreadable(stored)
    return stored if isinstance(stored, RefusedError) else _with_lines_of(entity, body, stored)


def _lacks_lines(entity: Entity, body: Body) -> bool:
    """True for a change of a document that says nothing of its lines."""
    return entity.lines is not None and entity.lines.name not in body.obj


def _with_lines_of(entity: Entity, body: Body, stored: Document) -> Body:
    """The change with the lines that the document has; where it has none, none are sent."""
    lines = stored.get(entity.lines.name) if entity.lines else None
    return _with(entity, body, lines) if lines else body


def _unreadable(error: NotPermittedError) -> NotPermittedError:
    """The refusal, with why the document was read: users may change what they may not read (section 16, 3)."""
    why = "An update overwrites all lines, so those that BILL has are read first: give all lines to do without"
    return NotPermittedError(f"{error.message} {why}.", code=error.code, operation=error.operation)


def _shown(entity: Entity, body: Body) -> Body:
    """The change as it is shown when nothing may be sent."""
    return _with(entity, body, NOT_READ) if _lacks_lines(entity, body) else body


def _with(entity: Entity, body: Body, lines: Any) -> Body:
    return replace(body, obj={**body.obj, entity.lines.name: lines}) if entity.lines else body
