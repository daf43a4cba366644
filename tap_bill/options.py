"""What a user asks of single streams: the setting `stream_options`, checked against the entity table at the start."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from bill_api.entities import BY_STREAM
from bill_api.errors import SettingsError
from bill_api.fields import Filterable
from bill_api.query import OPERATORS, Filter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bill_api.entity import Entity

KEYS = ("filters", "nested")
FILTER_KEYS = ("field", "op", "value")


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamOptions:
    """How one stream is read.

    Attributes:
        filters: Only rows that fulfil all of these.
        nested: Whether line items come with it; None as for all streams.
    """

    filters: tuple[Filter, ...] = ()
    nested: bool | None = None


def stream_options(config: Mapping[str, Any]) -> dict[str, StreamOptions]:
    """The options of each stream that has any.

    Raises:
        SettingsError: An unknown stream, field or operator, or a field that BILL is not known to filter on; every
            mistake is named.
    """
    problems: list[str] = []
    found: dict[str, StreamOptions] = {}
    for stream, options in (config.get("stream_options") or {}).items():
        at = f"setting `stream_options.{stream}`"
        entity = BY_STREAM.get(stream)
        if entity is None:
            problems.append(f"{at} is for no stream of BILL{_near(stream, BY_STREAM)}")
        elif not isinstance(options, dict):
            problems.append(f"{at} is {options!r}; allowed is an object with {_listed(KEYS)}")
        else:
            problems += [f"{at}.{key} is not known{_near(key, KEYS)}" for key in options if key not in KEYS]
            problems += _problems(at, entity, options)
            if not problems:
                filters = tuple(Filter(**each) for each in options.get("filters") or ())
                found[stream] = StreamOptions(filters=filters, nested=options.get("nested"))
    if problems:
        raise SettingsError("\n".join(problems))
    return found


def _problems(at: str, entity: Entity, options: Mapping[str, Any]) -> Iterable[str]:
    if not isinstance(options.get("nested"), bool | None):
        yield f"{at}.nested is {options['nested']!r}; allowed is true or false"
    filters = options.get("filters") or ()
    if not isinstance(filters, list | tuple):
        yield f"{at}.filters is {filters!r}; allowed is a list of objects with {_listed(FILTER_KEYS)}"
        return
    for number, each in enumerate(filters):
        yield from _filter_problems(f"{at}.filters[{number}]", entity, each)


def _filter_problems(at: str, entity: Entity, given: Any) -> Iterable[str]:
    if not isinstance(given, dict) or set(given) != set(FILTER_KEYS):
        yield f"{at} must have {_listed(FILTER_KEYS)}, and nothing else"
        return
    name, op, value = (given[key] for key in FILTER_KEYS)
    filterable = [each.name for each in entity.fields if each.filterable is not Filterable.NO_EVIDENCE]
    if name not in filterable:
        what = (
            "is nothing that BILL is known to filter on" if name in entity.by_name else f"is no field of {entity.name}"
        )
        yield f"{at}.field: `{name}` {what}{_near(str(name), filterable)}; there are {_listed(filterable)}"
    if op not in OPERATORS:
        yield f"{at}.op is {op!r}; allowed is one of {_listed(OPERATORS)}"
    if not isinstance(value, str):
        yield f"{at}.value is {value!r}; BILL takes a text, like {str(value)!r}"


def _near(text: str, known: Iterable[str]) -> str:
    near = get_close_matches(text, list(known), n=1)
    return f"; did you mean `{near[0]}`?" if near else ""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{each}`" for each in names)
