"""Stream maps that cannot be used: told in one line that names the setting and the expression, without a traceback."""

from __future__ import annotations

import ast
from contextlib import contextmanager
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import MappingError, StreamMapConfigError
from singer_sdk.mapper import (
    MAPPER_ALIAS_OPTION,
    MAPPER_ELSE_OPTION,
    MAPPER_FILTER_OPTION,
    MAPPER_KEY_PROPERTIES_OPTION,
    MAPPER_SOURCE_OPTION,
    NULL_STRING,
    CustomStreamMap,
    PluginMapper,
)

from bill_program.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from logging import Logger

    from singer_sdk.mapper import StreamMap

OF_ANY_RECORD = frozenset({"_", "record", "config", "self", "fake", "__stream_name__", "__original_stream_name__"})
"""Names that an expression may use beside those of columns and functions."""

EXACT = (
    "; numbers with a point come exactly, and take none with a point from an expression: write 1.1 as 11 / 10, such as "
    "net * 11 / 10"
)


class PlainEvaluator:
    """Evaluates as another one does, and tells what a person can mend.

    Args:
        inner: The other one.
        setting: The setting of the map.
        place: Gives the place of the record that is mapped, for people.
    """

    def __init__(self, inner: Any, setting: str, place: Callable[[], str]) -> None:
        self._inner = inner
        self._setting = setting
        self._place = place
        self.names: Mapping[str, Any] = {}

    def eval(self, expr: str, previously_parsed: Any = None) -> Any:
        """The value of an expression.

        Raises:
            SettingsError: It has none for this record.
        """
        self._inner.names = self.names
        try:
            return self._inner.eval(expr, previously_parsed=previously_parsed)
        except Exception as error:  # noqa: BLE001  an expression of a user may raise anything
            raise SettingsError(
                f"setting `{self._setting}`: {expr!r} cannot be evaluated for {self._place()} ({_reason(error)})"
                f"{EXACT if _mixes_numbers(error) else ''}"
            ) from None


class PlainMapper(PluginMapper):
    """The SDK's mapper, which refuses a map in one line as soon as the schema of its stream is known.

    Args:
        config: The settings of the plugin.
        logger: Its log.
        place: Gives the place of the record that is mapped, for people.
        is_whole: Whether a schema names all that a record may have: an expression with another name has no value then.
    """

    def __init__(self, config: Mapping[str, Any], logger: Logger, *, place: Callable[[], str], is_whole: bool) -> None:
        self._place = place
        self._is_whole = is_whole
        with _refusing("stream_maps"):
            super().__init__(dict(config), logger)

    def register_raw_stream_schema(
        self, stream_name: str, schema: dict[str, Any], key_properties: Sequence[str] | None
    ) -> None:
        """Make the maps of a stream.

        Raises:
            SettingsError: One of them cannot be used.
        """
        if self._is_whole and not schema.get("properties"):  # not selected: its map would miss every column
            same = self.default_mapper_type(stream_name, schema, key_properties, self.flattening_options)
            self.stream_maps[stream_name] = [same]
            return
        setting = f"stream_maps.{stream_name}"
        with _refusing(setting):
            super().register_raw_stream_schema(stream_name, schema, key_properties)
            for each in self.stream_maps[stream_name]:
                _check_names(each)
        for source, given in self.stream_maps_dict.items():
            own = given.get(MAPPER_SOURCE_OPTION, source) if isinstance(given, dict) else source
            if isinstance(given, dict) and fnmatch(stream_name, own):
                self._check_expressions(setting, self.stream_maps[stream_name], given, schema)
        for each in self.stream_maps[stream_name]:
            if isinstance(each, CustomStreamMap) and not isinstance(each.expr_evaluator, PlainEvaluator):
                each.expr_evaluator = PlainEvaluator(each.expr_evaluator, setting, self._place)

    def _check_expressions(
        self, setting: str, maps: Iterable[StreamMap], given: Mapping[str, Any], schema: Mapping[str, Any]
    ) -> None:
        """Refuse what has a value for no record: no expression, one that fails whatever comes, an unknown name."""
        mapper = next((each for each in maps if isinstance(each, CustomStreamMap)), None)
        if mapper is None:
            return
        known = OF_ANY_RECORD | schema.get("properties", {}).keys() | mapper.functions.keys()
        for name, text in given.items():
            if (name.startswith("__") and name != MAPPER_FILTER_OPTION) or text in {None, NULL_STRING}:
                continue
            used, own = _names(f"{setting}.{name}", text)
            if not used and not isinstance(mapper.expr_evaluator, PlainEvaluator):
                PlainEvaluator(mapper.expr_evaluator, setting, lambda: "any record").eval(text)
            if self._is_whole and (unknown := used - own - known):
                said = f"{text!r} names `{min(unknown)}`, which is no selected column"
                raise SettingsError(f"setting `{setting}.{name}`: {said}")


def _names(setting: str, text: str) -> tuple[set[str], set[str]]:
    """The names in an expression, and those of them that it gives itself."""
    try:
        parsed = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError):
        raise SettingsError(f"setting `{setting}`: {text!r} is no expression") from None
    names = [each for each in ast.walk(parsed) if isinstance(each, ast.Name)]
    return {each.id for each in names}, {each.id for each in names if isinstance(each.ctx, ast.Store)}


def check_rest(maps: Any) -> None:
    """Refuse another rest than null, which the SDK's own check of settings cannot take.

    Raises:
        SettingsError: A map has one.
    """
    for stream, given in maps.items() if isinstance(maps, dict) else ():
        rest = given.get(MAPPER_ELSE_OPTION) if isinstance(given, dict) else None
        if rest not in (None, NULL_STRING):
            said = f"`{MAPPER_ELSE_OPTION}` is {rest!r}, and only null leaves the other columns out"
            raise SettingsError(f"setting `stream_maps.{stream}`: {said}")


def _check_names(mapped: StreamMap) -> None:
    """Refuse a name of a stream that is none, and keys that are no names."""
    alias, keys = mapped.stream_alias, mapped.transformed_key_properties
    if not isinstance(alias, str) or not alias.strip():
        raise StreamMapConfigError(f"`{MAPPER_ALIAS_OPTION}` is no name of a stream")
    if keys is not None and (isinstance(keys, str) or not all(isinstance(each, str) for each in keys)):
        raise StreamMapConfigError(f"`{MAPPER_KEY_PROPERTIES_OPTION}` is no list of names")


@contextmanager
def _refusing(setting: str) -> Iterator[None]:
    """Errors of the SDK as the refusal of this setting."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  of a map that it does not expect the SDK may raise anything
        is_said = isinstance(error, MappingError | NotImplementedError)
        reason = " ".join(str(error).split()) if is_said else f"it cannot be read ({_reason(error)})"
        raise SettingsError(f"setting `{setting}`: {reason}") from None


def _reason(error: Exception) -> str:
    """The fault, without values of the record: the text of other errors may hold them."""
    is_of_types = isinstance(error, TypeError) or type(error).__module__ == "simpleeval"
    return str(error) if is_of_types else type(error).__name__


def _mixes_numbers(error: Exception) -> bool:
    return isinstance(error, TypeError) and "Decimal" in str(error) and "float" in str(error)
