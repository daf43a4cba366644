"""Singer messages that are odd in every way: each is loaded, or ends the run in one line that names the line."""

from __future__ import annotations

import io
import json
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest
from conftest import settings
from singer_forks import Ended, run_all

from bill_program.errors import ConnectorError
from bill_simulator import Simulator
from bill_singer.messages import EXPECTED
from target_bill.input.messages import OriginReader
from target_duckdb.reader import StoppableReader

if TYPE_CHECKING:
    from pathlib import Path

    from bill_singer.messages import MessageReader

FINE = "loads"
REJECT = "target-bill rejects the record, the loader keeps it"
ENDS = "ends"
FIELD = {"type": ["string", "null"]}
PROPERTIES = {"id": FIELD, "name": FIELD, "description": FIELD, "amount": {"type": ["number", "null"]}}


def line(**message: Any) -> bytes:
    return json.dumps(message).encode() + b"\n"


def schema(stream: str = "vendors", keys: Any = ("name",), **properties: Any) -> bytes:
    described = {"type": "object", "properties": {**PROPERTIES, **properties}}
    return line(type="SCHEMA", stream=stream, schema=described, key_properties=keys)


def record(stream: str = "vendors", **fields: Any) -> bytes:
    return line(type="RECORD", stream=stream, record={"name": "A", **fields})


def raw(fields: str) -> bytes:
    return b'{"type": "RECORD", "stream": "vendors", "record": {"name": "A", ' + fields.encode() + b"}}\n"


def nested(depth: int, leaf: str = "1") -> str:
    return '{"a": ' * depth + leaf + "}" * depth


def message(kind: str, **more: Any) -> bytes:
    return line(type=kind, stream="vendors", **more)


SCHEMA, RECORD = schema(), record()
STATE = line(type="STATE", value={"at": 1})
BAD_FIELDS: dict[str, Any] = {
    "null": None, "a text": "string", "a list": ["string"], "a number": 5,
}  # fmt: skip
REFERRED = {
    "a definition": ({"$ref": "#/definitions/text"}, FINE),
    "a $defs": ({"$ref": "#/$defs/text"}, FINE),
    "anyOf": ({"anyOf": [{"$ref": "#/definitions/text"}, {"type": "null"}]}, FINE),
    "a property": ({"$ref": "#/properties/name"}, FINE),
    "a reference to a reference": ({"$ref": "#/definitions/twice"}, FINE),
    "a circle": ({"$ref": "#/definitions/circle"}, ENDS),
    "nothing": ({"$ref": "#/definitions/nothing"}, ENDS),
    "another file": ({"$ref": "other.json#/text"}, ENDS),
    "a number": ({"$ref": 5}, ENDS),
}
DEFINITIONS = {
    "text": FIELD,
    "twice": {"$ref": "#/definitions/text"},
    "circle": {"type": "object", "properties": {"more": {"$ref": "#/definitions/circle"}}},
}


def referring(field: Any) -> bytes:
    described = {
        "type": "object",
        "properties": {**PROPERTIES, "email": field},
        "definitions": DEFINITIONS,
        "$defs": DEFINITIONS,
    }
    return line(type="SCHEMA", stream="vendors", schema=described, key_properties=["name"])


