"""The dbt models on a real PostgreSQL, loaded by a target that is not ours: `make warehouse`.

tap-bill | target-postgres (meltanolabs) reads two organizations of a local BILL, and dbt builds and tests the models;
then payments are made and scheduled, bills deleted and shortened, and both go on from there. After each build all
models hold what the books say, to the cent.

    python campaigns/models.py
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_books import ModelBooks
from model_runs import ORGANIZATIONS, RAW, Changes, Models, Sync
from warehouse import postgres, rows_of, target_postgres

from bill_simulator import Simulator, defaults

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from model_books import Row

SIZES: dict[str, Any] = {"vendors": 60, "customers": 40, "bills": 1500, "invoices": 800}
OTHERS = {"vendors": 20, "customers": 10, "bills": 400, "invoices": 200}
DAYS = (date(2025, 6, 30), date(2025, 7, 8))
TOLD_MAX = 10


class PostgreSQL:
    """A warehouse of target-postgres.

    Args:
        folder: For files.
        host: The folder of the server's socket.
        ask: Runs SQL and gives back what psql says.
    """

    def __init__(self, folder: Path, host: str, ask: Callable[[str], str]) -> None:
        self._ask = ask
        self.target = target_postgres(host, folder, RAW)
        environment = {"BILL_DBT_TARGET": "postgres", "BILL_POSTGRES_HOST": host, "BILL_POSTGRES_PASSWORD": "any"}
        self.models = Models(folder=folder, environment=environment)

    def rows(self, sql: str) -> list[Row]:
        """The rows of a query; days as texts."""
        return rows_of(self._ask, sql)


def main(_arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    wrong: list[str] = []
    with (
        tempfile.TemporaryDirectory() as name,
        postgres(Path(name)) as (host, ask),
        Simulator(**SIZES) as simulator,
    ):
        simulator.control.seed(defaults.EMPTY_ORGANIZATION_ID, **OTHERS)
        warehouse = PostgreSQL(Path(name), host, ask)
        sync = Sync(simulator, Path(name), warehouse.target)
        for day, what in zip(DAYS, ("a first sync", "payments, deletes and fewer lines"), strict=True):
            if day != DAYS[0]:
                Changes(simulator).make()
            began = time.monotonic()
            sync.run()
            loaded = time.monotonic()
            warehouse.models.build(as_of=day.isoformat())
            took = f"loaded in {loaded - began:.0f} s, built in {time.monotonic() - loaded:.0f} s"
            found = list(ModelBooks(simulator.control, ORGANIZATIONS, day).differences(warehouse))
            print(f"{what}: {took}; {len(found)} figures are off", flush=True)
            wrong += found
    print(*wrong[:TOLD_MAX], sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
