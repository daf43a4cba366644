"""Plugin for pytest in `mutants.py`: the order of the tests, an end in time, and what came of it.

The file that `MUTANT_TESTS` names holds `first` (ids of tests that killed mutants of the same module before) and
`seconds` (what each test took without a mutant). The others follow, fast ones first. A test that hangs ends the
program, and has said no: its name stands beside the answer that does not come.
"""

from __future__ import annotations

import faulthandler
import json
import os
import time
from collections import defaultdict
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ASKED = Path(os.environ["MUTANT_TESTS"])
BUDGET_S = float(os.environ["MUTANT_BUDGET_S"])
BEGAN = time.monotonic()
SECONDS: defaultdict[str, float] = defaultdict(float)
FAILED: list[str] = []
WHY: list[str] = []
TOLD_MAX = 160
LONGEST_S = min(BUDGET_S, 10**6)
KNOWN: dict[str, float] = json.loads(ASKED.read_text())["seconds"]
HANGS_S, SLOWER = 240, 20
"""What any test may take, and how many times longer than without a mutant; the time of the mutant for one of which that
is not known. On a busy machine a program takes many seconds to start, and a test that is slow must not count as one
that has noticed."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests by how soon they may say no."""
    asked = json.loads(ASKED.read_text())
    first = {name: place for place, name in enumerate(asked["first"])}
    # What tests of a file share was counted to one of them, and comes with whichever runs first.
    of_file: defaultdict[str, list[float]] = defaultdict(list)
    for name, seconds in KNOWN.items():
        of_file[name.partition("::")[0]].append(seconds)

    def soon(item: pytest.Item) -> tuple[int, float]:
        shares = of_file[item.nodeid.partition("::")[0]]
        took_s = KNOWN.get(item.nodeid, LONGEST_S)
        return first.get(item.nodeid, len(first)), max(took_s, fmean(shares) if shares else 0)

    items.sort(key=soon)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """End everything if a test hangs: a thread that waits for ever cannot be stopped otherwise."""
    ASKED.with_suffix(".now").write_text(item.nodeid)
    known_s = KNOWN.get(item.nodeid)
    patience_s = LONGEST_S if known_s is None else min(HANGS_S + SLOWER * known_s, LONGEST_S)
    faulthandler.dump_traceback_later(patience_s, exit=True)
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note what a part of a test took, and whether it failed."""
    SECONDS[report.nodeid] += report.duration
    if report.failed:
        FAILED.append(report.nodeid)
        reasons = [line[1:].strip() for line in report.longreprtext.splitlines() if line.startswith("E ")]
        WHY.append(f"{report.when}: {(reasons or ['?'])[0][:TOLD_MAX]}")


def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Stop between two tests when the time is over."""
    if time.monotonic() - BEGAN > BUDGET_S:
        item.session.shouldstop = "the time of this mutant is over"


def pytest_sessionfinish() -> None:
    """Leave the answer where the question was."""
    ASKED.with_suffix(".answer").write_text(json.dumps({"failed": FAILED, "why": WHY, "seconds": SECONDS}))
