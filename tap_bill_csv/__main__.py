"""The command `tap-bill-csv`."""

from __future__ import annotations

from contextlib import suppress

from bill_program.start import starting

MEMORY_MAX = 2 << 30
"""Bytes of data: twice what files of any size need. An expression such as `repeat('x', 2000000000)` wants more,
and DuckDB's own limit does not count the texts that a function makes."""


def limit_memory() -> None:
    """Let an expression that is out of all proportion fail, and not the machine; not on Windows, which has no limit."""
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415

        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_MAX, hard))


def main() -> None:
    """Run the tap."""
    with starting("csv"):
        from bill_program.ending import run  # noqa: PLC0415
        from tap_bill_csv.tap import TapBillCsv  # noqa: PLC0415
    limit_memory()
    run("tap-bill-csv", TapBillCsv.cli)


if __name__ == "__main__":
    main()
