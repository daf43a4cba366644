"""The ledger: what was meant to be written, and what was.

One SQLite file. A row in `intents` is written down before a call leaves and goes away when its outcome is in
`settled`. A row that is still there after a crash is a record that may or may not be in BILL: it is looked up before
anything is sent again. Of what was written only keys, ids and salted hashes are kept here (receipts have more). An
intent also has what is being sent, without bank and tax numbers, for the next run to recognize it by; that is
overwritten with the outcome.
"""

from __future__ import annotations

import os
import platform
import secrets
import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from filelock import FileLock, Timeout

from bill_api.table.entity import Operation
from bill_program.errors import ConnectorError
from bill_values.exact_json import decode, encode
from target_bill.files import PRIVATE, PRIVATE_FOLDER, remedy
from target_bill.ledger.schema import prepare
from target_bill.ledger.writes import SETTLED, Writes
from target_bill.model.attachment import STREAMS
from target_bill.model.outcome import Hold, Verdict
from target_bill.model.step import Owner

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from bill_api.table.entity import Entity
    from target_bill.model.document import Document
    from target_bill.model.outcome import Outcome
    from target_bill.model.step import Step

HOLDER = "holder"
OPERATIONS = frozenset({Operation.CREATE, Operation.UPDATE, Operation.DELETE, Operation.UNDELETE})
ROWS_AT_ONCE = 100
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A call that was about to leave, for one record.

    Attributes:
        stream: The BILL stream.
        source_key: The record's key.
        operation: What was to be done, a value of `Action`.
        bill_id: The object that was to be changed; None for a create.
        content_hash: Of the record.
        sent_at_s: When, in seconds since the epoch by BILL's clock; without end where BILL told none.
        hold: How the record holds the object then.
        body: What BILL holds when it has happened, without bank and tax numbers.
        run: The run that sent it.
        undoes: The run whose write it takes back, if it does.
        former: What BILL held before, as it is kept for undo; None for a create, or where nothing is kept.
    """

    stream: str
    source_key: str
    source_id: str | None
    operation: str
    bill_id: str | None
    content_hash: str
    sent_at_s: float
    hold: Hold | None
    body: Mapping[str, Any] = field(repr=False)
    run: str = ""
    undoes: str | None = None
    former: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def key(self) -> tuple[str, str]:
        """Its record's key: BILL stream and source key."""
        return self.stream, self.source_key


INTENT_COLUMNS = (
    "stream, source_key, source_id, operation, bill_id, content_hash, sent_at_s, hold, body, run, undoes, former"
)
OWN_COLUMNS = f"organization_id, {INTENT_COLUMNS}, unkept"


