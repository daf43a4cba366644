"""Any interleaving of runs, faults, kills, plans and hands: the books never hold what nothing of these has put there.

`BILL_TESTS_TIMES=30` runs long, over other interleavings each time.
"""

from __future__ import annotations

import itertools
import logging
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from books_world import KINDS, OF_ENTITY, PAGE_MIN, Held, Said, World, loaded, scale_down, verdicts
from effort import TIMES, examples
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bill_api.doubt import reconciliation as doubt
from bill_api.entities import BY_NAME
from bill_api.errors import BillError
from bill_api.reading import page_lengths
from bill_api.table.entity import LIST_LIMIT
from bill_simulator import Simulator
from bill_simulator.behaviour.faults import KINDS as KINDS_OF_FAULT
from bill_simulator.behaviour.faults import every_kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bill_api.table.entity import Entity

EXAMPLES, STEPS, STEPS_OF_LONG = 15, 12, 30
LONG = TIMES > 1
at_length = settings(
    max_examples=examples(EXAMPLES),
    stateful_step_count=STEPS_OF_LONG if LONG else STEPS,
    derandomize=not LONG,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
    report_multiple_bugs=False,
)

PARTIES, NUMBERS, PHONES, AMOUNTS = ("Lamps", "Tents"), ("7", "8"), ("555-1", "555-2"), (Decimal(5), Decimal("7.5"))
amounts = st.lists(st.sampled_from(AMOUNTS), min_size=1, max_size=2).map(tuple)
records = st.builds(
    Said,
    incoming=st.sampled_from(tuple(KINDS)),
    key=st.integers(1, 3),
    number=st.sampled_from(NUMBERS),
    party=st.sampled_from(PARTIES),
    amounts=amounts,
    phone=st.sampled_from(PHONES),
    is_deleted=st.sampled_from((False, False, False, True)),
)
inputs = st.lists(records, min_size=1, max_size=6)
options = st.fixed_dictionaries(
    {
        "on_match": st.sampled_from(("update", "skip", "reject")),
        "batch_size": st.sampled_from((100, 2, 1)),
        "create_missing": st.sampled_from((["vendors"], [])),
        "allow_deletes": st.booleans(),
        "allow_renames": st.booleans(),
    }
)
switches = st.fixed_dictionaries(
    {
        "duplicate_names": st.sampled_from(("allow", "refuse")),
        "duplicates_of_inactive": st.sampled_from(("ignore", "count")),
        "bulk_transaction": st.sampled_from(("per_element", "all_or_nothing", "whole_request")),
        "default_order": st.sampled_from(("created", "shuffled")),
        "duplicate_number_code": st.sampled_from(("BDC_1171", "BDC_5370")),
        "update_without_lines": st.sampled_from(("keep", "wipe")),
        "instants": st.sampled_from(("seconds", "milliseconds")),
        "unnested_children": st.sampled_from(("present", "lines_only", "absent", "empty")),
    }
)
FAULTS = every_kind(
    {
        "error_after": ({}, {"code": "BDC_1119"}),
        "error": ({}, {"code": "BDC_1119"}),
        "late": ({"delay_ms": 20},),
        "stall": ({"delay_ms": 20},),
    },
    without={"drip": "a run waits for all of its timeout; `campaigns/crash.py` has it"},
)
together = st.fixed_dictionaries(
    {
        "incoming": st.sampled_from(tuple(KINDS)),
        "amounts": amounts,
        "phone": st.sampled_from(PHONES),
        "fault": st.sampled_from([each for each in FAULTS if KINDS_OF_FAULT[each["kind"]].misleads]),
    }
)
PATHS = ("*/Crud/*", "/Bulk/Crud/Create/*", "/Bulk/Crud/Update/*", "/List/*")
faults = st.builds(
    lambda kind, path, nth, count: {**kind, "path": path, "nth": nth, "count": count},
    st.sampled_from(FAULTS),
    st.sampled_from(PATHS),
    st.integers(1, 3),
    st.integers(1, 2),
)


