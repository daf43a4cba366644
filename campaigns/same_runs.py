"""Runs of target-bill over a case, and the properties that hold after each of them.

The target runs in this process over real HTTP, every record in a stream of its own in the account, so that each has a
verdict of its own; or as a process that may be killed, where the account counts by incoming stream.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
import unicodedata
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field, replace
from decimal import Decimal
from subprocess import DEVNULL
from typing import TYPE_CHECKING, Any, TypedDict

from same_inputs import ACCOUNTS, INCOMING, KEY, KINDS, MARK, NUMBERS, PARTIES, record_of
from same_model import Model

from bill_api.client import BillClient
from bill_api.connection import Connection
from bill_api.entities import BY_STREAM
from bill_simulator import defaults
from bill_values.exact_json import decode, encode
from target_bill.input.parser import Origin
from target_bill.run import Run as TargetRun
from target_bill.settings import TARGET_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from same_inputs import Case, Run, Said

    from bill_simulator import RemoteControl

Row = dict[str, Any]


class Sizes(TypedDict):
    """Of the books of a simulator."""

    vendors: int
    customers: int
    bills: int
    invoices: int


EMPTY: Sizes = {"vendors": 0, "customers": 0, "bills": 0, "invoices": 0}
KILLS = 2
"""Of the target in each run, before it is let through."""
DOCUMENTS = tuple(kind for kind in KINDS.values() if kind.is_document)
SETTLED = {"created": "unchanged", "updated": "unchanged", "deleted": "unchanged"}
"""What a verdict is when the same input comes again; the others stay."""
ACTIVE = "1"


@dataclass(frozen=True)
class Account:
    """What a run has told: the verdict of each record, of what it made on the way, and its money."""

    verdicts: tuple[str, ...]
    made: Counter[str]
    money: Decimal
    adds_up: bool
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Holding:
    """A row of the ledger."""

    bill_id: str
    hold: str
    content_hash: str


@dataclass
class World:
    """A BILL and a ledger.

    Args:
        settings: Of a connection to a local BILL.
        control: Of that BILL.
    """

    settings: Mapping[str, Any]
    control: RemoteControl
    folder: Path
    streams: Sequence[str] = ()
    notes: list[str] = field(default_factory=list)

    @property
    def ledger(self) -> Path:
        """The ledger's file."""
        return self.folder / "ledger.sqlite3"

    def begin(self, case: Case) -> None:
        """Fresh books with what others have put there, and no ledger."""
        self.streams, self.notes = case.streams, []
        self.control.reset()
        self.control.limit(requests_per_hour=10**9, logins_per_hour=10**9)
        self.lose_ledger()
        client = BillClient(Connection.from_settings({**self.settings, "timeout_s": 5}))
        ids: dict[tuple[str, str | None], str] = {}
        for said in sorted(case.before, key=lambda each: list(KINDS).index(each.kind.stream)):
            body = {name: value for name, value in record_of(said).items() if value and name != said.kind.party}
            if said.party is not None:
                body[said.kind.party.removesuffix("Name") + "Id"] = ids[said.kind.parties, said.party]
            entity = BY_STREAM[said.kind.stream]
            if entity.lines is not None:
                lines = ({"entity": entity.lines.item_entity, **each} for each in body[entity.lines.name])
                body[entity.lines.name] = list(lines)
            stored = client.create(entity, body, {"allowDuplicateInvNum": True} if said.kind.stream == "bills" else {})
            ids.setdefault((said.kind.stream, said.name), stored["id"])

    def lose_ledger(self) -> None:
        """As if its file had been deleted."""
        for path in self.folder.glob("ledger*"):
            path.unlink()

    def config(self, run: Run) -> dict[str, Any]:
        """Settings of target-bill."""
        given = {each.name: each.default for each in TARGET_SETTINGS if each.default is not None}
        files = {"ledger": str(self.ledger), "report_dir": str(self.folder / "reports")}
        streams = {incoming: stream for incoming, (stream, _) in INCOMING.items()}
        more = {"timeout_s": 5, "max_rejects": 10**6, "streams": streams}
        return {**given, **self.settings, **files, **more, **run.choices.settings}

    def load(self, run: Run, order: Sequence[int] | None = None) -> Account:
        """Load the records of a run, in their order or in another."""
        loader = TargetRun(self.config(run))
        try:
            for place in range(len(run.records)) if order is None else order:
                said = run.records[place]
                loader.take(_origin(said, place), decode(encode(record_of(said))))
            loader.finish()
        finally:
            loader.close()
        loader.report.close("complete")
        return _account(loader, run.records)

    def killed(self, run: Run, *, after_calls: int) -> bool:
        """Run the command, and kill it when BILL has had so many calls; whether it was killed."""
        path = self.folder / "input.jsonl"
        path.write_text(messages(run), encoding="utf-8")
        (self.folder / "config.json").write_text(encode(self.config(run)), encoding="utf-8")
        command = [sys.executable, "-m", "target_bill", "--config", "config.json", "--input", "input.jsonl"]
        with subprocess.Popen(command, cwd=self.folder, stdout=DEVNULL, stderr=DEVNULL) as process:
            while process.poll() is None:
                if self.control.summary()["calls"] >= after_calls:
                    process.kill()
                    process.wait()
                    return True
                time.sleep(0.002)
        return False

    def holdings(self) -> dict[tuple[str, str], Holding]:
        """The ledger by stream and record key."""
        if not self.ledger.exists():
            return {}
        with closing(sqlite3.connect(self.ledger)) as db:
            rows = db.execute("SELECT stream, source_key, bill_id, hold, content_hash FROM settled").fetchall()
            self.notes += [f"an intent is left: {row}" for row in db.execute("SELECT source_key FROM intents")]
        return {(row[0], row[1]): Holding(*row[2:]) for row in rows}

    def books(self) -> dict[str, dict[str, Row]]:
        """Every object by stream and id, without what BILL alone says."""
        return {
            stream: {
                row["id"]: _bare(row) for row in self.control.books(defaults.ORGANIZATION_ID, KINDS[stream].entity)
            }
            for stream in self.streams
        }

    def writes(self) -> list[str]:
        """Calls that could change something, since the requests were forgotten."""
        paths = self.control.summary()["paths"]
        return [path for path in paths if "/Crud/" in path and "/Read/" not in path]


