"""Duplicates: objects that another run may have created beside ours, where no key tells them apart.

A machine keeps its runs apart by a lock, and two machines do not know of each other. BILL itself refuses a bill whose
number its vendor has used; of recurring bills, or where duplicate numbers are allowed, the objects of both would stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bill_api.doubt.lookup import created_since
from bill_api.existing.content import content_of
from bill_api.identity.differences import differences
from bill_api.identity.keys import owners_of
from bill_api.table.entity import is_active
from target_bill.model.document import without_id
from target_bill.model.step import Action

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from typing import Any

    from bill_api.client import BillClient
    from bill_api.identity.keys import ObjectKey
    from bill_api.table.entity import Entity
    from target_bill.ledger.ledger import Ledger
    from target_bill.model.step import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """An object that is like one of ours, was created meanwhile, and belongs to no record of this ledger."""

    entity: Entity
    bill_id: str
    like: str


class Duplicates:
    """Looks for duplicates of what a run creates.

    Args:
        client: BILL.
        ledger: Knows which objects are ours.
        key: How the objects of an entity are told apart.
    """

    def __init__(self, client: BillClient, ledger: Ledger, key: Callable[[Entity], ObjectKey]) -> None:
        self._client = client
        self._ledger = ledger
        self._key = key
        self._since: dict[Entity, datetime] = {}

    def watch(self, step: Step) -> None:
        """Remember when the first object was created whose entity has no key of its own."""
        if step.action is Action.CREATE and not self._key(step.entity).is_unique:
            self._since.setdefault(step.entity, self._client.clock.since_now())

    def found(self) -> Iterator[Duplicate]:
        """The duplicates of what was created; one List for each entity that was watched.

        Raises:
            BillError: BILL cannot be asked.
        """
        for entity, since in self._since.items():
            rows = created_since(self._client, entity, since)
            ours: dict[str, list[Mapping[str, Any]]] = {}
            others: list[Mapping[str, Any]] = []
            for row in filter(is_active, rows):
                if self._ledger.owner_of(entity.stream, row["id"]) is None:
                    others.append(row)
                else:
                    ours.setdefault(owners_of(entity, row), []).append(row)
            for other in others:
                mine = ours.get(owners_of(entity, other), ())
                like = next((each for each in mine if _alike(entity, each, other)), None)
                if like is not None:
                    yield Duplicate(entity=entity, bill_id=other["id"], like=like["id"])


def _alike(entity: Entity, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    content, lines = content_of(entity, one), entity.lines
    if lines is not None and lines.name in content:
        content[lines.name] = [without_id(line) for line in content[lines.name]]
    return not differences(entity.fields, content, other)
