"""Claims of an input's records on BILL's objects, settled before the first write of their entity.

A record claims what it is by its object key, and the object whose id it gives. Where two records claim one object, the
verdict depends on neither their order nor their batches: the owner that the ledger knows goes on, and the others find
that out; without an owner, or where its own record leaves the object, none is written. Only records of master data that
say the same are one: the first by its key is written, and the others are linked to its object.
"""

from __future__ import annotations

import sqlite3
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from bill_api.existing.lookalikes import Lookalikes
from bill_api.identity.keys import joined
from bill_api.identity.links import link_of
from bill_api.identity.suspects import is_party
from bill_api.table.problem import Problem
from bill_values.exact_json import encode
from bill_values.spelling import folded
from target_bill.input.claims import claim_of
from target_bill.input.spool import AT_ONCE, State
from target_bill.model.outcome import Hold, rejected
from target_bill.model.step import name_of
from target_bill.plan import checks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bill_api.existing.objects import ExistingObjects
    from bill_api.existing.resolver import Resolver
    from bill_api.identity.keys import ObjectKey
    from bill_api.table.entity import Entity
    from target_bill.input.spool import Spool
    from target_bill.ledger.ledger import Ledger
    from target_bill.model.document import Document
    from target_bill.model.outcome import Outcome
    from target_bill.model.step import Owner
    from target_bill.settings import Options

BY_ID = "id "
"""Beginning of a claim on an object by its id; others are JSON."""

SHOWN = 3
"""Others that a message names."""

SCHEMA = """
CREATE TABLE claims (claim TEXT, place INTEGER, source_key TEXT, content_hash TEXT, near TEXT);
CREATE TABLE amounts (party TEXT, money TEXT, day INTEGER, loose TEXT, place INTEGER, source_key TEXT);
"""

INDEXES = """
CREATE INDEX claims_by_place ON claims (place);
CREATE INDEX claims_by_near ON claims (near, source_key);
CREATE INDEX amounts_by_place ON amounts (place);
CREATE INDEX amounts_by_total ON amounts (money, day, loose, source_key);
CREATE INDEX amounts_by_amount ON amounts (party, money, day, source_key);
"""


class Rival(NamedTuple):
    """Another record that may mean the same object.

    Attributes:
        name: Its name for people, with what tells it.
    """

    source_key: str
    name: str


class Claimant(NamedTuple):
    """A record that claims an object.

    Attributes:
        near: The claim loosened: the same for claims that are a near miss.
    """

    claim: str
    place: int
    source_key: str
    content_hash: str
    near: str


