"""The fixtures of these tests: a plugin, because a second conftest would be a second module of that name."""

from __future__ import annotations

import random
import socket
from typing import TYPE_CHECKING

import pytest
from api_scripted import BASE, ScriptedBill, scripted_bill

from bill_simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORT_WAITS_SEED = 2347498
"""The jitter of retries draws from `random`: after this seed five waits are 0.01, 0.06, 0.36, 0.05 and 0.07 s."""


@pytest.fixture(scope="session")
def running_bill() -> Iterator[Simulator]:
    with Simulator(vendors=0, customers=0, bills=0, invoices=0) as simulator:
        yield simulator


@pytest.fixture
def bill(running_bill: Simulator) -> Simulator:
    """A BILL with empty books, as at the start."""
    running_bill.control.reset()
    return running_bill


@pytest.fixture
def scripted() -> Iterator[ScriptedBill]:
    with scripted_bill() as running:
        yield running


@pytest.fixture
def short_waits() -> None:
    random.seed(SHORT_WAITS_SEED)


@pytest.fixture
def refusing_url() -> Iterator[str]:
    """A URL whose port belongs to us and refuses connections."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}{BASE}"
