"""Wrong settings are all named at once, each in a line, and no secret is quoted."""

from __future__ import annotations

from typing import Any

import pytest

from bill_api.connection import CONNECTION_SETTINGS, PRODUCTION_URL, SANDBOX_URL, Connection
from bill_api.errors import FatalError, SettingsError
from bill_api.settings import KINDS, Setting, check, config_schema

GOOD: dict[str, Any] = {
    "username": "ap@tests.example",
    "password": "the-password",
    "organization_id": "00801TESTSXXXXXaaaa1",
    "developer_key": "the-developer-key",
}
BY_NAME = {each.name: each for each in CONNECTION_SETTINGS}
SECRETS = {each.name for each in CONNECTION_SETTINGS if each.secret}
REQUIRED = [each.name for each in CONNECTION_SETTINGS if each.required]
A_VALUE_OF = {"string": "text", "integer": 7, "boolean": True, "array": ["text"], "object": {"key": "text"}}
SAMPLES = (
    Setting(name="words", kind="string", description="Words."),
    Setting(name="color", kind="string", description="A color.", allowed=("red", "blue")),
    Setting(name="days", kind="integer", description="Days.", minimum=1, maximum=30),
    Setting(name="rows", kind="integer", description="Rows.", minimum=0),
    Setting(name="seed", kind="integer", description="A seed."),
    Setting(name="loud", kind="boolean", description="Loud."),
    Setting(name="files", kind="array", description="Files."),
    Setting(name="streams", kind="object", description="Streams."),
    Setting(name="token", kind="string", description="A token.", secret=True),
    Setting(name="pin", kind="integer", description="A pin.", secret=True, minimum=1000, maximum=9999),
    Setting(name="place", kind="string", description="A place.", required=True),
)


def lines_about(config: dict[str, Any], settings: tuple[Setting, ...] = CONNECTION_SETTINGS) -> list[str]:
    """What is said against a configuration."""
    try:
        check(settings, config)
    except SettingsError as error:
        return str(error).splitlines()
    return []


def test_a_good_configuration_passes() -> None:
    assert lines_about(GOOD) == []
    assert lines_about({**GOOD, "mfa_id": None, "device_id": "", "timeout_s": 1, "api_url": "http://127.0.0.1"}) == []


@pytest.mark.parametrize("given", [{}, {"password": None}, {"password": ""}], ids=["absent", "null", "empty"])
def test_every_missing_setting_has_its_line_with_what_it_is(given: dict[str, Any]) -> None:
    assert lines_about(given) == [f"setting `{name}` is missing: {BY_NAME[name].description}" for name in REQUIRED]
    assert REQUIRED == ["username", "password", "organization_id", "developer_key"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [each.name for each in CONNECTION_SETTINGS])
def test_a_value_of_a_wrong_kind_has_its_line_and_a_secret_one_is_not_quoted(name: str, kind: str) -> None:
    value = A_VALUE_OF[kind]
    said = lines_about({**GOOD, name: value})
    if kind == BY_NAME[name].kind:
        assert said == []
        return
    given = "a value of another kind" if name in SECRETS else repr(value)
    assert said == [f"setting `{name}` is {given}; allowed is {BY_NAME[name].range}"]


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("words", 1, "setting `words` is 1; allowed is a string"),
        ("color", "green", "setting `color` is 'green'; allowed is one of `red`, `blue`"),
        ("days", 0, "setting `days` is 0; allowed is 1 to 30"),
        ("days", 31, "setting `days` is 31; allowed is 1 to 30"),
        ("days", True, "setting `days` is True; allowed is 1 to 30"),
        ("days", 1.5, "setting `days` is 1.5; allowed is 1 to 30"),
        ("days", "7", "setting `days` is '7'; allowed is 1 to 30"),
        ("rows", -1, "setting `rows` is -1; allowed is 0 or more"),
        ("seed", "x", "setting `seed` is 'x'; allowed is a whole number"),
        ("loud", 1, "setting `loud` is 1; allowed is a boolean"),
        ("loud", "true", "setting `loud` is 'true'; allowed is a boolean"),
        ("files", "a.csv", "setting `files` is 'a.csv'; allowed is a list"),
        ("streams", [], "setting `streams` is []; allowed is an object"),
        ("token", 1234, "setting `token` is a value of another kind; allowed is a string"),
        ("pin", 99, "setting `pin` is a value of another kind; allowed is 1000 to 9999"),
    ],
)
def test_a_value_outside_of_what_is_allowed_has_its_line(name: str, value: Any, line: str) -> None:
    assert lines_about({"place": "here", name: value}, SAMPLES) == [line]


