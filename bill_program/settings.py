"""Settings declared once, as typed classes: JSON schema, check, typed object and documentation follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from functools import cache, cached_property
from pathlib import PurePath
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, Union, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Meta

from bill_program.errors import SettingsError
from bill_values.spelling import letters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

SECRET = Meta(extra_json_schema={"secret": True, "writeOnly": True})
"""Of a setting whose value is never shown."""

NO_CHOICE = Meta(extra={"is_choice": False})
"""Of a setting that says where and how fast a run works, and not what it does."""


COUNT_MAX = 1_000_000_000
"""The largest number of a setting that counts things of which there may be any number; larger ones mean nothing."""


class WrongSetting(ValueError):  # noqa: N818  # what people see is a SettingsError
    """A value that means nothing; its text goes on after the name of the setting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextForm:
    """Reads a text as the value that the code works with.

    Attributes:
        read: Takes the text and the key of the object that it stands in; that is empty outside of one.
        allowed: What is allowed, in words.
        among: The texts that are allowed, where they can be listed: a near miss is asked about.
        write: The text of a value.
    """

    read: Callable[[str, str], Any]
    allowed: str
    among: tuple[str, ...] = ()
    write: Callable[[Any], str] = str


def text(
    read: Callable[[str], Any], allowed: str, among: Iterable[str] = (), write: Callable[[Any], str] = str
) -> Meta:
    """Of a type whose values are written as texts.

    Args:
        read: The value of a text; a `WrongSetting` says what is wrong with it, any other ValueError only that it is.
        allowed: What is allowed, in words.
        among: The texts that are allowed, where they can be listed.
        write: The text of a value, where `str` does not tell it.
    """
    form = TextForm(read=lambda given, _: read(given), allowed=allowed, among=tuple(among), write=write)
    return Meta(extra={"form": form})


def text_below(read: Callable[[str, str], Any], allowed: str) -> Meta:
    """The same for a text whose meaning depends on the key of the object that it stands in, its second argument."""
    return Meta(extra={"form": TextForm(read=read, allowed=allowed)})


