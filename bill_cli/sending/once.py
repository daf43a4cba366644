"""Calls that are sent once and that leave nothing behind by which they could be looked up: mails, notes, decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from bill_api.errors import InDoubtError
from bill_cli.ending import say
from bill_cli.sending.interrupts import unhurried
from bill_cli.showing.output import write_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bill_api.client import BillClient

Result = TypeVar("Result")


def send_once(client: BillClient, call: Callable[[], Result], look: str) -> Result:
    """The answer of BILL to one call, which is not repeated when that is lost.

    Args:
        client: BILL; it signs in first, so that a signal during the login stops what was not sent yet.
        call: Sends it.
        look: What a person does to find out if it happened.

    Raises:
        InDoubtError: The answer was lost, and nothing tells what came of it.
    """
    client.session_id()
    try:
        with unhurried():
            return call()
    except InDoubtError as error:
        say(str(error))
        raise InDoubtError(
            f"nobody knows what came of it, and it was not sent again: {look} before you do",
            code=error.code,
            operation=error.operation,
        ) from error


def write_outcome(outcome: Mapping[str, Any], output: str | None, word: str) -> None:
    """Write what came of such a call on stdout; at a terminal a word of it.

    Args:
        outcome: By the names of its columns.
        output: `--output`.
        word: For people.
    """
    names = list(outcome)
    write_rows([outcome], names, output, lambda _: say(word), names)
