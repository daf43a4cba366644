"""Fields and lines that a person typed, or a file holds, as BILL wants them. Nothing is rounded or guessed."""

from __future__ import annotations

import codecs
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from bill_api.entities import BY_NAME
from bill_api.identity.references import aliases, short_word, short_words
from bill_api.table.entity import TIME
from bill_api.table.fields import by_name
from bill_api.table.kinds import ID_FORM, RefusedValueError, emptied, is_empty, read
from bill_cli.typed.amounts import check_amount
from bill_cli.typed.days import WrongDayError, in_days, today
from bill_cli.typed.field_names import did_you_mean, every_word, known_field, spelling_of
from bill_values.exact_json import decode, repeated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field


NOT_SENT = frozenset({"createdTime", TIME})
"""What BILL sets in every object. It ignores what is sent for them, or refuses it (section 7, 29)."""


class WrongTextError(ValueError):
    """A text does not fit its field; the message says why, and never quotes a bank or tax number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An object that was named where BILL wants its id: it stands in the place of the id until BILL is asked.

    Attributes:
        given: The key that was typed: `vendorName`, `account`.
        suffix: The one way in which it is named, see `Entity.lookups`; None for any, or an id.
    """

    given: str
    entity: Entity
    text: str
    suffix: str | None = None


def pair(text: str) -> tuple[str, str]:
    """`name=value` as name and value."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise WrongTextError(f"{text!r} is not name=value")
    return name, value


def field_named(fields: tuple[Field, ...], name: str, owner: str) -> Field:
    """The field of a name, an alias (`vendorName`) or a short word (`account`), if it can be written.

    Args:
        fields: Of an entity, or of its lines.
        name: What was typed.
        owner: The entity, for people.
    """
    field = known_field(fields, name)
    if field is None:
        meant = did_you_mean(name, every_word(fields)) or "fields that are not in our table can be given with --json"
        raise WrongTextError(f"`{name}` is no field of {owner}; {meant}")
    if field.read_only:
        raise WrongTextError(f"`{name}` is set by BILL and cannot be written")
    return field


def typed(fields: tuple[Field, ...], pairs: Iterable[tuple[str, str]], owner: str) -> dict[str, Any]:
    """Fields that were typed as `name=value`, by BILL's names; what was named in place of an id is a `Named`.

    Args:
        fields: Of an entity, or of its lines.
        pairs: Names, aliases or short words, with their values.
        owner: The entity, for people.

    Raises:
        WrongTextError: There is no such field, a value does not fit, or an object is given in two ways.
    """
    found: dict[str, Any] = {}
    given: dict[str, str] = {}
    for name, text in pairs:
        field = field_named(fields, name, owner)
        _check_once(given, field, name)
        found[field.name] = _referred(fields, name, text) or value_of(field, _plain(field, text))
    return found


def _plain(field: Field, text: str) -> str:
    """A text as programs would write it: with the day that its words say (`today`, `+14d`, `month-end`)."""
    try:
        check_amount(field, text)
        return in_days(field, text, today())
    except (RefusedValueError, WrongDayError) as error:
        raise WrongTextError(f"`{field.name}`: {error}") from None


def _check_once(given: dict[str, str], field: Field, name: str) -> None:
    before = given.get(field.name)
    given[field.name] = name
    if before == name:
        raise WrongTextError(f"`{name}` is given twice: which counts is not known, take one out")
    if before is not None:
        raise WrongTextError(f"`{before}` and `{name}` both say `{field.name}`: give one of them")


def _referred(fields: tuple[Field, ...], name: str, given: Any) -> Named | None:
    """The object that is named where an id is wanted; None for a plain field, and for a value that says nothing."""
    if is_empty(given) or (isinstance(given, str) and not given.strip()):
        return None
    alias = aliases(fields).get(name) if name not in by_name(fields) else None
    if alias is not None:
        return Named(given=name, entity=alias.entity, text=_text(name, given), suffix=alias.suffix)
    word = short_words(fields).get(name)
    if word is not None and name == word.name and isinstance(given, str) and ID_FORM.fullmatch(given.strip()):
        return None  # BILL's own name of the field takes BILL's id
    return Named(given=name, entity=BY_NAME[str(word.references)], text=_text(name, given)) if word else None


def _text(name: str, given: Any) -> str:
    """A name or number as text; a JSON number is one, too."""
    if isinstance(given, bool) or not isinstance(given, str | int):
        raise WrongTextError(f"`{name}`: a name is expected, not {given!r}")
    return str(given)


def value_of(field: Field, given: Any) -> Any:
    """A value as BILL wants it; one that says nothing becomes what empties the field.

    Args:
        field: Whose value it is; an array with its lines.
        given: A text that was typed, or a value out of JSON.

    Raises:
        WrongTextError: It does not fit.
    """
    value = _read(field, given)
    if isinstance(value, list | dict) and isinstance(given, str):
        try:
            _check_names_once(given)
        except WrongTextError as error:
            raise WrongTextError(f"`{field.name}`: {error}") from None
    if value is None:  # in JSON, null and an empty array are ways to say so, and are passed on
        return given if given is None or given == [] else emptied(field)
    return [_line(field, i, each) for i, each in enumerate(value, 1)] if field.item_fields else value


def object_of(fields: tuple[Field, ...], document: Mapping[str, Any]) -> dict[str, Any]:
    """An object out of JSON: what can be written is read, and every other key but `NOT_SENT` is passed on as it is.

    An alias or a short word stands for its field: there is a `Named` in its place.

    Args:
        fields: Of its entity, or of its lines.
        document: The object.

    Raises:
        WrongTextError: A value does not fit, or an object is given in two ways.
    """
    # An object that BILL gave may be sent back, with all that BILL ignores then (documented: Key-Concepts).
    written = {each.name: each for each in fields if not each.read_only or each.name == "id"}
    named_by = {**short_words(fields), **{name: each.field for name, each in aliases(fields).items()}}
    stands_for = {
        name: field for name, field in named_by.items() if name not in by_name(fields) and not field.read_only
    }
    found: dict[str, Any] = {}
    given: dict[str, str] = {}
    for name, value in document.items():
        if name in NOT_SENT:
            continue
        field = stands_for.get(name) or written.get(name)
        if field is None:
            _check_spelling(fields, name)
            found[name] = value
            continue
        _check_once(given, field, name)
        named = _referred(fields, name, value) if name in stands_for else None
        found[field.name] = named or value_of(field, value)
    return found


def _check_spelling(fields: tuple[Field, ...], name: str) -> None:
    """Refuse a key that is a field but for its spelling (`due_date`): BILL would leave it out without a word.

    Others are passed on, for BILL may have fields that our table does not know.
    """
    if name in by_name(fields):
        return
    same = next((each for each in every_word(fields) if spelling_of(each) == spelling_of(name)), None)
    if same is not None:
        raise WrongTextError(f"`{name}`: did you mean `{same}`?")


def _line(array: Field, number: int, given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise WrongTextError(f"`{array.name}`, line {number}: an object is expected")
    try:
        return _of_array(array, object_of(array.item_fields, given))
    except WrongTextError as error:
        raise WrongTextError(f"`{array.name}`, line {number}, {error}") from None


def _of_array(array: Field, line: Mapping[str, Any]) -> dict[str, Any]:
    """A line that says its entity, as the lines in BILL's own requests do."""
    return {"entity": array.item_entity, **line} if array.item_entity else dict(line)


