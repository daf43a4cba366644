"""Reading records: what each key of a record means for its entity, and what is wrong with it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto
from functools import cache
from typing import TYPE_CHECKING, Any

from bill_api.entities import BY_NAME
from bill_api.entity import INACTIVE
from bill_api.references import Reference, aliases
from bill_api.values import ORGANIZATION_ID
from target_bill.changes import LINE_ID
from target_bill.document import Document, Link, fingerprint, is_empty, is_written, place_of
from target_bill.outcome import Problem
from target_bill.values import ValueRefusedError, reader_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bill_api.entity import Entity
    from bill_api.fields import Field

NOT_SENT = frozenset({"entity", "id"})
"""Fields of the table that are not part of a body: the client adds the first, the plan decides the second."""

CORRECT = "Correct the value in the source."

DELETED_AT = "_sdc_deleted_at"
"""Where a tap says when an object was deleted."""


class Desk:
    """Reads records.

    Args:
        organization_id: The organization that is written to.
        salt: The ledger's, for the content hashes.
        clears: Whether a null empties its field.
    """

    def __init__(self, organization_id: str, salt: str, *, clears: bool) -> None:
        self._organization_id = organization_id
        self._salt = salt
        self._clears = clears

    def understand(
        self, entity: Entity, stream: str, key_properties: tuple[str, ...], record: Mapping[str, Any]
    ) -> Document:
        """Read a record; what is wrong with it stands in `problems`.

        Args:
            entity: What it is in BILL.
            stream: The stream it came in.
            key_properties: The stream's key; empty for the entity's natural key.
            record: The record.
        """
        source_organization = record.get(ORGANIZATION_ID)
        elsewhere = bool(source_organization) and source_organization != self._organization_id
        reader = _Reader(elsewhere=elsewhere, clears=self._clears)
        body = reader.values(entity.fields, record, None)
        flags = {name: record[name] for name in entity.flags if name in record}
        lines = entity.lines
        if lines is not None and isinstance(record.get(lines.name), list):
            body[lines.name] = [
                reader.line(lines.item_fields, line, index) for index, line in enumerate(record[lines.name])
            ]
        key = _key(entity, key_properties, record)
        document = Document(
            entity=entity,
            stream=stream,
            key_properties=key_properties,
            source_key=json.dumps(list(key.values()), default=str),
            source_id=None if record.get("id") in (None, "") else str(record["id"]),
            source_organization=None if source_organization in (None, "") else str(source_organization),
            record=record,
            body=body,
            flags=flags,
            links=reader.links,
            dropped=reader.dropped,
            unknown=[name for name in reader.unknown if name not in flags],
            money=_money(entity, body),
            is_deleted=body.get("isActive") == INACTIVE or bool(record.get(DELETED_AT)),
            problems=[
                *_source_problems(record),
                *_nameless(entity, key),
                *reader.problems,
                *_missing(entity, body, reader.links),
            ],
        )
        document.content_hash = fingerprint(document, self._salt)
        return document


class _Kind(Enum):
    """What a key of a record is."""

    VALUE = auto()
    LINK = auto()  # a reference by id
    ALIAS = auto()  # a reference by name
    FOREIGN = auto()  # a reference to what is not written here
    IGNORED = auto()


@dataclass(frozen=True, slots=True)
class _Part:
    """How a key of a record is read."""

    kind: _Kind
    field: Field
    read: Callable[[Any], Any] | None = None
    by: Reference | None = None
    is_optional: bool = False


@cache
def _parts(fields: tuple[Field, ...], elsewhere: bool, in_line: bool) -> Mapping[str, _Part]:
    """What every known key of a record is; computed once, because it is asked for every value."""
    parts = {each.name: _part(each, elsewhere=elsewhere, in_line=in_line) for each in fields}
    for alias, reference in aliases(fields).items():
        parts[alias] = _Part(_Kind.ALIAS, reference.field, by=reference)
    return parts


def _part(each: Field, *, elsewhere: bool, in_line: bool) -> _Part:
    if in_line and each.name == LINE_ID and not elsewhere:
        return _Part(_Kind.VALUE, each, read=reader_of(each))
    if each.read_only or each.name in NOT_SENT or each.item_fields:
        return _Part(_Kind.IGNORED, each)
    referred = BY_NAME.get(each.references or "")
    if referred is not None and (is_written(referred) or referred.lookups):
        return _Part(_Kind.LINK, each, is_optional=elsewhere and not is_written(referred))
    if each.references and elsewhere:
        return _Part(_Kind.FOREIGN, each)
    return _Part(_Kind.VALUE, each, read=reader_of(each))


class _Reader:
    """Collects what a record's fields give."""

    def __init__(self, *, elsewhere: bool, clears: bool) -> None:
        self._elsewhere = elsewhere
        self._clears = clears
        self.links: list[Link] = []
        self.problems: list[Problem] = []
        self.dropped: list[str] = []
        self.unknown: list[str] = []

    def values(self, fields: tuple[Field, ...], given: Mapping[str, Any], line: int | None) -> dict[str, Any]:
        """Typed values of the writable fields; references go to `links`."""
        parts = _parts(fields, self._elsewhere, line is not None)
        found: dict[str, Any] = {}
        for name, value in given.items():
            part = parts.get(name)
            if part is None:
                if not name.startswith("_") and name != ORGANIZATION_ID:
                    self.unknown.append(name)
            elif part.kind is _Kind.VALUE and value is not None and value != "":
                self._read(part, value, line, found)
            elif part.kind is not _Kind.IGNORED:
                self._other(part, value, line, given, found)
        return found

    def line(self, fields: tuple[Field, ...], given: Any, index: int) -> dict[str, Any]:
        """Typed values of one line."""
        if isinstance(given, dict):
            return self.values(fields, given, index)
        place = f"lines[{index}]"
        self.problems.append(Problem(field=place, reason=f"an object is expected, not {given!r}", hint=CORRECT))
        return {}

    def _other(
        self, part: _Part, value: Any, line: int | None, given: Mapping[str, Any], found: dict[str, Any]
    ) -> None:
        """A reference, or a value that is empty."""
        name = part.field.name
        is_named_by_id = part.by is not None and given.get(name) not in (None, "")
        if value in (None, ""):
            if self._clears and not is_named_by_id:
                self._clear(part, line, found)
        elif part.kind is _Kind.FOREIGN:
            self.dropped.append(name)
        elif not is_named_by_id:
            is_optional = part.is_optional
            self.links.append(Link(field=part.field, line=line, by=part.by, value=str(value), is_optional=is_optional))
            found.pop(name, None)

    def _clear(self, part: _Part, line: int | None, found: dict[str, Any]) -> None:
        name = part.field.name
        if part.field.required or any(each.line == line and each.field is part.field for each in self.links):
            return
        if part.kind is not _Kind.FOREIGN:
            found.setdefault(name, None)

    def _read(self, part: _Part, value: Any, line: int | None, found: dict[str, Any]) -> None:
        assert part.read is not None  # noqa: S101  every value has one
        try:
            found[part.field.name] = part.read(value)
        except ValueRefusedError as error:
            place = place_of(part.field.name, line)
            self.problems.append(Problem(field=place, reason=str(error), hint=CORRECT))


