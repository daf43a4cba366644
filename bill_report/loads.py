"""The account of a load: what became of every record, as target-bill has written it down."""

from __future__ import annotations

import re
from datetime import datetime  # noqa: TC003  msgspec reads it
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from bill_program.errors import SettingsError
from bill_report.charts import strips
from bill_report.errors import ReportError
from bill_report.parts import CellKind, PageColumn, PageRow, PageTable, Section, Series

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bill_report.parts import Chart

ACCOUNT = re.compile(r"\d{8}T\d{6,9}Z-\d+\.json")
"""Names of accounts in `report_dir`; receipts and rejects of a run have more in theirs."""

COLOURS = {"created": "var(--in)", "updated": "var(--c4)", "unchanged": "var(--rest)", "rejected": "var(--bad)"}
OTHER_COLOURS = ("var(--c1)", "var(--c2)", "var(--c3)", "var(--c5)", "var(--in-scheduled)", "var(--out-scheduled)")
ALWAYS_SHOWN = frozenset({"created", "unchanged", "rejected"})
REASONS_SHOWN = 10
NOTES_SHOWN = 10


class StreamAccount(msgspec.Struct, frozen=True, kw_only=True):
    """The records of one stream; each verdict has its money."""

    received: int
    received_money: Decimal
    money: dict[str, Decimal]


class RejectReason(msgspec.Struct, frozen=True, kw_only=True):
    """A reason for which records were rejected."""

    stream: str
    reason: str
    records: int
    money: Decimal
    field: str | None = None
    hint: str = ""


class LoadAccount(msgspec.Struct, frozen=True, kw_only=True):
    """The file, as far as the page has it."""

    started_at: datetime
    ended: str
    adds_up: bool
    mode: str
    streams: dict[str, dict[str, Any]]
    input: str | None = None
    undoes: str | None = None
    notes: dict[str, int] = {}
    reasons: tuple[RejectReason, ...] = ()


def accounts(places: Sequence[Path]) -> list[Path]:
    """The files of accounts, each once.

    Args:
        places: Files, or folders, of which the newest account is taken: they are named by their time.

    Raises:
        ReportError: There is none.
    """
    return list(dict.fromkeys(_newest(each) if each.is_dir() else each for each in places))


def _newest(folder: Path) -> Path:
    found = [each for each in folder.iterdir() if ACCOUNT.fullmatch(each.name)]
    if not found:
        raise SettingsError(f"{folder} has no account of a load: name the `report_dir` of target-bill")
    return max(found, key=lambda path: path.name)


def load(path: Path) -> Section:
    """An account on the page.

    Raises:
        ReportError: It is no account of target-bill.
    """
    try:
        account = msgspec.json.decode(path.read_bytes(), type=LoadAccount)
        streams = {name: msgspec.convert(each, StreamAccount) for name, each in account.streams.items()}
        counts = {
            name: msgspec.convert(
                {verdict: account.streams[name].get(verdict) for verdict in each.money}, dict[str, int]
            )
            for name, each in streams.items()
        }
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ReportError(f"{path} is no account that target-bill has written: {error}") from error
    except FileNotFoundError as error:
        raise SettingsError(f"there is no account {path}: name a file or the folder of `report_dir`") from error
    verdicts = [
        verdict
        for verdict in dict.fromkeys(verdict for each in counts.values() for verdict in each)
        if verdict in ALWAYS_SHOWN or any(each[verdict] for each in counts.values())
    ]
    return Section(
        name=f"Load of {account.started_at:%Y-%m-%d %H:%M:%S} UTC",
        intro=_intro(account),
        chart=_chart(counts, verdicts),
        tables=(_table(streams, counts, verdicts), *_reasons(account)),
        remarks=tuple(_remarks(account)),
    )


def _intro(account: LoadAccount) -> str:
    source = f"From {account.input}. " if account.input else ""
    undo = f"It takes back the run {account.undoes}. " if account.undoes else ""
    plan = "A plan: nothing was written. " if account.mode == "plan" else ""
    sums = (
        "Every record has one outcome, in count and in money."
        if account.adds_up
        else f"THE ACCOUNT DOES NOT ADD UP: the run ended before its end ({account.ended})."
    )
    return f"{source}{undo}{plan}{sums}"


def _chart(counts: dict[str, dict[str, int]], verdicts: list[str]) -> Chart | None:
    spare = iter(OTHER_COLOURS * len(verdicts))
    series = [
        Series(
            name=verdict,
            colour=COLOURS.get(verdict) or next(spare),
            values=tuple(Decimal(each[verdict]) for each in counts.values()),
        )
        for verdict in verdicts
        if any(each[verdict] for each in counts.values())
    ]
    told = "; ".join(
        f"{stream}: {', '.join(f'{each[verdict]:,} {verdict}' for verdict in verdicts)}"
        for stream, each in counts.items()
    )
    return strips([*counts], series, f"Records by outcome. {told}")


def _table(streams: dict[str, StreamAccount], counts: dict[str, dict[str, int]], verdicts: list[str]) -> PageTable:
    return PageTable(
        caption="Records by stream and outcome",
        columns=(
            PageColumn(name="stream", kind=CellKind.TEXT),
            PageColumn(name="received", kind=CellKind.COUNT),
            *(PageColumn(name=each, kind=CellKind.COUNT) for each in verdicts),
            PageColumn(name="money received"),
            PageColumn(name="of it rejected"),
        ),
        rows=tuple(
            PageRow(
                cells=(
                    name,
                    each.received,
                    *(counts[name][verdict] for verdict in verdicts),
                    each.received_money,
                    each.money.get("rejected"),
                )
            )
            for name, each in streams.items()
        ),
    )


def _reasons(account: LoadAccount) -> list[PageTable]:
    if not account.reasons:
        return []
    return [
        PageTable(
            caption="Reasons of rejects",
            columns=(
                PageColumn(name="stream", kind=CellKind.TEXT),
                PageColumn(name="reason", kind=CellKind.TEXT),
                PageColumn(name="records", kind=CellKind.COUNT),
                PageColumn(name="money"),
            ),
            rows=tuple(
                PageRow(
                    cells=(
                        each.stream,
                        f"{each.field}: {each.reason}" if each.field else each.reason,
                        each.records,
                        each.money,
                    )
                )
                for each in account.reasons[:REASONS_SHOWN]
            ),
        )
    ]


def _remarks(account: LoadAccount) -> list[str]:
    told = [f"{count:,} x {note}" if count > 1 else note for note, count in account.notes.items()]
    if (left := len(told) - NOTES_SHOWN) > 0:
        told = [*told[:NOTES_SHOWN], f"... and {left:,} more remarks, which the account has"]
    if (left := len(account.reasons) - REASONS_SHOWN) > 0:
        told.append(f"... and {left:,} more reasons, which the account has")
    return told
