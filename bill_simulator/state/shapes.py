"""Shape of stored objects: every field of the table with the value that BILL gives when none was sent."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_api.table.entity import ACTIVE, ZERO_ID, standard_fields
from bill_api.table.fields import FieldType
from bill_simulator.encoding import decode, encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field
    from bill_simulator.behaviour.switches import Switches

NOTHING = Decimal(0)

BY_TYPE: Mapping[FieldType, Any] = MappingProxyType(
    {FieldType.ID: ZERO_ID, FieldType.BOOLEAN: False, FieldType.ENUM: "0"}
)
"""Zero ids for no reference (documented), false and "0" as in captures; everything else is null (seen in captures)."""

SPECIAL: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "Vendor": {
            "taxIdType": None,
            "sendNotifications": True,
            "balance": NOTHING,
            "availCredit": NOTHING,
            "billCurrency": "USD",
            "prefPmtMethod": "1",
            "vendorBankAccountStatus": -1,
            "vendorVCardStatus": "-1",
            "orgVCardStatus": "-1",
            "numberOfInvitesSent": 0,
            "unmodifiedBillsCount": 0,
            "vcardProcessor": "1",
            "required": (),
        },
        "VendorBankAccount": {"status": "1", "bankAddSource": "1"},
        "Customer": {"balance": NOTHING, "availCredit": NOTHING},
        "CustomerBankAccount": {"status": "1"},
        "Bill": {
            "scheduledAmount": NOTHING,
            "creditAmount": NOTHING,
            "paymentStatus": "1",
            "uiPaymentStatus": "1",
            "numApprPolicyEx": 0,
        },
        "BillLineItem": {"lineType": "1"},
        "Invoice": {
            "paymentStatus": "1",
            "emailDeliveryOption": "1",
            "salesTaxPercentage": NOTHING,
            "salesTaxTotal": NOTHING,
            "creditAmount": NOTHING,
            "scheduledAmount": NOTHING,
            "invoiceAdjustments": (),
            "invoiceCustomFields": (),
        },
        "VendorCredit": {"appliedAmount": NOTHING, "creditStatus": "2"},
        "RecurringInvoice": {"taxableAmount": NOTHING},
    }
)
"""Defaults that captures show (seen in a client), where the type alone does not give them."""

REQUEST_ONLY = frozenset({*(f"cdFieldId{number}" for number in range(1, 7)), "useSmartApprovers"})
"""Keys of BillLineItem in the request template, but in no captured answer: returned only once they were sent."""


def defaults_of(entity_name: str, fields: tuple[Field, ...]) -> dict[str, Any]:
    """An object of which nothing was sent yet."""
    values = {each.name: BY_TYPE.get(each.type) for each in fields if each.name not in REQUEST_ONLY}
    return {**values, "entity": entity_name, **SPECIAL.get(entity_name, {})}


KEPT = tuple(each for each in standard_fields("PATTERN") if each.name in ("isActive", "createdTime", "updatedTime"))
"""Fields that the books keep of every object, also where nothing says that BILL tells them."""


class EntityShape:
    """One entity as the books keep it.

    Attributes:
        entity: Its declaration.
        children: Arrays below an object, which a List has when it is nested (without: `unnested_children`).
        unnested: Those that a List has without it all the same (live).
        untold: Fields that the books keep and the declaration does not have.
        names: The fields other than child arrays, in the order of their stored values.
        at: The place of each of these fields.
        defaults: An object of which nothing was sent yet.
        line_defaults: The same for one line item.
    """

    def __init__(self, entity: Entity) -> None:
        self.entity = entity
        self.children = tuple(each.name for each in entity.children)
        self.unnested = tuple(each.name for each in entity.children if each.unnested)
        declared = tuple(each.name for each in entity.fields if each.name not in self.children)
        untold = tuple(each for each in KEPT if each.name not in entity.by_name)
        self.untold = frozenset(each.name for each in untold)
        self.names = (*declared, *(each.name for each in untold))
        self.at = MappingProxyType({name: place for place, name in enumerate(self.names)})
        self._fields = MappingProxyType({**entity.by_name, **{each.name: each for each in untold}})
        self._written = self.names if entity.partial else declared
        self.defaults = MappingProxyType({**defaults_of(entity.name, (*entity.fields, *untold)), "isActive": ACTIVE})
        self.line_defaults: Mapping[str, Any] = MappingProxyType({})
        if entity.lines and entity.lines.item_entity:
            self.line_defaults = MappingProxyType(defaults_of(entity.lines.item_entity, entity.lines.item_fields))
        self.bare_end = b"}"
        self.empty_end = b"," + encode(dict.fromkeys(self.children, ()))[1:] if self.children else b"}"

    def split(self, whole: Mapping[str, Any]) -> tuple[tuple[Any, ...], bytes, bytes]:
        """The values to search by, and the JSON in two pieces: without its end, and the child arrays with the end."""
        values = tuple([whole[name] for name in self.names])
        head = encode({name: whole[name] for name in self._written})[:-1]
        if not self.children:
            return values, head, self.bare_end
        return values, head, b"," + encode({name: whole[name] for name in self.children})[1:]

    def unnested_end(self, tail: bytes) -> bytes:
        """The end of a stored object with the child arrays that come without nested, and no other."""
        children = self.children_in(tail)
        return b"," + encode({name: children[name] for name in self.unnested})[1:]

    def field(self, name: Any, switches: Switches) -> Field | None:
        """A field by its name, as far as a caller can know of it."""
        if not isinstance(name, str) or name in self.hidden(switches):
            return None
        return self._fields.get(name)

    def fields(self, switches: Switches) -> Mapping[str, Field]:
        """Every field that a caller can know of."""
        return self.entity.by_name if self.hidden(switches) else self._fields

    def hidden(self, switches: Switches) -> frozenset[str]:
        """The fields that are kept and not told; for entities whose fields could not all be read that is a switch."""
        return frozenset() if self.entity.partial and switches.unread_fields == "present" else self.untold

    def children_in(self, tail: bytes) -> dict[str, Any]:
        """The child arrays of a stored object."""
        children: dict[str, Any] = decode(b"{" + tail[1:]) if self.children else {}
        return children


@cache
def shape_of(entity: Entity) -> EntityShape:
    """The shape of an entity; computed once."""
    return EntityShape(entity)
