"""List: a page of an entity's objects, filtered and sorted (documented: search-ops-with-lists)."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any

from bill_api.table.fields import FieldType
from bill_simulator.behaviour.refusals import ErrorAnswer
from bill_simulator.rules.filters import conditions
from bill_simulator.rules.values import flag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bill_api.table.entity import Entity
    from bill_simulator.rules.calls import Context
    from bill_simulator.rules.filters import AppliedFilter
    from bill_simulator.state.books import EntityTable, StoredRow

VIEWS_MAX = 4
AFTER_ANY_ID = "\U0010ffff"
Order = tuple[tuple[str, bool], ...]
RANGES = frozenset({"=", "<", ">", "<=", ">="})


@dataclass(frozen=True, slots=True)
class PageRange:
    """The stretch of rows that a call wants."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest:
    """The rows to page through, and their order.

    Attributes:
        wanted: The filters.
        order: The sort keys, and whether each ascends.
        hide: Leave out inactive rows.
    """

    wanted: tuple[AppliedFilter, ...]
    order: Order
    hide: bool

    @property
    def by_updated(self) -> bool:
        """True when the index by updatedTime has this order already."""
        return self.order in ((("updatedTime", True),), (("updatedTime", True), ("id", True)))

    @property
    def others(self) -> list[AppliedFilter]:
        """The filters that are no range of updatedTime."""
        return [each for each in self.wanted if each.name != "updatedTime" or each.op not in RANGES]


def list_rows(context: Context, entity: Entity, data: Mapping[str, Any]) -> tuple[bytes, int]:
    """The JSON array of a page, and how many rows it has. `showAudit` adds nothing: its keys are unknown."""
    table = context.books.table(entity)
    page = page_of(context, data)
    nested, _ = (flag(context, data, name, code="BDC_1129") for name in ("nested", "showAudit"))
    wanted = tuple(conditions(context, entity, data.get("filters")))
    check_owner(context, entity, wanted)
    hide = context.switches.list_inactive == "hide" and all(each.name != "isActive" for each in wanted)
    query = ListRequest(wanted=wanted, order=order_of(context, entity, data.get("sort")), hide=hide)
    rows = view(context, table, query, page)
    return render(context, entity, rows, nested=nested), len(rows)


def check_owner(context: Context, entity: Entity, wanted: Sequence[AppliedFilter]) -> None:
    """BDC_1108 for a List of notes that does not say of which object (unknown: the switch `notes_of_all`)."""
    name = entity.listed_by
    if not name or context.switches.notes_of_all == "list":
        return
    if not any((each.name, each.op) == (name, "=") for each in wanted):
        raise ErrorAnswer("BDC_1108", name)


