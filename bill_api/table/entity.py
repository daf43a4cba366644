"""A BILL entity: a name, a stream, operations with their evidence, fields."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_api.table.fields import Field, FieldType, Filterable, by_name, declare

if TYPE_CHECKING:
    from collections.abc import Mapping

BULK_LIMIT = 100
"""Objects in one bulk call. Documented (V2: bulkcreatevendor, bulkupdateuser, bulkcreateitem)."""

LIST_LIMIT = 999
"""Rows in one List page. Documented (V2: search-ops-with-lists)."""

TIME = "updatedTime"
"""The field by which changes are read."""

ORGANIZATION_ID = "organizationId"
"""The organization that an object belongs to: in every record, so that several organizations can share a table."""

IS_DELETED, DELETED_AT = "isDeleted", "deletedAt"
"""Names in records: whether an object is deleted, which BILL keeps as inactive, and its last change if it is."""

ADDITIONAL = "additionalFields"
"""The name in records of all that BILL sends and the table does not know: BILL adds fields without notice."""

LINES_VERSION = "linesVersion"
"""The name in records of what ties the lines that count to their document: the same in both."""

ADDED = frozenset({ORGANIZATION_ID, IS_DELETED, DELETED_AT, ADDITIONAL, LINES_VERSION})
"""Names that records have besides the fields of their entity."""

ZERO_ID = "0" * 20
"""The id that means "no reference". Documented (DS), seen in captures (PR)."""

IS_ACTIVE, ACTIVE, INACTIVE = "isActive", "1", "2"
"""The field that says whether an object is deleted, and its values. Documented (V2: deletebill, undeletevendor)."""


class Operation(StrEnum):
    """An operation of BILL on an entity."""

    LIST = "list"
    READ = "read"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    UNDELETE = "undelete"
    BULK_READ = "bulk_read"
    BULK_CREATE = "bulk_create"
    BULK_UPDATE = "bulk_update"
    BULK_DELETE = "bulk_delete"
    BULK_UNDELETE = "bulk_undelete"


IN_BULK: Mapping[Operation, Operation] = MappingProxyType(
    {
        Operation.READ: Operation.BULK_READ,
        Operation.CREATE: Operation.BULK_CREATE,
        Operation.UPDATE: Operation.BULK_UPDATE,
        Operation.DELETE: Operation.BULK_DELETE,
        Operation.UNDELETE: Operation.BULK_UNDELETE,
    }
)
"""The operation that does the same to several objects in one call."""

BULK = frozenset(IN_BULK.values())
"""The operations on several objects."""


@dataclass(frozen=True, kw_only=True, eq=False)  # each is declared once: identity is enough
class Entity:
    """One BILL entity. Everything else (schemas, bodies, routes, tables) is derived from it.

    Attributes:
        name: As BILL spells it in paths and objects, case-sensitive.
        stream: The Singer stream, plural snake_case.
        id_prefix: The first three characters of its ids; None where unknown.
        natural_key: The fields by which people, and BILL's own duplicate checks, tell two objects apart; empty where
            nothing does.
        operations: Each operation that BILL offers, with the tags of the sources that say so.
        unknown: Operations for which it could not be established whether BILL offers them.
        trusted: Operations that need an MFA-trusted session, with sources.
        flags: Keys that stand beside `obj` in a create or update, with their meaning.
        takes_files: Tags of the sources that say that files can be attached to its objects; empty where none does.
        lookups: How another record may name an object of this entity: suffix of the reference
            (`Name` in `vendorName`) to the fields that hold it, joined by a blank.
        fields: In BILL's order.
        below_zero: What a document of this entity with a negative total rather is, for people; that BILL's documents
            are not below zero is inferred.
        partial: BILL's list of its fields could not be read whole: there are more than these.
        unstreamed: Why its List is no stream of the tap; empty where it is one.
        listed_by: The field that every List of it that was seen is filtered by, with `=`; empty where none is needed.
        note: What a user should know.
    """

    name: str
    stream: str
    operations: Mapping[Operation, tuple[str, ...]]
    fields: tuple[Field, ...]
    id_prefix: str | None = None
    natural_key: tuple[str, ...] = ()
    below_zero: str = ""
    partial: bool = False
    unstreamed: str = ""
    listed_by: str = ""
    unknown: frozenset[Operation] = frozenset()
    trusted: Mapping[Operation, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    flags: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    takes_files: tuple[str, ...] = ()
    lookups: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    note: str = ""

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """Fields by their name."""
        return by_name(self.fields)

    @cached_property
    def sensitive(self) -> frozenset[str]:
        """Names of the fields that hold bank and tax numbers and the like."""
        return frozenset(each.name for each in self.fields if each.sensitive)

    @cached_property
    def roots(self) -> frozenset[str]:
        """Parts of the natural key that may be blank, for an object at the top of its tree: references to a parent."""
        return frozenset(name for name in self.natural_key if self.by_name[name].references == self.name)

    @cached_property
    def parent(self) -> Field | None:
        """The reference of an object to the one above it in its tree; None where there are no trees (section 7, 30)."""
        return next((each for each in self.fields if each.references == self.name and not each.read_only), None)

    @cached_property
    def owners(self) -> tuple[str, ...]:
        """References that say whose an object is: the vendor of a bill, the customer of an invoice."""
        return tuple(each.name for each in self.fields if each.required and each.references)

    @cached_property
    def number(self) -> str | None:
        """The field that holds a document's number, by which its party knows it."""
        texts = (name for name in self.natural_key if not self.by_name[name].references)
        return next(texts, None) if self.lines else None

    @cached_property
    def lines(self) -> Field | None:
        """The array of line items that is written with its document, for entities that have one."""
        return next((each for each in self.fields if each.item_entity and not each.read_only), None)

    @cached_property
    def children(self) -> tuple[Field, ...]:
        """The arrays below an object: all, where one holds objects.

        A List with `nested` has them (documented); which of them it has without, `Field.unnested` says (section 8).
        """
        arrays = tuple(each for each in self.fields if each.type is FieldType.ARRAY)
        return arrays if any(each.item_entity for each in arrays) else ()

    @cached_property
    def is_streamed(self) -> bool:
        """True if the rows of its List are a stream."""
        return self.offers(Operation.LIST) and not self.unstreamed

    @cached_property
    def is_streamed_unasked(self) -> bool:
        """True if a sync reads its List without being told to.

        It does not read bank accounts: BILL shows their numbers masked, so that they can be loaded nowhere.
        """
        return self.is_streamed and not any(each.sensitive and each.required for each in self.fields)

    @cached_property
    def is_timed(self) -> bool:
        """True if its objects tell when they last changed, so that a sync can ask for what is new."""
        return "updatedTime" in self.by_name

    @cached_property
    def is_loadable(self) -> bool:
        """True if records can become its objects: BILL creates it, its fields are known, what was made can be found."""
        return self.obstacle is None

    @cached_property
    def obstacle(self) -> str | None:
        """The reason for which no record can become its object; None where one can."""
        if not self.offers(Operation.CREATE):
            return "BILL offers no create of it"
        return "its fields are not known well enough" if self.partial or not self.is_timed else None

    def offers(self, operation: Operation) -> bool:
        """True if some source says that BILL offers this operation."""
        return operation in self.operations


