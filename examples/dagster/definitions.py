"""Assets with a partition for each organization: BILL into a warehouse, and files into BILL.

README.md says how to start it. Nothing of ours is imported but `pipeline` and `accounts` beside it: the commands run in
an environment of their own, and are found by PATH.
"""

# Without `from __future__ import annotations`: Dagster looks at the annotation of a context itself.

import os
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import accounts
import dagster as dg
import pipeline

SETTINGS = Path(pipeline.__file__).resolve().parent
FOLDER = Path(os.environ["ORGANIZATIONS_FOLDER"]).absolute()
"""The folder in which each organization has one of its own, named by its id."""

ORGANIZATIONS = pipeline.organizations_in(FOLDER / "organizations.csv")
PARTITIONS = dg.StaticPartitionsDefinition(list(ORGANIZATIONS))
"""Static, for the list is a file under version control: who changes it reloads the definitions."""

POOL = "bill_developer_key"
"""All organizations of a developer key share its calls and logins of an hour."""

READING = pipeline.Pipe(
    name="reading",
    tap=("tap-bill", "--config", "ENV"),
    target=("target-duckdb", "--config", str(SETTINGS / "duckdb.json")),
)
LOADING = pipeline.Pipe(
    name="loading",
    tap=("tap-bill-csv", "--config", str(SETTINGS / "csv.json")),
    target=("target-bill", "--config", "ENV"),
)


@dg.asset(partitions_def=PARTITIONS, pool=POOL, kinds={"duckdb"})
def warehouse(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """An organization's rows in its own DuckDB file, up to the beginning of the sync."""
    folder = FOLDER / context.partition_key
    with _told(context), pipeline.held(folder) as lock:
        READING.run(folder, lock, _variables(context))
        streams = accounts.streams_of(folder / "warehouse.duckdb", READING.log(folder, READING.tap))
    return dg.MaterializeResult(metadata=_of_warehouse(streams))


@dg.asset(partitions_def=PARTITIONS, pool=POOL, kinds={"csv"})
def loaded_bills(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """The bills of an organization's `inbox`, each once in BILL."""
    folder = FOLDER / context.partition_key
    before = accounts.reports_in(folder)
    with _told(context, before), pipeline.held(folder) as lock:
        LOADING.run(folder, lock, _variables(context))
    return dg.MaterializeResult(metadata=_of_load(accounts.newest(accounts.reports_in(folder) - before)))


def _variables(context: dg.AssetExecutionContext) -> dict[str, str]:
    return pipeline.variables_for(ORGANIZATIONS[context.partition_key], ORGANIZATIONS, os.environ)


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
        folder = FOLDER / context.partition_key
        metadata = {"exit code": error.code} | _of_load(accounts.newest(accounts.reports_in(folder) - reports))
        raise dg.Failure(str(error), metadata=metadata, allow_retries=False) from error


def _of_warehouse(streams: Sequence[accounts.Stream]) -> dict[str, Any]:
    """The closing table; amounts are texts, for Dagster's numbers are floats."""
    records = [
        dg.TableRecord({"stream": each.name, "read": each.read, "rows": each.rows, "amount": _money(each.amount)})
        for each in streams
    ]
    return {
        "rows read": sum(each.read for each in streams),
        "dagster/row_count": sum(each.rows for each in streams),
        "streams": dg.MetadataValue.table(records, _schema(stream="string", read="int", rows="int", amount="string")),
    }


def _of_load(report: dict[str, Any] | None) -> dict[str, Any]:
    """The account of target-bill; nothing where it has written none, such as with wrong settings."""
    if report is None:
        return {}
    streams = report["streams"]
    records = [
        dg.TableRecord(
            {"stream": name}
            | {verdict: line[verdict] for verdict in accounts.VERDICTS}
            | {"money": line["received_money"], "rejected money": line["money"]["rejected"]}
        )
        for name, line in streams.items()
    ]
    columns = {"stream": "string"} | dict.fromkeys(accounts.VERDICTS, "int")
    columns |= dict.fromkeys(("money", "rejected money"), "string")
    totals = {verdict: sum(line[verdict] for line in streams.values()) for verdict in accounts.VERDICTS}
    reasons = [f"{each['records']} x {each['stream']}: {each['reason']}" for each in report["reasons"]]
    return totals | {
        "streams": dg.MetadataValue.table(records, _schema(**columns)),
        "reasons": dg.MetadataValue.md("\n".join(f"- {each}" for each in reasons)),
    }


def _money(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:.2f}"


def _schema(**columns: str) -> dg.TableSchema:
    return dg.TableSchema([dg.TableColumn(name, kind) for name, kind in columns.items()])


reading = dg.define_asset_job("reading", selection=[warehouse])
loading = dg.define_asset_job("loading", selection=[loaded_bills])


@dg.schedule(job=reading, cron_schedule="0 2 * * *")
def nightly() -> list[dg.RunRequest]:
    """Every organization, each night; the pool says how many at once."""
    return [dg.RunRequest(partition_key=each) for each in ORGANIZATIONS]


@dg.schedule(job=loading, cron_schedule="0 * * * *")
def hourly() -> list[dg.RunRequest]:
    """Each organization that has files in its inbox; of those that are loaded already the tap knows by its STATE."""
    return [dg.RunRequest(partition_key=each) for each in ORGANIZATIONS if any((FOLDER / each / "inbox").glob("*.csv"))]


# One process for each run is enough: a run has one organization, and its commands are processes of their own.
defs = dg.Definitions(
    assets=[warehouse, loaded_bills],
    jobs=[reading, loading],
    schedules=[nightly, hourly],
    executor=dg.in_process_executor,
)
