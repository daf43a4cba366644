"""Fixtures for pytest: `pytest_plugins = ["bill_simulator.fixtures"]` in the conftest.py at the root of your tests.

```python
def test_my_pipeline(bill_simulator):
    bill_simulator.control.fault("drop_after", "/Bulk/Crud/Create/*")
    load_bills(**bill_simulator.settings)
    assert bill_simulator.control.duplicates(bill_simulator.organization_id) == {}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bill_simulator.simulator import Simulator, SimulatorOptions

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def bill_simulator_options() -> SimulatorOptions:
    """Options of the simulator, as for `Simulator`; define a fixture of this name to change them."""
    return {}


@pytest.fixture(scope="session")
def bill_simulator_server(bill_simulator_options: SimulatorOptions) -> Iterator[Simulator]:
    """One server for all tests."""
    with Simulator(**bill_simulator_options) as simulator:
        yield simulator


@pytest.fixture
def bill_simulator(bill_simulator_server: Simulator) -> Simulator:
    """A BILL as it was at the start: books, clock, switches, limits, faults and request log."""
    bill_simulator_server.control.reset()
    return bill_simulator_server
