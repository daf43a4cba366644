"""The object of a create or update and BILL's flags beside it, put together from options and JSON."""

from __future__ import annotations

from dataclasses import dataclass, replace
from dataclasses import field as attribute
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from bill_api.entities import ENTITIES
from bill_api.identity.references import short_words
from bill_api.table.fields import FieldType, declare
from bill_cli.typed.option_values import Named, WrongTextError, json_of, line_of, object_of, pair, typed, value_of
from bill_cli.typed.resources import entity_of, plural_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import BinaryIO

    from bill_api.table.entity import Entity
    from bill_cli.typed.names import Names
    from bill_cli.typed.saved_cells import Doubtful

FLAGS: Mapping[str, str] = MappingProxyType(
    {"allowDuplicateInvNum": "allow_duplicate_invoice_number", "agreedWithTOS": "agreed_with_tos"}
)
"""BILL's flags beside an object, by the parameter of their option."""

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "allowDuplicateInvNum": "Take an invoice number that this vendor has used before",
        "agreedWithTOS": "You have agreed with BILL's terms of service",
    }
)


OBJECT = "obj"
"""The key of the object in what BILL documents for a create or update: its flags stand beside it (section 3, 15)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One object of a create or update.

    Attributes:
        obj: Its fields, with its `id` unless it is a create.
        flags: Keys that stand beside it, see `Entity.flags`.
        told: Fields that are not sent, as a file has them: those that BILL sets, and numbers as BILL masks them.
        doubtful: Cells of which it is not certain what they say.
        place: Where it stands in its file.
    """

    obj: Mapping[str, Any]
    flags: Mapping[str, Any]
    told: Mapping[str, Any] = attribute(default_factory=dict)
    doubtful: Sequence[Doubtful] = ()
    place: str = ""


def flag_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """An option for each flag, and one that says no; which entities have it is in the table of entities."""
    for flag, parameter in FLAGS.items():
        name = parameter.replace("_", "-")
        help_text = f"{WORDS[flag]} ({_owners(flag)})."
        option = click.option(f"--{name}/--no-{name}", parameter, default=None, help=help_text)
        function = option(function)
    return function


def flags_from(entity: Entity, given: Mapping[str, bool | None]) -> dict[str, bool]:
    """The keys beside the object that BILL wants for the options that were given."""
    flags = {flag: value for flag, parameter in FLAGS.items() if (value := given[parameter]) is not None}
    try:
        for flag in flags:
            _check_owner(entity, flag, f"--{FLAGS[flag].replace('_', '-')}")
    except WrongTextError as error:
        raise click.UsageError(str(error)) from None
    return flags


def body_in(entity: Entity, document: Mapping[str, Any]) -> Body:
    """The object and the flags of a document: an object, or BILL's own `{"obj": {...}, "allowDuplicateInvNum": true}`.

    A flag goes beside the object from wherever it stands. Keys that are not in our table are passed on as they are.

    Raises:
        WrongTextError: A value does not fit, or stands where BILL would not look for it.
    """
    obj, beside = document, dict[str, Any]()
    if OBJECT in document:
        obj, beside = document[OBJECT], {name: each for name, each in document.items() if name != OBJECT}
        if not isinstance(obj, dict):
            raise WrongTextError(f"`{OBJECT}`: an object with fields is expected")
        outside = next((name for name in beside if name in entity.by_name), None)
        if outside:
            raise WrongTextError(
                f"`{outside}` stands beside `{OBJECT}`, where BILL takes no fields: put it into `{OBJECT}`"
            )
    named = [name for name in FLAGS if name in obj or name in beside]
    flags = {name: _flag(entity, name, [each[name] for each in (obj, beside) if name in each]) for name in named}
    return Body(
        obj=object_of(entity.fields, {name: each for name, each in obj.items() if name not in FLAGS}),
        flags={**beside, **flags},
    )


def is_flag(entity: Entity, name: str) -> bool:
    """True for a key that BILL wants beside the objects of this entity.

    Raises:
        WrongTextError: It is one, but not of this entity.
    """
    if name in FLAGS:
        _check_owner(entity, name, f"`{name}`")
    return name in FLAGS


def _check_owner(entity: Entity, flag: str, shown: str) -> None:
    if flag not in entity.flags:
        raise WrongTextError(f"{shown}: BILL has that for {_owners(flag)}, and not for {entity.stream}")


def _owners(flag: str) -> str:
    return ", ".join(each.stream for each in ENTITIES if flag in each.flags)


def _flag(entity: Entity, name: str, given: Sequence[Any]) -> bool:
    """The value of a flag, which may have been given in both places."""
    is_flag(entity, name)
    values = {bool(value_of(declare(name, FieldType.BOOLEAN, ""), each)) for each in given}
    if len(values) > 1:
        raise WrongTextError(f"`{name}` is true and false: give it once, beside `{OBJECT}`")
    return values.pop()