def messages(run: Run) -> str:
    """The input of a run as Singer's messages: a SCHEMA whenever another stream begins, as of several files."""
    lines: list[dict[str, Any]] = []
    for said in run.records:
        if not lines or lines[-1]["stream"] != said.stream:
            keys = [KEY] if INCOMING[said.stream][1] else []
            schema = {"type": "object", "properties": {}}
            marks = [MARK]
            more = {"schema": schema, "key_properties": keys, "bookmark_properties": marks}
            lines.append({"type": "SCHEMA", "stream": said.stream, **more})
        lines.append({"type": "RECORD", "stream": said.stream, "record": record_of(said)})
    return "".join(f"{encode(each)}\n" for each in lines)


def _origin(said: Said, place: int) -> Origin:
    stream, has_own_key = INCOMING[said.stream]
    keys = (KEY,) if has_own_key else ()
    name = f"{said.stream} {place}"
    return Origin(entity=BY_STREAM[stream], stream=name, incoming=said.stream, keys=keys, bookmark=MARK)


def _account(loader: TargetRun, records: Sequence[Said]) -> Account:
    lines = loader.report.lines
    verdicts = []
    for place, said in enumerate(records):
        counts = lines[f"{said.stream} {place}"].counts
        verdicts.append(" ".join(sorted(verdict.value for verdict, count in counts.items() for _ in range(count))))
    names = {f"{said.stream} {place}" for place, said in enumerate(records)}
    made: Counter[str] = Counter()
    for stream in lines.keys() - names:
        made.update({verdict.value: count for verdict, count in lines[stream].counts.items()})
    money = sum((line.received_money for line in lines.values()), Decimal(0))
    return Account(tuple(verdicts), made, money, loader.report.adds_up, _reasons(loader))


def _reasons(loader: TargetRun) -> tuple[str, ...]:
    path = loader.report.path("-rejects.jsonl")
    rows = [decode(line) for line in path.read_bytes().splitlines()] if loader.report.rejects else []
    return tuple(f"{each['source_key']}: {problem['reason']}" for each in rows for problem in each["problems"])


