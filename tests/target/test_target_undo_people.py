"""Undo for people: a run is found by what is at hand, and what is said of a stopped or refused undo is true."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING

import pytest
from conftest import run, settings
from programs import Started
from target_run import WAIT_S, bill, bills, books, load, report, singer, undo, until, vendors

from target_bill.account.report import Report
from target_bill.account.runs import table
from target_bill.ledger.runs import KeptRun

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

MANY = 250


def loaded(simulator: Simulator, folder: Path) -> str:
    """Load a vendor and a bill of a file; the run's name."""
    (folder / "march.jsonl").write_text(singer(vendors("A"), bills(bill("A", "1", "1234.50"))))
    ran = run("target_bill", settings(simulator), folder, "--input", "march.jsonl")
    assert ran.code == 0, ran.err
    name = str(report(folder)["receipts"]).rpartition("/")[2].removesuffix("-receipts.jsonl")
    assert f"to take it back, within 30 days: target-bill --config ... --undo {name}" in ran.err
    return name


@pytest.mark.parametrize("form", ["{}", ".bill/reports/{}.json", "{}-receipts.csv", " /x/{}-rejects.jsonl\n"])
def test_a_run_is_found_by_its_name_and_by_any_of_its_files(empty: Simulator, tmp_path: Path, form: str) -> None:
    ran = undo(empty, tmp_path, form.format(loaded(empty, tmp_path)))
    assert ran.code == 0, ran.err
    assert {each["isActive"] for each in books(empty, "Bill")} == {"2"}
    assert "--undo 2" not in ran.err, "an undo is taken back by loading the file"


@pytest.mark.parametrize("name", [(), ("20200101T000000123Z-1",), ("bills.csv",)])
def test_no_or_a_wrong_name_lists_the_runs_and_touches_nothing(
    empty: Simulator, tmp_path: Path, name: tuple[str, ...]
) -> None:
    known = loaded(empty, tmp_path)
    before = sorted((tmp_path / ".bill").rglob("*"))
    empty.control.forget_requests()
    ran = undo(empty, tmp_path, *name)
    assert ran.code == 2
    assert (empty.control.requests(), sorted((tmp_path / ".bill").rglob("*"))) == ([], before)
    for said in (known, "march.jsonl", "1 of bills", "1 of vendors", "bills 1,234.50", "Nothing was sent"):
        assert said in ran.err
    assert "accounted for" not in ran.err


def test_an_undo_with_another_ledger_makes_none(empty: Simulator, tmp_path: Path) -> None:
    name = loaded(empty, tmp_path)
    ran = undo(empty, tmp_path, name, ledger="elsewhere/ledger.sqlite3")
    assert ran.code == 2
    assert "there is no ledger elsewhere/ledger.sqlite3 (setting `ledger`" in ran.err
    assert not (tmp_path / "elsewhere").exists()
    assert "accounted for" not in ran.err


def test_an_undo_that_a_person_stops_says_how_much_is_left_and_goes_on(empty: Simulator, tmp_path: Path) -> None:
    records = [bill("A", str(place), 1) for place in range(MANY)]
    assert load(empty, tmp_path, singer(vendors("A"), bills(*records))).code == 0
    name = str(report(tmp_path)["receipts"]).rpartition("/")[2].removesuffix("-receipts.jsonl")
    (tmp_path / "config.json").write_text(json.dumps(settings(empty, batch_size=10, max_concurrency=1)))
    empty.control.limit(write_latency_ms=300)
    process = Started("target_bill", ["--config", "config.json", "--undo", name], cwd=tmp_path, env=os.environ)
    until(lambda: any(each["isActive"] == "2" for each in books(empty, "Bill")))
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=WAIT_S)
    assert process.returncode == 130, err
    gone = sum(each["isActive"] == "2" for each in books(empty, "Bill"))
    assert 0 < gone < MANY
    assert f"undo of {name}: stopped, {gone} of {MANY + 1} settled" in err
    assert f"the rest of the run {name} is as it was: start the same undo again" in err
    empty.control.limit(write_latency_ms=0)
    assert undo(empty, tmp_path, name).code == 0
    assert {each["isActive"] for each in books(empty, "Bill")} == {"2"}


def test_an_undo_that_stopped_between_two_parts_of_it_does_not_add_up(tmp_path: Path) -> None:
    """Its writes come a part at a time: all of those that came are settled then, and it is not at its end."""
    told = Report(tmp_path, is_plan=False)
    assert told.adds_up
    told.takes_back("20260131T120000123Z-4711", 400)
    assert (told.adds_up, told.settled_of_received) == (False, "0 of 400 settled")


def test_a_limit_that_stops_an_undo_speaks_of_the_undo(empty: Simulator, tmp_path: Path) -> None:
    loaded(empty, tmp_path)
    gone = bills({**bill("A", "1", "1234.50"), "isActive": "2"})
    assert load(empty, tmp_path, singer(vendors("A"), gone), allow_deletes=True).code == 0
    name = str(report(tmp_path)["receipts"]).rpartition("/")[2].removesuffix("-receipts.jsonl")
    ran = undo(empty, tmp_path, name, max_total_amount="5.00")
    assert ran.code == 1
    assert "Start the undo again with a higher limit, or without it" in ran.err
    assert "Look at the input" not in ran.err
    assert "accounted for" not in ran.err


def test_a_run_is_listed_with_the_time_that_its_name_says(tmp_path: Path) -> None:
    runs = [KeptRun("20260301T091500000Z-1", {"bills": 2}), KeptRun("of somebody", {"bills": 1})]
    found = table(runs, tmp_path)
    assert found is not None
    assert list(found.columns[1].cells) == ["2026-03-01 09:15", ""]
    assert list(found.columns[3].cells) == ["2 of bills", "1 of bills"]
    assert table([KeptRun("20260301T091500000Z-1", {"bills": 0})], tmp_path) is None