def complete_field(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Fields of the resource that can be set, with what they mean."""
    entity = entity_of(ctx)
    if entity is None or "=" in incomplete:
        return []
    writable = [each for each in entity.fields if not each.read_only and not each.item_entity and each.name != "entity"]
    known = {each.name: each.description for each in writable}
    words = {
        word: f"name or id, for {each.name}" for word, each in short_words(entity.fields).items() if not each.read_only
    }
    return [
        CompletionItem(f"{name}=", help=text or None)
        for name, text in {**words, **known}.items()
        if name.startswith(incomplete)
    ]


def body_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """--set, --line and --json."""
    for option in (
        click.option(
            "--json",
            "json_file",
            type=click.File("rb"),
            help='The object as JSON, or {"obj": {...}} with flags beside it; `-` is stdin. Keys that are not in our '
            "table are passed on as they are.",
        ),
        click.option(
            "--line", "lines", multiple=True, help="A line item: 'amount=12.50 description=\"Two words\"', or JSON."
        ),
        click.option(
            "--set",
            "sets",
            multiple=True,
            metavar="NAME=VALUE",
            shell_complete=complete_field,
            help="A field; without a value it is emptied. Codes can be given by their meaning, vendor=... by its name.",
        ),
    ):
        function = option(function)
    return function


def body_from(
    entity: Entity,
    sets: Sequence[str],
    lines: Sequence[str],
    json_file: BinaryIO | None,
    flags: Mapping[str, bool | None],
) -> Body:
    """The object that is to be sent: `--set` and the options of flags count more than `--json`.

    Raises:
        click.UsageError: Something in it does not fit.
    """
    beside = flags_from(entity, flags)
    try:
        body = _json_body(entity, json_file) if json_file else Body(obj={}, flags={})
        obj = {**body.obj, **typed(entity.fields, [_pair(entity, each) for each in sets], entity.name)}
        obj |= _lines(entity, lines, obj)
    except WrongTextError as error:
        raise click.UsageError(str(error)) from None
    if not obj:
        raise click.UsageError("nothing to send: give --set, --line or --json")
    return replace(body, obj=obj, flags={**body.flags, **beside})


def _lines(entity: Entity, lines: Sequence[str], obj: Mapping[str, Any]) -> dict[str, Any]:
    """The lines of `--line`, if there are any; beside others they would be added, or count more: nobody knows."""
    if not lines:
        return {}
    if entity.lines is None:
        raise WrongTextError(f"{plural_of(entity)} have no lines")
    name = entity.lines.name
    if obj.get(name):
        raise WrongTextError(f"`{name}` is given, and --line too: give all lines in one way")
    return {name: [line_of(entity.lines, each) for each in lines]}


def _pair(entity: Entity, text: str) -> tuple[str, str]:
    name, value = pair(text)
    if is_flag(entity, name):
        raise WrongTextError(f"`{name}` stands beside the object: give --{FLAGS[name].replace('_', '-')}")
    return name, value


def filled(names: Names, bodies: Sequence[Body]) -> list[Body]:
    """The objects with an id wherever one was named; each name is looked up once.

    Args:
        names: Looks them up.
        bodies: As they were read.

    Raises:
        click.UsageError: A name means nothing, or several objects; the first of them is told.
    """
    found = []
    for each in filled_each(names, bodies):
        if isinstance(each, click.UsageError):
            raise each
        found.append(each)
    return found


def filled_each(names: Names, bodies: Sequence[Body]) -> Iterator[Body | click.UsageError]:
    """The same, in order; for an object with a name that means nothing, or several objects, why not."""
    ids: dict[Named, str | click.UsageError] = {}

    def in_place(value: Any) -> Any:
        if isinstance(value, Named):
            if value not in ids:
                ids[value] = _id_of(names, value)
            found = ids[value]
            if isinstance(found, click.UsageError):
                raise found
            return found
        if isinstance(value, list):
            return [in_place(each) for each in value]
        return {name: in_place(each) for name, each in value.items()} if isinstance(value, dict) else value

    for each in bodies:
        try:
            yield replace(each, obj=in_place(dict(each.obj)))
        except click.UsageError as error:
            yield error


def _id_of(names: Names, named: Named) -> str | click.UsageError:
    try:
        return names.id_of(named.entity, named.text, suffix=named.suffix)
    except click.UsageError as error:
        return click.UsageError(f"`{named.given}`: {error.message}")


def _json_body(entity: Entity, file: BinaryIO) -> Body:
    document = json_of(file.read())
    if not isinstance(document, dict):
        raise WrongTextError(f"{file.name}: a JSON object is expected")
    try:
        return body_in(entity, document)
    except WrongTextError as error:
        raise WrongTextError(f"{file.name}: {error}") from None
