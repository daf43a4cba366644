"""The command `bill`."""

from __future__ import annotations

import sys

PROGRAM = "bill"
EXIT_INTERRUPTED = 130


def main() -> None:
    """Run one command."""
    try:
        # Here, so that Ctrl-C while they load is no traceback.
        from bill_cli.app import bill  # noqa: PLC0415
        from bill_cli.endings import ended  # noqa: PLC0415
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    with ended():
        bill.main(prog_name=PROGRAM, standalone_mode=False)


if __name__ == "__main__":
    main()
