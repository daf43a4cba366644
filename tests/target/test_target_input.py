"""Input that is wrong in every way: named, never a traceback, and nothing of it lost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from target_run import account, books, load, rejects, report, singer, vendors

from bill_program.errors import ConnectorError
from target_bill.input.messages import OriginReader

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

SCHEMA = '{"type": "SCHEMA", "stream": "vendors", "schema": {}, "key_properties": ["name"]}'
LINES = {
    "nothing": ("", "is not JSON"),
    "half a line": ('{"type": "REC', "is not JSON"),
    "a broken character": ('{"type": "RECORD", "record": {"name": "\\ud800"}}', "is not JSON"),
    "a list": ("[1, 2]", "a JSON object is expected"),
    "no type": ("{}", "it has no `type`"),
    "another type": ('{"type": "FOO"}', "has the type 'FOO'"),
    "no record": ('{"type": "RECORD", "stream": "vendors"}', "is a RECORD message without `record`"),
    "a record that is null": ('{"type": "RECORD", "stream": "vendors", "record": null}', "without `record`"),
    "a record that is a list": ('{"type": "RECORD", "stream": "vendors", "record": [1]}', "without `record`"),
    "no stream": ('{"type": "RECORD", "record": {}}', "is a RECORD message without `stream`"),
    "a record before its schema": (
        '{"type": "RECORD", "stream": "bills", "record": {}}',
        "`bills`, which has had no SCHEMA",
    ),
    "a schema that is null": ('{"type": "SCHEMA", "stream": "bills", "schema": null}', "without `schema`"),
    "a state without value": ('{"type": "STATE"}', "is a STATE message without `value`"),
    "a batch": ('{"type": "BATCH", "stream": "vendors", "manifest": []}', "switch `batch_config` off in the tap"),
}


@pytest.mark.parametrize("name", LINES)
def test_a_line_that_is_no_message_is_named_by_its_number(name: str) -> None:
    line, reason = LINES[name]
    reader = OriginReader()
    reader.deserialize_json(SCHEMA.encode())
    with pytest.raises(ConnectorError, match="line 2 of the input") as refusal:
        reader.deserialize_json(line.encode(errors="surrogatepass"))
    assert reason in str(refusal.value)


def document(number: str, **more: Any) -> dict[str, Any]:
    days = {"invoiceDate": "2026-03-01", "dueDate": "2026-03-31"}
    return {"vendorName": "A", "invoiceNumber": number, **days, "billLineItems": [{"amount": 1}], **more}


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "zero byte": (document("zero byte", description="A\u0000B"), "description"),
    "text": (document("text", billLineItems=["x"]), "lines[0]"),
    "null": (document("null", billLineItems=[None]), "lines[0]"),
    "list": (document("list", billLineItems=[[{"amount": 1}]]), "lines[0]"),
    "object": (document("object", billLineItems={"amount": 1}), "billLineItems"),
    "boolean": (document("boolean", billLineItems=[{"amount": True}]), "lines[0].amount"),
    "nan": (document("nan", billLineItems=[{"amount": "NaN"}]), "lines[0].amount"),
    "huge": (document("huge", billLineItems=[{"amount": "9" * 400}]), "lines[0].amount"),
    "exponent": (document("exponent", billLineItems=[{"amount": "1e999999"}]), "lines[0].amount"),
    "year": (document("year", invoiceDate="99999-01-01"), "invoiceDate"),
    "number": (document("number", invoiceDate=5), "invoiceDate"),
    "instant": (document("instant", dueDate="2026-01-01T10:00:00Z"), "dueDate"),
    "array": (document("array", description=["x"]), "description"),
    "says text": (document("says text", _source_errors="spilt"), ""),
    "says list": (document("says list", _source_errors=["spilt"]), ""),
    "names a list": (document("names a list", vendorName=["B"]), "vendorName"),
}


def test_records_that_are_wrong_are_rejected_one_by_one_and_the_others_written(
    empty: Simulator, tmp_path: Path
) -> None:
    documents = [document("first"), *(record for record, _ in BAD.values()), document("last")]
    ran = load(empty, tmp_path, singer(vendors("A"), ("bills", ["invoiceNumber"], documents)))
    assert ran.code == 1
    assert "Traceback" not in ran.err
    told = {each["record"]["invoiceNumber"]: each["field"] or "" for each in rejects(tmp_path)}
    assert told == {name: field for name, (_, field) in BAD.items()}
    assert sorted(each["invoiceNumber"] for each in books(empty, "Bill")) == ["first", "last"]
    assert report(tmp_path)["adds_up"]


STRANGE: dict[str, dict[str, Any]] = {
    "a number for a name": {"name": 1.50},
    "ids that are none": {"name": "X", "id": {"a": 1}, "organizationId": 5},
    "a key that is an object": {"name": "Y", "key": {"x": [1]}},
    "cells of its own making": {"name": "Z", "_source_cells": [1], "_source_rows": 5, "_source_file": 7},
}


def test_records_that_are_strange_and_can_be_written_are(empty: Simulator, tmp_path: Path) -> None:
    records = [{"key": name, **record} for name, record in STRANGE.items()]
    ran = load(empty, tmp_path, singer(("vendors", ["key"], records)))
    assert ran.code == 0, ran.err
    assert account(tmp_path, "vendors") == {"created": len(STRANGE)}


def test_a_stream_may_change_its_keys_on_the_way(empty: Simulator, tmp_path: Path) -> None:
    changed = ("vendors", ["phone"], [{"name": "B", "phone": "1"}])
    ran = load(empty, tmp_path, singer(vendors("A"), changed))
    assert ran.code == 0, ran.err
    assert sorted(each["name"] for each in books(empty, "Vendor")) == ["A", "B"]


def test_no_input_at_all_is_no_fault(empty: Simulator, tmp_path: Path) -> None:
    assert load(empty, tmp_path, "").code == 0
    ran = load(empty, tmp_path, json.dumps({"type": "STATE", "value": {"a": 1}}) + "\n")
    assert (ran.code, ran.out) == (0, '{"a":1}\n')
