"""Two processes hammer one local BILL with reads, bulk writes and faults; then its books are held against their logs.

Run by `make hammer`; exits with 1 when anything is off. The faults, the mutator and what is sent come from the seed;
which call meets which fault is a matter of timing, as it is in life. It speaks plain HTTP, never through our client.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import requests

from bill_simulator import RemoteControl, defaults
from bill_simulator.behaviour.faults import every_kind
from bill_simulator.encoding import encode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Row = dict[str, Any]
Books = dict[str, list[Row]]

PROCESSES, THREADS = 2, 2
"""Four callers, where BILL takes three calls at once: some of them meet BDC_1322 without any fault."""

SIMULATOR = (
    *("--vendors", "20", "--customers", "15", "--bills", "150", "--invoices", "100"),
    *("--latency-ms", "2", "--write-latency-ms", "3"),
    *("--limit-requests-per-hour", "100000000", "--limit-logins-per-hour", "100000000"),
    *("--switch", "duplicates_of_inactive=count"),
)
"""A deleted object blocks its number too: what is sent twice after a lost answer, another may have deleted by then."""

KEPT_ALL_THE_SAME = "BDC_4711"
"""The code of a refusal behind which a change is kept: to a caller it says nothing of the work."""

CHANCE = 0.01
"""Of a fault that has none of its own: of each call."""

FAULTS = every_kind(
    {
        "drop_after": ({"chance": 0.02},),
        "expire_session": ({"chance": 0.005},),
        "error": (
            {"code": "BDC_1322"},
            {"chance": 0.005, "code": "BDC_1144"},
            {"code": "BDC_1001"},
        ),
        "error_after": ({"code": KEPT_ALL_THE_SAME},),
        "late": ({"delay_ms": 40}, {"chance": 0.002}),
        "stall": ({"chance": 0.005, "delay_ms": 80}, {"chance": 0.002}),
    },
    without={
        "drip": "a caller reads an answer to its end, which for a page of whole objects takes hours",
        "reordered": "a caller knows the elements of a bulk answer by their place",
    },
)
SURE_FROM, SURE_EVERY, BURST = 10, 4, 5
"""Each also strikes once for sure, in a short run too: one after the other, and the errors in a burst of calls."""

MUTATOR = {"rate_per_s": 20, "entities": ["Vendor", "Customer"]}
GIVES_UP_S = 0.5
BACKS_OFF_S = 0.02
RESENDS = 0.4
SETTLES_WITHIN_S = 20.0
TOLD_MAX = 30
POOL_MAX = 300
PAGE_ROWS = 60
LINES = {"Bill": "billLineItems", "Invoice": "invoiceLineItems"}
PARTY = {"Bill": ("vendorId", "Vendor"), "Invoice": ("customerId", "Customer")}
DAYS = {"invoiceDate": "2026-03-01", "dueDate": "2026-03-31"}
DUPLICATE, EXPIRED, BUSY = "BDC_1171", "BDC_1109", "BDC_1322"


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """What one call did, or may have done, to one object.

    Attributes:
        entity: Bill or Invoice.
        number: For a create, its invoiceNumber, which no other object gets.
        party: For a create, its vendor or customer.
        id: The object; for a create known only when it was acknowledged.
        cents: The amounts of its lines, where it sets them.
        active: Its isActive, where it sets that.
        outcome: `ok`, `refused` (nothing happened) or `unknown`.
        code: `OK`, BILL's code, or what came in place of an answer.
        began: When it was sent, by a clock that all processes share.
        ended: When it was answered.
    """

    entity: str
    number: str | None = None
    party: str | None = None
    id: str | None = None
    cents: tuple[int, ...] | None = None
    active: str | None = None
    outcome: str = "unknown"
    code: str = "OK"
    began: float = 0.0
    ended: float = 0.0

    @property
    def over(self) -> float:
        """After which instant it can change nothing any more: a call without an answer may be served at any time."""
        return math.inf if self.outcome == "unknown" else self.ended


@dataclass(slots=True)
class Log:
    """What one caller did, and what it saw that cannot be.

    Attributes:
        calls: How many calls ended how, logins and reads included.
        writes: Every object in every call that writes.
        wrong: Answers that contradict themselves.
    """

    calls: Counter[str] = field(default_factory=Counter)
    writes: list[Write] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def saved(self) -> Row:
        """What goes into a file."""
        return {"calls": self.calls, "writes": [asdict(each) for each in self.writes], "wrong": self.wrong}

    @classmethod
    def read(cls, saved: Row) -> Log:
        """What came out of one."""
        writes = [Write(**{**each, "cents": each["cents"] and tuple(each["cents"])}) for each in saved["writes"]]
        return cls(Counter(saved["calls"]), writes, saved["wrong"])


# --- a caller ---------------------------------------------------------------------------------------------------


class Answer:
    """What came back: `ok` with data, `refused` with a code, or `unknown`."""

    def __init__(self, outcome: str, code: str, data: Any = None) -> None:
        self.outcome, self.code, self.data = outcome, code, data

    @classmethod
    def of(cls, response: requests.Response) -> Answer:
        """An HTTP answer, read as a careful client would: half a JSON document says nothing about the work."""
        if response.status_code == requests.codes.bad_gateway:
            return cls("refused", "html_502")
        try:
            envelope = json.loads(response.text, parse_float=Decimal)
        except ValueError:
            return cls("unknown", "cut_json")
        data = envelope["response_data"]
        if envelope["response_status"] == 0:
            return cls("ok", "OK", data)
        code = data["error_code"]
        return cls("unknown" if code == KEPT_ALL_THE_SAME else "refused", code)


class Caller:
    """One thread: signed in, with a choice of things to do.

    Args:
        api_url: Of the simulator.
        name: Tells its objects from those of the others.
        seed: Of its choices.
    """

    def __init__(self, api_url: str, name: str, seed: int) -> None:
        self.log = Log()
        self._url = api_url
        self._name = name
        self._random = Random(f"{seed}:{name}")  # noqa: S311  repeatable, not secret
        self._http = requests.Session()
        self._http.trust_env = False
        self._session_id = ""
        self._made = 0
        self._parties: dict[str, list[str]] = {}
        self._known: dict[str, list[str]] = {"Bill": [], "Invoice": []}

    def work(self, until: float) -> Log:
        """Call until this instant."""
        for _, party in PARTY.values():
            while not self._parties.get(party) and time.monotonic() < until:
                self._parties[party] = [each["id"] for each in self._call(f"/List/{party}.json", {}).data or ()]
        actions = (self._list, self._read, self._create, self._bulk_create, self._change, self._bulk_change)
        while time.monotonic() < until:
            (act,) = self._random.choices(actions, (6, 3, 4, 3, 3, 3))
            act(self._random.choice(("Bill", "Invoice")))
        self._http.close()
        return self.log

    def _call(self, path: str, data: Any) -> Answer:
        """One call with a session; a new one for the next call when it was over."""
        if not self._session_id and not self._sign_in():
            return Answer("refused", "not_sent")
        form = {"devKey": defaults.DEVELOPER_KEY, "sessionId": self._session_id, "data": encode(data).decode()}
        answer = self._post(path, form)
        if answer.code == EXPIRED:
            self._session_id = ""
        elif answer.code == BUSY:
            time.sleep(self._random.uniform(0, BACKS_OFF_S))
        return answer

    def _sign_in(self) -> bool:
        user = {"userName": defaults.USERNAME, "password": defaults.PASSWORD}
        answer = self._post(
            "/Login.json", {**user, "orgId": defaults.ORGANIZATION_ID, "devKey": defaults.DEVELOPER_KEY}
        )
        self._session_id = answer.data["sessionId"] if answer.data else ""
        return bool(self._session_id)

    def _post(self, path: str, form: Mapping[str, str]) -> Answer:
        try:
            answer = Answer.of(self._http.post(f"{self._url}{path}", data=form, timeout=GIVES_UP_S))
        except requests.ConnectTimeout:
            return Answer("refused", "not_sent")
        except requests.Timeout:
            answer = Answer("unknown", "timeout")
        except requests.RequestException:
            answer = Answer("unknown", "dropped")
        self.log.calls[answer.outcome if answer.outcome != "refused" else answer.code] += 1
        return answer

    def _list(self, entity: str) -> None:
        """A page of whole objects, while others write: each must add up, and none come twice."""
        query = {"start": self._random.randrange(PAGE_ROWS * 5), "max": PAGE_ROWS, "nested": True}
        sort = {"sort": [{"field": "updatedTime", "asc": self._random.choice((True, False))}]}
        rows = self._call(f"/List/{entity}.json", {**query, **sort}).data or []
        self.log.wrong += wrong_sums(entity, rows)
        if len({each["id"] for each in rows}) < len(rows):
            self.log.wrong.append(f"{entity}: a page has an object twice")
        self._meet(entity, [each["id"] for each in rows])

    def _read(self, entity: str) -> None:
        if not self._known[entity]:
            return
        object_id = self._random.choice(self._known[entity])
        answer = self._call(f"/Crud/Read/{entity}.json", {"id": object_id})
        if answer.data:
            self.log.wrong += wrong_sums(entity, [answer.data])
        elif answer.code == "BDC_1120":
            self.log.wrong.append(f"{entity} {object_id}: was there, and is not found")

    def _create(self, entity: str) -> None:
        """One object; without an answer it is now and then sent again, as it must not be by a careful client."""
        sent = self._new(entity)
        while self._write(f"/Crud/Create/{entity}.json", [sent]) == "unknown" and self._random.random() < RESENDS:
            pass

    def _bulk_create(self, entity: str) -> None:
        sent = [self._new(entity) for _ in range(self._random.randint(2, 20))]
        while self._write(f"/Bulk/Crud/Create/{entity}.json", sent) == "unknown" and self._random.random() < RESENDS:
            pass

    def _change(self, entity: str) -> None:
        """Other lines, a delete or an undelete of one object, perhaps of another caller's."""
        for object_id in self._some(entity, 1):
            verb = self._random.choice(("Update", "Update", "Delete", "Undelete"))
            active = {"Delete": "2", "Undelete": "1"}.get(verb)
            write = Write(entity=entity, id=object_id, cents=None if active else self._cents(), active=active)
            self._write(f"/Crud/{verb}/{entity}.json", [write])

    def _bulk_change(self, entity: str) -> None:
        """Other lines, or isActive, of many objects: bills are archived and restored so (seen in a client)."""
        writes = []
        for object_id in self._some(entity, self._random.randint(2, 15)):
            active = self._random.choice((None, None, "1", "2"))
            writes.append(Write(entity=entity, id=object_id, cents=None if active else self._cents(), active=active))
        if writes:
            self._write(f"/Bulk/Crud/Update/{entity}.json", writes)

    def _write(self, path: str, writes: Sequence[Write]) -> str:
        """Send, and log what is known of each object; the outcome of the call."""
        elements = [self._element(path, each) for each in writes]
        began = time.monotonic()
        answer = self._call(path, {"bulk": elements} if path.startswith("/Bulk") else elements[0])
        ended = time.monotonic()
        single = {"response_status": 0, "response_data": answer.data}
        results = answer.data["bulk"] if answer.data and "bulk" in answer.data else [single] * len(writes)
        if len(results) != len(writes):
            self.log.wrong.append(f"{path}: {len(results)} results for {len(writes)} objects")
        for write, result in zip(writes, results, strict=False):
            known: dict[str, Any] = {"outcome": answer.outcome, "code": answer.code}
            if answer.outcome == "ok" and result["response_status"] == 0:
                known["id"] = result["response_data"]["id"]
                self._check_stored(write, result["response_data"])
            elif answer.outcome == "ok":
                known = {"outcome": "refused", "code": result["response_data"]["error_code"]}
            self.log.writes.append(Write(**{**asdict(write), **known, "began": began, "ended": ended}))
        return answer.outcome

    def _element(self, path: str, write: Write) -> Row:
        """A write as BILL wants it."""
        if "/Delete/" in path or "/Undelete/" in path:
            return {"id": write.id}
        sent: Row = {"entity": write.entity}
        if write.number:
            sent |= {"invoiceNumber": write.number, **DAYS, PARTY[write.entity][0]: write.party}
        else:
            sent["id"] = write.id
        if write.active:
            sent["isActive"] = write.active
        if write.cents is not None:
            sent[LINES[write.entity]] = [line_of(write.entity, cents) for cents in write.cents]
        return {"obj": sent}

    def _check_stored(self, write: Write, stored: Row) -> None:
        self._meet(write.entity, [stored["id"]])
        self.log.wrong += wrong_sums(write.entity, [stored])
        if write.cents is not None and cents_of(write.entity, stored) != write.cents:
            self.log.wrong.append(f"{write.entity} {stored['id']}: acknowledged with other lines than were sent")

    def _new(self, entity: str) -> Write:
        self._made += 1
        return Write(
            entity=entity,
            number=f"{self._name}-{self._made}",
            party=self._random.choice(self._parties[PARTY[entity][1]]),
            cents=self._cents(),
            active="1",
        )

    def _cents(self) -> tuple[int, ...]:
        return tuple(self._random.randint(1, 10**7) for _ in range(self._random.randint(1, 4)))

    def _some(self, entity: str, size: int) -> list[str]:
        known = self._known[entity]
        return self._random.sample(known, min(size, len(known)))

    def _meet(self, entity: str, ids: Sequence[str]) -> None:
        known = list(dict.fromkeys([*self._known[entity], *ids]))
        self._known[entity] = known[-POOL_MAX:]