def _read(field: Field, given: Any) -> Any:
    try:
        return read(field, given)
    except RefusedValueError as error:
        # A name, most likely: BILL's own name of the field takes BILL's id.
        hint = f"; a name goes with `{short_word(field)}`" if field.references in BY_NAME else ""
        raise WrongTextError(f"`{field.name}`: {error}{hint}") from None


def line_of(array: Field, text: str) -> dict[str, Any]:
    """One line item from `amount=12.50 description="two words"`, or from a JSON object."""
    owner = array.item_entity or array.name
    if text.lstrip().startswith("{"):
        return _of_array(array, object_of(array.item_fields, json_of(text)))
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise WrongTextError(f"a line that cannot be read ({error}): {text!r}") from None
    pairs = [pair(each) for each in words]
    if not pairs:
        raise WrongTextError("an empty line")
    return _of_array(array, typed(array.item_fields, pairs, owner))


def in_utf_8(content: bytes) -> bytes:
    """The content of a file without the mark of its encoding; Excel saves "Unicode text" as UTF-16, with one."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return content.decode("utf-16").encode()
        except UnicodeError:
            return content
    return content.removeprefix(codecs.BOM_UTF8)


def json_of(text: str | bytes) -> Any:
    """A JSON document with exact numbers, in which no name says two things.

    Raises:
        WrongTextError: It is none.
    """
    try:
        document = decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        several = "; several objects stand in [ ], with commas between them" if "trailing" in str(error) else ""
        raise WrongTextError(f"not JSON: {error}{several}") from None
    _check_names_once(text if isinstance(text, str) else text.decode())
    return document


def _check_names_once(text: str) -> None:
    """Refuse JSON with a name that says two things in one object: which of them is meant is not known."""
    if twice := repeated(text):
        raise WrongTextError(f"{', '.join(f'`{name}`' for name in twice)} twice in one object: take one of the two out")
