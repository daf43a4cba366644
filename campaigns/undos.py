"""Undo in the crash campaign: a person works beside the target, and the books are held against those before."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from typing import TYPE_CHECKING, Any

from loads import ENTITIES, INACTIVE, LINES
from syncs import Caller

from bill_api.entities import BY_NAME
from bill_api.existing.content import complete_update
from bill_simulator.encoding import encode

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path
    from random import Random

    from loads import Books, Target
    from syncs import Bill, Row

EDITS, PAYMENTS = 3, 2
BY_HAND = "by hand"
TAKEN = {"BDC_1171", "BDC_5370"}
TIMES = frozenset({"updatedTime", "createdTime"})
ARRAYS = frozenset(LINES.values())


def edit_and_pay(books: Bill, dice: Random, before: Books, now: Books) -> set[str]:
    """Edit some bills that were written since, and pay others; the ids of both."""
    was = {row["id"]: _seen(row) for row in before["Bill"]}
    written = [row for row in now["Bill"] if was.get(row["id"]) != _seen(row) and row["isActive"] != INACTIVE]
    chosen = dice.sample(written, min(len(written), EDITS + PAYMENTS))
    person = Caller(books.settings())
    for row in chosen[:EDITS]:
        obj = complete_update(BY_NAME["Bill"], row, {"description": BY_HAND})
        _ok(person, "/Crud/Update/Bill.json", {"obj": {"entity": "Bill", **obj}})
    paid = [row for row in chosen[EDITS:] if row["dueAmount"] > 0]
    books.control.switch(record_payments="offer")
    for row in paid:
        pays = [{"entity": "BillPay", "billId": row["id"], "amount": row["dueAmount"]}]
        sent = {"vendorId": row["vendorId"], "toPrintCheck": False, "processDate": "2026-11-01", "billPays": pays}
        _ok(person, "/RecordAPPayment.json", sent)
    return {row["id"] for row in (*chosen[:EDITS], *paid)}


def _ok(person: Caller, path: str, data: Any) -> None:
    answer = json.loads(person.post(path, data=encode(data).decode()))
    if answer["response_message"] != "Success":
        raise RuntimeError(f"{path}: {answer}")


def runs_of(target: Target) -> list[str]:
    """The runs of which something is kept that was not taken back, newest first."""
    with contextlib.closing(sqlite3.connect(target.ledger)) as db:
        rows = db.execute("SELECT DISTINCT run FROM writes WHERE undone_by IS NULL ORDER BY run DESC")
        return [run for (run,) in rows]


def named_in(reports: Path, *, merges: bool) -> set[str]:
    """The objects that the reports name as not taken back, for BILL would not: the number is taken by a twin.

    With `merges` all that they name, for BILL takes no lines away.
    """
    lines = (json.loads(line) for path in reports.glob("*-rejects.jsonl") for line in path.read_text().splitlines())
    undone = [each for each in lines if "undoes" in each["record"]]
    return {each["record"]["id"] for each in undone if merges or {p["code"] for p in each["problems"]} & TAKEN}


def not_undone(
    before: Books, touched: Books, now: Books, ids: Collection[str], spared: Collection[str]
) -> Iterator[str]:
    """Whatever is neither as it was before, nor as a person has left it.

    Args:
        before: The books before what was taken back.
        touched: After a person has worked on some of it.
        now: After the undo.
        ids: What that person worked on.
        spared: What BILL would not take back.
    """
    kept = {row["vendorId"] for row in touched["Bill"] if row["id"] in ids}
    for entity in ENTITIES.values():
        was, left = ({row["id"]: row for row in books[entity]} for books in (before, touched))
        for row in now[entity]:
            bill_id = row["id"]
            if bill_id in ids:
                is_right = _seen(row) == _seen(left[bill_id])
            elif bill_id in was:
                is_right = bill_id in spared or _seen(row) == _seen(was[bill_id])
            else:
                is_right = row["isActive"] == (left[bill_id]["isActive"] if bill_id in kept else INACTIVE)
            if not is_right:
                wanted, found = _seen(left[bill_id] if bill_id in ids else was.get(bill_id, {})), _seen(row)
                names = sorted(name for name in {*wanted, *found} if wanted.get(name) != found.get(name))
                told = "; ".join(f"{name} {found.get(name)!r} in place of {wanted.get(name)!r}" for name in names)
                yield f"undo: {entity} {bill_id}: {told}"


def wrong_rows(
    before: Collection[tuple[str, str, str]], now: Collection[tuple[str, str, str]], kept: Collection[str]
) -> Iterator[str]:
    """Rows of the ledger that are not those of before, but for what stays."""
    for stream, key, bill_id in set(before) ^ set(now):
        if bill_id not in kept:
            what = "gone" if (stream, key, bill_id) in before else "new"
            yield f"undo: the ledger's row {stream} {key} {bill_id} is {what}"


def _seen(row: Row) -> Row:
    """All that a person sees of an object: not when it was changed, and not the ids of its lines."""
    found = {name: value for name, value in row.items() if name not in TIMES and value not in (None, "", "0" * 20)}
    for name in ARRAYS & row.keys():
        lines = [{key: value for key, value in _seen(line).items() if key != "id"} for line in row[name]]
        found[name] = sorted(lines, key=lambda line: str(sorted(line.items(), key=str)))
    return found
