"""The command `tap-bill-csv`."""

from __future__ import annotations

from bill_api.command import plain_ending
from tap_bill_csv.tap import TapBillCsv


def main() -> None:
    """Run the tap."""
    with plain_ending("tap-bill-csv"):
        TapBillCsv.cli()


if __name__ == "__main__":
    main()
