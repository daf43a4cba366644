"""BILL's lists that will be needed, read while the input comes in."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING

from bill_program.threads import signals_kept_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bill_api.existing.objects import ExistingObjects
    from bill_api.table.entity import Entity


class ListsAhead:
    """Reads lists of BILL in a thread of its own while the input comes in.

    Args:
        existing: Takes in what is read; it belongs to that thread until `join`.
    """

    def __init__(self, existing: ExistingObjects) -> None:
        self._existing = existing
        self._wanted: SimpleQueue[Entity | None] = SimpleQueue()
        self._asked: set[str] = set()
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None

    def want(self, entities: Sequence[Entity]) -> None:
        """Read the lists of these entities, unless that has been asked for.

        Raises:
            BillError: What an earlier one was refused with.
        """
        self._raise()
        for entity in entities:
            if entity.name not in self._asked:
                self._asked.add(entity.name)
                self._wanted.put(entity)
                self._thread = self._thread or self._started()

    def join(self) -> None:
        """Wait until all is read; from then on the objects belong to the caller.

        Raises:
            BillError: What it was refused with.
        """
        if self._thread is not None:
            self._wanted.put(None)
            self._thread.join()
            self._thread = None
        self._raise()

    @property
    def is_reading(self) -> bool:
        """True if the objects are in use."""
        return self._thread is not None and self._thread.is_alive()

    def _started(self) -> threading.Thread:
        thread = threading.Thread(target=self._read, name="read-ahead", daemon=True)
        with signals_kept_out():
            thread.start()
        return thread

    def _read(self) -> None:
        try:
            while (entity := self._wanted.get()) is not None:
                self._existing.ensure(entity)
        except BaseException as error:  # noqa: BLE001  raised again in the thread that waits for it
            self._error = error

    def _raise(self) -> None:
        if self._error is not None:
            error, self._error = self._error, None
            raise error
