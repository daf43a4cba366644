"""`bill login`, `logout`, `whoami`, `profiles`, and from which one place who we are comes."""

from __future__ import annotations

import io
import json
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cli_bill import Everyday, Here
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from bill_cli.connecting.profiles import NAME
from bill_program import env_file
from bill_program.errors import SettingsError
from bill_simulator import defaults

if TYPE_CHECKING:
    from bill_simulator import Simulator

pytest_plugins = ["cli_fixtures"]

ONE = ("list", "vendors", "--max", "1", "--output", "json")
SECRETS = (defaults.PASSWORD, defaults.DEVELOPER_KEY)


class Bare(Everyday):
    """Without a variable: what is known comes from options and profiles."""

    @property
    def variables(self) -> dict[str, str]:
        return dict(self.more)


@pytest.fixture
def bare(books: Simulator, tmp_path: Path) -> Bare:
    return Bare(books, tmp_path)


@pytest.fixture
def call(bare: Bare, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    return Here(bare, monkeypatch, capsys)


def folder(bill: Bare) -> Path:
    return Path(bill.home["XDG_CONFIG_HOME"]) / "bill" / "profiles"


def profile(bill: Bare, name: str = "default", **more: str) -> Path:
    """A profile as `bill login` would have kept it."""
    values = {**defaults.connection(bill.simulator.api_url), **more}
    folder(bill).mkdir(parents=True, exist_ok=True)
    path = folder(bill) / f"{name}.env"
    path.unlink(missing_ok=True)
    env_file.keep(path, values)
    return path


def known(bill: Bare) -> dict[str, str]:
    """What would be in variables."""
    return defaults.connection(bill.simulator.api_url)


def answers(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [
        ("User name", f"{defaults.USERNAME}\n"),
        ("Password: ", f"{defaults.PASSWORD}\n"),
        ("Developer key: ", f"{defaults.DEVELOPER_KEY}\n"),
        *more,
    ]


def test_login_asks_checks_and_keeps_and_then_everything_works(bare: Bare) -> None:
    at = ("--api-url", bare.simulator.api_url)
    ran = bare.on_terminal("login", *at, answers=answers(("1 to 2: ", "2\n")))
    assert ran.code == 0, ran.out
    assert "Simulated Books (00801SIMULATORAaaaa1)" in ran.out
    assert not [each for each in SECRETS if each in ran.out]
    path = folder(bare) / "default.env"
    assert [stat.S_IMODE(each.stat().st_mode) for each in (path, path.parent)] == [0o600, 0o700]
    bare.simulator.control.forget_requests()
    ran = bare(*ONE)
    assert (ran.code, "others on this computer" in ran.err) == (0, False)
    assert [each["path"] for each in bare.simulator.control.requests()] == ["/List/Vendor.json"], "in its session"
    told = json.loads(bare("whoami").out)
    assert told["organization"] == "Simulated Books"
    assert told["settings"] == "profile default"
    assert (told["user"], told["userId"]) == (defaults.USERNAME, defaults.USER_ID)


def test_a_profile_that_others_may_read_is_told(bare: Bare) -> None:
    path = profile(bare, "books")
    path.chmod(0o640)
    ran = bare(*ONE, "--profile", "books")
    assert ran.code == 0, ran.err
    assert ran.err.count(f"others on this computer may read or change the passwords in {path}: chmod 600 {path}") == 1


def test_a_login_that_bill_refuses_keeps_nothing(bare: Bare) -> None:
    wrong = [*answers()[:1], ("Password: ", "wrong-horse\n"), *answers()[2:]]
    ran = bare.on_terminal("login", "--api-url", bare.simulator.api_url, answers=wrong)
    assert ran.code == 5, ran.out
    assert "BDC_1101" in ran.out
    assert "wrong-horse" not in ran.out
    assert not folder(bare).exists()


def test_login_without_a_terminal_takes_secrets_from_stdin(bare: Bare) -> None:
    words = ("login", "--api-url", bare.simulator.api_url, "--username", defaults.USERNAME, "--password-stdin")
    lines = f"{defaults.PASSWORD}\n{defaults.DEVELOPER_KEY}\n"
    several = bare(*words, stdin=lines)
    assert several.code == 2
    assert "Empty Books (00801SIMULATORBaaaa2); Simulated Books" in several.err
    ran = bare(*words, "--organization-id", defaults.ORGANIZATION_ID, "--profile", "ci", stdin=lines)
    assert (ran.code, ran.out) == (0, ""), ran.err
    assert "--profile ci, or BILL_PROFILE=ci" in ran.err
    assert bare(*ONE, "--profile", "ci").code == 0
    assert bare(*ONE).code == 2, "it is not the default one"


def test_login_without_a_terminal_names_what_is_missing(call: Here) -> None:
    ran = call("login", "--sandbox")
    assert ran.code == 2
    for name in ("BILL_USERNAME", "BILL_PASSWORD", "BILL_DEVELOPER_KEY", "--password-stdin"):
        assert name in ran.err


def test_login_takes_everything_from_variables_and_says_that_they_count_first(call: Here, bare: Bare) -> None:
    ran = call("login", variables=known(bare))
    assert ran.code == 0, ran.err
    assert "here the settings of BILL_... variables count" in ran.err
    assert call(*ONE).code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--sandbox", "--use-production-url", "true"), "say another place"),
        (("--sandbox", "--api-url", "http://127.0.0.1:9/api/v2"), "say another place"),
        (("--session-id", "x"), "a session ends"),
        (("--env-file", ".env"), "--env-file: "),
        (("--profile", "../elsewhere"), "profile '../elsewhere': a name has"),
        (("--profile", "Sandbox"), "profile 'Sandbox': a name has"),
        (("--profile", ""), "'--profile': it is empty"),
    ],
)
def test_a_login_that_cannot_be_meant_is_refused(call: Here, bare: Bare, words: tuple[str, ...], said: str) -> None:
    ran = call("login", *words, variables=known(bare))
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert not folder(bare).exists()


