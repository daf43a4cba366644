"""Records of a file of rejects whose rows name different documents: its front columns were sorted without the rest.

The record is refused by itself. But a line of a document that stands in it is missing elsewhere, in a record that looks
whole: its count of rows is that of another document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_documents.grouping.query import LINE, column
from bill_documents.grouping.records_of_rejects import key_names
from bill_documents.remarks import Refusal
from bill_values.rejects import RECORD, ROW

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb

    from bill_documents.mapping.layout import Layout
    from bill_documents.remarks import Findings

MIXED = (
    f"rows of one `{RECORD}` name different documents, so that lines of this one may stand there: put the rows of each "
    f"record together again, with their own `{RECORD}` and `{ROW}`, or leave the rows of these documents out"
)


def source_columns(layout: Layout, found: Findings) -> list[str]:
    """The columns of the key properties by which records were known in their source, as the query names them."""
    said = {row.keys for row in found.records.values()}
    names = {name for each in said for name in key_names(each) or ()}
    return [column(each.place) for each in layout.given_on if not each.is_of_line and each.name in names]


def held_back(
    cursor: duckdb.DuckDBPyConnection, layout: Layout, keys: Sequence[str], others: Sequence[str]
) -> tuple[int, list[int]] | None:
    """The first row of a record that is mixed, and those of all records to hold back; None where none is mixed.

    Beside the mixed ones they are those that name the same document as another record does: in a file of which it is
    known that it was shuffled, a document in two records may be one in two parts. Where a row leaves a part of the key
    blank it is not known whose it is, and no record of the file goes on.

    Args:
        cursor: Of a database with `keyed` and `records`.
        layout: The file's.
        keys: The columns of the key in `keyed`.
        others: Columns that tell documents apart besides.
    """
    names = [f"k{number}" for number in range(len(keys) + len(others))]
    named = ", ".join(f"trim({each}) AS {name}" for each, name in zip((*keys, *others), names, strict=True))
    cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE named AS SELECT DISTINCT records.first, {named} "  # noqa: S608  # made here
        f"FROM keyed JOIN records ON records.line = keyed.{LINE} WHERE records.is_of"
    )
    differ = " OR ".join(f"count(DISTINCT nullif({name}, '')) > 1" for name in names)
    mixed = _numbers(cursor, f"SELECT first FROM named GROUP BY first HAVING {differ}")  # noqa: S608  # made here
    if not mixed:
        return None
    needed = [name for name, part in zip(names, layout.key, strict=False) if part not in layout.optional]
    blank = " OR ".join(f"{name} = ''" for name in needed) or "false"
    if cursor.execute(f"SELECT 1 FROM named WHERE {blank} LIMIT 1").fetchone():  # noqa: S608  # made here
        return min(mixed), _numbers(cursor, "SELECT DISTINCT first FROM named")
    document = ", ".join(names)
    shared = f"SELECT {document} FROM named GROUP BY ALL HAVING count(*) > 1"  # noqa: S608  # made here
    several = _numbers(cursor, f"SELECT DISTINCT first FROM named SEMI JOIN ({shared}) USING ({document})")  # noqa: S608
    return min(mixed), [*mixed, *several]


def refuse(found: Findings, by_line: Iterable[tuple[int, int]], mixed: int, firsts: Iterable[int]) -> None:
    """Have the documents of these records refused.

    Args:
        found: Gets the refusals; a record that has one already keeps it.
        by_line: Each line, and the first one of its record.
        mixed: The first line of a record that is mixed.
        firsts: Those of the records.
    """
    held = frozenset(firsts)
    record = found.records[mixed].record
    refusal = Refusal(f"{MIXED} (such as {record!r}, first in row {mixed})", MIXED)
    for line, first in by_line:
        if first in held:
            found.unfit.setdefault(line, refusal)


def _numbers(cursor: duckdb.DuckDBPyConnection, query: str) -> list[int]:
    return [number for (number,) in cursor.execute(query).fetchall()]
