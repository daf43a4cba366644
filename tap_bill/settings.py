"""Settings of tap-bill."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from msgspec import Meta, field

from bill_api.connection import CONNECTION_SETTINGS, OrganizationId
from bill_api.entities import BY_STREAM
from bill_api.identity.spelled import bills_spelling
from bill_api.table.entity import LIST_LIMIT, snake
from bill_api.table.fields import Filterable
from bill_api.table.query import Filter, Operator
from bill_api.wire.limits import CONCURRENCY_LIMIT
from bill_program.settings import Settings, WrongSetting, declared, text, text_below
from bill_singer.naming import Naming
from bill_values.instants import parse_instant

if TYPE_CHECKING:
    from bill_api.table.entity import Entity

All = Literal["all"]
(ALL,) = get_args(All)


def _instant(given: str) -> datetime:
    instant = parse_instant(given)
    if instant is None:
        raise ValueError
    return instant


def _stream(given: str) -> str:
    if given not in BY_STREAM:
        raise ValueError
    return given


def _filterable(given: str, stream: str) -> str:
    entity = BY_STREAM[stream]
    name = bills_spelling(entity, given)
    names = [each.name for each in entity.fields if each.filterable is not Filterable.NO_EVIDENCE]
    if name in names:
        return name
    what = "nothing that BILL is known to filter on" if name in entity.by_name else f"no field of {entity.name}"
    if given == given.lower():
        names = [snake(each) for each in names]
    near = get_close_matches(given, names, n=1)
    asked = f"; did you mean `{near[0]}`?" if near else ""
    raise WrongSetting(f"is `{given}`, which is {what}{asked}; there are {', '.join(f'`{each}`' for each in names)}")


SENSITIVE = tuple(
    f"{stream}.{snake(each.name)}" for stream, entity in BY_STREAM.items() for each in entity.fields if each.sensitive
)


def _sensitive(given: str) -> str:
    stream, _, name = given.partition(".")
    found = f"{stream}.{snake(bills_spelling(BY_STREAM[stream], name))}" if stream in BY_STREAM else given
    if found not in SENSITIVE:
        raise ValueError
    return found


Instant = Annotated[datetime, text(_instant, "a day or an instant, like 2026-01-31T00:00:00Z")]
StreamName = Annotated[str, text(_stream, "the name of a stream of BILL", among=BY_STREAM)]
SensitiveField = Annotated[str, text(_sensitive, "a sensitive field with its stream", among=SENSITIVE)]
FilterableField = Annotated[str, text_below(_filterable, "a field of the stream")]


class Condition(Settings, frozen=True, kw_only=True):
    """One of the conditions that all rows of a stream fulfil."""

    field: Annotated[FilterableField, Meta(description="A field that BILL is known to filter on.")]
    op: Annotated[Operator, Meta(description="How it compares.")]
    value: Annotated[Annotated[str, text(str, "a text, as BILL takes every value")], Meta(description="With what.")]


class StreamOptions(Settings, frozen=True, kw_only=True):
    """How one stream is read."""

    conditions: Annotated[
        tuple[Condition, ...], Meta(description="Only rows that fulfil all of these; BILL applies them.")
    ] = field(default=(), name="filters")
    nested: Annotated[bool | None, Meta(description="Whether documents have their lines in them.")] = None

    @property
    def filters(self) -> tuple[Filter, ...]:
        """The conditions as BILL is asked for them."""
        return tuple(Filter(each.field, each.op, each.value) for each in self.conditions)


class TapSettings(Settings, frozen=True, kw_only=True):
    """How BILL is read, whatever the organization."""

    start_date: Annotated[
        Instant | None,
        Meta(
            description="First sync: only rows changed at or after this instant (`2026-01-31` or "
            "`2026-01-31T00:00:00Z`)."
        ),
    ] = None
    page_size: Annotated[int, Meta(description="Rows in one List call.", ge=1, le=LIST_LIMIT)] = LIST_LIMIT
    max_concurrency: Annotated[
        int,
        Meta(
            description="Pages that are fetched at once; fewer while BILL says that the account is crowded.",
            ge=1,
            le=CONCURRENCY_LIMIT,
        ),
    ] = CONCURRENCY_LIMIT
    lookback_s: Annotated[
        int,
        Meta(
            description="Seconds before the bookmark that are read again, for changes that BILL committed late.",
            ge=0,
            le=86_400,
        ),
    ] = 60
    nested: Annotated[
        bool,
        Meta(
            description="Documents have their lines in them. With `false` they have not; the streams of lines, which "
            "are selected by themselves, have them all the same."
        ),
    ] = True
    organizations: Annotated[
        tuple[OrganizationId | All, ...] | All,
        Meta(
            description="Several organizations in place of `organization_id`: their ids, or `all` that the user may "
            "enter."
        ),
    ] = ()
    stream_options: Annotated[
        dict[StreamName, StreamOptions],
        Meta(description="Per stream: `filters` as `[{field, op, value}]` that BILL applies, and `nested`."),
    ] = field(default_factory=dict)
    reread_open: Annotated[
        bool,
        Meta(
            description="Read every open bill and invoice each time, for changes that do not move `updatedTime`. A "
            "payment of a bill does (live); of an invoice that is unknown."
        ),
    ] = False

    naming: Annotated[
        Naming,
        Meta(
            description="The names of columns: `snake_case` (`vendor_id`), which no warehouse has to quote, or BILL's "
            "own (`vendorId`)."
        ),
    ] = "snake_case"
    sensitive_fields: Annotated[
        tuple[SensitiveField, ...] | bool,  # in this order: of a boolean Meltano takes the text of a list for false
        Meta(
            description="Bank and tax numbers and tokens: `true` for all of them, or a list like `vendors.tax_id`. "
            "Those that are not named here are in no schema and in no record, whatever the catalog selects."
        ),
    ] = False

    emit_activate_version_messages: Annotated[
        bool,
        Meta(
            description="Send the lists that tell no times as versions, so that a target which takes part marks or "
            "deletes rows that are gone from BILL. Only where no other sync writes to the same tables."
        ),
    ] = False
    resend_unchanged: Annotated[
        bool,
        Meta(
            description="Send the lists that tell no times in each sync, also those that did not change: for a target "
            "that empties its tables first."
        ),
    ] = False

    @property
    def wants_all_sensitive(self) -> bool:
        """True if every bank and tax number and token is asked for."""
        return self.sensitive_fields is True

    def withheld(self, entity: Entity) -> tuple[str, ...]:
        """The sensitive fields of an entity that are not asked for."""
        asked = SENSITIVE if self.sensitive_fields is True else self.sensitive_fields or ()
        names = [each.name for each in entity.fields if each.sensitive]
        return tuple(each for each in names if f"{entity.stream}.{snake(each)}" not in asked)

    @property
    def wants_all(self) -> bool:
        """True if every organization that the user may enter is read."""
        return self.organizations in (ALL, (ALL,))

    def options(self, stream: str) -> StreamOptions:
        """The request for a stream."""
        return self.stream_options.get(stream, StreamOptions())

    def is_nested(self, stream: str) -> bool:
        """True if documents of a stream come with their lines."""
        wanted = self.options(stream).nested
        return self.nested if wanted is None else wanted


TAP_SETTINGS = (
    # Not required: `organizations` may stand in its place.
    *(replace(each, required=each.required and each.name != "organization_id") for each in CONNECTION_SETTINGS),
    *declared(TapSettings),
)