def page_of(context: Context, data: Mapping[str, Any], start: str = "start") -> PageRange:
    """`start` from 0, `max` up to 999, which is also the default (documented; what is above it is unknown).

    Args:
        context: Of the call.
        data: The parameters.
        start: The name of the one for the offset.
    """
    limit = context.limits.list_rows
    first, size = data.get(start, 0), data.get("max", limit)
    for name, value, least in ((start, first, 0), ("max", size, 1)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ErrorAnswer("BDC_1129", name, value)
    if size > limit:
        if context.switches.list_over_limit == "refuse":
            raise ErrorAnswer("BDC_1129", "max", size)
        size = limit
    return PageRange(first, first + size)


def ascends(sent: Mapping[str, Any]) -> bool:
    """`asc` as the text of the documented samples, as JSON true, or as 1 and 0 (seen in clients: section 8, 5)."""
    value = sent.get("asc", True)
    if value in (True, "true"):
        return True
    if value in (False, None, "false"):
        return False
    raise ErrorAnswer("BDC_1129", "asc", value)


def order_of(context: Context, entity: Entity, sort: Any) -> Order:
    """The sort keys and whether each ascends; any field that has an order may be one (amounts: documented)."""
    if sort is None:
        return ()
    if not isinstance(sort, list) or not all(isinstance(each, dict) for each in sort):
        raise ErrorAnswer("BDC_1129", "sort", sort)
    for each in sort:
        name = each.get("field")
        field = context.shape(entity).field(name, context.switches)
        if field is None or field.type in (FieldType.ARRAY, FieldType.OBJECT):
            raise ErrorAnswer("BDC_1130", name)
    return tuple((each["field"], ascends(each)) for each in sort)


def view(context: Context, table: EntityTable, query: ListRequest, page: PageRange) -> Sequence[StoredRow]:
    """The rows of a page; what was found for it serves the next pages until something changes."""
    low, high = updated_range(table, query.wanted)
    if query.by_updated and not query.others and not query.hide:
        stretch = table.by_updated[low + page.start : min(low + page.stop, high)]
        return [table.rows[object_id] for _, object_id in stretch]
    key = query, context.switches.default_order, context.switches.null_order
    found = table.views.get(key)
    if found is None:
        if len(table.views) >= VIEWS_MAX:
            table.views.clear()
        found = table.views[key] = found_rows(context, table, query, low, high)
    return found[page.start : page.stop]


def found_rows(context: Context, table: EntityTable, query: ListRequest, low: int, high: int) -> list[StoredRow]:
    """Every row that the filters let through, in order."""
    from_index = query.by_updated or len(query.others) < len(query.wanted)
    rows: Iterable[StoredRow] = (
        (table.rows[object_id] for _, object_id in table.by_updated[low:high]) if from_index else table.rows.values()
    )
    found = [
        row
        for row in rows
        if all(each.holds(row.values) for each in query.others) and (not query.hide or table.is_active(row))
    ]
    return found if query.by_updated else arranged(context, table, found, query.order)


def updated_range(table: EntityTable, wanted: Sequence[AppliedFilter]) -> tuple[int, int]:
    """The stretch of the index by updatedTime that can hold the rows wanted."""
    low, high = 0, len(table.by_updated)
    for each in wanted:
        if each.name != "updatedTime" or each.op not in RANGES:
            continue
        first = bisect_left(table.by_updated, (each.wanted, ""))
        after = bisect_right(table.by_updated, (each.wanted, AFTER_ANY_ID))
        low = max(low, {"=": first, ">=": first, ">": after}.get(each.op, low))
        high = min(high, {"=": after, "<=": after, "<": first}.get(each.op, high))
    return low, max(low, high)


def arranged(context: Context, table: EntityTable, rows: list[StoredRow], order: Order) -> list[StoredRow]:
    """Rows in the order asked for; where that says nothing, in the default order (unknown: a switch)."""
    switches, default = context.switches, context.switches.default_order
    rows = sorted(rows, key=default_key(table, default), reverse=default == "updated_descending")
    for name, ascending in reversed(order):
        kind = table.shape.fields(switches)[name].type
        key = sort_key(table.shape.at[name], kind, null_is_largest=switches.null_order == "largest")
        rows = sorted(rows, key=key, reverse=not ascending)
    return rows


def default_key(table: EntityTable, order: str) -> Callable[[StoredRow], Any]:
    """The sort key of a List without sort."""
    at = table.shape.at
    identity, created, updated = at["id"], at["createdTime"], at["updatedTime"]
    if order == "id":
        return lambda row: row.values[identity]
    if order == "updated_descending":
        return lambda row: (row.values[updated], row.values[identity])
    if order == "shuffled":
        return lambda row: hashlib.blake2b(row.values[identity].encode(), digest_size=8).digest()
    return lambda row: (row.values[created], row.values[identity])


def sort_key(place: int, kind: FieldType, *, null_is_largest: bool) -> Callable[[StoredRow], Any]:
    """Null before or after every value (unknown: a switch); enums by the number that they hold."""
    comparable: Callable[[Any], Any] = int if kind is FieldType.ENUM else lambda value: value

    def key(row: StoredRow) -> tuple[bool, Any]:
        value = row.values[place]
        return (null_is_largest, None) if value is None else (not null_is_largest, comparable(value))

    return key


def render(context: Context, entity: Entity, rows: Sequence[StoredRow], *, nested: bool) -> bytes:
    """The JSON array; child arrays when nested (documented), and else by the switch `unnested_children`.

    The lines of bills and invoices come all the same (live: section 8, 7; the table has a mark for them).
    """
    shape, choice = context.shape(entity), context.switches.unnested_children
    if nested or choice == "everywhere" or (shape.unnested and choice == "present"):
        ends: Iterable[bytes] = (row.tail for row in rows)
    elif shape.unnested and choice == "lines_only":
        ends = (shape.unnested_end(row.tail) for row in rows)
    else:
        ends = repeat(shape.empty_end if choice == "empty" else shape.bare_end)
    return b"[" + b",".join([row.head + end for row, end in zip(rows, ends, strict=False)]) + b"]"
