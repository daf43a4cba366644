"""Writes from a person's side: sent once, and looked up when the answer is lost."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bill_api.doubt.fate import Fate
from bill_api.doubt.reconciliation import MARGIN, Reconciliation, Sent, patience_s
from bill_api.doubt.taken import holder_of
from bill_api.errors import BillError, DuplicateError, InDoubtError
from bill_api.identity.keys import natural_key
from bill_api.table.entity import Operation
from bill_cli.ending import say
from bill_cli.sending.interrupts import unhurried
from bill_cli.sending.not_taken import told_short
from bill_cli.typed.resources import plural_of
from bill_program.exit_codes import ExitCode
from bill_values.instants import parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping, Sequence

    from bill_api.client import BillClient
    from bill_api.doubt.fate import Finding
    from bill_api.identity.keys import ObjectKey
    from bill_api.table.entity import Entity
    from bill_cli.typed.bodies import Body

DUPLICATES = "allowDuplicateInvNum"
"""The flag by which BILL takes a number that its vendor has used before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The object that has the number of a create which BILL refused for that.

    Attributes:
        finding: How it compares with what was sent.
        obj: As BILL holds it.
        is_fresh: It differs, and was created after the call had left: the refused call itself may have made it, in
            another form.
    """

    finding: Finding
    obj: Mapping[str, Any]
    is_fresh: bool

    @property
    def is_as_sent(self) -> bool:
        """True if it holds all that was sent."""
        return self.finding.fate is Fate.ADOPTED


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteCommand:
    """A write of one object or of many.

    Attributes:
        client: BILL.
        entity: What is written.
        operation: How.
        sent: The objects, each with its `id` unless it is a create.
        key: How objects are told apart; the entity's natural key unless given.
        known: Ids of objects that other writes of this command became.
        answered: For each object the id that BILL answered in its place, if it did; none where it is left out.
    """

    client: BillClient
    entity: Entity
    operation: Operation
    sent: Sequence[Mapping[str, Any]]
    key: ObjectKey | None = None
    known: Container[str] = ()
    answered: Sequence[str | None] = ()

    def settle(self, error: InDoubtError, began_s: float) -> list[Finding]:
        """Find out the outcome, one finding per object.

        Raises:
            InDoubtError: BILL cannot be asked, or nobody waits for it.
        """
        say(str(error))
        say("looking at what BILL has")
        sent_at_s = began_s if error.sent_at_s is None else error.sent_at_s
        reconciliation = Reconciliation(
            self.client,
            self.entity,
            key=self.key,
            pause=self._pause(sent_at_s),
            is_owned=lambda each: each in self.known,
        )
        try:
            answered = self.answered or [error.answered_id] * len(self.sent)
            by_bills_clock_s = self._by_bills_clock_s(sent_at_s)
            return reconciliation.settle(
                [
                    Sent(
                        operation=self.operation,
                        obj=each,
                        sent_at_s=by_bills_clock_s,
                        is_over=error.is_over,
                        answered_id=answered_id,
                    )
                    for each, answered_id in zip(self.sent, answered, strict=True)
                ]
            )
        except (BillError, KeyboardInterrupt) as why:
            reason = str(why) or "stopped"
            raise InDoubtError(
                f"nobody knows what came of it ({reason}). Look at {plural_of(self.entity)} before you send it again"
            ) from None

    def taken(self, obj: Mapping[str, Any], began_s: float) -> Taken | None:
        """The object that has the number which BILL refused this one for; None where it cannot be found."""
        try:
            finding = holder_of(self.client, self.entity, obj)
            if finding.obj is None:
                return None
            is_fresh = finding.fate is Fate.UNCLEAR and self._is_made_since(finding.obj, began_s)
            return Taken(finding=finding, obj=finding.obj, is_fresh=is_fresh)
        except BillError as why:
            say(f"what has the number cannot be looked up: {why}")
            return None

    def _is_made_since(self, obj: Mapping[str, Any], time_s: float) -> bool:
        """True unless an object tells that it was created before a moment of our clock."""
        made = parse_instant(str(obj.get("createdTime") or ""))
        since = datetime.fromtimestamp(self._by_bills_clock_s(time_s), UTC) - MARGIN
        return made is None or made >= since

    def _by_bills_clock_s(self, time_s: float) -> float:
        return self.client.clock.now_s() - (time.time() - time_s)

    def _pause(self, sent_at_s: float) -> Callable[[float], None]:
        """A pause that says until when there will be others, before the first one."""
        told = False

        def pause(seconds: float) -> None:
            nonlocal told
            if not told:
                over_at = datetime.fromtimestamp(sent_at_s + patience_s(self.client.connection.timeout_s), UTC)
                say(f"not there yet; looking until {over_at:%H:%M:%S} UTC: so long the call may still be executing")
                told = True
            time.sleep(seconds)

        return pause


def told_apart(entity: Entity, bodies: Iterable[Body]) -> ObjectKey:
    """The key of what is sent: where a number may be taken twice, it tells none apart."""
    key = natural_key(entity)
    return replace(key, is_unique=False) if any(each.flags.get(DUPLICATES) for each in bodies) else key


def write_one(
    write: WriteCommand, call: Callable[[], Mapping[str, Any]], done: Callable[[Mapping[str, Any]], None]
) -> None:
    """Send one object and hand what BILL stored to `done`; ends the process where there is nothing to hand over.

    Args:
        write: What is sent, for looking it up.
        call: Sends it.
        done: Takes the stored object.
    """
    write.client.session_id()  # so that a signal during the login stops what was not sent yet
    began_s = time.time()
    try:
        with unhurried():
            obj = call()
    except InDoubtError as error:
        done(_found(write, write.settle(error, began_s)[0]))
        return
    except DuplicateError as refusal:
        if write.operation is not Operation.CREATE:
            raise
        done(_there_already(write.taken(write.sent[0], began_s), refusal))
        return
    done(obj)
    if short := told_short(write.entity, write.operation, write.sent[0], obj):
        say(short)
        sys.exit(ExitCode.PARTLY)


def _found(write: WriteCommand, finding: Finding) -> Mapping[str, Any]:
    """The object of a write that did happen."""
    verb = write.operation.value
    if finding.fate is Fate.ADOPTED and finding.obj is not None:
        say(f"adopted: BILL has {finding.obj['id']} as it was sent; the {verb} happened")
        return finding.obj
    if finding.fate is Fate.ABSENT:
        say(f"absent: the {verb} did not happen, and cannot happen any more; it was not sent again")
        sys.exit(ExitCode.CONNECTION)
    say(f"conflict: {conflict_text(finding)}; it was not sent again")
    sys.exit(ExitCode.PARTLY)


def _there_already(taken: Taken | None, refusal: DuplicateError) -> Mapping[str, Any]:
    """The object that has the number of what was to be created, where it is as it was sent."""
    if taken is None:
        raise refusal
    say(str(refusal))
    if taken.is_as_sent:
        say(f"exists: BILL has {taken.obj['id']} as it was sent; it was not sent again")
        return taken.obj
    say(f"conflict: {conflict_text(taken.finding)}; it was not sent again")
    sys.exit(ExitCode.PARTLY if taken.is_fresh else ExitCode.REFUSED)


def conflict_text(finding: Finding) -> str:
    """The object that BILL has in place of what was sent, in words."""
    if finding.obj is None:
        return f"any of {', '.join(finding.candidates)} may be what was sent"
    differing = ", ".join(finding.differing)
    return f"BILL has {finding.obj['id']}, which {f'differs in {differing}' if differing else 'may be what was sent'}"
