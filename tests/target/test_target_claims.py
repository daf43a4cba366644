"""One object, several records: without an owner none is written, and an owner is never replaced by accident."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from conftest import client_for
from target_pairs import DOCUMENTS, ENTITIES, PAIRS, PARENTS, filler, of
from target_run import account, books, load, opened, refused, rejects, singer, writes

from bill_api.entities import BY_NAME, BY_STREAM

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

KEYS = ["1", "2"]
PLAN = "plan.json"


def state_of_books(simulator: Simulator) -> dict[str, list[dict[str, Any]]]:
    return {entity: books(simulator, entity) for entity in ENTITIES.values()}


def again(simulator: Simulator, folder: Path, stdin: str, **more: Any) -> list[tuple[str, str, str | None, str]]:
    """Run an input once more, which writes nothing; what it rejects."""
    simulator.control.forget_requests()
    ran = load(simulator, folder, stdin, **more)
    assert "Traceback" not in ran.err
    assert writes(simulator) == []
    return refused(folder)


def planned_steps(folder: Path) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = json.loads((folder / PLAN).read_text())["steps"]
    return steps


@pytest.mark.parametrize("between", [0, 1000, 5000])
def test_without_an_owner_none_of_those_who_claim_an_object_is_written(
    empty: Simulator, tmp_path: Path, between: int
) -> None:
    stdin = singer(*PARENTS, *of(0), filler(between), *of(1))
    before = state_of_books(empty)
    ran = load(empty, tmp_path, stdin)
    assert ran.code == 1
    first = refused(tmp_path)
    assert [(stream, key) for stream, key, *_ in first] == [(each, key) for each in sorted(PAIRS) for key in KEYS]
    assert all("used twice in this input" in reason for *_, reason in first)
    assert {field for stream, _, field, _ in first if stream in DOCUMENTS} == {
        ", ".join(BY_STREAM[each].natural_key) for each in DOCUMENTS
    }
    assert all(account(tmp_path, each) == {"rejected": 2} for each in DOCUMENTS)
    after = state_of_books(empty)
    assert {each: len(after[each]) - len(before[each]) for each in before} == {
        each: int(each in {"Vendor", "Customer"}) for each in before
    }
    assert again(empty, tmp_path, stdin) == first, "the second run says what the first one said"
    if between:
        return
    assert again(empty, tmp_path, stdin, mode="plan", plan=PLAN) == first
    assert planned_steps(tmp_path) == []
    shutil.rmtree(tmp_path / ".bill")
    assert again(empty, tmp_path, singer(*PARENTS, *of(1), *of(0))) == first, "without ledger, in another order"


def test_a_record_that_cannot_be_written_claims_nothing(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(*PARENTS, *of(1, _source_errors="spilt"), *of(0)))
    assert refused(tmp_path) == [(each, "2", None, "its source says: spilt") for each in sorted(PAIRS)]
    parents = {stream: len(records) for stream, _, records in PARENTS}
    assert accounts(tmp_path) == {each: {"created": 1 + parents.get(each, 0), "rejected": 1} for each in PAIRS}


def test_an_object_with_an_owner_is_found_among_those_without(empty: Simulator, tmp_path: Path) -> None:
    """Somebody has made others of its name, of which one comes first in BILL's order: each is told, and none taken."""
    empty.control.switch(duplicate_names="allow")
    assert load(empty, tmp_path, singer(*of(0, ["vendors"]))).code == 0
    own = next(each["id"] for each in books(empty, "Vendor"))
    client, name = client_for(empty), PAIRS["vendors"][0]["name"]
    while min(each["id"] for each in books(empty, "Vendor")) == own:
        client.create(BY_NAME["Vendor"], {"name": name})
    others = [{**PAIRS["vendors"][place], "key": key} for place, key in enumerate((3, 4))]
    load(empty, tmp_path, singer(("vendors", ["key"], others)))
    assert [key for _, key, *_ in refused(tmp_path)] == ["3", "4"]
    assert all("several objects in BILL have this key" in reason for *_, reason in refused(tmp_path))


def test_a_number_is_claimed_alike_by_the_name_of_its_party_and_by_its_id(empty: Simulator, tmp_path: Path) -> None:
    assert load(empty, tmp_path, singer(*PARENTS)).code == 0
    party = {"vendorName": None, "vendorId": books(empty, "Vendor")[0]["id"]}
    claimed = ("bills", "vendor_credits")
    load(empty, tmp_path, singer(*of(0, claimed), *of(1, claimed, **party)))
    told = refused(tmp_path)
    assert [(stream, key) for stream, key, *_ in told] == [(stream, key) for stream in claimed for key in KEYS]
    assert all("used twice in this input" in reason for *_, reason in told)


