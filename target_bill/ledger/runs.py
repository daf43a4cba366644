"""The runs of which a ledger keeps writes, read without opening it for work: nothing is made, locked or looked up."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bill_program.errors import SettingsError
from target_bill.ledger.file import unusable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A run, with the number of its writes that can be taken back, by BILL stream."""

    name: str
    writes: Mapping[str, int]

    @property
    def count(self) -> int:
        """All of them."""
        return sum(self.writes.values())


def kept_runs(path: Path, organization_id: str) -> list[KeptRun]:
    """The runs of an organization, newest first; also one that was cut off, of which only open calls are there.

    Args:
        path: The ledger.
        organization_id: The organization.

    Raises:
        SettingsError: There is no ledger.
        ConnectorError: It cannot be read.
    """
    if not path.exists():
        raise SettingsError(
            f"--undo: there is no ledger {path} (setting `ledger`, from the folder in which the command runs), so that "
            "nothing is known of any run: name the ledger that the load had"
        )
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            rows = db.execute(
                "SELECT run, stream, count(*) FILTER (WHERE undone_by IS NULL) FROM writes WHERE organization_id = ?1"
                " GROUP BY 1, 2 UNION ALL"
                " SELECT run, stream, count(*) FROM intents WHERE organization_id = ?1 AND undoes IS NULL"
                " GROUP BY 1, 2",
                (organization_id,),
            ).fetchall()
    except sqlite3.Error as error:
        raise unusable(path, error) from error
    found: dict[str, dict[str, int]] = {}
    for run, stream, count in rows:
        writes = found.setdefault(run, {})
        writes[stream] = writes.get(stream, 0) + count
    return [KeptRun(run, found[run]) for run in sorted(found, reverse=True)]
