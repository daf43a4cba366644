"""BILL's own import templates: which of its headers feeds which field, and how surely that is known.

The headers are those of BILL's help pages on CSV import, as far as they could be read: most pages end in the midst of
the table. What comes after is taken from guides of third parties, or guessed by the pattern of the other templates.
Nobody could read whether the asterisk of a required column belongs to its name, so it does not count, nor does case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from bill_values.notations import Writing

DATE_FORMATS = ("%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y", "%m-%d-%y")
"""Documented, and no others: ISO is not among them."""

WRITING = Writing(date_format=DATE_FORMATS, currency=("$",))
PERCENT = Writing(date_format=DATE_FORMATS, currency=("%",))


class Sure(StrEnum):
    """Evidence for the field that a header feeds."""

    DOCUMENTED = "documented"
    SEEN = "seen in a guide"
    GUESSED = "guessed"


Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One import template.

    Attributes:
        stream: What its rows are.
        title: What BILL calls them.
        required: Headers that tell it from others, all of them.
        never: Headers that it does not have.
        documented: Header to field of the head, from BILL's help.
        seen: The same, from guides.
        guessed: The same, by the pattern of other templates.
        unused: Headers that BILL itself does not use.
        line: The words that a line's header begins with; none for templates without lines.
        seen_lines: The labels of line columns that a guide shows; all others are guessed.
        prices: What a line's price is called.
        optional_key: Fields that tell objects apart, besides the natural key, where they are filled in.
    """

    stream: str
    title: str
    required: frozenset[str]
    never: frozenset[str] = frozenset()
    documented: Fields
    seen: Fields = field(default_factory=lambda: MappingProxyType({}))
    guessed: Fields = field(default_factory=lambda: MappingProxyType({}))
    unused: frozenset[str] = frozenset()
    line: str = ""
    seen_lines: frozenset[str] = frozenset()
    prices: str = "unitPrice"
    optional_key: tuple[str, ...] = ()


_LINE_LABELS: Fields = {
    "amount": "amount",
    "description": "description",
    "account": "chartOfAccountName",
    "account name": "chartOfAccountName",
    "account number": "chartOfAccountNumber",
    "department": "departmentName",
    "department name": "departmentName",
    "department id": "departmentShortName",
    "class": "actgClassName",
    "class name": "actgClassName",
    "class id": "actgClassShortName",
    "location": "locationName",
    "location name": "locationName",
    "location id": "locationShortName",
    "customer name": "customerName",
    "customer id": "customerShortName",
    "job name": "jobName",
    "job id": "jobShortName",
    "employee name": "employeeName",
    "employee id": "employeeShortName",
    "item": "itemName",
    "item name": "itemName",
    "quantity": "quantity",
    "taxable": "taxable",
}
_PRICE_LABELS = ("price", "price/rate", "unit price", "rate")

_CONTACT: Fields = {
    "company name": "companyName",
    "first name": "contactFirstName",
    "last name": "contactLastName",
    "email": "email",
    "email address": "email",
    "phone": "phone",
    "phone number": "phone",
    "fax": "fax",
    "description": "description",
    "notes": "description",
}


def _parented(name: str, identifier: str, alias: str) -> Fields:
    """Classes, locations and jobs differ in their words only."""
    return {
        name: "name",
        "active": "isActive",
        "description": "description",
        identifier: "shortName",
        f"parent {name}": f"parent{alias}Name",
        f"parent {identifier}": f"parent{alias}ShortName",
    }


