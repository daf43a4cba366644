"""Objects as YAML for a person's editor, and back.

Every value is a text to the reader (`decode_yaml_texts`), and becomes what its field wants as an option's text does: an
amount stays exact, `no`, `on`, `007` and days stay what they are.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bill_api.table.entity import IS_ACTIVE
from bill_api.table.fields import NUMBERS, FieldType, by_name
from bill_api.table.kinds import CENTS, is_empty, shown
from bill_cli.sending.changes import in_order
from bill_cli.typed.option_values import WrongTextError, field_named, typed, value_of
from bill_cli.typed.resources import name_of
from bill_values.exact_yaml import NotYamlError, decode_yaml_texts
from bill_values.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field

NESTED = frozenset({FieldType.ARRAY, FieldType.OBJECT})
_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 _./()+-]*[A-Za-z0-9_./()+-])?")
"""Texts that mean themselves without quotes, for every reader of YAML but for numbers and truths, which are texts."""


_PLAIN_VALUE = re.compile(r"\s*(?:-\s+)?[A-Za-z0-9_]+:\s+([^\s\"'#|>].*)")
"""A line with a value that has no quotes around it."""

_CUT = re.compile(r"(?<!\s)\s{1,2}#")
"""The begin of a comment that does not stand apart, as ours do with three blanks."""


def written(entity: Entity, obj: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """An object as YAML.

    Args:
        entity: What it is.
        obj: As BILL gives it.
        names: Of what it refers to, by id, as far as they are known.
    """
    return "\n".join([*_head(entity, obj), *_fields(entity.fields, obj, names), *_lines(entity, obj, names), ""])


def _head(entity: Entity, obj: Mapping[str, Any]) -> Iterator[str]:
    yield f"# {name_of(entity)} {visible(str(obj['id']))}"
    yield "# Change values, and leave the editor. A field that is taken out, or has a # before it, stays as it is;"
    yield "# a field with nothing behind its colon is emptied. Lines keep their id; one that is taken out, or has a #"
    yield "# before all of it, is removed, and one without an id is new. An empty file changes nothing."
    for field in entity.fields:
        if field.read_only and field.type not in NESTED and not field.sensitive and field.name not in {"entity", "id"}:
            text = visible(shown(field, obj.get(field.name)))
            if text:
                yield f"# {field.name}: {text}   (BILL sets it)"


def _editable(fields: Sequence[Field]) -> Iterator[Field]:
    for field in fields:
        if not field.read_only and field.type not in NESTED and field.name not in {"entity", "id", IS_ACTIVE}:
            yield field


def _fields(fields: Sequence[Field], obj: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[str]:
    for field in _editable(fields):
        if field.sensitive:
            yield f"# {field.name}: not written into files; give it with `bill update --set`"
            continue
        value = obj.get(field.name)
        comment = _comment(field, value, names)
        if is_empty(value, field):
            yield f"# {field.name}:{comment}"
        else:
            yield f"{field.name}: {scalar(field, value)}{comment}"


def _comment(field: Field, value: Any, names: Mapping[str, str]) -> str:
    parts = []
    if field.references:
        name = names.get(str(value), "")
        parts.append(f"id of a {field.references}" + (f": {visible(name)}" if name else ""))
    elif field.codes:
        parts.append(", ".join(f"{code} {meaning}" for code, meaning in field.codes.items()))
    elif field.type is not FieldType.STRING:
        parts.append(field.type.value)
    if field.max_length:
        parts.append(f"{field.max_length} characters")
    if field.required:
        parts.append("required")
    return f"   # {'; '.join(parts)}" if parts else ""


def _lines(entity: Entity, obj: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[str]:
    array = entity.lines
    if array is None:
        return
    lines = in_order(obj.get(array.name) or [])
    yield f"{array.name}:" if lines else f"# {array.name}:"
    for line in lines:
        yield f"  - id: {_text(str(line.get('id') or ''))}"
        for each in _fields(array.item_fields, line, names):
            if not each.startswith("#"):
                yield f"    {each}"
    more = ", ".join(each.name for each in _editable(array.item_fields) if not each.sensitive)
    yield f"# Fields of a line: {more}"


def scalar(field: Field, value: Any) -> str:
    """A value as it stands in the file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        number = Decimal(value)
        exponent = number.as_tuple().exponent
        if field.type is FieldType.MONEY and isinstance(exponent, int) and exponent >= -CENTS:
            return f"{number:.{CENTS}f}"
        return f"{number:f}" if field.type in NUMBERS else _text(str(value))
    return _text(str(value))


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character == "\n":
        return "\\n"
    if character.isprintable():
        return character
    return f"\\U{ord(character):08x}"


