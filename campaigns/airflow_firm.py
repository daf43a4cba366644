"""The example on Airflow with 30 simulated organizations, in real processes of Airflow: `make engines`.

1. All are read. One user's login is locked: its organization alone fails, after one login and no more, while the rest
   are complete; another one ends once with the code of a lost connection, and Airflow runs it again by itself.
   Unlocked, it is not tried while the note of the refusal is there; then the task is cleared, and runs again alone.
2. All are loaded; one organization's task is killed in the midst of its writes, alone, and one with its commands.
   Airflow starts both again by itself.
3. Bills have come in, and all are read again; two tasks are killed in the midst as above, and a third is marked as
   failed, which ends its commands.
4. All are loaded once more without STATE: nothing is written. An inbox that is empty is no failure.
5. Each exit code is answered as it should be.

After each step rows and sums of all organizations are held against the books. No password is in any file that was made.

    python campaigns/airflow_firm.py            # --organizations 10: a shorter one
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
from firm_campaign import BATCH_SIZE, SLOW_MS, FirmCampaign, say, secrets_in
from organization_pipes import WAREHOUSE
from pipeline import CONNECTION, DONE, ENDINGS, HOUR_S
from simulated import INBOX_FILE, ORGANIZATIONS, OTHER_USERNAME, Firm, firm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

START = Path(__file__).resolve().parents[1] / "examples" / "airflow" / "start.py"
PATIENCE_S = 900
POLL_S = 0.5
HELD_MS = 10_000
"""Time that a call takes while a task must not end by itself."""

READING, LOADING = ("reading", "warehouse"), ("loading", "loaded_bills")
"""A DAG, and its mapped task."""

STAND_IN = """#!/bin/sh
# tap-bill, which ends once with the code that a file of the organization's name asks for. What it says of it has a 5
# concern this organization alone: else the others of its user would not be tried, and end with 5 as well.
asked="$ASKED_CODES/$BILL_ORGANIZATION_ID"
if [ -e "$asked" ]; then code=$(cat "$asked"); rm "$asked"; echo "asked for (BDC_1105)" >&2; exit "$code"; fi
exec {tap} "$@"
"""
AGAIN_IN = re.compile(r"again in (\d+) s")
OVER = {"success", "failed", "up_for_retry"}


class Airflow:
    """Airflow, by its API."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()

    def log_in(self) -> None:
        """Get the token that everybody on this machine gets."""
        token = self._session.get(f"{self._url}/auth/token", timeout=60).json()["access_token"]
        self._session.headers["Authorization"] = f"Bearer {token}"

    def ask(self, verb: str, path: str, **options: Any) -> Any:
        """The answer to a call."""
        reply = self._session.request(verb, f"{self._url}/api/v2{path}", timeout=60, **options)
        if not reply.ok:
            raise RuntimeError(f"{verb} {path}: {reply.status_code} {reply.text}")
        return reply.json()

    def trigger(self, dag: str) -> str:
        """Begin a run of a DAG; its name."""
        return str(self.ask("POST", f"/dags/{dag}/dagRuns", json={"logical_date": None})["dag_run_id"])

    def state(self, dag: str, run: str) -> str:
        """The state of a run."""
        return str(self.ask("GET", f"/dags/{dag}/dagRuns/{run}")["state"])

    def tasks(self, dag: str, run: str, task: str) -> dict[int, dict[str, Any]]:
        """The instances of a mapped task, by their index."""
        found = self.ask("GET", f"/dags/{dag}/dagRuns/{run}/taskInstances", params={"limit": 100})["task_instances"]
        return {each["map_index"]: each for each in found if each["task_id"] == task and each["map_index"] >= 0}

    def log(self, dag: str, task: str, run: str, index: int, attempt: int) -> str:
        """The log of a task."""
        path = f"/dags/{dag}/dagRuns/{run}/taskInstances/{task}/logs/{attempt}"
        return str(self.ask("GET", path, params={"map_index": index, "full_content": True}))

    def clear(self, dag: str, run: str, task: str, index: int, *, only_failed: bool = True) -> None:
        """Run one task of a mapped one again."""
        given = {"dry_run": False, "dag_run_id": run, "task_ids": [[task, index]], "only_failed": only_failed}
        self.ask("POST", f"/dags/{dag}/clearTaskInstances", json=given)

    def ended(self, dag: str, run: str) -> str:
        """The state of a run once it has ended."""
        return str(_until(lambda: (state := self.state(dag, run)) in {"success", "failed"} and state, "a run"))


