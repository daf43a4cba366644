"""Hundreds of malformed files, more with `make fuzz`: documents with named rejects, or one clear error.

No amount is ever changed: each file is held against a reading of its own by Python's csv module, which shares nothing
with the tap.
"""

from __future__ import annotations

import csv
import gzip
import random
import re
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from csv_tap import BILL_COLUMNS, bills
from effort import seeds

from bill_documents.errors import InputError
from bill_documents.grouping.documents import Documents
from bill_documents.grouping.workspace import workspace
from bill_documents.mapping.entries import parse_files
from bill_documents.mapping.layout import layouts
from bill_documents.reading.text import TextFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Chance = random.Random
SEEDS = seeds(4)
FILES_PER_SEED = 90

NUMBERS = (
    "1,234.50", "(45.00)", "45.00-", "6.82121E-13", " 1,041.67 ", "12.345", "1e5", "NaN", "inf", "--5", "1.2.3", "$5",
    "5 000", "0x1F", "\u0661\u0662", "1,2,3", "", "-", "(5", "9" * 60, "1E+999", "0.1E-2", "1,041", "=1+1", "#REF!",
    "+5", ".5", "5.", "1_000", "\u22127.00", "007.10", "0", "-0.00", "100000000000000.01",
)  # fmt: skip
DATES = ("2021-13-01", "2021-02-30", "31/12/2021", "44197", "0202-01-01", "9999-12-31", "2021-06-01T00:00", "June", "")
TEXTS = ("Ace", "Bee, Ltd", 'Say "hi"', "two\nlines", " blank ", "Caf\u00e9", "\u20ac 5", "\x85", "\u2028", "'", "a\tb")


def good_file(chance: Chance) -> list[list[str]]:
    rows = [["Supplier", "Number", "Date", "Amount", "What"]]
    for _ in range(chance.randrange(1, 12)):
        amount = f"{chance.randrange(-500, 5000)}.{chance.randrange(100):02d}"
        day = f"2021-06-{chance.randrange(1, 29):02d}"
        rows.append([chance.choice(TEXTS), str(chance.randrange(4)), day, amount, chance.choice(TEXTS)])
    return rows


def written(rows: list[list[str]], chance: Chance) -> str:
    lines = []
    for cells in rows:
        shown = ['"' + each.replace('"', '""') + '"' if re.search(r'[",\n]', each) else each for each in cells]
        lines.append(",".join(shown))
    end = chance.choice(["\n", "\n", "\r\n", "\r"])
    return end.join(lines) + chance.choice([end, ""])


def cell(rows: list[list[str]], chance: Chance, column: int, text: str) -> None:
    row = chance.choice(rows[1:] or [[]])
    if len(row) > column:
        row[column] = text


def damaged(chance: Chance) -> bytes:
    """A file with one or two kinds of damage."""
    rows = good_file(chance)
    for _ in range(chance.choice([1, 1, 2])):
        chance.choice(ROWS_DAMAGED)(rows, chance)
    content = written(rows, chance)
    encoding = chance.choice(["utf-8"] * 6 + ["utf-8-sig", "utf-16", "cp1252", "utf-16-le"])
    data = content.encode(encoding, "replace")
    if chance.random() < 0.6:
        data = chance.choice(BYTES_DAMAGED)(data, chance)
    return data


def drop_or_add_cells(rows: list[list[str]], chance: Chance) -> None:
    row = chance.choice(rows or [[]])
    if chance.random() < 0.5 and row:
        del row[chance.randrange(len(row))]
    else:
        row.insert(chance.randrange(len(row) + 1), chance.choice(["", "x", "5"]))


def repeat_header(rows: list[list[str]], chance: Chance) -> None:
    if rows and len(rows[0]) > 4:
        rows[0][chance.randrange(5)] = chance.choice(rows[0])


def no_rows(rows: list[list[str]], chance: Chance) -> None:
    del rows[chance.randrange(2) :]


ROWS_DAMAGED: list[Callable[[list[list[str]], Chance], None]] = [
    lambda rows, chance: cell(rows, chance, 3, chance.choice(NUMBERS)),
    lambda rows, chance: cell(rows, chance, 3, chance.choice(NUMBERS)),
    lambda rows, chance: cell(rows, chance, 2, chance.choice(DATES)),
    lambda rows, chance: rows.insert(chance.randrange(len(rows) + 1), ["", " ", "", "", ""]),
    lambda rows, chance: rows.insert(chance.randrange(len(rows) + 1), []),
    lambda rows, _: rows.append(["Total", "", "", "99.99", ""]),
    lambda rows, chance: cell(rows, chance, 4, "x" * chance.choice([1000, 200_000])),
    drop_or_add_cells,
    repeat_header,
    no_rows,
]


def at(data: bytes, chance: Chance, inserted: bytes, dropped: int = 0) -> bytes:
    place = chance.randrange(len(data) + 1)
    return data[:place] + inserted + data[place + dropped :]


