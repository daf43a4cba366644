"""The pipes that the examples run for each organization: BILL into a warehouse, and files into BILL."""

from __future__ import annotations

from pathlib import Path

from pipeline import Pipe

SETTINGS = Path(__file__).resolve().parent
WAREHOUSE = "warehouse.duckdb"
"""In an organization's folder, as duckdb.json names it."""

READING = Pipe(
    name="reading",
    tap=("tap-bill", "--config", "ENV"),
    target=("target-duckdb", "--config", str(SETTINGS / "duckdb.json")),
    written=WAREHOUSE,
)
LOADING = Pipe(
    name="loading",
    tap=("tap-bill-csv", "--config", str(SETTINGS / "csv.json")),
    target=("target-bill", "--config", "ENV"),
)


def has_files(folder: Path) -> bool:
    """True if there are files in an organization's inbox; which of them are loaded already the tap knows by its STATE.

    Args:
        folder: The organization's.
    """
    return any((folder / "inbox").glob("*.csv"))
