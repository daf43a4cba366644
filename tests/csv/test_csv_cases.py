"""Files as people have them: content in, documents, problems and remarks out, in one table.

Each is a small file that some program or person writes; what is right stands beside it.
"""

from __future__ import annotations

import logging
import unicodedata
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import pytest
from csv_tap import BILL_COLUMNS, bills, documents

from bill_program.errors import ConnectorError
from bill_values.provenance import SOURCE_ERRORS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal
    from pathlib import Path

Form = Literal["NFC", "NFD"]
HEADER = "Supplier,Number,Date,Amount,What"
ROW = "Ace,1,2026-01-02,10.00,x"
TWICE = [("Ace", "1", "10"), ("Ace", "2", "10")]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A file.

    Attributes:
        name: What is special about it.
        content: Its bytes, or its text, which is written as UTF-8.
        options: Settings of its entry beside the columns.
        bills: Vendor, number and amounts of each document, in order.
        problems: The beginning of each problem, in order.
        says: What some warning says; None for no warning.
        never: What no warning says.
        error: What the one line says that ends the run.
    """

    name: str
    content: str | bytes
    options: dict[str, Any] = field(default_factory=dict)
    bills: Sequence[tuple[str | None, ...]] = ()
    problems: Sequence[str] = ()
    says: str | None = None
    never: str | None = None
    error: str | None = None


def lines(*rows: str, header: str = HEADER, end: str = "\n") -> str:
    return "".join(f"{row}{end}" for row in (header, *rows))


def named(*vendors: str) -> str:
    return lines(*(f"{vendor},{place},2026-01-02,10.00,x" for place, vendor in enumerate(vendors, start=1)))


def of(*vendors: str) -> list[tuple[str, ...]]:
    return [(vendor, str(place), "10") for place, vendor in enumerate(vendors, start=1)]


WESTERN = ("Café León", "Müller & Söhne", "ÉCLAIR SÀRL")
CENTRAL = ("Łódź Sp. z o.o.", "Žižkov s.r.o.", "Řeznictví Dvořák")
CYRILLIC = ("Ромашка", "Свет и Тень")
GREEK = ("Αθήνα", "Ελιά")


def in_code_pages() -> Iterator[Case]:
    """Names in every encoding that programs still write, with nothing said of it, and with it said."""
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"):
        is_found = encoding in ("utf-16-le", "utf-16-be")
        yield Case(
            name=f"{encoding}, found",
            content=named(*WESTERN, *CENTRAL, *CYRILLIC).encode(encoding),
            bills=of(*WESTERN, *CENTRAL, *CYRILLIC),
            says=f"read as {encoding}" if is_found else None,
        )
    found: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("cp1252", WESTERN),
        ("mac_roman", WESTERN),
        ("cp850", WESTERN),
        ("cp1252", ("Peña", "Cía. Nº 1", "1ª Planta", "Café “Zürich” \u2013 €")),
        ("cp1250", CENTRAL),
        ("cp1250", ("Kovač", "Đaković", "Dvořák")),
        ("cp1250", ("Łódź",)),
        ("cp932", ("東京商事",)),
        ("cp1251", CYRILLIC),
        ("cp1253", GREEK),
    )
    for encoding, names in found:
        content = named(*names).encode(encoding)
        yield Case(
            name=f"{encoding}, found", content=content, bills=of(*names), says=f"read as {encoding}, by its letters"
        )
        yield Case(name=f"{encoding}, said", content=content, options={"encoding": encoding}, bills=of(*names))
    for encoding in ("cp437", "latin-1", "cp775", "koi8-r", "shift_jis", "gb18030", "mac_latin2"):
        names = {"koi8-r": CYRILLIC, "shift_jis": ("東京商事",), "gb18030": ("北京灯具",), "cp775": ("Žuvis UAB",)}.get(
            encoding, CENTRAL if encoding == "mac_latin2" else WESTERN[:2]
        )
        content = named(*names).encode(encoding)
        yield Case(name=f"{encoding}, said", content=content, options={"encoding": encoding}, bills=of(*names))
    for wrong, right in (("cp1252", "cp850"), ("cp1252", "mac_roman"), ("cp1252", "utf-8"), ("cp850", "cp1252")):
        yield Case(
            name=f"{right}, said to be {wrong}",
            content=named("Café León").encode(right),
            options={"encoding": wrong},
            bills=of("Café León".encode(right).decode(wrong)),
            says=f'{right} makes "Café", "León"; set files[0].encoding to the one that is right',
        )
    yield Case(
        name="utf-16 without a mark, said",
        content=named("Café").encode("utf-16-le"),
        options={"encoding": "utf-16"},
        bills=of("Café"),
    )
    yield Case(
        name="an encoding that is none",
        content=named("Ace"),
        options={"encoding": "utf-9"},
        error='is "utf-9", which is no encoding',
    )
    yield Case(
        name="not the encoding that was said",
        content=named("Café").encode("cp1252"),
        options={"encoding": "utf-8"},
        error="row 2: byte 0xe9 is not utf-8; set files[0].encoding",
    )


def shapes() -> Iterator[Case]:
    """What stands around the rows."""
    two = (ROW, ROW.replace(",1,", ",2,"))
    for name, delimiter in (("semicolon", ";"), ("tab", "\t"), ("bar", "|")):
        content = lines(*two).replace(",", delimiter)
        yield Case(name=f"sep= before a {name}", content=f"sep={delimiter}\n{content}", bills=TWICE)
        yield Case(name=f"a {name}, found", content=content, bills=TWICE)
    yield Case(
        name="sep= in quotes with a mark in front",
        content=f'\ufeff"sep=;"\r\n{lines(*two)}'.replace(",", ";"),
        bills=TWICE,
    )
    yield Case(
        name="sep= below lines that are skipped",
        content=f"Report\nsep=,\n{lines(*two)}",
        options={"skip": 1},
        bills=TWICE,
    )
    for name, end in (("DOS", "\r\n"), ("old Mac", "\r"), ("Unix", "\n")):
        yield Case(name=f"line ends of {name}", content=lines(*two, end=end), bills=TWICE)
    yield Case(name="no line end at the end", content=lines(*two).rstrip("\n"), bills=TWICE)
    yield Case(name="blank rows", content=lines("", two[0], ",,,,", "  ,,,,", two[1], ""), bills=TWICE)
    yield from decomposed(two)
    wide = lines("Ace,1,2026-01-02,10.00,x,,", "Ace,2,2026-01-02,10.00", header=f"{HEADER},Note,")
    yield Case(
        name="trailing delimiters left out", content=wide, bills=TWICE, says="1 rows end before the last columns"
    )
    yield Case(
        name="a row too short to be told",
        content=lines("Ace,1,2026-01-02"),
        error="row 2: 3 cells, but the header has 5; some are missing, or a text that holds a line break does not "
        'stand in quotes; only what comes behind "Amount" may be left out at the end of a row',
    )
    yield Case(
        name="a row too long",
        content=lines("Ace, Ltd,1,2026-01-02,10.00,x"),
        error='row 2: 6 cells, but the header has 5; a text that holds "," must stand in quotes',
    )
    yield Case(
        name="a blank cell too many",
        content=lines(f"{ROW},"),
        error="row 2: 6 cells, but the header has 5; those behind the last column are blank: take them away, unless",
    )
    yield Case(
        name="a header once more", content=lines(two[0], HEADER, two[1]), bills=TWICE, says="1 rows repeat the header"
    )
    joined = lines(two[0]) + "\ufeff" + lines(two[1])
    yield Case(
        name="two files joined, each with its mark",
        content="\ufeff" + joined,
        bills=TWICE,
        says="1 rows repeat the header",
    )
    yield Case(
        name="notes above the header",
        content="Payables\nas of 2026-01-31\n" + lines(*two),
        options={"skip": 2},
        bills=TWICE,
    )
    many = ",".join(f"C{place}" for place in range(10_000))
    wide = lines(f"{two[0]},{',' * 9_999}", header=f"{HEADER},{many}")
    yield Case(name="10,000 more columns", content=wide, bills=TWICE[:1])
    full = lines(f"{two[0]},{','.join('x' * 10_000)}", header=f"{HEADER},{many}")
    yield Case(name="10,000 more columns, all filled", content=full, bills=TWICE[:1])
    yield Case(name="a quoted cell over two lines", content=lines('Ace,1,2026-01-02,10.00,"a\nb"', two[1]), bills=TWICE)
    yield Case(name="text marks", content=lines('"=""Ace""",\'1,2026-01-02,10.00,x'), bills=TWICE[:1])


