"""Archives (`.zip`) as folders of files. What is read of one is unpacked for as long as it is read, within limits."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from fnmatch import fnmatchcase
from shutil import copyfileobj
from typing import TYPE_CHECKING

from bill_documents.errors import SettingError, SourceError, instead, quoted
from bill_documents.reading.found_file import TABLES, FoundFile, PrivateFolder, Unpacked, is_hidden, is_table
from bill_documents.reading.kinds import DAMAGES, FileKind, kind_of
from bill_documents.reading.zip_limits import BLOCK_BYTES, excess
from bill_program import disk

if TYPE_CHECKING:
    from collections.abc import Sequence

MEMBERS_MAX = 10_000
"""Files of an archive that are read."""

IS_LOCKED, IS_UTF_8 = 0x1, 0x800
"""Flags of a member: it is encrypted; its name is UTF-8, and otherwise of the code page of DOS (PKWARE's APPNOTE)."""

UNPACK = "unpack it, and give the folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file in an archive, with its name as people see it: folders with slashes."""

    name: str
    info: zipfile.ZipInfo


def files_in(path: str, wanted: str, setting: str) -> list[FoundFile]:
    """The files of an archive, by name; nested folders are read too, for no other path could name them.

    Args:
        path: Of the archive.
        wanted: A member, a folder or a pattern in it; empty for all that are tables by their name.
        setting: Names the path, for messages.

    Raises:
        SettingError: There is none.
        SourceError: The archive cannot be unpacked, or goes beyond limits.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive)
            taken = _named(members, wanted) if wanted else [each for each in members if is_table(each.name)]
            if not taken:
                raise SettingError(setting, _nothing(path, wanted, members))
            _check(path, taken)
            left = () if wanted else tuple(each.name for each in members if not is_table(each.name))
            return _unpacked(path, archive, taken, left)
    except DAMAGES as error:
        if isinstance(error, OSError) and (step := disk.STEPS.get(error.errno)):
            raise SourceError(path, f"cannot be unpacked to where TMPDIR says: {step}") from error
        raise SourceError(path, f"cannot be unpacked ({error}): get it once more, or {UNPACK}") from error


def _members(archive: zipfile.ZipFile) -> list[Member]:
    """Its files, by name, without hidden ones."""
    found = [Member(name=_name(each), info=each) for each in archive.infolist() if not each.is_dir()]
    return sorted(
        (each for each in found if each.name and not any(map(is_hidden, each.name.split("/")))),
        key=lambda member: member.name,
    )


def _name(info: zipfile.ZipInfo) -> str:
    """The name of a member without steps that lead out of the archive; some writers do not say that it is UTF-8."""
    name = info.filename
    if not info.flag_bits & IS_UTF_8:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = info.filename
    parts = name.replace("\\", "/").split("/")
    shown = ("".join(letter if letter.isprintable() else "?" for letter in part) for part in parts)
    return "/".join(part for part in shown if part not in {"", ".", ".."})


def _named(members: Sequence[Member], wanted: str) -> list[Member]:
    """The member of this name, those of this folder, or those of this pattern."""
    same = [each for each in members if each.name == wanted]
    below = [each for each in members if each.name.startswith(f"{wanted}/") and is_table(each.name)]
    return same or below or [each for each in members if fnmatchcase(each.name, wanted)]


def _nothing(path: str, wanted: str, members: Sequence[Member]) -> str:
    names = [each.name for each in members]
    if wanted:
        return f"the archive {quoted(path)} has no {quoted(wanted)}; {instead(wanted, names)}"
    problem = f"the archive {quoted(path)} has no file that ends in one of {', '.join(TABLES)}"
    return f"{problem}; name one of its files as {quoted(path + '/...')}; {instead('', names)}" if names else problem


def _check(path: str, members: Sequence[Member]) -> None:
    """Refuse what cannot be unpacked, before anything is."""
    if len(members) > MEMBERS_MAX:
        raise SourceError(path, f"has {len(members):,} files, {MEMBERS_MAX:,} are allowed: {UNPACK}")
    if problem := excess([each.info for each in members]):
        raise SourceError(path, f"{problem}: {UNPACK}")
    seen: set[str] = set()
    for each in members:
        if each.info.flag_bits & IS_LOCKED:
            raise SourceError(f"{path}/{each.name}", f"is locked by a password: unpack {quoted(path)} with it")
        if each.name in seen:
            raise SourceError(path, f"has two files named {quoted(each.name)}: {UNPACK}")
        seen.add(each.name)


def _unpacked(
    path: str, archive: zipfile.ZipFile, members: Sequence[Member], beside: tuple[str, ...]
) -> list[FoundFile]:
    folder = PrivateFolder()
    found: list[FoundFile] = []
    for number, member in enumerate(members):
        name = f"{path}/{member.name}"
        place = Unpacked(path=folder.path / str(number), folder=folder)
        # It reads no more of a member than the size that it declares, and holds its sum against it.
        with archive.open(member.info) as packed, place.path.open("xb") as out:
            copyfileobj(packed, out, BLOCK_BYTES)
        kind = kind_of(name, place.path)
        if kind is FileKind.ARCHIVE:
            raise SourceError(name, f"is an archive in an archive: {UNPACK}")
        found.append(FoundFile(path=name, kind=kind, unpacked=place, beside=() if found else beside))
    return found