TEMPLATES: tuple[Template, ...] = (
    Template(
        stream="bills",
        title="bills",
        required=frozenset({"vendor name", "invoice #"}),
        documented={
            "active": "isActive",
            "vendor name": "vendorName",
            "vendor id": "vendorShortName",
            "invoice #": "invoiceNumber",
            "invoice date": "invoiceDate",
        },
        seen={"due date": "dueDate", "amount": "amount", "description": "description"},
        guessed={"gl posting date": "glPostingDate", "p.o. number": "poNumber", "exchange rate": "exchangeRate"},
        line="bill line item",
        seen_lines=frozenset(
            {
                "amount",
                "description",
                "account name",
                "account number",
                "department name",
                "class name",
                "location name",
                "customer name",
                "job name",
            }
        ),
    ),
    Template(
        stream="invoices",
        title="invoices",
        required=frozenset({"customer name", "invoice #"}),
        documented={
            "active": "isActive",
            "customer name": "customerName",
            "job name": "jobName",
            "invoice #": "invoiceNumber",
            "invoice date": "invoiceDate",
            "due date": "dueDate",
            "gl posting date": "glPostingDate",
            "customer message": "description",
            "p.o. number": "poNumber",
            "to print/mail": "isToBePrinted",
        },
        guessed={
            "to email": "isToBeEmailed",
            "to be emailed": "isToBeEmailed",
            "item sales tax name": "itemSalesTaxName",
            "amount": "amount",
        },
        unused=frozenset({"customer id", "exchange rate"}),
        line="invoice line item",
        prices="price",
    ),
    Template(
        stream="vendors",
        title="vendors",
        required=frozenset({"vendor name"}),
        never=frozenset({"invoice #", "ref #", "invoice date", "credit date"}),
        documented={
            "active": "isActive",
            "vendor name": "name",
            "vendor id": "shortName",
            "name on check": "nameOnCheck",
            "account number": "accNumber",
            "tax id": "taxId",
            "1099 vendor": "track1099",
            "payment address": "address1",
            "address2": "address2",
            "address3": "address3",
            "address4": "address4",
            "city": "addressCity",
            "state / province": "addressState",
            "zip / postal code": "addressZip",
            "country": "addressCountry",
        },
        seen={
            "address line 1": "address1",
            "address line 2": "address2",
            "address line 3": "address3",
            "address line 4": "address4",
            "primary email": "email",
        },
        guessed={**_CONTACT, "payment email": "paymentEmail", "payment phone": "paymentPhone"},
    ),
    Template(
        stream="customers",
        title="customers",
        required=frozenset({"customer name"}),
        never=frozenset({"invoice #", "ref #", "credit memo #", "invoice date", "credit date", "credit memo date"}),
        documented={
            "active": "isActive",
            "customer name": "name",
            "customer id": "shortName",
            "parent customer name": "parentCustomerName",
            "parent customer id": "parentCustomerShortName",
            "company name": "companyName",
            "first name": "contactFirstName",
            "last name": "contactLastName",
            "account number": "accNumber",
            "billing address": "billAddress1",
            "billaddress2": "billAddress2",
            "billaddress3": "billAddress3",
            "billaddress4": "billAddress4",
            "city": "billAddressCity",
            "state": "billAddressState",
            "country": "billAddressCountry",
        },
        guessed={
            **_CONTACT,
            "zip": "billAddressZip",
            "zip code": "billAddressZip",
            "zip / postal code": "billAddressZip",
            "shipping address": "shipAddress1",
            "shipaddress2": "shipAddress2",
            "shipaddress3": "shipAddress3",
            "shipaddress4": "shipAddress4",
            "alternate phone": "altPhone",
        },
    ),
    Template(
        stream="chart_of_accounts",
        title="chart of accounts",
        required=frozenset({"name", "type"}),
        documented={
            "name": "name",
            "active": "isActive",
            "account number": "accountNumber",
            "type": "accountType",
            "description": "description",
            "parent name": "parentChartOfAccountName",
            "parent account number": "parentChartOfAccountNumber",
            "1099 form type": "ca1099FormType",
            "1099 category": "ca1099Type",
        },
        optional_key=("accountNumber",),
    ),
    Template(
        stream="items",
        title="items",
        required=frozenset({"name", "type"}),
        documented={
            "active": "isActive",
            "name": "name",
            "type": "type",
            "description": "description",
            "price/rate": "price",
            "percentage": "percentage",
            "item id": "shortName",
        },
        guessed={
            "taxable": "taxable",
            "income account": "chartOfAccountName",
            "account name": "chartOfAccountName",
            "purchase description": "purDescription",
            "purchase cost": "purCost",
            "purchase account": "expenseAccountName",
            "expense account": "expenseAccountName",
            "parent name": "parentItemName",
            "parent item name": "parentItemName",
        },
    ),
    Template(
        stream="departments",
        title="departments",
        required=frozenset({"name", "active"}),
        never=frozenset({"type", "class id", "parent class id"}),
        documented={
            "name": "name",
            "active": "isActive",
            "description": "description",
            "parent name": "parentDepartmentName",
            "short name": "shortName",
        },
    ),
    Template(
        stream="actg_classes",
        title="classes",
        required=frozenset({"name", "class id"}),
        documented=_parented("name", "class id", "ActgClass"),
    ),
    Template(
        stream="locations",
        title="locations",
        required=frozenset({"location name"}),
        never=frozenset({"vendor name", "customer name"}),
        documented=_parented("location name", "location id", "Location"),
    ),
    Template(
        stream="jobs",
        title="jobs",
        required=frozenset({"job name"}),
        never=frozenset({"vendor name", "customer name"}),
        documented=_parented("job name", "job id", "Job"),
    ),
    Template(
        stream="vendor_credits",
        title="vendor credits",
        required=frozenset({"vendor name", "ref #", "credit date"}),
        documented={
            "active": "isActive",
            "vendor id": "vendorShortName",
            "vendor name": "vendorName",
            "ref #": "refNumber",
            "credit date": "creditDate",
            "gl posting date": "glPostingDate",
            "description": "description",
        },
        guessed={"p.o. number": "poNumber", "amount": "amount"},
        line="vendor credit line item",
    ),
)
BY_STREAM: Mapping[str, Template] = {each.stream: each for each in TEMPLATES}

CREDIT_MEMO = frozenset({"customer name"}), ({"credit memo #"}, {"ref #", "credit date"})
"""What tells the template of credit memos, whose fields in the API nobody knows."""


def line_field(template: Template, label: str) -> tuple[str, Sure] | None:
    """The field that a line's header feeds, with or without the words that it should begin with."""
    words = next((each for each in (template.line, "line item", "line") if each and label.startswith(f"{each} ")), "")
    if not template.line:
        return None
    label = label.removeprefix(words).strip()
    name = template.prices if label in _PRICE_LABELS else _LINE_LABELS.get(label)
    sure = Sure.SEEN if words == template.line and label in template.seen_lines else Sure.GUESSED
    return (name, sure) if name else None
