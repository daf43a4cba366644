"""An incoming record, understood: which entity, which key, which values, which references."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from bill_api.entities import BY_NAME
from bill_api.entity import ACTIVE, INACTIVE, Operation
from bill_api.fields import Field, FieldType
from bill_api.references import Reference, aliases
from bill_api.values import ORGANIZATION_ID
from target_bill.outcome import Problem
from target_bill.values import ValueRefusedError, typed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bill_api.entity import Entity

NOT_SENT = frozenset({"entity", "id"})
"""Fields of the table that are not part of a body: the client adds the first, the plan decides the second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A reference that has to become a BILL id of this organization.

    Attributes:
        field: The field that will hold the id.
        line: Index of the line that holds it; None for the document itself.
        by: How the referenced object is named; None when an id is given.
        value: The name, number or id.
    """

    field: Field
    line: int | None
    by: Reference | None
    value: str

    @property
    def place(self) -> str:
        """Where a person finds it in the record."""
        return _place(self.by.alias if self.by else self.field.name, self.line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A record, understood.

    Attributes:
        stream: The stream it came in.
        key_properties: The stream's key; empty for the entity's natural key.
        source_key: Values of its key as JSON text.
        source_id: Its BILL id in the organization it comes from, if it has one.
        source_organization: The organization it comes from, if it says so.
        record: As it came, for the rejects file.
        body: Typed values without references.
        links: References that are not yet ids.
        dropped: References to entities that this target does not load; they mean nothing in another organization.
        unknown: Fields that the entity does not have; they are not sent.
        money: Its total.
        problems: Why it cannot be written.
    """

    entity: Entity
    stream: str
    key_properties: tuple[str, ...]
    source_key: str
    source_id: str | None = None
    source_organization: str | None = None
    record: Mapping[str, Any] = field(repr=False)
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)
    links: tuple[Link, ...] = ()
    dropped: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    money: Decimal = Decimal(0)
    problems: tuple[Problem, ...] = ()

    @property
    def is_deleted(self) -> bool:
        """Soft-deleted in its source."""
        return self.body.get("isActive") == INACTIVE

    def content_hash(self, salt: str) -> str:
        """Changes when anything that would be sent changes.

        Args:
            salt: The ledger's own, so that a hash does not give a bank number away.
        """
        links = [[link.place, link.value] for link in self.links]
        text = json.dumps([self.body, links], sort_keys=True, default=str)
        return hashlib.sha256((salt + text).encode()).hexdigest()


def understand(
    entity: Entity, stream: str, key_properties: Sequence[str], record: Mapping[str, Any], organization_id: str
) -> Document:
    """Read a record; what is wrong with it stands in `problems`.

    Args:
        entity: What it is in BILL.
        stream: The stream it came in.
        key_properties: The stream's key; empty for the entity's natural key.
        record: The record.
        organization_id: The organization that is written to.
    """
    source_organization = record.get(ORGANIZATION_ID)
    reader = _Reader(elsewhere=bool(source_organization) and source_organization != organization_id)
    body = reader.values(entity.fields, record, None)
    lines = entity.lines
    if lines is not None and isinstance(record.get(lines.name), list):
        body[lines.name] = [
            reader.values(lines.item_fields, line, index) for index, line in enumerate(record[lines.name])
        ]
    key = _key(entity, key_properties, record)
    problems = [
        *_source_problems(record),
        *_nameless(key),
        *reader.problems,
        *_missing(entity, body, reader.links),
    ]
    return Document(
        entity=entity,
        stream=stream,
        key_properties=tuple(key_properties),
        source_key=json.dumps(list(key.values()), default=str),
        source_id=record.get("id"),
        source_organization=source_organization,
        record=record,
        body=body,
        links=tuple(reader.links),
        dropped=tuple(sorted(reader.dropped)),
        unknown=tuple(sorted(reader.unknown)),
        money=_money(entity, body),
        problems=tuple(problems),
    )


