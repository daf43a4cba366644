"""The command `target-bill`."""

from __future__ import annotations

import gc
import sys

from bill_program.start import starting

SWITCH_S = 0.0005
"""A tenth of Python's default: a thread that writes its call down and sends it does not wait behind the planning of the
next records, each time that it has waited for the disk or the network."""

GARBAGE_THRESHOLDS = (100_000, 50, 50)
"""Records are many objects without circles: to look for circles among them as often as Python does takes a tenth of
the time (measured)."""


def main() -> None:
    """Run the target."""
    with starting():
        from bill_program.ending import run  # noqa: PLC0415
        from target_bill.target import TargetBill  # noqa: PLC0415
    sys.setswitchinterval(SWITCH_S)
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    run("target-bill", TargetBill.cli)


if __name__ == "__main__":
    main()
