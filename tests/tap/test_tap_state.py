"""STATE among the rows: little beside them, however many organizations there are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from conftest import run, selection, settings

from bill_simulator import Simulator, defaults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Ran

STREAMS = {"vendors", "customers", "bills", "bill_line_items", "invoices", "payment_terms", "users"}
SHARE_MAX = 0.25


def organizations(count: int) -> list[str]:
    return [f"008{number:017}" for number in range(1, count + 1)]


def several(simulator: Simulator, folder: Path, count: int, state: object = None) -> Ran:
    arguments = ["--catalog", str(selection(folder, STREAMS))]
    if state is not None:
        (folder / "state.json").write_text(json.dumps(state))
        arguments += ["--state", str(folder / "state.json")]
    ran = run("tap_bill", settings(simulator, organizations=organizations(count), page_size=50), folder, *arguments)
    assert ran.code == 0, ran.err
    return ran


def sizes(ran: Ran) -> tuple[int, int, int]:
    """Bytes of all STATE, of the last one, and of everything else."""
    states = [line for line in ran.out.splitlines() if line.startswith('{"type":"STATE"')]
    every = sum(map(len, states))
    return every, len(states[-1]), len(ran.out) - every


@pytest.fixture
def many() -> Iterator[Simulator]:
    """A BILL whose user may enter many organizations, each with small books."""
    with Simulator(vendors=0, customers=0, bills=0, invoices=0) as running:
        ids = organizations(12)
        running.control.change_directory(organizations=[{"id": each, "name": each} for each in ids])
        user = {"username": defaults.USERNAME, "organizations": ids}
        running.control.change_directory(users=[user])
        for number, each in enumerate(ids):
            running.control.seed(each, seed=number, vendors=4, customers=3, bills=120, invoices=20)
        yield running


def test_state_grows_with_the_rows_and_not_with_the_square_of_the_organizations(
    many: Simulator, tmp_path: Path
) -> None:
    for count in (1, 3, 12):
        first = several(many, tmp_path, count)
        states, last, rows = sizes(first)
        # What was there before, what is there at the end, and a share of the rows.
        assert states <= 2 * last + SHARE_MAX * rows, count
        assert len(first.state["bookmarks"]["bills"]["partitions"]) == count
        many.control.advance(3600)
        again = several(many, tmp_path, count, first.state)
        assert not again.records("bills")
        states, last, rows = sizes(again)
        assert states <= 2 * last + SHARE_MAX * rows, count


def test_the_last_state_has_everything(many: Simulator, tmp_path: Path) -> None:
    ran = several(many, tmp_path, 2)
    assert ran.messages[-1]["type"] == "STATE"
    marks = [each for stream in ran.state["bookmarks"].values() for each in stream["partitions"]]
    timed = [each for each in marks if each.get("replication_key_value")]
    assert len(timed) == 2 * len(STREAMS - {"payment_terms", "users"})
