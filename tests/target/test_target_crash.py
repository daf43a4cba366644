"""The crash campaign of target-bill in short, the proof that its checks can fail, and what it has found."""

from __future__ import annotations

import copy
import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from random import Random
from typing import TYPE_CHECKING, Any

import crash
import pytest
from conftest import run, settings
from loads import DELETED, SCANS, Author, Target, books_of, key_of, wrong, wrong_files, wrong_ledger
from syncs import bill

from bill_simulator.defaults import ORGANIZATION_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from conftest import Ran
    from loads import Books, Input
    from syncs import Bill, Row

    from bill_simulator import Simulator

RECORDS = 120
SHORT_SEEDS, BLIND_SEEDS = (3, 8, 11), (1, 7, 8)


@pytest.fixture(scope="module")
def running() -> Iterator[Bill]:
    with bill(*crash.EMPTY) as books:
        yield books


def rounds(seeds: Sequence[int], *, blind: bool) -> list[crash.Outcome]:
    return list(crash.rounds(seeds, RECORDS, len(seeds), blind=blind))


@pytest.mark.slow
def test_after_faults_and_kills_the_books_hold_the_input_once_unless_the_target_resends_blindly() -> None:
    with ThreadPoolExecutor() as pool:  # they mostly wait
        blind = pool.submit(rounds, BLIND_SEEDS, blind=True)
        outcomes = rounds(SHORT_SEEDS, blind=False)
    assert [each for outcome in outcomes for each in outcome.wrong] == []
    assert all(outcome.faults.total() for outcome in outcomes)
    assert sum(outcome.kills for outcome in outcomes)
    off = [each for outcome in blind.result() for each in outcome.wrong]
    assert any("times, and should be 1 times" in each for each in off), off


# The checks


@pytest.fixture(scope="module")
def loaded(running: Bill, tmp_path_factory: pytest.TempPathFactory) -> tuple[Input, Books, Target]:
    """An input, the books after it, and the target with its ledger."""
    folder = tmp_path_factory.mktemp("loaded")
    running.control.reset()
    made = Author(Random(1), books_of(running.control)).first(RECORDS, twins=False)  # noqa: S311
    made.write(folder / "input.jsonl")
    target = Target(folder, running.settings(allow_negative=True, attachment_dir=str(folder / SCANS)))
    assert target.load(folder / "input.jsonl") == 0, target.log.read_text()
    return made, books_of(running.control), target


def a_bill(books: Books) -> Row:
    return books["Bill"][0]


def another_id(row: Row) -> Row:
    return {**copy.deepcopy(row), "id": "00n01ANOTHERaaaaaaaa"}


def another_line(row: Row) -> None:
    row["billLineItems"].append(row["billLineItems"][0])
    row["amount"] = sum(each["amount"] for each in row["billLineItems"])


@pytest.mark.parametrize(
    ("doctor", "told"),
    [
        (lambda books: books["Bill"].append(another_id(a_bill(books))), "is there 2 times, and should be 1 times"),
        (lambda books: books["Bill"].append({**another_id(a_bill(books)), "isActive": "2"}), "is there 2 times"),
        (lambda books: books["Vendor"].append(another_id(books["Vendor"][0])), "is there 2 times"),
        (lambda books: books["Bill"].pop(), "is there 0 times, and should be 1 times"),
        (lambda books: books["Customer"].pop(), "is there 0 times, and should be 1 times"),
        (lambda books: a_bill(books).update(amount=a_bill(books)["amount"] + 1), "amount is"),
        (lambda books: a_bill(books)["billLineItems"][0].update(amount=7), "billLineItems are"),
        (lambda books: another_line(a_bill(books)), "billLineItems are"),
        (lambda books: books["Invoice"][0]["invoiceLineItems"][0].update(description="No"), "invoiceLineItems are"),
        (lambda books: books["Invoice"][0]["invoiceLineItems"][0].update(itemId="0ii01NO"), "invoiceLineItems are"),
        (lambda books: a_bill(books).update(vendorId="00901NOBODYaaaaaaaaa"), "vendorId is"),
        (lambda books: a_bill(books).update(isActive="2"), "isActive is '2'"),
        (lambda books: books["Vendor"][0].update(email=None), "email is None"),
    ],
)
def test_whatever_the_books_have_otherwise_is_told(
    loaded: tuple[Input, Books, Target], doctor: Callable[[Books], None], told: str
) -> None:
    made, honest, _ = loaded
    assert list(wrong(made, honest)) == []
    books = copy.deepcopy(honest)
    doctor(books)
    off = list(wrong(made, books))
    assert any(told in each for each in off), off


def test_a_record_that_should_have_been_deleted_is_told(loaded: tuple[Input, Books, Target]) -> None:
    made, books, _ = copy.copy(loaded)
    made = copy.deepcopy(made)
    made.records["bills"][0][DELETED] = "2026-11-01T00:00:00Z"
    assert [each for each in wrong(made, books) if "isActive is '1', and should be '2'" in each]


def test_a_file_that_is_there_twice_or_on_another_bill_or_not_at_all_is_told(
    running: Bill, loaded: tuple[Input, Books, Target]
) -> None:
    made, books, _ = loaded
    there = running.control.attachments(ORGANIZATION_ID)
    assert there
    assert list(wrong_files([made], books, there)) == []
    (first, *others), elsewhere = there, next(row["id"] for row in books["Bill"] if "attachments" not in row)
    for wrong_ones in ([first, *there], others, [{**first, "objectId": elsewhere}, *others]):
        assert list(wrong_files([made], books, wrong_ones))


