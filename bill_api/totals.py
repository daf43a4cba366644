"""The total of a document: the sum of its lines, where it can be told without BILL."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from bill_api.kinds import CENTS, is_empty

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_api.entity import Entity

CENT = Decimal(1).scaleb(-CENTS)


def lines_total(entity: Entity, obj: Mapping[str, Any]) -> Decimal | None:
    """The sum of a document's lines in cents; None without lines, or where a line's amount is not told.

    Args:
        entity: What the document is.
        obj: As it is sent, or as BILL gives it.
    """
    lines = obj.get(entity.lines.name) if entity.lines else None
    amounts = [line_amount(each) for each in lines or ()]
    told = [each for each in amounts if each is not None]
    return sum(told, Decimal(0)) if told and len(told) == len(amounts) else None


def line_amount(line: Mapping[str, Any]) -> Decimal | None:
    """The amount of a line: its own, or its quantity times its price; None for one that is a share of others.

    A price without a quantity counts once (unknown), and half a cent is rounded up (unknown).
    """
    if not is_empty(line.get("amount")):
        amount = _number(line["amount"])
    else:
        quantity = 1 if is_empty(line.get("quantity")) else line["quantity"]
        one, other = _number(quantity), _number(line.get("price"))
        amount = None if one is None or other is None else one * other
    return None if amount is None else amount.quantize(CENT, ROUND_HALF_UP)


def _number(value: Any) -> Decimal | None:
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return Decimal(value) if is_number else None