def decomposed(two: Sequence[str]) -> Iterator[Case]:
    """Names of columns whose letters and accents stand apart, in the file or in the mapping."""
    names = {"vendorName": "Händler", "invoiceNumber": "Numéro", "invoiceDate": "Fällig"}
    header = "Händler,Numéro,Fällig,Amount,What"
    forms: tuple[tuple[Form, Form], ...] = (("NFD", "NFC"), ("NFC", "NFD"), ("NFD", "NFD"))
    for in_file, in_mapping in forms:
        top = unicodedata.normalize(in_file, header)
        columns = {name: unicodedata.normalize(in_mapping, column) for name, column in names.items()}
        yield Case(
            name=f"columns in {in_file}, mapped in {in_mapping}",
            content=lines(two[0], top, two[1], header=top),
            options={"columns": columns, "group_by": [columns["vendorName"], columns["invoiceNumber"]]},
            bills=TWICE,
            says="1 rows repeat the header",
        )
    yield Case(
        name="columns in NFD, in an expression",
        content=lines(*two, header=unicodedata.normalize("NFD", header)),
        options={"columns": names, "where": "\"Numéro\" = '1'"},
        bills=TWICE[:1],
    )
    top = unicodedata.normalize("NFD", "ä,é,ü,ß,ñ")
    yield Case(
        name="columns in NFD, none of which is plain",
        content=lines(two[0], top, two[1], header=top),
        options={
            "columns": {"vendorName": "ä", "invoiceNumber": "é", "invoiceDate": "ü"},
            "lines": {"columns": {"amount": "ß"}},
        },
        bills=TWICE,
        says="1 rows repeat the header",
    )


