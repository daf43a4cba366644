"""Updates as BILL wants them: what a change does not name, and BILL would overwrite or miss, is read and sent again.

Those are the lines of a document and the mandatory fields (`bill_api.existing.content`). An object is read only where
a change lacks some of them.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_api.errors import REFUSES_ALL, NotPermittedError, RefusedError, is_not_found
from bill_api.existing.content import complete_update, standing
from bill_cli.sending.changes import changed_meanwhile
from bill_cli.typed.objections import check_change, deleted_refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_api.client import BillClient
    from bill_api.table.entity import Entity
    from bill_cli.typed.bodies import Body


NOT_READ, LINES_NOT_READ = "(what BILL has by then)", "(the lines that BILL has by then)"
"""Stand for them in a request that is only shown: nothing is read for it."""


def whole_update(client: BillClient, entity: Entity, body: Body, *, is_dry: bool) -> Body:
    """The change of one object with all that an update needs; the object is read, for it may be deleted.

    Raises:
        click.UsageError: BILL would not take it, or it deletes.
        BillError: The object cannot be read, or is deleted.
    """
    if is_dry:
        return _shown(entity, body)
    try:
        stored: dict[str, Any] | RefusedError = client.read(entity, body.obj["id"])
    except RefusedError as error:
        stored = error
    whole = _completed(entity, body, stored)
    if isinstance(whole, RefusedError):
        raise whole
    check_change(entity, body.obj, {} if isinstance(stored, RefusedError) else stored)
    return whole


def whole_updates(
    client: BillClient,
    entity: Entity,
    bodies: Sequence[Body],
    *,
    is_dry: bool,
    seen: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> list[Body | RefusedError]:
    """The same for several changes, in order; for an object that cannot be read, why not.

    Args:
        client: BILL.
        entity: What they are.
        bodies: The changes.
        is_dry: Nothing is read.
        seen: Objects, by their ids, as they were when their changes were shown: one that is another now stays as it is.

    Raises:
        BillError: BILL cannot be reached, or lets nobody in.
    """
    if is_dry:
        return [_shown(entity, each) for each in bodies]
    whole: list[Body | RefusedError] = list(bodies)
    lacking = [i for i, each in enumerate(bodies) if each.obj["id"] in seen or _lacks(entity, each)]
    stored = client.read_many(entity, [bodies[i].obj["id"] for i in lacking])
    for i, each in zip(lacking, stored, strict=True):
        before = seen.get(bodies[i].obj["id"])
        changed = changed_meanwhile(entity, before, each) if before is not None and isinstance(each, dict) else None
        whole[i] = changed or _completed(entity, bodies[i], each)
    return whole


def _completed(entity: Entity, body: Body, stored: dict[str, Any] | RefusedError) -> Body | RefusedError:
    if isinstance(stored, RefusedError):
        return _unread(entity, body, stored)
    return deleted_refusal(entity, stored) or replace(body, obj=complete_update(entity, stored, body.obj))


def _lacks(entity: Entity, body: Body) -> list[str]:
    """The fields that an update needs, and that this one does not say."""
    return [name for name in standing(entity) if name not in body.obj]


def _unread(entity: Entity, body: Body, error: RefusedError) -> Body | RefusedError:
    """The outcome for a change whose object is not given: users may change what they may not read (section 16, 3).

    Without the lines it might take them away. Without a mandatory field it is refused at worst: clients leave them out.
    """
    if is_not_found(error) or not isinstance(error, REFUSES_ALL):
        return error
    if entity.lines is None or entity.lines.name in body.obj:
        return body
    if not isinstance(error, NotPermittedError):
        return error
    why = "An update overwrites all lines, so those that BILL has are read first: give all lines to do without"
    return NotPermittedError(f"{error.message} {why}.", code=error.code, operation=error.operation)


def _shown(entity: Entity, body: Body) -> Body:
    """The change as it is shown when nothing may be sent."""
    lines = entity.lines.name if entity.lines else None
    unread = {name: LINES_NOT_READ if name == lines else NOT_READ for name in _lacks(entity, body)}
    return replace(body, obj={**unread, **body.obj})
