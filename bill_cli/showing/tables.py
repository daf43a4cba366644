"""Tables for people: amounts aligned, codes with their meaning, and as many columns as the terminal is wide."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table

from bill_api.identity.references import owner_of
from bill_api.table.entity import IS_ACTIVE, is_active
from bill_api.table.fields import NUMBERS, FieldType, by_name
from bill_api.table.kinds import shown
from bill_cli.showing.names import beside_id, with_names
from bill_program.console import PlainConsole
from bill_values.visible import visible

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

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

PLAIN = frozenset({"", "active (1)", "unassigned (0)", "USD"})
"""What they say of nearly all objects: no news, which may be left out."""

IMPORTANT = ("name", "invoiceNumber", "refNumber", "lastName", "vendor", "customer", "amount", "dueDate")
"""What stays next, and then the id: names do wherever ids do."""

CALLED = frozenset({"name", "invoiceNumber", "refNumber", "lastName"})
"""Those of them that people call an object by."""

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

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
    owner = owner_of(entity)
    wanted = dict.fromkeys(("id", *entity.natural_key, *([owner.name] if owner else []), *TELLING))
    if all(is_active(row) for row in rows):
        wanted.pop(IS_ACTIVE, None)
    names = [name for name in wanted if name in entity.by_name and not entity.by_name[name].sensitive]
    return sorted(names, key=lambda name: bool(entity.by_name[name].references))


def print_rows(
    rows: Sequence[Mapping[str, Any]],
    names: Sequence[str],
    fields: Mapping[str, Field],
    always: Collection[str] = (),
) -> None:
    """Rows as a table; of columns that do not fit those that matter least are left out, and named below.

    Nothing is printed where there are no rows: a command says so in words.

    Args:
        rows: What is shown.
        names: The columns.
        fields: Of the columns, as far as they are known.
        always: Columns that stay however narrow the terminal is, whatever they say.
    """
    if not rows:
        return
    console = PlainConsole()
    columns = [
        ShownColumn(
            name=name,
            texts=[visible(shown(fields.get(name), row.get(name))) for row in rows],
            is_number=(field := fields.get(name)) is not None and field.type in {*NUMBERS, FieldType.INTEGER},
            is_solid=name == "id" or _is_solid(field),
            stays=name in always,
        )
        for name in dict.fromkeys(names)
    ]
    widths = fitting(columns, console.width)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for each, width in widths.items():
        is_folded = width < each.width
        table.add_column(
            each.narrow_title if is_folded and len(each.name) > width else each.name,
            justify="right" if each.is_number else "left",
            no_wrap=each.is_solid and not is_folded,
            width=width,
            overflow="fold",
        )
    for i in range(len(rows)):
        table.add_row(*(each.texts[i] for each in widths))
    console.print(table)
    left_out = [each.name for each in columns if each not in widths]
    if left_out:
        console.print(f"not shown in this width: {', '.join(left_out)}", style="dim")


@dataclass(frozen=True, kw_only=True, eq=False)
class ShownColumn:
    """A column of a table.

    Attributes:
        name: Of its field.
        texts: Its cells.
        is_number: It is aligned on the right.
        is_solid: Its texts stay in one line.
        stays: It is there in any case.
    """

    name: str
    texts: Sequence[str]
    is_number: bool = False
    is_solid: bool = False
    stays: bool = False

    @property
    def width(self) -> int:
        """The characters that it takes; long texts are folded."""
        text = max(map(len, self.texts), default=0)
        return max(len(self.name), text if self.is_solid else min(text, FOLDED))

    @property
    def narrow_title(self) -> str:
        """Its name in words, of which each may have a line of its own: `payment Status`."""
        return _HUMP.sub(" ", self.name)

    @property
    def narrow(self) -> int:
        """The characters that it takes at least: those of its longest word."""
        title = max(map(len, self.narrow_title.split()), default=0)
        words = self.texts if self.is_solid else [word for text in self.texts for word in text.split()]
        text = max(map(len, words), default=0)
        return max(title, text if self.is_solid else min(text, FOLDED))

    @property
    def decides(self) -> bool:
        """True if it is not left out: it changes what a row means, and does so in one that is not as nearly all are."""
        return self.stays or (self.name in DECIDING and any(each not in PLAIN for each in self.texts))


def fitting(columns: Sequence[ShownColumn], width: int) -> dict[ShownColumn, int]:
    """The columns that fit, in their order, with the characters of each.

    What decides stays, and what people call an object by. Texts and titles are folded where something important would
    not fit otherwise, and then the columns that matter least are left out.

    Args:
        columns: All.
        width: Of the terminal.
    """
    rank = {name: place for place, name in enumerate((*IMPORTANT, "id"))}
    important = sorted((each for each in columns if each.name in rank), key=lambda each: rank[each.name])
    called = [each for each in important if each.name in CALLED][:1] or [each for each in columns if each.name == "id"]
    must = [*(each for each in columns if each.decides), *called]
    wanted = list(dict.fromkeys([*must, *(each for each in important if each.name != "id")]))
    ranked = list(dict.fromkeys([*wanted, *important, *columns]))
    kept = _taken(ranked, width, [each.width for each in ranked])
    if all(each in kept for each in wanted):
        return {each: each.width for each in columns if each in kept}
    narrow = _taken(wanted, width, [each.narrow for each in wanted])
    left = width + GAP - sum(each + GAP for each in narrow.values())
    for each in narrow:
        more = min(left, max(0, each.width - narrow[each]))
        narrow[each] += more
        left -= more
    others = [each for each in ranked if each not in wanted]
    narrow |= _taken(others, left - GAP, [each.width for each in others])
    narrow = narrow or {ranked[0]: min(width, ranked[0].narrow)}
    return {each: narrow[each] for each in columns if each in narrow}


def _taken(ranked: Sequence[ShownColumn], width: int, needed: Sequence[int]) -> dict[ShownColumn, int]:
    """As many as there is room for, by their rank, with the characters of each."""
    kept: dict[ShownColumn, int] = {}
    left = width + GAP
    for each, characters in zip(ranked, needed, strict=True):
        if characters + GAP <= left:
            kept[each] = characters
            left -= characters + GAP
    return kept


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
