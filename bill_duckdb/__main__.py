"""The command `bill-target-duckdb`."""

from __future__ import annotations

from bill_api.command import plain_ending
from bill_duckdb.target import TargetDuckDB


def main() -> None:
    """Run the target."""
    with plain_ending("bill-target-duckdb"):
        TargetDuckDB.cli()


if __name__ == "__main__":
    main()