@pytest.mark.parametrize(
    "value", [{"days": 1}, {"days": 30}, {"color": "red"}, {"rows": 0}, {"loud": False}, {"files": []}, {"pin": 1000}]
)
def test_the_ends_of_a_range_are_allowed(value: dict[str, Any]) -> None:
    assert lines_about({"place": "here", **value}, SAMPLES) == []


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("user_name", "username"),
        ("passwort", "password"),
        ("organisation_id", "organization_id"),
        ("develper_key", "developer_key"),
        ("dev_key", None),
        ("use_production", "use_production_url"),
        ("timeout", "timeout_s"),
        ("API_URL", None),
        ("stream_maps", None),
    ],
)
def test_a_name_that_is_nearly_one_is_asked_about_without_its_value(name: str, meant: str | None) -> None:
    said = lines_about({**GOOD, name: "a-secret-value"})
    assert said == ([f"setting `{name}` is not known; did you mean `{meant}`?"] if meant else [])


def test_a_name_that_somebody_else_knows_is_not_asked_about() -> None:
    check(CONNECTION_SETTINGS, {**GOOD, "timeouts": 3}, also_known=["timeouts"])
    assert lines_about({**GOOD, "timeouts": 3}) == ["setting `timeouts` is not known; did you mean `timeout_s`?"]


def test_everything_wrong_is_said_at_once_and_no_secret_with_it() -> None:
    config = {
        "username": 5,
        "password": ["the-password"],
        "developer_key": {"key": "the-developer-key"},
        "mfa_id": 40_047_002,
        "timeout_s": 0,
        "use_production_url": "yes",
        "organisation_id": "00801TESTSXXXXXaaaa1",
    }
    said = lines_about(config)
    assert [line.split("`")[1] for line in said] == [
        "username",
        "password",
        "organization_id",
        "developer_key",
        "use_production_url",
        "mfa_id",
        "timeout_s",
        "organisation_id",
    ]
    assert not [secret for secret in ("the-password", "the-developer-key", "40047002") if secret in "\n".join(said)]


def test_a_wrong_setting_stops_the_run() -> None:
    assert issubclass(SettingsError, FatalError)


def test_the_json_schema_says_the_same_as_the_check() -> None:
    schema = config_schema(SAMPLES)
    assert schema["required"] == ["place"]
    properties = schema["properties"]
    assert list(properties) == [each.name for each in SAMPLES]
    assert properties["place"]["type"] == ["string"]
    assert properties["days"] == {"type": ["integer", "null"], "description": "Days.", "minimum": 1, "maximum": 30}
    assert properties["color"]["enum"] == ["red", "blue", None]
    assert properties["token"] == {
        "type": ["string", "null"],
        "description": "A token.",
        "secret": True,
        "writeOnly": True,
    }
    assert properties["files"]["items"] == {"type": "string"}
    assert properties["streams"]["additionalProperties"] is True
    assert {name for name, each in config_schema(CONNECTION_SETTINGS)["properties"].items() if each.get("secret")} == {
        "password",
        "developer_key",
        "mfa_id",
    }


@pytest.mark.parametrize("setting", CONNECTION_SETTINGS, ids=lambda setting: setting.name)
def test_a_default_passes_its_own_check(setting: Setting) -> None:
    assert setting.default is None or setting.problem(setting.default) is None


