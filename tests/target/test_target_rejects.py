"""Rejected records as files, ready to be corrected and loaded again."""

from __future__ import annotations

import csv
import json
import stat
from typing import TYPE_CHECKING, Any

import pytest
from conftest import run
from csv_tap import BILL_COLUMNS, BILL_HEADER
from csv_tap import bills as csv_bills
from target_run import account, bill, bills, books, load, rejects, report, singer, vendors

from bill_program.exit_codes import ExitCode
from bill_values.rejects import RECORD, ROW, WHY
from bill_values.visible import HIDDEN

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator


def csv_rejects(folder: Path) -> list[list[dict[str, str]]]:
    """The rows of each CSV of the last run."""
    found = []
    for path in report(folder)["rejects_csv"]:
        assert stat.S_IMODE((folder / path).stat().st_mode) == 0o600
        with (folder / path).open(newline="", encoding="utf-8-sig") as file:
            found.append(list(csv.DictReader(file)))
    return found


def test_a_reject_is_a_row_per_line_with_the_reason_in_front(empty: Simulator, tmp_path: Path) -> None:
    load(
        empty,
        tmp_path,
        singer(vendors("A"), bills(bill("A", "1", 1), bill("Nobody", "2", "5.50", -1, description="x"))),
    )
    (rows,) = csv_rejects(tmp_path)
    (path,) = report(tmp_path)["rejects_csv"]
    assert path.endswith("-rejects-bills.csv")
    assert tuple(rows[0])[: len(WHY)] == WHY
    run_name = path.rpartition("/")[2].partition("-rejects-")[0]
    assert [each[RECORD] for each in rows] == [f"bills 1 of {run_name}"] * 2
    assert [each[ROW] for each in rows] == ["line 1 of 2", "line 2 of 2"]
    assert [each["reject_reason"] for each in rows] == ["no active Vendor is called 'Nobody'"] * 2
    assert [(each["vendorName"], each["invoiceNumber"], each["billLineItems.amount"]) for each in rows] == [
        ("Nobody", "2", "'5.50"),
        ("Nobody", "2", "-1"),
    ]


def test_corrected_rejects_are_loaded_again_as_they_are(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "1", 1), bill("Nobody", "2", "5.50", -1))))
    (path,) = report(tmp_path)["rejects_csv"]
    corrected = tmp_path / "corrected.csv"
    corrected.write_text((tmp_path / path).read_text().replace("Nobody", "A"))
    read = run("tap_bill_csv", {"files": [{"path": "corrected.csv", "stream": "bills"}]}, tmp_path)
    assert read.code == 0, read.err
    ran = load(empty, tmp_path, read.out)
    assert ran.code == 0, ran.err
    assert account(tmp_path, "bills") == {"created": 1}
    assert sorted(each["amount"] for each in books(empty, "Bill")) == [1, 4.5]


def test_rejects_are_no_formulas_in_a_spreadsheet_and_come_back_as_they_were(empty: Simulator, tmp_path: Path) -> None:
    """Umlauts too: Excel knows UTF-8 by a byte order mark only."""
    texts = {
        "1": "=1+1",
        "2": "'=1",
        "3": "+cmd|' /C calc'!A0",
        "4": "-5.00",
        "5": "'s-Hertogenbosch",
        "6": "Grün, Köln",
        "7": "@x",
        "8": "+44 20 7946 0000",
    }
    records = [bill("Müller", number, "-1.50", 5, description=text) for number, text in texts.items()]
    load(empty, tmp_path, singer(bills(*records)))
    (path,) = report(tmp_path)["rejects_csv"]
    content = (tmp_path / path).read_bytes()
    assert content.startswith(b"\xef\xbb\xbfreject_field,")
    with (tmp_path / path).open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    written = [each["description"] for each in rows][::2]
    assert written == [text if number in {"5", "6"} else f"'{text}" for number, text in texts.items()]
    assert {each["billLineItems.amount"] for each in rows} == {"'-1.50", "5"}
    (tmp_path / "corrected.csv").write_bytes(content)
    read = run("tap_bill_csv", {"files": [{"path": "corrected.csv", "stream": "bills"}]}, tmp_path)
    assert read.code == 0, read.err
    assert {each["invoiceNumber"]: each["description"] for each in read.records("bills")} == texts
    ran = load(empty, tmp_path, singer(vendors("Müller")).rpartition('{"type": "STATE"')[0] + read.out)
    assert ran.code == 0, ran.err
    assert {each["invoiceNumber"]: each["description"] for each in books(empty, "Bill")} == texts


