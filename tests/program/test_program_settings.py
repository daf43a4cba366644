"""Wrong settings are all named at once, each in a line, and no secret is quoted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta, field

from bill_api.connection import CONNECTION_SETTINGS, SANDBOX_URL, Connection
from bill_program.errors import SettingsError
from bill_program.settings import (
    NO_CHOICE,
    SECRET,
    Setting,
    Settings,
    WrongSetting,
    check,
    declared,
    otherwise,
    text,
    text_below,
)

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
STREAMS = {"bills": ("dueDate", "amount"), "vendors": ("name",)}


def day(given: str) -> date:
    if given == "never":
        raise WrongSetting("is no day that comes; give one like 2026-01-31")
    return date.fromisoformat(given)


def stream(given: str) -> str:
    if given not in STREAMS:
        raise ValueError
    return given.upper()


def field_of(given: str, below: str) -> str:
    if given not in STREAMS[below]:
        raise ValueError
    return f"{below}.{given}"


Day = Annotated[date, text(day, "a day like 2026-01-31")]
Stream = Annotated[str, text(stream, "a stream", among=STREAMS, write=str.lower)]


class Rule(Settings, frozen=True, kw_only=True):
    when: Annotated[str, text_below(field_of, "a field of its stream"), Meta(description="When.")]
    times: Annotated[int, Meta(description="Times.", ge=1)] = 1
    quiet: Annotated[bool | None, Meta(description="Quiet."), otherwise("as for all")] = None


class Samples(Settings, frozen=True, kw_only=True):
    words: Annotated[str | None, Meta(description="Words.")] = None
    color: Annotated[Literal["red", "blue"] | None, Meta(description="A color.")] = None
    days: Annotated[Annotated[int, Meta(ge=1, le=30)] | None, Meta(description="Days.")] = None
    rows: Annotated[int, Meta(description="Rows.", ge=0)] = 5
    seed: Annotated[int | None, Meta(description="A seed.")] = None
    is_loud: Annotated[bool, Meta(description="Loud.")] = field(default=False, name="loud")
    files: Annotated[tuple[str, ...], Meta(description="Files.")] = ()
    streams: Annotated[dict[str, Any], Meta(description="Streams.")] = field(default_factory=dict)
    token: Annotated[str | None, SECRET, Meta(description="A token.")] = None
    pin: Annotated[Annotated[int, Meta(ge=1000, le=9999)] | None, SECRET, Meta(description="A pin.")] = None
    place: Annotated[str, Meta(description="A place.")]
    folder: Annotated[Annotated[Path, text(Path, "a path")], Meta(description="A folder."), NO_CHOICE] = Path("a/b")
    starts: Annotated[Day | None, Meta(description="The first day.")] = None
    only: Annotated[tuple[Stream, ...] | Literal["all"], Meta(description="Only these.")] = ()
    group: Annotated[frozenset[Stream], Meta(description="A group.")] = frozenset()
    rules: Annotated[dict[Stream, tuple[Rule, ...]], Meta(description="Rules.")] = field(default_factory=dict)
    several: Annotated[str | tuple[str, ...] | Rule, Meta(description="One or several.")] = ()


SAMPLES = declared(Samples)
SAMPLE = {each.name: each for each in SAMPLES}


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


@pytest.mark.parametrize("kind", A_VALUE_OF)
@pytest.mark.parametrize("name", [each.name for each in CONNECTION_SETTINGS])
def test_a_value_of_a_wrong_kind_has_its_line_and_a_secret_one_is_not_quoted(name: str, kind: str) -> None:
    value = {"organization_id": GOOD["organization_id"], "api_url": SANDBOX_URL}.get(name, A_VALUE_OF["string"])
    value = value if kind == "string" else A_VALUE_OF[kind]
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
        ("days", 0, "setting `days` is 0; allowed is a whole number, 1 to 30"),
        ("days", 31, "setting `days` is 31; allowed is a whole number, 1 to 30"),
        ("days", True, "setting `days` is True; allowed is a whole number, 1 to 30"),
        ("days", 1.5, "setting `days` is 1.5; allowed is a whole number, 1 to 30"),
        ("days", "7", "setting `days` is '7'; allowed is a whole number, 1 to 30"),
        ("rows", -1, "setting `rows` is -1; allowed is a whole number, 0 or more"),
        ("seed", "x", "setting `seed` is 'x'; allowed is a whole number"),
        ("loud", 1, "setting `loud` is 1; allowed is true or false"),
        ("loud", "true", "setting `loud` is 'true'; allowed is true or false"),
        ("files", "a.csv", "setting `files` is 'a.csv'; allowed is a list"),
        ("streams", [], "setting `streams` is []; allowed is an object"),
        ("token", 1234, "setting `token` is a value of another kind; allowed is a string"),
        ("pin", 99, "setting `pin` is a value of another kind; allowed is a whole number, 1000 to 9999"),
        ("days", Decimal("1.5"), "setting `days` is 1.5; allowed is a whole number, 1 to 30"),
        ("days", 7.0, "setting `days` is 7.0; allowed is a whole number, 1 to 30"),
        ("color", ["red"], "setting `color` is ['red']; allowed is one of `red`, `blue`"),
        ("folder", 5, "setting `folder` is 5; allowed is a path"),
        ("starts", "soon", "setting `starts` is 'soon'; allowed is a day like 2026-01-31"),
        ("starts", 20260131, "setting `starts` is 20260131; allowed is a day like 2026-01-31"),
        ("starts", "never", "setting `starts` is no day that comes; give one like 2026-01-31"),
        ("only", "some", "setting `only` is 'some'; allowed is a list or `all`"),
        ("only", ["bill"], "setting `only[0]` is 'bill'; allowed is a stream; did you mean `bills`?"),
        ("only", ["bills", None], "setting `only[1]` is None; allowed is a stream"),
        ("files", ["a.csv", 5], "setting `files[1]` is 5; allowed is a string"),
        ("rules", {"bill": []}, "setting `rules` has `bill`; allowed is a stream; did you mean `bills`?"),
        ("rules", {"bills": {}}, "setting `rules.bills` is {}; allowed is a list"),
        ("rules", {"bills": ["x"]}, "setting `rules.bills[0]` is 'x'; allowed is an object"),
        ("rules", {"bills": [{}]}, "setting `rules.bills[0].when` is missing: When."),
        ("rules", {"bills": [{"when": ""}]}, "setting `rules.bills[0].when` is missing: When."),
        (
            "rules",
            {"bills": [{"when": "name"}]},
            "setting `rules.bills[0].when` is 'name'; allowed is a field of its stream",
        ),
        (
            "rules",
            {"bills": [{"when": "amount", "quiet": "yes"}]},
            "setting `rules.bills[0].quiet` is 'yes'; allowed is true or false",
        ),
        (
            "rules",
            {"bills": [{"when": "amount", "time": 2}]},
            "setting `rules.bills[0].time` is not known; did you mean `times`?",
        ),
        (
            "rules",
            {"bills": [{"when": "amount", "colour": 2}]},
            "setting `rules.bills[0].colour` is not known; known are when, times, quiet",
        ),
        ("several", 5, "setting `several` is 5; allowed is a string or a list or an object"),
        ("several", ["x", 5], "setting `several[1]` is 5; allowed is a string"),
    ],
)
def test_a_value_outside_of_what_is_allowed_has_its_line(name: str, value: Any, line: str) -> None:
    assert lines_about({"place": "here", name: value}, SAMPLES) == [line]


def test_everything_wrong_in_nested_settings_is_said_at_once() -> None:
    rules = {"bills": [{"when": "name", "times": 0}, {"tims": 3}], "vendors": [{"when": "name", "times": True}]}
    assert [line.split("`")[1] for line in lines_about({"place": 5, "rules": rules}, SAMPLES)] == [
        "place",
        "rules.bills[0].when",
        "rules.bills[0].times",
        "rules.bills[1].tims",
        "rules.bills[1].when",
        "rules.vendors[0].times",
    ]


@pytest.mark.parametrize("absent", [None, ""], ids=["null", "empty"])
@pytest.mark.parametrize("setting", SAMPLES, ids=lambda setting: setting.name)
def test_what_is_null_or_empty_is_as_if_it_were_not_given(setting: Setting, absent: object) -> None:
    config = {"place": "here", setting.name: absent}
    if setting.required:
        assert lines_about(config, SAMPLES) == [f"setting `{setting.name}` is missing: {setting.description}"]
    else:
        assert Samples.of(config) == Samples(place="here")


def test_a_configuration_becomes_what_the_code_works_with() -> None:
    found = Samples.of(
        {
            "place": "here",
            "loud": True,
            "folder": "c/d",
            "starts": "2026-01-31",
            "only": ["bills"],
            "rules": {"bills": [{"when": "amount", "quiet": None}], "vendors": None},
            "something else": 1,
        }
    )
    assert found == Samples(
        place="here",
        is_loud=True,
        folder=Path("c/d"),
        starts=date(2026, 1, 31),
        only=("BILLS",),
        rules={"BILLS": (Rule(when="bills.amount"),)},
    )
    assert Samples.of({"place": "here", "only": "all"}).only == "all"
    with pytest.raises(SettingsError) as caught:
        Samples.of({"rows": -1})
    assert str(caught.value).splitlines() == [
        "setting `rows` is -1; allowed is a whole number, 0 or more",
        "setting `place` is missing: A place.",
    ]


def test_secrets_are_not_printed() -> None:
    found = Samples.of({"place": "here", "token": "the-token", "pin": 4711})
    assert "place='here'" in repr(found)
    connection = Connection.of({**GOOD, "mfa_id": "the-device"})
    printed = f"{found!r}{found}{found.__rich_repr__()}{connection!r}{connection.__rich_repr__()}"
    secrets = ("the-token", "4711", "the-password", "the-developer-key", "the-device")
    assert not [secret for secret in secrets if secret in printed]


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
        ("API_URL", "api_url"),
        ("TimeoutS", "timeout_s"),
        ("stream_maps", None),
    ],
)
def test_a_name_that_is_nearly_one_is_asked_about_without_its_value(name: str, meant: str | None) -> None:
    said = lines_about({**GOOD, name: "a-secret-value"})
    known = f"known are {', '.join(each.name for each in CONNECTION_SETTINGS)}"
    assert said == [f"setting `{name}` is not known; {f'did you mean `{meant}`?' if meant else known}"]


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


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("words", "A"),
        ("words", None),
        ("days", 7),
        ("loud", True),
        ("files", ["b.csv", "a.csv"]),
        ("streams", {"bills": {"any": [1, None, {"thing": False}]}}),
        ("folder", "x/y"),
        ("starts", "2026-01-31"),
        ("only", "all"),
        ("only", ["vendors", "bills"]),
        ("group", ["bills", "vendors"]),
        ("rules", {"bills": [{"when": "amount", "times": 2, "quiet": True}]}),
    ],
)
def test_a_value_is_told_as_it_was_given_wherever_its_type_stands(name: str, given: Any) -> None:
    setting = SAMPLE[name]
    value = getattr(Samples.of({"place": "here", name: given}), setting.attribute)
    told = setting.as_given(value)
    assert told == ({"bills": [{"when": "bills.amount", "times": 2, "quiet": True}]} if name == "rules" else given)


def test_a_setting_is_a_choice_unless_its_declaration_says_that_it_is_none() -> None:
    assert [each.name for each in SAMPLES if not each.is_choice] == ["folder"]
