"""Questions to a person at the terminal; where nobody can be asked, the option that answers them is named."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from bill_cli.ending import DeclinedError
from bill_values.visible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

TO_DELETE = "give --yes to delete without a question"


def can_ask() -> bool:
    """True if a person sits at a terminal."""
    return sys.stdin.isatty()


def unasked(instead: str, about: str = "") -> click.UsageError:
    """The error where a question would have to be asked, and cannot be.

    Args:
        instead: The way to do without the question.
        about: The thing that would be asked for, where the way does not say it.
    """
    if about:
        return click.UsageError(f"nobody can be asked here for {about}: {instead}")
    return click.UsageError(f"nobody can be asked here: {instead}")


def check_can_ask(instead: str, about: str = "") -> None:
    """Look before anything is done if a question can be asked.

    Args:
        instead: As of `unasked`.
        about: As of `unasked`.

    Raises:
        click.UsageError: It cannot.
    """
    if not can_ask():
        raise unasked(instead, about)


def confirm(question: str) -> None:
    """Go on only after a yes.

    Raises:
        DeclinedError: The answer is no.
    """
    if not click.confirm(question, err=True):
        raise DeclinedError


def confirm_sending(changes: int, of: str = "") -> None:
    """Go on with so many changes only after a yes.

    Raises:
        DeclinedError: The answer is no.
    """
    confirm(f"Send {changes:,} {'change' if changes == 1 else 'changes'}{of}?")


def asked(question: str, *, is_secret: bool = False) -> str:
    """The answer of a person; a secret is not shown as it is typed, and keeps its blanks."""
    answer = str(click.prompt(question, hide_input=is_secret, err=True))
    return answer if is_secret else answer.strip()


def picked(question: str, choices: Mapping[str, str]) -> str:
    """The choice of a person out of a list with numbers, by its number or its name.

    Args:
        question: Without a question mark.
        choices: Names, and the line that is shown for each.
    """
    names = [*choices]
    for number, name in enumerate(names, 1):
        click.echo(f"{number:>3}  {visible(choices[name])}", err=True)
    numbers = [str(number) for number in range(1, len(names) + 1)]
    answer = str(
        click.prompt(
            f"{question}, 1 to {len(names)}", type=click.Choice([*numbers, *names]), show_choices=False, err=True
        )
    )
    return names[int(answer) - 1] if answer in numbers else answer
