"""Documents and lines as they go out, made of rows that were decoded from answers of BILL."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from conftest import client_for
from hypothesis import given
from hypothesis import strategies as some
from tap_run import synced

from bill_api.answers.typed_rows import RowType
from bill_api.entities import BY_NAME, ENTITIES
from bill_api.table.entity import ADDITIONAL, ORGANIZATION_ID, ZERO_ID
from bill_api.table.fields import FieldType
from bill_values.exact_json import encode
from tap_bill.documents import DocumentForm, inline
from tap_bill.settings import TapSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bill_api.table.entity import Entity
    from bill_simulator import Simulator

VENDOR, BILL = BY_NAME["Vendor"], BY_NAME["Bill"]
ORGANIZATION = "00801TESTSXXXXXaaaa1"
LINES = "billLineItems"


def settings(**options: Any) -> TapSettings:
    return TapSettings(naming="bill", **options)


def document_of(entity: Entity, row: Mapping[str, Any], **options: Any) -> dict[str, Any]:
    """The document of a row, as it stands in a record."""
    rows = RowType(entity.fields).typed([{"id": "x", **row}])
    (document,) = DocumentForm(entity, settings(**options)).documents(rows, ORGANIZATION)
    for each in entity.children:
        if lines := document.get(each.name):
            setattr(document, each.name, [inline(line, ADDITIONAL) for line in lines])
    return document.as_dict()


def test_the_zero_id_is_null_in_the_object_and_in_its_lines() -> None:
    obj = {
        "id": "00n01ABCDEFGHIJaaaa1",
        "vendorId": "00901ABCDEFGHIJaaaa1",
        "paymentTermId": ZERO_ID,
        "departmentId": None,
        LINES: [
            {"chartOfAccountId": ZERO_ID, "itemId": "0ii01ABCDEFGHIJaaaa1"},
            {"customerId": ZERO_ID, "createdTime": "2024-07-31T20:27:48.000+0000"},
        ],
    }
    document = document_of(BILL, obj)
    added = {ORGANIZATION_ID: ORGANIZATION, ADDITIONAL: None, "isDeleted": None, "deletedAt": None}
    assert document.pop("linesVersion")
    assert document == added | {
        "id": "00n01ABCDEFGHIJaaaa1",
        "vendorId": "00901ABCDEFGHIJaaaa1",
        "paymentTermId": None,
        "departmentId": None,
        LINES: [
            {"chartOfAccountId": None, "itemId": "0ii01ABCDEFGHIJaaaa1"},
            {"customerId": None, "createdTime": "2024-07-31T20:27:48Z"},
        ],
    }


def test_only_references_lose_a_zero_id_and_a_name_made_of_zeros_is_kept() -> None:
    document = document_of(VENDOR, {"name": ZERO_ID, "mergedIntoId": ZERO_ID})
    assert (document["name"], document["mergedIntoId"]) == (ZERO_ID, None)


def test_unknown_names_are_kept_as_they_are_also_in_lines() -> None:
    unknown = {
        "newId": ZERO_ID,
        "newTime": "2024-07-31T20:27:48.000+0000",
        "newObject": {"a": [1, Decimal("1.10")]},
        'a "name"\n': 1,
    }
    document = document_of(BILL, {**unknown, LINES: [{**unknown}, {"amount": 1}]})
    assert document[ADDITIONAL] == unknown
    assert document[LINES] == [unknown, {"amount": 1}]


def test_a_bank_number_in_a_line_comes_only_when_it_is_asked_for() -> None:
    unknown = {"bankAccountNumber": "123", "kept": "x"}
    row = {LINES: [{"amount": 1, **unknown}]}
    assert document_of(BILL, row)[LINES] == [{"amount": 1, "kept": "x"}]
    assert document_of(BILL, row, sensitive_fields=True)[LINES] == [{"amount": 1, **unknown}]


def test_a_bank_number_comes_out_of_no_field_that_holds_objects_unless_it_is_asked_for() -> None:
    secret = {"bankAccountNumber": "123", "kept": "x"}
    row = {"item": {**secret, "inner": [secret]}, "description": {**secret}, LINES: [{"description": [secret]}]}
    document = document_of(BILL, row)
    assert document["item"] == {"kept": "x", "inner": [{"kept": "x"}]}
    assert document[ADDITIONAL] == {"description": {"kept": "x"}}
    assert document[LINES] == [{"description": [{"kept": "x"}]}]
    asked = document_of(BILL, row, sensitive_fields=True)
    assert asked["item"] == row["item"]
    assert asked[ADDITIONAL] == {"description": secret}


@pytest.mark.parametrize(("activity", "is_deleted"), [("1", False), ("2", True), (1, False), (2, True), (None, None)])
def test_a_row_is_deleted_whether_its_activity_is_a_text_or_a_number(activity: Any, is_deleted: bool | None) -> None:
    assert document_of(VENDOR, {"isActive": activity})["isDeleted"] is is_deleted


@pytest.mark.parametrize("lines", [None, []])
def test_lines_that_are_empty_or_null_stay_so(lines: Any) -> None:
    assert document_of(BILL, {LINES: lines})[LINES] == lines


def test_a_stored_object_becomes_a_record_without_zero_ids_and_wire_times(simulator: Simulator) -> None:
    obj = client_for(simulator).create(VENDOR, {"name": "Fern"})
    assert ZERO_ID in obj.values()
    document = document_of(VENDOR, obj)
    assert ZERO_ID not in document.values()
    assert document["updatedTime"].endswith("Z")


PLAIN = some.none() | some.booleans() | some.text(max_size=5) | some.integers(-(2**40), 2**40) | some.just(ZERO_ID)
ANY = PLAIN | some.lists(PLAIN, max_size=2) | some.dictionaries(some.text(max_size=3), PLAIN, max_size=2)


@given(some.data())
def test_every_name_of_a_row_is_in_its_record_once_with_its_value(data: some.DataObject) -> None:
    entity = data.draw(some.sampled_from(ENTITIES))
    plain = [each for each in entity.fields if each.type not in {FieldType.ARRAY, FieldType.OBJECT}]
    known = data.draw(some.dictionaries(some.sampled_from([each.name for each in plain]), PLAIN, max_size=6))
    unknown = data.draw(some.dictionaries(some.text(max_size=4).map("new {}".format), ANY, max_size=3))
    document = document_of(entity, known | unknown, sensitive_fields=True)
    assert (document[ADDITIONAL] or {}) == unknown
    kinds = {each.name: each.type for each in plain}
    for name, value in ({"id": "x"} | known).items():
        is_no_reference = value == ZERO_ID and kinds[name] is FieldType.ID
        assert encode(document[name]) == encode(None if is_no_reference else value)


@pytest.mark.parametrize("maps", [{}, {"bills": {"description": None}}, {"bill_line_items": {"__filter__": "False"}}])
def test_the_sdk_counts_the_records_of_each_stream(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, maps: dict[str, Any]
) -> None:
    monkeypatch.setenv("TAP_BILL_LOGLEVEL", "DEBUG")
    ran = synced(simulator, tmp_path, stream_maps=maps)
    points = [json.loads(line.partition("METRIC: ")[2]) for line in ran.err.splitlines() if "METRIC: " in line]
    counted: Counter[str] = Counter()
    for each in points:
        if each["metric"] == "record_count":
            counted[each["tags"]["stream"]] += each["value"]
    sent = Counter(each["stream"] for each in synced(simulator, tmp_path).messages if each["type"] == "RECORD")
    assert +counted == sent
