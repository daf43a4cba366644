"""`bill fields`: the fields of an entity, as the table knows them. Nothing is asked of BILL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from bill_api.identity.references import references
from bill_api.table.entity import Operation
from bill_api.table.fields import Filterable
from bill_cli.command import command, output_option
from bill_cli.showing.output import write_rows
from bill_cli.typed.resources import Resource, name_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field

COLUMNS = ("name", "type", "written", "filtered", "codes", "meaning", "references", "by_name", "evidence")
"""All that is told of a field. `evidence` has the tags of the sources that say so."""

WORDS: dict[Filterable, str] = {
    Filterable.DOCUMENTED: "yes (documented)",
    Filterable.LIVE: "yes (live)",
    Filterable.CLIENT: "yes (seen in a client)",
    Filterable.BY_TYPE: "by the rule for its type",
    Filterable.NO_EVIDENCE: "not known",
}
"""The words for what is known of filtering on a field."""


@command("fields")
@click.argument("resource", type=Resource())
@click.option("--lines", is_flag=True, help="Those of its line items.")
@output_option
def fields_command(*, resource: Entity, lines: bool, output: str | None) -> None:
    """Explain the fields of RESOURCE: types, meanings, codes, and what can be written or filtered.

    \b
      bill fields bill
      bill fields bill --lines --output csv

    BILL is not asked: this is what is known from its documentation and from clients. "not known" is no "no".
    """  # noqa: D301  the backslash is the shell's
    rows = [explained(resource, each, is_line=lines) for each in (lines_of(resource) if lines else resource.fields)]
    write_rows(rows, COLUMNS, output, _print, COLUMNS)


def lines_of(entity: Entity) -> Sequence[Field]:
    """The fields of an entity's lines.

    Raises:
        click.UsageError: It has none.
    """
    array = entity.lines or next((each for each in entity.fields if each.item_fields), None)
    if array is None:
        raise click.UsageError(f"--lines: {name_of(entity)} has none")
    return array.item_fields


def explained(entity: Entity, field: Field, *, is_line: bool = False) -> dict[str, Any]:
    """All that is known of a field.

    Args:
        entity: Whose it is.
        field: The field.
        is_line: It is one of lines, of which no list is asked.
    """
    return {
        "name": field.name,
        "type": field.type.value,
        "written": _written(entity, field, is_line=is_line),
        "filtered": "" if is_line or not entity.offers(Operation.LIST) else WORDS[field.filterable],
        "codes": ", ".join(f"{code} = {meaning}" for code, meaning in field.codes.items()),
        "meaning": field.description,
        "references": field.references or "",
        "by_name": ", ".join(each.alias for each in references((field,))),
        "evidence": " ".join(field.source),
    }


def _written(entity: Entity, field: Field, *, is_line: bool) -> str:
    """The part that a field has in what is sent."""
    if field.read_only:
        return "set by BILL"
    if not (entity.offers(Operation.CREATE) or entity.offers(Operation.UPDATE)):
        return ""
    most = f", {field.max_length} characters at most" if field.max_length else ""
    if field.name == "entity" and not is_line:
        return "added by itself"
    return f"{'required' if field.required else 'optional'}{most}"


def _print(rows: Sequence[Mapping[str, Any]]) -> None:
    """A block of lines for each field, which no terminal is too narrow for."""
    from rich.table import Table  # noqa: PLC0415  only people's output needs it

    from bill_program.console import PlainConsole  # noqa: PLC0415  as above

    table = Table(box=None, pad_edge=False, show_header=True)
    table.add_column("name", style="bold", overflow="fold", ratio=2)
    table.add_column("type", overflow="fold", min_width=8)
    table.add_column("about", overflow="fold", ratio=5)
    for row in rows:
        table.add_row(row["name"], row["type"], "; ".join(filter(None, _about(row))))
    PlainConsole().print(table)


def _about(row: Mapping[str, Any]) -> list[str]:
    return [
        row["meaning"],
        f"codes {row['codes']}" if row["codes"] else "",
        f"id of a {row['references']}" if row["references"] else "",
        f"or by name as {row['by_name']}" if row["by_name"] else "",
        row["written"] if row["written"] != "optional" else "",
        f"filter: {row['filtered']}" if row["filtered"] else "",
    ]
