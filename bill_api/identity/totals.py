"""The money of a line and of a document, where it can be told without BILL.

BILL adds documents up itself. An amount that is a price times a quantity is rounded to cents, half a cent up; that BILL
does so, line by line, is inferred.
"""

from __future__ import annotations

from contextlib import suppress
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from bill_api.identity.references import aliases
from bill_api.table.kinds import CENT, EXACT, RefusedValueError, is_blank, is_empty, read
from bill_api.table.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field

TOTAL = "amount"
"""The amount of a line, and the field in which a document says its total."""

QUANTITY = "quantity"
PRICES = ("price", "unitPrice")
SHARE = "ratePercent"
"""A line that has it is a percentage of others (documented: V2 createinvoice)."""

ITEM = "itemId"
"""The item of a line: BILL may take its price (unknown)."""

TAX_ITEM = "itemSalesTax"
"""The item by which BILL adds a tax to the lines of a document (seen in clients)."""

TAX_RATE, TAX_TOTAL = "salesTaxPercentage", "salesTaxTotal"
"""What BILL tells of that tax: it is read-only, so a record that says it sends none."""

QUANTITIES = frozenset({TOTAL, QUANTITY, *PRICES})
"""What of a line may change although it stays the same line."""

HALF_A_CENT = CENT / 2


def line_amount(line: Mapping[str, Any]) -> Decimal | None:
    """The money of a line: its amount, or its quantity times its price; None for one that is a share of others.

    A price without a quantity counts once (unknown), and a line without any of them is nothing.
    """
    exact = _exact(line)
    return None if exact is None else _in_cents(exact)


def contradicts(line: Mapping[str, Any]) -> Decimal | None:
    """A line's quantity times its price, in cents, where its amount is another; None where it is not.

    A price without a quantity counts once: BILL may go by it (unknown).
    """
    amount, price = line.get(TOTAL), _price(line)
    if is_empty(amount) or is_empty(price):
        return None
    said, computed = _number(amount), _exact({**line, TOTAL: None, SHARE: None})
    if said is None or computed is None or abs(EXACT.subtract(said, computed)) <= HALF_A_CENT:
        return None
    return _in_cents(computed)


def lines_sum(lines: Iterable[Mapping[str, Any]]) -> Decimal:
    """The sum of lines, without those that only BILL can compute."""
    return _sum(map(line_amount, lines))


def most(lines: Sequence[Mapping[str, Any]]) -> Decimal:
    """The sum of lines; where some are shares of others, the largest amount that they may come to.

    A share is taken for its percentage of all other lines, added up regardless of signs.
    """
    known = [amount for line in lines if (amount := line_amount(line)) is not None]
    shares = [abs(_number(line.get(SHARE)) or Decimal(0)) for line in lines if line_amount(line) is None]
    total = _sum(known)
    if not shares:
        return total
    return abs(total) + _in_cents(EXACT.divide(EXACT.multiply(_sum(map(abs, known)), _sum(shares)), Decimal(100)))


def says_no_money(line: Mapping[str, Any]) -> bool:
    """True if a line has neither amount nor price nor share: what it is of then, BILL may price it (unknown)."""
    return all(is_empty(line.get(name)) for name in (TOTAL, SHARE, *PRICES))


def lines_counted(lines: Sequence[Mapping[str, Any]]) -> str:
    """The number of lines, for people."""
    return "1 line" if len(lines) == 1 else f"{len(lines)} lines"


def lines_total(entity: Entity, obj: Mapping[str, Any]) -> Decimal | None:
    """The sum of a document's lines; None without lines, or where only BILL can compute one.

    Args:
        entity: The document's.
        obj: As it is sent, or as BILL gives it.
    """
    lines = obj.get(entity.lines.name) if entity.lines else None
    return lines_sum(lines) if lines and not has_shares(lines) else None


def has_shares(lines: Iterable[Mapping[str, Any]]) -> bool:
    """True if a line is a share of others."""
    return any(_exact(line) is None for line in lines)


