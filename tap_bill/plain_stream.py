"""The shared part of the tap's streams, beside what the SDK does for each."""

from __future__ import annotations

from typing import Any

from singer_sdk import Stream

from bill_singer.logs import leave_to_the_ending


class PlainStream(Stream):
    """Counts its records where they are written, for stream maps drop some, and leaves its log to the ending.

    Attributes:
        went_out: Records since the count was last taken.
    """

    went_out = 0

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        leave_to_the_ending(self.logger)

    @property
    def emit_activate_version_messages(self) -> bool:
        """False: the SDK would take rows away before those that replace them have come."""
        return False

    def schemas(self) -> list[dict[str, Any]]:
        """The schemas of its SCHEMA messages."""
        return [each.schema for each in self._generate_schema_messages()]

    def _write_record_message(self, record: dict[str, Any]) -> None:
        for message in self._generate_record_messages(record):
            self._tap.write_message(message)
            self.went_out += 1
        self.state_manager.is_flushed = False

    def take_count(self) -> int:
        """The number of records that went out since it was last asked."""
        count, self.went_out = self.went_out, 0
        return count
