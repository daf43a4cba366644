"""Files as text: unpacked, decoded, with line ends made alike, in blocks of whole lines."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import zlib
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import IO, TYPE_CHECKING

from bill_documents.errors import SourceError, quoted
from bill_documents.reading.encodings import MARKS, UTF_8, UTF_16, Reading, named, readings, wide
from bill_documents.reading.found_file import on_disk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bill_documents.reading.found_file import Unpacked

GZIP_MAGIC = b"\x1f\x8b"
BLOCK_BYTES = 256 * 1024
WIDE_FOUND = "two bytes a character"
LINE_CHARACTERS_MAX = 2 * 1024 * 1024
"""The longest line. Nobody's accounts have one: it is another kind of file."""


class UndecodableError(ValueError):
    """Bytes that are no text in an encoding.

    Attributes:
        found: What is wrong, for people.
        row: Its line in the file, from 1.
    """

    def __init__(self, found: str, row: int) -> None:
        super().__init__(found)
        self.found, self.row = found, row


@dataclass(frozen=True, kw_only=True)
class TextFile:
    """One file and its encoding.

    Attributes:
        setting: Path of the setting that named it, for messages.
        path: As configured, or as the pattern found it.
        encoding: As the settings say; None to find out. A byte order mark says more than any setting.
        unpacked: Its place on disk, if it is a member of an archive.
        likely: The encoding to take where the file tells none, or several.
    """

    setting: str
    path: str
    encoding: str | None = None
    unpacked: Unpacked | None = None
    likely: str | None = None

    @cached_property
    def reading(self) -> Reading:
        """The encoding, with the words that it was found by where neither a mark nor the settings say it.

        Raises:
            SourceError: The file cannot be read, or several encodings may be meant.
        """
        with self._content() as content:
            start = content.read(BLOCK_BYTES)
            if marked := _marked(start):
                return Reading(encoding=marked)
            if self.encoding not in (None, UTF_16):
                return named(self.encoding, chain([start], _blocks_of(content)))
            if known := wide(start):
                return Reading(encoding=known, words=() if self.encoding else (WIDE_FOUND,))
            if self.encoding:
                return Reading(encoding=self.encoding)
        try:
            deque(self._blocks(UTF_8), maxlen=0)
        except UndecodableError as error:
            with self._content() as content:
                found = readings(_blocks_of(content))
            if told := self._told(found):
                return told
            raise SourceError(self.path, f"{error.found}; {_doubtful(found)}; {self._next_step}", error.row) from error
        return Reading(encoding=UTF_8)

    def _told(self, found: Sequence[Reading]) -> Reading | None:
        """The only one of these readings, or the likely one; None where there is neither."""
        if len(found) == 1:
            return found[0]
        if found or self.likely is None:
            return next((each for each in found if each.encoding == self.likely), None)
        with self._content() as content:
            return named(self.likely, _blocks_of(content))

    def remark(self) -> str | None:
        """The encoding that was found, or why the one that the settings name is doubted; None where all is plain."""
        found = self.reading
        if found.better:
            return f"{_ways([found, *found.better])}; {self._next_step} to the one that is right"
        if found.words:
            words = ", ".join(found.words)
            return f"read as {found.encoding}, by its letters ({words}); {self._next_step} if they are wrong"
        return None

    def beginning(self, size_bytes: int) -> str:
        """The text of the first bytes, right where it is ASCII, before it is known what encoding the file has.

        Raises:
            SourceError: The file cannot be read.
        """
        with self._content() as content:
            start = content.read(size_bytes)
        encoding = _marked(start) or wide(start) or UTF_8
        return start.decode(encoding, errors="replace").lstrip("\ufeff")

    @property
    def _next_step(self) -> str:
        return f"set {self.setting}.encoding"

    @contextmanager
    def _content(self) -> Iterator[IO[bytes]]:
        """The file's bytes, unpacked."""
        try:
            with on_disk(self.path, self.unpacked).open("rb") as disk, _unpacked(disk) as content:
                yield content
        except (OSError, EOFError, zlib.error) as error:
            raise SourceError(self.path, f"cannot be read: {error}") from error

    def blocks(self) -> Iterator[str]:
        """The whole file in blocks of whole lines, each of which ends in a line feed."""
        try:
            yield from self._blocks(self.reading.encoding)
        except UndecodableError as error:
            raise SourceError(self.path, f"{error.found}; {self._next_step}", error.row) from error

    def _blocks(self, encoding: str) -> Iterator[str]:
        lines, rest = 1, ""
        try:
            with on_disk(self.path, self.unpacked).open("rb") as disk, _unpacked(disk) as content:
                raw = content.read(BLOCK_BYTES)
                decode = _decoder(encoding).decode
                ended = False
                while not ended:
                    ended = not raw
                    try:
                        text = rest + decode(raw, ended)
                    except UnicodeError as error:
                        raise _undecodable(error, encoding, rest, lines) from error
                    whole, feed, rest = text.rpartition("\n")
                    if ended and rest:
                        whole, feed, rest = text, "\n", ""
                    if len(rest) > LINE_CHARACTERS_MAX:
                        problem = f"a line of more than {LINE_CHARACTERS_MAX:,} characters: this is no CSV file"
                        raise SourceError(self.path, problem, row=lines + whole.count("\n") + bool(feed))
                    if feed:
                        lines += whole.count("\n") + 1
                        yield whole + feed
                    raw = b"" if ended else content.read(BLOCK_BYTES)
        except (OSError, EOFError, zlib.error) as error:
            raise SourceError(self.path, f"cannot be read: {error}", row=lines if lines > 1 else None) from error