def line_of(entity: str, cents: int) -> Row:
    """A line item to send; the price of an invoice's line is multiplied by BILL."""
    amount = Decimal(cents).scaleb(-2)
    return {"amount": amount} if entity == "Bill" else {"quantity": 1, "price": amount}


def call_and_log(url: str, name: str, seed: int, seconds: float) -> list[Log]:
    """The work of one process."""
    callers = [Caller(f"{url}/api/v2", f"{name}{thread}", seed) for thread in range(THREADS)]
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda each: each.work(until), callers))


# --- the checks -------------------------------------------------------------------------------------------------


def cents_of(entity: str, row: Row) -> tuple[int, ...]:
    """The amounts of an object's lines."""
    return tuple(int(line["amount"] * 100) for line in row[LINES[entity]])


def wrong_sums(entity: str, rows: Sequence[Row]) -> Iterator[str]:
    """Objects whose amount is not the sum of their lines."""
    for row in rows:
        lines = row[LINES[entity]]
        if row["amount"] != sum(line["amount"] for line in lines) or not lines:
            yield f"{entity} {row['id']}: amount {row['amount']} is not the sum of its lines"


def wrong_ids(books: Books) -> Iterator[str]:
    """Ids, of objects and of lines, that are there twice."""
    ids = Counter(each["id"] for rows in books.values() for each in rows)
    ids.update(line["id"] for entity, name in LINES.items() for row in books[entity] for line in row[name])
    yield from (f"id {each} is there {times} times" for each, times in ids.items() if times > 1)


