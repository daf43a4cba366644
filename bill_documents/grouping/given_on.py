"""Rejects of what came as records: what is in their rows and feeds no field goes with them, to be judged as at first.

An id says which object is meant, a key property which record, a mark that it was deleted: without them a corrected
record would be another one, and one that nobody has corrected would pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_api.identity.sensitive import looks_sensitive
from bill_documents.errors import quoted
from bill_documents.grouping.problems import DISAGREE, problem_of
from bill_documents.grouping.records_of_rejects import key_names
from bill_values.provenance import SOURCE_KEY, SOURCE_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bill_documents.grouping.problems import Problem
    from bill_documents.grouping.query import QueryPlan
    from bill_documents.grouping.workspace import Row
    from bill_documents.mapping.layout import GivenColumn, Layout
    from bill_documents.remarks import Findings

LINE = 0


def give_on(
    layout: Layout,
    plan: QueryPlan,
    found: Findings,
    rows: Sequence[Row],
    record: dict[str, Any],
    problems: list[Problem],
) -> None:
    """Make the record of a document that which was rejected.

    Args:
        layout: That of its file.
        plan: The places of its texts.
        found: What the reading has found.
        rows: Those of the document.
        record: What its fields have given; a blank is nothing that it has said.
        problems: Gets what must not go on.
    """
    given = list(zip(layout.given_on, plan.given_on, strict=True))
    problems.extend(_refused(layout, found, rows))
    _without_blanks(record, *layout.key, SOURCE_KEY)
    if layout.array and layout.lines:
        lines = record[layout.array.name]
        for line, row in zip(lines, rows, strict=True):
            _without_blanks(line)
            line |= {each.name: row[place] for each, place in given if each.is_of_line and row[place].strip()}
        if len(rows) == 1 and not _has_line(layout, plan, rows[0]):
            del record[layout.array.name]
    for each, place in given:
        if not each.is_of_line:
            texts = {row[place].strip(): row for row in rows if row[place].strip()}
            if texts:
                record[each.name] = next(iter(texts))
            problems.extend(_disagreement(each, texts))
    keys = next((said for row in rows if (said := found.records[row[LINE]].keys)), "")
    if (names := key_names(keys)) is not None:
        record[SOURCE_KEYS] = names


def _without_blanks(values: dict[str, Any], *kept: str) -> None:
    for name in [name for name, value in values.items() if value is None and name not in kept]:
        del values[name]


def _has_line(layout: Layout, plan: QueryPlan, row: Row) -> bool:
    """True if anything stands in the columns of a line: of a record without lines a row has its head alone."""
    places = [
        *plan.texts[len(layout.head.cells) :],
        *(place for each, place in zip(layout.given_on, plan.given_on, strict=True) if each.is_of_line),
    ]
    return any(row[place].strip() for place in places)


def _refused(layout: Layout, found: Findings, rows: Sequence[Row]) -> Iterator[Problem]:
    """Texts that stand in place of others."""
    for each in layout.given_on:
        for row in rows:
            if refusal := found.refused.get(each.place, {}).get(row[LINE]):
                yield problem_of(row[LINE], each.column, each.column, None, refusal.text, refusal.kind)


def _disagreement(given: GivenColumn, texts: dict[str, Row]) -> Iterator[Problem]:
    if len(texts) > 1:
        (one, first), (other, second), *_ = texts.items()
        message = f"{DISAGREE}: row {first[LINE]} has {quoted(one)}, row {second[LINE]} has {quoted(other)}"
        if looks_sensitive(given.name):
            message = f"{DISAGREE}: row {first[LINE]} and row {second[LINE]} differ"
        yield problem_of(second[LINE], given.column, given.name, None, message, DISAGREE)
