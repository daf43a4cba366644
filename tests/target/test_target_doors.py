"""One document, whichever door it comes through: nested, JSON text or a row for each line, however names, numbers and
days are written."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from effort import TIMES, examples
from hypothesis import HealthCheck, Phase, given, note
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from target_run import ORGANIZATION, account, books, load, report, singer, writes

from bill_api.entities import BY_NAME
from bill_simulator import Simulator
from bill_values.exact_json import decode, encode
from target_bill.input.flat_rows import FlatRows
from target_bill.input.parser import Origin, Parser

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from target_bill.model.document import Document

BILL = BY_NAME["Bill"]
LINES = "billLineItems"
WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def snake(name: str) -> str:
    return WORDS.sub("_", name).lower()


def mixed(name: str) -> str:
    return snake(name).title()


SPELLINGS: tuple[Callable[[str], str], ...] = (str, snake, mixed, lambda name: snake(name).upper())

VENDORS = ("Harbour Lamps", 'Zoë "Söhne", Ltd', "=Sum & Co")
NUMBERS: dict[str, tuple[Any, ...]] = {
    "17": ("17", 17, 17.0, Decimal("17.00"), " 17 "),
    "017": ("017",),
    "17.5": ("17.5", 17.5, Decimal("17.50")),
    "A-1": ("A-1", "A-1\u200b"),
    "a-1": ("a-1",),
    "1e3": ("1e3",),
    "'18": ("'18",),
    "20260301": ("20260301", 20260301, 20260301.0),
}
"""Numbers of documents, each in the ways in which programs say it."""

TEXTS: dict[str, tuple[Any, ...]] = {
    "": ("", None, " "),
    "7.1": ("7.1", 7.1, Decimal("7.10")),
    **{each: (each,) for each in ("Paper", "Paper, blue\nand thick", "'=1", "7.10", "Kühlung", "2026-03-01", "true")},
}
"""Texts of lines in the same ways."""

MIDNIGHTS = ("", "T00:00:00", " 00:00:00", "T00:00:00+00:00", " 00:00:00+00", "T00:00:00.000000Z", "T00:00")


@dataclass(frozen=True)
class Line:
    """The values of a line."""

    cents: int
    text: str


@dataclass(frozen=True)
class Said:
    """The values of a bill."""

    vendor: str
    number: str
    day: int
    lines: tuple[Line, ...]

    @property
    def cents(self) -> int:
        return sum(each.cents for each in self.lines)


@dataclass(frozen=True)
class Door:
    """The way in which bills are written.

    Attributes:
        shape: Lines as a list, as text of JSON, or a row for each.
        dice: Decides everything else.
    """

    shape: str
    dice: random.Random

    def amount(self, cents: int) -> Any:
        exact = Decimal(cents).scaleb(-2)
        ways = [exact, float(exact), str(exact), f"{exact}00", float(exact) * 3 / 3]
        return self.dice.choice([*ways, cents // 100] if not cents % 100 else ways)

    def head(self, said: Said) -> dict[str, Any]:
        return {
            "vendorName": said.vendor,
            "invoiceNumber": self.dice.choice(NUMBERS[said.number]),
            "invoiceDate": f"2026-03-{said.day:02}{self.dice.choice(MIDNIGHTS)}",
            "dueDate": f"2026-04-{said.day:02}{self.dice.choice(MIDNIGHTS)}",
        }

    def line(self, said: Line) -> dict[str, Any]:
        return {"amount": self.amount(said.cents), "description": self.dice.choice(TEXTS[said.text])}

    def nested(self, said: Said) -> dict[str, Any]:
        lines = [self.respelled(self.line(each)) for each in said.lines]
        self.dice.shuffle(lines)
        return self.respelled({**self.head(said), LINES: encode(lines) if self.shape == "text" else lines})

    def rows(self, several: Iterable[Said]) -> list[dict[str, Any]]:
        rows = [{**self.head(said), **_prefixed(self.line(line))} for said in several for line in said.lines]
        self.dice.shuffle(rows)
        return [{snake(name): value for name, value in row.items()} for row in rows]

    def respelled(self, record: dict[str, Any]) -> dict[str, Any]:
        return {self.dice.choice(SPELLINGS)(name): value for name, value in record.items()}


def _prefixed(line: dict[str, Any]) -> dict[str, Any]:
    return {f"line_{name}": value for name, value in line.items()}


FLAT = {
    "bills": {
        "group_by": ["vendorName", "invoiceNumber"],
        "columns": {name: snake(name) for name in ("vendorName", "invoiceNumber", "invoiceDate", "dueDate")},
        "lines": {"columns": {"amount": "line_amount", "description": "line_description"}},
    }
}
KEYS = ("vendorName", "invoiceNumber")
PARSER = Parser(ORGANIZATION, "salt", source="", clears=False, allow_negative=False)
NESTED = Origin(entity=BILL, stream="bills", incoming="bills", keys=tuple(map(snake, KEYS)))
SHAPES = ("nested", "text", "flat")


def several() -> st.SearchStrategy[list[Said]]:
    lines = st.builds(Line, st.integers(0, 10**7), st.sampled_from(list(TEXTS)))
    said = st.builds(
        Said,
        st.sampled_from(VENDORS),
        st.sampled_from(list(NUMBERS)),
        st.integers(1, 28),
        st.lists(lines, min_size=1, max_size=4).map(tuple),
    )
    return st.lists(said, min_size=1, max_size=6, unique_by=lambda each: (each.vendor, each.number))


def documents(door: Door, said: Sequence[Said]) -> Iterator[Document]:
    """The documents that the target makes of bills that come through a door."""
    if door.shape != "flat":
        for each in said:
            yield PARSER.parse(NESTED, decode(encode(door.nested(each))))
        return
    yield from grouped(door.rows(said))


def grouped(several: Iterable[dict[str, Any]]) -> Iterator[Document]:
    """The documents that the target makes of rows for each line."""
    rows = FlatRows(FLAT, {}, lambda _: None)
    for row in several:
        rows.add("bills", decode(encode(row)))
    for origin, record in rows.documents():
        yield PARSER.parse(origin, record)
    rows.close()


@pytest.mark.slow
@given(several(), st.randoms(use_true_random=False))
def test_every_door_makes_the_same_documents(said: list[Said], dice: random.Random) -> None:
    found = {}
    for shape in SHAPES:
        made = list(documents(Door(shape, dice), said))
        assert not any(each.problems for each in made)
        found[shape] = {each.source_key: (each.digest, each.money) for each in made}
        assert sum(each.money for each in made) == Decimal(sum(each.cents for each in said)).scaleb(-2)
    assert found["nested"] == found["text"] == found["flat"]
    assert len(found["nested"]) == len(said)


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("line_amount", Decimal("7.1"), Decimal("7.1000000000000005")),
        ("invoice_number", Decimal("17.50"), "17.5"),
        ("invoice_date", "2026-03-01", "2026-03-01 00:00:00+00"),
        ("line_description", Decimal("7.10"), "7.1"),
    ],
)
@pytest.mark.parametrize("is_flat", [True, False])
def test_two_writings_of_a_value_are_one_document(name: str, one: Any, other: Any, is_flat: bool) -> None:
    row = {"vendor_name": "A", "invoice_number": "1", "invoice_date": "2026-03-01", "due_date": "2026-04-01"}
    rows: list[dict[str, Any]] = [
        {**row, "line_amount": 5, "line_description": "x", name: each} for each in (one, other)
    ]
    documents = [*map(nested, rows)] if not is_flat else [one for row in rows for one in grouped([row])]
    assert not any(each.problems for each in documents)
    assert len({(each.source_key, each.digest, each.money) for each in documents}) == 1


def nested(row: dict[str, Any]) -> Document:
    """A document of a row with its line in a list; the record spells its key otherwise than its schema."""
    head = {name.upper(): value for name, value in row.items() if not name.startswith("line_")}
    line = {name.removeprefix("line_"): value for name, value in row.items() if name.startswith("line_")}
    return PARSER.parse(NESTED, {**head, LINES: [line]})


FLAT_INVOICES = {
    "invoices": {
        "group_by": ["customerName", "invoiceNumber"],
        "columns": {
            name: snake(name)
            for name in (
                "customerName",
                "invoiceNumber",
                "invoiceDate",
                "dueDate",
                "isActive",
                "amount",
                "itemSalesTax",
            )
        }
        | {"itemSalesTaxName": "tax"},
        "lines": {"columns": {"price": "line_price", "ratePercent": "line_rate"}},
    }
}
INVOICES = Origin(
    entity=BY_NAME["Invoice"], stream="invoices", incoming="invoices", keys=("customer_name", "invoice_number")
)


@st.composite
def invoices(draw: st.DrawFn) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """An invoice whose total and days may be wrong, in BILL's words, and its lines."""
    values: dict[str, list[Any]] = {
        "invoiceDate": ["2026-01-10"],
        "dueDate": ["2026-01-09", "2026-01-10", "2028-01-10", "2028-01-11", "2035-01-01", "2037-01-01", "1926-01-10"],
        "isActive": [None, "1", "2"],
        "amount": [None, "100", "100.00", 108, "0"],
        "itemSalesTax": [None, "", "0ii01TAX", "00000000000000000000"],
        "itemSalesTaxName": [None, " ", "VAT"],
    }
    head = {name: draw(st.sampled_from(several)) for name, several in values.items()}
    price = st.sampled_from(["100", 50, "54.00", "4"]).map(lambda each: {"price": each, "ratePercent": None})
    rate = st.just({"price": None, "ratePercent": "8"})
    return {"customerName": "A", "invoiceNumber": "1", **head}, draw(st.lists(price | rate, min_size=1, max_size=2))


