"""The command line of `bill-report`."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from bill_program.errors import SettingsError
from bill_program.options import Whole
from bill_program.whole_files import write_whole
from bill_report.build import build_of
from bill_report.loads import accounts, load
from bill_report.models import MODELS
from bill_report.page import html, organizations
from bill_report.parts import Page
from bill_report.warehouse import Warehouse
from bill_values.visible import visible

EXAMPLES = """
\b
Examples:
  bill-report output/warehouse.duckdb
  bill-report output/warehouse.duckdb --load output/reports --to-file june.html
  bill-report output/warehouse.duckdb --schema finance --organization 00801ABCDEFGHIJKLMNO

Exit codes: 0 the page is written, 1 it cannot be made, 2 usage, 7 the warehouse is in use.
"""


@click.command("bill-report", epilog=EXAMPLES, context_settings={"max_content_width": 110})
@click.argument("warehouse", type=click.Path(path_type=Path))
@click.option(
    "--to-file",
    "output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("report.html"),
    show_default=True,
    help="The page; one that is there is replaced.",
)
@click.option("--schema", default="bill", show_default=True, help="The schema of the models.")
@click.option(
    "--raw-schema", default="tap_bill", show_default=True, help="The schema of BILL's rows: names of organizations."
)
@click.option(
    "--load",
    "loads",
    type=click.Path(path_type=Path),
    multiple=True,
    help="An account that target-bill has written, or its folder (`report_dir`), of which the newest is taken; may be "
    "repeated.",
)
@click.option(
    "--organization", "chosen", multiple=True, help="The id of an organization; may be repeated. Default: all."
)
@click.option(
    "--top", type=Whole(1, 1000), default=15, show_default=True, help="Rows of a table before the rest is one."
)
def report(
    *,
    warehouse: Path,
    output: Path,
    schema: str,
    raw_schema: str,
    loads: tuple[Path, ...],
    chosen: tuple[str, ...],
    top: int,
) -> None:
    """Write one page to look at from the models in the DuckDB file WAREHOUSE, which is only read.

    The models are those of the dbt package in `transform/`; build them first.
    """
    if output.exists() and warehouse.exists() and output.samefile(warehouse):
        raise SettingsError(
            f"--output {output} is the warehouse: name another file, like {output.with_suffix('.html')}"
        )
    with closing(Warehouse(warehouse, schema)) as opened:
        opened.require(MODELS)
        build = build_of(opened)
        page = Page(
            warehouse=warehouse.name,
            schema=schema,
            made_at=datetime.now(UTC),
            days=build.told if build else "",
            warning=build.warning if build else "",
            organizations=organizations(opened, build, chosen, opened.names_of_organizations(raw_schema), top),
            loads=tuple(map(load, accounts(loads))),
        )
    output.parent.mkdir(parents=True, exist_ok=True)
    write_whole(output, html(page))
    click.echo(visible(str(output)))