def amount(text: str, *found: str, problem: str | None = None, says: str | None = None, **options: Any) -> Case:
    """One amount as it is written, and what it is."""
    quoted = '"' + text.replace('"', '""') + '"'
    return Case(
        name=f"amount {text!r} {options or ''}",
        content=lines(f"Ace,1,2026-01-02,{quoted},x"),
        options=options,
        bills=[("Ace", "1", *(found or (None,)))],
        problems=[problem] if problem else [],
        says=says or ("carry errors" if problem else None),
    )


def due(invoice_date: str, due_date: str, date_format: str, problem: str | None, says: str | None) -> Case:
    """A bill with these two days."""
    return Case(
        name=f"due {due_date} of {invoice_date}",
        content=f"{HEADER},Due\nAce,1,{invoice_date},10.00,x,{due_date}\n",
        options={"columns": {**BILL_COLUMNS, "dueDate": "Due"}, "date_format": date_format},
        bills=TWICE[:1],
        problems=[problem] if problem else [],
        says=says or ("carry errors" if problem else None),
    )


def days() -> Iterator[Case]:
    """Days whose century is not the right one."""
    yield due("1/2/24", "12/31/99", "%m/%d/%y", "the due date 1999-12-31 is", None)
    for year in (50, 69, 79):
        problem = f"'12/31/{year}' is refused: the year {year} may be 19{year} or 20{year}"
        yield due("1/2/24", f"12/31/{year}", "%m/%d/%y", problem, None)
    for invoice_date, due_date, date_format in (
        ("12. März 2026", "11. Apr. 2026", "%d. %B %Y"),
        ("12-mrt-2026", "12-MEI-2026", "%d-%b-%Y"),
        ("3 août 2026", "3 sept. 2026", "%d %b %Y"),
        ("3 de agosto de 2026", "3 de septiembre de 2026", "%d de %B de %Y"),
        ("1 gen 26", "31 GENNAIO 26", "%d %b %y"),
    ):
        yield due(invoice_date, due_date, date_format, None, None)
    yield due("1/1/1900", "2/1/2024", "%m/%d/%Y", "the due date 2024-02-01 is 124 years from the invoice date", None)
    yield due("1/2/24", "1/31/29", "%m/%d/%y", None, "due dates are more than 2 years after their invoice dates")
    yield due("1/2/24", "1/31/26", "%m/%d/%y", None, "due dates are more than 2 years after their invoice dates")
    yield due("1/2/24", "1/1/26", "%m/%d/%y", None, None)
    yield due("1/2/24", "1/1/24", "%m/%d/%y", None, "1 due dates are before their invoice dates (row 2 is the first)")
    yield due("1/2/24", "1/2/24", "%m/%d/%y", None, None)
    yield due("12/31/99", "1/30/00", "%m/%d/%y", None, None)


