"""Entries of the setting `files`: a file, and what its rows become."""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta
from msgspec import field as setting

from bill_api.entities import BY_STREAM, LOADABLE
from bill_documents.errors import instead, quoted
from bill_documents.reading.csv_file import delimiter_named, quote_named
from bill_documents.reading.encodings import encoding_named
from bill_program.settings import COUNT_MAX, Settings, WrongSetting, otherwise, text
from bill_values.notations import SIGN, date_format_meant, date_format_problem

ROUND_MAX = 10

ADD_DAYS_MAX = 36_500
"""The most days by which one day follows another."""


def _stream(given: str) -> str:
    if given not in LOADABLE:
        known = BY_STREAM.get(given)
        why = f"cannot be loaded: {known.obstacle}" if known else "is not a stream of BILL"
        raise WrongSetting(f"is {quoted(given)}, which {why}; {instead(given, LOADABLE)}")
    return given


def _date_format(given: str) -> str:
    written = given.strip()
    if problem := date_format_problem(written):
        meant = date_format_meant(written)
        advice = f"did you mean {quoted(meant)}?" if meant else "give one such as %d/%m/%Y"
        raise WrongSetting(f"is {quoted(written)}, which does not describe a day ({problem}); {advice}")
    return written


def _filled(given: str) -> str:
    if not given.strip():
        raise ValueError
    return given


def _stripped(given: str) -> str:
    return _filled(given).strip()


def _sign(given: str) -> str:
    sign = _stripped(given)
    if any(map(str.isdigit, sign)) or not any(map(_is_of_sign, sign)):
        raise WrongSetting(f"is {quoted(sign)}, which is a part of a number; give a sign such as $ or EUR")
    return sign


def _is_of_sign(character: str) -> bool:
    return character == "%" or character.isalpha() or unicodedata.category(character) == SIGN


Stream = Annotated[str, text(_stream, "the name of a stream of BILL")]
Expression = Annotated[str, text(_filled, "an expression")]
ColumnName = Annotated[str, text(_stripped, "the name of a column")]
DateFormat = Annotated[str, text(_date_format, "a format such as %d/%m/%Y")]
Sign = Annotated[str, text(_sign, "a text that is not blank")]
Encoding = Annotated[str, text(encoding_named, "an encoding")]
Delimiter = Annotated[str, text(delimiter_named, "one character")]
SheetName = Annotated[str, text(_filled, "the name of a sheet")]
Quote = Annotated[str, text(quote_named, "a quote")]
DecimalSign = Literal[".", ","]
ThousandsSign = Literal["", ",", ".", " ", "'", "\u2019"]
CreditSign = Literal["negative", "positive"]