def read(entity: Entity, text: str, before: str = "") -> dict[str, Any] | None:
    """The fields that a file says otherwise than before, as BILL wants them; None for one that says nothing.

    What stands there as it stood is no change, and is not looked at: BILL may hold what nobody can write.

    Args:
        entity: What it is of.
        text: The file.
        before: As it was opened.

    Raises:
        WrongTextError: It is no YAML, or a value does not fit.
    """
    _check_comments(text)
    given = _document(text)
    if given is None:
        return None
    array = entity.lines
    old = _document(before) or {}
    lines = _changed_lines(array, given, old) if array is not None else None
    if array is not None:
        given.pop(array.name, None)
    found = _values(entity.fields, _changed(given, old), entity.name)
    return found if array is None or lines is None else {**found, array.name: _read_lines(array, lines)}


def had(entity: Entity, text: str) -> dict[str, Any]:
    """The object that BILL had when a file was opened, as far as the file says; what cannot be read is its text."""
    array = entity.lines
    document = _document(text) or {}
    lines = document.pop(array.name, None) if array is not None else None
    found = _had(entity.fields, document)
    if array is None or not isinstance(lines, list):
        return found
    return {**found, array.name: [_had(array.item_fields, each) for each in lines]}


def _had(fields: tuple[Field, ...], document: Mapping[str, Any]) -> dict[str, Any]:
    known = by_name(fields)
    found: dict[str, Any] = {}
    for name, text in document.items():
        try:
            found[name] = value_of(known[name], text) if name in known else text
        except WrongTextError:
            found[name] = text
    return found


def _document(text: str) -> dict[str, Any] | None:
    try:
        document = decode_yaml_texts(text)
    except NotYamlError as error:
        raise WrongTextError(str(error)) from None
    if document == "" or document is None:
        return None
    if not isinstance(document, dict):
        raise WrongTextError("lines like `name: value` are expected")
    return document


def _changed(given: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in old or old[name] != value}


def _changed_lines(array: Field, given: Mapping[str, Any], old: Mapping[str, Any]) -> Any:
    """The lines: those with an id without what has not changed in them."""
    lines, before = given.get(array.name), old.get(array.name)
    if not isinstance(lines, list) or not isinstance(before, list):
        return lines
    held = {each["id"]: each for each in before if isinstance(each, dict) and each.get("id")}
    return [{"id": each["id"], **_changed(each, held[each["id"]])} if _is_held(each, held) else each for each in lines]


def _is_held(line: Any, held: Mapping[str, Any]) -> bool:
    return isinstance(line, dict) and isinstance(line.get("id"), str) and line["id"] in held


def _check_comments(text: str) -> None:
    """Look that no comment cuts a value off: a ` #` within a text begins one, and few know.

    Raises:
        WrongTextError: One may; our own comments stand apart from their value.
    """
    for number, line in enumerate(text.splitlines(), 1):
        plain = _PLAIN_VALUE.match(line)
        if plain and _CUT.search(plain[1]):
            raise WrongTextError(
                f"line {number}: ` #` begins a comment, which is not part of the value. Put a value that has it in "
                "double quotes; a comment stands in a line of its own"
            )


def _read_lines(array: Field, given: Any) -> list[dict[str, Any]]:
    if given == "":
        return []
    if not isinstance(given, list):
        raise WrongTextError(f"`{array.name}`: a list of lines is expected, each after a dash")
    return [_line(array, number, each) for number, each in enumerate(given, 1)]


def _line(array: Field, number: int, given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise WrongTextError(f"`{array.name}`, line {number}: lines like `name: value` are expected")
    try:
        found = _values(
            array.item_fields,
            {name: each for name, each in given.items() if name != "id"},
            array.item_entity or array.name,
        )
    except WrongTextError as error:
        raise WrongTextError(f"`{array.name}`, line {number}, {error}") from None
    return {**({"id": given["id"]} if given.get("id") else {}), **found}


def _values(fields: tuple[Field, ...], given: Mapping[str, Any], owner: str) -> dict[str, Any]:
    """Fields as BILL wants them; each may be said by a name, as in `--set`."""
    for name, value in given.items():
        field = field_named(fields, name, owner)
        if name == IS_ACTIVE:
            raise WrongTextError(f"`{name}` is not edited: `bill delete` and `bill undelete` change it")
        if field.sensitive:
            raise WrongTextError(f"`{name}` is not written into files: give it with `bill update --set`")
        if not isinstance(value, str) or field.type in NESTED:
            raise WrongTextError(f"`{name}`: one value is expected")
    return typed(fields, given.items(), owner)