DOLLARS: dict[str, Any] = {"currency": "$"}
GERMAN: dict[str, Any] = {"decimal": ",", "thousands": ".", "currency": "€"}
FRENCH: dict[str, Any] = {"decimal": ",", "thousands": " ", "currency": "€"}


def amounts() -> Iterator[Case]:
    """Every common way to write an amount."""
    yield amount(".50", "0.5")
    yield amount("-.50", "-0.5")
    yield amount("1234.", "1234")
    yield amount("+12", "12")
    yield amount("- 45.00", "-45")
    yield amount("'-45.00", "-45")
    yield amount("(45.00)", "-45")
    yield amount("45.00-", "-45")
    yield amount("-", "0")
    yield amount(" $-   ", "0", **DOLLARS)
    yield amount("$1,234.50", "1234.5", **DOLLARS)
    yield amount("($1,234.50)", "-1234.5", **DOLLARS)
    yield amount("-$1,234.50", "-1234.5", **DOLLARS)
    yield amount("$ -1,234.50", "-1234.5", **DOLLARS)
    yield amount("1,23,456.00", "123456")
    yield amount("1'234.50", "1234.5", thousands="'")
    yield amount("1\u2019234.50", "1234.5", thousands="'")
    yield amount("1\u2019234.50", "1234.5", thousands="\u2019")
    yield amount("1.234,50 €", "1234.5", **GERMAN)
    yield amount("-9,13\u00a0€", "-9.13", **GERMAN)
    yield amount("1 234,50 €", "1234.5", **FRENCH)
    yield amount("1\u202f234,50\u00a0€", "1234.5", **FRENCH)
    yield amount("1\u00a0234,50", "1234.5", **FRENCH)
    yield from dashes()
    yield amount("100.00 CR", problem="'100.00 CR'")
    yield amount("100.00 CR", "-100", credit="negative")
    yield amount("100.00 DR", "100", credit="negative")
    yield amount("100.00cr", "-100", credit="negative")
    yield amount("1136.8400000000001", "1136.84", says="float")
    yield amount("1136.8399999999999", "1136.84", says="float")
    yield amount("1136.845", problem="1136.845 has more than 2 decimals")
    yield amount("\uff11\uff12.00", problem="'\uff11\uff12.00'")
    yield amount("\u0661\u0662", problem="'\u0661\u0662'")
    yield amount("1e5", problem="'1e5'")
    yield amount("1_000", problem="'1_000'")
    yield amount("#VALUE!", problem="'#VALUE!'")
    yield amount("n/a", problem="'n/a'")
    yield amount("1,041", problem="'1,041'")
    yield amount("12.50 EUR", problem="'12.50 EUR'", **DOLLARS)