@pytest.mark.slow
@given(invoices())
def test_every_door_judges_the_total_and_the_days_of_a_document_alike(
    said: tuple[dict[str, Any], list[dict[str, Any]]],
) -> None:
    head, lines = said
    one = PARSER.parse(INVOICES, decode(encode({**head, "invoiceLineItems": lines})))
    columns = {name: snake(name) for name in head} | {"itemSalesTaxName": "tax"}
    first = {columns[name]: value for name, value in head.items()}
    rows = FlatRows(FLAT_INVOICES, {}, lambda _: None)
    for line in lines:
        rows.add("invoices", decode(encode({**first, "line_price": line["price"], "line_rate": line["ratePercent"]})))
    ((origin, record),) = rows.documents()
    other = PARSER.parse(origin, record)
    rows.close()
    assert bool(one.problems) == bool(other.problems)
    # Rows with another problem are not added up.
    assert {each.field for each in one.problems} >= {each.field for each in other.problems}
    assert (one.is_deleted, one.money, one.doubtful) == (other.is_deleted, other.money, other.doubtful)
    assert not (one.is_deleted and one.doubtful)


def messages(door: Door, said: Sequence[Said]) -> tuple[str, dict[str, Any]]:
    """The input of a run, and the settings that this door needs."""
    if door.shape == "flat":
        rows = door.rows(said)
        cut = door.dice.randrange(len(rows) + 1)
        return _singer(("bills", [], rows[:cut]), ("bills", [], rows[cut:])), {"documents": FLAT}
    return _singer(("bills", [*map(snake, KEYS)], [door.nested(each) for each in said])), {}


