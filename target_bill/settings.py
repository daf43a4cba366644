"""Settings of target-bill."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, field

from bill_api.connection import CONNECTION_SETTINGS
from bill_api.entities import BY_NAME, BY_STREAM, LOADABLE
from bill_api.identity.keys import ObjectKey, natural_key
from bill_api.identity.references import aliases
from bill_api.identity.spelled import spelling_in
from bill_api.table.entity import BULK_LIMIT
from bill_api.wire.limits import CONCURRENCY_LIMIT
from bill_program.errors import SettingsError
from bill_program.settings import COUNT_MAX, NO_CHOICE, Settings, WrongSetting, declared, text, text_below
from bill_values.numbers import exact_number

if TYPE_CHECKING:
    from bill_api.table.entity import Entity


def _entity_name(stream: str) -> str:
    if stream not in LOADABLE:
        raise ValueError
    return LOADABLE[stream].name


def _known_stream(stream: str) -> str:
    if stream not in BY_STREAM:
        raise ValueError
    return stream


def _stream_name(entity: str) -> str:
    return BY_NAME[entity].stream


def _key_field(name: str, stream: str) -> str:
    entity = LOADABLE[stream]
    known = entity.by_name.get(name)
    if known is None or known.read_only or known.item_fields:
        raise WrongSetting(f"is {name!r}, which is no writable field of {entity.name}")
    if known.sensitive:
        raise WrongSetting(f"is `{name}`, which BILL shows masked, or not at all")
    return name


def _amount(given: str) -> Decimal:
    amount = exact_number(given)
    if amount is None or amount < 0:
        raise ValueError
    return amount


def _required_field(name: str, stream: str) -> str:
    entity = LOADABLE[stream]
    array, _, inner = name.rpartition(".")
    lines = entity.lines
    if array and (lines is None or spelling_in(entity.fields, array) != lines.name):
        raise WrongSetting(f"is {name!r}, and {entity.name} has no lines of this name")
    fields = lines.item_fields if array and lines else entity.fields
    own = spelling_in(fields, inner)
    known = aliases(fields)[own].field.name if own in aliases(fields) else own
    if not any(each.name == known and not each.read_only for each in fields):
        raise WrongSetting(f"is {name!r}, which is no writable field of {entity.name}")
    return f"{lines.name}.{known}" if array and lines else known


Amount = Annotated[Decimal, text(_amount, 'an amount like "25000.00"')]
Day = Annotated[date, text(date.fromisoformat, "a day like 2026-01-31")]
File = Annotated[Path, text(Path, "a path")]
WrittenEntity = Annotated[
    str, text(_entity_name, "the name of a BILL stream that can be written", among=LOADABLE, write=_stream_name)
]
"""Given as a stream, known as an entity."""
KeyField = Annotated[str, text_below(_key_field, "the name of a field")]
RequiredField = Annotated[str, text_below(_required_field, "the name of a field, or of one of its lines")]
"""Given in any spelling, or as the name of what it refers to; known as BILL's field, behind a point one of lines."""
FedStream = Annotated[str, text(_known_stream, "the name of a BILL stream", among=BY_STREAM)]
SuspicionLevel = Literal["off", "warn", "reject"]
WAIT_MAX_S = 24 * 3600
UNDO_DAYS_MAX = 36_500

MadeOnTheWay = Literal["vendors", "customers"]
"""Streams whose objects need no more than a name."""