class _Reader:
    """Collects what a record's fields give."""

    def __init__(self, *, elsewhere: bool) -> None:
        self._elsewhere = elsewhere
        self.links: list[Link] = []
        self.problems: list[Problem] = []
        self.dropped: set[str] = set()
        self.unknown: set[str] = set()

    def values(self, fields: tuple[Field, ...], given: Mapping[str, Any], line: int | None) -> dict[str, Any]:
        """Typed values of the writable fields; references go to `links`."""
        found: dict[str, Any] = {}
        self.unknown |= {name for name in given.keys() - _known(fields) if not name.startswith("_")}
        for each in fields:
            value = given.get(each.name)
            if value in (None, "") or each.read_only or each.name in NOT_SENT or each.item_fields:
                continue
            referred = BY_NAME.get(each.references or "")
            if referred is not None and is_written(referred):
                self.links.append(Link(field=each, line=line, by=None, value=str(value)))
            elif each.references and self._elsewhere:
                self.dropped.add(each.name)
            else:
                self._read(each, value, line, found)
        for alias, reference in aliases(fields).items():
            value = given.get(alias)
            if value not in (None, "") and given.get(reference.field.name) in (None, ""):
                self.links.append(Link(field=reference.field, line=line, by=reference, value=str(value)))
        return found

    def _read(self, each: Field, value: Any, line: int | None, found: dict[str, Any]) -> None:
        try:
            found[each.name] = typed(each, value)
        except ValueRefusedError as error:
            self.problems.append(
                Problem(field=_place(each.name, line), reason=str(error), hint="Correct the value in the source.")
            )


def _place(name: str, line: int | None) -> str:
    return name if line is None else f"lines[{line}].{name}"


@cache
def _known(fields: tuple[Field, ...]) -> frozenset[str]:
    return frozenset({each.name for each in fields} | aliases(fields).keys() | {ORGANIZATION_ID})


def _source_problems(record: Mapping[str, Any]) -> Iterator[Problem]:
    # A tap that could not read a value says so here instead of dropping the record.
    for error in record.get("_source_errors") or ():
        row = f"row {error.get('row')}, " if error.get("row") else ""
        yield Problem(
            field=error.get("field"),
            reason=f"{row}column {error.get('column')!r}: {error.get('message')}",
            hint="Correct the file and load it again.",
        )


def _missing(entity: Entity, body: Mapping[str, Any], links: Sequence[Link]) -> Iterator[Problem]:
    linked = {(link.line, link.field.name) for link in links}
    yield from _required(entity.fields, body, linked, None)
    lines = entity.lines
    if lines is not None:
        for index, line in enumerate(body.get(lines.name, ())):
            yield from _required(lines.item_fields, line, linked, index)


def _required(
    fields: tuple[Field, ...], values: Mapping[str, Any], linked: set[tuple[int | None, str]], line: int | None
) -> Iterator[Problem]:
    for each in fields:
        if not each.required or each.name in NOT_SENT or values.get(each.name) or (line, each.name) in linked:
            continue
        if each.type is FieldType.DECIMAL and each.name in values:
            continue  # zero is a value
        names = [alias for alias, reference in aliases(fields).items() if reference.field is each]
        instead = f" or `{'` or `'.join(names)}`" if names else ""
        yield Problem(
            field=_place(each.name, line), reason="BILL requires this field", hint=f"Give `{each.name}`{instead}."
        )


def _key(entity: Entity, key_properties: Sequence[str], record: Mapping[str, Any]) -> dict[str, Any]:
    """What identifies the record in its source: its key properties, else the entity's natural key."""
    if key_properties:
        return {name: record.get(name) for name in key_properties}
    named = aliases(entity.fields).values()
    return {
        name: record.get(name)
        or next((record[r.alias] for r in named if r.field.name == name and r.alias in record), "")
        for name in entity.natural_key
    }


def _nameless(key: Mapping[str, Any]) -> Iterator[Problem]:
    for name, value in key.items():
        if value in (None, ""):
            yield Problem(
                field=name,
                reason="the record has no value for this key property, so nobody could tell it from another",
                hint="Fill it in, or choose other key properties in the tap.",
            )


def _money(entity: Entity, body: Mapping[str, Any]) -> Decimal:
    lines = entity.lines
    if lines is None:
        return Decimal(0)
    return sum((_line_money(line) for line in body.get(lines.name, ())), Decimal(0))


def _line_money(line: Mapping[str, Any]) -> Decimal:
    if "amount" in line:
        return Decimal(line["amount"])
    return Decimal(line.get("quantity", 1)) * Decimal(line.get("price", 0))


def is_written(entity: Entity) -> bool:
    """Whether this target writes an entity: BILL creates it, its fields are known, something tells two of it apart."""
    return entity.offers(Operation.CREATE) and bool(entity.natural_key) and not entity.partial


def is_active(obj: Mapping[str, Any]) -> bool:
    """Whether BILL's object is not soft-deleted."""
    return bool(obj.get("isActive", ACTIVE) != INACTIVE)
