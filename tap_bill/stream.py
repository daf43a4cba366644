"""One stream per entity."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel

from bill_api.errors import NotOfferedError, NotPermittedError
from bill_api.reading import TIME, changed_since, every_row
from bill_api.values import ORGANIZATION_ID, parse_instant, record_of, rfc3339, wire_instant
from tap_bill.schema import KEY_PROPERTIES, stream_schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bill_api.entity import Entity
    from bill_api.query import ListQuery
    from tap_bill.tap import TapBill

PAGE_MIN = 2
"""Pages of one row cannot overlap, and the overlap is what shows that no row was skipped."""


FUTURE_TOLERANCE = timedelta(minutes=10)
"""A bookmark may be ahead of the bound by the margin that is taken off when BILL does not tell its time."""


class BillStream(Stream):
    """Rows of one BILL entity: what changed, oldest change first; all of it where BILL does not tell what changed."""

    primary_keys: ClassVar[tuple[str, ...]] = KEY_PROPERTIES
    is_sorted = True
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # values are typed by bill_api.values

    def __init__(self, tap: TapBill, entity: Entity) -> None:
        self.entity = entity
        self._bill = tap
        # Bank accounts: BILL shows their numbers masked, so nobody can load them anywhere; who wants them selects them.
        self.selected_by_default = not any(field.sensitive and field.required for field in entity.fields)
        super().__init__(tap=tap, name=entity.stream, schema=stream_schema(entity))
        self.replication_key = TIME if entity.is_timed else None

    @property
    def partitions(self) -> list[dict[str, Any]]:
        """One partition per organization: a bookmark never serves for another organization than its own."""
        return [{ORGANIZATION_ID: self._bill.organization_id}]

    def get_records(self, context: Mapping[str, Any] | None) -> Iterable[dict[str, Any]]:
        """Rows changed since the bookmark; moves the bookmark to the bound of this sync when all are out."""
        bound = self._bill.bound()
        try:
            for row in self._rows(context):
                yield record_of(self.entity, row, self._bill.organization_id)
        except (NotOfferedError, NotPermittedError) as error:
            self._bill.skip(self.name, error)
            return
        if self.entity.is_timed:
            self._bookmark(context, rfc3339(wire_instant(bound)))

    def _rows(self, context: Mapping[str, Any] | None) -> Iterable[dict[str, Any]]:
        nested = self.config["nested"] and bool(self.entity.children)
        if not self.entity.is_timed:
            return every_row(self._page, page_size=self.config["page_size"], nested=nested)
        page_size = max(PAGE_MIN, self.config["page_size"])
        return changed_since(self._page, self._since(context), page_size=page_size, nested=nested)

    def _page(self, query: ListQuery) -> list[dict[str, Any]]:
        return self._bill.client.list_page(self.entity, query)

    def get_replication_key_signpost(self, context: Mapping[str, Any] | None = None) -> None:
        """None: the bookmark is capped by the bound of the sync, see `_increment_stream_state`."""

    def _since(self, context: Mapping[str, Any] | None) -> str | None:
        bookmark = self.get_starting_timestamp(context)
        if bookmark is None:
            return None
        state = self.get_context_state(context)
        if not state.get("replication_key_value"):
            return wire_instant(bookmark)  # the start date
        if bookmark > self._bill.bound() + FUTURE_TOLERANCE:
            # A wrong clock or a hand-made state: what has changed since the last real sync is unknown.
            self.logger.warning("The bookmark %s of `%s` is in BILL's future: reading everything", bookmark, self.name)
            del state["replication_key_value"]
            start = parse_instant(self.config.get("start_date") or "")
            return wire_instant(start) if start else None
        return wire_instant(bookmark - timedelta(seconds=self.config["lookback_s"]))

    def _increment_stream_state(
        self, latest_record: dict[str, Any], *, context: Mapping[str, Any] | None = None
    ) -> None:
        # The SDK would store the last row's time. Rows behind the bound are read again by the next sync, because
        # others of the same time may not have been there yet: so the bookmark never passes the bound.
        instant = parse_instant(str(latest_record.get(TIME))) if self.entity.is_timed else None
        if instant is not None:
            self._bookmark(context, rfc3339(wire_instant(min(instant, self._bill.bound()))))

    def _bookmark(self, context: Mapping[str, Any] | None, value: str) -> None:
        state = self.get_context_state(context)
        if value >= state.get("replication_key_value", ""):
            state |= {"replication_key": TIME, "replication_key_value": value}
            self.state_manager.is_flushed = False
