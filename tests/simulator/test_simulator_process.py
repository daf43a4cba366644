"""`bill-simulator` as a process of its own, and `Simulator` inside a test."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import requests
from dotenv import dotenv_values
from simulator_caller import SMALL, TIMEOUT_S, Caller

from bill_simulator import ControlError, Simulator, defaults, server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMAND = [sys.executable, "-m", "bill_simulator"]
FEW = ["--vendors", "3", "--customers", "3", "--bills", "5", "--invoices", "5"]


def started(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([*COMMAND, *FEW, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    running = started("--limit-concurrent", "2", "--switch", "default_order=id", "--now", "2025-08-01T00:00:00Z")
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def announced(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    return dict(json.loads(process.stdout.readline()))


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_and_stops_cleanly_within_a_second(
    process: subprocess.Popen[str], sent: signal.Signals
) -> None:
    ready = announced(process)
    assert ready == {
        "url": ready["url"],
        "api_url": f"{ready['url']}/api/v2",
        "organization_id": defaults.ORGANIZATION_ID,
        "username": defaults.USERNAME,
        "developer_key": defaults.DEVELOPER_KEY,
    }
    form = {"userName": defaults.USERNAME, "password": defaults.PASSWORD, "devKey": defaults.DEVELOPER_KEY}
    with requests.Session() as session:
        orgs = session.post(f"{ready['api_url']}/ListOrgs.json", form, timeout=TIMEOUT_S).json()
        assert len(orgs["response_data"]) == 2
        limits = session.get(f"{ready['url']}/_simulator/limits", timeout=TIMEOUT_S).json()
        assert limits["concurrent"] == 2
        switches = session.get(f"{ready['url']}/_simulator/switches", timeout=TIMEOUT_S).json()
        assert switches["default_order"]["value"] == "id"
        clock = session.get(f"{ready['url']}/_simulator/clock", timeout=TIMEOUT_S).json()
        assert clock["now"].startswith("2025-08-01T00:00:")
        began = time.monotonic()
        process.send_signal(sent)
        assert process.wait(TIMEOUT_S) == 0
        assert time.monotonic() - began < 2  # well under one when the machine is not busy
    assert process.communicate() == ("", "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has this device")  # noqa: PTH110
def test_a_line_that_cannot_be_written_ends_it_in_one_line() -> None:
    for start, why in (('exec "$@" >/dev/full', "No space left on device"), ('exec "$@" >&-', "stdout is closed")):
        ran = subprocess.run(
            ["/bin/sh", "-c", start, "sh", *COMMAND, *FEW],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        assert ran.returncode == 1, ran.stderr
        (line,) = ran.stderr.splitlines()
        assert line.startswith("bill-simulator: ")
        assert why in line


def test_a_call_that_waits_does_not_hold_the_end_up(process: subprocess.Popen[str]) -> None:
    ready = announced(process)
    requests.post(f"{ready['url']}/_simulator/limits", '{"latency_ms": 60000}', timeout=TIMEOUT_S)
    form = {"userName": defaults.USERNAME, "password": defaults.PASSWORD, "devKey": defaults.DEVELOPER_KEY}
    failures: list[Exception] = []

    def call() -> None:
        try:
            requests.post(f"{ready['api_url']}/ListOrgs.json", form, timeout=TIMEOUT_S)
        except requests.ConnectionError as error:
            failures.append(error)

    waiting = threading.Thread(target=call)
    waiting.start()
    used: dict[str, int] = {}
    while not used:
        used = requests.get(f"{ready['url']}/_simulator/limits", timeout=TIMEOUT_S).json()["used"]["logins"]
    began = time.monotonic()
    process.terminate()
    assert process.wait(TIMEOUT_S) == 0
    waiting.join()
    assert time.monotonic() - began < 2  # well under one when the machine is not busy
    assert len(failures) == 1
    assert process.communicate() == ("", "")


def test_a_caller_that_does_not_read_is_hung_up_on_at_the_end() -> None:
    with started("--bills", "10000") as process, socket.socket() as caller:
        ready = announced(process)
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        caller.connect(("127.0.0.1", urlsplit(ready["url"]).port))
        caller.sendall(
            b"GET /_simulator/books/%s/Bill HTTP/1.1\r\nHost: localhost\r\n\r\n" % ready["organization_id"].encode()
        )
        assert caller.recv(1)
        process.terminate()
        assert process.communicate(timeout=TIMEOUT_S) == ("", "")
        assert process.returncode == 0


@pytest.mark.parametrize("watching", ['"--exit-with-parent"', '"--parent-pid", str(os.getpid())'])
def test_it_goes_when_its_parent_goes(tmp_path: Path, watching: str) -> None:
    ready_file = tmp_path / "ready.json"
    arguments = [*COMMAND, *FEW, "--ready-file", str(ready_file)]
    script = (
        "import os, subprocess, sys, time, pathlib\n"
        f"child = subprocess.Popen([*{arguments!r}, {watching}], stdout=subprocess.DEVNULL)\n"
        f"while not pathlib.Path({str(ready_file)!r}).exists(): time.sleep(0.01)\n"
        "print(child.pid)\n"
        "sys.stdout.flush()\n"
        "os._exit(0)\n"
    )
    parent = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
    url = json.loads(ready_file.read_text())["url"]
    child = int(parent.stdout)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            requests.get(f"{url}/_simulator/health", timeout=TIMEOUT_S)
        except requests.ConnectionError:
            return
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    pytest.fail("it outlived its parent")


def test_it_goes_at_once_when_its_parent_was_gone_before_it_was_up() -> None:
    running = started("--parent-pid", "999999999")
    try:
        assert running.wait(TIMEOUT_S) == 0
    finally:
        running.kill()
        running.communicate()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--switch", "nope=1"], "unknown switch 'nope'"),
        (["--switch", "default_order"], "name=value"),
        (["--switch", "default_order=id", "--switch", "default_order=created"], "'default_order' is given twice"),
        (["--switch", "duplicate_name_code=xx"], "switch duplicate_name_code must look like BDC_1001, not 'xx'"),
        (["--now", "2025-13-01"], "now must be an instant like 2026-01-31T09:00:00Z, not '2025-13-01'"),
        (["--bills", "5", "--vendors", "0"], "bills need vendors"),
        (["--now", "soon"], "soon"),
        (["--limit-concurrent", "-1"], "concurrent"),
    ],
)
def test_a_wrong_option_is_told_without_a_traceback(arguments: list[str], told: str) -> None:
    ran = subprocess.run([*COMMAND, *FEW, *arguments], capture_output=True, text=True, timeout=30, check=False)
    assert ran.returncode != 0
    assert told in ran.stderr
    assert "Traceback" not in ran.stderr
    assert ran.stdout == ""


def test_a_taken_port_is_told_without_a_traceback() -> None:
    with Simulator(**SMALL) as simulator:
        port = simulator.url.rsplit(":", 1)[1]
        arguments = [*COMMAND, *FEW, "--port", port]
        ran = subprocess.run(arguments, capture_output=True, text=True, timeout=30, check=False)
    assert ran.returncode == 7
    assert "in use" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_help_has_examples() -> None:
    ran = subprocess.run([*COMMAND, "--help"], capture_output=True, text=True, timeout=30, check=True)
    assert "Examples:" in ran.stdout
    assert "--switch bulk_top_level=any_failed" in ran.stdout


def test_simulators_in_one_process_share_nothing() -> None:
    with (
        Simulator(**SMALL) as one,
        Simulator(**SMALL) as two,
        Caller(one) as first,
        Caller(two) as second,
    ):
        assert one.url != two.url
        first.vendor()
        one.control.advance(600)
        one.control.switch(default_order="id")
        one.control.limit(concurrent=1)
        assert len(first.list("Vendor")) == len(second.list("Vendor")) + 1
        assert first.ok("/CurrentTime.json") != second.ok("/CurrentTime.json")
        assert two.control.get("/switches")["default_order"]["value"] == "created"
        assert two.control.get("/limits")["concurrent"] == 3
        second.session_id = first.session_id
        assert second.refused("/GetSessionInfo.json") == "BDC_1109"


def test_nothing_is_left_behind_by_a_block() -> None:
    before = set(threading.enumerate())
    with Simulator(**SMALL, now="2025-08-01T00:00:00Z", switches={"list_inactive": "hide"}) as simulator:
        url = simulator.url
        assert simulator.control.now().startswith("2025-08-01")
        assert simulator.control.get("/switches")["list_inactive"]["value"] == "hide"
    assert set(threading.enumerate()) == before
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/_simulator/health", timeout=TIMEOUT_S)


def test_a_block_that_fails_stops_its_simulator_too() -> None:
    simulator = Simulator(**SMALL)
    with pytest.raises(ControlError), simulator:
        simulator.control.switch(nope="1")
    url = simulator.url
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/_simulator/health", timeout=TIMEOUT_S)


@pytest.mark.parametrize(
    "said", [b"", b"POST /api/v2/Login.json HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf"]
)
def test_a_block_ends_without_waiting_for_a_look_at_the_clock(monkeypatch: pytest.MonkeyPatch, said: bytes) -> None:
    """Nor for a caller that holds its connection, whatever it has said."""
    monkeypatch.setattr(server, "DATE_S", 3600)

    def block() -> None:
        with Simulator(vendors=1, customers=0, bills=0, invoices=0) as simulator:
            host, _, port = simulator.url.removeprefix("http://").rpartition(":")
            with socket.create_connection((host, int(port))) as held:
                held.sendall(said)
                assert simulator.control.now()
                simulator.__exit__()

    thread = threading.Thread(target=block, daemon=True)
    thread.start()
    thread.join(TIMEOUT_S)
    assert not thread.is_alive()


@pytest.mark.parametrize("options", [{"switches": {"nope": "1"}}, {"limits": {"nope": 1}}, {"now": "soon"}])
def test_a_wrong_option_of_a_block_is_told_at_once(options: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"nope|soon"):
        Simulator(**options)  # type: ignore[arg-type]  # wrong on purpose


# ---- settings for others


def test_its_settings_can_be_put_into_a_file_beside_what_is_there(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# mine\nOTHER='a b'\n")
    for _ in range(2):  # the second time over those of the first
        process = started("--env-file", str(file))
        try:
            ready = announced(process)
            assert dotenv_values(file) == {"OTHER": "a b", **defaults.connection(ready["api_url"])}
            assert file.stat().st_mode & 0o777 == 0o600
            assert file.read_text().startswith("# mine\n")
            asked = subprocess.run(
                [sys.executable, "-m", "bill_cli", "list", "bills", "--output", "jsonl"],
                cwd=tmp_path,
                env={name: value for name, value in os.environ.items() if not name.startswith("BILL_")},
                capture_output=True,
                text=True,
                check=True,
            )
            assert len(asked.stdout.splitlines()) >= 4
        finally:
            process.kill()
            process.communicate()


@pytest.mark.parametrize("line", ["BILL_PASSWORD=mine", "BILL_DEVELOPER_KEY=01MINE", "BILL_API_URL=https://x.test/v2"])
def test_the_settings_of_another_bill_are_not_written_over(tmp_path: Path, line: str) -> None:
    file = tmp_path / ".env"
    file.write_text(line)
    process = started("--env-file", str(file))
    said, told = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, said, file.read_text()) == (2, "", line)
    assert f"has the settings of another BILL ({line.partition('=')[0]}), which would be lost" in told
    assert "mine" not in told


def test_a_file_that_cannot_be_written_is_told_before_it_starts(tmp_path: Path) -> None:
    process = started("--env-file", str(tmp_path / "nowhere" / ".env"))
    said, told = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, said) == (2, "")
    assert "cannot be written: No such file or directory" in told
