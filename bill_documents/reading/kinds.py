"""Kinds of files, told by their content and never by their names: what can be read, and what to do about the rest."""

from __future__ import annotations

import zipfile
import zlib
from enum import Enum, auto
from lzma import LZMAError
from pathlib import Path

from bill_documents.errors import SourceError

START_BYTES = 4096
BLOCK_BYTES = 1024 * 1024

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ODS_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
LOCKED = "a workbook that is locked by a password: save it without one"
AS_WORKBOOK = "open it in a spreadsheet and save it as .xlsx or as CSV"


class FileKind(Enum):
    """Kinds of files that are read."""

    TEXT = auto()
    XLSX = auto()
    XLS = auto()
    ODS = auto()
    ARCHIVE = auto()


STARTS = {
    b"%PDF": "a PDF, in which no cells are: ask for the data as a workbook or as CSV",
    b"\x89PNG": "a picture: ask for the data as a workbook or as CSV",
    b"\xff\xd8\xff": "a picture: ask for the data as a workbook or as CSV",
    b"GIF8": "a picture: ask for the data as a workbook or as CSV",
    b"II*\0": "a picture: ask for the data as a workbook or as CSV",
    b"MM\0*": "a picture: ask for the data as a workbook or as CSV",
    b"{\\rtf": "a text document (RTF): copy its table into a spreadsheet, and save that",
    b"7z\xbc\xaf": "an archive (7z): unpack it",
    b"Rar!": "an archive (RAR): unpack it",
    b"PK\x05\x06": "an empty archive",
}
"""What no text begins with, and what to do about it."""

HTML = (b"<!doctype html", b"<html", b"<table", b"<head", b"<meta", b"<style")
OLE_STREAMS = {
    "EncryptedPackage": LOCKED,
    "WordDocument": "a Word document: copy its table into a spreadsheet, and save that",
    "PowerPoint Document": "a presentation: ask for the data as a workbook or as CSV",
    "__properties_version1.0": "an e-mail (Outlook): save its attachment",
}
BINARY = "xl/workbook.bin"
ZIP_MEMBERS = {
    BINARY: f"a binary workbook (.xlsb): {AS_WORKBOOK}",
    "word/document.xml": "a Word document: copy its table into a spreadsheet, and save that",
    "ppt/presentation.xml": "a presentation: ask for the data as a workbook or as CSV",
    "index/document.iwa": "a document of Apple Numbers: export it as .xlsx or as CSV",
}


def kind_of(path: str, place: Path | None = None) -> FileKind:
    """The kind of a file.

    Args:
        path: Its path, for messages.
        place: Where it lies, if not there.

    Raises:
        SourceError: It is of none that can be read: what it is, and what to do.
    """
    try:
        with (place or Path(path)).open("rb") as disk:
            start = disk.read(START_BYTES)
        for known, what in STARTS.items():
            if start.startswith(known):
                raise SourceError(path, f"is {what}")
        if start.startswith(ZIP):
            return _zipped(path, place or Path(path))
        if start.startswith(OLE):
            return _ole(path, place or Path(path))
    except OSError as error:
        raise SourceError(path, f"cannot be read: {error}") from error
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(HTML):
        raise SourceError(path, f"is a web page (HTML), whatever its name says: {AS_WORKBOOK}")
    if text.startswith(b"<?xml"):
        raise SourceError(path, f"is XML, whatever its name says: {AS_WORKBOOK}")
    return FileKind.TEXT


def _zipped(path: str, place: Path) -> FileKind:
    try:
        with zipfile.ZipFile(place) as archive:
            names = {known_as(each) for each in archive.namelist()}
            said = _beginning(archive, "mimetype", len(ODS_TYPE)) if "mimetype" in names else b""
            has_manifest = "meta-inf/manifest.xml" in names
            manifest = _beginning(archive, "META-INF/manifest.xml", BLOCK_BYTES) if has_manifest else b""
    except DAMAGES as error:
        raise SourceError(path, f"is a damaged workbook or archive ({error}): get it once more") from error
    if any(each.startswith("xl/") and each.endswith(".xml") for each in names) and BINARY not in names:
        return FileKind.XLSX
    if said == ODS_TYPE:
        if b"encryption-data" in manifest:
            raise SourceError(path, f"is {LOCKED}")
        return FileKind.ODS
    what = next((ZIP_MEMBERS[each] for each in ZIP_MEMBERS if each in names), None)
    if what is None and said.startswith(b"application/vnd.oasis.opendocument"):
        what = "a document that is no workbook"
    if what is None:
        return FileKind.ARCHIVE
    raise SourceError(path, f"is {what}")


def _beginning(archive: zipfile.ZipFile, member: str, size_bytes: int) -> bytes:
    """The first bytes of a member, whose limits are not proven yet: it may be a bomb."""
    with archive.open(member) as part:
        return part.read(size_bytes)


def known_as(member: str) -> str:
    """A member's name as it is compared: writers differ in case and slashes."""
    return member.replace("\\", "/").lower()


DAMAGES = (
    zipfile.BadZipFile,
    EOFError,
    KeyError,
    OSError,
    RuntimeError,
    ValueError,
    LZMAError,
    zlib.error,
)
"""What Python's zipfile raises for archives that are damaged or locked."""


def _ole(path: str, place: Path) -> FileKind:
    """A workbook of the old kind, unless a stream in it says that it is something else."""
    names = {name.encode("utf-16-le"): what for name, what in OLE_STREAMS.items()}
    longest = max(map(len, names))
    with place.open("rb") as disk:
        before = b""
        while block := disk.read(BLOCK_BYTES):
            for name, what in names.items():
                if name in before + block:
                    raise SourceError(path, f"is {what}")
            before = block[-longest:]
    return FileKind.XLS
