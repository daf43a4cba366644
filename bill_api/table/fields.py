"""A BILL field: its type on the wire, its meaning, and the evidence for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Certainty(StrEnum):
    """Evidence for a fact about BILL, from the surest to the least sure."""

    DOCUMENTED = "documented"
    LIVE = "live"
    CLIENT = "seen in a client"
    INFERRED = "inferred"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A place that a fact was read in."""

    certainty: Certainty
    description: str


SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        "V2": Source(certainty=Certainty.DOCUMENTED, description="developer.bill.com, v2 reference page"),
        "DS": Source(
            certainty=Certainty.DOCUMENTED,
            description="developersupport.bill.com, the older official documentation",
        ),
        "CSV": Source(certainty=Certainty.DOCUMENTED, description="BILL's help pages on CSV import limits"),
        "V3": Source(certainty=Certainty.DOCUMENTED, description="v3 reference page (the same backend)"),
        "AT": Source(
            certainty=Certainty.LIVE,
            description="airtable: a public integration in production, with a test suite against the sandbox",
        ),
        "UN": Source(certainty=Certainty.LIVE, description="unanet: production answers captured in 2026"),
        "PHP": Source(certainty=Certainty.LIVE, description="php: answers captured in 2015"),
        "GO": Source(
            certainty=Certainty.LIVE, description="bdc: a client for Go that was written against production (2019)"
        ),
        "LIVE": Source(
            certainty=Certainty.LIVE,
            description="public integrations in live use, of which no file can be named; some against v3",
        ),
        "JL": Source(
            certainty=Certainty.CLIENT,
            description="comments in a Java client by BILL staff (2019), which repeat the official docs",
        ),
        "PR": Source(certainty=Certainty.CLIENT, description="Prismatic's connector: responses captured in 2024"),
        "BI": Source(certainty=Certainty.CLIENT, description="Bista's Odoo connector"),
        "BC": Source(certainty=Certainty.CLIENT, description="BriteCore's client"),
        "FA": Source(certainty=Certainty.CLIENT, description="a mock of the API in a public client (myarik)"),
        "TS": Source(certainty=Certainty.CLIENT, description="TypeScript types of a public v2 client"),
        "OTHER": Source(certainty=Certainty.CLIENT, description="several small public clients"),
        "PATTERN": Source(certainty=Certainty.INFERRED, description="follows from the pattern of the other entities"),
    }
)


def surest(tags: tuple[str, ...]) -> Certainty:
    """The best certainty that any of these source tags gives."""
    order = list(Certainty)
    return min((SOURCES[tag].certainty for tag in tags), key=order.index)


class FieldType(StrEnum):
    """A kind of value on BILL's wire (JSON)."""

    ID = "id"  # 20 characters; all zeros means no reference
    STRING = "string"
    ENUM = "enum"  # a string that holds a number: "0", "1", "-1"
    DATE = "date"  # YYYY-MM-DD
    DATETIME = "datetime"  # YYYY-MM-DDThh:mm:ss.SSS+0000
    MONEY = "money"  # a JSON number with cents at most
    DECIMAL = "decimal"  # a JSON number: price, quantity, rate
    INTEGER = "integer"
    BOOLEAN = "boolean"
    ARRAY = "array"
    OBJECT = "object"


class Alike(StrEnum):
    """Which spellings of a text are one and the same."""

    TEXT = "to the letter"  # numbers, descriptions; blanks do not count
    NAME = "case does not count"
    COUNTRY = "case does not count, nor do the ways to write the United States"  # that BILL rewrites them is inferred


class Filterable(StrEnum):
    """True if a List call may filter on a field, and how that is known."""

    DOCUMENTED = "documented"
    LIVE = "live"
    CLIENT = "seen in a client"
    BY_TYPE = "by the general rule for ids, dates, datetimes and enums"
    NO_EVIDENCE = "no evidence"


NUMBERS = frozenset({FieldType.MONEY, FieldType.DECIMAL})
"""Kinds whose values are a Decimal."""

FILTERABLE_TYPES = frozenset({FieldType.ID, FieldType.DATE, FieldType.DATETIME, FieldType.ENUM})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)  # each is declared once: identity is enough
class Field:
    """One field of a BILL entity.

    Attributes:
        name: The key as BILL spells it.
        type: The kind of value on the wire.
        description: What it means; empty where the name says it all.
        source: Tags of the places that know this field, see `SOURCES`.
        codes: The meaning of each known enum code. Never complete: an unknown code is passed on.
        required: BILL wants it on create.
        read_only: BILL sets it; ignored when sent.
        filterable: Whether List may filter on it.
        references: The entity that this id points at.
        max_length: The longest text BILL takes, in characters.
        bounds: The least and the greatest whole number that BILL takes.
        sensitive: Bank and tax numbers and tokens; never logged.
        alike: Which spellings of a text are one and the same.
        item_entity: For a line array, the entity of its elements.
        item_id_prefix: For a line array, the first three characters of its elements' ids; None where unknown.
        item_fields: For a line array, the fields of its elements.
        unnested: For a line array, tags of the places that show it in a List without `nested`; empty where none does.
    """

    name: str
    type: FieldType
    source: tuple[str, ...]
    description: str = ""
    codes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    required: bool = False
    read_only: bool = False
    filterable: Filterable = Filterable.NO_EVIDENCE
    references: str | None = None
    max_length: int | None = None
    bounds: tuple[int, int] | None = None
    sensitive: bool = False
    alike: Alike = Alike.TEXT
    item_entity: str | None = None
    item_id_prefix: str | None = None
    item_fields: tuple[Field, ...] = ()
    unnested: tuple[str, ...] = ()


@cache
def by_name(fields: tuple[Field, ...]) -> Mapping[str, Field]:
    """Fields of an entity, or of its lines, by their names."""
    return MappingProxyType({each.name: each for each in fields})


@cache
def mandatory(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields that BILL wants in a create and in every update; the client adds the `entity` itself."""
    return tuple(each for each in fields if each.required and not each.read_only and each.name != "entity")


def declare(
    name: str,
    kind: FieldType,
    source: str,
    description: str = "",
    *,
    codes: Mapping[str, str] | None = None,
    filterable: Filterable | None = None,
    **traits: object,
) -> Field:
    """Declare a field briefly: source tags in one string, filterable by its type's rule unless said otherwise."""
    by_rule = Filterable.BY_TYPE if kind in FILTERABLE_TYPES else Filterable.NO_EVIDENCE
    return Field(
        name=name,
        type=kind,
        source=tuple(source.split()),
        description=description,
        codes=MappingProxyType(dict(codes or {})),
        filterable=filterable or by_rule,
        **traits,  # type: ignore[arg-type]  # the traits are Field's own, checked by the dataclass at import
    )
