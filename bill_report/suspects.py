"""Bills that may be there twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_report.models import DUPLICATE_SUSPECTS
from bill_report.parts import Column, Kind, Row, Section, Table, Tile

if TYPE_CHECKING:
    from bill_report.warehouse import Warehouse

NAME = "Duplicate suspects"
INTRO = (
    "Pairs of bills of one vendor that may be one bill entered twice, the largest amounts first. Look at both in BILL."
)


def suspects(warehouse: Warehouse, organization: str | None, top: int) -> tuple[Section, Tile]:
    """The pairs of an organization, and how many there are.

    Raises:
        UnreadModelError: The model cannot be read.
    """
    rows = warehouse.rows(
        DUPLICATE_SUSPECTS,
        "SELECT coalesce(vendor_name, vendor_id, '(no vendor)'), reason, days_apart,"
        " coalesce(invoice_number_1, bill_id_1), invoice_date_1::DATE, amount_1,"
        " coalesce(invoice_number_2, bill_id_2), invoice_date_2::DATE, amount_2"
        " FROM model WHERE organization_id IS NOT DISTINCT FROM $1"
        " ORDER BY greatest(abs(amount_1), abs(amount_2)) DESC NULLS LAST, vendor_name, bill_id_1, bill_id_2",
        [organization],
    )
    tile = Tile(name="Duplicate suspects", value=len(rows), remark="pairs of bills")
    if not rows:
        return Section(name=NAME, intro="No two bills look like one."), tile
    table = Table(
        caption="Pairs of bills that may be one",
        columns=(
            Column(name="vendor", kind=Kind.TEXT),
            Column(name="why", kind=Kind.TEXT),
            Column(name="days apart", kind=Kind.COUNT),
            *(
                Column(name=f"{name} {number}", kind=kind)
                for number in (1, 2)
                for name, kind in (("number", Kind.TEXT), ("date", Kind.TEXT), ("amount", Kind.MONEY))
            ),
        ),
        rows=tuple(Row(cells=tuple(each)) for each in rows[:top]),
    )
    left = len(rows) - top
    remarks = (f"{left:,} more pairs are in {DUPLICATE_SUSPECTS.name}.",) if left > 0 else ()
    return Section(name=NAME, intro=INTRO, tables=(table,), remarks=remarks), tile