CHANGES = {each: {"phone": "2"} if each in {"vendors", "customers"} else {"description": "new"} for each in PAIRS}


def changed(place: int) -> list[Any]:
    return [(stream, keys, [each | CHANGES[stream] for each in found]) for stream, keys, found in of(place)]


def accounts(folder: Path) -> dict[str, dict[str, int]]:
    return {each: account(folder, each) for each in PAIRS}


def all_of(documents: str, master_data: str) -> dict[str, dict[str, int]]:
    return {each: {documents if each in DOCUMENTS else master_data: 1} for each in PAIRS}


def test_what_a_record_owns_no_other_record_writes_or_deletes(empty: Simulator, tmp_path: Path) -> None:
    assert load(empty, tmp_path, singer(*PARENTS)).code == 0
    assert load(empty, tmp_path, singer(*of(0))).code == 0
    assert accounts(tmp_path) == all_of("created", "created")
    told = again(empty, tmp_path, singer(*of(1)))
    assert [(stream, key) for stream, key, *_ in told] == [(each, "2") for each in sorted(DOCUMENTS)]
    assert all(f"belongs to another record: 1 of {stream}" in reason for stream, *_, reason in told)
    assert [field for _, _, field, _ in told] == [", ".join(BY_STREAM[each].natural_key) for each in sorted(DOCUMENTS)]
    assert accounts(tmp_path) == all_of("rejected", "linked")
    for on_match in ("skip", "reject"):
        assert again(empty, tmp_path, singer(*of(1)), on_match=on_match) == told
        assert accounts(tmp_path) == all_of("rejected", "linked")
    assert again(empty, tmp_path, singer(*of(1, isActive="2")), allow_deletes=True) == []
    assert accounts(tmp_path) == all_of("skipped", "skipped")
    assert again(empty, tmp_path, singer(*of(1), filler(1000), *of(0))) == told
    ran = load(empty, tmp_path, singer(*of(1), *changed(0)))
    assert ran.code == 1
    assert refused(tmp_path) == told
    assert {each: account(tmp_path, each)["updated"] for each in DOCUMENTS} == dict.fromkeys(DOCUMENTS, 1)
    for stream, change in CHANGES.items():
        assert [each for each in books(empty, ENTITIES[stream]) if change.items() <= each.items()], stream


LEAVING: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "deleted": ({"isActive": "2"}, {"allow_deletes": True}),
    "renamed": ({"name": "Ulmus", "invoiceNumber": "Z-1", "refNumber": "Z-1"}, {"allow_renames": True}),
}


@pytest.mark.parametrize("leaves", LEAVING)
def test_what_its_owner_leaves_is_nobodys_among_several(empty: Simulator, tmp_path: Path, leaves: str) -> None:
    change, settings = LEAVING[leaves]
    assert load(empty, tmp_path, singer(*PARENTS, *of(0))).code == 0
    before = state_of_books(empty)
    for stream, keys, (record,) in of(0):
        left = {name: value for name, value in change.items() if name in {*record, "isActive"}}
        # One in another order, one in which a single other record asks, and two that say the same.
        others = [{**record, "key": 3}, {**PAIRS[stream][1], "key": 2}]
        stdin = singer((stream, keys, [others[0], {**record, **left}, others[1]]))
        assert load(empty, tmp_path, stdin, **settings).code == 1
        told = refused(tmp_path)
        assert [key for _, key, *_ in told] == ["2", "3"], stream
        assert all("used twice in this input" in reason for *_, reason in told)
        assert again(empty, tmp_path, stdin, **settings) == told
    after = state_of_books(empty)
    assert {each: len(after[each]) for each in after} == {each: len(before[each]) for each in before}


def owned_ids(folder: Path) -> dict[str, str]:
    """For each stream the object that the record of the key 1 owns."""
    with opened(folder) as ledger:
        rows = ledger.execute("SELECT stream, bill_id FROM settled WHERE source_key LIKE '%key%'").fetchall()
    return dict(rows)


def test_what_its_owner_leaves_is_free_for_a_single_other(empty: Simulator, tmp_path: Path) -> None:
    """Also when the owner says by the object's id which one it is, and so claims it under both numbers."""
    assert load(empty, tmp_path, singer(*PARENTS, *of(0))).code == 0
    change, _ = LEAVING["renamed"]
    ids, streams = owned_ids(tmp_path), []
    for stream, keys, (record,) in of(0):
        left = {name: value for name, value in change.items() if name in record}
        streams.append((stream, keys, [{**record, "key": 2}, {**record, **left, "id": ids[stream]}]))
    ran = load(empty, tmp_path, singer(*streams))
    assert ran.code == 0, refused(tmp_path)
    assert accounts(tmp_path) == {each: {"created": 1, "updated": 1} for each in PAIRS}


