"""The entity table: consistent in itself, and changed only on purpose (`BILL_ENTITY_TABLE=write pytest tests/api`)."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bill_api.entities import BY_NAME, BY_STREAM, ENTITIES
from bill_api.identity.references import aliases
from bill_api.identity.sensitive import looks_sensitive
from bill_api.table.entity import ACTIVE, INACTIVE, Operation
from bill_api.table.fields import FILTERABLE_TYPES, SOURCES, FieldType, Filterable, surest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field

TABLE = Path(__file__).with_name("entity_table.json")
STANDARD = ("entity", "id", "isActive", "createdTime", "updatedTime")
WRITES = {each for each in Operation if each not in (Operation.LIST, Operation.READ)}
NO_BANK_NUMBERS = {"ChartOfAccount.accountNumber", "Customer.accNumber", "Vendor.accNumber"}
"""Numbers of accounts in books, and of ours with a vendor."""

each_entity = pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)


def all_fields(entity: Entity) -> Iterator[tuple[str, Field]]:
    """Fields with their path, those of lines included."""
    for each in entity.fields:
        yield each.name, each
        for inner in each.item_fields:
            yield f"{each.name}[].{inner.name}", inner


# The table as a whole


def test_streams_names_and_id_prefixes_are_unique() -> None:
    prefixes = [each.id_prefix for each in ENTITIES if each.id_prefix]
    prefixes += [each.lines.item_id_prefix for each in ENTITIES if each.lines and each.lines.item_id_prefix]
    assert len(set(prefixes)) == len(prefixes)
    assert all(len(prefix) == 3 for prefix in prefixes)
    assert len(BY_NAME) == len({each.stream for each in ENTITIES}) == len(ENTITIES)
    assert list(BY_STREAM.values()) == [each for each in ENTITIES if each.is_streamed]


def test_parents_stand_before_those_that_refer_to_them() -> None:
    place = {entity.name: number for number, entity in enumerate(ENTITIES)}
    late = [
        f"{entity.name}.{path} refers to {each.references}"
        for entity in ENTITIES
        for path, each in all_fields(entity)
        if each.references in place and each.references != entity.name and place[each.references] > place[entity.name]
    ]
    assert late == []


def test_every_reference_leads_to_an_entity_of_the_table() -> None:
    referred = {each.references for entity in ENTITIES for _, each in all_fields(entity) if each.references}
    assert referred <= set(BY_NAME)


# Each entity


@each_entity
def test_an_entity_is_named_as_bill_and_singer_name_things(entity: Entity) -> None:
    assert re.fullmatch(r"(RP)?([A-Z][a-z]+)+", entity.name)
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*s", entity.stream)


@each_entity
def test_an_entity_begins_with_the_standard_fields_and_no_field_stands_twice(entity: Entity) -> None:
    names = [each.name for each in entity.fields]
    standard = tuple(each for each in STANDARD if each in names)
    assert tuple(names[: len(standard)]) == standard
    assert standard[:2] == STANDARD[:2]
    assert standard == STANDARD or entity.partial or not WRITES & set(entity.operations)
    assert entity.is_timed == ("updatedTime" in names)
    assert len(set(names)) == len(names) == len(entity.by_name)
    if entity.lines:
        inner = [each.name for each in entity.lines.item_fields]
        assert len(set(inner)) == len(inner)


@each_entity
def test_natural_keys_and_lookups_are_fields(entity: Entity) -> None:
    named = {*entity.natural_key, *(name for by in entity.lookups.values() for name in by)}
    assert named <= set(entity.by_name)


@each_entity
def test_a_required_field_can_be_written(entity: Entity) -> None:
    assert [path for path, each in all_fields(entity) if each.required and each.read_only] == []


@each_entity
def test_operations_are_known_or_unknown_and_their_evidence_exists(entity: Entity) -> None:
    assert not entity.unknown & set(entity.operations)
    assert set(entity.trusted) <= set(entity.operations)
    tags = {tag for evidence in (entity.operations, entity.trusted) for each in evidence.values() for tag in each}
    assert tags <= set(SOURCES)
    assert all([*entity.operations.values(), *entity.trusted.values()])
    assert entity.offers(Operation.LIST)


@each_entity
def test_every_field_names_its_sources(entity: Entity) -> None:
    for path, each in all_fields(entity):
        assert each.source, path
        assert {*each.source, *each.unnested} <= set(SOURCES), path
        assert surest(each.source), path


@each_entity
def test_enum_codes_are_texts_that_hold_numbers_and_only_enums_have_them(entity: Entity) -> None:
    for path, each in all_fields(entity):
        assert each.type is FieldType.ENUM or not each.codes, path
        assert all(isinstance(code, str) and re.fullmatch(r"-?\d+", code) for code in each.codes), path
        assert all(meaning.strip() for meaning in each.codes.values()), path
    if "isActive" in entity.by_name:
        assert set(entity.by_name["isActive"].codes) == {ACTIVE, INACTIVE}


@each_entity
def test_traits_stand_only_where_they_mean_something(entity: Entity) -> None:
    for path, each in all_fields(entity):
        assert each.references is None or each.type is FieldType.ID, path
        assert each.max_length is None or (each.type is FieldType.STRING and each.max_length > 0), path
        assert bool(each.item_entity) == bool(each.item_fields), path
        assert each.item_entity or not each.item_id_prefix, path
        assert not each.item_fields or each.type is FieldType.ARRAY, path
        assert each.filterable is not Filterable.BY_TYPE or each.type in FILTERABLE_TYPES, path


@each_entity
def test_lines_have_an_id_an_amount_and_a_reference_to_their_document(entity: Entity) -> None:
    if entity.lines is None:
        return
    inner = {each.name: each for each in entity.lines.item_fields}
    assert inner["id"].type is FieldType.ID
    assert any(each.references == entity.name and each.read_only for each in inner.values())
    assert entity.lines.item_entity not in BY_NAME


def test_what_is_named_like_a_bank_or_tax_number_is_marked_sensitive() -> None:
    found = {
        f"{entity.name}.{path}"
        for entity in ENTITIES
        for path, each in all_fields(entity)
        if each.type is FieldType.STRING and looks_sensitive(each.name) and not each.sensitive
    }
    assert found == NO_BANK_NUMBERS


@each_entity
def test_an_alias_never_hides_a_field(entity: Entity) -> None:
    for fields in (entity.fields, entity.lines.item_fields if entity.lines else ()):
        names = {each.name for each in fields}
        assert not names & set(aliases(fields))


# The table as it is


def described(fields: tuple[Field, ...]) -> dict[str, Any]:
    """Fields by name, with what others rely on; what is absent is as by default."""
    shown = {}
    for each in fields:
        traits = {
            "type": str(each.type),
            "required": each.required,
            "read_only": each.read_only,
            "max_length": each.max_length,
            "bounds": list(each.bounds or ()),
            "sensitive": each.sensitive,
            "filterable": str(each.filterable),
            "references": each.references,
            "codes": dict(each.codes),
            "source": " ".join(each.source),
            "item_entity": each.item_entity,
            "item_id_prefix": each.item_id_prefix,
            "item_fields": described(each.item_fields),
            "unnested": " ".join(each.unnested),
        }
        shown[each.name] = {name: value for name, value in traits.items() if value}
    return shown


def whole_table() -> dict[str, Any]:
    return {
        entity.name: {
            "stream": entity.stream,
            "id_prefix": entity.id_prefix,
            "natural_key": list(entity.natural_key),
            "partial": entity.partial,
            "unstreamed": entity.unstreamed,
            "listed_by": entity.listed_by,
            "operations": {str(name): " ".join(tags) for name, tags in sorted(entity.operations.items())},
            "unknown": sorted(entity.unknown),
            "trusted": {str(name): " ".join(tags) for name, tags in sorted(entity.trusted.items())},
            "flags": sorted(entity.flags),
            "takes_files": " ".join(entity.takes_files),
            "lookups": {suffix: list(by) for suffix, by in entity.lookups.items()},
            "fields": described(entity.fields),
        }
        for entity in ENTITIES
    }


def test_the_table_is_as_it_was_written_down() -> None:
    table = whole_table()
    if os.environ.get("BILL_ENTITY_TABLE") == "write":
        TABLE.write_text(json.dumps(table, indent=1) + "\n")
    written = json.loads(TABLE.read_text())
    assert list(table) == list(written)
    for name, entity in table.items():
        assert list(entity["fields"]) == list(written[name]["fields"]), name
        assert entity == written[name], name
