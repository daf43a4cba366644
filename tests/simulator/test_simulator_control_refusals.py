"""Requests to the control plane that are wrong: refused as a whole, in words of the caller, and nothing has changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simulator_caller import SMALL, TIMEOUT_S

from bill_simulator import Simulator, defaults
from bill_simulator.behaviour.faults import KINDS
from bill_simulator.control.mutator import Mutator
from bill_simulator.control.plane import Control
from bill_simulator.seed.books import books_of
from bill_simulator.state.world import SimulatorSettings, Sizes, World

if TYPE_CHECKING:
    from collections.abc import Iterator

Body = dict[str, Any]

SEEDED = f"/seed/{defaults.ORGANIZATION_ID}"
SOUND: dict[str, Body] = {
    "/reset": {"seed": 2, "bills": 10},
    SEEDED: {"seed": 3, "bills": 9},
    "/clock": {"now": "2025-07-01T09:00:00Z", "advance_s": 60},
    "/switches": {"bulk_top_level": "any_failed", "duplicate_name_code": "BDC_1234", "default_order": "id"},
    "/limits": {"concurrent": 2, "list_rows": 7},
    "/faults": {"kind": "error", "path": "/List/*", "nth": 2, "code": "BDC_1144", "message": "x", "chance": 0.5},
    "/mutator": {"rate_per_s": 0.1, "seed": 3, "entities": ["Vendor"], "stop_after": 1},
    "/directory": {
        "organizations": [{"id": "00801NEWAAAAAAAaaaa1", "name": "New"}],
        "users": [{"username": defaults.USERNAME, "locked": True}],
        "developer_keys": [{"key": "another"}],
    },
}
"""A sound body for each path that takes one."""

JUNK: tuple[Any, ...] = (
    None, True, -1, 1.5, 10**30, 10**400, -(10**400), 1e300, "", "x", "nope", "2025-13-01",
    [], ["x"], [[]], {}, {"a": 1}, [{"a": 1}],
)  # fmt: skip
RAW = re.compile(
    r"__init__|Decimal\(|argument|isoformat|unhashable|must be in|not (True|False|None)\b|object is not|'type'|"
    r"Traceback|int too large|not supported between|float\b|str\b.*\bint\b"
)
"""Words of Python, which say nothing to a caller."""


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(**SMALL) as running:
        yield running


def state(simulator: Simulator) -> dict[str, Any]:
    """Everything that the control plane can change; of the clock whole days."""
    control = simulator.control
    paths = ("/switches", "/limits", "/faults", "/mutator", "/directory")
    books = {each["id"]: control.totals(each["id"]) for each in control.directory()["organizations"]}
    told = {path: control.get(path) for path in paths}
    return {**told, "books": books, "day": control.now()[:10]}


def send(simulator: Simulator, path: str, body: Any) -> requests.Response:
    url = f"{simulator.url}/_simulator{path}"
    data = {"data": body} if isinstance(body, str) else {"json": body}
    return requests.post(url, timeout=TIMEOUT_S, **data)


def test_every_path_that_takes_a_body_is_tried() -> None:
    world = World(start := SimulatorSettings(sizes=Sizes(**SMALL)), books_of(start))
    posts = {each.path for each in Control(world, Mutator(world)).routes() if "POST" in (each.methods or ())}
    assert posts == {path.replace(defaults.ORGANIZATION_ID, "{organization}") for path in SOUND}


@st.composite
def spoiled(draw: st.DrawFn) -> tuple[str, Body]:
    """A sound body with a value that is junk, or a name that means nothing, before or behind the others."""
    path = draw(st.sampled_from(sorted(SOUND)))
    names = [*SOUND[path], "nope"]
    wrong = {draw(st.sampled_from(names)): draw(st.sampled_from(JUNK))}
    return path, draw(st.sampled_from([{**SOUND[path], **wrong}, {**wrong, **SOUND[path], **wrong}]))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=spoiled())
def test_a_refused_request_has_changed_nothing_and_says_why_in_plain_words(
    simulator: Simulator, case: tuple[str, Body]
) -> None:
    simulator.control.reset(**SMALL)
    before = state(simulator)
    answer = send(simulator, *case)
    assert answer.status_code in {200, 201, 400}
    if not answer.ok:
        assert state(simulator) == before
        assert not RAW.search(answer.json()["error"]), answer.text


@pytest.mark.parametrize("path", sorted(SOUND))
def test_the_sound_bodies_are_taken_and_a_name_that_means_nothing_is_not(simulator: Simulator, path: str) -> None:
    simulator.control.reset(**SMALL)
    answer = send(simulator, path, {**SOUND[path], "nope": "x"})
    assert answer.status_code == 400
    assert send(simulator, path, SOUND[path]).ok


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("/faults", {"kind": "error", "nope": 1}, "unknown detail of a fault 'nope'; there are: kind, path"),
        ("/faults", {"nth": 1}, "a fault needs kind"),
        ("/faults", {"kind": "drop_after", "code": "BDC_1001"}, "code and message are for error and error_after"),
        ("/faults", {"kind": "html_502", "message": "x"}, "code and message are for error and error_after"),
        ("/faults", {"kind": "expire_session", "code": "BDC_1109"}, "code and message are for error and error_after"),
        *(
            ("/faults", {"kind": "drop_before", "path": path}, "path must be a pattern of what comes after /api/v2")
            for path in ("", "List/Bill.json", "/api/v2/List/Bill.json", "/")
        ),
        ("/switches", {"duplicate_name_code": ""}, "switch duplicate_name_code must look like BDC_1001, not ''"),
        ("/switches", {"duplicate_name_code": 5}, "switch duplicate_name_code must look like BDC_1001, not 5"),
        ("/limits", {"concurrent": 1.5}, "concurrent must be a whole number from 0 to 1,000,000,000,000, not 1.5"),
        ("/limits", {"concurrent": True}, "not true"),
        ("/reset", {"nope": 1}, "unknown size 'nope'; there are: seed, vendors"),
        ("/mutator", {"nope": 1}, "unknown detail of the mutator 'nope'; there are: organization"),
        ("/directory", {"users": [{"username": "x"}]}, "User needs password, organizations"),
        ("/directory", {"organizations": [{"id": "00801NEWAAAAAAAaaaa1"}]}, "Organization needs name"),
        ("/clock", {"now": "2025-13-01"}, "now must be an instant like 2026-01-31T09:00:00Z, not '2025-13-01'"),
        ("/clock", {"advance_s": None}, "advance_s must be a number of seconds, not null"),
        ("/limits", '{"concurrent": 1, "concurrent": 2}', "'concurrent' is given twice"),
        ("/directory", '{"users": [{"username": "x", "username": "y"}]}', "'username' is given twice"),
    ],
)  # fmt: skip
def test_a_refusal_names_what_is_wrong(simulator: Simulator, path: str, body: Any, told: str) -> None:
    answer = send(simulator, path, body)
    assert answer.status_code == 400
    assert told in answer.json()["error"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_says_the_code_that_it_answers_with_and_no_other(simulator: Simulator, kind: str) -> None:
    fault = send(simulator, "/faults", {"kind": kind}).json()
    assert fault["code"] == ("BDC_1001" if kind in {"error", "error_after"} else None)
