"""`python -m tap_bill_csv`."""

from tap_bill_csv.tap import TapBillCsv

TapBillCsv.cli()
