"""Mutator of the books: updates, creates and deletes rows at a rate while others read, and writes down each change.

It acts through the rules of `crud`, as a user of the web app would, on the server's one event loop: every go is done
whole between two awaits. What it picks and what it writes comes from its seed alone; when, from real time.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import isfinite
from random import Random
from time import monotonic
from typing import TYPE_CHECKING, Any

from bill_api.entities import BY_NAME
from bill_api.table.entity import ZERO_ID, Operation
from bill_api.table.fields import FieldType
from bill_simulator.behaviour.faults import is_whole
from bill_simulator.behaviour.given import as_given, check_details
from bill_simulator.behaviour.refusals import ErrorAnswer
from bill_simulator.encoding import encode
from bill_simulator.rules import crud
from bill_simulator.rules.calls import Context

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field
    from bill_simulator.state.books import Books, EntityTable
    from bill_simulator.state.world import World

log = logging.getLogger("bill_simulator")

JsonObject = dict[str, Any]

TICK_S, BUSY_S = 0.01, 0.01
"""Rest between two bouts of work, and the longest bout: at least half of the time is others'."""

RATE_MAX = 1_000_000
RECORD_MAX = 500_000
TOGETHER_MAX = 10_000
NEEDED = (Operation.UPDATE, Operation.CREATE, Operation.DELETE)
DRAWS_MAX = 5
DUE_WITHIN_DAYS = 45
LINES_MAX = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class MutatorOptions:
    """Kinds and rate of the changes.

    Attributes:
        organization: The id of the organization whose books change.
        rate_per_s: Rows per second of real time.
        seed: Of every choice.
        entities: Tables to change, each as likely.
        update: The share of updates: one text is changed, and line items are replaced.
        create: The share of new rows.
        delete: The share of deletes; one that meets a deleted row undeletes it.
        together: Rows that change in one go, in one way and in the same second, as a bulk call would have it.
        stop_after: Rows after which it stops; None is never.
    """

    organization: str
    rate_per_s: float = 10.0
    seed: int = 1
    entities: Sequence[str] = ("Bill", "Invoice", "Vendor", "Customer")
    update: float = 0.7
    create: float = 0.2
    delete: float = 0.1
    together: int = 1
    stop_after: int | None = None

    def __post_init__(self) -> None:
        shares = self.update, self.create, self.delete
        together = is_whole(self.together, 1) and self.together <= TOGETHER_MAX
        for right, message in (
            (
                is_number(self.rate_per_s) and 0 < self.rate_per_s <= RATE_MAX,
                f"rate_per_s must be above 0, up to {RATE_MAX}",
            ),
            (is_whole(self.seed), "seed must be a whole number"),
            (all(is_number(each) and each >= 0 for each in shares), "update, create and delete must be numbers from 0"),
            (any(shares), "one of update, create and delete must be above 0"),
            (together, f"together must be a whole number from 1 to {TOGETHER_MAX}"),
            (self.stop_after is None or is_whole(self.stop_after, 1), "stop_after must be a whole number from 1"),
            (isinstance(self.entities, list | tuple) and self.entities, "entities must be names of entities"),
        ):
            if not right:
                raise ValueError(message)
        for name in self.entities:
            entity = BY_NAME.get(name) if isinstance(name, str) else None
            if entity is None or not all(entity.offers(each) for each in NEEDED):
                message = f"entities: {as_given(name)} is none that can be updated, created and deleted"
                raise ValueError(message)


