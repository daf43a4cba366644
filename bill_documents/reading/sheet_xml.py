"""The XML of sheets, looked through for what the reader of their values does not tell (python-calamine 0.9.1).

To it a cell with an error and a formula without a stored value are blanks, and hidden rows are like others. And it
takes memory for every cell between the first and the last filled one, so the size is found out before it is asked.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from xml.parsers import expat

from bill_documents.reading.sheets import NO_VALUE, ROWS_MAX, DamagedWorkbookError, Marks

if TYPE_CHECKING:
    from collections.abc import Iterable

OVERLAP_BYTES = 64
REPEATED_MAX = 100_000_000
"""Above what any count in a file can mean."""

_TELLING = (b' hidden="', b' t="e"', b"<f")
"""Parts of a sheet without which nothing is hidden, wrong or computed, if it is written in the usual way."""

_UNUSUAL = (b"='", b"= ", b" =", b"<!", b"<row>", b"<c>", b"<c t", b"<c s", b":row", b":c ", b":c>", b"\0")
"""Parts of a sheet that is written in another way; a program that writes so does it from the beginning."""

_FAR = re.compile(rb' r="(?:[A-Z]{2}|[A-Z]?(?:[2-9]|1[1-9])[0-9]{6}|[A-Z]?[0-9]{8})')
"""A cell beyond column Z, or rows that may be beyond the last: then the exact size matters."""

_ERROR = re.compile(r"#(?:N/A|NAME\?|[A-Z0-9/_]+!)|Err:[0-9]{3}")


def xlsx_marks(blocks: Iterable[bytes], again: Iterable[bytes]) -> Marks:
    """The marks of a sheet of an Excel workbook.

    Args:
        blocks: Its XML.
        again: The same once more: what is plain is told by its bytes, in a tenth of the time.
    """
    if _is_plain(blocks):
        return Marks()
    scan = _XlsxScan()
    scan.run(again)
    scan.marks.check()
    return scan.marks


def ods_marks(blocks: Iterable[bytes]) -> dict[str, Marks]:
    """The marks of all sheets of an OpenDocument workbook, by their names.

    Args:
        blocks: The XML that holds them all.
    """
    scan = _OdsScan()
    scan.run(blocks)
    return scan.found


def attributes_of(blocks: Iterable[bytes], tag: str) -> list[dict[str, str]]:
    """The attributes of all elements of this name, without prefixes."""
    scan = _Elements(tag)
    scan.run(blocks)
    return scan.found


def _is_plain(blocks: Iterable[bytes]) -> bool:
    before = b""
    signs: tuple[bytes, ...] = (*_TELLING, *_UNUSUAL)
    for block in blocks:
        text = before + block
        if any(each in text for each in signs) or _FAR.search(text):
            return False
        before, signs = block[-OVERLAP_BYTES:], _TELLING
    return True


class _Scan:
    """Handlers of one pass over XML."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self.start
        self._parser.EndElementHandler = self.end
        self._parser.StartDoctypeDeclHandler = _refuse_doctype

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Begin an element."""

    def end(self, name: str) -> None:
        """End an element."""

    def text(self, text: str) -> None:
        """Take a part of the text of the elements that are listened to."""

    def listen(self, *, on: bool) -> None:
        """Ask for texts or not: each takes its time."""
        self._parser.CharacterDataHandler = self.text if on else None

    def run(self, blocks: Iterable[bytes]) -> None:
        """Go through all of the XML."""
        try:
            for block in blocks:
                self._parser.Parse(block)
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise DamagedWorkbookError(f"its XML is damaged ({error})") from error


def _refuse_doctype(*_: object) -> None:
    raise DamagedWorkbookError("its XML declares entities, as no workbook does")


class _Elements(_Scan):
    def __init__(self, tag: str) -> None:
        super().__init__()
        self._tag = tag
        self.found: list[dict[str, str]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if _local(name) == self._tag:
            self.found.append({_local(key): value for key, value in attributes.items()})


class _XlsxScan(_Scan):
    def __init__(self) -> None:
        super().__init__()
        self.marks = Marks()
        self._row, self._column = 0, -1
        self._type = ""
        self._is_formula = self._is_filled = False
        self._value = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = _local(name)
        if tag == "c":
            place = attributes.get("r")
            self._column = _column(place.rstrip("0123456789")) if place else self._column + 1
            self._type = attributes.get("t", "")
            self._is_formula = self._is_filled = False
        elif tag in {"v", "t"}:
            self._is_filled = True
            if self._is_formula or self._type == "e":
                self._value = ""
                self.listen(on=True)
        elif tag == "f":
            self._is_formula = True
        elif tag == "row":
            self._row = _number(attributes["r"]) if "r" in attributes else self._row + 1
            self._column = -1
            if attributes.get("hidden") in {"1", "true"} and self._row <= ROWS_MAX:
                self.marks.hidden.add(self._row)

    def text(self, text: str) -> None:
        if len(self._value) < OVERLAP_BYTES:
            self._value += text

    def end(self, name: str) -> None:
        if _local(name) != "c":
            return
        if self._is_formula or self._type == "e":
            self._end_special()
        if self._is_filled or self._is_formula:
            self.marks.fill(self._row, self._column)

    def _end_special(self) -> None:
        self.listen(on=False)
        value = self._value if self._is_filled else ""
        if self._type == "e":
            self.marks.fail(self._row, self._column, value or "#VALUE!")
        elif not value and self._type != "str":
            self.marks.fail(self._row, self._column, NO_VALUE)


class _OdsScan(_Scan):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, Marks] = {}
        self._name: str | None = None
        self._marks = Marks()
        self._hidden: list[range] = []
        self._next_row = 1
        self._rows = self._cells = 1
        self._next_column = 0
        self._faults: list[tuple[range, str]] = []
        self._last_filled = -1
        self._cell: dict[str, str] = {}
        self._text: list[str] = []
        self._notes = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table:table":
            self._name = attributes.get("table:name", "")
            self._marks, self._hidden, self._next_row = Marks(), [], 1
        elif self._name is None:
            return
        elif name == "table:table-row":
            self._rows = _repeated(attributes, "table:number-rows-repeated")
            self._next_column, self._last_filled = 0, -1
            self._faults.clear()
            if attributes.get("table:visibility") in {"collapse", "filter"}:
                self._hidden.append(range(self._next_row, min(self._next_row + self._rows, ROWS_MAX)))
        elif name in {"table:table-cell", "table:covered-table-cell"}:
            self._cells = _repeated(attributes, "table:number-columns-repeated")
            self._cell = attributes
            self._text.clear()
        elif name == "office:annotation":
            self._notes += 1
        elif name == "text:p":
            self.listen(on="table:formula" in self._cell and not self._notes)

    def text(self, text: str) -> None:
        self._text.append(text)

    def end(self, name: str) -> None:
        if name == "office:annotation":
            self._notes -= 1
        elif name == "text:p":
            self.listen(on=False)
        elif self._name is None:
            return
        elif name in {"table:table-cell", "table:covered-table-cell"}:
            self._end_cell()
        elif name == "table:table-row":
            self._end_row()
        elif name == "table:table":
            self._end_table(self._name)
            self._name = None

    def _end_cell(self) -> None:
        cell = self._cell
        places = range(self._next_column, self._next_column + self._cells)
        self._next_column += self._cells
        has_value = "office:value-type" in cell
        if "table:formula" in cell:
            shown = "".join(self._text)
            if not has_value:
                self._faults.append((places, NO_VALUE))
            elif cell.get("calcext:value-type") == "error" or _ERROR.fullmatch(shown):
                self._faults.append((places, shown or "#VALUE!"))
        if has_value or "table:formula" in cell:
            self._last_filled = places[-1]
        rows, columns = (cell.get(f"table:number-{each}-spanned", "1") for each in ("rows", "columns"))
        if (rows, columns) != ("1", "1"):
            self._marks.merged.append((self._next_row, self._next_row + _number(rows) - 1))

    def _end_row(self) -> None:
        last = self._next_row + self._rows - 1
        if self._last_filled >= 0:
            self._marks.fill(last, self._last_filled)
            for places, error in self._faults:
                for row in range(self._next_row, last + 1):
                    for place in places:
                        self._marks.fail(row, place, error)
        self._next_row += self._rows

    def _end_table(self, name: str) -> None:
        marks = self._marks
        marks.check()
        marks.hidden = {row for several in self._hidden for row in several if row <= marks.last_row}
        self.found[name] = marks


def _local(name: str) -> str:
    return name.rpartition(":")[2] if ":" in name else name


@lru_cache(maxsize=1024)
def _column(letters: str) -> int:
    number = 0
    for each in letters[:8]:
        number = number * 26 + ord(each) - ord("A") + 1
    return number - 1


def _repeated(attributes: dict[str, str], name: str) -> int:
    return max(_number(attributes[name]), 1) if name in attributes else 1


def _number(text: str) -> int:
    try:
        number = int(text)
    except ValueError as error:
        raise DamagedWorkbookError(f"{text:.20} stands where a number should") from error
    if not 0 <= number <= REPEATED_MAX:
        raise DamagedWorkbookError(f"{text:.20} stands where a number of rows or columns should")
    return number
