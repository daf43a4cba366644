"""The command `bill-simulator`."""

from __future__ import annotations

from bill_api.start import starting


def main() -> None:
    """Run the simulator."""
    with starting():
        from bill_simulator.command_line import simulator  # noqa: PLC0415
    simulator()


if __name__ == "__main__":
    main()
