"""The path of each operation (documented: V2 api-request-format and the v2 reference; bulk read live: section 9, 2)."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from bill_api.errors import UnexpectedReplyError
from bill_api.table.entity import Operation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bill_api.table.entity import Entity

Read = TypeVar("Read")

PATHS: Mapping[Operation, str] = MappingProxyType(
    {
        Operation.LIST: "/List/{}.json",
        Operation.READ: "/Crud/Read/{}.json",
        Operation.CREATE: "/Crud/Create/{}.json",
        Operation.UPDATE: "/Crud/Update/{}.json",
        Operation.DELETE: "/Crud/Delete/{}.json",
        Operation.UNDELETE: "/Crud/Undelete/{}.json",
        Operation.BULK_READ: "/Bulk/Crud/Read/{}.json",
        Operation.BULK_CREATE: "/Bulk/Crud/Create/{}.json",
        Operation.BULK_UPDATE: "/Bulk/Crud/Update/{}.json",
        Operation.BULK_DELETE: "/Bulk/Crud/Delete/{}.json",
        Operation.BULK_UNDELETE: "/Bulk/Crud/Undelete/{}.json",
    }
)
"""Operation -> path, with the name of the entity to be put in."""


def of_list(entity: Entity, read: Iterable[Read]) -> Iterator[Read]:
    """Rows or pages of a List as they are read, with the path of that List in what is wrong with them as a whole.

    Args:
        entity: What is listed.
        read: What `bill_api.reading.pages` makes of its pages: there no entity is known.

    Raises:
        UnexpectedReplyError: As it came, with its operation.
    """
    try:
        yield from read
    except UnexpectedReplyError as error:
        error.operation = error.operation or PATHS[Operation.LIST].format(entity.name)
        raise
