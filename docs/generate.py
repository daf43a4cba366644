"""Writes the tables of docs/ that are made from the code, and the definitions of the plugins.

`make docs` writes them; `python docs/generate.py --check` says which are out of date, and a test runs it.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actions import ACTIONS
from plugin_definitions import definitions

from bill_api.entities import BY_NAME, ENTITIES
from bill_api.table.entity import IN_BULK, Operation
from bill_api.table.fields import SOURCES, Certainty, surest
from bill_documents.mapping.declaration import FileEntry
from bill_program.exit_codes import COMMANDS, MEANING
from bill_program.settings import declared
from bill_simulator.behaviour.faults import Faults
from bill_simulator.behaviour.limits import SimulatorLimits
from bill_simulator.behaviour.switches import Switches
from bill_simulator.control.mutator import Mutator
from bill_simulator.control.plane import Control
from bill_simulator.state.world import SimulatorSettings, World
from tap_bill.settings import TAP_SETTINGS
from tap_bill_csv.settings import CSV_SETTINGS
from target_bill.settings import TARGET_SETTINGS
from target_duckdb.settings import LOADER_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field
    from bill_program.settings import Setting

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = {
    "tap-bill": TAP_SETTINGS,
    "target-bill": TARGET_SETTINGS,
    "tap-bill-csv": CSV_SETTINGS,
    "target-duckdb": LOADER_SETTINGS,
}
FILLED = ("settings.md", "csv.md", "simulator.md", "command.md", "exit-codes.md")
"""Pages with tables made from the code among what is written by hand."""

MARKS = {
    Certainty.DOCUMENTED: "yes",
    Certainty.LIVE: "yes (l)",
    Certainty.CLIENT: "yes (c)",
    Certainty.INFERRED: "yes (i)",
}
PARTIAL = "BILL's list of its fields could not be read whole: there are more than these, and they are passed on."
MARKED = re.compile(r"(<!-- generated: (?P<name>[\w -]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def settings_table(settings: Iterable[Setting]) -> str:
    """Settings of a plugin."""
    rows = ["| setting | type | default | meaning |", "| --- | --- | --- | --- |"]
    for each in settings:
        kind = each.kind + (", secret" if each.secret else "")
        rows.append(f"| `{each.name}` | {kind} | {_default(each)} | {_cell(each.description)} |")
    return "\n".join(rows)


def keys_table(settings: Iterable[Setting]) -> str:
    """Settings of an object within a setting."""
    rows = ["| key | default | meaning |", "| --- | --- | --- |"]
    rows += [f"| `{each.name}` | {_default(each)} | {_cell(each.description)} |" for each in settings]
    return "\n".join(rows)


def _default(setting: Setting) -> str:
    if setting.required:
        return "**required**"
    return setting.otherwise or ("" if setting.default is None else f"`{_shown(setting.default)}`")


def entities_table() -> str:
    """Every entity with its stream, key and operations; what is less than documented is marked."""
    rows = ["| BILL | stream | natural key | list | create | update | delete | in bulk |", "|" + " --- |" * 8]
    for entity in ENTITIES:
        single = (Operation.LIST, Operation.CREATE, Operation.UPDATE, Operation.DELETE)
        marks = " | ".join(_mark(entity, operation) for operation in single)
        many = ", ".join(
            f"{operation.value.removeprefix('bulk_')} {_mark(entity, operation)}"
            for operation in IN_BULK.values()
            if entity.offers(operation)
        )
        key = ", ".join(f"`{each}`" for each in entity.natural_key) or "-"
        stream = f"`{entity.stream}`" if entity.is_streamed else "-"
        rows.append(f"| {entity.name} | {stream} | {key} | {marks} | {many or '-'} |")
    return "\n".join(rows)


def _mark(entity: Entity, operation: Operation) -> str:
    if operation in entity.unknown:
        return "unknown"
    if not entity.offers(operation):
        return "-"
    trusted = " (MFA)" if operation in entity.trusted else ""
    return MARKS[surest(entity.operations[operation])] + trusted


def entities_page() -> str:
    """The whole entity table as a page."""
    return "\n".join(_entities_page()) + "\n"


def _entities_page() -> Iterator[str]:
    yield "# BILL's entities"
    yield ""
    yield (
        "Every entity with its operations and fields, made from the table in `bill_api/entities` by `make docs`. "
        "Each fact has the tag of its source; [Facts about BILL](bill-facts.md) has the facts about the protocol."
    )
    yield ""
    yield "## Operations"
    yield ""
    yield entities_table()
    yield ""
    yield (
        "yes: documented; (l): live; (c): seen in a client; (i): inferred from the other entities; unknown: could not "
        "be established; (MFA): needs a session that is trusted through `mfa_id` and `device_id`. An operation that "
        "BILL offers only one by one is sent one by one."
    )
    yield ""
    yield "## Sources"
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
        yield f"## {_title(entity)}"
        yield ""
        offered = ", ".join(f"{each.value} [{' '.join(tags)}]" for each, tags in entity.operations.items())
        unknown = ", ".join(sorted(each.value for each in entity.unknown))
        prefix = f"Ids begin with `{entity.id_prefix}`" if entity.id_prefix else "What ids begin with is unknown"
        files = f" Takes files [{' '.join(entity.takes_files)}]." if entity.takes_files else ""
        yield f"{prefix}. Operations: {offered}." + (f" Unknown: {unknown}." if unknown else "") + files
        unstreamed = f"No stream: {entity.unstreamed}." if entity.unstreamed else ""
        for text in (entity.note, unstreamed, PARTIAL if entity.partial else ""):
            if text:
                yield ""
                yield text
        yield ""
        yield from _fields(entity.fields)
        for array in entity.children:
            listed = BY_NAME.get(array.item_entity or "")
            if listed:
                yield ""
                link = _anchor(listed)
                yield f"`{array.name}` holds objects as in [{array.item_entity}](#{link})."
            elif array.item_fields:
                yield ""
                yield f"### {array.item_entity} - array `{array.name}`"
                yield ""
                if array.unnested:
                    yield f"A List has them without `nested` too [{' '.join(array.unnested)}]."
                    yield ""
                yield from _fields(array.item_fields)


def _title(entity: Entity) -> str:
    return f"{entity.name} - stream `{entity.stream}`" if entity.is_streamed else entity.name


def _anchor(entity: Entity) -> str:
    """Where a heading is linked to, as GitHub makes it."""
    return re.sub(r"[^\w -]", "", _title(entity)).lower().replace(" ", "-")


def _fields(fields: tuple[Field, ...]) -> Iterator[str]:
    yield "| field | type | | filter | meaning | source |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for each in fields:
        traits = [
            "*" if each.required else "",
            "ro" if each.read_only else "",
            "secret" if each.sensitive else "",
            f"max {each.max_length}" if each.max_length else "",
            f"{each.bounds[0]} to {each.bounds[1]}" if each.bounds else "",
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


def switches_table() -> str:
    """Every switch of the simulator; the first choice is the default."""
    rows = ["| switch | choices | what it decides |", "| --- | --- | --- |"]
    for name, switch in Switches().described().items():
        choices = switch["choices"] or [switch["default"], "any code"]
        rows.append(f"| `{name}` | {', '.join(f'`{each}`' for each in choices)} | {_cell(switch['doc'])} |")
    return "\n".join(rows)


def limits_table() -> str:
    """Every limit of the simulator with its default, from the docstring that explains it."""
    explained = dict(
        re.findall(r"^    (\w+): (.*?)(?=\n    \w+: |\Z)", _attributes(SimulatorLimits), re.MULTILINE | re.DOTALL)
    )
    rows = ["| limit | default | |", "| --- | --- | --- |"]
    rows += [
        f"| `{each.name}` | {each.default:,} | {_cell(explained[each.name])} |"
        for each in dataclasses.fields(SimulatorLimits)
    ]
    return "\n".join(rows)


def _attributes(documented: type) -> str:
    return textwrap.dedent(inspect.getdoc(documented) or "").partition("Attributes:\n")[2].rstrip()


def faults_table() -> str:
    """Every kind of fault."""
    return "\n".join(
        ["| kind | |", "| --- | --- |", *(f"| `{name}` | {_cell(doc)} |" for name, doc in Faults.kinds().items())]
    )


def control_table() -> str:
    """Every path of the simulator's control plane."""
    rows = ["| | path | |", "| --- | --- | --- |"]
    world = World(SimulatorSettings(), books={})
    for route in Control(world, Mutator(world)).routes():
        methods = (route.methods or set()) - {"HEAD"}
        rows.append(
            f"| {', '.join(methods)} | `/_simulator{route.path}` | {_cell(inspect.getdoc(route.endpoint) or '')} |"
        )
    return "\n".join(rows)


