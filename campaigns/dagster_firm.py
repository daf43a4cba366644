"""The example on Dagster with 30 simulated organizations, in real processes of Dagster: `make engines`.

1. All are read. One user's login is locked: its organization alone fails, after one login and no more, while the rest
   are complete. Unlocked, it is not tried while the note of the refusal is there; then it alone is run again.
2. All are loaded. In the midst of the writes the process of one run is killed, and of another one the process and its
   commands. Dagster starts both again by itself; where the commands still work, it waits for them.
3. All are read again, from the beginning where two runs are killed as above.
4. Some files are loaded once more, without STATE: nothing is written. An inbox that is empty is no failure.

After each step rows and sums of all organizations are held against the books. No password is in any file that was made.

    python campaigns/dagster_firm.py            # --organizations 6: a shorter one
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
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
from firm_campaign import BATCH_SIZE, SLOW_MS, FirmCampaign, say, secrets_in
from organization_pipes import WAREHOUSE
from pipeline import HOUR_S
from simulated import INBOX_FILE, ORGANIZATIONS, OTHER_USERNAME, Firm, firm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parents[1]
DAGSTER = ROOT / ".venv-dagster" / "bin" / "dagster"
EXAMPLE = ROOT / "examples" / "dagster"
PATIENCE_S = 900
POLL_S = 0.3
COMMAND = re.compile(r"/(tap|target)-[a-z-]+ ")
PROCESS = re.compile(r"Executing steps in process \(pid: (\d+)\)")

LAUNCH = """
mutation ($assets: [AssetKeyInput!]!, $partitions: [String!]!) {
  launchPartitionBackfill(backfillParams: {assetSelection: $assets, partitionNames: $partitions}) {
    __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message }
  }
}"""
RUNS = """
query ($backfill: String!) {
  runsOrError(filter: {tags: [{key: "dagster/backfill", value: $backfill}]}) {
    ... on Runs { results { runId status tags { key value } } }
  }
}"""
EVENTS = """
query ($run: ID!) {
  runOrError(runId: $run) {
    ... on Run { eventConnection { events { __typename ... on MessageEvent { message } } } }
  }
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of Dagster, as its page knows it."""

    id: str
    status: str
    organization: str
    parent: str | None
    """The run that was killed, for which this one was started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """Events of a run."""

    kinds: Counter[str]
    process: int | None
    """Its process, once its step has begun."""


class Dagster:
    """Dagster's web server and daemon, as `dagster dev` starts them."""

    def __init__(self, url: str) -> None:
        self._url = url

    def ask(self, query: str, **variables: Any) -> Any:
        """The answer to a query."""
        reply = requests.post(f"{self._url}/graphql", json={"query": query, "variables": variables}, timeout=60)
        reply.raise_for_status()
        answer = reply.json()
        if answer.get("errors"):
            raise RuntimeError(str(answer["errors"]))
        return answer["data"]

    def launch(self, asset: str, organizations: Sequence[str]) -> str:
        """Begin to make an asset of some organizations; the name of that."""
        said = self.ask(LAUNCH, assets=[{"path": [asset]}], partitions=list(organizations))["launchPartitionBackfill"]
        if "backfillId" not in said:
            raise RuntimeError(str(said))
        return str(said["backfillId"])

    def runs(self, backfill: str) -> list[Run]:
        """The runs of it so far, those that started anew among them."""
        found = []
        for each in self.ask(RUNS, backfill=backfill)["runsOrError"]["results"]:
            tags = {tag["key"]: tag["value"] for tag in each["tags"]}
            found.append(
                Run(
                    id=each["runId"],
                    status=each["status"],
                    organization=tags["dagster/partition"],
                    parent=tags.get("dagster/parent_run_id"),
                )
            )
        return found

    def events(self, run: Run) -> Events:
        """Events of a run so far."""
        said = self.ask(EVENTS, run=run.id)["runOrError"]["eventConnection"]["events"]
        begun = [PROCESS.search(each.get("message", "")) for each in said]
        return Events(
            kinds=Counter(each["__typename"] for each in said),
            process=next((int(each[1]) for each in begun if each), None),
        )

    def ended(self, backfill: str, organizations: Sequence[str]) -> dict[str, list[Run]]:
        """The runs of each organization, once one of each has succeeded, or has failed by its exit code."""
        found: dict[str, list[Run]] = {}
        for _ in _patiently("not all runs have ended"):
            found = {each: [] for each in organizations}
            for run in self.runs(backfill):
                found[run.organization].append(run)
            if all(runs and self._is_settled(runs) for runs in found.values()):
                break
        return found

    def _is_settled(self, runs: Sequence[Run]) -> bool:
        """True if one has succeeded, or failed by its exit code: one that was killed is started again."""
        return any(
            run.status == "SUCCESS" or (run.status == "FAILURE" and self.events(run).kinds["ExecutionStepFailureEvent"])
            for run in runs
        )


@contextmanager
def dagster(home: Path, made: Firm) -> Iterator[Dagster]:
    """Dagster from the example as it stands."""
    home.mkdir()
    (home / "dagster.yaml").write_bytes((EXAMPLE / "dagster.yaml").read_bytes())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    variables = made.variables | {"DAGSTER_HOME": str(home), "PATH": programs, "TARGET_BILL_BATCH_SIZE": BATCH_SIZE}
    with (
        (home / "dagster.log").open("wb") as log,
        subprocess.Popen(
            [DAGSTER, "dev", "-w", EXAMPLE / "workspace.yaml", "-h", "127.0.0.1", "-p", port],
            env=variables,
            stdout=log,
            stderr=log,
            cwd=home,
        ) as process,
    ):
        try:
            there = Dagster(f"http://127.0.0.1:{port}")
            _wait_for(there, process)
            yield there
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def _wait_for(there: Dagster, process: subprocess.Popen[bytes]) -> None:
    for _ in _patiently("Dagster did not start"):
        if process.poll() is not None:
            raise RuntimeError(f"Dagster ended with {process.returncode}")
        try:
            there.ask("{ version }")
        except (requests.ConnectionError, requests.HTTPError):
            continue
        break


def _patiently(otherwise: str) -> Iterator[None]:
    """Turns of waiting for something; an error when it does not come."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        yield
        time.sleep(POLL_S)
    raise TimeoutError(otherwise)


# --- the steps ------------------------------------------------------------------------------------------------------


class Campaign(FirmCampaign):
    """The steps."""

    def __init__(self, made: Firm, there: Dagster) -> None:
        super().__init__(made)
        self._there = there

    def one_fails(self) -> None:
        """All are read but one, and then that one."""
        locked = self._made.ids[-1]
        self._control.change_directory(users=[{"username": OTHER_USERNAME, "locked": True}])
        runs = self._run("warehouse", self._made.ids)
        failed = [name for name, each in runs.items() if each[-1].status == "FAILURE"]
        self._check(failed == [locked], f"failed: {failed}")
        self._check(sum(len(each) for each in runs.values()) == len(runs), "a run was started again")
        logins = self._logins()[locked]
        self._check(logins == 1, f"{logins} logins of the locked user")
        say(f"1. {len(runs)} organizations read, {len(failed)} failed: its user is locked; it logged in {logins} time")
        self._warehouses_against_books(self._made.ids[:-1])

        self._unlock()
        held = self._run("warehouse", [locked])
        self._check(held[locked][-1].status == "FAILURE", "refused credentials were taken for good ones")
        self._lift()
        again = self._run("warehouse", [locked])
        others = self._logins().keys() - {locked}
        self._check(again[locked][-1].status == "SUCCESS" and not others, f"the retry called for {others}")
        say("   that one alone is run again")
        self._warehouses_against_books(self._made.ids)

    def load(self) -> None:
        """All are loaded, and two runs are killed meanwhile."""
        runs = self._run("loaded_bills", self._made.ids, killed=self._made.ids[:2], call="/Create/Bill.json")
        self._all_succeed(runs)
        bills = self._loads_against_books(self._made.ids)
        say(f"2. {bills:,} bills of {len(runs)} organizations loaded, each once; {self._again(runs)}")

    def read_again(self) -> None:
        """Rows have changed; two of the runs that read them are killed."""
        self._control.advance(HOUR_S)
        first, second = self._made.ids[:2]
        for each in (first, second):  # read from the beginning, so that there is a midst
            (self._made.folder / each / WAREHOUSE).unlink()
            (self._made.folder / each / "reading-state.json").unlink()
        runs = self._run("warehouse", self._made.ids, killed=(first, second), call="/List/Bill.json")
        self._all_succeed(runs)
        say(f"3. {len(runs)} organizations read again, with what was loaded; {self._again(runs)}")
        self._warehouses_against_books(self._made.ids)

    def load_again(self) -> None:
        """Without STATE the files are read again, and nothing is written; an inbox is empty."""
        some = self._made.ids[:5]
        (self._made.folder / some[-1] / INBOX_FILE).unlink()
        for each in some:
            (self._made.folder / each / "loading-state.json").unlink()
        self._control.forget_requests()
        self._all_succeed(self._run("loaded_bills", some))
        writes = self._writes()
        self._check(not writes, f"the second load wrote: {writes}")
        say(f"4. {len(some)} files loaded a second time: {len(writes)} writes")

    def _run(
        self, asset: str, organizations: Sequence[str], killed: Sequence[str] = (), call: str = ""
    ) -> dict[str, list[Run]]:
        """Make an asset of organizations; kill the runs of two of them in the midst, the second with its commands."""
        began = time.monotonic()
        backfill = self._there.launch(asset, organizations)
        if killed:
            self._control.forget_requests()
            self._control.limit(latency_ms=SLOW_MS)
            stopped = self._kill(backfill, killed, call)
            self._control.limit(latency_ms=0)
            self._go_on(backfill, killed[0], stopped)
        runs = self._there.ended(backfill, organizations)
        say(f"   {asset} of {len(organizations)} in {time.monotonic() - began:.0f} s")
        return runs

    def _kill(self, backfill: str, organizations: Sequence[str], call: str) -> list[int]:
        """Kill two runs once they have made a call; the commands of the first, which live on, are stopped meanwhile."""
        left, commands = dict.fromkeys(organizations, 0), []
        for _ in _patiently(f"{organizations} never called {call}"):
            for run in self._there.runs(backfill):
                if left.get(run.organization) == 0:
                    left[run.organization] = self._there.events(run).process or 0
            calls = Counter(each["organization"] for each in self._control.requests() if each["path"].endswith(call))
            for each in [name for name, process in left.items() if process and calls[name]]:
                children = _commands_of(left[each])
                os.kill(left.pop(each), signal.SIGKILL)
                with_all = each == organizations[1]
                for child in children:
                    os.kill(child, signal.SIGKILL if with_all else signal.SIGSTOP)
                commands += [] if with_all else children
                # The tap of a file has read it, and ended, before its target writes.
                self._check(bool(children), f"{each}: none of its commands was running")
                say(f"   killed the run of {each}{' and its commands' if with_all else ''}; {self._done(each)}")
            if not left:
                break
        return commands

    def _go_on(self, backfill: str, organization: str, stopped: Sequence[int]) -> None:
        """Let the commands of a killed run end, once a new run has found that they still work."""
        for _ in _patiently(f"{organization} was not started again"):
            runs = [run for run in self._there.runs(backfill) if run.organization == organization]
            if any(run.parent and self._there.events(run).kinds["ExecutionStepUpForRetryEvent"] for run in runs):
                break
        for each in stopped:
            os.kill(each, signal.SIGCONT)

    def _again(self, runs: dict[str, list[Run]]) -> str:
        """Runs and retries that Dagster began by itself, for people."""
        restarted = [run for each in runs.values() for run in each if run.parent]
        retries = sum(self._there.events(run).kinds["ExecutionStepUpForRetryEvent"] for run in restarted)
        return f"{len(restarted)} runs started again by Dagster, {retries} retries by exit code"

    def _done(self, organization: str) -> str:
        """The part of the work that is done, for people."""
        bills = [row for row in self._control.books(organization, "Bill") if row["invoiceNumber"].startswith("IN-")]
        calls = sum(each["organization"] == organization for each in self._control.requests())
        return f"{calls} calls made, {len(bills)} of its bills in BILL"

    def _all_succeed(self, runs: dict[str, list[Run]]) -> None:
        bad = [name for name, each in runs.items() if "SUCCESS" not in {run.status for run in each}]
        self._check(not bad, f"failed: {bad}")


def _commands_of(process: int) -> list[int]:
    """The tap and the target that a run has started; it has other processes of Dagster besides."""
    listed = subprocess.run(
        ["/bin/ps", "-o", "pid=,args=", "--ppid", str(process)], capture_output=True, text=True, check=False
    )
    return [int(each.split()[0]) for each in listed.stdout.splitlines() if COMMAND.search(each)]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="The example on Dagster, with runs that are killed.")
    parser.add_argument("--organizations", type=int, default=ORGANIZATIONS)
    count = parser.parse_args(arguments).organizations
    # Dagster ends its processes by SIGINT, which commands in the background, and so their children, ignore.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as name, firm(Path(name) / "organizations", count) as made:
        with dagster(Path(name) / "home", made) as there:
            campaign = Campaign(made, there)
            for step in (campaign.one_fails, campaign.load, campaign.read_again, campaign.load_again):
                step()
        told = secrets_in(Path(name))
        campaign.off += [f"a secret is in {each}" for each in told]
        print(f"{len(campaign.off)} things are off", *campaign.off, sep="\n  ")
    return 1 if campaign.off else 0


if __name__ == "__main__":
    sys.exit(main())
