"""`bill limits`: the calls of an hour that several organizations make together on one developer key."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Any

import click

from bill_api.entities import BY_STREAM
from bill_api.table.entity import BULK_LIMIT, LIST_LIMIT
from bill_api.wire.limits import CONCURRENCY_LIMIT, HOURLY_LIMIT, LOGIN_LIMIT
from bill_cli.command import output_option
from bill_cli.showing.output import format_of, write_rows
from bill_program.options import Whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

NAMES = ("what", "logins", "calls", "calls_at_most")
SIGN_IN = 2
"""Calls with which a run begins: the login, and BILL's time."""

LOOKS = 2
"""Calls at least with which a load looks at a list before it writes: what is there, and what came meanwhile."""

BILLS_AND_VENDORS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Calls of an hour.

    Attributes:
        logins: Of them, those that sign in.
        calls: All, if BILL counts a bulk call as one.
        calls_at_most: All, if BILL counts each object of a bulk call. Which it does is unknown.
    """

    logins: int
    calls: int
    calls_at_most: int

    def __add__(self, other: Usage) -> Usage:
        """Both together."""
        return Usage(
            logins=self.logins + other.logins,
            calls=self.calls + other.calls,
            calls_at_most=self.calls_at_most + other.calls_at_most,
        )

    def times(self, many: int) -> Usage:
        """So often the same."""
        return Usage(logins=self.logins * many, calls=self.calls * many, calls_at_most=self.calls_at_most * many)


def sync(*, rows: int, lists: int) -> Usage:
    """A sync of one organization: each list once, and a page more for every 999 rows that changed.

    Args:
        rows: That changed since the last one.
        lists: That are selected.
    """
    calls = SIGN_IN + lists + rows // LIST_LIMIT
    return Usage(logins=1, calls=calls, calls_at_most=calls)


def load(*, records: int, objects: int) -> Usage:
    """A load of new records into one organization; one whose records are all known makes no call.

    Args:
        records: That are created or updated.
        objects: In BILL's lists of the entities that are written, bills and vendors.
    """
    reading = SIGN_IN + LOOKS * BILLS_AND_VENDORS + objects // LIST_LIMIT if records else 0
    bulk = -(-records // BULK_LIMIT)
    return Usage(logins=min(records, 1), calls=reading + bulk, calls_at_most=reading + records)


def _count(name: str, default: int, words: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(f"--{name}", type=Whole(0), default=default, show_default=True, metavar="N", help=words)


@click.command("limits")
@_count("organizations", 1, "Organizations that share the developer key.")
@_count("syncs", 1, "Syncs of tap-bill for each of them in an hour.")
@_count("rows", 0, "Rows that change from one sync to the next, in each.")
@_count("lists", len(BY_STREAM), "Lists that a sync reads; all, as Meltano selects them.")
@_count("loads", 0, "Loads of target-bill for each of them in an hour.")
@_count("records", 0, "New or changed records of a load.")
@_count("objects", 0, "Vendors, bills and so on that BILL has already where a load writes.")
@output_option
def limits_command(
    organizations: int, syncs: int, rows: int, lists: int, loads: int, records: int, objects: int, output: str | None
) -> None:
    """Work out the calls of an hour against BILL's limits. Nothing is asked of BILL.

    \b
      bill limits --organizations 100 --syncs 1 --rows 2000
      bill limits --organizations 30 --syncs 2 --loads 1 --records 500 --objects 20000

    BILL gives a developer key 20,000 calls and 200 logins in each clock hour (documented), whatever the organizations.
    A run signs in once. Whether a bulk call of 100 objects counts as one call or as a hundred is unknown, so both are
    told. A run that finds the hour used up waits for the next one.
    """  # noqa: D301  the backslash is the shell's
    synced = sync(rows=rows, lists=lists).times(organizations * syncs)
    loaded = load(records=records, objects=objects).times(organizations * loads)
    wanted = synced + loaded
    told = {
        "syncs": synced,
        "loads": loaded,
        "together": wanted,
        "BILL allows": Usage(logins=LOGIN_LIMIT, calls=HOURLY_LIMIT, calls_at_most=HOURLY_LIMIT),
    }
    table = [{"what": what, **asdict(each)} for what, each in told.items()]
    write_rows(table, NAMES, output, _show)
    if format_of(output) == "table":
        click.echo(_verdict(wanted, organizations))


def _show(rows: Sequence[Mapping[str, Any]]) -> None:
    from rich import box  # noqa: PLC0415  only people's output needs it
    from rich.table import Table  # noqa: PLC0415  only people's output needs it

    from bill_program.console import PlainConsole  # noqa: PLC0415  only people's output needs it

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("an hour")
    for name in NAMES[1:]:
        table.add_column(name.replace("_", " "), justify="right")
    for each in rows:
        table.add_row(each["what"], *(f"{each[name]:,}" for name in NAMES[1:]))
    PlainConsole().print(table)


def _verdict(wanted: Usage, organizations: int) -> str:
    """A sentence or two on whether it fits."""
    share = max(Fraction(wanted.logins, LOGIN_LIMIT), Fraction(wanted.calls_at_most, HOURLY_LIMIT))
    if not share:
        return "No call at all."
    most = f"At this pace one developer key serves {int(organizations / share):,} organizations"
    if share <= 1:
        return f"It fits. {most}; BILL takes {CONCURRENCY_LIMIT} calls at once for each."
    return (
        f"It may not fit into an hour: runs will wait for the next one. {most}. Sync less often, spread the runs over "
        f"{ceil(share)} hours or more, or select fewer streams."
    )
