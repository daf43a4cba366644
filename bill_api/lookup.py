"""What became of a write whose answer was lost: look at what BILL holds before anything is sent again.

BILL has no idempotency key. One List with a `createdTime` window finds everything that a lost bulk create may have
made, and an object is ours when it holds what was sent. `createdTime` can be filtered on (seen in clients for the
large lists; for the others by the general rule for datetimes).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bill_api.entity import LIST_LIMIT, ZERO_ID
from bill_api.query import Filter
from bill_api.reading import changed_since

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bill_api.client import BillClient
    from bill_api.entity import Entity
    from bill_api.fields import Field

MARGIN = timedelta(minutes=15)
"""How far back before the call is looked: this computer's clock may have been set meanwhile. More rows are read, and
none is taken for ours that holds something else."""


def bill_instant(client: BillClient, sent_at_s: float, now_s: float) -> datetime:
    """A moment of this computer's clock by BILL's clock.

    Args:
        client: BILL; asked for its time.
        sent_at_s: The moment, in seconds since the epoch.
        now_s: This computer's time now.
    """
    return client.current_time() - timedelta(seconds=now_s - sent_at_s)


def created_since(
    client: BillClient, entity: Entity, since: datetime, margin: timedelta = MARGIN
) -> Iterator[dict[str, Any]]:
    """Every object that BILL has created since a moment (and `margin` before it), with its lines, active or not.

    Args:
        client: BILL.
        entity: Which objects; it must tell its times.
        since: By BILL's clock.
        margin: How far back before it is looked.
    """
    begin = (since.astimezone(UTC) - margin).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    return changed_since(
        lambda query: client.list_page(entity, query),
        None,
        page_size=LIST_LIMIT,
        nested=bool(entity.children),
        filters=(Filter("createdTime", ">=", begin),),
    )


def differences(fields: Sequence[Field], sent: Mapping[str, Any], stored: Mapping[str, Any]) -> list[str]:
    """The fields in which BILL's object is not what was sent.

    Bank and tax numbers are left out: BILL shows them masked. A key that BILL leaves out counts as empty (seen by
    integrations), and blanks around or between words do not count, for whether BILL keeps them is unknown.

    Args:
        fields: Of the entity, or of its lines.
        sent: The body of the write.
        stored: The object as BILL gives it.
    """
    return [
        field.name
        for field in fields
        if field.name in sent
        and not field.sensitive
        and field.name != "entity"
        and not _same(field, sent[field.name], stored.get(field.name))
    ]


def _same(field: Field, sent: Any, stored: Any) -> bool:
    if not field.item_fields:
        return same(sent, stored)
    given, kept = sent or [], stored or []
    return len(given) == len(kept) and not any(
        differences(field.item_fields, line, other) for line, other in zip(given, kept, strict=True)
    )


def same(sent: Any, stored: Any) -> bool:
    """Whether BILL's stored value is the one that was sent."""
    if isinstance(sent, str):
        return " ".join(sent.split()) == (" ".join(stored.split()) if isinstance(stored, str) else _empty(stored))
    if sent is None:
        return stored in (None, "", ZERO_ID)
    if isinstance(sent, Decimal) or (isinstance(sent, int) and not isinstance(sent, bool)):
        return isinstance(stored, int | Decimal) and Decimal(sent) == Decimal(stored)
    return bool(sent == stored)


def _empty(stored: Any) -> Any:
    return "" if stored is None else stored
