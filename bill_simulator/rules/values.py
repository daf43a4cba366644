"""Checks of sent values, and the form in which they are stored.

Codes are documented (error list: 1117, 1119, 1124); which of them BILL picks for which mistake is inferred.
"""

from __future__ import annotations

import html
import re
import unicodedata
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_api.entities import BY_NAME
from bill_api.table.entity import ACTIVE, INACTIVE, ZERO_ID
from bill_api.table.fields import NUMBERS, Alike, FieldType
from bill_simulator.behaviour.refusals import ErrorAnswer
from bill_simulator.state.ids import WELL_FORMED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bill_api.table.fields import Field
    from bill_simulator.rules.calls import Context

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
CODE = re.compile(r"-?[0-9]{1,9}")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
NEVER_WRITTEN = frozenset({"entity", "id"})
TIMES = frozenset({"createdTime", "updatedTime"})
WHOLE_DIGITS_MAX, DECIMALS_MAX = 15, 8
"""Digits before and after the point that are taken; beyond that no ledger means it (ours, unknown at BILL)."""


JsonObject = dict[str, Any]


def text(field: Field, value: Any) -> str | None:
    """Text; an empty one is stored as null (documented: Customer sample)."""
    if not isinstance(value, str):
        raise ErrorAnswer("BDC_1124", field.name)
    return value or None


def enum(field: Field, value: Any) -> str:
    """A text that holds a number (documented). Codes are open, except isActive."""
    if not isinstance(value, str):
        raise ErrorAnswer("BDC_1124", field.name)
    allowed = value in (ACTIVE, INACTIVE) if field.name == "isActive" else CODE.fullmatch(value)
    if not allowed:
        raise ErrorAnswer("BDC_1119", field.name, value)
    return value


def day(field: Field, value: Any) -> str | None:
    """`YYYY-MM-DD` (documented)."""
    if value == "":
        return None
    if isinstance(value, str) and DAY.fullmatch(value):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            pass
    raise ErrorAnswer("BDC_1124", field.name)