def file_of_bills() -> dict[str, Any]:
    return csv_bills(columns=BILL_COLUMNS | {"dueDate": "Date"})


def source(file: str, row: int, **cells: str) -> dict[str, Any]:
    return {"_source_file": file, "_source_rows": [row], "_source_cells": [cells]}


def test_a_record_that_knows_its_rows_is_rejected_with_their_columns(empty: Simulator, tmp_path: Path) -> None:
    """Several files may have fed one stream; each gets a file of its own."""
    first = bill("X", "1", 1, **source("june.csv", 2, Supplier="X", Net="1,00"))
    second = bill("Y", "2", 2, **source("july.csv", 3, Vendor="Y", Amount="2"))
    load(
        empty,
        tmp_path,
        singer(bills(first, second, bill("Z", "3", 3, **source("june.csv", 4, Supplier="Z", Net="3,00")))),
    )
    june, july = csv_rejects(tmp_path)
    names = [path.partition("-rejects-")[2] for path in report(tmp_path)["rejects_csv"]]
    assert names == ["bills-1.csv", "bills-2.csv"]
    assert [(each["Supplier"], each["Net"]) for each in june] == [("X", "'1,00"), ("Z", "'3,00")]
    assert [(each["Vendor"], each["Amount"]) for each in july] == [("Y", "2")]
    assert "vendorName" not in june[0]


STRANGE_CELLS: list[Any] = [[], [1], [{"a": 1}, 2], "x", 5, {"a": 1}, None]


def test_rows_that_are_none_are_no_rows_of_a_reject(empty: Simulator, tmp_path: Path) -> None:
    records = [{"key": key, "name": "", "_source_cells": cells} for key, cells in enumerate(STRANGE_CELLS)]
    ran = load(empty, tmp_path, singer(("vendors", ["key"], records)))
    assert "Traceback" not in ran.err
    (rows,) = csv_rejects(tmp_path)
    assert [each["key"] for each in rows] == [str(key) for key in range(len(records))]
    assert list(rows[0])[len(WHY) :] == ["key", "name"]


def test_bank_and_tax_numbers_are_hidden_in_rejects(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(("vendors", ["key"], [{"key": 1, "taxId": "99-1234567"}])))
    everything = "".join(path.read_text() for path in (tmp_path / ".bill/reports").iterdir())
    assert "99-1234567" not in everything
    assert csv_rejects(tmp_path)[0][0]["taxId"] == "(hidden)"


def test_without_rejects_there_are_no_such_files(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(vendors("A")))
    assert (report(tmp_path)["rejects"], report(tmp_path)["rejects_csv"]) == (None, [])
    assert not [path for path in (tmp_path / ".bill/reports").iterdir() if "rejects" in path.name]


def test_the_account_is_json_with_money_as_exact_text(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "1", "0.10", "0.20"), bill("B", "2", "7.77"))))
    line = report(tmp_path)["streams"]["bills"]
    assert (line["received_money"], line["money"]["created"], line["money"]["rejected"]) == ("8.07", "0.30", "7.77")
    assert json.loads(json.dumps(report(tmp_path)))["ended"] == "complete"


ODD_KEYS = ("n/a", "NULL", "1.23E+11", "x" * 22)


def test_a_key_that_is_none_is_told_with_its_text(empty: Simulator, tmp_path: Path) -> None:
    rows = "".join(f"Ace,{key},2026-01-02,10,x\n" for key in ODD_KEYS)
    (tmp_path / "bills.csv").write_text(BILL_HEADER + rows)
    load(empty, tmp_path, run("tap_bill_csv", {"files": [file_of_bills()]}, tmp_path).out)
    told = [
        next(each for each in reject["problems"] if each["field"] == "invoiceNumber") for reject in rejects(tmp_path)
    ]
    assert [each["reason"].partition(", column 'Number': ")[2].partition(": ")[0] for each in told] == [
        f"'{key}'" for key in ODD_KEYS
    ]


