"""`make moving` in short, and the proof that its checks can fail."""

from __future__ import annotations

import json
from typing import Any

import moving
import pytest
from moving import Plan
from syncs import Output, Version, warehouse, wrong

PLAN = Plan(rows=3_000, rate=400, page_size=100, offset_runs=1)
LATENCY_MS = 10
BEFORE = {name: {"id": name, "updatedTime": "2025-01-01T00:00:00.000+0000", "vendorId": "0" * 20} for name in "ab"}
CHANGES = [{"id": "b", "time": f"2026-01-01T00:00:{second}.000+0000"} for second in (10, 20)]
UNTOUCHED, TEN, TWENTY = "2025-01-01T00:00:00Z", "2026-01-01T00:00:10Z", "2026-01-01T00:00:20Z"


@pytest.mark.slow
def test_rows_that_move_are_all_there_and_plain_offsets_would_lose_some() -> None:
    *ours, plain_offsets = moving.campaign(PLAN, seeds=(1, 2), latency_ms=LATENCY_MS)
    assert [each.wrong for each in ours] == [[], []]
    assert not plain_offsets.wrong, plain_offsets.told


def version(name: str, time: str, **more: Any) -> Version:
    record = {"id": name, "updatedTime": time, "vendorId": None, **more}
    return Version(name, time, json.dumps(record).encode())


def output(*versions: Version, bookmark: str = "2026-01-01T00:00:15Z") -> Output:
    return Output(list(versions), {"bookmarks": {"bills": {"partitions": [{"replication_key_value": bookmark}]}}})


@pytest.mark.parametrize(
    ("versions", "found"),
    [
        ((version("a", UNTOUCHED), version("b", TEN)), ""),
        ((version("a", UNTOUCHED), version("b", TWENTY)), ""),
        ((version("b", UNTOUCHED), version("a", UNTOUCHED), version("b", TWENTY)), ""),
        ((version("b", TEN),), "a: missing"),
        ((version("a", UNTOUCHED), version("b", UNTOUCHED)), "b: as of 2025-01-01T00:00:00Z, but was changed"),
        ((version("a", UNTOUCHED), version("b", TWENTY), version("b", TEN)), "b: an older state comes after a newer"),
        ((version("a", TEN), version("b", TEN)), "a: has never been changed at"),
        (
            (version("a", UNTOUCHED, vendorId="x"), version("b", TEN)),
            "a: was not yet touched, and has another vendorId",
        ),
        ((version("a", UNTOUCHED), version("b", TEN), version("c", TEN)), "c: has never been changed at"),
    ],
)
def test_what_a_sync_may_not_leave_out_is_found(versions: tuple[Version, ...], found: str) -> None:
    off = list(moving.wrong_sync(BEFORE, output(*versions), CHANGES))
    assert len(off) == bool(found)
    assert not found or off[0].startswith(found)


@pytest.mark.parametrize(
    ("versions", "found"),
    [
        ((version("a", UNTOUCHED), version("b", TEN), version("b", UNTOUCHED)), []),
        ((version("a", UNTOUCHED), version("b", TEN)), ["b: other than in the books: updatedTime"]),
        ((version("a", UNTOUCHED),), ["b: missing"]),
        ((*map(version, "abc", [UNTOUCHED] * 3),), ["c: not in the books"]),
    ],
)
def test_a_warehouse_that_is_not_the_books_is_found(versions: tuple[Version, ...], found: list[str]) -> None:
    assert list(wrong(BEFORE, warehouse(versions))) == found


def test_a_line_that_broke_off_counts_for_nothing() -> None:
    record = b'{"type":"RECORD","stream":"bills","record":{"id":"a","updatedTime":"x"}}\n'
    state = b'{"type":"STATE","value":{"bookmarks":{}}}\n'
    read = Output.of([record, state, record, record[:-1]])
    assert (len(read.versions), read.settled, read.torn, read.state) == (2, 1, True, {"bookmarks": {}})
