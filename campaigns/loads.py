"""Loads of target-bill as processes of their own against a local BILL, and the books held against their input.

An input is what it should be in the end: every record of it stands in the books once, with all that it says.
"""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from syncs import PATIENCE_S, Row

from bill_api.table.attachments import NAMED_FILES
from bill_simulator import defaults
from bill_simulator.encoding import encode
from bill_values.spelling import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from random import Random

    from bill_simulator import RemoteControl

Books = dict[str, list[Row]]

SCANS = "scans"
KEY = "_row"
"""What a record is known by in its source; BILL never hears of it."""

DELETED = "_sdc_deleted_at"
ACTIVE, INACTIVE = "1", "2"
ENTITIES = {"vendors": "Vendor", "customers": "Customer", "bills": "Bill", "invoices": "Invoice"}
LINES = {"bills": "billLineItems", "invoices": "invoiceLineItems"}
NUMBER = {"vendors": "name", "customers": "name", "bills": "invoiceNumber", "invoices": "invoiceNumber"}
REFERENCES = {
    "vendorName": ("vendorId", "Vendor"),
    "customerName": ("customerId", "Customer"),
    "chartOfAccountName": ("chartOfAccountId", "ChartOfAccount"),
    "itemName": ("itemId", "Item"),
}
"""What a record calls by name: where BILL has the id, and of what."""

SHARES = {"vendors": 15, "customers": 10, "bills": 45, "invoices": 30}
"""Of each stream in an input, in percent."""

LINES_MAX = 3
CENTS_MAX = 10**6
TWINS = 3
"""Bills with the same number, vendor and content as another, where numbers may be used twice."""

NEAR_EVERY, FILES_EVERY = 5, 6
CHANGED, DELETED_SHARE, NEW_SHARE = 0.3, 0.04, 0.05


# --- inputs -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Input:
    """Records of several streams, whose sum is what the books should hold.

    Attributes:
        order: The streams as they come.
        records: Of each.
    """

    order: Sequence[str]
    records: dict[str, list[Row]] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """As Singer messages, with the files that bills name in `scans` beside them."""
        write(path, ((stream, self.records[stream]) for stream in self.order))
        scans = path.parent / SCANS
        scans.mkdir(exist_ok=True)
        for record in self.records["bills"]:
            for name in filter(None, record.get(NAMED_FILES, "").split("; ")):
                (scans / name).write_bytes(b"%PDF-1.4 " + name.encode())


def write(path: Path, streams: Iterable[tuple[str, Iterable[Row]]]) -> None:
    """Streams as Singer messages, with a STATE behind each."""
    with path.open("wb") as file:
        for stream, records in streams:
            schema = {"type": "object", "properties": {}}
            file.write(line(type="SCHEMA", stream=stream, schema=schema, key_properties=[KEY]))
            file.writelines(line(type="RECORD", stream=stream, record=each) for each in records)
            file.write(line(type="STATE", value={"read": stream}))


def line(**message: Any) -> bytes:
    """A message of Singer."""
    return encode(message) + b"\n"


