"""A stream, as a reading sees it that makes records for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from logging import Logger, LoggerAdapter

    from singer_sdk.metrics import Counter

    from tap_bill.documents import Record
    from tap_bill.whole_lists import SentLists

Context = Mapping[str, Any]


class Receiver(Protocol):
    """A stream that gets records of a reading."""

    name: str
    head: bytes
    sent: SentLists

    @property
    def logger(self) -> Logger | LoggerAdapter[Any]:
        """Its log."""

    @property
    def selected(self) -> bool:
        """True if its records are wanted."""

    @property
    def is_trial(self) -> bool:
        """True if only a few records are wanted and none are written (`--test`)."""

    @property
    def needs_lines(self) -> bool:
        """True if its records are made of the lines of documents."""

    @property
    def partitions(self) -> list[dict[str, Any]]:
        """The contexts of its bookmarks, one for each organization in their order."""

    def records_of(self, documents: list[Record]) -> list[Record]:
        """The records of documents in their form; those of documents are the documents themselves, changed in place."""

    def announce(self) -> None:
        """Write the schema."""

    def write(self, records: Sequence[Record]) -> None:
        """Write records, and count them."""

    def take_count(self) -> int:
        """The number of records that went out since it was last asked."""

    @property
    def version(self) -> int | None:
        """The version of its rows, if versions are told of them."""

    def activate_version(self) -> None:
        """Say that the rows of its version are all that there are."""

    def write_state(self) -> None:
        """Write the bookmarks."""

    def bookmarked(self, context: Context) -> str | None:
        """The instant up to which an earlier sync was complete."""

    def bookmark(self, context: Context, value: str | None) -> None:
        """Move the bookmark on; None forgets it."""

    def get_record_counter(self) -> Counter:
        """The SDK's counter of records."""
