"""Names of columns: BILL's own (`vendorId`), or in snake_case (`vendor_id`), which no warehouse has to quote."""

from __future__ import annotations

from functools import lru_cache
from itertools import compress
from typing import TYPE_CHECKING, Any, Literal

from bill_api.table.entity import snake

if TYPE_CHECKING:
    from collections.abc import Mapping

Naming = Literal["snake_case", "bill"]
_NESTED = frozenset({list, dict})
_FORMS_KEPT = 64
"""Lists of names whose columns are remembered."""


def column_of(name: str, naming: Naming) -> str:
    """The column of a name of BILL's that is known."""
    return name if naming == "bill" else snake(name)


class Columns(dict[str, str]):
    """The column of each of BILL's names in snake_case; of a name that is not known one is made when it comes.

    No two names share a column: one that BILL adds later gives way to those that are known.

    Args:
        properties: The known names, with the schema of each.
    """

    def __init__(self, properties: Mapping[str, Any]) -> None:
        super().__init__((name, snake(name)) for name in properties)
        self._taken = set(self.values())
        self._columns_of = lru_cache(_FORMS_KEPT)(self._spelled)
        self._inner = {
            name: Columns(inner)
            for name, described in properties.items()
            if (inner := (described.get("items") or described).get("properties"))
        }

    def __missing__(self, name: str) -> str:
        column = snake(name)
        while column in self._taken:
            column += "_"
        self._taken.add(column)
        self[name] = column
        return column

    def record(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """A record under the names of columns, all that is nested in it too."""
        # A line in Python for each value is what a sync of many records would mostly be made of; and nearly all
        # records of a stream have the same names.
        columns, values = self._columns_of(tuple(record)), record.values()
        renamed = dict(zip(columns, values, strict=True))
        if not _NESTED.isdisjoint(map(type, values)):
            for name in compress(record, map(_NESTED.__contains__, map(type, values))):
                renamed[self[name]] = self._nested(name, record[name])
        return renamed

    def _spelled(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(self.__getitem__, names))

    def schema(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """The schema of such records."""
        required = {"required": [self[each] for each in schema["required"]]} if "required" in schema else {}
        properties = {self[name]: self._described(name, each) for name, each in schema["properties"].items()}
        return {**schema, "properties": properties, **required}

    def _nested(self, name: str, value: Any) -> Any:
        if isinstance(value, list):
            return [self._nested(name, each) for each in value]
        return self._of(name).record(value) if isinstance(value, dict) else value

    def _described(self, name: str, described: Mapping[str, Any]) -> Mapping[str, Any]:
        if "properties" in described:
            return self._of(name).schema(described)
        if described.get("items"):
            return {**described, "items": self._described(name, described["items"])}
        return described

    def _of(self, name: str) -> Columns:
        if name not in self._inner:
            self._inner[name] = Columns({})
        return self._inner[name]


class Spelling:
    """The spelling of a stream's names, in its schema and in its records.

    Args:
        schema: The schema of the stream, in BILL's names.
        naming: The names that are wanted.
    """

    def __init__(self, schema: Mapping[str, Any], naming: Naming) -> None:
        self._columns = None if naming == "bill" else Columns(schema["properties"])

    def __call__(self, name: str) -> str:
        """The column that has a value of BILL's."""
        return self._columns[name] if self._columns is not None else name

    def schema(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """The schema in the names that are wanted."""
        return self._columns.schema(schema) if self._columns is not None else dict(schema)

    def records(self, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Records in the names that are wanted."""
        return records if self._columns is None else [self._columns.record(each) for each in records]