def test_a_profile_is_all_of_who_we_are(call: Here, bare: Bare) -> None:
    profile(bare, "work")
    foreign = {"BILL_USERNAME": "x@x", "BILL_MFA_ID": "m", "BILL_DEVICE_ID": "d", "BILL_SESSION_ID": "s"}
    foreign |= {"BILL_ORGANIZATION_ID": defaults.EMPTY_ORGANIZATION_ID, "BILL_USE_PRODUCTION_URL": "true"}
    (bare.folder / ".env").write_text("BILL_PASSWORD=wrong\n")
    for variables, words in ((foreign, ("--profile", "work")), ({**foreign, "BILL_PROFILE": "work"}, ())):
        told = json.loads(call("whoami", *words, variables=variables).out)
        assert (told["user"], told["organizationId"]) == (defaults.USERNAME, defaults.ORGANIZATION_ID)
        assert told["settings"] == "profile work"


def test_a_file_that_is_named_counts_more_than_a_profile_in_a_variable(call: Here, bare: Bare) -> None:
    """The call would go to another BILL than the one that is meant."""
    profile(bare, "work")
    env_file.keep(bare.folder / "other.env", {**known(bare), "BILL_ORGANIZATION_ID": defaults.EMPTY_ORGANIZATION_ID})
    told = json.loads(call("whoami", "--env-file", "other.env", variables={"BILL_PROFILE": "work"}).out)
    assert (told["organization"], told["settings"]) == ("Empty Books", "other.env")


def test_a_file_that_is_named_is_not_made_up_for_by_the_default_profile(call: Here, bare: Bare) -> None:
    profile(bare)
    (bare.folder / "other.env").write_text("BILL_TIMEOUT_S=5\n")
    assert call(*ONE, "--env-file", "other.env").code == 2


def test_a_profile_without_a_name_is_none(call: Here, bare: Bare) -> None:
    """As a shell hands over a variable that is not set."""
    profile(bare)
    for words in (ONE, ("logout",)):
        for option in ("--profile", "--organization-id", "--session-id", "--env-file", "--api-url"):
            ran = call(*words, option, " " if option == "--api-url" else "")
            assert (ran.code, ran.out) == (2, "")
            assert "it is empty" in ran.err
    assert folder(bare).joinpath("default.env").exists()