class Ledger:
    """The ledger of one organization.

    Args:
        path: The file; made with its folder, readable by its owner only.
        organization_id: The organization that is written to.
        is_dry_run: Nothing is written: work goes on in a copy in memory.
        run: The name of this run.
        undo_days: How long it is kept what runs wrote and what was there before.
    """

    def __init__(
        self, path: Path, organization_id: str, *, is_dry_run: bool, run: str = "", undo_days: int = 0
    ) -> None:
        self._organization_id = organization_id
        self._run = run
        self._owners_of: set[str] = set()
        self._one_at_a_time = threading.Lock()
        self._ahead: dict[tuple[str, str], LastOutcome | None] = {}
        self._halves: dict[tuple[str, str], str] = {}
        self._path = path
        path = path.resolve()  # a link and its file are one ledger, with one lock
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
            self._lock = FileLock(f"{path}.lock", mode=PRIVATE)
            self._lock.acquire(timeout=0)
        except Timeout:
            raise ConnectorError(
                f"another target-bill is using the ledger {self._path}{_held_by(path)}; wait for it to end"
            ) from None
        except OSError as error:
            raise _unusable(self._path, error) from error
        try:
            self._db = _opened(path, is_dry_run=is_dry_run)
        except (OSError, sqlite3.Error) as error:
            self._lock.release()
            raise _unusable(self._path, error) from error
        try:
            prepare(self._db, self._path)
            self.salt = self._meta("salt", secrets.token_hex(16))
            # So that not every record has to be looked up: most have no open call.
            self._open = {intent.key: intent.run for intent in self.intents()}
            self._say_who_has_it()
            self.writes = Writes(self._db, self._path, organization_id, run, undo_days)
            self.writes.forget_old()
        except sqlite3.Error as error:
            self.close()
            raise _unusable(self._path, error) from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the file free."""
        self._db.close()
        self._lock.release()

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
        known = self._hold(stream, source_key, hold)
        return LastOutcome(bill_id=bill_id, hold=known, content_hash=content_hash, verdict=verdict, run=run)

    def _hold(self, stream: str, source_key: str, hold: str) -> Hold:
        try:
            return Hold(hold)
        except ValueError:
            raise ConnectorError(
                f"the ledger {self._path}, table `settled`, the row of {stream} {source_key} cannot be read: its hold "
                f"is {hold!r}. Restore the ledger from a backup"
            ) from None

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
        """The record that owns an object; None where it is known to have none.

        Asked only of what BILL has already. In the file an index of ids, which come in no order, would cost every call
        a page for each record: so it is made in a temporary table, when it is first needed.
        """
        if stream not in self._owners_of:
            self._read_owners(stream)
        row = self._db.execute(
            "SELECT source_key, hold FROM temp.owners WHERE stream = ? AND bill_id = ? ORDER BY hold = 'made' LIMIT 1",
            (stream, bill_id),
        ).fetchone()
        if row is None:
            return None
        source_key, hold = row
        return Owner(source_key=source_key, hold=self._hold(stream, source_key, hold))

    def _read_owners(self, stream: str) -> None:
        with self._one_at_a_time:  # another thread's transaction must not take it back
            self._db.execute(
                "CREATE TEMP TABLE IF NOT EXISTS owners (stream TEXT, bill_id TEXT, source_key TEXT, hold TEXT,"
                " PRIMARY KEY (stream, bill_id, source_key)) WITHOUT ROWID"
            )
            self._db.execute(
                "INSERT INTO temp.owners SELECT stream, bill_id, source_key, hold FROM settled"
                " WHERE organization_id = ? AND stream = ? AND hold <> 'linked'",
                (self._organization_id, stream),
            )
            self._owners_of.add(stream)

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
        query = f"SELECT {INTENT_COLUMNS} FROM intents WHERE organization_id = ? {where}"  # noqa: S608  constants
        return [self._intent(row) for row in self._db.execute(query, (self._organization_id, *values))]

    def _intent(self, row: Sequence[Any]) -> Intent:
        stream, source_key, source_id, operation, bill_id, content_hash, sent_at_s, hold, body, run, undoes, former = (
            row
        )
        try:
            intent = Intent(
                stream=stream,
                source_key=source_key,
                source_id=source_id,
                operation=operation,
                bill_id=bill_id,
                content_hash=content_hash,
                sent_at_s=float(sent_at_s),
                hold=Hold(hold) if hold else None,
                body=decode(body),
                run=run,
                undoes=undoes,
                former=decode(former) if former else None,
            )
            if problem := _problem_of(intent):
                raise ValueError(problem)  # noqa: TRY301  told below
        except (ValueError, TypeError, msgspec.MsgspecError) as error:
            raise ConnectorError(
                f"the ledger {self._path}, table `intents`, the row of {stream} {source_key} cannot be read: {error}. "
                "It is a write whose outcome is not known: look the record up in BILL, or restore the ledger from a "
                "backup. Nothing was sent, and the ledger is as it was"
            ) from None
        return intent

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
            self._write(
                f"INSERT OR REPLACE INTO intents ({OWN_COLUMNS}) VALUES {{}}",  # noqa: S608  constants
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

    def _take_back(self, run: str, key: tuple[str, str]) -> None:
        """Put the rows of a record back that were there before a run wrote its object."""
        stream, source_key = key
        self._forget(stream, source_key)
        rows = self.writes.take_back(run, key)
        self._write(
            f"INSERT OR REPLACE INTO settled (organization_id, stream, {SETTLED}) VALUES {{}}",  # noqa: S608  constants
            "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(self._organization_id, stream, *row) for row in rows],
        )
        self._own((stream, bill_id, own_key, hold) for own_key, _, bill_id, hold, *_ in rows)

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
        if stream in self._owners_of:
            self._db.execute("DELETE FROM temp.owners WHERE stream = ? AND source_key = ?", (stream, source_key))

    def _end(self, keys: Iterable[tuple[str, str]]) -> None:
        ended = self._open.keys() & set(keys)
        self._write(
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
        self._write(
            "INSERT INTO settled"
            " (organization_id, stream, source_key, source_id, bill_id, hold, content_hash, verdict, run)"
            " VALUES {} ON CONFLICT DO UPDATE SET source_id = excluded.source_id, bill_id = excluded.bill_id,"
            " hold = excluded.hold, content_hash = excluded.content_hash, verdict = excluded.verdict,"
            " run = coalesce(excluded.run, run), settled_at = excluded.settled_at",
            f"(?, ?, ?, ?, ?, coalesce(?, '{Hold.WROTE}'), ?, ?, ?)",
            [(self._organization_id, *row) for row in rows],
        )
        self._own(
            (stream, bill_id, source_key, hold or Hold.WROTE) for stream, source_key, _, bill_id, hold, *_ in rows
        )

    def _own(self, rows: Iterable[tuple[str, str, str, str]]) -> None:
        """Rows of stream, BILL id, source key and hold."""
        owned = [row for row in rows if row[0] in self._owners_of and row[-1] != Hold.LINKED]
        self._write("INSERT OR REPLACE INTO temp.owners VALUES {}", "(?, ?, ?, ?)", owned)

    def _write(self, statement: str, place: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Many rows by one statement: after each statement a thread may have to wait for Python's own lock."""
        for begin in range(0, len(rows), ROWS_AT_ONCE):
            some = rows[begin : begin + ROWS_AT_ONCE]
            places = ", ".join([place] * len(some))
            self._db.execute(statement.format(places), [value for row in some for value in row])

    def _key(self, document: Document) -> tuple[str, str, str]:
        return self._organization_id, *document.key

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._one_at_a_time:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _say_who_has_it(self) -> None:
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        who = f"process {os.getpid()} on {platform.node()}, since {now}"
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (HOLDER, who))

    def _meta(self, name: str, default: str) -> str:
        self._db.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (name, default))
        (value,) = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return str(value)


