"""The lists that documents are coded with: accounts, items, departments, locations, jobs, classes, staff."""

from __future__ import annotations

from types import MappingProxyType

from bill_api.table.entity import BULK, Entity, Operation, offered, standard_fields
from bill_api.table.fields import Alike, FieldType, Filterable, declare

CHART_OF_ACCOUNT = Entity(
    name="ChartOfAccount",
    stream="chart_of_accounts",
    id_prefix="0ca",
    natural_key=("name", "parentChartOfAccountId"),
    operations=offered(
        list="V2",
        read="DS V2",
        create="DS V2",
        update="PATTERN",
        delete="PATTERN",
        undelete="PATTERN",
        bulk_create="BC",
        bulk_delete="V2",
    ),
    unknown=BULK - {Operation.BULK_CREATE, Operation.BULK_DELETE},
    lookups=MappingProxyType({"Name": ("name",), "Number": ("accountNumber",)}),
    takes_files=("V2",),
    fields=(
        *standard_fields("DS"),
        declare("name", FieldType.STRING, "DS", required=True, alike=Alike.NAME),
        declare("accountNumber", FieldType.STRING, "DS"),
        declare(
            "accountType",
            FieldType.ENUM,
            "BC TS",
            "optional per docs but a client reports failure when omitted",
            codes={
                "0": "unspecified",
                "1": "accounts payable",
                "2": "accounts receivable",
                "3": "bank",
                "4": "cost of goods sold",
                "5": "credit card",
                "6": "equity",
                "7": "expense",
                "8": "fixed asset",
                "9": "income",
                "10": "long-term liability",
                "11": "other asset",
                "12": "other current asset",
                "13": "other current liability",
                "14": "other expense",
                "15": "other income",
                "16": "non-posting",
            },
            required=True,
        ),
        declare("description", FieldType.STRING, "DS"),
        declare("parentChartOfAccountId", FieldType.ID, "DS", references="ChartOfAccount"),
        declare("ca1099Type", FieldType.ENUM, "DS TS", "0-14, Intacct only"),
        declare("ca1099FormType", FieldType.ENUM, "TS", codes={"0": "none", "1": "MISC2021", "2": "NEC2021"}),
        declare("mergedIntoId", FieldType.ID, "DS", read_only=True, references="ChartOfAccount"),
    ),
)

ITEM = Entity(
    name="Item",
    stream="items",
    id_prefix="0ii",
    natural_key=("name", "parentItemId"),
    operations=offered(
        list="JL", read="JL", create="JL", update="JL", delete="JL", undelete="JL", bulk_create="V2", bulk_delete="V2"
    ),
    unknown=BULK - {Operation.BULK_CREATE, Operation.BULK_DELETE},
    lookups=MappingProxyType({"Name": ("name",)}),
    fields=(
        *standard_fields("DS"),
        declare("name", FieldType.STRING, "DS JL", required=True, alike=Alike.NAME),
        declare(
            "type",
            FieldType.ENUM,
            "JL",
            codes={
                "0": "unknown",
                "1": "service",
                "2": "inventory",
                "3": "non-inventory",
                "4": "payment",
                "5": "discount",
                "6": "sales tax",
                "7": "subtotal",
                "8": "other charge",
                "9": "inventory assembly",
                "10": "group",
                "11": "sales tax group",
                "12": "fixed asset",
                "13": "category",
            },
            required=True,
        ),
        declare("description", FieldType.STRING, "DS"),
        declare("price", FieldType.DECIMAL, "DS JL", "price or percentage"),
        declare("percentage", FieldType.DECIMAL, "DS JL"),
        declare("parentItemId", FieldType.ID, "DS JL", filterable=Filterable.DOCUMENTED, references="Item"),
        declare("hasPurInfo", FieldType.BOOLEAN, "DS JL", read_only=True),
        declare("expenseAccount", FieldType.ID, "DS JL", references="ChartOfAccount"),
        declare("purDescription", FieldType.STRING, "DS"),
        declare("purCost", FieldType.DECIMAL, "DS"),
        declare("chartOfAccountId", FieldType.ID, "DS JL", references="ChartOfAccount"),
        declare("taxable", FieldType.BOOLEAN, "DS"),
        declare("shortName", FieldType.STRING, "DS", alike=Alike.NAME),
        declare("mergedIntoId", FieldType.ID, "DS", read_only=True, references="Item"),
    ),
)


