"""State of one simulator, so that two of them in one process share nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_simulator.behaviour.faults import Faults, is_whole
from bill_simulator.behaviour.given import as_given, check_known
from bill_simulator.behaviour.limits import SimulatorLimits
from bill_simulator.behaviour.switches import Switches
from bill_simulator.state.attachments import AttachmentStore
from bill_simulator.state.call_limiter import CallLimiter
from bill_simulator.state.clock import Clock
from bill_simulator.state.directory import Directory
from bill_simulator.state.members import add_users, empty_books
from bill_simulator.state.request_log import RequestLog
from bill_simulator.state.sessions import Mfa, Sessions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_simulator.state.books import Books


SIZE_MAX = 10_000_000
"""Objects of a kind: with more, to make the books would take hours, and all memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Numbers of seeded objects, and the seed."""

    seed: int = 1
    vendors: int = 40
    customers: int = 30
    bills: int = 300
    invoices: int = 200

    def __post_init__(self) -> None:
        if not is_whole(self.seed):
            message = "seed must be a whole number"
            raise ValueError(message)
        sizes = (self.vendors, self.customers, self.bills, self.invoices)
        if not all(is_whole(each, 0) and each <= SIZE_MAX for each in sizes):
            message = f"sizes are whole numbers from 0 to {SIZE_MAX:,}"
            raise ValueError(message)
        if (self.bills and not self.vendors) or (self.invoices and not self.customers):
            message = "bills need vendors, invoices need customers"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorSettings:
    """The start of a simulator, and what a reset returns it to.

    Attributes:
        sizes: Numbers of seeded objects.
        switches: Switches that differ from their default.
        limits: Limits that differ from their default.
        now: The start of the clock, ISO 8601; None is real time.
        directory: Users, organizations and developer keys; the first organization is seeded, the others are empty.
    """

    sizes: Sizes = field(default_factory=Sizes)
    switches: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    limits: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    now: str | None = None
    directory: Directory = field(default_factory=Directory)


class World:
    """The state behind one server.

    Args:
        settings: The start, and what a reset returns to.
        books: The books by organization at the start.
    """

    def __init__(self, settings: SimulatorSettings, books: dict[str, Books]) -> None:
        self.settings = settings
        self._start(settings, books)

    def restart(self, settings: SimulatorSettings, books: dict[str, Books]) -> None:
        """Forget everything and start anew; sessions, faults, counts and the request log go too."""
        self._start(settings, books)

    def resized(self, sizes: Mapping[str, int]) -> SimulatorSettings:
        """The settings of the start with other sizes."""
        check_known(sizes, [each.name for each in fields(Sizes)], "size")
        return replace(self.settings, sizes=replace(self.settings.sizes, **sizes))

    def books_of(self, organization_id: str) -> Books:
        """The books of an organization; ValueError for an unknown one."""
        if not isinstance(organization_id, str) or organization_id not in self.books:
            message = f"no such organization: {as_given(organization_id)}"
            raise ValueError(message)
        return self.books[organization_id]

    def instant(self) -> str:
        """The present as BILL writes it into objects (the switch `instants`)."""
        return self.clock.stamp_ms() if self.switches.instants == "milliseconds" else self.clock.stamp()

    def forget_calls(self) -> None:
        """Empty the request log and the peaks."""
        self.request_log.clear()
        self.limiter.peak.clear()

    def _start(self, settings: SimulatorSettings, books: dict[str, Books]) -> None:
        self.directory = settings.directory
        self.books = books
        self.clock = Clock()
        self.clock.set(settings.now)
        self.switches = Switches.of(settings.switches)
        self.limits = SimulatorLimits()
        self.limits.set(settings.limits)
        self.limiter = CallLimiter(self.limits, self.clock)
        self.sessions = Sessions(self.limits, self.clock)
        self.mfa = Mfa(self.clock, self.limits, self.switches)
        self.attachments = AttachmentStore(self.limits, self.clock)
        self.faults = Faults()
        self.request_log = RequestLog()

    def change_directory(self, changes: Mapping[str, Any]) -> None:
        """Add or change organizations, users and keys until the next reset; a new organization has empty books."""
        before = {each.id: each.name for each in self.directory.organizations}
        self.directory = self.directory.changed(changes)
        self.sessions.renew_users(self.directory)
        for each in self.directory.organizations:
            members = self.directory.members(each.id)
            if each.id not in self.books:
                self.books[each.id] = empty_books(each, members, self.settings.sizes.seed)
            elif each.name != before.get(each.id):
                self.books[each.id].rename(each.name)
            add_users(self.books[each.id], members)
