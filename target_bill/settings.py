"""Settings of target-bill."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bill_api.connection import CONNECTION_SETTINGS
from bill_api.entities import BY_STREAM
from bill_api.entity import BULK_LIMIT, Operation
from bill_api.errors import SettingsError
from bill_api.identity import ObjectKey, natural_key
from bill_api.limits import CONCURRENCY_LIMIT
from bill_api.numbers import exact_number
from bill_api.settings import Setting
from target_bill.planner import Policy

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from bill_api.entity import Entity

MADE_ON_THE_WAY = ("vendors", "customers")
"""Streams whose objects need no more than a name."""

TARGET_SETTINGS: tuple[Setting, ...] = (
    *CONNECTION_SETTINGS,
    Setting(
        name="mode",
        kind="string",
        description="`apply` writes to BILL. `plan` writes nothing to BILL and nothing to the ledger: it says what a "
        "run would do, as a table and as a file that can be approved.",
        default="apply",
        allowed=("apply", "plan"),
    ),
    Setting(
        name="plan",
        kind="string",
        description="The file of a plan. In mode `plan` it is written there (default: into `report_dir`); in mode "
        "`apply` nothing is done that does not stand in it.",
    ),
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
        name="max_concurrency",
        kind="integer",
        description="Calls at once. BILL allows 3 per organization.",
        default=CONCURRENCY_LIMIT,
        minimum=1,
        maximum=CONCURRENCY_LIMIT,
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
        name="match_on",
        kind="object",
        description="Fields that tell whether BILL has an object already, per BILL stream, in place of the natural "
        'key: {"vendors": ["accNumber"]}.',
    ),
    Setting(
        name="create_missing",
        kind="array",
        description="Streams (`vendors`, `customers`) of which an object that a record names and nobody has is "
        "created with that name.",
        items={"type": "string", "enum": list(MADE_ON_THE_WAY)},
    ),
    Setting(
        name="source",
        kind="string",
        description="Name of the source that the records come from. Records of two sources are never the same record, "
        "and an id of one means nothing in the other; streams of different names are told apart without it.",
        default="",
    ),
    Setting(
        name="take_over",
        kind="array",
        description="Streams of which a record may take an object over from the record that owns it by the ledger, if "
        "its key is equal and the other record is not in the same input. Meant for one run.",
        items={"type": "string"},
    ),
    Setting(
        name="allow_renames",
        kind="boolean",
        description="Let a record that only the ledger connects with an object change its number, its party or its "
        "name. Otherwise such a record is rejected: it may be another object with the same key.",
        default=False,
    ),
    Setting(
        name="allow_fewer_lines",
        kind="array",
        description="Streams of which an update may drop lines that BILL has, or lower the total of lines that nothing "
        "tells apart. Otherwise such a record is rejected with both sums.",
        items={"type": "string"},
    ),
    Setting(
        name="allow_negative",
        kind="boolean",
        description="Send documents whose total is below zero. Otherwise such a record is rejected: a negative bill is "
        "a vendor credit.",
        default=False,
    ),
    Setting(
        name="null_handling",
        kind="string",
        description="What a null, or an empty text, does to a field that BILL has a value in: `keep` it or `clear` it.",
        default="keep",
        allowed=("keep", "clear"),
    ),
    Setting(
        name="allow_deletes",
        kind="boolean",
        description="Delete what is deleted in the source (`_sdc_deleted_at`, or `isActive` 2). Otherwise such records "
        "are counted and named.",
        default=False,
    ),
    Setting(
        name="allow_duplicate_invoice_numbers",
        kind="boolean",
        description="Let BILL take a bill whose number another bill of the same vendor has. Then only the ledger tells "
        "them apart.",
        default=False,
    ),
    Setting(
        name="max_rejects",
        kind="integer",
        description="Rejected records that a run may have and still succeed.",
        default=0,
        minimum=0,
    ),
    Setting(
        name="max_creates",
        kind="integer",
        description="Most objects that a run may create; it stops before the next one.",
        minimum=0,
    ),
    Setting(
        name="max_document_amount",
        kind="string",
        description='Largest amount of one document, like "25000.00"; the run stops before a larger one is sent.',
    ),
    Setting(
        name="max_total_amount",
        kind="string",
        description="Largest sum of the documents that a run creates and updates; it stops before it is exceeded.",
    ),
    Setting(
        name="oldest_invoice_date",
        kind="string",
        description="Oldest `invoiceDate` (or `creditDate`), like 2026-01-01; the run stops before an older one is "
        "sent.",
    ),
    Setting(
        name="newest_invoice_date",
        kind="string",
        description="Newest `invoiceDate` (or `creditDate`); the run stops before a newer one is sent.",
    ),
    Setting(
        name="streams",
        kind="object",
        description='Incoming stream name to BILL stream, for streams that are named differently: {"suppliers": '
        '"vendors"}.',
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The target's settings, checked and typed; see `TARGET_SETTINGS` for what each means.

    Attributes:
        keys: For each entity name in `match_on`, the fields that stand in place of the natural key.
        take_over: Entity names of which records may take objects over.
        allow_fewer_lines: Entity names of which an update may drop lines.
    """

    is_plan: bool
    plan: Path | None
    ledger: Path
    report_dir: Path
    batch_size: int
    max_concurrency: int
    on_match: str
    keys: Mapping[str, tuple[str, ...]]
    create_missing: frozenset[str]
    source: str
    take_over: frozenset[str]
    allow_renames: bool
    allow_fewer_lines: frozenset[str]
    allow_negative: bool
    clears: bool
    allow_deletes: bool
    allow_duplicates: bool
    max_rejects: int
    max_creates: int | None
    max_document_amount: Decimal | None
    max_total_amount: Decimal | None
    oldest_invoice_date: date | None
    newest_invoice_date: date | None

    @property
    def has_limits(self) -> bool:
        """Whether there is a limit that a document could exceed."""
        amounts = (self.max_creates, self.max_document_amount, self.max_total_amount)
        return any(each is not None for each in (*amounts, self.oldest_invoice_date, self.newest_invoice_date))

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Options:
        """Read them from settings whose kinds have been checked.

        Raises:
            SettingsError: A value that its kind allows, and that means nothing.
        """
        plan = config.get("plan")
        return cls(
            is_plan=config.get("mode") == "plan",
            plan=Path(plan) if plan else None,
            ledger=Path(config["ledger"]),
            report_dir=Path(config["report_dir"]),
            batch_size=config["batch_size"],
            max_concurrency=config["max_concurrency"],
            on_match=config["on_match"],
            keys=_keys(config.get("match_on") or {}),
            create_missing=_made_on_the_way(config.get("create_missing") or ()),
            source=str(config.get("source") or ""),
            take_over=_entities(config, "take_over"),
            allow_renames=bool(config.get("allow_renames")),
            allow_fewer_lines=_entities(config, "allow_fewer_lines"),
            allow_negative=bool(config.get("allow_negative")),
            clears=config.get("null_handling") == "clear",
            allow_deletes=bool(config.get("allow_deletes")),
            allow_duplicates=bool(config.get("allow_duplicate_invoice_numbers")),
            max_rejects=config["max_rejects"],
            max_creates=config.get("max_creates"),
            max_document_amount=_amount(config, "max_document_amount"),
            max_total_amount=_amount(config, "max_total_amount"),
            oldest_invoice_date=_day(config, "oldest_invoice_date"),
            newest_invoice_date=_day(config, "newest_invoice_date"),
        )

    def key_of(self, entity: Entity) -> ObjectKey:
        """How two objects of an entity are told apart."""
        if entity.name in self.keys:
            return ObjectKey(fields=self.keys[entity.name])
        key = natural_key(entity)
        return replace(key, is_unique=False) if self.allow_duplicates and entity.name == "Bill" else key

    def takes_over(self, entity: Entity) -> bool:
        """Whether a record of an entity may take an object over from the record that owns it."""
        return entity.name in self.take_over

    def policy(self, entity: Entity, *, is_trusted: bool) -> Policy:
        """What was chosen for an entity."""
        return Policy(
            on_match=self.on_match,
            allow_deletes=self.allow_deletes,
            allow_renames=self.allow_renames,
            allow_fewer_lines=entity.name in self.allow_fewer_lines,
            takes_over=self.takes_over(entity),
            is_trusted=is_trusted,
            key=self.key_of(entity),
        )


