"""The writes of runs, with the contents before and after: kept for undo as long as the setting `undo_days` says.

What was there before a call is on the disk before it leaves, beside its intent, and comes here in the transaction that
settles it: a run that was killed can be taken back too, and nothing of a call that did not happen stays.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from bill_program.errors import ConnectorError
from bill_values.exact_json import decode, encode
from target_bill.model.write import Write, kept_of_stored

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from target_bill.model.step import Step

    Key = tuple[str, str]

SETTLED = "source_key, source_id, bill_id, hold, content_hash, verdict, run, first_settled_at, settled_at"
"""Columns of `settled`, for rows of one stream."""

COLUMNS = "run, stream, source_key, bill_id, is_new, former, stored, unkept, rows"
AT_ONCE = 100
RUN_TIME = "%Y%m%dT%H%M%SZ"
"""The beginning of the name of a run: names are in the order in which runs began."""


class Writes:
    """The writes of an organization's runs; its methods are called inside of the ledger's transactions.

    Args:
        db: The ledger.
        path: Its file, for messages.
        organization_id: The organization.
        run: The name of this run.
        days: How long writes are kept; 0 for not at all.
    """

    def __init__(self, db: sqlite3.Connection, path: Path, organization_id: str, run: str, days: int) -> None:
        self._db = db
        self._path = path
        self._organization_id = organization_id
        self._run = run
        self._days = days

    def forget_old(self) -> None:
        """Forget what is kept no longer."""
        oldest = f"{datetime.now(UTC) - timedelta(days=self._days):{RUN_TIME}}" if self._days else self._run
        self._db.execute("DELETE FROM writes WHERE organization_id = ? AND run < ?", (self._organization_id, oldest))

    def of_intent(self, step: Step) -> tuple[str | None, str | None]:
        """The part of an intent that undo needs: what is there before its call, and the hidden fields that are sent."""
        if not self._days or step.document.undoes:
            return None, None
        hidden = sorted(step.entity.sensitive.intersection(step.body))
        former = None if step.before is None else encode(kept_of_stored(step.entity, step.before))
        return former, encode(hidden)

    def keep(self, written: Sequence[tuple[str, str, str, Mapping[str, Any] | None, str | None]]) -> None:
        """Keep what calls have done, while their intents and the former rows of their records are still there.

        Args:
            written: Stream, source key, BILL id, what BILL stored - None for what was sent - and the key of the record
                that held the object before.
        """
        for begin in range(0, len(written), AT_ONCE):
            self._keep(written[begin : begin + AT_ONCE])

    def _keep(self, written: Sequence[tuple[str, str, str, Mapping[str, Any] | None, str | None]]) -> None:
        keys = [(stream, key) for stream, own, *_, other in written for key in (own, other) if key is not None]
        rows = self._settled(keys)
        values = [
            (
                *(stream, key, bill_id),
                encode(stored) if stored is not None else None,
                encode([rows[stream, each] for each in (key, other) if each and (stream, each) in rows]),
            )
            for stream, key, bill_id, stored, other in written
        ]
        places = ", ".join(["(?, ?, ?, ?, ?)"] * len(values))
        self._db.execute(
            f"INSERT INTO writes (organization_id, {COLUMNS})"  # noqa: S608  constants and places
            " SELECT organization_id, run, stream, source_key, column3, former IS NULL, former,"
            " coalesce(column4, body), unkept, column5"
            f" FROM (VALUES {places}) JOIN intents ON organization_id = ? AND stream = column1 AND source_key = column2"
            " WHERE unkept IS NOT NULL"
            # Of several calls for one record in one run the first knows what was there before the run.
            " ON CONFLICT DO UPDATE SET bill_id = excluded.bill_id, stored = excluded.stored, unkept = ("
            "SELECT json_group_array(DISTINCT value) FROM"
            " (SELECT value FROM json_each(unkept) UNION SELECT value FROM json_each(excluded.unkept)))",
            [*(value for row in values for value in row), self._organization_id],
        )

    def _settled(self, keys: Sequence[Key]) -> dict[Key, list[Any]]:
        places = ", ".join(["(?, ?)"] * len(keys))
        found = self._db.execute(
            f"SELECT stream, {SETTLED} FROM settled"  # noqa: S608  constants and places
            f" WHERE organization_id = ? AND (stream, source_key) IN (VALUES {places})",
            [self._organization_id, *(part for key in keys for part in key)],
        )
        return {(stream, row[0]): row for stream, *row in found}

    def take_back(self, run: str, key: Key) -> list[tuple[Any, ...]]:
        """Forget the contents of a write that was undone.

        Returns:
            The rows of `settled` that were there before it, without organization and stream.
        """
        place = (self._organization_id, run, *key)
        where = "WHERE organization_id = ? AND run = ? AND stream = ? AND source_key = ?"
        row = self._db.execute(f"SELECT rows FROM writes {where}", place).fetchone()  # noqa: S608  a constant
        self._db.execute(
            f"UPDATE writes SET former = NULL, stored = NULL, rows = NULL, undone_by = ? {where}",  # noqa: S608
            (self._run, *place),
        )
        return [tuple(each) for each in decode(row[0])] if row and row[0] else []

    # What can be undone

    def left(self, run: str) -> int:
        """The number of writes of a run that can be taken back."""
        (count,) = self._db.execute(
            "SELECT count(*) FROM writes WHERE organization_id = ? AND run = ? AND undone_by IS NULL",
            (self._organization_id, run),
        ).fetchone()
        return int(count)

    def of(self, run: str, stream: str, *, to_go: bool) -> Iterator[list[Write]]:
        """The writes of a run to a stream that were not undone, some at a time.

        Args:
            run: The run.
            stream: The BILL stream.
            to_go: Those whose object was not there before, or deleted; otherwise the others.
        """
        last = ""
        while True:
            rows = self._db.execute(
                "SELECT source_key, bill_id, former, stored, unkept FROM writes WHERE organization_id = ?"
                " AND run = ? AND stream = ? AND undone_by IS NULL AND source_key > ?"
                " AND coalesce(json_extract(former, '$.isActive') = '2', TRUE) = ? ORDER BY source_key LIMIT ?",
                (self._organization_id, run, stream, last, to_go, AT_ONCE),
            ).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            yield [self._write(run, stream, row) for row in rows]

    def was_created_and_undone(self, run: str, stream: str, bill_id: str) -> bool:
        """True if an object that a run created was taken back."""
        row = self._db.execute(
            "SELECT 1 FROM writes WHERE organization_id = ? AND run = ? AND stream = ? AND bill_id = ?"
            " AND is_new AND undone_by IS NOT NULL",
            (self._organization_id, run, stream, bill_id),
        ).fetchone()
        return row is not None

    def created_and_undone(self, stream: str) -> frozenset[str]:
        """Ids of the objects that a run created and another one took back."""
        rows = self._db.execute(
            "SELECT bill_id FROM writes WHERE organization_id = ? AND stream = ? AND is_new AND undone_by IS NOT NULL",
            (self._organization_id, stream),
        )
        return frozenset(bill_id for (bill_id,) in rows)

    def _write(self, run: str, stream: str, row: Sequence[Any]) -> Write:
        source_key, bill_id, former, stored, unkept = row
        try:
            return Write(
                run=run,
                stream=stream,
                source_key=source_key,
                bill_id=bill_id,
                former=_object(former) if former is not None else None,
                stored=_object(stored),
                unkept=[str(each) for each in decode(unkept)],
            )
        except (ValueError, TypeError, msgspec.MsgspecError) as error:
            raise ConnectorError(
                f"the ledger {self._path}, table `writes`, the row of {run} {stream} {source_key} cannot be read: "
                f"{error}. Restore the ledger from a backup; the run cannot be undone without it"
            ) from None


def _object(text: Any) -> Mapping[str, Any]:
    found = decode(text)
    if not isinstance(found, dict):
        raise ValueError("what is kept of its object is no JSON object")  # noqa: TRY004  told with the others
    return found