def _source_problems(record: Mapping[str, Any]) -> Iterator[Problem]:
    # A tap that could not read a value says so here instead of dropping the record.
    errors = record.get("_source_errors") or []
    for error in errors if isinstance(errors, list) else [errors]:
        if not isinstance(error, dict):
            yield Problem(field=None, reason=f"its source says: {error}", hint=CORRECT)
            continue
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


@cache
def _required_fields(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    return tuple(each for each in fields if each.required and not each.read_only and each.name not in NOT_SENT)


def _required(
    fields: tuple[Field, ...], values: Mapping[str, Any], linked: set[tuple[int | None, str]], line: int | None
) -> Iterator[Problem]:
    for each in _required_fields(fields):
        if not is_empty(values.get(each.name)) or (line, each.name) in linked:
            continue
        names = [alias for alias, reference in aliases(fields).items() if reference.field is each]
        instead = f" or {', '.join(f'`{name}`' for name in names)}" if names else ""
        place = place_of(each.name, line)
        yield Problem(field=place, reason="BILL requires this field", hint=f"Give `{each.name}`{instead}.")


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


def _nameless(entity: Entity, key: Mapping[str, Any]) -> Iterator[Problem]:
    if not key:
        yield Problem(
            field=None,
            reason=f"the stream has no key properties, and nothing else tells two objects of {entity.name} apart",
            hint="Set key properties in the tap.",
        )
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
    if line.get("amount") is not None:
        return Decimal(line["amount"])
    quantity = line.get("quantity")
    return Decimal(1 if quantity is None else quantity) * Decimal(line.get("price") or 0)
