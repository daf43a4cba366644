"""The examples of docs/simulator.md, run as they stand against a simulator of their own."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from bill_simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "simulator.md").read_text()
BLOCKS = re.findall(r"<!-- run -->\n```(\w+)\n(.*?)```", PAGE, re.DOTALL)
CALLS = [line[2:] for language, block in BLOCKS if language == "console" for line in block.splitlines()]
SHOWN = "http://127.0.0.1:8080"
OK = (200, 201)


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(vendors=5, customers=4, bills=12, invoices=8) as running:
        yield running


def curl(simulator: Simulator, call: str) -> requests.Response:
    """What `curl` would do."""
    program, *words = shlex.split(call)
    assert program == "curl"
    method, url, form, json = None, "", [], None
    while words:
        word = words.pop(0)
        if word == "-X":
            method = words.pop(0)
        elif word == "--json":
            json = words.pop(0)
        elif word == "--data":
            form.append(words.pop(0))
        else:
            assert word.startswith(SHOWN), word
            url = word.replace(SHOWN, simulator.url)
    body = json or "&".join(form) or None
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
    return requests.request(method or ("POST" if body else "GET"), url, data=body, headers=headers, timeout=20)


@pytest.mark.parametrize("call", CALLS)
def test_a_documented_call_works(simulator: Simulator, call: str) -> None:
    answer = curl(simulator, call)
    assert answer.status_code in OK, answer.text
    assert '"response_status":1' not in answer.text


def test_documented_python_works() -> None:
    blocks = [block for language, block in BLOCKS if language == "python"]
    assert blocks
    for block in blocks:
        exec(block, {})  # noqa: S102  the documentation's own example


def test_every_path_of_the_control_plane_is_documented_with_its_text() -> None:
    table = PAGE.partition("<!-- generated: control plane -->")[2].partition("<!-- end -->")[0]
    paths = set(re.findall(r"^\| \w+ \| `(/_simulator/\w+)", table, re.MULTILINE))
    called = {match for call in CALLS for match in re.findall(r"(/_simulator/\w+)", call)}
    assert called <= paths | {"/_simulator/page"}
    assert len(CALLS) > 25