def _problem_of(intent: Intent) -> str | None:
    """Reason for which an intent cannot be one that was written down."""
    entity = STREAMS.get(intent.stream)
    array = entity.lines.name if entity and entity.lines else None
    lines = intent.body.get(array, []) if array and isinstance(intent.body, dict) else []
    is_change = intent.operation != Operation.CREATE
    problems = {
        f"the stream {intent.stream!r} is not one of BILL's": entity is None,
        f"the operation {intent.operation!r} is not known": intent.operation not in OPERATIONS,
        f"it is to {intent.operation} an object, and has no `bill_id`": is_change and not intent.bill_id,
        f"`sent_at_s` is {intent.sent_at_s}": not intent.sent_at_s >= 0,
        "its body is no JSON object": not isinstance(intent.body, dict),
        "the lines of its body are no list of objects": not isinstance(lines, list)
        or not all(isinstance(each, dict) for each in lines),
    }
    return next((problem for problem, is_so in problems.items() if is_so), None)


def _opened(path: Path, *, is_dry_run: bool) -> sqlite3.Connection:
    if is_dry_run:
        copy = sqlite3.connect(":memory:", isolation_level=None)
        if path.exists():
            original = sqlite3.connect(path)
            original.backup(copy)
            original.close()
        return copy
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, PRIVATE))
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA secure_delete = ON")  # what was being sent does not stay in the file
    return db


def _held_by(path: Path) -> str:
    """The process that has the ledger, as it wrote down itself."""
    try:
        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            told = [f" ({who})" for (who,) in db.execute("SELECT value FROM meta WHERE name = ?", (HOLDER,))]
        finally:
            db.close()
    except sqlite3.Error:
        return ""
    return "".join(told)


def _unusable(path: Path, error: OSError | sqlite3.Error) -> ConnectorError:
    return ConnectorError(f"the ledger {path} cannot be used: {error}; {remedy(error)}")


def _without_numbers(step: Step) -> dict[str, Any]:
    return {name: value for name, value in step.expected.items() if name not in step.entity.sensitive}