def wrong_objects(before: Books, after: Books, writes: Sequence[Write]) -> Iterator[str]:
    """Objects that were lost, doubled, or never sent."""
    creates: dict[tuple[str, str], list[Write]] = defaultdict(list)
    for each in writes:
        if each.number:
            creates[each.entity, each.number].append(each)
    old = {each["id"] for rows in before.values() for each in rows}
    there: dict[tuple[str, str], list[str]] = defaultdict(list)
    for entity in LINES:
        yield from (f"{entity} {each} is lost" for each in ids_of(before[entity]) - ids_of(after[entity]))
        for row in after[entity]:
            if row["id"] not in old:
                there[entity, row["invoiceNumber"]].append(row["id"])
    yield from (f"{entity} {number} was never sent" for entity, number in there.keys() - creates.keys())
    for (entity, number), attempts in creates.items():
        found = there.get((entity, number), [])
        told = {each.id for each in attempts if each.outcome == "ok"}
        least = 1 if told or any(each.code == DUPLICATE for each in attempts) else 0
        most = 1 if least or any(each.outcome == "unknown" for each in attempts) else 0
        if not least <= len(found) <= most:
            outcomes = [f"{each.outcome} {each.code}" for each in attempts]
            yield f"{entity} {number} is there {len(found)} times after {outcomes}"
        elif not told <= set(found):
            yield f"{entity} {number} was acknowledged as {told} and is {found}"


