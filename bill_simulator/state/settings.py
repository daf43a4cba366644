"""Settings of a simulator: sizes of the seeded books, switches, limits, clock, directory."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from bill_simulator.state.directory import Directory

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much is seeded, and from which seed."""

    seed: int = 1
    vendors: int = 40
    customers: int = 30
    bills: int = 300
    invoices: int = 200

    def __post_init__(self) -> None:
        sizes = (self.seed, self.vendors, self.customers, self.bills, self.invoices)
        if any(isinstance(each, bool) or not isinstance(each, int) for each in sizes):
            message = "sizes are whole numbers from 0"
            raise TypeError(message)
        if min(self.vendors, self.customers, self.bills, self.invoices) < 0:
            message = "sizes are whole numbers from 0"
            raise ValueError(message)
        if (self.bills and not self.vendors) or (self.invoices and not self.customers):
            message = "bills need vendors, invoices need customers"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a simulator starts, and what a reset returns it to.

    Attributes:
        sizes: How many objects are seeded.
        switches: Switches that differ from their default.
        limits: Limits that differ from their default.
        now: Where the clock starts, ISO 8601; None is real time.
        directory: Users, organizations and developer keys; the first organization is seeded, the others are empty.
    """

    sizes: Sizes = field(default_factory=Sizes)
    switches: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    limits: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    now: str | None = None
    directory: Directory = field(default_factory=Directory)