def dashes() -> Iterator[Case]:
    """A dash behind a bare decimal sign stands for no cents; behind other numbers it is their sign."""
    swiss: dict[str, Any] = {"currency": ["CHF", "Fr."]}
    for text in ("12,-", "€ 12,-", "12,- €", "12,--", "12,\u2013", "\u20ac\u00a012,\u2014", "12,\u2212"):
        yield amount(text, "12", **GERMAN)
    for text in ("12.-", "CHF 12.-", "Fr. 12.--", "12.\u2013 CHF"):
        yield amount(text, "12", **swiss)
    yield amount("1.234,-", "1234", **GERMAN)
    yield amount("1,234.-", "1234")
    yield amount("1\u2019234.-", "1234", **swiss)
    yield amount("0,-", "0", **GERMAN)
    yield amount("-12,-", "-12", **GERMAN)
    yield amount("(12.--)", "-12")
    yield amount("12.- CR", "-12", credit="negative")
    yield amount("12-", "-12", **GERMAN)
    yield amount("12,50-", "-12.5", **GERMAN)
    yield amount("1.234,50 -", "-1234.5", **GERMAN)
    for text in ("12, -", "12,---", "12,- -", "12,-50", "-,50", "\u2013,50", "€ -,50"):
        yield amount(text, problem=f"{text!r} is refused: a dash beside the decimal sign may", **GERMAN)
    yield amount("12. -", problem="'12. -' is refused: a dash beside the decimal sign may")
    yield amount("12,-", problem="'12,-'")


UNADVISED = "carry errors"


def dated(*days: str, says: str, **options: Any) -> Case:
    """Bills of these days; those with a mark behind are refused."""
    rows = (f'Ace,{place},"{day.strip("!")}",10.00,x' for place, day in enumerate(days, start=1))
    return Case(
        name=f"days {days[0]} ... {options}",
        content=lines(*rows),
        options=options,
        bills=[("Ace", str(place), "10") for place, _ in enumerate(days, start=1)],
        problems=[f"'{day.strip('!')}'" for day in days if day.endswith("!")],
        says=says,
        never="look like" if says == UNADVISED else None,
    )


def priced(*amounts: str, says: str, **options: Any) -> Case:
    """Bills of these amounts, each with what it is read as; those with nothing are refused."""
    found = [each.rpartition("=") for each in amounts]
    return Case(
        name=f"amounts {amounts} {options}",
        content=lines(*(f'Ace,{place},2026-01-02,"{text}",x' for place, (text, _, _) in enumerate(found, start=1))),
        options=options,
        bills=[("Ace", str(place), value or None) for place, (_, _, value) in enumerate(found, start=1)],
        problems=[repr(text) for text, _, value in found if not value],
        says=says,
        never="look like" if says == UNADVISED else None,
    )


