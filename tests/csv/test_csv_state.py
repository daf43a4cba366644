"""STATE: an unchanged file is not read again, a changed one is read whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from csv_tap import BILL_HEADER, Json, Run, bills, run_tap

if TYPE_CHECKING:
    from pathlib import Path

FIRST, SECOND = "Ace,1,2021-06-01,1,\n", "Bee,2,2021-06-02,2,\n"


def again(folder: Path, before: Run, *files: Json) -> Run:
    state = [each["value"] for each in before.messages if each["type"] == "STATE"][-1]
    (folder / "state.json").write_text(json.dumps(state))
    return run_tap(folder, *files, state="state.json")


def names(run: Run) -> list[str]:
    return [each["vendorName"] for each in run.records("bills")]


def test_an_unchanged_file_is_not_read_again(tmp_path: Path) -> None:
    (tmp_path / "bills.csv").write_text(BILL_HEADER + FIRST)
    first = run_tap(tmp_path, bills())
    (kept,) = first.messages[-1]["value"]["bookmarks"]["bills"]["files"]
    assert (kept["path"], kept["size"], len(kept["sha256"])) == ("bills.csv", len(BILL_HEADER + FIRST), 64)
    second = again(tmp_path, first, bills())
    assert names(second) == []
    assert "bills.csv: unchanged since it was last read to the end; not read" in second.stderr
    assert names(again(tmp_path, second, bills())) == []


def test_a_changed_file_is_read_whole_even_if_its_size_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "bills.csv").write_text(BILL_HEADER + FIRST + SECOND)
    first = run_tap(tmp_path, bills())
    (tmp_path / "bills.csv").write_text(BILL_HEADER + FIRST + SECOND.replace("Bee", "Cee"))
    second = again(tmp_path, first, bills())
    assert names(second) == ["Ace", "Cee"]
    assert names(again(tmp_path, second, bills())) == []


def test_a_new_file_of_a_pattern_is_picked_up_alone_and_one_that_went_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(BILL_HEADER + FIRST)
    first = run_tap(tmp_path, bills("*.csv"))
    (tmp_path / "b.csv").write_text(BILL_HEADER + SECOND)
    second = again(tmp_path, first, bills("*.csv"))
    assert names(second) == ["Bee"]
    (tmp_path / "a.csv").unlink()
    third = again(tmp_path, second, bills("*.csv"))
    assert names(third) == []
    assert [each["path"] for each in third.messages[-1]["value"]["bookmarks"]["bills"]["files"]] == ["b.csv"]


def test_reread_reads_it_anyway_and_so_does_another_mapping(tmp_path: Path) -> None:
    (tmp_path / "bills.csv").write_text(BILL_HEADER + FIRST)
    first = run_tap(tmp_path, bills())
    assert names(again(tmp_path, first, bills(reread=True))) == ["Ace"]
    assert names(again(tmp_path, first, bills(defaults={"dueDate": "2021-07-01"}))) == ["Ace"]


def test_a_file_that_cannot_be_read_to_the_end_is_not_remembered_and_those_before_it_are(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(BILL_HEADER + FIRST)
    (tmp_path / "b.csv").write_text(BILL_HEADER + SECOND + "ragged\n")
    run = run_tap(tmp_path, bills("*.csv"))
    assert "b.csv, row 3" in run.error
    states = [each["value"] for each in run.messages if each["type"] == "STATE"]
    assert [each["path"] for each in states[-1]["bookmarks"]["bills"]["files"]] == ["a.csv"]


def test_two_entries_for_one_file_are_remembered_apart(tmp_path: Path) -> None:
    (tmp_path / "bills.csv").write_text(BILL_HEADER + FIRST + SECOND)
    ace, bee = (bills(where=f"Supplier = '{name}'") for name in ("Ace", "Bee"))
    first = run_tap(tmp_path, ace)
    both = again(tmp_path, first, ace, bee)
    assert names(both) == ["Bee"]
    assert names(again(tmp_path, both, ace, bee)) == []


def test_nothing_in_state_is_a_float(tmp_path: Path) -> None:
    (tmp_path / "bills.csv").write_text(BILL_HEADER + FIRST)
    state = run_tap(tmp_path, bills()).messages[-1]
    assert state["type"] == "STATE"

    def refuse(text: str) -> None:
        raise AssertionError(text)

    json.loads(json.dumps(state), parse_float=refuse)


FILE = {"path": "bills.csv", "size": 1, "sha256": "x", "settings": "y"}
ODD: dict[str, tuple[str, str]] = {
    "no JSON": ("x", "is not JSON"),
    "empty": ("", "is empty"),
    "a list": ("[]", "is no JSON object"),
    "bookmarks that are a list": ('{"bookmarks": []}', "`bookmarks` is []"),
    "a bookmark that is a text": ('{"bookmarks": {"bills": "x"}}', "`bookmarks.bills` is 'x'"),
    "files that are a text": ('{"bookmarks": {"bills": {"files": "x"}}}', "has 'x' as `bookmarks.bills.files[0]`"),
    "files that are an object": ('{"bookmarks": {"bills": {"files": {"a": 1}}}}', "as `bookmarks.bills.files[0]`"),
    "a file that is a text": ('{"bookmarks": {"bills": {"files": ["x"]}}}', "has 'x' as `bookmarks.bills.files[0]`"),
    "a file without its size": ('{"bookmarks": {"bills": {"files": [{"path": "x"}]}}}', "path, size, sha256, settings"),
    "a file with a text for its size": (
        json.dumps({"bookmarks": {"bills": {"files": [FILE, {**FILE, "size": "1"}]}}}),
        "`bookmarks.bills.files[1]`",
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_a_state_that_cannot_be_gone_on_from_is_refused_before_the_first_record(tmp_path: Path, name: str) -> None:
    content, why = ODD[name]
    (tmp_path / "bills.csv").write_text(BILL_HEADER + FIRST)
    (tmp_path / "state.json").write_text(content)
    run = run_tap(tmp_path, bills(), state="state.json")
    assert run.error.startswith("--state state.json: ")
    assert why in run.error
    assert run.messages == []


def test_states_that_were_appended_go_on_from_the_last(tmp_path: Path) -> None:
    (tmp_path / "bills.csv").write_text(BILL_HEADER + FIRST)
    first = run_tap(tmp_path, bills())
    states = [{"bookmarks": {}}, *(each["value"] for each in first.messages if each["type"] == "STATE")]
    (tmp_path / "states.jsonl").write_text("".join(json.dumps(each) + "\n" for each in states))
    assert names(run_tap(tmp_path, bills(), state="states.jsonl")) == []


def test_a_list_is_read_again_when_the_mapping_of_the_bills_beside_it_is_corrected(tmp_path: Path) -> None:
    (tmp_path / "bills.csv").write_text(BILL_HEADER + FIRST.replace("2021-06-01", "1.6.2021"))
    vendors: Json = {"path": "bills.csv", "stream": "vendors", "columns": {"name": "Supplier"}}
    first = run_tap(tmp_path, vendors, bills())
    assert (first.records("vendors"), len(first.problems("bills"))) == ([], 1)
    second = again(tmp_path, first, vendors, bills(date_format="%d.%m.%Y"))
    assert ([each["name"] for each in second.records("vendors")], second.problems("bills")) == (["Ace"], [])
    third = again(tmp_path, second, vendors, bills(date_format="%d.%m.%Y"))
    assert (third.records("vendors"), third.records("bills")) == ([], [])
