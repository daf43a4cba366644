"""tap-bill on answers of BILL that are odd: one line that names the object, and nothing of it in the output."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest
from api_scripted import ScriptedBill, http, ok, settings_for
from conftest import run

from bill_values.exact_json import decode

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ["api_fixtures"]

ID = "00n01TESTSXXXXXaaaa1"
TIME = "2026-01-01T00:00:00.000+0000"


def answer(fields: str) -> bytes:
    """A List of one bill with these fields, byte by byte."""
    row = f'{{"entity": "Bill", "id": "{ID}", "updatedTime": "{TIME}", {fields}}}'
    return http(f'{{"response_status": 0, "response_message": "Success", "response_data": [{row}]}}')


NAMED = {
    "lines that are a text": ('"billLineItems": "x"', "`billLineItems` is no list"),
    "lines that are an object": ('"billLineItems": {"amount": 1}', "`billLineItems` is no list"),
    "a line that is a text": ('"billLineItems": ["x"]', "`billLineItems[0]`: it is no object"),
    "a line that is null": ('"billLineItems": [{"amount": 1}, null]', "`billLineItems[1]`: it is no object"),
    "an amount that is an object": ('"amount": {"value": 1}', "`amount` is an object"),
    "an amount that is a list": ('"amount": [1]', "`amount` is a list"),
    "an amount that is true": ('"amount": true', "`amount` is true or false"),
    "an amount in digits of Python": ('"amount": "1_000"', "`amount` is another text"),
    "a quantity that is no number": ('"billLineItems": [{"quantity": "NaN"}]', "`billLineItems[0]`: `quantity`"),
    "an amount of a line that is an object": (
        '"billLineItems": [{"amount": {}}]',
        "`billLineItems[0]`: `amount`",
    ),
    "a reference as an object": ('"vendorId": {"id": "x"}', "`vendorId` is an object"),
    "a reference of a line that is a list": ('"billLineItems": [{"id": ["x"]}]', "`billLineItems[0]`: `id` is a list"),
}
UNREADABLE = {
    "a huge exponent": '"amount": 1e999999',
    "an exponent beyond all range": '"amount": 1e99999999999999999999',
    "NaN": '"amount": NaN',
    "an integer of 5,000 digits": f'"amount": {"9" * 5000}',
    "1,000 deep": f'"more": {"[" * 1000}{"]" * 1000}',
    "100,000 deep": f'"more": {"[" * 100_000}{"]" * 100_000}',
    "half a surrogate pair": '"description": "\\ud800"',
}


def read(scripted: ScriptedBill, folder: Path, fields: str) -> tuple[int, str, str]:
    scripted.script("/CurrentTime.json", ok({"currentTime": "2026-01-02T00:00:00.000+0000"}))
    scripted.script("/List/Bill.json", answer(fields))
    ran = run("tap_bill", settings_for(scripted.url), folder)
    return ran.code, ran.out, ran.err


@pytest.mark.parametrize("name", NAMED)
def test_an_object_that_cannot_be_read_is_named(scripted: ScriptedBill, tmp_path: Path, name: str) -> None:
    fields, why = NAMED[name]
    code, out, err = read(scripted, tmp_path, fields)
    assert code == 3
    assert "Traceback" not in err, err
    (said,) = [each for each in err.splitlines() if each.startswith("tap-bill: /List")]
    assert f"/List/Bill.json: row 1 of the List is no Bill '{ID}': {why}" in said
    assert ID not in out


@pytest.mark.parametrize("name", UNREADABLE)
def test_json_that_means_nothing_is_one_kind_of_error(name: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode("{" + UNREADABLE[name] + "}")


@pytest.mark.slow
def test_an_answer_that_cannot_be_read_is_one_line(scripted: ScriptedBill, tmp_path: Path) -> None:
    code, out, err = read(scripted, tmp_path, UNREADABLE["1,000 deep"])
    assert code == 3
    assert "Traceback" not in err, err[-2000:]
    (said,) = [each for each in err.splitlines() if each.startswith("tap-bill: /List")]
    assert "/List/Bill.json" in said
    assert ID not in out


BRACKETS = "]["
STRANGE = {
    "a huge integer": '"more": 123456789012345678901234567890',
    "an amount as a text": '"amount": "12.50"',
    "an amount that is blank": '"amount": ""',
    "90 deep": f'"more": {"[" * 90}{"]" * 90}',
    "brackets in a text": f'"more": "{BRACKETS * 500}"',
    "a quote and brackets": f'"more": "\\"{"[" * 500}"',
}


@pytest.mark.parametrize("name", STRANGE)
def test_what_is_only_strange_arrives_as_it_is(scripted: ScriptedBill, tmp_path: Path, name: str) -> None:
    fields = STRANGE[name]
    code, out, err = read(scripted, tmp_path, fields)
    assert code == 0, err
    records = [json.loads(each) for each in out.splitlines() if '"RECORD"' in each and '"bills"' in each]
    sent = json.loads("{" + fields + "}")
    came = [{**each["record"], **(each["record"]["additionalFields"] or {})} for each in records]
    assert [{key: each[key] for key in sent} for each in came] == [sent]