# Name: the input, and what becomes of it: it loads, is a reject of target-bill, or ends at the line of this number.
ODD: dict[str, tuple[bytes, str | int]] = {
    "no type": (SCHEMA + line(stream="vendors"), 2),
    "a type that is null": (SCHEMA + line(type=None), 2),
    "a type that is a list": (SCHEMA + line(type=["RECORD"]), 2),
    "an unknown type": (SCHEMA + message("FOO"), 2),
    "a type in small letters": (SCHEMA + message("record", record={}), 2),
    "a batch": (SCHEMA + message("BATCH", manifest=[]), 2),
    "a number": (SCHEMA + b"5\n", 2),
    "a text": (SCHEMA + b'"RECORD"\n', 2),
    "null": (SCHEMA + b"null\n", 2),
    "a list": (SCHEMA + b"[{}]\n", 2),
    "nothing that is JSON": (SCHEMA + b"RECORD\n", 2),
    "half a line": (SCHEMA + RECORD[:-9], 2),
    "two messages in a line": (SCHEMA + RECORD.strip() + RECORD, 2),
    "blank lines": (b"\n" + SCHEMA + b"\n  \n" + RECORD + b"\t\n", FINE),
    "carriage returns": (SCHEMA.replace(b"\n", b"\r\n") + b"\r\n" + RECORD.replace(b"\n", b"\r\n"), FINE),
    "a bad line behind blank ones": (SCHEMA + b"\n\n" + b"x\n", 4),
    "no line end": (SCHEMA + RECORD.strip(), FINE),
    "a byte order mark in front": (b"\xef\xbb\xbf" + SCHEMA + RECORD, FINE),
    "a byte order mark and a blank line": (b"\xef\xbb\xbf\n" + SCHEMA + RECORD, FINE),
    "a byte order mark in the middle": (SCHEMA + b"\xef\xbb\xbf" + RECORD, 2),
    "Latin-1": (SCHEMA + RECORD.replace(b'"A"', b'"\xe9"'), 2),
    "UTF-16": ((SCHEMA + RECORD).decode().encode("utf-16"), 1),
    "a zero byte between messages": (SCHEMA + b"\0\n" + RECORD, 2),
    "a control character in a text": (SCHEMA + RECORD.replace(b'"A"', b'"\x01"'), 2),
    "NaN": (SCHEMA + raw('"amount": NaN'), 2),
    "Infinity": (SCHEMA + raw('"amount": -Infinity'), 2),
    "a huge exponent": (SCHEMA + raw('"amount": 1e999999'), 2),
    "an exponent beyond all range": (SCHEMA + raw('"amount": 1e99999999999999999999'), 2),
    "an integer of 300 digits": (SCHEMA + raw(f'"amount": {"9" * 300}'), "target loads, loader ends"),
    "an integer of 5,000 digits": (SCHEMA + raw(f'"amount": {"9" * 5000}'), 2),
    "an integer of 30 digits that no schema knows": (SCHEMA + raw(f'"unheard": {"9" * 30}'), FINE),
    "half a surrogate pair": (SCHEMA + raw('"description": "\\ud800"'), 2),
    "half a surrogate pair in a name": (SCHEMA + raw('"\\udfff": 1'), "target ends, loader loads"),
    "a zero byte in a text": (SCHEMA + raw('"email": "a\\u0000b"'), REJECT),
    "a key twice": (SCHEMA + raw('"description": "x", "description": "y"'), FINE),
    "a record 90 deep": (SCHEMA + raw(f'"unheard": {nested(90)}'), FINE),
    "a record 1,000 deep": (SCHEMA + raw(f'"unheard": {nested(1000)}'), 2),
    "a record 100,000 deep": (SCHEMA + raw(f'"unheard": {nested(100_000)}'), 2),
    "a list 1,000 deep": (SCHEMA + raw(f'"unheard": {"[" * 1000}{"]" * 1000}'), 2),
    "brackets in a text": (SCHEMA + raw(f'"description": "{"[{" * 300}"'), FINE),
    "a record without stream": (SCHEMA + line(type="RECORD", record={}), 2),
    "a record whose stream is null": (SCHEMA + line(type="RECORD", stream=None, record={}), 2),
    "a record whose stream is a number": (SCHEMA + line(type="RECORD", stream=5, record={}), 2),
    "a record without record": (SCHEMA + message("RECORD"), 2),
    "a record that is null": (SCHEMA + message("RECORD", record=None), 2),
    "a record that is a list": (SCHEMA + message("RECORD", record=[1]), 2),
    "a record that is a text": (SCHEMA + message("RECORD", record="x"), 2),
    "a record before its schema": (RECORD + SCHEMA, 1),
    "a record with a null key": (SCHEMA + record(name=None), "target rejects, loader ends"),
    "an empty record": (SCHEMA + message("RECORD", record={}), "target rejects, loader ends"),
    "a key that is an object": (schema(keys=["id"]) + record(id={"a": 1}), "target loads, loader ends"),
    "a key that is a list": (schema(keys=["id"]) + record(id=[1]), "target loads, loader ends"),
    "time_extracted that is no time": (SCHEMA + message("RECORD", record={"name": "A"}, time_extracted="soon"), FINE),
    "time_extracted that is a number": (SCHEMA + message("RECORD", record={"name": "A"}, time_extracted=5), FINE),
    "a version of a record that is a text": (SCHEMA + message("RECORD", record={"name": "A"}, version="x"), FINE),
    "a schema without schema": (message("SCHEMA"), 1),
    "a schema that is null": (message("SCHEMA", schema=None), 1),
    "a schema without properties": (
        message("SCHEMA", schema={}, key_properties=["name"]) + RECORD,
        "target loads, loader ends",
    ),
    "a schema without stream": (line(type="SCHEMA", schema={}), 1),
    "a schema without key_properties": (SCHEMA.replace(b', "key_properties": ["name"]', b"") + RECORD, FINE),
    "key_properties that are null": (schema(keys=None) + RECORD, FINE),
    "key_properties that are a text": (schema(keys="name") + RECORD, 1),
    "key_properties that are integers": (schema(keys=[1]) + RECORD, 1),
    "key_properties that are nested": (schema(keys=[["name"]]) + RECORD, 1),
    "key_properties that no field is": (schema(keys=["uid"]) + RECORD, "target rejects, loader ends"),
    **{
        f"properties that are {name}": (message("SCHEMA", schema={"properties": bad}), 1)
        for name, bad in BAD_FIELDS.items()
    },
    **{f"a property that is {name}": (schema(email=bad) + RECORD, 1) for name, bad in BAD_FIELDS.items()},
    "a property that is true": (schema(email=True) + RECORD, FINE),
    "a type that is a number": (schema(email={"type": 5}) + RECORD, 1),
    "a type that is an object": (schema(email={"type": {}}) + RECORD, 1),
    "a type that nobody knows": (schema(email={"type": "money"}) + RECORD, FINE),
    "anyOf that is null": (schema(email={"anyOf": None}) + RECORD, 1),
    "a bound that is a text": (schema(amount={"type": "integer", "minimum": "0"}) + RECORD, 1),
    "a format that is a list": (schema(email={"type": "string", "format": ["date"]}) + RECORD, 1),
    "a schema 80 deep": (
        schema(email=json.loads(nested(40, '{"type": "string"}').replace('"a"', '"items"'))) + RECORD,
        FINE,
    ),
    "a schema 1,000 deep": (SCHEMA.replace(b'"type": "object"', b'"x": ' + nested(1000).encode()), 1),
    **{
        f"a reference to {name}": (referring(field) + record(email="a@b.example"), FINE if fate is FINE else 1)
        for name, (field, fate) in REFERRED.items()
    },
    "a version that is a text": (SCHEMA + message("ACTIVATE_VERSION", version="soon"), 2),
    "a version that is null": (SCHEMA + message("ACTIVATE_VERSION", version=None), 2),
    "a version before its schema": (message("ACTIVATE_VERSION", version=1), 1),
    "no version": (SCHEMA + message("ACTIVATE_VERSION"), 2),
    "a version": (SCHEMA + message("ACTIVATE_VERSION", version=1) + RECORD, FINE),
    "a state without value": (SCHEMA + line(type="STATE"), 2),
    "a state that is a list": (SCHEMA + line(type="STATE", value=[1]), FINE),
    "a state that is null": (SCHEMA + line(type="STATE", value=None), FINE),
    "a state with a stream that is a number": (SCHEMA + line(type="STATE", stream=5, value={}), FINE),
    "a state with decimals": (SCHEMA + b'{"type": "STATE", "value": {"a": 1.50, "b": 1e5}}\n', FINE),
    "a state 1,000 deep": (SCHEMA + b'{"type": "STATE", "value": ' + nested(1000).encode() + b"}\n", 2),
    "a state 90 deep": (SCHEMA + b'{"type": "STATE", "value": ' + nested(90).encode() + b"}\n", FINE),
    "a state with a huge integer": (SCHEMA + b'{"type": "STATE", "value": {"a": ' + b"9" * 300 + b"}}\n", FINE),
    "a stream with a zero byte": (schema("ven\0dors") + record("ven\0dors"), 1),
    "a stream of 5,000 letters": (schema("v" * 5000) + record("v" * 5000), 1),
    "a stream that is blank": (schema("  ") + record("  "), 1),
}
TARGET, LOADER = "target_bill", "target_duckdb"


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Ended]]:
    """What became of each case, for each target. Every input ends in a STATE."""
    inputs = {name: given + (b"" if given[-1:] == b"\n" else b"\n") + STATE for name, (given, _) in ODD.items()}
    found = {}
    with Simulator(vendors=0, customers=0, bills=0, invoices=0) as bill:
        config = {TARGET: settings(bill, max_rejects=9), LOADER: {"filepath": "out.duckdb"}}
        for package, given in config.items():
            files = {"config.json": json.dumps(given)}
            folder: Path = tmp_path_factory.mktemp(package)
            found[package] = run_all(package, folder, inputs, "--config", "config.json", files=files)
    return found


