"""The object of a create or update, put together from options and a JSON file."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from bill_api.entities import ENTITIES
from bill_api.table.entity import Entity
from bill_cli.option_values import WrongTextError, field_named, json_of, line_of, object_of, pair, value_of
from bill_cli.resources import entity_named

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import BinaryIO

    from bill_api.table.fields import Field

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


def flag_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """An option for each flag; which entities have it is in the table of entities."""
    for flag, parameter in FLAGS.items():
        owners = ", ".join(each.stream for each in ENTITIES if flag in each.flags)
        option = f"--{parameter.replace('_', '-')}"
        function = click.option(option, parameter, is_flag=True, help=f"{WORDS[flag]} ({owners}).")(function)
    return function


def flags_from(entity: Entity, given: Mapping[str, bool]) -> dict[str, bool]:
    """The keys beside the object that BILL wants for the options that were given."""
    flags = {flag: True for flag, parameter in FLAGS.items() if given[parameter]}
    for flag in flags:
        if flag not in entity.flags:
            raise click.UsageError(f"--{FLAGS[flag].replace('_', '-')}: BILL has that not for {entity.stream}")
    return flags


def complete_field(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Fields of the resource that can be set, with what they mean."""
    # An option that still lacks its value keeps click from reading the arguments.
    entity = ctx.params.get("resource") or next(filter(None, map(entity_named, ctx.args)), None)
    if not isinstance(entity, Entity) or "=" in incomplete:
        return []
    writable = [each for each in entity.fields if not each.read_only and not each.item_entity and each.name != "entity"]
    return [
        CompletionItem(f"{each.name}=", help=each.description or None)
        for each in writable
        if each.name.startswith(incomplete)
    ]


def body_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """--set, --line and --json."""
    for option in (
        click.option(
            "--json",
            "json_file",
            type=click.File("rb"),
            help="The object as JSON; `-` is stdin. Keys that are not in our table are passed on as they are.",
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
            help="A field; without a value it is emptied. Codes can be given by their meaning.",
        ),
    ):
        function = option(function)
    return function


def body_from(entity: Entity, sets: Sequence[str], lines: Sequence[str], json_file: BinaryIO | None) -> dict[str, Any]:
    """The object that is to be sent; `--set` counts more than `--json`, and `--line` adds to its lines.

    Raises:
        click.UsageError: Something in it does not fit.
    """
    try:
        body = _json_object(entity, json_file) if json_file else {}
        for each in sets:
            name, text = pair(each)
            body[name] = value_of(field_named(entity.fields, name, entity.name), text)
        if lines:
            array = _lines_of(entity)
            body[array.name] = [*(body.get(array.name) or []), *(line_of(array, each) for each in lines)]
    except WrongTextError as error:
        raise click.UsageError(str(error)) from None
    if not body:
        raise click.UsageError("nothing to send: give --set, --line or --json")
    return body


def _lines_of(entity: Entity) -> Field:
    if entity.lines is None:
        raise WrongTextError(f"{entity.stream} have no lines")
    return entity.lines


def _json_object(entity: Entity, file: BinaryIO) -> dict[str, Any]:
    document = json_of(file.read())
    if not isinstance(document, dict):
        raise WrongTextError(f"{file.name}: a JSON object is expected")
    try:
        return object_of(entity.fields, document)
    except WrongTextError as error:
        raise WrongTextError(f"{file.name}: {error}") from None
