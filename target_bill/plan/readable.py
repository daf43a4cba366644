"""The readable files of a plan: a page that prints, and a table. Both are made of the plan's file alone.

So what is read and signed is what the hash is of. They are written step by step: a plan may be larger than memory.
"""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from bill_api.table.fields import NUMBERS, FieldType, by_name
from bill_values.exact_json import decode
from bill_values.spreadsheet_cells import MARK, cell_of, guarded
from bill_values.visible import LINE_END, visible_lines
from target_bill.files import private
from target_bill.model.attachment import STREAMS
from target_bill.model.outcome import ALWAYS_SHOWN, Verdict
from target_bill.model.step import Action
from target_bill.plan.books import PAYABLES, RECEIVABLES, sides, sign_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from bill_api.table.fields import Field

Row = dict[str, Any]

COLUMNS = (
    *("plan", "number", "stream", "action", "party", "object", "record", "amount_before", "amount"),
    *("line", "line_is", "line_amount_before", "line_amount", "changes", "made_on_the_way", "warnings"),
    *("reasons", "amount_not_written", "source_stream", "source_file", "source_rows"),
    *("payables_change", "receivables_change", "undoes_run", "input"),
)
"""Of the table, before those of the fields; `number` is that of the step, in this file and on the page."""

ADDED_UP = frozenset(
    {"number", "line", "amount_before", "amount", "line_amount_before", "line_amount", "amount_not_written"}
    | {"payables_change", "receivables_change"}
)
"""Columns of numbers."""

KEPT = NUMBERS | {FieldType.DATE, FieldType.INTEGER}
"""Types of fields whose values a spreadsheet may take for what they are: numbers and days."""

LABELS = {"actgClassId": "class", "chartOfAccountId": "account", "isActive": "active"}
"""Fields whose names say less to people than these words."""

NOTHING = "nothing"
HEAD, LINE = "head.", "line."


def readable_paths(plan: Path) -> tuple[Path, Path]:
    """The page and the table of a plan's file."""
    stem = plan.name.removesuffix(".json")
    return plan.with_name(f"{stem}.html"), plan.with_name(f"{stem}.csv")


def write_readable(plan: Path) -> None:
    """Write the page and the table of a plan's file, as this program has written it."""
    page, table = readable_paths(plan)
    written = WrittenPlan(plan)
    with private(page) as file:
        file.writelines(_page(written))
    with private(table) as file:
        file.write(MARK)
        writer = csv.writer(file)
        columns = [*COLUMNS, *written.texts]
        writer.writerow(columns)
        writer.writerows(map(written.cell, columns, row) for row in _table(written))


class WrittenPlan:
    """A plan's file, read line by line.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.texts: dict[str, bool] = {}
        self.steps_count = self.not_written_count = 0
        for step in self.steps():
            self.steps_count += 1
            self._see_columns(step)
        for _ in self.not_written():
            self.not_written_count += 1
        head, *_, about, plan_hash = _outer_lines(path)
        self.head: Row = decode(head.removesuffix(', "steps": [') + "}")
        self.about: Row = decode(about.removeprefix('],"about":').removesuffix(","))
        self.hash: str = decode("{" + plan_hash)["hash"]

    def _see_columns(self, step: Row) -> None:
        """Know the columns of a step's fields, and which of them hold texts."""
        entity, shown = STREAMS[step["stream"]], step["shown"]
        for each in shown["fields"]:
            self._see(HEAD, each["field"], entity.fields)
        for each in (each for line in shown["lines"] for each in line["fields"]):
            self._see(LINE, each["field"], entity.lines.item_fields if entity.lines else ())

    def _see(self, prefix: str, name: str, fields: tuple[Field, ...]) -> None:
        field = by_name(fields).get(name)
        is_text = field is None or field.type not in KEPT
        self.texts[prefix + name] = self.texts.get(prefix + name, False) or is_text

    def cell(self, column: str, text: str) -> str:
        """A cell of the table: no formula, and a text is saved as it is; numbers and days stay what they are."""
        is_text = self.texts.get(column, column not in ADDED_UP)
        return (cell_of if is_text else guarded)(visible_lines(_ended(text)))

    def steps(self) -> Iterator[Row]:
        """The steps, each with its number."""
        for number, row in enumerate(rows(self._path, "steps"), start=1):
            yield {**row, "number": number}

    def not_written(self) -> Iterator[Row]:
        """Records that no step comes of, with the reasons."""
        return rows(self._path, "not_written")


def _outer_lines(path: Path) -> list[str]:
    """The lines of a plan's file that are no rows."""
    with path.open(encoding="utf-8", newline="\n") as file:
        return [line.rstrip("\n") for line in file if not line.startswith("{") or line.startswith('{"kind"')]


def rows(path: Path, part: str) -> Iterator[Row]:
    """The rows of a part of a plan's file: a line each."""
    now = ""
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            text = line.rstrip("\n").removesuffix(",")
            if text.endswith('"steps": [') and text.startswith('{"kind"'):
                now = "steps"
            elif text.startswith("],"):
                now = "not_written" if text.startswith('],"not_written"') else ""
            elif now == part:
                yield decode(text)


# The page


