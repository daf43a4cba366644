"""Cells that feed fields, by the levels of a document: its head and its lines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_api.table.fields import Field
    from bill_api.table.kinds import Read
    from bill_documents.mapping.declaration import AddDays
    from bill_documents.mapping.expressions import Expression
    from bill_documents.mapping.levels import Value
    from bill_values.notations import Writing


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A column or an expression that feeds a field.

    Attributes:
        field: The field.
        path: The field as errors name it: `dueDate`, `billLineItems.amount`.
        column: The column's name in the header; for an expression, its setting.
        position: The column's position in the file, from 0.
        expression: In place of a column.
        writing: How its values are written.
        read: Makes a value of a text, or raises a ValueError.
    """

    field: Field
    path: str
    column: str
    position: int
    expression: Expression | None
    writing: Writing
    read: Read


@dataclass(frozen=True, kw_only=True)
class Level:
    """One level of a document, its head or its lines."""

    cells: tuple[Cell, ...]
    constants: Mapping[str, Value]
    derived: Mapping[str, AddDays]
    fields: Mapping[str, Field]

    @cached_property
    def blank(self) -> dict[str, Value | None]:
        """The content of a level before any cell was read: every field that it can have, in its order."""
        return {name: self.constants.get(name) for name in self.fields}
