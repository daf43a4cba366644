"""The fate of creates whose answers were lost, by what BILL holds now: pure, without a call.

What BILL holds need not be equal to be what was sent: BILL may keep a text in another form. So an object that is fresh
and belongs to no other write is unclear, and not absent, when its party and its number, name or total say so, when its
name resembles what was sent, or when BILL has answered its id.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bill_api.identity.differences import differences
from bill_api.identity.keys import joined, natural_key, near_key, part
from bill_api.identity.totals import lines_total
from bill_api.table.entity import INACTIVE
from bill_values.spelling import near

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bill_api.identity.keys import ObjectKey
    from bill_api.table.entity import Entity

    Object = Mapping[str, Any]


RESEMBLES = 0.7
"""Likeness of two names, from 0 to 1, that may be one in two forms; `Smith &amp; Sons` and `Smith & Sons` have 0.87."""


class Fate(StrEnum):
    """The end that a write came to."""

    ADOPTED = "adopted"  # it happened: BILL holds what was sent
    ABSENT = "absent"  # it did not happen
    UNCLEAR = "unclear"  # BILL holds something that may be it, and is not certainly it


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Result of a look at BILL for one write.

    Attributes:
        fate: What became of it.
        obj: The object that BILL holds, where there is one.
        differing: The fields in which it is not what was sent.
        candidates: Ids of several objects that may be it.
    """

    fate: Fate
    obj: Object | None = None
    differing: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()


def never(_bill_id: str) -> bool:
    """Says of no id that its object is known to be another write's."""
    return False


def judge(
    entity: Entity,
    sent: Sequence[Object],
    rows: Iterable[Object],
    *,
    key: ObjectKey | None = None,
    is_owned: Callable[[str], bool] = never,
    answered: Sequence[str | None] = (),
) -> list[Finding]:
    """The fate of creates, by the objects that may have come of them; each object is taken for one at most.

    Args:
        entity: What was created.
        sent: The objects of the creates.
        rows: What BILL has created since; for an entity that tells no times, everything.
        key: How objects are told apart; the entity's natural key unless given.
        is_owned: Whether an object is known to be what another write became.
        answered: For each create the id that BILL answered in its place, if it did; none where it is left out.
    """
    candidates = _Candidates(entity, key or natural_key(entity), sent, [row for row in rows if not is_owned(row["id"])])
    equal = [candidates.equal(obj) for obj in sent]
    findings: dict[int, Finding] = {}
    # What fits one object only comes first: an object that says less may fit what another one became.
    for place in sorted(range(len(sent)), key=lambda each: len(equal[each])):
        if left := [row for row in equal[place] if row["id"] not in candidates.taken]:
            findings[place] = candidates.of_equal(sent[place], left)
    # Only when all of those have theirs: what is left may be one of the others in another form.
    hints = candidates.hints()
    ids = answered or [None] * len(sent)
    return [
        findings.get(place) or candidates.of_alike(obj, hints, bill_id)
        for place, (obj, bill_id) in enumerate(zip(sent, ids, strict=True))
    ]


class _Candidates:
    """The objects that creates may have become, while these are judged."""

    def __init__(self, entity: Entity, key: ObjectKey, sent: Sequence[Object], rows: Sequence[Object]) -> None:
        self._entity = entity
        self._key = key
        self._sent = sent
        self._rows = rows
        self._by_key: dict[str | None, list[Object]] = {}
        for row in rows:
            self._by_key.setdefault(key.of(entity, row), []).append(row)
        self.taken: set[str] = set()

    def equal(self, obj: Object) -> list[Object]:
        """The objects that hold what was sent, active ones first."""
        own = self._key.of(self._entity, obj)
        rows = self._rows if own is None else self._by_key.get(own, ())
        return sorted((row for row in rows if self._holds(row, obj)), key=_is_inactive)

    def of_equal(self, obj: Object, equal: Sequence[Object]) -> Finding:
        """Adopts one of several equal objects, if it is certainly what was sent."""
        is_certain = self._key.is_unique and self._key.of(self._entity, obj) is not None
        if not is_certain and not (self._entity.is_timed and len(equal) <= self._as_often(obj)):
            return Finding(fate=Fate.UNCLEAR, candidates=tuple(row["id"] for row in equal))
        self.taken.add(equal[0]["id"])
        return Finding(fate=Fate.ADOPTED, obj=equal[0])

    def _as_often(self, obj: Object) -> int:
        """The number of creates that sent the same."""
        return sum(1 for other in self._sent if self._holds(other, obj) and self._holds(obj, other))

    def _holds(self, stored: Object, obj: Object) -> bool:
        return not differences(self._entity.fields, obj, stored)

    def hints(self) -> dict[str, Object]:
        """Active objects that nothing was taken for, by all that they may be known by."""
        found: dict[str, Object] = {}
        for row in self._left():
            for hint in hints_of(self._entity, self._key, row):
                found.setdefault(hint, row)
        return found

    def _left(self) -> list[Object]:
        return [row for row in self._rows if row["id"] not in self.taken and not _is_inactive(row)]

    def of_alike(self, obj: Object, hints: Mapping[str, Object], answered_id: str | None) -> Finding:
        """Finds what may be the object in another form."""
        answered = (row for row in self._left() if row["id"] == answered_id)
        by_hint = (hints[hint] for hint in hints_of(self._entity, self._key, obj) if hint in hints)
        row = next(answered, None) or next(by_hint, None) or self._resembling(obj)
        if row is None:
            return Finding(fate=Fate.ABSENT)
        differing = tuple(differences(self._entity.fields, obj, row))
        return Finding(fate=Fate.UNCLEAR, obj=row, differing=differing)

    def _resembling(self, obj: Object) -> Object | None:
        """A fresh object of master data below the same parent, its name without accents or with escaped signs."""
        own = None if self._entity.number or not self._entity.is_timed else self._name_below(obj)
        if own is None:
            return None
        parent, name = own
        names: dict[str, Object] = {}
        for row in self._left():
            if (other := self._name_below(row)) is not None and other[0] == parent:
                names.setdefault(other[1], row)
        return next((names[each] for each in get_close_matches(name, names, n=1, cutoff=RESEMBLES)), None)

    def _name_below(self, obj: Object) -> tuple[str, str] | None:
        """The references of an object's key, and the rest of it, loosened; None where it has no rest."""
        fields = [self._entity.by_name[name] for name in self._key.fields]
        parts = list(zip(fields, self._key.parts(self._entity, obj), strict=True))
        name = "".join(near(text) for field, text in parts if not field.references)
        return (joined(text for field, text in parts if field.references), name) if name else None


def _is_inactive(row: Object) -> bool:
    return bool(row.get("isActive") == INACTIVE)


def hints_of(entity: Entity, key: ObjectKey, obj: Object) -> list[str]:
    """Everything that an object and another form of it have in common, the surest first.

    Its key; of the same party a near number, or otherwise a near name; of the same party the same total of its lines.
    """
    hints = {
        "key": key.of(entity, obj),
        "near": near_key(entity, obj) if entity.number else key.near(entity, obj),
        "total": _party_and_total(entity, obj),
    }
    return [joined((kind, hint)) for kind, hint in hints.items() if hint is not None]


def _party_and_total(entity: Entity, obj: Object) -> str | None:
    owners = [part(entity.by_name[name], obj.get(name)) for name in entity.owners]
    total = lines_total(entity, obj)
    return joined((*owners, str(total))) if total is not None and owners and all(owners) else None