def _page(plan: WrittenPlan) -> Iterator[str]:
    environment = Environment(
        loader=PackageLoader("target_bill", "plan"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: (
            visible_lines(_ended(value)) if type(value) is str else value
        ),  # names steer no terminal, and no page
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"amount": _amount, "label": label, "rows": _rows_shown, "setting": _setting_shown}
    about = plan.about
    stream = environment.get_template("plan.html").stream(
        plan=plan,
        head=plan.head,
        about=about,
        sides=sides(about["totals"]),
        sign_of=sign_of,
        counts=_counts(about["streams"].values()),
        with_before={each["stream"] for each in about["steps"] if each["action"] != Action.CREATE},
        sections=groupby(plan.steps(), key=itemgetter("stream")),
        not_written=plan.not_written(),
        unsaid=_unsaid,
    )
    stream.enable_buffering(100)
    return stream


def _ended(text: str) -> str:
    """A text whose lines end in one way: descriptions have several, and a person reads them as such."""
    return text.replace("\r\n", LINE_END)


def _counts(streams: Iterable[Mapping[str, Any]]) -> list[str]:
    """The verdicts that the page has a column for: with those that no record has the rows would still add up."""
    rows = list(streams)
    return [each for each in Verdict if each in ALWAYS_SHOWN or any(row[each] for row in rows)]


def _amount(text: str | Decimal | None) -> str:
    """An amount for people: two decimals, and thousands apart."""
    return "" if text is None else f"{Decimal(text):,.2f}"


def label(name: str) -> str:
    """A field's or a stream's name in words; that of a reference without `Id`, for a name stands in its place."""
    words = re.sub(r"(?<=[a-z0-9])([A-Z])", r" \1", name.removesuffix("Id").replace("_", " ")).lower()
    return LABELS.get(name) or words or name


def _rows_shown(rows: Sequence[int]) -> str:
    """The rows of a source for people: those that follow each other as `2-5`."""
    found: list[list[int]] = []
    for row in rows:
        if found and row == found[-1][1] + 1:
            found[-1][1] = row
        else:
            found.append([row, row])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in found)


def _setting_shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_setting_shown, value))
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_setting_shown(each)}" for name, each in value.items())
    return "" if value is None else str(value)


def _unsaid(fields: Sequence[Mapping[str, str]], said: Sequence[str]) -> list[Mapping[str, str]]:
    """The fields that the page does not say elsewhere; those that change it says in any case."""
    return [each for each in fields if "from" in each or each["field"] not in said]


# The table


def _table(plan: WrittenPlan) -> Iterator[list[str]]:
    for step in plan.steps():
        for cells in _cells_of_step(step):
            yield _in_columns(plan, cells)
    for row in plan.not_written():
        yield _in_columns(plan, _cells_of_record(row))


def _in_columns(plan: WrittenPlan, cells: Mapping[str, Any]) -> list[str]:
    about = plan.about
    cells = {**cells, "plan": plan.hash, "undoes_run": about["undoes"], "input": about["input"]}
    return ["" if (value := cells.get(name)) is None else str(value) for name in (*COLUMNS, *plan.texts)]


def _cells_of_step(step: Row) -> Iterator[Row]:
    """The rows of a step: one for each line. What is of the document alone stands on the first, so that sums are right.

    All rows have what they are to be found by.
    """
    shown = step["shown"]
    found_by = {
        "number": step["number"],
        "stream": step["stream"],
        "action": step["action"],
        "party": shown["party"],
        "object": shown["object"],
        "record": step["source_key"],
        **_source(shown["source"]),
        **_values(HEAD, shown["fields"]),
    }
    first = {
        "amount_before": shown["amount_before"],
        "amount": shown["amount"],
        **_of_books(step),
        "made_on_the_way": "yes" if shown["is_made_on_the_way"] else None,
        "warnings": "; ".join(shown["warnings"]),
    }
    changes = changes_told(shown["fields"])
    if shown["from_owner"]:
        changes.append(f"taken over from {shown['from_owner']}")
    for number, line in enumerate(shown["lines"] or [None], start=1):
        cells = {**found_by, **(first if number == 1 else {})}
        of_line: list[str] = []
        if line is not None:
            cells |= {"line": number, "line_is": line["is"], **_values(LINE, line["fields"])}
            cells |= {"line_amount_before": line["amount_before"], "line_amount": line["amount"]}
            of_line = changes_told(line["fields"])
        yield {**cells, "changes": "; ".join([*(changes if number == 1 else []), *of_line])}


def _of_books(step: Row) -> Row:
    """The change of what is owed to vendors, or by customers, so that each column can be summed up by itself."""
    shown = step["shown"]
    column = {PAYABLES: "payables_change", RECEIVABLES: "receivables_change"}.get(shown["party_is"])
    sign = sign_of(step["stream"])
    if column is None or not sign:
        return {}
    was, becomes = (Decimal(shown[name] or 0) for name in ("amount_before", "amount"))
    return {column: f"{sign * (becomes - was):.2f}"}


def _cells_of_record(row: Row) -> Row:
    return {
        "stream": row["stream"],
        "action": row["verdict"],
        "party": row["party"],
        "object": row["object"],
        "record": row["source_key"],
        "reasons": "; ".join(_reasons(row)),
        "amount_not_written": "unknown" if row["has_unknown_amount"] else row["amount"],
        **_source(row["source"]),
    }


def _reasons(row: Row) -> list[str]:
    """The reasons for which no step comes of a record, each with the field and what to do."""
    told = [
        f"{each['field']}: {each['reason']}. {each['hint']}" if each["field"] else f"{each['reason']}. {each['hint']}"
        for each in row["problems"]
    ]
    return told or [row["note"]]


def _source(source: Row) -> Row:
    rows = _rows_shown(source["rows"])
    return {"source_stream": source["stream"], "source_file": source["file"], "source_rows": rows}


def _values(prefix: str, fields: Sequence[Mapping[str, str]]) -> Row:
    return {prefix + each["field"]: each.get("value", each.get("to")) for each in fields}


def changes_told(fields: Sequence[Mapping[str, str]]) -> list[str]:
    """The fields that change, each from what to what."""
    return [
        f"{each['field']}: {each['from'] or NOTHING} -> {each['to'] or NOTHING}" for each in fields if "from" in each
    ]
