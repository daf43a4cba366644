"""A stream of documents: every file whose rows become this entity."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib.catalog import Metadata

from tap_bill_csv.documents import document
from tap_bill_csv.grouping import workspace
from tap_bill_csv.schema import SOURCE_ERRORS, SOURCE_FILE, SOURCE_ROWS, stream_schema

if TYPE_CHECKING:
    from collections.abc import Iterable

    from singer_sdk import Tap
    from singer_sdk.singerlib import MetadataMapping

    from bill_api.entity import Entity
    from tap_bill_csv.layout import Layout

ROWS_NAMED_MAX = 3
"""Rows that a summary names per column; `_source_errors` has them all."""


class Tally:
    """What became of one file, without any of its values."""

    def __init__(self) -> None:
        self.documents = 0
        self.rows = 0
        self.faulty = 0
        self._rows_by_column: dict[str, list[int]] = defaultdict(list)
        self._count_by_column: dict[str, int] = defaultdict(int)

    def add(self, record: dict[str, Any]) -> None:
        """Count one document."""
        self.documents += 1
        self.rows += len(record[SOURCE_ROWS])
        problems = record[SOURCE_ERRORS] or ()
        self.faulty += bool(problems)
        for each in problems:
            column = each["column"] or each["field"]
            self._count_by_column[column] += 1
            if len(self._rows_by_column[column]) < ROWS_NAMED_MAX:
                self._rows_by_column[column].append(each["row"])

    def summary(self) -> str:
        """Errors by column, each with its first rows."""
        return "; ".join(
            f"{column}: {count} (row {', '.join(map(str, self._rows_by_column[column]))}"
            f"{', ...' if count > ROWS_NAMED_MAX else ''})"
            for column, count in self._count_by_column.items()
        )


class CsvStream(Stream):
    """Documents of one entity, file after file, each in the order of its first row."""

    # Documents are built to fit the schema, so nothing is left for the SDK to convert.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    def __init__(self, tap: Tap, entity: Entity, layouts: list[Layout]) -> None:
        super().__init__(tap, schema=stream_schema(layouts), name=entity.stream)
        self._layouts = layouts
        self.primary_keys = layouts[0].key

    @property
    def metadata(self) -> MetadataMapping:
        """The SDK's, with the fields about a document's origin always selected."""
        metadata = super().metadata
        for name in (SOURCE_FILE, SOURCE_ROWS, SOURCE_ERRORS):
            # A document without its errors would pass for a sound one.
            metadata.setdefault(("properties", name), Metadata()).inclusion = Metadata.InclusionType.AUTOMATIC
        return metadata

    def get_records(self, context: object) -> Iterable[dict[str, Any]]:  # noqa: ARG002  # there are no partitions
        """Documents of all files; a file is read when its turn comes."""
        remember = len(self._layouts) > 1
        with workspace(len(self.primary_keys)) as space:
            for layout in self._layouts:
                tally = Tally()
                for group in space.groups(layout, remember=remember and layout.lines is not None):
                    record = document(layout, group)
                    tally.add(record)
                    yield record
                self._report(layout, tally)

    def _report(self, layout: Layout, tally: Tally) -> None:
        path = layout.file.path
        self.logger.info("%s: %d documents from %d rows", path, tally.documents, tally.rows)
        if not tally.rows:
            self.logger.warning("%s: a header and no rows below it", path)
        if layout.by_header and layout.unused:
            # A misspelt column would otherwise go unnoticed.
            self.logger.warning("%s: columns that feed no field: %s", path, ", ".join(layout.unused))
        if tally.faulty:
            self.logger.warning(
                "%s: %d of %d documents carry errors and will be rejected: %s",
                path,
                tally.faulty,
                tally.documents,
                tally.summary(),
            )
