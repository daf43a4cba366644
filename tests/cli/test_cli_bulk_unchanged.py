"""The CSV of `bill list`, of whatever BILL holds, changes nothing and is never refused; no name in it is looked up."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import click
from hypothesis import given, settings
from hypothesis import strategies as st

from bill_api.entities import BY_NAME, ENTITIES
from bill_api.table.entity import ZERO_ID, Operation
from bill_api.table.fields import FieldType
from bill_cli.command import CommandContext
from bill_cli.commands.objects import show_all
from bill_cli.sending.row_changes import row_changes
from bill_cli.showing.names import name_columns
from bill_cli.typed.field_names import columns_of
from bill_cli.typed.resources import name_of
from bill_cli.typed.rows import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bill_api.client import BillClient
    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field
    from bill_api.table.query import ListQuery

    Object = dict[str, Any]

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LOADABLE = [
    each
    for each in ENTITIES
    if all(map(each.offers, (Operation.BULK_UPDATE, Operation.LIST, Operation.READ)))
    and {*each.by_name} - {"id", "entity"}
]
IN_TREES = ["Zed", "zed", "Z\u00e9d", "Ze\u0301d", " Zed", "A:Zed", "\x1bZed", "#REF!", "1.2E+11", "=1", "'=1", "00123"]

# A zero byte is left out: no CSV has one, and a file with one is refused as a file.
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
odd_texts = st.one_of(st.sampled_from(IN_TREES), st.sampled_from("\x1b\x7f\r\n\t\x1c\x85,\"';"), texts)
numbers = st.decimals(-(10**12), 10**12, allow_nan=False, places=4) | st.sampled_from(
    [Decimal("1.0E7"), Decimal("1.23456789E7"), Decimal("1E-7"), Decimal("0.00")]
)
days = st.dates().map(lambda each: each.isoformat()) | st.sampled_from(["0000-00-00", "2026-02-30", "soon"])


def ids(prefix: str | None) -> st.SearchStrategy[str]:
    begin = prefix or "00x"
    return st.text(LETTERS, min_size=20 - len(begin), max_size=20 - len(begin)).map(lambda each: begin + each)


@dataclass
class Stored:
    """What BILL holds: it gives objects by their ids, and a look at a whole list fails the test."""

    objs: dict[str, Object] = field(default_factory=dict)
    is_dry: bool = False

    def list_page(self, entity: Entity, query: ListQuery) -> list[Object]:
        (condition,) = query.filters
        assert condition.field == "id", f"{entity.stream} are looked through for a name"
        return [self.objs[each] for each in str(condition.value).split(",")]

    def read_each(self, _entity: Entity, bill_ids: Sequence[str]) -> Iterator[Object]:
        return (self.objs[each] for each in bill_ids)

    def refer(self, draw: st.DrawFn, entity: Entity) -> str:
        """The id of an object that is referred to: one of few, of which some are called alike, or deleted."""
        held: list[str] = [
            each["id"] for each in self.objs.values() if each["entity"] == entity.name and each["is_referred"]
        ]
        takes_known: bool = draw(st.booleans())
        if held and takes_known:
            known: str = draw(st.sampled_from(held))
            return known
        bill_id = draw(ids(draw(st.sampled_from([entity.id_prefix, "0zz"]))))  # of a kind that we know, or do not
        ways = {name for way in (*entity.lookups.values(), ("firstName", "lastName", "email")) for name in way}
        obj = {name: draw(odd_texts | st.none()) for name in sorted(ways) if name in entity.by_name}
        active = draw(st.sampled_from("12"))
        self.objs[bill_id] = {**obj, "id": bill_id, "entity": entity.name, "isActive": active, "is_referred": True}
        return bill_id


def value(draw: st.DrawFn, stored: Stored, of: Field) -> Any:
    if of.type is FieldType.ID:
        none = draw(st.sampled_from([None, "", ZERO_ID, "as it was", "as it was"]))
        known = BY_NAME.get(of.references or "")
        return none if none != "as it was" else stored.refer(draw, known) if known else draw(ids(None))
    if of.item_fields:
        lines = [
            {each.name: value(draw, stored, each) for each in of.item_fields if each.name != "id"}
            | {"id": draw(ids(of.item_id_prefix))}
            for _ in range(draw(st.integers(0, 2)))
        ]
        return list({each["id"]: each for each in lines}.values())
    masked = [st.just("******7890")] if of.sensitive else []
    kinds: Mapping[FieldType, st.SearchStrategy[Any]] = {
        FieldType.STRING: st.one_of(odd_texts, *masked),
        FieldType.ENUM: st.sampled_from([*of.codes, "77", "Zed", "\x1bZ", "=1"]),
        FieldType.DATE: days,
        FieldType.DATETIME: st.just("2026-01-31T09:00:00.000+0000"),
        FieldType.MONEY: numbers,
        FieldType.DECIMAL: numbers,
        FieldType.INTEGER: st.integers(-(10**9), 10**9),
        FieldType.BOOLEAN: st.booleans(),
        FieldType.ARRAY: st.just([]),
        FieldType.OBJECT: st.just({}),
    }
    return draw(st.none() | kinds[of.type])


class Listed:
    """What is listed, with its columns."""

    def __init__(self, entity: Entity, names: list[str], rows: list[Object], stored: Stored) -> None:
        self.entity, self.names, self.rows, self.stored = entity, names, rows, stored

    def __repr__(self) -> str:
        return f"{name_of(self.entity)} {self.names} {self.rows}"


@st.composite
def lists(draw: st.DrawFn) -> Listed:
    entity = draw(st.sampled_from(LOADABLE))
    words = [each for each in (*entity.by_name, *name_columns(entity.by_name)) if each not in {"id", "entity"}]
    names = draw(st.lists(st.sampled_from(words), max_size=8))
    plain = [each for each in words if each not in entity.by_name or not entity.by_name[each].item_fields]
    likely = [*plain, *name_columns(entity.by_name)] + [*name_columns(entity.by_name)] * 5
    names = ["id", draw(st.sampled_from(likely)), *names]
    # One column for each field, as a row can say it but once.
    said = {name_columns(entity.by_name)[each].name if each not in entity.by_name else each: each for each in names}
    stored = Stored()
    rows = []
    for bill_id in draw(st.lists(ids(entity.id_prefix), min_size=1, max_size=3, unique=True)):
        obj = {each: value(draw, stored, entity.by_name[each]) for each in said} | {"id": bill_id}
        rows.append({**obj, "entity": entity.name, "isActive": draw(st.sampled_from("12")), "is_referred": False} | obj)
    stored.objs |= {each["id"]: each for each in rows}
    names = columns_of(entity, ",".join(said.values()))
    return Listed(entity=entity, names=names, rows=rows, stored=stored)


def written(entity: Entity, names: Sequence[str], rows: Sequence[Object], client: BillClient) -> str:
    at = click.Context(click.Command("list"), obj=CommandContext())
    with at, contextlib.redirect_stdout(io.StringIO()) as out:
        show_all(entity, rows, "csv", names, client)
    return out.getvalue()


@given(lists())
@settings(max_examples=400)
def test_whatever_bill_holds_its_list_changes_nothing(listed: Listed) -> None:
    entity, client = listed.entity, cast("BillClient", listed.stored)
    file = io.BytesIO(written(entity, listed.names, listed.rows, client).encode())
    file.name = f"{name_of(entity)}.csv"
    changes = row_changes(client, entity, rows_of(entity, Operation.BULK_UPDATE, file), file.name)
    assert [list(each.words) for each in changes] == [[]] * len(listed.rows)
    assert not [each for each in changes if each.refusal]