def _singer(*streams: tuple[str, list[str], list[dict[str, Any]]]) -> str:
    return singer(*((name, keys, [json.loads(encode(each)) for each in records]) for name, keys, records in streams))


@pytest.fixture(scope="module")
def shared() -> Iterator[Simulator]:
    with Simulator(vendors=0, customers=0, bills=0, invoices=0) as running:
        yield running


def test_what_one_door_has_loaded_no_other_writes_again(
    shared: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> None:
    @hypothesis_settings(
        max_examples=examples(6),
        derandomize=TIMES == 1,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(several(), st.permutations(SHAPES), st.randoms(use_true_random=False))
    def holds(said: list[Said], shapes: list[str], dice: random.Random) -> None:
        folder = tmp_path_factory.mktemp("doors")
        shared.control.reset()
        for place, shape in enumerate([*shapes, shapes[0]]):
            stdin, more = messages(Door(shape, dice), said)
            note(f"{shape}: {stdin}")
            shared.control.forget_requests()
            ran = load(shared, folder, stdin, create_missing=["vendors"], **more)
            assert ran.code == 0, ran.err
            assert account(folder, "bills") == {"unchanged" if place else "created": len(said)}
            assert bool(writes(shared)) is not bool(place)
            cents = sorted(each.cents for each in said)
            assert Decimal(report(folder)["streams"]["bills"]["received_money"]) == Decimal(sum(cents)).scaleb(-2)
            assert amounts(shared) == cents

    holds()


def amounts(simulator: Simulator) -> list[int]:
    """The cents of every bill that BILL has."""
    return sorted(int(Decimal(str(each["amount"])).scaleb(2)) for each in books(simulator, "Bill"))
