"""Runs the real tap on real files and reads what it says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from programs import run_text
from singer_sdk.typing import DEFAULT_JSONSCHEMA_VALIDATOR

from bill_program.exit_codes import ExitCode
from tap_bill_csv.streams import CsvStream
from tap_bill_csv.tap import TapBillCsv

if TYPE_CHECKING:
    from pathlib import Path

Json = dict[str, Any]

OF_SETTINGS = ("setting `", "--")
"""How a line begins that is about a setting, or an option."""


@dataclass(frozen=True)
class Run:
    code: int
    messages: list[Json]
    stderr: str

    @property
    def error(self) -> str:
        """The one line that says why the tap stopped: its code is that of a setting where it names one."""
        assert "Traceback" not in self.stderr, self.stderr
        said = [line for line in self.stderr.splitlines() if line.startswith("tap-bill-csv: ")]
        assert len(said) == 1, self.stderr
        assert self.stderr.splitlines()[-1] == said[0], self.stderr
        line = said[0].removeprefix("tap-bill-csv: ")
        assert self.code == (ExitCode.USAGE if line.startswith(OF_SETTINGS) else ExitCode.REFUSED), self.stderr
        return line

    def records(self, stream: str) -> list[Json]:
        """All records of a stream; the run was sound and each fits its schema."""
        assert self.code == 0, self.stderr
        schema = self.schema(stream)["schema"]
        found = [each["record"] for each in self.messages if each["type"] == "RECORD" and each["stream"] == stream]
        validator = DEFAULT_JSONSCHEMA_VALIDATOR(schema)
        for record in found:
            validator.validate(record)
        return found

    def schema(self, stream: str) -> Json:
        (found,) = [each for each in self.messages if each["type"] == "SCHEMA" and each["stream"] == stream]
        return found

    def problems(self, stream: str) -> list[Json]:
        return [each for record in self.records(stream) for each in record["_source_errors"] or ()]


def run_tap(
    folder: Path, *files: Json, args: tuple[str, ...] = (), settings: Json | None = None, state: str | None = None
) -> Run:
    config = folder / "config.json"
    config.write_text(json.dumps({"files": list(files)} if settings is None else settings))
    arguments = ["--config", config.name, *args, *(("--state", state) if state else ())]
    done = run_text("tap_bill_csv", arguments, cwd=folder)
    lines = done.stdout.splitlines() if not args else []
    messages = [json.loads(line, parse_float=Decimal) for line in lines]
    return Run(code=done.returncode, messages=messages, stderr=done.stderr)


def documents(*files: Json) -> dict[str, list[Json]]:
    """The records by stream, from this process: for what is asked of the tap hundreds of times."""
    tap = TapBillCsv(config={"files": list(files)})
    streams = {name: stream for name, stream in tap.streams.items() if isinstance(stream, CsvStream)}
    return {name: list(stream.get_records(None)) for name, stream in streams.items()}


BILL_COLUMNS = {"vendorName": "Supplier", "invoiceNumber": "Number", "invoiceDate": "Date"}
BILL_LINES = {"columns": {"amount": "Amount", "description": "What"}}
BILL_HEADER = "Supplier,Number,Date,Amount,What\n"


def bills(path: str = "bills.csv", **more: Any) -> Json:
    """An entry of `files` for CSV with `BILL_HEADER`."""
    return {"path": path, "stream": "bills", "columns": BILL_COLUMNS, "lines": BILL_LINES} | more


def run_bills(folder: Path, rows: str | bytes, **more: Any) -> Run:
    """Run the tap on these rows below `BILL_HEADER`."""
    content = rows if isinstance(rows, bytes) else (BILL_HEADER + rows).encode()
    (folder / "bills.csv").write_bytes(content)
    return run_tap(folder, bills(**more))
