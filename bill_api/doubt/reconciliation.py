"""Writes whose answers were lost, settled by looking: one wait, one comparison and one rule for every caller.

While a call may still be executing, what is not there may still come: only after that it is absent for certain.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bill_api.doubt.fate import Fate, Finding, judge, never
from bill_api.doubt.lookup import created_since, touched_since
from bill_api.errors import RefusedError, is_not_found
from bill_api.identity.differences import differences
from bill_api.reading.pages import every_row
from bill_api.table.entity import ACTIVE, IN_BULK, INACTIVE, LIST_LIMIT, TIME, Operation
from bill_api.table.paths import of_list
from bill_api.wire.clock import EVER
from bill_values.instants import parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from bill_api.client import BillClient
    from bill_api.identity.keys import ObjectKey
    from bill_api.table.entity import Entity

    Object = Mapping[str, Any]

GRACE_S = 2.0
GRACE_SHARE = 0.25
"""Added to the longest wait for an answer: a quarter of it, at least two seconds. A call that is waited for no more may
execute for so much longer (inferred; how long BILL goes on with it is unknown)."""

MARGIN = timedelta(seconds=5)
"""Added before a call where objects are looked for, by the process that sent it. BILL mostly tells whole seconds."""

FIRST_PAUSE_S = 1.0

SINGLE = {bulk: single for single, bulk in IN_BULK.items()}
ACTIVITY = {Operation.DELETE: INACTIVE, Operation.UNDELETE: ACTIVE}
"""The value of `isActive` once it has happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A write whose answer was lost.

    Attributes:
        operation: How it was written; a bulk operation stands for each of its elements.
        obj: What BILL holds when it has happened, with its `id` unless it is a create.
        sent_at_s: When the call left, in seconds since the epoch by BILL's clock; in the future where nothing tells.
        is_over: BILL has answered, though not about this: it cannot be executing any more, and is not waited for.
        answered_id: The id of an object that BILL answered in the place of this one.
    """

    operation: Operation
    obj: Object
    sent_at_s: float
    is_over: bool = False
    answered_id: str | None = None


def patience_s(timeout_s: float) -> float:
    """Seconds that a call may be executing after it left.

    Args:
        timeout_s: The longest wait for an answer, a setting.
    """
    return timeout_s + max(GRACE_S, timeout_s * GRACE_SHARE)


def _nothing(_row: Object) -> None:
    pass


class Reconciliation:
    """Settles writes of one entity by looking at what BILL holds.

    Args:
        client: BILL.
        entity: What was written.
        key: How objects are told apart; the entity's natural key unless given.
        pause: Waits for so many seconds.
        now_s: Seconds since the epoch by BILL's clock; the client's, unless given.
        margin: How far back before the calls is looked.
        is_owned: Whether the object of an id is known to be what another write became.
        note: Is told every row that was read.
    """

    def __init__(
        self,
        client: BillClient,
        entity: Entity,
        *,
        key: ObjectKey | None = None,
        pause: Callable[[float], None],
        now_s: Callable[[], float] | None = None,
        margin: timedelta = MARGIN,
        is_owned: Callable[[str], bool] = never,
        note: Callable[[Object], None] = _nothing,
    ) -> None:
        self._client = client
        self._entity = entity
        self._key = key
        self._pause = pause
        self._now_s = now_s or client.clock.now_s
        self._margin = margin
        self._is_owned = is_owned
        self._note = note

    def settle(self, sent: Sequence[Sent]) -> list[Finding]:
        """One finding per write, in order: looks until everything is found or no call can be executing any more.

        Raises:
            BillError: BILL cannot be asked; nothing is known then.
        """
        if not sent:
            return []
        self._make_sure_of_a_clock()
        since, over_at_s = self._since(sent), self._over_at_s(sent)
        findings: dict[int, Finding] = {}
        left, pause_s = list(range(len(sent))), FIRST_PAUSE_S
        while True:
            is_over = self._now_s() >= over_at_s
            taken = {each.obj["id"] for each in findings.values() if each.fate is Fate.ADOPTED and each.obj}
            findings |= zip(left, self._look([sent[i] for i in left], since, taken), strict=True)
            left = [i for i in left if findings[i].fate is not Fate.ADOPTED]
            if is_over or not left:
                return [findings[i] for i in range(len(sent))]
            self._pause(max(0.0, min(pause_s, over_at_s - self._now_s())))
            pause_s *= 2

    def _make_sure_of_a_clock(self) -> None:
        """Take one that is before every call where BILL tells no time: all is looked at then, after the full wait."""
        try:
            self._now_s()
        except RefusedError:
            self._now_s = time.monotonic

    def _since(self, sent: Sequence[Sent]) -> datetime:
        """From when on the calls may have done something."""
        if max(each.sent_at_s for each in sent) > self._now_s() + self._margin.total_seconds():
            return EVER  # how long ago that was cannot be told
        return datetime.fromtimestamp(min(each.sent_at_s for each in sent), UTC)

    def _over_at_s(self, sent: Sequence[Sent]) -> float:
        """From when on none of the calls can be executing; never further away than one of them may take."""
        lasts_s = patience_s(self._client.connection.timeout_s)
        left_at_s = [each.sent_at_s for each in sent if not each.is_over]
        return min(max(left_at_s, default=0.0), self._now_s()) + lasts_s if left_at_s else 0.0

    def _look(self, sent: Sequence[Sent], since: datetime, taken: set[str]) -> list[Finding]:
        made = [i for i, each in enumerate(sent) if _operation(each) is Operation.CREATE]
        changed = [i for i, each in enumerate(sent) if _operation(each) is not Operation.CREATE]
        findings: dict[int, Finding] = {}
        if made:
            findings |= zip(made, self._look_for([sent[i] for i in made], since, taken), strict=True)
        if changed:
            now = self._touched(since, [str(sent[i].obj["id"]) for i in changed])
            findings |= {i: judge_change(self._entity, sent[i], now.get(str(sent[i].obj["id"]))) for i in changed}
        return [findings[i] for i in range(len(sent))]

    def _look_for(self, sent: Sequence[Sent], since: datetime, taken: set[str]) -> list[Finding]:
        def is_owned(bill_id: str) -> bool:
            return bill_id in taken or self._is_owned(bill_id)

        return judge(
            self._entity,
            [each.obj for each in sent],
            self._created(since).values(),
            key=self._key,
            is_owned=is_owned,
            answered=[each.answered_id for each in sent],
        )

    def _created(self, since: datetime) -> dict[str, Object]:
        """Objects created since, by id; of an entity that tells no times, all."""
        if self._entity.is_timed:
            return self._noted(created_since(self._client, self._entity, since, self._margin))
        nested = bool(self._entity.children)
        rows = every_row(
            lambda query: self._client.list_page(self._entity, query),
            page_size=LIST_LIMIT,
            nested=nested,
            lengths=self._client.page_lengths[nested],
        )
        return self._noted(of_list(self._entity, rows))

    def _touched(self, since: datetime, bill_ids: Iterable[str]) -> dict[str, Object]:
        """Objects changed since, by id, the ones asked for among them; of an entity that tells no times, only those."""
        ids = list(dict.fromkeys(bill_ids))
        if not self._entity.is_timed:
            return self._noted(self._present(ids))
        rows = self._whole(ids) if self._entity.offers(Operation.BULK_READ) else None
        if rows is None:
            return self._noted(touched_since(self._client, self._entity, since, self._margin))
        begin = since - self._margin
        return self._noted(row for row in rows if _is_touched(row, begin))

    def _present(self, bill_ids: Sequence[str]) -> Iterator[Object]:
        """Those of these objects that there are; BILL refused to change another for that, and nothing was done.

        Raises:
            RefusedError: BILL does not say whether there is one.
        """
        for outcome in self._client.read_many(self._entity, bill_ids):
            if not isinstance(outcome, RefusedError):
                yield outcome
            elif not is_not_found(outcome):
                raise outcome

    def _whole(self, bill_ids: Sequence[str]) -> list[Object] | None:
        """The objects by their ids; None where they are not given to this user, or not with their lines.

        Permissions are per operation (live: section 16, 3), and that a bulk read has lines is inferred.
        """
        lines = self._entity.lines
        try:
            rows = list(self._present(bill_ids))
        except RefusedError:
            return None
        return rows if lines is None or all(lines.name in row for row in rows) else None

    def _noted(self, rows: Iterable[Object]) -> dict[str, Object]:
        by_id = {}
        for row in rows:
            self._note(row)
            by_id[row["id"]] = row
        return by_id


def _is_touched(row: Object, begin: datetime) -> bool:
    """True unless the object tells that it was changed last before a moment."""
    time = row.get(TIME)
    changed = parse_instant(time) if isinstance(time, str) else None
    return changed is None or changed >= begin


def _operation(sent: Sent) -> Operation:
    return SINGLE.get(sent.operation, sent.operation)


def judge_change(entity: Entity, sent: Sent, now: Object | None) -> Finding:
    """The fate of an update, delete or undelete.

    Args:
        entity: What was changed.
        sent: The write.
        now: The object as it is, if it was touched since, or if nothing tells whether it was.
    """
    if now is None:
        return Finding(fate=Fate.ABSENT)
    wanted = ACTIVITY.get(_operation(sent))
    if wanted is not None:
        return Finding(fate=Fate.ADOPTED if now.get("isActive") == wanted else Fate.ABSENT, obj=now)
    differing = tuple(differences(entity.fields, sent.obj, now))
    return Finding(fate=Fate.UNCLEAR if differing else Fate.ADOPTED, obj=now, differing=differing)
