"""Bills that may be there twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_report.amounts import exact
from bill_report.build import none_of
from bill_report.models import DUPLICATE_SUSPECTS
from bill_report.parts import UNKNOWN, ZERO, CellKind, PageColumn, PageRow, PageTable, Section, Tile

if TYPE_CHECKING:
    from bill_report.build import Loaded
    from bill_report.warehouse import Warehouse

NAME = "Duplicate suspects"
INTRO = (
    "Pairs of bills that may be one bill entered twice, the largest amounts first. Of several alike each "
    "stands with the next one. Look at both in BILL."
)


def suspects(warehouse: Warehouse, organization: str | None, top: int, loaded: Loaded) -> tuple[Section, Tile]:
    """The pairs of an organization, and the bills that may be there twice.

    Raises:
        UnreadModelError: The model cannot be read.
    """
    if loaded.lacks("bills"):
        unknown = none_of("bills")
        return Section(name=NAME, intro=unknown), Tile(name=NAME, value=UNKNOWN, remark=unknown)
    rows = warehouse.rows(
        DUPLICATE_SUSPECTS,
        "SELECT concat_ws(' / ', coalesce(nullif(trim(vendor_name), ''), vendor_id, '(no vendor)'),"
        " coalesce(nullif(trim(other_vendor_name), ''), other_vendor_id)), reason, days_apart,"
        " coalesce(invoice_number_1, bill_id_1), invoice_date_1::DATE, amount_1,"
        " coalesce(invoice_number_2, bill_id_2), invoice_date_2::DATE, amount_2, bill_id_2"
        " FROM model WHERE organization_id IS NOT DISTINCT FROM $1"
        " ORDER BY greatest(abs(amount_1), abs(amount_2)) DESC NULLS LAST, vendor_name, bill_id_1, bill_id_2",
        [organization],
    )
    twice = {bill: amount or ZERO for *_, amount, bill in rows}
    remark = f"Bills that may be there already, {exact(sum(twice.values(), ZERO))} in all."
    tile = Tile(name=NAME, value=len(twice), remark=remark if twice else "")
    if not rows:
        return Section(name=NAME, intro="No two bills look like one."), tile
    table = PageTable(
        caption="Pairs of bills that may be one",
        columns=(
            PageColumn(name="vendor", kind=CellKind.TEXT),
            PageColumn(name="why", kind=CellKind.TEXT),
            PageColumn(name="days apart", kind=CellKind.COUNT),
            *(
                PageColumn(name=f"{name} {number}", kind=kind)
                for number in (1, 2)
                for name, kind in (("number", CellKind.TEXT), ("date", CellKind.TEXT), ("amount", CellKind.MONEY))
            ),
        ),
        rows=tuple(PageRow(cells=tuple(each)) for *each, _ in rows[:top]),
    )
    left = len(rows) - top
    remarks = (f"{left:,} more pairs are in {DUPLICATE_SUSPECTS.name}.",) if left > 0 else ()
    return Section(name=NAME, intro=INTRO, tables=(table,), remarks=remarks), tile
