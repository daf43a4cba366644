"""References of one object to others, as its source gives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bill_api.entities import BY_NAME
from bill_api.identity.keys import text_of
from bill_api.identity.references import aliases
from bill_api.table.fields import by_name

if TYPE_CHECKING:
    from bill_api.identity.references import Reference
    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A reference that has to become a BILL id of this organization.

    Attributes:
        field: The field that will hold the id.
        line: Index of the line that holds it; None for the document itself.
        by: How the referenced object is named; None when an id is given.
        value: The name, number or id.
        is_optional: Left out when nothing here answers to it: its entity stays with the organization it came from.
        is_check: The id is given too: if this names something, it has to be the same.
    """

    field: Field
    line: int | None
    by: Reference | None
    value: str
    is_optional: bool = False
    is_check: bool = False

    @property
    def name(self) -> str:
        """The key of the record that holds it."""
        return self.by.alias if self.by else self.field.name

    @property
    def place(self) -> str:
        """Its place in the record, for people."""
        return place_of(self.name, self.line)

    @property
    def entity(self) -> Entity:
        """The entity that it points at."""
        return self.by.entity if self.by else BY_NAME[str(self.field.references)]

    @property
    def text(self) -> str:
        """For comparing: equal texts point at one object."""
        return f"{self.name}:{text_of(self.value, is_name=self.by is not None)}"


def link_of(
    fields: tuple[Field, ...],
    line: int | None,
    name: str,
    value: str,
    *,
    is_optional: bool = False,
    is_check: bool = False,
) -> Link:
    """A reference by the key of the record that holds it.

    Args:
        fields: Of the entity, or of its lines.
        line: Index of its line; None for the document itself.
        name: The field, or an alias of it.
        value: The id, name or number.
        is_optional: See `Link`.
        is_check: See `Link`.
    """
    by = aliases(fields).get(name)
    return Link(
        field=by.field if by else by_name(fields)[name],
        line=line,
        by=by,
        value=value,
        is_optional=is_optional,
        is_check=is_check,
    )


def place_of(name: str, line: int | None) -> str:
    """Place of a field in a record, for people.

    Args:
        name: The field's name.
        line: Index of its line; None for the document itself.
    """
    return name if line is None else f"lines[{line}].{name}"
