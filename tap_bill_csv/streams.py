"""A stream of documents: every file whose rows become this entity."""

from __future__ import annotations

import logging
from itertools import chain
from typing import TYPE_CHECKING, Any

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib.catalog import Metadata

from bill_documents.grouping.documents import Documents
from bill_documents.grouping.rejected_rows import rejected_rows
from bill_documents.grouping.telling import Tally, told_after, told_before
from bill_documents.grouping.workspace import workspace
from bill_singer.logs import leave_to_the_ending
from bill_values.provenance import SOURCE_ERRORS, SOURCE_ROWS
from tap_bill_csv.schema import stream_schema
from tap_bill_csv.state import Memory

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context
    from singer_sdk.singerlib import MetadataMapping

    from bill_documents.grouping.telling import Told
    from bill_documents.grouping.workspace import Workspace
    from bill_documents.mapping.layout import Layout


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
        self._tell(told_before(layout))
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
        self._tell(told_after(layout, plan, space, documents, tally))

    def _tell(self, sentences: Iterable[Told]) -> None:
        for each in sentences:
            self.logger.log(logging.WARNING if each.is_warning else logging.INFO, "%s: %s", each.about, each.text)

    def _documents_beside(self, layout: Layout) -> list[list[Layout]]:
        """The entries that make documents of the rows of a list's file in this run, those of each stream together.

        There are none where it is no list. Beside documents that are not selected a list is loaded for itself.
        """
        if layout.entity.lines:
            return []
        selected = (layouts for name, layouts in self._files_of_documents.items() if self._tap.streams[name].selected)
        same_file = ([each for each in layouts if each.origin == layout.origin] for layouts in selected)
        return [layouts for layouts in same_file if layouts]