OPEN = """INSERT INTO intents (organization_id, stream, source_key, operation, content_hash, sent_at_s, body)
    SELECT organization_id, stream, source_key, 'create', 'x', 0, '{}'"""


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE settled SET bill_id = 'another' WHERE source_key = :record", "which is None"),
        ("UPDATE settled SET bill_id = :vendor WHERE source_key = :record", "which is None"),
        ("UPDATE settled SET bill_id = :bill WHERE source_key = :record", "for 2 records"),
        ("DELETE FROM settled WHERE source_key = :record", "not settled"),
        (f"{OPEN} FROM settled WHERE source_key = :record", "1 calls without an outcome"),
    ],
)
def test_whatever_the_ledger_says_otherwise_is_told(
    loaded: tuple[Input, Books, Target], tmp_path: Path, statement: str, told: str
) -> None:
    made, books, target = loaded
    assert list(wrong_ledger(made, books, *target.ledger_rows())) == []
    doctored = Target(tmp_path, {})
    bill_ids = {key: bill_id for _, key, bill_id in target.ledger_rows()[0]}
    these = {
        "record": key_of("bills", "bills 7"),
        "vendor": bill_ids[key_of("vendors", "vendors 7")],
        "bill": bill_ids[key_of("bills", "bills 8")],
    }
    doctored.ledger.write_bytes(target.ledger.read_bytes())
    with closing(sqlite3.connect(doctored.ledger, isolation_level=None)) as db:
        db.execute(statement, these)
    off = list(wrong_ledger(made, books, *doctored.ledger_rows()))
    assert any(told in each for each in off), off


# What the campaign has found


def singer(stream: str, *records: Row) -> str:
    schema = {"type": "SCHEMA", "stream": stream, "schema": {"type": "object", "properties": {}}}
    messages = [{**schema, "key_properties": ["number"]}]
    messages += [
        {"type": "RECORD", "stream": stream, "record": {"number": i, **each}} for i, each in enumerate(records)
    ]
    return "".join(json.dumps(each) + "\n" for each in messages)


def load(simulator: Simulator, folder: Path, stdin: str, **more: Any) -> Ran:
    return run("target_bill", settings(simulator, **more), folder, stdin=stdin)


def books(simulator: Simulator, entity: str) -> list[Row]:
    return simulator.control.books(simulator.organization_id, entity)


INVOICE: Row = {
    "customerName": "C",
    "invoiceNumber": "1",
    "invoiceDate": "2026-03-01",
    "dueDate": "2026-03-31",
    "description": "Old",
    "poNumber": "7",
    "invoiceLineItems": [{"quantity": 1, "price": 10}],
}


def invoiced(simulator: Simulator, folder: Path, **changes: Any) -> Ran:
    """The customer and the invoice, loaded and then changed."""
    assert load(simulator, folder, singer("customers", {"name": "C"})).code == 0
    assert load(simulator, folder, singer("invoices", INVOICE)).code == 0
    return load(simulator, folder, singer("invoices", INVOICE | changes), timeout_s=1)


def test_a_call_that_had_to_wait_for_its_turn_is_waited_for_from_when_it_left(empty: Simulator, tmp_path: Path) -> None:
    """The second call leaves 0.7 s after the first, and BILL has done it 2.8 s later: 3.5 s after it was prepared."""
    empty.control.switch(duplicate_names="allow")
    empty.control.fault("late", "/Bulk/Crud/Create/*", delay_ms=700)
    empty.control.fault("late", "/Bulk/Crud/Create/*", nth=2, delay_ms=2800)
    stdin = singer("vendors", {"name": "A"}, {"name": "B"})
    ran = load(empty, tmp_path, stdin, timeout_s=1, batch_size=1, max_concurrency=1)
    assert ran.code == 0, ran.err
    assert [each["name"] for each in books(empty, "Vendor")] == ["A", "B"]


def test_a_record_that_its_tap_says_is_deleted_is_deleted(empty: Simulator, tmp_path: Path) -> None:
    assert load(empty, tmp_path, singer("vendors", {"name": "A"})).code == 0
    deleted = singer("vendors", {"name": "A", "_sdc_deleted_at": "2026-11-01T00:00:00Z"})
    ran = load(empty, tmp_path, deleted, allow_deletes=True)
    assert ran.code == 0, ran.err
    assert [each["isActive"] for each in books(empty, "Vendor")] == ["2"]


def test_fields_that_bill_has_emptied_come_back_though_the_answer_was_lost(empty: Simulator, tmp_path: Path) -> None:
    empty.control.switch(update_absent="clear")
    empty.control.fault("drop_after", "/Bulk/Crud/Update/*")
    ran = invoiced(empty, tmp_path, description="New")
    assert ran.code == 0, ran.err
    assert [(each["description"], each["poNumber"]) for each in books(empty, "Invoice")] == [("New", "7")]


def test_new_lines_are_not_added_twice_when_an_update_is_sent_whole(empty: Simulator, tmp_path: Path) -> None:
    empty.control.switch(update_absent="clear", update_lines="merge")
    ran = invoiced(empty, tmp_path, invoiceLineItems=[{"quantity": 1, "price": 10}, {"quantity": 1, "price": 5}])
    assert ran.code == 0, ran.err
    assert [(each["amount"], each["poNumber"]) for each in books(empty, "Invoice")] == [(15, "7")]


def test_an_update_has_the_mandatory_lines_though_they_did_not_change(empty: Simulator, tmp_path: Path) -> None:
    empty.control.switch(update_mandatory="required", update_lines="merge")
    ran = invoiced(empty, tmp_path, description="New")
    assert ran.code == 0, ran.err
    assert [(each["description"], each["amount"]) for each in books(empty, "Invoice")] == [("New", 10)]
