"""Settings of our Singer commands, with each error in one line."""

from __future__ import annotations

import io
import os
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, cast

import click
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.helpers._flattening import get_flattening_options
from singer_sdk.plugin_base import PluginBase
from singer_sdk.typing import DEFAULT_JSONSCHEMA_VALIDATOR

from bill_program.environment import ENV_FILE, read_env_file, settings_of, typed
from bill_program.errors import SettingsError
from bill_program.settings import COUNT_MAX, check, is_given
from bill_program.start import DISTRIBUTION
from bill_singer.files import ENVIRONMENT, check_catalog, read_object, refusal
from bill_singer.logs import leave_to_the_ending, without_metrics
from bill_singer.stream_maps import PlainMapper, check_rest
from bill_values.exact_json import encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_program.settings import Setting


class PlainPlugin(PluginBase):
    """A tap or target whose option files, variables and `.env` are read, and refused, in one way.

    Its own variables (`TAP_BILL_PAGE_SIZE`) come before those of the connection, which all share (`BILL_PASSWORD`).
    """

    package_name = DISTRIBUTION

    declared_settings: ClassVar[tuple[Setting, ...]] = ()
    """The plugin's own settings, which `config_jsonschema` is made from; the SDK adds more to that."""

    shared_variables: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Variables of settings that other commands have too, by the setting."""

    has_whole_schemas: ClassVar[bool] = False
    """True if a stream's schema names all that its records may have, as that of a tap does."""

    def __init__(self, **options: Any) -> None:
        leave_to_the_ending(self.logger)
        super().__init__(**options)
        without_metrics(self.metrics_logger, self.logger)

    @classmethod
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:
        """The settings of all files; of two that say the same one, the later file counts."""
        found = super().cb_config(ctx, param, tuple(each for each in value if each == ENVIRONMENT))
        for path in value:
            if path != ENVIRONMENT:
                found.config |= read_object("--config", path)
        return found

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """The SDK's command, with our reading of `--catalog` and `--state`."""
        command = super().get_singer_command()
        for each in command.params:
            if each.name in {"catalog", "state"}:
                each.type = _JsonFile(cls, f"--{each.name}")
        return command

    @classmethod
    def check_state(cls, state: Mapping[str, Any]) -> None:
        """Refuse a STATE that the next sync cannot go on from.

        Raises:
            ValueError: It is one; the text names the place in it.
        """

    @property
    def record_place(self) -> str:
        """The place of the record in hand, for people."""
        return "a record"

    def setup_mapper(self) -> None:
        """Have stream maps that cannot be used refused in one line."""
        self._mapper = PlainMapper(
            self.config, self.logger, place=lambda: self.record_place, is_whole=self.has_whole_schemas
        )

    @property
    def _env_var_config(self) -> dict[str, Any]:
        # In place of the SDK's, which looks for `.env` beside its own code and expands what stands in it.
        self.append_builtin_config(self.config_jsonschema)
        file = read_env_file(ENV_FILE)
        return settings_of(self.config_jsonschema, self._env_var_prefix, os.environ, file, self.shared_variables)

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        self.append_builtin_config(self.config_jsonschema)
        for name, described in self.config_jsonschema["properties"].items():
            value = self._config.get(name)
            if not is_given(value):
                self._config.pop(name, None)
            elif isinstance(value, str) and "array" in described["type"]:
                # A list from a variable, which Meltano hands over as its text.
                self._config[name] = typed(described["type"], value)
        check_rest(self._config.get("stream_maps"))
        # The SDK writes defaults into the settings. Its own check stops at kinds, and quotes secrets.
        with suppress(ConfigValidationError):
            super()._validate_config()
        if raise_errors:
            self._check()
        return []

    def _check(self) -> None:
        known = self.config_jsonschema["properties"]
        problems = []
        try:
            check(self.declared_settings, self.config, known)
        except SettingsError as error:
            problems.append(error.message)
        own = {each.name for each in self.declared_settings}
        others = {"properties": {name: _bounded(described) for name, described in known.items() if name not in own}}
        problems += [
            f"setting `{'.'.join(map(str, each.path))}` is wrong: {each.message}"
            for each in DEFAULT_JSONSCHEMA_VALIDATOR(others).iter_errors(dict(self.config))
        ]
        if not problems:
            problems = _flattening_problems(self.config)
        if problems:
            raise SettingsError("\n".join(problems))


def _bounded(described: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of a setting of the SDK's own, whole numbers with limits."""
    is_whole = "integer" in described.get("type", ())
    return {**described, "minimum": 0, "maximum": COUNT_MAX} if is_whole else described


def _flattening_problems(config: Mapping[str, Any]) -> list[str]:
    """The settings that the SDK misses for its flattening, which it would tell later and not by name."""
    try:
        get_flattening_options(cast("Any", config))
    except ConfigValidationError as error:
        return [f"setting `flattening_enabled` cannot be true alone: {each}" for each in error.errors]
    return []


class _JsonFile(click.ParamType[Any]):
    """A file with a JSON object, as the text that the SDK reads it from."""

    name = "filename"

    def __init__(self, plugin: type[PlainPlugin], option: str) -> None:
        self._plugin = plugin
        self._option = option

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ARG002
        """Read the file now, before anything is done."""
        if not isinstance(value, str):
            return value
        found = read_object(self._option, value)
        try:
            if self._option == "--state":
                self._plugin.check_state(found)
            else:
                check_catalog(found)
        except ValueError as error:
            raise refusal(self._option, value, str(error)) from None
        return io.StringIO(encode(found))
