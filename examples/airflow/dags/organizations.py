"""Two DAGs with a mapped task for each organization: BILL into a warehouse, and files into BILL.

README.md says how to start them. Nothing of ours is imported but the modules of `examples/engines`: the commands run in
an environment of their own, and are found by PATH.
"""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import closing_tables
import pipeline
from airflow.sdk import Connection, RetryDecision, RetryPolicy, dag, task
from airflow.sdk.log import mask_secret
from organization_pipes import LOADING, READING, WAREHOUSE, has_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

FOLDER = Path(os.environ["ORGANIZATIONS_FOLDER"]).absolute()
"""The folder in which each organization has one of its own, named by its id."""

ORGANIZATIONS = pipeline.organizations_in(FOLDER / "organizations.csv")

SECRET = ("developer_key", "mfa_id")
"""Extras of a connection that no log may show; the password is hidden by Airflow itself."""

# --- what an exit code asks for -------------------------------------------------------------------------------------

RETRIES = max(each.retries for each in pipeline.ENDINGS.values())
"""Retries that Airflow allows at the most; the code of the command decides how many there are."""


class ByExitCode(RetryPolicy):
    """Airflow's answer to a pipe that is not done."""

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,
        max_tries: int,
        context: object = None,  # noqa: ARG002  Airflow gives it
    ) -> RetryDecision:
        """Retry after the time that the code asks for, or fail at once."""
        if not isinstance(exception, pipeline.PipeError):
            return RetryDecision.fail("no code of a command: a mistake in the DAG, or in its connections")
        meaning = f"exit code {exception.code}: {exception.ending.meaning}"
        # A task that is cleared keeps counting, and is allowed as many again: what is left is what tells.
        wait_s = pipeline.seconds_to_wait(exception, attempt=RETRIES - (max_tries - try_number + 1))
        if wait_s is None:
            return RetryDecision.fail(f"{meaning}; no retry")
        return RetryDecision.retry(timedelta(seconds=wait_s), f"{meaning}; again in {wait_s:.0f} s")


FOR_EACH: dict[str, Any] = {
    "pool": "bill_developer_key",  # all organizations of a developer key share its calls and logins of an hour
    "retries": RETRIES,
    "retry_policy": ByExitCode(),
    "retry_delay": timedelta(seconds=pipeline.KILLED.wait_s),  # of a task whose process was killed: nothing is asked
    "multiple_outputs": False,
    "show_return_value_in_logs": False,  # as a table it is in the log already
    "map_index_template": "{{ organizations[task.op_kwargs.organization].name }} ({{ task.op_kwargs.organization }})",
}

# --- the DAGs -------------------------------------------------------------------------------------------------------

BOTH: dict[str, Any] = {
    "start_date": datetime(2026, 1, 1, tzinfo=UTC),
    "catchup": False,
    "max_active_runs": 1,
    "user_defined_macros": {"organizations": ORGANIZATIONS},  # the page calls a task by its organization
}


@dag(schedule="0 2 * * *", **BOTH)
def reading() -> None:
    """Each night, every organization's rows into its own DuckDB file."""

    # Of a task, not of this file: a run keeps its list, so that a task which is cleared is still that organization's.
    @task
    def organizations() -> list[str]:
        return list(ORGANIZATIONS)

    @task(**FOR_EACH)
    def warehouse(organization: str) -> dict[str, Any]:
        """The closing table: rows and sums of each stream."""
        folder = FOLDER / organization
        with _stopped_by_airflow(), pipeline.held(folder) as lock:
            _run(READING, organization, lock)
            rows = closing_tables.of_warehouse(folder / WAREHOUSE, READING.log(folder, READING.tap))
        _show(rows)
        return closing_tables.total(rows, "read", "rows") | {"streams": rows}

    warehouse.expand(organization=organizations())


@dag(schedule="0 * * * *", **BOTH)
def loading() -> None:
    """Each hour, the files in the inboxes into BILL."""

    @task
    def organizations() -> list[str]:
        return [each for each in ORGANIZATIONS if has_files(FOLDER / each)]

    @task(**FOR_EACH)
    def loaded_bills(organization: str) -> dict[str, Any] | None:
        """The closing table: verdicts and money of each stream; nothing where no file is there, or new."""
        folder = FOLDER / organization
        before = closing_tables.reports_in(folder)
        try:
            with _stopped_by_airflow(), pipeline.held(folder) as lock:
                if has_files(folder):
                    _run(LOADING, organization, lock)
                else:
                    print("the inbox is empty: nothing to load")  # noqa: T201  what a task prints is its log
        finally:
            account = _of_load(closing_tables.newest(closing_tables.reports_in(folder) - before))
        return account

    loaded_bills.expand(organization=organizations())


reading()
loading()


# --- for one organization -------------------------------------------------------------------------------------------


def _run(pipe: pipeline.Pipe, organization: str, lock: int) -> None:
    listed = ORGANIZATIONS[organization]
    variables = _variables(listed)
    with pipeline.not_refused(FOLDER, listed.user, variables):
        pipe.run(FOLDER / organization, lock, variables)


def _variables(organization: pipeline.Organization) -> dict[str, str]:
    """The environment of an organization's commands: the worker's without what is Airflow's, and the connection."""
    name = organization.user.lower()
    connection = Connection.get(name)
    extras = connection.extra_dejson
    for each in SECRET:
        mask_secret(extras.get(each))
    own = pipeline.settings_of(name, extras | {"username": connection.login, "password": connection.password})
    # Other users' connections may be variables too, and so may the address of Airflow's database.
    plain = {each: text for each, text in os.environ.items() if not each.startswith("AIRFLOW")}
    return pipeline.variables_for(organization, ORGANIZATIONS, own, plain)


@contextmanager
def _stopped_by_airflow() -> Iterator[None]:
    """Let a SIGTERM of Airflow, as `Mark failed` sends it, end the commands too: they settle what is under way."""

    def stop(number: int, _: FrameType | None) -> None:
        raise pipeline.PipeError(-number, "Airflow has stopped this task")

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _of_load(report: closing_tables.Report | None) -> dict[str, Any] | None:
    """The account of target-bill, shown and shortened."""
    if report is None:
        return None
    rows, reasons = closing_tables.of_load(report), closing_tables.reasons_of(report)
    _show(rows)
    for each in reasons:
        print(each)  # noqa: T201  what a task prints is its log
    return {"streams": rows, "reasons": reasons}


def _show(rows: Sequence[closing_tables.Row]) -> None:
    """Print a table into the log of the task."""
    if not rows:
        return
    texts = [list(rows[0]), *([str(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for line in texts:
        first, *others = (f"{text:>{width}}" for text, width in zip(line, widths, strict=True))
        print(first.strip().ljust(widths[0]), *others, sep="  ")  # noqa: T201
