"""The command `bill-simulator`."""

from __future__ import annotations

from bill_api.start import starting


def main() -> None:
    """Run the simulator."""
    with starting():
        from bill_api.command import plain_ending  # noqa: PLC0415
        from bill_simulator.command_line import simulator  # noqa: PLC0415
    with plain_ending("bill-simulator"):
        simulator()


if __name__ == "__main__":
    main()
