"""BILL (Bill.com) API v2 without a word of Singer: entity table, session, limits, errors, client.

The public names can be imported from here; each is loaded when it is first asked for, because HTTP takes a while.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bill_api.client import BillClient as BillClient
    from bill_api.connection import CONNECTION_SETTINGS as CONNECTION_SETTINGS
    from bill_api.connection import Connection as Connection
    from bill_api.doubt.fate import Fate as Fate
    from bill_api.doubt.fate import Finding as Finding
    from bill_api.doubt.reconciliation import Reconciliation as Reconciliation
    from bill_api.doubt.reconciliation import Sent as Sent
    from bill_api.entities import BY_NAME as BY_NAME
    from bill_api.entities import BY_STREAM as BY_STREAM
    from bill_api.entities import ENTITIES as ENTITIES
    from bill_api.errors import BillError as BillError
    from bill_api.errors import DuplicateError as DuplicateError
    from bill_api.errors import FatalError as FatalError
    from bill_api.errors import InDoubtError as InDoubtError
    from bill_api.errors import NotFoundError as NotFoundError
    from bill_api.errors import RefusedError as RefusedError
    from bill_api.errors import RetriableError as RetriableError
    from bill_api.errors import UntrustedSessionError as UntrustedSessionError
    from bill_api.existing.content import complete_update as complete_update
    from bill_api.reading.pages import changed_since as changed_since
    from bill_api.reading.pages import every_row as every_row
    from bill_api.table.entity import BULK_LIMIT as BULK_LIMIT
    from bill_api.table.entity import LIST_LIMIT as LIST_LIMIT
    from bill_api.table.entity import ZERO_ID as ZERO_ID
    from bill_api.table.entity import Entity as Entity
    from bill_api.table.entity import Operation as Operation
    from bill_api.table.fields import Field as Field
    from bill_api.table.fields import FieldType as FieldType
    from bill_api.table.query import Filter as Filter
    from bill_api.table.query import ListQuery as ListQuery
    from bill_api.table.query import Sort as Sort
    from bill_api.wire.calls import Patience as Patience
    from bill_api.wire.limits import Limits as Limits
    from bill_api.wire.raw import Answer as Answer
    from bill_api.wire.raw import File as File
    from bill_api.wire.raw import RawCall as RawCall
    from bill_api.wire.raw import Retries as Retries

_HOMES = {
    "wire.calls": ("Patience",),
    "client": ("BillClient",),
    "connection": ("CONNECTION_SETTINGS", "Connection"),
    "doubt.reconciliation": ("Reconciliation", "Sent"),
    "entities": ("BY_NAME", "BY_STREAM", "ENTITIES"),
    "table.entity": ("BULK_LIMIT", "LIST_LIMIT", "ZERO_ID", "Entity", "Operation"),
    "errors": (
        "BillError",
        "DuplicateError",
        "FatalError",
        "InDoubtError",
        "NotFoundError",
        "RefusedError",
        "RetriableError",
        "UntrustedSessionError",
    ),
    "existing.content": ("complete_update",),
    "doubt.fate": ("Fate", "Finding"),
    "table.fields": ("Field", "FieldType"),
    "wire.limits": ("Limits",),
    "table.query": ("Filter", "ListQuery", "Sort"),
    "wire.raw": ("Answer", "File", "RawCall", "Retries"),
    "reading.pages": ("changed_since", "every_row"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_HOME)
