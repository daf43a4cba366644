"""Sessions kept between calls: one login for all, and never one that is another's, too old, or open to others."""

from __future__ import annotations

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cli_bill import Everyday, Here

from bill_api.connection import Connection
from bill_cli.connecting.kept_sessions import IDLE_MAX_S, SessionFile
from bill_cli.connecting.settings import of_variables
from bill_cli.projects.files import Project
from bill_simulator import defaults

if TYPE_CHECKING:
    from collections.abc import Callable

    from bill_simulator import Simulator

pytest_plugins = ["cli_fixtures"]

ONE = ("list", "vendors", "--max", "1", "--output", "json")
LOGIN = "/Login.json"


@pytest.fixture
def everyday(books: Simulator, tmp_path: Path) -> Everyday:
    return Everyday(books, tmp_path)


@pytest.fixture
def call(everyday: Everyday, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    return Here(everyday, monkeypatch, capsys)


def logins(bill: Everyday) -> int:
    return [each["path"] for each in bill.simulator.control.requests()].count(LOGIN)


def sessions(bill: Everyday) -> list[Path]:
    folder = Path(bill.home["XDG_STATE_HOME"]) / "bill" / "sessions"
    return sorted(folder.iterdir()) if folder.is_dir() else []


def kept(bill: Everyday) -> Path:
    (path,) = sessions(bill)
    return path


@pytest.mark.slow
def test_a_hundred_calls_cost_one_login(call: Here, everyday: Everyday) -> None:
    everyday.simulator.control.forget_requests()
    for _ in range(100):
        assert call(*ONE).code == 0
    paths = [each["path"] for each in everyday.simulator.control.requests()]
    assert paths == [LOGIN, *["/List/Vendor.json"] * 100]


def test_processes_use_the_session_of_another(everyday: Everyday) -> None:
    assert everyday(*ONE).code == 0
    everyday.simulator.control.forget_requests()
    for _ in range(2):
        assert everyday(*ONE).code == 0
    assert logins(everyday) == 0


def test_two_processes_at_once_log_in_at_most_once_each(everyday: Everyday) -> None:
    everyday.simulator.control.forget_requests()
    with ThreadPoolExecutor(2) as threads:
        for ran in threads.map(lambda _: everyday(*ONE), range(4)):
            assert (ran.code, ran.err) == (0, "bill: there may be more: --start, or --all\n"), ran.err
    assert 1 <= logins(everyday) <= 2
    assert json.loads(kept(everyday).read_text())["session_id"]


def test_the_file_is_its_owners_alone_and_has_nothing_to_sign_in_with(call: Here, everyday: Everyday) -> None:
    assert call(*ONE).code == 0
    path = kept(everyday)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    for secret in (defaults.PASSWORD, defaults.DEVELOPER_KEY, defaults.USERNAME):
        assert secret not in path.read_text() + path.name


def test_a_session_that_bill_refuses_is_replaced_once_and_the_call_goes_on(call: Here, everyday: Everyday) -> None:
    assert call(*ONE).code == 0
    first = json.loads(kept(everyday).read_text())["session_id"]
    gone = {**json.loads(kept(everyday).read_text()), "session_id": "gone"}
    kept(everyday).write_text(json.dumps(gone))
    everyday.simulator.control.forget_requests()
    ran = call("create", "vendor", "--set", "name=Once")
    assert ran.code == 0, ran.err
    assert logins(everyday) == 1
    assert [each["name"] for each in everyday.books("Vendor")].count("Once") == 1
    assert json.loads(kept(everyday).read_text())["session_id"] not in {first, "gone"}
    assert call(*ONE).code == 0
    assert logins(everyday) == 1


def test_one_idle_for_too_long_is_not_sent_and_use_begins_the_time_anew(call: Here, everyday: Everyday) -> None:
    assert call(*ONE).code == 0
    path, now = kept(everyday), time.time()
    everyday.simulator.control.forget_requests()
    os.utime(path, (now, now - IDLE_MAX_S + 60))
    assert call(*ONE).code == 0
    assert logins(everyday) == 0
    assert path.stat().st_mtime >= now - 5, "touched"
    os.utime(path, (now, now - IDLE_MAX_S - 1))
    assert call(*ONE).code == 0
    paths = [each["path"] for each in everyday.simulator.control.requests()]
    assert paths == ["/List/Vendor.json", LOGIN, "/List/Vendor.json"], "the old one was not even tried"


@pytest.mark.parametrize(
    "setting", ["username", "password", "organization_id", "developer_key", "api_url", "mfa_id", "device_id"]
)
def test_another_identity_never_gets_the_session(
    books: Simulator, setting: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    mine = Connection.from_settings({**books.settings, "mfa_id": "a", "device_id": "b"})
    SessionFile(mine).keep("mine")
    assert SessionFile(Connection.from_settings({**books.settings, "mfa_id": "a", "device_id": "b"})).kept() == "mine"
    value = {"organization_id": "00801ANOTHERaaaaaaa1", "api_url": f"{books.api_url}/x"}.get(setting, "another")
    other = Connection.from_settings({**books.settings, "mfa_id": "a", "device_id": "b", setting: value})
    assert SessionFile(other).kept() is None


def test_no_representation_shows_a_secret(books: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    file = SessionFile(Connection.from_settings(books.settings))
    file.keep("secret-session")
    given = of_variables({"session_id": "secret-session", "password": "secret-word"}, {})
    project = Project(folder=tmp_path, purpose="bill", form="plain", variables={"BILL_PASSWORD": "secret-word"})
    assert "secret" not in f"{file.found()!r} {given!r} {project!r}"


def test_a_session_that_another_process_has_begun_meanwhile_stays(
    books: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    file = SessionFile(Connection.from_settings(books.settings))
    file.keep("theirs")
    file.drop("mine")
    assert file.kept() == "theirs"
    file.drop("theirs")
    assert file.kept() is None


def test_sessions_that_are_over_are_swept_away(
    books: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    for password in ("old", "new"):
        SessionFile(Connection.from_settings({**books.settings, "password": password})).keep("x")
    folder = tmp_path / "bill" / "sessions"
    one, other = folder.iterdir()
    os.utime(one, (0, 0))
    SessionFile(Connection.from_settings(books.settings)).keep("x")
    assert not one.exists()
    assert other.exists()


def moved(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


def replaced_by_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def replaced_by_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


def without_its_folder(path: Path) -> None:
    path.unlink()
    path.parent.rmdir()
    path.parent.write_text("")


SPOILT: dict[str, Callable[[Path], object]] = {
    "wide": lambda path: path.chmod(0o640),
    "link": moved,
    "not json": lambda path: path.write_text("%PDF"),
    "half": lambda path: path.write_text(path.read_text()[:20]),
    "deep": lambda path: path.write_text("[" * 4000),
    "bytes": lambda path: path.write_bytes(b"\xff\xfe\x00"),
    "newer": lambda path: path.write_text(json.dumps({**json.loads(path.read_text()), "version": 99})),
    "copied": lambda path: path.write_text(json.dumps({**json.loads(path.read_text()), "identity": "0" * 40})),
    "future": lambda path: os.utime(path, (time.time() + 9999,) * 2),
    "empty": lambda path: path.write_text(""),
    "folder": replaced_by_a_folder,
    "pipe": replaced_by_a_pipe,
    "open folder": lambda path: path.parent.chmod(0o777),
    "no folder": without_its_folder,
}
"""Ways in which a kept session must not be used."""

NOBODY = 65534
if os.geteuid() == 0:  # who alone can give a file away
    SPOILT["another's"] = lambda path: os.chown(path, NOBODY, -1)
    SPOILT["another's folder"] = lambda path: os.chown(path.parent, NOBODY, -1)


@pytest.mark.parametrize("name", SPOILT)
def test_a_file_that_is_not_as_it_should_be_costs_a_login_and_not_a_word(
    call: Here, everyday: Everyday, name: str
) -> None:
    assert call(*ONE).code == 0
    SPOILT[name](kept(everyday))
    everyday.simulator.control.forget_requests()
    ran = call(*ONE)
    assert (ran.code, ran.err) == (0, "bill: there may be more: --start, or --all\n")
    assert logins(everyday) == 1


def test_the_file_of_another_user_is_not_used(call: Here, everyday: Everyday, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call(*ONE).code == 0
    everyday.simulator.control.forget_requests()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert call(*ONE).code == 0
    assert logins(everyday) == 1


@pytest.mark.parametrize("place", ["/proc/nowhere", "relative", "/dev/null/x"])
def test_no_place_to_keep_it_costs_a_login_and_not_a_word(everyday: Everyday, place: str) -> None:
    everyday.more["XDG_STATE_HOME"] = place
    ran = everyday(*ONE)
    assert (ran.code, ran.err) == (0, "bill: there may be more: --start, or --all\n")
    assert not list(everyday.folder.iterdir()), "nothing is put into the present folder"


def test_a_session_that_is_over_and_cannot_be_removed_is_not_used_again(
    call: Here, everyday: Everyday, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call(*ONE).code == 0
    path = kept(everyday)
    for variable, value in everyday.home.items():
        monkeypatch.setenv(variable, value)
    file = SessionFile(of_variables({}, everyday.variables).connection())
    found = file.found()
    assert found is not None

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "unlink", refuse)
    file.drop(found.session_id)
    assert path.exists()
    assert file.found() is None


def test_no_home_is_no_error(everyday: Everyday) -> None:
    class Homeless(Everyday):
        @property
        def environment(self) -> dict[str, str]:
            without = {"HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"}
            return {name: value for name, value in super().environment.items() if name not in without}

    homeless = Homeless(everyday.simulator, everyday.folder, {"BILL_KEEP_SESSION": "false"})
    assert homeless(*ONE).code == 0


@pytest.mark.parametrize("how", ["variable", "option", "file"])
def test_sessions_are_not_kept_where_that_is_not_wanted(everyday: Everyday, how: str) -> None:
    options: tuple[str, ...] = ()
    if how == "variable":
        everyday = NotKept(everyday.simulator, everyday.folder)
    elif how == "file":
        (everyday.folder / ".env").write_text("BILL_KEEP_SESSION=false\n")
    else:
        options = ("--keep-session", "false")
    for _ in range(2):
        assert everyday(*ONE, *options).code == 0
    assert sessions(everyday) == []
    assert everyday(*ONE, "--keep-session", "maybe").code == 2


class NotKept(Everyday):
    @property
    def variables(self) -> dict[str, str]:
        return {**super().variables, "BILL_KEEP_SESSION": "0"}


def test_the_doctor_logs_in_anew(call: Here, everyday: Everyday) -> None:
    assert call(*ONE).code == 0
    everyday.simulator.control.forget_requests()
    assert call("doctor").code == 0
    assert logins(everyday) == 1


def test_a_dry_run_keeps_and_sends_nothing(call: Here, everyday: Everyday) -> None:
    everyday.simulator.control.forget_requests()
    assert call("create", "vendor", "--set", "name=X", "--dry-run").code == 0
    ran = call("create", "vendor", "--set", "name=X", "--dry-run", "--session-id", "given")
    assert json.loads(ran.out)["url"].endswith("/Crud/Create/Vendor.json"), "not what looks whose session it is"
    assert (everyday.simulator.control.requests(), sessions(everyday)) == ([], [])


def test_a_session_that_is_given_needs_no_user_and_is_not_replaced(call: Here, everyday: Everyday) -> None:
    assert call(*ONE).code == 0
    session_id = json.loads(kept(everyday).read_text())["session_id"]
    needed = {"BILL_API_URL": everyday.simulator.api_url, "BILL_DEVELOPER_KEY": defaults.DEVELOPER_KEY}
    everyday.simulator.control.forget_requests()
    assert call(*ONE, variables={**needed, "BILL_SESSION_ID": session_id}).code == 0
    assert call(*ONE, "--session-id", session_id, variables=needed).code == 0
    over = call(*ONE, "--session-id", "over", variables=needed)
    assert (over.code, logins(everyday)) == (5, 0)
    assert "the session that was given is over" in over.err
    assert session_id not in over.err


def test_the_session_that_a_code_makes_trusted_is_the_one_that_is_kept(call: Here, everyday: Everyday) -> None:
    challenge = json.loads(call("mfa", "challenge", "--output", "json").out)
    code = everyday.simulator.control.mfa_code(challenge["challengeId"])
    ids = ("--challenge-id", challenge["challengeId"], "--session-id", challenge["sessionId"])
    assert call("mfa", "authenticate", *ids, "--token", code).code == 0
    vendor = everyday.books("Vendor")[0]["id"]
    account = (f"vendorId={vendor}", "accountNumber=12345678", "routingNumber=322271627", "isSavings=false")
    made = call("create", "vendor-bank-account", *(word for each in account for word in ("--set", each)))
    assert "BDC_1361" not in made.err, made.err
