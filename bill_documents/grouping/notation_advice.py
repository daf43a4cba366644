"""Advice where a column is written otherwise than its settings say: one notation that reads it, said once.

A wrong `date_format` rejects every row, each with its own value. That they all have one cause shows in the column as a
whole only.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from bill_api.table.fields import NUMBERS, FieldType
from bill_api.table.kinds import reader_of
from bill_documents.errors import quoted
from bill_documents.mapping.expressions import TEXT
from bill_documents.mapping.sensitive_columns import is_of_hidden
from bill_values.found_notation import can_read, days_of, numbers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from bill_documents.grouping.query import QueryPlan
    from bill_documents.grouping.workspace import Workspace
    from bill_documents.mapping.cells import Cell
    from bill_documents.mapping.layout import Layout
    from bill_values.notations import Writing

SAMPLE_TEXTS = 1_000
"""Different texts that cannot be read, by which another notation is looked for."""

UNREAD_SHARE_MAX = 0.05
"""Of the texts of a column, those that the other notation may leave: words such as `tbd`."""

THOUSANDS = ("", "'", " ", ",", ".")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notation:
    """A notation other than the one that is set.

    Attributes:
        writings: One, or several of which one is meant.
        looks: The form of texts in it.
        changed: Settings and the values that make it; of several writings their alternatives.
    """

    writings: tuple[Writing, ...]
    looks: str
    changed: Mapping[str, tuple[object, ...]]


@dataclass(slots=True, kw_only=True)
class Count:
    """The rows of a column whose texts are not blank.

    Attributes:
        texts: Their number.
        unread: Those that the notation that is set does not read.
        read: Those that the other one reads.
    """

    texts: int = 0
    unread: int = 0
    read: int = 0


def advice(layout: Layout, plan: QueryPlan, space: Workspace, fields: Collection[str]) -> list[str]:
    """Sentences about the columns that another notation reads all but whole, one for each setting.

    Args:
        layout: The file's, which is loaded.
        plan: What its rows hold.
        space: Where they are.
        fields: Paths of the fields in which something could not be read.
    """
    found: dict[tuple[str, str, str], list[tuple[Cell, Count]]] = defaultdict(list)
    for cell, place in zip(layout.cells, plan.texts, strict=True):
        if cell.path not in fields or is_of_hidden(layout, cell, plan.hidden):
            continue
        if cell.expression and cell.expression.type != TEXT:
            continue
        if better := _better(cell, partial(space.texts, layout, place)):
            notation, count = better
            what = "dates" if cell.field.type is FieldType.DATE else "numbers"
            found[what, notation.looks, _to_set(layout, cell, notation)].append((cell, count))
    return [_sentence(*said, several) for said, several in found.items()]


def _better(cell: Cell, texts: Callable[[], Iterable[tuple[str, int]]]) -> tuple[Notation, Count] | None:
    """A notation that reads more of a column than the one that is set; its texts are asked for anew for each pass."""
    sample = list(islice((text for text, _ in texts() if not can_read(cell.read, text)), SAMPLE_TEXTS))
    notation = _of_days(cell, sample) if cell.field.type is FieldType.DATE else _of_numbers(cell, sample)
    if notation is None:
        return None
    count = _counted(cell, notation, texts())
    left, few = count.texts - count.read, count.texts * UNREAD_SHARE_MAX
    if left > few or left >= count.unread:
        return None
    if "currency" in notation.changed and count.texts - count.unread > few:
        return None  # amounts without that sign may be of another currency
    return notation, count


def _of_days(cell: Cell, sample: Sequence[str]) -> Notation | None:
    days = days_of(sample)
    if days.open:
        return Notation(
            writings=tuple(replace(cell.writing, date_format=(each,)) for each in days.open),
            looks=" or ".join(days.open),
            changed={"date_format": days.open},
        )
    if not days.formats:
        return None
    value = days.formats[0] if len(days.formats) == 1 else list(days.formats)
    return Notation(
        writings=(replace(cell.writing, date_format=days.formats),),
        looks=" and ".join(days.formats),
        changed={"date_format": (value,)},
    )


def _of_numbers(cell: Cell, sample: Sequence[str]) -> Notation | None:
    if cell.field.type not in NUMBERS or not sample:
        return None
    given = cell.writing
    for writing in _likely(given, sample):
        read = reader_of(cell.field, writing)
        if sum(not can_read(read, text) for text in sample) <= len(sample) * UNREAD_SHARE_MAX:
            names = ("decimal", "thousands", "currency")
            changed = {name: getattr(writing, name) for name in names if getattr(writing, name) != getattr(given, name)}
            example = next(text for text in sample if can_read(read, text))
            return Notation(
                writings=(writing,),
                looks=quoted(example.strip()),
                changed={
                    name: (list(value) if isinstance(value, tuple) else value,) for name, value in changed.items()
                },
            )
    return None


def _likely(given: Writing, sample: Sequence[str]) -> Iterator[Writing]:
    """Notations of numbers that these texts may be in, those that change less first."""
    numbers = numbers_of(sample)
    if numbers.several or numbers.ledger or numbers.decimal is None:
        return
    decimal, currency = numbers.decimal, numbers.currency or given.currency
    kept = [given.thousands] if given.thousands != decimal else []
    found = [numbers.thousands] if numbers.thousands else []
    for thousands in (*found, *kept, *(each for each in THOUSANDS if each != decimal)):
        yield replace(given, decimal=decimal, thousands=thousands, currency=currency)


def _counted(cell: Cell, notation: Notation, texts: Iterable[tuple[str, int]]) -> Count:
    readers = [reader_of(cell.field, each) for each in notation.writings]
    count = Count()
    for text, rows in texts:
        if text and not text.isspace():
            count.texts += rows
            count.unread += 0 if can_read(cell.read, text) else rows
            count.read += rows if all(can_read(read, text) for read in readers) else 0
    return count


def _to_set(layout: Layout, cell: Cell, notation: Notation) -> str:
    said = []
    for name, values in notation.changed.items():
        either = " or ".join(json.dumps(each, ensure_ascii=False) for each in values)
        said.append(f"{layout.setting_for(cell, name)} to {either}")
    more = ", whichever is meant: the texts fit each" if len(notation.writings) > 1 else ""
    return f"set {' and '.join(said)}{more}"


def _sentence(what: str, looks: str, to_set: str, several: Sequence[tuple[Cell, Count]]) -> str:
    columns = ", ".join(dict.fromkeys(quoted(cell.column) for cell, _ in several))
    texts, unread, read = (sum(getattr(count, name) for _, count in several) for name in ("texts", "unread", "read"))
    share = f"all {texts}" if read == texts else f"{read} of {texts}"
    given = " or ".join(several[0][0].writing.date_format) if what == "dates" else ""
    fails = f"{unread} cannot be read{f' as {given}' if given else ''}"
    return f"{share} {what} in {columns} look like {looks}, and {fails}: {to_set}"
