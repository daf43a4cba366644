"""Rules for a document by itself: its amounts add up, none is below zero, and names and days mean something.

- *own total*: a record that says its total has the lines for it.
- *own amount*: a line's amount is its quantity times its price, where it says all three.
- *named nothing*: `n/a` and its like are no names and no numbers.
- *days*: a due date is not decades from the invoice date.
- *below zero*: a bill is not negative; its opposite has an entity of its own.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from bill_api.identity.days import DUE_DATE, DUE_FAR, due_too_far
from bill_api.identity.links import place_of
from bill_api.identity.suspects import is_party
from bill_api.identity.totals import QUANTITIES, QUANTITY, TOTAL, contradicts, has_shares, lines_sum, wrong_total
from bill_api.table.kinds import RefusedValueError, is_blank, is_empty, read
from bill_api.table.problem import CORRECT, Problem, refused
from bill_values.provenance import SOURCE_ROWS
from bill_values.spelling import says_nothing
from bill_values.visible import in_quotes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from decimal import Decimal

    from bill_api.table.entity import Entity
    from target_bill.model.document import Document


BELOW_ZERO = "that BILL takes none below zero here is inferred"


def total_of(entity: Entity, body: Mapping[str, Any], record: Mapping[str, Any]) -> Decimal:
    """The total of a document's lines, without what only BILL can compute; without lines what its record says it is."""
    lines = body.get(entity.lines.name) if entity.lines else None
    said = entity.by_name.get(TOTAL) if entity.lines else None
    if said is not None and not lines:
        with suppress(RefusedValueError):
            return lines_sum([{TOTAL: read(said, record.get(TOTAL))}])
    return lines_sum(lines or ())


def at_stake(document: Document, record: Mapping[str, Any], problems: Sequence[Problem]) -> Decimal | None:
    """The money of a document that is not written, as far as it is known: the more of what it says and of its lines.

    Args:
        document: It has lines.
        record: Its record, in BILL's spelling.
        problems: The reasons for which it is not written; a value among them that stands for money is not known.
    """
    said, array = _said(document.entity, record), document.entity.lines
    is_known = not any(
        each.field and each.field.rpartition(".")[2] in QUANTITIES and "." in each.field for each in problems
    )
    if not is_known or (array is not None and not document.lines and not is_blank(record.get(array.name))):
        return said
    return document.money if said is None else max(said, document.money, key=abs)


def _said(entity: Entity, record: Mapping[str, Any]) -> Decimal | None:
    """The total that a record says it has; None where it says none that can be read."""
    field = entity.by_name.get(TOTAL)
    with suppress(RefusedValueError):
        return read(field, record.get(TOTAL)) if field is not None else None
    return None


def own_total(document: Document, record: Mapping[str, Any]) -> Iterator[Problem]:
    """Hold a record's own total against its lines."""
    said = document.entity.by_name.get(TOTAL)
    if said is None or not document.lines:
        return
    try:
        total = read(said, record.get(TOTAL))
    except RefusedValueError as error:
        yield refused(TOTAL, error)
        return
    if total is not None and (problem := wrong_total(document.entity, total, record, document.lines)):
        yield problem


def own_amounts(document: Document) -> Iterator[Problem]:
    """Hold each line's own amount against its quantity and price: which of them BILL goes by is unknown."""
    for place, line in enumerate(document.lines):
        if (computed := contradicts(line)) is not None:
            yield Problem(
                field=place_of(TOTAL, place),
                reason=f"the line says {line[TOTAL]:,.2f}, and {_product(line)} is {computed:,.2f}",
                hint="Correct one of them, or leave the amount or the price out.",
                kind="the line says another amount than its quantity times its price",
            )


def below_zero(document: Document) -> Iterator[Problem]:
    """Refuse a document that is negative in total."""
    if document.money < 0 and not has_shares(document.lines):
        rather = document.entity.below_zero
        yield Problem(
            field=document.entity.lines.name if document.entity.lines else None,
            reason=f"the total is {document.money:,.2f}; {BELOW_ZERO}",
            hint=f"{f'It may be {rather}. ' if rather else ''}Set `allow_negative` to send it as it is.",
            kind=f"the total is below zero; {BELOW_ZERO}",
        )


def days(document: Document) -> Iterator[Problem]:
    """Refuse a due date that is decades from the date of its document."""
    if reason := due_too_far(document.body):
        yield Problem(field=DUE_DATE, reason=reason, hint=CORRECT, kind=DUE_FAR)


def named_nothing(document: Document, record: Mapping[str, Any]) -> Iterator[Problem]:
    """Refuse words for nothing as names and numbers: unrelated records would meet under one of them.

    Of rows of a file their reader has decided that, by `not_keys`.
    """
    if SOURCE_ROWS in record:
        return
    entity = document.entity
    named = [(name, document.body.get(name), entity) for name in entity.natural_key if name not in entity.roots]
    for place, value, what in (*named, *((each.place, each.value, each.entity) for each in document.links)):
        if isinstance(value, str) and (says_nothing(value) or (is_party(what) and not value.strip(" 0"))):
            kind = "a word for nothing, and no name and no number"
            hint = "Correct the value in the source. If something is really called so, refer to it by its `id`."
            yield Problem(field=place, reason=f"{in_quotes(value)} is {kind}", hint=hint, kind=kind)


def _product(line: Mapping[str, Any]) -> str:
    return (
        "its price, which counts once without a quantity,"
        if is_empty(line.get(QUANTITY))
        else ("its quantity times its price")
    )
