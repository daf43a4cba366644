"""A local BILL (v2) over real HTTP: state, rules, limits, faults - written from the facts, apart from our client."""

from __future__ import annotations

from bill_simulator import defaults
from bill_simulator.directory import DeveloperKey, Directory, Organization, User
from bill_simulator.remote import ControlError, RemoteControl
from bill_simulator.simulator import Simulator

__all__ = [
    "ControlError",
    "DeveloperKey",
    "Directory",
    "Organization",
    "RemoteControl",
    "Simulator",
    "User",
    "defaults",
]
