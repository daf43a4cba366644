"""Calls whose outcome is not known: look at what BILL has, and wait for what may still be executing.

A timeout, a dropped connection, a 5xx, a body that cannot be read, a killed process: the call may have happened, or may
still be happening. One List finds everything that was created (or touched) since it was sent. What is there with the
content that was sent is ours; what is certainly absent may be sent again, and nothing else.
"""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from bill_api.entities import BY_STREAM
from bill_api.lookup import MARGIN, bill_instant, created_since, differences, touched_since
from target_bill.document import is_active
from target_bill.mirror import key_of
from target_bill.outcome import Verdict
from target_bill.planner import Action

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from bill_api.client import BillClient
    from bill_api.entity import Entity
    from target_bill.ledger import Intent, Ledger
    from target_bill.mirror import Mirror
    from target_bill.settings import Key

log = logging.getLogger(__name__)

GRACE_S = 2.0
GRACE_SHARE = 0.25
"""Added to `timeout_s` when waiting for a call that may still be executing: a quarter of it, at least two seconds.
How long BILL goes on with a call that nobody waits for is unknown."""

SAME_RUN_MARGIN = timedelta(minutes=1)
"""How far back is looked in the run that sent the call: its clock has hardly been set meanwhile."""

Found = tuple["Intent", str, Verdict]


class Inquiry:
    """Finds out what became of calls.

    Args:
        client: BILL.
        ledger: Whose open intents are asked about.
        mirror: Learns what is found.
        key: How the objects of an entity are told apart.
        timeout_s: How long a call is waited for.
        pause: Waits for so many seconds.
    """

    def __init__(
        self,
        client: BillClient,
        ledger: Ledger,
        mirror: Mirror,
        *,
        key: Callable[[Entity], Key],
        timeout_s: float,
        pause: Callable[[float], None],
    ) -> None:
        self._client = client
        self._ledger = ledger
        self._mirror = mirror
        self._key = key
        self._patience_s = timeout_s + max(GRACE_S, timeout_s * GRACE_SHARE)
        self._pause = pause
        self._adopted: set[tuple[str, str]] = set()

    def look(self, intents: Sequence[Intent], *, same_run: bool) -> tuple[list[Found], list[Intent], list[Intent]]:
        """What became of calls.

        When some are not there yet, it is waited until they cannot be executing any more, and looked once more.

        Args:
            intents: The calls; those without a body cannot be told.
            same_run: Whether this process sent them.

        Returns:
            What happened, with the object and the verdict; what is certainly absent; and where BILL has an object
            with the same key and another content, or nobody can tell.
        """
        found, missing, unclear = self._look(intents, same_run=same_run)
        if missing:
            self._wait(missing)
            more, missing, others = self._look(missing, same_run=same_run)
            found += more
            unclear += others
        return found, missing, unclear

    def _look(self, intents: Iterable[Intent], *, same_run: bool) -> tuple[list[Found], list[Intent], list[Intent]]:
        found: list[Found] = []
        missing: list[Intent] = []
        unclear: list[Intent] = []
        for stream in dict.fromkeys(intent.stream for intent in intents):
            mine = [intent for intent in intents if intent.stream == stream]
            created = [intent for intent in mine if intent.operation == Action.CREATE]
            changed = [intent for intent in mine if intent.operation != Action.CREATE]
            entity, margin = BY_STREAM[stream], SAME_RUN_MARGIN if same_run else MARGIN
            if created:
                self._match_creates(entity, created, margin, found, missing, unclear)
            if changed:
                self._match_changes(entity, changed, margin, found, missing)
        return found, missing, unclear

    def _match_creates(
        self,
        entity: Entity,
        intents: Sequence[Intent],
        margin: timedelta,
        found: list[Found],
        missing: list[Intent],
        unclear: list[Intent],
    ) -> None:
        key = self._key(entity)
        by_key: dict[str, list[dict[str, Any]]] = {}
        for row in created_since(self._client, entity, self._sent(intents), margin):
            self._mirror.add(entity, row)
            if not self._is_taken(entity, row["id"]):
                by_key.setdefault(key_of(entity, key, row), []).append(row)
        for intent in intents:
            if intent.body is None:
                self._wait([intent])
                unclear.append(intent)
                continue
            candidates = by_key.get(key_of(entity, key, intent.body), [])
            equal = next((row for row in candidates if not differences(entity.fields, intent.body, row)), None)
            if equal is not None:
                candidates.remove(equal)
                self._adopted.add((entity.stream, equal["id"]))
                found.append((intent, equal["id"], Verdict.CREATED))
            elif key.is_unique and any(is_active(row) for row in candidates):
                unclear.append(intent)
            else:
                missing.append(intent)

    def _match_changes(
        self,
        entity: Entity,
        intents: Sequence[Intent],
        margin: timedelta,
        found: list[Found],
        missing: list[Intent],
    ) -> None:
        """An update or delete may be sent again: it does the same once more."""
        touched = {}
        for row in touched_since(self._client, entity, self._sent(intents), margin):
            self._mirror.add(entity, row)
            touched[row["id"]] = row
        for intent in intents:
            now = touched.get(intent.bill_id or "")
            if now is None or not _has_happened(entity, intent, now):
                missing.append(intent)
            else:
                verdict = Verdict.DELETED if intent.operation == Action.DELETE else Verdict.UPDATED
                found.append((intent, now["id"], verdict))

    def _is_taken(self, entity: Entity, bill_id: str) -> bool:
        return (entity.stream, bill_id) in self._adopted or self._ledger.is_owned(entity.stream, bill_id)

    def _sent(self, intents: Iterable[Intent]) -> Any:
        return bill_instant(self._client, min(intent.sent_at_s for intent in intents), time.time())

    def _wait(self, intents: Iterable[Intent]) -> None:
        """Wait until none of these calls can be executing any more."""
        wait_s = max(intent.sent_at_s for intent in intents) + self._patience_s - time.time()
        if wait_s > 0:
            log.warning("Waiting %.0f s: a call without an answer may still be executing at BILL", wait_s)
            self._pause(wait_s)


def _has_happened(entity: Entity, intent: Intent, row: Mapping[str, Any]) -> bool:
    match intent.operation:
        case Action.DELETE:
            return not is_active(row)
        case Action.UNDELETE:
            return is_active(row)
    return intent.body is not None and not differences(entity.fields, intent.body, row)