def wrong_total(
    entity: Entity, said: Decimal, record: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]
) -> Problem | None:
    """The problem of a document that says a total which it cannot come to; None where it may say it.

    Its lines come to it, rounded one by one or at the end, or BILL adds to them what only it can compute: percentages,
    and a tax by its item.

    Args:
        entity: The document's.
        said: The total that it says.
        record: All that is said of the document, by fields of BILL and what stands in for them.
        lines: Its lines, read.
    """
    total = lines_sum(lines)
    if said in {total, _in_cents(_sum(map(_exact, lines)))} or has_shares(lines) or sends_tax(entity, record):
        return None
    return Problem(
        field=TOTAL,
        reason=f"the document says {said:,.2f}, and the sum of its {lines_counted(lines)} is {total:,.2f}",
        hint=_hint(entity, EXACT.subtract(said, total), total, record),
        kind="the document says another total than its lines add up to",
    )


def sends_tax(entity: Entity, record: Mapping[str, Any]) -> bool:
    """True if a document names, by id or by name, the item of a tax that BILL will add."""
    return any(not is_blank(record.get(name)) for name in _tax_items(entity.fields))


def tax_left_out(entity: Entity, record: Mapping[str, Any]) -> str | None:
    """The remark on a document that says a tax and sends none: what it says of one is read-only."""
    if sends_tax(entity, record) or not (tax := _stated_tax(entity, record)):
        return None
    return f"`{tax[0]}` says a tax, which is not sent: {_how_to_send_tax(entity)}"


def _hint(entity: Entity, difference: Decimal, net: Decimal, record: Mapping[str, Any]) -> str:
    if tax := _stated_tax(entity, record):
        name, said = tax
        share = said if name == TAX_TOTAL else _in_cents(EXACT.divide(EXACT.multiply(net, said), Decimal(100)))
        if share == difference:
            return f"The difference is what `{name}` says, which is not sent: {_how_to_send_tax(entity)}."
    return "Give all of its lines, or correct one of the two."


def _stated_tax(entity: Entity, record: Mapping[str, Any]) -> tuple[str, Decimal] | None:
    """The first field by which a document says a tax that can be read, and its number; None where none does."""
    for name in (TAX_TOTAL, TAX_RATE):
        with suppress(RefusedValueError):
            field = entity.by_name.get(name)
            if field is not None and (said := read(field, record.get(name))):
                return name, said
    return None


def _how_to_send_tax(entity: Entity) -> str:
    return f"name its item in {' or '.join(f'`{name}`' for name in _tax_items(entity.fields))}, and BILL adds it"


@cache
def _tax_items(fields: tuple[Field, ...]) -> tuple[str, ...]:
    """The item of a document's tax, and the names by which one stands in for its id."""
    own = (each.name for each in fields if each.name == TAX_ITEM and not each.read_only)
    return (*own, *(alias for alias, each in aliases(fields).items() if each.field.name == TAX_ITEM))


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    total = Decimal(0)
    for each in amounts:
        total = EXACT.add(total, each or Decimal(0))
    return total


def _exact(line: Mapping[str, Any]) -> Decimal | None:
    if not is_empty(line.get(TOTAL)):
        return _number(line[TOTAL])
    if not is_empty(line.get(SHARE)):
        return None
    price = _price(line) or 0
    quantity = 1 if is_empty(line.get(QUANTITY)) else line[QUANTITY]
    one, other = _number(quantity), _number(price)
    return None if one is None or other is None else EXACT.multiply(one, other)


def _price(line: Mapping[str, Any]) -> Any:
    return next((line[name] for name in PRICES if not is_empty(line.get(name))), None)


def _in_cents(number: Decimal) -> Decimal:
    return number.quantize(CENT, ROUND_HALF_UP, EXACT)


def _number(value: Any) -> Decimal | None:
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return Decimal(value) if is_number else None