OTHER_TESTS = {
    "mfa-challenge": "test_the_mfa_actions_are_done",
    "mfa-authenticate": "test_the_mfa_actions_are_done",
    "mfa-status": "test_the_mfa_actions_are_done",
    **dict.fromkeys(
        ("documents-list", "documents-download", "documents-attach"), "test_the_documents_actions_are_done"
    ),
    "send-invoice": "test_an_invoice_is_sent_and_a_note_is_written",
    "approve": "test_a_decision_is_made[approve]",
    "deny": "test_a_decision_is_made[deny]",
    "note": "test_an_invoice_is_sent_and_a_note_is_written",
    "raw": "test_the_raw_actions_are_done",
    "raw-upload": "test_the_raw_actions_are_done",
}
"""The tests of the actions that are about no entity; the others are one test with many names."""


def actions_table() -> str:
    """Every action with its command, its path and the test that runs it."""
    rows = ["| action | command | API path | test in tests/cli/test_cli_actions.py |", "| --- | --- | --- | --- |"]
    for each in ACTIONS:
        test = OTHER_TESTS.get(each.name, f"test_an_action_is_done[{each.name}]")
        words = (each.operation or each.name).replace("_", " ").replace("-", " ")
        action = f"{words} {each.entity.name if each.entity else ''}".rstrip()
        rows.append(f"| {action} | `{each.command}` | `{each.path}` | `{test}` |")
    return "\n".join(rows)


