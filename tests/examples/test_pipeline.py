"""The pipe that engines run, with small commands of its own in place of a tap and a target."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pipeline
import pytest
from pipeline import (
    CREDENTIALS,
    DONE,
    ENDINGS,
    HOUR_S,
    KILLED,
    LIMIT,
    PERSONAL,
    PREFIXES,
    SHARED,
    TAKEN,
    USAGE,
    Ending,
    ListError,
    Organization,
    Pipe,
    PipeError,
    State,
    decisive,
    ending_of,
    held,
    not_refused,
    organizations_in,
    personal_of,
    seconds_to_wait,
    settings_of,
    variables_for,
)

from bill_api.connection import CONNECTION_VARIABLES
from bill_program.exit_codes import MEANING, ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

ENGINES = Path(__file__).parents[2] / "examples" / "engines"
ECHO = "import sys; sys.stdout.writelines(sys.stdin)"
"""A target that gives back what it gets."""

LOSES_ITS_TARGET = """
import os, sys
try:
    while True:
        os.write(1, b"{}")
except OSError:
    os._exit(1)
"""
"""A tap that is still writing when its target has gone."""

GIVES_BACK_ITS_STATE = """
import sys
before = open(sys.argv[sys.argv.index("--state") + 1]).read()
print('{"before": ' + before.strip() + "}")
"""

PIPED = {"tap-bill", "tap-bill-csv", "target-bill", "target-duckdb"}
NEVER = (0, 1, 2, 5, 70, 130)
SOON = (3, 4, 6, 7)


def python(code: str) -> Sequence[str]:
    return (sys.executable, "-c", code)


def pipe(tap: str, target: str = ECHO) -> Pipe:
    return Pipe(name="reading", tap=python(tap), target=python(target))


def run(folder: Path, tap: str, target: str = ECHO) -> None:
    with held(folder) as lock:
        pipe(tap, target).run(folder, lock, os.environ)


def state_of(folder: Path) -> object:
    return json.loads(State(folder, "reading").kept.read_bytes())


def test_the_last_state_is_kept_and_comes_back_to_the_tap(tmp_path: Path) -> None:
    run(tmp_path, """print('{"a": 1}'); print('{"a": 2}')""")
    assert state_of(tmp_path) == {"a": 2}
    run(tmp_path, GIVES_BACK_ITS_STATE)
    assert state_of(tmp_path) == {"before": {"a": 2}}


def test_without_a_new_state_the_old_one_stays(tmp_path: Path) -> None:
    run(tmp_path, """print('{"a": 1}')""")
    run(tmp_path, "pass")
    assert state_of(tmp_path) == {"a": 1}


@pytest.mark.parametrize(
    "half", ['{"a": 2}', '{"a": {"b"', "", "no STATE\n"], ids=["without its end", "half", "none", "words"]
)
def test_a_state_that_was_not_written_to_its_end_does_not_count(tmp_path: Path, half: str) -> None:
    target = f"""import os; os.write(1, b'{{"a": 1}}\\n' + {half.encode()!r}); os.kill(os.getpid(), 9)"""
    with pytest.raises(PipeError) as error:
        run(tmp_path, "pass", target)
    assert error.value.code == -signal.SIGKILL
    assert state_of(tmp_path) == {"a": 1}


def test_the_state_of_a_run_whose_worker_was_killed_is_found_by_the_next(tmp_path: Path) -> None:
    State(tmp_path, "reading").lines.write_bytes(b'{"a": 1}\n{"a": 2}\n')
    run(tmp_path, "pass")
    assert state_of(tmp_path) == {"a": 2}


@pytest.mark.parametrize(
    ("tap", "target", "code"),
    [
        ("raise SystemExit(0)", "raise SystemExit(0)", 0),
        ("raise SystemExit(5)", ECHO, 5),
        ("pass", "raise SystemExit(3)", 3),
        ("raise SystemExit(3)", "raise SystemExit(1)", 1),
        (LOSES_ITS_TARGET, "raise SystemExit(7)", 7),
    ],
)
def test_both_exit_codes_count(tmp_path: Path, tap: str, target: str, code: int) -> None:
    if code == 0:
        run(tmp_path, tap, target)
        return
    with pytest.raises(PipeError) as error:
        run(tmp_path, tap, target)
    assert error.value.code == code


def test_of_two_reasons_the_one_without_a_retry_decides() -> None:
    assert decisive(3, 5) == decisive(5, 3) == 5
    assert decisive(1, 3) == decisive(-signal.SIGPIPE, 3) == 3  # the tap only lost its target
    assert decisive(5, 1) == 5


@pytest.mark.parametrize("code", [*NEVER, 99])
def test_nothing_is_tried_again_that_a_person_has_to_look_at(code: int) -> None:
    assert seconds_to_wait(PipeError(code, ""), 0) is None


@pytest.mark.parametrize("code", [*SOON, -9])
def test_retries_are_bounded_and_wait_longer_each_time(code: int) -> None:
    waits = [seconds_to_wait(PipeError(code, ""), attempt) for attempt in range(20)]
    given = [each for each in waits if each is not None]
    assert given
    assert len(given) == ending_of(code).retries < 10
    assert waits[len(given) :] == [None] * (20 - len(given))
    assert min(given) >= 60


def test_the_codes_are_those_of_the_commands_and_each_has_a_rule() -> None:
    assert sorted(ENDINGS) == sorted(code for code, meaning in MEANING.items() if PIPED & {*meaning.commands})
    named = {name: code for name, code in vars(pipeline).items() if name in ExitCode.__members__}
    assert named == {ExitCode(code).name: code for code in ENDINGS}
    assert sorted(ENDINGS) == sorted({*NEVER, *SOON})


def answer(ending: Ending) -> str:
    """The words of the page for what an engine does."""
    if not ending.retries:
        return "fails"
    if ending.to_the_hour:
        return f"again after the full hour, up to {ending.retries} times"
    minutes = [ending.wait_s * 2**attempt // 60 for attempt in range(ending.retries)]
    return f"again after {', '.join(map(str, minutes))} minute{'s' if minutes != [1] else ''}"


def test_the_page_has_the_answer_to_each_code() -> None:
    page = (ENGINES / "README.md").read_text()
    told = {f"{code}: {ending.meaning}": answer(ending) for code, ending in ENDINGS.items() if code}
    rows = dict(re.findall(r"^\| (\d+: [^|]*|a signal) \| (fails|again after [^:;|]*)[^|]* \|", page, re.MULTILINE))
    assert {each: words.strip() for each, words in rows.items()} == told | {"a signal": answer(KILLED)}


def test_a_used_up_hour_is_waited_for_to_its_end() -> None:
    for second in (0.0, 1.0, HOUR_S - 1.0):
        assert second + ENDINGS[LIMIT].delay_s(2, 10 * HOUR_S + second) >= HOUR_S


def test_two_runs_of_one_organization_do_not_meet(tmp_path: Path) -> None:
    with held(tmp_path), pytest.raises(PipeError) as error, held(tmp_path):
        pass
    assert error.value.code == TAKEN
    with held(tmp_path):
        pass


WAITING_TAP = """
import sys
print('{"a": 1}', flush=True)
print('ready', file=sys.stderr, flush=True)
open(sys.argv[1]).read()
"""
WORKER = f"""
import os, sys
from pathlib import Path
from pipeline import Pipe, held
folder = Path(sys.argv[1])
tap = (sys.executable, "-c", {WAITING_TAP!r}, sys.argv[2])
target = (sys.executable, "-c", {ECHO!r})
with held(folder) as lock:
    Pipe(name="reading", tap=tap, target=target).run(folder, lock, os.environ)