def otherwise(words: str) -> Meta:
    """The default of a setting that no constant says, for the documentation."""
    return Meta(extra={"otherwise": words})


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Base of declarations: each field is a setting, its type is what is allowed, its `Meta` says what it means.

    A setting that is null is not given. An empty text is neither, on the first level or where something is required.
    """

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Self:
        """Read these settings; other ones may stand beside them.

        Raises:
            SettingsError: One line per wrong setting.
        """
        reading = _Reading()
        values = reading.fields(declared(cls), config)
        reading.finish()
        return cls(**values)

    def __repr__(self) -> str:
        """The settings without secrets."""
        shown = (f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({', '.join(shown)})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """The same for tables and tracebacks."""
        return [(each.attribute, getattr(self, each.attribute)) for each in declared(type(self)) if not each.secret]


@dataclass(frozen=True, slots=True)
class _Kind:
    """One of the types that a value may have, except null."""

    type: Any
    metas: tuple[Meta, ...]

    @property
    def form(self) -> TextForm | None:
        """Reads it from a text; None for what JSON has itself."""
        found: TextForm | None = _extra(self.metas).get("form")
        return found

    @property
    def declaration(self) -> type[Settings] | None:
        """The settings of an object, if it is one with settings of its own."""
        return self.type if isinstance(self.type, type) and issubclass(self.type, Settings) else None

    @property
    def items(self) -> tuple[Any, ...]:
        """The type of a list's elements, or those of an object's keys and values."""
        return tuple(each for each in get_args(self.type) if each is not ...)

    @property
    def json(self) -> str:
        """Its JSON type; empty for any value."""
        if self.form or get_origin(self.type) is Literal:
            return "string"
        kinds = {str: "string", int: "integer", Decimal: "number", bool: "boolean", Any: ""}
        kinds |= {tuple: "array", frozenset: "array"}
        return kinds.get(get_origin(self.type) or self.type, "object")

    @property
    def allowed(self) -> str:
        """The values that are allowed, in words."""
        if self.form:
            return self.form.allowed
        if get_origin(self.type) is Literal:
            names = get_args(self.type)
            return ("one of " if len(names) > 1 else "") + ", ".join(
                f"`{each}`" if each else "an empty text" for each in names
            )
        limits = self.limits()
        whole = "a whole number, " if self.json == "integer" else ""
        if "maximum" in limits:
            return f"{whole}{limits['minimum']} to {limits['maximum']}"
        if "minimum" in limits:
            return f"{whole}{limits['minimum']} or more"
        words = {"integer": "a whole number", "boolean": "true or false", "array": "a list"}
        words |= {"number": "a number", "object": "an object"}
        return words.get(self.json, "a string") + (" that is not empty" if "minLength" in limits else "")

    def limits(self) -> dict[str, Any]:
        """The limits of its values, as a JSON schema says them."""
        names = {"ge": "minimum", "le": "maximum", "min_length": "minItems" if self.json == "array" else "minLength"}
        return {
            name: limit
            for each in self.metas
            for attribute, name in names.items()
            if (limit := getattr(each, attribute)) is not None
        }

    def plain(self, given: Any, key: str) -> Any:
        """The value of what is neither list nor object; a ValueError refuses it."""
        if self.form and isinstance(given, str):
            return self.form.read(given, key)
        if self.form or self.json in {"array", "object"}:
            raise ValueError
        return msgspec.convert(given, Annotated[self.type, *self.metas] if self.metas else self.type)

    def schema(self, *, is_only: bool) -> dict[str, Any]:
        """Its JSON schema besides the type."""
        if self.declaration:
            return config_schema(declared(self.declaration), is_nested=True) | {"additionalProperties": False}
        if get_origin(self.type) is Literal:
            return {"enum": list(get_args(self.type))} if is_only else {}
        if self.json == "object":
            return {"additionalProperties": _schema(self.items[1]) or True}
        return self.limits() | ({"items": _schema(self.items[0])} if self.json == "array" else {})


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting as its declaration says it.

    Attributes:
        name: As in configuration files.
        attribute: The name that the code uses.
        type: What is allowed.
        required: A run cannot start without it.
        default: Counts when the setting is not given, as JSON; None for no default.
    """

    name: str
    attribute: str
    type: Any
    required: bool
    default: Any

    @cached_property
    def _metas(self) -> tuple[Meta, ...]:
        return get_args(self.type)[1:] if get_origin(self.type) is Annotated else ()

    @property
    def kind(self) -> str:
        """Its JSON type; the first one of several."""
        return _kinds(self.type)[0].json

    @property
    def description(self) -> str:
        """One sentence for people, with the unit."""
        return next((each.description for each in self._metas if each.description), "")

    @property
    def secret(self) -> bool:
        """True if its value is never shown."""
        return SECRET in self._metas

    @property
    def is_choice(self) -> bool:
        """True if it decides what a run does: every setting but those that are said not to."""
        return bool(_extra(self._metas).get("is_choice", True))

    @property
    def otherwise(self) -> str:
        """Its default where no constant says it, in words."""
        return str(_extra(self._metas).get("otherwise", ""))

    @property
    def range(self) -> str:
        """The values that are allowed, in words."""
        return _allowed(self.type)

    @property
    def nested(self) -> tuple[Setting, ...]:
        """The settings of the objects that it holds, if it holds any with settings of their own."""
        return next((declared(each.declaration) for each in _parts(self.type) if each.declaration), ())

    @property
    def unbounded(self) -> bool:
        """True if it takes whole numbers of any size, which some part of the code could not work with."""
        return any(each.json == "integer" and len(each.limits()) < len(("from", "to")) for each in _kinds(self.type))

    def schema(self, *, is_nested: bool = False) -> dict[str, Any]:
        """The JSON schema of this setting.

        Args:
            is_nested: Without a default, which the Singer SDK would write into the objects that it is given.
        """
        described = _schema(self.type) | {"description": self.description}
        kinds = list(dict.fromkeys(each.json for each in _kinds(self.type)))
        described["type"] = [*kinds, *([] if self.required else ["null"])]
        if self.default is not None and not is_nested:
            described["default"] = self.default
        if self.secret:
            described |= SECRET.extra_json_schema or {}
        if "enum" in described and not self.required:
            described["enum"] = [*described["enum"], None]
        return described

    def as_given(self, value: Any) -> Any:
        """A value as JSON gives it; sets in order, so that it is the same for the same settings."""
        return _as_given(self.type, value)

    def problem(self, value: Any) -> str | None:
        """The fault of this value, or None."""
        reading = _Reading()
        reading.fields([self], {self.name: value})
        return "\n".join(reading.problems) or None


