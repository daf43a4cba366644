"""The command `tap-bill`."""

from __future__ import annotations

from bill_api.command import plain_ending
from tap_bill.tap import TapBill


def main() -> None:
    """Run the tap."""
    with plain_ending("tap-bill"):
        TapBill.cli()


if __name__ == "__main__":
    main()
