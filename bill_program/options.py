"""Kinds of values on our command lines, and the option that every command has."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import click

from bill_program.start import DISTRIBUTION
from bill_values.numbers import DIGITS_MAX, exact_number


def version_option(program: str) -> click.Option:
    """`--version`, which says the same of every command of this distribution.

    Args:
        program: The name of the command.
    """

    def tell(ctx: click.Context, _option: click.Parameter, value: bool) -> None:
        if value and not ctx.resilient_parsing:
            click.echo(f"{program}, version {version(DISTRIBUTION)}")
            ctx.exit()

    return click.Option(
        ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=tell, help="Show the version and exit."
    )


def with_version(program: str, command: click.Command) -> click.Command:
    """A command with this `--version`, in place of one that its framework may have brought.

    Args:
        program: The name of the command.
        command: The command.
    """
    others = [each for each in command.params if "--version" not in each.opts]
    command.params = [version_option(program), *others]
    return command


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
