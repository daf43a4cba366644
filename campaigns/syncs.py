"""Syncs of bills as processes of their own against a local BILL, and what they brought held against it.

A warehouse is what a target would have: the last record of an id wins.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import requests

from bill_simulator import RemoteControl, defaults
from bill_simulator.encoding import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

Row = dict[str, Any]
Item = TypeVar("Item")

STREAM, ENTITY, LIST = "bills", "Bill", "/List/Bill.json"
PAGE = 999
TIME = "updatedTime"
ZERO_ID = "0" * 20
WIRE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000")
PATIENCE_S = 600
UNLIMITED = ("--limit-requests-per-hour", "1000000000", "--limit-logins-per-hour", "1000000000")
OWN = (defaults.ORGANIZATION_ID, defaults.EMPTY_ORGANIZATION_ID)
ORDER = [{"field": TIME, "asc": True}, {"field": "id", "asc": True}]


@dataclass(frozen=True, slots=True)
class Bill:
    """A simulator in a process of its own.

    Attributes:
        api_url: Of the API.
        control: Its control plane.
    """

    api_url: str
    control: RemoteControl

    def settings(self, **more: Any) -> Row:
        """Of a tap that reads its books."""
        connection = {
            "api_url": self.api_url,
            "username": defaults.USERNAME,
            "password": defaults.PASSWORD,
            "developer_key": defaults.DEVELOPER_KEY,
            "organization_id": defaults.ORGANIZATION_ID,
        }
        return {**connection, **more}

    def books(self) -> dict[str, Row]:
        """Every bill that there is, by id."""
        return {each["id"]: each for each in self.control.books(defaults.ORGANIZATION_ID, ENTITY)}


@contextlib.contextmanager
def bill(*options: str) -> Iterator[Bill]:
    """A BILL that goes when this process does."""
    command = [sys.executable, "-m", "bill_simulator", *UNLIMITED, *options, "--parent-pid", str(os.getpid())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            ready = json.loads(process.stdout.readline() if process.stdout else "")
            yield Bill(ready["api_url"], RemoteControl(ready["url"]))
        finally:
            process.terminate()


def organizations(control: RemoteControl, count: int, **sizes: int) -> list[str]:
    """So many more organizations with books of such sizes, into which the simulator's user may go: their ids."""
    ids = [f"008{number:017}" for number in range(1, count + 1)]
    control.change_directory(organizations=[{"id": each, "name": each} for each in ids])
    control.change_directory(users=[{"username": defaults.USERNAME, "organizations": [*ids, *OWN]}])
    for seed, each in enumerate(ids):
        control.seed(each, seed=seed, **sizes)
    return ids


class Caller:
    """Signed in over plain HTTP.

    Args:
        settings: As for a tap.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._url = settings["api_url"]
        self._http = requests.Session()
        self._http.trust_env = False
        self._form = {"devKey": settings["developer_key"]}
        user = {"userName": settings["username"], "password": settings["password"]}
        answer = self.post("/Login.json", orgId=settings["organization_id"], **user)
        self._form["sessionId"] = json.loads(answer)["response_data"]["sessionId"]

    def post(self, path: str, **more: str) -> bytes:
        """The body of an answer."""
        return self._http.post(f"{self._url}{path}", data={**self._form, **more}, timeout=60).content

    def page(self, start: int, size: int = PAGE) -> bytes:
        """A page of bills with their lines, the longest unchanged first."""
        return self.post(LIST, data=json.dumps({"start": start, "max": size, "nested": True, "sort": ORDER}))

    def close(self) -> None:
        """Hang up."""
        self._http.close()


def calls_s(
    settings: Mapping[str, Any], call: Callable[[Caller, Item], object], items: Iterable[Item], at_once: int
) -> float:
    """Seconds for a call of each item, by so many threads, and nothing done with the answers."""
    callers = [Caller(settings) for _ in range(at_once)]
    left = iter(items)
    lock = threading.Lock()

    def work(caller: Caller) -> None:
        while True:
            with lock:
                item = next(left, None)
            if item is None:
                return
            call(caller, item)

    threads = [threading.Thread(target=work, args=(each,)) for each in callers]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken_s = time.perf_counter() - began
    for caller in callers:
        caller.close()
    return taken_s


# --- the tap ----------------------------------------------------------------------------------------------------


class Tap:
    """The command `tap-bill` for the stream bills, or others.

    Args:
        folder: For its files, which who runs it may use too.
        settings: Of the tap.
        streams: That it reads.
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any], streams: Collection[str] = (STREAM,)) -> None:
        self.folder = folder
        # In BILL's own spelling, unless said otherwise: what comes is held against the books.
        self._config = self._file("config.json", {"naming": "bill", **settings})
        discover = [sys.executable, "-m", "tap_bill", "--config", self._config, "--discover"]
        catalog = json.loads(subprocess.run(discover, capture_output=True, check=True, timeout=PATIENCE_S).stdout)
        for stream in catalog["streams"]:
            for entry in stream["metadata"]:
                if not entry["breadcrumb"]:
                    entry["metadata"]["selected"] = stream["tap_stream_id"] in streams
        self._catalog = self._file("catalog.json", catalog)

    def command(self, state: Any = None) -> list[str]:
        """What to run, from this state on."""
        command = [sys.executable, "-m", "tap_bill", "--config", self._config, "--catalog", self._catalog]
        return command if state is None else [*command, "--state", self._file("state.json", state)]

    def start(self, state: Any = None, *, stdout: Any, pipesize: int = -1) -> subprocess.Popen[bytes]:
        """Begin a sync; what it says goes to a file."""
        with self.log.open("wb") as log:
            return subprocess.Popen(self.command(state), stdout=stdout, stderr=log, pipesize=pipesize)

    def sync(self, state: Any = None) -> Output:
        """A whole sync."""
        path = self.folder / "out.jsonl"
        with path.open("wb") as out, self.start(state, stdout=out) as process:
            self.ended(process)
        with path.open("rb") as lines:
            return Output.of(lines)

    def ended(self, process: subprocess.Popen[bytes]) -> None:
        """Wait for the end, which must be a good one."""
        if process.wait(PATIENCE_S):
            message = f"tap-bill failed:\n{self.log.read_text()}"
            raise RuntimeError(message)

    @property
    def log(self) -> Path:
        """What the last sync said."""
        return self.folder / "tap.log"

    def _file(self, name: str, content: Any) -> str:
        path = self.folder / name
        path.write_bytes(msgspec.json.encode(content))
        return str(path)