def _marked(start: bytes) -> str | None:
    """The encoding of the byte order mark that a file begins with."""
    return next((name for mark, name in MARKS.items() if start.startswith(mark)), None)


def _blocks_of(content: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: content.read(BLOCK_BYTES), b"")


def _undecodable(error: UnicodeError, encoding: str, rest: str, line: int) -> UndecodableError:
    found = str(error)
    if isinstance(error, UnicodeDecodeError):
        # The object is what was being decoded: good bytes, then the bad one.
        good = error.object[: error.start].decode(encoding, errors="ignore")
        line += io.StringIO(rest + good, newline=None).read().count("\n")
        found = f"byte 0x{error.object[error.start]:02x}"
    return UndecodableError(f"{found} is not {encoding}", line)


def fingerprint(path: str, unpacked: Unpacked | None) -> tuple[int, str]:
    """The size in bytes and the SHA-256 of a file as it lies on disk."""
    try:
        with on_disk(path, unpacked).open("rb") as disk:
            digest = hashlib.file_digest(disk, "sha256").hexdigest()
            return disk.tell(), digest
    except OSError as error:
        raise SourceError(path, f"cannot be read: {error}") from error


def _doubtful(found: Sequence[Reading]) -> str:
    """Why an encoding is not believed."""
    if not found:
        return "no other encoding makes words of it"
    return f"several encodings may be meant: {_ways(found)}"


def _ways(found: Sequence[Reading]) -> str:
    """The words that each of several readings makes of a text."""
    return "; ".join(f"{each.encoding} makes {', '.join(map(quoted, each.words))}" for each in found)


def _unpacked(disk: io.BufferedReader) -> IO[bytes]:
    packed = disk.peek(2)[:2] == GZIP_MAGIC
    return gzip.GzipFile(fileobj=disk) if packed else disk  # type: ignore[return-value]  # a GzipFile reads bytes too


def _decoder(encoding: str) -> io.IncrementalNewlineDecoder:
    # utf-8-sig takes a byte order mark away where there is one.
    codec = codecs.getincrementaldecoder("utf-8-sig" if encoding == UTF_8 else encoding)
    return io.IncrementalNewlineDecoder(codec(), translate=True)
