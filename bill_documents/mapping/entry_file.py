"""Files of an entry, opened as what their content says that they are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bill_documents.errors import SettingError
from bill_documents.reading.csv_file import CsvFile
from bill_documents.reading.kinds import FileKind
from bill_documents.reading.rejects import RejectsFile, delimiter_of_rejects, rejects_sheet
from bill_documents.reading.text import TextFile
from bill_documents.reading.typed_cells import CellForm
from bill_documents.reading.workbook import WorkbookFile, workbook_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bill_documents.mapping.entries import FileSettings
    from bill_documents.reading.found_file import FoundFile

OF_THE_ORIGINAL = ("skip", "sheet", "delimiter", "quote")
"""Settings that describe a file as it lies on disk, and not what its cells mean: rejects have none of it."""

OF_TEXTS, OF_WORKBOOKS = ("encoding", "delimiter", "quote"), ("sheet",)
"""Settings of files of one kind; of rejects they describe the original, which may be of the other."""


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


def check_kinds(settings: FileSettings, files: Sequence[CsvFile | WorkbookFile | RejectsFile]) -> None:
    """Refuse what is said of files of a kind of which none is found.

    Raises:
        SettingError: It would have no effect.
    """
    for names, kind, what in ((OF_TEXTS, CsvFile, "a text"), (OF_WORKBOOKS, WorkbookFile, "a workbook")):
        said = next((name for name in names if getattr(settings.entry, name) is not None), None)
        if said and not any(isinstance(each, kind | RejectsFile) for each in files):
            problem = f"is about files that are {what}, and {settings.entry.path} is none; leave it out"
            raise SettingError(f"{settings.setting}.{said}", problem)
