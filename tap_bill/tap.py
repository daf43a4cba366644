"""tap-bill: BILL's lists as Singer streams."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities

from bill_api.client import BillClient
from bill_api.connection import CONNECTION_VARIABLES, Connection
from bill_api.entities import BY_STREAM
from bill_api.errors import SIGN_IN_CODES, CredentialsError
from bill_api.table.entity import ORGANIZATION_ID
from bill_program.errors import ConnectorError, SettingsError
from bill_program.exit_codes import hardest
from bill_program.settings import config_schema
from bill_singer.naming import column_of
from bill_singer.states import BOOKMARKS
from bill_singer.stream_names import CODE_LABELS, line_arrays, line_stream_name
from bill_singer.tap import PlainTap
from bill_values.instants import parse_instant
from tap_bill.account import Account
from tap_bill.ahead import ReadAhead
from tap_bill.catalog import fit
from tap_bill.labels import CodeLabels
from tap_bill.organization import OrganizationSync
from tap_bill.reading import EntityReading
from tap_bill.settings import TAP_SETTINGS, TapSettings
from tap_bill.streams import SharedStream, streams_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from singer_sdk import Stream
    from singer_sdk.singerlib import Catalog

    from bill_api.errors import BillError
    from tap_bill.turns import Begun, EntityTurn

LISTED = tuple(BY_STREAM.values())
STREAM_NAMES = (
    *(name for each in LISTED for name in (each.stream, *map(line_stream_name, line_arrays(each)))),
    CODE_LABELS,
)
"""Every stream, in the order of a sync: parents before those that refer to them.

