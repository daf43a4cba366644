"""How fast and how large tap-bill-csv is on a workbook of a million rows, against its reader: part of `make bench`.

The reader alone opens the same sheet and goes through its rows, in a process of its own. Texts, numbers and days are
cells with types, as Excel writes them; bills have 1 to 14 lines. Exits with 1 when a goal is missed.

    python benchmarks/tap_workbook.py --rows 100000
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from tap_csv import MAPPING, MEGABYTE, SIZES

ROWS = 1_000_000
RATIO_MAX = 8
PEAK_MB_MAX = 1000
DAY_STYLE = 1
FIRST_DAY = 45_000
"""Of 2023, as workbooks count days."""

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
HEADER = ("Supplier", "Number", "Date", "Amount", "Description", "Department", "Account", "Reference")
PARTS = {
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{OFFICE}/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="Bills" sheetId="1" '
    'r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{OFFICE}/worksheet" '
    f'Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{OFFICE}/styles" Target="styles.xml"/>'
    f'<Relationship Id="r3" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
    "</styleSheet>",
}
ALONE = """
import sys
from python_calamine import load_workbook
print(sum(1 for _ in load_workbook(sys.argv[1]).get_sheet_by_index(0).iter_rows()))
"""


class Strings:
    """Texts of a workbook, each of which it holds once."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def cell(self, column: str, row: int, text: str) -> str:
        """A cell that shows a text."""
        place = self._places.setdefault(text, len(self._places))
        return f'<c r="{column}{row}" t="s"><v>{place}</v></c>'

    def part(self) -> str:
        """The part of the workbook that holds them."""
        return f'<sst xmlns="{MAIN}">{"".join(f"<si><t>{each}</t></si>" for each in self._places)}</sst>'


def generate(path: Path, rows: int) -> None:
    """Bills of 1 to 14 lines."""
    chance = random.Random(1)  # noqa: S311  # the same file each time
    strings = Strings()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            names = "".join(strings.cell(column, 1, name) for column, name in zip("ABCDEFGH", HEADER, strict=True))
            sheet.write(f'<worksheet xmlns="{MAIN}"><sheetData><row r="1">{names}</row>'.encode())
            row, bill = 1, 0
            while row <= rows:
                bill += 1
                for line in range(min(chance.choice(SIZES), rows + 1 - row)):
                    row += 1
                    sheet.write(_row(strings, row, bill, line, chance.randrange(100_000) / 100).encode())
            sheet.write(b"</sheetData></worksheet>")
        archive.writestr("xl/sharedStrings.xml", strings.part())
        for name, content in PARTS.items():
            archive.writestr(name, content)


def _row(strings: Strings, row: int, bill: int, line: int, amount: float) -> str:
    return (
        f'<row r="{row}">{strings.cell("A", row, f"Supplier {bill % 40_000} Ltd")}'
        f"{strings.cell('B', row, f'INV-{bill:08d}')}"
        f'<c r="C{row}" s="{DAY_STYLE}"><v>{FIRST_DAY + bill % 300}</v></c><c r="D{row}"><v>{amount!r}</v></c>'
        f"{strings.cell('E', row, f'Line {line} of the goods')}{strings.cell('F', row, f'Department {row % 50}')}"
        f'<c r="G{row}"><v>{4000 + row % 300}</v></c><c r="H{row}"><v>{row}</v></c></row>'
    )


def run(command: list[str], log: Path) -> tuple[float, float, float]:
    """Seconds, seconds of the processor, and peak megabytes of a process that must end well."""
    began = time.perf_counter()
    with log.open("w") as said:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(log.read_text())
    took = time.perf_counter() - began
    return took, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / MEGABYTE


def main() -> int:
    """Print the figures and how they stand to the goals."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=int, default=ROWS)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, config = folder / "rows.xlsx", folder / "config.json"
        generate(path, given.rows)
        config.write_text(json.dumps({"files": [{"path": str(path), **MAPPING}]}))
        print(f"{given.rows:,} rows, {path.stat().st_size / MEGABYTE:,.0f} MB")
        alone_s, alone_cpu_s, alone_mb = run([sys.executable, "-c", ALONE, str(path)], folder / "log")
        whole_s, whole_cpu_s, whole_mb = run(
            [sys.executable, "-m", "tap_bill_csv", "--config", str(config)], folder / "log"
        )
    ratio = whole_cpu_s / alone_cpu_s
    print(f"{alone_s:8.1f} s, {alone_cpu_s:6.1f} s of processor, {alone_mb:6.0f} MB  python-calamine alone")
    print(f"{whole_s:8.1f} s, {whole_cpu_s:6.1f} s of processor, {whole_mb:6.0f} MB  tap-bill-csv, records written")
    print(f"{ratio:8.1f} times the reader's processor time (goal at most {RATIO_MAX}): {_reached(ratio <= RATIO_MAX)}")
    print(f"{whole_mb:8.0f} MB peak memory (goal under {PEAK_MB_MAX}): {_reached(whole_mb < PEAK_MB_MAX)}")
    return 0 if ratio <= RATIO_MAX and whole_mb < PEAK_MB_MAX else 1


def _reached(reached: bool) -> str:
    return "ok" if reached else "MISSED"


if __name__ == "__main__":
    sys.exit(main())
