"""The pipes of the examples on engines, for the organizations of a simulated firm, as an engine runs them."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pipeline
import pytest
from closing_tables import newest, reports_in
from organization_pipes import LOADING, READING, SETTINGS, WAREHOUSE, has_files
from pipeline import CREDENTIALS, DONE, REFUSED, Pipe, PipeError
from simulated import BILLS, INBOX_FILE, OTHER_PASSWORD, Firm, firm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bill_simulator import Simulator

pytestmark = pytest.mark.slow

PROGRAMS = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Firm]:
    """Three organizations, the last one with a user of its own."""
    with firm(tmp_path / "organizations", 3) as running:
        yield running


def run(made: Firm, pipe: Pipe, organization: str, **more: str) -> int:
    """Run a pipe as the examples do; its exit code."""
    known = pipeline.organizations_in(made.folder / "organizations.csv")
    chosen, variables = known[organization], made.variables | more | {"PATH": PROGRAMS}
    own = pipeline.variables_for(chosen, known, pipeline.personal_of(chosen, variables), variables)
    folder = made.folder / organization
    try:
        with pipeline.held(folder) as lock, pipeline.not_refused(made.folder, chosen.user, own):
            pipe.run(folder, lock, own)
    except PipeError as error:
        return error.code
    return DONE


def logins(simulator: Simulator) -> Counter[str]:
    requests = simulator.control.requests()
    return Counter(str(each.get("organization")) for each in requests if each["path"].endswith("Login.json"))


def loaded(made: Firm, organization: str) -> list[str]:
    numbers = [each["invoiceNumber"] for each in made.simulator.control.books(organization, "Bill")]
    return [each for each in numbers if each.startswith("IN-")]


def test_no_variable_of_a_command_leads_into_another_organization(made: Firm) -> None:
    first, second, third = made.ids
    astray = {
        f"{prefix}_{name}": text
        for prefix in ("TAP_BILL", "TARGET_BILL")
        for name, text in {"ORGANIZATION_ID": first, "USERNAME": "x", "PASSWORD": "x", "MFA_ID": "x"}.items()
    } | {"TAP_BILL_ORGANIZATIONS": json.dumps([first]), "BILL_ORGANIZATION_ID": first}
    for each in (second, third):
        assert [run(made, pipe, each, **astray) for pipe in (LOADING, READING)] == [DONE, DONE]
        assert len(loaded(made, each)) == BILLS
        with duckdb.connect(made.folder / each / WAREHOUSE, read_only=True) as database:
            assert database.execute("SELECT DISTINCT organization_id FROM tap_bill.bills").fetchall() == [(each,)]
    assert not loaded(made, first)
    folder = made.folder / third
    wide = {each.relative_to(folder) for each in folder.rglob("*") if each.stat().st_mode & 0o077}
    assert wide <= {Path("inbox"), Path(INBOX_FILE)}  # clients' data are their owner's only


def test_a_wrong_password_is_tried_once_for_all_organizations_of_its_user(made: Firm) -> None:
    first, second, third = made.ids
    wrong = {"BILL_PASSWORD": "wrong"}
    assert [run(made, READING, each, **wrong) for each in (first, second, first)] == [CREDENTIALS] * 3
    assert run(made, LOADING, second, **wrong) == CREDENTIALS
    assert sum(logins(made.simulator).values()) == 1
    assert run(made, READING, third) == DONE  # of another user
    assert run(made, READING, second) == DONE  # with the right one
    assert [each.name for each in made.folder.glob("refused-*")] == []


def test_an_organization_that_its_user_may_not_enter_holds_up_no_other(made: Firm) -> None:
    first, _, third = made.ids
    password = {"SECOND_PASSWORD": OTHER_PASSWORD}
    listed = made.folder / "organizations.csv"
    listed.write_text(f"id,name,user\n{first},a,SECOND\n{third},c,SECOND\n")
    assert run(made, READING, first, **password) == CREDENTIALS
    assert run(made, READING, third, **password) == DONE


def test_a_warehouse_that_is_gone_is_read_from_the_beginning(made: Firm) -> None:
    organization, _, _ = made.ids
    warehouse = made.folder / organization / WAREHOUSE
    assert json.loads((SETTINGS / "duckdb.json").read_text())["filepath"] == READING.written == WAREHOUSE
    counts = []
    for _ in range(2):
        assert run(made, READING, organization) == DONE
        with duckdb.connect(warehouse, read_only=True) as database:
            counts += database.execute("SELECT count(*) FROM tap_bill.bills").fetchall()
        warehouse.unlink()
    assert counts == [(len(made.simulator.control.books(organization, "Bill")),)] * 2


def spoil(inbox_file: Path) -> None:
    """Take the date away from the first bill."""
    text = inbox_file.read_text()
    inbox_file.write_text(text.replace("2025-07-01", "", 2))


def corrected(folder: Path) -> Path:
    """The file of rejects that the last load has written, with the date put in."""
    report = newest(reports_in(folder))
    assert report is not None
    (rejects,) = (folder / ".bill" / "reports").glob("*rejects*.csv")
    with rejects.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    with rejects.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(row | {"Date": "2025-07-01"} for row in rows)
    return rejects


def test_corrected_rejects_are_loaded_in_place_of_their_file(made: Firm) -> None:
    organization, _, _ = made.ids
    folder = made.folder / organization
    original = folder / INBOX_FILE
    spoil(original)
    assert run(made, LOADING, organization) == REFUSED
    assert len(loaded(made, organization)) == BILLS - 1
    rejects = corrected(folder)
    (folder / "done").mkdir()
    original.rename(folder / "done" / original.name)
    rejects.rename(folder / "inbox" / rejects.name)
    assert run(made, LOADING, organization) == DONE
    assert sorted(loaded(made, organization)) == sorted({*loaded(made, organization)})
    assert len(loaded(made, organization)) == BILLS


def test_a_file_may_be_corrected_where_it_lies(made: Firm) -> None:
    organization, _, _ = made.ids
    original = made.folder / organization / INBOX_FILE
    right = original.read_text()
    spoil(original)
    assert run(made, LOADING, organization) == REFUSED
    original.write_text(right)
    assert run(made, LOADING, organization) == DONE
    assert len(loaded(made, organization)) == BILLS


def test_an_inbox_without_files_is_known(tmp_path: Path) -> None:
    assert not has_files(tmp_path)
    (tmp_path / "inbox").mkdir()
    assert not has_files(tmp_path)
