"""Damaged and monstrous workbooks: documents, named rejects or one clear error; never a changed amount, never a hang.

Against changed bytes a zip has its sums. An old workbook has none: what is read of one is held against another reader.
"""

from __future__ import annotations

import io
import random
import resource
import subprocess
import sys
import zipfile
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from csv_tap import bills, documents
from effort import seeds
from python_calamine import load_workbook
from workbooks import ods_cell, ods_of, ods_row, row_of, said, sheet_of, write, xlsx_of

from bill_documents.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workbooks import Cell, Rows

Chance = random.Random
SEEDS = seeds(2)
FILES_PER_SEED = 60
HEADER: list[Cell] = ["Supplier", "Number", "Date", "Amount", "What"]
LINES: Rows = [[f"Supplier {n % 3}", str(n), date(2026, 1, n + 1), 100 + n * 1.25, "x" * n] for n in range(20)]
SOUND: Rows = [HEADER, *LINES]
AMOUNTS = {(n + 2): Decimal(100) + Decimal(n) * Decimal("1.25") for n in range(20)}


def damaged(data: bytes, chance: Chance) -> bytes:
    """Bytes with one or a few changed, left out or put in, or cut off."""
    content = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 5])):
        place = chance.randrange(len(content) or 1)
        match chance.randrange(4):
            case 0:
                content[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                del content[place : place + chance.choice([1, 10, 200])]
            case 2:
                content[place:place] = chance.randbytes(chance.choice([1, 4]))
            case _:
                del content[place:]
    return bytes(content)


def with_a_damaged_part(data: bytes, chance: Chance) -> bytes:
    """A zip with right sums, in which one part is missing, or damaged."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        parts = [each for each in old.namelist() if each.endswith((".xml", ".rels"))]
        chosen = chance.choice(parts)
        for name in old.namelist():
            if name != chosen:
                new.writestr(name, old.read(name))
            elif chance.random() < 0.8:
                new.writestr(name, damaged(old.read(name), chance))
    return made.getvalue()


def ending(path: Path) -> tuple[str, list[dict[str, Any]]]:
    try:
        return "documents", documents(bills(str(path)))["bills"]
    except InputError as error:
        said = str(error)
    assert str(path) in said
    assert "\n" not in said
    return "error", []


def amounts(found: list[dict[str, Any]]) -> dict[int, Decimal]:
    return {
        row: line["amount"]
        for each in found
        for row, line in zip(each["_source_rows"], each["billLineItems"], strict=True)
        if line["amount"] is not None
    }


@pytest.mark.parametrize("suffix", ["xlsx", "ods"])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_zip_with_changed_bytes_changes_no_amount(tmp_path: Path, suffix: str, seed: int) -> None:
    chance = Chance(seed)
    path = tmp_path / f"bills.{suffix}"
    write(path, {"Bills": SOUND})
    sound = path.read_bytes()
    ends: Counter[str] = Counter()
    for _ in range(FILES_PER_SEED):
        path.write_bytes(damaged(sound, chance))
        end, found = ending(path)
        assert amounts(found).items() <= AMOUNTS.items()
        ends[end] += 1
    assert ends["error"]


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["xlsx", "ods"])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_damaged_part_ends_in_documents_or_in_one_clear_error(tmp_path: Path, suffix: str, seed: int) -> None:
    chance = Chance(seed)
    path = tmp_path / f"bills.{suffix}"
    write(path, {"Bills": SOUND})
    sound = path.read_bytes()
    ends: Counter[str] = Counter()
    for _ in range(FILES_PER_SEED):
        path.write_bytes(with_a_damaged_part(sound, chance))
        ends[ending(path)[0]] += 1
    assert all(ends[each] for each in ("error", "documents")), ends


@pytest.mark.parametrize("seed", SEEDS)
def test_a_damaged_old_workbook_says_what_another_reader_says(tmp_path: Path, seed: int) -> None:
    chance = Chance(seed)
    path = tmp_path / "bills.xls"
    write(path, {"Bills": SOUND})
    sound = path.read_bytes()
    ends: Counter[str] = Counter()
    for _ in range(FILES_PER_SEED):
        path.write_bytes(damaged(sound, chance))
        end, found = ending(path)
        if found:
            _holds_against_calamine(path, amounts(found))
        ends[end] += 1
    assert all(ends[each] for each in ("error", "documents")), ends


def _holds_against_calamine(path: Path, found: dict[int, Decimal]) -> None:
    rows = list(load_workbook(str(path)).get_sheet_by_index(0).iter_rows())
    for row, amount in found.items():
        assert float(amount) == pytest.approx(float(rows[row - 1][3]))  # type: ignore[arg-type]


# Monsters


def blank_rows(path: Path, count: int) -> None:
    formatted = "".join(f'<row r="{row}" s="1" customFormat="1"><c r="A{row}" s="1"/></row>' for row in range(3, count))
    bill = row_of(2, *(said(2, column, text) for column, text in zip("ABCDE", BILL, strict=True)))
    xlsx_of(path, sheet_of(HEADER_XML, bill, formatted))


BILL = ("Ace", "1", "2026-01-02", "5", "x")
HEADER_XML = row_of(1, *(said(1, column, str(name)) for column, name in zip("ABCDE", HEADER, strict=True)))
ODS_HEADER = ods_row(*(ods_cell(str(name)) for name in HEADER))
ODS_BILL = ods_row(*map(ods_cell, BILL))
BLANK_ODS_ROWS = ods_row(
    '<table:table-cell table:number-columns-repeated="16384"/>', more=' table:number-rows-repeated="1048574"'
)


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as part:
            for _ in range(300):
                part.write(b" " * 1024 * 1024)


def liar(path: Path) -> None:
    """A part that unpacks to more than it declares."""
    bomb(path)
    data = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("xl/sharedStrings.xml").file_size
    path.write_bytes(data.replace(size.to_bytes(4, "little"), (1000).to_bytes(4, "little")))


def far_cell(path: Path) -> None:
    far = row_of(1_048_576, '<c r="XFD1048576"><v>5</v></c>')
    xlsx_of(path, sheet_of(HEADER_XML, far))


def beyond(path: Path) -> None:
    xlsx_of(path, sheet_of(HEADER_XML, row_of(4_000_000_000, '<c r="A4000000000"><v>5</v></c>')))


def wide_beyond(path: Path) -> None:
    xlsx_of(path, sheet_of(HEADER_XML, row_of(2, '<c r="ZZZZZ2"><v>5</v></c>')))


def repeated(path: Path) -> None:
    cell = ods_cell(
        "5", **{"office_value-type": "float", "office_value": "5", "table_number-columns-repeated": "16384"}
    )
    ods_of(path, ODS_HEADER, ods_row(cell, more=' table:number-rows-repeated="1000000"'))


def never_computed(path: Path) -> None:
    rows = (row_of(row, said(row, "A", "Ace"), f'<c r="D{row}"><f>1+1</f></c>') for row in range(2, 100_010))
    xlsx_of(path, sheet_of(HEADER_XML, *rows))


def entities(path: Path) -> None:
    text = "".join(f'<!ENTITY e{n} "{"&e" + str(n - 1) + ";" if n else "x"}{"x" * 9}">' for n in range(9))
    xlsx_of(path, f"<!DOCTYPE x [{text}]>" + sheet_of(HEADER_XML))


MONSTERS: dict[str, tuple[Callable[[Path], None], str, str | None]] = {
    "a million blank rows that are formatted": (lambda path: blank_rows(path, 1_000_000), "xlsx", None),
    "a million blank rows of an open document": (
        lambda path: ods_of(path, ODS_HEADER, ODS_BILL, BLANK_ODS_ROWS),
        "ods",
        None,
    ),
    "a zip bomb": (bomb, "xlsx", "unpacks to more than 200 times its size, as no sheet does"),
    "a zip bomb that denies it": (liar, "xlsx", "it is damaged"),
    "a stray cell in the last corner": (far_cell, "xlsx", "its last filled cell is XFD1048576"),
    "a row beyond the last": (beyond, "xlsx", "stands where a number of rows or columns should"),
    "a column beyond the last": (wide_beyond, "xlsx", "a cell lies beyond row 1,048,576 or column 16,384"),
    "a cell repeated a milliard times": (repeated, "ods", "its last filled cell is XFD1000001"),
    "formulas that were never computed": (never_computed, "xlsx", "more than 100,000 rows have errors, or formulas"),
    "entities": (entities, "xlsx", "its XML declares entities, as no workbook does"),
}  # fmt: skip
SECONDS_MAX, BYTES_MAX = 60, 3 * 1024**3
READ = "import sys; from csv_tap import *; print(len(documents(bills(sys.argv[1]))['bills']))"


@pytest.mark.slow
@pytest.mark.parametrize("kind", MONSTERS)
def test_a_monster_ends_in_seconds_and_in_bounded_memory(tmp_path: Path, kind: str) -> None:
    make, suffix, message = MONSTERS[kind]
    path = tmp_path / f"bills.{suffix}"
    make(path)
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)],
        env={"PYTHONPATH": ":".join(sys.path)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (BYTES_MAX, BYTES_MAX)),
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    if message is None:
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-1] == "1"
    else:
        assert message in done.stderr.splitlines()[-1]
        assert "SourceError" in done.stderr.splitlines()[-1]