def codes_table() -> str:
    """The table of exit codes."""
    rows = ["| code | it means | what an orchestrator does | of |", "| --- | --- | --- | --- |"]
    for code, meaning in MEANING.items():
        of = "all" if meaning.commands == COMMANDS else ", ".join(f"`{each}`" for each in meaning.commands)
        rows.append(f"| {code} | {meaning.ended} | {meaning.next_step} | {of} |")
    return "\n".join(rows)


def filled(path: Path) -> str:
    """A page with its tables made anew."""
    tables = {
        **{f"settings {plugin}": settings_table(settings) for plugin, settings in SETTINGS.items()},
        "settings tap-bill-csv files": keys_table(declared(FileEntry)),
        "switches": switches_table(),
        "limits": limits_table(),
        "faults": faults_table(),
        "control plane": control_table(),
        "actions": actions_table(),
        "exit codes": codes_table(),
    }
    return MARKED.sub(lambda found: f"{found[1]}\n{tables[found['name']]}\n\n{found[3]}", path.read_text())


def main() -> int:
    """Write the files, or check them.

    Returns:
        1 when a file is out of date under `--check`, else 0.
    """
    made = {
        **{path: filled(path) for path in (ROOT / "docs" / name for name in FILLED)},
        ROOT / "docs" / "entities.md": entities_page(),
        **definitions(),
    }
    stale = [path for path, text in made.items() if not path.exists() or path.read_text() != text]
    if "--check" in sys.argv:
        for path in stale:
            sys.stderr.write(f"{path.relative_to(ROOT)} is out of date: run `make docs`\n")
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made[path])
    return 0


if __name__ == "__main__":
    sys.exit(main())
