"""Meltano's own reading of settings, in a process of its environment: one line of JSON in, one out."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

PYTHON = Path(__file__).resolve().parents[2] / ".venv-meltano" / "bin" / "python"

SERVE = """
import io, json, os, sys
from dotenv import dotenv_values
from meltano.core.utils import expand_env_vars
from meltano.core.yaml import yaml
variables = {"USD": "105", "HOME": "/home/other", "A": "x"}
os.environ.update(variables)
for line in sys.stdin:
    kind, text = json.loads(line)
    if kind == "yaml":
        found = expand_env_vars(json.loads(json.dumps(yaml.load(text))), variables)
    else:
        found = dict(dotenv_values(stream=io.StringIO(text)))
    print(json.dumps(found), flush=True)
"""


class Expansion:
    """What Meltano makes of texts in `meltano.yml` and `.env`; `USD`, `HOME` and `A` are variables of its shell."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [PYTHON, "-c", SERVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def of_yaml(self, text: str) -> Any:
        return self._ask("yaml", text)

    def of_env_file(self, text: str) -> Any:
        return self._ask("env", text)

    def _ask(self, kind: str, text: str) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([kind, text]) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def end(self) -> None:
        self._process.communicate()
