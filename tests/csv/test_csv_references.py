"""References by name: derived once, for whoever reads or writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bill_api.entities import BY_STREAM, ENTITIES
from bill_api.identity.references import aliases, references

if TYPE_CHECKING:
    from bill_api.table.entity import Entity


def test_an_id_field_may_be_named_by_each_lookup_of_what_it_points_at() -> None:
    found = aliases(BY_STREAM["bills"].fields)
    vendor = found["vendorName"]
    assert (vendor.field.name, vendor.entity.name, vendor.by) == ("vendorId", "Vendor", ("name",))
    assert found["vendorShortName"].by == ("shortName",)
    assert found["chartOfAccountNumber"].by == ("accountNumber",)


def test_names_without_id_at_their_end_and_parents_are_named_too() -> None:
    assert aliases(BY_STREAM["invoices"].fields)["itemSalesTaxName"].field.name == "itemSalesTax"
    assert aliases(BY_STREAM["departments"].fields)["parentDepartmentName"].field.name == "parentDepartmentId"


def test_a_person_is_named_by_two_fields() -> None:
    lines = BY_STREAM["bills"].lines
    assert lines is not None
    assert aliases(lines.item_fields)["employeeName"].by == ("firstName", "lastName")


def test_what_nobody_sends_and_what_is_not_in_the_table_has_no_alias() -> None:
    found = references(BY_STREAM["vendors"].fields)
    assert {each.field.name for each in found} == {"paymentTermId"}  # mergedIntoId is read-only


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda each: each.name)
def test_no_alias_hides_a_field_or_another_alias(entity: Entity) -> None:
    for fields in (entity.fields, entity.lines.item_fields if entity.lines else ()):
        names = [each.alias for each in references(fields)]
        assert len(names) == len(set(names))
        assert not set(names) & {each.name for each in fields}
