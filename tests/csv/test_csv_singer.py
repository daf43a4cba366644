"""The SDK's own tests of a tap, on a file without faults."""

from __future__ import annotations

from pathlib import Path

from singer_sdk.testing import get_tap_test_class

from tap_bill_csv.tap import TapBillCsv

FILE = str(Path(__file__).with_name("clean.csv"))

TestTapBillCsv = get_tap_test_class(
    TapBillCsv,
    config={
        "files": [
            {"path": FILE, "stream": "bills"},
            {"path": FILE, "stream": "vendors", "columns": {"name": "vendorName"}},
        ]
    },
)