def wrong_contents(before: Books, after: Books, writes: Sequence[Write]) -> Iterator[str]:
    """Objects whose lines or isActive are none that the last writes can have left."""
    changes: dict[str, list[Write]] = defaultdict(list)
    first: dict[str, tuple[tuple[int, ...] | None, str | None]] = {
        row["id"]: (cents_of(entity, row), row["isActive"]) for entity in LINES for row in before[entity]
    }
    sent = {(each.entity, each.number): each for each in writes if each.number}
    for each in writes:
        if each.id and not each.number:
            changes[each.id].append(each)
    for entity in LINES:
        for row in after[entity]:
            made = sent.get((entity, row["invoiceNumber"]), Write(entity=entity))
            cents, active = first.get(row["id"], (made.cents, made.active))
            mine = changes[row["id"]]
            if cents_of(entity, row) not in may_be_last(cents, [(each, each.cents) for each in mine]):
                yield f"{entity} {row['id']}: its lines are not those of the last write"
            if row["isActive"] not in may_be_last(active, [(each, each.active) for each in mine]):
                yield f"{entity} {row['id']}: isActive is not that of the last write"


def may_be_last(first: Any, writes: Sequence[tuple[Write, Any]]) -> set[Any]:
    """The values that may be left: none that an acknowledged write, begun when it was over, has replaced."""
    setting = [(each, value) for each, value in writes if value is not None and each.outcome != "refused"]
    surely = [each.began for each, _ in setting if each.outcome == "ok"]
    latest = max(surely, default=-math.inf)
    return {value for each, value in setting if each.over >= latest} | (set() if surely else {first})


