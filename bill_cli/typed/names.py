"""The object that a person means."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bill_api.client import BillClient
    from bill_api.table.entity import Entity


def object_id(client: BillClient, entity: Entity, text: str, *, owner: str | None = None) -> str:  # noqa: ARG001
    """The id of an object from what was typed."""
    return text
