"""Writes from a person's side: sent once, and looked up when the answer is lost."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bill_api.command import EXIT_INTERRUPTED
from bill_api.doubt import GRACE_S, Fate, Inquiry
from bill_api.errors import BillError, InDoubtError
from bill_cli.endings import EXIT_CONNECTION, EXIT_PARTLY, say
from bill_cli.interrupts import unhurried

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bill_api.client import BillClient
    from bill_api.doubt import Finding
    from bill_api.entity import Entity, Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A write of one object or of many.

    Attributes:
        client: BILL.
        entity: What is written.
        operation: How.
        sent: The objects, each with its `id` unless it is a create.
    """

    client: BillClient
    entity: Entity
    operation: Operation
    sent: Sequence[Mapping[str, Any]]

    def settle(self, error: InDoubtError, began_s: float) -> list[Finding]:
        """What became of it, one finding per object.

        Raises:
            InDoubtError: BILL cannot be asked, or nobody waits for it.
        """
        timeout_s = self.client.connection.timeout_s
        over_at_s = None if error.sent_at_s is None else error.sent_at_s + timeout_s + GRACE_S
        say(str(error))
        if over_at_s is None:
            say("looking at what BILL has")
        else:
            until = datetime.fromtimestamp(over_at_s, UTC).strftime("%H:%M:%S UTC")
            say(f"looking at what BILL has, until {until} at most: so long the call may still be executing")
        inquiry = Inquiry(
            client=self.client,
            entity=self.entity,
            operation=self.operation,
            sent=self.sent,
            began_s=began_s,
            over_at_s=over_at_s,
            sleep=time.sleep,
            now_s=time.time,
        )
        try:
            return inquiry.settle()
        except (BillError, KeyboardInterrupt) as why:
            reason = str(why) or "stopped"
            raise InDoubtError(
                f"nobody knows what came of it ({reason}). Look at {self.entity.stream} before you send it again"
            ) from None


def write_one(write: Write, call: Callable[[], Mapping[str, Any]], done: Callable[[Mapping[str, Any]], None]) -> None:
    """Send one object and hand what BILL stored to `done`; ends the process where there is nothing to hand over.

    Args:
        write: What is sent, for looking it up.
        call: Sends it.
        done: Takes the stored object.
    """
    write.client.session_id()  # so that a signal during the login stops what was not sent yet
    began_s = time.time()
    try:
        with unhurried() as stop:
            obj = call()
    except InDoubtError as error:
        done(_found(write, write.settle(error, began_s)[0]))
        return
    done(obj)
    if stop.wanted:
        sys.exit(EXIT_INTERRUPTED)


def _found(write: Write, finding: Finding) -> Mapping[str, Any]:
    """The object of a write that did happen."""
    verb = write.operation.value
    if finding.fate is Fate.ADOPTED and finding.obj is not None:
        say(f"adopted: BILL has {finding.obj['id']} as it was sent; the {verb} happened")
        return finding.obj
    if finding.fate is Fate.ABSENT:
        say(f"absent: the {verb} did not happen, and cannot happen any more; it was not sent again")
        sys.exit(EXIT_CONNECTION)
    say(f"conflict: {conflict_text(finding)}; it was not sent again")
    sys.exit(EXIT_PARTLY)


def conflict_text(finding: Finding) -> str:
    """What BILL has in place of what was sent."""
    if finding.obj is None:
        return f"any of {', '.join(finding.candidates)} may be what was sent"
    return f"BILL has {finding.obj['id']}, which differs in {', '.join(finding.differing)}"
