"""Keys by which a record says where it comes from: those of `tap-bill-csv`, and those of other taps that read files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCE_KEY = "_source_key"
"""The key of documents of which some key field may be blank: all its values, as a list in JSON."""

SOURCE_FILE, SOURCE_ROWS = "_source_file", "_source_rows"
SOURCE_ERRORS = "_source_errors"
"""Values that could not be read, each with its row, column, field, text, message and kind."""

SOURCE_CELLS, SOURCE_TYPED, SOURCE_DELIMITER = "_source_cells", "_source_typed", "_source_delimiter"
"""The rows as they stand in the file; of a workbook, its columns of numbers and days; of a CSV, what parts them."""

SOURCE_STREAM = "_source_stream"
"""The stream in which a record came first, where it was rejected and comes again in another one: its key stays."""

SOURCE_KEYS = "_source_keys"
"""The names of the key properties with which a record came first, where it comes again as a reject; none of them for
the natural key."""

FOREIGN_FILES, FOREIGN_ROW = ("_sdc_source_file", "_sdc_filename"), "_sdc_source_lineno"
"""The file and the line of a record as other taps write them: tap-csv and pipelinewise-tap-s3-csv, and the second name
tap-jsonl and tap-spreadsheets (seen in them)."""


def file_of(record: Mapping[str, Any]) -> str | None:
    """The file that a record says it comes from."""
    return next((str(record[name]) for name in (SOURCE_FILE, *FOREIGN_FILES) if record.get(name)), None)


def keys_of(record: Mapping[str, Any]) -> list[str] | None:
    """The names of its key properties, where a record says them itself."""
    names = record.get(SOURCE_KEYS)
    return names if isinstance(names, list) and all(isinstance(each, str) for each in names) else None


def rows_of(record: Mapping[str, Any]) -> list[int]:
    """The rows of that file."""
    said = record.get(SOURCE_ROWS) or [record.get(FOREIGN_ROW)]
    return [each for each in said if isinstance(each, int)] if isinstance(said, list) else []