def test_a_message_shows_texts_as_people_read_them(empty: Simulator, tmp_path: Path) -> None:
    rows = "C:\\Users\\Bob,1,2026-01-02,10,x\nAce,2,2026-01-02,1\u00a0234\u202f5O,x\nO'Brien,3,2026-01-02,€10,x\n"
    (tmp_path / "bills.csv").write_text(BILL_HEADER + rows)
    load(empty, tmp_path, singer(vendors("Ace")))
    load(empty, tmp_path, run("tap_bill_csv", {"files": [file_of_bills()]}, tmp_path).out)
    nobody, no_number, no_currency = (each["problems"][0]["reason"] for each in rejects(tmp_path))
    assert nobody == "no active Vendor is called 'C:\\Users\\Bob'"
    assert "'1\u00a0234\u202f5O' is refused: not a number" in no_number
    assert "'€10' is refused: not a number as long as € stands by it" in no_currency
    assert "; have it written without, or set currency" in no_currency


def test_bank_and_tax_numbers_are_hidden_whatever_they_are_called_and_however_deep_they_stand(
    empty: Simulator, tmp_path: Path
) -> None:
    number = "9900001234"
    more = {"accountNumber": number, "IBAN": number, "Tax ID": number, "_extra": {"a": [{"routing_number": number}]}}
    line = {"amount": 5, "chartOfAccountNumber": "6100", "cardNumber": number}
    unknown = {**bill("Nobody", "1"), "billLineItems": [line], "payFromChartOfAccountNumber": "1000", **more}
    load(empty, tmp_path, singer(("vendors", ["key"], [{"key": 1, "name": "", **more}]), bills(unknown)))
    found = "".join(path.read_text() for path in (tmp_path / ".bill/reports").glob("*-rejects*"))
    assert number not in found
    (vendor, document) = rejects(tmp_path)
    assert vendor["record"] == {
        "key": 1,
        "name": "",
        **dict.fromkeys(more, HIDDEN),
        "_extra": {"a": [{"routing_number": HIDDEN}]},
    }
    assert document["record"]["payFromChartOfAccountNumber"] == "1000"
    assert document["record"]["billLineItems"] == [{**line, "cardNumber": HIDDEN}]


SECRETS = {"accountNumber": "9900001234", "SSN": "9900001235", "bank": {"no": "9900001236"}}
PLAIN_NAMES = {"Account": "6100", "Account name": "Travel", "chartOfAccountNumber": "6100", "GL account #": "6100"}


def all_files(folder: Path) -> str:
    """Everything below a folder that is a text, or nearly one."""
    return "".join(path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "more",
    [
        {"custom": json.dumps(SECRETS)},
        {"custom": json.dumps([[SECRETS]])},
        {"custom": json.dumps({"inner": json.dumps(SECRETS)})},
        {"billLineItems": json.dumps([{"amount": 5, **SECRETS}])},
        {"billLineItems": [[SECRETS]]},
        {"description": SECRETS},
        {"dueDate": json.dumps(SECRETS)},
        {"custom": '{"note": "9900001234", "note": "x"}'},
        {"who": "DE89 3704 0044 0532 0130 00", "paid with": "4111-1111-1111-1111", "VAT": "DE990000123"},
    ],
)
def test_bank_and_tax_numbers_are_hidden_in_texts_that_are_json_and_by_their_form(
    empty: Simulator, tmp_path: Path, more: dict[str, Any]
) -> None:
    record = {**bill("Nobody", "1", 5), **PLAIN_NAMES, "VAT": "19.00", **more}
    ran = load(empty, tmp_path, singer(bills(record)))
    shown = all_files(tmp_path / ".bill") + ran.err
    assert not [each for each in ("990000123", "3704 0044", "1111-1111") if each in shown]
    (reject,) = rejects(tmp_path)
    assert {name: reject["record"][name] for name in PLAIN_NAMES} == PLAIN_NAMES


@pytest.mark.parametrize("key", ["SSN", "bank_account_number", "accountNumber", "Fed ID", "tax_id"])
def test_a_key_property_that_is_a_bank_or_tax_number_is_refused_however_it_is_called(
    empty: Simulator, tmp_path: Path, key: str
) -> None:
    ran = load(empty, tmp_path, singer(("vendors", [key], [{"name": "A", key: "9900001234"}])))
    assert ran.code == ExitCode.REFUSED
    assert f"stream `vendors` has `{key}` as a key property" in ran.err
    assert "9900001234" not in ran.err + all_files(tmp_path)
    assert not books(empty, "Vendor")