def expected(fate: str | int, package: str) -> bool:
    """Whether it is loaded."""
    if isinstance(fate, int) or fate == ENDS:
        return False
    if fate in {FINE, REJECT}:
        return True
    ours, theirs = fate.split(", ")
    return not (ours if package == TARGET else theirs).endswith("ends")


@pytest.mark.parametrize("package", [TARGET, LOADER])
@pytest.mark.parametrize("name", ODD)
def test_it_loads_or_ends_in_one_line_that_names_the_line(
    ended: dict[str, dict[str, Ended]], name: str, package: str
) -> None:
    fate, run = ODD[name][1], ended[package][name]
    assert "Traceback" not in run.err, run.err
    if expected(fate, package):
        assert run.code == 0, run.err
        return
    assert run.code == 1, run.err
    assert run.out == b"", "no STATE goes past what was not loaded"
    command = {TARGET: "target-bill", LOADER: "target-duckdb"}[package]
    (said,) = [each for each in run.err.splitlines() if each.startswith(f"{command}: ")]
    assert re.search(rf"line {fate} of the input" if isinstance(fate, int) else r"line \d+ of the input", said), said


TYPES = {
    b'{"stream": "vendors", "record": {}}': "is not a Singer message: it has no `type`",
    b"{}": "is not a Singer message: it has no `type`",
    b'{"type": null}': "has the type 'None', which is no type of a Singer message",
    b'{"type": ""}': "has the type '', which is no type of a Singer message",
    b'{"type": "FOO"}': "has the type 'FOO', which is no type of a Singer message",
}


@pytest.mark.parametrize("reader", [OriginReader, StoppableReader])
@pytest.mark.parametrize("given", TYPES)
def test_a_message_without_type_is_told_from_one_of_another_type(reader: type[MessageReader], given: bytes) -> None:
    lines, nothing = io.BytesIO(b"\n" + given + b"\n"), dict.fromkeys(EXPECTED, lambda _: None)
    with pytest.raises(ConnectorError) as ended:
        reader().process_lines(lines, nothing)
    assert str(ended.value) == f"line 2 of the input {TYPES[given]}"


def test_they_are_many(ended: dict[str, dict[str, Ended]], capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\n{len(ODD)} odd messages, each held against {len(ended)} targets\n")
    assert all(found.keys() == ODD.keys() for found in ended.values())
    assert len(ODD) >= 60