def test_an_owner_that_may_be_renamed_and_is_not_keeps_its_object_from_several(
    empty: Simulator, tmp_path: Path
) -> None:
    assert load(empty, tmp_path, singer(*PARENTS, *of(0))).code == 0
    for stream, keys, (record,) in of(0, list(DOCUMENTS)):
        stays = {**record, "description": "the same number, another text"}
        stdin = singer((stream, keys, [{**record, "key": 3}, stays, {**PAIRS[stream][1], "key": 2}]))
        assert load(empty, tmp_path, stdin, allow_renames=True).code == 1
        told = refused(tmp_path)
        assert [key for _, key, *_ in told] == ["2", "3"], stream
        assert all("belongs to another record: 1 of" in reason for *_, reason in told), told
        assert account(tmp_path, stream) == {"updated": 1, "rejected": 2}


@pytest.mark.parametrize("leaves", LEAVING)
def test_of_several_that_say_the_same_one_gets_the_name_that_an_owner_leaves(
    empty: Simulator, tmp_path: Path, leaves: str
) -> None:
    change, settings = LEAVING[leaves]
    master_data = [each for each in PAIRS if each not in DOCUMENTS]
    assert load(empty, tmp_path, singer(*PARENTS, *of(0, master_data))).code == 0
    for stream, keys, (record,) in of(0, master_data):
        left = {name: value for name, value in change.items() if name in {"name", "isActive"}}
        stdin = singer((stream, keys, [{**record, "key": 3}, {**record, "key": 2}, {**record, **left}]))
        assert load(empty, tmp_path, stdin, **settings).code == 0, refused(tmp_path)
        gone = {"deleted": 1} if leaves == "deleted" else {"updated": 1}
        assert account(tmp_path, stream) == {"created": 1, "linked": 1, **gone}
        assert again(empty, tmp_path, stdin, **settings) == []


def test_an_object_of_another_key_is_not_taken_over(empty: Simulator, tmp_path: Path) -> None:
    """The record says by its id that it is this one, and calls it otherwise."""
    assert load(empty, tmp_path, singer(*PARENTS, *of(0))).code == 0
    change, _ = LEAVING["renamed"]
    ids = owned_ids(tmp_path)
    others = [
        (stream, keys, [{**record, **{name: value for name, value in change.items() if name in record}}])
        for stream, keys, (record,) in of(1)
    ]
    streams = [(stream, keys, [{**record, "id": ids[stream]}]) for stream, keys, (record,) in others]
    told = again(empty, tmp_path, singer(*streams), take_over=list(PAIRS))
    assert [(stream, field) for stream, _, field, _ in told] == [
        (each, ", ".join(BY_STREAM[each].natural_key)) for each in sorted(PAIRS)
    ]
    assert all("belongs to another record, and has another key than this one" in reason for *_, reason in told)


def test_an_object_is_taken_over_on_purpose_as_a_step_of_its_own(empty: Simulator, tmp_path: Path) -> None:
    settings = {"take_over": list(PAIRS), "plan": PLAN}
    assert load(empty, tmp_path, singer(*PARENTS, *of(0))).code == 0
    told = again(empty, tmp_path, singer(*of(0), *of(1)), take_over=list(PAIRS))
    assert [stream for stream, *_ in told] == sorted(DOCUMENTS), "not from a record that is in the same input"
    ran = load(empty, tmp_path, singer(*of(1)), mode="plan", **settings)
    assert ran.code == 0, ran.err
    rows = [line for line in ran.err.splitlines() if line.startswith("│") and "take over" in line]
    assert ["from 1 of" in row for row in rows] == [True] * len(PAIRS), "whose it has been"
    steps = [(each["stream"], each["action"], each["source_key"]) for each in planned_steps(tmp_path)]
    assert sorted(steps) == [(each, action, "2") for each in sorted(PAIRS) for action in ("take over", "update")]
    ran = load(empty, tmp_path, singer(*of(1)), **settings)
    assert ran.code == 0, ran.err
    assert accounts(tmp_path) == all_of("updated", "updated")
    assert "taken over: 00n" in ran.err
    again(empty, tmp_path, singer(*of(0)))
    assert accounts(tmp_path) == all_of("rejected", "linked"), "and its former owner has it no more"
    assert all("belongs to another record: 2 of" in each["reason"] for each in rejects(tmp_path))
    assert [each["amount"] for each in books(empty, "Bill")] == [777]
