"""Writes the tables of README.md and docs/entities.md that are made from the code.

`make docs` writes them; `python docs/generate.py --check` says which are out of date, and a test runs it.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bill_api.entities import ENTITIES
from bill_api.entity import Operation
from bill_api.fields import SOURCES, surest
from bill_duckdb.target import TargetDuckDB
from tap_bill.tap import TapBill
from tap_bill_csv.tap import TapBillCsv
from target_bill.target import TargetBill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bill_api.entity import Entity
    from bill_api.fields import Field

ROOT = Path(__file__).resolve().parent.parent
PLUGINS = (TapBill, TargetBill, TapBillCsv, TargetDuckDB)
MARKED = re.compile(r"(<!-- generated: (?P<name>[\w -]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def settings_table(plugin: Any) -> str:
    """Settings of a plugin, from its own schema."""
    schema = plugin.config_jsonschema
    rows = ["| setting | type | default | meaning |", "| --- | --- | --- | --- |"]
    for name, described in schema["properties"].items():
        kinds = described["type"] if isinstance(described["type"], list) else [described["type"]]
        kind = next(each for each in kinds if each != "null")
        kind += ", secret" if described.get("secret") else ""
        required = "**required**" if name in schema.get("required", ()) else ""
        default = f"`{_shown(described['default'])}`" if "default" in described else required
        rows.append(f"| `{name}` | {kind} | {default} | {_cell(described.get('description', ''))} |")
    return "\n".join(rows)


def entities_table() -> str:
    """Every entity with its stream, key and operations; what is less than documented is marked."""
    rows = ["| BILL | stream | natural key | list | create | update | delete | in bulk |", "|" + " --- |" * 8]
    for entity in ENTITIES:
        single = (Operation.LIST, Operation.CREATE, Operation.UPDATE, Operation.DELETE)
        marks = " | ".join(_mark(entity, operation) for operation in single)
        bulk = (Operation.BULK_CREATE, Operation.BULK_UPDATE, Operation.BULK_DELETE)
        many = ", ".join(
            f"{operation.value.removeprefix('bulk_')} {_mark(entity, operation)}"
            for operation in bulk
            if entity.offers(operation)
        )
        key = ", ".join(f"`{each}`" for each in entity.natural_key)
        rows.append(f"| {entity.name} | `{entity.stream}` | {key} | {marks} | {many or '-'} |")
    return "\n".join(rows)


def _mark(entity: Entity, operation: Operation) -> str:
    if operation in entity.unknown:
        return "unknown"
    if not entity.offers(operation):
        return "-"
    trusted = " (MFA)" if operation in entity.trusted else ""
    return {"documented": "yes", "seen in a client": "yes (c)", "inferred": "yes (i)"}[
        surest(entity.operations[operation])
    ] + trusted


def entities_page() -> str:
    """The whole entity table as a page."""
    return "\n".join(_entities_page()) + "\n"


def _entities_page() -> Iterator[str]:
    yield "# What we believe about BILL's entities"
    yield ""
    yield "Made from the entity table in `bill_api/entities` by `make docs`. The last column says where it was read:"
    yield ""
    yield "| tag | certainty | source |"
    yield "| --- | --- | --- |"
    for tag, source in SOURCES.items():
        yield f"| {tag} | {source.certainty} | {source.description} |"
    yield ""
    yield (
        "Codes are never complete: an unknown code is passed on. Fields that are not listed here are passed on too. "
        "`*` is required on create, `ro` is set by BILL, `secret` never reaches a log or a report."
    )
    for entity in ENTITIES:
        yield ""
        yield f"## {entity.name} - stream `{entity.stream}`"
        yield ""
        offered = ", ".join(f"{each.value} [{' '.join(tags)}]" for each, tags in entity.operations.items())
        unknown = ", ".join(sorted(each.value for each in entity.unknown))
        yield f"Ids begin with `{entity.id_prefix}`. Operations: {offered}." + (
            f" Unknown: {unknown}." if unknown else ""
        )
        if entity.note:
            yield ""
            yield entity.note
        yield ""
        yield from _fields(entity.fields)
        lines = entity.lines
        if lines is not None:
            yield ""
            yield f"### {lines.item_entity} - array `{lines.name}`"
            yield ""
            yield from _fields(lines.item_fields)


def _fields(fields: tuple[Field, ...]) -> Iterator[str]:
    yield "| field | type | | filter | meaning | source |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for each in fields:
        traits = [
            "*" if each.required else "",
            "ro" if each.read_only else "",
            "secret" if each.sensitive else "",
            f"max {each.max_length}" if each.max_length else "",
        ]
        meaning = [
            each.description,
            "; ".join(f"{code} = {text}" for code, text in each.codes.items()),
            f"a {each.references}" if each.references else "",
        ]
        yield (
            f"| `{each.name}` | {each.type.value} | {' '.join(filter(None, traits))} | {each.filterable.value} | "
            f"{_cell('. '.join(filter(None, meaning)))} | {' '.join(each.source)} |"
        )


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def readme(text: str) -> str:
    """README.md with its tables made anew."""
    tables = {f"settings {plugin.name}": settings_table(plugin) for plugin in PLUGINS} | {"entities": entities_table()}
    return MARKED.sub(lambda found: f"{found[1]}\n{tables[found['name']]}\n\n{found[3]}", text)


def main() -> int:
    """Write the files, or check them.

    Returns:
        1 when a file is out of date under `--check`, else 0.
    """
    made = {
        ROOT / "README.md": readme((ROOT / "README.md").read_text()),
        ROOT / "docs" / "entities.md": entities_page(),
    }
    stale = [path for path, text in made.items() if not path.exists() or path.read_text() != text]
    if "--check" in sys.argv:
        for path in stale:
            sys.stderr.write(f"{path.relative_to(ROOT)} is out of date: run `make docs`\n")
        return 1 if stale else 0
    for path in stale:
        path.write_text(made[path])
    return 0


if __name__ == "__main__":
    sys.exit(main())
