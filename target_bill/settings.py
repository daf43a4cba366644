"""Settings of target-bill."""

from __future__ import annotations

from bill_api.connection import CONNECTION_SETTINGS
from bill_api.entity import BULK_LIMIT
from bill_api.settings import Setting

TARGET_SETTINGS: tuple[Setting, ...] = (
    *CONNECTION_SETTINGS,
    Setting(
        name="ledger",
        kind="string",
        description="File that remembers what was written: an SQLite database, mode 0600. Keep it.",
        default=".bill/ledger.sqlite3",
    ),
    Setting(
        name="report_dir",
        kind="string",
        description="Folder for the account of each run and its rejected records.",
        default=".bill/reports",
    ),
    Setting(
        name="batch_size",
        kind="integer",
        description="Objects in one bulk call.",
        default=BULK_LIMIT,
        minimum=1,
        maximum=BULK_LIMIT,
    ),
    Setting(
        name="on_match",
        kind="string",
        description="What to do when BILL already has an object with the same natural key that this ledger did not "
        "write: update it, skip the record (leave BILL's object as it is), or reject the record.",
        default="update",
        allowed=("update", "skip", "reject"),
    ),
    Setting(
        name="max_rejects",
        kind="integer",
        description="Rejected records that a run may have and still succeed.",
        default=0,
        minimum=0,
    ),
    Setting(
        name="streams",
        kind="object",
        description='Incoming stream name to BILL stream, for streams that are named differently: {"suppliers": '
        '"vendors"}.',
    ),
)