class Author:
    """Makes inputs up.

    Args:
        dice: Decide on everything.
        books: Have the accounts and items that lines name.
    """

    def __init__(self, dice: Random, books: Books) -> None:
        self._dice = dice
        self._accounts = [each["name"] for each in books["ChartOfAccount"]]
        self._items = [each["name"] for each in books["Item"]]
        self._made: Counter[str] = Counter()

    def first(self, size: int, *, twins: bool) -> Input:
        """An input of so many records; with `twins` some bills repeat all that another says."""
        streams = list(SHARES)
        self._dice.shuffle(streams)
        made = Input(streams)
        for stream, share in SHARES.items():
            made.records[stream] = [self._record(stream, made) for _ in range(max(1, size * share // 100))]
        bills = made.records["bills"]
        for place, each in enumerate(bills[:TWINS] if twins else ()):
            bills[-1 - place] = {**each, KEY: bills[-1 - place][KEY]}
        for records in made.records.values():
            self._dice.shuffle(records)
        return made

    def second(self, first: Input, *, drops_lines: bool) -> Input:
        """The same with changes, deletes and new records; with `drops_lines` some documents have fewer lines."""
        made = Input(first.order)
        for stream in SHARES:
            made.records[stream] = [self._later(stream, each, first, drops_lines) for each in first.records[stream]]
        for stream in SHARES:
            new = int(len(first.records[stream]) * NEW_SHARE)
            made.records[stream] += [self._record(stream, made) for _ in range(new)]
        return made

    def _record(self, stream: str, others: Input) -> Row:
        self._made[stream] += 1
        number = self._made[stream]
        record: Row = {KEY: f"{stream} {number}"}
        if stream in LINES:
            party, stream_of_it = ("vendorName", "vendors") if stream == "bills" else ("customerName", "customers")
            lines = [self._line(stream) for _ in range(self._dice.randint(1, LINES_MAX))]
            parties = [each for each in others.records[stream_of_it] if DELETED not in each]
            return (
                record
                | self._files(stream, number)
                | {
                    party: self._spelled(self._dice.choice(parties)["name"]),
                    "invoiceNumber": self._near(f"{stream[0].upper()}-{number:05}", number),
                    "invoiceDate": f"2026-0{self._dice.randint(1, 9)}-15",
                    "dueDate": "2026-12-31",
                    "description": self._text(),
                    "poNumber": f"PO {self._dice.randint(1, 99)}",
                    LINES[stream]: lines,
                }
            )
        city = "addressCity" if stream == "vendors" else "billAddressCity"
        kind = "Lieferant" if stream == "vendors" else "Customer"
        name = f"{kind} {number} & Söhne"
        return record | {
            "name": name,
            "email": f"{stream}{number}@example.com",
            city: self._dice.choice(("Köln", "Oslo", "San José")),
            "description": self._text(),
        }

    def _files(self, stream: str, number: int) -> Row:
        """Files that every few bills name; only of bills BILL is known to list the documents."""
        if stream != "bills" or number % FILES_EVERY:
            return {}
        return {NAMED_FILES: "; ".join(f"scan {number}-{page}.pdf" for page in range(self._dice.randint(1, 2)))}

    def _spelled(self, name: str) -> str:
        """A name as another program may write it: it is the same name."""
        spellings = (str, str.upper, _decomposed, _unbreakable)
        return self._dice.choice(spellings)(name)

    def _near(self, number: str, place: int) -> str:
        """Every few numbers one that is nearly the one before, and is another one."""
        if place % NEAR_EVERY:
            return number
        before = f"{number[:2]}{place - 1:05}"
        return self._dice.choice((before.lower(), before.replace("-", " "), before.replace("-0", "-")))

    def _line(self, stream: str) -> Row:
        if stream == "invoices":
            price = Decimal(self._dice.randint(1, CENTS_MAX)).scaleb(-2)
            made: Row = {"quantity": self._dice.randint(1, 9), "price": price, "description": self._text()}
            return made | ({"itemName": self._dice.choice(self._items)} if self._dice.random() < CHANGED else {})
        return {
            "amount": Decimal(self._dice.randint(-CENTS_MAX // 10, CENTS_MAX)).scaleb(-2),
            "chartOfAccountName": self._dice.choice(self._accounts),
            "description": self._text(),
        }

    def _text(self) -> str:
        return self._dice.choice(("Paper", "Toner, black", 'Cable 3"', "Wartung & Pflege", "Freight"))

    def _later(self, stream: str, record: Row, first: Input, drops_lines: bool) -> Row:
        if self._dice.random() < DELETED_SHARE and (stream in LINES or not _is_named(record["name"], first)):
            return {**record, DELETED: "2026-11-01T00:00:00Z"}
        if self._dice.random() >= CHANGED:
            return record
        later = {**record, "description": f"{record['description']}, corrected"}
        if stream not in LINES:
            return later
        lines = [dict(each) for each in record[LINES[stream]]]
        changed = self._dice.choice(lines)
        changed |= {name: self._line(stream)[name] for name in ("amount", "price") if name in changed}
        if drops_lines and len(lines) > 1:
            lines.pop(self._dice.randrange(len(lines)))
        else:
            lines.append(self._line(stream))
        return later | {LINES[stream]: lines}


def _is_named(name: str, made: Input) -> bool:
    records = [*made.records["bills"], *made.records["invoices"]]
    named = (folded(each.get("vendorName") or each["customerName"]) for each in records)
    return folded(name) in named


def _decomposed(name: str) -> str:
    return unicodedata.normalize("NFD", name)


def _unbreakable(name: str) -> str:
    return name.replace(" ", "\u00a0", 1) + "\u200b"


# --- the target -------------------------------------------------------------------------------------------------


class Target:
    """The command `target-bill`.

    Args:
        folder: For its files.
        settings: Of the target.
        command: What to run in its place.
    """

    def __init__(
        self, folder: Path, settings: Mapping[str, Any], command: Sequence[str] = ("-m", "target_bill")
    ) -> None:
        self.folder = folder
        self.ledger = folder / "ledger.sqlite3"
        self.config = folder / "target.json"
        self._command = command
        self._last_began = 0
        files = {"ledger": str(self.ledger), "report_dir": str(folder / "reports")}
        self.config.write_bytes(encode({**settings, **files}))

    @property
    def command(self) -> list[str]:
        """What to run."""
        return [sys.executable, *self._command, "--config", str(self.config)]

    @property
    def log(self) -> Path:
        """What all runs have said."""
        return self.folder / "target.log"

    def start(self, made: Path, *more: str) -> subprocess.Popen[bytes]:
        """Begin to load a file of messages, or to do what more arguments say."""
        self._last_began = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log, made.open("rb") as lines:
            return subprocess.Popen([*self.command, *more], stdin=lines, stdout=subprocess.DEVNULL, stderr=log)

    def last_log(self) -> str:
        """The log of the last run."""
        return self.log.read_bytes()[self._last_began :].decode()

    def load(self, made: Path, *more: str) -> int:
        """Load a file to its end, or do what more arguments say; how it ended."""
        with self.start(made, *more) as process:
            return process.wait(PATIENCE_S)

    def ledger_rows(self) -> tuple[list[tuple[str, str, str]], int]:
        """What the ledger says: stream, key and BILL id of each record; and how many calls have no outcome."""
        with contextlib.closing(sqlite3.connect(self.ledger)) as db:
            rows = db.execute(
                "SELECT stream, source_key, bill_id FROM settled WHERE stream <> ?", (NAMED_FILES,)
            ).fetchall()
            return rows, int(db.execute("SELECT count(*) FROM intents").fetchone()[0])


# --- against the books ------------------------------------------------------------------------------------------


def books_of(control: RemoteControl) -> Books:
    """Every object that an input makes or names, deleted ones too."""
    names = {*ENTITIES.values(), *(entity for _, entity in REFERENCES.values())}
    return {name: control.books(defaults.ORGANIZATION_ID, name) for name in sorted(names)}


def wrong(made: Input, books: Books) -> Iterator[str]:
    """Whatever the books do not hold exactly as the input says."""
    ids = {
        (entity, folded(each["name"])): each["id"]
        for _, entity in REFERENCES.values()
        for each in sorted(books[entity], key=lambda row: row.get("isActive") == ACTIVE)
    }
    for stream, entity in ENTITIES.items():
        wanted: dict[str, list[Row]] = defaultdict(list)
        stored: dict[str, list[Row]] = defaultdict(list)
        for record in made.records[stream]:
            wanted[_number(stream, record)].append(_wanted(record, ids))
        for row in books[entity]:
            stored[_number(stream, row)].append(row)
        for number in sorted(wanted.keys() | stored.keys()):
            yield from (f"{entity} {number}: {each}" for each in _wrong(stream, wanted[number], stored[number]))


def wrong_files(made: Sequence[Input], books: Books, attached: Sequence[Row]) -> Iterator[str]:
    """Files of bills that are not those that the inputs so far name; bills of one number have their own each."""
    numbers = {row["id"]: row["invoiceNumber"] for row in books["Bill"]}
    wanted = {
        (record[KEY], record["invoiceNumber"], name)
        for each in made
        for record in each.records["bills"]
        for name in record.get(NAMED_FILES, "").split("; ")
        if name
    }
    named = Counter((number, name) for _, number, name in wanted)
    there = Counter((numbers.get(each["objectId"], "no bill"), each["fileName"]) for each in attached)
    for each in sorted(named.keys() | there.keys()):
        if named[each] != there[each]:
            yield f"attachments: {each} is there {there[each]} times, and should be {named[each]} times"
    twice = Counter((each["objectId"], each["sha256"]) for each in attached)
    yield from (f"attachments: {each} is there {times} times" for each, times in twice.items() if times > 1)


def _number(stream: str, row: Row) -> str:
    """What a record or an object is called: BILL may keep a name in another form, and no number."""
    number = str(row[NUMBER[stream]])
    return folded(number) if NUMBER[stream] == "name" else number


def _wanted(record: Row, ids: Mapping[tuple[str, str], str]) -> Row:
    """What BILL should say of a record: names become ids, in lines too."""
    found: Row = {"isActive": INACTIVE if DELETED in record else ACTIVE}
    for name, value in record.items():
        if name in REFERENCES:
            id_field, entity = REFERENCES[name]
            found[id_field] = ids.get((entity, folded(value)), f"no {entity} {value!r}")
        elif isinstance(value, list):
            found[name] = [{**_wanted(each, ids)} for each in value]
            for each in found[name]:
                del each["isActive"]
        elif name != NAMED_FILES and not name.startswith("_"):
            found[name] = value
    return found


def _wrong(stream: str, wanted: Sequence[Row], stored: Sequence[Row]) -> Iterator[str]:
    """Of the objects with one number."""
    if len(stored) != len(wanted):
        yield f"is there {len(stored)} times, and should be {len(wanted)} times"
        return
    free = list(stored)
    for each in wanted:
        match = min(free, key=lambda row: len(list(_differing(stream, each, row))))
        free.remove(match)
        yield from (f"{match['id']}: {text}" for text in _differing(stream, each, match))


def _differing(stream: str, wanted: Row, stored: Row) -> Iterator[str]:
    array = LINES.get(stream)
    for name, value in wanted.items():
        if name != array and stored.get(name) != value and not _is_same_name(name, stored.get(name), value):
            yield f"{name} is {stored.get(name)!r}, and should be {value!r}"
    if array is None:
        return
    names = sorted({name for line in wanted[array] for name in line})
    mine = Counter(tuple(_plain(line.get(name)) for name in names) for line in wanted[array])
    kept = Counter(tuple(_plain(line.get(name)) for name in names) for line in stored[array])
    if mine != kept:
        yield f"{array} are {list(kept.elements())}, and should be {list(mine.elements())}"
    money = sum((_money(line) for line in wanted[array]), Decimal(0))
    if stored["amount"] != money:
        yield f"amount is {stored['amount']}, and should be {money}"


def _is_same_name(field: str, stored: Any, wanted: Any) -> bool:
    return field in {"name", "email"} and folded(str(stored)) == folded(str(wanted))


def _plain(value: Any) -> Any:
    """A value for comparing: numbers by their worth, an id that stands for none as none."""
    return None if value in (None, "", "0" * 20) else value


def _money(line: Row) -> Decimal:
    return Decimal(line["amount"]) if "amount" in line else Decimal(line["price"]) * line["quantity"]


def key_of(stream: str, value: str) -> str:
    """What the ledger knows a record by."""
    return encode(["", stream, [KEY], [value]]).decode()


def wrong_ledger(made: Input, books: Books, rows: Sequence[tuple[str, str, str]], open_calls: int) -> Iterator[str]:
    """Whatever the ledger says otherwise than the books."""
    if open_calls:
        yield f"the ledger has {open_calls} calls without an outcome"
    stored = {row["id"]: row for entity in ENTITIES.values() for row in books[entity]}
    numbers = {
        (stream, key_of(stream, record[KEY])): _number(stream, record)
        for stream in ENTITIES
        for record in made.records[stream]
    }
    known = Counter(bill_id for _, _, bill_id in rows)
    yield from (f"the ledger has {each} for {times} records" for each, times in known.items() if times > 1)
    settled = {(stream, key): bill_id for stream, key, bill_id in rows}
    for each in sorted(settled.keys() ^ numbers.keys()):
        yield f"ledger: {each} is {'in no input' if each in settled else 'not settled'}"
    for each in sorted(settled.keys() & numbers.keys()):
        stream, bill_id = each[0], settled[each]
        row = stored.get(bill_id)
        number = _number(stream, row) if row and row["entity"] == ENTITIES[stream] else None
        if number != numbers[each]:
            yield f"ledger: {each} is {bill_id}, which is {number!r} and should be {numbers[each]!r}"
