"""Problems of documents, as their records tell them."""

from __future__ import annotations

from typing import Any

Problem = dict[str, Any]
"""An element of `_source_errors`: row, column, field, value, message, and what kind of problem that is."""

DISAGREE = "the rows of one document disagree"


def problem_of(line: int, column: str | None, field: str, text: str | None, message: str, kind: str = "") -> Problem:
    """One problem.

    Args:
        line: The row's.
        column: Its name.
        field: The field that it feeds.
        text: What stands there.
        message: What is wrong.
        kind: The same without what is of this row alone, where the message has such.
    """
    found = {"row": line, "column": column, "field": field, "value": text, "message": message}
    return {**found, "kind": kind or message}