The meaning of codes comes last, for it takes no call: who waits for the first record, as `meltano config test` does,
knows then that BILL was asked.
"""

ANY_ORGANIZATION = "008".ljust(20, "0")
"""Stands for the organization where none is needed: ListOrgs."""

NOBODY_COMES_IN = {"BDC_1101", *SIGN_IN_CODES, "BDC_1103", "BDC_1104", "BDC_1110", "BDC_1111", "BDC_1113"}
"""Refusals of a login that are, or may be, about the user or the key: another organization would not do, and logins are
locked by trying."""


class OrganizationsError(ConnectorError):
    """Organizations of a run have failed.

    Args:
        message: All of them, each with its failure.
        failures: The failures, at least one: a sync again is of use when the hardest of them is over.
    """

    def __init__(self, message: str, failures: Iterable[BillError]) -> None:
        super().__init__(message)
        self.exit_code = hardest(each.exit_code for each in failures)


class TapBill(PlainTap):
    """Streams every entity of the table that has a List, and each line array."""

    name = "tap-bill"
    declared_settings = TAP_SETTINGS
    shared_variables = CONNECTION_VARIABLES
    config_jsonschema: ClassVar[dict[str, Any]] = config_schema(TAP_SETTINGS)
    capabilities: ClassVar[list[Any]] = [
        TapCapabilities.STATE,
        TapCapabilities.CATALOG,
        TapCapabilities.DISCOVER,
        TapCapabilities.TEST,
        TapCapabilities.ACTIVATE_VERSION,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    def __init__(self, *, validate_config: bool = True, **options: Any) -> None:
        self.account = Account()
        super().__init__(validate_config=validate_config, **options)
        self.ahead: ReadAhead[Begun] = ReadAhead()
        if validate_config:
            _ = self._connections

    @cached_property
    def settings(self) -> TapSettings:
        """How BILL is read.

        Raises:
            SettingsError: One line per wrong setting.
        """
        return TapSettings.of(self.config)

    @cached_property
    def input_catalog(self) -> Catalog | None:
        """The catalog that is given, made to fit the settings."""
        catalog = super().input_catalog
        if catalog is not None:
            fit(catalog, self.settings)
        return catalog

    @cached_property
    def organizations(self) -> dict[str, OrganizationSync]:
        """The organizations that are read, by id.

        Raises:
            CredentialsError: The user has no organization (`organizations: all`).
        """
        found = self._connections
        if self.settings.wants_all:
            ids = BillClient(found[0]).organizations()
            if not ids:
                raise CredentialsError("setting `organizations` is `all`, and BILL names none for this user")
            found = [msgspec.structs.replace(found[0], organization_id=each) for each in ids]
        concurrency = self.settings.max_concurrency
        return {each.organization_id: OrganizationSync(connection=each, concurrency=concurrency) for each in found}

    @cached_property
    def _connections(self) -> list[Connection]:
        """A connection per organization that is named in the settings; one for all of them with `all`."""
        wants_all = self.settings.wants_all
        own = self.config.get("organization_id") or (ANY_ORGANIZATION if wants_all else None)
        named = None if wants_all else self.settings.organizations
        if not named and not own:
            raise SettingsError("setting `organization_id` is missing; or name several in `organizations`")
        ids = Counter(named or [own])
        for each in (each for each, times in ids.items() if times > 1):
            self.logger.warning("setting `organizations` names %s more than once; it is read once", each)
        return [Connection.from_settings({**self.config, "organization_id": each}) for each in ids]

    def failed(self, organization: OrganizationSync, stream: str, error: BillError) -> None:
        """Go on with the other organizations, if there are any and they can do better.

        Raises:
            BillError: There is nobody to go on with.
        """
        if len(self.organizations) == 1 or (isinstance(error, CredentialsError) and error.code in NOBODY_COMES_IN):
            raise error
        organization.fail(stream, error)

    def discover_streams(self) -> list[Stream]:
        """The streams of each entity with a List, and the meaning of codes; nothing is asked of BILL."""
        readings = [EntityReading(self, entity) for entity in LISTED]
        streams = [stream for reading in readings for stream in streams_of(self, reading)]
        return [*streams, CodeLabels(self, self.settings, self.account)]

    @property
    def streams(self) -> Mapping[str, Stream]:  # type: ignore[override]  # a narrower type than the SDK's
        """Streams in the order of the entity table: parents before those that refer to them."""
        by_name = super().streams
        return {name: by_name[name] for name in STREAM_NAMES if name in by_name}

    def run_connection_test(self) -> bool:  # type: ignore[misc]  # final in the SDK, whose test passes in any case
        """Log in to each organization, and read a row (`--test`).

        Raises:
            BillError: An organization cannot be read.
        """
        for each in self.organizations.values():
            each.log_in()
            self.logger.info("BILL can be read: organization %s at %s", each.id, each.connection.url)
        return True

    def sync_all(self) -> None:  # type: ignore[misc]  # final in the SDK, which has no other place for an ending
        """Sync everything, say what was read, and fail if an organization did."""
        try:
            self._tell_lost_bookmarks()
            self._take_sent_lists_out()
            self.ahead = ReadAhead(self._turns())
            with self.account.progress():
                super().sync_all()
            for each in self._known.values():
                each.end()
        finally:
            known = self._known
            for each in known.values():
                each.close()
            self.state_writer.write_state(self.state)
            self.message_writer.flush()
            self.account.show(known.values())
        failed = {each: each.failure for each in known.values() if each.failure is not None}
        if failed and len(known) == 1:
            raise next(iter(failed.values()))
        if failed:
            lines = [f"organization {each.id}, stream `{each.failed_stream}`: {why}" for each, why in failed.items()]
            others = "; the others are complete" if len(failed) < len(known) else ""
            count = f"{len(failed)} of {len(known)} organizations failed{others}"
            raise OrganizationsError("\n".join([count, *lines]), failed.values())

    @property
    def _known(self) -> Mapping[str, OrganizationSync]:
        """The organizations that were asked for: to close a run must not ask for them."""
        known: dict[str, OrganizationSync] = self.__dict__.get("organizations", {})
        return known

    def _tell_lost_bookmarks(self) -> None:
        """Name the streams of which STATE has something, and nothing for an organization that is read."""
        streams = [each for each in self.streams.values() if isinstance(each, SharedStream) and each.selected]
        lost = [each.name for each in streams if not self._goes_on(each)]
        if lost:
            self.logger.warning(
                "STATE has nothing for the organizations that are read (each needs a partition with its `%s`): "
                "everything is read anew in %s",
                column_of(ORGANIZATION_ID, self.settings.naming),
                ", ".join(lost),
            )

    def _goes_on(self, stream: SharedStream) -> bool:
        """True if STATE has a bookmark for one of the organizations of a stream, or none at all."""
        bookmarks: Any = self.state.get(BOOKMARKS, {})
        found = bookmarks.get(stream.name, {})
        contexts = [each.get("context") for each in found.get("partitions", [])]
        if not contexts and found.get("replication_key_value") is None:
            return True
        return any(each in contexts for each in stream.partitions)

    def _take_sent_lists_out(self) -> None:
        """Have STATE say nothing of what was sent of whole lists until each has its turn."""
        streams = [each for each in self.streams.values() if isinstance(each, SharedStream | CodeLabels)]
        lists = [each for each in streams if each.selected and each.replication_key is None]
        if any([each.sent.take_out() for each in lists]):  # noqa: C419  of all of them
            self.state_writer.write_state(self.state)

    def _turns(self) -> list[EntityTurn]:
        """The readings of a sync in the order in which they go out: list after list, each of all organizations."""
        readings = dict.fromkeys(each.reading for each in self.streams.values() if isinstance(each, SharedStream))
        return [turn for reading in readings for turn in reading.turns()]

    @classmethod
    def check_bookmark(cls, place: str, bookmark: Mapping[str, Any]) -> None:
        """Refuse a bookmark that is no instant: rows would be missed or read again without a word.

        Raises:
            ValueError: It is none.
        """
        value = bookmark.get("replication_key_value")
        if value is not None and (not isinstance(value, str) or parse_instant(value) is None):
            raise ValueError(
                f"has {value!r:.80} as `{place}.replication_key_value`, where an instant like 2026-01-31T09:00:00Z is "
                "expected"
            )
