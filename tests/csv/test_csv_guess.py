"""`--guess`: a first mapping that runs, and says what it is sure of."""

from __future__ import annotations

import csv
import io
import json
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from csv_tap import documents
from effort import examples
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from openpyxl import Workbook
from programs import run_text

from bill_documents.mapping.guess import guess as guess_of
from bill_documents.mapping.guess import questions
from bill_program.errors import ConnectorError
from bill_values.exact_yaml import decode_yaml

if TYPE_CHECKING:
    import subprocess

ROOT = Path(__file__).parents[2]
DATA = ROOT / "examples" / "data"


def tap(*options: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return run_text("tap_bill_csv", options, cwd=folder)


def guess(path: Path | str, folder: Path = ROOT) -> str:
    ran = tap("--guess", str(path), folder=folder)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize(
    ("name", "stream", "array", "total"),
    [
        ("ap_calderdale_2021_06.csv", "bills", "billLineItems", "14980137.22"),
        ("ap_devon_2014_06.csv", "bills", "billLineItems", "13346068.70"),
        ("online_retail_2010_12.csv.gz", "invoices", "invoiceLineItems", "748957.02"),
    ],
)
def test_the_guess_for_a_real_file_reads_all_of_its_money(name: str, stream: str, array: str, total: str) -> None:
    records = documents(*yaml.safe_load(guess(DATA / name))["files"])[stream]
    lines = [line for record in records for line in record[array]]
    money = sum(line["amount"] if "amount" in line else line["quantity"] * line["price"] for line in lines)
    assert money == Decimal(total)


def test_what_is_sure_and_what_is_not_is_said_line_by_line() -> None:
    said = guess(DATA / "ap_devon_2014_06.csv").splitlines()
    assert '    invoiceNumber: "Invoice Number"  # sure: by its name' in said
    assert '    vendorName: "Supplier Name"  # sure: by its name' in said
    assert next(line for line in said if "feeds nothing" in line).endswith('"Expense Area", "Creditor Type"')


def test_a_due_date_is_never_invented() -> None:
    said = guess(DATA / "ap_calderdale_2021_06.csv")
    assert "  # question: BILL requires a due date, and no column looks like one; this one is invented:\n" in said
    assert "  #   dueDate: {field: invoiceDate, add_days: 30}\n" in said
    assert "dueDate" not in str(yaml.safe_load(said))


def test_a_template_needs_no_mapping_and_its_guesses_are_named() -> None:
    said = guess(ROOT / "examples" / "templates" / "invoices.csv")
    (entry,) = yaml.safe_load(said)["files"]
    assert set(entry) == {"path", "stream"}
    assert "sure: recognized as BILL's import template for invoices" in said
    assert '# "Invoice Line Item Price" feeds price: guessed, check it' in said


def test_dialect_currency_and_decimals_are_guessed_from_the_rows(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text(
        "Supplier;Invoice No;Due;Invoice Date;Amount\nAce;1;31.07.2021;01.07.2021;1.234,50 \u20ac\n", encoding="utf-8"
    )
    said = guess(path)
    (entry,) = yaml.safe_load(said)["files"]
    assert (entry["delimiter"], entry["decimal"], entry["currency"]) == (";", ",", ["\u20ac"])
    assert 'date_format: "%d.%m.%Y"  # sure: no other fits' in said
    (bill,) = documents(entry)["bills"]
    assert bill["billLineItems"] == [{"amount": Decimal("1234.50")}]
    assert (bill["dueDate"], bill["_source_errors"]) == ("2021-07-31", None)


@pytest.mark.parametrize(
    ("days", "date_format"),
    [
        (("12. März 2026", "3. Mai 2026"), "%d. %b %Y"),
        (("12-mrt-2026", "03-MEI-2026"), "%d-%b-%Y"),
        (("3 août 2026", "12 sept. 2026"), "%d %b %Y"),
        (("3 de agosto de 2026", "12 de dic. de 2026"), "%d de %b de %Y"),
        (("3 gennaio 26", "12 dic 26"), "%d %b %y"),
        (("March 3, 2026", "Apr. 12, 2026"), "%b %d, %Y"),
    ],
)
def test_days_with_names_of_months_are_recognized(tmp_path: Path, days: tuple[str, str], date_format: str) -> None:
    path = tmp_path / "f.csv"
    rows = "".join(f'Ace,{number},"{day}","{day}",1.50\n' for number, day in enumerate(days))
    path.write_text(f"Supplier,Invoice No,Due,Invoice Date,Amount\n{rows}", encoding="utf-8")
    said = guess(path)
    assert f'date_format: "{date_format}"  # sure: no other fits' in said
    assert [each["_source_errors"] for each in documents(*yaml.safe_load(said)["files"])["bills"]] == [None, None]


def test_columns_that_are_missing_are_named(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("Supplier,Amount\nAce,1\n")
    said = guess(tmp_path / "f.csv")
    assert "# question: invoiceNumber: BILL requires it, and no column looks like it" in said


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("f.csv", None, "no file"),
        ("f.csv", b"", "the file is empty"),
        ("f" * 300, None, "File name too long"),
    ],
    ids=["missing", "empty", "refused by the system"],
)
def test_a_file_that_cannot_be_looked_at_is_one_clear_error(
    tmp_path: Path, name: str, content: bytes | None, error: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    ran = tap("--guess", str(path), folder=tmp_path)
    assert ran.returncode == (1 if content == b"" else 2)
    assert error in ran.stderr
    assert "Traceback" not in ran.stderr


# Words


def columns(path: Path) -> tuple[dict[str, Any], dict[str, Any], str]:
    """The columns of the last entry of a guess, those of its lines, and its text."""
    said = guess_of(str(path))
    entry = yaml.safe_load(said)["files"][-1]
    return entry["columns"], entry["lines"]["columns"], said


PROGRAMS: dict[str, tuple[str, str]] = {
    "QuickBooks Online": ("Supplier,Bill No.,Bill Date,Due Date,Memo,Line Description,Line Amount", "bills"),
    "QuickBooks Desktop": ("Vendor,RefNumber,TxnDate,DueDate,Memo,Expense Memo,Expense Line Amount", "bills"),
    "Xero": ("*ContactName,*InvoiceNumber,*InvoiceDate,*DueDate,Reference,Description,LineAmount", "bills"),
    "Xero of sales": (
        "*ContactName,*InvoiceNumber,*InvoiceDate,*DueDate,BrandingTheme,*Description,LineAmount",
        "invoices",
    ),
    "Sage": ("Customer Name,Invoice No,Invoice Date,Due Date,Type,Item Description,Net Amount", "invoices"),
    "ERPNext": ("Supplier,Supplier Invoice No,Date,Due Date,Title,Description,Amount", "bills"),
    "Odoo": ("partner_id/name,ref,invoice_date,invoice_date_due,name,invoice_line_ids/name,price_subtotal", "bills"),
    "German": ("Lieferant,Belegnummer,Rechnungsdatum,Fälligkeit,Projekt,Buchungstext,Betrag (EUR)", "bills"),
    "German without umlauts": ("Kreditor,Rechnungsnr.,Belegdatum,Faelligkeit,Projekt,Bezeichnung,Netto", "bills"),
    "German of sales": ("Kunde,Rechnungsnummer,Rechnungsdatum,Fällig am,Projekt,Leistung,Nettobetrag", "invoices"),
    "French": ("Fournisseur,N° facture,Date de facture,Échéance,Projet,Désignation,Montant HT", "bills"),
    "French of sales": ("Nom du client,Numéro de facture,Date facture,Date d'échéance,x,Libellé,Montant", "invoices"),
    "Spanish": ("Proveedor,Número de factura,Fecha factura,Vencimiento,Obra,Concepto,Importe neto", "bills"),
    "Spanish of sales": (
        "Cliente,Nº factura,Fecha de emisión,Fecha de vencimiento,Obra,Descripción,Importe",
        "invoices",
    ),
    "Dutch": ("Leverancier,Factuurnummer,Factuurdatum,Vervaldatum,Project,Omschrijving,Bedrag excl. btw", "bills"),
    "Dutch of sales": ("Klant,Factuurnr.,Datum,Vervaldag,Project,Omschrijving,Bedrag", "invoices"),
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_words_of_programs_and_languages_are_known(tmp_path: Path, program: str) -> None:
    header, stream = PROGRAMS[program]
    path = tmp_path / "f.csv"
    path.write_text(f"{header}\nHazel Ltd,A-7,2026-05-14,2026-06-13,x,Nails,12.50\n", encoding="utf-8")
    names = header.split(",")
    head, lines, said = columns(path)
    party = "customerName" if stream == "invoices" else "vendorName"
    want = {party: names[0], "invoiceNumber": names[1], "invoiceDate": names[2], "dueDate": names[3]}
    assert {name: head.get(name) for name in want} == want
    assert lines == {"amount": names[6], "description": names[5]}
    assert yaml.safe_load(said)["files"][-1]["stream"] == stream
    assert not questions(said)


@pytest.mark.parametrize(
    ("header", "row", "want"),
    [
        ("Vendor,Invoice,invoice_date,Amount", "A,1,2026-05-14,5.50", {"invoiceNumber": "Invoice"}),
        ("Vendor,invoice_date,Document,Amount", "A,2026-05-14,1,5.50", {"invoiceNumber": "Document"}),
        ("Vendor,Invoice,Invoice Number,Amount", "A,x,1,5.50", {"invoiceNumber": "Invoice Number"}),
        ("Vendor,Due amount,Due,Amount", "A,1.50,2026-05-14,5.50", {"dueDate": "Due"}),
        ("Vendor,Due amount,Date,Amount", "A,1.50,2026-05-14,5.50", {"dueDate": None}),
        ("Vendor,Due,Due Date,Amount", "A,1.50,2026-05-14,5.50", {"dueDate": "Due Date"}),
        ("Vendor ID,Vendor,Vendor Email,Amount", "7,A,a@b.example,5.50", {"vendorName": "Vendor"}),
        ("Vendor Code,Supplier Name,No,Amount", "7,A,1,5.50", {"vendorName": "Supplier Name"}),
        ("Date,Date,Vendor,Amount", "2026-05-14,2026-05-15,A,5.50", {"invoiceDate": "Date (2)"}),
    ],
)
def test_an_exact_word_beats_a_similar_one_of_any_field(
    tmp_path: Path, header: str, row: str, want: dict[str, str | None]
) -> None:
    (tmp_path / "f.csv").write_text(f"{header}\n{row}\n")
    head, lines, _ = columns(tmp_path / "f.csv")
    assert {name: head.get(name) for name in want} == want
    assert lines == {"amount": "Amount"}


def test_of_two_columns_with_one_name_none_is_sure(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("Vendor,Invoice Number,Invoice Date,Amount,Amount\nA,1,2026-05-14,5.50,6.50\n")
    assert 'amount: "Amount (2)"  # guess: by its name, or "Amount"' in guess(tmp_path / "f.csv")
    (tmp_path / "f.csv").write_text("Vendor,Invoice Number,Invoice Date,Amount,Amount\nA,1,2026-05-14,x,6.50\n")
    assert 'amount: "Amount (2)"  # sure: by its name' in guess(tmp_path / "f.csv"), "the other one has no numbers"


# What cells say

HEADER = "Vendor,Invoice Number,Invoice Date,Due Date,Amount\n"
OPEN: dict[str, tuple[str, tuple[str, ...]]] = {
    "days that fit two orders": (
        f"{HEADER}A,1,01/02/2026,03/04/2026,5.50\n",
        ('# date_format: "%d/%m/%Y"', '# date_format: "%m/%d/%Y"'),
    ),
    "days of both orders": (
        f"{HEADER}A,1,01/02/2026,13/04/2026,5.50\nA,2,04/13/2026,04/14/2026,5.50\n",
        ('# date_format: "%d/%m/%Y"', '# date_format: "%m/%d/%Y"'),
    ),
    "two currencies": (f"{HEADER}A,1,2026-01-02,2026-02-01,5.50 USD\nB,2,2026-01-02,2026-02-01,5.50 EUR\n", ("USD",)),
    "a column of two currencies": (
        f"{HEADER[:-1]},Currency\nA,1,2026-01-02,2026-02-01,5.50,USD\nB,2,2026-01-02,2026-02-01,5.50,EUR\n",
        ('# where: "\\"Currency\\" = \'USD\'"', '# where: "\\"Currency\\" = \'EUR\'"', '# amount: "Amount"'),
    ),
    "thousands or decimals": (f'{HEADER}A,1,2026-01-02,2026-02-01,"1,041"\n', ('# thousands: ","', '# decimal: ","')),
    "two decimal signs": (f'{HEADER}A,1,2026-01-02,2026-02-01,"1,04"\nA,2,2026-01-02,2026-02-01,1.04\n', ()),
    "whose books": (f"{HEADER}A,1,2026-01-02,2026-02-01,5.50 CR\n", ("# credit: negative", "# credit: positive")),
    "what a bank pays": (
        f"{HEADER}A,1,2026-01-02,2026-02-01,-5.50\n",
        ('# amount: {column: "Amount", negate: true}', '# amount: "Amount"'),
    ),
    "totals on each row": (
        HEADER + "A,1,2026-01-02,2026-02-01,9\n" * 2 + "A,2,2026-01-02,2026-02-01,7\n" * 2,
        ('# amount: "Amount"',),
    ),
    "rows without a head": (f"{HEADER}A,1,2026-01-02,2026-02-01,9\n,,,,7\n", ("# fill_down: true",)),
    "rows without a number": (f"{HEADER}A,1,2026-01-02,2026-02-01,9\nA,,,,7\n", ("# fill_down: true",)),
    "day and year of two digits": (f"{HEADER}A,1,26/01/13,26/01/14,5.50\n", ("%d/%m/%y", "%y/%m/%d")),
    "net beside gross": (
        f"{HEADER[:-7]}Netto,MwSt,Brutto\nA,1,2026-01-02,2026-02-01,100,19,119\n",
        ('# amount: "Brutto"', '# amount: "Netto"'),
    ),
    "lines and another total of their bill": (
        f"{HEADER[:-7]}Line Amount,Invoice Total\n" + "A,1,2026-01-02,2026-02-01,10,24\n" * 2,
        ('# amount: "Invoice Total"', '# amount: "Line Amount"'),
    ),
    "net beside tax": (
        f"{HEADER[:-7]}Montant HT,TVA\nA,1,2026-01-02,2026-02-01,100,20\n",
        ('# amount: {expression: "CAST(', '# amount: "Montant HT"'),
    ),
    "two sides of a ledger": (
        f"{HEADER[:-7]}Debit,Credit\nA,1,2026-01-02,2026-02-01,,100\nA,2,2026-01-02,2026-02-01,4,\n",
        ('# amount: "Credit"', '# amount: "Debit"'),
    ),
    "no due date": ("Vendor,Number,Date,Amount\nA,1,2026-01-02,5.50\n", ("dueDate: {field: invoiceDate,",)),
    "no header": ("A,1,2026-01-02,5.50\nB,2,2026-01-02,5.50\n", ("invoiceNumber",)),
}


@pytest.mark.parametrize("name", OPEN)
def test_what_cells_leave_open_is_asked_and_nothing_is_loaded_by_chance(tmp_path: Path, name: str) -> None:
    content, offered = OPEN[name]
    path = tmp_path / "f.csv"
    path.write_text(content)
    said = guess_of(str(path))
    assert questions(said)
    assert all(any(each in line for line in said.splitlines() if line.strip().startswith("#")) for each in offered)
    assert all(each not in str(yaml.safe_load(said)) for each in ("date_format", "currency", "decimal", "credit"))
    with suppress(ConnectorError):  # it says what is missing
        for record in documents(*yaml.safe_load(said)["files"])["bills"]:
            assert record["_source_errors"] or record.get("dueDate") is None


@pytest.mark.parametrize(
    ("column", "texts", "loaded"),
    [
        ("Type", ("PI", "PC", "PP"), "1"),
        ("Transaction Type", ("Bill", "Bill Payment (Check)", "Vendor Credit"), "1"),
        ("Belegart", ("Rechnung", "Zahlung", "Gutschrift"), "1"),
        ("Type de pièce", ("Facture", "Règlement", "Avoir"), "1"),
        ("Status", ("Posted", "Cancelled", "Void"), "1"),
        ("Type", ("PC", "PC", "PC"), ""),
    ],
)
def test_rows_that_say_that_they_are_no_bills_are_rejected(
    tmp_path: Path, column: str, texts: tuple[str, ...], loaded: str
) -> None:
    path = tmp_path / "f.csv"
    rows = "".join(f"A,{number},2026-05-14,2026-06-13,5.00,{text}\n" for number, text in enumerate(texts, start=1))
    path.write_text(f"{HEADER[:-1]},{column}\n{rows}", encoding="utf-8")
    said = guess_of(str(path))
    assert not questions(said)
    records = documents(*yaml.safe_load(said)["files"])["bills"]
    assert [each["invoiceNumber"] for each in records if not each["_source_errors"]] == [*loaded]


@pytest.mark.parametrize(
    ("column", "texts"),
    [("Type", ("Bill", "Journal Entry")), ("Status", ("Paid", "Open")), ("Status", ("Draft", "Draft"))],
)
def test_rows_that_may_be_no_bills_are_asked_about(tmp_path: Path, column: str, texts: tuple[str, ...]) -> None:
    path = tmp_path / "f.csv"
    rows = "".join(f"A,{number},2026-05-14,2026-06-13,5.00,{text}\n" for number, text in enumerate(texts))
    path.write_text(f"{HEADER[:-1]},{column}\n{rows}")
    said = guess_of(str(path))
    assert questions(said)
    assert f'  # reject: [{{when: "\\"{column}\\" IN (' in said


def test_lines_that_add_up_to_the_total_beside_them_are_no_question(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    head = f"{HEADER[:-7]}Line Amount,Invoice Total\n"
    path.write_text(f"{head}A,1,2026-01-02,2026-02-01,10,25\nA,1,2026-01-02,2026-02-01,15,25\n")
    _, lines, said = columns(path)
    assert (lines, questions(said)) == ({"amount": "Line Amount"}, [])


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            "A,1,13/01/2026,13/02/2026,5\n" + "".join(f"A,2{each},13/01/2026,on receipt {each},5\n" for each in "abcd"),
            '4 of 5 texts cannot be read, as "on receipt a"',
        ),
        ("A,1,13/01/2026,13/02/2026,5\nApproved by:,,,Ann,\n", '1 of 2 texts cannot be read, as "Ann"'),
        ("A,1,13/01/2026,#REF!,5\nA,2,13/01/2026,13/02/2026,5\n", 'cannot be read, as "#REF!"'),
    ],
)
def test_a_column_with_the_name_of_a_field_feeds_it_whatever_some_of_its_texts_are(
    tmp_path: Path, rows: str, said: str
) -> None:
    (tmp_path / "f.csv").write_text(HEADER + rows)
    head, _, text = columns(tmp_path / "f.csv")
    assert head["dueDate"] == "Due Date"
    assert said in text
    assert "invented" not in text


def test_an_amount_of_which_half_cannot_be_read_is_one(tmp_path: Path) -> None:
    head = HEADER.replace("Amount", "Net")
    (tmp_path / "f.csv").write_text(f"{head}A,1,2026-01-02,2026-02-01,1.00\nA,2,2026-01-02,2026-02-01,1.O0\n")
    assert columns(tmp_path / "f.csv")[1] == {"amount": "Net"}


def test_a_column_with_the_name_of_a_field_and_none_of_its_texts_is_named(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text(f"{HEADER}A,1,2026-01-02,on receipt,5.50\n")
    assert 'due date, and "Due Date" has other texts, as "on receipt"; this one is invented:' in guess_of(
        str(tmp_path / "f.csv")
    )


def test_a_header_in_the_middle_is_no_row(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    row = "A,{},13/01/2026,13/02/2026,5.50,EUR\n"
    path.write_text(f"{HEADER[:-1]},Currency\n{row.format(1)}{HEADER[:-1]},Currency\n{row.format(2)}")
    said = guess_of(str(path))
    assert not questions(said)
    assert [each["_source_errors"] for each in documents(*yaml.safe_load(said)["files"])["bills"]] == [None, None]


@pytest.mark.parametrize("first", ["Vendor", ""])
def test_a_report_by_vendor_is_told_from_a_list(tmp_path: Path, first: str) -> None:
    path = tmp_path / "f.csv"
    rows = "Acme,,,,\n,1,2026-01-02,2026-02-01,10.00\nTotal Acme,,,,10.00\n"
    path.write_text(f"{first},Num,Date,Due Date,Open Balance\n{rows}")
    said = guess_of(str(path))
    assert '# question: names stand alone, as "Acme", above rows without one: a report by vendor or customer' in said
    assert 'amount: "Open Balance"' in said


@pytest.mark.parametrize(
    "day",
    [
        "2026-01-13T00:00:00Z",
        "2026-01-13 00:00:00.000",
        "2026-01-13T00:00:00.000Z",
        "2026-01-13T00:00:00+02:00",
        "2026-01-13 00:00:00.000000",
    ],
)
def test_days_as_databases_write_them_are_read(tmp_path: Path, day: str) -> None:
    path = tmp_path / "f.csv"
    path.write_text(f"{HEADER}A,1,{day},{day},5.50\n")
    said = guess_of(str(path))
    assert not questions(said)
    (bill,) = documents(*yaml.safe_load(said)["files"])["bills"]
    assert (bill["invoiceDate"], bill["dueDate"], bill["_source_errors"]) == ("2026-01-13", "2026-01-13", None)


def test_days_of_a_month_are_no_years(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text(f"{HEADER}A,1,02/01/26,13/02/26,5.50\nA,2,28/01/26,15/02/26,5.50\n")
    said = guess_of(str(path))
    assert not questions(said)
    assert [each["dueDate"] for each in documents(*yaml.safe_load(said)["files"])["bills"]] == [
        "2026-02-13",
        "2026-02-15",
    ]


def test_in_a_workbook_the_texts_say_what_parts_decimals(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    days = (date(2026, 1, 13), date(2026, 2, 13))
    rows: list[list[Any]] = [HEADER.strip().split(","), ["A", "1", *days, 12.5], ["A", "2", *days, "1.234,50"]]
    for row in rows:
        sheet.append(row)
    book.save(tmp_path / "f.xlsx")
    said = guess_of(str(tmp_path / "f.xlsx"))
    assert not questions(said)
    amounts = [each["billLineItems"] for each in documents(*yaml.safe_load(said)["files"])["bills"]]
    assert amounts == [[{"amount": Decimal("12.5")}], [{"amount": Decimal("1234.50")}]]


def test_notes_above_the_header_are_skipped(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(
        "Hazel & Söhne\n\nOffene Posten, Stand 31.05.2026\nLieferant;Beleg;Datum;Fällig;Betrag\n"
        "Müller;1;14.05.2026;13.06.2026;1.234,50\n".encode("cp1252")
    )
    said = guess_of(str(path))
    (entry,) = yaml.safe_load(said)["files"]
    assert (entry["skip"], entry["delimiter"], entry["encoding"]) == (3, ";", "cp1252")
    (bill,) = documents(entry)["bills"]
    assert (bill["vendorName"], bill["invoiceDate"], bill["_source_errors"]) == ("Müller", "2026-05-14", None)
    assert bill["billLineItems"] == [{"amount": Decimal("1234.50")}]


def test_rows_that_say_that_they_are_credits_are_rejected_and_those_below_zero_told(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text(
        "Vendor,Number,Date,Due Date,Amount,Document Type\nA,1,2026-05-14,2026-06-13,10.00,Invoice\n"
        "A,2,2026-05-14,2026-06-13,4.00,Credit Note\nA,3,2026-05-14,2026-06-13,-2.00,Invoice\n"
    )
    said = guess_of(str(path))
    assert '# 1 of 3 are below zero ("-2.00"): what is so in total, is vendor_credits' in said
    errors = {
        each["invoiceNumber"]: each["_source_errors"] for each in documents(*yaml.safe_load(said)["files"])["bills"]
    }
    assert errors["1"] is None
    assert errors["2"][0]["message"] == "a credit: load it as vendor_credits"


def test_lines_of_a_bill_have_an_amount_where_the_file_has_quantity_and_price(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text(
        "*ContactName;*InvoiceNumber;*InvoiceDate;*DueDate;*Quantity;*UnitAmount\n"
        "Hazel;1;14/05/2026;13/06/2026;2,5;1.234,567 €\nHazel;2;14/05/2026;13/06/2026;3;0,333 €\n",
        encoding="utf-8",
    )
    first, second = documents(*yaml.safe_load(guess_of(str(path)))["files"])["bills"]
    assert (first["billLineItems"], first["_source_errors"]) == ([{"amount": Decimal("3086.42")}], None)
    assert second["billLineItems"] == [{"amount": Decimal("1.00")}]


def test_an_invoice_has_quantity_and_price_if_they_are_its_amount_and_else_the_amount(tmp_path: Path) -> None:
    head = "Customer,Number,Date,Due Date,Qty,Rate,Amount\n"
    path = tmp_path / "f.csv"
    path.write_text(f"{head}A,1,2026-05-14,2026-06-13,3,2.50,7.50\nA,2,2026-05-14,2026-06-13,2,1.25,2.50\n")
    assert columns(path)[1] == {"quantity": "Qty", "price": "Rate"}
    path.write_text(f"{head}A,1,2026-05-14,2026-06-13,3,2.50,7.50\nA,2,2026-05-14,2026-06-13,2,1.25,2.25\n")
    assert columns(path)[1] == {"amount": "Amount"}


def test_a_file_of_credits_of_vendors_is_one(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("Supplier,Credit Note No,Credit Date,Amount\nA,C-1,2026-05-14,7.50\n")
    said = guess_of(str(path))
    (entry,) = yaml.safe_load(said)["files"]
    assert entry["stream"] == "vendor_credits"
    assert entry["columns"] == {"vendorName": "Supplier", "refNumber": "Credit Note No", "creditDate": "Credit Date"}
    assert not questions(said)


def test_days_that_a_workbook_shows_as_numbers_are_days(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("Vendor,Invoice No,Invoice Date,Due Date,Amount\nA,1,46000,46030,7.50\nA,2,46150,46180,2\n")
    said = guess_of(str(path))
    assert '# guess: "Due Date" has days as workbooks count them (46030 is 2026-01-08)' in said
    assert not questions(said)
    first, second = documents(*yaml.safe_load(said)["files"])["bills"]
    assert (first["invoiceDate"], first["dueDate"]) == ("2025-12-09", "2026-01-08")
    assert (second["invoiceDate"], second["dueDate"]) == ("2026-05-08", "2026-06-07")


@pytest.mark.parametrize("text", ["18263", "73051", "46000.5", "1", "x"])
def test_numbers_that_count_no_day_of_a_document_are_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "f.csv"
    path.write_text(f"Vendor,Invoice No,Invoice Date,Amount\nA,1,46000,7.50\nA,2,{text},2\n")
    assert "# question: invoiceDate: BILL requires it" in guess_of(str(path))


def test_a_list_of_vendors_or_customers_is_one(tmp_path: Path) -> None:
    for header, stream, city in (("Vendor", "vendors", "addressCity"), ("Kunde", "customers", "billAddressCity")):
        path = tmp_path / "f.csv"
        path.write_text(f"{header},City,E-Mail\nHazel,Fenton,a@hazel.example\n")
        (entry,) = yaml.safe_load(guess_of(str(path)))["files"]
        assert (entry["stream"], entry["columns"]) == (stream, {"name": header, city: "City", "email": "E-Mail"})


def test_columns_about_vendors_become_an_entry_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text(
        "Vendor,Vendor Email,Phone,Street,City,State,ZIP,Terms,Invoice Number,Date,Due Date,Amount\n"
        "Hazel,a@hazel.example,1,Elm 1,Fenton,MO,63026,Net 30,1,2026-05-14,2026-06-13,5.50\n"
        "Hazel,a@hazel.example,2,Elm 1,Fenton,MO,63026,Net 30,2,2026-05-14,2026-06-13,5.50\n"
        "Total,,,,,,,,,,,11.00\n"
    )
    said = guess_of(str(path))
    assert '    # phone: "Phone"  # rows of "Hazel" differ in it' in said
    assert '    # paymentTermName: "Terms"  # BILL must have these terms' in said
    found = documents(*yaml.safe_load(said)["files"])
    (vendor,) = found["vendors"]
    assert {name: vendor[name] for name in vendor if not name.startswith("_")} == {
        "name": "Hazel",
        "email": "a@hazel.example",
        "address1": "Elm 1",
        "addressCity": "Fenton",
        "addressState": "MO",
        "addressZip": "63026",
    }


@pytest.mark.parametrize("end", ["\n", "\r", "\x85", "\u2028", "\u2029", "\x00", "\x7f", "\ufeff", '"', "\\"])
def test_no_text_of_a_file_gets_out_of_its_place_in_the_mapping(tmp_path: Path, end: str) -> None:
    hostile = f"x{end}- path: other.csv"
    rows = [
        ["Vendor", "Number", "Date", "Due Date", "Amount", "Currency", "Type", f"Memo {hostile}", hostile],
        [hostile, f"1 {hostile}", "2026-05-14", "2026-06-13", "5.50", hostile, "Credit Note", "a", "b"],
        [hostile, f"1 {hostile}", "2026-05-14", "2026-06-13", "-5.50", "EUR", hostile, "c", "d"],
    ]
    with (tmp_path / "f.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    try:
        said = guess_of(str(tmp_path / "f.csv"))
    except ConnectorError:
        assert end == "\x00"
        return
    (entry,) = decode_yaml(said)["files"]
    assert entry.keys() <= {"path", "stream", "columns", "lines", "reject"}
    assert entry["path"].endswith("f.csv")


# Every mapping, used as it stands, gives the amounts that were written, or says what is open

ASKED = ("Vendor", "Supplier Name", "Lieferant", "Fournisseur", "Proveedor", "Leverancier", "*ContactName")
NUMBERED = ("Invoice Number", "Bill No.", "Rechnungsnummer", "N° facture", "Factuurnummer", "Reference", "invoice_id")
DATED = ("Invoice Date", "Date", "Rechnungsdatum", "Date de facture", "Fecha factura", "invoice_date")
DUE = ("Due Date", "Due", "Fälligkeit", "Échéance", "Vencimiento", "Vervaldatum", "invoice_date_due")
VALUED = ("Amount", "Net", "Betrag (EUR)", "Montant HT", "Importe", "Bedrag", "Line Amount", "price_subtotal", "Total")
OTHER = ("Due amount", "Status", "Tax", "Currency", "Notes", "Reference", "Balance", "Paid Date", "Type", "ID")
WRITTEN_DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%b-%Y", "%m/%d/%y", "%Y%m%d", "%d.%m.%y")


@st.composite
def files(draw: st.DrawFn) -> tuple[str, list[tuple[Decimal, date]]]:
    """A file of bills in one notation, and the amount and day of each."""
    decimal, thousands = draw(st.sampled_from([(".", ","), (",", "."), (".", ""), (",", ""), (".", "'"), (",", " ")]))
    sign = draw(st.sampled_from(["", "", "$", "EUR", "£"]))
    places = draw(st.sampled_from([0, 2]))
    days = draw(st.sampled_from(WRITTEN_DAYS))
    names = [draw(st.sampled_from(each)) for each in (ASKED, NUMBERED, DATED, DUE, VALUED, OTHER)]
    if has_factors := draw(st.booleans()):
        names[4:5] = draw(st.sampled_from([("*UnitAmount", "*Quantity"), ("Einzelpreis", "Menge"), ("Price", "Qty")]))
    assume(len({name.casefold() for name in names}) == len(names))
    order = draw(st.permutations(range(len(names))))
    truth = draw(
        st.lists(
            st.tuples(
                st.integers(1, 3_000_000).map(lambda cents: Decimal(cents).scaleb(-places)),
                st.dates(date(2020, 1, 1), date(2029, 12, 31)),
            ),
            min_size=1,
            max_size=6,
        )
    )

    def written(amount: Decimal) -> str:
        text = f"{amount:,.{places}f}".translate({ord(","): thousands, ord("."): decimal})
        return f"{text} {sign}" if sign == "EUR" else sign + text

    out = io.StringIO()
    rows = csv.writer(out, delimiter=draw(st.sampled_from([",", ";", "\t"])), lineterminator="\n")
    rows.writerow([names[place] for place in order])
    for number, (amount, day) in enumerate(truth, start=1):
        money = [written(amount), str(number)] if has_factors else [written(amount)]
        cells = ["Hazel", f"R-{number}", day.strftime(days), day.strftime(days), *money, "x"]
        rows.writerow([cells[place] for place in order])
    if has_factors:
        truth = [(amount * number, day) for number, (amount, day) in enumerate(truth, start=1)]
    return out.getvalue(), truth


@pytest.mark.slow
@given(files())
@hypothesis_settings(max_examples=examples(50), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_mapping_used_as_it_stands_gives_what_was_written_or_says_what_is_open(
    tmp_path: Path, given_file: tuple[str, list[tuple[Decimal, date]]]
) -> None:
    content, truth = given_file
    path = tmp_path / "f.csv"
    path.write_text(content, encoding="utf-8")
    said = guess_of(str(path))
    opened = questions(said)
    entries = decode_yaml(said)["files"]
    try:
        records = documents(*entries)["bills"]
    except ConnectorError:
        assert opened, said
        return
    read = [
        (each["billLineItems"][0].get("amount"), each["invoiceDate"]) for each in records if not each["_source_errors"]
    ]
    wrote = [(amount, day.isoformat()) for amount, day in truth]
    assert read == wrote if not opened else set(read) <= set(wrote), said


# The command


def test_a_mapping_is_written_to_a_file_that_is_used_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text(f"{HEADER}A,1,13/02/2026,15/03/2026,5.50\n")
    ran = tap("--guess", "f.csv", "--to-file", "mapping.yml", folder=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == "mapping.yml: nothing is open; look through it, then: tap-bill-csv --config mapping.yml\n"
    loaded = tap("--config", "mapping.yml", folder=tmp_path)
    (record,) = [json.loads(line)["record"] for line in loaded.stdout.splitlines() if '"RECORD"' in line]
    assert (record["dueDate"], record["_source_errors"]) == ("2026-03-15", None)


def test_a_file_that_is_there_is_overwritten_only_if_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text(f"{HEADER}A,1,01/02/2026,15/03/2026,5.50\n")
    (tmp_path / "mapping.yml").write_text("mine")
    ran = tap("--guess", "f.csv", "--to-file", "mapping.yml", folder=tmp_path)
    assert ran.returncode == 2
    assert ran.stderr == (
        "tap-bill-csv: --to-file mapping.yml: is there already; name another file, or give --overwrite\n"
    )
    assert (tmp_path / "mapping.yml").read_text() == "mine"
    ran = tap("--overwrite", "--to-file", "mapping.yml", "--guess", "f.csv", folder=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert (tmp_path / "mapping.yml").read_text() == guess("f.csv", tmp_path)


def test_what_is_open_is_said_when_a_mapping_is_written(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("Vendor,Number,Date,Amount\nA,1,2026-01-02,5.50\n")
    ran = tap("--guess", "f.csv", "--to-file", "mapping.yml", folder=tmp_path)
    assert ran.stdout.splitlines() == [
        "mapping.yml: 1 open, to be answered there:",
        "  line 8: BILL requires a due date, and no column looks like one; this one is invented:",
    ]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (("--to-file", "a.yml"), "belong to --guess FILE, which is missing"),
        (("--overwrite",), "belong to --guess FILE, which is missing"),
        (("--sheet", "1"), "belong to --guess FILE, which is missing"),
        (("--encoding", "cp850"), "belong to --guess FILE, which is missing"),
        (("--guess", "f.csv", "--encoding", "x"), '--encoding is "x", which is no encoding'),
        (("--guess", "f.csv", "--to-file", "no/a.yml"), "--to-file no/a.yml: cannot be written: No such file"),
    ],
)
def test_options_that_lead_nowhere_are_one_clear_error(tmp_path: Path, options: tuple[str, ...], error: str) -> None:
    (tmp_path / "f.csv").write_text(f"{HEADER}A,1,2026-01-02,2026-02-01,5.50\n")
    ran = tap(*options, folder=tmp_path)
    assert ran.returncode == 2
    assert ran.stderr.count("\n") == 1
    assert error in ran.stderr


def test_a_workbook_is_looked_at_like_any_file(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    rows: list[list[Any]] = [["Payables of January"], [], ["Lieferant", "Rechnungsnummer", "Rechnungsdatum", "Betrag"]]
    for row in [*rows, ["Lampen GmbH", 1001, date(2026, 1, 13), 1136.8400000000001]]:
        sheet.append(row)
    path = tmp_path / "bills.xlsx"
    book.save(path)
    (entry,) = decode_yaml(guess_of(str(path)))["files"]
    assert entry["columns"] == {
        "vendorName": "Lieferant",
        "invoiceNumber": "Rechnungsnummer",
        "invoiceDate": "Rechnungsdatum",
    }
    (bill,) = documents(entry)["bills"]
    assert (bill["vendorName"], bill["invoiceNumber"], bill["invoiceDate"]) == ("Lampen GmbH", "1001", "2026-01-13")
    assert [line["amount"] for line in bill["billLineItems"]] == [Decimal("1136.84")]
