"""The command `bill-simulator`."""

from __future__ import annotations

from bill_program.start import starting

PROGRAM = "bill-simulator"


def main() -> None:
    """Run the simulator."""
    with starting("simulator"):
        from bill_program.ending import run  # noqa: PLC0415
        from bill_simulator.command_line import simulator  # noqa: PLC0415
    run(PROGRAM, simulator)


if __name__ == "__main__":
    main()
