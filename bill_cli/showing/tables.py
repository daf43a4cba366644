"""Tables for people: amounts aligned, codes with their meaning, and as many columns as the terminal is wide."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table

from bill_api.table.fields import NUMBERS, FieldType, by_name
from bill_api.table.kinds import shown
from bill_cli.showing.names import beside_id, with_names
from bill_program.console import PlainConsole
from bill_values.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field

TELLING = (
    *("name", "firstName", "lastName", "email", "accountNumber", "invoiceNumber", "refNumber"),
    *("invoiceDate", "dueDate", "processDate", "creditDate", "amount", "dueAmount", "paymentStatus", "status"),
    *("accountType", "nextDueDate", "isActive"),
)
"""The fields that tell people most about an object, beside its id and its natural key; where an entity has them."""

FOLDED = 24
"""Characters to which a text may be folded."""

NOTHING = frozenset({"", "no", "0", "0.00"})
"""What is left out of one object: most fields of most objects are like that."""

GAP = 3
"""Blanks and line between two columns."""


def telling_columns(entity: Entity) -> list[str]:
    """The columns of a list: what it refers to comes last, for those ids are long."""
    wanted = dict.fromkeys(("id", *entity.natural_key, *TELLING))
    names = [name for name in wanted if name in entity.by_name and not entity.by_name[name].sensitive]
    return sorted(names, key=lambda name: bool(entity.by_name[name].references))


def print_rows(rows: Sequence[Mapping[str, Any]], names: Sequence[str], fields: Mapping[str, Field]) -> None:
    """Rows as a table; columns on the right that do not fit are left out, and named below."""
    console = PlainConsole()
    texts = [[visible(shown(fields.get(name), row.get(name))) for name in names] for row in rows]
    widths = [
        max(len(name), *(len(text[i]) for text in texts), 0) if texts else len(name) for i, name in enumerate(names)
    ]
    folding = [name for name in names if not _is_solid(fields.get(name))]
    fitting = _fitting(
        [min(w, FOLDED) if n in folding else w for n, w in zip(names, widths, strict=True)], console.width
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in names[:fitting]:
        field = fields.get(name)
        is_number = field is not None and field.type in {*NUMBERS, FieldType.INTEGER}
        table.add_column(
            name, justify="right" if is_number else "left", no_wrap=name not in folding or name == "id", overflow="fold"
        )
    for text in texts:
        table.add_row(*text[:fitting])
    console.print(table)
    if fitting < len(names):
        console.print(f"not shown in this width: {', '.join(names[fitting:])}", style="dim")


def print_object(entity: Entity, obj: Mapping[str, Any], names_by_id: Mapping[str, str] = MappingProxyType({})) -> None:
    """One object: a line for each field that has a value, and its lines below.

    Args:
        entity: What it is.
        obj: As BILL has it.
        names_by_id: What people call the objects that it refers to.
    """
    console = PlainConsole()
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    known = [name for name in entity.by_name if name in obj and name != "entity"]
    hidden = 0
    for name in [*known, *(each for each in obj if each not in entity.by_name)]:
        text = shown(entity.by_name.get(name), obj[name])
        if text in NOTHING or isinstance(obj[name], list | dict):
            hidden += name not in {each.name for each in entity.children}
        else:
            field = entity.by_name.get(name)
            table.add_row(name, visible(beside_id(text, names_by_id)) if field and field.references else text)
    console.print(table)
    for array in entity.children:
        given = obj.get(array.name)
        lines = [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
        if lines:
            console.print()
            console.print(array.name, style="bold")
            telling = _telling_in(array.item_fields, lines)
            print_rows(*with_names(lines, telling, by_name(array.item_fields), names_by_id))
    if hidden:
        console.print(f"{hidden} fields that are empty, no or 0 are not shown: --output json", style="dim")


def _is_solid(field: Field | None) -> bool:
    """True if its values must stay in one line."""
    return field is not None and field.type in {
        *NUMBERS,
        FieldType.INTEGER,
        FieldType.ID,
        FieldType.DATE,
        FieldType.DATETIME,
    }


def _telling_in(fields: Iterable[Field], lines: Sequence[Mapping[str, Any]]) -> list[str]:
    """The fields of lines that have a value somewhere, without what repeats the document."""
    repeated = {"entity", "createdTime", "updatedTime", "isActive"}
    return [
        each.name
        for each in fields
        if each.name not in repeated
        and not (each.read_only and each.references)
        and any(shown(each, line.get(each.name)) not in NOTHING for line in lines)
    ]


def _fitting(widths: Sequence[int], width: int) -> int:
    """The number of columns that fit; one at least."""
    taken = 0
    for count, each in enumerate(widths):
        taken += each + (GAP if count else 0)
        if taken > width:
            return max(1, count)
    return len(widths)
