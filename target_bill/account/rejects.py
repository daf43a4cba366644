"""Rejected records, ready to be corrected and loaded again: as JSON lines, as CSV, and those of workbooks as workbooks.

The tables have the columns of the file that a record came from, where the record knows them (`_source_cells` of
`tap-bill-csv`), and otherwise a column per field, named as `tap-bill-csv` reads them: `billLineItems.amount` for lines.
The columns `WHY` in front say what is wrong, and which row of which record stands behind them; by them `tap-bill-csv`
knows such a file, and reads it with the entry of the original. Bank and tax numbers are hidden in all. The CSV is for
spreadsheets too: its cells are guarded (`bill_values.spreadsheet_cells`), it begins with a byte order mark, and its
columns are parted as in the original, for spreadsheets know but one delimiter: that of their language. A line `sep=`
would take the mark's place.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from bill_api.identity.sensitive import without_secrets
from bill_values.exact_json import encode
from bill_values.provenance import SOURCE_DELIMITER, SOURCE_FILE, SOURCE_STREAM, SOURCE_TYPED
from bill_values.rejects import WHY, record_said, row_said
from bill_values.spreadsheet_cells import MARK, cell_of
from bill_values.typed_texts import TypedText
from target_bill.account.reject_rows import NOT_COLUMNS, came_by, came_in, rows_of
from target_bill.account.workbook import write_workbook
from target_bill.files import private

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from bill_api.table.entity import Entity
    from bill_api.table.problem import Problem
    from target_bill.model.outcome import Outcome

DELIMITERS = (",", ";")
"""Those of spreadsheets: the first is written where the original has another one."""

Group = tuple[str, str, bool]
"""The records of one table: a stream, the file that they came from, and whether they came as records."""


@dataclass(slots=True)
class Shape:
    """The shape of a table.

    Attributes:
        columns: Behind `WHY`, in their order.
        typed: The columns whose texts may stand for numbers or days; None unless they come from a workbook.
        delimiter: Parts the columns of a CSV.
        places: Its rejects among the JSON lines: the number of each, and where it begins, in bytes.
    """

    columns: dict[str, None] = field(default_factory=dict)
    typed: dict[str, TypedText] | None = None
    delimiter: str = DELIMITERS[0]
    places: list[tuple[int, int]] = field(default_factory=list)

    def add(self, number: int, place: int, reject: Mapping[str, Any], rows: Sequence[Mapping[str, str]]) -> None:
        """Make room for a reject and its rows."""
        self.places.append((number, place))
        for cells in rows:
            self.columns.update(dict.fromkeys(cells))
        if (typed := _typed(reject)) is not None:
            self.typed = (self.typed or {}) | typed
        if (delimiter := reject["record"].get(SOURCE_DELIMITER)) in DELIMITERS:
            self.delimiter = delimiter


class Rejects:
    """Writes rejected records down as they come.

    Args:
        path: Makes a file's path of the end of its name.
        run: The name of the run: records of two runs stand apart in files that were joined.
    """

    def __init__(self, path: Callable[[str], Path], run: str) -> None:
        self._path = path
        self._run = run
        self._entities: dict[str, Entity] = {}
        self._file: IO[str] | None = None
        self.csv_paths: list[Path] = []
        self.workbook_paths: list[Path] = []
        self.remarks: dict[str, None] = {}

    @property
    def path(self) -> Path:
        """The JSON lines."""
        return self._path("-rejects.jsonl")

    @property
    def paths(self) -> list[Path]:
        """All files, when they are written."""
        return [self.path, *self.csv_paths, *self.workbook_paths]

    def add(self, outcome: Outcome) -> None:
        """Write one down."""
        if self._file is None:
            self._file = private(self.path)
        document = outcome.document
        self._entities[document.stream] = document.entity
        json.dump(_row(outcome), self._file, default=str, ensure_ascii=False)
        self._file.write("\n")
        self._file.flush()

    def close(self) -> None:
        """Write the tables."""
        if self._file is None:
            return
        self._file.close()
        shapes: dict[Group, Shape] = {}
        for number, place, reject in self._all():
            shapes.setdefault(_group(reject), Shape()).add(number, place, reject, self._rows(reject))
        tables = Counter(stream for stream, *_ in shapes)
        for number, ((stream, *_), shape) in enumerate(shapes.items(), start=1):
            end = f"{stream}-{number}" if tables[stream] > 1 else stream
            self._write_csv(self._path(f"-rejects-{end}.csv"), shape)
            if shape.typed is not None:
                self._write_workbook(self._path(f"-rejects-{end}.xlsx"), shape)

    def _write_csv(self, path: Path, shape: Shape) -> None:
        with private(path) as file:
            file.write(MARK)
            writer = csv.writer(file, delimiter=shape.delimiter)
            writer.writerow(map(cell_of, (*WHY, *shape.columns)))
            writer.writerows(map(cell_of, row) for row in self._table(shape))
        self.csv_paths.append(path)

    def _write_workbook(self, path: Path, shape: Shape) -> None:
        columns = (*WHY, *shape.columns)
        typed = [(shape.typed or {}).get(name) for name in columns]
        if problem := write_workbook(path, columns, typed, self._table(shape)):
            self.remarks[problem] = None
        else:
            self.workbook_paths.append(path)

    def _table(self, shape: Shape) -> Iterator[list[str]]:
        """The rows of a table: each has the reason, and its cells as texts."""
        with self.path.open("rb") as file:
            for number, place in shape.places:
                file.seek(place)
                reject = json.loads(file.readline())
                keys, rows = reject["key_properties"], self._rows(reject)
                record = record_said(self._entities[reject["stream"]].stream, number, self._run)
                stream = reject["record"].get(SOURCE_STREAM) or ""
                why = [*_why(reject), stream, "" if keys is None else encode(keys), record]
                for row, cells in enumerate(rows, start=1):
                    yield [
                        *why,
                        row_said(row, len(rows), is_line=keys is not None),
                        *(cells.get(name, "") for name in shape.columns),
                    ]

    def _rows(self, reject: Mapping[str, Any]) -> list[dict[str, str]]:
        return rows_of(self._entities[reject["stream"]], reject["record"])

    def _all(self) -> Iterator[tuple[int, int, dict[str, Any]]]:
        """The rejects, each with its number and its place."""
        place = 0
        with self.path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                yield number, place, json.loads(line)
                place += len(line)


def shown_record(entity: Entity, record: Mapping[str, Any]) -> dict[str, Any]:
    """The record with bank and tax numbers hidden; of the cells of a file its reader has hidden them."""
    return {
        name: value if name in NOT_COLUMNS else without_secrets(entity.fields, name, value)
        for name, value in record.items()
    }


def _row(outcome: Outcome) -> dict[str, Any]:
    document = outcome.document
    return {
        "stream": document.stream,
        "source_key": document.name,
        "problems": [_problem(each) for each in outcome.problems],
        "key_properties": came_by(document),
        "record": {**shown_record(document.entity, document.record), **came_in(document)},
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {"field": problem.field, "reason": problem.reason, "code": problem.code, "hint": problem.hint}


def _group(reject: Mapping[str, Any]) -> Group:
    record = reject["record"]
    return reject["stream"], str(record.get(SOURCE_FILE) or ""), reject["key_properties"] is not None


def _why(reject: Mapping[str, Any]) -> list[str]:
    """The problems of a record, in one row: fields, reasons, codes and hints; of several each reason has its field."""
    problems: Sequence[Mapping[str, Any]] = reject["problems"]
    reasons = [
        f"{each['field']}: {each['reason']}" if each["field"] and len(problems) > 1 else each["reason"]
        for each in problems
    ]
    fields, codes, hints = ([each[name] for each in problems] for name in ("field", "code", "hint"))
    return [_joined(fields), _joined(reasons), _joined(codes), _joined(hints, " ")]


def _joined(texts: Sequence[str | None], between: str = "; ") -> str:
    return between.join(dict.fromkeys(filter(None, texts)))


def _typed(reject: Mapping[str, Any]) -> dict[str, TypedText] | None:
    given = reject["record"].get(SOURCE_TYPED)
    if not isinstance(given, dict) or not all(isinstance(each, dict) for each in given.values()):
        return None
    return {name: TypedText.of_json(each) for name, each in given.items()}