def _entities(config: Mapping[str, Any], setting: str) -> frozenset[str]:
    names = set()
    for stream in config.get(setting) or ():
        entity = BY_STREAM.get(stream)
        if entity is None or not entity.offers(Operation.CREATE):
            raise SettingsError(f"setting `{setting}` has {stream!r}, which is no BILL stream that can be written")
        names.add(entity.name)
    return frozenset(names)


def _keys(match_on: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    keys = {}
    for stream, names in match_on.items():
        entity = BY_STREAM.get(stream)
        if entity is None or not entity.offers(Operation.CREATE):
            raise SettingsError(f"setting `match_on` has `{stream}`, which is no BILL stream that can be written")
        if not isinstance(names, list | tuple) or not names:
            raise SettingsError(f"setting `match_on.{stream}` must be a list of fields of {entity.name}")
        for name in names:
            known = entity.by_name.get(name)
            if known is None or known.read_only or known.item_fields:
                raise SettingsError(
                    f"setting `match_on.{stream}` has {name!r}, which is no writable field of {entity.name}"
                )
            if known.sensitive:
                raise SettingsError(f"setting `match_on.{stream}` has `{name}`, which BILL shows masked, or not at all")
        keys[entity.name] = tuple(names)
    return keys


def _made_on_the_way(streams: Any) -> frozenset[str]:
    for stream in streams:
        if stream not in MADE_ON_THE_WAY:
            allowed = ", ".join(f"`{each}`" for each in MADE_ON_THE_WAY)
            raise SettingsError(f"setting `create_missing` has {stream!r}; allowed are {allowed}")
    return frozenset(streams)


def _amount(config: Mapping[str, Any], name: str) -> Decimal | None:
    text = config.get(name)
    if text in (None, ""):
        return None
    amount = exact_number(str(text))
    if amount is None or amount < 0:
        raise SettingsError(f'setting `{name}` is {text!r}; allowed is an amount like "25000.00"')
    return amount


def _day(config: Mapping[str, Any], name: str) -> date | None:
    text = config.get(name)
    if text in (None, ""):
        return None
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise SettingsError(f"setting `{name}` is {text!r}; allowed is a day like 2026-01-31") from None