def offered(**evidence: str) -> Mapping[Operation, tuple[str, ...]]:
    """Declare operations with their sources: `offered(create="DS V2", list="PATTERN")`."""
    return MappingProxyType({Operation(name): tuple(tags.split()) for name, tags in evidence.items()})


def standard_fields(source: str, times: Filterable = Filterable.BY_TYPE) -> tuple[Field, ...]:
    """The five fields that every entity begins with.

    Args:
        source: Source tags, separated by blanks.
        times: How it is known that id, createdTime and updatedTime can be filtered on.
    """
    return (
        declare(
            "entity",
            FieldType.STRING,
            source,
            "constant name of the entity; must match the URL",
            required=True,
        ),
        declare("id", FieldType.ID, source, "BILL's id", read_only=True, filterable=times),
        declare(
            "isActive",
            FieldType.ENUM,
            source,
            "soft-delete marker; 1 unless sent",
            codes={ACTIVE: "active", INACTIVE: "inactive"},
        ),
        declare("createdTime", FieldType.DATETIME, source, "creation instant", read_only=True, filterable=times),
        declare("updatedTime", FieldType.DATETIME, source, "last change instant", read_only=True, filterable=times),
    )


_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake(name: str) -> str:
    """`vendor_bank_account` for `VendorBankAccount`."""
    return _WORDS.sub("_", name).lower()


def is_active(obj: Mapping[str, Any]) -> bool:
    """True if BILL's object is not soft-deleted."""
    return bool(obj.get(IS_ACTIVE, ACTIVE) != INACTIVE)
