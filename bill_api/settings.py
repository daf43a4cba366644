"""Settings declared once: JSON schema, checks and documentation are derived from the declaration."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from bill_api.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

KINDS: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "array": (list, tuple),
    "object": dict,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting of a plugin.

    Attributes:
        name: As in configuration files.
        kind: A JSON type, one of `KINDS`.
        description: One sentence for people, with the unit.
        default: Used when the setting is absent; None for no default.
        required: A run cannot start without it.
        secret: The value is never shown.
        allowed: The only values that are taken, if there are only some.
        minimum: Smallest integer.
        maximum: Largest integer.
        items: JSON schema of an array's elements.
        words: Texts that are taken in place of an array or object.
    """

    name: str
    kind: str
    description: str
    default: Any = None
    required: bool = False
    secret: bool = False
    allowed: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    items: Mapping[str, Any] | None = None
    words: tuple[str, ...] = ()

    @property
    def range(self) -> str:
        """What is allowed, in words."""
        if self.allowed:
            return "one of " + ", ".join(f"`{each}`" for each in self.allowed)
        if self.minimum is not None and self.maximum is not None:
            return f"{self.minimum} to {self.maximum}"
        if self.minimum is not None:
            return f"{self.minimum} or more"
        kind = {"object": "an object", "array": "a list", "integer": "a whole number"}.get(self.kind, f"a {self.kind}")
        return " or ".join([kind, *(f"`{each}`" for each in self.words)])

    def schema(self) -> dict[str, Any]:
        """The JSON schema of this setting."""
        kinds = [self.kind, *(["string"] if self.words else [])]
        described: dict[str, Any] = {"type": kinds if self.required else [*kinds, "null"]}
        described["description"] = self.description
        if self.default is not None:
            described["default"] = self.default
        if self.secret:
            described |= {"secret": True, "writeOnly": True}
        if self.allowed:
            described["enum"] = list(self.allowed) if self.required else [*self.allowed, None]
        if self.minimum is not None:
            described["minimum"] = self.minimum
        if self.maximum is not None:
            described["maximum"] = self.maximum
        if self.kind == "array":
            described["items"] = dict(self.items or {"type": "string"})
        if self.kind == "object":
            described["additionalProperties"] = True
        return described

    def problem(self, value: Any) -> str | None:
        """What is wrong with this value, or None."""
        if value is None or value == "":
            return f"setting `{self.name}` is missing: {self.description}" if self.required else None
        if isinstance(value, str) and value in self.words:
            return None
        wrong_kind = not isinstance(value, KINDS[self.kind]) or (self.kind == "integer" and isinstance(value, bool))
        too_small = not wrong_kind and self.minimum is not None and value < self.minimum
        too_large = not wrong_kind and self.maximum is not None and value > self.maximum
        if wrong_kind or too_small or too_large or (self.allowed and value not in self.allowed):
            given = "a value of another kind" if self.secret else repr(value)
            return f"setting `{self.name}` is {given}; allowed is {self.range}"
        return None


def config_schema(settings: Iterable[Setting]) -> dict[str, Any]:
    """The JSON schema of a plugin's configuration, in the Singer SDK's form."""
    settings = tuple(settings)
    return {
        "type": "object",
        "properties": {each.name: each.schema() for each in settings},
        "required": [each.name for each in settings if each.required],
    }


def check(settings: Sequence[Setting], config: Mapping[str, Any], also_known: Iterable[str] = ()) -> None:
    """Refuse a configuration that cannot work, naming every wrong setting at once.

    Args:
        settings: What the plugin declares.
        config: What it was given.
        also_known: Names that somebody else (the SDK) understands.

    Raises:
        SettingsError: One line per wrong setting.
    """
    problems = [problem for each in settings if (problem := each.problem(config.get(each.name)))]
    known = {each.name for each in settings} | set(also_known)
    problems += [
        f"setting `{name}` is not known; did you mean `{near[0]}`?"
        for name in config
        if name not in known and (near := get_close_matches(name, known, n=1, cutoff=0.75))
    ]
    if problems:
        raise SettingsError("\n".join(problems))
