"""The way in: records are read, understood and put aside until the input has ended.

STATE goes out at the end of the input anyway, so nothing is lost by waiting for it; and only the whole input tells
which records are one, and which claim one object. Meanwhile BILL's lists that will be needed are read ahead.
"""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from bill_api.threads import signals_kept_out
from target_bill.claims import claim_of
from target_bill.document import is_written
from target_bill.spool import AT_ONCE, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bill_api.entity import Entity
    from target_bill.decider import Decider
    from target_bill.desk import Desk, Origin
    from target_bill.document import Document
    from target_bill.ledger import Ledger
    from target_bill.mirror import Mirror
    from target_bill.report import Report
    from target_bill.settings import Options
    from target_bill.spool import Spool


class Intake:
    """Takes records in.

    Args:
        desk: Understands them.
        ledger: Knows those that were written as they are.
        spool: Keeps them.
        ahead: Reads what will be needed of BILL.
        report: Counts them.
        decider: Knows which of them give an object's id.
        options: Say how objects are told apart.
    """

    def __init__(
        self,
        desk: Desk,
        ledger: Ledger,
        spool: Spool,
        ahead: Ahead,
        report: Report,
        decider: Decider,
        options: Options,
    ) -> None:
        self._desk = desk
        self._ledger = ledger
        self._spool = spool
        self._ahead = ahead
        self._report = report
        self._decider = decider
        self._options = options
        self._waiting: list[Document] = []

    def take(self, origin: Origin, record: Mapping[str, Any]) -> None:
        """Take a record in; every now and then a batch is put aside."""
        document = self._desk.understand(origin, record)
        self._report.received(document)
        self._waiting.append(document)
        if len(self._waiting) >= AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Put aside what was taken in.

        Raises:
            BillError: BILL cannot be read ahead.
        """
        by_stream: dict[str, list[Document]] = {}
        for document in self._waiting:
            by_stream.setdefault(document.entity.stream, []).append(document)
        states: dict[int, State] = {}
        for stream, documents in by_stream.items():
            self._ledger.look_ahead(stream, [each.source_key for each in documents])
            states |= {id(each): self._state(each) for each in documents}
        self._spool.add([(each, states[id(each)], self._claim(each)) for each in self._waiting])
        self._ahead.want(_needed(each for each in self._waiting if states[id(each)] is State.PENDING))
        self._waiting = []

    def _state(self, document: Document) -> State:
        settled = self._ledger.settled(*document.key)
        is_known = settled is not None and self._decider.is_as_written(document, settled)
        return State.AS_WRITTEN if is_known and not document.problems else State.PENDING

    def _claim(self, document: Document) -> Any:
        if document.problems or not is_written(document.entity):
            return None
        own_id = self._decider.own_id(document)
        return claim_of(document, self._options.key_of(document.entity), own_id)


def _needed(documents: Iterable[Document]) -> list[Entity]:
    """Whose lists are needed to decide on these documents: their own, and of what they name."""
    found: dict[Entity, None] = {}
    for document in documents:
        if document.problems or not is_written(document.entity):
            continue
        found[document.entity] = None
        found.update(dict.fromkeys(link.entity for link in document.links if link.by is not None))
    return list(found)


class Ahead:
    """Reads lists of BILL in a thread of its own while the input comes in.

    Args:
        mirror: Takes what is read; it belongs to that thread until `join`.
    """

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
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
        """Wait until all is read; from then on the mirror belongs to the caller.

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
        """Whether the mirror is in use."""
        return self._thread is not None and self._thread.is_alive()

    def _started(self) -> threading.Thread:
        thread = threading.Thread(target=self._read, name="read-ahead", daemon=True)
        with signals_kept_out():
            thread.start()
        return thread

    def _read(self) -> None:
        try:
            while (entity := self._wanted.get()) is not None:
                self._mirror.ensure(entity)
        except BaseException as error:  # noqa: BLE001  raised again in the thread that waits for it
            self._error = error

    def _raise(self) -> None:
        if self._error is not None:
            error, self._error = self._error, None
            raise error