BYTES_DAMAGED: list[Callable[[bytes, Chance], bytes]] = [
    lambda data, chance: at(data, chance, b'"'),
    lambda data, chance: at(data, chance, b'"'),
    lambda data, chance: data.replace(b'"', b"", chance.randrange(1, 4)),
    lambda data, chance: at(data, chance, b"\0"),
    lambda data, chance: at(data, chance, bytes([chance.randrange(256)]), 1),
    lambda data, chance: at(data, chance, chance.randbytes(3)),
    lambda data, chance: data[: chance.randrange(len(data) + 1)],
    lambda data, chance: gzip.compress(data)[: chance.randrange(10, 400)],
    lambda data, _: gzip.compress(data),
    lambda data, _: data + b"\x1a",
    lambda data, chance: at(data, chance, b"\n"),
    lambda data, chance: at(data, chance, b","),
]


def read_by_the_tap(path: Path) -> list[dict[str, Any]]:
    (settings,) = parse_files([bills(str(path), columns=BILL_COLUMNS, delimiter=",")])
    (layout,) = layouts(settings)
    with workspace(len(layout.key)) as space:
        documents = Documents(layout, space.load(layout, frozenset()), space.staged)
        return [documents.document(group) for group in space.groups(layout)]


def read_apart(data: bytes, found: str) -> dict[int, list[str]]:
    """The rows that say anything, by the line that they begin on; ValueError or csv.Error where it is no CSV.

    Cells that are missing at the end are blank. Only where it is neither UTF-8 nor has a mark, the encoding is the one
    that was found.
    """
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    if encoding != "utf-16" and found != "utf-8":
        encoding = found
    text = data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
    rows: dict[int, list[str]] = {}
    began = 1
    reader = csv.reader((line + "\n" for line in text.split("\n")), strict=True, skipinitialspace=True)
    limit = csv.field_size_limit(10_000_000)
    try:
        for cells in reader:
            width = len(next(iter(rows.values()), cells))
            if "".join(cells).strip():
                rows[began] = cells + [""] * (width - len(cells))
            began = reader.line_num + 1
    finally:
        csv.field_size_limit(limit)
    return rows


def says(text: str, amount: Decimal) -> bool:
    """Whether somebody who reads this text would say this amount."""
    text = text.strip().replace("\u2212", "-").replace(" ", "")
    if "e" in text.lower():
        return abs(Decimal(text) - amount) < Decimal("1E-8")
    shown = {_short(f"{abs(amount):f}"), _short(f"{abs(amount):,f}")}
    negative = text.startswith(("-", "(")) or text.endswith("-")
    return (negative == (amount < 0) or amount == 0) and _short(text.strip("-()+")) in shown


def _short(number: str) -> str:
    """A number without the zeros that say nothing."""
    number = number.lstrip("0") or "0"
    return (number.rstrip("0").rstrip(".") or "0") if "." in number else number


def check(data: bytes, path: Path) -> str:
    """What became of a file; an AssertionError where it should not have."""
    path.write_bytes(data)
    try:
        documents = read_by_the_tap(path)
    except InputError as error:
        said = str(error)
        assert str(path) in said
        assert "\n" not in said
        whole = ("header", "empty", "cannot be read", "has no column", "columns named", "feeds")
        assert re.search(r"row \d+", said) or any(each in said for each in whole), said
        return "error"
    rows = read_apart(data, TextFile(setting="files[0]", path=str(path)).reading.encoding)
    header, *_ = rows.values()
    rows.pop(min(rows))
    assert Counter(row for each in documents for row in each["_source_rows"]) == Counter(list(rows))
    place = [cell.strip().casefold() for cell in header].index("amount")
    for each in documents:
        named = {problem["row"] for problem in each["_source_errors"] or ()}
        for row, cells, line in zip(each["_source_rows"], each["_source_cells"], each["billLineItems"], strict=True):
            assert [text.strip() for text in cells.values()] == [text.strip() for text in rows[row]]
            text = rows[row][place]
            if line["amount"] is None:
                assert row in named or not text.strip()
            else:
                assert says(text, line["amount"]), (text, line["amount"])
    return "rejects" if any(each["_source_errors"] for each in documents) else "documents"


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_malformed_files_end_in_documents_and_named_rejects_or_in_one_clear_error(tmp_path: Path, seed: int) -> None:
    chance = Chance(seed)  # the same files each time
    ends = Counter(check(damaged(chance), tmp_path / f"{number}.csv") for number in range(FILES_PER_SEED))
    assert ends.total() == FILES_PER_SEED
    assert all(ends[each] for each in ("error", "rejects", "documents")), ends


@pytest.mark.parametrize(
    "data", [b"", b"\n", b",,,\n,,\n", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b"\x1f\x8b", b"a" * 3_000_000]
)
def test_files_that_are_nothing_are_named(tmp_path: Path, data: bytes) -> None:
    assert check(data, tmp_path / "file.csv") == "error"


def test_the_check_sees_a_changed_amount() -> None:
    assert says("1,234.50", Decimal("1234.50"))
    assert says("(45.00)", Decimal(-45))
    assert not says("1,234.50", Decimal("1234.05"))
    assert not says("4500", Decimal(45))
    assert not says("45.00-", Decimal("45.00"))
