"""The command `target-bill`."""

from __future__ import annotations

from bill_api.command import plain_ending
from target_bill.target import TargetBill


def main() -> None:
    """Run the target."""
    with plain_ending("target-bill"):
        TargetBill.cli()


if __name__ == "__main__":
    main()
