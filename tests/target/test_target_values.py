"""One meaning of a value at every door: a record of target-bill, the command `bill`, and a cell of tap-bill-csv."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from conftest import run, settings
from target_run import account, bill, bills, books, load, rejects, report, singer, vendors, writes

from bill_api.entities import BY_NAME
from bill_api.table.fields import FieldType
from bill_api.table.kinds import RefusedValueError, read
from bill_api.wire.dry_run import WouldSend
from bill_cli.app import bill as command

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from bill_simulator import Simulator

BILL = BY_NAME["Bill"]
LINE = {each.name: each for each in BILL.by_name["billLineItems"].item_fields}
REFUSED = "refused"
LINES = "billLineItems."

CASES: list[tuple[str, str, Any]] = [
    # text
    ("description", " H\u00a07\ufeff ", "H 7"),
    ("description", "Cafe\u0301 \u200bM\u00fcller", "Caf\u00e9 M\u00fcller"),
    ("description", "007", "007"),
    (
        "description",
        "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    ),
    ("poNumber", "1" * 21, REFUSED),
    ("poNumber", "H\x01", REFUSED),
    # code
    ("isActive", "active", "1"),
    ("isActive", "banana", REFUSED),
    ("isActive", "1.5", REFUSED),
    # id
    ("paymentTermId", "Acme", REFUSED),
    # day
    ("dueDate", " 2026-01-31 ", "2026-01-31"),
    ("dueDate", "0001-01-01", REFUSED),
    ("dueDate", "9999-12-31", REFUSED),
    ("dueDate", "0202-01-31", REFUSED),
    ("dueDate", "2026-02-30", REFUSED),
    ("dueDate", "31.01.2026", REFUSED),
    # money
    (f"{LINES}amount", "1,041.50", Decimal("1041.5")),
    (f"{LINES}amount", "(0.50)", REFUSED),  # a bill below zero, at the one door that knows bills
    (f"{LINES}amount", "12.50", Decimal("12.5")),
    (f"{LINES}amount", "12.345", REFUSED),
    (f"{LINES}amount", "1e3", REFUSED),
    (f"{LINES}amount", "1_000", REFUSED),
    (f"{LINES}amount", "\u0661\u0662", REFUSED),
    (f"{LINES}amount", "1,041", REFUSED),
    (f"{LINES}amount", "inf", REFUSED),
    (f"{LINES}amount", "9" * 16, REFUSED),
    # number
    ("exchangeRate", "1,041.505", Decimal("1041.505")),
    ("exchangeRate", "1E+3", REFUSED),
    ("exchangeRate", "1_000", REFUSED),
    # flag
    ("hasAutoPay", "Yes", True),
    ("hasAutoPay", "0", False),
    ("hasAutoPay", "maybe", REFUSED),
    ("hasAutoPay", "2", REFUSED),
]
ONLY_OF_JSON = {FieldType.ARRAY, FieldType.OBJECT}
NOT_IN_A_BILL = {FieldType.DATETIME, FieldType.INTEGER}
"""Kinds of which no field of a bill can be written."""
OF_A_DOCUMENT = {(f"{LINES}amount", "(0.50)")}
"""Refused for what a document is, and not for how a value is written: only where documents are known."""

Values = dict[int, Any]


def kind_of(name: str) -> FieldType:
    return LINE[name.removeprefix(LINES)].type if name.startswith(LINES) else BILL.by_name[name].type


def test_every_kind_has_a_case() -> None:
    assert {kind_of(name) for name, *_ in CASES} == set(FieldType) - ONLY_OF_JSON - NOT_IN_A_BILL


def records(cases: Mapping[int, tuple[str, str, Any]]) -> list[dict[str, Any]]:
    found = []
    for number, (name, given, _) in cases.items():
        record = bill("A", str(number), 1)
        holder = record["billLineItems"][0] if name.startswith(LINES) else record
        holder[name.removeprefix(LINES)] = given
        found.append(record)
    return found


def value_of(name: str, obj: Mapping[str, Any]) -> Any:
    return obj["billLineItems"][0][name.removeprefix(LINES)] if name.startswith(LINES) else obj[name]


def taken(simulator: Simulator, cases: Mapping[int, tuple[str, str, Any]]) -> Values:
    """What BILL holds of each case."""
    kept = {int(each["invoiceNumber"]): each for each in books(simulator, "Bill")}
    return {number: value_of(case[0], kept[number]) if number in kept else REFUSED for number, case in cases.items()}


def by_record(simulator: Simulator, folder: Path, cases: Mapping[int, tuple[str, str, Any]]) -> Values:
    load(simulator, folder, singer(vendors("A"), bills(*records(cases))))
    for reject in rejects(folder):
        name = cases[int(reject["record"]["invoiceNumber"])][0]
        assert name.replace(LINES, "lines[0].") == reject["field"] or reject["field"] == "billLineItems"
    return taken(simulator, cases)


def by_cell(simulator: Simulator, folder: Path, cases: Mapping[int, tuple[str, str, Any]]) -> Values:
    columns = list(dict.fromkeys(name for name, *_ in cases.values()))
    rows = [
        {**bill("A", str(number)), f"{LINES}amount": "1", name: given} for number, (name, given, _) in cases.items()
    ]
    text = io.StringIO()
    writer = csv.DictWriter(
        text, ["vendorName", "invoiceNumber", "invoiceDate", *columns], restval="", extrasaction="ignore"
    )
    writer.writeheader()
    writer.writerows(rows)
    (folder / "cells.csv").write_text(text.getvalue(), encoding="utf-8")
    read = run("tap_bill_csv", {"files": [{"path": "cells.csv", "stream": "bills"}]}, folder)
    assert read.code == 0, read.err
    load(simulator, folder, singer(vendors("A")) + read.out)
    return taken(simulator, cases)


def by_command(simulator: Simulator, folder: Path, cases: Mapping[int, tuple[str, str, Any]]) -> Values:
    found = {}
    environment = {f"BILL_{name.upper()}": str(value) for name, value in settings(simulator).items()}
    for (number, (name, _, _)), record in zip(cases.items(), records(cases), strict=True):
        path = folder / "object.json"
        own = {key: each for key, each in record.items() if key != "vendorName"}  # a dry run looks nobody up
        path.write_text(json.dumps({**own, "vendorId": "00901AAAAAAAAAAaaaaa"}))
        arguments = ["create", "bill", "--json", str(path), "--dry-run"]
        ran = CliRunner().invoke(command, arguments, env=environment, standalone_mode=False)
        if isinstance(ran.exception, WouldSend):
            found[number] = value_of(name, ran.exception.request["form"]["data"]["obj"])
        else:
            assert f"`{name.removeprefix(LINES)}`" in str(ran.exception)
            found[number] = REFUSED
    return found


@pytest.mark.parametrize("door", [by_record, by_cell, by_command])
def test_a_value_is_read_or_refused_alike(
    empty: Simulator, tmp_path: Path, door: Callable[[Simulator, Path, Mapping[int, tuple[str, str, Any]]], Values]
) -> None:
    cases = dict(enumerate(CASES))
    if door is by_command:
        cases = {number: case for number, case in cases.items() if case[:2] not in OF_A_DOCUMENT}
    found = door(empty, tmp_path, cases)
    wrong = {case[:2]: found[number] for number, case in cases.items() if found[number] != case[2]}
    assert wrong == {}


ONLY_JSON_SAYS: list[tuple[str, Any]] = [
    ("isActive", ["1"]),
    ("description", ["x"]),
    ("description", True),
    ("hasAutoPay", 2),
    ("exchangeRate", True),
    ("dueDate", 20260131),
    ("poNumber", "A\u0000B"),
]


@pytest.mark.parametrize("gone", ["Inactive", False])
def test_a_delete_is_seen_however_it_is_written_and_what_is_none_is_refused(
    empty: Simulator, tmp_path: Path, gone: str | bool
) -> None:
    assert load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "1", 1)))).code == 0
    empty.control.forget_requests()
    for word in ("banana", ["1"]):
        load(empty, tmp_path, singer(bills(bill("A", "1", 1, isActive=word))), allow_deletes=True)
        assert rejects(tmp_path)[0]["field"] == "isActive", word
        assert writes(empty) == []
    ran = load(empty, tmp_path, singer(bills(bill("A", "1", 1, isActive=gone))), allow_deletes=True)
    assert ran.code == 0, ran.err
    assert account(tmp_path, "bills") == {"deleted": 1}


def test_what_only_json_can_say_is_refused_by_its_field(empty: Simulator, tmp_path: Path) -> None:
    documents = [bill("A", str(number), 1, **{name: value}) for number, (name, value) in enumerate(ONLY_JSON_SAYS)]
    load(empty, tmp_path, singer(vendors("A"), bills(*documents)))
    assert {int(each["record"]["invoiceNumber"]): each["field"] for each in rejects(tmp_path)} == {
        number: name for number, (name, _) in enumerate(ONLY_JSON_SAYS)
    }
    assert books(empty, "Bill") == []


@pytest.mark.parametrize("word", ["nan", "None", "NULL", " N/A ", "-", "(blank)"])
def test_a_word_for_nothing_is_no_name_and_no_number(empty: Simulator, tmp_path: Path, word: str) -> None:
    stdin = singer(vendors("A", word), bills(bill(word, "1", 1), bill("A", word, 2), bill("A", "2", 3)))
    assert load(empty, tmp_path, stdin, create_missing=["vendors"]).code == 1
    assert [each["name"] for each in books(empty, "Vendor")] == ["A"]
    assert [each["invoiceNumber"] for each in books(empty, "Bill")] == ["2"]
    assert {(each["stream"], each["field"]) for each in rejects(tmp_path)} == {
        ("vendors", "name"),
        ("bills", "vendorName"),
        ("bills", "invoiceNumber"),
    }
    assert all("is a word for nothing" in each["reason"] for each in rejects(tmp_path))


def test_zero_is_no_vendor_and_may_be_a_number(empty: Simulator, tmp_path: Path) -> None:
    stdin = singer(vendors("A"), bills(bill("0", "1", 1), bill("A", "0", 2)))
    assert load(empty, tmp_path, stdin, create_missing=["vendors"]).code == 1
    assert [each["invoiceNumber"] for each in books(empty, "Bill")] == ["0"]


def test_words_that_a_reader_of_rows_has_let_through_are_not_asked_again(empty: Simulator, tmp_path: Path) -> None:
    assert load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "NA", 2, _source_rows=[2])))).code == 0
    assert [each["invoiceNumber"] for each in books(empty, "Bill")] == ["NA"]


@pytest.mark.parametrize(
    ("due", "code", "told"),
    [
        ("2099-01-01", 1, "the due date 2099-01-01 is 73 years from the invoice date 2026-03-01"),
        ("1926-03-01", 1, "years from the invoice date"),
        ("2026-02-28", 0, "due dates are before their invoice dates"),
        ("2029-03-02", 0, "due dates are more than 2 years after their invoice dates"),
        ("2026-12-31", 0, ""),
    ],
)
def test_a_due_date_is_held_against_the_invoice_date(
    empty: Simulator, tmp_path: Path, due: str, code: int, told: str
) -> None:
    ran = load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "1", 1, dueDate=due))))
    assert (ran.code, len(books(empty, "Bill"))) == (code, 1 - code)
    said = [each["reason"] for each in rejects(tmp_path)] if code else report(tmp_path)["notes"]
    assert any(told in each for each in said) if told else not any("due date" in each for each in said)


@pytest.mark.parametrize(("given", "code"), [(True, "1"), (False, "2"), ("true", "1"), ("False", "2"), ("1", "1")])
def test_a_flag_says_whether_something_is_active(given: Any, code: str) -> None:
    active = BILL.by_name["isActive"]
    assert read(active, given) == code
    with pytest.raises(RefusedValueError, match="a code is expected"):
        read(BILL.by_name["paymentStatus"], given=True)
