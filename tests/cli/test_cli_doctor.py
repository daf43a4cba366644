"""`bill doctor` names the wrong one."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cli_bill import Bill, Here

from bill_api.connection import PRODUCTION_URL, SANDBOX_URL
from bill_cli.connecting.checks import NAMES
from bill_simulator import Directory, Simulator, defaults

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ["cli_fixtures"]


def verdicts(here: Here, *arguments: str, code: int = 0, **variables: str) -> dict[str, tuple[str, str]]:
    """Every check with its verdict and text."""
    given = {**here.bill.variables, **{f"BILL_{name.upper()}": text for name, text in variables.items()}}
    ran = here("doctor", *arguments, "--output", "csv", variables=given)
    assert ran.code == code, ran.out + ran.err
    for secret in (defaults.PASSWORD, defaults.DEVELOPER_KEY):
        assert secret not in ran.out + ran.err
    return {row["check"]: (row["verdict"], row["text"]) for row in csv.DictReader(io.StringIO(ran.out))}


def wrong(found: dict[str, tuple[str, str]]) -> dict[str, str]:
    return {name: text for name, (verdict, text) in found.items() if verdict == "wrong"}


def test_a_good_connection_is_ok_in_every_point(here: Here) -> None:
    found = verdicts(here)
    assert list(found) == list(NAMES)
    assert {verdict for verdict, _ in found.values()} == {"ok"}


@pytest.mark.parametrize(
    ("setting", "text", "check", "said", "code"),
    [
        ("api_url", "http://127.0.0.1:9/api/v2", "host", "127.0.0.1 cannot be reached", 3),
        ("api_url", "https://nohost.invalid/api/v2", "host", "nohost.invalid cannot be reached", 3),
        ("password", "wrong", "user and password", "BDC_1101", 5),
        ("username", "nobody@simulator.test", "user and password", "BDC_1101", 5),
        ("developer_key", "01WRONG", "developer key", "One of the four values is wrong", 5),
        ("organization_id", "00801NOSUCHORGaaaaa1", "organization", "00801NOSUCHORGaaaaa1 is none that", 5),
        ("mfa_id", "!unknown", "MFA trust", "without `device_id`", 2),
    ],
)
def test_the_wrong_setting_is_named(here: Here, setting: str, text: str, check: str, said: str, code: int) -> None:
    found = verdicts(here, code=code, **{setting: text})
    (name,) = wrong(found)
    assert name == check
    assert said in found[name][1]
    later = list(NAMES)[list(NAMES).index(name) + 1 :]
    assert all(found[each][0] == "skipped" for each in later)


@pytest.mark.parametrize("code", ["BDC_1102", "BDC_1108", "BDC_1129"])
def test_a_refusal_that_leaves_open_which_value_is_wrong_stops_at_the_first(
    here: Here, books: Simulator, code: str
) -> None:
    books.control.fault("error", "/ListOrgs.json", code=code, count=1)
    found = verdicts(here, code=5)
    assert found["user and password"][0] == "skipped"
    assert code in wrong(found)["developer key"]
    assert "One of the four values is wrong" in wrong(found)["developer key"]
    assert wrong(found)["developer key"].endswith(f"Asked was {books.api_url}.")


@pytest.mark.parametrize("code", ["BDC_1102", "BDC_1108", "BDC_1129"])
def test_a_login_that_is_refused_blames_what_the_list_of_organizations_leaves_open(
    here: Here, books: Simulator, code: str
) -> None:
    books.control.fault("error", "/Login.json", code=code, count=0)
    found = verdicts(here, code=5)
    assert found["organization"][0] == "ok"
    assert list(wrong(found)) == ["API access"]
    said = wrong(found)["API access"]
    assert code in said
    assert "`organization_id`, or `username` and `password`" in said
    assert "developer_key" not in said
    assert said.endswith(f"Asked was {books.api_url}.")
    assert {found[each] for each in ("rate budget", "clock", "MFA trust")} == {("skipped", "see above")}


@pytest.mark.parametrize(("code", "check", "ends"), [("BDC_1105", "API access", 5), ("BDC_1144", "rate budget", 6)])
def test_what_hangs_on_a_login_is_skipped_when_it_is_refused(
    here: Here, books: Simulator, code: str, check: str, ends: int
) -> None:
    books.control.fault("error", "/Login.json", code=code, count=0)
    found = verdicts(here, code=ends)
    assert list(wrong(found)) == [check]
    assert code in wrong(found)[check]
    later = {"API access", "rate budget", "clock", "MFA trust"} - {check}
    assert {found[each][0] for each in later} == {"skipped"}


def test_missing_settings_end_with_2(here: Here) -> None:
    ran = here("doctor", "--output", "table", variables={})
    assert ran.code == 2
    assert "setting `username` is missing" in ran.out


def test_a_connection_that_is_not_secure_is_named(here: Here, books: Simulator) -> None:
    found = verdicts(here, code=3, api_url=books.api_url.replace("http:", "https:"))
    assert list(wrong(found)) == ["TLS"]


def test_two_settings_for_two_environments_are_named(here: Here) -> None:
    sandbox = "https://api-stage.bill.com/api/v2"
    found = verdicts(here, code=2, api_url=sandbox, use_production_url="true")
    assert "mixed up" in wrong(found)["environment"]


@pytest.mark.parametrize(
    "path",
    ["", "/", "/api", "/api/", "/v3", "/api/v3", "/connect", "/connect/v3", "/API", "/api/v2/Login.json"],
    ids=lambda path: path or "none",
)
def test_a_path_without_the_api_is_named_before_anything_is_sent(here: Here, books: Simulator, path: str) -> None:
    books.control.forget_requests()
    found = verdicts(here, code=2, api_url=f"{books.url}{path}")
    (said,) = wrong(found).values()
    assert list(wrong(found)) == ["environment"]
    assert "the path of `api_url` is wrong" in said
    assert said.endswith(f"set it to {books.api_url}")
    assert books.control.requests() == []


def test_the_address_of_v3_is_told_those_of_v2(here: Here) -> None:
    found = verdicts(here, code=2, api_url="https://gateway.stage.bill.com/connect/v3")
    assert f"set it to {PRODUCTION_URL} (production) or {SANDBOX_URL} (sandbox)" in wrong(found)["environment"]


def test_a_path_at_which_nothing_answers_is_named_by_the_first_call(here: Here, books: Simulator) -> None:
    """A proxy may have a path of its own: only an answer tells."""
    found = verdicts(here, code=2, api_url=f"{books.url}/elsewhere")
    assert list(wrong(found)) == ["developer key"]
    assert "the path of `api_url` is wrong, /elsewhere has no v2 API" in wrong(found)["developer key"]


@pytest.mark.parametrize("code", ["BDC_1109", "BDC_1121"])
def test_an_answer_to_another_call_is_one_of_a_wrong_path(here: Here, books: Simulator, code: str) -> None:
    books.control.fault("error", "/ListOrgs.json", code=code)
    found = verdicts(here, code=2)
    assert list(wrong(found)) == ["developer key"]
    assert "the path of `api_url` is wrong" in wrong(found)["developer key"]


def test_where_each_setting_comes_from_is_told(here: Here) -> None:
    (here.bill.folder / ".env").write_text("BILL_DEVICE_ID=bill-tests\n")
    _, text = verdicts(here, "--timeout-s", "4")["settings"]
    assert "timeout_s from options" in text
    assert "username, password, organization_id, developer_key, api_url from BILL_... variables" in text
    assert "device_id from .env" in text


@pytest.mark.parametrize(
    ("changed", "code", "check", "said"),
    [
        ({"users": {"locked": True}}, 5, "user and password", "BDC_1110"),
        ({"organizations": {"api_access": False}}, 5, "API access", "BDC_1105"),
        ({"developer_keys": {"active": False}}, 5, "developer key", "BDC_1103"),
        ({"users": {"forbidden": ["list/*"]}}, 0, "API access", "BDC_1145"),
    ],
)
def test_what_bill_has_closed_is_named(
    here: Here, books: Simulator, changed: dict[str, dict[str, object]], code: int, check: str, said: str
) -> None:
    ids = {
        "users": ("username", defaults.USERNAME),
        "organizations": ("id", defaults.ORGANIZATION_ID),
        "developer_keys": ("key", defaults.DEVELOPER_KEY),
    }
    ((kind, attributes),) = changed.items()
    name, key = ids[kind]
    books.control.change_directory(**{kind: [{name: key, **attributes}]})
    assert said in verdicts(here, code=code)[check][1]


def test_a_used_up_hour_is_the_rate_budget(here: Here, books: Simulator) -> None:
    books.control.limit(requests_per_hour=1)
    try:
        verdicts(here, code=6)
        assert "BDC_1144" in wrong(verdicts(here, code=6))["rate budget"]
    finally:
        books.control.limit(requests_per_hour=20_000)


def test_a_clock_that_is_wrong_is_a_warning(here: Here, books: Simulator) -> None:
    books.control.advance(3600)
    verdict, text = verdicts(here)["clock"]
    assert verdict == "warning"
    assert "3,600 s behind" in text or "3,599 s behind" in text


def test_the_days_left_of_mfa_trust_are_told(here: Here, books: Simulator) -> None:
    trusted = here.bill.trusted()
    known: dict[str, Any] = {name.removeprefix("BILL_").lower(): text for name, text in trusted.more.items()}
    assert "does not tell until when" in verdicts(here, **known)["MFA trust"][1]
    for days, verdict in ((20, "ok"), (2, "warning")):
        until = datetime.now(UTC) + timedelta(days=days)
        (here.bill.folder / ".env").write_text(f"BILL_MFA_TRUSTED_UNTIL={until.isoformat()}\n")
        found = verdicts(here, **known)["MFA trust"]
        assert found == (verdict, f"trusted for {days} more days, until {until:%Y-%m-%d %H:%M} UTC")
    books.control.advance(31 * 24 * 3600)
    assert "has ended" in wrong(verdicts(here, code=5, **known))["MFA trust"]


def test_at_a_terminal_each_check_is_a_line(bill: Bill) -> None:
    ran = bill.on_terminal("doctor")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert [line[9:28].strip() for line in lines] == list(NAMES)
    assert all(line.startswith("ok ") for line in lines)


def test_an_organization_of_another_user_is_no_way_in(tmp_path: Path) -> None:
    user = replace(Directory().users[0], organizations=(defaults.EMPTY_ORGANIZATION_ID,))
    with Simulator(vendors=0, customers=0, bills=0, invoices=0, directory=Directory(users=(user,))) as simulator:
        ran = Bill(simulator, tmp_path)("doctor")
    assert ran.code == 5
    assert f"may enter: {defaults.EMPTY_ORGANIZATION_ID}" in ran.out
