"""A stream of documents: every file whose rows become this entity."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib.catalog import Metadata

from bill_documents.grouping.documents import Documents
from bill_documents.grouping.notation_advice import advice
from bill_documents.grouping.workspace import workspace
from bill_documents.provenance import SOURCE_ERRORS, SOURCE_ROWS
from bill_singer.exit_codes import leave_to_the_ending
from tap_bill_csv.schema import stream_schema
from tap_bill_csv.state import Memory

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context
    from singer_sdk.singerlib import MetadataMapping

    from bill_documents.grouping.workspace import Workspace
    from bill_documents.mapping.layout import Layout
ROWS_NAMED_MAX = 3
"""Rows that a summary names per column; `_source_errors` has them all."""


class Tally:
    """The account of one file, without any of its values."""

    def __init__(self) -> None:
        self.documents = 0
        self.rows = 0
        self.faulty = 0
        self.fields: set[str] = set()
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
            self.fields.add(each["field"])
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

    def __init__(self, tap: Tap, layouts: list[Layout], hidden: Mapping[str, frozenset[str]]) -> None:
        super().__init__(tap, schema=stream_schema(layouts), name=layouts[0].entity.stream)
        leave_to_the_ending(self.logger)
        self._layouts = layouts
        self._hidden = hidden
        self.primary_keys = layouts[0].key_properties

    @property
    def metadata(self) -> MetadataMapping:
        """The SDK's, with the fields about a document's origin always selected."""
        metadata = super().metadata
        for name in self.schema["properties"]:
            if name.startswith("_"):
                # A document without its errors would pass for a sound one.
                metadata.setdefault(("properties", name), Metadata()).inclusion = Metadata.InclusionType.AUTOMATIC
        return metadata

    def get_records(self, context: Context | None) -> Iterable[dict[str, Any]]:
        """Documents of all files that are new or have changed; a file is read when its turn comes."""
        memory = Memory(self.get_context_state(context))
        memory.keep(self._layouts)
        remember = len(self._layouts) > 1
        with workspace(len(self._layouts[0].key)) as space:
            for layout in self._layouts:
                known = memory.look(layout)
                if memory.has(known) and not layout.settings.entry.reread:
                    self.logger.info("%s: unchanged since it was last read to the end; not read", layout.file.name)
                    continue
                yield from self._documents(layout, space, remember=remember and layout.lines is not None)
                memory.add(known)
                if self.ABORT_AT_RECORD_COUNT is None:  # in a trial nothing is written
                    self.state_manager.is_flushed = False
                    self._write_state_message()

    def _documents(self, layout: Layout, space: Workspace, *, remember: bool) -> Iterator[dict[str, Any]]:
        tally = Tally()
        self._announce(layout)
        plan = space.load(layout, self._hidden.get(layout.file.path, frozenset()))
        documents = Documents(layout, plan, space.staged)
        for group in space.groups(layout):
            record = documents.document(group)
            tally.add(record)
            yield record
        if remember:
            space.remember(layout.file.name)
        self._report(layout, tally, space.left_out() if layout.where else 0, space.total_rows)
        if space.total_rows:
            more = ", ..." if space.total_rows > len(space.first_totals) else ""
            self.logger.warning(
                "%s: %d rows are only the sum of those above them, and are left out (row %s)",
                layout.file.name,
                space.total_rows,
                ", ".join(map(str, space.first_totals)) + more,
            )
        for sentence in advice(layout, plan, space, tally.fields):
            self.logger.warning("%s: %s", layout.file.name, sentence)
        for text, remark in documents.remarks.items():
            if remark.count:
                path = layout.file.name
                self.logger.warning("%s: %d %s (row %d is the first)", path, remark.count, text, remark.first)

    def _announce(self, layout: Layout) -> None:
        """Say what nobody has said, before anything is sent."""
        path, recognized = layout.file.name, layout.recognized
        for remark in layout.file.remarks():
            self.logger.warning("%s: %s", path, remark)
        if recognized:
            self.logger.info("%s: recognized as BILL's import template for %s", path, recognized.template.title)
            if recognized.unused:
                self.logger.warning("%s: BILL does not use these columns: %s", path, ", ".join(recognized.unused))
            if guesses := recognized.guesses(layout.header):
                self.logger.warning(
                    "%s: not documented by BILL, so check it, and correct it under columns with template: true: %s",
                    path,
                    "; ".join(guesses),
                )
        if layout.by_header and layout.unused:
            # A misspelt column would otherwise go unnoticed.
            self.logger.warning("%s: columns that feed no field: %s", path, ", ".join(layout.unused))

    def _report(self, layout: Layout, tally: Tally, left_out: int, totals: int) -> None:
        path = layout.file.name
        self.logger.info("%s: %d documents from %d rows", path, tally.documents, tally.rows)
        if left_out:
            self.logger.info("%s: %d rows are left out by %s.where", path, left_out, layout.settings.setting)
        if not tally.rows and not left_out and not totals:
            self.logger.warning("%s: a header and no rows below it", path)
        if tally.faulty:
            self.logger.warning(
                "%s: %d of %d documents carry errors and will be rejected: %s",
                path,
                tally.faulty,
                tally.documents,
                tally.summary(),
            )
