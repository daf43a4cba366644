"""A process that has imported a command, forks one for each order, and tells how each has ended; see `programs`.

A child is the command from its first line on: arguments, working directory, variables, the three streams, and the
terminal that rules it. What was imported is not searched for garbage, and not taken apart at the end: that takes longer
than most runs.

    python fork_server.py ORDERS ANSWERS COMMAND MODULES

ORDERS and ANSWERS are pipes. An order is the path of a file, which is answered with the number of a new process, or
such a number, which is answered with its exit code. COMMAND is a package as `python -m` has it, of which all is
imported, or the path of a script.
"""

from __future__ import annotations

import atexit
import fcntl
import gc
import importlib
import json
import os
import pkgutil
import runpy
import sys
import termios
import threading
from pathlib import Path
from typing import Any

STREAMS = (os.O_RDONLY, os.O_WRONLY, os.O_WRONLY)


def main() -> None:
    """Serve until nobody holds the other end; a child returns when the command has ended well."""
    orders, answers = map(int, sys.argv[1:3])
    command, modules = sys.argv[3], sys.argv[4:]
    sys.path[0] = str(Path.cwd())
    for name in modules:
        importlib.import_module(name)
    if not _is_script(command):
        for found in pkgutil.walk_packages(importlib.import_module(command).__path__, f"{command}."):
            if not found.name.endswith(".__main__"):
                importlib.import_module(found.name)
    gc.collect()
    gc.freeze()
    while said := os.read(orders, 4096).decode():
        if said.isdigit():
            answer = os.waitstatus_to_exitcode(os.waitpid(int(said), 0)[1])
        else:
            order = json.loads(Path(said).read_bytes())
            streams = [os.open(each, flag | os.O_NOCTTY) for each, flag in zip(order["streams"], STREAMS, strict=True)]
            answer = os.fork()
            if answer == 0:
                os.close(orders)
                os.close(answers)
                _run(command, order, streams)
                return
            for stream in streams:
                os.close(stream)
        os.write(answers, b"%d\n" % answer)
    os._exit(0)


def _run(command: str, order: dict[str, Any], streams: list[int]) -> None:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    if order["terminal"]:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    sys.stdout.reconfigure(line_buffering=os.isatty(1))  # type: ignore[union-attr]
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    sys.argv[:] = [command, *order["arguments"]]
    sys.path[0] = str(Path(command).parent) if _is_script(command) else order["cwd"]
    code = 0
    try:
        if order["code"] is not None:
            exec(order["code"], {"__name__": "__main__"})  # noqa: S102
        elif _is_script(command):
            runpy.run_path(command, run_name="__main__")
        else:
            runpy.run_module(command, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if not isinstance(end.code, int | None):
            raise
        code = end.code or 0
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for written in (sys.stdout, sys.stderr):
        if written is not None and not written.closed:  # a command may have closed it
            written.flush()
    os._exit(code)


def _is_script(command: str) -> bool:
    return "/" in command


if __name__ == "__main__":
    main()
