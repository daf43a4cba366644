"""The SDK's own tests of a tap, generated for every stream, against a running simulator."""

from __future__ import annotations

from typing import Any

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from bill_simulator import Simulator
from tap_bill.tap import TapBill

# Many of BILL's fields are always null; the SDK warns of each. Some of a bill line are in request templates only.
pytestmark = [
    pytest.mark.filterwarnings("ignore:No records were available to test"),
    pytest.mark.filterwarnings("ignore:Fields in transformed catalog but not in records"),
]

# The generated class wants its configuration when the module is read, so this simulator lives as long as the process.
_simulator = Simulator(vendors=12, customers=8, bills=60, invoices=40).__enter__()

# Everything is selected, what is not by default as well.
_catalog: dict[str, Any] = TapBill(validate_config=False).catalog_dict
for _stream in _catalog["streams"]:
    for _entry in _stream["metadata"]:
        _entry["metadata"]["selected"] = True

TestTapBill = get_tap_test_class(
    TapBill,
    catalog=_catalog,
    config={**_simulator.settings, "page_size": 25},
    suite_config=SuiteConfig(max_records_limit=30),
)
