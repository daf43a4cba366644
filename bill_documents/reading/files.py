"""Files found by what a setting says: a path, a folder, a pattern."""

from __future__ import annotations

import glob
from pathlib import Path

from bill_documents.errors import SettingError, instead, quoted

FOLDER_SUFFIXES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz", ".xlsx", ".xlsm", ".xls", ".ods")
"""What is read of a folder; anything else that lies in it is left alone."""

LOCK_PREFIXES = ("~$", ".~lock.")
"""Of the files that Excel and LibreOffice keep beside a workbook while it is open."""

WORKING_DIRECTORY = "(relative paths start at the working directory)"


def find(pattern: str, setting: str) -> list[str]:
    """The files that a path, a folder or a pattern names, by name.

    Raises:
        SettingError: There is none, or the system does not let it be looked for.
    """
    try:
        return _found(pattern, setting)
    except OSError as error:
        raise SettingError(setting, f"{quoted(pattern)} cannot be looked for: {error.strerror}") from error


def _found(pattern: str, setting: str) -> list[str]:
    if Path(pattern).is_file():
        return [pattern]
    if Path(pattern).is_dir():
        return _in_folder(pattern, setting)
    if not glob.has_magic(pattern):
        folder = Path(pattern).parent
        others = [each.name for each in folder.iterdir() if each.is_file()] if folder.is_dir() else []
        hint = instead(Path(pattern).name, others) if others else f"the folder {quoted(folder)} has no files"
        raise SettingError(setting, f"no file {quoted(pattern)} {WORKING_DIRECTORY}; {hint}")
    # Path.glob takes no absolute patterns.
    found = sorted(each for each in glob.glob(pattern, recursive=True) if Path(each).is_file() and not _is_lock(each))  # noqa: PTH207
    if not found:
        raise SettingError(setting, f"no file matches {quoted(pattern)} {WORKING_DIRECTORY}")
    return found


def _in_folder(folder: str, setting: str) -> list[str]:
    files = sorted(str(each) for each in Path(folder).iterdir() if each.is_file())
    found = [each for each in files if each.lower().endswith(FOLDER_SUFFIXES) and not _is_lock(each)]
    if not found:
        problem = f"the folder {quoted(folder)} has no file that ends in one of {', '.join(FOLDER_SUFFIXES)}"
        raise SettingError(setting, f"{problem}; name other files by a pattern, such as {quoted(folder + '/*')}")
    return found


def _is_lock(path: str) -> bool:
    return Path(path).name.startswith(LOCK_PREFIXES)
