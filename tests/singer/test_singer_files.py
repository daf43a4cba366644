"""The files that a command line names, odd in every way: one line that names the file and the next step."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from conftest import run, settings
from programs import run_text

from bill_program.errors import SettingsError
from bill_simulator import defaults
from bill_singer.files import read_object
from bill_singer.plugin import _JsonFile
from tap_bill.tap import TapBill

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

COMMANDS = {
    "tap_bill": "tap-bill",
    "target_bill": "target-bill",
    "tap_bill_csv": "tap-bill-csv",
    "target_duckdb": "target-duckdb",
}
TAPS = ("tap_bill", "tap_bill_csv")
ODD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "blank": (b" \n\n", "is empty"),
    "no JSON": (b"{a: 1}", "is not JSON"),
    "half of it": (b'{"a": ', "is not JSON"),
    "two lines that are none": (b"{\nb\n", "is not JSON"),
    "a list": (b"[1]", "is no JSON object"),
    "a text": (b'"a"', "is no JSON object"),
    "null": (b"null", "is no JSON object"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "is not UTF-8"),
    "Latin-1": (b'{"a": "\xe9"}', "is not UTF-8"),
    "1,000 deep": (b'{"a":' * 1000 + b"1" + b"}" * 1000, "nested"),
    "a huge exponent": (b'{"a": 1e999999}', "exponent"),
}


@pytest.mark.parametrize("option", ["--config", "--catalog", "--state"])
@pytest.mark.parametrize("name", ODD)
def test_an_odd_file_is_refused_by_its_name(tmp_path: Path, name: str, option: str) -> None:
    content, why = ODD[name]
    path = tmp_path / "given.json"
    path.write_bytes(content)
    with pytest.raises(SettingsError) as refusal:
        read_object(option, str(path))
    said = str(refusal.value)
    assert said.startswith(f"{option} {path}: ")
    assert why in said
    assert "it has to" in said, "the next step"
    assert "\n" not in said


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path, why in ((tmp_path, "is a folder"), (tmp_path / "no.json", "does not exist"), ("a\0b", "cannot be read")):
        with pytest.raises(SettingsError, match=why):
            read_object("--state", str(path))


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_a_byte_order_mark_and_many_lines_of_one_object_are_fine(tmp_path: Path, start: bytes) -> None:
    (tmp_path / "a.json").write_bytes(start + json.dumps({"a": {"b": 1}}, indent=2).encode())
    for option in ("--config", "--catalog", "--state"):
        assert read_object(option, str(tmp_path / "a.json")) == {"a": {"b": 1}}


ODD_YAML: dict[str, tuple[str, str]] = {
    "a text": ("a\nb\n", "is no JSON object"),
    "a list": ("- a\n", "is no JSON object"),
    "an indent that does not fit": ("a:\n   b: 1\n  c: 2\n", "line 3: "),
    "a tab": ("a:\n\tb: 1\n", "line 2: "),
    "a name twice": ("a: 1\nb: 2\na: 3\n", "line 3: a stands there twice"),
    "a quote that stays open": ('a: "b\n', "line 2: "),
    "an alias": ("a: &a [1]\nb: [*a, *a]\n", "line 2: an alias"),
    "a list for a name": ("? [a]\n: 1\n", "line 1: a name has to be a text"),
    "a tag": ("a: !!python/object/apply:os.system [ls]\n", "line 1: the tag "),
    "a day by its tag": ("a: !!timestamp 2026-01-31\n", "line 1: the tag "),
    "two documents": ("a: 1\n---\nb: 1\n", "line 2: "),
    "1,000 deep": ("a: " + "[" * 1000 + "]" * 1000, "nested"),
    "a huge exponent": ("a: 1e999999\n", "exponent"),
    "a bell": ("a: \a\n", "a character that no text has"),
}


@pytest.mark.parametrize("name", ODD_YAML)
def test_odd_yaml_is_refused_by_its_name_and_line(tmp_path: Path, name: str) -> None:
    content, why = ODD_YAML[name]
    path = tmp_path / "given.yml"
    path.write_text(content)
    with pytest.raises(SettingsError) as refusal:
        read_object("--config", str(path))
    said = str(refusal.value)
    assert said.startswith(f"--config {path}: ")
    assert why in said
    assert "\n" not in said


def test_settings_in_yaml_say_what_the_same_json_says(tmp_path: Path) -> None:
    path = tmp_path / "given.yml"
    path.write_text(
        '# a comment\nfiles:\n- path: a.csv  # another\n  fill_down: true\n  where: "A"\n  defaults:\n'
        "    exchangeRate: 1.10\n    amount: 12345678901234567890.01\n    description: no\n"
        "    invoiceDate: 2026-01-31\n    poNumber: 007\n  values: {1: yes, 01: ~}\n  skip: 3\n"
    )
    (entry,) = read_object("--config", str(path))["files"]
    assert entry == {
        "path": "a.csv",
        "fill_down": True,
        "where": "A",
        "defaults": {
            "exchangeRate": Decimal("1.10"),
            "amount": Decimal("12345678901234567890.01"),
            "description": "no",
            "invoiceDate": "2026-01-31",
            "poNumber": "007",
        },
        "values": {"1": "yes", "01": None},
        "skip": 3,
    }


@pytest.mark.parametrize("package", COMMANDS)
def test_each_command_reads_settings_in_yaml_as_it_reads_json(tmp_path: Path, package: str) -> None:
    (tmp_path / "given.json").write_text('{"files": [{"pth": "a.csv"}], "page_size": ["x"], "path": ["x"]}')
    (tmp_path / "given.yml").write_text("files:\n- pth: a.csv\npage_size: [x]\npath: [x]\n")
    in_json, in_yaml = (run_text(package, ["--config", name], cwd=tmp_path) for name in ("given.json", "given.yml"))
    assert "setting `" in in_json.stderr
    said_of_json, said_of_yaml = (
        [line for line in each.stderr.splitlines() if " | " not in line] for each in (in_json, in_yaml)
    )
    assert (in_yaml.returncode, said_of_yaml) == (in_json.returncode, said_of_json)


UNKNOWN = {
    "MODE": "did you mean `mode`?",
    "Timeout_S": "did you mean `timeout_s`?",
    "dry_run": "known are username, ",
    "stream__maps": "did you mean `stream_maps`?",
}


@pytest.mark.parametrize("package", COMMANDS)
@pytest.mark.parametrize("name", UNKNOWN)
def test_a_name_that_no_setting_has_is_refused_by_each_command(tmp_path: Path, package: str, name: str) -> None:
    (tmp_path / "given.json").write_text(json.dumps({name: "plan"}))
    done = run_text(package, ["--config", "given.json"], cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    (said,) = [line for line in done.stderr.splitlines() if f"setting `{name}` is not known; " in line]
    assert package != "target_bill" or UNKNOWN[name] in said


@pytest.mark.parametrize("package", COMMANDS)
@pytest.mark.parametrize("content", ['{"mode": "plan", "mode": "apply"}', '{"x": [{"mode": 1, "mode": 2}]}'])
def test_a_name_twice_in_json_is_refused_at_any_depth(tmp_path: Path, package: str, content: str) -> None:
    (tmp_path / "given.json").write_text(content)
    done = run_text(package, ["--config", "given.json"], cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert "--config given.json: has `mode` twice, and means two things" in done.stderr


@pytest.mark.parametrize("first", ["garbage", '{"bookmarks":{"bi', "{}"])
def test_whatever_stands_before_the_last_line_of_a_state_file_does_not_count(tmp_path: Path, first: str) -> None:
    path = tmp_path / "state.json"
    path.write_text(f'{first}\n{{"bookmarks": {{}}}}\n')
    assert read_object("--state", str(path)) == {"bookmarks": {}}


def test_of_a_state_file_with_several_lines_the_last_one_counts(tmp_path: Path) -> None:
    path = tmp_path / "states.jsonl"
    path.write_text('{"at": 1}\n{"at": 2}\r\n\n')
    assert read_object("--state", str(path)) == {"at": 2}
    path.write_text('{"at": 1}\n{"at": 2}\n{"at"')
    with pytest.raises(SettingsError, match="line 3 is not JSON"):
        read_object("--state", str(path))
    for option in ("--config", "--catalog"):
        path.write_text('{"at": 1}\n{"at": 2}\n')
        with pytest.raises(SettingsError, match="is not JSON"):
            read_object(option, str(path))


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85"])
def test_a_sign_that_ends_lines_of_texts_ends_none_of_a_state_file(tmp_path: Path, sign: str) -> None:
    last = {"files": [{"path": f"a{sign}b.csv"}]}
    lines = (json.dumps(each, ensure_ascii=False) for each in ({"at": 1}, last))
    (tmp_path / "states.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert read_object("--state", str(tmp_path / "states.jsonl")) == last


@pytest.mark.parametrize("package", COMMANDS)
def test_every_command_says_it_in_one_line(tmp_path: Path, package: str) -> None:
    (tmp_path / "empty.json").touch()
    good = tmp_path / "good.json"
    good.write_text("{}")
    options = ["--config", "--catalog", "--state"] if package in TAPS else ["--config"]
    for option in options:
        before = [] if option == "--config" else ["--config", str(good)]
        arguments = [*before, option, "empty.json"]
        done = run_text(package, arguments, cwd=tmp_path)
        assert done.returncode == 2, done.stderr
        (said,) = done.stderr.splitlines()
        assert said.startswith(f"{COMMANDS[package]}: {option} empty.json: is empty; ")
        assert done.stdout == ""


def test_what_is_no_catalog_is_refused(simulator: Simulator, tmp_path: Path) -> None:
    for catalog in ({}, {"streams": 5}, {"streams": [5]}):
        (tmp_path / "catalog.json").write_text(json.dumps(catalog))
        ran = run("tap_bill", settings(simulator), tmp_path, "--catalog", "catalog.json")
        assert (ran.code, ran.out) == (2, "")
        assert "tap-bill: --catalog catalog.json: is no Singer catalog" in ran.err
        assert "Traceback" not in ran.err


HERE = {"organizationId": defaults.ORGANIZATION_ID}
READABLE = {"context": HERE, "replication_key": "updatedTime", "replication_key_value": "2026-01-01T00:00:00Z"}


def bookmarked(value: Any, stream: str = "vendors") -> dict[str, Any]:
    one = {**READABLE, "replication_key_value": value}
    beside = {"bills": {"partitions": [READABLE]}}
    return {"bookmarks": {**beside, stream: {"partitions": [one]}}}


STATES: dict[str, tuple[Any, str]] = {
    "no bookmarks": ({"at": 1}, "has no `bookmarks`"),
    "a STATE message": ({"type": "STATE", "value": {"bookmarks": {}}}, "has no `bookmarks`"),
    "bookmarks that are a number": ({"bookmarks": 5}, "`bookmarks` is 5"),
    "bookmarks that are null": ({"bookmarks": None}, "`bookmarks` is null"),
    "bookmarks that are a list": ({"bookmarks": []}, "`bookmarks` is []"),
    "a bookmark that is a text": ({"bookmarks": {"vendors": "2026-01-01"}}, "`bookmarks.vendors` is '2026-01-01'"),
    "partitions that are a number": ({"bookmarks": {"vendors": {"partitions": 5}}}, "vendors.partitions` is 5"),
    "a partition that is null": ({"bookmarks": {"vendors": {"partitions": [None]}}}, "partitions[0]` is null"),
    "a partition without context": ({"bookmarks": {"vendors": {"partitions": [{}]}}}, "partitions[0].context` is null"),
    "two partitions of one": ({"bookmarks": {"vendors": {"partitions": [READABLE, READABLE]}}}, "two partitions of"),
    "markers that are a text": ({"bookmarks": {"vendors": {"progress_markers": "x"}}}, "progress_markers` is 'x'"),
    "an integer": (bookmarked(1767225600), "has 1767225600 as `bookmarks.vendors.partitions[0]"),
    "a list": (bookmarked(["2026-01-01T00:00:00Z"]), "has ['2026-01-01T00:00:00Z'] as `bookmarks.vendors"),
    "an object": (bookmarked({}), "has {} as `bookmarks.vendors"),
    "a boolean": (bookmarked(True), "has True as `bookmarks.vendors"),
    "no date": (bookmarked("soon"), "has 'soon' as `bookmarks.vendors"),
    "an empty text": (bookmarked(""), "has '' as `bookmarks.vendors"),
    "a day that is none": (bookmarked("2026-02-30T00:00:00Z"), "has '2026-02-30T00:00:00Z' as"),
    "unreadable lines beside a readable document": (bookmarked("soon", "bill_line_items"), "bookmarks.bill_line_items"),
    "of a stream itself": ({"bookmarks": {"bills": {"replication_key_value": 5}}}, "has 5 as `bookmarks.bills."),
}


@pytest.mark.parametrize("name", STATES)
def test_a_state_that_cannot_be_gone_on_from_is_refused_before_the_first_record(tmp_path: Path, name: str) -> None:
    state, why = STATES[name]
    (tmp_path / "state.json").write_text(json.dumps(state))
    with pytest.raises(SettingsError) as refusal:
        _JsonFile(TapBill, "--state").convert(str(tmp_path / "state.json"), None, None)
    said = str(refusal.value)
    assert said.startswith(f"--state {tmp_path}/state.json: ")
    assert why in said
    assert "the last line that the target has printed" in said


def test_no_record_goes_out_beside_an_unreadable_bookmark(simulator: Simulator, tmp_path: Path) -> None:
    """The readable one would be gone on from, and what the other stream missed before it never read."""
    for stream in ("bill_line_items", "bills"):
        (tmp_path / "state.json").write_text(json.dumps(bookmarked("soon", stream)))
        ran = run("tap_bill", settings(simulator), tmp_path, "--state", "state.json")
        assert (ran.code, ran.out) == (2, "")
        (said,) = [each for each in ran.err.splitlines() if each.startswith("tap-bill: ")]
        assert "--state state.json: has 'soon' as `bookmarks." in said
        assert simulator.control.summary()["logins"] == 0


def test_states_that_were_appended_go_on_from_the_last(simulator: Simulator, tmp_path: Path) -> None:
    first = run("tap_bill", settings(simulator), tmp_path)
    lines = [each["value"] for each in first.messages if each["type"] == "STATE"]
    (tmp_path / "states.jsonl").write_text("".join(json.dumps(each) + "\n" for each in (lines[0], lines[-1])))
    simulator.control.advance(3600)
    second = run("tap_bill", settings(simulator), tmp_path, "--state", "states.jsonl")
    assert second.code == 0, second.err
    assert not second.records("bills")
    assert not second.records("vendors")
