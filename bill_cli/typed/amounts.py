"""Amounts as people type them: what may say two of them is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bill_api.table.fields import FieldType
from bill_api.table.kinds import RefusedValueError

if TYPE_CHECKING:
    from bill_api.table.fields import Field

_GROUPED = re.compile(r"[^0-9]*([1-9][0-9]{0,2})\.000[^0-9]*")
"""A thousand, for half of the world; programs write a whole amount with as many decimals, people do not."""


def check_amount(field: Field, text: str) -> None:
    """Look that a typed amount is one amount, whoever reads it.

    Args:
        field: Whose value it is.
        text: As it was typed.

    Raises:
        RefusedValueError: It may be a thousand times as much.
    """
    found = _GROUPED.fullmatch(text) if field.type is FieldType.MONEY else None
    if found:
        why = f"the point may part thousands or decimals; write {found[1]}000 or {found[1]}.00"
        raise RefusedValueError(f"{text.strip()!r} is refused: {why}", why)
