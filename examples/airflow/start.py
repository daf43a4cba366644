"""Airflow on this machine alone: its database, the pool, and its three processes, until Ctrl-C or SIGTERM.

    python examples/airflow/start.py output/airflow

README.md says more. ORGANIZATIONS_FOLDER names the organizations; the variables of each user that they name become a
connection: `BILL_USERNAME`, `BILL_PASSWORD` the connection `bill`.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).resolve().parent
ENGINES = HERE.parent / "engines"
sys.path.insert(0, str(ENGINES))

import pipeline  # noqa: E402  it lies beside this example

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

AIRFLOW = HERE.parents[1] / ".venv-airflow" / "bin" / "airflow"
PROCESSES = {
    "api-server": ("api-server",),
    "dag-processor": ("dag-processor",),
    # The logs are read from the files of this machine; the server for them would listen to the whole network.
    "scheduler": ("scheduler", "--skip-serve-logs"),
}
POLL_S = 0.5
PATIENCE_S = 60
"""Seconds that a process has to end before it is killed."""


def _connections(variables: dict[str, str]) -> dict[str, str]:
    """The variables of the users, which are taken away, as variables from which Airflow reads a connection for each."""
    listed = pipeline.organizations_in(Path(variables["ORGANIZATIONS_FOLDER"]) / "organizations.csv")
    users = {each.user: pipeline.personal_of(each, variables) for each in listed.values()}
    shared = {name.lower(): variables.pop(f"BILL_{name}") for name in pipeline.SHARED if f"BILL_{name}" in variables}
    found = {}
    for user, personal in sorted(users.items()):
        own = {name.lower(): text for name, text in personal.items()}
        for name in pipeline.PERSONAL:
            variables.pop(f"{user}_{name}", None)
        parts = {"conn_type": "generic", "login": own.pop("username"), "password": own.pop("password")}
        found[f"AIRFLOW_CONN_{user}"] = json.dumps(parts | {"extra": shared | own})
    return found


def environment(home: Path, port: int, variables: Mapping[str, str]) -> dict[str, str]:
    """The environment of Airflow's processes: its settings, the connections, and no password outside of them."""
    plain = dict(variables)
    connections = _connections(plain)
    programs = os.pathsep.join([variables["PATH"], str(Path(sys.executable).parent)])
    modules = os.pathsep.join([str(ENGINES), *filter(None, [variables.get("PYTHONPATH")])])
    settings = {
        "AIRFLOW_HOME": str(home.absolute()),
        "AIRFLOW__CORE__DAGS_FOLDER": str(HERE / "dags"),
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "8",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "true",  # no login: it is there for this machine only
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "false",
    }
    return settings | plain | connections | {"PATH": programs, "PYTHONPATH": modules}


@contextmanager
def _running(command: Sequence[str], log: Path, variables: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with (
        log.open("wb") as file,
        subprocess.Popen(  # noqa: S603  Airflow's own
            [AIRFLOW, *command],
            env=variables,
            stdout=file,
            stderr=file,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _prepare(variables: Mapping[str, str]) -> None:
    for command in (("db", "migrate"), ("pools", "import", str(HERE / "pools.json"))):
        subprocess.run([AIRFLOW, *command], env=variables, check=True, stdout=subprocess.DEVNULL)  # noqa: S603


def main(arguments: Sequence[str] | None = None) -> int:
    """Run Airflow.

    Returns:
        0 after Ctrl-C or SIGTERM, 1 when one of its processes has ended by itself.
    """
    parser = argparse.ArgumentParser(description="Airflow on this machine alone, until Ctrl-C.")
    parser.add_argument("home", type=Path, help="the folder for Airflow's database and logs")
    parser.add_argument("--port", type=int, default=8080, help="of the page")
    given = parser.parse_args(arguments)
    if not os.environ.get("ORGANIZATIONS_FOLDER"):
        parser.error("the variable ORGANIZATIONS_FOLDER is not set")
    try:
        variables = environment(given.home, given.port, os.environ)
    except (OSError, pipeline.ListError, pipeline.PipeError) as error:
        parser.error(str(error))
    given.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    _prepare(variables)
    with ExitStack() as stack:
        started = {
            name: stack.enter_context(_running(command, given.home / f"{name}.log", variables))
            for name, command in PROCESSES.items()
        }
        print(f"Airflow at http://127.0.0.1:{given.port}, its logs in {given.home}", flush=True)  # noqa: T201
        try:
            while not (ended := [name for name, process in started.items() if process.poll() is not None]):
                time.sleep(POLL_S)
        except KeyboardInterrupt:
            return 0
        print(f"{ended[0]} has ended: see {given.home / ended[0]}.log", file=sys.stderr)  # noqa: T201
    return 1


if __name__ == "__main__":
    sys.exit(main())
