"""State of one simulator, so that two of them in one process share nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bill_simulator.behaviour.faults import FaultPlan
from bill_simulator.behaviour.limits import Limits
from bill_simulator.behaviour.switches import Switches
from bill_simulator.state.attachments import Attachments
from bill_simulator.state.call_limiter import CallLimiter
from bill_simulator.state.clock import Clock
from bill_simulator.state.members import add_users, empty_books
from bill_simulator.state.mfa import Mfa
from bill_simulator.state.request_log import RequestLog
from bill_simulator.state.sessions import Sessions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_simulator.state.books import Books
    from bill_simulator.state.settings import Settings


class World:
    """The state behind one server.

    Args:
        settings: The start, and what a reset returns to.
        books: The books by organization at the start.
    """

    def __init__(self, settings: Settings, books: dict[str, Books]) -> None:
        self.settings = settings
        self._start(settings, books)

    def restart(self, settings: Settings, books: dict[str, Books]) -> None:
        """Forget everything and start anew; sessions, faults, counts and the request log go too."""
        self._start(settings, books)

    def resized(self, sizes: Mapping[str, int]) -> Settings:
        """The settings of the start with other sizes."""
        return replace(self.settings, sizes=replace(self.settings.sizes, **sizes))

    def forget_calls(self) -> None:
        """Empty the request log and the peaks."""
        self.request_log.clear()
        self.limiter.peak.clear()

    def _start(self, settings: Settings, books: dict[str, Books]) -> None:
        self.directory = settings.directory
        self.books = books
        self.clock = Clock()
        self.clock.set(settings.now)
        self.switches = Switches.of(settings.switches)
        self.limits = Limits()
        for name, value in settings.limits.items():
            self.limits.set(name, value)
        self.limiter = CallLimiter(self.limits, self.clock)
        self.sessions = Sessions(self.limits, self.clock)
        self.mfa = Mfa(self.clock, self.limits, self.switches)
        self.attachments = Attachments(self.limits, self.clock)
        self.faults = FaultPlan()
        self.request_log = RequestLog()

    def change_directory(self, changes: Mapping[str, Any]) -> None:
        """Add or change organizations, users and keys until the next reset; a new organization has empty books."""
        self.directory = self.directory.changed(changes)
        self.sessions.renew_users(self.directory)
        for each in self.directory.organizations:
            members = self.directory.members(each.id)
            if each.id not in self.books:
                self.books[each.id] = empty_books(each.id, members, self.settings.sizes.seed)
            add_users(self.books[each.id], members)
