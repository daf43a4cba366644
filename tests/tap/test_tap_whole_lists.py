"""Lists that tell no times: they are sent when they changed, and as versions that take away what is gone."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from conftest import client_for, run
from hypothesis import given
from hypothesis import strategies as some
from tap_run import synced

from bill_api.entities import BY_NAME, BY_STREAM
from bill_simulator import defaults
from bill_values.exact_json import decode, encode
from tap_bill.whole_lists import FINGERPRINT, SpooledList

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Ran

    from bill_simulator import Simulator

WHOLE = {each.stream for each in BY_STREAM.values() if not each.is_timed} | {"code_labels"}
HERE, THERE = defaults.ORGANIZATION_ID, defaults.EMPTY_ORGANIZATION_ID
BOTH: dict[str, Any] = {"organizations": [HERE, THERE]}
PRESENT: dict[str, Any] = {"stream_options": {"users": {"filters": [{"field": "isActive", "op": "=", "value": "1"}]}}}
"""Users that are deleted are gone from the list."""


def sent(ran: Ran) -> Counter[str]:
    """Rows of lists that are read whole."""
    streams = (each["stream"] for each in ran.messages if each["type"] == "RECORD")
    return Counter(each for each in streams if each in WHOLE)


def new_term(simulator: Simulator, organization: str = HERE, days: int = 77) -> None:
    client = client_for(simulator, organization_id=organization)
    client.create(BY_NAME["PaymentTerm"], {"name": f"Net {days}", "netDue": days})


def versions(ran: Ran) -> dict[str, set[int | None]]:
    """The versions of each stream's rows."""
    found: dict[str, set[int | None]] = {}
    for each in ran.messages:
        if each["type"] == "RECORD":
            found.setdefault(each["stream"], set()).add(each.get("version"))
    return found


def activated(ran: Ran) -> dict[str, int]:
    return {each["stream"]: each["version"] for each in ran.messages if each["type"] == "ACTIVATE_VERSION"}


def test_a_list_is_sent_only_when_it_changed(simulator: Simulator, tmp_path: Path) -> None:
    first = synced(simulator, tmp_path)
    assert sent(first).keys() >= {"users", "payment_terms", "code_labels"}
    again = synced(simulator, tmp_path, first.state)
    assert not sent(again)
    new_term(simulator)
    third = synced(simulator, tmp_path, again.state)
    assert sent(third) == {"payment_terms": sent(first)["payment_terms"] + 1}
    assert not sent(synced(simulator, tmp_path, third.state))


def test_each_organization_has_lists_of_its_own(simulator: Simulator, tmp_path: Path) -> None:
    first = synced(simulator, tmp_path, **BOTH)
    new_term(simulator, THERE)
    again = synced(simulator, tmp_path, first.state, **BOTH)
    assert sent(again).keys() == {"payment_terms"}
    assert {each["organizationId"] for each in again.records("payment_terms")} == {THERE}
    # One that is not read meanwhile is as it was.
    alone = synced(simulator, tmp_path, again.state, organizations=[HERE])
    assert not sent(synced(simulator, tmp_path, alone.state, **BOTH))


@pytest.mark.parametrize(
    "changed",
    [
        {"naming": "snake_case"},
        {"stream_maps": {"users": {"firstName": "'x'"}}},
        {"resend_unchanged": True},
    ],
    ids=str,
)
def test_rows_that_would_be_other_records_are_sent(
    simulator: Simulator, tmp_path: Path, changed: dict[str, Any]
) -> None:
    first = synced(simulator, tmp_path)
    again = synced(simulator, tmp_path, first.state, **changed)
    assert sent(again)["users"] == sent(first)["users"]
    assert bool(sent(synced(simulator, tmp_path, again.state, **changed))) is ("resend_unchanged" in changed)


def test_state_among_rows_says_nothing_of_lists_that_are_not_out_yet(simulator: Simulator, tmp_path: Path) -> None:
    """A sync that is cut off leaves it, and the list may be as before by the next one."""
    first = synced(simulator, tmp_path)
    new_term(simulator)
    again = synced(simulator, tmp_path, first.state)
    marks: set[str] = set()
    for each in again.messages:
        if each["type"] == "STATE":
            bookmarks = each["value"]["bookmarks"]
            marks = {name for name, found in bookmarks.items() if FINGERPRINT in json.dumps(found)}
        elif each["type"] == "RECORD":
            assert each["stream"] not in marks
    assert again.messages[0]["type"] == "STATE"
    assert FINGERPRINT not in json.dumps(again.messages[0])
    assert marks >= WHOLE - {"organizations"}, "all of them at the end"


