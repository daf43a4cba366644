"""A stream of documents: every file whose rows become this entity."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, Any

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib.catalog import Metadata

from bill_documents.grouping.documents import Documents
from bill_documents.grouping.notation_advice import advice
from bill_documents.grouping.rejected_rows import rejected_rows
from bill_documents.grouping.workspace import workspace
from bill_singer.exit_codes import leave_to_the_ending
from bill_values.provenance import SOURCE_ERRORS, SOURCE_ROWS
from tap_bill_csv.schema import stream_schema
from tap_bill_csv.state import Memory

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context
    from singer_sdk.singerlib import MetadataMapping

    from bill_documents.grouping.workspace import Workspace
    from bill_documents.mapping.layout import Layout

NAMES_SHOWN = 10
"""Files of a folder or archive that are named because they are not read."""

ROWS_NAMED_MAX = 3
"""Rows that a summary names per column; `_source_errors` has them all."""


class Tally:
    """The account of one file, without any of its values."""

    def __init__(self) -> None:
        self.documents = 0
        self.rows = 0
        self.faulty = 0
        self.held = 0
        self.fields: set[str] = set()
        self._held_rows: list[int] = []
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

    def hold(self, record: dict[str, Any]) -> None:
        """Count one document that is not sent."""
        self.held += 1
        if len(self._held_rows) < ROWS_NAMED_MAX:
            self._held_rows.append(record[SOURCE_ROWS][0])

    def held_rows(self) -> str:
        """The first rows of those that are not sent."""
        return _named(self._held_rows, self.held)

    def summary(self) -> str:
        """Errors by column, each with its first rows."""
        return "; ".join(
            f"{column}: {count} (row {_named(self._rows_by_column[column], count)})"
            for column, count in self._count_by_column.items()
        )


def _named(rows: Sequence[int], count: int) -> str:
    """The first of so many rows."""
    return ", ".join(map(str, rows[:ROWS_NAMED_MAX])) + (", ..." if count > ROWS_NAMED_MAX else "")


class CsvStream(Stream):
    """Documents of one entity, file after file, each in the order of its first row."""

    # Documents are built to fit the schema, so nothing is left for the SDK to convert.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    def __init__(
        self,
        tap: Tap,
        layouts: list[Layout],
        hidden: Mapping[str, frozenset[str]],
        documents: Mapping[str, Sequence[Layout]],
    ) -> None:
        """Take the files of this stream, the columns that no document carries along, and the files of documents."""
        super().__init__(tap, schema=stream_schema(layouts), name=layouts[0].entity.stream)
        leave_to_the_ending(self.logger)
        self._layouts = layouts
        self._hidden = hidden
        self._files_of_documents = documents
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

    @property
    def _is_trial(self) -> bool:
        """True if nothing is written, and one record is enough."""
        return self.ABORT_AT_RECORD_COUNT is not None

    def get_records(self, context: Context | None) -> Iterable[dict[str, Any]]:
        """Documents of all files that are new or have changed; a file is read when its turn comes."""
        memory = Memory(self.get_context_state(context))
        memory.keep(self._layouts)
        remember = len(self._layouts) > 1
        with workspace(len(self._layouts[0].key)) as space:
            for layout in self._layouts:
                known = memory.look(layout, *chain.from_iterable(self._documents_beside(layout)))
                if memory.has(known) and not layout.settings.entry.reread:
                    self.logger.info("%s: unchanged since it was last read to the end; not read", layout.file.name)
                    continue
                yield from self._documents(layout, space, remember=remember and layout.lines is not None)
                memory.add(known)
                if not self._is_trial:
                    self.state_manager.is_flushed = False
                    self._write_state_message()

    def _documents(self, layout: Layout, space: Workspace, *, remember: bool) -> Iterator[dict[str, Any]]:
        tally = Tally()
        self._announce(layout)
        plan = space.load(layout, self._hidden.get(layout.file.path, frozenset()))
        documents = Documents(layout, plan, space.staged)
        beside = self._documents_beside(layout)
        rejected = rejected_rows(beside) if beside and not self._is_trial else None
        for group in space.groups(layout):
            record = documents.document(group)
            if rejected and not record[SOURCE_ERRORS] and rejected.include(record[SOURCE_ROWS]):
                tally.hold(record)
                continue
            tally.add(record)
            yield record
        if remember:
            space.remember(layout.file.name)
        self._report(layout, tally, space)
        for sentence in advice(layout, plan, space, tally.fields):
            self.logger.warning("%s: %s", layout.file.name, sentence)
        for text, remark in documents.remarks.items():
            if remark.count:
                path = layout.file.name
                self.logger.warning("%s: %d %s (row %d is the first)", path, remark.count, text, remark.first)

    def _documents_beside(self, layout: Layout) -> list[list[Layout]]:
        """The entries that make documents of the rows of a list's file in this run, those of each stream together.

        There are none where it is no list. Beside documents that are not selected a list is loaded for itself.
        """
        if layout.entity.lines:
            return []
        selected = (layouts for name, layouts in self._files_of_documents.items() if self._tap.streams[name].selected)
        same_file = ([each for each in layouts if each.origin == layout.origin] for layouts in selected)
        return [layouts for layouts in same_file if layouts]

    def _announce(self, layout: Layout) -> None:
        """Say what nobody has said, before anything is sent."""
        path, recognized = layout.file.name, layout.recognized
        if layout.beside:
            more = ", ..." if len(layout.beside) > NAMES_SHOWN else ""
            names = ", ".join(layout.beside[:NAMES_SHOWN]) + more
            self.logger.warning("%s: not read: %s", layout.settings.entry.path, names)
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

    def _report(self, layout: Layout, tally: Tally, space: Workspace) -> None:
        path, left_out = layout.file.name, space.left_out() if layout.where else 0
        self.logger.info("%s: %d documents from %d rows", path, tally.documents, tally.rows)
        if left_out:
            self.logger.info("%s: %d rows are left out by %s.where", path, left_out, layout.settings.setting)
        if tally.held:
            self.logger.warning(
                "%s: %d %s are held back, for every document that names them in this file is rejected (row %s); they "
                "come with the corrected rejects",
                path,
                tally.held,
                self.name,
                tally.held_rows(),
            )
        if not tally.rows and not left_out and not space.total_rows and not tally.held:
            self.logger.warning("%s: a header and no rows below it", path)
        if tally.faulty:
            self.logger.warning(
                "%s: %d of %d documents carry errors and will be rejected: %s",
                path,
                tally.faulty,
                tally.documents,
                tally.summary(),
            )
        if space.total_rows:
            more = ", ..." if space.total_rows > len(space.first_totals) else ""
            self.logger.warning(
                "%s: %d rows are only the sum of those above them, and are left out (row %s)",
                path,
                space.total_rows,
                ", ".join(map(str, space.first_totals)) + more,
            )
