"""The ledger's open calls: their outcomes, as `bill_api.doubt.reconciliation.reconciliation` finds them out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bill_api.doubt.fate import Fate, Finding
from bill_api.doubt.lookup import ANOTHER_RUN_MARGIN
from bill_api.doubt.reconciliation import Reconciliation, Sent
from bill_api.entities import BY_STREAM
from bill_api.table.entity import Operation
from bill_api.table.problem import Problem
from target_bill.model.outcome import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bill_api.client import BillClient
    from bill_api.existing.objects import ExistingObjects
    from bill_api.identity.keys import ObjectKey
    from bill_api.table.entity import Entity
    from target_bill.ledger.intents import Intent
    from target_bill.ledger.ledger import Ledger

    Key = tuple[str, str]

SAME_RUN_MARGIN = timedelta(minutes=1)
"""Time before the call from which on is looked in the run that sent it: its clock has hardly been set meanwhile."""

DONE: Mapping[str, Verdict] = {
    Operation.CREATE: Verdict.CREATED,
    Operation.DELETE: Verdict.DELETED,
    Operation.UPDATE: Verdict.UPDATED,
    Operation.UNDELETE: Verdict.UPDATED,
}


@dataclass(slots=True)
class Reconciled:
    """Calls, sorted by their outcome.

    Attributes:
        found: Those that happened, each with its object and verdict.
        absent: Those that did not, for certain.
        unclear: For the others, by stream and source key, what a person has to look at; for a change of an object that
            has another content now nothing has to: it is planned again.
    """

    found: list[tuple[Intent, str, Verdict]] = field(default_factory=list)
    absent: list[Intent] = field(default_factory=list)
    unclear: dict[tuple[str, str], Problem] = field(default_factory=dict)


class Reconciler:
    """Asks about open calls.

    Args:
        client: BILL.
        ledger: Knows whose an object is.
        existing: Learns what is found.
        key: How the objects of an entity are told apart.
        pause: Waits for so many seconds.
    """

    def __init__(
        self,
        client: BillClient,
        ledger: Ledger,
        existing: ExistingObjects,
        *,
        key: Callable[[Entity], ObjectKey],
        pause: Callable[[float], None],
    ) -> None:
        self._client = client
        self._ledger = ledger
        self._existing = existing
        self._key = key
        self._pause = pause

    def look(
        self, intents: Sequence[Intent], *, same_run: bool, answered: Mapping[Key, str | None] | None = None
    ) -> Reconciled:
        """Find out the outcome of calls.

        Args:
            intents: The calls.
            same_run: Whether this process sent them.
            answered: By stream and source key those that BILL has answered, so that there is nothing to wait for,
                with the id that it answered, if it did.
        """
        looked = Reconciled()
        for stream in dict.fromkeys(intent.stream for intent in intents):
            mine = [intent for intent in intents if intent.stream == stream]
            reconciliation = self._reconciliation(
                BY_STREAM[stream], SAME_RUN_MARGIN if same_run else ANOTHER_RUN_MARGIN
            )
            sent = [_sent(each, answered or {}) for each in mine]
            for intent, finding in zip(mine, reconciliation.settle(sent), strict=True):
                _sort(looked, intent, finding)
        return looked

    def _reconciliation(self, entity: Entity, margin: timedelta) -> Reconciliation:
        def is_owned(bill_id: str) -> bool:
            return self._ledger.owner_of(entity.stream, bill_id) is not None

        def note(row: Mapping[str, Any]) -> None:
            self._existing.add(entity, row)

        return Reconciliation(
            self._client,
            entity,
            key=self._key(entity),
            pause=self._pause,
            margin=margin,
            is_owned=is_owned,
            note=note,
        )


def _sent(intent: Intent, answered: Mapping[Key, str | None]) -> Sent:
    obj = dict(intent.body) if intent.bill_id is None else {**intent.body, "id": intent.bill_id}
    return Sent(
        operation=Operation(intent.operation),
        obj=obj,
        sent_at_s=intent.sent_at_s,
        is_over=intent.key in answered,
        answered_id=answered.get(intent.key),
    )


def _sort(looked: Reconciled, intent: Intent, finding: Finding) -> None:
    if finding.fate is Fate.ADOPTED and finding.obj is not None:
        looked.found.append((intent, str(finding.obj["id"]), DONE[intent.operation]))
    elif finding.fate is Fate.UNCLEAR and intent.operation == Operation.CREATE:
        looked.unclear[intent.key] = _unclear(finding)
    else:
        # A change that did not happen, or was overtaken by another: it does the same once more.
        looked.absent.append(intent)


def _unclear(finding: Finding) -> Problem:
    ids = [str(finding.obj["id"])] if finding.obj else list(finding.candidates)
    differing = f", which differs in {', '.join(finding.differing)}" if finding.differing else ""
    return Problem(
        field=finding.differing[0] if finding.differing else None,
        reason=f"how an earlier create ended is not known, and {' or '.join(ids)} may be what came of it{differing}: "
        "nothing was sent again",
        kind="how an earlier create ended is not known, and an object in BILL may be what came of it",
        hint="Compare the two by hand. If it is this record, make them equal or give the record's `id`; if it is not, "
        "delete the row of this record from the table `intents` of the ledger.",
    )
