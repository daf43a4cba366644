"""The way in: records are read, understood and put aside until the input has ended.

STATE goes out at the end of the input anyway, so nothing is lost by waiting for it; and only the whole input tells
which records are one, and which claim one object. Meanwhile BILL's lists that will be needed are read ahead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_bill.input.claims import claim_of
from target_bill.input.spool import AT_ONCE, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bill_api.identity.keys import ObjectKey
    from bill_api.table.entity import Entity
    from target_bill.account.report import Report
    from target_bill.input.parser import Origin, Parser
    from target_bill.input.spool import Spool
    from target_bill.ledger.ledger import Ledger
    from target_bill.model.document import Document


class Intake:
    """Takes records in.

    Args:
        parser: Makes documents of them.
        ledger: Knows those that were written as they are.
        spool: Keeps them.
        need: Told whose lists will be needed of BILL.
        report: Counts them.
        key: How the objects of an entity are told apart.
    """

    def __init__(
        self,
        parser: Parser,
        ledger: Ledger,
        spool: Spool,
        need: Callable[[Sequence[Entity]], None],
        report: Report,
        key: Callable[[Entity], ObjectKey],
    ) -> None:
        self._parser = parser
        self._ledger = ledger
        self._spool = spool
        self._need = need
        self._report = report
        self._key = key
        self._waiting: list[Document] = []

    def take(self, origin: Origin, record: Mapping[str, Any]) -> None:
        """Take a record in; every now and then a batch is put aside."""
        document = self._parser.parse(origin, record)
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
        self._need(_needed(each for each in self._waiting if states[id(each)] is State.PENDING))
        self._waiting = []

    def _state(self, document: Document) -> State:
        is_known = not document.problems and self._ledger.has_as_it_is(document)
        return State.AS_WRITTEN if is_known else State.PENDING

    def _claim(self, document: Document) -> Any:
        if document.problems or not document.entity.is_loadable:
            return None
        return claim_of(document, self._key(document.entity))


def _needed(documents: Iterable[Document]) -> list[Entity]:
    """Entities whose lists are needed to decide on these documents: their own, and those of what they name."""
    found: dict[Entity, None] = {}
    for document in documents:
        if document.problems or not document.entity.is_loadable:
            continue
        found[document.entity] = None
        found.update(dict.fromkeys(link.entity for link in document.links if link.by is not None))
    return list(found)