@pytest.mark.parametrize("name", ["BILL_PROFILE", "BILL_ORGANIZATION_ID"])
def test_an_empty_variable_does_not_let_the_default_profile_count(call: Here, bare: Bare, name: str) -> None:
    """As a script leaves it whose own variable is not set."""
    profile(bare)
    ran = call(*ONE, variables={name: ""})
    assert (ran.code, ran.out) == (2, "")
    assert f"variable {name} is empty" in ran.err


def test_a_session_of_another_organization_than_the_settings_say_is_refused(call: Here, bare: Bare) -> None:
    """A call goes by its session: it would write to another organization than the one that is meant."""
    profile(bare, "other", BILL_ORGANIZATION_ID=defaults.EMPTY_ORGANIZATION_ID)
    profile(bare, "work")
    session_id = json.loads(call("mfa", "challenge", "--profile", "work", "--output", "json").out)["sessionId"]
    write = ("create", "vendor", "--set", "name=X", "--session-id", session_id)
    ran = call(*write, "--profile", "other")
    assert (ran.code, ran.out) == (2, "")
    assert f"{defaults.ORGANIZATION_ID}, and the settings say {defaults.EMPTY_ORGANIZATION_ID}" in ran.err
    assert call(*write, "--profile", "work").code == 0


def test_options_stand_on_top_of_a_profile(call: Here, bare: Bare) -> None:
    profile(bare, "work", BILL_ORGANIZATION_NAME="Simulated Books")
    told = json.loads(call("whoami", "--profile", "work", "--organization-id", defaults.EMPTY_ORGANIZATION_ID).out)
    assert (told["organization"], told["settings"]) == ("Empty Books", "profile work, options")


@pytest.mark.parametrize("name", ["USERNAME", "USE_PRODUCTION_URL", "DEVICE_ID", "SESSION_ID"])
def test_the_default_profile_counts_only_where_nothing_says_who_we_are(call: Here, bare: Bare, name: str) -> None:
    profile(bare)
    assert call(*ONE, variables={"BILL_TIMEOUT_S": "5"}).code == 0
    ran = call(*ONE, variables={f"BILL_{name}": "true"})
    assert ran.code == 2
    assert "setting `developer_key` is missing" in ran.err
    assert "Profiles are default: --profile default." in ran.err
    if name != "SESSION_ID":  # a session is of one moment: no file has it
        (bare.folder / ".env").write_text(f"BILL_{name}=true\n")
        assert call(*ONE).code == 2


def test_a_profile_that_is_missing_is_named_with_those_that_there_are(call: Here, bare: Bare) -> None:
    profile(bare, "sandbox")
    profile(bare, "work")
    ran = call(*ONE, "--profile", "sandbx")
    assert (ran.code, ran.out) == (2, "")
    assert "there are sandbox, work; did you mean `sandbox`?" in ran.err
    (bare.folder / "x.env").write_text("")
    ran = call(*ONE, "--profile", "work", "--env-file", "x.env")
    assert (ran.code, "two places for one identity" in ran.err) == (2, True)


def test_the_place_is_told_by_the_doctor_and_by_a_refusal(call: Here, bare: Bare) -> None:
    profile(bare, "work", BILL_PASSWORD="wrong-horse")
    assert "from profile work" in call("doctor", "--profile", "work").out
    ran = call(*ONE, "--profile", "work")
    assert ran.code == 5
    assert "The settings come from profile work." in ran.err


def test_logout_ends_the_session_and_removes_the_profile(call: Here, bare: Bare) -> None:
    profile(bare)
    assert call(*ONE).code == 0
    sessions = Path(bare.home["XDG_STATE_HOME"]) / "bill" / "sessions"
    (kept,) = sessions.iterdir()
    session_id = json.loads(kept.read_text())["session_id"]
    bare.simulator.control.forget_requests()
    ran = call("logout")
    assert ran.code == 0, ran.err
    assert [each["path"] for each in bare.simulator.control.requests()] == ["/Logout.json"]
    assert not list(sessions.iterdir())
    assert not list(folder(bare).iterdir())
    over = call(*ONE, "--session-id", session_id, variables=known(bare))
    assert over.code == 5, "BILL knows it no more"
    assert call("logout").code == 2


