"""The models that the report reads, with the columns that it takes from each."""

from __future__ import annotations

from dataclasses import dataclass

AGES = ("not_due", "days_1_30", "days_31_60", "days_61_90", "days_over_90")
AGEING_MONEY = (*AGES, "credits", "scheduled", "total")


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
    others=("organization_id", "as_of", "vendor_id", "vendor_name", "documents"),
)
AR_AGEING = Model(
    name="bill__ar_ageing",
    money=AGEING_MONEY,
    others=("organization_id", "as_of", "customer_id", "customer_name", "documents"),
)
CASH_FORECAST = Model(
    name="bill__cash_forecast",
    money=("due_amount", "scheduled_amount"),
    others=("organization_id", "direction", "week_start", "is_overdue"),
)
SPEND_LINES = Model(
    name="bill__spend_lines",
    money=("amount",),
    others=(
        *("organization_id", "document_type", "document_id", "month"),
        *("vendor_id", "vendor_name", "account_id", "account_name", "account_number"),
    ),
)
DUPLICATE_SUSPECTS = Model(
    name="bill__duplicate_suspects",
    money=("amount_1", "amount_2"),
    others=(
        *("organization_id", "vendor_id", "vendor_name", "bill_id_1", "invoice_number_1", "invoice_date_1"),
        *("bill_id_2", "invoice_number_2", "invoice_date_2", "days_apart", "reason"),
    ),
)
MODELS = (AP_AGEING, AR_AGEING, CASH_FORECAST, SPEND_LINES, DUPLICATE_SUSPECTS)
