"""Customers and their bank accounts."""

from __future__ import annotations

from types import MappingProxyType

from bill_api.table.entity import BULK, Entity, Operation, offered, standard_fields
from bill_api.table.fields import Alike, Field, FieldType, Filterable, declare


def _address(kind: str) -> tuple[Field, ...]:
    return (
        *(
            declare(f"{kind}Address{line}", FieldType.STRING, "PR CSV", "address lines", max_length=500)
            for line in range(1, 5)
        ),
        declare(f"{kind}AddressCity", FieldType.STRING, "PR CSV", max_length=255),
        declare(f"{kind}AddressState", FieldType.STRING, "PR CSV", max_length=255),
        declare(f"{kind}AddressCountry", FieldType.STRING, "PR CSV", max_length=255, alike=Alike.COUNTRY),
        declare(f"{kind}AddressZip", FieldType.STRING, "PR CSV", "postal code", max_length=20),
    )


CUSTOMER = Entity(
    name="Customer",
    stream="customers",
    id_prefix="0cu",
    natural_key=("name",),
    operations=offered(
        list="JL V2",
        read="JL V2",
        create="JL V2",
        update="JL V2",
        delete="JL V2",
        undelete="JL V2",
        bulk_create="PR V2",
        bulk_update="PR V2",
        bulk_delete="AT V2",
        bulk_undelete="V2",
    ),
    unknown=frozenset({Operation.BULK_READ}),
    lookups=MappingProxyType({"Name": ("name",), "ShortName": ("shortName",)}),
    takes_files=("V2",),
    fields=(
        *standard_fields("PR", Filterable.CLIENT),
        declare(
            "name",
            FieldType.STRING,
            "PR DS JL CSV",
            "display name; unique",
            filterable=Filterable.DOCUMENTED,
            required=True,
            max_length=100,
            alike=Alike.NAME,
        ),
        declare(
            "shortName", FieldType.STRING, "PR CSV", "own/third-party identifier", max_length=100, alike=Alike.NAME
        ),
        declare(
            "parentCustomerId",
            FieldType.ID,
            "PR JL",
            "parent for sub-customers",
            filterable=Filterable.DOCUMENTED,
            references="Customer",
        ),
        declare("companyName", FieldType.STRING, "PR CSV", max_length=250),
        declare("contactFirstName", FieldType.STRING, "PR CSV", max_length=100),
        declare("contactLastName", FieldType.STRING, "PR CSV", max_length=100),
        declare("accNumber", FieldType.STRING, "PR CSV", "shown on invoices", max_length=100),
        *_address("bill"),
        *_address("ship"),
        declare("email", FieldType.STRING, "PR DS", alike=Alike.NAME),
        declare("phone", FieldType.STRING, "PR"),
        declare("altPhone", FieldType.STRING, "PR"),
        declare("fax", FieldType.STRING, "PR"),
        declare("description", FieldType.STRING, "PR V3", max_length=4000),
        declare(
            "invoiceCurrency", FieldType.STRING, "PR V2", "ISO currency; required only for international customers"
        ),
        declare("printAs", FieldType.STRING, "PR", "name printed on invoices"),
        declare("mergedIntoId", FieldType.ID, "PR", read_only=True, references="Customer"),
        declare(
            "hasAuthorizedToCharge", FieldType.BOOLEAN, "PR JL", "set through SetCustomerAuthorization", read_only=True
        ),
        declare("accountType", FieldType.ENUM, "PR JL", codes={"0": "none", "1": "business", "2": "person"}),
        declare("paymentTermId", FieldType.ID, "PR", references="PaymentTerm"),
        declare("balance", FieldType.MONEY, "PR", "open receivable", read_only=True),
        declare("availCredit", FieldType.MONEY, "PR", read_only=True),
        declare("taxId", FieldType.STRING, "PR", sensitive=True),
        declare("hasBankAccount", FieldType.BOOLEAN, "PR", "payment set-up flags", read_only=True),
        declare("hasNetBankAccount", FieldType.BOOLEAN, "PR", "payment set-up flags", read_only=True),
        declare("hasBankAccountAutoPay", FieldType.BOOLEAN, "PR", "payment set-up flags", read_only=True),
        declare("hasCreditCard", FieldType.BOOLEAN, "PR", "payment set-up flags", read_only=True),
        declare("hasCreditCardAutoPay", FieldType.BOOLEAN, "PR", "payment set-up flags", read_only=True),
        declare("defaultDeliveryMethod", FieldType.STRING, "PR", "null in capture"),
        declare("isAutoChargeDismissed", FieldType.BOOLEAN, "PR", read_only=True),
        declare("isTaxLiable", FieldType.BOOLEAN, "PR"),
        declare("creationSource", FieldType.ENUM, "PR", '"0"', read_only=True),
        declare("enabledInvoiceFinancing", FieldType.BOOLEAN, "PR", read_only=True),
        declare("hasCustomerCard", FieldType.BOOLEAN, "PR", read_only=True),
        declare("enabledAutoInvoiceFinancing", FieldType.BOOLEAN, "PR", read_only=True),
    ),
)

