"""Suspicions: a new object that may be there already, though no key says so; each a setting says what becomes of it.

Of BILL's own objects, as they were when the run first read them, and of the other records of the input. So no order of
the input changes a verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bill_api.identity.references import NAME, names_of
from bill_api.table.entity import Operation
from bill_api.table.problem import Problem
from bill_values.visible import in_quotes
from target_bill.model.step import MORE, Notice
from target_bill.plan.conflicts import SHOWN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_api.existing.lookalikes import Lookalike
    from bill_api.existing.objects import ExistingObjects
    from bill_api.table.entity import Entity
    from target_bill.model.document import Document
    from target_bill.plan.conflicts import Conflicts, Rival
    from target_bill.settings import Options, SuspicionLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """A reason to look at a new object before it is created.

    Attributes:
        setting: The setting that says what becomes of it.
        level: What it says.
        field: The field that is like another object's.
        kind: What is alike, in words.
        candidates: What it may be, in words.
        hint: What to do where they are the same.
        of: The same as ids of objects and keys of records.
    """

    setting: str
    level: SuspicionLevel
    field: str
    kind: str
    candidates: str
    hint: str
    of: tuple[str, ...] = ()

    @property
    def notice(self) -> Notice:
        """The suspicion for people, with what to do."""
        return Notice(f"{self.kind} {self.candidates}. {self.hint}", "suspicions", self.of)

    @property
    def problem(self) -> Problem:
        """The same as what is wrong with a record."""
        way = f" If it is another one, load it with `{self.setting}: warn`."
        return Problem(field=self.field, reason=f"{self.kind} {self.candidates}", kind=self.kind, hint=self.hint + way)


class Suspicions:
    """Suspects new objects.

    Args:
        options: What the user has chosen.
        existing: What BILL has.
        conflicts: Knows the other records of the input.
    """

    def __init__(self, options: Options, existing: ExistingObjects, conflicts: Conflicts) -> None:
        self._options = options
        self._existing = existing
        self._conflicts = conflicts

    def of(self, document: Document, body: Mapping[str, Any]) -> list[Suspicion]:
        """The suspicions against an object that would be created; none in a copy, for BILL has both there.

        Args:
            document: Its record.
            body: Its values, with references as BILL ids.
        """
        if document.is_copy:
            return []
        found = [self._of_number(document, body), self._of_others(document, body), self._of_amount(document, body)]
        name = names_of(document.entity, body).get(NAME, "") if document.entity.lookups else ""
        return [each for each in (*found, self.of_name(document.entity, name, document.source_key)) if each is not None]

    def expect(self, document: Document, name: str) -> None:
        """Note a vendor or customer that is to be made, for those that come with it."""
        self._conflicts.expect(document.entity, name, document.source_key)

    def of_name(self, entity: Entity, name: str, source_key: str) -> Suspicion | None:
        """The suspicion against a vendor or customer that would be created with a name, of a record."""
        if self._options.similar_names == "off" or not name or self._existing.ensure(entity):
            return None
        alike = self._existing.nearly_named(entity, name, SHOWN + 1)
        others = self._conflicts.of_near_name(entity, name, source_key, [each.name for each in alike])
        if not (alike or others):
            return None
        gone = next((each for each in alike if not each.is_active), None)
        way = entity.offers(Operation.UNDELETE) and gone
        back = f", or bring it back: `bill undelete {entity.stream} {way.bill_id}`" if way else ""
        return Suspicion(
            setting="similar_names",
            level=self._options.similar_names,
            field="name",
            kind="its name is nearly",
            candidates=_listed(
                [
                    *(f"{in_quotes(each.name)} ({_state(each)}{each.bill_id})" for each in alike),
                    *(f"that of {each.name}" for each in others),
                ]
            ),
            hint=f"If it is the same {entity.name}, use that name{back}.",
            of=_names(alike, others),
        )

    def _of_number(self, document: Document, body: Mapping[str, Any]) -> Suspicion | None:
        entity, setting = document.entity, self._options.similar_numbers
        if setting == "off" or not entity.number:
            return None
        keys = self._options.key_of(entity)
        parts = keys.parts(entity, body)
        key, near = keys.joined(entity, parts), keys.loosened(entity, parts)
        known = self._existing.lookalikes.of_number(entity, key, near, SHOWN + 1) if key and near else ()
        others = self._conflicts.near(document.place)
        if not (known or others):
            return None
        return Suspicion(
            setting="similar_numbers",
            level=setting,
            field=entity.number,
            kind="its number is nearly",
            candidates=_listed([*map(_document, known), *(f"that of {each.name}" for each in others)]),
            hint=f"If it is the same {entity.name}, leave it out, or give it that number.",
            of=_names(known, others),
        )

    def _of_others(self, document: Document, body: Mapping[str, Any]) -> Suspicion | None:
        """The suspicion that the document is there for another party: it was entered for the wrong one."""
        entity, setting = document.entity, self._options.similar_numbers
        if setting == "off" or not entity.number:
            return None
        known = self._existing.lookalikes.of_others(entity, body, SHOWN + 1)
        others = self._conflicts.of_others(document.place)
        if not (known or others):
            return None
        party = _party(entity)
        return Suspicion(
            setting="similar_numbers",
            level=setting,
            field=entity.number,
            kind=f"its number, amount and day, with another {party}, has",
            candidates=_listed([*map(_document, known), *(f"the record {each.name}" for each in others)]),
            hint=f"If one of them has the wrong {party}, correct that one, and leave the other out.",
            of=_names(known, others),
        )

    def _of_amount(self, document: Document, body: Mapping[str, Any]) -> Suspicion | None:
        entity, setting, days = document.entity, self._options.similar_amounts, self._options.duplicate_days
        if setting == "off" or not entity.number:
            return None
        known = self._existing.lookalikes.of_amount(entity, body, days, SHOWN + 1)
        others = self._conflicts.of_same_amount(document.place, days)
        if not (known or others):
            return None
        return Suspicion(
            setting="similar_amounts",
            level=setting,
            field="amount",
            kind=f"the same {_party(entity)} and amount within {days} days has",
            candidates=_listed([*map(_document, known), *(f"the record {each.name}" for each in others)]),
            hint=f"If it is the same {entity.name}, leave it out.",
            of=_names(known, others),
        )


def _party(entity: Entity) -> str:
    return " and ".join(name.removesuffix("Id") for name in entity.owners)


def _state(found: Lookalike) -> str:
    return "" if found.is_active else "inactive, "


def _document(found: Lookalike) -> str:
    """A document of BILL as people find it: number, id, day and amount."""
    day = "" if found.day is None else f", {date.fromordinal(found.day)}"
    money = "" if found.money is None else f", {Decimal(found.money):,.2f}"
    return f"{in_quotes(found.name)} of {found.bill_id}{day}{money}"


def _names(known: Sequence[Lookalike], others: Sequence[Rival] = ()) -> tuple[str, ...]:
    names = [*(each.bill_id for each in known), *(each.source_key for each in others)]
    return (*names[:SHOWN], *([MORE] if len(names) > SHOWN else []))


def _listed(names: Sequence[str]) -> str:
    more = [MORE] if len(names) > SHOWN else []
    return ", ".join([*names[:SHOWN], *more])