def test_logout_ends_the_session_that_was_given_and_the_one_that_is_kept(call: Here, bare: Bare) -> None:
    profile(bare)
    assert call(*ONE).code == 0
    other = json.loads(call("mfa", "challenge", "--keep-session", "false", "--output", "json").out)["sessionId"]
    bare.simulator.control.forget_requests()
    ran = call("logout", "--profile", "default", "--session-id", other)
    assert ran.code == 0, ran.err
    assert [each["path"] for each in bare.simulator.control.requests()] == ["/Logout.json"] * 2
    assert not list((Path(bare.home["XDG_STATE_HOME"]) / "bill" / "sessions").iterdir())


def test_a_login_obeys_the_profile_of_the_variable(call: Here, bare: Bare) -> None:
    assert call("login", variables={**known(bare), "BILL_PROFILE": "work"}).code == 0
    assert [each.name for each in folder(bare).iterdir()] == ["work.env"]


@pytest.mark.parametrize("name", ["BILL_ORGANIZATION_ID", "BILL_USERNAME"])
def test_another_connection_is_replaced_only_with_a_yes(call: Here, bare: Bare, name: str) -> None:
    other = {"BILL_ORGANIZATION_ID": defaults.EMPTY_ORGANIZATION_ID, "BILL_USERNAME": "other@simulator.test"}
    profile(bare, **{name: other[name]})
    before = (folder(bare) / "default.env").read_text()
    ran = call("login", variables=known(bare))
    assert (ran.code, ran.out) == (2, "")
    assert other[name] in ran.err
    assert "give --yes to replace it" in ran.err
    assert (folder(bare) / "default.env").read_text() == before
    assert call("login", "--yes", variables=known(bare)).code == 0
    assert call("login", variables=known(bare)).code == 0, "the same again is no question"


def test_logout_of_a_session_that_is_over_says_so(call: Here, bare: Bare) -> None:
    profile(bare)
    assert call(*ONE).code == 0
    (kept,) = (Path(bare.home["XDG_STATE_HOME"]) / "bill" / "sessions").iterdir()
    kept.write_text(json.dumps({**json.loads(kept.read_text()), "session_id": "over"}))
    ran = call("logout")
    assert ran.code == 0
    assert "the session was over already" in ran.err
    assert not kept.exists()


def test_logout_does_not_log_in_and_leaves_variables_alone(call: Here, bare: Bare) -> None:
    bare.simulator.control.forget_requests()
    ran = call("logout", variables=known(bare))
    assert ran.code == 0
    assert "the settings from BILL_... variables stay" in ran.err
    assert bare.simulator.control.requests() == []


def test_logout_without_bill_removes_what_is_here(call: Here, bare: Bare) -> None:
    profile(bare, BILL_API_URL="http://127.0.0.1:9/api/v2")
    assert call("logout").code == 0
    assert not list(folder(bare).iterdir())


def test_profiles_are_listed_without_secrets(call: Here, bare: Bare) -> None:
    none = call("profiles", "--output", "json")
    assert (json.loads(none.out), none.err) == ([], "bill: there is no profile yet: bill login\n")
    profile(bare, "a", BILL_ORGANIZATION_NAME="Simulated Books")
    (folder(bare) / "b.env").write_bytes(b"\xff\xfe")
    (folder(bare) / "Not A Name.env").write_text("")
    ran = call("profiles", "--output", "json")
    rows = json.loads(ran.out)
    assert [each["profile"] for each in rows] == ["a", "b"]
    assert rows[0]["organization"] == "Simulated Books"
    assert "cannot be read" in rows[1]["environment"]
    assert not [each for each in SECRETS if each in ran.out]


def test_names_of_profiles_are_completed(bare: Bare) -> None:
    profile(bare, "sandbox")
    profile(bare, "work")
    more = {"_BILL_COMPLETE": "bash_complete", "COMP_WORDS": "bill --profile s", "COMP_CWORD": "2"}
    completing = Bare(bare.simulator, bare.folder, more)
    assert completing().out.split() == ["plain,sandbox"]


