"""Workbooks for tests, written by libraries that share nothing with the tap's readers (xlrd apart, whose other half
xlwt is), and by hand where no library writes what programs do."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import xlwt
from odf import style, table, text
from odf.opendocument import OpenDocumentSpreadsheet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Cell = str | int | float | bool | date | datetime | time | timedelta | Decimal | None
Rows = list[list[Cell]]
FORMATS = ("xlsx", "xls", "ods")
NS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def write(path: Path, sheets: Mapping[str, Rows], hidden: Sequence[str] = ()) -> None:
    """Write a workbook in the format that the path names."""
    {"xlsx": _xlsx, "xlsm": _xlsx, "xls": _xls, "ods": _ods}[path.suffix[1:]](path, sheets, hidden)


def _xlsx(path: Path, sheets: Mapping[str, Rows], hidden: Sequence[str]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
        for number, cells in enumerate(rows, start=1):
            for place, value in enumerate(cells, start=1):
                cell = sheet.cell(number, place)
                cell.value = value
                if isinstance(value, str):
                    cell.data_type = "s"  # also where it looks like a formula or an error
    book.save(path)


def _xls(path: Path, sheets: Mapping[str, Rows], hidden: Sequence[str]) -> None:
    book = xlwt.Workbook()
    formats: dict[type, str] = {date: "yyyy-mm-dd", datetime: "yyyy-mm-dd hh:mm:ss", time: "hh:mm:ss"}
    styles = {kind: xlwt.easyxf(num_format_str=shown) for kind, shown in formats.items()}
    elapsed = xlwt.easyxf(num_format_str="[h]:mm:ss")
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        sheet.visibility = int(name in hidden)
        for number, cells in enumerate(rows):
            for place, value in enumerate(cells):
                if isinstance(value, timedelta):
                    sheet.write(number, place, value / timedelta(days=1), elapsed)
                elif isinstance(value, str) and value == "":
                    continue
                elif value is not None:
                    sheet.write(number, place, value, styles.get(type(value), xlwt.Style.default_style))
    book.save(str(path))


def _ods(path: Path, sheets: Mapping[str, Rows], hidden: Sequence[str]) -> None:
    book = OpenDocumentSpreadsheet()
    unseen = style.Style(name="unseen", family="table")
    unseen.addElement(style.TableProperties(display="false"))
    book.automaticstyles.addElement(unseen)
    for name, rows in sheets.items():
        sheet = table.Table(name=name, **({"stylename": unseen} if name in hidden else {}))
        for cells in rows:
            row = table.TableRow()
            for value in cells:
                row.addElement(_ods_cell(value))
            sheet.addElement(row)
        book.spreadsheet.addElement(sheet)
    book.save(str(path))


def _ods_cell(value: Cell) -> Any:
    if value is None or value == "":
        return table.TableCell()
    if isinstance(value, bool):
        return table.TableCell(valuetype="boolean", booleanvalue=str(value).lower())
    if isinstance(value, int | float | Decimal):
        return table.TableCell(valuetype="float", value=str(value))
    if isinstance(value, str):
        return _ods_text(value)
    if isinstance(value, date):
        return table.TableCell(valuetype="date", datevalue=value.isoformat())
    if isinstance(value, time):
        value = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
    minutes, seconds = divmod(value // timedelta(seconds=1), 60)
    return table.TableCell(valuetype="time", timevalue=f"PT{minutes // 60}H{minutes % 60}M{seconds}S")


def _ods_text(value: str) -> Any:
    cell = table.TableCell(valuetype="string")
    for paragraph in value.split("\n"):
        cell.addElement(text.P(text=paragraph))
    return cell


def xlsx_of(path: Path, sheet: str) -> None:
    """An Excel workbook whose one sheet has this XML, with no more parts than it needs."""
    book = (
        f'<workbook xmlns="{NS}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        '<sheets><sheet name="Bills" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    relations = "http://schemas.openxmlformats.org/package/2006/relationships"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{relations}"><Relationship Id="rId1" Target="xl/workbook.xml" Type='
            f'"{office}/officeDocument"/></Relationships>',
        )
        archive.writestr("xl/workbook.xml", book)
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{relations}"><Relationship Id="rId1" Target="worksheets/sheet1.xml" Type='
            f'"{office}/worksheet"/></Relationships>',
        )
        archive.writestr("xl/worksheets/sheet1.xml", sheet)


def sheet_of(*rows: str, after: str = "") -> str:
    """The XML of a sheet from that of its rows."""
    return f'<worksheet xmlns="{NS}"><sheetData>{"".join(rows)}</sheetData>{after}</worksheet>'


def row_of(number: int, *cells: str, more: str = "") -> str:
    """The XML of a row from its cells: `A=text`, or XML."""
    return f'<row r="{number}"{more}>' + "".join(map(str, cells)) + "</row>"


def said(number: int, column: str, value: str) -> str:
    """The XML of a cell with a text."""
    return f'<c r="{column}{number}" t="inlineStr"><is><t>{value}</t></is></c>'


def ods_of(path: Path, *rows: str) -> None:
    """An OpenDocument workbook whose sheet has these rows, as XML."""
    names = {
        "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
        "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
        "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
        "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
    }
    declared = " ".join(f'xmlns:{name}="{uri}"' for name, uri in names.items())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml",
            f"<office:document-content {declared}><office:body><office:spreadsheet>"
            f'<table:table table:name="Bills">{"".join(rows)}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
        archive.writestr(
            "META-INF/manifest.xml",
            '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )


def ods_row(*cells: str, more: str = "") -> str:
    """The XML of a row of an OpenDocument sheet."""
    return f"<table:table-row{more}>{''.join(cells)}</table:table-row>"


def ods_cell(shown: str, **attributes: str) -> str:
    """The XML of a cell of an OpenDocument sheet, a text unless its attributes say otherwise."""
    given = attributes or {"office_value-type": "string"}
    said = "".join(f' {name.replace("_", ":")}="{value}"' for name, value in given.items())
    return f"<table:table-cell{said}><text:p>{shown}</text:p></table:table-cell>"
