"""Tables for people: amounts aligned, codes with their meaning, and as many columns as the terminal is wide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table

from bill_api.table.entity import IS_ACTIVE, is_active
from bill_api.table.fields import NUMBERS, FieldType, by_name
from bill_api.table.kinds import shown
from bill_program.console import PlainConsole
from bill_values.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field

TELLING = (
    *("name", "firstName", "lastName", "email", "accountNumber", "invoiceNumber", "refNumber"),
    *("invoiceDate", "dueDate", "processDate", "creditDate", "amount", "dueAmount", "amountDue"),
    *("billCurrency", "invoiceCurrency", "paymentCurrency", "paymentStatus", "approvalStatus", "status"),
    *("accountType", "nextDueDate", "isActive"),
)
"""The fields that tell people most about an object, beside its id and its natural key; where an entity has them."""

DECIDING = (
    *("isActive", "paymentStatus", "approvalStatus", "billCurrency", "invoiceCurrency", "paymentCurrency", "status"),
)
"""The fields of which each changes what everything else in the row means: they are not left out of a narrow table."""

IMPORTANT = ("name", "invoiceNumber", "refNumber", "lastName", "amount", "dueDate")
"""What stays next."""

NARROWEST = 8
"""Characters to which the text of a code or a name is folded before its column is left out."""

FOLDED = 24
"""Characters to which a text may be folded."""

NOTHING = frozenset({"", "no", "0", "0.00"})
"""What is left out of one object: most fields of most objects are like that."""

GAP = 3
"""Blanks and line between two columns."""


def telling_columns(entity: Entity, rows: Sequence[Mapping[str, Any]] = ()) -> list[str]:
    """The columns of a list: what it refers to comes last, for those ids are long.

    Args:
        entity: What is listed.
        rows: What is shown: what says that an object is deleted has a column only if one is.
    """
    wanted = dict.fromkeys(("id", *entity.natural_key, *TELLING))
    if all(is_active(row) for row in rows):
        wanted.pop(IS_ACTIVE, None)
    names = [name for name in wanted if name in entity.by_name and not entity.by_name[name].sensitive]
    return sorted(names, key=lambda name: bool(entity.by_name[name].references))


def print_rows(rows: Sequence[Mapping[str, Any]], names: Sequence[str], fields: Mapping[str, Field]) -> None:
    """Rows as a table; of columns that do not fit those that matter least are left out, and named below.

    Nothing is printed where there are no rows: a command says so in words.
    """
    if not rows:
        return
    console = PlainConsole()
    texts = {name: [visible(shown(fields.get(name), row.get(name))) for row in rows] for name in names}
    folding = {name for name in names if not _is_solid(fields.get(name)) and name != "id"}
    widths = {name: max(len(name), *map(len, column)) for name, column in texts.items()}
    kept = _kept(names, {name: min(w, FOLDED) if name in folding else w for name, w in widths.items()}, console.width)
    if not kept:  # what decides does not fit as it is, so that it is folded
        kept = _kept(names, {n: min(w, NARROWEST) if n in folding else w for n, w in widths.items()}, console.width)
    kept = kept or list(names[:1])
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in kept:
        field = fields.get(name)
        is_number = field is not None and field.type in {*NUMBERS, FieldType.INTEGER}
        table.add_column(name, justify="right" if is_number else "left", no_wrap=name not in folding, overflow="fold")
    for i in range(len(rows)):
        table.add_row(*(texts[name][i] for name in kept))
    console.print(table)
    if len(kept) < len(texts):
        left_out = [name for name in texts if name not in kept]
        console.print(f"not shown in this width: {', '.join(left_out)}", style="dim")


def _kept(names: Sequence[str], widths: Mapping[str, int], width: int) -> list[str]:
    """The columns that fit, in their order; none where not even what decides does.

    Args:
        names: All columns.
        widths: How wide each has to be.
        width: Of the terminal.
    """
    first = [name for name in names[:1] if name == "id"]
    deciding = [name for name in DECIDING if name in names and widths[name]]
    ranked = dict.fromkeys((*first, *deciding, *(name for name in IMPORTANT if name in names), *names))
    kept: list[str] = []
    taken = -GAP
    for name in ranked:
        if taken + GAP + widths[name] <= width:
            kept.append(name)
            taken += GAP + widths[name]
        elif name in first or name in deciding:
            return []
    return [name for name in dict.fromkeys(names) if name in kept]


def print_object(entity: Entity, obj: Mapping[str, Any]) -> None:
    """One object: a line for each field that has a value, and its lines below."""
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
            table.add_row(name, text)
    console.print(table)
    for array in entity.children:
        given = obj.get(array.name)
        lines = [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
        if lines:
            console.print()
            console.print(array.name, style="bold")
            print_rows(lines, _telling_in(array.item_fields, lines), by_name(array.item_fields))
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
