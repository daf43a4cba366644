"""Files that STATE remembers, so that an unchanged one is not read again."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from bill_documents.reading.text import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bill_documents.mapping.layout import Layout

FILES = "files"
"""The key of a stream's bookmark that holds them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A file as it was read: name, size and content, and what the settings said about it. Nothing here is a float."""

    path: str
    size: int
    sha256: str
    settings: str


SHAPE: Mapping[str, type] = {"path": str, "size": int, "sha256": str, "settings": str}


def check_files(place: str, bookmark: Mapping[str, Any]) -> None:
    """Refuse what is no memory of files.

    Args:
        place: The bookmark's, in its STATE.
        bookmark: A stream's part of STATE.

    Raises:
        ValueError: It is none.
    """
    files = bookmark.get(FILES)
    for number, each in enumerate(files if isinstance(files, list) else [] if files is None else [files]):
        if not isinstance(each, dict) or any(not isinstance(each.get(name), kind) for name, kind in SHAPE.items()):
            raise ValueError(
                f"has {each!r:.80} as `{place}.{FILES}[{number}]`, where an object with {', '.join(SHAPE)} is expected"
            )


class Memory:
    """The files of one stream that earlier runs have read to the end.

    Args:
        bookmark: The stream's part of STATE; it is changed in place.
    """

    def __init__(self, bookmark: dict[str, Any]) -> None:
        self._bookmark = bookmark
        self._before = {
            (each.get("path"), each.get("size"), each.get("sha256"), each.get("settings"))
            for each in bookmark.get(FILES) or ()
        }

    def keep(self, layouts: Iterable[Layout]) -> None:
        """Forget files that the settings do not name any more."""
        named = {each.file.path for each in layouts}
        if FILES in self._bookmark:
            self._bookmark[FILES] = [each for each in self._bookmark[FILES] if each.get("path") in named]

    def look(self, layout: Layout, *beside: Layout) -> Known:
        """The file as it is now.

        Args:
            layout: The file's.
            beside: Other entries on which it depends what becomes of its rows.
        """
        path = layout.file.path
        size, sha256 = fingerprint(path, layout.file.unpacked)
        settings = layout.settings.checksum
        for each in beside:
            settings = hashlib.sha256(f"{settings} {each.settings.checksum}".encode()).hexdigest()
        return Known(path=path, size=size, sha256=sha256, settings=settings)

    def has(self, known: Known) -> bool:
        """True if the file was read as it is now."""
        return (known.path, known.size, known.sha256, known.settings) in self._before

    def add(self, known: Known) -> None:
        """Remember a file that has been read to the end."""
        files = self._bookmark.setdefault(FILES, [])
        files[:] = [each for each in files if (each.get("path"), each.get("settings")) != (known.path, known.settings)]
        files.append(asdict(known))
