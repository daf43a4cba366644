"""The command `bill`."""

from __future__ import annotations

from bill_program.start import starting

PROGRAM = "bill"


def main() -> None:
    """Run one command."""
    with starting():
        from bill_cli.app import bill  # noqa: PLC0415
        from bill_cli.ending import ended  # noqa: PLC0415
    with ended() as at:
        bill.main(prog_name=PROGRAM, standalone_mode=False, obj=at)


if __name__ == "__main__":
    main()
