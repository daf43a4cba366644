"""Files as text: unpacked, decoded, with line ends made alike, in blocks of whole lines."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from bill_documents.errors import SourceError, instead, quoted
from bill_program.settings import WrongSetting

if TYPE_CHECKING:
    from collections.abc import Iterator

ENCODINGS = ("utf-8", "utf-16", "cp1252", "latin-1")
_BY_CODEC = {codecs.lookup(name).name: name for name in ENCODINGS}
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}

GZIP_MAGIC = b"\x1f\x8b"
BLOCK_BYTES = 256 * 1024
LINE_CHARACTERS_MAX = 2 * 1024 * 1024
"""The longest line. Nobody's accounts have one: it is another kind of file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    """One file and its encoding.

    Attributes:
        setting: Path of the setting that named it, for messages.
        path: As configured, or as the pattern found it.
        encoding: One of `ENCODINGS`; None for UTF-8. A byte order mark says more than any setting.
    """

    setting: str
    path: str
    encoding: str | None = None

    def blocks(self) -> Iterator[str]:
        """The whole file in blocks of whole lines, each of which ends in a line feed."""
        lines, rest = 1, ""
        try:
            with Path(self.path).open("rb") as disk, _unpacked(disk) as content:
                raw = content.read(BLOCK_BYTES)
                encoding = next((name for mark, name in _MARKS.items() if raw.startswith(mark)), self.encoding)
                decode = _decoder(encoding or "utf-8").decode
                ended = False
                while not ended:
                    ended = not raw
                    try:
                        text = rest + decode(raw, ended)
                    except UnicodeError as error:
                        raise self._undecodable(error, encoding or "utf-8", rest, lines) from error
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

    def _undecodable(self, error: UnicodeError, encoding: str, rest: str, line: int) -> SourceError:
        found = str(error)
        if isinstance(error, UnicodeDecodeError):
            # The object is what was being decoded: good bytes, then the bad one.
            good = error.object[: error.start].decode(encoding, errors="ignore")
            line += io.StringIO(rest + good, newline=None).read().count("\n")
            found = f"byte 0x{error.object[error.start]:02x}"
        problem = f"{found} is not {encoding}; set {self.setting}.encoding to one of {', '.join(ENCODINGS)}"
        return SourceError(self.path, problem, row=line)


def fingerprint(path: str) -> tuple[int, str]:
    """The size in bytes and the SHA-256 of a file as it lies on disk."""
    try:
        with Path(path).open("rb") as disk:
            digest = hashlib.file_digest(disk, "sha256").hexdigest()
            return disk.tell(), digest
    except OSError as error:
        raise SourceError(path, f"cannot be read: {error}") from error


def encoding_named(name: str) -> str:
    """Our name of an encoding, whatever spelling it was given in (`UTF8`, `windows-1252`, `iso-8859-1`)."""
    try:
        return _BY_CODEC[codecs.lookup(name).name]
    except (LookupError, ValueError) as error:
        known = instead(name, ENCODINGS, full=True)
        raise WrongSetting(f"is {quoted(name)}, which is not known; {known}") from error


def _unpacked(disk: io.BufferedReader) -> IO[bytes]:
    packed = disk.peek(2)[:2] == GZIP_MAGIC
    return gzip.GzipFile(fileobj=disk) if packed else disk  # type: ignore[return-value]  # a GzipFile reads bytes too


def _decoder(encoding: str) -> io.IncrementalNewlineDecoder:
    # utf-8-sig takes a byte order mark away where there is one.
    codec = codecs.getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)
    return io.IncrementalNewlineDecoder(codec(), translate=True)
