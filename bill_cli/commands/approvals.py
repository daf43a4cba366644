"""`bill approve` and `bill deny`: decisions on bills and vendor credits.

Approving is a financial control. What is decided on is shown first, and the answer to the question is a person's, or a
`--yes` that was written out: no variable, setting or shorter spelling stands for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click

from bill_api.entities import BY_NAME
from bill_api.errors import BillError, NotPermittedError, RefusedError
from bill_api.table.entity import is_active
from bill_api.table.kinds import shown
from bill_api.table.query import Filter, ListQuery, Sort
from bill_cli.command import command, dry_run_option, output_option
from bill_cli.commands.objects import check_not_deleted, looked_up, name_argument
from bill_cli.commands.questions import check_can_ask, confirm
from bill_cli.sending.changes import changed_meanwhile
from bill_cli.sending.once import send_once, write_outcome
from bill_cli.typed.names import owner_options
from bill_cli.typed.resources import ResourceWith, name_of
from bill_values.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bill_api.client import BillClient
    from bill_api.table.entity import Entity

APPROVERS: Mapping[str, tuple[Entity, str]] = MappingProxyType(
    {
        "Bill": (BY_NAME["BillApprover"], "billId"),
        "VendorCredit": (BY_NAME["VendorCreditApprover"], "vendorCreditId"),
    }
)
"""The approvers of each kind of document, and their reference to it (seen in a client: the fields of the table)."""

USER, VENDOR = BY_NAME["User"], BY_NAME["Vendor"]
SHOWN = ("invoiceNumber", "refNumber", "amount", "dueDate", "creditDate", "approvalStatus")
UNDECIDED = frozenset({"0", "1", "2", "5"})
"""Codes of an approver who has not decided yet (seen in a client)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One way to decide.

    Attributes:
        verb: As the command says it.
        done: As its result says it.
        path: What is called (live: section 13, 3).
    """

    verb: str
    done: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approver:
    """One who decides.

    Attributes:
        name: Or the id, where BILL tells no name.
        status: In words.
        is_open: Has still to decide.
    """

    name: str
    status: str
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvers:
    """Those who decide on a document.

    Attributes:
        all: In their order.
        untold: The reason for which they are not known, if they are not.
    """

    all: Sequence[Approver] = ()
    untold: str = ""

    @property
    def left(self) -> str:
        """Those who have still to decide, in words."""
        if self.untold:
            return "its approvers are not told"
        if not self.all:
            return "it has no approvers (assign some in BILL, or with `bill raw /SetApprovers.json`)"
        still = [each.name for each in self.all if each.is_open]
        return (
            f"{', '.join(still)} {'has' if len(still) == 1 else 'have'} still to decide"
            if still
            else "all have decided"
        )


APPROVE = Decision(verb="approve", done="approved", path="/Approve.json")
DENY = Decision(verb="deny", done="denied", path="/Deny.json")


def _decision(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        dry_run_option,
        output_option,
        click.option("--yes", is_flag=True, help="Do not ask; to be written out each time."),
        click.option("--comment", help="A word on it, which others see in BILL."),
        name_argument,
        click.argument("resource", type=ResourceWith("approvals", lambda each: each.name in APPROVERS)),
    ):
        function = option(function)
    return owner_options(function)


@command("approve")
@_decision
def approve_command(
    resource: Entity,
    name_or_id: str,
    comment: str | None,
    yes: bool,
    output: str | None,
    dry_run: bool,
    **whose: str | None,
) -> None:
    """Approve the RESOURCE, as the user whose settings these are.

    \b
      bill approve bill 00n...
      bill approve bill A-77 --vendor Ironwood
      bill approve vendor-credit vcr... --comment "Checked against the order"
      bill approve bill 00n... --yes

    It shows vendor, number, amount, day and approvers, and asks: always, unless --yes is written out. Without a
    terminal it refuses then. It is sent once: when the answer is lost, nobody knows what came of it (exit code 4).
    """  # noqa: D301  the backslash is the shell's
    _decide(APPROVE, resource, name_or_id, comment, output, whose, yes=yes, dry_run=dry_run)


@command("deny")
@_decision
def deny_command(
    resource: Entity,
    name_or_id: str,
    comment: str | None,
    yes: bool,
    output: str | None,
    dry_run: bool,
    **whose: str | None,
) -> None:
    """Deny the RESOURCE, as the user whose settings these are.

    \b
      bill deny bill 00n... --comment "Not ordered by us"

    It shows and asks as `bill approve` does.
    """  # noqa: D301  the backslash is the shell's
    _decide(DENY, resource, name_or_id, comment, output, whose, yes=yes, dry_run=dry_run)


def _decide(
    decision: Decision,
    entity: Entity,
    name_or_id: str,
    comment: str | None,
    output: str | None,
    whose: Mapping[str, str | None],
    *,
    yes: bool,
    dry_run: bool,
) -> None:
    if not (yes or dry_run):
        check_can_ask(f"to {decision.verb} without a question, write --yes out")
    bill_id, client = looked_up(entity, name_or_id, whose, dry_run=dry_run)
    data = {"entity": entity.name, "objectId": bill_id, **({} if comment is None else {"comment": comment})}
    if dry_run:
        client.raw(decision.path, data)
    document = client.read(entity, bill_id)
    check_not_deleted(entity, document)
    approvers = _approvers_of(client, entity, bill_id)
    for line in _described(client, entity, document, approvers):
        click.echo(visible(line), err=True)
    if not yes:
        confirm(f"{decision.verb.capitalize()} {name_of(entity)} {bill_id}?")
        changed = changed_meanwhile(entity, document, client.read(entity, bill_id))
        if changed is not None:
            raise changed
    look = f"look at `bill get {name_of(entity)} {bill_id} --columns approvalStatus`"
    try:
        send_once(client, lambda: client.raw(decision.path, data), look)
    except NotPermittedError as error:  # with the same code for who has no role and who is not asked (inferred)
        left = _approvers_of(client, entity, bill_id).left
        why = f"this user has nothing to decide on it, for {left}; or has no role for that. BILL says: {error.message}"
        raise NotPermittedError(why, code=error.code, operation=error.operation) from None
    write_outcome({"object": bill_id, "result": decision.done}, output, f"{decision.done} {bill_id}")


def _described(client: BillClient, entity: Entity, document: Mapping[str, Any], approvers: Approvers) -> Iterator[str]:
    """The document as a person decides on it, line by line."""
    yield f"{name_of(entity)} {document['id']}"
    yield f"  vendor: {_name_of_vendor(client, document.get('vendorId'))}"
    for name in SHOWN:
        if document.get(name) not in (None, ""):
            yield f"  {name}: {shown(entity.by_name.get(name), document[name])}"
    if approvers.untold or not approvers.all:
        yield f"  approvers: {f'not told ({approvers.untold})' if approvers.untold else 'none'}"
    for each in approvers.all:
        yield f"  approver: {each.name}: {each.status}{' - has still to decide' if each.is_open else ''}"


def _name_of_vendor(client: BillClient, vendor_id: Any) -> str:
    """Its name and id; the id alone where this user may not read vendors."""
    try:
        return f"{client.read(VENDOR, str(vendor_id)).get('name')} ({vendor_id})"
    except RefusedError as error:
        return f"{vendor_id} (its name is not told: {error.message})"


def _approvers_of(client: BillClient, entity: Entity, document_id: str) -> Approvers:
    kind, reference = APPROVERS[entity.name]
    try:
        rows = client.list_page(kind, ListQuery(filters=(Filter(reference, "=", document_id),), sort=(Sort("id"),)))
    except BillError as error:
        return Approvers(untold=str(error))
    rows = [each for each in rows if is_active(each)]
    rows.sort(key=lambda each: int(each.get("sortOrder") or 0))
    users = [str(each.get("usersId")) for each in rows]
    names = _users(client, users)
    return Approvers(
        all=[
            Approver(
                name=names.get(user, user),
                status=shown(kind.by_name["status"], each.get("status")),
                is_open=str(each.get("status")) in UNDECIDED,
            )
            for user, each in zip(users, rows, strict=True)
        ]
    )


def _users(client: BillClient, ids: list[str]) -> dict[str, str]:
    """Names by id, of those users that BILL tells of."""
    if not ids:
        return {}
    try:
        query = ListQuery(filters=(Filter("id", "in", ",".join(dict.fromkeys(ids))),), sort=(Sort("id"),))
        found = client.list_page(USER, query)
    except BillError:
        return {}
    return {each["id"]: f"{each.get('firstName') or ''} {each.get('lastName') or ''}".strip() for each in found}
