"""Closing tables of a pipe, for an engine's page: rows and sums of a warehouse, and the account of a load.

Amounts are texts: an engine's numbers are floats, or pass through JSON.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Sequence, Set
    from pathlib import Path

Row = dict[str, Any]
Report = dict[str, Any]

ROW_READ = re.compile(r"^│ (\w+) +│ +([\d,]+) │", re.MULTILINE)
"""A line of the closing table of tap-bill: stream and rows."""

REPORTS = ".bill/reports"
VERDICTS = ("received", "created", "updated", "unchanged", "rejected")


def of_warehouse(warehouse: Path, log: Path) -> list[Row]:
    """The tables of a warehouse: rows that the run has read, rows there, and the sum of the column `amount`.

    The sum has deleted objects too; it is empty where there is no such column.

    Args:
        warehouse: Of target-duckdb; nothing writes to it meanwhile.
        log: The log of tap-bill.
    """
    read = {name: int(rows.replace(",", "")) for name, rows in ROW_READ.findall(log.read_text(errors="replace"))}
    with duckdb.connect(warehouse, read_only=True) as database:
        tables = database.execute(
            "SELECT table_name, bool_or(column_name = 'amount') FROM information_schema.columns "
            "WHERE table_schema = 'tap_bill' GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        found = []
        for name, has_amount in tables:
            amount = "coalesce(sum(amount), 0)" if has_amount else "NULL"
            rows, total = database.execute(f'SELECT count(*), {amount} FROM tap_bill."{name}"').fetchall()[0]  # noqa: S608
            text = "" if total is None else f"{total:.2f}"
            found.append({"stream": name, "read": read.get(name, 0), "rows": rows, "amount": text})
    return found


def of_load(report: Report) -> list[Row]:
    """The streams of a load: verdicts and money.

    Args:
        report: The account of target-bill.
    """
    return [
        {"stream": name}
        | {verdict: line[verdict] for verdict in VERDICTS}
        | {"money": line["received_money"], "rejected money": line["money"]["rejected"]}
        for name, line in report["streams"].items()
    ]


def reasons_of(report: Report) -> list[str]:
    """The reasons of rejects, each with the number of its records."""
    return [f"{each['records']} x {each['stream']}: {each['reason']}" for each in report["reasons"]]


def total(rows: Sequence[Row], *columns: str) -> dict[str, int]:
    """The sums of columns over all streams."""
    return {name: sum(row[name] for row in rows) for name in columns}


def reports_in(folder: Path) -> set[Path]:
    """The accounts that target-bill has written in an organization's folder, one for each run."""
    return set((folder / REPORTS).glob("*Z-*[0-9].json"))


def newest(reports: Set[Path]) -> Report | None:
    """The latest of some accounts; their names begin with their time."""
    return json.loads(max(reports).read_text()) if reports else None
