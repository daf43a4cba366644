"""`bill init`: a project is written whole or not at all, its secrets in one place, and it works as it says."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from cli_bill import Everyday, Here
from dotenv import dotenv_values
from programs import TIMEOUT_S

from bill_program import env_file
from bill_simulator import defaults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bill_simulator import Simulator

pytest_plugins = ["cli_fixtures"]

ROOT = Path(__file__).resolve().parents[2]
MELTANO = ROOT / ".venv-meltano" / "bin"
PROGRAMS = Path(sys.executable).parent
OURS = ("tap-bill", "tap-bill-csv", "target-bill", "target-duckdb")
OTHER = defaults.EMPTY_ORGANIZATION_ID
SECRETS = (defaults.PASSWORD, defaults.DEVELOPER_KEY)
PAYABLES = """Supplier,Invoice no,Invoice date,Due,Description,Net
Oakwood Paper Ltd,OP-1001,13/06/2026,13/07/2026,"Paper, A4","1,200.00"
Fenland Couriers,77,15/06/2026,15/07/2026,Two parcels,35.25
"""
PLAIN = ("--as", "plain")
WAREHOUSE = ("--for", "warehouse", *PLAIN)


class Starting(Everyday):
    """Knows the connection from variables alone, and our programs and no Meltano from the path."""

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "PATH": f"{self.folder / 'programs'}:/usr/bin:/bin", "PYTHONPATH": str(ROOT)}


@pytest.fixture
def bill(books: Simulator, tmp_path: Path) -> Iterator[Starting]:
    folder = tmp_path / "work"
    (folder / "programs").mkdir(parents=True)
    for each in OURS:
        (folder / "programs" / each).symlink_to(PROGRAMS / each)
    (folder / "payables.csv").write_text(PAYABLES)
    yield Starting(books, folder)
    assert not list(folder.rglob(".new-*"))


def files(folder: Path) -> set[str]:
    return {str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()}


def holding(folder: Path, secret: str) -> list[str]:
    return [each for each in sorted(files(folder)) if secret in (folder / each).read_text(errors="replace")]


def typed(bill: Starting, line: str, folder: str) -> subprocess.CompletedProcess[str]:
    """What a person types next, with the variables of a shell that knows nothing of BILL."""
    bare = {name: text for name, text in bill.environment.items() if not name.startswith("BILL_")}
    return subprocess.run(
        ["bash", "-c", line],  # noqa: S607
        cwd=bill.folder / folder,
        env=bare,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


class Bare(Starting):
    """Has no variables but those that a test gives it."""

    @property
    def variables(self) -> dict[str, str]:
        return dict(self.more)


def connection(bill: Starting, **more: str) -> dict[str, str]:
    return {name: text for name, text in bill.variables.items() if name != "BILL_TIMEOUT_S"} | more


def bare_with_env(bill: Starting, **more: str) -> Bare:
    """Without variables, in a folder with a `.env`."""
    env_file.keep(bill.folder / ".env", connection(bill, **more))
    return Bare(bill.simulator, bill.folder)


def profile(bill: Starting, name: str, **more: str) -> None:
    folder = Path(bill.home["XDG_CONFIG_HOME"]) / "bill" / "profiles"
    folder.mkdir(parents=True, exist_ok=True)
    env_file.keep(folder / f"{name}.env", connection(bill, **more))


def test_a_terminal_asks_everything_and_the_next_command_works(bill: Starting) -> None:
    ran = bill.on_terminal("init", "books", answers=[("What for, 1 to 3: ", "1\n"), ("Written as, 1 to 2: ", "2\n")])
    assert ran.code == 0, ran.out
    for said in ("43 streams", "3 rows of vendors read", "they go into a DuckDB file"):
        assert said in ran.out
    folder = bill.folder / "books"
    assert files(folder) == {".env", ".gitignore", "tap-bill.yml", "target-duckdb.yml"}, "the proof leaves nothing"
    following = typed(bill, ran.out.splitlines()[-1], ".")
    assert following.returncode == 0, following.stderr
    assert (folder / "warehouse.duckdb").exists()


def test_secrets_are_in_one_file_of_their_owner_which_git_leaves_out(bill: Starting) -> None:
    ran = bill("init", "books", *WAREHOUSE)
    assert ran.code == 0, ran.err
    folder = bill.folder / "books"
    assert not [each for each in SECRETS if each in ran.out + ran.err]
    assert [holding(folder, each) for each in SECRETS] == [[".env"], [".env"]]
    assert stat.S_IMODE((folder / ".env").stat().st_mode) == 0o600
    assert ".env" in (folder / ".gitignore").read_text().split()
    assert dotenv_values(folder / ".env", interpolate=False)["BILL_PASSWORD"] == defaults.PASSWORD


def test_without_a_terminal_it_names_the_option_and_writes_nothing(bill: Starting) -> None:
    for words, option in (
        ((), "--for warehouse|bill|csv"),
        (("--for", "bill"), "--as meltano|plain"),
        (("--for", "csv", *PLAIN), "--csv"),
    ):
        ran = bill("init", "books", *words)
        assert (ran.code, ran.out) == (2, "")
        assert f"nobody can be asked here: give {option}" in ran.err
    assert not (bill.folder / "books").exists()


def test_nothing_is_overwritten_and_what_is_there_is_named(bill: Starting) -> None:
    folder = bill.folder / "books"
    folder.mkdir()
    (folder / "target-duckdb.yml").write_text("filepath: mine.duckdb\n")
    ran = bill("init", "books", *WAREHOUSE)
    assert ran.code == 2
    assert "has target-duckdb.yml already: nothing is written" in ran.err
    assert files(folder) == {"target-duckdb.yml"}
    assert (folder / "target-duckdb.yml").read_text() == "filepath: mine.duckdb\n"


def test_other_files_of_a_folder_and_a_fitting_list_for_git_stay(bill: Starting) -> None:
    (bill.folder / ".gitignore").write_text("*.log\n")
    ran = bill("init", *WAREHOUSE)
    assert ran.code == 2
    assert ".env is not left out of git: nothing is written. It may stay with these lines in it: .env .bill/" in ran.err
    assert files(bill.folder) == {"payables.csv", ".gitignore"} | {f"programs/{each}" for each in OURS}
    (bill.folder / ".gitignore").write_text("*.log\n/.en?\n*.duckdb*\n")
    ran = bill("init", *WAREHOUSE)
    assert ran.code == 0, ran.err
    assert "add these lines: .bill/ .meltano/ states.jsonl plan.*\n" in ran.err
    assert (bill.folder / ".gitignore").read_text() == "*.log\n/.en?\n*.duckdb*\n"


@pytest.mark.parametrize("text", ["# .env\n", ".env\n!.env\n", "a/.env\n", "x .env y\n"])
@pytest.mark.parametrize("has_git", [True, False])
def test_a_list_for_git_in_which_env_only_stands_is_refused(bill: Starting, text: str, *, has_git: bool) -> None:
    if has_git:
        subprocess.run(["git", "init", "-q", "."], cwd=bill.folder, check=True)  # noqa: S607
    (bill.folder / ".gitignore").write_text(text)
    ran = bill("init", *WAREHOUSE)
    assert ran.code == 2
    assert ".env is not left out of git" in ran.err
    assert not (bill.folder / ".env").exists()


@pytest.mark.parametrize("kind", ["folder", "dead link"])
@pytest.mark.parametrize("has_git", [True, False])
def test_a_list_for_git_that_is_no_file_is_refused(bill: Starting, kind: str, *, has_git: bool) -> None:
    if has_git:
        subprocess.run(["git", "init", "-q", "."], cwd=bill.folder, check=True)  # noqa: S607
    path = bill.folder / ".gitignore"
    if kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("nowhere")
    ran = bill("init", *WAREHOUSE)
    assert ran.code == 2
    assert ".gitignore is no file that git reads" in ran.err
    assert not (bill.folder / ".env").exists()


def test_a_file_of_secrets_that_git_has_already_is_refused_whatever_its_list_says(bill: Starting) -> None:
    bare = bare_with_env(bill)
    (bill.folder / ".gitignore").write_text(".env\n")
    for words in (("init", "-q", "."), ("add", "-f", ".env")):
        subprocess.run(["git", *words], cwd=bill.folder, check=True)  # noqa: S607
    ran = bare("init", "--for", "bill", *PLAIN)
    assert ran.code == 2
    assert ".env is not left out of git" in ran.err


def test_the_settings_that_are_in_the_folder_stay_as_they_are(bill: Starting) -> None:
    bare = bare_with_env(bill)
    path = bill.folder / ".env"
    path.chmod(0o644)
    before = path.read_text()
    ran = bare("init", "--for", "bill", *PLAIN)
    assert ran.code == 0, ran.err
    assert path.read_text() == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_wrong_password_writes_nothing(bill: Starting) -> None:
    ran = Starting(bill.simulator, bill.folder, {"BILL_PASSWORD": "wrong-horse"})("init", "books", *WAREHOUSE)
    assert ran.code == 5
    assert "BDC_1101" in ran.err
    assert "wrong-horse" not in ran.err
    assert not (bill.folder / "books").exists()


def test_without_a_connection_it_says_how_to_get_one(bill: Starting) -> None:
    ran = Starting(bill.simulator, bill.folder, dict.fromkeys(bill.variables, ""))("init", "books", *WAREHOUSE)
    assert ran.code == 2
    assert "there is no connection yet: `bill login` keeps one" in ran.err


def test_a_session_is_no_connection_for_a_project_which_outlives_it(bill: Starting) -> None:
    session = {"BILL_SESSION_ID": "x", "BILL_USERNAME": "", "BILL_PASSWORD": ""}
    ran = Starting(bill.simulator, bill.folder, session)("init", "books", *WAREHOUSE)
    assert ran.code == 2
    assert "setting `username` is missing" in ran.err
    assert not (bill.folder / "books").exists()


def test_ending_at_a_question_leaves_nothing(bill: Starting) -> None:
    for answers in (
        [("What for, 1 to 3: ", "\x04")],
        [("What for, 1 to 3: ", "1\n"), ("Written as, 1 to 2: ", "\x04")],
    ):
        ran = bill.on_terminal("init", "books", answers=answers)
        assert ran.code == 130, ran.out
        assert not (bill.folder / "books").exists()


def test_a_terminal_asks_which_connection_where_there_are_several(bill: Starting) -> None:
    bare = bare_with_env(bill)
    profile(bill, "here", BILL_ORGANIZATION_ID=OTHER, BILL_ORGANIZATION_NAME="Empty Books")
    for folder, answer, meant in (("one", "here\n", OTHER), ("two", "1\n", defaults.ORGANIZATION_ID)):
        ran = bare.on_terminal("init", folder, "--for", "bill", *PLAIN, answers=[("Connection, 1 to 2: ", answer)])
        assert ran.code == 0, ran.out
        assert f"  2  here       Empty Books ({OTHER}), {bill.simulator.api_url}" in ran.out
        assert f"  1  (here)     {defaults.ORGANIZATION_ID}, {bill.simulator.api_url}, from .env" in ran.out
        assert dotenv_values(bill.folder / folder / ".env", interpolate=False)["BILL_ORGANIZATION_ID"] == meant


def test_the_only_profile_is_taken_and_one_of_several_is_asked_for(bill: Starting) -> None:
    bare = Bare(bill.simulator, bill.folder)
    profile(bill, "one", BILL_ORGANIZATION_ID=OTHER)
    ran = bare("init", "books", "--for", "bill", *PLAIN)
    assert ran.code == 0, ran.err
    assert f"the connection is that of profile one: {OTHER}, " in ran.err
    profile(bill, "two")
    ran = bare("init", "more", "--for", "bill", *PLAIN)
    assert ran.code == 2
    assert "Profiles are one, two: --profile one|two." in ran.err
    assert not (bill.folder / "more").exists()


@pytest.mark.parametrize(
    ("variable", "text", "told"),
    [
        ("BILL_ORGANIZATION_ID", OTHER, f"says {OTHER} for organization_id; {defaults.ORGANIZATION_ID} is meant"),
        ("TAP_BILL_ORGANIZATION_ID", OTHER, f"says {OTHER} for organization_id"),
        ("TAP_BILL_ORGANIZATIONS", f'["{OTHER}"]', "for organizations; none is meant"),
        ("BILL_PASSWORD", "other-horse", "says another password than the connection"),
        ("TAP_BILL_DEVELOPER_KEY", "other-horse", "says another developer_key than the connection"),
        ("BILL_USE_PRODUCTION_URL", "false", "says false for use_production_url; True is meant"),
        ("TARGET_DUCKDB_FILEPATH", "elsewhere.duckdb", "says elsewhere.duckdb for filepath; warehouse.duckdb is meant"),
        ("BILL_PROFILE", "other", f"names profile other, which counts more for bill, and says {OTHER} for"),
        ("BILL_PROFILE", "gone", "there is no profile `gone`"),
        ("BILL_SESSION_ID", "x", "counts more for bill, and may be of another organization"),
        ("TAP_BILL_START_DATE", "2026-01-01", "counts, and the files do not say it"),
    ],
)
def test_what_counts_more_than_the_files_and_says_another_thing_is_refused(
    bill: Starting, variable: str, text: str, told: str
) -> None:
    profile(bill, "mine")
    profile(bill, "other", BILL_ORGANIZATION_ID=OTHER)
    shell = Bare(bill.simulator, bill.folder, {variable: text})
    ran = shell("init", "books", *WAREHOUSE, "--profile", "mine")
    assert ran.code == 2, ran.err
    assert f"variable {variable} of this shell " in ran.err
    assert told in ran.err
    assert "other-horse" not in ran.err
    assert not (bill.folder / "books").exists()


def test_what_counts_more_and_says_the_same_is_not_told(bill: Starting) -> None:
    profile(bill, "mine")
    same = {"BILL_USE_PRODUCTION_URL": "yes", "TAP_BILL_USERNAME": bill.variables["BILL_USERNAME"]}
    same["BILL_API_URL"] = f"{bill.variables['BILL_API_URL']}/"
    more = {"BILL_PROFILE": "mine", "TARGET_DUCKDB_FILEPATH": "warehouse.duckdb"}
    shell = Bare(bill.simulator, bill.folder, connection(bill, **same, **more))
    ran = shell("init", "books", *WAREHOUSE, "--profile", "mine")
    assert ran.code == 0, ran.err
    assert "variable" not in ran.err


def test_another_project_that_meltano_would_run_is_refused(bill: Starting) -> None:
    shell = Starting(bill.simulator, bill.folder, {"MELTANO_PROJECT_ROOT": str(bill.folder / "other")})
    ran = shell("init", "books", "--for", "warehouse", "--as", "meltano")
    assert ran.code == 2, ran.err
    assert "variable MELTANO_PROJECT_ROOT of this shell counts more" in ran.err
    assert not (bill.folder / "books").exists()


def test_a_variable_of_a_file_that_stays_is_looked_at_for_each_program(bill: Starting) -> None:
    ran = bare_with_env(bill, TARGET_BILL_ORGANIZATION_ID=OTHER)("init", "--for", "bill", *PLAIN)
    assert ran.code == 2, ran.err
    assert f"variable TARGET_BILL_ORGANIZATION_ID of .env counts more, and says {OTHER}" in ran.err
    assert not (bill.folder / "target-bill.yml").exists()


def test_an_empty_variable_counts_for_meltano_alone(bill: Starting) -> None:
    """Meltano would send the password to production where `BILL_API_URL` is empty."""
    profile(bill, "mine")
    shell = Bare(bill.simulator, bill.folder, {"BILL_API_URL": ""})
    ran = shell("init", "books", "--for", "bill", "--as", "meltano", "--profile", "mine")
    assert ran.code == 2, ran.err
    assert "variable BILL_API_URL of this shell is empty, and Meltano takes that for what is meant" in ran.err
    assert shell("init", "books", "--for", "bill", *PLAIN, "--profile", "mine").code == 0


def test_a_value_that_meltano_would_expand_is_refused_for_it_alone(bill: Starting) -> None:
    shell = bare_with_env(bill, BILL_DEVICE_ID="a'${HOME}", TARGET_BILL_DEVICE_ID="a'${HOME}")
    ran = shell("init", "--for", "bill", "--as", "meltano")
    assert ran.code == 2, ran.err
    assert "TARGET_BILL_DEVICE_ID, BILL_DEVICE_ID: Meltano expands ${...} in .env" in ran.err
    assert "--as plain expands nothing" in ran.err
    assert str(Path.home()) not in ran.err
    assert not (bill.folder / "meltano.yml").exists()
    assert shell("init", "--for", "bill", *PLAIN).code == 0


def test_a_spreadsheet_gets_a_mapping_and_a_plan_is_the_next_command(bill: Starting) -> None:
    ran = bill("init", ".", "--csv", "payables.csv", *PLAIN)
    assert ran.code == 0, ran.err
    assert "tap-bill-csv: 2 bills read" in ran.err
    (entry,) = yaml.safe_load((bill.folder / "tap-bill-csv.yml").read_text())["files"]
    assert (entry["path"], entry["lines"]["columns"]["amount"]) == ("payables.csv", "Net")
    before = bill.books("Bill")
    line = ran.out.splitlines()[-1]
    following = typed(
        bill, f"TARGET_BILL_CREATE_MISSING='[\"vendors\"]' && export TARGET_BILL_CREATE_MISSING; {line}", "."
    )
    assert following.returncode == 0, following.stderr
    assert "nothing was written" in following.stderr
    assert bill.books("Bill") == before
    (bill.folder / "payables.csv").unlink()
    failing = typed(bill, line, ".")
    assert failing.returncode != 0, "the failure of a tap is that of the pipe"


def test_all_rows_of_a_file_are_read_and_what_is_wrong_with_them_is_told(bill: Starting) -> None:
    rows = "".join(f"Oakwood,N-{number},13/06/2026,13/07/2026,Paper,1.50\n" for number in range(2000))
    (bill.folder / "payables.csv").write_text(f"{PAYABLES}{rows}Fenland Couriers,78,15/06/2026,15/07/2026,x,abc\n")
    ran = bill("init", ".", "--csv", "payables.csv", *PLAIN)
    assert ran.code == 0, ran.err
    assert "ok     tap-bill-csv: 2,003 bills read" in ran.err
    assert "look   tap-bill-csv: payables.csv: 1 of 2003 documents carry errors and will be rejected: Net" in ran.err


@pytest.mark.slow
@pytest.mark.parametrize("meltano", [False, True])
def test_what_the_next_command_rejects_is_told_before(bill: Starting, *, meltano: bool) -> None:
    """What the tap reads is one thing, and what BILL wants another: the exit code is that of the proof all the same."""
    rows = "Oakwood,OP-1,13/06/2026,,Paper,1.50\nOakwood,OP-2,,,Paper,1.50\nOakwood,OP-3,13/06/2026,13/07/2026,Paper,\n"
    (bill.folder / "payables.csv").write_text(f"{PAYABLES}{rows}")
    ran = bill("init", ".", "--csv", "payables.csv", *(("--as", "meltano") if meltano else PLAIN))
    assert ran.code == 0, ran.err
    assert "ok     tap-bill-csv: 5 bills read" in ran.err
    assert (
        "look   tap-bill-csv: 3 of 5 bills lack what BILL wants, and target-bill will reject them: "
        "`billLineItems`, `amount`: 1 (row 6); `dueDate`: 2 (row 4 is the first); `invoiceDate`: 1 (row 5)\n"
    ) in ran.err
    if not meltano:
        create = "export TARGET_BILL_CREATE_MISSING='[\"vendors\"]'"
        following = typed(bill, f"{create}; {ran.out.splitlines()[-1]}", ".")
        assert following.returncode == 1
        assert "3 rejected records" in following.stderr


def test_rows_that_can_be_sent_are_told_of_by_nothing(bill: Starting) -> None:
    ran = bill("init", ".", "--csv", "payables.csv", *PLAIN)
    assert ran.code == 0, ran.err
    assert "look" not in ran.err


def test_a_tap_that_fails_at_the_rows_fails_the_proof_with_its_code(bill: Starting) -> None:
    """Its file is read as far as the header by what proposes a mapping, and as a whole by the tap."""
    (bill.folder / "payables.csv").write_bytes(PAYABLES.encode() + b'Fenland Couriers,78,"15/06/2026,15/07/2026,x,5')
    ran = bill("init", ".", "--csv", "payables.csv", *PLAIN)
    assert ran.code == 1, ran.err
    assert "wrong  tap-bill-csv: " in ran.err
    assert "the files stay" in ran.err


def test_a_header_that_reads_like_a_question_is_none(bill: Starting) -> None:
    (bill.folder / "payables.csv").write_text(PAYABLES.replace("Description", "# question: x"))
    ran = bill("init", ".", "--csv", "payables.csv", *PLAIN)
    assert ran.code == 0, ran.err
    assert "2 bills read" in ran.err
    assert "open" not in ran.err


@pytest.mark.slow
def test_a_file_is_asked_for_until_there_is_one_and_may_be_quoted(bill: Starting) -> None:
    home = bill.folder / "a home"
    home.mkdir()
    (home / "pay ables.csv").write_text(PAYABLES)
    shell = Starting(bill.simulator, bill.folder, {"HOME": str(home)})
    dragged = f"{home}/pay ables.csv".replace(" ", "\\ ")
    for number, name in enumerate(("~/pay ables.csv", f"'{home}/pay ables.csv' ", dragged)):
        answers = [("File: ", "none.csv\n"), ("File: ", f"{name}\n"), ("File: ", "\x04")]
        ran = shell.on_terminal("init", f"books{number}", "--for", "csv", *PLAIN, answers=answers)
        assert ran.code == 0, ran.out
        assert "there is no file none.csv" in ran.out
        (entry,) = yaml.safe_load((bill.folder / f"books{number}" / "tap-bill-csv.yml").read_text())["files"]
        assert entry["path"] == str(home / "pay ables.csv")


@pytest.mark.parametrize("text", [None, "a,b\n1,2\n", "%PDF-1.7\n\x00\x01"])
def test_a_file_that_is_no_spreadsheet_writes_nothing(bill: Starting, text: str | None) -> None:
    if text is not None:
        (bill.folder / "none.csv").write_text(text)
    ran = bill("init", "books", "--csv", "none.csv", *PLAIN)
    assert ran.code == 2
    assert "--csv none.csv: " in ran.err
    assert not (bill.folder / "books").exists()


def test_what_a_mapping_asks_is_told_and_the_rest_is_proved(bill: Starting) -> None:
    (bill.folder / "payables.csv").write_text("Supplier,Invoice no,Net\nOakwood Paper Ltd,OP-1001,12.50\n")
    ran = bill("init", "books", "--csv", "payables.csv", *PLAIN)
    assert ran.code == 0, ran.err
    assert "open, to be answered there first" in ran.err
    assert "invoiceDate: BILL requires it" in ran.err
    assert "this one is invented: defaults: dueDate: {field: invoiceDate, add_days: 30}" in ran.err
    assert "ok     target-bill" in ran.err


def test_a_proof_that_fails_says_which_and_keeps_its_code(bill: Starting) -> None:
    """A library of the environment is missing, say: here the loader's, by a module in its place."""
    shadow = bill.folder / "shadow" / "duckdb"
    shadow.mkdir(parents=True)
    (shadow / "__init__.py").write_text("raise ModuleNotFoundError(\"No module named 'duckdb'\", name='duckdb')\n")
    changed = Starting(bill.simulator, bill.folder)
    environment = {**changed.environment, "PYTHONPATH": f"{shadow.parent}:{ROOT}"}
    ran = subprocess.run(
        [sys.executable, "-m", "bill_cli", "init", "books", *WAREHOUSE],
        cwd=bill.folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert ran.returncode == 2, ran.stderr
    assert "wrong  target-duckdb: " in ran.stderr
    assert "the files stay" in ran.stderr


def test_without_meltano_its_project_is_written_and_the_rest_is_proved(bill: Starting) -> None:
    ran = bill("init", "books", "--for", "warehouse", "--as", "meltano")
    assert ran.code == 0, ran.err
    assert "Meltano is not installed here: pipx install meltano" in ran.err
    assert "3 rows of vendors read" in ran.err
    folder = bill.folder / "books"
    for each in ("extractors/tap-bill", "loaders/target-duckdb"):
        name = f"plugins/{each}--bill-connector.lock"
        assert (folder / name).read_text() == (ROOT / name).read_text(), "one definition"
    assert [holding(folder, each) for each in SECRETS] == [[".env"], [".env"]]


class WithMeltano(Starting):
    """Finds Meltano too, or a program of this name that is given."""

    @property
    def place(self) -> Path:
        return MELTANO

    @property
    def environment(self) -> dict[str, str]:
        inherited = super().environment
        return {**inherited, "PATH": f"{inherited['PATH']}:{self.place}"}


class Handing(WithMeltano):
    """With a Meltano that hands over what `.env` says, and what a test wants otherwise."""

    @property
    def place(self) -> Path:
        return self.folder / "other-programs"


HANDING = """#!{python}
import json, os, sys
from dotenv import dotenv_values
assert not [each for each in os.environ if each.startswith("BILL_")], "the proof is of what the files say"
config = {{name.removeprefix("BILL_").lower(): text for name, text in dotenv_values(".env").items()}}
print(json.dumps({{**config, "filepath": "warehouse.duckdb", **json.loads(os.environ.get("HANDED", "{{}}"))}}))
"""


@pytest.fixture
def handing(bill: Starting) -> Handing:
    found = Handing(bill.simulator, bill.folder)
    found.place.mkdir()
    (found.place / "meltano").write_text(HANDING.format(python=sys.executable))
    (found.place / "meltano").chmod(0o755)
    return found


@pytest.mark.parametrize(
    ("handed", "told"),
    [
        ({"password": "horse-of-home"}, "another password than was written"),
        ({"organization_id": OTHER, "filepath": "x"}, "another organization_id than was written"),
        ({"organizations": [OTHER]}, "another organizations than was written"),
        ({"api_url": None}, "another api_url than was written"),
    ],
)
def test_what_meltano_changes_is_a_step_that_fails(handing: Handing, handed: dict[str, object], told: str) -> None:
    changed = Handing(handing.simulator, handing.folder, {"HANDED": json.dumps(handed)})
    ran = changed("init", "books", "--for", "warehouse", "--as", "meltano")
    assert ran.code == 2, ran.err
    assert f"wrong  meltano, tap-bill: Meltano hands over {told}; it expands $NAME and ${{NAME}}" in ran.err
    assert "horse" not in ran.err
    assert "the files stay" in ran.err


def test_no_secret_is_in_a_file_aside_while_the_proof_runs(handing: Handing) -> None:
    """Looked for by a module in place of the loader's library: that step is the last one."""
    aside = handing.folder / "aside"
    shadow = handing.folder / "shadow" / "duckdb"
    shadow.mkdir(parents=True)
    aside.mkdir()
    (shadow / "__init__.py").write_text(
        "import os, pathlib\n"
        "place = pathlib.Path(os.environ['TMPDIR'])\n"
        "texts = {str(each): each.read_text(errors='replace') for each in place.rglob('*') if each.is_file()}\n"
        "place.with_name('seen').write_text(repr(texts))\n"
        "raise ModuleNotFoundError(name='duckdb')\n"
    )

    class Shadowed(Handing):
        @property
        def environment(self) -> dict[str, str]:
            return {**super().environment, "TMPDIR": str(aside), "PYTHONPATH": f"{shadow.parent}:{ROOT}"}

    ran = Shadowed(handing.simulator, handing.folder)("init", "books", "--for", "warehouse", "--as", "meltano")
    assert "wrong  target-duckdb" in ran.err
    seen = (handing.folder / "seen").read_text()
    assert "catalog.json" in seen
    assert not [each for each in SECRETS if each in seen]
    assert not list(aside.iterdir())


@pytest.mark.slow
@pytest.mark.skipif(not MELTANO.exists(), reason="Meltano is not installed")
def test_meltano_gets_the_columns_of_a_file_as_they_are_called(bill: Starting) -> None:
    """Not the column that a variable of the shell names; of `.env` it gets the `$` and the quotes of a value too."""
    device = {"BILL_DEVICE_ID": "a'$HOME \"$USD"}
    with_meltano = WithMeltano(bill.simulator, bill.folder, {"USD": "Net", "HOME": "/x", **device})
    name = "pay $USD ${HOME}.csv"
    (bill.folder / name).write_text(PAYABLES.replace("Net", '"Net $USD"'))
    ran = with_meltano("init", ".", "--csv", name, "--as", "meltano")
    assert ran.code == 0, ran.err
    assert "meltano, tap-bill-csv: Meltano hands over what was written" in ran.err
    assert "tap-bill-csv: 2 bills read" in ran.err
    dumped = subprocess.run(
        ["meltano", "invoke", "--no-install", "--dump=config", "tap-bill-csv"],  # noqa: S607
        cwd=bill.folder,
        env=with_meltano.environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=True,
    )
    (entry,) = json.loads(dumped.stdout)["files"]
    assert (entry["path"], entry["lines"]["columns"]["amount"]) == (name, "Net $USD")


@pytest.mark.slow
@pytest.mark.skipif(not MELTANO.exists(), reason="Meltano is not installed")
def test_with_meltano_it_reads_the_project_and_runs_it(bill: Starting) -> None:
    bill = WithMeltano(bill.simulator, bill.folder)
    ran = bill("init", "books", "--for", "warehouse", "--as", "meltano")
    assert ran.code == 0, ran.err
    assert "meltano, tap-bill: Meltano hands over what was written" in ran.err
    assert ran.out == "cd books && meltano install && meltano run tap-bill target-duckdb\n"
    folder = bill.folder / "books"
    made = yaml.safe_load((folder / "meltano.yml").read_text())
    for each in (plugin for kind in made["plugins"].values() for plugin in kind):
        each["executable"] = str(PROGRAMS / each["name"])
        del each["pip_url"]
    (folder / "meltano.yml").write_text(yaml.safe_dump(made))
    following = typed(bill, "meltano run --no-install tap-bill target-duckdb", "books")
    assert following.returncode == 0, following.stdout + following.stderr
    assert (folder / "warehouse.duckdb").exists()


def test_a_folder_that_cannot_be_written_is_said(bill: Starting) -> None:
    (bill.folder / "taken").write_text("")
    ran = bill("init", "taken/books", *WAREHOUSE)
    assert ran.code == 2
    assert "taken is in the way: it is no folder. Nothing is written" in ran.err


def test_what_is_in_the_way_is_seen_before_bill_is_asked(bill: Starting) -> None:
    wrong = Starting(bill.simulator, bill.folder, {"BILL_PASSWORD": "wrong-horse"})
    (bill.folder / "books" / "plugins").mkdir(parents=True)
    (bill.folder / "books" / "plugins" / "loaders").write_text("")
    ran = wrong("init", "books", "--for", "bill", "--as", "meltano")
    assert (ran.code, "books/plugins/loaders is in the way" in ran.err) == (2, True), ran.err


def test_a_place_that_cannot_be_written_is_told_by_its_own_name(bill: Starting) -> None:
    """`/proc` lets a folder be looked into, and nothing be made in it, whoever asks."""
    ran = bill("init", "/proc/self/fdinfo", "--for", "bill", *PLAIN)
    assert ran.code == 2
    assert "/proc/self/fdinfo" in ran.err
    assert " cannot be written: " in ran.err
    assert ".new-" not in ran.err


def test_stopping_the_proof_says_what_is_there_and_how_to_prove_it(bill: Starting) -> None:
    ran = bill.on_terminal("init", "books", *WAREHOUSE, answers=[("ok     bill doctor", "\x03")])
    assert ran.code == 130, ran.out
    assert "the files are there, and not proved yet. cd books && bill doctor looks at the connection; then:" in ran.out
    assert (bill.folder / "books" / ".env").exists()


@pytest.fixture
def call(bill: Starting, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    return Here(bill, monkeypatch, capsys)


def test_each_file_is_removed_again_when_one_cannot_be_written(call: Here, bill: Starting) -> None:
    (bill.folder / "books").mkdir()
    (bill.folder / "books" / "plugins").write_text("a file where a folder is needed")
    ran = call("init", "books", "--for", "warehouse", "--as", "meltano")
    assert ran.code == 2, ran.err
    assert files(bill.folder / "books") == {"plugins"}
