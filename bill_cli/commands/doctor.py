"""`bill doctor`: what is wrong with the connection."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from bill_cli.command import command, context, output_option
from bill_cli.connecting.checks import Check, CheckResult, Examination
from bill_cli.showing.output import format_of, write_rows
from bill_program.exit_codes import ExitCode
from bill_values.visible import LINE_END, visible

if TYPE_CHECKING:
    from collections.abc import Mapping

STYLES = {CheckResult.OK: "green", CheckResult.WRONG: "red", CheckResult.WARNING: "yellow", CheckResult.SKIPPED: "dim"}
NAMES = ("check", "verdict", "text")


@command("doctor")
@output_option
def doctor_command(output: str | None) -> None:
    """Check the connection settings one by one, and name the wrong one.

    Ends with 0 when nothing is wrong, otherwise as the first check that fails says: 2 settings, 3 connection, 5
    credentials, 6 a limit. It takes two logins and a few calls, and changes nothing.
    """
    at = context()
    given = at.given()
    examination = Examination(
        given, lambda connection: at.client(connection=connection, attempts_max=1, given=given, is_fresh=True)
    )
    done: list[Check] = []
    for check in examination.checks():
        done.append(check)
        if format_of(output) == "table":
            _tell(check)
    if format_of(output) != "table":
        rows: list[Mapping[str, Any]] = [
            {"check": each.name, "verdict": each.verdict.value, "text": each.text} for each in done
        ]
        write_rows(rows, NAMES, output, lambda _: None)
    sys.exit(next((each.exit_code for each in done if each.verdict is CheckResult.WRONG), ExitCode.DONE))


def _tell(check: Check) -> None:
    from rich.text import Text  # noqa: PLC0415  only people's output needs it

    from bill_program.console import PlainConsole  # noqa: PLC0415  only people's output needs it

    first, *more = map(visible, check.text.split(LINE_END))
    lines = [f" {check.name:<18} {first}", *(f"{'':<27} {line}" for line in more)]
    text = Text.assemble((f"{check.verdict.value:<8}", STYLES[check.verdict]), "\n".join(lines))
    PlainConsole().print(text, soft_wrap=True)