def amount(field: Field, value: Any) -> Decimal:
    """A JSON number with its exact digits (documented)."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ErrorAnswer("BDC_1124", field.name)
    number = Decimal(value)
    decimals = -int(number.as_tuple().exponent)
    if not number.is_zero() and (number.adjusted() >= WHOLE_DIGITS_MAX or decimals > DECIMALS_MAX):
        raise ErrorAnswer("BDC_1119", field.name, value)
    return number if decimals >= 0 else number.quantize(Decimal(1))


def whole_number(field: Field, value: Any) -> int:
    """A JSON integer, or one in quotes as a request template shows it (seen in a client)."""
    number = int(value) if isinstance(value, str) and CODE.fullmatch(value) else value
    if isinstance(number, bool) or not isinstance(number, int):
        raise ErrorAnswer("BDC_1124", field.name)
    if field.bounds and not field.bounds[0] <= number <= field.bounds[1]:
        raise ErrorAnswer("BDC_1119", field.name, value)  # bounds: documented; the code is inferred
    return number


def boolean(field: Field, value: Any) -> bool:
    """JSON true or false (seen in a client)."""
    return true_or_false(field.name, value, "BDC_1124")


def flag(context: Context, sent: Mapping[str, Any], name: str, *, code: str = "BDC_1124") -> bool:
    """A flag among the parameters of a call, by the rule for booleans in an object (inferred); null and none are false.

    Args:
        context: Of the call.
        sent: The parameters.
        name: Of the flag.
        code: Of the refusal of another value.
    """
    value = sent.get(name)
    return value is not None and true_or_false(name, loosened(context, FieldType.BOOLEAN, value), code)


def true_or_false(name: str, value: Any, code: str) -> bool:
    """A boolean as it is used; a text has become one by now, if the switch takes it."""
    if not isinstance(value, bool):
        raise ErrorAnswer(code, name, value)
    return value


def identity(field: Field, value: Any) -> str:
    """A 20-character id; an empty text is stored as the zero id (documented: Customer sample)."""
    if not isinstance(value, str):
        raise ErrorAnswer("BDC_1124", field.name)
    if value and not WELL_FORMED.fullmatch(value):
        raise ErrorAnswer("BDC_1119", field.name, value)
    return value or ZERO_ID


def array(field: Field, value: Any) -> list[Any]:
    """A JSON array; what is in it is checked by those who know it."""
    if not isinstance(value, list):
        raise ErrorAnswer("BDC_1124", field.name)
    return value


def unreadable(field: Field, _value: Any) -> Any:
    """BILL takes no other kind of value from outside."""
    raise ErrorAnswer("BDC_1124", field.name)


KINDS: Mapping[FieldType, Callable[[Field, Any], Any]] = MappingProxyType(
    {
        FieldType.ID: identity,
        FieldType.STRING: text,
        FieldType.ENUM: enum,
        FieldType.DATE: day,
        FieldType.MONEY: amount,
        FieldType.DECIMAL: amount,
        FieldType.INTEGER: whole_number,
        FieldType.BOOLEAN: boolean,
        FieldType.ARRAY: array,
    }
)


def loosened(context: Context, kind: FieldType, value: Any) -> Any:
    """A number or boolean out of its text, where the switch `numbers_as_text` takes it; anything else as it is."""
    if context.switches.numbers_as_text == "refuse" or not isinstance(value, str):
        return value
    if kind is FieldType.BOOLEAN:
        return {"true": True, "false": False}.get(value.lower(), value)
    return Decimal(value) if kind in NUMBERS and NUMBER.fullmatch(value) else value


def check(context: Context, field: Field, value: Any, empty: Any) -> Any:
    """The value to store for a sent one; null and empty become `empty`, what the entity has by default."""
    if value is None:
        return empty
    stored = KINDS.get(field.type, unreadable)(field, loosened(context, field.type, value))
    if field.type is FieldType.STRING and stored is not None:
        check_length(context, field, stored)
        stored = kept_text(context, field, stored)
    if field.type is FieldType.ID and field.references and stored != ZERO_ID:
        check_reference(context, field, stored)
    return empty if stored is None else stored


def kept_text(context: Context, field: Field, sent: str) -> str:
    """A text as it is stored (the switch `changed_texts`)."""
    if context.switches.changed_texts == "none":
        return sent
    if context.switches.changed_texts == "escaped":
        letters = unicodedata.normalize("NFKD", html.escape(sent, quote=False))
        return "".join(each for each in letters if not unicodedata.combining(each))
    if field.alike is Alike.NAME:
        return sent.upper()
    return "United States" if field.alike is Alike.COUNTRY and sent.upper() in {"US", "USA"} else sent


def accepted(
    context: Context, fields: Mapping[str, Field], sent: Mapping[str, Any], defaults: Mapping[str, Any]
) -> JsonObject:
    """The writable fields among what was sent, checked.

    Read-only ones are silently ignored (documented: Key-Concepts), but for times behind a switch; keys that BILL does
    not know are a switch too. An `isActive` that is null or empty is as good as none (seen in a client: section 7, 12).
    """
    values: JsonObject = {}
    for name, value in sent.items():
        field = fields.get(name)
        if name in TIMES and context.switches.sent_times == "refuse":
            raise ErrorAnswer("BDC_1119", name, value)
        if field is None:
            if context.switches.unknown_fields == "refuse":
                raise ErrorAnswer("BDC_1119", name, value)
        elif not field.read_only and name not in NEVER_WRITTEN and not (name == "isActive" and is_empty(value)):
            values[name] = check(context, field, value, defaults.get(name))
    return values


def check_length(context: Context, field: Field, stored: str) -> None:
    """BDC_1143 for a longer text (seen in live use for Bill.invoiceNumber; for other fields inferred)."""
    limit = field.max_length
    if is_bill_number(field):
        limit = int(context.switches.bill_number_limit)
    elif context.switches.text_limits == "bill_number_only":
        limit = None
    if limit is not None and len(stored) > limit:
        raise ErrorAnswer("BDC_1143", field.name, limit)


def is_bill_number(field: Field) -> bool:
    """True for Bill.invoiceNumber, the one length that was seen in live use."""
    return field is BY_NAME["Bill"].by_name["invoiceNumber"]


def check_reference(context: Context, field: Field, stored: str) -> None:
    """A reference must lead to an object of this organization (inferred; the code is a switch).

    References to entities that are not simulated are taken as they are.
    """
    table = context.books.tables.get(field.references or "")
    if table is None:
        return
    row = table.rows.get(stored)
    if row is None or (context.switches.inactive_references == "refuse" and not table.is_active(row)):
        raise ErrorAnswer(context.switches.unknown_reference_code, field.name, stored)


def is_empty(value: Any) -> bool:
    """True for what BILL would call missing (inferred): null, empty text, empty array, zero id."""
    return value in (None, "", ZERO_ID, [])
