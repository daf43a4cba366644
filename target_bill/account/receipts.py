"""Receipts: every object that a run created, changed or deleted, with what was there before and what is there now.

As JSON lines while the run is at work, and at its end as CSV for people and as a Singer stream for any target: `cat
RUN-receipts.singer | target-postgres ...`. Bank and tax numbers are hidden in all of them.
"""

from __future__ import annotations

import csv
from typing import IO, TYPE_CHECKING, Any

from bill_values.exact_json import decode, encode
from bill_values.provenance import file_of, rows_of
from bill_values.spreadsheet_cells import MARK, guarded
from bill_values.visible import HIDDEN
from target_bill.files import private
from target_bill.model.outcome import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from target_bill.model.outcome import Outcome

WRITTEN = frozenset({Verdict.CREATED, Verdict.UPDATED, Verdict.DELETED})
"""Verdicts on a record whose object the run has written."""

STREAM = "receipts"
KEYS = ("run", "number")

_TEXT: Mapping[str, Any] = {"type": ["string", "null"]}
PROPERTIES: Mapping[str, Mapping[str, Any]] = {
    "run": {"type": "string"},
    "number": {"type": "integer"},
    "at": {"type": "string", "format": "date-time"},
    "action": {"type": "string"},
    "stream": {"type": "string"},
    "bill_id": {"type": "string"},
    "key": _TEXT,
    "amount": _TEXT,
    "input": _TEXT,
    "source": _TEXT,
    "incoming": _TEXT,
    "source_file": _TEXT,
    "source_rows": _TEXT,
    "plan": _TEXT,
    "before": _TEXT,
    "after": _TEXT,
}
"""Of a receipt as a Singer record; what is nested is JSON text, which any target takes."""


class Receipts:
    """Writes down what was written.

    Args:
        path: Makes a file's path of the end of its name.
        run: Names the run.
        plan: The hash of the plan that is carried out, if one was approved.
        now: The time as text.

    Attributes:
        input: The file that the run reads; None for a pipe, which has no name.
    """

    def __init__(self, path: Callable[[str], Path], run: str, plan: str | None, now: Callable[[], str]) -> None:
        self._path = path
        self._run = run
        self._plan = plan
        self._now = now
        self._file: IO[str] | None = None
        self._count = 0
        self.input: str | None = None

    @property
    def path(self) -> Path | None:
        """The JSON lines; None as long as nothing was written."""
        return self._path("-receipts.jsonl") if self._count else None

    def add(self, outcome: Outcome) -> None:
        """Write one down, if it is about an object that was written."""
        if outcome.verdict not in WRITTEN or outcome.bill_id is None:
            return
        if self._file is None:
            self._file = private(self._path("-receipts.jsonl"))
        self._count += 1
        self._file.write(encode(self._receipt(outcome)) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Write the CSV and the Singer stream."""
        if self._file is None:
            return
        self._file.close()
        with private(self._path("-receipts.csv")) as table, private(self._path("-receipts.singer")) as singer:
            table.write(MARK)
            writer = csv.writer(table)
            writer.writerow(PROPERTIES)
            schema = {"type": "object", "properties": dict(PROPERTIES)}
            singer.write(_message(type="SCHEMA", stream=STREAM, schema=schema, key_properties=KEYS))
            for receipt in self._all():
                flat = {name: _flat(value) for name, value in receipt.items()}
                writer.writerow([guarded("" if each is None else str(each)) for each in flat.values()])
                singer.write(_message(type="RECORD", stream=STREAM, record=flat))

    def _all(self) -> Iterator[dict[str, Any]]:
        with self._path("-receipts.jsonl").open(encoding="utf-8") as file:
            for line in file:
                yield decode(line)

    def _receipt(self, outcome: Outcome) -> dict[str, Any]:
        document = outcome.document
        record = document.record
        source, incoming = document.record_key.origin
        hidden = document.entity.sensitive
        changes = outcome.changes

        def side(values: Mapping[str, Any]) -> dict[str, Any] | None:
            return {name: HIDDEN if name in hidden and each else each for name, each in values.items()} or None

        after = {each.field: each.new for each in changes}
        return {
            "run": self._run,
            "number": self._count,
            "at": self._now(),
            "action": outcome.verdict.value,
            "stream": document.entity.stream,
            "bill_id": outcome.bill_id,
            "key": document.name,
            "amount": f"{document.money:.2f}" if document.entity.lines else None,
            "input": self.input,
            "source": source or None,
            "incoming": incoming,
            "source_file": file_of(record),
            "source_rows": rows_of(record) or None,
            "plan": self._plan,
            "before": side({each.field: each.old for each in changes}),
            "after": side(document.body if outcome.verdict is Verdict.CREATED else after),
        }


def _flat(value: Any) -> Any:
    return encode(value) if isinstance(value, list | dict) else value


def _message(**message: Any) -> str:
    return encode(message) + "\n"