def wrong_record(before: Books, after: Books, changes: Sequence[Row]) -> Iterator[str]:
    """Vendors and customers that are not what the mutator's record makes of them."""
    last = {each["id"]: each["time"] for each in changes}
    for _, entity in PARTY.values():
        mine = [each for each in changes if each["entity"] == entity]
        created = {each["id"] for each in mine if each["change"] == "created"}
        if ids_of(after[entity]) != ids_of(before[entity]) | created:
            yield f"{entity}: there are other objects than the mutator's record says"
        active = {each["id"]: each["isActive"] for each in before[entity]}
        turns = {"created": "1", "deleted": "2", "undeleted": "1"}
        active |= {each["id"]: turns[each["change"]] for each in mine if each["change"] in turns}
        old = {each["id"]: each for each in before[entity]}
        for row in after[entity]:
            if row["isActive"] != active.get(row["id"]):
                yield f"{entity} {row['id']}: isActive is not what the mutator's record says"
            unchanged = row == old.get(row["id"]) if row["id"] not in last else row["updatedTime"] == last[row["id"]]
            if not unchanged:
                yield f"{entity} {row['id']}: was changed beside the mutator's record"


def wrong_counts(after: Books, totals: Mapping[str, Row], calls: int, served: int) -> Iterator[str]:
    """Counts that differ: of the books, of the control plane, of the callers, of the request log."""
    if calls != served:
        yield f"{calls} calls were sent, the request log has {served}"
    for entity, rows in after.items():
        if totals[entity]["count"] != len(rows):
            yield f"{entity}: {len(rows)} objects, counted {totals[entity]['count']}"
    for entity in LINES:
        amount = sum(each["amount"] for each in after[entity])
        if totals[entity]["amount"] != amount:
            yield f"{entity}: amounts sum up to {amount}, counted {totals[entity]['amount']}"


def ids_of(rows: Sequence[Row]) -> set[str]:
    """The ids of objects."""
    return {each["id"] for each in rows}


# --- the run ----------------------------------------------------------------------------------------------------


