"""target-bill as a process against a simulator, and what it leaves behind; for the tests of this folder."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from conftest import Ran, run, settings
from programs import Started

from bill_simulator import Simulator, defaults
from target_bill.model.outcome import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

ORGANIZATION = defaults.ORGANIZATION_ID
WAIT_S = 120
Found = TypeVar("Found")
VERDICTS = tuple(each.value for each in Verdict)


def singer(
    *streams: tuple[str, list[str], Iterable[dict[str, Any]]], state: Any = None, bookmark: str | None = None
) -> str:
    """Messages of some streams: name, key properties, records.

    Args:
        streams: The streams, in order.
        state: Of the STATE at the end.
        bookmark: The bookmark property of all of them.
    """
    marks = {"bookmark_properties": [bookmark]} if bookmark else {}
    messages: list[dict[str, Any]] = []
    for stream, keys, records in streams:
        schema = {"type": "object", "properties": {each: {"type": ["string", "number", "null"]} for each in keys}}
        messages.append({"type": "SCHEMA", "stream": stream, "schema": schema, "key_properties": keys, **marks})
        messages += [{"type": "RECORD", "stream": stream, "record": record} for record in records]
    messages.append({"type": "STATE", "value": state or {"done": True}})
    return "".join(json.dumps(message) + "\n" for message in messages)


def vendors(*names: str) -> tuple[str, list[str], list[dict[str, Any]]]:
    return "vendors", ["name"], [{"name": name} for name in names]


def bill(vendor: str, number: str, *amounts: Any, **more: Any) -> dict[str, Any]:
    lines = [{"amount": amount} for amount in amounts]
    days = {"invoiceDate": "2026-03-01", "dueDate": "2026-03-31"}
    return {"vendorName": vendor, "invoiceNumber": number, **days, "billLineItems": lines, **more}


def bills(*records: dict[str, Any]) -> tuple[str, list[str], list[dict[str, Any]]]:
    return "bills", ["vendorName", "invoiceNumber"], list(records)


def load(simulator: Simulator, folder: Path, stdin: str, **more: Any) -> Ran:
    return run("target_bill", settings(simulator, **more), folder, stdin=stdin)


def undo(simulator: Simulator, folder: Path, *name: str, **more: Any) -> Ran:
    """Take a run back; without a name that of the last one."""
    return run("target_bill", settings(simulator, **more), folder, "--undo", *name)


def newest_report(folder: Path) -> Path:
    """The file of the newest account."""
    paths = [path for path in (folder / ".bill/reports").glob("*-*.json") if not path.stem.endswith("-plan")]
    return max(paths, key=lambda path: path.stat().st_mtime_ns)


def report(folder: Path) -> dict[str, Any]:
    """The newest account."""
    found: dict[str, Any] = json.loads(newest_report(folder).read_text())
    return found


def last_run(folder: Path) -> str:
    """The name of the newest run."""
    return newest_report(folder).stem


def account(folder: Path, stream: str) -> dict[str, int]:
    """What became of a stream's records in the last run: the verdicts that occurred."""
    line = report(folder)["streams"][stream]
    return {name: line[name] for name in VERDICTS if line[name]}


def writes(simulator: Simulator) -> list[str]:
    """The paths of the calls that changed something, since the requests were forgotten."""
    return [path for path in simulator.control.summary()["paths"] if "/Crud/" in path and "/Read/" not in path]


def rejects(folder: Path) -> list[dict[str, Any]]:
    """The records that the last run rejected, each with its first problem beside the list of all."""
    path = report(folder)["rejects"]
    lines = (folder / path).read_text().splitlines() if path else []
    return [{**each, **each["problems"][0]} for each in map(json.loads, lines)]


def refused(folder: Path) -> list[tuple[str, str, str | None, str]]:
    """Stream, key, field and first reason of what the last run rejected, in an order of its own."""
    return sorted((each["stream"], each["source_key"], each["field"], each["reason"]) for each in rejects(folder))


def books(simulator: Simulator, entity: str) -> list[dict[str, Any]]:
    return simulator.control.books(ORGANIZATION, entity)


def started(simulator: Simulator, folder: Path, stdin: str, **more: Any) -> Started:
    (folder / "config.json").write_text(json.dumps(settings(simulator, **more)))
    (folder / "input.jsonl").write_text(stdin)
    return Started(
        "target_bill", ["--config", "config.json", "--input", "input.jsonl"], cwd=folder, env=dict(os.environ)
    )


@contextmanager
def opened(folder: Path) -> Iterator[sqlite3.Connection]:
    """The ledger, committed to and closed at the end (sqlite3's own context manager leaves it open)."""
    uri = f"file:{folder}/.bill/ledger.sqlite3?mode=rw"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as ledger:
        yield ledger


def wait_for_intents(folder: Path, count: int) -> None:
    """Until so many writes are under way: the moment at which a crash hurts."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        try:
            with opened(folder) as ledger:
                if ledger.execute("SELECT count(*) FROM intents").fetchone()[0] == count:
                    return
        except sqlite3.Error:
            pass
        time.sleep(0.02)
    raise AssertionError("no write was under way")


@contextmanager
def standing_still(process: Started, folder: Path) -> Iterator[None]:
    """A run that does not go on for a while, in the midst of a write: however long the others take to start."""
    wait_for_intents(folder, 1)
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)
        process.communicate(timeout=WAIT_S)


def until(look: Callable[[], Found]) -> Found:
    """Wait until a look finds something."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.02)
    raise AssertionError("nothing was found")
