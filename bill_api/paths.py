"""The path of each operation (documented: V2 api-request-format, bulk as seen in clients)."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from bill_api.entity import Operation

if TYPE_CHECKING:
    from collections.abc import Mapping

PATHS: Mapping[Operation, str] = MappingProxyType(
    {
        Operation.LIST: "/List/{}.json",
        Operation.READ: "/Crud/Read/{}.json",
        Operation.CREATE: "/Crud/Create/{}.json",
        Operation.UPDATE: "/Crud/Update/{}.json",
        Operation.DELETE: "/Crud/Delete/{}.json",
        Operation.UNDELETE: "/Crud/Undelete/{}.json",
        Operation.BULK_CREATE: "/Bulk/Crud/Create/{}.json",
        Operation.BULK_UPDATE: "/Bulk/Crud/Update/{}.json",
        Operation.BULK_DELETE: "/Bulk/Crud/Delete/{}.json",
    }
)
"""Operation -> path, with the name of the entity to be put in."""
