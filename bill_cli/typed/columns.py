"""The fields that `--columns` names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bill_api.table.entity import Entity

columns_option = click.option("--columns", help="Columns of a table or CSV: id,dueDate,amount.")


def columns_of(entity: Entity, text: str | None) -> list[str]:
    """The fields that `--columns` names; none where it was not given.

    Raises:
        click.UsageError: There is no such field.
    """
    names = [each.strip() for each in text.split(",")] if text else []
    unknown = [each for each in names if each not in entity.by_name]
    if unknown:
        raise click.UsageError(f"--columns: no field of {entity.name}: {', '.join(unknown)}")
    return names
