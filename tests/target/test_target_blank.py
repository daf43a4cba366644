"""Blank text is no value, wherever in a record it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from target_run import ORGANIZATION

from bill_api.entities import LOADABLE
from bill_api.identity.references import aliases
from bill_api.table.attachments import NAMED_FILES
from bill_api.table.entity import DELETED_AT, IS_DELETED, ORGANIZATION_ID
from bill_values.provenance import SOURCE_ERRORS
from target_bill.input.checks import at_stake
from target_bill.input.parser import Origin, Parser

if TYPE_CHECKING:
    from bill_api.table.entity import Entity
    from target_bill.model.document import Document

BLANK = ["", " ", "\t", "\u00a0", "\u3000", "\u200b"]
BESIDE = {
    **dict.fromkeys(["vendorName", "customerName", "invoiceNumber", "refNumber", "name"], "A"),
    **dict.fromkeys(["invoiceDate", "dueDate", "creditDate"], "2026-01-01"),
}


def read(entity: Entity, record: dict[str, Any]) -> tuple[Any, ...]:
    """All that is made of a record, to compare; its money at stake is worked out too."""
    parser = Parser(ORGANIZATION, "salt", source="", clears=True, allow_negative=False)
    origin = Origin(entity=entity, stream=entity.stream, incoming=entity.stream)
    document: Document = parser.parse(origin, record)
    stake = at_stake(document, record, document.problems)
    problems = [(each.field, each.reason) for each in document.problems]
    return document.digest, document.money, document.is_copy, document.is_deleted, document.unattached, problems, stake


@pytest.mark.parametrize("stream", LOADABLE)
def test_a_record_with_blank_text_in_any_place_means_what_null_there_means(stream: str) -> None:
    entity = LOADABLE[stream]
    lines = {entity.lines.name: [{"amount": 5}]} if entity.lines else {}
    marks = (NAMED_FILES, ORGANIZATION_ID, IS_DELETED, DELETED_AT, SOURCE_ERRORS, "_sdc_deleted_at")
    for name in (*entity.by_name, *aliases(entity.fields), *marks):
        none = read(entity, {**BESIDE, **lines, name: None})
        assert {name: [read(entity, {**BESIDE, **lines, name: blank}) for blank in BLANK]} == {
            name: [none] * len(BLANK)
        }
    fields = entity.lines.item_fields if entity.lines else ()
    for name in (*(each.name for each in fields), *aliases(fields), "isActive", *marks[2:]):
        found = [read(entity, {**BESIDE, **_line(entity, {name: blank})}) for blank in (None, *BLANK)]
        assert {name: found[1:]} == {name: found[:1] * len(BLANK)}


def _line(entity: Entity, given: dict[str, Any]) -> dict[str, Any]:
    return {entity.lines.name: [{"amount": 5, **given}]} if entity.lines else {}
