"""A stream that counts the records that went out: stream maps drop some of those that it has."""

from __future__ import annotations

from typing import Any

from singer_sdk import Stream


class CountedStream(Stream):
    """Counts its records where they are written.

    Attributes:
        went_out: Records since the count was last taken.
    """

    went_out = 0

    def _write_record_message(self, record: dict[str, Any]) -> None:
        for message in self._generate_record_messages(record):
            self._tap.write_message(message)
            self.went_out += 1
        self.state_manager.is_flushed = False

    def take_count(self) -> int:
        """How many records went out since it was last asked."""
        count, self.went_out = self.went_out, 0
        return count