# From settings to a connection


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({}, PRODUCTION_URL),
        ({"use_production_url": True}, PRODUCTION_URL),
        ({"use_production_url": None}, PRODUCTION_URL),
        ({"use_production_url": False}, SANDBOX_URL),
        ({"api_url": None, "use_production_url": False}, SANDBOX_URL),
        ({"api_url": "", "use_production_url": False}, SANDBOX_URL),
        ({"api_url": "http://127.0.0.1:8000/api/v2/", "use_production_url": True}, "http://127.0.0.1:8000/api/v2"),
        ({"api_url": " https://proxy.example/bill "}, "https://proxy.example/bill"),
        ({"api_url": "http://[::1]:8000"}, "http://[::1]:8000"),
    ],
    ids=repr,
)
def test_a_connection_goes_where_its_settings_say(given: dict[str, Any], url: str) -> None:
    assert Connection.from_settings({**GOOD, **given}).url == url


@pytest.mark.parametrize(
    "url",
    [
        "ftp://api.example/api/v2",
        "file:///etc/passwd",
        "api.bill.example/api/v2",
        "//api.example",
        "https://",
        "https:///api/v2",
        "http://:8000/api/v2",
        "https://user:url-secret@api.example/api/v2",
        "https://:url-secret@api.example/api/v2",
        "https://url-secret@api.example/api/v2",
        "https://api.example/api/v2?key=url-secret",
        "https://api.example/api/v2?",
        "https://api.example/api/v2#url-secret",
        "http://[::1",
        "http://api.example:port",
        "http://api.example:99999",
        "http://api.example:0",
    ],
)
def test_a_url_that_cannot_be_or_that_holds_a_password_is_refused_without_being_quoted(url: str) -> None:
    with pytest.raises(SettingsError, match=r"^setting `api_url` must look like https://") as caught:
        Connection.from_settings({**GOOD, "api_url": url})
    assert "url-secret" not in f"{caught.value!r}"


@pytest.mark.parametrize(
    ("url", "is_this_computer"),
    [
        ("http://localhost:8080/api/v2", True),
        ("http://127.0.0.1/api/v2", True),
        ("HTTP://127.9.8.7:1/api/v2", True),
        ("http://[::1]:8080/api/v2", True),
        ("http://simulator:8080/api/v2", False),
        ("http://api.bill.com/api/v2", False),
        ("http://10.0.0.7:8080/api/v2", False),
        ("http://[fe80::1]/api/v2", False),
        ("http://127.0.0.1.example/api/v2", False),
        ("http://localhost.example/api/v2", False),
        ("HTTP://0.0.0.0:8080/api/v2", False),
    ],
)
def test_passwords_leave_this_computer_in_the_clear_only_where_that_is_allowed(
    url: str, *, is_this_computer: bool
) -> None:
    given = {**GOOD, "api_url": url}
    if not is_this_computer:
        with pytest.raises(SettingsError, match=r"in the clear.*set `allow_plain_http` to true"):
            Connection.from_settings(given)
        given["allow_plain_http"] = True
    assert Connection.from_settings(given).url == url


@pytest.mark.parametrize(
    "organization",
    ["00801TESTSXXXXXaaaa", "00801TESTSXXXXXaaaa12", "00901TESTSXXXXXaaaa1", "My Company, Inc.", "008"],
)
def test_an_organization_id_that_cannot_be_one_is_quoted_and_explained(organization: str) -> None:
    with pytest.raises(SettingsError, match="`organization_id`") as caught:
        Connection.from_settings({**GOOD, "organization_id": organization})
    assert repr(organization) in str(caught.value)
    assert "20 characters that begin with 008" in str(caught.value)


def test_blanks_around_an_organization_id_do_no_harm() -> None:
    connection = Connection.from_settings({**GOOD, "organization_id": f" {GOOD['organization_id']}\n"})
    assert connection.organization_id == GOOD["organization_id"]


def test_what_is_left_empty_is_as_if_it_were_absent() -> None:
    connection = Connection.from_settings({**GOOD, "mfa_id": "", "device_id": "", "timeout_s": None})
    assert (connection.mfa_id, connection.device_id, connection.timeout_s) == (None, None, 120)
