"""Reading a whole table while it changes: rows in memory that move, appear and vanish between two pages."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import pytest
from conftest import client_for

from bill_api.doubt.lookup import touched_since
from bill_api.entities import BY_NAME
from bill_api.errors import UnexpectedReplyError
from bill_api.reading.page_lengths import DOUBTED_MIN, PageLengths
from bill_api.reading.pages import OVERLAP, TOTAL_ORDER, changed_pages, changed_since, in_turn
from bill_api.table.entity import LIST_LIMIT, TIME
from bill_api.table.query import ListQuery
from bill_simulator import defaults
from bill_values.instants import wire_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bill_simulator import Simulator

pytest_plugins = ["api_fixtures"]

State = tuple[str, str]
"""A row as it was: its id and its time."""

SEEDS = range(201)
SEED_GROUPS = [SEEDS[start::8] for start in range(8)]
EPOCH = datetime(2025, 1, 1, tzinfo=UTC)


@cache
def at(second: int) -> str:
    return wire_instant(EPOCH + timedelta(seconds=second))


@dataclass
class Table:
    """Rows that only a List shows: the id, and the second of the last change."""

    seconds: dict[str, int]
    now: int
    fetches: int = 0
    before_each_fetch: Callable[[Table], None] = field(default=lambda _: None)
    cap: int = LIST_LIMIT
    last_shown: dict[str, int] = field(default_factory=dict)

    def states(self) -> set[State]:
        return {(row, at(second)) for row, second in self.seconds.items()}

    def fetch(self, query: ListQuery) -> list[dict[str, Any]]:
        """A List: filter, total order, offset."""
        if self.fetches:
            self.before_each_fetch(self)
        self.fetches += 1
        assert query.sort == TOTAL_ORDER
        assert all((each.field, each.op) == (TIME, ">=") for each in query.filters)
        least = max((each.value for each in query.filters), default="")
        self.last_shown = dict(self.seconds)
        rows = sorted((at(second), row) for row, second in self.seconds.items() if at(second) >= least)
        return [{"id": row, TIME: time} for time, row in rows[query.start :][: min(query.limit, self.cap)]]


@dataclass
class Mutator:
    """Changes a table between two pages: rows move to the end, are created, and vanish.

    Attributes:
        clock_stands: Changes may fall in the second of the youngest row, as they do while BILL's own second lasts.
    """

    rng: random.Random
    changes_left: int
    clock_stands: bool = False

    def __call__(self, table: Table) -> None:
        for _ in range(min(self.rng.randint(0, 5), self.changes_left)):
            self.changes_left -= 1
            table.now += self.rng.randint(0 if self.clock_stands else 1, 2)
            what = self.rng.choice(("update", "update", "update", "create", "delete"))
            row = self.rng.choice(sorted(table.seconds)) if table.seconds else None
            if what == "create" or row is None:
                table.seconds[f"{self.rng.getrandbits(40):010x}"] = table.now
            elif what == "update":
                table.seconds[row] = table.now
            else:
                del table.seconds[row]


def random_table(seed: int) -> tuple[Table, int, random.Random]:
    """Up to 120 rows, most of them in a few crowded seconds; a page size; and what comes by chance after that."""
    rng = random.Random(seed)  # noqa: S311  repeatable, not secret
    spread = rng.choice((1, 2, 5, 40))
    rows = {f"{rng.getrandbits(40):010x}": rng.randint(1, spread) for _ in range(rng.randint(0, 120))}
    return Table(rows, now=spread), rng.randint(2, 50), rng


def read_all(table: Table, page_size: int, since: str | None = None) -> list[State]:
    return [(row["id"], row[TIME]) for row in changed_since(table.fetch, since, page_size=page_size, nested=False)]


@dataclass
class Race:
    """Pages that are asked for ahead of their reader and fetched in any order, while the table changes in between."""

    table: Table
    rng: random.Random
    waiting: list[tuple[ListQuery, list[Any]]] = field(default_factory=list)

    def ask(self, query: ListQuery) -> Callable[[], list[dict[str, Any]]]:
        answer: list[Any] = []
        self.waiting.append((query, answer))

        def result() -> list[dict[str, Any]]:
            while not answer:
                other, page = self.waiting.pop(self.rng.randrange(len(self.waiting)))
                page.append(self.table.fetch(other))
            return list(answer[0])

        return result


def read_ahead(table: Table, page_size: int, rng: random.Random, at_once: int = 3) -> list[State]:
    began = at(table.now)
    ask = Race(table, rng).ask
    pages = changed_pages(ask, None, page_size=page_size, nested=False, at_once=at_once, began=began)
    return [(row["id"], row[TIME]) for page in pages for row in page]


def read_by_offset(table: Table, page_size: int) -> list[State]:
    """How not to do it."""
    states: list[State] = []
    while True:
        page = table.fetch(ListQuery(sort=TOTAL_ORDER, start=len(states), limit=page_size))
        states += [(row["id"], row[TIME]) for row in page]
        if len(page) < page_size:
            return states


def moving_table(seed: int, *, clock_stands: bool) -> tuple[Table, int]:
    table, page_size, rng = random_table(seed)
    table.before_each_fetch = Mutator(rng, changes_left=200, clock_stands=clock_stands)
    return table, page_size


def lost(at_start: set[State], table: Table, delivered: list[State]) -> set[str]:
    """Rows that were there at the start and still are, and that nobody has seen."""
    return {row for row, _ in at_start} & set(table.last_shown) - {row for row, _ in delivered}


@pytest.mark.parametrize("seeds", SEED_GROUPS, ids=str)
@pytest.mark.parametrize("clock_stands", [False, True], ids=["clock goes on", "clock may stand"])
def test_every_row_is_delivered_and_none_twice_in_the_same_state(seeds: range, *, clock_stands: bool) -> None:
    for seed in seeds:
        table, page_size = moving_table(seed, clock_stands=clock_stands)
        at_start = table.states()
        delivered = read_all(table, page_size)
        assert lost(at_start, table, delivered) == set(), seed
        assert len(set(delivered)) == len(delivered), seed
        times = [time for _, time in delivered]
        assert times == sorted(times), seed


@pytest.mark.parametrize("seeds", SEED_GROUPS, ids=str)
def test_what_the_table_holds_at_the_last_page_has_been_delivered_in_that_very_state(seeds: range) -> None:
    for seed in seeds:
        table, page_size = moving_table(seed, clock_stands=False)
        delivered = read_all(table, page_size)
        assert {(row, at(second)) for row, second in table.last_shown.items()} <= set(delivered), seed


@pytest.mark.parametrize("seeds", SEED_GROUPS, ids=str)
@pytest.mark.parametrize("clock_stands", [False, True], ids=["clock goes on", "clock may stand"])
def test_pages_that_overtake_each_other_lose_no_row_and_deliver_the_last_state(
    seeds: range, *, clock_stands: bool
) -> None:
    for seed in seeds:
        table, page_size = moving_table(seed, clock_stands=clock_stands)
        at_start = table.states()
        delivered = read_ahead(table, page_size, random.Random(seed))  # noqa: S311  repeatable, not secret
        assert lost(at_start, table, delivered) == set(), seed
        if not clock_stands:
            assert {(row, at(second)) for row, second in table.last_shown.items()} <= set(delivered), seed
        states: dict[str, list[str]] = {}
        for row, time in delivered:
            states.setdefault(row, []).append(time)
        assert all(times == sorted(times) for times in states.values()), seed


@pytest.mark.parametrize("seeds", SEED_GROUPS, ids=str)
def test_pages_ahead_of_a_table_that_stands_still_deliver_it_exactly_once_and_in_order(seeds: range) -> None:
    for seed in seeds:
        table, page_size, rng = random_table(seed)
        expected = sorted(table.states(), key=lambda state: (state[1], state[0]))
        assert read_ahead(table, page_size, rng) == expected, seed


def test_a_short_page_is_not_the_end_when_others_were_under_way() -> None:
    """A row leaves the second page after the third, the last one, was fetched: nobody would have seen it."""
    table = Table({f"{number:03}": number for number in range(10)}, now=10)
    answers: dict[int, list[dict[str, Any]]] = {}

    def ask(query: ListQuery) -> Callable[[], list[dict[str, Any]]]:
        def result() -> list[dict[str, Any]]:
            if query.start == 3:
                answers[6] = table.fetch(replace(query, start=6))
                table.seconds["004"] = 20
            return answers.pop(query.start, None) or table.fetch(query)

        return result

    pages = changed_pages(ask, None, page_size=4, nested=False, at_once=3, began=at(10))
    assert {row["id"] for page in pages for row in page} == set(table.seconds)


def test_a_row_that_moves_behind_the_end_that_was_read_already_is_delivered() -> None:
    """Its new place is in pages that came early, its old one in a page that came late, and the clock has gone on."""
    rows = {f"{number:03}": number for number in range(250) if number != 200} | {"z050x": 200}
    table = Table(rows | {f"z{number:03}": 1000 for number in range(200)}, now=1000)
    early: dict[int, list[dict[str, Any]]] = {}

    def ask(query: ListQuery) -> Callable[[], list[dict[str, Any]]]:
        def result() -> list[dict[str, Any]]:
            if query.start == 160:
                early.update({start: table.fetch(replace(query, start=start)) for start in (240, 320)})
                table.seconds |= {"z050x": 1000, "new": 1001}
            return early.pop(query.start, None) or table.fetch(query)

        return result

    pages = changed_pages(ask, None, page_size=100, nested=False, at_once=3, began=at(1000))
    assert {(row["id"], row[TIME]) for page in pages for row in page} >= table.states()


def test_several_pages_at_once_need_the_time_when_reading_began() -> None:
    with pytest.raises(ValueError, match="`began` is needed"):
        changed_pages(lambda _: list, None, page_size=4, nested=False, at_once=2)


def test_one_page_is_asked_for_before_three_are_and_an_end_that_was_overtaken_is_looked_at_again() -> None:
    table = Table({f"{number:03}": number for number in range(50)}, now=50)
    under_way: list[int] = []
    most: list[int] = []

    def ask(query: ListQuery) -> Callable[[], list[dict[str, Any]]]:
        under_way.append(query.start)
        most.append(len(under_way))

        def result() -> list[dict[str, Any]]:
            under_way.remove(query.start)
            return table.fetch(query)

        return result

    assert (
        sum(len(page) for page in changed_pages(ask, None, page_size=25, nested=False, at_once=3, began=at(50))) == 50
    )
    assert most[0] == 1
    assert max(most) == 3
    table.fetches = 0
    assert list(changed_pages(ask, at(49), page_size=25, nested=False, at_once=3, began=at(50)))
    assert table.fetches == 1


def test_plain_offsets_lose_rows_under_the_same_changes() -> None:
    losing = 0
    for seed in SEEDS:
        table, page_size = moving_table(seed, clock_stands=False)
        at_start = table.states()
        losing += bool(lost(at_start, table, read_by_offset(table, page_size)))
    assert losing > len(SEEDS) // 4


@pytest.mark.parametrize("seeds", SEED_GROUPS, ids=str)
def test_a_table_that_stands_still_is_delivered_exactly_once_and_in_order(seeds: range) -> None:
    for seed in seeds:
        table, page_size, _ = random_table(seed)
        assert read_all(table, page_size) == sorted(table.states(), key=lambda state: (state[1], state[0])), seed


@pytest.mark.parametrize("page_size", [2, 7, LIST_LIMIT])
def test_only_rows_at_or_after_the_given_time_are_delivered(page_size: int) -> None:
    table = Table({f"{number:03}": number % 10 for number in range(100)}, now=10)
    delivered = read_all(table, page_size, since=at(7))
    assert delivered == sorted(
        ((row, at(second)) for row, second in table.seconds.items() if second >= 7), key=lambda each: (each[1], each[0])
    )


# Pages that are shorter than was asked for


def capped_table(seed: int, *, moving: bool) -> tuple[Table, int]:
    table, _, rng = random_table(seed)
    table.cap = rng.randint(DOUBTED_MIN, 40)
    if moving:
        table.before_each_fetch = Mutator(rng, changes_left=200)
    return table, rng.randint(table.cap, 60)


@pytest.mark.parametrize("seeds", SEED_GROUPS, ids=str)
@pytest.mark.parametrize("moving", [False, True], ids=["still", "moving"])
@pytest.mark.parametrize("at_once", [1, 3])
def test_pages_that_bill_cuts_lose_no_row(seeds: range, at_once: int, *, moving: bool) -> None:
    for seed in seeds:
        table, page_size = capped_table(seed, moving=moving)
        at_start = table.states()
        delivered = read_ahead(table, page_size, random.Random(seed), at_once)  # noqa: S311  repeatable, not secret
        assert lost(at_start, table, delivered) == set(), seed
        assert {(row, at(second)) for row, second in table.last_shown.items()} <= set(delivered), seed
        if not moving:
            assert len(delivered) == len(table.seconds), seed


def test_what_one_list_has_shown_of_the_length_of_pages_spares_the_others_the_question() -> None:
    def calls(rows: int) -> int:
        table = Table({f"{number:03}": number for number in range(rows)}, now=rows)
        assert len(list(changed_since(table.fetch, None, page_size=999, nested=False, lengths=lengths))) == rows
        return table.fetches

    lengths = PageLengths()
    assert [calls(rows) for rows in (9, 50, 9, 49, 50, 51, 20)] == [1, 2, 1, 1, 2, 2, 1]


@pytest.mark.parametrize("at_once", [1, 3])
def test_what_is_learned_of_pages_between_the_first_page_and_its_turn_loses_no_row(at_once: int) -> None:
    lengths = PageLengths()

    def begun(rows: int) -> tuple[Table, Iterator[list[dict[str, Any]]]]:
        table = Table({f"{number:04}": number for number in range(rows)}, now=rows, cap=100)
        ask = in_turn(table.fetch)
        options = {"page_size": 999, "nested": False, "at_once": at_once, "began": at(rows), "lengths": lengths}
        return table, changed_pages(ask, None, **options)  # type: ignore[arg-type]

    (_, first), (table, second) = begun(600), begun(600)
    assert sum(map(len, first)) == 600
    assert [row["id"] for page in second for row in page] == sorted(table.seconds)
    later, third = begun(600)
    assert sum(map(len, third)) == 600
    assert table.fetches == later.fetches  # none far behind the rows, and no way back from there


@pytest.mark.parametrize("seeds", SEED_GROUPS, ids=str)
@pytest.mark.parametrize("at_once", [1, 3])
def test_a_first_page_that_waits_while_rows_move_loses_none(seeds: range, at_once: int) -> None:
    for seed in seeds:
        table, page_size = moving_table(seed, clock_stands=False)
        began, at_start = at(table.now), table.states()
        race = Race(table, random.Random(seed))  # noqa: S311  repeatable, not secret
        pages = changed_pages(race.ask, None, page_size=page_size, nested=False, at_once=at_once, began=began)
        ((query, answer),) = race.waiting
        answer.append(table.fetch(query))
        race.waiting.clear()
        shown = set(table.last_shown)
        for _ in range(10):
            table.before_each_fetch(table)
        delivered = [(row["id"], row[TIME]) for page in pages for row in page]
        # A list of one page is what it was when that was asked for.
        assert {row for row, _ in at_start} & shown & set(table.seconds) <= {row for row, _ in delivered}, seed


def test_a_list_that_ends_where_bill_cuts_proves_nothing_about_the_next() -> None:
    lengths = PageLengths()
    for rows in (100, 600):
        table = Table({f"{number:03}": number for number in range(rows)}, now=rows, cap=100)
        assert len(list(changed_since(table.fetch, None, page_size=999, nested=False, lengths=lengths))) == rows


def test_where_bill_cuts_pages_each_call_goes_as_far_as_they_are_long() -> None:
    table = Table({f"{number:04}": number for number in range(2000)}, now=2000, cap=100)
    assert len(read_ahead(table, LIST_LIMIT, random.Random(0))) == 2000  # noqa: S311  repeatable, not secret
    assert table.fetches <= 2000 // (100 - OVERLAP) + 6


def test_rows_that_came_in_between_are_not_taken_for_a_cut_for_good() -> None:
    table = Table({f"{number:04}": number for number in range(50)}, now=50)
    lengths = PageLengths()

    def one_more(table: Table) -> None:
        table.seconds["one more"] = 60

    table.before_each_fetch = one_more
    assert len(list(changed_since(table.fetch, None, page_size=999, nested=False, lengths=lengths))) == 51
    large = Table({f"{number:04}": number for number in range(5000)}, now=5000)
    assert len(list(changed_since(large.fetch, None, page_size=999, nested=False, lengths=lengths))) == 5000
    assert large.fetches <= 5000 // (LIST_LIMIT - OVERLAP) + 3


# A BILL that does not page as it should

ROWS = [{"id": f"{number:04}", TIME: at(number)} for number in range(3000)]
SAME_SECOND = [{"id": f"{number:04}", TIME: at(1)} for number in range(3000)]
ODD_PAGES: dict[str, Callable[[ListQuery], list[dict[str, Any]]]] = {
    "a full page, for ever": lambda query: ROWS[: query.limit],
    "a full page of one second, for ever": lambda query: SAME_SECOND[: query.limit],
    "a short page, for ever": lambda _: ROWS[:50],
    "everything, whatever is asked": lambda _: ROWS,
    "two pages in turn": lambda query: ROWS[500 * (query.start % 2) :][: query.limit],
    "the last rows behind each offset": lambda query: ROWS[-query.limit :] if query.start else ROWS[: query.limit],
}
FEW = 40


@pytest.mark.parametrize("at_once", [1, 3])
@pytest.mark.parametrize("odd", ODD_PAGES)
def test_pages_that_repeat_are_an_error_after_a_few(odd: str, at_once: int) -> None:
    asked: list[ListQuery] = []

    def fetch(query: ListQuery) -> list[dict[str, Any]]:
        asked.append(query)
        return [dict(row) for row in ODD_PAGES[odd](query)]

    pages = changed_pages(in_turn(fetch), None, page_size=100, nested=False, at_once=at_once, began=at(5000))
    with pytest.raises(UnexpectedReplyError, match="BILL ignores `start` or `max`"):
        deque(pages, maxlen=0)
    assert len(asked) < FEW * at_once


@pytest.mark.parametrize("at_once", [1, 3])
@pytest.mark.parametrize("key", [lambda row: row["id"], lambda row: -row["v"]], ids=["by id", "descending"])
def test_a_list_that_is_not_in_the_order_asked_for_is_an_error(key: Callable[[Any], Any], at_once: int) -> None:
    rows = [{"id": f"{(n * 7) % 50:02}", "v": n, TIME: at(n)} for n in range(50)]

    def fetch(query: ListQuery) -> list[Any]:
        return sorted(rows, key=key)[query.start :][: query.limit]

    pages = changed_pages(in_turn(fetch), None, page_size=20, nested=False, at_once=at_once, began=at(0))
    with pytest.raises(UnexpectedReplyError, match=r"does not sort by `updatedTime` .* row \d+ of a page"):
        list(pages)


def test_rows_before_the_time_that_was_asked_for_are_given_up_after_fifteen_pages() -> None:
    asked: list[ListQuery] = []

    def fetch(query: ListQuery) -> list[dict[str, Any]]:
        asked.append(query)
        return [dict(row) for row in ROWS[:100]]

    rows = changed_since(fetch, at(4000), page_size=100, nested=False)
    with pytest.raises(UnexpectedReplyError, match="15 pages in a row repeat rows that were read"):
        list(rows)
    assert len(asked) == 15


def test_pages_longer_than_asked_are_read_once() -> None:
    asked: list[int] = []

    def fetch(query: ListQuery) -> list[dict[str, Any]]:
        asked.append(query.start)
        return ROWS[query.start :]

    assert list(changed_since(fetch, None, page_size=100, nested=False)) == ROWS
    assert asked == [0, len(ROWS) - OVERLAP]


# One crowded second

CROWD = 2500


def crowd() -> dict[str, int]:
    return {f"{number:05}": 10 for number in range(CROWD)}


def move_the_first(moved: int, table: Table) -> None:
    """Once the crowded second is being read by offsets, its first rows leave it."""
    if table.fetches == 2:
        for row in sorted(table.seconds)[:moved]:
            table.seconds[row] = table.now


@pytest.mark.parametrize("since", [None, at(10)], ids=["from the start", "from that second"])
def test_2500_rows_in_one_second_are_delivered_by_pages_of_999(since: str | None) -> None:
    table = Table({"before": 9, **crowd(), "later": 11} if since is None else crowd(), now=11)
    delivered = read_all(table, LIST_LIMIT, since)
    assert set(delivered) == table.states()
    assert len(delivered) == len(table.seconds)
    # A page that begins in the crowd repeats a few rows of the page before, and no more.
    assert table.fetches <= 1 + CROWD // (LIST_LIMIT - OVERLAP) + 1


def test_2500_rows_that_are_the_very_last_second_come_to_an_end() -> None:
    table = Table({"before": 9, **crowd()}, now=10)
    assert len(read_all(table, LIST_LIMIT)) == CROWD + 1


@pytest.mark.parametrize("moved", [1, OVERLAP - 1, OVERLAP, OVERLAP + 1, 300, 1500])
def test_rows_that_leave_a_crowded_second_while_it_is_read_push_no_other_out_of_sight(moved: int) -> None:
    table = Table(crowd(), now=11, before_each_fetch=partial(move_the_first, moved))
    delivered = read_all(table, LIST_LIMIT)
    assert {row for row, _ in delivered} == set(table.seconds)
    assert table.states() <= set(delivered)
    assert len(set(delivered)) == len(delivered)


@pytest.mark.parametrize("deleted", [1, OVERLAP, OVERLAP + 1, 2000])
def test_rows_that_vanish_from_a_crowded_second_while_it_is_read_push_no_other_out_of_sight(deleted: int) -> None:
    def delete_the_first(table: Table) -> None:
        if table.fetches == 2:
            for row in sorted(table.seconds)[:deleted]:
                del table.seconds[row]

    table = Table(crowd(), now=10, before_each_fetch=delete_the_first)
    delivered = read_all(table, LIST_LIMIT)
    assert table.states() <= set(delivered)
    assert len(set(delivered)) == len(delivered)


def test_rows_that_moved_out_of_a_crowded_second_are_noticed_and_said(caplog: pytest.LogCaptureFixture) -> None:
    table = Table(crowd(), now=11, before_each_fetch=partial(move_the_first, 300))
    caplog.set_level("INFO")
    read_all(table, LIST_LIMIT)
    assert "Rows moved while they were read; going back to 2025-01-01T00:00:10" in caplog.text


def test_a_row_that_was_seen_before_it_moved_does_not_vouch_for_the_page_that_it_moved_to() -> None:
    def empty_the_second(table: Table) -> None:
        if table.fetches == 2:
            # The page from offset 1 now begins with a row that is known, but in its later state: v stands before it.
            table.seconds |= {"a": 20, "b": 21, "c": 22}

    table = Table({"a": 10, "b": 10, "c": 10, "v": 11}, now=22, before_each_fetch=empty_the_second)
    assert {row for row, _ in read_all(table, page_size=2)} == {"a", "b", "c", "v"}


def test_a_second_that_empties_while_it_is_read_comes_to_an_end() -> None:
    table = Table(crowd(), now=11, before_each_fetch=lambda changed: changed.seconds.clear())
    assert len(read_all(table, LIST_LIMIT)) == LIST_LIMIT


# What is asked for


def test_nothing_is_fetched_before_somebody_wants_a_row_and_lines_only_if_they_are_wanted() -> None:
    asked: list[ListQuery] = []

    def fetch(query: ListQuery) -> list[dict[str, Any]]:
        asked.append(query)
        return []

    reading = changed_since(fetch, None, page_size=50, nested=True)
    assert asked == []
    assert list(reading) == []
    assert list(changed_since(fetch, at(1), page_size=50, nested=False)) == []
    assert [(query.nested, query.limit, query.start, len(query.filters)) for query in asked] == [
        (True, 50, 0, 0),
        (False, 50, 0, 1),
    ]


def test_rows_may_be_changed_by_whoever_takes_them() -> None:
    table = Table({f"{number:03}": 10 for number in range(40)}, now=10)
    names = []
    for row in changed_since(table.fetch, None, page_size=6, nested=False):
        names.append(row["id"])
        row[TIME] = "changed"
        row["id"] = "changed"
    assert names == sorted(table.seconds)


def test_a_crowded_second_is_read_whole_over_http(bill: Simulator) -> None:
    bill.control.set_clock("2025-07-01T09:00:00.200Z")
    vendor = BY_NAME["Vendor"]
    client = client_for(bill)
    client.bulk_create(vendor, [{"name": f"Vendor {number:03}"} for number in range(100)])
    rows = changed_since(lambda query: client.list_page(vendor, query), None, page_size=30, nested=False)
    names = [row["name"] for row in rows]
    assert sorted(names) == [f"Vendor {number:03}" for number in range(100)]


def test_long_pages_of_plain_rows_prove_nothing_of_pages_whose_rows_have_lines(simulator: Simulator) -> None:
    """What BILL gives at once may hang on how much that is."""
    client, begin = client_for(simulator), datetime(2000, 1, 1, tzinfo=UTC)
    vendor, bills = BY_NAME["Vendor"], BY_NAME["Bill"]
    parents = list(touched_since(client, vendor, begin))
    simulator.control.limit(list_rows=len(parents) - 1)
    held = {each["id"] for each in simulator.control.books(defaults.ORGANIZATION_ID, "Bill")}
    assert len(held) > len(parents) > DOUBTED_MIN
    assert {each["id"] for each in touched_since(client, bills, begin)} == held