@cache
def declared(declaration: type[Settings]) -> tuple[Setting, ...]:
    """The settings of a declaration, in its order."""
    return tuple(
        Setting(
            name=each.encode_name,
            attribute=each.name,
            type=each.type,
            required=each.required,
            default=_as_json(each.default),
        )
        for each in msgspec.structs.fields(declaration)
    )


def config_schema(settings: Iterable[Setting], *, is_nested: bool = False) -> dict[str, Any]:
    """The JSON schema of a plugin's configuration, in the Singer SDK's form."""
    settings = tuple(settings)
    return {
        "type": "object",
        "properties": {each.name: each.schema(is_nested=is_nested) for each in settings},
        "required": [each.name for each in settings if each.required],
    }


def is_given(value: Any) -> bool:
    """True if a setting has a value: Meltano hands over what is not set as an empty text."""
    return value is not None and value != ""


def near_name(name: str, known: Sequence[str], likeness: float = 0.75) -> str | None:
    """The known name that this one may be a misspelling of, whatever its case and signs; None if there is none."""
    spelled = {letters(each): each for each in known}
    near = get_close_matches(letters(name), spelled, n=1, cutoff=likeness)
    return spelled[near[0]] if near else None


def check(settings: Sequence[Setting], config: Mapping[str, Any], also_known: Iterable[str] = ()) -> None:
    """Refuse a configuration that cannot work, naming every wrong setting at once.

    Args:
        settings: What the plugin declares.
        config: What it was given.
        also_known: Names that somebody else (the SDK) understands.

    Raises:
        SettingsError: One line per wrong setting.
    """
    reading = _Reading()
    reading.fields(settings, config)
    known = dict.fromkeys([*(each.name for each in settings), *also_known])
    reading.names(list(known), config)
    reading.finish()


