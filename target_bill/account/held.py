"""The content of an object in BILL as receipts tell it: with names beside ids, and money to the cent."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from bill_api.identity.references import NAME, references
from bill_api.identity.totals import lines_total
from bill_api.table.entity import INACTIVE, IS_ACTIVE, TIME
from bill_api.table.fields import NUMBERS, by_name
from bill_api.table.kinds import CENT, EXACT, is_empty
from bill_values.visible import HIDDEN
from target_bill.model.outcome import Outcome, Verdict
from target_bill.model.write import differing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field

    Values = Mapping[str, Any]
    NameOf = Callable[[Entity, str], str | None]


def sides(outcome: Outcome, name_of: NameOf) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """The object in BILL before a write, and now: of one that was changed what differs.

    Args:
        outcome: The write.
        name_of: The name of an object for people.
    """
    entity, before, after = outcome.document.entity, outcome.before or {}, _after(outcome)
    if outcome.verdict is Verdict.DELETED:
        return _told(entity.fields, before, before, name_of) or None, {IS_ACTIVE: INACTIVE}
    if not before:
        return None, _told(entity.fields, after, after, name_of) or None
    hidden = {each.field: each for each in outcome.changes if each.field in entity.sensitive}
    names = differing(entity, before, after)
    old, new = (_told(entity.fields, each, names, name_of) for each in (before, after))
    old |= {name: None if is_empty(each.old) else HIDDEN for name, each in hidden.items()}
    new |= {name: None if is_empty(each.new) else HIDDEN for name, each in hidden.items()}
    return old or None, new or None


def amounts(outcome: Outcome) -> tuple[Decimal | None, Decimal | None]:
    """The amounts that the books had of a document before a write, and that they have now; what is deleted has none."""
    document, entity = outcome.document, outcome.document.entity
    if entity.lines is None:
        return None, None
    before = outcome.before or {}
    was = None if before.get(IS_ACTIVE) == INACTIVE else lines_total(entity, before)
    if outcome.verdict is Verdict.DELETED:
        return was, None
    becomes = lines_total(entity, outcome.stored or {})
    # Where only BILL can compute it: the record's own, if there is one.
    return was, document.money if becomes is None and document.undoes is None else becomes


def _after(outcome: Outcome) -> Values:
    """The object as BILL has it; where BILL did not say so, as it was sent."""
    held = outcome.document.body if outcome.stored is None else outcome.stored
    return {name: value for name, value in held.items() if name != TIME}


def _told(fields: tuple[Field, ...], values: Values, names: Iterable[str], name_of: NameOf) -> dict[str, Any]:
    known, beside, found = by_name(fields), _names_beside(fields), dict[str, Any]()
    for name in names:
        field, value = known.get(name), values.get(name)
        if field is None or value is None:
            found[name] = value
            continue
        found[name] = _value(field, value, name_of)
        reference = beside.get(name)
        if reference is not None and not is_empty(value) and (called := name_of(reference[1], str(value))):
            found[reference[0]] = called
    return found


def _value(field: Field, value: Any, name_of: NameOf) -> Any:
    if field.sensitive:
        return HIDDEN
    if field.item_fields:
        return [_told(field.item_fields, line, line, name_of) for line in value]
    is_number = field.type in NUMBERS and isinstance(value, int | Decimal)
    return _in_cents(Decimal(value)) if is_number else value


def _in_cents(number: Decimal) -> Decimal:
    """The same number with two decimals at least."""
    exponent = number.as_tuple().exponent
    return number.quantize(CENT, context=EXACT) if isinstance(exponent, int) and exponent > -2 else number  # noqa: PLR2004


@cache
def _names_beside(fields: tuple[Field, ...]) -> Mapping[str, tuple[str, Entity]]:
    """The name that stands beside an id, as records give it, and the entity that it is of, by the field of the id."""
    return {each.field.name: (each.alias, each.entity) for each in references(fields) if each.suffix == NAME}