class Machine(RuleBasedStateMachine):
    """Runs and hands at one BILL; a fault that is scripted strikes the run that comes next."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self._faults: list[dict[str, Any]] = []
        self._last: tuple[Sequence[Said], dict[str, Any]] | None = None
        self._plan: tuple[Sequence[Said], dict[str, Any]] | None = None

    @initialize(switches=switches, allows_twins=st.booleans(), together=together)
    def begin(self, switches: dict[str, str], allows_twins: bool, together: dict[str, Any]) -> None:
        self._world.begin(switches, {"allow_duplicate_invoice_numbers": allows_twins})
        self._load_together(**together)

    # Runs

    @rule(input_=inputs, options=options)
    def load(self, input_: list[Said], options: dict[str, Any]) -> None:
        self._under_faults()
        self._last = input_, options
        self._told(self._world.load(input_, options), input_)

    @rule(together=together)
    def load_together(self, together: dict[str, Any]) -> None:
        self._load_together(**together)

    def _load_together(self, incoming: str, amounts: tuple[Decimal, ...], phone: str, fault: dict[str, Any]) -> None:
        """All documents of both parties, or both parties, which are created in one call under a fault."""
        kind = KINDS[incoming]
        self._faults = [{**fault, "path": f"/Bulk/Crud/Create/{kind.entity}.json"}]
        numbers = NUMBERS if kind.lines else NUMBERS[:1]
        places = itertools.product(PARTIES, numbers)
        said = Said(incoming=incoming, key=0, number="", party="", amounts=amounts, phone=phone, is_deleted=False)
        input_ = [replace(said, key=key, party=party, number=number) for key, (party, number) in enumerate(places, 11)]
        self.load(input_, {"on_match": "update", "create_missing": ["vendors"]})

    @precondition(lambda self: self._last is not None)
    @rule()
    def load_again(self) -> None:
        assert self._last is not None
        self.load(*self._last)

    @rule(input_=inputs, options=options, nth=st.integers(1, 2))
    def kill(self, input_: list[Said], options: dict[str, Any], nth: int) -> None:
        self._last = input_, options
        note(f"killed: {self._world.kill(input_, options, nth)}")

    @rule(input_=inputs, options=options)
    def plan(self, input_: list[Said], options: dict[str, Any]) -> None:
        self._under_faults()
        path = self._world.folder / "plan.json"
        path.unlink(missing_ok=True)
        before = self._rows()
        try:
            loaded(self._world.config(**options, mode="plan", plan=str(path)), input_)
        except BillError as error:
            note(f"no plan: {error}")
        self._world.control.clear_faults()
        self._plan = (input_, options) if path.exists() else None
        assert self._rows() == before, "a plan changes nothing"

    @precondition(lambda self: self._plan is not None)
    @rule(more=st.lists(records, max_size=2))
    def apply(self, more: list[Said]) -> None:
        """Only what stands in the plan is done, whatever comes besides."""
        assert self._plan is not None
        planned, options = self._plan
        self._under_faults()
        approved = {**options, "plan": str(self._world.folder / "plan.json")}
        input_ = [*planned, *more]
        self._told(self._world.load(input_, approved, approved=planned), input_)

    @rule(fault=faults)
    def fault(self, fault: dict[str, Any]) -> None:
        self._faults.append(fault)

    @rule(rows=st.sampled_from((PAGE_MIN, PAGE_MIN + 1, LIST_LIMIT)))
    def cap_pages(self, rows: int) -> None:
        self._world.control.limit(list_rows=rows)

    def _under_faults(self) -> None:
        for each in self._faults:
            self._world.control.fault(**each)
        self._faults = []

    def _told(self, loader: Any, input_: Sequence[Said]) -> None:
        self._world.control.clear_faults()
        note("no end" if loader is None else f"{verdicts(loader, input_)}")

    def _rows(self) -> list[Any]:
        return [self._world.rows(entity) for entity in OF_ENTITY]

    # Hands

    @rule(said=records)
    def make_by_hand(self, said: Said) -> None:
        entity, record = BY_NAME[said.kind.entity], said.record
        body = {name: value for name, value in record.items() if name not in {"key", "vendorName", "_sdc_deleted_at"}}
        if entity.lines is not None:
            owner = next((each.bill_id for each in self._held() if each.content[0] == said.party), None)
            if owner is None:
                return
            body |= {"vendorId": owner, entity.lines.name: _lines(entity, said.amounts)}
        self._world.by_hand(lambda client: client.create(entity, body), makes=True)

    @precondition(lambda self: self._held())
    @rule(data=st.data(), party=st.sampled_from(PARTIES), phone=st.sampled_from(PHONES), amounts=amounts)
    def edit_by_hand(self, data: st.DataObject, party: str, phone: str, amounts: tuple[Decimal, ...]) -> None:
        held, entity = self._drawn(data)
        change: dict[str, Any] = {"name": party, "phone": phone}
        if entity.lines is not None:
            change = {entity.lines.name: _lines(entity, amounts)}
        self._world.by_hand(lambda client: client.update(entity, {"id": held.bill_id, **change}))

    @precondition(lambda self: self._held())
    @rule(data=st.data())
    def delete_by_hand(self, data: st.DataObject) -> None:
        held, entity = self._drawn(data)
        if self._world.by_hand(lambda client: client.delete(entity, held.bill_id)):
            self._world.sayings.deleted.add(held.bill_id)

    @precondition(lambda self: self._held())
    @rule(data=st.data())
    def undelete_by_hand(self, data: st.DataObject) -> None:
        held, entity = self._drawn(data)
        self._world.by_hand(lambda client: client.undelete(entity, held.bill_id))

    def _held(self) -> list[Held]:
        return list(self._world.books().values())

    def _drawn(self, data: st.DataObject) -> tuple[Held, Entity]:
        held = data.draw(st.sampled_from(self._held()))
        return held, BY_NAME[held.entity]

    # What must hold

    @invariant()
    def the_books_hold_only_what_was_said(self) -> None:
        assert list(self._world.off()) == []

    def teardown(self) -> None:
        """With nothing going wrong any more the last input is brought to its end, and then nothing is left to do."""
        if self._last is None:
            return
        input_, options = self._last
        first = loaded(self._world.config(**options), input_)
        note(f"at last: {verdicts(first, input_)}")
        self._world.say(input_, options)
        assert [*self._world.off(), *self._world.off_verdicts(first, input_)] == []
        before = self._rows()
        loaded(self._world.config(**options), input_)
        assert self._rows() == before, "one more run changes nothing"


def _lines(entity: Entity, amounts: tuple[Decimal, ...]) -> list[dict[str, Any]]:
    assert entity.lines is not None
    return [{"entity": entity.lines.item_entity, "amount": amount} for amount in amounts]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(doubt, "patience_s", doubt.patience_s)  # put back at the end, and so is the next
    monkeypatch.setattr(page_lengths, "DOUBTED_MIN", page_lengths.DOUBTED_MIN)
    scale_down()
    logging.disable(logging.CRITICAL)
    with Simulator(vendors=0, customers=0, bills=0, invoices=0) as simulator:
        yield World(simulator, tmp_path / "world")
    logging.disable(logging.NOTSET)


@pytest.mark.slow
def test_the_books_hold_only_what_a_record_a_plan_or_a_hand_has_said(world: World) -> None:
    run_state_machine_as_test(lambda: Machine(world), settings=at_length)  # type: ignore[arg-type]
