"""`bill mfa`: challenge, authenticate and status."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING, Any

import click
import msgspec

from bill_api import mfa
from bill_api.connection import CONNECTION_VARIABLES
from bill_cli.command import command, context, dry_run_option, output_option
from bill_cli.commands.questions import asked, check_can_ask
from bill_cli.connecting.settings import TRUSTED_UNTIL
from bill_cli.ending import say
from bill_cli.showing.output import write_object, write_text
from bill_program import env_file
from bill_program.errors import SettingsError
from bill_program.exit_codes import ExitCode
from bill_values.instants import parse_instant
from bill_values.visible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_api.client import BillClient

MACHINE_NAME_MAX = 50


@click.group("mfa")
def mfa_command() -> None:
    """2-step verification: BILL texts a code, and the session that answers it is trusted.

    With --remember this computer is trusted for 30 days, by `mfa_id` and `device_id`. Vendor bank accounts need it.
    """


@command("challenge")
@click.option("--use-backup", is_flag=True, hidden=True)
@output_option
@dry_run_option
def challenge(*, use_backup: bool, output: str | None, dry_run: bool) -> None:
    """Have a code texted; prints the challenge id, and the session in which it must be answered.

    The session id is printed because the answer needs it. It is as good as a password until the session ends (35 idle
    minutes): pass it on as --session-id or BILL_SESSION_ID, and keep it out of logs. `bill mfa authenticate` alone
    does both steps without it.
    """
    _refuse_backup(is_asked_for=use_backup)
    made = mfa.challenge(_client(dry_run=dry_run))
    _write({"challengeId": made.challenge_id, "sessionId": made.session_id}, output)
    say("A code was texted. Answer with: bill mfa authenticate --challenge-id ... --session-id ... [--remember --save]")


@command("authenticate")
@click.option(
    "--challenge-id", help="From `bill mfa challenge`, with its --session-id; otherwise a code is texted now."
)
@click.option("--token", help="The code; asked for when not given.")
@click.option("--use-backup", is_flag=True, hidden=True)
@click.option("--remember", is_flag=True, help="Trust this computer for 30 days.")
@click.option("--save", is_flag=True, help="Put mfa_id and device_id into .env (mode 0600); remembers, too.")
@output_option
@dry_run_option
def authenticate(
    *,
    challenge_id: str | None,
    token: str | None,
    use_backup: bool,
    remember: bool,
    save: bool,
    output: str | None,
    dry_run: bool,
) -> None:
    """Answer the code that was texted; the session is trusted from there on.

    Without --remember trust ends with the session: pass its id on as --session-id to use it.
    """
    _refuse_backup(is_asked_for=use_backup)
    if token is None and not dry_run:
        check_can_ask("give --token (and --challenge-id)", "the code")
    if token is not None and challenge_id is None:
        raise click.UsageError("--token answers a challenge: give --challenge-id and --session-id of it")
    given = context().given()
    if challenge_id and not given.session_id:
        say("without --session-id of its challenge BILL will most likely not take the code")
    if save and not dry_run:
        env_file.check_writable(given.env_file)
    client = _client(dry_run=dry_run)
    if challenge_id is None:
        challenge_id = mfa.challenge(client).challenge_id
        context().sent = 0  # a text that nobody answers has changed nothing
    trust = mfa.authenticate(
        client,
        challenge_id,
        token or ("" if dry_run else asked("The code that was texted")),
        device_id=_device_id(given.values),
        machine_name=socket.gethostname()[:MACHINE_NAME_MAX],
        remember=remember or save,
    )
    _tell(client, trust, output, given.env_file if save else None)


def _refuse_backup(*, is_asked_for: bool) -> None:
    """Refuses a choice that BILL has taken away (documented: section 6, 3)."""
    if is_asked_for:
        raise click.UsageError("--use-backup: BILL refuses a choice of phone since 30 March 2026; leave it out")


def _tell(client: BillClient, trust: mfa.Trust, output: str | None, file: Any) -> None:
    """The result; values that were saved are not printed."""
    until = trust.until.isoformat(timespec="seconds") if trust.until else None
    if trust.until is None:
        _write({"trustedUntil": None, "sessionId": client.session_id()}, output)
        say("trusted until the session ends (35 idle minutes)")
        return
    kept = {
        CONNECTION_VARIABLES["mfa_id"]: trust.mfa_id or "",
        CONNECTION_VARIABLES["device_id"]: trust.device_id,
        TRUSTED_UNTIL: until or "",
    }
    secret = {"mfaId": trust.mfa_id, "deviceId": trust.device_id}
    if file is not None:
        try:
            env_file.keep(file, kept)
        except SettingsError as error:
            say(f"{error.message}; keep what follows yourself")
            file = None
    _write({"trustedUntil": until, **({} if file else secret)}, output)
    where = f"{file} has BILL_MFA_ID and BILL_DEVICE_ID" if file else "set them as BILL_MFA_ID and BILL_DEVICE_ID"
    say(f"trusted until {until}; {where}")


@command("status")
@output_option
@dry_run_option
def status(output: str | None, dry_run: bool) -> None:
    """True if this computer is still trusted, and until when. Ends with 1 when it is not."""
    given = context().given()
    values = given.values
    if not values.get("mfa_id") or not values.get("device_id"):
        raise click.UsageError("no mfa_id and device_id: `bill mfa authenticate --remember --save` gets them")
    is_trusted = mfa.is_trusted(_client(dry_run=dry_run), values["mfa_id"], values["device_id"])
    until = parse_instant(given.trusted_until or "")
    known = until if is_trusted else None
    days = None if known is None else mfa.days_left(known)
    _write({"isTrusted": is_trusted, "trustedUntil": known.isoformat() if known else None, "daysLeft": days}, output)
    if is_trusted and known is None:
        say("BILL does not tell until when; it is 30 days from when the code was answered")
    if not is_trusted:
        say("not trusted any more: bill mfa authenticate --remember --save")
        sys.exit(ExitCode.REFUSED)


def _client(*, dry_run: bool) -> BillClient:
    """A client that logs in without a remembered device: an old one could keep it from logging in at all (unknown)."""
    plain = msgspec.structs.replace(context().given().connection(), mfa_id=None, device_id=None)
    return context().client(dry_run=dry_run, connection=plain)


def _device_id(values: Mapping[str, Any]) -> str:
    """The one that is set, if BILL takes it."""
    known = values.get("device_id") or ""
    return known if 0 < len(known) <= mfa.DEVICE_ID_MAX else mfa.new_device_id()


def _write(result: Mapping[str, Any], output: str | None) -> None:
    def table() -> None:
        for name, value in result.items():
            write_text(f"{name}: {'' if value is None else visible(str(value))}\n")

    write_object(result, list(result), output, table)


for each in (challenge, authenticate, status):
    mfa_command.add_command(each)