def test_what_is_gone_is_marked_in_the_warehouse_when_its_version_is_over(simulator: Simulator, tmp_path: Path) -> None:
    options: dict[str, Any] = {**PRESENT, **BOTH, "emit_activate_version_messages": True}
    path = str(tmp_path / "warehouse.duckdb")

    def loaded(ran: Ran) -> Counter[bool]:
        assert run("target_duckdb", {"filepath": path, "add_record_metadata": True}, tmp_path, stdin=ran.out).code == 0
        with duckdb.connect(path, read_only=True) as db:
            rows = db.execute("SELECT _sdc_deleted_at IS NOT NULL FROM tap_bill.users").fetchall()
        return Counter(gone for (gone,) in rows)

    first = synced(simulator, tmp_path, **options)
    users = len(first.records("users"))
    assert loaded(first) == {False: users}
    again = synced(simulator, tmp_path, first.state, **options)
    assert not activated(again)
    assert loaded(again) == {False: users}
    gone = first.records("users")[0]
    client_for(simulator, organization_id=gone["organizationId"]).delete(BY_NAME["User"], gone["id"])
    third = synced(simulator, tmp_path, again.state, **options)
    assert sent(third) == {"users": users - 1}, "those of both organizations"
    assert versions(third)["users"] == {activated(third)["users"]}
    assert loaded(third) == {False: users - 1, True: 1}


def test_versions_that_are_asked_for_later_begin_with_the_next_sync(simulator: Simulator, tmp_path: Path) -> None:
    """Rows that went before there were versions are marked then, and not when the list changes some day."""
    path = str(tmp_path / "warehouse.duckdb")
    loader = {"filepath": path, "add_record_metadata": True}
    first = synced(simulator, tmp_path, **PRESENT)
    assert run("target_duckdb", loader, tmp_path, stdin=first.out).code == 0
    gone = first.records("users")[0]["id"]
    client_for(simulator).delete(BY_NAME["User"], gone)
    second = synced(simulator, tmp_path, first.state, **PRESENT)
    third = synced(simulator, tmp_path, second.state, **PRESENT, emit_activate_version_messages=True)
    for ran in (second, third):
        assert run("target_duckdb", loader, tmp_path, stdin=ran.out).code == 0
    with duckdb.connect(path, read_only=True) as db:
        marked = db.execute("SELECT id FROM tap_bill.users WHERE _sdc_deleted_at IS NOT NULL").fetchall()
    assert marked == [(gone,)]


def test_a_version_is_told_of_whole_lists_alone_and_after_all_of_its_rows(simulator: Simulator, tmp_path: Path) -> None:
    ran = synced(simulator, tmp_path, emit_activate_version_messages=True, **BOTH)
    told = activated(ran)
    assert told.keys() == sent(ran).keys() - {"code_labels"} | {
        each for each in WHOLE if each not in sent(ran) and each != "code_labels"
    }
    assert {stream for stream, found in versions(ran).items() if found != {None}} <= told.keys()
    done: set[str] = set()
    for each in ran.messages:
        if each["type"] == "ACTIVATE_VERSION":
            done.add(each["stream"])
        assert each["type"] != "RECORD" or each["stream"] not in done


def test_no_version_is_active_without_the_rows_of_an_organization_that_failed(
    simulator: Simulator, tmp_path: Path
) -> None:
    options: dict[str, Any] = {"emit_activate_version_messages": True, **BOTH}
    new_term(simulator, THERE)
    simulator.control.fault("error", "/List/PaymentTerm.json", code="BDC_1145", count=1)
    first = synced(simulator, tmp_path, **options)
    assert len({each["organizationId"] for each in first.records("payment_terms")}) == 1
    assert "payment_terms" not in activated(first)
    assert "users" in activated(first)
    again = synced(simulator, tmp_path, first.state, **options)
    assert sent(again).keys() == {"payment_terms"}
    assert len({each["organizationId"] for each in again.records("payment_terms")}) == 2
    assert "payment_terms" in activated(again)


ROWS = some.lists(
    some.dictionaries(
        some.text(max_size=8),
        some.none() | some.booleans() | some.text() | some.integers(-(10**15), 10**15)
        | some.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12),
        max_size=5,
    ),
    max_size=6,
)  # fmt: skip


def _encoded(row: dict[str, Any]) -> bytes:
    return encode(row).encode()


@given(some.lists(ROWS, max_size=4))
def test_pages_that_wait_come_back_as_they_were(pages: list[list[dict[str, Any]]]) -> None:
    spooled = SpooledList(pages, _encoded, decode)
    back = list(spooled.pages())
    assert back == pages
    kinds = [[{name: type(value) for name, value in row.items()} for row in page] for page in back]
    assert kinds == [[{name: type(value) for name, value in row.items()} for row in page] for page in pages]
    spooled.close()
    otherwise = SpooledList([[row] for page in pages for row in page], _encoded, decode)
    otherwise.close()
    assert otherwise.digest == spooled.digest, "where a page ends says nothing"


def test_a_list_waits_on_disk_and_not_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    page = [{"id": f"{number}", "amount": Decimal("1.50"), "text": "x" * 900} for number in range(999)]
    spooled = SpooledList([page] * 20, _encoded, decode)
    assert spooled._file._rolled  # type: ignore[attr-defined]
    assert sum(len(each) for each in spooled.pages()) == 20 * 999
    spooled.close()
