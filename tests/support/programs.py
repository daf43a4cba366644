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
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# A child is the command from its first line on: arguments, working directory, variables, the three streams, and the
# terminal that rules it. What was imported is not searched for garbage, and not taken apart at the end: that takes
# longer than most runs.
SERVER = """
import atexit, fcntl, gc, importlib, json, os, pkgutil, runpy, sys, termios, threading
orders, answers, package = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
for each in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
    if not each.name.endswith(".__main__"):
        importlib.import_module(each.name)
import bill_api.client, bill_program.ending, email.contentmanager, email.policy
gc.collect()
gc.freeze()
while True:
    said = os.read(orders, 4096)
    if not said:
        os._exit(0)
    if said.isdigit():
        answer = os.waitstatus_to_exitcode(os.waitpid(int(said), 0)[1])
    else:
        with open(said) as file:
            order = json.load(file)
        flags = (os.O_RDONLY, os.O_WRONLY, os.O_WRONLY)
        streams = [os.open(path, flag | os.O_NOCTTY) for path, flag in zip(order["streams"], flags, strict=True)]
        answer = os.fork()
        if answer == 0:
            break
        for each in streams:
            os.close(each)
    os.write(answers, b"%d\\n" % answer)
os.close(orders)
os.close(answers)
for number, each in enumerate(streams):
    os.dup2(each, number)
    os.close(each)
if order["terminal"]:
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
sys.stdout.reconfigure(line_buffering=os.isatty(1))
os.chdir(order["cwd"])
os.environ.clear()
os.environ.update(order["env"])
sys.argv[1:] = order["arguments"]
sys.path[0] = order["cwd"]
code = 0
try:
    if order["code"] is None:
        runpy.run_module(package, run_name="__main__", alter_sys=True)
    else:
        exec(order["code"], {"__name__": "__main__"})
except SystemExit as end:
    if not isinstance(end.code, int | None):
        raise
    code = end.code or 0
threading._shutdown()
atexit._run_exitfuncs()
sys.stdout.flush()
sys.stderr.flush()
os._exit(code)
"""


class _Server:
    """A process that has imported a command, forks one for each order, and tells how each has ended."""

    def __init__(self, package: str) -> None:
        theirs, self._orders = os.pipe()
        self._answers, mine = os.pipe()
        self._turn = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(theirs), str(mine), package],
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

    def start(self, order: Path) -> int:
        """The number of a new process."""
        return self._ask(bytes(order))

    def code(self, pid: int) -> int:
        """The exit code of a process that has ended."""
        return self._ask(b"%d" % pid)

    def _ask(self, what: bytes) -> int:
        with self._turn:
            os.write(self._orders, what)
            answer = os.read(self._answers, 100)
            assert answer, "the process that forks has ended"
            return int(answer)


_servers: dict[tuple[str, int], _Server] = {}


class Started:
    """A command that runs, as `subprocess.Popen` has it, but what it writes can be read at any time.

    Args:
        package: What `python -m` would run.
        arguments: Of the command line.
        cwd: Its working directory.
        env: All of its variables.
        stdin: What it reads.
        code: What `python -c` would run, in place of the package.
        terminal: The path of a terminal that is its three streams, and rules it: a Ctrl-C there is a signal.
    """

    def __init__(
        self,
        package: str,
        arguments: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        stdin: bytes = b"",
        code: str | None = None,
        terminal: str | None = None,
    ) -> None:
        key = package, os.getpid()  # a forked test process must not talk into its parent's pipe
        self._server = _servers.get(key) or _servers.setdefault(key, _Server(package))
        self._folder = tempfile.TemporaryDirectory()
        given, self._out, self._err = (Path(self._folder.name) / name for name in ("in", "out", "err"))
        for path, content in ((given, stdin), (self._out, b""), (self._err, b"")):
            path.write_bytes(content)
        streams = [str(each) for each in (given, self._out, self._err)] if terminal is None else [terminal] * 3
        order = Path(self._folder.name) / "order.json"
        said = {"arguments": [*arguments], "cwd": str(cwd), "env": dict(env), "streams": streams}
        order.write_text(json.dumps(said | {"code": code, "terminal": terminal is not None}))
        self.args = [package, *arguments]
        self.returncode: int | None = None
        self.pid = self._server.start(order)
        self._handle = os.pidfd_open(self.pid)
        self._written = b"", b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.wait()

    @property
    def written(self) -> tuple[bytes, bytes]:
        """What stands on its stdout and stderr by now."""
        return self._written if self.returncode is not None else (self._out.read_bytes(), self._err.read_bytes())

    def poll(self) -> int | None:
        """Its exit code, or the negative of the signal that ended it; `None` as long as it runs."""
        return self._code(0)

    def wait(self, timeout: float | None = None) -> int:
        """The same when it has ended.

        Args:
            timeout: In seconds.

        Raises:
            subprocess.TimeoutExpired: It has not.
        """
        code = self._code(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return code

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What stands on its stdout and stderr when it has ended."""
        self.wait(timeout)
        out, err = self._written
        return out.decode(), err.decode()

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self._handle, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _code(self, timeout: float | None) -> int | None:
        if self.returncode is None:
            end = select.poll()
            end.register(self._handle, select.POLLIN)
            if end.poll(None if timeout is None else timeout * 1000):
                os.close(self._handle)
                self._written = self.written
                self._folder.cleanup()
                self.returncode = self._server.code(self.pid)
        return self.returncode


def run_program(
    package: str,
    arguments: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    stdin: bytes,
    timeout_s: float,
    code: str | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run `python -m package arguments`, or `python -c code arguments` where the package is imported.

    Raises:
        subprocess.TimeoutExpired: It took longer.
    """
    process = Started(package, arguments, cwd=cwd, env=env, stdin=stdin, code=code)
    try:
        process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
    return subprocess.CompletedProcess(process.args, process.wait(), *process.written)
