"""Files of JSON lines, read by a tap that is not ours, loaded into a local BILL: the second part of `make warehouse`.

Three files say 5,000 bills each: with lines as a list, with lines as JSON text, and flat with a record for each line.
They are loaded with tap-jsonl | target-bill as the tables of `warehouse.py` are, and the same must hold. Python's JSON
has amounts as floats.

    python campaigns/json_files.py --bills 5000
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncs import bill
from warehouse import BILLS, EDITS, EMPTY, VENDORS, WORDS, Pipeline, loaded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TAP = Path(__file__).parents[1] / ".venv-files" / "bin" / "tap-jsonl"
HEAD = {"vendorName": "supplier", "invoiceNumber": "doc_no", "invoiceDate": "issued", "dueDate": "due"}
DOCUMENTS = {
    "flat": {
        "stream": "bills",
        "whole": True,  # the tap tells of changed files, and each table here is one file
        "group_by": ["supplier", "doc_no"],
        "columns": HEAD,
        "lines": {"columns": {"amount": "net", "description": "text"}},
    }
}
STREAMS = {"nested": "bills", "text": "bills"}
FIRST_DAY = date(2026, 1, 1)


class Files:
    """The files.

    Args:
        folder: Where they lie.
        bills: How many bills each of them says.
    """

    def __init__(self, folder: Path, bills: int) -> None:
        self._folder = folder
        self._cents = {
            n: [(n * 7919 + line * 104729) % 10**6 for line in range(1 + n % 3)] for n in range(1, bills + 1)
        }
        self._write()

    def taps(self) -> list[list[str]]:
        """The commands that read them."""
        return [[str(TAP), "--config", str(self._config(name))] for name in WORDS]

    def sums(self) -> dict[str, str]:
        """The amount of each bill, by its number."""
        return {str(n): str(Decimal(sum(cents)).scaleb(-2)) for n, cents in self._cents.items()}

    def edit(self) -> None:
        """Add one to the first line of the first bills."""
        for n in range(1, EDITS + 1):
            self._cents[n][0] += 100
        self._write()

    def _config(self, name: str) -> Path:
        config = self._folder / f"{name}.json"
        config.write_text(json.dumps({"path": str(self._folder / f"{name}.jsonl"), "stream_name": name}))
        return config

    def _write(self) -> None:
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for n, cents in self._cents.items():
            lines = [{"amount": each / 100, "description": f"line {n}.{place}"} for place, each in enumerate(cents)]
            for name, word in WORDS.items():
                head = _head(n, word)
                if name == "flat":
                    flat = {HEAD[field]: value for field, value in head.items()}
                    found[name] += [{**flat, "net": line["amount"], "text": line["description"]} for line in lines]
                else:
                    found[name].append({**head, "bill_line_items": json.dumps(lines) if name == "text" else lines})
        random.Random(1).shuffle(found["flat"])  # noqa: S311  a reproducible order, nothing secret
        for name, records in found.items():
            self._fill(name, records)

    def _fill(self, name: str, records: Iterable[dict[str, Any]]) -> None:
        text = "".join(f"{json.dumps(each)}\n" for each in records)
        (self._folder / f"{name}.jsonl").write_text(text)


def _head(n: int, word: str) -> dict[str, str]:
    issued, due = FIRST_DAY + timedelta(days=n % 200), FIRST_DAY + timedelta(days=364)
    return {
        "vendorName": f"Vendor {n % VENDORS}",
        "invoiceNumber": f"{word}{n}",
        "invoiceDate": f"{issued}T00:00:00",
        "dueDate": f"{due}",
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bills", type=int, default=BILLS)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name, bill(*EMPTY) as books:
        files = Files(Path(name), options.bills)
        pipeline = Pipeline(books, Path(name), {"documents": DOCUMENTS, "streams": STREAMS}, files.taps())
        return loaded(books, pipeline, sums=files.sums, edit=files.edit)


if __name__ == "__main__":
    sys.exit(main())