class Message(msgspec.Struct):
    """A line of Singer."""

    type: str
    stream: str = ""
    record: msgspec.Raw = msgspec.Raw(b"null")
    value: msgspec.Raw = msgspec.Raw(b"null")


class Key(msgspec.Struct):
    """What a record is known by, and since when it is so."""

    id: str
    updatedTime: str  # noqa: N815  BILL's name


MESSAGES, KEYS = msgspec.json.Decoder(Message), msgspec.json.Decoder(Key)


@dataclass(frozen=True, slots=True)
class Version:
    """A row as it came.

    Attributes:
        id: Of the row.
        time: Its updatedTime.
        record: The JSON.
    """

    id: str
    time: str
    record: bytes


@dataclass(slots=True)
class Output:
    """What a sync wrote.

    Attributes:
        versions: Its bills, in their order.
        state: Its last STATE; None if there was none.
        settled: How many of the bills stand before that.
        torn: Whether its last line broke off.
    """

    versions: list[Version] = field(default_factory=list)
    state: Any = None
    settled: int = 0
    torn: bool = False

    @classmethod
    def of(cls, lines: Iterable[bytes]) -> Output:
        """From lines; one that broke off is none."""
        output = cls()
        for line in lines:
            output.torn = not line.endswith(b"\n")
            if output.torn:
                break
            message = MESSAGES.decode(line)
            if message.type == "RECORD" and message.stream == STREAM:
                key = KEYS.decode(message.record)
                output.versions.append(Version(key.id, key.updatedTime, bytes(message.record)))
            elif message.type == "STATE":
                output.state, output.settled = json.loads(bytes(message.value)), len(output.versions)
        return output

    @property
    def bookmark(self) -> str:
        """Up to which time it says it is complete."""
        found = re.findall(r'"replication_key_value": "([^"]+)"', json.dumps(self.state["bookmarks"][STREAM]))
        return str(min(found))


# --- against the books ------------------------------------------------------------------------------------------


def warehouse(*versions: Sequence[Version]) -> dict[str, Version]:
    """What there is after these."""
    return {each.id: each for some in versions for each in some}


def as_record(value: Any) -> Any:
    """What a record has to say where the books say this: no id for the empty one, instants as in RFC 3339."""
    if isinstance(value, dict):
        return {name: as_record(each) for name, each in value.items()}
    if isinstance(value, list):
        return [as_record(each) for each in value]
    if value == ZERO_ID:
        return None
    if isinstance(value, str) and WIRE_TIME.fullmatch(value):
        return f"{value[:19]}Z"
    return value


def differing(row: Row, version: Version) -> list[str]:
    """The fields of a row that its record does not have so; arrays may have been left out, as streams of their own."""
    record, wanted = decode(version.record), as_record(row)
    return [
        name
        for name, value in wanted.items()
        if (name in record or not isinstance(value, list)) and record.get(name, ...) != value
    ]


def wrong(books: Mapping[str, Row], loaded: Mapping[str, Version]) -> Iterator[str]:
    """Whatever a warehouse does not have as the books have it."""
    for each in sorted(books.keys() ^ loaded.keys()):
        yield f"{each}: {'missing' if each in books else 'not in the books'}"
    for each in sorted(books.keys() & loaded.keys()):
        if names := differing(books[each], loaded[each]):
            yield f"{each}: other than in the books: {', '.join(names)}"
