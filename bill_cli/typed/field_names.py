"""Names of fields as people type them: BILL's own, aliases (`vendorName`) and short words (`vendor`)."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from bill_api.identity.references import aliases, short_words
from bill_api.table.entity import Entity, snake
from bill_api.table.fields import by_name
from bill_cli.showing.names import name_columns
from bill_cli.typed.resources import entity_of, name_of
from bill_values.spelling import letters

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from bill_api.table.fields import Field


def known_field(fields: tuple[Field, ...], name: str) -> Field | None:
    """The field that a name, an alias or a short word says.

    Args:
        fields: Of an entity, or of its lines.
        name: What was typed.
    """
    alias = aliases(fields).get(name)
    return by_name(fields).get(name) or (alias.field if alias else short_words(fields).get(name))


def every_word(fields: tuple[Field, ...]) -> list[str]:
    """Everything that says one of these fields."""
    return list(dict.fromkeys([*by_name(fields), *short_words(fields), *aliases(fields)]))


def did_you_mean(name: str, known: Collection[str]) -> str:
    """The question if a known name was meant; empty where none is near.

    Those count that are the same but for case, underscores and hyphens, else those alike in spelling.

    Args:
        name: What was typed.
        known: All that can stand there.
    """
    bare = {each: spelling_of(each) for each in known}
    meant = [each for each, spelt in bare.items() if spelt == spelling_of(name)]
    if not meant:
        near = get_close_matches(spelling_of(name), set(bare.values()), n=2, cutoff=0.75)
        meant = [each for spelt in near for each in known if bare[each] == spelt]
    return f"did you mean {' or '.join(f'`{each}`' for each in meant[:3])}?" if meant else ""


def spelling_of(name: str) -> str:
    """A name without what people write otherwise: `due date`, `due_date` and `DUEDATE` are `dueDate`."""
    return letters(name) or name.casefold()


def field_named(entity: Entity, name: str, option: str, *, words: Collection[str] = ()) -> Field:
    """The field of a name that BILL has.

    Args:
        entity: Whose field it is.
        name: What was typed.
        option: Where it was typed.
        words: Other words that can stand there, and may have been meant.

    Raises:
        click.UsageError: There is none; it says which may have been meant.
    """
    field = entity.by_name.get(name)
    if field is not None:
        return field
    stands_for = known_field(entity.fields, name)
    meant = did_you_mean(name, [*entity.by_name, *words])
    if stands_for is not None:
        meant = f"did you mean `{stands_for.name}`?"
    raise click.UsageError(
        f"{option}: `{name}` is no field of {entity.name}; {meant or f'`bill fields {name_of(entity)}` explains all'}"
    )


def columns_of(entity: Entity, text: str | None) -> list[str]:
    """The fields that `--columns` names, and the words of those that are shown by name; none where it was not given.

    Raises:
        click.UsageError: There is no such field.
    """
    words = name_columns(entity.by_name)
    shown_by = {field.name: word for word, field in words.items()}
    # `vendorName` is what a CSV to load calls the column.
    called = {
        each.alias: shown_by[each.field.name]
        for each in aliases(entity.fields).values()
        if each.suffix == "Name" and each.field.name in shown_by
    }
    names = [each.strip() for each in text.split(",")] if text is not None else []
    if "" in names:
        raise click.UsageError(f"--columns {text!r}: a name is missing")
    names = [called.get(each, each) for each in names]
    return [each if each in words else field_named(entity, each, "--columns", words=words).name for each in names]


def completed(ctx: click.Context, incomplete: str, words: Callable[[Entity], Iterable[str]]) -> list[str]:
    """Names that begin so, of the RESOURCE on the command line; none before it is given.

    Args:
        ctx: Of the command line.
        incomplete: What was typed.
        words: All names of an entity that can stand there.
    """
    entity = entity_of(ctx)
    if entity is None:
        return []
    begin = incomplete.casefold()
    return [name for name in words(entity) if name.casefold().startswith(begin) or snake(name).startswith(begin)]


def _columns(entity: Entity) -> list[str]:
    return [*entity.by_name, *name_columns(entity.by_name)]


def complete_columns(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The last of several names that are parted by commas."""
    before, comma, last = incomplete.rpartition(",")
    return [CompletionItem(f"{before}{comma}{each}") for each in completed(ctx, last, _columns)]


def complete_key(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """A key to sort by, with its sign."""
    before, comma, last = incomplete.rpartition(",")
    sign = last[:1] if last[:1] in {"-", "+"} else ""
    return [
        CompletionItem(f"{before}{comma}{sign}{each}")
        for each in completed(ctx, last[len(sign) :], lambda entity: entity.by_name)
    ]


def complete_condition(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The field that a condition begins with."""
    return [CompletionItem(each) for each in completed(ctx, incomplete, lambda entity: every_word(entity.fields))]


columns_option = click.option(
    "--columns", help="Columns of a table or CSV: id,vendor,dueDate,amount.", shell_complete=complete_columns
)