# --- what must hold -------------------------------------------------------------------------------------------------


def played(world: World, case: Case, *, counts: Counter[str] | None = None) -> Iterator[str]:
    """Play a case from its beginning, and tell whatever is off.

    Args:
        world: Where.
        case: What.
        counts: Where verdicts are counted.
    """
    model = Model.of(case)
    for number, run in enumerate(_runs(world, case, model)):
        found = list(_run(world, model, run, counts if counts is not None else Counter()))
        yield from (f"run {number + 1}: {each}" for each in found)
        if found:
            return


def _runs(world: World, case: Case, model: Model | None = None) -> Iterator[Run]:
    """The runs of a case, each after what comes before it: fresh books for the first, and a ledger that is lost."""
    world.begin(case)
    for run in case.runs:
        if run.loses_ledger:
            world.lose_ledger()
            if model is not None:
                model.lose_ledger()
        yield run


def reordered(world: World, case: Case) -> Iterator[str]:
    """Play a case forwards, and once more with its records and calls in another order: each verdict is the same."""
    forwards, backwards = (_verdicts(world, case, is_backwards=each) for each in (False, True))
    for number, (one, other) in enumerate(zip(forwards, backwards, strict=True)):
        yield from (
            f"run {number + 1}: {dict(one[said])}, and in another order {dict(other[said])}: {said}"
            for said in one
            if one[said] != other[said]
        )


def _verdicts(world: World, case: Case, *, is_backwards: bool) -> list[dict[str, Counter[str]]]:
    found = []
    for run in _runs(world, case):
        size = 1 if is_backwards else 100
        other = replace(run, choices=replace(run.choices, batch_size=size))
        order = tuple(range(len(run.records)))
        account = world.load(other, order[::-1] if is_backwards else order)
        found.append(_grouped(run, account.verdicts))
    return found


def played_with_kills(world: World, case: Case, counts: Counter[str]) -> Iterator[str]:
    """Play a case with a target that is killed at a call before it is let through; books and ledger are the model's."""
    model = Model.of(case)
    for number, run in enumerate(_runs(world, case, model)):
        for kill in range(KILLS):
            world.control.forget_requests()
            counts["kills"] += world.killed(run, after_calls=2 + 2 * kill + number)
        world.load(run)
        model.run(run.records, run.choices)
        found = [*_off_books(model, world.books()), *_off_owners(world.holdings()), *world.notes]
        yield from (f"run {number + 1}, killed before: {each}" for each in found)
        if found:
            return


def _run(world: World, model: Model, run: Run, counts: Counter[str]) -> Iterator[str]:
    before, owners = world.books(), world.holdings()
    account = world.load(run)
    counts.update(account.verdicts)
    expected = model.run(run.records, run.choices)
    yield from _off_model(run, account, expected, model.made)
    books, holdings = world.books(), world.holdings()
    yield from _off_money(run, account, books, holdings)
    yield from _off_ownership(run, account, before, books, owners, holdings)
    yield from _off_books(model, books)
    world.control.forget_requests()
    second = world.load(run, range(len(run.records))[::-1])
    yield from _off_again(run, account, second, world.writes())
    if world.books() != books:
        yield "the same input again changes BILL"
    yield from world.notes
    model.run(run.records, run.choices)


def _off_model(run: Run, account: Account, expected: Sequence[str], made: int) -> Iterator[str]:
    got, wanted = _grouped(run, account.verdicts), _grouped(run, expected)
    for said in wanted:
        if got[said] != wanted[said]:
            yield f"{dict(got[said])}, and {dict(wanted[said])} is right: {said}; {account.reasons}"
    if account.made != Counter({"created": made} if made else {}):
        yield f"made on the way: {dict(account.made)}, and {made} is right"


def _grouped(run: Run, verdicts: Sequence[str]) -> dict[str, Counter[str]]:
    """Verdicts by all that a record says: which of several that say the same is the first must not matter."""
    found: dict[str, Counter[str]] = {}
    for said, verdict in zip(run.records, verdicts, strict=True):
        found.setdefault(_identity(said), Counter())[verdict] += 1
    return found


