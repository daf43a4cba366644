"""Objects that a step refers to, as a plan pins them: a name may be another object's when the plan is carried out.

What the plan itself creates has no id yet: it is pinned by the record that it comes of.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from bill_api.entities import BY_NAME
from bill_api.identity.links import place_of
from bill_api.table.entity import ZERO_ID
from bill_api.table.kinds import is_empty
from target_bill.model.outcome import Hold
from target_bill.model.step import MORE, name_of
from target_bill.plan.edits import edited_since, state_of
from target_bill.plan.shown_step import ShownSteps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bill_api.existing.objects import ExistingObjects
    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field
    from target_bill.ledger.ledger import Ledger
    from target_bill.model.step import Notice, Step

CREATED = frozenset({Hold.WROTE, Hold.MADE})
"""Holds of a record on an object that came of it."""

STAND_IN = "new "
"""Beginning of the id of an object that a dry run would create."""


class Pins:
    """Pins objects, and finds which ones are others now.

    Args:
        ledger: Knows of which record an object came.
        existing: Knows the names of objects.
    """

    def __init__(self, ledger: Ledger, existing: ExistingObjects) -> None:
        self._ledger = ledger
        self._existing = existing
        self._shown_steps = ShownSteps(existing)

    def of(self, step: Step) -> list[dict[str, Any]]:
        """Every reference of a step: its field, the name of its object, and its id or the record that it comes of."""
        return [
            {"field": place, "name": self._existing.name_of(entity, bill_id), **self._pin(entity, bill_id)}
            for place, entity, bill_id in references(step)
        ]

    def object_of(self, step: Step) -> dict[str, str] | None:
        """The object that a step changes."""
        return self._pin(step.entity, step.bill_id) if step.bill_id else None

    def state_of(self, step: Step, salt: str) -> dict[str, str] | None:
        """Salted hashes of all that the object of a step says; None where the plan itself creates it."""
        is_there = step.bill_id is not None and not step.bill_id.startswith(STAND_IN)
        return state_of(step, salt) if is_there else None

    def edited(self, step: Step, row: Mapping[str, Any], salt: str) -> str | None:
        """The edits of the object of a step since it was planned, in words; None where there are none."""
        return edited_since(step, row, salt, self._existing.name_of)

    def shown(self, step: Step) -> dict[str, Any]:
        """A step as people read it."""
        return self._shown_steps.of(step)

    def problem(self, step: Step, pinned: Sequence[Mapping[str, Any]], own: Mapping[str, str] | None) -> str | None:
        """Reason for which a step is not the one that was planned, in words; None when it is.

        Args:
            step: What would be done.
            pinned: The references of the planned step.
            own: The object that the planned step changes.
        """
        if own is None or step.bill_id is None:
            is_own = own is None and step.bill_id is None
        else:
            is_own = self._is_same(own, step.entity, step.bill_id)
        if not is_own:
            return f"{step.bill_id} would be changed, and not {_shown(own)}"
        now = {place: (entity, bill_id) for place, entity, bill_id in references(step)}
        then = {str(each["field"]): each for each in pinned}
        for place in dict.fromkeys((*now, *then)):
            if place not in now or place not in then:
                return f"`{place}` is set in one only"
            if not self._is_same(then[place], *now[place]):
                return f"`{place}` would be {now[place][1]}, and not {_shown(then[place])}"
        return None

    def named_in(self, entity: Entity, notices: Iterable[Notice]) -> list[str]:
        """Everything that notices name: an object that came of a record by that, as it was before it was there."""
        found = set[str]()
        for name in {name for each in notices for name in each.of}:
            owner = self._ledger.owner_of(entity.stream, name)
            found.add(owner.source_key if owner is not None and owner.hold in CREATED else name)
        return sorted(found)

    def not_named(self, step: Step, planned: Sequence[str]) -> str | None:
        """The first notice of a step that names what an approved plan did not, in words; None where none does.

        A plan that names more than it shows was signed in the knowledge that there are others.
        """
        if MORE in planned:
            return None
        unseen = (each for each in step.notices if set(self.named_in(step.entity, [each])) - set(planned))
        return next((each.text for each in unseen), None)

    def _pin(self, entity: Entity, bill_id: str) -> dict[str, str]:
        owner = self._ledger.owner_of(entity.stream, bill_id) if bill_id.startswith(STAND_IN) else None
        return {"record": owner.source_key} if owner else {"id": bill_id}

    def _is_same(self, pin: Mapping[str, Any], entity: Entity, bill_id: str) -> bool:
        if "record" not in pin:
            return bool(pin.get("id") == bill_id)
        owner = self._ledger.owner_of(entity.stream, bill_id)
        # One that BILL has got meanwhile, and that the record would adopt, is not what the plan creates.
        return owner is not None and owner.source_key == pin["record"] and owner.hold in CREATED


def references(step: Step) -> Iterator[tuple[str, Entity, str]]:
    """The references of what a step sends: place, entity and id."""
    yield from _references(step.entity.fields, step.body, None)
    lines = step.entity.lines
    for place, line in enumerate(step.body.get(lines.name) or () if lines else ()):
        yield from _references(lines.item_fields if lines else (), line, place)


def _references(
    fields: tuple[Field, ...], body: Mapping[str, Any], line: int | None
) -> Iterator[tuple[str, Entity, str]]:
    referring = _referring(fields)
    for name, value in body.items():
        if name in referring and not is_empty(value) and value != ZERO_ID:
            yield place_of(name, line), referring[name], str(value)


@cache
def _referring(fields: tuple[Field, ...]) -> Mapping[str, Entity]:
    return {each.name: BY_NAME[each.references] for each in fields if each.references}


def _shown(pin: Mapping[str, Any] | None) -> str:
    if pin is None:
        return "a new object"
    name = f" ({pin['name']})" if pin.get("name") else ""
    return f"{pin['id']}{name}" if "id" in pin else f"what {name_of(pin['record'])} creates"
