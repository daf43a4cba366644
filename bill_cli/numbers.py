"""Numbers on the command line: the digits 0 to 9, and none of what Python reads besides (`1_000`, other scripts')."""

from __future__ import annotations

import re
from typing import Any

import click

NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")


class Whole(click.IntRange):
    """A whole number."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number."""
        return super().convert(_plain(self, value, param, ctx), param, ctx)


class Number(click.FloatRange):
    """A number with or without decimals."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number."""
        return super().convert(_plain(self, value, param, ctx), param, ctx)


def _plain(kind: Whole | Number, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
    if isinstance(value, str) and not NUMBER.fullmatch(value):
        kind.fail(f"{value!r} is not a number of the digits 0 to 9", param, ctx)
    return value
