"""Who may speak to the simulator, and what its controls take for a number."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from bill_simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(vendors=1, customers=1, bills=1, invoices=1) as running:
        yield running


def called(url: str, path: str, body: str | None = None, **headers: str) -> tuple[int, Any]:
    """The status and JSON of a call with these headers."""
    address = url.removeprefix("http://")
    connection = http.client.HTTPConnection(address, timeout=20)
    try:
        connection.putrequest("POST" if body is not None else "GET", path, skip_host=True)
        for name, value in {"Host": address, **headers}.items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(body or "")))
        connection.endheaders((body or "").encode())
        reply = connection.getresponse()
        content = reply.read()
        return reply.status, json.loads(content) if content[:1] in b"{[" else content
    finally:
        connection.close()


PLACES = [("/_simulator/reset", "{}"), ("/_simulator/health", None), ("/", None), ("/api/v2/Login.json", "")]


@pytest.mark.parametrize(("path", "body"), PLACES)
@pytest.mark.parametrize("host", ["rebound.test", "rebound.test:80", "127.0.0.1.rebound.test", "10.0.0.1", "[::2]"])
def test_a_name_that_is_not_its_own_is_refused_everywhere(
    simulator: Simulator, path: str, body: str | None, host: str
) -> None:
    status, said = called(simulator.url, path, body, Host=host)
    assert status == 403
    assert "--allow-host" in said["error"]


@pytest.mark.parametrize(("path", "body"), PLACES)
@pytest.mark.parametrize("origin", ["http://evil.test", "null", "http://127.0.0.1", "http://localhost:1", ""])
def test_another_page_is_refused_everywhere(simulator: Simulator, path: str, body: str | None, origin: str) -> None:
    status, said = called(simulator.url, path, body, Origin=origin)
    assert status == 403
    assert "no other page may call it" in said["error"]


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "[::1]"])
def test_its_own_page_and_programs_of_this_computer_are_let_in(simulator: Simulator, name: str) -> None:
    host = f"{name}:{simulator.url.rpartition(':')[2]}"
    assert called(simulator.url, "/_simulator/health", Host=host)[0] == 200
    assert called(simulator.url, "/_simulator/reset", "{}", Host=host, Origin=f"http://{host}")[0] == 200


def test_a_container_is_called_by_the_names_that_were_allowed() -> None:
    command = [sys.executable, "-m", "bill_simulator", "--allow-host", "Bill", "--vendors", "1", "--bills", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        statuses = {name: called(url, "/_simulator/health", Host=name)[0] for name in ("bill:8080", "bell")}
        process.terminate()
    assert statuses == {"bill:8080": 200, "bell": 403}


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", '"5"', '"1_000"', '"\u0661"', "true", "null", "[]", "{}", "1e999", "1e400", "-1e15"]
)
@pytest.mark.parametrize("name", ["advance_s", "now"])
def test_a_clock_takes_numbers_and_instants_only(simulator: Simulator, name: str, value: str) -> None:
    if (name, value) == ("now", "null"):
        return
    before = called(simulator.url, "/_simulator/clock")[1]
    status, said = called(
        simulator.url, "/_simulator/clock", f'{{"{name}": {value}}}'.encode("ascii", "backslashreplace").decode()
    )
    assert status == 400
    assert said["error"]
    assert called(simulator.url, "/_simulator/clock")[1]["offset_s"] == before["offset_s"]


@pytest.mark.parametrize("value", ["NaN", '"5"', "true", "1.5", "-1", "1e999", "{}"])
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("limits", "latency_ms"),
        ("reset", "vendors"),
        ("mutator", "rate_per_s"),
        ("faults", "nth"),
    ],
)
def test_other_controls_take_numbers_only(simulator: Simulator, path: str, name: str, value: str) -> None:
    if (name, value) == ("rate_per_s", "1.5"):
        return
    kind = '"kind": "stall", ' if path == "faults" else ""
    status, said = called(simulator.url, f"/_simulator/{path}", f'{{{kind}"{name}": {value}}}')
    assert (status, bool(said["error"])) == (400, True)