class ColumnEntry(Settings, frozen=True, kw_only=True):
    """The source of a field's text, a column or an expression, and how its values are written."""

    column: Annotated[ColumnName | None, Meta(description="The column's name; case and blanks do not matter.")] = None
    expression: Annotated[Expression | None, Meta(description="SQL over the row's columns.")] = None
    date_format: Annotated[DateFormat | tuple[DateFormat, ...] | None, Meta(description="As for the file.")] = None
    decimal: Annotated[DecimalSign | None, Meta(description="As for the file.")] = None
    thousands: Annotated[ThousandsSign | None, Meta(description="As for the file.")] = None
    currency: Annotated[Sign | tuple[Sign, ...] | None, Meta(description="As for the file.")] = None
    credit: Annotated[CreditSign | None, Meta(description="As for the file.")] = None
    trim: Annotated[bool | None, Meta(description="As for the file.")] = None
    round: Annotated[
        Annotated[int, Meta(ge=0, le=ROUND_MAX)] | None, Meta(description="Decimals, half away from zero.")
    ] = None
    negate: Annotated[bool | None, Meta(description="Whether the sign is turned.")] = None
    values: Annotated[
        dict[str, str | bool | int], Meta(description="Texts in the file and what to read in their place.")
    ] = setting(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse two sources, and none."""
        if (self.column is None) == (self.expression is None):
            raise WrongSetting("needs either column or expression")


class AddDays(Settings, frozen=True, kw_only=True):
    """A day that follows another field's by so many days."""

    field: Annotated[str, Meta(description="A field that holds a day.")]
    days: Annotated[int, Meta(description="A whole number of days after it.", ge=-ADD_DAYS_MAX, le=ADD_DAYS_MAX)] = (
        setting(name="add_days")
    )

    def after(self, day: str) -> str:
        """The ISO day so many days later; ValueError beyond the calendar's end."""
        try:
            return (date.fromisoformat(day) + timedelta(days=self.days)).isoformat()
        except OverflowError as error:
            message = "lies beyond the end of the calendar"
            raise ValueError(message) from error


Columns = dict[str, str | ColumnEntry]
Defaults = dict[str, AddDays | str | bool | int | Decimal]


class LinesEntry(Settings, frozen=True, kw_only=True):
    """The part of each row that is a line of its document."""

    array: Annotated[str | None, Meta(description="The array of lines."), otherwise("the entity's own")] = None
    columns: Annotated[
        Columns | None, Meta(description="Field of a line: column."), otherwise("columns named like a field")
    ] = None
    defaults: Annotated[Defaults, Meta(description="Field of a line: constant for where its cell is blank.")] = setting(
        default_factory=dict
    )


class RejectEntry(Settings, frozen=True, kw_only=True):
    """Rows to reject."""

    when: Annotated[Expression, Meta(description="SQL that is true of them.")]
    reason: Annotated[str, Meta(description="What their rejects say.")]


class FileEntry(Settings, frozen=True, kw_only=True):
    """Files of one kind, and what their rows become."""

    path: Annotated[
        str,
        Meta(
            description="A file, a folder (its `.csv`, `.tsv`, `.txt`, their `.gz`, `.xlsx`, `.xlsm`, `.xls`, `.ods`), "
            "an archive (`.zip`: the same), what lies in one (`month.zip/bills.csv`), or a pattern."
        ),
    ]
    stream: Annotated[
        Stream | None,
        Meta(description="The BILL stream that its rows become: `vendors`, `customers`, `bills`, `invoices`, ..."),
        otherwise("what the template is for"),
    ] = None
    template: Annotated[
        bool | None,
        Meta(
            description="`true`: the header is that of BILL's import template, and `columns` add to it or correct it. "
            "`false`: it is not."
        ),
        otherwise("recognized"),
    ] = None
    columns: Annotated[
        Columns | None,
        Meta(
            description="`{field: column}`, for the head of a document. Fields are BILL's, or names in place of ids "
            "(`vendorName`)."
        ),
        otherwise("columns named like a field"),
    ] = None
    lines: Annotated[
        LinesEntry | None,
        Meta(description="`{columns: {field: column}, defaults: {...}}` for the line items; one row is one line."),
    ] = None
    group_by: Annotated[
        tuple[str, ...],
        Meta(
            description="Fields, or the columns that feed them, whose equal values make rows one document. Rows need "
            "not be consecutive."
        ),
        otherwise("the natural key, as mapped"),
    ] = ()
    not_keys: Annotated[
        tuple[str, ...] | None,
        Meta(
            description="Texts that identify nothing (`REDACTED`): a row with one of them as its key stands alone, and "
            "is rejected. Unless given: `n/a`, `null`, `none`, `nan`, `-` and their like; a list replaces those, `[]` "
            "switches it off."
        ),
        otherwise("words for nothing"),
    ] = None
    fill_down: Annotated[
        bool,
        Meta(
            description="`true`: a document's head stands on its first row only, and rows below leave it out. "
            "Otherwise such rows reject the document above them."
        ),
    ] = False
    totals: Annotated[
        bool,
        Meta(
            description="Whether rows that only add up those above them are left out, and told. `false`: there are "
            "none, as where a vendor is called Total."
        ),
    ] = True
    where: Annotated[
        Expression | None,
        Meta(
            description="An expression: rows that it is not true of are left out and counted (totals, other streams' "
            "rows)."
        ),
    ] = None
    reject: Annotated[
        tuple[RejectEntry, ...],
        Meta(
            description="`[{when: expression, reason: text}]`: documents with such a row are rejected for that reason."
        ),
    ] = ()
    defaults: Annotated[
        Defaults,
        Meta(
            description="`{field: constant}`, or a day after another: `{dueDate: {field: invoiceDate, add_days: 30}}`."
        ),
    ] = setting(default_factory=dict)
    date_format: Annotated[
        DateFormat | tuple[DateFormat, ...] | None,
        Meta(
            description="How the file writes days; one or several. `%b` reads names of months in six languages. A text "
            "that two of them read as two days is refused."
        ),
        otherwise("`%Y-%m-%d`"),
    ] = None
    decimal: Annotated[DecimalSign | None, Meta(description="What parts decimals: `.` or `,`."), otherwise("`.`")] = (
        None
    )
    thousands: Annotated[
        ThousandsSign | None,
        Meta(
            description='What parts thousands: `,` `.` `\'` a blank, or `""` for nothing. Unless it is said, `1,041` '
            "is refused: it may be either."
        ),
        otherwise("the other of `.` and `,`"),
    ] = None
    currency: Annotated[
        Sign | tuple[Sign, ...] | None,
        Meta(description="Signs that may stand by a number: `$`, `[EUR, €]`."),
    ] = None
    credit: Annotated[
        CreditSign | None,
        Meta(
            description="The sign of numbers with `CR` behind them, `negative` or `positive`; those with `DR` have the "
            "other. Unless it is said, both are refused: it depends on whose books they are from."
        ),
    ] = None
    trim: Annotated[bool | None, Meta(description="Whether blanks around a text are dropped."), otherwise("`true`")] = (
        None
    )
    encoding: Annotated[
        Encoding | None,
        Meta(
            description="Any that Python knows: `utf-8`, `utf-16`, `cp1252`, `mac_roman`, `cp850`. A byte order mark "
            "says more than the setting; what is found is told."
        ),
        otherwise("found out"),
    ] = None
    delimiter: Annotated[
        Delimiter | None, Meta(description=r"One character; `\t` is a tab."), otherwise("found out")
    ] = None
    quote: Annotated[
        Quote | None,
        Meta(description="`\"`, `'`, or an empty text where quotes mean nothing."),
        otherwise("found out"),
    ] = None
    sheet: Annotated[
        SheetName | Annotated[int, Meta(ge=1, le=COUNT_MAX)] | None,
        Meta(description="The sheet of a workbook, by its name or its number from 1."),
        otherwise("the only one that is visible and not blank"),
    ] = None
    skip: Annotated[
        int, Meta(description="Lines above the header; in a workbook, rows of its sheet.", ge=0, le=COUNT_MAX)
    ] = 0
    source_cells: Annotated[
        bool, Meta(description="Whether documents carry their rows as they stand in the file (`_source_cells`).")
    ] = True
    reread: Annotated[bool, Meta(description="Read the file even if it has not changed.")] = False


class TableEntry(FileEntry, frozen=True, kw_only=True):
    """A table, and what its rows become."""

    whole: Annotated[
        bool,
        Meta(
            description="Whether all rows of a document come whenever one of them does, though the tap reads only what "
            "has changed. A document is what its rows are: of one that comes in parts the other lines would be lost."
        ),
    ] = False


class TablesSettings(Settings, frozen=True, kw_only=True):
    """The setting `documents`: what the rows of tables become, by their names."""

    documents: dict[str, TableEntry]


class FilesSettings(Settings, frozen=True, kw_only=True):
    """The setting `files`: which files are read, and what their rows become."""

    files: Annotated[
        tuple[FileEntry, ...],
        Meta(description="The files, and what their rows become.", min_length=1),
    ]