def _identity(said: Said) -> str:
    key = (said.key,) if said.has_own_key and said.kind.number else ()
    return f"{said.stream} {key} {said.name!r} {said.party!r} {sorted(said.lines, key=str)} {said.note}"


def _off_money(
    run: Run, account: Account, books: Mapping[str, Mapping[str, Row]], holdings: Mapping[tuple[str, str], Holding]
) -> Iterator[str]:
    """Every cent received is told, and what is called written stands in BILL."""
    if not account.adds_up or any(" " in each or not each for each in account.verdicts):
        yield f"not every record has one verdict: {account.verdicts}"
    cents = sum(said.cents for said in run.records)
    if account.money != Decimal(cents).scaleb(-2):
        yield f"the account received {account.money}, and the input has {cents} cents"
    written = Counter[str]()
    for said, verdict in zip(run.records, account.verdicts, strict=True):
        if verdict in {"created", "updated", "unchanged"} and said.kind.is_document and not said.is_deleted:
            written[said.kind.stream] += said.cents
    keys = _keys_of(run)
    for kind in (each for each in DOCUMENTS if each.stream in books):
        owned = {
            holdings[key].bill_id
            for key, is_written in keys.items()
            if key[0] == kind.stream and key in holdings and is_written(account)
        }
        stored = sum((_cents(kind.lines, books[kind.stream][each]) for each in owned), 0)
        if stored != written[kind.stream]:
            yield f"{kind.stream}: {written[kind.stream]} cents are said to be in BILL, and {stored} are"


def _keys_of(run: Run) -> dict[tuple[str, str], Any]:
    """The ledger's keys of a run's documents, each with a way to say whether one of its records was written."""
    places: dict[tuple[str, str], list[int]] = {}
    for place, said in enumerate(run.records):
        if not said.is_deleted:
            places.setdefault((said.kind.stream, ledger_key(said, run.choices.source)), []).append(place)

    def asked(mine: Sequence[int]) -> Any:
        return lambda account: any(account.verdicts[each] in {"created", "updated", "unchanged"} for each in mine)

    return {key: asked(mine) for key, mine in places.items()}


def ledger_key(said: Said, source: str) -> str:
    """The key of a record as the ledger writes it."""
    if said.has_own_key:
        names, values = [KEY], [said.key]
    elif said.party is not None and said.kind.is_partys_number:
        names, values = [said.kind.party, said.kind.number], [said.party.casefold(), said.name]
        if said.kind.stream == "chart_of_accounts":
            names, values = names[::-1], [said.name.casefold(), said.party.casefold()]
    else:
        folds = not said.kind.is_document
        names, values = [said.kind.number], [said.name.casefold() if folds else said.name]
    return encode([source, said.stream, names, values])


def _cents(lines: str, row: Row) -> int:
    return sum(int(_line_money(line) * 100) for line in row[lines])


def _line_money(line: Row) -> Decimal:
    return (
        Decimal(line["price"]) * Decimal(line["quantity"])
        if "price" in line and line["price"] is not None
        else (Decimal(line["amount"]))
    )


def _off_ownership(
    run: Run,
    account: Account,
    before: Mapping[str, Mapping[str, Row]],
    books: Mapping[str, Mapping[str, Row]],
    owners: Mapping[tuple[str, str], Holding],
    holdings: Mapping[tuple[str, str], Holding],
) -> Iterator[str]:
    """An object has one owner, and changes by it alone, or by being adopted or taken over."""
    yield from _off_owners(holdings)
    held = {(stream, each.bill_id): key for (stream, key), each in owners.items() if each.hold != "linked"}
    holds = {(stream, each.bill_id): key for (stream, key), each in holdings.items() if each.hold != "linked"}
    said = {(each.kind.stream, ledger_key(each, run.choices.source)) for each in run.records}
    counts = Counter((each.kind.stream, verdict) for each, verdict in zip(run.records, account.verdicts, strict=True))
    for stream in books:
        changed = [each for each in before[stream] if before[stream][each] != books[stream][each]]
        for bill_id in changed:
            old, new = held.get((stream, bill_id)), holds.get((stream, bill_id))
            is_free = old is None or owners[stream, old].hold == "made" or run.choices.takes_over
            if new is None or (stream, new) not in said or not (new == old or is_free):
                yield f"{stream} {bill_id} changed; it belonged to {old} and belongs to {new}"
        wanted = counts[stream, "updated"] + counts[stream, "deleted"]
        if len(changed) != wanted:
            yield f"{len(changed)} {stream} changed, and {wanted} are told"
        new_ids = books[stream].keys() - before[stream].keys()
        made = account.made["created"] if stream in {"vendors", "customers"} else 0
        if not counts[stream, "created"] <= len(new_ids) <= counts[stream, "created"] + made:
            yield f"{len(new_ids)} {stream} are new, and {counts[stream, 'created']} are told"


