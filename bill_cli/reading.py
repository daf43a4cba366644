"""Objects read by their ids, one answer for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_api.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bill_api.client import BillClient, Element
    from bill_api.table.entity import Entity


def read_each(client: BillClient, entity: Entity, bill_ids: Sequence[str]) -> list[Element]:
    """The object of each id, or why BILL does not give it.

    Raises:
        BillError: BILL cannot be reached, or lets nobody in.
    """
    return [_read(client, entity, each) for each in bill_ids]


def _read(client: BillClient, entity: Entity, bill_id: str) -> Element:
    try:
        return client.read(entity, bill_id)
    except RefusedError as error:
        return error
