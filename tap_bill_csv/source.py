"""CSV files as they lie on disk: found, opened, decoded and cut into rows whose line numbers are exact.

The rows are cut here and not by DuckDB's reader. Measured with DuckDB 2.0.0: its strict mode accepts a surplus empty
cell at the end of a row, so that an unquoted delimiter shifts every cell unseen when the last column is blank; it
skips blank lines uncounted, so that line numbers drift; and code pages other than Latin-1 need an extension from the
network. It gets well-formed rows from `grouping` instead, and does what it is best at.
"""

from __future__ import annotations

import codecs
import csv
import glob
import gzip
import io
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from tap_bill_csv.errors import SettingError, SourceError, instead, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

ENCODINGS = ("utf-8", "utf-16", "cp1252", "latin-1")
_BY_CODEC = {codecs.lookup(name).name: name for name in ENCODINGS}

GZIP_MAGIC = b"\x1f\x8b"
DELIMITERS_REFUSED = '"\r\n '


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvFile:
    """One file and how to read it.

    Attributes:
        setting: Path of the setting that named it, for messages.
        path: As configured, or as the pattern found it.
        encoding: One of `ENCODINGS`.
        delimiter: One character.
    """

    setting: str
    path: str
    encoding: str
    delimiter: str

    def header(self) -> tuple[str, ...]:
        """The column names, without the blanks around them."""
        for _, cells in self._records():
            if not any(cells):
                raise SourceError(self.path, "blank, where the header should be", row=1)
            return tuple(cell.strip() for cell in cells)
        raise SourceError(self.path, "the file is empty: it has not even a header")

    def rows(self, header: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
        """Each row that is not entirely blank, with the line it begins on; as many cells as the header, or an error.

        A row with a cell too many or too few stops the file: nobody can say which of its cells have moved.
        """
        records = self._records()
        if tuple(cell.strip() for cell in next(records, (0, []))[1]) != header:
            raise SourceError(self.path, "the header has changed while the tap was running", row=1)
        width = len(header)
        for row, cells in records:
            if len(cells) == width and cells[0]:  # the usual case, decided without a look at the other cells
                yield row, cells
            elif not "".join(cells).strip():
                continue
            elif len(cells) == width:
                yield row, cells
            else:
                problem = f"{len(cells)} cells, but the header has {width}; a text that holds {quoted(self.delimiter)}"
                raise SourceError(self.path, f"{problem} or a line break must stand in quotes", row=row)

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        row = 1
        try:
            with self._text() as text:
                records = csv.reader(self._checked(text), delimiter=self.delimiter, strict=True, skipinitialspace=True)
                try:
                    for cells in records:
                        yield row, cells
                        row = records.line_num + 1
                except UnicodeError as error:
                    raise self._undecodable(error, records.line_num + 1) from error
                except csv.Error as error:
                    raise SourceError(self.path, f"not CSV: {_explained(error)}", row=row) from error
        except (OSError, EOFError, zlib.error) as error:
            raise SourceError(self.path, f"cannot be read: {error}", row=None if row == 1 else row) from error

    @contextmanager
    def _text(self) -> Iterator[IO[str]]:
        # utf-8-sig takes a byte order mark away where there is one. Line ends are made alike: \n.
        encoding = "utf-8-sig" if self.encoding == "utf-8" else self.encoding
        with Path(self.path).open("rb") as raw:
            packed = raw.peek(2)[:2] == GZIP_MAGIC
            content = gzip.GzipFile(fileobj=raw) if packed else raw
            with io.TextIOWrapper(content, encoding=encoding, newline=None) as text:
                yield text

    def _checked(self, lines: IO[str]) -> Iterator[str]:
        for number, line in enumerate(lines, start=1):
            if "\0" in line:
                problem = "a zero byte: this is no text file, or not one in the encoding"
                raise SourceError(self.path, f"{problem} {self.encoding} ({self.setting}.encoding)", row=number)
            yield line

    def _undecodable(self, error: UnicodeError, row: int) -> SourceError:
        found = str(error)
        if isinstance(error, UnicodeDecodeError):
            # The object is the block that was being decoded; its lines before the bad byte were not handed out yet.
            row += error.object[: error.start].count(b"\n")
            found = f"byte 0x{error.object[error.start]:02x}"
        choice = ", ".join(ENCODINGS)
        problem = f"{found} is not {self.encoding}; set {self.setting}.encoding to one of {choice}"
        return SourceError(self.path, problem, row=row)


def find(pattern: str, setting: str) -> list[str]:
    """The files that a path or a pattern names, by name."""
    if Path(pattern).is_file():
        return [pattern]
    if Path(pattern).is_dir():
        raise SettingError(
            setting, f"{quoted(pattern)} is a folder; name its files, such as {quoted(pattern + '/*.csv')}"
        )
    if not glob.has_magic(pattern):
        folder = Path(pattern).parent
        others = [each.name for each in folder.iterdir() if each.is_file()] if folder.is_dir() else []
        hint = instead(Path(pattern).name, others) if others else f"the folder {quoted(folder)} has no files"
        raise SettingError(
            setting, f"no file {quoted(pattern)} (relative paths start at the working directory); {hint}"
        )
    # Path.glob takes no absolute patterns.
    found = sorted(each for each in glob.glob(pattern, recursive=True) if Path(each).is_file())  # noqa: PTH207
    if not found:
        raise SettingError(
            setting, f"no file matches {quoted(pattern)} (relative paths start at the working directory)"
        )
    return found


def encoding_named(name: str, setting: str) -> str:
    """Our name of an encoding, whatever spelling it was given in (`UTF8`, `windows-1252`, `iso-8859-1`)."""
    try:
        return _BY_CODEC[codecs.lookup(name).name]
    except (LookupError, ValueError) as error:
        raise SettingError(setting, f"{quoted(name)} is not known; {instead(name, ENCODINGS, full=True)}") from error


def delimiter_named(text: str, setting: str) -> str:
    """A delimiter that no quoted text can be confused with."""
    text = "\t" if text == "\\t" else text  # as YAML has it between single quotes
    if len(text) != 1 or text in DELIMITERS_REFUSED:
        problem = f'{quoted(text)} cannot part columns; give one character, such as "," or ";" or a tab ("\\t")'
        raise SettingError(setting, problem)
    return text


def _explained(error: csv.Error) -> str:
    text = str(error)
    if "unexpected end of data" in text or "field limit" in text:
        return f"a quote is opened here and not closed within {csv.field_size_limit():,} characters"
    return f"a quote inside a quoted text must be doubled ({text})"
