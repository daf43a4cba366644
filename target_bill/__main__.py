"""The command `target-bill`."""

from __future__ import annotations

import sys

from bill_api.command import plain_ending
from target_bill.target import TargetBill

SWITCH_S = 0.0005
"""A tenth of Python's default: a thread that writes its call down and sends it does not wait behind the planning of the
next records, each time that it has waited for the disk or the network."""


def main() -> None:
    """Run the target."""
    sys.setswitchinterval(SWITCH_S)
    with plain_ending("target-bill"):
        TargetBill.cli()


if __name__ == "__main__":
    main()
