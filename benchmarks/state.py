"""How much of tap-bill's output is STATE, for 1, 10 and 100 organizations: part of `make bench`.

Each STATE has the bookmarks of all streams and organizations. Written with each page, it grows with the square of the
organizations; here it must stay below a share of the rows beside it, and what a sync without changes writes must grow
with the organizations alone. Exits with 1 when a goal is missed.

    PYTHONPATH=campaigns python benchmarks/state.py --organizations 1 10 100
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncs import organizations

from bill_simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Sequence

COUNTS = (1, 10, 100)
BOOKS: dict[str, Any] = {"vendors": 4, "customers": 3, "bills": 120, "invoices": 20}
NONE: dict[str, Any] = {"vendors": 0, "customers": 0, "bills": 0, "invoices": 0}
PAGE = 50
SHARE_MAX = 0.25
"""Of the bytes of rows, those of STATE, beside the first and the last one."""

GROWTH_MAX = 1.5
"""How much more an organization may add in a sync without changes than one alone."""

HOUR_S = 3600
PATIENCE_S = 900


@dataclass(frozen=True, slots=True)
class Written:
    """What a sync wrote, in bytes.

    Attributes:
        rows: Everything but STATE.
        states: All STATE.
        last: The last one.
    """

    rows: int
    states: int
    last: int


def sync(simulator: Simulator, folder: Path, ids: Sequence[str], *arguments: str) -> Written:
    """Read so many organizations; STATE is left in the folder."""
    config = folder / "tap.json"
    config.write_text(json.dumps({**simulator.settings, "organizations": ids, "page_size": PAGE}))
    command = [sys.executable, "-m", "tap_bill", "--config", str(config), *arguments]
    ran = subprocess.run(command, capture_output=True, check=True, timeout=PATIENCE_S)
    states = [line for line in ran.stdout.splitlines() if line.startswith(b'{"type":"STATE"')]
    (folder / "state.json").write_text(json.dumps(json.loads(states[-1])["value"]))
    every = sum(map(len, states))
    return Written(len(ran.stdout) - every, every, len(states[-1]))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--organizations", type=int, nargs="+", default=COUNTS)
    counts = parser.parse_args(arguments).organizations
    missed, alone = 0, 0.0
    with tempfile.TemporaryDirectory() as name, Simulator(**NONE) as simulator:
        folder = Path(name)
        simulator.control.limit(requests_per_hour=10**9, logins_per_hour=10**9)
        ids = organizations(simulator.control, max(counts), **BOOKS)
        for count in counts:
            first = sync(simulator, folder, ids[:count])
            simulator.control.advance(HOUR_S)
            again = sync(simulator, folder, ids[:count], "--state", str(folder / "state.json"))
            share = max(0, first.states - 2 * first.last) / first.rows
            each_kb = (again.rows + again.states) / count / 1000
            alone = alone or each_kb
            ok = share <= SHARE_MAX and each_kb <= GROWTH_MAX * alone
            missed += not ok
            print(
                f"{count:5} organizations: first sync {first.rows / 1e6:,.2f} MB of rows, {first.states / 1e6:,.2f} MB "
                f"of STATE (one has {first.last / 1e3:,.1f} kB); again {again.rows / 1e6:,.2f} and "
                f"{again.states / 1e6:,.2f} MB, {each_kb:,.1f} kB each: {'ok' if ok else 'MISSED'}",
                flush=True,
            )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
