"""Files to read, as a path, a folder, a pattern or an archive names them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import TYPE_CHECKING
from weakref import finalize

if TYPE_CHECKING:
    from bill_documents.reading.kinds import FileKind

TABLES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz", ".xlsx", ".xlsm", ".xls", ".ods")
"""Ends of the names of files that are read of a folder or an archive; others are left alone, and told."""

LOCKS = ("~$", ".~lock.")
"""Beginnings of files that Excel and LibreOffice keep beside a workbook while it is open."""

OF_THE_SYSTEM = frozenset({"thumbs.db", "desktop.ini", "__macosx"})
"""Names of files and folders that Windows and the Mac put beside others."""


class PrivateFolder:
    """A folder that only this user can read; it is gone with the last that refers to it, or with the program.

    `TemporaryDirectory` warns where it is not closed by hand, and no place here knows which file is read last.
    """

    def __init__(self) -> None:
        self.path = Path(mkdtemp(prefix="tap-bill-csv-"))
        finalize(self, rmtree, self.path, ignore_errors=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """A member of an archive as it lies on disk while it is read."""

    path: Path
    folder: PrivateFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A file to read.

    Attributes:
        path: As configured, or as the folder, pattern or archive has it.
        kind: By its content.
        unpacked: Its place on disk, if it is a member of an archive.
        beside: Names of what its folder or archive has and is not read; with the first file only.
    """

    path: str
    kind: FileKind
    unpacked: Unpacked | None = None
    beside: tuple[str, ...] = ()

    @property
    def disk(self) -> Path:
        """The place of its bytes."""
        return on_disk(self.path, self.unpacked)


def is_by_product(name: str) -> bool:
    """True for what programs and systems keep beside files, by its name without folders."""
    return name.startswith(LOCKS) or name.casefold() in OF_THE_SYSTEM


def is_hidden(name: str) -> bool:
    """True for what is passed over in a folder: hidden files, and by-products of programs and systems."""
    return name.startswith(".") or is_by_product(name)


def is_table(name: str) -> bool:
    """True for what is read of a folder or an archive, by its name."""
    return name.lower().endswith(TABLES)


def on_disk(path: str, unpacked: Unpacked | None) -> Path:
    """The place of a file's bytes."""
    return unpacked.path if unpacked else Path(path)
