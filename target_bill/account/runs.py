"""The runs that can be taken back, as people find one: its time, its input, what it wrote and the money of that."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.table import Table

from bill_values.visible import in_quotes
from target_bill.model.outcome import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from target_bill.ledger.runs import KeptRun

NAME = re.compile(r"\d{8}T\d{9}Z-\d+")
"""The name of a run, with which the names of its files begin."""

SHOWN = 20
NAMED = 10
WRITTEN = (Verdict.CREATED, Verdict.UPDATED, Verdict.DELETED)


def named(given: str) -> str:
    """The name of the run in what a person gives: the name, or one of its files, with or without its folder."""
    found = NAME.findall(given)
    return found[-1] if found else given.strip()


def unknown(run: str, runs: Iterable[KeptRun]) -> str:
    """The sentence about a run of which nothing is kept, with those that can be taken back."""
    left = [f"{each.name} ({each.count:,} writes)" for each in runs if each.count]
    told = ", ".join(left[:NAMED]) + (f" and {len(left) - NAMED:,} more" if len(left) > NAMED else "")
    known = f"those that can be undone: {told}" if left else "there is none that can be undone"
    what = f"--undo: the ledger keeps nothing of a run {in_quotes(run)}" if run else "--undo: give the name of a run"
    return (
        f"{what} (a run is named as its report; `undo_days` says how long its writes are kept); {known}. "
        "Nothing was sent"
    )


def table(runs: Sequence[KeptRun], reports: Path) -> Table | None:
    """The runs that can be taken back, newest first; None where there is none.

    Args:
        runs: Those of the ledger.
        reports: The folder of reports: of a run whose report is gone its input and money are not told.
    """
    left = [each for each in runs if each.count]
    if not left:
        return None
    found = Table(title="target-bill: runs that can be undone", title_justify="left")
    for column in ("run", "began (UTC)", "input", "can be undone"):
        found.add_column(column, overflow="fold")
    found.add_column("money written", justify="right")
    for each in left[:SHOWN]:
        report = _report(reports / f"{each.name}.json")
        writes = ", ".join(f"{count:,} of {stream}" for stream, count in each.writes.items() if count)
        found.add_row(each.name, _time(each.name), str(report.get("input") or ""), writes, _money(report))
    return found


def _time(name: str) -> str:
    return f"{name[:4]}-{name[4:6]}-{name[6:8]} {name[9:11]}:{name[11:13]}" if NAME.fullmatch(name) else ""


def _report(path: Path) -> Mapping[str, Any]:
    """The report of a run; nothing where it is gone, or no report any more."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _money(report: Mapping[str, Any]) -> str:
    """The money of what was written, each stream apart: bills and credits are no one sum."""
    told = []
    for stream, line in (report.get("streams") or {}).items():
        money = sum((Decimal(line["money"][verdict]) for verdict in WRITTEN), Decimal(0))
        if money:
            told.append(f"{stream} {money:,.2f}")
    return ", ".join(told)
