"""tap-bill: BILL's lists as Singer streams."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import Tap
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities

from bill_api.client import BillClient
from bill_api.connection import Connection
from bill_api.entities import ENTITIES
from bill_api.entity import Operation
from bill_api.errors import RefusedError, SettingsError
from bill_api.settings import check, config_schema
from bill_api.values import parse_instant
from tap_bill.settings import TAP_SETTINGS
from tap_bill.stream import BillStream

if TYPE_CHECKING:
    from collections.abc import Mapping

CLOCK_MARGIN = timedelta(minutes=5)
"""How far our clock is taken to be ahead of BILL's when BILL does not tell its time."""


class TapBill(Tap):
    """Streams every entity of the table that has a List."""

    name = "tap-bill"
    package_name = "bill-connector"
    config_jsonschema: ClassVar[dict[str, Any]] = config_schema(TAP_SETTINGS)
    message_writer_class = MsgSpecWriter
    capabilities: ClassVar[list[Any]] = [
        TapCapabilities.STATE,
        TapCapabilities.CATALOG,
        TapCapabilities.DISCOVER,
        TapCapabilities.TEST,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    def __init__(self, *, validate_config: bool = True, **options: Any) -> None:
        # The SDK's own check quotes wrong values, secrets too.
        super().__init__(validate_config=False, **options)
        self.skipped: dict[str, RefusedError] = {}
        if validate_config:
            check(TAP_SETTINGS, self.config, also_known=self.config_jsonschema["properties"])
            self._check_start_date()
            _ = self.client

    @cached_property
    def client(self) -> BillClient:
        """BILL, for the configured organization; logs in at the first call."""
        return BillClient(Connection.from_settings(self.config))

    @property
    def organization_id(self) -> str:
        """The organization that is read."""
        return self.client.connection.organization_id

    @cache  # noqa: B019  # one tap per process
    def bound(self) -> datetime:
        """The instant up to which this sync is complete: BILL's own clock when the sync began."""
        try:
            return self.client.current_time()
        except RefusedError as error:
            self.logger.warning("BILL does not tell its time (%s); using this computer's clock less 5 minutes", error)
            return datetime.now(UTC) - CLOCK_MARGIN

    def skip(self, stream: str, error: RefusedError) -> None:
        """Leave a stream out that BILL does not let us read, and remember it."""
        self.skipped[stream] = error
        self.logger.warning("Skipping stream `%s`: %s", stream, error)

    def discover_streams(self) -> list[BillStream]:
        """One stream per entity with a List; nothing is asked of BILL."""
        return [BillStream(self, entity) for entity in ENTITIES if entity.offers(Operation.LIST)]

    @property
    def streams(self) -> Mapping[str, BillStream]:  # type: ignore[override]  # a narrower type than the SDK's
        """Streams in the order of the entity table: parents before those that refer to them."""
        by_name = super().streams
        return {each.stream: by_name[each.stream] for each in ENTITIES if each.stream in by_name}  # type: ignore[misc]

    def _check_start_date(self) -> None:
        start = self.config.get("start_date")
        if start and parse_instant(start) is None:
            raise SettingsError(
                f"setting `start_date` is {start!r}; allowed is a day or an instant, like 2026-01-31T00:00:00Z"
            )
