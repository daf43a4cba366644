"""Workbooks that are a zip of XML, Excel's (`.xlsx`, `.xlsm`) and OpenDocument's (`.ods`), read by python-calamine."""

from __future__ import annotations

import zipfile
from contextlib import contextmanager
from posixpath import join, normpath
from typing import TYPE_CHECKING

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum, load_workbook

from bill_documents.reading.kinds import DAMAGES, FileKind, known_as
from bill_documents.reading.sheet_xml import attributes_of, ods_marks, xlsx_marks
from bill_documents.reading.sheets import DamagedWorkbookError, Marks, Sheet, Tab
from bill_documents.reading.zip_limits import BLOCK_BYTES, excess

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

XML_SUFFIXES = (".xml", ".rels")
ROOT_LINKS, BOOK_LINKS, CONTENT = "_rels/.rels", "xl/_rels/workbook.xml.rels", "content.xml"
BOOK_TYPE = "/officeDocument"


class PackedWorkbook:
    """A workbook in a zip file.

    Args:
        path: The file's.
        kind: Excel's or OpenDocument's.
    """

    def __init__(self, path: str, kind: FileKind) -> None:
        self._path, self._kind = path, kind
        with _damages(), zipfile.ZipFile(path) as archive:
            _prove(archive)
            # The reader loads all sheets of this kind at once.
            self._ods = ods_marks(_blocks(archive, CONTENT)) if kind is FileKind.ODS else {}
        with _damages():
            self._book: CalamineWorkbook = load_workbook(path)
        self._places = [
            place for place, each in enumerate(self._book.sheets_metadata) if each.typ == SheetTypeEnum.WorkSheet
        ]

    def tabs(self) -> Sequence[Tab]:
        """Its sheets, without charts."""
        several = [self._book.sheets_metadata[place] for place in self._places]
        return [Tab(name=each.name, is_visible=each.visible == SheetVisibleEnum.Visible) for each in several]

    def sheet(self, place: int) -> Sheet:
        """The sheet at a place, from 0."""
        number = self._places[place]
        name = self._book.sheets_metadata[number].name
        with _damages():
            marks = self._marks(name)
            found = self._book.get_sheet_by_index(number)
            ranges = found.merged_cell_ranges or []
        marks.merged.extend((first[0] + 1, last[0] + 1) for first, last in ranges)
        _, left = found.start or (0, 0)
        return Sheet(name=name, rows=found.iter_rows, left=left, width=left + found.width, marks=marks)

    def _marks(self, sheet: str) -> Marks:
        if self._kind is FileKind.ODS:
            return self._ods[sheet]
        with zipfile.ZipFile(self._path) as archive:
            names = {known_as(each): each for each in archive.namelist()}
            member = names.get(_member(archive, names, sheet))
            return xlsx_marks(_blocks(archive, member), _blocks(archive, member))


def _member(archive: zipfile.ZipFile, names: dict[str, str], sheet: str) -> str:
    """The name of the part of an Excel workbook that is this sheet, as it is compared."""
    roots = attributes_of(_blocks(archive, names.get(ROOT_LINKS)), "Relationship")
    book = next((each.get("Target", "") for each in roots if each.get("Type", "").endswith(BOOK_TYPE)), "")
    sheets = attributes_of(_blocks(archive, names.get(_part("", book))), "sheet")
    links = attributes_of(_blocks(archive, names.get(BOOK_LINKS)), "Relationship")
    targets = {each.get("Id"): each.get("Target", "") for each in links}
    target = next((targets.get(each.get("id")) for each in sheets if each.get("name") == sheet), None)
    if not target:
        raise DamagedWorkbookError(f"it has no part for its sheet {sheet!r}")
    return _part("xl", target)


def _part(folder: str, target: str) -> str:
    """The name of a part, as it is compared, from how another one in this folder calls it."""
    return known_as(normpath(join("/", folder, target)).lstrip("/"))


def _blocks(archive: zipfile.ZipFile, member: str | None) -> Iterator[bytes]:
    if member is None:
        raise DamagedWorkbookError("a part of it is missing")
    with archive.open(member) as part:
        while block := part.read(BLOCK_BYTES):
            yield block


def _prove(archive: zipfile.ZipFile) -> None:
    """Unpack every part that is XML once, to nowhere: each says its true size, and none is a bomb.

    Python's zipfile reads no more than a part declares, and holds its sum against it.
    """
    parts = [each for each in archive.infolist() if each.filename.lower().endswith(XML_SUFFIXES)]
    if problem := excess(parts):
        raise DamagedWorkbookError(f"{problem}: save it as CSV")
    for each in parts:
        with archive.open(each) as part:
            while part.read(BLOCK_BYTES):
                pass


@contextmanager
def _damages() -> Iterator[None]:
    """Errors of the readers as one of ours."""
    try:
        yield
    except DamagedWorkbookError:
        raise
    except (CalamineError, OverflowError, *DAMAGES) as error:
        raise DamagedWorkbookError(f"it is damaged ({str(error) or type(error).__name__})") from error
    except BaseException as error:
        # A panic of the reader is none of Python's exceptions, and has no class that could be named here.
        if type(error).__name__ != "PanicException":
            raise
        raise DamagedWorkbookError(f"it is damaged ({error})") from error
