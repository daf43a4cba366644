"""The ledger as a file: for people, for newer versions, and for one run at a time."""

from __future__ import annotations

import errno
import json
import re
import sqlite3
import stat
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from target_run import (
    ORGANIZATION,
    WAIT_S,
    bill,
    bills,
    books,
    load,
    opened,
    singer,
    standing_still,
    started,
    vendors,
    wait_for_intents,
    writes,
)

from bill_program.exit_codes import ExitCode
from bill_simulator import defaults
from target_bill.files import remedy

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

LEDGER = ".bill/ledger.sqlite3"
OTHER = defaults.EMPTY_ORGANIZATION_ID


def sqlite_error(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("x")
    error.sqlite_errorcode = code
    return error


def test_a_view_says_what_was_written_when(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(vendors("A")))
    with opened(tmp_path) as ledger:
        ledger.execute("UPDATE settled SET first_settled_at = '2026-01-02T03:04:05Z'")
    load(empty, tmp_path, singer(("vendors", ["name"], [{"name": "A", "phone": "1"}])))
    with opened(tmp_path) as ledger:
        ledger.row_factory = sqlite3.Row
        (row,) = [dict(each) for each in ledger.execute("SELECT * FROM written")]
    assert row.pop("last_written_at") > row.pop("first_written_at") == "2026-01-02T03:04:05Z"
    assert row == {
        "organization_id": ORGANIZATION,
        "stream": "vendors",
        "source": "",
        "incoming": "vendors",
        "source_key": '["a"]',
        "hold": "wrote",
        "bill_id": books(empty, "Vendor")[0]["id"],
        "last_verdict": "updated",
    }


def test_the_second_run_is_told_who_has_the_ledger(empty: Simulator, tmp_path: Path) -> None:
    empty.control.limit(write_latency_ms=4000)
    first = started(empty, tmp_path, singer(vendors("A")))
    with standing_still(first, tmp_path):
        second = load(empty, tmp_path, singer(vendors("B")))
    assert second.code == ExitCode.TAKEN
    assert f"another target-bill is using the ledger {LEDGER} (process {first.pid} on " in second.err
    assert [each["name"] for each in books(empty, "Vendor")] == ["A"]


def test_a_ledger_that_does_not_say_yet_who_has_it_is_refused_all_the_same(empty: Simulator, tmp_path: Path) -> None:
    """The first run is just about to make it."""
    (tmp_path / ".bill").mkdir()
    with FileLock(tmp_path / f"{LEDGER}.lock"):
        ran = load(empty, tmp_path, singer(vendors("B")))
    assert ran.code == ExitCode.TAKEN
    assert "Traceback" not in ran.err
    assert f"another target-bill is using the ledger {LEDGER}; wait for it to end" in ran.err


@pytest.mark.skipif(sys.platform != "linux", reason="a folder of the system in which nothing can be made")
def test_a_folder_in_which_no_lock_can_be_made_is_not_taken(empty: Simulator, tmp_path: Path) -> None:
    """The library of locks takes this refusal of the system for a lock of another run, and a scheduler would wait."""
    ran = load(empty, tmp_path, singer(vendors("B")), ledger="/proc/ledger.sqlite3")
    assert ran.code == ExitCode.REFUSED, ran.err
    assert "the ledger /proc/ledger.sqlite3 cannot be used: " in ran.err
    assert "Traceback" not in ran.err
    assert writes(empty) == []


def test_a_ledger_that_another_program_has_open_for_writing_is_taken(empty: Simulator, tmp_path: Path) -> None:
    """A browser of databases, say, which knows nothing of our lock."""
    load(empty, tmp_path, singer(vendors("A")))
    with closing(sqlite3.connect(tmp_path / LEDGER, isolation_level=None)) as browser:
        browser.execute("BEGIN EXCLUSIVE")
        ran = load(empty, tmp_path, singer(vendors("B")))
    assert ran.code == ExitCode.TAKEN, ran.err
    assert "database is locked" in ran.err
    assert [each["name"] for each in books(empty, "Vendor")] == ["A"]


def test_what_is_being_sent_stays_in_the_ledger_only_until_its_outcome_is_known(
    empty: Simulator, tmp_path: Path
) -> None:
    empty.control.limit(write_latency_ms=1500)
    record = {"name": "Quite Distinct Ltd", "phone": "0113 4960000", "taxId": "99-7654321"}
    process = started(empty, tmp_path, singer(("vendors", ["phone"], [record])), undo_days=0)
    wait_for_intents(tmp_path, 1)
    with opened(tmp_path) as ledger:
        ((body,),) = ledger.execute("SELECT body FROM intents").fetchall()
    assert json.loads(body) == {"name": "Quite Distinct Ltd", "phone": "0113 4960000"}
    process.communicate(timeout=WAIT_S)
    content = (tmp_path / LEDGER).read_bytes()
    assert b"0113 4960000" in content, "the key is kept"
    assert b"Quite Distinct Ltd" not in content
    assert b"7654321" not in content


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (
            "UPDATE meta SET value = '2' WHERE name = 'schema_version'",
            "has schema version 2, and this target-bill knows 4 only",
        ),
        (
            "UPDATE meta SET value = '99' WHERE name = 'schema_version'",
            "has schema version 99, and this target-bill knows",
        ),
        ("DELETE FROM meta WHERE name = 'schema_version'", "does not say its schema version"),
        ("DROP TABLE meta", "is a database of something else"),
    ],
)
def test_a_ledger_that_cannot_be_understood_is_left_alone(
    empty: Simulator, tmp_path: Path, spoil: str, reason: str
) -> None:
    load(empty, tmp_path, singer(vendors("A")))
    with opened(tmp_path) as ledger:
        ledger.execute(spoil)
    before = (tmp_path / LEDGER).read_bytes()
    empty.control.forget_requests()
    ran = load(empty, tmp_path, singer(vendors("B")))
    assert ran.code == (2 if "something else" in reason else 1), "the setting, or the file"
    assert reason in ran.err
    assert writes(empty) == []
    assert (tmp_path / LEDGER).read_bytes() == before


