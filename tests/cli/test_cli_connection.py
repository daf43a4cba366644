"""Where the settings come from, and what is said when one is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from conftest import settings

from bill_simulator import defaults

if TYPE_CHECKING:
    from pathlib import Path

    from cli_bill import Bill, Here

    from bill_simulator import Simulator

pytest_plugins = ["cli_fixtures"]

ONE = ("list", "vendors", "--max", "1")


def written(folder: Path, simulator: Simulator, name: str = ".env", **more: str) -> Path:
    """The settings of a simulator as a file of variables."""
    path = folder / name
    values = {f"BILL_{key.upper()}": str(value) for key, value in settings(simulator, **more).items()}
    path.write_text("".join(f"{key}='{value}'\n" for key, value in values.items()))
    return path


def test_settings_come_from_variables(here: Here) -> None:
    assert here(*ONE).code == 0


def test_settings_come_from_the_env_file_of_the_folder(here: Here, books: Simulator) -> None:
    written(here.bill.folder, books)
    assert here(*ONE, variables={}).code == 0


def test_settings_come_from_the_file_that_is_named(here: Here, books: Simulator) -> None:
    written(here.bill.folder, books, "other.env")
    assert here("--env-file", "other.env", *ONE, variables={}).code == 0
    assert here(*ONE, "--env-file", "other.env", variables={}).code == 0, "behind the command too"


def test_settings_come_from_options_alone(here: Here, books: Simulator) -> None:
    options = [word for name, text in settings(books).items() for word in (f"--{name.replace('_', '-')}", str(text))]
    assert here(*options, *ONE, variables={}).code == 0


def test_an_option_counts_more_than_a_variable_and_that_more_than_the_file(here: Here, books: Simulator) -> None:
    written(here.bill.folder, books, organization_id="00801FROMFILEaaaaaa1")
    in_file = {name: text for name, text in here.bill.variables.items() if name != "BILL_ORGANIZATION_ID"}
    assert "organization" in here("doctor", "--output", "csv", variables=in_file).out
    for arguments, variables, expected in (
        ((), in_file, "00801FROMFILEaaaaaa1"),
        ((), {**in_file, "BILL_ORGANIZATION_ID": "00801FROMVARIABLEaa1"}, "00801FROMVARIABLEaa1"),
        (
            ("--organization-id", "00801FROMOPTIONaaaa1"),
            {**in_file, "BILL_ORGANIZATION_ID": "00801FROMVARIABLEaa1"},
            "00801FROMOPTIONaaaa1",
        ),
    ):
        assert f"{expected} is none that" in here("doctor", *arguments, variables=variables).out


def test_an_empty_variable_is_none(here: Here, books: Simulator) -> None:
    written(here.bill.folder, books)
    empty = dict.fromkeys(here.bill.variables, "") | {"BILL_MFA_ID": "", "BILL_USE_PRODUCTION_URL": ""}
    assert here(*ONE, variables=empty).code == 0, "the file counts"


def test_missing_settings_are_all_named_with_the_places_to_give_them(here: Here) -> None:
    ran = here(*ONE, variables={})
    assert (ran.code, ran.out) == (2, "")
    for name in ("username", "password", "organization_id", "developer_key"):
        assert f"setting `{name}` is missing" in ran.err
    assert "BILL_USERNAME" in ran.err
    assert ".env" in ran.err


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("TIMEOUT_S", "soon", "setting `timeout_s` is 'soon'; allowed is a whole number, 1 to 3600"),
        ("TIMEOUT_S", "0", "setting `timeout_s` is 0"),
        ("USE_PRODUCTION_URL", "maybe", "setting `use_production_url` is 'maybe'"),
        ("API_URL", "ftp://x", "setting `api_url` must look like"),
        ("ORGANIZATION_ID", "123", "setting `organization_id` is '123'"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_allowed(here: Here, name: str, text: str, said: str) -> None:
    ran = here(*ONE, variables={**here.bill.variables, f"BILL_{name}": text})
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_a_file_that_is_not_there_or_no_text_is_said(here: Here) -> None:
    assert "there is no file no.env" in here("--env-file", "no.env", *ONE).err
    (here.bill.folder / "bad.env").write_bytes(b"BILL_USERNAME=\xff\xfe\n")
    ran = here("--env-file", "bad.env", *ONE)
    assert ran.code == 2
    assert "bad.env cannot be read" in ran.err
    (here.bill.folder / ".env").mkdir()
    assert here(*ONE).code == 2


@pytest.mark.parametrize(
    ("name", "text", "said", "code"),
    [
        ("PASSWORD", "wrong-horse", "BDC_1101", 5),
        ("DEVELOPER_KEY", "01WRONGKEY", "BDC_1102", 5),
        ("ORGANIZATION_ID", "00801NOSUCHORGaaaaa1", "BDC_1123", 5),
        ("API_URL", "http://127.0.0.1:9/api/v2", "cannot connect", 3),
    ],
)
def test_a_bill_that_does_not_let_us_in_or_is_not_there_has_its_code_and_no_secret_is_shown(
    bill: Bill, name: str, text: str, said: str, code: int
) -> None:
    bill.more[f"BILL_{name}"] = text
    bill.simulator.control.forget_requests()
    ran = bill(*ONE) if name != "API_URL" else bill("doctor")
    assert ran.code == code
    assert said in ran.err or "cannot be reached" in ran.out
    for secret in ("wrong-horse", defaults.PASSWORD, "01WRONGKEY", defaults.DEVELOPER_KEY):
        assert secret not in ran.out + ran.err


def test_an_hour_that_is_used_up_ends_with_6_and_says_until_when(here: Here, books: Simulator) -> None:
    books.control.limit(requests_per_hour=1)
    try:
        here(*ONE)
        ran = here(*ONE)
    finally:
        books.control.limit(requests_per_hour=20_000)
    assert ran.code == 6
    assert "BDC_1144" in ran.err
    assert "--wait" in ran.err


def test_verbose_tells_calls_and_no_secret(bill: Bill) -> None:
    ran = bill("--verbose", *ONE)
    assert "/List/Vendor.json HTTP 200" in ran.err
    assert json.loads(ran.out)
    for secret in (defaults.PASSWORD, defaults.DEVELOPER_KEY, "sessionId"):
        assert secret not in ran.err