def other_notations() -> Iterator[Case]:
    """Columns that are written otherwise than the settings say: the right value is said once."""
    american, path = ("01/25/2026!", "02/26/2026!", "03/27/2026!"), "set files[0].date_format to "
    yield dated(
        *american, says=f'all 3 dates in "Date" look like %m/%d/%Y, and 3 cannot be read as %Y-%m-%d: {path}"%m/%d/%Y"'
    )
    yield dated(*american, says=f'3 cannot be read as %d/%m/%Y: {path}"%m/%d/%Y"', date_format="%d/%m/%Y")
    half = ("01/02/2026", "01/25/2026!", "01/03/2026")
    yield dated(*half, says='all 3 dates in "Date" look like %m/%d/%Y, and 1 cannot', date_format="%d/%m/%Y")
    yield dated("01/02/2026!", "03/04/2026!", says=f'{path}"%d/%m/%Y" or "%m/%d/%Y", whichever is meant')
    yield dated("25.01.2026!", "01/25/2026!", says=f'{path}["%m/%d/%Y", "%d.%m.%Y"]')
    yield dated("3. Mai 2026!", says=f'look like %d. %b %Y, and 1 cannot be read as %Y-%m-%d: {path}"%d. %b %Y"')
    yield dated(*["25.01.2026!"] * 20, "tbd!", says='20 of 21 dates in "Date" look like %d.%m.%Y, and 21 cannot')
    own = {**BILL_COLUMNS, "invoiceDate": {"column": "Date", "date_format": "%d/%m/%Y"}}
    yield dated("25.01.2026!", says="set files[0].columns.invoiceDate.date_format to", columns=own)
    path = "set files[0]."
    yield priced(
        "1.234,50=",
        "12,50=",
        says=f'all 2 numbers in "Amount" look like "1.234,50", and 2 cannot be read: {path}decimal to ","',
    )
    yield priced("1.234,50=", "12=12", says='all 2 numbers in "Amount" look like "1.234,50", and 1 cannot')
    yield priced("1,234.50=", "12.50=", says=f'{path}decimal to "."', decimal=",")
    yield priced("1.234,50 €=", says=f'{path}decimal to "," and files[0].currency to ["€"]')
    yield priced("£5.00=", "£6.00=", says=f'{path}currency to ["£"]', currency="$")
    yield priced("1'234.50=", says=f'{path}thousands to "\'"', thousands=",")
    yield priced("1,041=", "2,082=", says=UNADVISED)


def without_advice() -> Iterator[Case]:
    """Columns of which no other notation reads more, or one by chance only."""
    yield dated("2026-01-02", "01/25/2026!", says=UNADVISED)
    yield dated("2026-01-02", "tbd!", says=UNADVISED)
    yield priced("5.00=5", "5.00 EUR=", says=UNADVISED)
    yield priced("$5.00=5", "5.00 EUR=", says=UNADVISED, currency="$")
    yield priced("5.00=5", "five=", says=UNADVISED)


def totalled(last: str, *, doubt: str = "", bill: str = "", **options: Any) -> Case:
    """Bills of 10 and 20.50, and below them a row that is their total, or in doubt, or a bill."""
    rows = ("Ace Ltd,1,2026-01-02,10.00,x", "Bee,2,2026-01-02,20.50,y", last)
    money = last.split(",")[3]
    other = [(None, None, money)] if doubt else [(*last.split(",")[:2], bill)] if bill else []
    is_left_out = not doubt and not bill
    return Case(
        name=f"total {last} {options or ''}",
        content=lines(*rows),
        options=options,
        bills=[("Ace Ltd", "1", "10"), ("Bee", "2", "20.5"), *other],
        problems=[f"{doubt!r} is a word for a total, and no number beside it is the sum", "blank"] if doubt else [],
        says="1 rows are only the sum of those above them, and are left out (row 4)" if is_left_out else None,
    )


TOTAL_WORDS = (
    "Total", "Totals", "TOTAL:", "*** Total ***", "Grand total", "Sub-Total", "Summe", "Gesamtsumme:", "Zwischensumme",
    "Total général", "Sous-total", "Totaal", "Eindtotaal", "Totale", "Suma", "Total EUR", "= Total =",
    "Grand total EUR", "Net total amount",
)  # fmt: skip


def totals() -> Iterator[Case]:
    """Rows below the others that add them up, and rows that only look so."""
    for word in TOTAL_WORDS:
        yield totalled(f"{word},,,30.50,")
    for row in (
        ",Total,,30.50,",
        ",,Total,30.50,",
        ",,,30.50,Total",
        "Total,,,30.50,Total",
        "Total,,31.01.2026,30.50,",
        "Bee Total,,,20.50,",
        "Total for Bee,,,20.50,",
        "Summe Bee:,,,20.50,",
    ):
        yield totalled(row)
        yield totalled(row, fill_down=True)
    yield totalled("Total,,,30.50,", group_by=["invoiceNumber"])
    yield totalled(",Total,,30.50,", group_by=["invoiceNumber"])
    yield totalled(",,,30.50,")
    for row in ("Total,,,31,", "Summe:,,,31,", "Total for Bee,,,31,", ",,,31,Total"):
        for fill_down in (False, True):
            yield replace(totalled(row, doubt=row.replace(",,,31,", ""), fill_down=fill_down), says="carry errors")
    for vendor in ("Total", "Total Wine", "Summe GmbH", "Bee Total"):
        yield totalled(f"{vendor},3,2026-01-02,30.50,z", bill="30.5")
        yield totalled(f"{vendor},3,,31,", bill="31")
    for vendor in ("Total Wine", "Summe GmbH"):
        yield totalled(f"{vendor},3,,30.50,", bill="30.5")


