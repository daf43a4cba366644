"""The command `tap-bill-csv`."""

from __future__ import annotations

from bill_program.start import starting


def main() -> None:
    """Run the tap."""
    with starting("csv"):
        from bill_singer.exit_codes import plain_ending  # noqa: PLC0415
        from tap_bill_csv.tap import TapBillCsv  # noqa: PLC0415
    with plain_ending("tap-bill-csv"):
        TapBillCsv.cli()


if __name__ == "__main__":
    main()