CUSTOMER_BANK_ACCOUNT = Entity(
    name="CustomerBankAccount",
    stream="customer_bank_accounts",
    id_prefix="cba",
    natural_key=("customerId",),
    operations=offered(list="PR V2", read="JL DS", create="JL DS", delete="JL DS"),
    unknown=BULK - {Operation.BULK_UPDATE} | {Operation.UNDELETE},
    flags=MappingProxyType({"agreedWithTOS": "the terms of service are accepted; must be true (create)"}),
    note="One account per customer; no update: delete, then create. No MFA.",
    fields=(
        *standard_fields("PR"),
        declare("customerId", FieldType.ID, "PR DS", required=True, references="Customer"),
        declare("nameOnAccount", FieldType.STRING, "PR DS", "account holder", required=True),
        declare("nickname", FieldType.STRING, "PR DS"),
        declare("routingNumber", FieldType.STRING, "PR DS", required=True, sensitive=True),
        declare("accountNumber", FieldType.STRING, "PR DS", "masked on read", required=True, sensitive=True),
        declare("isLockedByOrg", FieldType.BOOLEAN, "PR JL", "customer may not edit it"),
        declare("isSavings", FieldType.BOOLEAN, "PR DS"),
        declare("isPersonalAcct", FieldType.BOOLEAN, "PR DS"),
        declare("isWrittenAuth", FieldType.BOOLEAN, "PR DS", "organisation holds written authority"),
        declare("isPrivate", FieldType.BOOLEAN, "PR"),
        declare("phone", FieldType.STRING, "PR"),
        declare("cpUserId", FieldType.ID, "PR", "customer-portal user"),
        declare(
            "status",
            FieldType.ENUM,
            "PR V2",
            "code list taken from BankAccount",
            codes={
                "0": "not verified",
                "1": "verified",
                "2": "pending",
                "3": "blocked",
                "4": "expired",
                "5": "invalid",
            },
            read_only=True,
        ),
        declare("rndDepExpireDate", FieldType.DATE, "PR", "test-deposit expiry", read_only=True),
    ),
)

CUSTOMER_CONTACT = Entity(
    name="CustomerContact",
    stream="customer_contacts",
    natural_key=("customerId", "firstName", "lastName", "email"),
    operations=offered(
        list="JL",
        read="JL",
        create="JL",
        update="JL",
        delete="JL",
        undelete="JL",
        bulk_create="V2",
        bulk_update="V2",
        bulk_delete="V2",
        bulk_undelete="V2",
    ),
    unknown=frozenset({Operation.BULK_READ}),
    fields=(
        *standard_fields("JL"),
        declare("customerId", FieldType.ID, "JL", required=True, references="Customer"),
        declare("firstName", FieldType.STRING, "JL", alike=Alike.NAME),
        declare("lastName", FieldType.STRING, "JL", alike=Alike.NAME),
        declare("email", FieldType.STRING, "JL", alike=Alike.NAME),
        declare("phone", FieldType.STRING, "JL"),
        declare("altPhone", FieldType.STRING, "JL"),
        declare("fax", FieldType.STRING, "JL"),
        declare("timezoneId", FieldType.ENUM, "JL", codes={"3": "PST", "4": "MST", "5": "CST", "6": "EST"}),
    ),
)
