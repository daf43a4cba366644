"""Names of columns: BILL's own (`vendorId`), or in snake_case (`vendor_id`), which no warehouse has to quote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from bill_api.table.entity import snake

if TYPE_CHECKING:
    from collections.abc import Mapping

Naming = Literal["snake_case", "bill"]
_NESTED = frozenset({list, dict})


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
        """An object under the names of columns, all that is nested in it too."""
        return {
            self[name]: self.nested(name, value) if type(value) in _NESTED else value for name, value in record.items()
        }

    def schema(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """The schema of such records."""
        required = {"required": [self[each] for each in schema["required"]]} if "required" in schema else {}
        properties = {self[name]: self._described(name, each) for name, each in schema["properties"].items()}
        return {**schema, "properties": properties, **required}

    def nested(self, name: str, value: Any) -> Any:
        """What stands under a name, with columns for the names in it."""
        if isinstance(value, list):
            return [self.nested(name, each) for each in value]
        return self.within(name).record(value) if isinstance(value, dict) else value

    def _described(self, name: str, described: Mapping[str, Any]) -> Mapping[str, Any]:
        if "properties" in described:
            return self.within(name).schema(described)
        if described.get("items"):
            return {**described, "items": self._described(name, described["items"])}
        return described

    def within(self, name: str) -> Columns:
        """The columns of the names in objects that stand under a name."""
        if name not in self._inner:
            self._inner[name] = Columns({})
        return self._inner[name]


class Spelling:
    """The spelling of a stream's names, in its schema and in its records.

    Args:
        columns: The column of each name; None if names stay as they are.
    """

    def __init__(self, columns: Columns | None) -> None:
        self._columns = columns

    def __call__(self, name: str) -> str:
        """The column that has a value of BILL's."""
        return self._columns[name] if self._columns is not None else name

    def schema(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """The schema in the names that are wanted."""
        return self._columns.schema(schema) if self._columns is not None else dict(schema)

    def record(self, record: dict[str, Any]) -> dict[str, Any]:
        """An object in the names that are wanted, all that is nested in it too."""
        return record if self._columns is None else self._columns.record(record)

    def nested(self, name: str, value: Any) -> Any:
        """What stands under a name, with the names in it as they are wanted."""
        return value if self._columns is None else self._columns.nested(name, value)

    def within(self, name: str) -> Spelling:
        """The spelling of the names in objects that stand under a name."""
        return Spelling(None if self._columns is None else self._columns.within(name))


def spelling_of(schema: Mapping[str, Any], naming: Naming) -> Spelling:
    """The spelling of the names of a schema, which are BILL's."""
    return Spelling(None if naming == "bill" else Columns(schema["properties"]))