class Options(Settings, frozen=True, kw_only=True):
    """How records are written, whatever the organization."""

    mode: Annotated[
        Literal["apply", "plan"],
        Meta(
            description="`apply` writes to BILL. `plan` writes nothing to BILL and nothing to the ledger: it says what "
            "a run would do, as a table and as a file that can be approved."
        ),
        NO_CHOICE,
    ] = "apply"
    plan: Annotated[
        File | None,
        Meta(
            description="The file of a plan. In mode `plan` it is written there (default: into `report_dir`); in mode "
            "`apply` nothing is done that does not stand in it."
        ),
        NO_CHOICE,
    ] = None
    ledger: Annotated[
        File,
        Meta(description="File that remembers what was written: an SQLite database, mode 0600. Keep it."),
        NO_CHOICE,
    ] = Path(".bill/ledger.sqlite3")
    ledger_wait_s: Annotated[
        int,
        Meta(
            description="Seconds for which a run waits for another one to end that has the ledger, or the organization "
            "on this computer; with 0 it ends at once.",
            ge=0,
            le=WAIT_MAX_S,
        ),
        NO_CHOICE,
    ] = 0
    undo_days: Annotated[
        int,
        Meta(
            description="Days for which the ledger keeps what runs wrote and what was there before, without bank and "
            "tax numbers, so that `--undo` can take them back; 0 keeps nothing.",
            ge=0,
            le=UNDO_DAYS_MAX,
        ),
    ] = 30
    report_dir: Annotated[
        File, Meta(description="Folder for the account of each run and its rejected records."), NO_CHOICE
    ] = Path(".bill/reports")
    batch_size: Annotated[int, Meta(description="Objects in one bulk call.", ge=1, le=BULK_LIMIT), NO_CHOICE] = (
        BULK_LIMIT
    )
    max_concurrency: Annotated[
        int, Meta(description="Calls at once. BILL allows 3 per organization.", ge=1, le=CONCURRENCY_LIMIT), NO_CHOICE
    ] = CONCURRENCY_LIMIT
    on_match: Annotated[
        Literal["update", "skip", "reject"],
        Meta(
            description="What to do when BILL already has an object with the same natural key that this ledger did "
            "not write: update it, skip the record (leave BILL's object as it is), or reject the record."
        ),
    ] = "update"
    keys: Annotated[
        dict[WrittenEntity, Annotated[tuple[KeyField, ...], Meta(min_length=1)]],
        Meta(
            description="Fields that tell whether BILL has an object already, per BILL stream, in place of the natural "
            'key: {"vendors": ["accNumber"]}.'
        ),
    ] = field(default_factory=dict, name="match_on")
    create_missing: Annotated[
        frozenset[MadeOnTheWay],
        Meta(
            description="Streams (`vendors`, `customers`) of which an object that a record names and nobody has is "
            "created with that name."
        ),
    ] = frozenset()
    source: Annotated[
        str,
        Meta(
            description="Name of the source that the records come from. Records of two sources are never the same "
            "record, and an id of one means nothing in the other; streams of different names are told apart without it."
        ),
    ] = ""
    take_over: Annotated[
        frozenset[WrittenEntity],
        Meta(
            description="Streams of which a record may take an object over from the record that owns it by the ledger, "
            "if its key is equal and the other record is not in the same input. Meant for one run."
        ),
    ] = frozenset()
    allow_renames: Annotated[
        bool,
        Meta(
            description="Let a record that only the ledger connects with an object change its number, its party or its "
            "name. Otherwise such a record is rejected: it may be another object with the same key."
        ),
    ] = False
    allow_fewer_lines: Annotated[
        frozenset[WrittenEntity],
        Meta(
            description="Streams of which an update may drop lines that BILL has, or lower the total of lines that "
            "nothing tells apart. Otherwise such a record is rejected with both sums."
        ),
    ] = frozenset()
    allow_negative: Annotated[
        bool,
        Meta(
            description="Send documents whose total is below zero. Otherwise such a record is rejected: a negative "
            "bill is a vendor credit."
        ),
    ] = False
    null_handling: Annotated[
        Literal["keep", "clear"],
        Meta(
            description="What a null, or an empty text, does to a field that BILL has a value in: `keep` it or `clear` "
            "it."
        ),
    ] = "keep"
    allow_deletes: Annotated[
        bool,
        Meta(
            description="Delete what is deleted in the source (`is_deleted`, `deleted_at`, `_sdc_deleted_at`, or "
            "`isActive` 2). Otherwise such records are counted and named."
        ),
    ] = False
    allow_duplicates: Annotated[
        bool,
        Meta(
            description="Let BILL take a bill whose number another bill of the same vendor has. Then only the ledger "
            "tells them apart."
        ),
    ] = field(default=False, name="allow_duplicate_invoice_numbers")
    paid_or_approved: Annotated[
        Literal["warn", "reject"],
        Meta(
            description="What becomes of a record that would change amount, lines, number or party of a document that "
            "is paid, even in part, scheduled, set off, or approved or denied, or that would delete it: "
            "`reject` it, or `warn` and write it. Texts and days are changed either way."
        ),
    ] = "reject"
    similar_numbers: Annotated[
        SuspicionLevel,
        Meta(
            description="What a new document does whose number is nearly that of another one of the same party, in "
            "BILL or in this input (case, blanks, signs and zeros in front do not count), "
            "or whose number, total and day are those of one of another party: `off`, `warn` "
            "or `reject`."
        ),
    ] = "warn"
    similar_amounts: Annotated[
        SuspicionLevel,
        Meta(
            description="The same for a new document with the party and the total of another one whose date is no more "
            "than `duplicate_days` away."
        ),
    ] = "warn"
    duplicate_days: Annotated[
        int,
        Meta(
            description="Days around the date of a document within which `similar_amounts` looks. Less than a week, "
            "so that what recurs every week or month is none.",
            ge=0,
            le=366,
        ),
    ] = 6
    similar_names: Annotated[
        SuspicionLevel,
        Meta(
            description="The same for a new vendor or customer whose name is nearly that of another one, in BILL, "
            "active or not, or in this input: legal forms, signs, accents and one letter do not count, digits do."
        ),
    ] = "warn"
    required_fields: Annotated[
        dict[WrittenEntity, Annotated[tuple[RequiredField, ...], Meta(min_length=1)]],
        Meta(
            description="Fields that an object must have when it is created or changed, per BILL stream, those of "
            'lines behind a point, by name or id: {"bills": ["billLineItems.chartOfAccountId"]}.'
        ),
    ] = field(default_factory=dict)
    attachment_dir: Annotated[
        File | None,
        Meta(
            description="Folder below which the files lie that records name in `attachments`: each is attached to the "
            "bill, invoice, vendor, ... of its record, once. No file outside of it is ever sent."
        ),
    ] = None
    attachment_problems: Annotated[
        Literal["reject", "warn"],
        Meta(
            description="What a file does that is missing, empty, ambiguous or above 6 MB: `reject` its record, or "
            "`warn` and write the record without it."
        ),
    ] = "reject"
    max_rejects: Annotated[
        int, Meta(description="Rejected records that a run may have and still succeed.", ge=0, le=COUNT_MAX)
    ] = 0
    max_creates: Annotated[
        Annotated[int, Meta(ge=0, le=COUNT_MAX)] | None,
        Meta(description="Most objects that a run may create; it stops before the next one."),
    ] = None
    max_document_amount: Annotated[
        Amount | None,
        Meta(description='Largest amount of one document, like "25000.00"; the run stops before a larger one is sent.'),
    ] = None
    max_total_amount: Annotated[
        Amount | None,
        Meta(
            description="Largest sum of the documents that a run creates, updates and brings back; it stops before it "
            "is exceeded."
        ),
    ] = None
    oldest_invoice_date: Annotated[
        Day | None,
        Meta(
            description="Oldest `invoiceDate` (or `creditDate`), like 2026-01-01; the run stops before an older one is "
            "sent."
        ),
    ] = None
    newest_invoice_date: Annotated[
        Day | None,
        Meta(description="Newest `invoiceDate` (or `creditDate`); the run stops before a newer one is sent."),
    ] = None
    documents: Annotated[
        dict[str, dict[str, Any]],
        Meta(
            description="Tables with a row for each line, by the name of their incoming stream: what the rows become, "
            "in the words of an entry of `files` of tap-bill-csv (`stream`, `group_by`, `columns`, `lines`, ...). "
            "Needs the extra `csv`."
        ),
    ] = field(default_factory=dict)
    streams: Annotated[
        dict[str, FedStream],
        Meta(
            description='Incoming stream name to BILL stream, for streams that are named differently: {"suppliers": '
            '"vendors"}.'
        ),
    ] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse settings that do not go together."""
        oldest, newest = self.oldest_invoice_date, self.newest_invoice_date
        if oldest and newest and oldest > newest:
            raise SettingsError(
                f"setting `oldest_invoice_date` is {oldest}, after `newest_invoice_date`, {newest}: no day is between "
                "them; exchange them, or leave one out"
            )

    @property
    def is_plan(self) -> bool:
        """True if nothing is written."""
        return self.mode == "plan"

    @property
    def chosen(self) -> dict[str, Any]:
        """The settings that decide what becomes of a record, by their names, as JSON has them."""
        return {each.name: each.as_given(getattr(self, each.attribute)) for each in declared(Options) if each.is_choice}

    @property
    def clears(self) -> bool:
        """True if a null takes away what BILL has."""
        return self.null_handling == "clear"

    @property
    def has_limits(self) -> bool:
        """True if there is a limit that a document could exceed."""
        amounts = (self.max_creates, self.max_document_amount, self.max_total_amount)
        return any(each is not None for each in (*amounts, self.oldest_invoice_date, self.newest_invoice_date))

    def key_of(self, entity: Entity) -> ObjectKey:
        """The key that tells two objects of an entity apart."""
        if entity.name in self.keys:
            return ObjectKey(fields=self.keys[entity.name])
        key = natural_key(entity)
        return dataclasses.replace(key, is_unique=False) if self.allow_duplicates and entity.name == "Bill" else key

    def takes_over(self, entity: Entity) -> bool:
        """True if a record of an entity may take an object over from the record that owns it."""
        return entity.name in self.take_over


TARGET_SETTINGS = (*CONNECTION_SETTINGS, *declared(Options))
