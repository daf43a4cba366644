"""Kinds of values on our command lines."""

from __future__ import annotations

from typing import Any

import click

from bill_values.numbers import DIGITS_MAX, exact_number


class Whole(click.IntRange):
    """A whole number on the command line."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number."""
        return super().convert(_plain(self, value, param, ctx), param, ctx)


class Number(click.FloatRange):
    """A number on the command line, with or without decimals."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number."""
        return super().convert(_plain(self, value, param, ctx), param, ctx)


def _plain(kind: Whole | Number, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
    if isinstance(value, str) and exact_number(value) is None:
        kind.fail(f"{value[:DIGITS_MAX]!r} is not a number of the digits 0 to 9", param, ctx)
    return value