@pytest.mark.parametrize(
    ("ledger", "reason"),
    [
        ("notes.txt", "file is not a database"),
        ("notes.txt/ledger.sqlite3", "Not a directory|File exists"),
        ("folder", "Is a directory"),
    ],
)
def test_a_path_that_cannot_be_a_ledger_is_named(empty: Simulator, tmp_path: Path, ledger: str, reason: str) -> None:
    (tmp_path / "notes.txt").write_text("dear diary " * 100)
    (tmp_path / "folder").mkdir()
    ran = load(empty, tmp_path, singer(vendors("A")), ledger=ledger)
    assert ran.code == 1
    assert "Traceback" not in ran.err
    assert re.search(f"the ledger {ledger} cannot be used: .*({reason})", ran.err)


def test_one_ledger_serves_several_organizations(empty: Simulator, tmp_path: Path) -> None:
    for organization in (ORGANIZATION, OTHER):
        ran = load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "1", 1))), organization_id=organization)
        assert ran.code == 0, ran.err
    with opened(tmp_path) as ledger:
        assert ledger.execute("SELECT count(*) FROM settled WHERE organization_id = ?", (ORGANIZATION,)).fetchone() == (
            2,
        )
    assert stat.S_IMODE((tmp_path / LEDGER).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("body", "{not json", "cannot be read: "),
        ("body", "[]", "its body is no JSON object"),
        ("operation", "'explode'", "the operation 'explode' is not known"),
        ("operation", "explode", "the operation 'explode' is not known"),
        ("hold", "grip", "cannot be read: "),
        ("sent_at_s", "noon", "cannot be read: "),
        ("sent_at_s", "-1e300", "`sent_at_s` is -1e+300"),
        ("operation", "update", "it is to update an object, and has no `bill_id`"),
        ("operation", "delete", "it is to delete an object, and has no `bill_id`"),
        ("stream", "nothings", "the stream 'nothings' is not one of BILL's"),
        ("bill_lines", '{"billLineItems": "x"}', "the lines of its body are no list of objects"),
        ("bill_lines", "[]", "its body is no JSON object"),
        ("bill_lines", '{"billLineItems": [1]}', "the lines of its body are no list of objects"),
    ],
)
def test_an_intent_that_cannot_be_read_is_named_and_kept(
    empty: Simulator, tmp_path: Path, column: str, value: str, said: str
) -> None:
    load(empty, tmp_path, singer(vendors("A")))
    row = {"stream": "vendors", "operation": "create", "hold": None, "sent_at_s": 1.0, "body": "{}"}
    row |= {"stream": "bills", "body": value} if column == "bill_lines" else {column: value.strip("'")}
    stream = row.pop("stream")
    values = (ORGANIZATION, stream, '["","vendors",["name"],["b"]]', *row.values())
    with opened(tmp_path) as ledger:
        ledger.execute(
            "INSERT INTO intents (organization_id, stream, source_key, operation, hold, sent_at_s, body, content_hash)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, 'x')",
            values,
        )
    empty.control.forget_requests()
    ran = load(empty, tmp_path, singer(vendors("B")))
    assert ran.code == 1
    assert "Traceback" not in ran.err
    row_of = f'{stream} ["","vendors",["name"],["b"]]'
    assert f"the ledger {LEDGER}, table `intents`, the row of {row_of} cannot be read: " in ran.err
    assert said in ran.err
    assert writes(empty) == []
    with opened(tmp_path) as ledger:
        assert ledger.execute("SELECT count(*) FROM intents").fetchone() == (1,)


