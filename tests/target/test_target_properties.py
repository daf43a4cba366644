"""Properties of "the same" over drawn inputs, in short (`make same` runs long), and small inputs that broke one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from effort import TIMES, examples
from hypothesis import HealthCheck, Phase, given, note, settings
from same_inputs import TOPICS, Case, Choices, Run, Said, cases
from same_runs import EMPTY, World, played, reordered
from target_run import account as account_of
from target_run import books, load, singer

from bill_simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXAMPLES = examples(12)
LAMPS, SECOND = "Harbour Lamps", "Zoë Söhne"
shortly = settings(
    max_examples=EXAMPLES,
    derandomize=TIMES == 1,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
    report_multiple_bugs=False,
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with Simulator(**EMPTY) as simulator:
        yield World(simulator.settings, simulator.control, tmp_path_factory.mktemp("same"))


@pytest.mark.slow
@pytest.mark.parametrize("topic", TOPICS)
def test_verdicts_books_and_ledger_are_those_of_the_model(world: World, topic: str) -> None:
    @shortly
    @given(cases((topic,)))
    def holds(case: Case) -> None:
        note(case.told())
        assert list(played(world, case)) == []

    holds()


@pytest.mark.slow
@pytest.mark.parametrize("topic", ["bills", "accounts"])
def test_no_verdict_depends_on_order_or_calls(world: World, topic: str) -> None:
    @shortly
    @given(cases((topic,)))
    def holds(case: Case) -> None:
        note(case.told())
        assert list(reordered(world, case)) == []

    holds()


@pytest.mark.slow
@pytest.mark.parametrize("topic", ["bills", "invoices", "vendors"])
def test_no_suspicion_depends_on_order_or_calls(world: World, topic: str) -> None:
    """The parties come beside their documents, and are created in the same run."""

    @shortly
    @given(cases((topic,)))
    def holds(case: Case) -> None:
        runs = [replace(each, choices=replace(each.choices, suspected="reject")) for each in case.runs]
        suspicious = replace(case, runs=tuple(runs))
        note(suspicious.told())
        assert list(reordered(world, suspicious)) == []

    holds()


# Small inputs


def vendor(stream: str = "suppliers", name: str = LAMPS, **more: object) -> Said:
    return Said(stream=stream, name=name, **more)  # type: ignore[arg-type]


def bill(key: str, number: str = "7", cents: int = 1000, **more: object) -> Said:
    said = {"stream": "eu_bills", "party": LAMPS, "lines": (("Paper", cents),), **more}
    return Said(key=key, name=number, **said)  # type: ignore[arg-type]


def run(*records: Said, loses_ledger: bool = False, **chosen: object) -> Run:
    return Run(records=records, choices=Choices(**chosen), loses_ledger=loses_ledger)  # type: ignore[arg-type]


def account(name: str, parent: str | None = None, **more: object) -> Said:
    return Said(stream="chart_of_accounts", name=name, party=parent, **more)  # type: ignore[arg-type]


LAMP = Said(stream="vendors", name=LAMPS)
SMALL = {
    "who takes over is not the first that comes": Case(
        topic="bills",
        before=(LAMP,),
        runs=(run(bill("1")), run(bill("a", cents=500), bill("A", cents=700), takes_over=True)),
    ),
    "who adopts what was made on the way is not the first that comes": Case(
        topic="bills",
        before=(),
        runs=(
            run(bill("1"), create_missing=True),
            run(vendor(key="1", note="first"), vendor(key="a", note="second"), bill("1")),
        ),
    ),
    "a number is free when its owner is deleted in the same input": Case(
        topic="bills",
        before=(LAMP,),
        runs=(run(bill("1")), run(bill("a", cents=500), bill("1", is_deleted=True), allow_deletes=True)),
    ),
    "a number is free when its owner gets another in the same input": Case(
        topic="bills",
        before=(LAMP,),
        runs=(
            run(bill("1", "7"), bill("a", "É-7")),
            run(bill("A", "7"), bill("1", "É-7"), bill("a", "é-7"), allow_renames=True),
        ),
    ),
    "numbers that are exchanged are not": Case(
        topic="credits",
        before=(LAMP,),
        runs=tuple(
            run(
                Said(stream="refunds", key="1", name=one, party=LAMPS, lines=(("Paper", 100),)),
                Said(stream="refunds", key="a", name=other, party=LAMPS, lines=(("Paper", 100),)),
                allow_renames=True,
            )
            for one, other in (("7", "É-7"), ("É-7", "7"))
        ),
    ),
    "what comes back does not get a number that was given away": Case(
        topic="credits",
        before=(LAMP,),
        runs=(
            run(bill("1", stream="refunds")),
            run(bill("1", stream="refunds", is_deleted=True), bill("a", stream="refunds"), allow_deletes=True),
            run(bill("1", stream="refunds", is_marked_active=True), bill("a", stream="refunds")),
        ),
    ),
    "what comes back with fewer lines does not come back": Case(
        topic="bills",
        before=(LAMP,),
        runs=(
            run(bill("1", lines=(("Paper", 100), ("Toner", 100)))),
            run(bill("1", lines=(("Paper", 100), ("Toner", 100)), is_deleted=True), allow_deletes=True),
            run(bill("1", lines=(("Paper", 100),), is_marked_active=True)),
        ),
    ),
    "no party is made for what the ledger refuses": Case(
        topic="bills",
        before=(LAMP,),
        runs=(run(bill("1")), run(bill("1", party=SECOND), create_missing=True)),
    ),
    "what was never here needs no party to be deleted": Case(
        topic="bills", before=(), runs=(run(bill("1", is_deleted=True)),)
    ),
    "a new price is a new amount": Case(
        topic="invoices",
        before=(Said(stream="customers", name=LAMPS),),
        runs=(run(bill("1", stream="sales")), run(bill("1", stream="sales", cents=2000))),
    ),
    "a blank parent is the root": Case(topic="accounts", before=(), runs=(run(account("Ovens", spelling=4)),)),
    "twins below a new parent are one": Case(
        topic="accounts",
        before=(),
        runs=(
            run(
                account("Ovens"),
                account("Pegs", "Ovens"),
                Said(stream="accounts", key="1", name="Pegs", party="Ovens"),
            ),
        ),
    ),
    "a parent whose name a later record gets too is none": Case(
        topic="accounts",
        before=(),
        runs=(run(account("Ovens")), run(account("Ovens"), account("Tents"), account("Pegs", "Tents"))),
    ),
}


@pytest.mark.parametrize("name", SMALL)
def test_small_inputs_hold_every_property(world: World, name: str) -> None:
    assert [*played(world, SMALL[name]), *reordered(world, SMALL[name])] == []


def test_names_that_go_in_circles_are_settled_in_one_run(world: World) -> None:
    """Each of two records might be the other's parent; the next run must find nothing left to do."""
    records = (account("Ovens", "Tents"), account("Ovens"), account("Tents", "Ovens"))
    world.begin(Case(topic="accounts", before=(), runs=()))
    assert world.load(run(*records)).verdicts == ("created", "created", "created")
    assert world.load(run(*records)).verdicts == ("unchanged", "unchanged", "unchanged")


def test_two_ways_to_name_a_new_parent_make_one_account(empty: Simulator, tmp_path: Path) -> None:
    """That both records mean one object is known only when the parent is there, which comes in the same input."""
    records = [
        {"_key": 1, "name": "Ovens", "accountNumber": "4711"},
        {"_key": 2, "name": "Pegs", "parentChartOfAccountName": "Ovens"},
        {"_key": 3, "name": "Pegs", "parentChartOfAccountNumber": "4711"},
    ]
    stdin = singer(("chart_of_accounts", ["_key"], [{"accountType": "7", **each} for each in records]))
    for expected in ({"created": 2, "linked": 1}, {"unchanged": 2, "linked": 1}):
        assert load(empty, tmp_path, stdin).code == 0
        assert account_of(tmp_path, "chart_of_accounts") == expected
    assert [each["name"] for each in books(empty, "ChartOfAccount")].count("Pegs") == 1