class Mutator:
    """At most one run at a time; what the last one did stays readable until the next."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._run: MutatorRun | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self, details: Mapping[str, Any]) -> None:
        """Begin a run, in place of the one before; ValueError says what is wrong with it."""
        organization = details.get("organization") or next(iter(self._world.books))
        given = {**details, "organization": organization}
        check_details(MutatorOptions, given, "the mutator")
        self._world.books_of(organization)
        numbers = {name: float(value) for name, value in given.items() if isinstance(value, Decimal)}
        options = MutatorOptions(**{**given, **numbers})
        self.stop()
        self._run = MutatorRun(options, self._world)
        self._task = asyncio.get_running_loop().create_task(self._run.work())

    def stop(self) -> None:
        """Change nothing more."""
        if self._task:
            self._task.cancel()
            self._task = None
        if self._run:
            self._run.end("stopped")

    def clear(self) -> None:
        """Change nothing more, and forget what was done."""
        self.stop()
        self._run = None

    def described(self) -> dict[str, Any]:
        """The options of the last run, and what it has done."""
        return self._run.described() if self._run else {"running": False, "plan": None}

    def changes(self) -> list[bytes]:
        """Every change of the run, the oldest first, as lines of JSON."""
        return list(self._run.record) if self._run else []


class MutatorRun:
    """One run of the mutator.

    Attributes:
        record: The changes so far, each a line of JSON.
    """

    def __init__(self, options: MutatorOptions, world: World) -> None:
        self.record: list[bytes] = []
        self._options = options
        self._world = world
        self._books: Books = world.books[options.organization]
        self._user_id = next((each.id for each in world.directory.members(options.organization)), ZERO_ID)
        self._random = Random(options.seed)  # noqa: S311  repeatable, not secret
        self._known: dict[str, list[str]] = {}
        self._attempted = 0
        self._changed: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._began = monotonic()
        self._lasted_s: float | None = None
        self._ended: str | None = None

    async def work(self) -> None:
        """Go on until the options say so, `stop` ends it, or the record is full."""
        try:
            while self._left():
                rests_at = monotonic() + BUSY_S
                while self._behind() >= min(self._options.together, self._left()) > 0 and monotonic() < rests_at:
                    self._go()
                await asyncio.sleep(TICK_S)
        except Exception as error:
            log.exception("the mutator failed")
            self.end(f"failed: {error!r}")
        else:
            self.end("stop_after" if len(self.record) < RECORD_MAX else "the record is full")

    def end(self, why: str) -> None:
        """Note why it ended, unless it has already."""
        if self._ended is None:
            self._ended = why
            self._lasted_s = monotonic() - self._began

    def described(self) -> dict[str, Any]:
        """The options, and what has come of them."""
        seconds = self._seconds()
        changed = self._changed.total()
        return {
            "running": self._ended is None,
            "ended": self._ended,
            "plan": asdict(self._options),
            "changed": changed,
            "changes": dict(self._changed),
            "refused": dict(self._refused),
            "behind": max(self._behind(), 0),
            "seconds": round(seconds, 3),
            "achieved_per_s": round(changed / seconds, 3) if seconds else 0.0,
        }

    def _seconds(self) -> float:
        return monotonic() - self._began if self._lasted_s is None else self._lasted_s

    def _behind(self) -> int:
        """Rows that should have changed by now and have not; those that were refused had their turn."""
        return int(self._seconds() * self._options.rate_per_s) - self._attempted

    def _left(self) -> int:
        """Rows that may still change."""
        return min(self._options.stop_after or RECORD_MAX, RECORD_MAX) - len(self.record)

    def _go(self) -> None:
        """Change some rows of one entity in one way."""
        options = self._options
        entity = BY_NAME[self._random.choice(options.entities)]
        table = self._books.table(entity)
        (change,) = self._random.choices(
            (self._update, self._create, self._delete), (options.update, options.create, options.delete)
        )
        context = Context(
            books=self._books,
            switches=self._world.switches,
            limits=self._world.limits,
            user_id=self._user_id,
            now=self._world.instant(),
        )
        rows = min(options.together, self._left())
        ids: Sequence[str] = [""] * rows
        if change != self._create:
            known = self._ids(table)
            ids = self._random.sample(known, min(rows, len(known))) or [""]
        for object_id in ids:
            self._attempted += 1
            try:
                change(context, entity, object_id)
            except ErrorAnswer as refusal:
                self._refused[refusal.code] += 1

    def _create(self, context: Context, entity: Entity, _object_id: str) -> None:
        table = self._books.table(entity)
        known = self._ids(table)
        sent = {each.name: self._value(context, entity, each) for each in entity.fields if each.required}
        row = crud.create(context, entity, {"obj": sent})
        known.append(table.value(row, "id"))
        self._note(context, entity, known[-1], "created", [name for name in sent if name != "entity"])

    def _update(self, context: Context, entity: Entity, object_id: str) -> None:
        """One text and the lines; the mandatory fields go along as they are, because BILL may want them (a switch)."""
        table = self._books.table(entity)
        before = table.object(crud.found(context, entity, {"id": object_id}))
        sent: JsonObject = {each.name: before[each.name] for each in entity.fields if each.required}
        for each in (self._text_of(entity), entity.lines):
            if each:
                sent[each.name] = self._value(context, entity, each)
        row = crud.update(context, entity, {"obj": {**sent, "id": object_id}})
        self._note(context, entity, object_id, "updated", differing(before, table.object(row)))

    def _delete(self, context: Context, entity: Entity, object_id: str) -> None:
        is_active = self._books.table(entity).is_active(crud.found(context, entity, {"id": object_id}))
        rule, change = (crud.delete, "deleted") if is_active else (crud.undelete, "undeleted")
        rule(context, entity, {"id": object_id})
        self._note(context, entity, object_id, change, ["isActive"])

    def _note(self, context: Context, entity: Entity, object_id: str, change: str, names: list[str]) -> None:
        """Write a change down; `updatedTime` moves with each and is not named."""
        entry = {
            "time": context.now,
            "organization": self._options.organization,
            "entity": entity.name,
            "id": object_id,
            "change": change,
            "fields": names,
        }
        self.record.append(encode(entry) + b"\n")
        self._changed[change] += 1

    def _ids(self, table: EntityTable) -> list[str]:
        """The ids of a table, to draw from; looked up anew only when others have created something."""
        known = self._known.get(table.entity.name, [])
        if len(known) != len(table.rows):
            known = self._known[table.entity.name] = list(table.rows)
        return known

    def _text_of(self, entity: Entity) -> Field | None:
        """The text that an update changes."""
        texts = [
            each
            for each in entity.fields
            if each.type is FieldType.STRING and not (each.read_only or each.required or each.sensitive)
            if each.name not in entity.natural_key
        ]
        described = [each for each in texts if each.name == "description"]
        return next(iter(described or texts), None)

    def _value(self, context: Context, entity: Entity, field: Field) -> Any:
        """A value to send for a field; None where nothing fits, and the rules say what they think of it."""
        makers: Mapping[FieldType, Callable[[], Any]] = {
            FieldType.ARRAY: lambda: self._lines(context, entity, field),
            FieldType.ID: lambda: self._reference(field),
            FieldType.DATE: lambda: self._day(context.now),
            FieldType.ENUM: lambda: self._random.choice(list(field.codes) or [None]),
            FieldType.STRING: lambda: self._text(entity, field),
            FieldType.MONEY: self._amount,
            FieldType.DECIMAL: lambda: self._amount() if field.name != "quantity" else self._number(),
            FieldType.INTEGER: self._number,
        }
        return makers.get(field.type, lambda: None)()

    def _amount(self) -> Decimal:
        return Decimal(self._random.randint(100, 100_000)).scaleb(-2)

    def _number(self) -> int:
        return self._random.randint(1, 20)

    def _day(self, now: str) -> str:
        return (date.fromisoformat(now[:10]) + timedelta(days=self._random.randint(0, DUE_WITHIN_DAYS))).isoformat()

    def _text(self, entity: Entity, field: Field) -> str:
        """A text that ends in the number of rows and in chance, so that it differs from others."""
        if field.name == "entity":
            return entity.name
        text = f"Mutated {len(self._books.table(entity).rows)}-{self._random.randrange(10_000):04d}"
        return text[-(field.max_length or len(text)) :]

    def _lines(self, context: Context, entity: Entity, array: Field) -> list[JsonObject]:
        """One to three line items: what each must have, and what its amount comes from."""
        priced = {"quantity", "price"}
        if not priced <= {each.name for each in array.item_fields}:
            priced = {"amount"}
        wanted = [each for each in array.item_fields if each.required or each.name in priced]
        return [
            {**{each.name: self._value(context, entity, each) for each in wanted}, "entity": array.item_entity}
            for _ in range(self._random.randint(1, LINES_MAX))
        ]

    def _reference(self, field: Field) -> str | None:
        """The id of an object that this may refer to, an active one if a few draws find one."""
        table = self._books.tables.get(field.references or "")
        known = self._ids(table) if table else []
        drawn = None
        for _ in range(DRAWS_MAX if known else 0):
            drawn = self._random.choice(known)
            if table and table.is_active(table.rows[drawn]):
                break
        return drawn


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The fields that have another value now."""
    return [name for name, value in after.items() if name != "updatedTime" and value != before.get(name)]


def is_number(value: object) -> bool:
    """True for a number that is finite."""
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and (isinstance(value, int) or isfinite(value))
    )
