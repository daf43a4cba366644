"""Inputs of the properties of "the same": records that are equal, nearly equal, blank and repeated, over several runs.

A record is drawn as what it means (`Said`): which key, which party, which number, which lines. How each of these is
written is drawn beside it, and must not matter. So a model can tell what ought to become of it without reading texts.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BLANK, BROKEN = "blank", "broken"
NOTHING: Mapping[str, tuple[Any, ...]] = {
    BLANK: ("", None, " ", "\u200b\u00a0"),
    BROKEN: ("#N/A", "########", "1.23457E+11"),
}


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


PARTIES: Mapping[str, tuple[Any, ...]] = {
    "Harbour Lamps": ("Harbour Lamps", "HARBOUR  LAMPS", "Harbour\u00a0Lamps", "Harb\u200bour lamps "),
    "Zoë Söhne": ("Zoë Söhne", _decomposed("Zoë Söhne"), "ZOË SÖHNE"),
    "Harbour-Lamps": ("Harbour-Lamps", "harbour-lamps"),
}
"""Names, each with its writings: case, blanks, Unicode's forms and characters without a shape do not count."""

NUMBERS: Mapping[str, tuple[Any, ...]] = {
    "É-7": ("É-7", _decomposed("É-7"), " É\u200b-7"),
    "é-7": ("é-7", "é-7\ufeff"),
    "É-07": ("É-07",),
    "7": ("7", 7, "\u00a07"),
}
"""Numbers of documents are told apart to the letter; these are near misses of each other."""

KEYS: Mapping[str, tuple[Any, ...]] = {
    "1": (1, "1", Decimal("1.0"), "1\u200b"),
    "01": ("01",),
    "1.0": ("1.0",),
    "a": ("a", "a "),
    "A": ("A",),
}
"""Values of a source's own key: a JSON number counts by its value, a text by its letters."""

