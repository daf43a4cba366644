"""Plugin for pytest in `mutants.py`: the order of the tests, an end in time, and what came of it.

The file that `MUTANT_TESTS` names holds `first` (ids of tests that killed mutants of the same module before) and
`seconds` (what each test took without a mutant). The others follow, fast ones first.
"""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

ASKED = Path(os.environ["MUTANT_TESTS"])
BUDGET_S = float(os.environ["MUTANT_BUDGET_S"])
BEGAN = time.monotonic()
SECONDS: defaultdict[str, float] = defaultdict(float)
FAILED: list[str] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests by how soon they may say no."""
    asked = json.loads(ASKED.read_text())
    first = {name: place for place, name in enumerate(asked["first"])}
    items.sort(key=lambda item: (first.get(item.nodeid, len(first)), asked["seconds"].get(item.nodeid, 0.0)))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note what a part of a test took, and whether it failed."""
    SECONDS[report.nodeid] += report.duration
    if report.failed:
        FAILED.append(report.nodeid)


def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Stop between two tests when the time is over."""
    if time.monotonic() - BEGAN > BUDGET_S:
        item.session.shouldstop = "the time of this mutant is over"


def pytest_sessionfinish() -> None:
    """Leave the answer where the question was."""
    ASKED.with_suffix(".answer").write_text(json.dumps({"failed": FAILED, "seconds": SECONDS}))
