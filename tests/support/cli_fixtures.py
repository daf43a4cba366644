"""The fixtures of these tests: a plugin, because a second conftest would be a second module of that name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cli_bill import Bill, Here

from bill_simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator(vendors=12, customers=8, bills=60, invoices=40) as simulator:
        yield simulator


@pytest.fixture
def books(running: Simulator) -> Simulator:
    """A BILL with small books, as at the start."""
    running.control.reset()
    return running


@pytest.fixture
def bill(books: Simulator, tmp_path: Path) -> Bill:
    return Bill(books, tmp_path)


@pytest.fixture
def here(bill: Bill, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    return Here(bill, monkeypatch, capsys)
