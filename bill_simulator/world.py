"""Everything that one simulator knows, so that two of them in one process share nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from bill_simulator.books import Books
from bill_simulator.clock import Clock
from bill_simulator.faults import FaultPlan
from bill_simulator.journal import Journal
from bill_simulator.limits import Gate, Limits
from bill_simulator.mfa import Mfa
from bill_simulator.seed import Sizes, sow
from bill_simulator.sessions import Directory, Sessions
from bill_simulator.switches import Switches

if TYPE_CHECKING:
    from collections.abc import Mapping


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


def keep_books(settings: Settings) -> dict[str, Books]:
    """Fresh books for every organization, the first one seeded; pure, so it may run beside the server."""
    books = {each.id: Books(each.id, str(settings.sizes.seed)) for each in settings.directory.organizations}
    first = settings.directory.organizations[0]
    sow(books[first.id], settings.sizes, settings.directory.users[0].id)
    return books


class World:
    """The state behind one server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._start(settings, keep_books(settings))

    def restart(self, settings: Settings, books: dict[str, Books]) -> None:
        """Forget everything and start anew; sessions, faults, counts and the request log go too."""
        self._start(settings, books)

    def resized(self, sizes: Mapping[str, int]) -> Settings:
        """The settings of the start with other sizes."""
        return replace(self.settings, sizes=replace(self.settings.sizes, **sizes))

    def forget_calls(self) -> None:
        """Empty the request log and the peaks."""
        self.journal.clear()
        self.gate.peak.clear()

    def _start(self, settings: Settings, books: dict[str, Books]) -> None:
        self.directory = settings.directory
        self.books = books
        self.clock = Clock()
        self.clock.set(settings.now)
        self.switches = Switches.of(settings.switches)
        self.limits = Limits()
        for name, value in settings.limits.items():
            self.limits.set(name, value)
        self.gate = Gate(self.limits, self.clock)
        self.sessions = Sessions(self.limits, self.clock)
        self.mfa = Mfa(self.clock)
        self.faults = FaultPlan()
        self.journal = Journal()
