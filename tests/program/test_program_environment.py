"""Settings as they stand in variables and in `.env`: each value is what is written there, for every command."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from api_scripted import LOGIN, refused, scripted_bill, settings_for
from programs import run_text

from bill_api.connection import CONNECTION_VARIABLES
from bill_cli.connecting.settings import gather
from bill_program.environment import read_env_file, settings_of
from bill_program.errors import SettingsError
from bill_program.settings import config_schema
from tap_bill.settings import TAP_SETTINGS

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping
    from pathlib import Path

AWKWARD = (
    "a$HOME&b c",
    "${HOME}",
    "p$$w ${BILL_USERNAME}",
    "$(touch ran)",
    "`touch ran`;&& | <>",
    "ünïcode €",
    "a=b=c",
)
PASSWORDS = [
    *((f"{each}", each) for each in AWKWARD),
    *((f"'{each}'", each) for each in AWKWARD),
    *((f'"{each}"', each) for each in AWKWARD),
]
COMMANDS: dict[str, tuple[str, ...]] = {
    "bill": ("bill_cli", "list", "vendors"),
    "tap-bill": ("tap_bill", "--config", "ENV"),
    "target-bill": ("target_bill", "--config", "ENV"),
}
RECORDS = [
    {
        "type": "SCHEMA",
        "stream": "vendors",
        "schema": {"properties": {"name": {"type": "string"}}},
        "key_properties": ["name"],
    },
    {"type": "RECORD", "stream": "vendors", "record": {"name": "Fern"}},
]


def ran(folder: Path, command: tuple[str, ...], stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    kept = {name: text for name, text in os.environ.items() if "BILL_" not in name}
    package, *arguments = command
    return run_text(package, arguments, cwd=folder, env={**kept, **more}, stdin=stdin)


def written(folder: Path, values: Mapping[str, Any]) -> None:
    text = "".join(f"BILL_{name.upper()}={value}\n" for name, value in values.items())
    (folder / ".env").write_text(text)


@pytest.mark.parametrize(("text", "password"), PASSWORDS, ids=repr)
def test_a_value_is_what_is_written(tmp_path: Path, text: str, password: str) -> None:
    (tmp_path / ".env").write_text(f"BILL_USERNAME=someone\nBILL_PASSWORD={text}\n")
    assert read_env_file(tmp_path / ".env")["BILL_PASSWORD"] == password


@pytest.mark.parametrize("must_exist", [True, False])
def test_a_file_that_the_system_does_not_let_be_looked_for_is_named(tmp_path: Path, must_exist: bool) -> None:
    with pytest.raises(SettingsError, match="nnn cannot be read: File name too long"):
        read_env_file(tmp_path / ("n" * 300), must_exist=must_exist)


def test_a_file_may_be_missing_unless_it_was_asked_for(tmp_path: Path) -> None:
    assert read_env_file(tmp_path / ".env") == {}
    with pytest.raises(SettingsError, match=f"there is no file {tmp_path / '.env'} to read settings from"):
        read_env_file(tmp_path / ".env", must_exist=True)


@pytest.mark.parametrize("must_exist", [False, True])
def test_what_is_there_and_cannot_be_read_is_an_error(tmp_path: Path, must_exist: bool) -> None:
    with pytest.raises(SettingsError, match="there is no file"):
        read_env_file(tmp_path, must_exist=must_exist)
    (tmp_path / ".env").write_bytes(b"BILL_PASSWORD=\xff\n")
    with pytest.raises(SettingsError, match="cannot be read: UnicodeDecodeError; it must be a text in UTF-8"):
        read_env_file(tmp_path / ".env", must_exist=must_exist)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_sends_the_password_of_the_file_as_it_is(tmp_path: Path, command: str) -> None:
    password = "p$HOME &${BILL_USERNAME} $(touch ran) `x`"
    with scripted_bill() as scripted:
        scripted.script(LOGIN, refused("BDC_1101"))
        written(tmp_path, settings_for(scripted.url, password=password))
        stdin = "".join(json.dumps(each) + "\n" for each in RECORDS)
        process = ran(tmp_path, COMMANDS[command], stdin)
        sent = {call.form["password"] for call in scripted.calls if call.path == LOGIN}
        assert sent == {password}, process.stderr
    assert not (tmp_path / "ran").exists()


def test_the_csv_tap_reads_its_files_from_the_file_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "a ${HOME}&b.csv").write_text("name\nFern\n")
    files = json.dumps([{"path": "a ${HOME}&b.csv", "stream": "vendors", "columns": {"name": "name"}}])
    (tmp_path / ".env").write_text(f"TAP_BILL_CSV_FILES='{files}'\n")
    process = ran(tmp_path, ("tap_bill_csv", "--config", "ENV"))
    assert process.returncode == 0, process.stderr
    assert '"Fern"' in process.stdout


def test_the_loader_writes_the_file_that_is_named_as_it_is(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TARGET_DUCKDB_FILEPATH=a ${HOME}&b.duckdb\nTARGET_DUCKDB_BATCH_SIZE_ROWS=7\n")
    process = ran(tmp_path, ("target_duckdb", "--config", "ENV"), "".join(json.dumps(each) + "\n" for each in RECORDS))
    assert process.returncode == 0, process.stderr
    assert (tmp_path / "a ${HOME}&b.duckdb").is_file()


def sent(folder: Path, command: str, file: Mapping[str, str], **variables: str) -> set[str]:
    """The passwords that a command sends, with the connection in `.env`; it prints none of those that it was given."""
    with scripted_bill() as scripted:
        scripted.script(LOGIN, refused("BDC_1101"))
        written(folder, {**settings_for(scripted.url), "password": ""})
        with (folder / ".env").open("a") as lines:
            lines.writelines(f"{name}={text}\n" for name, text in file.items())
        process = ran(folder, COMMANDS[command], "".join(json.dumps(each) + "\n" for each in RECORDS), **variables)
        said = process.stdout + process.stderr
        assert not [text for text in (*file.values(), *variables.values()) if text and text in said], said
        return {call.form["password"] for call in scripted.calls if call.path == LOGIN}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_reads_the_shared_variables(tmp_path: Path, command: str) -> None:
    assert sent(tmp_path, command, {"BILL_PASSWORD": "pw-of-the-file"}) == {"pw-of-the-file"}
    assert sent(tmp_path, command, {}, BILL_PASSWORD="pw-a-variable") == {"pw-a-variable"}
    assert sent(tmp_path, command, {"BILL_PASSWORD": "pw-of-the-file"}, BILL_PASSWORD="pw-a-variable") == {
        "pw-a-variable"
    }
    assert sent(tmp_path, command, {"BILL_PASSWORD": "pw-of-the-file"}, BILL_PASSWORD="") == {"pw-of-the-file"}


OWN = [("tap-bill", "TAP_BILL_PASSWORD"), ("target-bill", "TARGET_BILL_PASSWORD")]


@pytest.mark.parametrize(("command", "own"), OWN)
def test_the_own_variable_of_a_command_counts_wherever_it_stands(tmp_path: Path, command: str, own: str) -> None:
    shared = "BILL_PASSWORD"
    assert sent(tmp_path, command, {own: "pw-own-file"}, **{shared: "pw-shared"}) == {"pw-own-file"}
    assert sent(tmp_path, command, {own: "pw-own-file", shared: "pw-shared-file"}, **{own: "pw-own"}) == {"pw-own"}
    assert sent(tmp_path, command, {shared: "pw-shared-file"}, **{own: "pw-own"}) == {"pw-own"}
    assert sent(tmp_path, command, {own: "", shared: "pw-shared-file"}, **{own: ""}) == {"pw-shared-file"}


def test_the_own_variables_of_others_mean_nothing_to_a_command(tmp_path: Path) -> None:
    others = {"TAP_BILL_PASSWORD": "pw-of-the-tap", "TARGET_BILL_PASSWORD": "pw-of-the-target"}
    assert sent(tmp_path, "bill", {"BILL_PASSWORD": "pw-shared"}, **others) == {"pw-shared"}


def test_a_setting_that_is_not_shared_has_no_shared_variable() -> None:
    given = {"BILL_USERNAME": "u", "BILL_PAGE_SIZE": "7", "BILL_API_URL": ""}
    with pytest.raises(SettingsError, match="`BILL_PAGE_SIZE` is not known; did you mean `TAP_BILL_PAGE_SIZE`"):
        settings_of(config_schema(TAP_SETTINGS), "TAP_BILL_", given, {}, CONNECTION_VARIABLES)
    del given["BILL_PAGE_SIZE"]
    assert settings_of(config_schema(TAP_SETTINGS), "TAP_BILL_", given, {}, CONNECTION_VARIABLES) == {"username": "u"}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("page_size", "7", 7),
        ("page_size", "seven", "seven"),
        ("nested", "TRUE", True),
        ("nested", "off", False),
        ("organizations", '["00801a", "00801b"]', ["00801a", "00801b"]),
        ("organizations", "all", "all"),
        ("stream_options", '{"bills": {"nested": true}}', {"bills": {"nested": True}}),
        ("stream_options", "{broken", "{broken"),
        ("start_date", "2026-01-01", "2026-01-01"),
        ("sensitive_fields", '["vendors.tax_id"]', ["vendors.tax_id"]),
        ("sensitive_fields", "true", True),
        ("sensitive_fields", "vendors", "vendors"),
    ],
)
def test_a_text_is_read_as_its_setting_wants_it(name: str, text: str, value: Any) -> None:
    assert settings_of(config_schema(TAP_SETTINGS), "TAP_BILL_", {f"TAP_BILL_{name.upper()}": text}, {}, {}) == {
        name: value
    }


MISSPELT = {
    "TARGET_BILL_MOD": ("target_bill", "TARGET_BILL_MODE"),
    "TARGET_BILL_MAX_CREATE": ("target_bill", "TARGET_BILL_MAX_CREATES"),
    "TARGET_BILL_STREAMMAPS": ("target_bill", "TARGET_BILL_STREAM_MAPS"),
    "TAP_BILL_PAGESIZE": ("tap_bill", "TAP_BILL_PAGE_SIZE"),
    "BILL_PASWORD": ("tap_bill", "BILL_PASSWORD"),
    "BILL_ORGANISATION_ID": ("target_bill", "BILL_ORGANIZATION_ID"),
    "TAP_BILL_CSV_FILE": ("tap_bill_csv", "TAP_BILL_CSV_FILES"),
    "TARGET_DUCKDB_FILE_PATH": ("target_duckdb", "TARGET_DUCKDB_FILEPATH"),
    "TARGET_BILL_Mode": ("target_bill", "TARGET_BILL_MODE"),
    "target_bill_mode": ("target_bill", "TARGET_BILL_MODE"),
    "TARGET_BILL__MODE": ("target_bill", "TARGET_BILL_MODE"),
    "BILL_MODE": ("target_bill", "TARGET_BILL_MODE"),
    "BILL__Page_Size": ("tap_bill", "TAP_BILL_PAGE_SIZE"),
    "Bill_Password": ("tap_bill", "BILL_PASSWORD"),
}


@pytest.mark.parametrize("place", ["process", "file"])
@pytest.mark.parametrize("name", MISSPELT)
def test_a_variable_that_is_misspelt_is_refused_by_name(tmp_path: Path, name: str, place: str) -> None:
    package, meant = MISSPELT[name]
    (tmp_path / ".env").write_text(f"{name}=secret-text\n" if place == "file" else "")
    variables = {name: "secret-text"} if place == "process" else {}
    process = ran(tmp_path, (package, "--config", "ENV"), **variables)
    assert process.returncode == 2, process.stderr
    assert f"variable `{name}` is not known; did you mean `{meant}`?" in process.stderr
    assert "secret-text" not in process.stderr


UNKNOWN = {
    "TARGET_BILL_DRY_RUN": "target_bill",
    "TARGET_BILL_DEFAULT_MATERIALIZATION": "target_bill",
    "TAP_BILL_LOADER": "tap_bill",
    "TAP_BILL_CSV_X": "tap_bill_csv",
    "TARGET_DUCKDB_X": "target_duckdb",
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_variable_with_the_beginning_of_a_command_that_no_setting_has_is_refused(tmp_path: Path, name: str) -> None:
    process = ran(tmp_path, (UNKNOWN[name], "--config", "ENV"), **{name: "secret-text"})
    assert process.returncode == 2, process.stderr
    assert f"variable `{name}` is not known; --about lists the settings that there are" in process.stderr
    assert "secret-text" not in process.stderr


def test_a_variable_whose_json_has_a_name_twice_is_refused(tmp_path: Path) -> None:
    streams = '{"a": "bills", "a": "vendors"}'
    process = ran(tmp_path, ("target_bill", "--config", "ENV"), TARGET_BILL_STREAMS=streams)
    assert process.returncode == 2, process.stderr
    assert "setting `streams` has `a` twice" in process.stderr


@pytest.mark.parametrize("name", ["BILL_PASWORD", "BILL_SESION_ID"])
def test_bill_refuses_a_variable_that_is_misspelt(tmp_path: Path, name: str) -> None:
    process = ran(tmp_path, ("bill_cli", "list", "vendors"), **{name: "secret-text"})
    assert process.returncode == 2
    assert f"bill: variable `{name}` is not known; did you mean " in process.stderr
    assert "secret-text" not in process.stderr


OTHERS = {
    **dict.fromkeys(["BILL_ENV", "BILL_ENVIRONMENT", "BILL_ENTITY_TABLE", "BILL_COM_PASSWORD", "BILL_SESSION_ID"], "x"),
    **dict.fromkeys(["BILL_COM_USER_NAME", "BILL_COM_ORGANIZATION_ID"], "x"),
    **dict.fromkeys(["BILL_MFA_TRUSTED_UNTIL", "BILL_DBT_TARGET", "BILL_POSTGRES_PASSWORD", "BILL_WAREHOUSE"], "x"),
    **dict.fromkeys(
        ["TAP_BILL__SELECT", "TAP_BILL__LOAD_SCHEMA", "TAP_BILL_LOGLEVEL", "TAP_BILL_CSV_STREAM_MAPS"], "x"
    ),
    **dict.fromkeys(["TAP_BILL_STREAM_OPTIONS_BILLS_NESTED", "TARGET_BILL_MOD", "TAP_BILL_PROD_NESTED"], "x"),
    **dict.fromkeys(["TAP_BILL_PROD__SELECT", "TAP_BILL__PROD_NESTED"], "x"),
    "TAP_BILL_PAGE_SIZES": "",
}
"""Variables of others, of Meltano and of plugins that inherit in it, of other commands of ours, of a setting's parts,
and of the SDK; and one that is not given."""


def test_a_variable_of_somebody_else_is_left_alone() -> None:
    schema = config_schema(TAP_SETTINGS)
    schema["properties"]["stream_maps"] = {"type": ["object"]}
    assert settings_of(schema, "TAP_BILL_", OTHERS, OTHERS, CONNECTION_VARIABLES) == {}
    assert gather({}, {**OTHERS, "BILL_USERNAME": "u"}).values == {"username": "u"}


@pytest.mark.parametrize(
    "order", [("ENV", "a.json", "b.json"), ("a.json", "ENV", "b.json"), ("a.json", "b.json", "ENV")]
)
def test_of_several_configurations_variables_count_most_and_then_the_later_file(
    tmp_path: Path, order: tuple[str, ...]
) -> None:
    """As docs/settings.md says it."""
    (tmp_path / "a.json").write_text(json.dumps({"filepath": "a.duckdb", "default_target_schema": "of_a"}))
    (tmp_path / "b.json").write_text(json.dumps({"filepath": "b.duckdb", "default_target_schema": "of_b"}))
    arguments = [each for name in order for each in ("--config", name)]
    process = ran(
        tmp_path,
        ("target_duckdb", *arguments),
        "".join(json.dumps(each) + "\n" for each in RECORDS),
        TARGET_DUCKDB_FILEPATH="env.duckdb",
    )
    assert process.returncode == 0, process.stderr
    assert [each.name for each in tmp_path.glob("*.duckdb")] == ["env.duckdb"]
    with duckdb.connect(tmp_path / "env.duckdb") as file:
        assert file.sql("SELECT table_schema FROM information_schema.tables").fetchall() == [("of_b",)]
