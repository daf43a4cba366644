"""Looks of BILL's objects, as they were when they were first read: a new one may be there already.

What the run itself writes is not taken in. So the suspicions of a record do not depend on the records before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from bill_api.identity.keys import owners_of
from bill_api.identity.references import NAME, names_of
from bill_api.identity.suspects import amount_of, bare_forms, halves, halves_of_near, is_near_name, is_party, number_of
from bill_api.table.entity import is_active

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from bill_api.table.entity import Entity

SCHEMA = """
-- near: the key, loosened; party: whose it is; money and day: what it is over, and when; loose: the number, loosened.
CREATE TABLE documents (entity TEXT, id TEXT, key TEXT, near TEXT, party TEXT, money TEXT, day INTEGER, number TEXT,
    loose TEXT);
CREATE TABLE parties (entity TEXT, id TEXT, active INTEGER, name TEXT, bare TEXT, length INTEGER, head TEXT, tail TEXT);
"""

INDEXES = """
CREATE INDEX documents_by_number ON documents (entity, near, id);
CREATE INDEX documents_by_amount ON documents (entity, party, money, day, id);
CREATE INDEX documents_by_total ON documents (entity, money, day, loose);
CREATE INDEX parties_by_head ON parties (entity, length, head);
CREATE INDEX parties_by_tail ON parties (entity, length, tail);
"""


class Lookalike(NamedTuple):
    """An object that a new one may be.

    Attributes:
        name: Its number, or its name.
        money: Its total; None where it is no document, or BILL alone can tell.
        day: Its day, counted from the year 1.
    """

    bill_id: str
    name: str
    money: str | None = None
    day: int | None = None
    is_active: bool = True


class Lookalikes:
    """The objects of one organization, by what they look like.

    Args:
        db: Where they lie.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.executescript(SCHEMA + INDEXES)

    def add(self, entity: Entity, obj: Mapping[str, Any], key: str | None, near: str | None) -> None:
        """Take an object in.

        Args:
            entity: Which.
            obj: As BILL gives it.
            key: Its object key; None where it is not whole.
            near: The same, loosened.
        """
        if entity.number and is_active(obj):
            money, day = amount_of(entity, obj) or (None, None)
            number = str(obj.get(entity.number) or "")
            loose = number_of(entity, obj)
            row = (entity.name, obj["id"], key, near, owners_of(entity, obj), money, day, number, loose)
            self._db.execute("INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        elif is_party(entity) and (name := names_of(entity, obj).get(NAME)):
            self._db.executemany(
                "INSERT INTO parties VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                ((entity.name, obj["id"], is_active(obj), name, form, *halves(form)) for form in bare_forms(name)),
            )

    def of_number(self, entity: Entity, key: str, near: str, most: int) -> Sequence[Lookalike]:
        """Documents whose key is nearly this one, given also as it is loosened."""
        rows = self._db.execute(
            "SELECT id, number, money, day FROM documents"
            " WHERE entity = ? AND near = ? AND key <> ? ORDER BY id LIMIT ?",
            (entity.name, near, key, most),
        )
        return [Lookalike(*row) for row in rows]

    def of_amount(self, entity: Entity, body: Mapping[str, Any], days: int, most: int) -> Sequence[Lookalike]:
        """Documents of the same party and amount, so many days around this one."""
        amount = amount_of(entity, body)
        if amount is None:
            return ()
        rows = self._db.execute(
            "SELECT id, number, money, day FROM documents"
            " WHERE entity = ? AND party = ? AND money = ? AND day BETWEEN ? AND ? ORDER BY day, id LIMIT ?",
            (entity.name, owners_of(entity, body), amount.money, amount.day - days, amount.day + days, most),
        )
        return [Lookalike(*row) for row in rows]

    def of_others(self, entity: Entity, body: Mapping[str, Any], most: int) -> Sequence[Lookalike]:
        """Documents of other parties with the same number, amount and day."""
        amount, number = amount_of(entity, body), number_of(entity, body)
        if amount is None or not number:
            return ()
        rows = self._db.execute(
            "SELECT id, number, money, day FROM documents"
            " WHERE entity = ? AND money = ? AND day = ? AND loose = ? AND party <> ? ORDER BY id LIMIT ?",
            (entity.name, amount.money, amount.day, number, owners_of(entity, body), most),
        )
        return [Lookalike(*row) for row in rows]

    def of_name(self, entity: Entity, name: str) -> Sequence[Lookalike]:
        """Vendors or customers whose name is nearly this one, active or not."""
        if not is_party(entity):
            return ()
        found = set[tuple[str, str, int]]()
        for own, (length, head, tail) in ((form, half) for form in bare_forms(name) for half in halves_of_near(form)):
            rows = self._db.execute(
                "SELECT id, name, active, bare FROM parties WHERE entity = ?1 AND length = ?2 AND head = ?3"
                " UNION SELECT id, name, active, bare FROM parties WHERE entity = ?1 AND length = ?2 AND tail = ?4",
                (entity.name, length, head, tail),
            )
            found |= {(bill_id, shown, active) for bill_id, shown, active, other in rows if is_near_name(own, other)}
        ordered = sorted(found, key=lambda each: (-each[2], each[1], each[0]))
        return [Lookalike(bill_id, shown, is_active=bool(active)) for bill_id, shown, active in ordered]
