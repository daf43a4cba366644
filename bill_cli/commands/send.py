"""`bill send invoice`: an invoice by mail."""

from __future__ import annotations

from typing import Any

import click

from bill_api.entities import BY_NAME
from bill_cli.command import command, dry_run_option, output_option
from bill_cli.commands.objects import check_not_deleted, looked_up, name_argument
from bill_cli.sending.once import send_once, write_outcome

SEND_INVOICE = "/SendInvoice.json"
"""Seen in clients, with what it takes (section 13, 12); its answer is unknown (section 13, 13)."""

INVOICE = BY_NAME["Invoice"]


@click.group("send")
def send_command() -> None:
    """Send an invoice by mail.

    \b
      bill send invoice 00e... --to billing@example.com
    """  # noqa: D301  the backslash is the shell's


@command("invoice")
@name_argument
@click.option(
    "--to", multiple=True, metavar="ADDRESS", help="To this address; several are possible. BILL's own choice."
)
@click.option("--subject", help="The subject; BILL's own unless given.")
@click.option("--message", help="The text above the invoice; BILL's own unless given.")
@click.option("--cc-me/--no-cc-me", default=None, help="A copy to the user who sends it.")
@click.option("--from-user", metavar="ID", help="The user from whom it comes (006...).")
@output_option
@dry_run_option
def invoice_command(
    *,
    name_or_id: str,
    to: tuple[str, ...],
    subject: str | None,
    message: str | None,
    cc_me: bool | None,
    from_user: str | None,
    output: str | None,
    dry_run: bool,
) -> None:
    """Send the invoice by mail, as BILL writes such mails.

    \b
      bill send invoice 00e...
      bill send invoice 00e... --to billing@example.com --to boss@example.com --subject "Invoice 1042"

    What BILL takes was seen in clients, who leave everything but the invoice out too. It is sent once: when the answer
    is lost, nothing proves if the mail went out, and the exit code is 4.
    """  # noqa: D301  the backslash is the shell's
    addresses = [_address(each) for each in to]
    bill_id, client = looked_up(INVOICE, name_or_id, dry_run=dry_run)
    if not dry_run:
        check_not_deleted(INVOICE, client.read(INVOICE, bill_id))
    headers = {"fromUserId": from_user, "ccMe": cc_me, "subject": subject, "toEmailAddresses": _wire(addresses)}
    data = {
        "invoiceId": bill_id,
        "headers": {name: value for name, value in headers.items() if value is not None},
        "content": {} if message is None else {"body": message},
    }
    look = f"see if `bill get invoice {bill_id} --columns lastSentTime` tells a new time"
    send_once(client, lambda: client.raw(SEND_INVOICE, data), look)
    sent = {"invoice": bill_id, "result": "sent", "to": ", ".join(addresses) or "(BILL's choice)"}
    write_outcome(sent, output, f"sent {bill_id} to {sent['to']}")


send_command.add_command(invoice_command)


def _address(text: str) -> str:
    """An address of mail, as far as can be told.

    Raises:
        click.UsageError: It is none.
    """
    name, at, host = text.strip().rpartition("@")
    if not (name and at and host) or any(each.isspace() or not each.isprintable() or each in ",;" for each in text):
        raise click.UsageError(f"--to {text!r} is no address; give --to once for each")
    return text.strip()


def _wire(addresses: list[str]) -> Any:
    """One address as a text and several as a list: each was seen, in one client, and what BILL reads is unknown."""
    return None if not addresses else addresses[0] if len(addresses) == 1 else addresses
