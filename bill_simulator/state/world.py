"""Everything that one simulator knows, so that two of them in one process share nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_api.entity import ZERO_ID
from bill_simulator.behaviour.faults import FaultPlan
from bill_simulator.behaviour.limits import Gate, Limits
from bill_simulator.behaviour.switches import Switches
from bill_simulator.control.mutator import Mutator
from bill_simulator.seed.seeder import Sizes, sow
from bill_simulator.seed.staff import admit, enroll
from bill_simulator.state.attachments import Attachments
from bill_simulator.state.books import Books
from bill_simulator.state.clock import Clock
from bill_simulator.state.mfa import Mfa
from bill_simulator.state.request_log import Journal
from bill_simulator.state.sessions import Directory, Sessions

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
    directory, sizes = settings.directory, settings.sizes
    first = directory.organizations[0]
    return {
        each.id: seeded_books(each.id, directory, sizes) if each is first else empty_books(each.id, directory, sizes)
        for each in directory.organizations
    }


def empty_books(organization_id: str, directory: Directory, sizes: Sizes) -> Books:
    """Books with nothing in them but who works there."""
    books = Books(organization_id, str(sizes.seed))
    enroll(books, directory.members(organization_id), colleagues=False)
    return books


def seeded_books(organization_id: str, directory: Directory, sizes: Sizes) -> Books:
    """Books full of invented objects; pure, so it may run beside the server."""
    books, members = Books(organization_id, str(sizes.seed)), directory.members(organization_id)
    enroll(books, members, colleagues=True)
    sow(books, sizes, members[0].id if members else ZERO_ID)
    return books


class World:
    """The state behind one server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._start(settings, keep_books(settings))

    def restart(self, settings: Settings, books: dict[str, Books]) -> None:
        """Forget everything and start anew; sessions, faults, counts, the mutator and the request log go too."""
        self.mutator.stop()
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
        self.mfa = Mfa(self.clock, self.limits, self.switches)
        self.attachments = Attachments(self.limits, self.clock)
        self.faults = FaultPlan()
        self.mutator = Mutator(self)
        self.journal = Journal()

    def change_directory(self, changes: Mapping[str, Any]) -> None:
        """Add or change organizations, users and keys until the next reset; a new organization has empty books."""
        self.directory = self.directory.changed(changes)
        self.sessions.renew_users(self.directory)
        for each in self.directory.organizations:
            if each.id not in self.books:
                self.books[each.id] = empty_books(each.id, self.directory, self.settings.sizes)
            admit(self.books[each.id], self.directory.members(each.id))
