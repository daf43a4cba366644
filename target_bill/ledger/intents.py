"""Intents: writes that were noted before their call left, and whose outcome is not known."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from bill_api.table.entity import Operation
from bill_program.errors import ConnectorError
from bill_values.exact_json import decode
from target_bill.model.attachment import STREAMS
from target_bill.model.outcome import Hold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

OPERATIONS = frozenset({Operation.CREATE, Operation.UPDATE, Operation.DELETE, Operation.UNDELETE})
COLUMNS = "stream, source_key, source_id, operation, bill_id, content_hash, sent_at_s, hold, body, run, undoes, former"
"""Of an intent, in the order in which `intent_of` takes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A call that was about to leave, for one record.

    Attributes:
        stream: The BILL stream.
        source_key: The record's key.
        operation: What was to be done, a value of `Action`.
        bill_id: The object that was to be changed; None for a create.
        content_hash: Of the record.
        sent_at_s: When, in seconds since the epoch by BILL's clock; without end where BILL told none.
        hold: How the record holds the object then.
        body: What BILL holds when it has happened, without bank and tax numbers.
        run: The run that sent it.
        undoes: The run whose write it takes back, if it does.
        former: What BILL held before, as it is kept for undo; None for a create, or where nothing is kept.
    """

    stream: str
    source_key: str
    source_id: str | None
    operation: str
    bill_id: str | None
    content_hash: str
    sent_at_s: float
    hold: Hold | None
    body: Mapping[str, Any] = field(repr=False)
    run: str = ""
    undoes: str | None = None
    former: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def key(self) -> tuple[str, str]:
        """Its record's key: BILL stream and source key."""
        return self.stream, self.source_key


def intent_of(path: Path, row: Sequence[Any]) -> Intent:
    """The intent of a row of the ledger.

    Args:
        path: The ledger, for messages.
        row: Its columns.

    Raises:
        ConnectorError: It cannot be one that was written down.
    """
    stream, source_key, source_id, operation, bill_id, content_hash, sent_at_s, hold, body, run, undoes, former = row
    try:
        intent = Intent(
            stream=stream,
            source_key=source_key,
            source_id=source_id,
            operation=operation,
            bill_id=bill_id,
            content_hash=content_hash,
            sent_at_s=float(sent_at_s),
            hold=Hold(hold) if hold else None,
            body=decode(body),
            run=run,
            undoes=undoes,
            former=decode(former) if former else None,
        )
        if problem := _problem_of(intent):
            raise ValueError(problem)  # noqa: TRY301  told below
    except (ValueError, TypeError, msgspec.MsgspecError) as error:
        raise ConnectorError(
            f"the ledger {path}, table `intents`, the row of {stream} {source_key} cannot be read: {error}. "
            "It is a write whose outcome is not known: look the record up in BILL, or restore the ledger from a "
            "backup. Nothing was sent, and the ledger is as it was"
        ) from None
    return intent


def _problem_of(intent: Intent) -> str | None:
    """Reason for which an intent cannot be one that was written down."""
    entity = STREAMS.get(intent.stream)
    array = entity.lines.name if entity and entity.lines else None
    lines = intent.body.get(array, []) if array and isinstance(intent.body, dict) else []
    is_change = intent.operation != Operation.CREATE
    problems = {
        f"the stream {intent.stream!r} is not one of BILL's": entity is None,
        f"the operation {intent.operation!r} is not known": intent.operation not in OPERATIONS,
        f"it is to {intent.operation} an object, and has no `bill_id`": is_change and not intent.bill_id,
        f"`sent_at_s` is {intent.sent_at_s}": not intent.sent_at_s >= 0,
        "its body is no JSON object": not isinstance(intent.body, dict),
        "the lines of its body are no list of objects": not isinstance(lines, list)
        or not all(isinstance(each, dict) for each in lines),
    }
    return next((problem for problem, is_so in problems.items() if is_so), None)
