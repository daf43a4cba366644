"""`bill init`: a project is written whole or not at all, its secrets in one place, and it works as it says."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from cli_bill import Everyday, Here
from conftest import TIMEOUT_S
from dotenv import dotenv_values

from bill_program import env_file
from bill_simulator import defaults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bill_simulator import Simulator

pytest_plugins = ["cli_fixtures"]

ROOT = Path(__file__).resolve().parents[2]
MELTANO = ROOT / ".venv-meltano" / "bin"
PROGRAMS = Path(sys.executable).parent
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
    for each in ("tap-bill", "tap-bill-csv", "target-bill", "target-duckdb"):
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
        ["bash", "-o", "pipefail", "-c", line],  # noqa: S607
        cwd=bill.folder / folder,
        env=bare,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


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
    assert ".gitignore may stay when it has a line .env" in ran.err
    (bill.folder / ".gitignore").write_text("*.log\n.env\n")
    assert bill("init", *WAREHOUSE).code == 0
    assert (bill.folder / ".gitignore").read_text() == "*.log\n.env\n"


def test_the_settings_that_are_in_the_folder_stay_as_they_are(bill: Starting) -> None:
    values = {name: text for name, text in bill.variables.items() if name != "BILL_TIMEOUT_S"}
    path = bill.folder / ".env"
    env_file.keep(path, values)
    path.chmod(0o644)
    before = path.read_text()
    bare = Starting(bill.simulator, bill.folder, dict.fromkeys(bill.variables, ""))
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
    assert bill("login", "--profile", "other", "--organization-id", defaults.EMPTY_ORGANIZATION_ID).code == 0
    ran = bill.on_terminal("init", "books", "--for", "bill", *PLAIN, answers=[("Connection, 1 to 2: ", "other\n")])
    assert ran.code == 0, ran.out
    found = dotenv_values(bill.folder / "books" / ".env", interpolate=False)
    assert found["BILL_ORGANIZATION_ID"] == defaults.EMPTY_ORGANIZATION_ID


def test_a_spreadsheet_gets_a_mapping_and_a_plan_is_the_next_command(bill: Starting) -> None:
    ran = bill("init", ".", "--csv", "payables.csv", *PLAIN)
    assert ran.code == 0, ran.err
    assert "tap-bill-csv --discover: bills" in ran.err
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


@pytest.mark.skipif(not MELTANO.exists(), reason="Meltano is not installed")
def test_with_meltano_it_reads_the_project_and_runs_it(bill: Starting) -> None:
    class WithMeltano(Starting):
        @property
        def environment(self) -> dict[str, str]:
            inherited = super().environment
            return {**inherited, "PATH": f"{inherited['PATH']}:{MELTANO}"}

    bill = WithMeltano(bill.simulator, bill.folder)
    ran = bill("init", "books", "--for", "warehouse", "--as", "meltano")
    assert ran.code == 0, ran.err
    assert "meltano, tap-bill: Meltano reads its settings" in ran.err
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
    assert "cannot be written" in ran.err


@pytest.fixture
def call(bill: Starting, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    return Here(bill, monkeypatch, capsys)


def test_each_file_is_removed_again_when_one_cannot_be_written(call: Here, bill: Starting) -> None:
    (bill.folder / "books").mkdir()
    (bill.folder / "books" / "plugins").write_text("a file where a folder is needed")
    ran = call("init", "books", "--for", "warehouse", "--as", "meltano")
    assert ran.code == 2, ran.err
    assert files(bill.folder / "books") == {"plugins"}