def test_a_row_of_what_was_written_that_cannot_be_read_is_named(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(vendors("A")))
    with opened(tmp_path) as ledger:
        ledger.execute("UPDATE settled SET hold = 'weird'")
    ran = load(empty, tmp_path, singer(vendors("A")))
    assert ran.code == 1
    assert "Traceback" not in ran.err
    assert "table `settled`, the row of vendors" in ran.err
    assert "its hold is 'weird'" in ran.err


def test_a_link_to_a_ledger_has_its_lock(empty: Simulator, tmp_path: Path) -> None:
    """For another organization, too: nothing else keeps the two runs apart."""
    (tmp_path / ".bill").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/linked.sqlite3").symlink_to(tmp_path / LEDGER)
    empty.control.limit(write_latency_ms=4000)
    first = started(empty, tmp_path, singer(vendors("A")))
    with standing_still(first, tmp_path):
        second = load(empty, tmp_path, singer(vendors("B")), ledger="elsewhere/linked.sqlite3", organization_id=OTHER)
    assert second.code == ExitCode.TAKEN
    assert f"another target-bill is using the ledger elsewhere/linked.sqlite3 (process {first.pid} on " in second.err


def test_a_transaction_that_sqlite_has_taken_back_itself_ends_with_the_true_reason(
    empty: Simulator, tmp_path: Path
) -> None:
    """As it does on a full disk."""
    assert load(empty, tmp_path, singer(vendors("A"))).code == 0
    with opened(tmp_path) as ledger:
        ledger.execute(
            "CREATE TRIGGER full BEFORE INSERT ON intents BEGIN SELECT RAISE(ROLLBACK, 'database or disk is full'); END"
        )
    ran = load(empty, tmp_path, singer(vendors("B")))
    assert ran.code == 1
    assert "target-bill: a file could not be written (database or disk is full)" in ran.err
    assert "rollback" not in ran.err
    assert [each["name"] for each in books(empty, "Vendor")] == ["A"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "x"), "the disk is full"),
        (OSError(errno.EROFS, "x"), "nothing may be written there"),
        (OSError(errno.EFBIG, "x"), "a file may not become so large here: raise the limit (`ulimit -f`)"),
        (sqlite_error(sqlite3.SQLITE_IOERR | 3 << 8), "the disk does not answer"),
        (sqlite_error(sqlite3.SQLITE_IOERR | 3 << 8), "a file may not become so large here"),
        (sqlite_error(sqlite3.SQLITE_FULL), "the disk is full"),
        (sqlite_error(sqlite3.SQLITE_BUSY), "another program has the ledger open"),
        (sqlite_error(sqlite3.SQLITE_NOTADB), "is no database"),
        (sqlite_error(sqlite3.SQLITE_CORRUPT), "is damaged"),
        (sqlite_error(sqlite3.SQLITE_READONLY | 1 << 8), "nothing may be written there"),
        (sqlite_error(sqlite3.SQLITE_CANTOPEN), "cannot be opened"),
    ],
)
def test_an_error_of_a_file_says_what_it_is(error: OSError | sqlite3.Error, said: str) -> None:
    assert said in remedy(error)
