"""Commands that tests fork: they end as one does that Python has started, and leave nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from programs import TIMEOUT_S, Started, run_program

ENDINGS = {
    "by itself": "print('said')",
    "a code": "raise SystemExit(3)",
    "a code above a byte": "raise SystemExit(256)",
    "words": "raise SystemExit('why')",
    "an exception": "1 / 0",
    "Ctrl-C": "raise KeyboardInterrupt",
    "a signal": "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
    "a kill": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "a thread that still runs": "import threading; threading.Timer(0.1, print, ['said']).start()",
    "a daemon": "import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()",
    "what is registered for the end": "import atexit; atexit.register(print, 'said')",
    "what fails at the end": "import atexit; atexit.register(int, 'x'); raise SystemExit(3)",
    "stdout closed": "import sys; print('said'); sys.stdout.close()",
    "stderr closed": "import sys; print('said'); sys.stderr.close()",
    "no stdout": "import sys; print('said', flush=True); sys.stdout = None",
    "a full disk": "import os; print('said'); os.dup2(os.open('/dev/full', os.O_WRONLY), 1)",
    "stdin": "import sys; print(sys.stdin.read())",
}

THREADS = 8


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_forked_command_ends_as_one_that_python_has_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ending: str
) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    forked = run_program("bill_values", [], cwd=tmp_path, env=os.environ, stdin=b"given", code=ENDINGS[ending])
    started = subprocess.run(
        [sys.executable, "-c", ENDINGS[ending]], cwd=tmp_path, input=b"given", capture_output=True, check=False
    )
    assert (forked.returncode, forked.stdout) == (started.returncode, started.stdout)
    assert forked.stderr.splitlines()[-1:] == started.stderr.splitlines()[-1:]


def test_what_forks_a_command_is_started_once_however_many_threads_begin_with_it(tmp_path: Path) -> None:
    all_at_once = Barrier(THREADS)

    def ran(_: int) -> int:
        all_at_once.wait()
        return run_program("bill_singer", [], cwd=tmp_path, env=os.environ, code="").returncode

    def children() -> int:
        return sum(len(each.read_text().split()) for each in Path("/proc/self/task").glob("*/children"))

    before = children()
    with ThreadPoolExecutor(THREADS) as threads:
        assert not any(threads.map(ran, range(THREADS)))
    assert children() == before + 1


def test_a_command_that_has_ended_leaves_no_file_open_and_no_process(tmp_path: Path) -> None:
    def ran() -> Started:
        process = Started("bill_values", [], cwd=tmp_path, env=os.environ, code="")
        process.wait(TIMEOUT_S)
        return process

    def opened() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    ran()
    before = opened()
    processes = [ran() for _ in range(20)]
    assert opened() == before
    assert not any(Path(f"/proc/{each.pid}").exists() for each in processes)
