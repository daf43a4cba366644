"""A BILL, a ledger, and all that has been said about them; for the state machine of target-bill.

A record, an approved plan and a hand say what an object may hold. Whatever the books hold besides was never said.
"""

from __future__ import annotations

import logging
import multiprocessing
import shutil
import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from target_run import WAIT_S, until

from bill_api.client import BillClient
from bill_api.connection import Connection
from bill_api.doubt import reconciliation as doubt
from bill_api.entities import BY_NAME
from bill_api.errors import BillError
from bill_api.reading import page_lengths
from bill_simulator import Simulator, defaults
from bill_values.exact_json import decode, encode
from target_bill.input.parser import Origin
from target_bill.model.outcome import Hold
from target_bill.plan.missing import ON_THE_WAY
from target_bill.run import Run
from target_bill.settings import TARGET_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from bill_api.table.entity import Entity

ACTIVE = "1"
PAUSE_S_MAX = 0.01
PAGE_MIN = 2
"""Rows of the shortest page of a BILL that cuts them."""
Content = tuple[str | tuple[Decimal, ...] | None, ...]
"""Of a vendor its name and phone; of a document its number and amounts, which belong to a party besides."""
RecordKey = tuple[str, ...]
"""Incoming stream, and the values of the key."""


@dataclass(frozen=True)
class Kind:
    """How the records of an incoming stream are written; its own key, or the entity's."""

    entity: str
    number: str
    lines: str = ""
    days: tuple[str, ...] = ()
    has_own_key: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        if self.has_own_key:
            return ("key",)
        return ("vendorName", self.number) if self.lines else (self.number,)


_BILL = ("Bill", "invoiceNumber", "billLineItems", ("invoiceDate", "dueDate"))
_CREDIT = ("VendorCredit", "refNumber", "vendorCreditLineItems", ("creditDate",))
KINDS: Mapping[str, Kind] = {
    "vendors": Kind("Vendor", "name"),
    "suppliers": Kind("Vendor", "name", has_own_key=True),
    "bills": Kind(*_BILL),
    "eu_bills": Kind(*_BILL, has_own_key=True),
    "vendor_credits": Kind(*_CREDIT),
    "refunds": Kind(*_CREDIT, has_own_key=True),
}
OF_ENTITY = {kind.entity: kind for kind in KINDS.values()}
STREAMS = {incoming: BY_NAME[kind.entity].stream for incoming, kind in KINDS.items()}


@dataclass(frozen=True, kw_only=True)
class Said:
    """A record; an own key counts where its stream has one, a phone for vendors, party and amounts for documents."""

    incoming: str
    key: int
    number: str
    party: str
    amounts: tuple[Decimal, ...]
    phone: str
    is_deleted: bool

    @property
    def kind(self) -> Kind:
        return KINDS[self.incoming]

    @property
    def record_key(self) -> RecordKey:
        record = self.record
        return (self.incoming, *(str(record[name]).casefold() for name in self.kind.keys))

    @property
    def content(self) -> Content:
        return (self.number, tuple(sorted(self.amounts))) if self.kind.lines else (self.party, self.phone)

    @property
    def record(self) -> dict[str, Any]:
        kind = self.kind
        deleted = {"_sdc_deleted_at": "2026-03-02T00:00:00Z"} if self.is_deleted else {}
        if not kind.lines:
            return {"key": self.key, "name": self.party, "phone": self.phone, **deleted}
        lines = [{"amount": amount} for amount in self.amounts]
        days = dict.fromkeys(kind.days, "2026-03-01")
        return {"key": self.key, "vendorName": self.party, kind.number: self.number, kind.lines: lines} | days | deleted


@dataclass(frozen=True, kw_only=True)
class Held:
    """An object of the books, without what BILL alone says."""

    entity: str
    bill_id: str
    party: str | None
    content: Content
    is_active: bool


@dataclass
class Sayings:
    """All that was said.

    Attributes:
        written: What each record key was allowed to put there.
        told: The same, and what an approved plan did not have: it may be found, and not be written.
        by_hand: What hands have put into each object.
        made_by_hand: Objects that hands have made, by entity.
        deleted: Record keys that were deleted in their source, and ids that a hand has deleted.
    """

    written: defaultdict[RecordKey, set[Content]] = field(default_factory=lambda: defaultdict(set))
    told: defaultdict[RecordKey, set[Content]] = field(default_factory=lambda: defaultdict(set))
    parties: defaultdict[RecordKey, set[str]] = field(default_factory=lambda: defaultdict(set))
    by_hand: defaultdict[str, set[tuple[str | None, Content]]] = field(default_factory=lambda: defaultdict(set))
    made_by_hand: Counter[str] = field(default_factory=Counter)
    deleted: set[RecordKey | str] = field(default_factory=set)


class Hasty(Run):
    """The loader, with short pauses."""

    def _pause(self, seconds: float) -> None:
        super()._pause(min(seconds, PAUSE_S_MAX))


