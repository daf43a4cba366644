"""Of very many things of one kind the first are told, and how many more there are: never a flood, and never a gap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_run import bill, bills, load, rejects, report, singer, vendors

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

VENDOR = "Harbour Lamps"


def names(count: int) -> list[str]:
    return [f"Party {number:02}" for number in range(1, count + 1)]


def rows(text: str) -> list[list[str]]:
    """The cells of the rows of all tables."""
    lines = [line.strip("│").split("│") for line in text.splitlines() if line.startswith("│")]
    return [[each.strip() for each in cells] for cells in lines]


def test_a_plan_shows_its_first_steps_the_largest_parties_and_the_sums_of_the_others(
    empty: Simulator, tmp_path: Path
) -> None:
    amounts = dict(zip(names(17), [*range(1, 17), 16], strict=True))
    documents = [bill(name, "1", amount) for name, amount in amounts.items()]
    ran = load(empty, tmp_path, singer(vendors(*amounts), bills(*documents)), mode="plan", plan="plan.json")
    assert ran.code == 0, ran.err
    steps = [row[2] for row in rows(ran.err) if row[1] == "create"]
    assert steps == [*(name for name in names(17)), *(f"{name} / 1" for name in names(3))]
    assert "  ... and 14 more\n" in ran.err
    money = [row for row in rows(ran.err) if row[0] in {*amounts, "2 others", "net"}]
    largest = sorted(names(17)[2:], key=lambda name: (-amounts[name], name))
    shown = [[name, "1", "0.00", f"{amounts[name]}.00", f"{amounts[name]}.00"] for name in largest]
    others = [["2 others", "2", "0.00", "3.00", "3.00"], ["net", "17", "0.00", "152.00", "152.00"]]
    assert money == [*shown, *others]


def test_the_first_reasons_are_shown_with_their_rows_and_the_others_counted(empty: Simulator, tmp_path: Path) -> None:
    spans: dict[str, Any] = {"rows 2": [2], "rows 2, 3, 4": [2, 3, 4], "rows 2, 3, 4, ...": [2, 3, 4, 5]}
    records = [
        {
            "name": "A",
            "key": number,
            "_source_errors": f"spilt {number}",
            "_source_file": "x.csv",
            "_source_rows": list(spans.values())[number % len(spans)],
        }
        for number in range(11)
    ]
    ran = load(empty, tmp_path, singer(("vendors", ["key"], records)), max_rejects=11)
    assert ran.code == 0, ran.err
    shown = [
        line.partition(":")[2].rpartition(": its source says")[0]
        for line in ran.err.splitlines()
        if "  rejected: " in line
    ]
    assert shown == [f" vendors {number} (x.csv, {list(spans)[number % len(spans)]})" for number in range(10)]
    assert "  ... and 1 more reasons, which the report has\n" in ran.err
    assert len(rejects(tmp_path)) == 11, "the file has them all"
    assert empty.control.summary()["calls"] == 0, "nothing of BILL is needed to say so"


def test_a_claim_names_three_others_and_counts_the_rest(empty: Simulator, tmp_path: Path) -> None:
    records = [{**bill(VENDOR, "7", 5), "key": key} for key in range(6)]
    load(empty, tmp_path, singer(vendors(VENDOR), ("bills", ["key"], records)))
    for key, reject in enumerate(rejects(tmp_path)):
        others = [f"{other} of bills" for other in range(6) if other != key][:3]
        assert f"used twice in this input: {', '.join(others)} and 2 more has it too" in reject["reason"]


def test_of_many_suspicions_the_first_are_told_and_each_names_three_others(empty: Simulator, tmp_path: Path) -> None:
    numbers = [f"{'0' * zeros}{'-' * hyphens}7" for zeros in range(10) for hyphens in range(11)][:101]
    documents = [bill(VENDOR, number, 5) for number in numbers]
    ran = load(empty, tmp_path, singer(bills(*documents)), create_missing=["vendors"])
    assert ran.code == 0, ran.err
    notes = report(tmp_path)["notes"]
    assert notes.pop("more suspicions") == 2 * 101 - 10, "of number and of amount"
    near = {note: times for note, times in notes.items() if "its number is nearly that of" in note}
    assert [note.startswith("bills") for note in near] == [True] * 5, "and not the vendor that is made on the way"
    assert [(note.count("that of"), "and more" in note) for note in near] == [(3, True)] * 5
    assert set(near.values()) == {1}
    ran = load(empty, tmp_path, singer(bills(bill(VENDOR, "07-", 5))))
    assert ran.code == 0, ran.err
    assert [note.count(" of 00n") for note in report(tmp_path)["notes"]] == [3, 3]


def test_three_similar_names_are_told_of_each_of_the_first_five_hundred(empty: Simulator, tmp_path: Path) -> None:
    similar = [f"Acme Tools {letter}" for letter in "ABCD"]
    documents = [bill(f"Acme Tools {number}", "1", 5) for number in range(501)]
    load(empty, tmp_path, singer(vendors(*similar), bills(*documents)))
    hints = [each["hint"] for each in rejects(tmp_path)]
    assert len(hints) == 501
    assert [" Similar: " in hint for hint in hints] == [True] * 500 + [False]
    assert {hint.count("'Acme Tools ") for hint in hints[:500]} == {3}
