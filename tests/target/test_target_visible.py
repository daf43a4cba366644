"""What a plan, a report and a log show of names: the names, whatever is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from conftest import client_for
from target_run import WAIT_S, bill, bills, books, load, rejects, singer, started, vendors

from bill_api.entities import BY_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

STEERING = "\x1b\x9b\x07\u202e\u2066\u200b"


def assert_plain(text: str) -> None:
    assert "Traceback" not in text
    assert not [each for each in STEERING if each in text]


@pytest.mark.parametrize("name", ["ZQ [/b] Ltd", "ZQ[red] Ltd", "ZQ[link=http://x.test]Ltd[/link]", "ZQ :smile: Ltd"])
def test_a_plan_shows_the_approver_the_name_as_it_is(empty: Simulator, tmp_path: Path, name: str) -> None:
    ran = load(empty, tmp_path, singer(vendors(name), bills(bill(name, "1", 5))), mode="plan", plan="plan.json")
    assert ran.code == 0, ran.err
    assert_plain(ran.err)
    assert ran.err.count(name) == 5, "the vendor and its name, its bill and whose it is, and the money by vendor"


@pytest.mark.parametrize("mode", ["plan", "apply"])
def test_names_that_steer_a_terminal_are_shown_escaped(empty: Simulator, tmp_path: Path, mode: str) -> None:
    """What BILL has, and what the input says: in tables, in sentences, in the log."""
    client = client_for(empty)
    old = client.raw(
        "/Crud/Create/Vendor.json", {"obj": {"entity": "Vendor", "name": "Old", "phone": "1\x1b[2J\u202e"}}
    )
    records = [{"name": "Old", "phone": "2"}]
    stdin = singer(("vendors", ["name"], records), bills(bill("No\x1b[8m\u202e\u200bOne", "7\x9b", 5)))
    ran = load(empty, tmp_path, stdin, mode=mode, max_rejects=1, **({"plan": "plan.json"} if mode == "plan" else {}))
    assert ran.code == 0, ran.err
    assert_plain(ran.err)
    assert r"bills No\x1b" in ran.err
    if mode == "plan":
        assert r"phone: 1\x1b[2J\u202e -> 2" in ran.err
    (reject,) = rejects(tmp_path)
    assert reject["record"]["vendorName"] == "No\x1b[8m\u202e\u200bOne", "files for machines keep it as it is"
    assert [each["id"] for each in books(empty, "Vendor")] == [old["id"]]


def test_a_setting_with_markup_in_it_is_a_path(empty: Simulator, tmp_path: Path) -> None:
    ran = load(empty, tmp_path, singer(vendors("A")), mode="plan", plan="plan[/b].json", report_dir="r[red]")
    assert ran.code == 0, ran.err
    assert "the plan: plan[/b].json" in ran.err


@pytest.mark.parametrize(("columns", "width"), [(None, 120), ("100", 120), ("140", 140)])
def test_a_table_in_a_log_is_wide_enough_to_be_read(
    empty: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: str | None, width: int
) -> None:
    """Where there is no terminal that would say how wide it is."""
    if columns is None:
        monkeypatch.delenv("COLUMNS", raising=False)
    else:
        monkeypatch.setenv("COLUMNS", columns)
    record = {"name": "Wide " * 12, "phone": "2", "email": "a" * 40 + "@b.test", "address1": "Long Street " * 5}
    client_for(empty).create(BY_NAME["Vendor"], {"name": record["name"], "phone": "1"})
    run = started(empty, tmp_path, singer(("vendors", ["name"], [record])), mode="plan", plan="plan.json")
    _, err = run.communicate(timeout=WAIT_S)
    assert run.returncode == 0, err
    assert max(len(line) for line in err.splitlines() if line.startswith("│")) == width


def test_sentences_and_paths_stand_in_a_line_of_their_own_however_long_they_are(
    empty: Simulator, tmp_path: Path
) -> None:
    """So that a path can be copied, and a log be searched."""
    folder, name = "r" * 200, "n" * 200
    stdin = singer(("vendors", ["name"], [{"name": "A", "x" * 200: 1}]), bills(bill(name, "1", 5)))
    for mode in ("apply", "plan"):
        ran = load(empty, tmp_path, stdin, report_dir=folder, mode=mode, max_rejects=1)
        (path,) = max(tmp_path.glob(f"{folder}/*-rejects.jsonl")).relative_to(tmp_path).parts[1:]
        stem = path.removesuffix("-rejects.jsonl")
        lines = ran.err.splitlines()
        assert f"  1 x `{'x' * 200}` is not a field of Vendor: not sent" in lines
        assert f"  all rejected records: {folder}/{path}, {folder}/{stem}-rejects-bills.csv" in lines
        assert [f"is called '{name}'. Create it" in line for line in lines if "  rejected: " in line] == [True]
    assert [line.endswith(")") for line in lines if line.startswith(f"  the plan: {folder}/{stem}")] == [True]


def test_a_message_of_bill_that_steers_is_shown_escaped(empty: Simulator, tmp_path: Path) -> None:
    empty.control.fault("error", path="/Bulk/*", code="BDC_9999", message="no\x1b[2J\n2026 | ERROR | forged\u202e")
    ran = load(empty, tmp_path, singer(vendors("A")))
    assert ran.code == 1
    assert_plain(ran.err)
    assert not [line for line in ran.err.splitlines() if line.startswith("2026 | ERROR")]
    assert r"no\x1b[2J" in ran.err