"""


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """What the tap of `WORKER` waits for: a FIFO that is closed."""
    path = tmp_path / "gate"
    os.mkfifo(path)
    return path


def worker(folder: Path, gate: Path) -> subprocess.Popen[bytes]:
    """A worker in whose midst its tap waits."""
    variables = {**os.environ, "PYTHONPATH": str(ENGINES)}
    process = subprocess.Popen([sys.executable, "-c", WORKER, str(folder), str(gate)], env=variables)
    wait_for(lambda: any("ready" in each.read_text() for each in folder.glob("reading-*.log")))
    return process


def wait_for(true: object, timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_free(folder: Path) -> bool:
    try:
        with held(folder):
            return True
    except PipeError:
        return False


def test_commands_that_outlive_their_worker_hold_the_organization_and_their_state_counts(
    tmp_path: Path, gate: Path
) -> None:
    folder = tmp_path / "organization"
    with worker(folder, gate) as process:
        process.kill()
    assert not is_free(folder)
    gate.open("wb").close()  # the tap goes on
    wait_for(lambda: is_free(folder))
    run(folder, "pass")
    assert state_of(folder) == {"a": 1}


def test_a_worker_that_is_told_to_end_ends_its_commands(tmp_path: Path, gate: Path) -> None:
    folder = tmp_path / "organization"
    with worker(folder, gate) as process:
        process.send_signal(signal.SIGINT)
        process.wait(60)
    assert is_free(folder)


def test_the_log_of_a_command_is_told(tmp_path: Path) -> None:
    with pytest.raises(PipeError, match="the reason"):
        run(tmp_path, "import sys; sys.stderr.write('the reason\\n'); sys.exit(2)")


def test_a_target_that_is_not_there_leaves_no_tap_behind(tmp_path: Path) -> None:
    tap = python("import time; time.sleep(600)")
    with held(tmp_path) as lock, pytest.raises(FileNotFoundError):
        Pipe(name="reading", tap=tap, target=("no-such-command",)).run(tmp_path, lock, os.environ)
    assert is_free(tmp_path)


FIRST, SECOND = "00801ORGANIZATIONaaa", "00801ORGANIZATIONbbb"
LIST = f"id,name,user\n{FIRST},Alder,\n{SECOND},Birch,SECOND\n"
VARIABLES = {
    "BILL_USERNAME": "first",
    "BILL_PASSWORD": "one",
    "BILL_MFA_ID": "device",
    "SECOND_USERNAME": "second",
    "SECOND_PASSWORD": "two",
    "BILL_DEVELOPER_KEY": "key",
    "PATH": "/bin",
}


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """A list of organizations, to be written."""
    return tmp_path / "organizations.csv"


def variables_of(listed: Path, organization: str, **more: str) -> dict[str, str]:
    known, variables = organizations_in(listed), VARIABLES | more
    chosen = known[organization]
    return variables_for(chosen, known, personal_of(chosen, variables), variables)


def by_each_name(**given: str) -> dict[str, str]:
    return {f"{prefix}_{name}": text for prefix in PREFIXES for name, text in given.items()}


def test_a_command_gets_the_credentials_of_its_own_user_alone(listed: Path) -> None:
    listed.write_text(LIST)
    shared = {"BILL_DEVELOPER_KEY": "key", "PATH": "/bin"}
    own = by_each_name(USERNAME="first", PASSWORD="one", MFA_ID="device", ORGANIZATION_ID=FIRST)
    assert variables_of(listed, FIRST) == shared | own
    own = by_each_name(USERNAME="second", PASSWORD="two", ORGANIZATION_ID=SECOND)
    assert variables_of(listed, SECOND, TAP_BILL_MFA_ID="another") == shared | own


def test_the_names_are_those_of_the_settings_of_a_connection() -> None:
    assert {*PERSONAL, *SHARED, "ORGANIZATION_ID"} == {each.upper() for each in CONNECTION_VARIABLES}


def test_a_missing_variable_is_named_with_its_organization(listed: Path) -> None:
    listed.write_text(LIST)
    with pytest.raises(PipeError, match=rf"{SECOND} \(Birch\): the variable SECOND_PASSWORD is not set") as error:
        variables_of(listed, SECOND, SECOND_PASSWORD="")
    assert error.value.code == USAGE


def test_what_a_connection_has_no_value_for_is_left_out() -> None:
    given = {"username": "u", "password": None, "mfa_id": "", "use_production_url": False, "timeout_s": 5}
    assert settings_of("alder", given) == {"USERNAME": "u", "USE_PRODUCTION_URL": "false", "TIMEOUT_S": "5"}


@pytest.mark.parametrize("name", ["organization_id", "organizations", "use_production_ulr"])
def test_a_connection_has_nothing_but_settings_of_a_user(name: str) -> None:
    with pytest.raises(PipeError, match=f"connection alder: {name} may not stand there") as error:
        settings_of("alder", {"username": "u", name: ["x"]})
    assert error.value.code == USAGE


@pytest.mark.parametrize("twin", [FIRST, FIRST.upper(), f" {FIRST} "])
def test_two_organizations_never_share_a_folder(listed: Path, twin: str) -> None:
    listed.write_text(f"{LIST}{twin},Again,\n")
    with pytest.raises(ListError, match=r"organizations.csv, line 4: .* twice, first in line 2"):
        organizations_in(listed)


def test_blanks_blank_lines_and_capitals_do_not_count(listed: Path) -> None:
    listed.write_bytes(f"\ufeffid, user ,name,note\r\n {FIRST} , alder , A ,x\r\n\r\n".encode())
    assert organizations_in(listed) == {FIRST: Organization(id=FIRST, name="A", user="ALDER")}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id;name;user\n", "line 1: the header is 'id;name;user', and needs id, name, user"),
        ("id,name\n", "line 1: the header is 'id,name', and needs id, name, user"),
        ("", "line 1: the header is ''"),
        (f"{LIST},,\n", "line 4: the id '' is no organization of BILL's"),
        (f"{LIST}008A,x,\n", "line 4: the id '008A' is no organization of BILL's"),
        (f"{LIST}00901ORGANIZATIONaaa,x,\n", "line 4: the id"),
        (f"{LIST}008/../../../../../a,x,\n", "line 4: the id"),
        (f"{LIST}00801ORGANIZATIONccc,Cedar, Inc,\n", "line 4: 4 cells under 3 headers; a name with a comma"),
        (f"{LIST}00801ORGANIZATIONccc,x\n", "line 4: 2 cells under 3 headers"),
        (f"{LIST}00801ORGANIZATIONccc,x,A-B\n", "line 4: the user 'A-B' cannot begin"),
        (f'{LIST}00801ORGANIZATIONccc,"x,\n', "line 4: unexpected end"),
        (f"{LIST}00801ORGANIZATIONccc,Müller,\n".encode("latin-1"), "line 4: not in UTF-8"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused_by_its_line(listed: Path, text: str | bytes, said: str) -> None:
    listed.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ListError, match=re.escape(f"{listed}, {said}")):
        organizations_in(listed)


# --- credentials that were refused ----------------------------------------------------------------------------------


def tried(folder: Path, ending: int, said: str = "BDC_1101", **more: str) -> int | None:
    """The exit code of a command, or None if it was not run."""

    def command() -> None:
        ran.append(ending)
        if ending:
            raise PipeError(ending, said)

    ran: list[int] = []
    with suppress(PipeError), not_refused(folder, "BILL", VARIABLES | more):
        command()
    return ran[0] if ran else None


def test_refused_credentials_are_not_tried_again_until_they_change(tmp_path: Path) -> None:
    assert tried(tmp_path, CREDENTIALS) == CREDENTIALS
    (note,) = tmp_path.iterdir()
    assert note.name == "refused-BILL.json"
    assert note.stat().st_mode & 0o077 == 0
    assert "one" not in note.read_text()
    assert tried(tmp_path, DONE) is None
    assert tried(tmp_path, CREDENTIALS, BILL_PASSWORD="two") == CREDENTIALS
    assert tried(tmp_path, DONE, BILL_PASSWORD="two") is None
    assert tried(tmp_path, DONE, BILL_PASSWORD="three") == DONE
    assert not note.exists()


def test_refused_credentials_are_tried_again_once_the_note_is_taken_away(tmp_path: Path) -> None:
    tried(tmp_path, CREDENTIALS)
    with pytest.raises(PipeError, match=r"remove .*refused-BILL\.json"), not_refused(tmp_path, "BILL", VARIABLES):
        pass
    (tmp_path / "refused-BILL.json").unlink()
    assert tried(tmp_path, DONE) == DONE


def test_a_run_that_was_let_in_before_the_refusal_does_not_lift_it(tmp_path: Path) -> None:
    with not_refused(tmp_path, "BILL", VARIABLES):
        tried(tmp_path, CREDENTIALS)
    assert tried(tmp_path, DONE) is None


@pytest.mark.parametrize(("code", "said"), [(3, ""), (5, "BDC_1123"), (5, "BDC_1107 and BDC_1105"), (1, "BDC_1101")])
def test_what_is_no_refusal_of_the_user_holds_no_other_organization_up(tmp_path: Path, code: int, said: str) -> None:
    assert tried(tmp_path, code, said) == code
    assert tried(tmp_path, DONE) == DONE


@pytest.mark.parametrize("said", ["", "BDC_1110", "BDC_1102", "BDC_1123, and BDC_1101"])
def test_what_may_be_a_refusal_of_the_user_is_taken_for_one(tmp_path: Path, said: str) -> None:
    assert tried(tmp_path, CREDENTIALS, said) == CREDENTIALS
    assert tried(tmp_path, DONE) is None


# --- files ----------------------------------------------------------------------------------------------------------


def test_files_and_folders_are_their_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "organization"
    (folder / "inbox").mkdir(parents=True)
    folder.chmod(0o755)
    before = os.umask(0o022)
    try:
        run(
            folder,
            "open('of-tap', 'w'); print('{}')",
            f"import os; os.mkdir('of-target'); assert not os.fstat(1).st_mode & 0o077; {ECHO}",
        )
    finally:
        os.umask(before)
    wide = {each.name for each in [folder, *folder.iterdir()] if each.stat().st_mode & 0o077}
    assert wide == {"inbox"}
    assert {"lock", "of-tap", "of-target", "reading-state.json"} <= {each.name for each in folder.iterdir()}


def test_state_does_not_outlive_what_it_tells_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def read(tap: str) -> None:
        with held(tmp_path) as lock:
            reading = Pipe(name="reading", tap=python(tap), target=python(ECHO), written="rows")
            reading.run(tmp_path, lock, os.environ)

    rows = tmp_path / "rows"
    read("""print('{"a": 1}'); open("rows", "w").write("1")""")
    read(GIVES_BACK_ITS_STATE)
    assert state_of(tmp_path) == {"before": {"a": 1}}
    assert not caplog.records
    for lost in (rows.unlink, lambda: rows.write_text("")):
        lost()
        with pytest.raises(PipeError):
            read("import sys; assert '--state' not in sys.argv; open('rows', 'w').write('1'); sys.exit(3)")
        assert "everything is read from the beginning" in caplog.text
        assert not State(tmp_path, "reading").kept.exists()  # the half that is there now needs the rest, too
        caplog.clear()
        read("""print('{"a": 2}')""")
