"""Conditions as people type them, FIELD OPERATOR VALUE, taken apart: quotes, operators of other programs, lists."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import click

from bill_api.table.query import OPERATORS

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTAINS, CONTAINS_NOT = "~", "!~"
LISTS = ("in", "nin")
KNOWN = (*OPERATORS, CONTAINS, CONTAINS_NOT)
SIGNS = ("=", "!=", "<", "<=", ">", ">=", CONTAINS, CONTAINS_NOT)
QUOTES = ("'", '"')

INSTEAD: Mapping[str, str] = MappingProxyType(
    {
        "==": "=",
        "===": "=",
        ":": "=",
        ":=": "=",
        "is": "=",
        "eq": "=",
        "equals": "=",
        "<>": "!=",
        "!==": "!=",
        "=!": "!=",
        "is not": "!=",
        "not": "!=",
        "ne": "!=",
        "=<": "<=",
        "=>": ">=",
        "lt": "<",
        "le": "<=",
        "gt": ">",
        "ge": ">=",
        "before": "<",
        "after": ">",
        "=~": CONTAINS,
        "~=": CONTAINS,
        "~~": CONTAINS,
        "like": CONTAINS,
        "ilike": CONTAINS,
        "contains": CONTAINS,
        "!=~": CONTAINS_NOT,
        "!~~": CONTAINS_NOT,
        "not like": CONTAINS_NOT,
        "not contains": CONTAINS_NOT,
        "not in": "nin",
    }
)
"""Operators of other programs -> ours."""

_BEGIN = re.compile(r"\s*(\w+)\s*(.*?)\s*", re.DOTALL)
_SIGN = re.compile(r"[=!<>~:]+")
_WORD = re.compile(r"(?:not\s+|is\s+not\b|is\b\s*)?[a-z]*", re.IGNORECASE)
_ITEM = re.compile(r"""\s*(?:'((?:[^']|'')*)'|"((?:[^"]|"")*)"|([^,]*?))\s*(?:,|$)""", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A condition as it was typed: quotes are taken off, and nothing is known of the field."""

    field: str
    op: str
    values: tuple[str, ...]


def typed_of(text: str) -> Typed:
    """A condition, taken apart.

    Raises:
        click.UsageError: It is none; it says why.
    """
    found = _BEGIN.fullmatch(text)
    if found is None or not found[2]:
        raise _unread(text)
    name, rest = found[1], found[2]
    sign = _SIGN.match(rest)
    if sign is not None:
        op, value = sign[0], rest[sign.end() :]
        if op not in SIGNS and op in INSTEAD:
            raise _instead(text, op, f"{name} {INSTEAD[op]} {value.strip()}")
        if op not in SIGNS:  # a value that begins like an operator: `name =:x` is `name = :x`
            op = next((each for each in sorted(SIGNS, key=len, reverse=True) if rest.startswith(each)), "")
            value = rest[len(op) :]
        if not op:
            raise _unread(text)
        bare = unquoted(value)
        if not value.strip() or (not bare.strip() and op not in {"=", "!=", CONTAINS, CONTAINS_NOT}):
            more = "; '' stands for nothing" if op in {"=", "!="} else ""  # a variable of a shell may not have been set
            raise click.UsageError(f"--filter {text!r}: a value is missing behind {op}{more}")
        return Typed(field=name, op=op, values=(bare,))
    return _by_word(text, name, rest)


def _by_word(text: str, name: str, rest: str) -> Typed:
    """A condition whose operator is a word."""
    first = (_WORD.match(rest) or [""])[0]
    word, value = " ".join(first.lower().split()), rest[len(first) :]
    if word in LISTS and (not value or value[0].isspace() or value[0] in QUOTES):
        if not value.strip():
            raise click.UsageError(f"--filter {text!r}: `{word}` needs values, with commas between them")
        return Typed(field=name, op=word, values=listed(value))
    if word in INSTEAD and (not value or value[0].isspace() or value[0] in QUOTES):
        raise _instead(text, word, f"{name} {INSTEAD[word]} {value.strip()}")
    alone = word.split(" ", 1)[0]  # `is open`, `not open`
    if alone in INSTEAD and alone != word:
        value = rest[len(alone) :].strip()
        raise _instead(text, alone, f"{name} {INSTEAD[alone]} {value}")
    op = next((each for each in sorted(LISTS, key=len, reverse=True) if rest.startswith(each)), None)
    if op is not None:
        raise _instead(
            text, rest.split(maxsplit=1)[0], f"{name} {op} {rest[len(op) :].strip(' ()')}", "needs blanks around it"
        )
    raise _unread(text)


def _instead(text: str, op: str, right: str, why: str = "is no operator") -> click.UsageError:
    return click.UsageError(f"--filter {text!r}: `{op}` {why}; write {right.strip()!r}")


def _unread(text: str) -> click.UsageError:
    return click.UsageError(f"--filter {text!r} is not FIELD OPERATOR VALUE; operators are {' '.join(KNOWN)}")


def unquoted(text: str) -> str:
    """A value without the quotes around it; within them the same quote is written twice.

    Raises:
        click.UsageError: It begins with a quote, and is not one value in quotes.
    """
    text = text.strip()
    quote = text[:1]
    if quote not in QUOTES:
        return text
    inner = text[1:-1]
    if len(text) < 2 or text[-1] != quote or quote in inner.replace(quote * 2, ""):  # noqa: PLR2004  two quotes
        raise click.UsageError(
            f"--filter: {text} begins with a quote that does not end it; a value that begins with one is written "
            f"{quoted(text)}"
        )
    return inner.replace(quote * 2, quote)


def quoted(text: str) -> str:
    """A value in quotes, as it can be typed whatever is in it: the other quote, or the same one twice."""
    quote = '"' if '"' not in text else "'"
    return f"{quote}{text.replace(quote, quote * 2)}{quote}"


def listed(text: str) -> tuple[str, ...]:
    """The values of a list, which are parted by commas outside of quotes.

    Raises:
        click.UsageError: One is empty, or its quotes do not end.
    """
    text = text.strip()
    if not text:
        return ("",)
    values: list[str] = []
    place = 0
    while place < len(text) or text[place - 1] == ",":
        found = _ITEM.match(text, place)
        assert found is not None  # noqa: S101  the last form matches everything
        bare = found[3]
        if bare is None:
            quote = "'" if found[1] is not None else '"'
            values.append(found[1 if quote == "'" else 2].replace(quote * 2, quote))
        elif not bare:
            raise click.UsageError(f"--filter: a value is missing between the commas of {text!r}")
        elif bare[0] in QUOTES:
            unquoted(text[place:])  # says why
            raise click.UsageError(f"--filter: a comma is missing behind a quote in {text!r}")
        else:
            values.append(bare)
        place = found.end()
    return tuple(values)