def _until(found: Any, what: str) -> Any:
    """The first answer of a function that is not empty."""
    deadline = time.monotonic() + PATIENCE_S
    while not (answer := found()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited in vain for {what}")
        time.sleep(POLL_S / 5)
    return answer


@contextmanager
def airflow(folder: Path, made: Firm) -> Iterator[Airflow]:
    """Airflow from the example as it stands, but that nothing begins by the clock, and that tap-bill can fail."""
    programs = folder / "programs"
    programs.mkdir()
    tap = programs / "tap-bill"
    commands = Path(sys.executable).parent  # no environment need be active
    tap.write_text(STAND_IN.format(tap=commands / "tap-bill"))
    tap.chmod(0o755)
    (folder / "codes").mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    variables = made.variables | {
        "PATH": os.pathsep.join([str(programs), str(commands), os.environ["PATH"]]),
        "ASKED_CODES": str(folder / "codes"),
        "TARGET_BILL_BATCH_SIZE": BATCH_SIZE,
        "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "false",
    }
    with subprocess.Popen([sys.executable, START, folder / "home", "--port", port], env=variables) as process:
        try:
            there = Airflow(f"http://127.0.0.1:{port}")
            _until(lambda: process.poll() is not None or _is_up(there), "Airflow")
            yield there
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def _is_up(there: Airflow) -> bool:
    """True once the DAGs are known; they are no longer paused then."""
    try:
        there.log_in()
        dags = there.ask("GET", "/dags")["dags"]
    except (requests.ConnectionError, RuntimeError):
        return False
    if errors := there.ask("GET", "/importErrors")["import_errors"]:
        raise RuntimeError(str(errors))
    for each in dags:
        there.ask("PATCH", f"/dags/{each['dag_id']}", json={"is_paused": False})
    return len(dags) == len((READING, LOADING))


class Campaign(FirmCampaign):
    """The steps."""

    def __init__(self, folder: Path, made: Firm, there: Airflow) -> None:
        super().__init__(made)
        self._codes, self._there = folder / "codes", there

    def one_fails(self) -> None:
        """All are read but one, and then that one."""
        ids = self._made.ids
        last, shaky = len(ids) - 1, 3
        self._control.change_directory(users=[{"username": OTHER_USERNAME, "locked": True}])
        (self._codes / ids[shaky]).write_text(str(CONNECTION))
        run, tasks = self._run(READING)
        failed = [index for index, each in tasks.items() if each["state"] == "failed"]
        self._check(failed == [last], f"failed: {failed}")
        tries = {index: each["try_number"] for index, each in tasks.items() if each["try_number"] != 1}
        self._check(tries == {shaky: 2}, f"tries: {tries}")
        logins = self._logins()[ids[last]]
        self._check(logins == 1, f"{logins} logins of the locked user")
        name = tasks[last]["rendered_map_index"]
        self._check(ids[last] in name, f"the failed task is called {name}")
        say(
            f"1. {len(tasks)} organizations read: {name} failed, its user is locked, after {logins} login; "
            f"code {CONNECTION} of another one was followed by {len(tries)} retry, the rest needed none"
        )
        self._warehouses_against_books(ids[:-1])

        self._unlock()
        self._there.clear(READING[0], run, READING[1], last)
        held = self._there.ended(READING[0], run)
        self._check(held == "failed", f"refused credentials, cleared: {held}")
        self._lift()
        (self._codes / ids[last]).write_text(str(CONNECTION))  # a task that was cleared has all its retries again
        self._there.clear(READING[0], run, READING[1], last)
        state = self._there.ended(READING[0], run)
        others = self._logins().keys() - {ids[last]}
        self._check(state == "success" and not others, f"cleared: {state}, logins of {others}")
        waits = self._waits(READING, run, last, attempt=3)
        self._check(waits is not None and waits < 2 * ENDINGS[CONNECTION].wait_s, f"cleared: again in {waits} s")
        say(f"   cleared: that one alone is run again, and after code {CONNECTION} again in {waits} s")
        self._warehouses_against_books(ids)

    def load(self) -> None:
        """All are loaded, and two tasks are killed meanwhile."""
        _, tasks = self._run(LOADING, killed=(0, 1), call="/Bulk/Crud/Create/Bill.json")
        self._all_succeed(tasks)
        bills = self._loads_against_books(self._made.ids)
        say(f"2. {bills:,} bills of {len(tasks)} organizations loaded, each once; {_tries(tasks)}")

    def read_again(self) -> None:
        """Rows have changed; of the tasks that read them two are killed, and one is marked as failed."""
        self._control.advance(HOUR_S)
        for each in self._made.ids[:3]:  # read from the beginning, so that there is a midst
            (self._made.folder / each / WAREHOUSE).unlink()
            (self._made.folder / each / "reading-state.json").unlink()
        run, tasks = self._run(READING, killed=(0, 1), call="/List/Bill.json", marked=2)
        self._check(tasks.pop(2)["state"] == "failed", "what was marked as failed went on")
        self._all_succeed(tasks)
        self._there.clear(READING[0], run, READING[1], 2)
        state = self._there.ended(READING[0], run)
        self._check(state == "success", f"what was marked as failed, and cleared: {state}")
        tasks = self._there.tasks(READING[0], run, READING[1])
        say(f"3. {len(tasks)} organizations read again, with what was loaded; {_tries(tasks)}")
        self._warehouses_against_books(self._made.ids)

    def load_again(self) -> None:
        """Without STATE the files are read again, and nothing is written; then an inbox is empty."""
        for each in self._made.ids:
            (self._made.folder / each / "loading-state.json").unlink()
        self._control.forget_requests()
        run, tasks = self._run(LOADING)
        self._all_succeed(tasks)
        (self._made.folder / self._made.ids[0] / INBOX_FILE).unlink()
        self._there.clear(LOADING[0], run, LOADING[1], 0, only_failed=False)
        state = self._there.ended(LOADING[0], run)
        self._check(state == "success", f"an empty inbox: {state}")
        writes = self._writes()
        self._check(not writes, f"the second load wrote: {writes}")
        say(f"4. {len(tasks)} files loaded a second time: {len(writes)} writes")

    def exit_codes(self) -> None:
        """A task for each code: no retry, or one after the time that the code asks for."""
        asked = dict(zip(self._made.ids, sorted(ENDINGS.keys() - {DONE}), strict=False))
        listed = self._made.folder / "organizations.csv"
        listed.write_text("".join(listed.read_text().splitlines(keepends=True)[: len(asked) + 1]))
        for each, code in asked.items():
            (self._codes / each).write_text(str(code))
        dag, task = READING
        run = self._there.trigger(dag)
        _until(
            lambda: (
                Counter(each["state"] in OVER for each in self._there.tasks(dag, run, task).values())
                == {True: len(asked)}
            ),
            "each code",
        )
        tasks = self._there.tasks(dag, run, task)
        for index, code in enumerate(asked.values()):
            ending, state = ENDINGS[code], tasks[index]["state"]
            expected = "up_for_retry" if ending.retries else "failed"
            self._check(state == expected, f"code {code}: {state}, not {expected}")
            waits = self._waits(READING, run, index, attempt=1)
            least = self._least_wait(tasks[index]["end_date"]) if ending.to_the_hour else ending.wait_s
            self._check((waits is not None) == bool(ending.retries), f"code {code}: again in {waits} s")
            self._check(waits is None or waits >= least - 1, f"code {code}: again in {waits} s, not {least}")
            say(f"   code {code}: {state}" + (f", again in {waits} s" if waits else ""))
        self._there.ask("PATCH", f"/dags/{dag}/dagRuns/{run}", json={"state": "failed"})
        say(f"5. {len(asked)} exit codes answered as they ask for")

    def _waits(self, what: tuple[str, str], run: str, index: int, attempt: int) -> int | None:
        """Seconds to the retry that the log of a task names."""
        found = AGAIN_IN.search(self._there.log(*what, run, index, attempt))
        return int(found[1]) if found else None

    @staticmethod
    def _least_wait(ended: str) -> float:
        """Seconds to the turn of the hour after an instant of Airflow's."""
        minute, second = re.findall(r":(\d\d)", ended)[:2]
        return HOUR_S - 60 * int(minute) - int(second)

    def _run(
        self, what: tuple[str, str], killed: Sequence[int] = (), call: str = "", marked: int | None = None
    ) -> tuple[str, dict[int, dict[str, Any]]]:
        """Run a DAG; kill the tasks of two organizations in the midst, the second with its commands."""
        dag, task = what
        began = time.monotonic()
        run = self._there.trigger(dag)
        if killed:
            self._control.forget_requests()
            self._control.limit(latency_ms=SLOW_MS)
            alone, with_all = killed
            self._kill(what, run, alone, call, commands=False)
            self._kill(what, run, with_all, call, commands=True)
            if marked is not None:
                self._mark_failed(what, run, marked, call)
            self._control.limit(latency_ms=0)
        self._there.ended(dag, run)
        tasks = self._there.tasks(dag, run, task)
        say(f"   {dag}: {len(tasks)} tasks in {time.monotonic() - began:.0f} s")
        return run, tasks

    def _process(self, what: tuple[str, str], run: str, index: int, call: str) -> int:
        """The process of a task, once its first call of a kind is there."""
        _until(
            lambda: any(
                each["path"].endswith(call) and each.get("organization") == self._made.ids[index]
                for each in self._control.requests()
            ),
            f"{call} of {self._made.ids[index]}",
        )
        return int(self._there.tasks(what[0], run, what[1])[index]["pid"])

    def _kill(self, what: tuple[str, str], run: str, index: int, call: str, *, commands: bool) -> None:
        process = self._process(what, run, index, call)
        children = _children(process)
        self._check(bool(children), "the task had no commands")  # a tap may have ended already
        for each in (process, *(children if commands else ())):
            os.kill(each, signal.SIGKILL)
        say(f"   killed the task of {self._made.ids[index]}{' and its commands' if commands else ''}")

    def _mark_failed(self, what: tuple[str, str], run: str, index: int, call: str) -> None:
        """Mark a task as failed, and wait until its commands have ended."""
        children = _children(self._process(what, run, index, call))
        self._control.limit(latency_ms=HELD_MS)  # Airflow tells a task of it seconds later
        path = f"/dags/{what[0]}/dagRuns/{run}/taskInstances/{what[1]}"
        self._there.ask("PATCH", path, params={"map_index": index}, json={"new_state": "failed"})
        _until(lambda: not any(Path(f"/proc/{each}").exists() for each in children), "the commands to end")
        self._control.limit(latency_ms=SLOW_MS)
        said = (self._made.folder / self._made.ids[index] / "reading-tap-bill.log").read_text()
        self._check("stopped by SIGTERM" in said, f"the commands were not told to stop: {said[-300:]}")
        say(f"   marked the task of {self._made.ids[index]} as failed; its commands have ended")

    def _all_succeed(self, tasks: dict[int, dict[str, Any]]) -> None:
        bad = {index: each["state"] for index, each in tasks.items() if each["state"] != "success"}
        self._check(not bad, f"not done: {bad}")


def _children(process: int) -> list[int]:
    """The processes that one has started."""
    return [int(each) for each in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def _tries(tasks: dict[int, dict[str, Any]]) -> str:
    again = {index: each["try_number"] for index, each in tasks.items() if each["try_number"] > 1}
    return f"tries of those that needed more than one: {again}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="The example on Airflow, with tasks that are killed.")
    parser.add_argument("--organizations", type=int, default=ORGANIZATIONS, help="10 at the least")
    count = parser.parse_args(arguments).organizations
    with tempfile.TemporaryDirectory() as name, firm(Path(name) / "organizations", count) as made:
        folder = Path(name)
        with airflow(folder, made) as there:
            campaign = Campaign(folder, made, there)
            for step in (
                campaign.one_fails,
                campaign.load,
                campaign.read_again,
                campaign.load_again,
                campaign.exit_codes,
            ):
                step()
        campaign.off += [f"a secret is in {each}" for each in secrets_in(folder)]
        print(f"{len(campaign.off)} things are off", *campaign.off, sep="\n  ")
    return 1 if campaign.off else 0


if __name__ == "__main__":
    sys.exit(main())
