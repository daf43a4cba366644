"""The command `target-duckdb`."""

from __future__ import annotations

from bill_program.start import starting


def main() -> None:
    """Run the target."""
    with starting("duckdb"):
        from bill_program.ending import run  # noqa: PLC0415
        from target_duckdb.target import TargetDuckDB  # noqa: PLC0415
    run("target-duckdb", TargetDuckDB.cli)


if __name__ == "__main__":
    main()
