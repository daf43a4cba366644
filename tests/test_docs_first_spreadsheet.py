"""The walk of docs/first-spreadsheet.md, step by step as it stands, in an empty folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from doc_pages import DOCS, SHOWN, looks_like
from programs import TIMEOUT_S

from bill_simulator import Simulator

PAGE = (DOCS / "first-spreadsheet.md").read_text()
STEP = re.compile(r"<!-- (file|run|replace)(?:: ([^>]+?))? -->\n(?:```\w+\n(.*?)```\n)?", re.DOTALL)
LOGGED = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \| .*\n", re.MULTILINE)
OURS = ("BILL_", "TARGET_BILL_", "TAP_BILL_")


def ran(command: str, folder: Path) -> tuple[int, str]:
    """What a shell would show of a command, without the log, and its code."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    path = f"{Path(sys.executable).parent}{os.pathsep}{inherited['PATH']}"
    process = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],  # noqa: S607
        cwd=folder,
        env={**inherited, "PATH": path, "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    shown = LOGGED.sub("", process.stdout)
    return process.returncode, "".join(f"{line.rstrip()}\n" for line in shown.splitlines())


def test_the_walk_ends_with_the_bills_of_the_spreadsheet_in_bill(tmp_path: Path) -> None:
    with Simulator(vendors=1, customers=0, bills=1, invoices=0) as simulator:
        runs = 0
        for kind, what, body in STEP.findall(PAGE):
            if kind == "file":
                (tmp_path / what).write_text(body.replace(SHOWN, simulator.url))
            elif kind == "replace":
                name, old, new = re.fullmatch(r"(\S+): (\S+) by (\S+)", what).groups()  # type: ignore[union-attr]
                text = (tmp_path / name).read_text()
                assert text.count(old) == 1
                (tmp_path / name).write_text(text.replace(old, new))
            else:
                command, _, written = body.removeprefix("$ ").partition("\n")
                code, said = ran(command, tmp_path)
                assert code == int(what or 0), said
                assert looks_like(said, written), said
                runs += 1
        assert runs == 7
        empty = simulator.control.duplicates("00801SIMULATORBaaaa2")
        books = simulator.control.books("00801SIMULATORBaaaa2", "Bill")
    assert empty == {}
    assert sorted((each["invoiceNumber"], str(each["amount"])) for each in books) == [
        ("77", "35.25"),
        ("78", "17.5"),
        ("OP-1001", "1245.9"),
    ]