@contextmanager
def simulator() -> Iterator[str]:
    """The URL of a simulator in a process of its own, which goes when this one does."""
    command = [sys.executable, "-m", "bill_simulator", *SIMULATOR, "--parent-pid", str(os.getpid())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield str(json.loads(process.stdout.readline() if process.stdout else "")["url"])
        finally:
            process.terminate()


def script_faults(control: RemoteControl, seed: int) -> None:
    """Each kind at random, and each once for sure."""
    for place, each in enumerate(FAULTS):
        times = BURST if each["kind"] == "error" else 1
        control.fault(**{**each, "chance": 1, "nth": SURE_FROM + SURE_EVERY * place, "count": times})
    for place, each in enumerate(FAULTS):
        control.fault(**{"chance": CHANCE, **each}, count=0, seed=seed * len(FAULTS) + place)


def books_of(control: RemoteControl) -> Books:
    """Every object that somebody writes here."""
    names = [*LINES, *(party for _, party in PARTY.values())]
    return {name: control.books(defaults.ORGANIZATION_ID, name) for name in names}


def hammered(url: str, seed: int, seconds: float) -> list[Log]:
    """What the two processes did."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{name}.json" for name in "AB"[:PROCESSES]]
        commands = [
            [sys.executable, __file__, "--seconds", str(seconds), "--seed", str(seed), "--url", url, "--log", str(file)]
            for file in files
        ]
        processes = [subprocess.Popen(each) for each in commands]
        try:
            ended = [each.wait(seconds + SETTLES_WITHIN_S) for each in processes]
        finally:
            for each in processes:
                each.kill()
                each.wait()
        if any(ended):
            message = f"a caller failed: {ended}"
            raise RuntimeError(message)
        return [Log.read(each) for file in files for each in json.loads(file.read_text())]


def settled(control: RemoteControl, calls: int) -> int:
    """The calls in the request log, once there are as many as were sent: late ones end after their caller has gone."""
    give_up_at = time.monotonic() + SETTLES_WITHIN_S
    while (served := int(control.summary()["calls"])) < calls and time.monotonic() < give_up_at:
        time.sleep(0.01)
    return served


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run found.

    Attributes:
        told: A short account, line by line.
        wrong: Everything that is off.
    """

    told: list[str]
    wrong: list[str]


def run(seconds: float, seed: int) -> Outcome:
    """Hammer, then hold the books against the logs."""
    with simulator() as url:
        control = RemoteControl(url)
        before = books_of(control)
        script_faults(control, seed)
        control.mutate(**MUTATOR, seed=seed)
        logs = hammered(url, seed, seconds)
        mutator = control.stop_mutating()
        calls: Counter[str] = sum((each.calls for each in logs), Counter())
        served = settled(control, calls.total())
        faults, changes = control.faults(), control.changes()
        after, totals = books_of(control), control.totals(defaults.ORGANIZATION_ID)
    writes = [write for each in logs for write in each.writes]
    return Outcome(
        told=account(calls, faults, writes, after, mutator),
        wrong=[
            *(text for each in logs for text in each.wrong),
            *(text for entity in LINES for text in wrong_sums(entity, after[entity])),
            *wrong_ids(after),
            *wrong_objects(before, after, writes),
            *wrong_contents(before, after, writes),
            *wrong_record(before, after, changes),
            *wrong_counts(after, totals, calls.total(), served),
            *(f"the fault {each['kind']} never struck" for each in faults if each["chance"] == 1 and not each["fired"]),
        ],
    )


def account(
    calls: Counter[str], faults: Sequence[Row], writes: Sequence[Write], after: Books, mutator: Row
) -> list[str]:
    """What happened, in a few lines."""
    struck: Counter[str] = Counter()
    for each in faults:
        struck[each["kind"] if each["kind"] != "error" else each["code"]] += each["fired"]
    created = Counter(each.outcome for each in writes if each.number)
    changed = Counter(each.outcome for each in writes if not each.number)
    return [
        f"calls    {calls.total():>7,}: {counts(calls)}",
        f"faults   {struck.total():>7,}: {counts(struck)}",
        f"creates  {created.total():>7,}: {counts(created)}",
        f"changes  {changed.total():>7,}: {counts(changed)}",
        f"mutator  {mutator['changed']:>7,}: {counts(Counter(mutator['changes']))}, refused {mutator['refused']}",
        f"objects  {sum(map(len, after.values())):>7,}: {counts(Counter({each: len(after[each]) for each in after}))}",
    ]


def counts(counter: Counter[str]) -> str:
    """Each with its number, the most frequent first."""
    return ", ".join(f"{name} {times:,}" for name, times in counter.most_common())


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--log", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.url:
        logs = call_and_log(options.url, options.log.stem, options.seed, options.seconds)
        options.log.write_text(json.dumps([each.saved() for each in logs]))
        return 0
    outcome = run(options.seconds, options.seed)
    print(f"{options.seconds:g} s, seed {options.seed}, {PROCESSES} processes of {THREADS} callers")
    print(*outcome.told, sep="\n")
    print(*outcome.wrong[:TOLD_MAX], f"{len(outcome.wrong)} things are off", sep="\n")
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