@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r")), st.text("\\'\"# $\n{}=", min_size=1)
)
def test_a_value_is_read_as_it_was_written_or_refused(any_text: str, odd: str) -> None:
    for value in (any_text, odd, any_text + odd):
        try:
            text = f"X={env_file.spelled('X', value)}\nY='y'\n"
        except SettingsError:
            continue
        assert dotenv_values(stream=io.StringIO(text), interpolate=False) == {"X": value, "Y": "y"}


@pytest.mark.parametrize("password", ["a\\", "a'b\\", 'a"b', "$x ${y}", " edge ", "#x", "ü\\n", "a b #c"])
def test_passwords_of_every_kind_can_be_kept(tmp_path: Path, password: str) -> None:
    path = tmp_path / "x.env"
    env_file.keep(path, {"BILL_PASSWORD": password, "BILL_DEVELOPER_KEY": "it's"})
    assert dotenv_values(path, interpolate=False) == {"BILL_PASSWORD": password, "BILL_DEVELOPER_KEY": "it's"}


@given(st.text("a0._-/\\", max_size=70))
def test_no_name_of_a_profile_leaves_its_folder(name: str) -> None:
    if NAME.fullmatch(name):
        assert Path(f"/x/{name}.env").resolve().parent == Path("/x")


def test_logging_in_again_keeps_the_mfa_device_of_the_same_user_and_organization_alone(call: Here, bare: Bare) -> None:
    device = {"BILL_MFA_ID": "remembered", "BILL_DEVICE_ID": "tests", "BILL_MFA_TRUSTED_UNTIL": "2026-12-30T00:00:00Z"}
    path = profile(bare, **device)
    assert call("login", variables=known(bare)).code == 0
    assert {name: dotenv_values(path)[name] for name in device} == device
    other = {**known(bare), "BILL_ORGANIZATION_ID": defaults.EMPTY_ORGANIZATION_ID}
    assert call("login", "--yes", variables=other).code == 0
    assert not device.keys() & dotenv_values(path).keys()


def test_logging_in_elsewhere_keeps_no_mfa_device(call: Here, bare: Bare) -> None:
    path = profile(bare, BILL_MFA_ID="remembered", BILL_DEVICE_ID="tests")
    elsewhere = {**known(bare), "BILL_API_URL": bare.simulator.api_url.replace("127.0.0.1", "localhost")}
    ran = call("login", "--yes", variables=elsewhere)
    assert ran.code == 0, ran.err
    assert "BILL_MFA_ID" not in dotenv_values(path)


@pytest.mark.parametrize("words", [("--profile", "default"), ()])
def test_a_profile_that_cannot_be_read_can_be_removed(call: Here, bare: Bare, words: tuple[str, ...]) -> None:
    path = profile(bare)
    path.write_bytes(b"BILL_USERNAME=\xff\n")
    ran = call("logout", *words)
    assert ran.code == 0, ran.err
    assert "profile `default` is removed" in ran.err
    assert not path.exists()


def test_a_file_of_variables_that_cannot_be_read_removes_no_profile(call: Here, bare: Bare) -> None:
    path = profile(bare)
    (bare.folder / ".env").write_bytes(b"BILL_USERNAME=\xff\n")
    assert call("logout").code == 2
    assert path.exists()


def test_the_doctor_takes_a_session_alone_and_calls_no_password_wrong(call: Here, bare: Bare) -> None:
    at = {"BILL_API_URL": bare.simulator.api_url, "BILL_DEVELOPER_KEY": defaults.DEVELOPER_KEY}
    assert call(*ONE, variables=known(bare)).code == 0
    (kept,) = (Path(bare.home["XDG_STATE_HOME"]) / "bill" / "sessions").iterdir()
    session = json.loads(kept.read_text())["session_id"]
    ran = call("doctor", "--output", "json", "--session-id", session, variables=at)
    assert ran.code == 0, ran.out
    verdicts = {each["check"]: each["verdict"] for each in json.loads(ran.out)}
    assert verdicts["user and password"] == "skipped"
    assert verdicts["API access"] == "ok"
    over = call("doctor", "--output", "json", "--session-id", "over", variables=at)
    verdicts = {each["check"]: each["verdict"] for each in json.loads(over.out)}
    assert (over.code, verdicts["user and password"], verdicts["API access"]) == (5, "skipped", "wrong"), over.out
