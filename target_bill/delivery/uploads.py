"""Uploads, as the documents of an object tell of them: what is attached, and what became of one without an answer.

One that does not stand among the documents may still come, for BILL works on an upload after it has answered
(documented: section 10, 5): so nothing is sent again before `LATER_S` have passed.
"""

from __future__ import annotations

import logging
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bill_api.errors import RefusedError
from bill_api.table.problem import Problem
from bill_values.spelling import folded
from target_bill.delivery.reconciler import Reconciled
from target_bill.model.attachment import ATTACHMENT, object_of
from target_bill.model.outcome import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bill_api.client import BillClient
    from bill_api.table.entity import Entity
    from target_bill.ledger.intents import Intent
    from target_bill.ledger.ledger import Ledger

log = logging.getLogger(__name__)

LATER_S = 900
"""Seconds after which an upload that does not stand among the documents is taken for one that did not happen (ours:
its pages are there after "a few minutes" on v3, documented; how long BILL works on one at most is unknown)."""


UNTOLD = "what became of its upload is not known, and BILL does not tell whether the object has it"


class Uploads:
    """Asks BILL what it has.

    Args:
        client: BILL.
        ledger: Knows the open uploads, and whose the others are.
    """

    def __init__(self, client: BillClient, ledger: Ledger) -> None:
        self._client = client
        self._ledger = ledger

    def open(self) -> list[Intent]:
        """Those without an outcome."""
        return [each for each in self._ledger.intents() if each.stream == ATTACHMENT.stream]

    def attached(self, bill_ids: Iterable[str]) -> Mapping[str, Mapping[str, list[str]]]:
        """The files that objects have and no record is known to have attached: by `file_key` the ids of uploads."""
        asked = {bill_id: self._client.begin(self._documents, bill_id) for bill_id in bill_ids}
        return {bill_id: self._free(found() or ()) for bill_id, found in asked.items()}

    def look(self, intents: Iterable[Intent]) -> Reconciled:
        """Sort uploads by what the objects' documents tell."""
        looked = Reconciled()
        taken: set[str] = set()
        for intent in intents:
            entity, bill_id = object_of(intent.body)
            documents = self._documents(bill_id)
            mine = self._free(documents or ()).get(file_key(intent.body.get("fileName")), [])
            found = next((each for each in mine if each not in taken), None)
            if found is not None:
                taken.add(found)
                looked.found.append((intent, found, Verdict.CREATED))
            elif not _is_proof(entity, documents) or (age_s := self._age_s(intent)) is None:
                looked.unclear[intent.key] = _unclear(intent, bill_id)
            elif age_s < LATER_S:
                looked.unclear[intent.key] = not_yet(intent)
            else:
                looked.absent.append(intent)
        return looked

    def _age_s(self, intent: Intent) -> float | None:
        """Seconds since an upload left; None where BILL tells no time."""
        told_s = self._client.clock.told_s()
        return None if told_s is None or math.isinf(intent.sent_at_s) else told_s - intent.sent_at_s

    def _documents(self, bill_id: str) -> list[dict[str, Any]] | None:
        """The documents of an object; None where BILL does not list them (documented of bills only)."""
        try:
            return self._client.documents(bill_id)
        except RefusedError as error:
            log.debug("the documents of %s are not told: %s", bill_id, error)
            return None

    def _free(self, documents: Iterable[Mapping[str, Any]]) -> Mapping[str, list[str]]:
        """Those that no record is known to have attached."""
        found: dict[str, list[str]] = {}
        for each in documents:
            if self._ledger.owner_of(ATTACHMENT.stream, _upload_of(each)) is None:
                found.setdefault(file_key(each.get("fileName")), []).append(_upload_of(each))
        return found


def file_key(name: Any) -> str:
    """The name of a file for comparing: that BILL keeps it to the letter is unknown."""
    return folded(str(name or ""))


def _upload_of(document: Mapping[str, Any]) -> str:
    """The id of the upload that a document came of (`documentRef`, live: section 10, 10), else its own."""
    return str(document.get("documentRef") or document["id"])


def _is_proof(entity: Entity, documents: Sequence[Mapping[str, Any]] | None) -> bool:
    """True if what is not among them is not there: BILL lists those of bills (documented), of others where it does."""
    return documents is not None and (entity.name == "Bill" or bool(documents))


def not_yet(intent: Intent) -> Problem:
    """The reason for which an upload is not sent again yet."""
    until = datetime.fromtimestamp(intent.sent_at_s + LATER_S, UTC)
    return Problem(
        field=None,
        reason="the answer to its upload was lost, and it is not among the object's documents yet; it may still come",
        hint=f"Run again after {until:%H:%M} UTC: it is looked for first, and sent again only if it is not there.",
    )


def _unclear(intent: Intent, bill_id: str) -> Problem:
    return Problem(
        field=None,
        reason=f"{UNTOLD}: {bill_id}",
        kind=UNTOLD,
        hint=f"Look at {bill_id} in BILL. If the file {intent.body.get('fileName')!r} is missing there, delete the row "
        "of this attachment from the table `intents` of the ledger; otherwise leave it out of the input.",
    )
