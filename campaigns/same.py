"""Properties of "the same" over many drawn inputs: `make same`.

Every case is up to four runs into one BILL: records whose keys are equal, nearly equal, blank or repeated, in several
streams and sources and any order, with edits, deletes, corrected rejects, other settings and a lost ledger between.
After each run the verdicts, the books and the ledger are held against a model that knows nothing of texts or calls;
then the same input comes again in another order, and must say the same and write nothing. At last the whole case is
played again with every run in another order and other calls, and each verdict must be the same.

With `--kills` the target is a process that is killed (SIGKILL) up to twice in each run before it is let through; then
the books and the ledger must be those of the model all the same.

    python campaigns/same.py --cases 3000
    python campaigns/same.py --cases 20 --break-rule claims

`--break-rule` breaks one rule of the target on purpose: the campaign must notice.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, given, seed, settings
from same_inputs import TOPICS, cases
from same_rules import RULES, broken
from same_runs import EMPTY, World, played, played_with_kills, reordered

from bill_simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Callable

    from same_inputs import Case

CASES, KILLED = 600, 12
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


class OffError(AssertionError):
    """A case in which something is off; the text has it in its smallest form."""


def campaign(topic: str, many: int, first_seed: int, play: Callable[[Case], list[str]], *, shrinks: bool) -> str:
    """Play so many cases of a topic; what is off in the first that fails, or in the smallest one, or nothing."""

    @seed(first_seed)
    @settings(
        max_examples=many,
        deadline=None,
        database=None,
        suppress_health_check=SLOW,
        phases=[Phase.generate, Phase.shrink] if shrinks else [Phase.generate],
        report_multiple_bugs=False,
    )
    @given(cases((topic,)))
    def holds(case: Case) -> None:
        if off := play(case):
            raise OffError("\n".join([*off, case.told()]))

    try:
        holds()
    except OffError as error:
        return str(error)
    return ""


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=CASES, help="Of each topic.")
    parser.add_argument("--kills", type=int, default=KILLED, help="Cases of each topic with a target that is killed.")
    parser.add_argument("--topic", choices=tuple(TOPICS), action="append")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--break-rule", choices=tuple(RULES))
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    failed = 0
    with tempfile.TemporaryDirectory() as folder, Simulator(**EMPTY) as simulator, broken(options.break_rule):
        os.environ["XDG_STATE_HOME"] = folder
        world = World(simulator.settings, simulator.control, Path(folder))
        for topic in options.topic or TOPICS:
            failed += _told(world, topic, options)
    print(f"{failed} topics are off")
    return 1 if failed else 0


def _told(world: World, topic: str, options: argparse.Namespace) -> bool:
    """Play a topic and print what it came to; whether something is off."""
    shrinks = not options.break_rule  # then any case that is off will do
    began, counts = time.monotonic(), Counter[str]()

    def play(case: Case) -> list[str]:
        counts["cases"] += 1
        return [*played(world, case, counts=counts), *reordered(world, case)]

    def play_killed(case: Case) -> list[str]:
        return list(played_with_kills(world, case, counts))

    off = campaign(topic, options.cases, options.seed, play, shrinks=shrinks)
    if not off and options.kills:
        off = campaign(topic, options.kills, options.seed, play_killed, shrinks=shrinks)
    told = ", ".join(f"{name} {times}" for name, times in sorted(counts.items()))
    print(f"{topic}: {told}; {time.monotonic() - began:.0f} s", flush=True)
    if off:
        print(off, flush=True)
    return bool(off)


if __name__ == "__main__":
    sys.exit(main())
