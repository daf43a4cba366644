"""Settings of target-bill that cannot work end the run at its start: before a login, and before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from conftest import run, settings
from target_run import books, load, singer, vendors

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a number beyond all bounds": ({"undo_days": 10**12}, "`undo_days` is 1000000000000; allowed is a whole number, 0"),
    "a number of the SDK's": ({"batch_size_rows": 10**30}, "`batch_size_rows` is wrong"),
    "half of the SDK's flattening": ({"flattening_enabled": True}, "flattening_max_depth is required when"),
    "a stream that is none": ({"streams": {"suppliers": "vendor"}}, "`streams.suppliers` is 'vendor'; allowed is"),
    "a table that becomes nothing": ({"documents": {"x": {}}}, "`documents.x.stream`: must be given"),
    "a table with a path": ({"documents": {"x": {"stream": "bills", "path": "a"}}}, "`documents.x.path`: is about"),
    "a table filled down": ({"documents": {"x": {"stream": "bills", "fill_down": True}}}, "`documents.x.fill_down`: "),
    "days in the wrong order": (
        {"oldest_invoice_date": "2026-01-02", "newest_invoice_date": "2026-01-01"},
        "`oldest_invoice_date` is 2026-01-02, after `newest_invoice_date`, 2026-01-01",
    ),
    "a folder that is none": ({"report_dir": "/dev/null"}, "`report_dir` is /dev/null, and no file can be made there"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_work_is_refused_before_the_login(empty: Simulator, tmp_path: Path, name: str) -> None:
    given, said = REFUSED[name]
    ran = load(empty, tmp_path, singer(vendors("A")), **given)
    assert (ran.code, ran.out) == (2, ""), ran.err
    assert said in ran.err.splitlines()[-1]
    assert empty.control.summary()["logins"] == 0
    assert not (tmp_path / ".bill/ledger.sqlite3").exists()


def test_days_that_are_one_leave_that_day(empty: Simulator, tmp_path: Path) -> None:
    ran = load(
        empty,
        tmp_path,
        singer(vendors("A")),
        oldest_invoice_date="2026-01-01",
        newest_invoice_date="2026-01-01",
    )
    assert ran.code == 0, ran.err


NOTHING = ("stream_maps", "stream_map_config", "faker_config", "batch_size_rows")


@pytest.mark.parametrize("nothing", [None, ""])
def test_null_and_an_empty_text_are_not_given_for_settings_of_the_sdk_too(
    empty: Simulator, tmp_path: Path, nothing: Any
) -> None:
    given = dict.fromkeys(NOTHING, nothing)
    ran = load(empty, tmp_path, singer(vendors("A")), **given)
    assert ran.code == 0, ran.err
    assert [each["name"] for each in books(empty, "Vendor")] == ["A"]
    del given["batch_size_rows"]  # a tap has none
    read = run("tap_bill", settings(empty, **given), tmp_path)
    assert read.code == 0, read.err
