"""Receipts: every object that a run created, changed or deleted, with what was there before and what is there now.

As JSON lines while the run is at work, and at its end as CSV for people and as a Singer stream for any target: `cat
RUN-receipts.singer | target-postgres ...`. Bank and tax numbers are hidden in all of them.
"""

from __future__ import annotations

import csv
from typing import IO, TYPE_CHECKING, Any

from bill_values.exact_json import decode, encode
from bill_values.provenance import file_of, rows_of
from bill_values.spreadsheet_cells import MARK, cell_of, guarded
from target_bill.account.held import amounts, sides
from target_bill.files import private
from target_bill.model.outcome import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from decimal import Decimal
    from pathlib import Path

    from bill_api.table.entity import Entity
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
    "amount_before": _TEXT,
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

AS_THEY_ARE = frozenset({"number", "amount_before", "amount", "run", "at", "source_rows", "before", "after"})
"""Columns of numbers, of times, with which the name of a run begins, and of JSON: nothing of them is saved changed."""


class Receipts:
    """Writes down what was written.

    Args:
        path: Makes a file's path of the end of its name.
        run: Names the run.
        plan: The hash of the plan that is carried out, if one was approved.
        now: The time as text.

    Attributes:
        input: The file that the run reads; None for a pipe, which has no name.
        name_of: The name of an object for people.
    """

    def __init__(self, path: Callable[[str], Path], run: str, plan: str | None, now: Callable[[], str]) -> None:
        self._path = path
        self._run = run
        self._plan = plan
        self._now = now
        self._file: IO[str] | None = None
        self._count = 0
        self.input: str | None = None
        self.name_of: Callable[[Entity, str], str | None] = lambda _entity, _bill_id: None

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
                writer.writerow([_cell(name, "" if each is None else str(each)) for name, each in flat.items()])
                singer.write(_message(type="RECORD", stream=STREAM, record=flat))

    def _all(self) -> Iterator[dict[str, Any]]:
        with self._path("-receipts.jsonl").open(encoding="utf-8") as file:
            for line in file:
                yield decode(line)

    def _receipt(self, outcome: Outcome) -> dict[str, Any]:
        document = outcome.document
        record = document.record
        source, incoming = document.record_key.origin
        before, after = sides(outcome, self.name_of)
        was, becomes = amounts(outcome)
        return {
            "run": self._run,
            "number": self._count,
            "at": self._now(),
            "action": outcome.verdict.value,
            "stream": document.entity.stream,
            "bill_id": outcome.bill_id,
            "key": document.name,
            "amount_before": _money(was),
            "amount": _money(becomes),
            "input": self.input,
            "source": source or None,
            "incoming": incoming,
            "source_file": file_of(record),
            "source_rows": rows_of(record) or None,
            "plan": self._plan,
            "before": before,
            "after": after,
        }


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"


def _cell(name: str, text: str) -> str:
    """A cell that a spreadsheet does not compute, and saves as it is; amounts stay numbers there."""
    return guarded(text) if name in AS_THEY_ARE else cell_of(text)


def _flat(value: Any) -> Any:
    return encode(value) if isinstance(value, list | dict) else value


def _message(**message: Any) -> str:
    return encode(message) + "\n"