class Conflicts:
    """Settles the claims of a run.

    Args:
        spool: Has the input.
        ledger: Knows the owners.
        existing: Knows BILL's objects.
        resolver: Looks references up.
        options: Say whether owners give their objects up.
    """

    def __init__(
        self, spool: Spool, ledger: Ledger, existing: ExistingObjects, resolver: Resolver, options: Options
    ) -> None:
        self._spool = spool
        self._ledger = ledger
        self._existing = existing
        self._resolver = resolver
        self._options = options
        self._known = self._id
        self._db = _empty()
        self._names_db = sqlite3.connect("", isolation_level=None)
        self._names = Lookalikes(self._names_db)

    def close(self) -> None:
        """Forget everything."""
        self._db.close()
        self._names_db.close()

    def near(self, place: int) -> list[Rival]:
        """Records in the input whose number is a near miss of the one at a place; one more than is shown."""
        found: dict[Rival, None] = {}
        own = self._db.execute("SELECT claim, near FROM claims WHERE place = ?", (place,)).fetchall()
        for claim, near in own:
            rows = self._db.execute(
                "SELECT source_key FROM claims WHERE near = ? AND claim <> ? AND place <> ?"
                " ORDER BY source_key LIMIT ?",
                (near, claim, place, SHOWN + 1),
            )
            found |= dict.fromkeys(Rival(key, name_of(key)) for (key,) in rows)
        return list(found)

    def of_same_amount(self, place: int, days: int) -> list[Rival]:
        """The same for those of one party and amount, so many days around its own."""
        own = self._db.execute("SELECT party, money, day FROM amounts WHERE place = ?", (place,)).fetchone()
        if own is None:
            return []
        party, money, day = own
        rows = self._db.execute(
            "SELECT source_key, day FROM amounts WHERE party = ? AND money = ? AND day BETWEEN ? AND ? AND place <> ?"
            " ORDER BY day, source_key LIMIT ?",
            (party, money, day - days, day + days, place, SHOWN + 1),
        )
        return [Rival(key, f"{name_of(key)}, {date.fromordinal(other)}, {Decimal(money):,.2f}") for key, other in rows]

    def of_others(self, place: int) -> list[Rival]:
        """The same for those of other parties with its number, amount and day."""
        rows = self._db.execute(
            "SELECT other.source_key FROM amounts AS own JOIN amounts AS other USING (money, day, loose)"
            " WHERE own.place = ? AND loose <> '' AND other.party <> own.party ORDER BY 1 LIMIT ?",
            (place, SHOWN + 1),
        )
        return [Rival(key, name_of(key)) for (key,) in rows]

    def expect(self, entity: Entity, name: str, source_key: str) -> None:
        """Note the name of a vendor or customer that a record is, or that is to be made."""
        self._names.add(entity, {"id": source_key, "name": name}, None, None)

    def of_near_name(self, entity: Entity, name: str, source_key: str, known: Iterable[str]) -> list[Rival]:
        """Other vendors or customers of the input whose name is nearly this one, and none that is known."""
        found = self._names.of_name(entity, name)[: 2 * SHOWN]
        told = {folded(each) for each in (name, *known)}
        others = (each for each in found if each.bill_id != source_key and folded(each.name) not in told)
        return [Rival(each.bill_id, name_of(each.bill_id)) for each in others][: SHOWN + 1]

    def settle(self, entity: Entity) -> Iterator[list[Outcome]]:
        """Give records whose claims cannot be granted their outcomes, and let others wait for those that go first."""
        key = self._options.key_of(entity)
        if is_party(entity) and key.fields == entity.natural_key:
            for _, source_key, _, (given, _, _) in self._spool.claims(entity):
                if given is not None:
                    self.expect(entity, str(given[0]), source_key)
        self._known = lru_cache(maxsize=8192)(self._id)  # many records refer to one party
        for claim, claimants in self._contested(entity, key):
            staying, moving = self._owners(entity, key, claim)
            if not staying:
                others = [each for each in claimants if each.source_key not in moving]
                if len(others) > 1:
                    yield from self._without_owner(entity, key, others)

    def _contested(self, entity: Entity, key: ObjectKey) -> Iterator[tuple[str, Sequence[Claimant]]]:
        self._db.close()
        self._db = db = _empty()
        db.executemany("INSERT INTO claims VALUES (?, ?, ?, ?, ?)", self._rows(entity, key))
        if entity.number:
            db.executemany("INSERT INTO amounts VALUES (?, ?, ?, ?, ?, ?)", self._amounts(entity))
            db.executescript(INDEXES)
        rows = db.execute(
            "SELECT claim, place, source_key, content_hash, near FROM claims WHERE claim IN"
            " (SELECT claim FROM claims GROUP BY 1 HAVING count(DISTINCT place) > 1) ORDER BY 1, 2"
        )
        for claim, group in groupby(map(Claimant._make, rows), key=attrgetter("claim")):
            yield claim, list({each.place: each for each in group}.values())

    def _amounts(self, entity: Entity) -> Iterator[tuple[str, str, int, str, int, str]]:
        for place, source_key, _, (_, _, alike) in self._spool.claims(entity):
            if alike is not None:
                party, money, day, loose = alike
                yield joined(self._parts(entity, party)), money, day, loose, place, source_key

    def _rows(self, entity: Entity, key: ObjectKey) -> Iterator[Claimant]:
        for place, source_key, content_hash, (given, own_id, _) in self._spool.claims(entity):
            if given is not None:
                parts = self._parts(entity, given)
                claim = joined(parts)
                loose = (key.loosened(entity, parts) if entity.number else None) or claim
                yield Claimant(claim, place, source_key, content_hash, loose)
            if own_id is not None and (own := self._existing.get(entity, own_id)) is not None:
                yield Claimant(f"{BY_ID}{own_id}", place, source_key, content_hash, f"{BY_ID}{own_id}")
                if self._existing.key_of(entity, own.content) is not None:
                    stored = self._existing.place(entity, own.content)
                    yield Claimant(stored, place, source_key, content_hash, stored)

    def _parts(self, entity: Entity, given: Sequence[Any]) -> list[str]:
        """The parts of a claim as texts, references as ids."""
        return [each if isinstance(each, str) else self._known(entity, tuple(map(tuple, each))) for each in given]

    def _id(self, entity: Entity, given: Sequence[tuple[str, str]]) -> str:
        """The id that the references of a field have in common."""
        links = [link_of(entity.fields, None, name, value) for name, value in given]
        answers = [self._resolver.ids(each) for each in links]
        match list(set.intersection(*map(set, answers))) if answers else []:
            case [only]:
                return only
        # What is not here yet is told apart by what it is called.
        return "~" + encode(sorted(each.text for each in links)) if links else ""

    def _owners(self, entity: Entity, key: ObjectKey, claim: str) -> tuple[list[str], list[str]]:
        """Source keys of the owners of what is claimed: of those that keep it, and of those whose records leave it."""
        is_by_id = claim.startswith(BY_ID)
        ids = [claim.removeprefix(BY_ID)] if is_by_id else self._existing.with_key(entity, claim)
        staying: list[str] = []
        moving: list[str] = []
        for bill_id in ids:
            owner = self._ledger.owner_of(entity.stream, bill_id)
            if owner is None or self._gives_up(entity, owner):
                continue
            leaves = not is_by_id and self._moves_on(entity, key, owner, bill_id, claim)
            (moving if leaves else staying).append(owner.source_key)
        return staying, moving

    def _gives_up(self, entity: Entity, owner: Owner) -> bool:
        """True if an owner leaves its object to the first record that asks: then it settles no claim."""
        is_asked = self._options.takes_over(entity) and not self._spool.has(entity, owner.source_key)
        return owner.hold is Hold.MADE or is_asked

    def _moves_on(self, entity: Entity, key: ObjectKey, owner: Owner, bill_id: str, claim: str) -> bool:
        """True if the record of an owner, in this input, is to delete its object or to give it another key.

        Then several others may want to be the object with this key, and nothing says which of them is.
        """
        record = self._spool.pending(entity, owner.source_key)
        if record is None or record.problems:
            return False
        if record.is_deleted:
            return self._options.allow_deletes
        own = claim_of(record, key)
        is_renamed = own is not None and own[0] is not None and joined(self._parts(entity, own[0])) != claim
        return is_renamed and checks.may_rename(record, bill_id, allow_renames=self._options.allow_renames)

    def _without_owner(self, entity: Entity, key: ObjectKey, claimants: Sequence[Claimant]) -> Iterator[list[Outcome]]:
        if entity.lookups and len({each.content_hash for each in claimants}) == 1:
            first = min(claimants, key=attrgetter("source_key"))
            self._spool.mark([each.place for each in claimants if each is not first], State.FOLLOWS)
            return
        places = [each.place for each in claimants]
        names = [name_of(each.source_key) for each in claimants[: SHOWN + 1]]
        for group in _groups(places):
            documents = self._spool.pending_at(entity, group)
            yield [rejected(each, _contested(each, key, names, len(places) - 1)) for each in documents]
        self._spool.mark(places, State.DONE)


def _empty() -> sqlite3.Connection:
    db = sqlite3.connect("", isolation_level=None)
    db.execute("PRAGMA journal_mode = OFF")  # nothing is ever rolled back
    db.executescript(SCHEMA)
    return db


def _groups(places: Sequence[int]) -> Iterable[Sequence[int]]:
    return (places[begin : begin + AT_ONCE] for begin in range(0, len(places), AT_ONCE))


def _contested(document: Document, key: ObjectKey, first: Sequence[str], others: int) -> Problem:
    """The problem of a record that claims an object with so many others; the first of all are named."""
    mine = name_of(document.source_key)
    named = [each for each in first if each != mine][:SHOWN]
    more = f" and {others - len(named):,} more" if others > len(named) else ""
    return Problem(
        field=", ".join(key.fields) or None,
        reason=f"used twice in this input: {', '.join(named)}{more} has it too, and none of them is known to own it",
        kind="used twice in this input, and no record is known to own it",
        hint=f"Give each {document.entity.name} its own, or bring the records together into one.",
    )
