"""Commands as real processes, forked from one that has imported them: each costs what it does, not its imports."""

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

SERVER = Path(__file__).with_name("fork_server.py")
IMPORTED = {
    "meltano": ("meltano.cli",),
    "dbt": ("dbt.cli.main", "dbt.adapters.duckdb"),
}
"""What scripts of others import, by their names."""

TIMEOUT_S = 60

OURS = ("bill_api.client", "bill_program.ending", "email.contentmanager", "email.policy")
"""What our commands import when they need it, beside all that is theirs."""


class _Server:
    """The other end of `fork_server`."""

    def __init__(self, command: str) -> None:
        theirs, self._orders = os.pipe()
        self._answers, mine = os.pipe()
        self._turn = threading.Lock()
        script = Path(command)
        python = sys.executable if command == script.name else script.with_name("python")
        modules = OURS if command == script.name else IMPORTED[script.name]
        self._process = subprocess.Popen(
            [python, SERVER, str(theirs), str(mine), command, *modules],
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
_begins = threading.Lock()


def _server_of(command: str) -> _Server:
    key = command, os.getpid()  # a forked test process must not talk into its parent's pipe
    with _begins:
        return _servers.get(key) or _servers.setdefault(key, _Server(command))


class Started:
    """A command that runs, as `subprocess.Popen` has it, but what it writes can be read at any time.

    Args:
        command: A package of ours, as `python -m` would run it, or the path of a script of another environment.
        arguments: Of the command line.
        cwd: Its working directory.
        env: All of its variables; those that Python reads at its start (`PYTHON...`, `TZ`) come too late to count.
        stdin: What it reads.
        code: What `python -c` would run, in place of the command.
        terminal: The path of a terminal that is its three streams, and rules it: a Ctrl-C there is a signal.
    """

    def __init__(
        self,
        command: str,
        arguments: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        stdin: bytes = b"",
        code: str | None = None,
        terminal: str | None = None,
    ) -> None:
        self._server = _server_of(command)
        self._folder = tempfile.TemporaryDirectory()
        given, self._out, self._err = (Path(self._folder.name) / name for name in ("in", "out", "err"))
        for path, content in ((given, stdin), (self._out, b""), (self._err, b"")):
            path.write_bytes(content)
        streams = [str(each) for each in (given, self._out, self._err)] if terminal is None else [terminal] * 3
        order = Path(self._folder.name) / "order.json"
        said = {"arguments": [*arguments], "cwd": str(cwd), "env": dict(env), "streams": streams}
        order.write_text(json.dumps(said | {"code": code, "terminal": terminal is not None}))
        self.args = [command, *arguments]
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
    command: str,
    arguments: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    stdin: bytes = b"",
    timeout_s: float = TIMEOUT_S,
    code: str | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run a command to its end; the arguments are those of `Started`.

    Raises:
        subprocess.TimeoutExpired: It took longer.
    """
    process = Started(command, arguments, cwd=cwd, env=env, stdin=stdin, code=code)
    try:
        process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
    return subprocess.CompletedProcess(process.args, process.wait(), *process.written)


def run_text(
    command: str,
    arguments: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    stdin: str = "",
    timeout_s: float = TIMEOUT_S,
) -> subprocess.CompletedProcess[str]:
    """The same with texts; without variables those of the tests."""
    env = os.environ if env is None else env
    ran = run_program(command, arguments, cwd=cwd, env=env, stdin=stdin.encode(), timeout_s=timeout_s)
    return subprocess.CompletedProcess(ran.args, ran.returncode, ran.stdout.decode(), ran.stderr.decode())
