"""Look-ups of writes whose answers were lost: BILL's objects are looked at before anything is sent again.

BILL has no idempotency key. One List with a `createdTime` window finds everything that a lost bulk create may have
made, and an object is ours when it holds what was sent. `createdTime` and `updatedTime` can be filtered on (seen in
clients for the large lists; for the others by the general rule for datetimes).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bill_api.reading.pages import changed_since
from bill_api.table.entity import LIST_LIMIT
from bill_api.table.paths import of_list
from bill_api.table.query import Filter
from bill_values.instants import wire_instant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bill_api.client import BillClient
    from bill_api.table.entity import Entity

ANOTHER_RUN_MARGIN = timedelta(minutes=15)
"""How far back before the call is looked: this computer's clock may have been set meanwhile. More rows are read, and
none is taken for ours that holds something else."""


def created_since(
    client: BillClient, entity: Entity, since: datetime, margin: timedelta = ANOTHER_RUN_MARGIN
) -> Iterator[dict[str, Any]]:
    """Every object that BILL has created since a moment, with its lines, active or not.

    Args:
        client: BILL.
        entity: Which objects; it must tell its times.
        since: By BILL's clock.
        margin: How much earlier to begin.
    """
    begin = Filter("createdTime", ">=", wire_instant(since - margin))
    return _with_lines(client, entity, None, (begin,))


def touched_since(
    client: BillClient, entity: Entity, since: datetime, margin: timedelta = ANOTHER_RUN_MARGIN
) -> Iterator[dict[str, Any]]:
    """Every object that was created or changed since a moment, otherwise as `created_since`."""
    return _with_lines(client, entity, wire_instant(since - margin), ())


def _with_lines(
    client: BillClient, entity: Entity, since: str | None, filters: tuple[Filter, ...]
) -> Iterator[dict[str, Any]]:
    nested = bool(entity.children)
    rows = changed_since(
        lambda query: client.list_page(entity, query),
        since,
        page_size=LIST_LIMIT,
        nested=nested,
        filters=filters,
        lengths=client.page_lengths[nested],
    )
    return of_list(entity, rows)
