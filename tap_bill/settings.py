"""Settings of tap-bill."""

from __future__ import annotations

from bill_api.connection import CONNECTION_SETTINGS
from bill_api.entity import LIST_LIMIT
from bill_api.settings import Setting

TAP_SETTINGS: tuple[Setting, ...] = (
    *CONNECTION_SETTINGS,
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
)