def _tree(name: str, stream: str, id_prefix: str, *, source: str = "DS", **evidence: str) -> Entity:
    """A list of names that may have a parent of their own kind. These four are alike but for what is known of them."""
    operations = offered(**evidence)
    parent = f"parent{name}Id"
    return Entity(
        name=name,
        stream=stream,
        id_prefix=id_prefix,
        natural_key=("name", parent),
        operations=operations,
        unknown=BULK - operations.keys(),
        lookups=MappingProxyType({"Name": ("name",), "ShortName": ("shortName",)}),
        fields=(
            *standard_fields(source),
            declare("name", FieldType.STRING, "DS CSV", required=True, max_length=100, alike=Alike.NAME),
            declare("shortName", FieldType.STRING, "DS CSV", max_length=40, alike=Alike.NAME),
            declare("description", FieldType.STRING, "DS CSV", max_length=4000),
            declare(parent, FieldType.ID, "DS", "zero id when top level", references=name),
            declare("mergedIntoId", FieldType.ID, "DS", read_only=True, references=name),
        ),
    )


DEPARTMENT = _tree(
    "Department",
    "departments",
    "0de",
    list="PATTERN",
    read="DS",
    create="DS",
    update="DS",
    delete="PATTERN",
    undelete="PATTERN",
)

LOCATION = _tree(
    "Location",
    "locations",
    "loc",
    list="PATTERN",
    read="DS",
    create="DS",
    update="DS",
    delete="V2",
    undelete="PATTERN",
    bulk_delete="V2",
)

JOB = _tree(
    "Job", "jobs", "job", list="PATTERN", read="DS", create="DS", update="DS", delete="PATTERN", undelete="PATTERN"
)

ACTG_CLASS = _tree(
    "ActgClass",
    "actg_classes",
    "cls",
    source="FA V2",
    list="FA",
    read="PATTERN",
    create="PATTERN",
    update="V2",
    delete="PATTERN",
    undelete="V2",
)

EMPLOYEE = Entity(
    name="Employee",
    stream="employees",
    id_prefix="emp",
    natural_key=("firstName", "lastName"),
    operations=offered(list="PATTERN", read="DS", create="DS", update="DS", delete="PATTERN", undelete="PATTERN"),
    unknown=BULK,
    lookups=MappingProxyType({"Name": ("firstName", "lastName"), "ShortName": ("shortName",)}),
    note="Only for organizations that sync with Intacct.",
    fields=(
        *standard_fields("DS"),
        declare("shortName", FieldType.STRING, "DS", alike=Alike.NAME),
        declare("firstName", FieldType.STRING, "DS", required=True, alike=Alike.NAME),
        declare("lastName", FieldType.STRING, "DS", required=True, alike=Alike.NAME),
        declare("parentEmployeeId", FieldType.ID, "DS", references="Employee"),
        declare("mergedIntoId", FieldType.ID, "DS", read_only=True, references="Employee"),
    ),
)

PAYMENT_TERM = Entity(
    name="PaymentTerm",
    stream="payment_terms",
    id_prefix="00p",
    natural_key=("netDue",),
    operations=offered(list="V2 BI", read="PATTERN", create="V2", update="PATTERN"),
    unknown=frozenset({Operation.BULK_READ, Operation.BULK_CREATE, Operation.BULK_UPDATE}),
    partial=True,
    lookups=MappingProxyType({"Name": ("name",), "NetDue": ("netDue",)}),
    note="It cannot be deleted (documented: V2). Of its fields only `netDue` could be read; name, isActive, times "
    "and discounts are likely.",
    fields=(
        declare("entity", FieldType.STRING, "V2", read_only=True),
        declare("id", FieldType.ID, "V2", read_only=True),
        declare("name", FieldType.STRING, "PATTERN", "what people call it", alike=Alike.NAME),
        declare("netDue", FieldType.INTEGER, "V2", "days until due; unique", required=True, bounds=(0, 999)),
    ),
)
