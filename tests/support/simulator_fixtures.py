"""The fixtures of these tests: a plugin, because a second conftest would be a second module of that name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from simulator_caller import SMALL, Caller

from bill_simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def small_simulator() -> Iterator[Simulator]:
    with Simulator(**SMALL) as simulator:
        yield simulator


@pytest.fixture
def caller(small_simulator: Simulator) -> Iterator[Caller]:
    """Signed in to small books as they were at the start."""
    small_simulator.control.reset()
    with Caller(small_simulator) as signed_in:
        yield signed_in
