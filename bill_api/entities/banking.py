"""The organization's own bank accounts, and what moved on them."""

from __future__ import annotations

from bill_api.table.entity import Entity, offered
from bill_api.table.fields import FieldType, Filterable, declare

BANK_ACCOUNT = Entity(
    name="BankAccount",
    stream="bank_accounts",
    id_prefix="bac",
    operations=offered(list="V2", read="DS"),
    note="The organization's own funding accounts; only authorised partners write them.",
    fields=(
        declare("entity", FieldType.STRING, "V2", read_only=True),
        declare("id", FieldType.ID, "V2", filterable=Filterable.DOCUMENTED, read_only=True),
        declare(
            "isActive",
            FieldType.ENUM,
            "V2",
            codes={"1": "active", "2": "inactive"},
            filterable=Filterable.DOCUMENTED,
            read_only=True,
        ),
        declare("createdTime", FieldType.DATETIME, "V2", filterable=Filterable.DOCUMENTED, read_only=True),
        declare("updatedTime", FieldType.DATETIME, "V2", filterable=Filterable.DOCUMENTED, read_only=True),
        declare("bankName", FieldType.STRING, "V2 DS", read_only=True),
        declare("nameOnAcct", FieldType.STRING, "V2 DS", read_only=True),
        declare("accountNumber", FieldType.STRING, "V2 DS", "masked", read_only=True, sensitive=True),
        declare("routingNumber", FieldType.STRING, "V2 DS", "masked", read_only=True, sensitive=True),
        declare("usersId", FieldType.ID, "V2", filterable=Filterable.DOCUMENTED, read_only=True, references="User"),
        declare(
            "chartOfAccountId",
            FieldType.ID,
            "V2",
            filterable=Filterable.DOCUMENTED,
            read_only=True,
            references="ChartOfAccount",
        ),
        declare(
            "status",
            FieldType.ENUM,
            "V2",
            codes={
                "0": "not verified",
                "1": "verified",
                "2": "pending",
                "3": "blocked",
                "4": "expired",
                "5": "invalid",
            },
            filterable=Filterable.DOCUMENTED,
            read_only=True,
        ),
        declare("primaryAP", FieldType.BOOLEAN, "V2 DS", filterable=Filterable.DOCUMENTED, read_only=True),
        declare("primaryAR", FieldType.BOOLEAN, "V2 DS", filterable=Filterable.DOCUMENTED, read_only=True),
        declare("isSavings", FieldType.BOOLEAN, "DS", read_only=True),
        declare("isPersonalAcct", FieldType.BOOLEAN, "DS", read_only=True),
        declare("dateEstablished", FieldType.DATE, "DS", read_only=True),
    ),
)

MONEY_MOVEMENT = Entity(
    name="MoneyMovement",
    stream="money_movements",
    id_prefix="mmt",
    operations=offered(list="BI", read="DS"),
    partial=True,
    note="A live connector lists them; the documentation page was cut after processDate.",
    fields=(
        declare("entity", FieldType.STRING, "DS", read_only=True),
        declare("id", FieldType.ID, "DS", read_only=True),
        declare("createdTime", FieldType.DATETIME, "DS", read_only=True),
        declare("updatedTime", FieldType.DATETIME, "DS", read_only=True),
        declare("name", FieldType.STRING, "DS", read_only=True),
        declare("type", FieldType.ENUM, "DS", codes={"1": "payables", "2": "receivables"}, read_only=True),
        declare("amount", FieldType.MONEY, "DS", "negative for payables", read_only=True),
        declare("processDate", FieldType.DATE, "DS", read_only=True),
        declare(
            "status",
            FieldType.ENUM,
            "DS",
            codes={"0": "sent", "1": "confirmed", "2": "void"},
            filterable=Filterable.DOCUMENTED,
            read_only=True,
        ),
    ),
)
