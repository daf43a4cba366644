"""An account that does not add up ends the run and keeps STATE back, whichever half of it is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from conftest import settings
from programs import TIMEOUT_S
from target_run import bill, bills, report, singer, vendors

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

# Loses something on the way out of the account, once, in the process that is tested.
LOSS = """
from decimal import Decimal
from target_bill.__main__ import main
from target_bill.account.report import Report

def lossy(self, outcome, original=Report.settled):
    original(self, outcome)
    line = self.lines[outcome.document.stream]
    {loss}

Report.settled = lossy
main()
"""
LOSSES = {
    "the money of a record": "line.money[outcome.verdict] -= Decimal('0.01')",
    "a record without money": "line.counts[outcome.verdict] -= not outcome.document.money",
    "nothing": "pass",
}


@pytest.mark.parametrize("lost", LOSSES)
def test_what_is_lost_is_told_and_ends_the_run(empty: Simulator, tmp_path: Path, lost: str) -> None:
    (tmp_path / "config.json").write_text(json.dumps(settings(empty)))
    ran = subprocess.run(
        [sys.executable, "-c", LOSS.format(loss=LOSSES[lost]), "--config", "config.json"],
        cwd=tmp_path, input=singer(vendors("A"), bills(bill("A", "1", 5))), capture_output=True, text=True,
        timeout=TIMEOUT_S, check=False,
    )  # fmt: skip
    assert report(tmp_path)["adds_up"] is (lost == "nothing")
    if lost == "nothing":
        assert (ran.returncode, json.loads(ran.stdout)) == (0, {"done": True}), ran.stderr
        return
    assert (ran.returncode, ran.stdout) == (4, ""), ran.stderr
    assert "target-bill: the account does not add up" in ran.stderr
    assert "every record accounted for" not in ran.stderr
    assert "Traceback" not in ran.stderr
