"""`make crash` in short, and the proof that its checks can fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import crash_tap
import pytest
from syncs import Output, Tap, bill

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncs import Bill

ROWS, PAGE_ROWS = 300, 60


@pytest.fixture(scope="module")
def books() -> Iterator[Bill]:
    with bill("--bills", str(ROWS)) as running:
        yield running


@pytest.mark.slow
@pytest.mark.parametrize(("place", "nth", "moving"), [("call", 1, False), ("call", 4, True), ("line", 200, True)])
def test_after_a_kill_nothing_is_missing(books: Bill, place: str, nth: int, moving: bool) -> None:
    outcome = crash_tap.chain(books, PAGE_ROWS, place, nth, moving=moving)
    assert outcome.kills
    assert outcome.resumed or (place, nth) == ("call", 1)
    assert outcome.wrong == []


def test_a_state_that_runs_ahead_of_its_rows_is_found(books: Bill, tmp_path: Path) -> None:
    books.control.reset()
    tap = Tap(tmp_path, books.settings(lookback_s=0))

    def too_early(state: Any) -> Output | None:
        if state is not None:
            return None
        whole = tap.sync()
        return Output(whole.versions[: ROWS // 2], whole.state, settled=ROWS // 2)

    killed, last = crash_tap.Chain(books, tap, moving=False, seed=1).run(too_early)
    off = list(crash_tap.wrong_end(books, killed, last))
    assert len(off) == 2 * (ROWS - ROWS // 2)
    assert all(each.endswith("missing") for each in off)


def test_rows_behind_the_last_state_do_not_count_when_the_target_goes_down_too(books: Bill, tmp_path: Path) -> None:
    books.control.reset()
    whole = Tap(tmp_path, books.settings()).sync()
    off = list(crash_tap.wrong_end(books, [Output(whole.versions, whole.state, settled=ROWS - 1)], Output()))
    assert off == [f"every line before a STATE: {whole.versions[-1].id}: missing"]