class _Reading:
    """Values read from what was given, and everything that is wrong with them."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def finish(self) -> None:
        """Refuse what is wrong."""
        if self.problems:
            raise SettingsError("\n".join(self.problems))

    def fields(
        self, settings: Iterable[Setting], given: Mapping[str, Any], path: str = "", key: str = ""
    ) -> dict[str, Any]:
        """The values of those settings that are given, by attribute."""
        values = {}
        for each in settings:
            value = given.get(each.name)
            if value is not None and (is_given(value) or (path and not each.required)):
                values[each.attribute] = self._value(each.type, f"{path}{each.name}", value, key, secret=each.secret)
            elif each.required:
                self.problems.append(f"setting `{path}{each.name}` is missing: {each.description}")
        return values

    def names(self, known: Sequence[str], given: Iterable[str], path: str = "") -> None:
        """Note unknown names: what was meant by them would not count."""
        for name in given:
            if name not in known:
                near = near_name(name, known)
                said = f"did you mean `{near}`?" if near else f"known are {', '.join(known)}"
                self.problems.append(f"setting `{path}{name}` is not known; {said}")

    def _value(self, type_: Any, path: str, given: Any, key: str, *, secret: bool = False) -> Any:
        kinds = _kinds(type_)
        for each in kinds:
            if each.json == "object" and isinstance(given, Mapping):
                return self._object(each, path, given, key)
            if each.json == "array" and isinstance(given, list | tuple):
                return self._list(each, path, given, key)
        for each in kinds:
            try:
                return each.plain(given, key)
            except WrongSetting as problem:
                self.problems.append(f"setting `{path}` {problem}")
                return None
            except ValueError:
                continue
        shown = "a value of another kind" if secret else _shown(given)
        self.problems.append(f"setting `{path}` is {shown}; allowed is {_allowed(type_)}{_near(kinds, given)}")
        return None

    def _list(self, kind: _Kind, path: str, given: Sequence[Any], key: str) -> Any:
        before = len(self.problems)
        if len(given) < kind.limits().get("minItems", 0):
            self.problems.append(f"setting `{path}` is empty; name at least one")
        items = [self._value(kind.items[0], f"{path}[{index}]", each, key) for index, each in enumerate(given)]
        return None if len(self.problems) > before else get_origin(kind.type)(items)

    def _object(self, kind: _Kind, path: str, given: Mapping[str, Any], key: str) -> Any:
        if kind.declaration is None:
            return self._entries(kind, path, given)
        before = len(self.problems)
        settings = declared(kind.declaration)
        self.names([each.name for each in settings], given, f"{path}.")
        values = self.fields(settings, given, f"{path}.", key)
        if len(self.problems) > before:
            return None
        try:
            return kind.declaration(**values)
        except WrongSetting as problem:
            self.problems.append(f"setting `{path}` {problem}")
            return None

    def _entries(self, kind: _Kind, path: str, given: Mapping[str, Any]) -> dict[Any, Any]:
        key_type, value_type = kind.items
        entries = {}
        for name, value in given.items():
            kinds = _kinds(key_type)
            try:
                key = kinds[0].plain(name, "")
            except ValueError:
                allowed = f"{_allowed(key_type)}{_near(kinds, name)}"
                self.problems.append(f"setting `{path}` has `{name}`; allowed is {allowed}")
                continue
            if value is not None:
                entries[key] = self._value(value_type, f"{path}.{name}", value, name)
        return entries


def _schema(type_: Any) -> dict[str, Any]:
    """The JSON schema of a type; empty for any value."""
    kinds = _kinds(type_)
    names = list(dict.fromkeys(each.json for each in kinds if each.json))
    found: dict[str, Any] = {"type": names if len(names) > 1 else names[0]} if names else {}
    for each in kinds:
        found |= {**each.schema(is_only=len(kinds) == 1), **({"type": found["type"]} if names else {})}
    return found


def _kinds(type_: Any, metas: tuple[Any, ...] = ()) -> list[_Kind]:
    """The types that a type is one of, except null."""
    if get_origin(type_) is Annotated:
        inner, *own = get_args(type_)
        return _kinds(inner, (*metas, *own))
    if get_origin(type_) in (Union, UnionType):
        return [found for each in get_args(type_) for found in _kinds(each)]
    return [] if type_ is NoneType else [_Kind(type_, metas)]


def _parts(type_: Any) -> list[_Kind]:
    """The types of a value and of everything in it."""
    kinds = _kinds(type_)
    return [*kinds, *(part for each in kinds for item in each.items for part in _parts(item))]


def _allowed(type_: Any) -> str:
    """The values that are allowed, in words."""
    return " or ".join(dict.fromkeys(each.allowed for each in _kinds(type_)))


def _near(kinds: Iterable[_Kind], given: Any) -> str:
    """The question after a near miss."""
    among = [name for each in kinds if each.form for name in each.form.among]
    near = get_close_matches(given, among, n=1) if isinstance(given, str) else []
    return f"; did you mean `{near[0]}`?" if near else ""


def _extra(metas: Iterable[Meta]) -> dict[str, Any]:
    return {name: value for each in metas for name, value in (each.extra or {}).items()}


def _as_given(type_: Any, value: Any) -> Any:
    """A value of a type as JSON gives it."""
    if isinstance(value, Settings):
        return {each.name: each.as_given(getattr(value, each.attribute)) for each in declared(type(value))}
    if isinstance(value, Mapping):
        names, values = _items(type_, "object") or (Any, Any)
        return {_as_given(names, name): _as_given(values, each) for name, each in value.items()}
    if isinstance(value, list | tuple | frozenset):
        inner = next(iter(_items(type_, "array")), Any)
        given = [_as_given(inner, each) for each in value]
        return sorted(given) if isinstance(value, frozenset) else given
    if value is None or isinstance(value, bool | int):
        return value
    form = next((each.form for each in _kinds(type_) if each.form), None)
    return form.write(value) if form else str(value)


def _items(type_: Any, kind: str) -> tuple[Any, ...]:
    """The type of a list's elements, or those of an object's keys and values; nothing if any value may be in it."""
    return next((each.items for each in _kinds(type_) if each.json == kind and each.items), ())


def _as_json(default: Any) -> Any:
    """A default as JSON; None where there is none."""
    if default is NODEFAULT or default in ((), frozenset()):
        return None
    return str(default) if isinstance(default, PurePath) else default


def _shown(given: Any) -> str:
    """A value as it stands in a file."""
    return str(given) if isinstance(given, Decimal) else repr(given)
