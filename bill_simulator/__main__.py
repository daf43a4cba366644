"""The command `bill-simulator`."""

from __future__ import annotations

import sys

from bill_program.start import EXIT_FAILED, forget_output, starting, why_lost


def main() -> None:
    """Run the simulator."""
    with starting("simulator"):
        from bill_simulator.command_line import simulator  # noqa: PLC0415
    try:
        try:
            simulator()
        finally:
            sys.stdout.flush()  # here it can still be told that help, say, is lost
    except OSError as error:
        forget_output()
        sys.stderr.write(f"bill-simulator: the output cannot be written ({why_lost(error)})\n")
        sys.exit(EXIT_FAILED)


if __name__ == "__main__":
    main()
