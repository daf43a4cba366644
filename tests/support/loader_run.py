"""Real runs of the loader: a process, messages on its stdin, and the file it leaves behind."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import msgspec
import pytest
from programs import run_program
from singer_sdk.exceptions import SingerSDKError

from bill_program.errors import ConnectorError
from bill_program.exit_codes import ExitCode
from target_duckdb.target import TargetDuckDB

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ENCODE = msgspec.json.Encoder(decimal_format="number").encode
SCHEMA = "tap_demo"
START = "\nfrom target_duckdb.__main__ import main\nmain()"
TEXT = {"type": ["string", "null"]}
INTEGER = {"type": ["integer", "null"]}
NUMBER = {"type": ["number", "null"]}
BOOLEAN = {"type": ["boolean", "null"]}
OBJECT = {"type": ["object", "null"]}
ARRAY = {"type": ["array", "null"]}
INSTANT = {"type": ["string", "null"], "format": "date-time"}
DATE = {"type": ["string", "null"], "format": "date"}
TIME = {"type": ["string", "null"], "format": "time"}


def schema(stream: str, properties: Mapping[str, Any], keys: Sequence[str] = ()) -> bytes:
    body = {"type": "object", "properties": properties}
    return ENCODE({"type": "SCHEMA", "stream": stream, "schema": body, "key_properties": list(keys)})


def record(stream: str, values: Mapping[str, Any], **more: Any) -> bytes:
    return ENCODE({"type": "RECORD", "stream": stream, "record": values, **more})


def raw_record(stream: str, values: str) -> bytes:
    """A record whose JSON is written out, for numbers that no encoder would write so."""
    return f'{{"type": "RECORD", "stream": "{stream}", "record": {values}}}'.encode()


def state(value: Any) -> bytes:
    return ENCODE({"type": "STATE", "value": value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    code: int
    states: list[Any]
    told: str

    def refused(self, *words: str, code: ExitCode = ExitCode.REFUSED) -> Run:
        """It ended in a message for people that has these words, without STATE."""
        assert self.code == code, self.told
        assert not self.states
        assert "Traceback" not in self.told
        for word in words:
            assert word in self.told, self.told
        return self


class Warehouse:
    """A DuckDB file that is loaded by processes and read by the test."""

    def __init__(self, folder: Path, name: str = "out.duckdb", **settings: Any) -> None:
        self.path = folder / name
        self._config = folder / "config.json"
        self._settings = {"filepath": str(self.path), "default_target_schema": SCHEMA, **settings}

    def command(self, *, driver: str = "", **settings: Any) -> list[str]:
        """How to start it behind a driver: code that runs before the target's command line, in the same process."""
        return [sys.executable, "-c", driver + START, *self._arguments(settings)]

    def run(self, lines: Iterable[bytes], *, driver: str | None = None, **settings: Any) -> Run:
        done = run_program(
            "target_duckdb",
            self._arguments(settings),
            cwd=Path.cwd(),
            env=os.environ,
            stdin=b"\n".join(lines) + b"\n",
            code=None if driver is None else driver + START,
        )
        return Run(code=done.returncode, states=states(done.stdout), told=done.stderr.decode())

    def _arguments(self, settings: Mapping[str, Any]) -> list[str]:
        self._config.write_text(json.dumps({**self._settings, **settings}))
        return ["--config", str(self._config)]

    def load(self, lines: Iterable[bytes], *, driver: str | None = None, **settings: Any) -> Run:
        """A run that must end well."""
        done = self.run(lines, driver=driver, **settings)
        assert done.code == 0, done.told
        return done

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.path), read_only=True) as connection:
            connection.execute(f"USE {SCHEMA}")
            return connection.execute(sql).fetchall()

    def types(self, table: str) -> dict[str, str]:
        return {name: kind for name, kind, *_ in self.rows(f'DESCRIBE "{table}"')}


def refusal(folder: Path, lines: Iterable[bytes], **settings: Any) -> str:
    """What the loader says when it refuses. In this process: there are many such cases, and a start costs time."""
    handlers = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    config = {"filepath": str(folder / "out.duckdb"), "default_target_schema": SCHEMA, **settings}
    targets: list[TargetDuckDB] = []

    def run() -> None:
        targets.append(TargetDuckDB(config=config))
        # The messages are bytes, as on stdin; the SDK's signature knows of text only.
        targets[0].listen(io.BytesIO(b"\n".join(lines)))  # type: ignore[arg-type]

    try:
        with pytest.raises((ConnectorError, SingerSDKError)) as caught:
            run()
    finally:
        for target in targets:
            target.database.close()
        for each, handler in handlers.items():
            signal.signal(each, handler)
    return str(caught.value)


def states(stdout: bytes) -> list[Any]:
    return [json.loads(line) for line in stdout.splitlines()]