def lined(*rows: str, found: Sequence[tuple[str | None, ...]], doubt: str = "", **options: Any) -> Case:
    """Lines of documents with their whole key, some of which add up those above them."""
    is_left_out = sum(len(each) - 2 for each in found) < len(rows)
    left_out = f"{len(rows) - sum(len(each) - 2 for each in found)} rows are only the sum of those above them"
    return Case(
        name=f"lines {' / '.join(rows)} {options or ''}",
        content=lines(*rows),
        options=options,
        bills=found,
        problems=[doubt] if doubt else [],
        says="carry errors" if doubt else left_out if is_left_out else None,
    )


BESIDE_OTHERS = "is a word for a total, and the row is a line beside others, and not left out as their sum"
DAY = "2026-01-02"


def total_lines() -> Iterator[Case]:
    """Totals with a whole key, as programs write them: below a document, and never a line of it."""
    two = (f"Ace,1,{DAY},3.00,x", f"Ace,1,{DAY},10.00,y")
    whole = ("Ace", "1", "3", "10")
    for word in (*TOTAL_WORDS, "Invoice total", "Total invoice:", "Total for Ace", "Total 1", "Rechnungsbetrag"):
        yield lined(*two, f"Ace,1,{DAY},13.00,{word}", found=[whole])
    yield lined(*two, "ACE,1,,13.00,Total", found=[whole])
    yield lined(two[0], f"Ace,1,{DAY},3,Subtotal", two[1], f"Ace,1,{DAY},10,Subtotal", "Ace,1,,13,Total", found=[whole])
    yield lined(
        *two, "Ace,1,,13,Total", f"Bee,2,{DAY},5,z", "Bee,2,,5,Total", ",,,18,", found=[whole, ("Bee", "2", "5")]
    )
    # A real line, or the one line of a bill, is not lost.
    yield lined(f"Ace,1,{DAY},13.00,Total", found=[("Ace", "1", "13")])
    yield lined(f"Ace,1,{DAY},9,x", f"Bee,2,{DAY},9,Total", found=[("Ace", "1", "9"), ("Bee", "2", "9")])
    yield lined(*two, f"Ace,1,{DAY},14,Total cleaning", found=[(*whole, "14")])
    yield lined(*two, f"Ace,1,{DAY},13,a sum of small parts", found=[(*whole, "13")])
    yield lined(*two, f"Ace,1,{DAY},13,Total", found=[(*whole, "13")], totals=False)
    # What may be either rejects its bill.
    for row, text in (
        (f"Ace,1,{DAY},14.00,Total", "Total"),
        (f"Ace,1,{DAY},13.00,Total incl. VAT", "Total incl. VAT"),
        (f"Ace,1,{DAY},-13.00,Total", "Total"),
    ):
        yield lined(
            *two, row, found=[(*whole, row.split(",")[3].removesuffix(".00"))], doubt=f"{text!r} {BESIDE_OTHERS}"
        )
    above = (f"Ace,1,{DAY},13,Total", *two)
    yield lined(*above, found=[("Ace", "1", "13", "3", "10")], doubt=f"'Total' {BESIDE_OTHERS}")
    twice = lined(f"Ace,1,{DAY},50,Total", f"Ace,1,{DAY},50,Total", found=[("Ace", "1", "50", "50")], doubt="two")
    yield replace(twice, problems=[f"'Total' {BESIDE_OTHERS}"] * 2)
    apart = (two[0], f"Bee,2,{DAY},5,z", f"Ace,1,{DAY},3,Total")
    yield lined(*apart, found=[("Ace", "1", "3", "3"), ("Bee", "2", "5")], doubt=f"'Total' {BESIDE_OTHERS}")


