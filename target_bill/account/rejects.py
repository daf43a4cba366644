"""Rejected records, ready to be corrected and loaded again: as JSON lines, and as CSV.

The CSV has the columns of the file that a record came from, where the record knows them (`_source_cells` of
`tap-bill-csv`), and otherwise a column per field, named as `tap-bill-csv` reads them: `billLineItems.amount` for lines.
Four more columns in front say what is wrong. Bank and tax numbers are hidden in both. The CSV is for spreadsheets too:
its cells are guarded (`bill_values.spreadsheet_cells`), and it begins with a byte order mark.
"""

from __future__ import annotations

import csv
import json
from typing import IO, TYPE_CHECKING, Any

from bill_api.errors import HIDDEN
from bill_api.identity.keys import bills_spelling
from bill_values.spreadsheet_cells import guarded
from target_bill.files import private

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from bill_api.table.entity import Entity
    from target_bill.model.outcome import Outcome

SOURCE_CELLS, SOURCE_FILE = "_source_cells", "_source_file"
WHY = ("reject_field", "reject_reason", "reject_code", "reject_hint")
NOT_COLUMNS = frozenset({SOURCE_CELLS, SOURCE_FILE, "_source_rows", "_source_errors"})

MARK = "\ufeff"
"""Excel takes a file without it for one in an encoding of Windows, and shows other letters for umlauts."""

Group = tuple[str, str]
"""The records of one CSV: a stream, and the file that they came from."""


class Rejects:
    """Writes rejected records down as they come.

    Args:
        path: Makes a file's path of the end of its name.
    """

    def __init__(self, path: Callable[[str], Path]) -> None:
        self._path = path
        self._file: IO[str] | None = None
        self.csv_paths: list[Path] = []

    @property
    def path(self) -> Path:
        """The JSON lines."""
        return self._path("-rejects.jsonl")

    def add(self, outcome: Outcome) -> None:
        """Write one down."""
        if self._file is None:
            self._file = private(self.path)
        json.dump(_row(outcome), self._file, default=str)
        self._file.write("\n")
        self._file.flush()

    def close(self) -> None:
        """Write the CSV files."""
        if self._file is None:
            return
        self._file.close()
        headers: dict[Group, dict[str, None]] = {}
        for reject in self._rows():
            header = headers.setdefault(_group(reject), {})
            for cells in _cells(reject):
                header.update(dict.fromkeys(cells))
        names = [stream for stream, _ in headers]
        for number, (group, header) in enumerate(headers.items()):
            stream, _ = group
            end = f"-{number + 1}" if names.count(stream) > 1 else ""
            path = self._path(f"-rejects-{stream}{end}.csv")
            with private(path) as file:
                file.write(MARK)
                writer = csv.writer(file)
                writer.writerow(map(guarded, (*WHY, *header)))
                for reject in self._rows():
                    if _group(reject) == group:
                        rows = (_why(reject) | cells for cells in _cells(reject))
                        writer.writerows([_text(row.get(name)) for name in (*WHY, *header)] for row in rows)
            self.csv_paths.append(path)

    def _rows(self) -> Iterator[dict[str, Any]]:
        with self.path.open(encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)


def without_secrets(entity: Entity, record: Mapping[str, Any]) -> dict[str, Any]:
    """The record with bank and tax numbers hidden, however their fields are spelled."""
    hidden = entity.sensitive
    return {
        key: HIDDEN if value and hidden and bills_spelling(entity, key) in hidden else value
        for key, value in record.items()
    }


def _row(outcome: Outcome) -> dict[str, Any]:
    document, problem = outcome.document, outcome.problem
    assert problem is not None  # noqa: S101  # only rejected records get here
    return {
        "stream": document.stream,
        "source_key": document.name,
        "field": problem.field,
        "reason": problem.reason,
        "code": problem.code,
        "hint": problem.hint,
        "record": without_secrets(document.entity, document.record),
    }


def _group(reject: Mapping[str, Any]) -> Group:
    return reject["stream"], str(reject["record"].get(SOURCE_FILE) or "")


def _why(reject: Mapping[str, Any]) -> dict[str, Any]:
    return dict(zip(WHY, (reject["field"], reject["reason"], reject["code"], reject["hint"]), strict=True))


def _cells(reject: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of a record: as they stood in its file, or a row per line with the head on each."""
    record = reject["record"]
    original = record.get(SOURCE_CELLS)
    if isinstance(original, list) and original and all(isinstance(cells, dict) for cells in original):
        return original
    head = {name: value for name, value in record.items() if name not in NOT_COLUMNS and not _is_nested(value)}
    lines = [
        {f"{name}.{key}": value for key, value in line.items() if not _is_nested(value)}
        for name, array in record.items()
        if name not in NOT_COLUMNS and isinstance(array, list)
        for line in array
        if isinstance(line, dict)
    ]
    return [head | line for line in lines] or [head]


def _text(value: Any) -> str:
    return "" if value is None else guarded(str(value))


def _is_nested(value: Any) -> bool:
    return isinstance(value, list | dict)
