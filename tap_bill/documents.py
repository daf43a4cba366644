"""Documents and lines in the form in which they go out: made once of each page, for all streams of an entity.

On the way datetimes become RFC 3339 UTC with whole seconds, and the all-zero id becomes null. Numbers are `int` or
`Decimal` from the first byte on.
"""

from __future__ import annotations

from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET
from msgspec.structs import astuple

from bill_api.table.entity import ADDITIONAL, LINES_VERSION, ORGANIZATION_ID, ZERO_ID
from bill_api.table.fields import FieldType
from bill_singer.naming import spelling_of
from bill_singer.stream_names import line_arrays, line_stream_name
from bill_values.instants import rfc3339
from tap_bill.additional import AdditionalFields
from tap_bill.schema import deletes_of, lines_version, stream_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping, Sequence

    from bill_api.answers.typed_rows import TypedRow
    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field
    from bill_singer.naming import Spelling
    from tap_bill.settings import TapSettings

_NESTED = frozenset({FieldType.ARRAY, FieldType.OBJECT})


class Record(msgspec.Struct):
    """A record, or a line within one: attributes have BILL's names, and are written under the names of columns.

    What is UNSET is not written.
    """

    def get(self, name: str) -> Any:
        """The value of a field; None when there is none."""
        value = getattr(self, name)
        return None if value is UNSET else value

    def as_dict(self) -> dict[str, Any]:
        """The columns that it has, and their values."""
        record: dict[str, Any] = msgspec.to_builtins(self, builtin_types=(Decimal,))
        return record


def record_class(names: Iterable[str], spelling: Spelling) -> type[Record]:
    """A class of records with such names of BILL's, in their order."""
    names = list(dict.fromkeys(names))
    fields = [(name, Any, UNSET) for name in names]
    columns = {name: spelling(name) for name in names}
    return msgspec.defstruct("ARecord", fields, bases=(Record,), rename=columns)  # type: ignore[return-value]


class DocumentForm:
    """The form of an entity's documents: Singer's values under the names of columns, lines too.

    Args:
        entity: The entity.
        settings: What is withheld, and how names are spelled.
    """

    def __init__(self, entity: Entity, settings: TapSettings) -> None:
        self._entity = entity
        self._arrays = tuple(each.name for each in line_arrays(entity))
        withheld = settings.withheld(entity)
        wants_sensitive = settings.wants_all_sensitive
        spelling = spelling_of(stream_schema(entity, withheld), settings.naming)
        additional = AdditionalFields(entity.stream, wants_sensitive=wants_sensitive)
        lines = {
            each.name: LineForm(
                each,
                spelling.within(each.name),
                AdditionalFields(line_stream_name(each), wants_sensitive=wants_sensitive),
            )
            for each in entity.children
            if each.item_fields
        }
        self._values = _Values(entity.fields, spelling, spelling.within(ADDITIONAL), additional, withheld, lines)
        added = (*deletes_of(entity, {}), *([LINES_VERSION] if self._arrays else []))
        names = (ORGANIZATION_ID, *(each.name for each in entity.fields), ADDITIONAL, *added)
        self._record = record_class(names, spelling)

    def documents(self, rows: Sequence[TypedRow], organization_id: str) -> list[Record]:
        """The documents that BILL's rows are."""
        return [self._document(each, organization_id) for each in rows]

    def _document(self, row: TypedRow, organization_id: str) -> Record:
        values, additional = self._values.of(row)
        record = self._record(organization_id, *values, additional)
        for name, value in deletes_of(self._entity, row).items():
            setattr(record, name, value)
        if self._arrays:
            setattr(record, LINES_VERSION, lines_version(self._arrays, record))
        return record


class LineForm:
    """The form of the lines in a document; what has no column stays with each line until it goes out.

    Args:
        array: The field that has them.
        spelling: Of the names in a line.
        additional: What has no column.
    """

    def __init__(self, array: Field, spelling: Spelling, additional: AdditionalFields) -> None:
        self._values = _Values(array.item_fields, spelling, spelling, additional)
        self._record = record_class((*(each.name for each in array.item_fields), ADDITIONAL), spelling)

    def lines(self, rows: Iterable[TypedRow]) -> list[Record]:
        """The lines that BILL's are."""
        return [self._line(each) for each in rows]

    def _line(self, row: TypedRow) -> Record:
        values, additional = self._values.of(row)
        return self._record(*values, UNSET if additional is None else additional)


def inline(line: Record, column: str) -> Any:
    """A line within its document: what has no column of its own stands among those that have.

    Args:
        line: The line.
        column: Has what has none.
    """
    if getattr(line, ADDITIONAL) is UNSET:
        return line
    columns = line.as_dict()
    return columns | columns.pop(column)


class _Values:
    """Singer's values of BILL's rows; computed once where they stand, because it is done millions of times.

    Args:
        fields: Of the entity, or of its lines: the first names of a row.
        spelling: Of the names that nested values have.
        others: Of names that are no fields.
        additional: Takes these, and says what must not be in a nested value.
        withheld: Fields that no record has.
        lines: The forms of line arrays.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        spelling: Spelling,
        others: Spelling,
        additional: AdditionalFields,
        withheld: Container[str] = (),
        lines: Mapping[str, LineForm] = MappingProxyType({}),
    ) -> None:
        self._count = len(fields)
        self._ids = _places(fields, lambda each: each.type is FieldType.ID)
        self._instants = _places(fields, lambda each: each.type is FieldType.DATETIME)
        nested = _places(fields, lambda each: each.type in _NESTED)
        self._nested_at = tuple((place, fields[place].name) for place in nested)
        self._withheld = _places(fields, lambda each: each.name in withheld)
        self._spelling, self._others = spelling, others
        self._additional = additional
        self._lines = lines

    def of(self, row: TypedRow) -> tuple[list[Any], dict[str, Any] | None]:
        """The values of the fields, and all that comes besides; None without any."""
        *values, others = astuple(row)
        learned = values[self._count :]
        del values[self._count :]
        for place in self._ids:
            if values[place] == ZERO_ID:
                values[place] = None
        for place in self._instants:
            values[place] = rfc3339(values[place])
        for place, name in self._nested_at:
            if values[place]:
                values[place] = self._nested(name, values[place])
        for place in self._withheld:
            values[place] = UNSET
        return values, self._beside(row, learned, others or {}) if learned or others else None

    def _nested(self, name: str, value: Any) -> Any:
        form = self._lines.get(name)
        if form and isinstance(value, list):
            return form.lines(value)
        return self._spelling.nested(name, self._additional.without(value))

    def _beside(self, row: TypedRow, learned: Sequence[Any], others: dict[str, Any]) -> dict[str, Any] | None:
        named = zip(tuple(row.attributes)[self._count :], learned, strict=True)
        found = {name: value for name, value in named if value is not UNSET} | others
        kept = self._additional.without(dict(sorted(found.items())))
        return self._others.record(kept) if kept else None


def _places(fields: Sequence[Field], is_one: Callable[[Field], bool]) -> tuple[int, ...]:
    return tuple(place for place, each in enumerate(fields) if is_one(each))
