"""The messages of target-bill, and what the SDK does not keep of them."""

from __future__ import annotations

import sys
from typing import IO, TYPE_CHECKING, Any

from bill_singer.messages import MessageReader

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable


def _nothing(_error: BaseException) -> None:
    pass


class OriginReader(MessageReader):
    """Reads messages, and knows where the records between them come from.

    Attributes:
        stream: The stream of the message that was read last, before any alias.
        bookmarks: The properties by which each stream tells what has changed, for those that say it: the SDK drops
            them.
        file: The file that they are read from; None for a pipe, which has no name.
        on_stop: Told what has ended the run while it read.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stream = ""
        self.file: str | None = None
        self.bookmarks: dict[str, tuple[str, ...]] = {}
        self.on_stop: Callable[[BaseException], None] = _nothing

    def process_lines(
        self, file_input: IO[Any] | None, callbacks: dict[str, Callable[[dict[str, Any]], None]]
    ) -> Counter[str]:
        """Hand each message to its callback."""
        name = getattr(file_input, "name", None)
        self.file = name if isinstance(name, str) and name != sys.stdin.name else None
        try:
            return super().process_lines(file_input, callbacks)
        except BaseException as error:
            self.on_stop(error)
            raise

    def check(self, message: dict[str, Any]) -> None:
        """Refuse a message that cannot be worked with, and remember where the next record comes from."""
        super().check(message)
        if message["type"] == "STATE":
            return
        self.stream = message["stream"]
        if message["type"] == "SCHEMA":
            marks = message.get("bookmark_properties")
            several = [marks] if isinstance(marks, str) else marks if isinstance(marks, list) else []
            self.bookmarks[self.stream] = tuple(each for each in several if isinstance(each, str) and each)

    def bookmark(self, stream: str) -> str | None:
        """The property that orders the versions of a stream's records; None without one, or where several do it."""
        marks = self.bookmarks.get(stream, ())
        return marks[0] if len(marks) == 1 else None
