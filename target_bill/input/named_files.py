"""Files that records name, found below the one folder that a setting names: a record cannot send any other file."""

from __future__ import annotations

import hashlib
import os
import stat
from collections import defaultdict
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any

from bill_api.table.attachments import FILE_BYTES_MAX, NAMED_FILES
from bill_api.table.problem import Problem
from bill_program.errors import SettingsError
from bill_values.spelling import folded
from target_bill.model.document import NamedFile

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOWN, SHOWN_CHARACTERS = 3, 200
"""Files of one name that a message lists, and characters of a name."""

Parts = tuple[str, ...]
"""Folders below the one that the setting names, and the name of a file."""


class RefusedFileError(ValueError):
    """A name that leads to no file that could be sent.

    Args:
        reason: Why, with the name.
        hint: What to do.
    """

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.reason, self.hint = reason, hint

    @property
    def problem(self) -> Problem:
        """The same as a problem of the record."""
        return Problem(field=NAMED_FILES, reason=self.reason, hint=self.hint)


class NamedFiles:
    """Finds files below a folder.

    Case, and the form in which accents are written, count only where two files differ in nothing else; a name alone is
    also found in the folders below, as long as it is the only one of its name.

    Args:
        folder: The setting `attachment_dir`.

    Raises:
        SettingsError: There is no such folder.
    """

    def __init__(self, folder: Path) -> None:
        self._shown = folder
        self._folder = folder.resolve()
        if not self._folder.is_dir():
            raise SettingsError(f"setting `attachment_dir`: {folder} is no folder that can be read")
        self._found: dict[str, NamedFile] = {}
        self._below: dict[str, list[Parts]] | None = None

    def of(self, given: Any) -> Iterator[NamedFile | RefusedFileError]:
        """The files that a record names, each once, or why one cannot be sent.

        Args:
            given: A name, several parted by `;` or lines, or a list of such.
        """
        seen: set[str] = set()
        for each in given if isinstance(given, list) else [given]:
            for name in self._names(each):
                try:
                    file = self._named(name)
                except RefusedFileError as error:
                    yield error
                    continue
                if file.sha256 not in seen:
                    seen.add(file.sha256)
                    yield file

    def _names(self, given: Any) -> Iterator[str]:
        if not isinstance(given, str):
            # A number is a name that a spreadsheet has made one of; anything else is none, and has no file.
            yield from () if given is None else [str(given)]
        elif self._is_whole(given):
            yield given.strip()
        else:
            yield from filter(None, (part.strip() for line in given.splitlines() for part in line.split(";")))

    def _is_whole(self, text: str) -> bool:
        """True for a name with `;` in it, if there is such a file."""
        if ";" not in text:
            return False
        try:
            return bool(self._paths(text.strip()))
        except RefusedFileError:
            return False

    def _named(self, name: str) -> NamedFile:
        if name not in self._found:
            self._found[name] = self._read(name, self._only(name))
        return self._found[name]

    def _only(self, name: str) -> Parts:
        """The one file that is meant."""
        paths = self._paths(name)
        if not paths:
            raise RefusedFileError(
                f"there is no file {name[:SHOWN_CHARACTERS]!r} below {self._shown}",
                "Put the file there, correct its name, or set `attachment_problems: warn` to load the record without.",
            )
        if len(paths) > 1:
            shown = ", ".join("/".join(each) for each in paths[:SHOWN]) + (", ..." if len(paths) > SHOWN else "")
            raise RefusedFileError(
                f"{name!r} may be any of {len(paths)} files below {self._shown}: {shown}",
                "Give the name with its folder, and as it is written there.",
            )
        return paths[0]

    def _paths(self, name: str) -> list[Parts]:
        """Files that a name may mean; one that is spelled as it was given goes before all others."""
        parts = self._parts(name)
        if not parts:
            return []
        found = [path for path in self._all.get(folded(parts[-1]), []) if _fits(path, parts)]
        at_the_place = [path for path in found if len(path) == len(parts)] or found
        return [path for path in at_the_place if path[-len(parts) :] == parts] or at_the_place

    def _parts(self, name: str) -> Parts:
        """Folders and name below the folder.

        Raises:
            RefusedFileError: It leads out of it.
        """
        outside = RefusedFileError(
            f"{name!r} lies outside of {self._shown}", "Give the name of a file below it (`attachment_dir`)."
        )
        windows = PureWindowsPath(name)  # knows both ways to part folders
        parts = tuple(part for part in windows.parts if part != windows.anchor)
        if windows.anchor:
            own = PureWindowsPath(str(self._folder)).parts[1:]
            if windows.drive or parts[: len(own)] != own:
                raise outside
            parts = parts[len(own) :]
        if ".." in parts:
            raise outside
        return parts

    @property
    def _all(self) -> dict[str, list[Parts]]:
        """Every file below the folder, by its folded name; looked up once."""
        if self._below is None:
            self._below = defaultdict(list)
            for folder, _, names in os.walk(self._folder):
                above = Path(folder).relative_to(self._folder).parts
                for name in names:
                    self._below[folded(name)].append((*above, name))
            for paths in self._below.values():
                paths.sort()
        return self._below

    def _read(self, name: str, below: Parts) -> NamedFile:
        path = self._folder.joinpath(*below)
        try:
            if not path.resolve().is_relative_to(self._folder):
                raise RefusedFileError(
                    f"{name!r} is a link to a file outside of {self._shown}", "Put the file itself there."
                )
            content = content_of(path)
        except OSError as error:
            raise RefusedFileError(
                f"{name!r} cannot be read: {error.strerror}", "Look at the file and its permissions."
            ) from error
        return NamedFile(name=path.name, path=path, sha256=sha256_of(content), size_bytes=len(content))


def content_of(path: Path) -> bytes:
    """The content of a file that could be sent.

    Raises:
        RefusedFileError: It is no file, empty, or too large for BILL.
        OSError: It cannot be read.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):  # a pipe would never end
        raise RefusedFileError(f"{path.name!r} is no file", "Give the name of a file.")
    size = status.st_size
    if size == 0:
        raise RefusedFileError(f"{path.name!r} is empty", "Put the file itself there.")
    if size > FILE_BYTES_MAX:
        limit = FILE_BYTES_MAX // 1_000_000
        raise RefusedFileError(
            f"{path.name!r} has {size / 1_000_000:,.1f} MB, and {limit} MB is the most that is sent",
            "Make it smaller, or set `attachment_problems: warn` to load the record without.",
        )
    return path.read_bytes()


def sha256_of(content: bytes) -> str:
    """The hash by which contents are told apart."""
    return hashlib.sha256(content).hexdigest()


def _fits(path: Parts, parts: Parts) -> bool:
    """True if a path below the folder ends with these folders and this name."""
    return len(path) >= len(parts) and [*map(folded, path[-len(parts) :])] == [*map(folded, parts)]
