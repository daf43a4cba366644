"""The body of an update that takes nothing away, whatever BILL makes of what an update leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from conftest import client_for

from bill_api import complete_update
from bill_api.entities import ENTITIES
from bill_api.table.entity import Operation
from bill_simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bill_api.table.entity import Entity

DOCUMENTS = [each for each in ENTITIES if each.lines is not None and each.offers(Operation.UPDATE)]


@pytest.fixture(scope="module")
def documents() -> Iterator[Simulator]:
    with Simulator(vendors=12, customers=8, bills=60, invoices=40) as simulator:
        yield simulator


@pytest.mark.parametrize("without_lines", ["keep", "wipe"])
@pytest.mark.parametrize("lines", ["replace", "merge"])
@pytest.mark.parametrize("entity", DOCUMENTS, ids=lambda each: each.name)
def test_a_document_keeps_its_lines(documents: Simulator, entity: Entity, lines: str, without_lines: str) -> None:
    documents.control.switch(
        update_lines=lines,
        update_without_lines=without_lines,
        update_mandatory="required",
        update_absent="keep",
        sent_times="refuse",
        unknown_fields="refuse",
    )
    stored = documents.control.books(documents.organization_id, entity.name)[0]
    client = client_for(documents)
    before = client.read(entity, stored["id"])
    after = client.update(entity, complete_update(entity, before, {"description": "changed"}))
    assert entity.lines is not None
    name = entity.lines.name
    assert before[name]
    kept = [{key: value for key, value in line.items() if key != "updatedTime"} for line in before[name]]
    assert [{key: value for key, value in line.items() if key != "updatedTime"} for line in after[name]] == kept


def test_lines_that_are_given_replace_all(documents: Simulator) -> None:
    documents.control.switch(update_lines="replace")
    bills = next(each for each in DOCUMENTS if each.name == "Bill")
    client = client_for(documents)
    stored = documents.control.books(documents.organization_id, "Bill")[0]
    changed = {"billLineItems": [{"entity": "BillLineItem", "amount": 5}]}
    after = client.update(bills, complete_update(bills, client.read(bills, stored["id"]), changed))
    assert [line["amount"] for line in after["billLineItems"]] == [5]