def _off_owners(holdings: Mapping[tuple[str, str], Holding]) -> Iterator[str]:
    owned = Counter((stream, each.bill_id) for (stream, _), each in holdings.items() if each.hold != "linked")
    yield from (f"{each} has {count} owners" for each, count in owned.items() if count > 1)
    documents = {kind.stream for kind in DOCUMENTS}
    yield from (f"{key} is linked" for key, each in holdings.items() if each.hold == "linked" and key[0] in documents)


def _bare(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "updatedTime"}


def _off_again(run: Run, first: Account, second: Account, writes: Sequence[str]) -> Iterator[str]:
    """The same input again says what it said, and writes nothing."""
    wanted = [SETTLED.get(each, each) for each in first.verdicts]
    got, right = _grouped(run, second.verdicts), _grouped(run, wanted)
    yield from (
        f"again it is {dict(got[said])}, after {dict(right[said])}: {said}; {second.reasons}"
        for said in right
        if got[said] != right[said]
    )
    yield from (f"again it calls {each}" for each in writes)
    if second.made:
        yield f"again it makes {dict(second.made)}"


# --- books ----------------------------------------------------------------------------------------------------------


def _off_books(model: Model, books: Mapping[str, Mapping[str, Row]]) -> Iterator[str]:
    """What BILL has is what the model has."""
    wanted = Counter(
        (each.stream, each.name, each.party.name if each.party else None, each.lines, each.note, each.is_active)
        for each in model.books
    )
    stored = Counter(_meant(stream, row, books) for stream in books for row in books[stream].values() if _is_ours(row))
    for each in (wanted - stored) + (stored - wanted):
        yield f"BILL has {stored[each]} of {each}, and {wanted[each]} is right"


def _is_ours(row: Row) -> bool:
    return row["entity"] != "ChartOfAccount" or _class_of(ACCOUNTS, row["name"]) is not None


def _meant(stream: str, row: Row, books: Mapping[str, Mapping[str, Row]]) -> tuple[Any, ...]:
    kind = KINDS[stream]
    names = NUMBERS if kind.is_document else ACCOUNTS if kind.party else PARTIES
    name = _class_of(names, row[kind.number]) if kind.number else ""
    party_id = row.get(kind.party.removesuffix("Name") + "Id") if kind.party else None
    party = books[kind.parties].get(party_id) if party_id else None
    parties = PARTIES if kind.is_document else ACCOUNTS
    lines: Iterable[Row] = row[kind.lines] if kind.is_document else ()
    told = sorted(((line.get("description") or None, int(_line_money(line) * 100)) for line in lines), key=str)
    return (
        stream,
        name,
        _class_of(parties, party["name"]) if party else None,
        tuple(told),
        row.get("description") or "",
        row["isActive"] == ACTIVE,
    )


def _class_of(classes: Mapping[str, Sequence[Any]], text: str) -> str | None:
    found = [
        name
        for name, ways in classes.items()
        if _plain(text, folds=classes is not NUMBERS)
        in {_plain(str(way), folds=classes is not NUMBERS) for way in ways}
    ]
    return found[0] if found else None


def _plain(text: str, *, folds: bool) -> str:
    shown = "".join(each for each in unicodedata.normalize("NFC", text) if unicodedata.category(each) != "Cf")
    shown = " ".join(shown.split())
    return shown.casefold() if folds else shown
