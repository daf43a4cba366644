"""tap-bill as a process, from STATE on or from the beginning; for the tests of its folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conftest import run, settings

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Ran

    from bill_simulator import Simulator


def synced(simulator: Simulator, folder: Path, state: Any = None, *, catalog: Path | None = None, **more: Any) -> Ran:
    """A sync that goes well."""
    arguments = [] if catalog is None else ["--catalog", str(catalog)]
    if state is not None:
        (folder / "state.json").write_text(json.dumps(state))
        arguments += ["--state", str(folder / "state.json")]
    ran = run("tap_bill", settings(simulator, **more), folder, *arguments)
    assert ran.code == 0, ran.err
    return ran
