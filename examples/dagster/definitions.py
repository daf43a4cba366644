"""Assets with a partition for each organization: BILL into a warehouse, and files into BILL.

README.md says how to start it. Nothing of ours is imported but the modules of `examples/engines`: the commands run in
an environment of their own, and are found by PATH.
"""

# Without `from __future__ import annotations`: Dagster looks at the annotation of a context itself.

import os
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import closing_tables
import dagster as dg
import pipeline
from organization_pipes import LOADING, READING, WAREHOUSE, has_files

FOLDER = Path(os.environ["ORGANIZATIONS_FOLDER"]).absolute()
"""The folder in which each organization has one of its own, named by its id."""

ORGANIZATIONS = pipeline.organizations_in(FOLDER / "organizations.csv")
PARTITIONS = dg.StaticPartitionsDefinition(list(ORGANIZATIONS))
"""Static, for the list is a file under version control: who changes it reloads the definitions."""

POOL = "bill_developer_key"
"""All organizations of a developer key share its calls and logins of an hour."""


@dg.asset(partitions_def=PARTITIONS, pool=POOL, kinds={"duckdb"})
def warehouse(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """An organization's rows in its own DuckDB file, up to the beginning of the sync."""
    folder = FOLDER / context.partition_key
    with _told(context), pipeline.held(folder) as lock:
        _run(READING, context, lock)
        rows = closing_tables.of_warehouse(folder / WAREHOUSE, READING.log(folder, READING.tap))
    return dg.MaterializeResult(metadata=_of_warehouse(rows))


@dg.asset(partitions_def=PARTITIONS, pool=POOL, kinds={"csv"})
def loaded_bills(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """The bills of an organization's `inbox`, each once in BILL."""
    folder = FOLDER / context.partition_key
    before = closing_tables.reports_in(folder)
    with _told(context, before), pipeline.held(folder) as lock:
        if not has_files(folder):
            context.log.info("the inbox is empty: nothing to load")
            return dg.MaterializeResult(metadata={"inbox": "empty"})
        _run(LOADING, context, lock)
    return dg.MaterializeResult(metadata=_of_load(folder, before))


def _run(pipe: pipeline.Pipe, context: dg.AssetExecutionContext, lock: int) -> None:
    organization = ORGANIZATIONS[context.partition_key]
    given = pipeline.personal_of(organization, os.environ)
    variables = pipeline.variables_for(organization, ORGANIZATIONS, given, os.environ)
    with pipeline.not_refused(FOLDER, organization.user, variables):
        pipe.run(FOLDER / organization.id, lock, variables)


@contextmanager
def _told(context: dg.AssetExecutionContext, reports: Set[Path] = frozenset()) -> Iterator[None]:
    """Turn the exit code of a pipe into what Dagster does next.

    Args:
        context: Of the asset.
        reports: The accounts of loads that were there before.
    """
    try:
        yield
    except pipeline.PipeError as error:
        wait_s = pipeline.seconds_to_wait(error, context.retry_number)
        if wait_s is not None:
            context.log.warning(f"{error}\nAgain in {wait_s:.0f} s")
            # The count of this code decides, by `seconds_to_wait`; Dagster's own must not be smaller.
            raise dg.RetryRequested(max_retries=context.retry_number + 1, seconds_to_wait=wait_s) from error
        metadata = {"exit code": error.code} | _of_load(FOLDER / context.partition_key, reports)
        raise dg.Failure(str(error), metadata=metadata, allow_retries=False) from error


def _of_warehouse(rows: Sequence[closing_tables.Row]) -> dict[str, Any]:
    """The closing table of a sync."""
    totals = closing_tables.total(rows, "read", "rows")
    return {"rows read": totals["read"], "dagster/row_count": totals["rows"], "streams": _table(rows)}


def _of_load(folder: Path, before: Set[Path]) -> dict[str, Any]:
    """The account of a load; nothing where target-bill has written none, such as with wrong settings.

    Args:
        folder: The organization's.
        before: The accounts that were there before.
    """
    report = closing_tables.newest(closing_tables.reports_in(folder) - before)
    if report is None:
        return {}
    rows, reasons = closing_tables.of_load(report), closing_tables.reasons_of(report)
    return closing_tables.total(rows, *closing_tables.VERDICTS) | {
        "streams": _table(rows),
        "reasons": dg.MetadataValue.md("\n".join(f"- {each}" for each in reasons)),
    }


def _table(rows: Sequence[closing_tables.Row]) -> dg.TableMetadataValue:
    kinds = {name: "int" if isinstance(value, int) else "string" for row in rows[:1] for name, value in row.items()}
    columns = [dg.TableColumn(name, kind) for name, kind in kinds.items()]
    return dg.MetadataValue.table([dg.TableRecord(row) for row in rows], dg.TableSchema(columns))


reading = dg.define_asset_job("reading", selection=[warehouse])
loading = dg.define_asset_job("loading", selection=[loaded_bills])


@dg.schedule(job=reading, cron_schedule="0 2 * * *")
def nightly() -> list[dg.RunRequest]:
    """Every organization, each night; the pool says how many at once."""
    return [dg.RunRequest(partition_key=each) for each in ORGANIZATIONS]


@dg.schedule(job=loading, cron_schedule="0 * * * *")
def hourly() -> list[dg.RunRequest]:
    """Each organization that has files in its inbox."""
    return [dg.RunRequest(partition_key=each) for each in ORGANIZATIONS if has_files(FOLDER / each)]


# One process for each run is enough: a run has one organization, and its commands are processes of their own.
defs = dg.Definitions(
    assets=[warehouse, loaded_bills],
    jobs=[reading, loading],
    schedules=[nightly, hourly],
    executor=dg.in_process_executor,
)
