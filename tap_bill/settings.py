"""Settings of tap-bill."""

from __future__ import annotations

from dataclasses import replace

from bill_api.connection import CONNECTION_SETTINGS
from bill_api.entity import LIST_LIMIT
from bill_api.limits import CONCURRENCY_LIMIT
from bill_api.settings import Setting

ALL = "all"

TAP_SETTINGS: tuple[Setting, ...] = (
    # Not required: `organizations` may stand in its place.
    *(replace(each, required=each.required and each.name != "organization_id") for each in CONNECTION_SETTINGS),
    Setting(
        name="start_date",
        kind="string",
        description="First sync: only rows changed at or after this instant (`2026-01-31` or `2026-01-31T00:00:00Z`).",
    ),
    Setting(
        name="page_size",
        kind="integer",
        description="Rows in one List call.",
        default=LIST_LIMIT,
        minimum=1,
        maximum=LIST_LIMIT,
    ),
    Setting(
        name="max_concurrency",
        kind="integer",
        description="Pages that are fetched at once; fewer while BILL says that the account is crowded.",
        default=CONCURRENCY_LIMIT,
        minimum=1,
        maximum=CONCURRENCY_LIMIT,
    ),
    Setting(
        name="lookback_s",
        kind="integer",
        description="Seconds before the bookmark that are read again, for changes that BILL committed late.",
        default=60,
        minimum=0,
        maximum=86_400,
    ),
    Setting(
        name="nested",
        kind="boolean",
        description="Read line items with their bills and invoices.",
        default=True,
    ),
    Setting(
        name="organizations",
        kind="array",
        description="Several organizations in place of `organization_id`: their ids, or `all` that the user may enter.",
        words=(ALL,),
    ),
    Setting(
        name="stream_options",
        kind="object",
        description="Per stream: `filters` as `[{field, op, value}]` that BILL applies, and `nested`.",
    ),
    Setting(
        name="reread_open",
        kind="boolean",
        description="Read every open bill and invoice each time: that a payment moves `updatedTime` is not documented.",
        default=False,
    ),
)
