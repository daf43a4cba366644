"""Names of fields as people type them in `--filter`, `--sort` and `--columns`: checked, explained and completed."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from bill_api.identity.references import aliases, short_words
from bill_api.table.entity import Entity, snake
from bill_cli.typed.resources import entity_of, name_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from bill_api.table.fields import Field


def field_named(entity: Entity, name: str, option: str) -> Field:
    """The field of a name.

    Args:
        entity: Whose field it is.
        name: What was typed.
        option: Where it was typed.

    Raises:
        click.UsageError: There is none; it says which may have been meant.
    """
    field = entity.by_name.get(name)
    if field is not None:
        return field
    alias = aliases(entity.fields).get(name)
    pointing = alias.field if alias else short_words(entity.fields).get(name)
    meant = [pointing.name] if pointing else near_names(name, entity.by_name)
    hint = f"did you mean {' or '.join(f'`{each}`' for each in meant)}?"
    if not meant:
        hint = f"`bill fields {name_of(entity)}` explains all"
    raise click.UsageError(f"{option}: `{name}` is no field of {entity.name}; {hint}")


def near_names(name: str, known: Collection[str]) -> list[str]:
    """The names that may have been meant: the same but for case, underscores and hyphens, else alike in spelling."""
    bare = {each: _bare(each) for each in known}
    same = [each for each, letters in bare.items() if letters == _bare(name)]
    if same:
        return same
    near = get_close_matches(_bare(name), set(bare.values()), n=2, cutoff=0.75)
    return [each for letters in near for each in known if bare[each] == letters][:3]


def _bare(name: str) -> str:
    return "".join(filter(str.isalnum, name)).casefold()


def columns_of(entity: Entity, text: str | None) -> list[str]:
    """The fields that `--columns` names; none where it was not given.

    Raises:
        click.UsageError: There is no such field.
    """
    names = [each.strip() for each in text.split(",")] if text else []
    return [field_named(entity, each, "--columns").name for each in names]


def completed(ctx: click.Context, incomplete: str) -> list[str]:
    """Names of fields of the RESOURCE on the command line that begin so; none before it is given."""
    entity = entity_of(ctx)
    if entity is None:
        return []
    begin = incomplete.casefold()
    return [name for name in entity.by_name if name.casefold().startswith(begin) or snake(name).startswith(begin)]


def complete_columns(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The last of several names that are parted by commas."""
    before, comma, last = incomplete.rpartition(",")
    return [CompletionItem(f"{before}{comma}{each}") for each in completed(ctx, last)]


def complete_key(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """A key to sort by, with its sign."""
    before, comma, last = incomplete.rpartition(",")
    sign = last[:1] if last[:1] in {"-", "+"} else ""
    return [CompletionItem(f"{before}{comma}{sign}{each}") for each in completed(ctx, last[len(sign) :])]


def complete_condition(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The field that a condition begins with."""
    return [CompletionItem(each) for each in completed(ctx, incomplete)]


columns_option = click.option(
    "--columns", help="Columns of a table or CSV: id,dueDate,amount.", shell_complete=complete_columns
)
