"""Examples of the wire, replayed: same keys, same types, same values where they are not ids, times or tokens."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bill_simulator import defaults

if TYPE_CHECKING:
    from simulator_caller import Body, Caller

pytest_plugins = ["simulator_fixtures"]

LINES = Path(__file__).with_name("simulator_examples.jsonl").read_text().splitlines()
EXAMPLES: dict[str, Body] = {each["name"]: each for each in (json.loads(line, parse_float=Decimal) for line in LINES)}
KINDS = {
    "<time>": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000",
    "<token>": r"![\w-]{10,70}",
    "<id 00n>": r"00n02[A-Z]{10}[a-z0-9]{5}",
    "<id bli>": r"bli02[A-Z]{10}[a-z0-9]{5}",
    "<id vba>": r"vba02[A-Z]{10}[a-z0-9]{5}",
    "<id 0du>": r"0du02[A-Z]{10}[a-z0-9]{5}",
    "<address of a text>": r"/HtmlServlet\?id=00h02[A-Z]{10}[a-z0-9]{5}",
}


class Replay:
    """Plays examples, those that must come first included, and remembers what later ones refer to."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.known: dict[str, str] = {
            "$username": defaults.USERNAME,
            "$password": defaults.PASSWORD,
            "$developer_key": defaults.DEVELOPER_KEY,
            "$organization": defaults.ORGANIZATION_ID,
            "$user": defaults.USER_ID,
            "$api_url": caller.simulator.api_url,
            "$vendor": caller.vendor(),
        }
        self.known["$pages of the vendor"] = f"/is/BillImageServlet?entityId={self.known['$vendor']}"

    def play(self, example: Body) -> Any:
        for name in example.get("first", ()):
            self.play(EXAMPLES[name])
        control = self._caller.control
        control.switch(**example.get("switches", {}))
        control.limit(**example.get("limits", {}))
        control.advance(example.get("advance_s", 0))
        if "form" in example:
            form = self.filled(example["form"])
        else:
            form = self._caller.form(self.filled(example.get("data")))
        files = {name: tuple(file) for name, file in example["files"].items()} if "files" in example else None
        answer = self._caller.post(example["path"], form, files=files)
        assert answer.status_code == 200
        body = json.loads(answer.text, parse_float=Decimal)
        self.remember(body["response_data"])
        return body

    def remember(self, data: Any) -> None:
        if not isinstance(data, dict):
            return
        if "challengeId" in data:
            self.known["$challenge"] = data["challengeId"]
            self.known["$code"] = self._caller.control.mfa_code(data["challengeId"])
        if "mfaId" in data:
            self.known["$mfa"] = data["mfaId"]
        if data.get("entity") == "Bill":
            self.known["$bill"] = data["id"]

    def filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self.filled(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.filled(each) for each in value]
        if isinstance(value, Decimal):
            return float(value)
        return self.known.get(value, value) if isinstance(value, str) else value

    def differences(self, expected: Any, actual: Any, at: str = "$") -> list[str]:
        if isinstance(expected, dict) and isinstance(actual, dict):
            found = [f"{at}: keys {set(expected) ^ set(actual)}"] if set(expected) != set(actual) else []
            return found + [
                each
                for name in expected.keys() & actual.keys()
                for each in self.differences(expected[name], actual[name], f"{at}.{name}")
            ]
        if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
            pairs = enumerate(zip(expected, actual, strict=True))
            return [each for place, pair in pairs for each in self.differences(*pair, f"{at}[{place}]")]
        if isinstance(expected, str) and isinstance(actual, str) and expected in KINDS:
            return [] if re.fullmatch(KINDS[expected], actual) else [f"{at}: {actual} is no {expected}"]
        wanted = self.known.get(expected, expected) if isinstance(expected, str) else expected
        same = wanted == actual and isinstance(wanted, bool) == isinstance(actual, bool)
        return [] if same else [f"{at}: {actual!r} instead of {wanted!r}"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_answered_as_written(caller: Caller, name: str) -> None:
    example = EXAMPLES[name]
    replay = Replay(caller)
    assert replay.differences(example["answer"], replay.play(example)) == []


def test_the_comparison_sees_a_difference(caller: Caller) -> None:
    differences = Replay(caller).differences
    assert differences({"a": 1}, {"a": 1, "b": 2})
    assert differences({"a": [True]}, {"a": [1]})
    assert differences({"a": None}, {"a": ""})
    assert differences(["<time>"], ["2025-01-01"])
    assert differences([], {})
    assert differences("$user", "somebody else")
    assert not differences({"a": ["<token>", Decimal("1.50")]}, {"a": ["!abcdefghijk", Decimal("1.5")]})
