"""Sheets of workbooks as files of rows."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from bill_documents.errors import SettingError, SourceError, instead, quoted
from bill_documents.reading.kinds import FileKind
from bill_documents.reading.old_workbook import OldWorkbook
from bill_documents.reading.packed_workbook import PackedWorkbook
from bill_documents.reading.sheets import NO_VALUE, DamagedWorkbookError, in_sheet
from bill_documents.reading.source import Dialect, Header, column_name, once_each
from bill_documents.reading.text import LINE_CHARACTERS_MAX
from bill_documents.reading.typed_cells import cell_writer
from bill_documents.remarks import Findings, Refusal
from bill_values.rejects import no_value
from bill_values.spelling import folded
from bill_values.spreadsheet_cells import APOSTROPHE, FORMULA, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from bill_documents.reading.found_file import FoundFile, Unpacked
    from bill_documents.reading.sheets import Sheet, Tab, Workbook
    from bill_documents.reading.typed_cells import CellForm, Typed
    from bill_values.typed_texts import TypedText

AS_CSV = Dialect(delimiter=",", quote='"')
HIDDEN = "rows are hidden, and are read all the same"
MERGED = "merged cells have their value in the first cell, and are blank in the others"


@dataclass(frozen=True, kw_only=True)
class WorkbookFile:
    """One sheet of a workbook.

    Attributes:
        found: The workbook.
        sheet: The sheet's name.
        place: Its place in the workbook, from 0.
        skip: Rows above the header.
        form: How cells are written that have a type, unless their column has a form of its own.
        passed_over: Names of hidden sheets, if it was not said which one to read.
        forms: Forms of columns, by their place.
    """

    found: FoundFile
    sheet: str
    place: int
    skip: int
    form: CellForm
    passed_over: tuple[str, ...] = ()
    forms: Mapping[int, CellForm] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """As configured, or as the pattern found it."""
        return self.found.path

    @property
    def unpacked(self) -> Unpacked | None:
        """Its place on disk, if it is a member of an archive."""
        return self.found.unpacked

    @property
    def name(self) -> str:
        """The workbook and its sheet."""
        return f"{self.path}, sheet {self.sheet}"

    @property
    def has_totals(self) -> bool:
        """True: there may be some."""
        return True

    @property
    def has_order(self) -> bool:
        """True: rows may leave out what stands above them."""
        return True

    @property
    def typed(self) -> Mapping[int, TypedText]:
        """The columns whose cells may have a type."""
        return {place: typed for place, form in self.forms.items() if (typed := form.typed_text)}

    def remarks(self) -> list[str]:
        """Sheets that are hidden, where nobody has named one."""
        hidden = ", ".join(map(quoted, self.passed_over))
        return [f"hidden sheets are not read: {hidden}; name one by sheet"] if hidden else []

    def header(self) -> Header:
        """The first row that is not blank, below those that are skipped."""
        return self._header_of(self._read())

    def as_written(self, forms: Mapping[int, CellForm]) -> WorkbookFile:
        """The same sheet, with cells that have a type written as these columns expect it."""
        return replace(self, forms=forms)

    def sample(self, header: Header, count: int) -> list[list[str]]:
        """The first rows below the header that are not blank."""
        return [cells for _, cells in islice(self._rows(header, Findings()), count)]

    def rows(self, header: Header, needed: int, found: Findings) -> Iterator[tuple[int, list[str]]]:  # noqa: ARG002
        """The rows below the header that are not blank, with the number that the sheet gives them."""
        try:
            yield from self._rows(header, found)
        finally:
            _let_go()

    def _read(self) -> Sheet:
        return _sheet(self.found, self.place)

    def _header_of(self, sheet: Sheet) -> Header:
        writers = [cell_writer(self.form, "", Findings())] * sheet.width
        for number, values in _numbered(sheet):
            texts = [write(value, number) for write, value in zip(writers, values, strict=True)]
            if number > self.skip and "".join(texts).strip():
                columns = tuple(map(column_name, texts))
                return Header(columns=columns, names=once_each(columns), dialect=AS_CSV, next_line=number + 1)
        raise SourceError(self.name, "there is no header: all rows are blank", row=self.skip + 1)

    def _rows(self, header: Header, found: Findings) -> Iterator[tuple[int, list[str]]]:
        sheet = self._read()
        if self._header_of(sheet) != header:
            raise SourceError(self.name, "the header has changed while the tap was running", row=header.next_line - 1)
        marks = sheet.marks
        writers = [self._writer(place, column, found) for place, column in enumerate(header.names)]
        for first, last in marks.merged:
            if last >= header.next_line:
                found.note(MERGED, first)
        for number, values in _numbered(sheet):
            if number < header.next_line:
                continue
            texts = [
                value if type(value) is str else write(value, number)
                for write, value in zip(writers, values, strict=True)
            ]
            if number in marks.faults:
                self._refuse(number, marks.faults[number], texts, found)
            text = "".join(texts)
            if not text or text.isspace():
                continue
            if number in marks.hidden:
                found.note(HIDDEN, number)
            yield number, self._plain(number, text, texts)

    def _writer(self, place: int, column: str, found: Findings) -> Callable[[Typed, int], str]:
        form = self.forms.get(place, self.form)
        if form.clashes:
            problem = f"column {quoted(column)} feeds fields that write numbers or days in different ways"
            raise SourceError(self.name, f"{problem}; give them the same decimal and date_format")
        return cell_writer(form, quoted(column), found)

    def _refuse(self, row: int, faults: Mapping[int, str], texts: list[str], found: Findings) -> None:
        for place, error in faults.items():
            if place < len(texts):
                texts[place] = error
                cell = in_sheet(self.sheet, row, place)
                why = (
                    "is a formula without a stored value; open the workbook in a spreadsheet and save it"
                    if error == NO_VALUE
                    else f"has the error {error}; mend it in the spreadsheet and save the workbook"
                )
                found.refused[place][row] = Refusal(f"{cell} {why}", f"a cell {why}", mark=no_value(error))

    def _plain(self, row: int, text: str, texts: list[str]) -> list[str]:
        """Texts as a CSV would have them."""
        if "\0" in text or len(text) > LINE_CHARACTERS_MAX:
            problem = f"a zero character, or more than {LINE_CHARACTERS_MAX:,} characters: this is no table"
            raise SourceError(self.name, problem, row=row)
        if "\r" in text:
            texts = [each.replace("\r\n", "\n").replace("\r", "\n") for each in texts]
        return [text_of(each) for each in texts] if APOSTROPHE in text or FORMULA in text else texts


def workbook_file(
    setting: str, found: FoundFile, *, sheet: str | int | None, skip: int, form: CellForm
) -> WorkbookFile:
    """The sheet of a workbook that is named, or the only one that is visible and not blank.

    Args:
        setting: Path of the entry, for messages.
        found: The workbook.
        sheet: Name, number from 1, or None where nothing is said.
        skip: Rows above the header.
        form: How cells are written that have a type.

    Raises:
        SettingError: There is no such sheet, or there are several.
        SourceError: The workbook cannot be read.
    """
    tabs = _tabs(found)
    place = _only(setting, found, tabs) if sheet is None else _named(setting, found.path, tabs, sheet)
    return WorkbookFile(
        found=found,
        sheet=tabs[place].name,
        place=place,
        skip=skip,
        form=form,
        passed_over=() if sheet is not None else tuple(each.name for each in tabs if not each.is_visible),
    )


def only_visible(found: FoundFile, form: CellForm) -> WorkbookFile | None:
    """The only visible sheet of a workbook from its first row on; None where it is blank, or there are several.

    Args:
        found: The workbook.
        form: How cells are written that have a type.

    Raises:
        SourceError: The workbook cannot be read.
    """
    match [(place, each.name) for place, each in enumerate(_tabs(found)) if each.is_visible]:
        case [(place, name)] if _sheet(found, place).width:
            return WorkbookFile(found=found, sheet=name, place=place, skip=0, form=form)
    return None


def _named(setting: str, path: str, tabs: Sequence[Tab], sheet: str | int) -> int:
    names = [each.name for each in tabs]
    if isinstance(sheet, int):
        if sheet <= len(tabs):
            return sheet - 1
        raise SettingError(f"{setting}.sheet", f"{path} has {len(tabs)} sheets, and no number {sheet}")
    keys = [folded(name) for name in names]
    if folded(sheet) in keys:
        return keys.index(folded(sheet))
    raise SettingError(f"{setting}.sheet", f"{path} has no sheet {quoted(sheet)}; {instead(sheet, names, full=True)}")


def _only(setting: str, found: FoundFile, tabs: Sequence[Tab]) -> int:
    path = found.path
    visible = [place for place, each in enumerate(tabs) if each.is_visible]
    filled = visible if len(visible) == 1 else [place for place in visible if _sheet(found, place).width]
    if len(filled) == 1:
        return filled[0]
    if not filled:
        raise SettingError(f"{setting}.sheet", f"{path} has no visible sheet with anything in it; {_list(tabs)}")
    names = ", ".join(quoted(tabs[place].name) for place in filled)
    raise SettingError(f"{setting}.sheet", f"must be given: {path} has {len(filled)} sheets: {names}")


def _list(tabs: Sequence[Tab]) -> str:
    return f"its sheets: {', '.join(quoted(each.name) for each in tabs)}"


def _numbered(sheet: Sheet) -> Iterator[tuple[int, list[Typed]]]:
    """All rows of a sheet, each as wide as the sheet; behind them those that have nothing but errors."""
    left: list[Typed] = [""] * sheet.left
    number = 0
    for number, values in enumerate(sheet.rows(), start=1):
        cells = [*left, *values]
        cells.extend([""] * (sheet.width - len(cells)))
        yield number, cells[: sheet.width]
    for row in sorted(each for each in sheet.marks.faults if each > number):
        yield row, [""] * sheet.width


def _tabs(found: FoundFile) -> Sequence[Tab]:
    with _named_errors(found.path):
        return _opened(str(found.disk), found.kind, _stamp(found.disk)).tabs()


def _sheet(found: FoundFile, place: int) -> Sheet:
    with _named_errors(found.path):
        return _loaded(str(found.disk), found.kind, _stamp(found.disk), place)


@lru_cache(maxsize=1)
def _opened(path: str, kind: FileKind, _stamp: tuple[int, int]) -> Workbook:
    return OldWorkbook(path) if kind is FileKind.XLS else PackedWorkbook(path, kind)


@lru_cache(maxsize=1)
def _loaded(path: str, kind: FileKind, stamp: tuple[int, int], place: int) -> Sheet:
    """A sheet as it was loaded last: its header, its sample and its rows are asked for one after the other."""
    return _opened(path, kind, stamp).sheet(place)


def _let_go() -> None:
    """Give the memory of a sheet back."""
    _loaded.cache_clear()
    _opened.cache_clear()


def _stamp(disk: Path) -> tuple[int, int]:
    """Changes when a file does."""
    said = disk.stat()
    return said.st_mtime_ns, said.st_size


@contextmanager
def _named_errors(path: str) -> Iterator[None]:
    try:
        yield
    except DamagedWorkbookError as error:
        raise SourceError(path, f"the workbook cannot be read: {error}") from error
    except OSError as error:
        raise SourceError(path, f"cannot be read: {error}") from error
