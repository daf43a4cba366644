"""target-bill as it must not be: what has no answer is sent again without a look, and so is what a crash left open.

The crash campaign has to notice it; see `crash.py --blind`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_bill.__main__ import main
from target_bill.delivery.reconciler import Reconciled, Reconciler

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_bill.ledger.intents import Intent


def look(
    self: Reconciler,  # noqa: ARG001
    intents: Sequence[Intent],
    *,
    same_run: bool,  # noqa: ARG001
    answered: Mapping[tuple[str, str], str | None] | None = None,  # noqa: ARG001
) -> Reconciled:
    """Nothing has happened, whatever BILL would say."""
    return Reconciled(absent=list(intents))


if __name__ == "__main__":
    Reconciler.look = look  # type: ignore[method-assign]
    main()