def total_numbers() -> Iterator[Case]:
    """Totals in one part of the key whose other part is filled, in a file that has no days."""
    undated: dict[str, Any] = {
        "columns": {key: column for key, column in BILL_COLUMNS.items() if key != "invoiceDate"},
        "defaults": {"invoiceDate": DAY},
    }
    two, bills_of_two = ("Ace Ltd,1,,10,x", "Ace Ltd,2,,20,y"), [("Ace Ltd", "1", "10"), ("Ace Ltd", "2", "20")]
    for row in (
        "Ace Ltd,Total,,30,",
        "Ace Ltd,Subtotal,,30,",
        "Ace Ltd,TOTAL:,,30,Total",
        "Ace Ltd,Total 2,,20,",
        "Ace Ltd,,,30,Total",
    ):
        yield lined(*two, row, found=bills_of_two, **undated)
    no_sum = "is a word for a total, and no number beside it is the sum of the rows above"
    more = "is a word for a total, and the amount is the sum of rows above, but the row says more than that"
    for row, doubt in (
        ("Ace Ltd,Total,,31,", f"'Total' {no_sum}"),
        ("Ace Ltd,Total,,30,z", f"'Total' {more}"),
        ("Total,2,,30,", f"'Total' {more}"),
        ("Grand total,2,,30,", f"'Grand total' {more}"),
        ("Ace Ltd,1 Total,,30,", f"'1 Total' {more}"),
        ("Ace Ltd,1 Total,,31,", f"'1 Total' {no_sum}"),
        ("Ace Ltd,Totals for January,,30,", f"'Totals for January' {more}"),
        ("Ace Ltd,SUM-12,,30,", f"'SUM-12' {more}"),
    ):
        vendor, number, _, money, _ = row.split(",")
        yield lined(*two, row, found=[*bills_of_two, (None, number, money)], doubt=doubt, **undated)
        yield lined(*two, row, found=[*bills_of_two, (vendor, number, money)], totals=False, **undated)
    for row in ("Total,2,,31,", "Total,2,,30,z", "Ace Ltd,SUM-12,,31,", "Ace Ltd,SUM-12,,30,z"):
        vendor, number, _, money, _ = row.split(",")
        yield lined(*two, row, found=[*bills_of_two, (vendor, number, money)], **undated)


CASES = [
    *in_code_pages(), *shapes(), *days(), *amounts(), *other_notations(), *without_advice(), *totals(),
    *total_lines(), *total_numbers(),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[each.name for each in CASES])
def test_a_file_is_read_as_people_mean_it(tmp_path: Path, caplog: pytest.LogCaptureFixture, case: Case) -> None:
    path = tmp_path / "bills.csv"
    path.write_bytes(case.content if isinstance(case.content, bytes) else case.content.encode())
    entry = bills(str(path), **case.options)
    if case.error is not None:
        with pytest.raises(ConnectorError) as caught:
            documents(entry)
        assert case.error in str(caught.value)
        return
    with caplog.at_level(logging.WARNING):
        found = documents(entry)["bills"]
    said = [
        (each["vendorName"], each["invoiceNumber"], *(plain(line["amount"]) for line in each["billLineItems"]))
        for each in found
    ]
    assert said == [*case.bills]
    problems = [each["message"] for record in found for each in record[SOURCE_ERRORS] or ()]
    assert len(problems) == len(case.problems)
    assert all(each.startswith(start) for each, start in zip(problems, case.problems, strict=True)), problems
    warnings = [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]
    if case.says is None:
        assert warnings == []
    else:
        assert any(case.says in each for each in warnings), warnings
    assert not any(case.never in each for each in warnings if case.never), warnings


def plain(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount.normalize(), "f")
