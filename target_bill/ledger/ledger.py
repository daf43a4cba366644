"""The ledger: what was meant to be written, and what was.

One SQLite file. A row in `intents` is written down before a call leaves and goes away when its outcome is in
`settled`. A row that is still there after a crash is a record that may or may not be in BILL: it is looked up before
anything is sent again. Of what was written keys, ids and salted hashes stay here, and for some days what undo needs
(see `writes`). An intent also has what is being sent, without bank and tax numbers, for the next run to recognize it
by; that is overwritten with the outcome.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bill_values.exact_json import encode
from target_bill.ledger.file import LedgerFile, unusable, write_rows
from target_bill.ledger.intents import COLUMNS, intent_of
from target_bill.ledger.owners import Owners, hold_of
from target_bill.ledger.writes import SETTLED, Writes
from target_bill.model.outcome import Hold, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from bill_api.table.entity import Entity
    from target_bill.ledger.intents import Intent
    from target_bill.ledger.waiting import Wait
    from target_bill.model.document import Document
    from target_bill.model.outcome import Outcome
    from target_bill.model.step import Owner, Step

OF_CALLS = frozenset({Verdict.CREATED, Verdict.UPDATED, Verdict.DELETED, Verdict.REJECTED})
"""Verdicts that a call can have led to; a rejected record has an object then, which is there in part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastOutcome:
    """The last outcome of a record, as the ledger has it, with the run that wrote its object last."""

    bill_id: str
    hold: Hold
    content_hash: str
    verdict: str
    run: str | None = None

    @property
    def is_whole(self) -> bool:
        """True if BILL stored what was sent; otherwise the record is there in part only, or twice in part."""
        return self.verdict != Verdict.REJECTED

    @property
    def is_owner(self) -> bool:
        """True if the record may write its object."""
        return self.hold is not Hold.LINKED


