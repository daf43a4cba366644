"""Files found by what a setting says: a path, a folder, a pattern, an archive and what lies in it."""

from __future__ import annotations

import glob
from dataclasses import replace
from pathlib import Path

from bill_documents.errors import SettingError, instead, quoted
from bill_documents.reading.archive import files_in
from bill_documents.reading.found_file import TABLES, FoundFile, is_by_product, is_hidden, is_table
from bill_documents.reading.kinds import FileKind, kind_of

WORKING_DIRECTORY = "(relative paths start at the working directory)"


def find(pattern: str, setting: str) -> list[FoundFile]:
    """The files that a path, a folder, a pattern or an archive names, by name; an archive is a folder of its files.

    Raises:
        SettingError: There is none, or the system does not let it be looked for.
        SourceError: One of them is nothing that can be read.
    """
    try:
        return _found(pattern, setting)
    except OSError as error:
        raise SettingError(setting, f"{quoted(pattern)} cannot be looked for: {error.strerror}") from error


def _found(pattern: str, setting: str) -> list[FoundFile]:
    if Path(pattern).is_file():
        return _of(pattern, setting)
    if Path(pattern).is_dir():
        return _in_folder(pattern, setting)
    if archive := next((each for each in Path(pattern).parents if each.is_file()), None):
        return _in_archive(archive, pattern, setting)
    if not glob.has_magic(pattern):
        raise _not_there(pattern, setting)
    # Path.glob takes no absolute patterns.
    several = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207
    found = [each for each in several if Path(each).is_file() and not is_by_product(Path(each).name)]
    if not found:
        raise SettingError(setting, f"no file matches {quoted(pattern)} {WORKING_DIRECTORY}")
    return [file for each in found for file in _of(each, setting)]


def _of(path: str, setting: str) -> list[FoundFile]:
    """The file at a path, or the files of the archive there."""
    kind = kind_of(path)
    return files_in(path, "", setting) if kind is FileKind.ARCHIVE else [FoundFile(path=path, kind=kind)]


def _in_archive(archive: Path, pattern: str, setting: str) -> list[FoundFile]:
    wanted = Path(pattern).relative_to(archive).as_posix()
    if kind_of(str(archive)) is not FileKind.ARCHIVE:
        raise SettingError(setting, f"{quoted(archive)} is no archive, so there is no {quoted(wanted)} in it")
    return files_in(str(archive), wanted, setting)


def _in_folder(folder: str, setting: str) -> list[FoundFile]:
    shown = sorted(each for each in Path(folder).iterdir() if not is_hidden(each.name))
    found = [str(each) for each in shown if is_table(each.name) and each.is_file()]
    if not found:
        problem = f"the folder {quoted(folder)} has no file that ends in one of {', '.join(TABLES)}"
        raise SettingError(setting, f"{problem}; name other files by a pattern, such as {quoted(folder + '/*')}")
    first, *others = (file for each in found for file in _of(each, setting))
    beside = [each.name + "/" * each.is_dir() for each in shown if str(each) not in found]
    return [replace(first, beside=(*beside, *first.beside)), *others]


def _not_there(pattern: str, setting: str) -> SettingError:
    folder = Path(pattern).parent
    others = [each.name for each in folder.iterdir() if each.is_file()] if folder.is_dir() else []
    hint = instead(Path(pattern).name, others) if others else f"the folder {quoted(folder)} has no files"
    return SettingError(setting, f"no file {quoted(pattern)} {WORKING_DIRECTORY}; {hint}")
