"""The command `bill`."""

from __future__ import annotations

from bill_cli.app import bill
from bill_cli.endings import ended

PROGRAM = "bill"


def main() -> None:
    """Run one command."""
    with ended():
        bill.main(prog_name=PROGRAM, standalone_mode=False)


if __name__ == "__main__":
    main()
