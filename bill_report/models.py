"""The models that the report reads, with the columns that it takes from each."""

from __future__ import annotations

from dataclasses import dataclass

AGES = ("not_due", "days_1_30", "days_31_60", "days_61_90", "days_over_90")
AGEING_MONEY = (*AGES, "credits", "scheduled", "denied", "total")
DAYS = ("as_of", "built_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model of the dbt package, as the report knows it.

    Attributes:
        money: Columns of amounts, which must be decimals with two places.
        others: The other columns.
    """

    name: str
    money: tuple[str, ...]
    others: tuple[str, ...]


AP_AGEING = Model(
    name="bill__ap_ageing",
    money=AGEING_MONEY,
    others=("organization_id", *DAYS, "vendor_id", "vendor_name", "vendor_is_deleted", "documents"),
)
AR_AGEING = Model(
    name="bill__ar_ageing",
    money=AGEING_MONEY,
    others=("organization_id", *DAYS, "customer_id", "customer_name", "customer_is_deleted", "documents"),
)
CASH_FORECAST = Model(
    name="bill__cash_forecast",
    money=("due_amount", "scheduled_amount"),
    others=("organization_id", *DAYS, "direction", "week_start", "is_overdue"),
)
SPEND_LINES = Model(
    name="bill__spend_lines",
    money=("amount",),
    others=(
        *("organization_id", *DAYS, "document_type", "document_id", "month"),
        *("vendor_id", "vendor_name", "vendor_is_deleted", "account_id", "account_name", "account_number"),
    ),
)
DUPLICATE_SUSPECTS = Model(
    name="bill__duplicate_suspects",
    money=("amount_1", "amount_2"),
    others=(
        *("organization_id", *DAYS, "vendor_id", "vendor_name", "other_vendor_id", "other_vendor_name"),
        *("bill_id_1", "invoice_number_1", "invoice_date_1"),
        *("bill_id_2", "invoice_number_2", "invoice_date_2", "days_apart", "reason"),
    ),
)
LOADED = Model(name="bill__loaded", money=(), others=("organization_id", *DAYS, "stream", "row_count"))
NOT_NETTED = Model(name="bill__not_netted", money=("amount",), others=("organization_id", *DAYS, "kind", "documents"))
MODELS = (AP_AGEING, AR_AGEING, CASH_FORECAST, SPEND_LINES, DUPLICATE_SUSPECTS, LOADED, NOT_NETTED)
