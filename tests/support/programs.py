"""Our commands as real processes, forked from one that has imported them: each costs what it does, not its imports."""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

IMPORTED = {
    "tap_bill": "tap_bill.tap",
    "tap_bill_csv": "tap_bill_csv.tap",
    "target_bill": "target_bill.target",
    "target_duckdb": "target_duckdb.target",
    "bill_report": "bill_report.command_line",
    "bill_cli": "bill_cli.commands.listing",
}
"""What a command imports first, whatever it does."""

# A child is the command from its first line on: arguments, working directory, variables, and the three streams.
SERVER = """
import importlib, json, os, runpy, sys
orders, answers, package = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
importlib.import_module(sys.argv[4])
while True:
    path = os.read(orders, 4096)
    if not path:
        os._exit(0)
    child = os.fork()
    if child == 0:
        break
    os.write(answers, b"%d\\n" % child)
    os.write(answers, b"%d\\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
os.close(orders)
os.close(answers)
with open(path) as file:
    order = json.load(file)
os.chdir(order["cwd"])
os.environ.clear()
os.environ.update(order["env"])
for number, flags in ((0, os.O_RDONLY), (1, os.O_WRONLY), (2, os.O_WRONLY)):
    os.dup2(os.open(order["streams"][number], flags), number)
sys.argv[1:] = order["arguments"]
sys.path[0] = order["cwd"]
runpy.run_module(package, run_name="__main__", alter_sys=True)
"""


class _Server:
    """A process that has imported a command, and forks one for each order."""

    def __init__(self, package: str) -> None:
        theirs, self._orders = os.pipe()
        self._answers, mine = os.pipe()
        self._said = b""
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(theirs), str(mine), package, IMPORTED[package]],
            pass_fds=(theirs, mine),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        os.close(theirs)
        os.close(mine)
        atexit.register(self.close)

    def close(self) -> None:
        os.close(self._orders)
        os.close(self._answers)
        self._process.wait()

    def run(self, order: Path, timeout_s: float) -> int:
        """The exit code of a new process."""
        deadline = time.monotonic() + timeout_s
        os.write(self._orders, bytes(order))
        child = self._number(float("inf"))
        try:
            return self._number(deadline)
        except TimeoutError as error:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            self._number(float("inf"))
            raise subprocess.TimeoutExpired(str(order), timeout_s) from error

    def _number(self, deadline: float) -> int:
        while b"\n" not in self._said:
            left_s = None if deadline == float("inf") else max(0, deadline - time.monotonic())
            if not select.select([self._answers], [], [], left_s)[0]:
                raise TimeoutError
            said = os.read(self._answers, 100)
            assert said, "the process that forks has ended"
            self._said += said
        line, _, self._said = self._said.partition(b"\n")
        return int(line)


_servers: dict[tuple[str, int, int], _Server] = {}


def run_program(
    package: str, arguments: list[str], *, cwd: Path, env: Mapping[str, str], stdin: bytes, timeout_s: float
) -> subprocess.CompletedProcess[bytes]:
    """Run `python -m package arguments`.

    Raises:
        subprocess.TimeoutExpired: It took longer.
    """
    # A forked test process must not talk into its parent's pipe, nor a thread into that of another.
    key = package, os.getpid(), threading.get_ident()
    server = _servers.get(key) or _servers.setdefault(key, _Server(package))
    with tempfile.TemporaryDirectory() as folder:
        streams = [Path(folder) / name for name in ("in", "out", "err")]
        for path, content in zip(streams, (stdin, b"", b""), strict=True):
            path.write_bytes(content)
        order = Path(folder) / "order.json"
        said = {"arguments": arguments, "cwd": str(cwd), "env": dict(env), "streams": [*map(str, streams)]}
        order.write_text(json.dumps(said))
        code = server.run(order, timeout_s)
        return subprocess.CompletedProcess(arguments, code, streams[1].read_bytes(), streams[2].read_bytes())
