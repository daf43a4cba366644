"""The command `bill-report`."""

from __future__ import annotations

from bill_program.start import starting

PROGRAM = "bill-report"


def main() -> None:
    """Write one page."""
    with starting("report"):
        from bill_program.ending import run  # noqa: PLC0415
        from bill_report.command_line import report  # noqa: PLC0415
    run(PROGRAM, report)


if __name__ == "__main__":
    main()
