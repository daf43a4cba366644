"""What a pipe did, for the engine's page: rows and sums of a warehouse, and the account of a load."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from decimal import Decimal
    from pathlib import Path

ROW_READ = re.compile(r"^│ (\w+) +│ +([\d,]+) │", re.MULTILINE)
"""A line of the closing table of tap-bill: stream and rows."""

REPORTS = ".bill/reports"
VERDICTS = ("received", "created", "updated", "unchanged", "rejected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One stream of a warehouse after a run."""

    name: str
    read: int
    """Rows that this run has read."""
    rows: int
    amount: Decimal | None
    """The sum of the column `amount`, deleted objects included; None where there is no such column."""


def streams_of(warehouse: Path, log: Path) -> list[Stream]:
    """Every table of a warehouse.

    Args:
        warehouse: Of target-duckdb; nothing writes to it meanwhile.
        log: What tap-bill said on stderr.
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
            found.append(Stream(name=name, read=read.get(name, 0), rows=rows, amount=total))
    return found


def reports_in(folder: Path) -> set[Path]:
    """The accounts that target-bill has written in an organization's folder, one for each run."""
    return set((folder / REPORTS).glob("*Z-*[0-9].json"))


def newest(reports: set[Path]) -> dict[str, Any] | None:
    """The latest of some accounts; their names begin with their time."""
    return json.loads(max(reports).read_text()) if reports else None