def scale_down() -> None:
    """Make the waits and the doubts about short pages as small as the books of this world are.

    No call here is at work when its caller has no answer: what is not there by then comes no more.
    """
    doubt.patience_s = lambda timeout_s: 0.0 * timeout_s
    page_lengths.DOUBTED_MIN = PAGE_MIN


def loaded(config: Mapping[str, Any], input_: Sequence[Said]) -> Run:
    """Load an input in this process.

    Raises:
        BillError: What has ended the run.
    """
    loader = Hasty(config)
    try:
        for place, said in enumerate(input_):
            entity = BY_NAME[said.kind.entity]
            name = f"{said.incoming} {place}"  # so that the account has a verdict for each
            origin = Origin(entity=entity, stream=name, incoming=said.incoming, keys=said.kind.keys)
            loader.take(origin, decode(encode(said.record)))
        loader.finish()
    finally:
        loader.close()
    loader.report.close("complete")
    if loader.plan is not None:
        loader.plan.close(loader.report.account())
    return loader


def load_in_a_child(config: Mapping[str, Any], input_: Sequence[Said]) -> None:
    """The same in a process that will be killed."""
    logging.disable(logging.CRITICAL)
    scale_down()
    loaded(config, input_)


class World:
    """A BILL and a ledger, and what was said.

    Args:
        simulator: The BILL.
        folder: For the ledger, plans and reports.
    """

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        self.control = simulator.control
        self.folder = folder
        self.sayings = Sayings()
        self._settings = {**simulator.settings, "timeout_s": 10}
        self._children = multiprocessing.get_context("forkserver")
        self._children.set_forkserver_preload(["target_bill.run"])
        self.options: dict[str, Any] = {}

    def begin(self, switches: Mapping[str, str], options: Mapping[str, Any]) -> None:
        """Empty books, no ledger, and nothing said."""
        self.control.reset()
        self.control.limit(requests_per_hour=10**9, logins_per_hour=10**9)
        self.control.switch(**switches)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self.sayings, self.options = Sayings(), dict(options)
        self._client = BillClient(Connection.from_settings(self._settings))
        self._names: defaultdict[str, set[str]] = defaultdict(set)

    def config(self, **options: Any) -> dict[str, Any]:
        given = {each.name: each.default for each in TARGET_SETTINGS if each.default is not None}
        files = {"ledger": str(self.folder / "ledger.sqlite3"), "report_dir": str(self.folder / "reports")}
        more = {"streams": STREAMS, "max_rejects": 10**6, "allow_fewer_lines": ["bills", "vendor_credits"]}
        return given | self._settings | files | more | self.options | options

    # What happens

    def load(
        self, input_: Sequence[Said], options: Mapping[str, Any], *, approved: Sequence[Said] | None = None
    ) -> Run | None:
        """Load an input; None when the run did not reach its end."""
        self.say(input_, options, approved=approved)
        try:
            return loaded(self.config(**options), input_)
        except BillError:
            return None

    def kill(self, input_: Sequence[Said], options: Mapping[str, Any], nth: int) -> bool:
        """Kill a run while BILL has its nth write, which BILL finishes; whether there was one."""
        self.say(input_, options)
        self.control.forget_requests()
        self.control.fault("late", "*/Crud/*", nth=nth)
        config = self.config(**options, max_concurrency=1)
        child = self._children.Process(target=load_in_a_child, args=(config, input_))
        child.start()
        try:
            held = until(lambda: self._is_held() or (not child.is_alive() and "ended"))
            if held == "ended":
                return False
            child.kill()
            child.join(WAIT_S)
            until(lambda: any(each["fault"] == "late" for each in self.control.requests()))
        finally:
            child.kill()
            child.join(WAIT_S)
            child.close()
            self.control.clear_faults()
        return True

    def _is_held(self) -> bool:
        return any(each["kind"] == "late" and not each["delay_ms"] and each["fired"] for each in self.control.faults())

    def by_hand(self, act: Callable[[BillClient], Mapping[str, Any]], *, makes: bool = False) -> str | None:
        """Let a hand do something; the id of the object, None when BILL refuses that."""
        try:
            bill_id = str(act(self._client)["id"])
        except BillError:
            return None
        held = self.books()[bill_id]
        self.sayings.by_hand[bill_id].add((held.party, held.content))
        self.sayings.made_by_hand[held.entity] += makes
        return bill_id

    def say(
        self, input_: Sequence[Said], options: Mapping[str, Any], *, approved: Sequence[Said] | None = None
    ) -> None:
        """Remember what an input says."""
        for said in input_:
            key, sayings = said.record_key, self.sayings
            sayings.told[key].add(said.content)
            sayings.parties[key].add(said.party)
            if approved is not None and said not in approved:
                continue
            sayings.written[key].add(said.content)
            if said.is_deleted and options.get("allow_deletes"):
                sayings.deleted.add(key)
            if said.kind.lines and options.get("create_missing"):
                made = (ON_THE_WAY, said.party.casefold())
                sayings.written[made].add((said.party, None))
                sayings.told[made].add((said.party, None))
                sayings.parties[made].add(said.party)

    # What is there

    def rows(self, entity: str) -> list[dict[str, Any]]:
        return self.control.books(defaults.ORGANIZATION_ID, entity)

    def books(self) -> dict[str, Held]:
        """Every object by its id."""
        found = {row["id"]: _held(BY_NAME[entity], row) for entity in OF_ENTITY for row in self.rows(entity)}
        for each in found.values():
            if each.party is None:
                self._names[each.bill_id].add(str(each.content[0]))
        return found

    def owners(self) -> dict[RecordKey, str]:
        """The object that each record owns by the ledger; what was made on the way may have another owner besides."""
        path = self.folder / "ledger.sqlite3"
        if not path.exists():
            return {}
        with closing(sqlite3.connect(path)) as db:
            rows = db.execute(
                "SELECT source_key, bill_id FROM settled WHERE hold NOT IN (?, ?)", [Hold.LINKED, Hold.MADE]
            ).fetchall()
        return {_record_key(source_key): bill_id for source_key, bill_id in rows}

    # What is off

    def off(self) -> Iterator[str]:
        """Everything in the books that was never said, or is there too often."""
        books = self.books()
        times: Counter[tuple[str, str | None, Content]] = Counter()
        for held in books.values():
            if (held.party, held.content) not in self.sayings.by_hand[held.bill_id]:
                times[held.entity, held.party, held.content] += 1
            if not held.is_active and not self._may_be_deleted(held):
                yield f"deleted, and nobody said so: {held}"
        for (entity, party, content), many in times.items():
            keys = self._keys_that_say(entity, party, content)
            if many > len(keys):
                yield f"{many} times {entity} {content} of {party}, and said by {sorted(keys)}"
        for entity in OF_ENTITY:
            many = sum(held.entity == entity for held in books.values())
            records = sum(_entity_of(key) == entity for key in self.sayings.written)
            if many > records + self.sayings.made_by_hand[entity]:
                yield f"{many} {entity}, and {records} records and {self.sayings.made_by_hand[entity]} by hand"
        owners = self.owners()
        twice = [bill_id for bill_id, many in Counter(owners.values()).items() if many > 1]
        yield from (f"{bill_id} has several owners" for bill_id in twice)
        for key, bill_id in owners.items():
            own = books.get(bill_id)
            if own is None or not (
                own.content in self.sayings.told[key] or (own.party, own.content) in self.sayings.by_hand[bill_id]
            ):
                yield f"{key} owns {bill_id}, which holds what it never said: {own}"

    def _keys_that_say(self, entity: str, party: str | None, content: Content) -> list[RecordKey]:
        names = self._names[party] if party is not None else None
        return [
            key
            for key, contents in self.sayings.written.items()
            if _entity_of(key) == entity
            and content in contents
            and (names is None or names & self.sayings.parties[key])
        ]

    def _may_be_deleted(self, held: Held) -> bool:
        keys = self._keys_that_say(held.entity, held.party, held.content)
        owners = [key for key, bill_id in self.owners().items() if bill_id == held.bill_id]
        return held.bill_id in self.sayings.deleted or any(key in self.sayings.deleted for key in (*keys, *owners))

    def off_verdicts(self, loader: Run, input_: Sequence[Said]) -> Iterator[str]:
        """Of a run that went through: records that are not in the books as it says."""
        if not loader.report.adds_up:
            yield "the account does not add up"
        books, owners = self.books(), self.owners()
        for said, verdict in zip(input_, verdicts(loader, input_), strict=True):
            if verdict not in {"created", "updated", "unchanged"} or said.is_deleted:
                continue
            held = books.get(owners.get(said.record_key, ""))
            if held is not None and (held.bill_id in self.sayings.deleted or self.sayings.by_hand[held.bill_id]):
                continue  # a record that was written as it is stays as it is, whatever a hand does then
            if held is None or not held.is_active or held.content != said.content:
                yield f"{verdict}: {said}, and in the books is {held}"


def verdicts(loader: Run, input_: Sequence[Said]) -> list[str]:
    """The verdict of each record."""
    lines = loader.report.lines
    counts = [lines[f"{said.incoming} {place}"].counts for place, said in enumerate(input_)]
    return [" ".join(sorted(each.value for each in +Counter(count))) for count in counts]


def _entity_of(key: RecordKey) -> str:
    return "Vendor" if key[0] == ON_THE_WAY else KINDS[key[0]].entity


def _record_key(source_key: str) -> RecordKey:
    _, incoming, _, values = decode(source_key.encode())
    return (incoming, *(str(value).casefold() for value in values))


def _held(entity: Entity, row: Mapping[str, Any]) -> Held:
    kind = OF_ENTITY[entity.name]
    content: Content = (row[kind.number], row.get("phone"))
    if kind.lines:
        content = (row[kind.number], tuple(sorted(Decimal(line["amount"]) for line in row[kind.lines])))
    return Held(
        entity=entity.name,
        bill_id=row["id"],
        party=row.get("vendorId") if kind.lines else None,
        content=content,
        is_active=row["isActive"] == ACTIVE,
    )
