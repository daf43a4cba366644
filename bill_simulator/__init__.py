"""A local BILL (v2) over real HTTP: state, rules, limits, faults - written from the facts, apart from our client.

The public names can be imported from here; each is loaded when it is first asked for, because a server takes a while.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bill_simulator.control.client import ControlError as ControlError
    from bill_simulator.control.client import RemoteControl as RemoteControl
    from bill_simulator.simulator import Simulator as Simulator
    from bill_simulator.state.directory import DeveloperKey as DeveloperKey
    from bill_simulator.state.directory import Directory as Directory
    from bill_simulator.state.directory import Organization as Organization
    from bill_simulator.state.directory import User as User

_HOMES = {
    "state.directory": ("DeveloperKey", "Directory", "Organization", "User"),
    "control.client": ("ControlError", "RemoteControl"),
    "simulator": ("Simulator",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_HOME)
