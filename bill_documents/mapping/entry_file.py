"""Files of an entry, opened as what their content says that they are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bill_documents.reading.csv_file import CsvFile
from bill_documents.reading.kinds import FileKind
from bill_documents.reading.rejects import RejectsFile, delimiter_of_rejects, rejects_sheet
from bill_documents.reading.text import TextFile
from bill_documents.reading.typed_cells import CellForm
from bill_documents.reading.workbook import workbook_file

if TYPE_CHECKING:
    from bill_documents.mapping.entries import FileSettings
    from bill_documents.reading.found_file import FoundFile
    from bill_documents.reading.workbook import WorkbookFile

OF_THE_ORIGINAL = ("skip", "sheet", "delimiter", "quote")
"""Settings that describe a file as it lies on disk, and not what its cells mean: rejects have none of it."""


def file_of(settings: FileSettings, found: FoundFile) -> CsvFile | WorkbookFile | RejectsFile:
    """One file of an entry."""
    entry = settings.entry
    unused = tuple(name for name in OF_THE_ORIGINAL if name in settings.given)
    if found.kind is not FileKind.TEXT:
        form = CellForm(writing=settings.writing)
        if sheet := rejects_sheet(found, form):
            return RejectsFile(file=sheet, unused=unused)
        return workbook_file(settings.setting, found, sheet=entry.sheet, skip=entry.skip, form=form)
    text = TextFile(setting=settings.setting, path=found.path, encoding=entry.encoding, unpacked=found.unpacked)
    if delimiter := delimiter_of_rejects(text):
        text = replace(text, encoding=None, likely=entry.encoding)
        return RejectsFile(file=CsvFile(text=text, delimiter=delimiter, quote='"'), unused=unused)
    return CsvFile(text=text, delimiter=entry.delimiter, quote=entry.quote, skip=entry.skip)
