"""Lists of which BILL tells no times: read whole in each sync, and sent when anything in them is another.

A list waits on disk until its end is known; then its fingerprint says whether it is the one that was sent last. Where
several organizations share a table whose versions are told (ACTIVATE_VERSION), the lists of all wait for each other: a
version that is active has the rows of all, or it would take those of the others away.
"""

from __future__ import annotations

from functools import cached_property
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any, Protocol

from bill_values.exact_json import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping

    Page = list[Any]
    Context = Mapping[str, Any]

FINGERPRINT = "fingerprint"
"""The key of a bookmark that says which list was sent last."""

FINGERPRINT_CHARACTERS = 32
MAPS = ("stream_maps", "stream_map_config", "faker_config")
MEMORY_BYTES = 8_000_000
"""A list that is longer waits on disk."""


class SpooledList:
    """The pages of a list, all of them, until it is known whether they go out.

    Args:
        pages: Are read to their end.
        encode: Makes JSON of a row, the same for the same names and values.
        decode: Makes rows of an array of it.

    Attributes:
        digest: The same for the same rows in the same order.
    """

    def __init__(self, pages: Iterable[Page], encode: Callable[[Any], bytes], decode: Callable[[bytes], Page]) -> None:
        self._encode, self._decode = encode, decode
        self._file = SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115  closed by `close`
        try:
            self.digest = self._hold(pages)
        except BaseException:
            self.close()
            raise

    def _hold(self, pages: Iterable[Page]) -> bytes:
        digest = sha256()
        for page in pages:
            rows = [self._encode(row) for row in page]
            # Row by row: where a page ends is chance, and says nothing of the list.
            for row in rows:
                digest.update(row + b"\n")
            self._file.write(b"[" + b",".join(rows) + b"]\n")
        return digest.digest()

    def pages(self) -> Iterator[Page]:
        """The pages."""
        self._file.seek(0)
        for line in self._file:
            yield self._decode(line)

    def close(self) -> None:
        """Forget the pages."""
        self._file.close()


class Bookmarked(Protocol):
    """A stream with a bookmark for each organization."""

    @property
    def config(self) -> Mapping[str, Any]:
        """The settings of the tap."""

    @property
    def partitions(self) -> list[dict[str, Any]] | None:
        """The contexts of its bookmarks; None for a single one."""

    def get_context_state(self, context: Context | None) -> MutableMapping[str, Any]:
        """The bookmark of a context."""

    def schemas(self) -> list[dict[str, Any]]:
        """The schemas of its SCHEMA messages."""


class SentLists:
    """The lists that a stream has sent, by the fingerprints in its bookmarks.

    Rows that look otherwise make another fingerprint, and so do a schema and stream maps that make other records of
    the same rows.

    Args:
        stream: Has the bookmarks.
        counts: False if every list is to be sent again.
        as_versions: The rows of a list have a version: those that were sent without one are to be sent again.
    """

    def __init__(self, stream: Bookmarked, *, counts: bool, as_versions: bool = False) -> None:
        self._stream = stream
        self._counts = counts
        self._as_versions = as_versions
        self._before: dict[str, str] = {}

    def take_out(self) -> bool:
        """Remember what was sent, and take it out of the bookmarks; true if there was any.

        It comes back list by list. A sync that is cut off among the rows of a list must not leave STATE that says what
        was sent before it: the list may be the same again by the next sync, and some of its rows in the warehouse not.
        """
        partitions = self._stream.partitions
        contexts: list[dict[str, Any] | None] = [None] if partitions is None else [*partitions]
        for context in contexts:
            found = self._stream.get_context_state(context).pop(FINGERPRINT, None)
            if isinstance(found, str):
                self._before[_key(context)] = found
        return bool(self._before)

    def is_as_sent(self, context: Context | None, digest: bytes) -> bool:
        """True if the list was sent as it is."""
        return self._counts and self._before.get(_key(context)) == self._fingerprint(digest)

    def keep(self, context: Context | None, digest: bytes) -> None:
        """Write down that a list is sent."""
        self._stream.get_context_state(context)[FINGERPRINT] = self._fingerprint(digest)

    def _fingerprint(self, digest: bytes) -> str:
        return sha256(self._form + digest).hexdigest()[:FINGERPRINT_CHARACTERS]

    @cached_property
    def _form(self) -> bytes:
        """All that records are made by beside the rows: a schema, and the settings of stream maps."""
        maps = [self._stream.config.get(name) for name in MAPS]
        return encode([self._stream.schemas(), maps, *(["versions"] if self._as_versions else [])]).encode()


def _key(context: Context | None) -> str:
    return encode(dict(context or {}))
