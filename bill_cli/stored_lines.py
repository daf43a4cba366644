"""Lines of documents that an update does not name: BILL overwrites all lines, so those that it has are sent again.

That an update overwrites the lines is documented (section 7, 4); what it does to them when it names none is unknown
(section 7, 5). Sent as they are stored, with their ids, they come out the same either way.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bill_api.errors import NotPermittedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_api.client import BillClient
    from bill_api.table.entity import Entity
    from bill_cli.bodies import Body

NOT_READ = "(the lines that BILL has by then)"
"""Stands for them in a request that is only shown: nothing is read for it."""


def lacks_lines(entity: Entity, body: Body) -> bool:
    """True for a change of a document that says nothing of its lines."""
    return entity.lines is not None and entity.lines.name not in body.obj


def with_lines_of(entity: Entity, body: Body, stored: Mapping[str, Any]) -> Body:
    """The change, with the lines that the document has.

    Args:
        entity: Of the document.
        body: Its change, which says nothing of lines.
        stored: The document as BILL has it; where it has no lines, none are sent.
    """
    lines = stored.get(entity.lines.name) if entity.lines else None
    return _with(entity, body, lines) if lines else body


def with_stored_lines(client: BillClient, entity: Entity, body: Body, *, is_dry: bool) -> Body:
    """The change of one object, with the lines that BILL has where it is a document and the change has none.

    Raises:
        BillError: The document cannot be read.
    """
    if not lacks_lines(entity, body):
        return body
    if is_dry:
        return without_reading(entity, body)
    try:
        stored = client.read(entity, body.obj["id"])
    except NotPermittedError as error:
        raise unreadable(error) from None
    return with_lines_of(entity, body, stored)


def unreadable(error: NotPermittedError) -> NotPermittedError:
    """The refusal, with why the document was read: users may change what they may not read (section 16, 3)."""
    why = "An update overwrites all lines, so those that BILL has are read first: give all lines to do without"
    return NotPermittedError(f"{error.message} {why}.", code=error.code, operation=error.operation)


def without_reading(entity: Entity, body: Body) -> Body:
    """The change as it is shown when nothing may be sent."""
    return _with(entity, body, NOT_READ) if lacks_lines(entity, body) else body


def _with(entity: Entity, body: Body, lines: Any) -> Body:
    return replace(body, obj={**body.obj, entity.lines.name: lines}) if entity.lines else body
