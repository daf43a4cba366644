"""One organization as it is read: a client with limits of its own, its clock, and what went wrong with it."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from bill_api.client import BillClient
from bill_api.errors import BillError, RefusedError
from bill_api.wire.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from bill_api.answers.typed_rows import TypedRow
    from bill_api.connection import Connection
    from bill_api.table.entity import Entity
    from bill_api.table.query import ListQuery

log = logging.getLogger(__name__)

CLOCK_MARGIN = timedelta(minutes=5)
"""How far our clock is taken to be ahead of BILL's when BILL does not tell its time."""


@dataclass(kw_only=True, eq=False)
class OrganizationSync:
    """One organization in one run; pages are asked for in threads of its own.

    Attributes:
        connection: Where it is and who we are there.
        concurrency: Calls at once.
        skipped: Streams that BILL does not let us read, and why.
        has_read: A stream at least was read to its end.
        failure: Why nothing more is read of it.
        failed_stream: The stream in which that happened.
        latency_s: How long the last page took.
        is_closed: Nothing more is asked for.
    """

    connection: Connection
    concurrency: int
    skipped: dict[str, RefusedError] = field(default_factory=dict)
    has_read: bool = False
    failure: BillError | None = None
    failed_stream: str | None = None
    latency_s: float = 0.0
    is_closed: bool = False
    _asking_time: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _told: datetime | BillError | None = field(default=None, init=False, repr=False)

    @property
    def id(self) -> str:
        """BILL's id, 008..."""
        return self.connection.organization_id

    @cached_property
    def client(self) -> BillClient:
        """BILL, for this organization; logs in at the first call."""
        return BillClient(self.connection, limits=Limits(self.concurrency))

    @property
    def bound(self) -> datetime:
        """The instant up to which this sync is complete: BILL's own clock before the first page was asked for.

        Raises:
            BillError: BILL lets us not in, or cannot be reached; said again to each thread that asks.
        """
        with self._asking_time:
            if self._told is None:
                try:
                    self._told = self._time()
                except BillError as error:
                    self._told = error
            if isinstance(self._told, BillError):
                raise self._told
            return self._told

    def _time(self) -> datetime:
        try:
            return self.client.current_time()
        except RefusedError as error:
            log.warning("BILL does not tell its time (%s); using this computer's clock less 5 minutes", error)
            return datetime.now(UTC) - CLOCK_MARGIN

    def log_in(self) -> None:
        """Log in, and ask for the time.

        Raises:
            BillError: BILL lets us not in, or cannot be reached.
        """
        _ = self.bound

    def page(self, entity: Entity, query: ListQuery) -> list[TypedRow]:
        """A page of a List, timed.

        Raises:
            BillError: As for `BillClient.list_typed`; or the organization failed before.
        """
        if self.is_closed:
            raise CancelledError
        if self.failure is not None:
            raise self.failure
        _ = self.bound
        began = time.monotonic()
        rows = self.client.list_typed(entity, query)
        self.latency_s = time.monotonic() - began
        return rows

    def ask(self, entity: Entity, query: ListQuery) -> Callable[[], list[TypedRow]]:
        """The same, while we go on."""
        return self.client.begin(self.page, entity, query)

    def close(self) -> None:
        """Ask for nothing more; what is under way is not waited for."""
        self.is_closed = True
        if "client" in self.__dict__:
            self.client.close()

    def skip(self, stream: str, error: RefusedError) -> None:
        """Leave a stream out that BILL does not let us read, and remember it."""
        self.skipped[stream] = error
        log.warning("Skipping stream `%s` of organization %s: %s", stream, self.id, error)

    def end(self) -> None:
        """Fail where BILL refused everything: a user who has lost his role would else have good runs without a row."""
        if self.skipped and not self.has_read and self.failure is None:
            by_code = {each.code: each for each in reversed(self.skipped.values())}
            reasons = "; ".join(f"{each.message} ({code})" for code, each in reversed(by_code.items()))
            self.failed_stream = next(iter(self.skipped))
            self.failure = RefusedError(
                f"BILL refuses every stream that is selected, and nothing was read: {reasons} Mend that, or select "
                "streams that this user may read."
            )

    def fail(self, stream: str, error: BillError) -> None:
        """Read nothing more of this organization."""
        self.failure, self.failed_stream = error, stream
        log.error("Organization %s failed in stream `%s`, the others go on: %s", self.id, stream, error)
