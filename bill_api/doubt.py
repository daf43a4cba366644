"""A write whose answer was lost, settled by the process that sent it: look, wait, look again, send nothing.

While the call may still be executing, what is not there may still come: only after that it is absent for certain.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bill_api.entity import ACTIVE, INACTIVE, LIST_LIMIT, Operation
from bill_api.lookup import bill_instant, created_since, differences, same
from bill_api.reading import every_row
from bill_api.values import parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from bill_api.client import BillClient
    from bill_api.entity import Entity

GRACE_S = 5.0
"""Added to the longest wait for an answer: a call that is answered by nobody may execute for so much longer (inferred;
how long BILL works on a call whose caller has gone is unknown)."""

MARGIN = timedelta(seconds=5)
"""How far back before the call is looked. The clock that counts is one process's own; BILL tells whole seconds."""

FIRST_PAUSE_S = 1.0

CREATING = frozenset({Operation.CREATE, Operation.BULK_CREATE})
ACTIVITY = {
    Operation.DELETE: INACTIVE,
    Operation.BULK_DELETE: INACTIVE,
    Operation.UNDELETE: ACTIVE,
}


class Fate(StrEnum):
    """What became of a write."""

    ADOPTED = "adopted"  # it happened: BILL holds what was sent
    ABSENT = "absent"  # it did not happen
    CONFLICT = "conflict"  # BILL holds something that may be it, but is not the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a look at BILL found of one element of a write.

    Attributes:
        fate: What became of it.
        obj: The object that BILL holds, where there is one.
        differing: The fields in which it is not what was sent.
        candidates: Ids of several objects that may be it.
    """

    fate: Fate
    obj: Mapping[str, Any] | None = None
    differing: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """The elements of one write whose answer was lost.

    Attributes:
        client: BILL.
        entity: What was written.
        operation: How.
        sent: The objects, each with its `id` unless it was a create.
        began_s: When the call began, in seconds since the epoch.
        over_at_s: From when on it cannot be executing any more; None when it is over already.
        sleep: Waits for so many seconds.
        now_s: Seconds since the epoch.
    """

    client: BillClient
    entity: Entity
    operation: Operation
    sent: Sequence[Mapping[str, Any]]
    began_s: float
    over_at_s: float | None
    sleep: Callable[[float], None]
    now_s: Callable[[], float]

    def settle(self) -> list[Finding]:
        """One finding per element, in order: looks until everything is found or the call is over.

        Raises:
            BillError: BILL cannot be asked; nothing is known then.
        """
        since = bill_instant(self.client, self.began_s, self.now_s())
        pause_s = FIRST_PAUSE_S
        while True:
            is_over = self.over_at_s is None or self.now_s() >= self.over_at_s
            findings = self._look(since)
            if is_over or not any(each.fate is Fate.ABSENT for each in findings):
                return findings
            assert self.over_at_s is not None  # noqa: S101  for the type checker: `is_over` says so
            self.sleep(max(0.0, min(pause_s, self.over_at_s - self.now_s())))
            pause_s *= 2

    def _look(self, since: datetime) -> list[Finding]:
        if self.operation not in CREATING:
            return [self._look_at(each, since) for each in self.sent]
        if self.entity.is_timed:
            rows = created_since(self.client, self.entity, since, MARGIN)
        else:
            rows = every_row(
                lambda query: self.client.list_page(self.entity, query),
                page_size=LIST_LIMIT,
                nested=bool(self.entity.children),
            )
        return judge(self.entity, self.sent, {row["id"]: row for row in rows}.values())

    def _look_at(self, sent: Mapping[str, Any], since: datetime) -> Finding:
        stored = self.client.read(self.entity, str(sent["id"]))
        if self.operation in ACTIVITY:
            is_done = stored.get("isActive") == ACTIVITY[self.operation]
            return Finding(fate=Fate.ADOPTED if is_done else Fate.ABSENT, obj=stored)
        differing = tuple(differences(self.entity.fields, sent, stored))
        if not differing:
            return Finding(fate=Fate.ADOPTED, obj=stored)
        touched = parse_instant(str(stored.get("updatedTime")))
        is_touched = touched is None or touched >= since - MARGIN
        return Finding(fate=Fate.CONFLICT if is_touched else Fate.ABSENT, obj=stored, differing=differing)


def judge(entity: Entity, sent: Sequence[Mapping[str, Any]], rows: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """What became of creates, by the objects that may have come of them; each object is taken for one create at most.

    Args:
        entity: What was created.
        sent: The objects of the creates.
        rows: What BILL has created since; for an entity that tells no times, everything.
    """
    left = list(rows)
    findings = []
    for obj in sent:
        equal = [row for row in left if not differences(entity.fields, obj, row)]
        alike = sum(1 for other in sent if other == obj)
        has_key = bool(entity.natural_key) and all(obj.get(name) not in (None, "") for name in entity.natural_key)
        if equal and ((len(equal) <= alike and entity.is_timed) or has_key):
            left.remove(equal[0])
            findings.append(Finding(fate=Fate.ADOPTED, obj=equal[0]))
        elif equal:
            findings.append(Finding(fate=Fate.CONFLICT, candidates=tuple(row["id"] for row in equal)))
        else:
            findings.append(_near(entity, obj, left) if has_key else Finding(fate=Fate.ABSENT))
    return findings


def _near(entity: Entity, obj: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Finding:
    """What has the key of an object, and other content."""
    namesake = next(
        (row for row in rows if all(same(obj[name], row.get(name)) for name in entity.natural_key)),
        None,
    )
    if namesake is None:
        return Finding(fate=Fate.ABSENT)
    differing = tuple(differences(entity.fields, obj, namesake))
    return Finding(fate=Fate.CONFLICT, obj=namesake, differing=differing)
