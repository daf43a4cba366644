"""Values and names as they were given to a simulator: held against what there is, and told in the words of JSON."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from typing import TYPE_CHECKING, Any

from bill_simulator.encoding import encode

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

LONGEST = 60
"""Characters of a value that a message shows."""


def as_given(value: Any) -> str:
    """A value for a message: a text between single quotes, everything else as JSON."""
    text = repr(value) if isinstance(value, str) else encode(value).decode()
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def check_known(names: Iterable[str], known: Collection[str], what: str) -> None:
    """Refuse names that mean nothing.

    Args:
        names: As they were given.
        known: Those that there are.
        what: The things that have them, for the message.

    Raises:
        ValueError: One of them is not known.
    """
    if unknown := next((name for name in names if name not in known), None):
        message = f"unknown {what} {as_given(unknown)}; there are: {', '.join(known)}"
        raise ValueError(message)


def check_details(kind: type, given: Collection[str], what: str) -> None:
    """Refuse names that are no details of a kind of object, and a kind without one that it needs.

    Args:
        kind: A dataclass.
        given: The names of the details that were given.
        what: The object, for the message.

    Raises:
        ValueError: One is not known, or is missing.
    """
    details = [each for each in fields(kind) if each.init]
    check_known(given, [each.name for each in details], f"detail of {what}")
    if missing := [each.name for each in details if each.name not in given and _is_needed(each)]:
        message = f"{what} needs {', '.join(missing)}"
        raise ValueError(message)


def _is_needed(each: Field[Any]) -> bool:
    return each.default is MISSING and each.default_factory is MISSING