ACCOUNTS: Mapping[str, tuple[Any, ...]] = {
    "Ovens": ("Ovens", "OVENS"),
    "Tents": ("Tents", "Tents\u00a0"),
    "Pegs": ("Pegs", "pegs"),
}
LABELS = ("Paper", "Toner")
NOTES = ("first", "second")
KEY, MARK, TAG = "_key", "_at", "_tag"
DELETED_AT = "_sdc_deleted_at"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How the records of a BILL stream are written."""

    stream: str
    entity: str
    party: str = ""
    number: str = ""
    lines: str = ""
    parties: str = ""
    is_partys_number: bool = True
    fixed: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_document(self) -> bool:
        """Whether it has lines and belongs to a party."""
        return bool(self.lines)


_DAYS = {"invoiceDate": "2026-03-01", "dueDate": "2026-03-31"}
_MONTHLY = {"timePeriod": "2", "frequencyPerTimePeriod": 1, "nextDueDate": "2027-01-01", "daysInAdvance": 5}
KINDS: Mapping[str, Kind] = {
    each.stream: each
    for each in (
        Kind(
            stream="chart_of_accounts",
            entity="ChartOfAccount",
            party="parentChartOfAccountName",
            parties="chart_of_accounts",
            number="name",
            fixed={"accountType": "7"},
        ),
        Kind(stream="vendors", entity="Vendor", number="name"),
        Kind(stream="customers", entity="Customer", number="name"),
        Kind(
            stream="recurring_bills",
            entity="RecurringBill",
            party="vendorName",
            parties="vendors",
            lines="recurringBillLineItems",
            fixed=_MONTHLY,
        ),
        Kind(
            stream="bills",
            entity="Bill",
            party="vendorName",
            parties="vendors",
            number="invoiceNumber",
            lines="billLineItems",
            fixed=_DAYS,
        ),
        Kind(
            stream="vendor_credits",
            entity="VendorCredit",
            party="vendorName",
            parties="vendors",
            number="refNumber",
            lines="vendorCreditLineItems",
            fixed={"creditDate": "2026-03-01"},
        ),
        Kind(
            stream="invoices",
            entity="Invoice",
            party="customerName",
            parties="customers",
            number="invoiceNumber",
            lines="invoiceLineItems",
            is_partys_number=False,
            fixed=_DAYS,
        ),
    )
}
"""Parents first, as the target goes."""

INCOMING: Mapping[str, tuple[str, bool]] = {
    **{stream: (stream, False) for stream in KINDS if stream != "recurring_bills"},
    "accounts": ("chart_of_accounts", True),
    "suppliers": ("vendors", True),
    "clients": ("customers", True),
    "recurring_bills": ("recurring_bills", True),
    "rents": ("recurring_bills", True),
    "eu_bills": ("bills", True),
    "us_bills": ("bills", True),
    "refunds": ("vendor_credits", True),
    "sales": ("invoices", True),
}
"""Incoming streams: the BILL stream of each (setting `streams`), and whether its records have a key of their own."""

TOPICS: Mapping[str, tuple[str, ...]] = {
    "bills": ("bills", "bills", "eu_bills", "eu_bills", "us_bills", "vendors", "suppliers"),
    "vendors": ("vendors", "suppliers", "suppliers", "bills"),
    "credits": ("vendor_credits", "refunds", "vendors"),
    "invoices": ("invoices", "sales", "customers", "clients"),
    "accounts": ("chart_of_accounts", "accounts"),
    "recurring bills": ("recurring_bills", "rents", "vendors"),
}


class Shown:
    """Shows only what is not as by itself: a failing example is read by people."""

    def __repr__(self) -> str:
        given = [(each.name, getattr(self, each.name), each.default) for each in fields(self)]  # type: ignore[arg-type]
        return (
            f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value, usual in given if value != usual)})"
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class Said(Shown):
    """A record: what it means, and how it is written.

    Attributes:
        stream: Incoming.
        key: Of its own, where its stream has such keys.
        name: Its name or number.
        party: Its vendor, customer or parent; None for none.
        lines: Label and cents of each.
        total: Its own total: none, fits, off.
        mark: Its bookmark.
        spelling: Which of the writings.
    """

    stream: str
    key: str = ""
    name: str = ""
    party: str | None = None
    lines: tuple[tuple[str | None, int], ...] = ()
    note: str = NOTES[0]
    total: str = "none"
    is_deleted: bool = False
    is_marked_active: bool = False
    mark: int | None = None
    spelling: int = 0

    @property
    def kind(self) -> Kind:
        """Of its BILL stream."""
        return KINDS[INCOMING[self.stream][0]]

    @property
    def has_own_key(self) -> bool:
        """Whether its stream has a key of its own."""
        return INCOMING[self.stream][1]

    @property
    def cents(self) -> int:
        """Its money."""
        return sum(cents for _, cents in self.lines)


@dataclass(frozen=True, kw_only=True, repr=False)
class Choices(Shown):
    """Settings of one run."""

    on_match: str = "update"
    takes_over: bool = False
    allow_renames: bool = False
    allow_fewer_lines: bool = False
    allow_negative: bool = False
    allow_deletes: bool = False
    allow_duplicates: bool = False
    create_missing: bool = False
    source: str = ""
    batch_size: int = 100
    suspected: str = "warn"

    @property
    def settings(self) -> dict[str, Any]:
        """As the target has them."""
        written = [stream for stream, kind in KINDS.items() if kind.entity]
        return {
            "on_match": self.on_match,
            "take_over": written if self.takes_over else [],
            "allow_renames": self.allow_renames,
            "allow_fewer_lines": written if self.allow_fewer_lines else [],
            "allow_negative": self.allow_negative,
            "allow_deletes": self.allow_deletes,
            "allow_duplicate_invoice_numbers": self.allow_duplicates,
            "create_missing": ["vendors", "customers"] if self.create_missing else [],
            "source": self.source,
            "batch_size": self.batch_size,
            **dict.fromkeys(("similar_numbers", "similar_amounts", "similar_names"), self.suspected),
        }


@dataclass(frozen=True, kw_only=True, repr=False)
class Run(Shown):
    """One run: its records in their order, its settings, and whether the ledger was lost before it."""

    records: tuple[Said, ...]
    choices: Choices = field(default_factory=Choices)
    loses_ledger: bool = False


@dataclass(frozen=True, kw_only=True, repr=False)
class Case(Shown):
    """Several runs after one another into the same books; `before` is what BILL has from others."""

    topic: str
    before: tuple[Said, ...]
    runs: tuple[Run, ...]

    @property
    def streams(self) -> list[str]:
        """The BILL streams that it concerns, parents first."""
        kinds = {INCOMING[stream][0] for stream in TOPICS[self.topic]}
        parties = {KINDS[stream].parties for stream in kinds}
        return [stream for stream in KINDS if stream in kinds | parties]

    def told(self) -> str:
        """The case for people."""
        lines = [f"{self.topic}; before: {list(self.before)}"]
        for run in self.runs:
            lines.append(f"{'without the ledger, ' * run.loses_ledger}{run.choices}:")
            lines += [f"  {each}" for each in run.records]
        return "\n".join(lines)


def writing(classes: Mapping[str, Sequence[Any]], name: str | None, spelling: int) -> Any:
    """One of the writings of a value."""
    ways = (classes | NOTHING)[BLANK if name is None else name]  # type: ignore[operator]  # both are dicts
    return ways[spelling % len(ways)]


def written_ways(said: Said) -> tuple[tuple[str | None, int], ...]:
    """Its name and its party, each with the number of its writing."""
    return (said.name, said.spelling), (said.party, said.spelling // 2)


def record_of(said: Said) -> dict[str, Any]:
    """The record as a tap would send it."""
    kind = said.kind
    (name, name_way), (party, party_way) = written_ways(said)
    record: dict[str, Any] = {**kind.fixed, "description": said.note}
    if kind.number:
        names = NUMBERS if kind.is_document else ACCOUNTS if kind.stream == "chart_of_accounts" else PARTIES
        record[kind.number] = writing(names, name, name_way)
    if kind.party:
        parties = PARTIES if kind.is_document else ACCOUNTS
        record[kind.party] = writing(parties, party, party_way)
    if kind.is_document:
        record[kind.lines] = [_line(kind, *each) for each in said.lines]
    if said.has_own_key and said.key:
        record[KEY] = writing(KEYS, said.key, said.spelling // 3)
    if said.total != "none":
        record["amount"] = Decimal(said.cents + (said.total == "off")).scaleb(-2)
    if said.is_deleted:
        record[DELETED_AT] = "2026-11-01T00:00:00Z"
    if said.is_marked_active:
        record["isActive"] = "1"
    if said.mark is not None:
        record[MARK] = said.mark
    return record


def _line(kind: Kind, label: str | None, cents: int) -> dict[str, Any]:
    money = Decimal(cents).scaleb(-2)
    amount = {"quantity": 1, "price": money} if kind.stream == "invoices" else {"amount": money}
    return amount if label is None else {**amount, "description": label}


# --- what is drawn --------------------------------------------------------------------------------------------------


def _seldom(often: Sequence[Any], seldom: Sequence[Any]) -> st.SearchStrategy[Any]:
    return st.sampled_from([*often] * 6 + [*seldom])


def _lines(*, labelled: bool) -> st.SearchStrategy[tuple[tuple[str | None, int], ...]]:
    labels: st.SearchStrategy[str | None] = st.sampled_from(LABELS) if labelled else st.none()
    cents = _seldom((1000, 2000), (-3000, 0, 77700))
    return st.lists(st.tuples(labels, cents), min_size=1, max_size=3).map(tuple)


@st.composite
def records(draw: st.DrawFn, topic: str, labelled: bool) -> Said:
    """One record."""
    stream = draw(st.sampled_from(TOPICS[topic]))
    kind, has_own_key = KINDS[INCOMING[stream][0]], INCOMING[stream][1]
    nothing = (BLANK, BROKEN)
    said = Said(stream=stream, note=draw(st.sampled_from(NOTES)), spelling=draw(st.integers(0, 23)))
    if has_own_key:
        said = replace(said, key=draw(_seldom(("1", "a"), ("01", "1.0", "A", *nothing))))
    if kind.stream == "chart_of_accounts":
        name, parent = draw(_seldom(tuple(ACCOUNTS), nothing)), draw(_seldom((None, *ACCOUNTS), (BROKEN,)))
        said = _below(replace(said, name=name, party=parent))
    elif kind.is_document:
        said = replace(
            said,
            name=draw(_seldom(("É-7", "7"), ("é-7", "É-07", *nothing))) if kind.number else "",
            party=draw(_seldom(tuple(PARTIES)[:2], ("Harbour-Lamps", *nothing))),
            lines=draw(_lines(labelled=labelled)),
            total=draw(_seldom(("none", "fits"), ("off",))) if kind.number else "none",
        )
    else:
        said = replace(said, name=draw(_seldom(tuple(PARTIES), nothing)))
    return _marked(draw, said)


def _below(said: Said) -> Said:
    """An account below one that stands before it in the table: no tree goes in circles."""
    places = {name: place for place, name in enumerate(ACCOUNTS)}
    if said.kind.stream == "chart_of_accounts" and places.get(said.party or "", -1) >= places.get(said.name, 99):
        return replace(said, party=None)
    return said


def _marked(draw: st.DrawFn, said: Said) -> Said:
    return replace(
        said,
        is_deleted=draw(_seldom((False,), (True,))),
        is_marked_active=draw(_seldom((False,), (True,))),
        mark=draw(st.sampled_from((None, None, 1, 2))) if said.stream in {"eu_bills", "sales", "suppliers"} else None,
    )


@st.composite
def edited(draw: st.DrawFn, said: Said, labelled: bool) -> Said:
    """The same record in the next run: mostly as it was, or written otherwise, corrected, changed, deleted."""
    kind = said.kind
    how = draw(st.sampled_from(("same", "same", "spelling", "note", "lines", "name", "deleted", "corrected")))
    change: dict[str, Any] = {}
    if how == "spelling":
        change = {"spelling": draw(st.integers(0, 23))}
    elif how == "note":
        change = {"note": NOTES[said.note == NOTES[0]]}
    elif how == "lines" and kind.is_document:
        change = {"lines": draw(_lines(labelled=labelled)), "total": "none"}
    elif how == "name" and kind.number and said.has_own_key:
        names = NUMBERS if kind.is_document else ACCOUNTS if kind.party else PARTIES
        change = {"name": draw(st.sampled_from(tuple(names)))}
    elif how == "deleted":
        change = {"is_deleted": not said.is_deleted, "is_marked_active": said.is_deleted}
    elif how == "corrected":
        change = {"total": "none", "lines": tuple((label, abs(cents)) for label, cents in said.lines)}
    return _below(replace(said, **change))


@st.composite
def _twins(draw: st.DrawFn, said: Said, labelled: bool) -> Said:
    """The same record once more, or what it says under another key, from a stream of its own kind or another one."""
    if draw(st.booleans()):
        return draw(edited(said, labelled))
    streams = [name for name, (stream, has_key) in INCOMING.items() if stream == said.kind.stream and has_key]
    key = draw(st.sampled_from(tuple(KEYS)))
    return replace(said, stream=draw(st.sampled_from(streams)), key=key, spelling=draw(st.integers(0, 23)), mark=None)


@st.composite
def choices(draw: st.DrawFn) -> Choices:
    """Settings of a run: mostly the defaults."""
    often, rarely = st.sampled_from((False, False, True)), st.sampled_from((False,) * 5 + (True,))
    return Choices(
        on_match=draw(_seldom(("update",), ("skip", "reject"))),
        takes_over=draw(rarely),
        allow_renames=draw(rarely),
        allow_fewer_lines=draw(rarely),
        allow_negative=draw(rarely),
        allow_deletes=draw(often),
        allow_duplicates=draw(rarely),
        create_missing=draw(often),
        source=draw(_seldom(("",), ("north",))),
        batch_size=draw(st.sampled_from((100, 1, 2))),
    )


@st.composite
def cases(draw: st.DrawFn, topics: Sequence[str] = tuple(TOPICS), runs_max: int = 4) -> Case:
    """Books of others, and up to so many runs."""
    topic, labelled = draw(st.sampled_from(topics)), draw(st.booleans())
    one = records(topic, labelled)
    runs: list[Run] = []
    for number in range(draw(st.integers(1, runs_max))):
        kept = [draw(edited(each, labelled)) for each in runs[-1].records if draw(st.integers(0, 5))] if runs else []
        new = draw(st.lists(one, min_size=0 if kept else 1, max_size=2 if runs else 5))
        twins = [draw(_twins(each, labelled)) for each in [*kept, *new] if draw(st.sampled_from((False, False, True)))]
        order = draw(st.permutations([*kept, *new, *twins]))
        loses = bool(number) and draw(_seldom((False,), (True,)))
        runs.append(Run(records=tuple(order), choices=draw(choices()), loses_ledger=loses))
    return Case(topic=topic, before=draw(_before(topic, labelled)), runs=tuple(runs))


@st.composite
def _before(draw: st.DrawFn, topic: str, labelled: bool) -> tuple[Said, ...]:
    """What BILL has from others: mostly the parties, and here and there an object that records mean too."""
    found: dict[tuple[str, str, str | None], Said] = {}
    for stream in ("customers",) if topic == "invoices" else ("vendors",):
        for name in tuple(PARTIES)[:2]:
            if topic not in {"accounts", "vendors"} and draw(st.integers(0, 3)):
                found[stream, name, None] = Said(stream=stream, name=name)
    for each in draw(st.lists(records(topic, labelled), max_size=2)):
        party = (each.kind.parties, each.party, None) if each.kind.is_document else None
        is_sound = {each.name, each.party}.isdisjoint({BLANK, BROKEN}) and each.cents >= 0
        if is_sound and (each.kind.is_document or each.party is None) and (party is None or party in found):
            key = each.kind.stream, each.name, each.party if each.kind.is_partys_number else None
            plain = Said(stream=each.kind.stream, name=each.name, party=each.party, lines=each.lines, note=each.note)
            found.setdefault(key, plain)
    return tuple(found.values())
