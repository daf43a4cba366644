"""The command `tap-bill`."""

from __future__ import annotations

import gc

from bill_program.start import starting

COLLECT_EVERY = 50_000, 20, 100
"""Pages are thousands of objects that go as they came: looking for garbage among them all the time finds none."""


def main() -> None:
    """Run the tap."""
    with starting():
        from bill_program.ending import run  # noqa: PLC0415
        from tap_bill.tap import TapBill  # noqa: PLC0415
    gc.freeze()
    gc.set_threshold(*COLLECT_EVERY)
    run("tap-bill", TapBill.cli)


if __name__ == "__main__":
    main()
