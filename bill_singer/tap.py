"""Shared parts of our taps: STATE that is checked before anything is read, stdout, and an end by a signal."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, Any

from singer_sdk import Tap

from bill_program.errors import Interrupted, SettingsError
from bill_singer.output import written_out
from bill_singer.plugin import PlainPlugin
from bill_singer.states import bookmarks
from bill_singer.writer import BufferedWriter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType


class PlainTap(PlainPlugin, Tap):
    """A tap that ends in one line, whatever its STATE, its stdout or a person does."""

    message_writer_class = BufferedWriter
    message_writer: BufferedWriter
    has_whole_schemas = True

    def setup_mapper(self) -> None:
        """Make the maps of all streams, before anything is read."""
        super().setup_mapper()
        self.mapper.register_raw_streams_from_catalog(self.catalog)

    @classmethod
    def check_state(cls, state: Mapping[str, Any]) -> None:
        """Refuse a STATE in which a bookmark is none of ours.

        Raises:
            ValueError: It is one; the text names the place in it.
        """
        for place, bookmark in bookmarks(state):
            cls.check_bookmark(place, bookmark)

    @classmethod
    def check_bookmark(cls, place: str, bookmark: Mapping[str, Any]) -> None:
        """Refuse the bookmark of a stream or partition.

        Raises:
            ValueError: It cannot be gone on from.
        """

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from a STATE.

        Raises:
            SettingsError: It cannot be gone on from.
        """
        try:
            self.check_state(state)
        except ValueError as error:
            raise SettingsError(f"STATE {error}; give the last line that the target has printed") from None
        super().load_state(state)

    def run_discovery(self) -> str:
        """Print the catalog."""
        with written_out():
            text = super().run_discovery()
            sys.stdout.flush()
        return text

    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002
        # The SDK would end with 0, as if everything had been read.
        stop = Interrupted(f"stopped by {signal.Signals(signum).name}; the next run goes on at the last STATE")
        if self.message_writer.is_writing:
            self.message_writer.stop = stop
            return
        try:
            self.state_writer.write_state(self.state)
        finally:
            raise stop
