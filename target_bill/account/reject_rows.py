"""The rows of a rejected record: as they stood in its file, or, of one that came as a record, a row for each line.

Nothing of a record may be missing from its rows: what `tap-bill-csv` gives on is judged as it was at first.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bill_api.identity.keys import record_key
from bill_api.identity.sensitive import looks_sensitive
from bill_api.identity.spelled import in_bills_spelling, spelling_in
from bill_api.table.attachments import NAMED_FILES
from bill_values.provenance import (
    SOURCE_CELLS,
    SOURCE_DELIMITER,
    SOURCE_ERRORS,
    SOURCE_FILE,
    SOURCE_KEYS,
    SOURCE_ROWS,
    SOURCE_STREAM,
    SOURCE_TYPED,
    keys_of,
)
from bill_values.rejects import no_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_api.table.entity import Entity
    from target_bill.model.document import Document

NOT_COLUMNS = frozenset(
    {
        SOURCE_CELLS,
        SOURCE_DELIMITER,
        SOURCE_ERRORS,
        SOURCE_FILE,
        SOURCE_KEYS,
        SOURCE_ROWS,
        SOURCE_STREAM,
        SOURCE_TYPED,
    }
)


def came_in(document: Document) -> dict[str, str]:
    """The stream that the key of a record is of, where its file would not give it the same one."""
    _, stream = document.record_key.origin
    is_record = document.entity.is_loadable and document.undoes is None
    return {SOURCE_STREAM: stream} if is_record and stream != document.entity.stream else {}


def came_by(document: Document) -> list[str] | None:
    """The key properties of what came as a record, and not as rows of a file; None for the rest."""
    keys = keys_of(document.record)
    is_record = document.entity.is_loadable and document.undoes is None and not _cells_of(document.record)
    return _keys(document) if keys is None and is_record else keys


def _keys(document: Document) -> list[str]:
    """The names; none where the key is the natural one, of which another field may be named."""
    source, stream = document.record_key.origin
    record = in_bills_spelling(document.entity, document.record)
    natural = record_key(document.entity, record, names=(), source=source, stream=stream)
    return [] if natural.text == document.record_key.text else document.record_key.names


def rows_of(entity: Entity, record: Mapping[str, Any]) -> list[dict[str, str]]:
    """The rows of a record, of whatever kind it is."""
    if cells := _cells_of(record):
        return [{name: text_of(name, value) for name, value in row.items()} for row in cells]
    name = _array_of(entity, record)
    head = {each: text_of(each, value) for each, value in record.items() if each not in NOT_COLUMNS and each != name}
    array = entity.lines.name if entity.lines else ""
    lines = record[name] if name else ()
    rows = [head | {f"{array}.{each}": text_of(each, value) for each, value in line.items()} for line in lines]
    rows = rows or [head]
    _mark_unread(record, array, rows)
    return rows


def _mark_unread(record: Mapping[str, Any], array: str, rows: Sequence[dict[str, str]]) -> None:
    """Mark what its source could not read of a record that does not carry its rows: a blank there would pass."""
    errors, lines = record.get(SOURCE_ERRORS), record.get(SOURCE_ROWS)
    known = lines if isinstance(lines, list) else []
    for error in errors if isinstance(errors, list) else ():
        if isinstance(error, dict) and isinstance(field := error.get("field"), str):
            of_line = field.startswith(f"{array}.") and error.get("row") in known
            own = rows[known.index(error["row"]) :][:1] if of_line else rows
            said = None if looks_sensitive(field.rpartition(".")[2]) else error.get("value")
            for row in own:
                row[field] = no_value(str(said or "unread"))


def _cells_of(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows as they stood in its file; none where it does not know them."""
    cells = record.get(SOURCE_CELLS)
    return cells if isinstance(cells, list) and all(isinstance(each, dict) for each in cells) else []


def _array_of(entity: Entity, record: Mapping[str, Any]) -> str | None:
    """The name by which a record has lines that can be rows: as many, with something in each."""
    if entity.lines is None:
        return None
    names = [name for name in record if spelling_in(entity.fields, name) == entity.lines.name]
    lines = record[names[0]] if len(names) == 1 else None
    if not isinstance(lines, list) or not all(isinstance(line, dict) and _is_filled(line) for line in lines):
        return None
    return names[0] if lines else None


def _is_filled(line: Mapping[str, Any]) -> bool:
    return any(text_of(name, value).strip() for name, value in line.items())


def text_of(name: str, value: Any) -> str:
    """A value as the text of a cell; what no cell holds, as JSON."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, list) and name == NAMED_FILES and all(isinstance(each, str) for each in value):
        return ";".join(value)
    return json.dumps(value, ensure_ascii=False)