class Ledger:
    """The ledger of one organization.

    Args:
        path: The file; made with its folder, readable by its owner only.
        organization_id: The organization that is written to.
        is_dry_run: Nothing is written: work goes on in a copy in memory.
        wait: Waits for another run that has the ledger.
        run: The name of this run.
        undo_days: How long it is kept what runs wrote and what was there before.
    """

    def __init__(
        self, path: Path, organization_id: str, *, is_dry_run: bool, wait: Wait, run: str = "", undo_days: int = 0
    ) -> None:
        self._organization_id = organization_id
        self._run = run
        self._one_at_a_time = threading.Lock()
        self._ahead: dict[tuple[str, str], LastOutcome | None] = {}
        self._halves: dict[tuple[str, str], str] = {}
        self._undone: dict[str, frozenset[str]] = {}
        self._path = path
        self._file = LedgerFile(path, is_dry_run=is_dry_run, wait=wait)
        self._db = self._file.db
        self._owners = Owners(self._db, path, organization_id, self._one_at_a_time)
        self.writes = Writes(self._db, path, organization_id, run, undo_days)
        try:
            self.salt = self._file.known("salt", secrets.token_hex(16))
            # So that not every record has to be looked up: most have no open call.
            self._open = {intent.key: intent.run for intent in self.intents()}
            self.writes.forget_old()
        except sqlite3.Error as error:
            self.close()
            raise unusable(path, error) from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the file free."""
        self._file.close()

    def look_ahead(self, stream: str, source_keys: Sequence[str]) -> None:
        """Read what was written for records that come next, all at once: `settled` has it then."""
        rows = self._db.execute(
            "SELECT source_key, bill_id, hold, content_hash, verdict, run FROM settled"
            " WHERE organization_id = ? AND stream = ? AND source_key IN (SELECT value FROM json_each(?))",
            (self._organization_id, stream, encode(source_keys)),
        )
        found = {key: self._settled(stream, key, *rest) for key, *rest in rows}
        self._ahead = {(stream, key): found.get(key) for key in source_keys}

    def settled(self, stream: str, source_key: str) -> LastOutcome | None:
        """The last outcome of a source record."""
        if (stream, source_key) in self._ahead:
            return self._ahead[stream, source_key]
        row = self._db.execute(
            "SELECT bill_id, hold, content_hash, verdict, run FROM settled"
            " WHERE organization_id = ? AND stream = ? AND source_key = ?",
            (self._organization_id, stream, source_key),
        ).fetchone()
        return self._settled(stream, source_key, *row) if row else None

    def _settled(
        self, stream: str, source_key: str, bill_id: str, hold: str, content_hash: str, verdict: str, run: str | None
    ) -> LastOutcome:
        known = hold_of(self._path, stream, source_key, hold)
        return LastOutcome(bill_id=bill_id, hold=known, content_hash=content_hash, verdict=verdict, run=run)

    def has_as_it_is(self, document: Document) -> bool:
        """True if a record was written with this content, and no call for it is open."""
        settled = self.settled(*document.key)
        if settled is None or not settled.is_owner:
            return False  # a link lasts as long as the object and its owner; BILL and the ledger are asked again
        is_same = settled.is_whole and settled.content_hash == document.content_hash
        return is_same and self.intent(*document.key) is None

    def copies_of(self, source: str, entity: Entity, source_id: str) -> list[str]:
        """The BILL ids of what an object of a source is here; more than one where streams of it share ids.

        Args:
            source: The setting `source`: ids of one source mean nothing in another.
            entity: Of the object.
            source_id: Its id in the source.
        """
        # By itself SQLite goes through the whole stream by the primary key.
        rows = self._db.execute(
            "SELECT DISTINCT bill_id FROM settled INDEXED BY settled_by_source_id"
            " WHERE organization_id = ? AND stream = ? AND source_id = ? AND json_extract(source_key, '$[0]') = ?"
            " ORDER BY 1",
            (self._organization_id, entity.stream, source_id, source),
        )
        return [bill_id for (bill_id,) in rows]

    def owner_of(self, stream: str, bill_id: str) -> Owner | None:
        """The record that owns an object; None where it is known to have none."""
        return self._owners.of(stream, bill_id)

    def is_given_up(self, stream: str, bill_id: str) -> bool:
        """True if an undo has taken back what created an object, and no record has it since: it is nobody's."""
        if stream not in self._undone:
            self._undone[stream] = self.writes.created_and_undone(stream)
        return bill_id in self._undone[stream] and self.owner_of(stream, bill_id) is None

    def intent(self, stream: str, source_key: str) -> Intent | None:
        """The call for this record whose outcome is not known."""
        if (stream, source_key) not in self._open:
            return None
        rows = self._intents("AND stream = ? AND source_key = ?", stream, source_key)
        return next(iter(rows), None)

    def intents(self) -> list[Intent]:
        """Every call whose outcome is not known, oldest first."""
        return self._intents("ORDER BY sent_at_s, rowid")

    def _intents(self, where: str, *values: str) -> list[Intent]:
        query = f"SELECT {COLUMNS} FROM intents WHERE organization_id = ? {where}"  # noqa: S608  constants
        rows = self._db.execute(query, (self._organization_id, *values))
        return [intent_of(self._path, row) for row in rows]

    def intend(self, steps: Sequence[Step], now_s: float) -> None:
        """Write down what is about to be sent, by the thread that sends it. On disk when this returns."""
        self._open.update((step.document.key, self._run) for step in steps)
        rows = [
            (
                *self._key(step.document),
                step.document.source_id,
                step.action,
                step.bill_id,
                step.document.content_hash,
                now_s,
                step.hold,
                encode(_without_numbers(step)),
                self._run,
                step.document.undoes,
                *self.writes.of_intent(step),
            )
            for step in steps
        ]
        with self._transaction():
            write_rows(
                self._db,
                f"INSERT OR REPLACE INTO intents (organization_id, {COLUMNS}, unkept) VALUES {{}}",  # noqa: S608  constants
                "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )

    def withdraw(self, keys: Iterable[tuple[str, str]]) -> None:
        """Forget intents of calls that certainly did nothing.

        Args:
            keys: BILL stream and source key of each.
        """
        with self._transaction():
            self._end(keys)

    def settle(self, outcomes: Iterable[Outcome]) -> None:
        """Write down what became of records; their intents end. On disk when this returns."""
        outcomes = list(outcomes)
        known = [each for each in outcomes if each.bill_id is not None and each.document.undoes is None]
        with self._transaction():
            self.writes.keep(
                [
                    (*each.document.key, str(each.bill_id), each.stored, each.instead_of)
                    for each in known
                    if self._has_written(each)
                ]
            )
            written = [each.document.key for each in known if self._has_written(each)]
            runs = self._halves | {key: self._open[key] for key in written}
            self._end(each.document.key for each in outcomes)
            for each in outcomes:
                if each.instead_of is not None:
                    self._forget(each.document.entity.stream, each.instead_of)
                if each.document.undoes is not None and each.verdict is not Verdict.REJECTED:
                    self._take_back(each.document.undoes, each.document.key)
            self._keep(
                (
                    *(*each.document.key, each.document.source_id, each.bill_id, each.hold),
                    *(each.document.content_hash, each.verdict, runs.get(each.document.key)),
                )
                for each in known
            )

    def _has_written(self, outcome: Outcome) -> bool:
        return outcome.verdict in OF_CALLS and outcome.document.key in self._open

    def half_done(self, found: Iterable[tuple[Intent, Mapping[str, Any] | None]]) -> None:
        """Write down what calls have done whose record goes on: brought an object back, or done more than was asked.

        Args:
            found: Each intent, with what BILL holds now as it is kept for undo.
        """
        found = list(found)
        self._halves.update((intent.key, intent.run) for intent, _ in found)
        with self._transaction():
            for intent, stored in found:
                if intent.undoes is None:
                    self._db.execute(
                        "UPDATE intents SET former = ? WHERE organization_id = ? AND stream = ? AND source_key = ?",
                        (encode(intent.former) if intent.former else None, self._organization_id, *intent.key),
                    )
                    self.writes.keep([(*intent.key, str(intent.bill_id), stored, None)])
                    self._db.execute(
                        "UPDATE settled SET run = ? WHERE organization_id = ? AND stream = ? AND source_key = ?",
                        (intent.run, self._organization_id, *intent.key),
                    )
            self._end(intent.key for intent, _ in found)

    def adopt(self, found: Iterable[tuple[Intent, str, str]], stored: Mapping[str, Mapping[str, Any]]) -> None:
        """Write down that calls of an earlier run have happened after all.

        Args:
            found: Each intent with the id of its object and the verdict.
            stored: What BILL holds of the objects, as it is kept for undo, by their ids.
        """
        found = list(found)
        own = [each for each in found if each[0].undoes is None]
        with self._transaction():
            self.writes.keep([(*intent.key, bill_id, stored.get(bill_id), None) for intent, bill_id, _ in own])
            self._end(intent.key for intent, _, _ in found)
            for intent, _, _ in found:
                if intent.undoes is not None:
                    self._take_back(intent.undoes, intent.key)
            self._keep(
                (*intent.key, intent.source_id, bill_id, intent.hold, intent.content_hash, verdict, intent.run)
                for intent, bill_id, verdict in own
            )

    def take_up(self, document: Document, bill_id: str) -> None:
        """Make a record the owner of an object that was given up, deleted as it is: it is brought back then."""
        stream = document.entity.stream
        with self._transaction():
            row = (stream, document.source_key, document.source_id, bill_id, Hold.WROTE, "", Verdict.DELETED, None)
            self._keep([row])

    def _take_back(self, run: str, key: tuple[str, str]) -> None:
        """Put the rows of a record back that were there before a run wrote its object."""
        stream, source_key = key
        self._undone.pop(stream, None)
        self._forget(stream, source_key)
        rows = self.writes.take_back(run, key)
        write_rows(
            self._db,
            f"INSERT OR REPLACE INTO settled (organization_id, stream, {SETTLED}) VALUES {{}}",  # noqa: S608  constants
            "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(self._organization_id, stream, *row) for row in rows],
        )
        self._owners.add((stream, bill_id, own_key, hold) for own_key, _, bill_id, hold, *_ in rows)

    def hand_over(self, document: Document, bill_id: str, owner: Owner) -> None:
        """Make a record the owner of an object in place of another; its content is not taken for written."""
        stream = document.entity.stream
        with self._transaction():
            self._forget(stream, owner.source_key)
            row = (stream, document.source_key, document.source_id, bill_id, Hold.ADOPTED, "", "taken over", None)
            self._keep([row])

    def _forget(self, stream: str, source_key: str) -> None:
        self._ahead.pop((stream, source_key), None)
        self._db.execute(
            "DELETE FROM settled WHERE organization_id = ? AND stream = ? AND source_key = ?",
            (self._organization_id, stream, source_key),
        )
        self._owners.forget(stream, source_key)

    def _end(self, keys: Iterable[tuple[str, str]]) -> None:
        ended = self._open.keys() & set(keys)
        write_rows(
            self._db,
            "DELETE FROM intents WHERE (organization_id, stream, source_key) IN (VALUES {})",
            "(?, ?, ?)",
            [(self._organization_id, *key) for key in ended],
        )
        for key in ended:
            del self._open[key]

    def _keep(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Rows of stream, source key, source id, BILL id, hold, content hash, verdict and, if one wrote, the run."""
        rows = list(rows)
        for stream, source_key, *_ in rows:
            self._ahead.pop((stream, source_key), None)
        write_rows(
            self._db,
            "INSERT INTO settled"
            " (organization_id, stream, source_key, source_id, bill_id, hold, content_hash, verdict, run)"
            " VALUES {} ON CONFLICT DO UPDATE SET source_id = excluded.source_id, bill_id = excluded.bill_id,"
            " hold = excluded.hold, content_hash = excluded.content_hash, verdict = excluded.verdict,"
            " run = coalesce(excluded.run, run), settled_at = excluded.settled_at",
            f"(?, ?, ?, ?, ?, coalesce(?, '{Hold.WROTE}'), ?, ?, ?)",
            [(self._organization_id, *row) for row in rows],
        )
        self._owners.add(
            (stream, bill_id, source_key, hold or Hold.WROTE) for stream, source_key, _, bill_id, hold, *_ in rows
        )

    def _key(self, document: Document) -> tuple[str, str, str]:
        return self._organization_id, *document.key

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._one_at_a_time:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # of some failures, a full disk above all, SQLite has taken it back itself
                    self._db.execute("ROLLBACK")
                raise


def _without_numbers(step: Step) -> dict[str, Any]:
    return {name: value for name, value in step.expected.items() if name not in step.entity.sensitive}
