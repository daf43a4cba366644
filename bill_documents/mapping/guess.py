"""A first mapping for a file that nobody has described yet, and how sure each part of it is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bill_api.table.fields import FieldType
from bill_api.table.kinds import reader_of
from bill_documents.mapping.declaration import LOADED
from bill_documents.mapping.entries import parse_files
from bill_documents.mapping.layout import file_of
from bill_documents.mapping.levels import mappable
from bill_documents.mapping.recognition import recognize, sample
from bill_documents.mapping.templates import Sure
from bill_values.notations import Writing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field
    from bill_api.table.kinds import Read
    from bill_documents.reading.source import Header

SAMPLE_ROWS = 1_000
DATE_FORMATS = (
    "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%d/%m/%y", "%m/%d/%y", "%Y-%m-%d %H:%M:%S",
    "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%Y%m%d",
)  # fmt: skip
CURRENCIES = ("$", "\u00a3", "\u20ac", "USD", "GBP", "EUR")

# What people call a field, the likelier words first; a word stands for each header that has it as a whole word.
WORDS: Mapping[str, tuple[str, ...]] = {
    "vendorName": ("vendor name", "supplier name", "payee name", "vendor", "supplier", "payee", "beneficiary"),
    "customerName": ("customer name", "client name", "customer", "client", "customerid"),
    "name": ("vendor name", "supplier name", "customer name", "name", "vendor", "supplier", "customer", "payee"),
    "invoiceNumber": (
        "invoice number", "invoice no", "invoiceno", "invoice #", "bill number", "invoice", "document number", "number",
    ),
    "refNumber": ("credit number", "credit note", "reference", "ref"),
    "invoiceDate": ("invoice date", "invoicedate", "bill date", "document date", "date"),
    "creditDate": ("credit date", "date"),
    "dueDate": ("due date", "due", "payable by"),
    "poNumber": ("po number", "purchase order", "po"),
    "amount": ("net amount", "line amount", "amount", "net", "value", "total"),
    "quantity": ("quantity", "qty", "units"),
    "price": ("unit price", "unitprice", "price", "rate"),
    "description": ("line description", "description", "details", "narrative", "memo", "item"),
    "email": ("email", "e-mail"),
    "phone": ("phone", "telephone"),
}  # fmt: skip
TELLING = (
    ("invoices", ("customer", "client", "customerid")),
    ("bills", ("vendor", "supplier", "payee", "beneficiary")),
)
TRANSACTION = ("invoice", "invoiceno", "bill", "amount", "quantity")
ONLY_LISTED = {"invoices": "customers", "bills": "vendors"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A line of the mapping: where it stands, what it says, and how sure that is."""

    depth: int
    text: str
    note: str = ""

    def __str__(self) -> str:
        return "  " * self.depth + self.text + (f"  # {self.note}" if self.note else "")


def guess(path: str) -> str:
    """YAML for the setting `files`, with a comment wherever it is not sure."""
    (settings,) = parse_files([{"path": path}])
    file = file_of(settings, path)
    header = file.header()
    lines = [Said(depth=0, text="files:"), Said(depth=0, text=f"- path: {_quoted(path)}")]
    recognized = recognize(file, header, None)
    if recognized:
        note = f"sure: recognized as BILL's import template for {recognized.template.title}, so no mapping is needed"
        lines.append(Said(depth=1, text=f"stream: {recognized.template.stream}", note=note))
        guessed = {each.position: each for each in recognized.matches if each.sure is not Sure.DOCUMENTED}
        known = {each.position for each in recognized.matches}
        lines += [
            Said(depth=1, text=f"# {_quoted(header.names[place])} feeds {each.field}: {each.sure}, check it")
            for place, each in sorted(guessed.items())
        ]
        lines += _left(header, known)
    else:
        lines += _Guess(header, sample(file, header, SAMPLE_ROWS)).lines()
    return "\n".join(map(str, lines)) + "\n"


class _Guess:
    """Guesses from names, and from what the first rows hold."""

    def __init__(self, header: Header, rows: Sequence[Sequence[str]]) -> None:
        self._header = header
        self._texts = [
            [text for cells in rows if place < len(cells) and (text := cells[place].strip())]
            for place in range(len(header.names))
        ]
        self._taken: set[int] = set()

    def lines(self) -> Iterator[Said]:
        """The entry below its path."""
        stream, why = self._stream()
        entity = LOADED[stream]
        yield Said(depth=1, text=f"stream: {stream}", note=f"guess: {why}")
        dialect = self._header.dialect
        if dialect.delimiter != ",":
            yield Said(depth=1, text=f"delimiter: {_quoted(dialect.delimiter)}", note="sure: it parts the header")
        writing, notes = self._writing()
        yield from notes
        array = entity.lines
        of_lines = mappable(array.item_fields) if array else {}
        line_names = [name for name in ("amount", "quantity", "price", "unitPrice", "description") if name in of_lines]
        line_places = {name: self._place(of_lines[name], name, writing) for name in line_names}
        if line_places.get("quantity") is not None and line_places.get("price") is not None:
            line_places.pop("amount", None)
        yield Said(depth=1, text="columns:")
        yield from self._columns(entity, line_places, writing)
        if array:
            yield Said(depth=1, text="lines:")
            yield Said(depth=2, text="columns:")
            for name, found in line_places.items():
                if found is not None:
                    yield self._said(3, name, of_lines[name], found, writing)
            if not any(line_places.get(name) is not None for name in ("amount", "quantity")):
                yield Said(depth=3, text="# amount: no column looks like one; name it")
        yield from _left(self._header, self._taken)

    def _columns(self, entity: Entity, of_lines: Mapping[str, int | None], writing: Writing) -> Iterator[Said]:
        self._taken = {place for place in of_lines.values() if place is not None}
        fields = mappable(entity.fields)
        found: dict[str, int] = {}
        for name in WORDS:
            if name in fields and name not in of_lines:
                place = self._place(fields[name], name, writing)
                if place is not None:
                    found[name] = place
                    self._taken.add(place)
                    yield self._said(2, name, fields[name], place, writing)
        derived = "dueDate" in fields and "dueDate" not in found and "invoiceDate" in found
        for name, field in fields.items():
            if name == "dueDate" and derived:
                continue
            wanted = next((each for each in WORDS if each.removesuffix("Name") == name.removesuffix("Id")), name)
            if field.required and wanted not in found:
                yield Said(depth=2, text=f"# {wanted}: BILL requires it, and no column looks like it")
        if derived:
            yield Said(depth=1, text="defaults:")
            note = "guess: BILL requires a due date"
            yield Said(depth=2, text="dueDate: {field: invoiceDate, add_days: 30}", note=note)

    def _stream(self) -> tuple[str, str]:
        labels = [_label(name) for name in self._header.columns]
        for stream, words in TELLING:
            named = next((word for word in words if any(_has(label, word) for label in labels)), None)
            if named and any(_has(label, word) for label in labels for word in TRANSACTION):
                return stream, f"a column is called {named}"
            if named:
                return ONLY_LISTED[stream], f"a column is called {named}, and none is about money"
        return "bills", "nothing in the header says what the rows are"

    def _place(self, field: Field, name: str, writing: Writing) -> int | None:
        """The likeliest column that is free and whose texts can be read."""
        read = reader_of(field, writing)
        words = WORDS.get("price" if name == "unitPrice" else name, (name.casefold(),))
        for word in words:
            for place, column in enumerate(self._header.columns):
                free = place not in self._taken and _has(_label(column), word)
                if free and self._readable(place, read) * 2 > len(self._texts[place]):
                    self._taken.add(place)
                    return place
        return None

    def _said(self, depth: int, name: str, field: Field, place: int, writing: Writing) -> Said:
        texts = self._texts[place]
        unread = len(texts) - self._readable(place, reader_of(field, writing))
        label = _label(self._header.columns[place])
        sure = "sure" if label == WORDS.get(name, (name.casefold(),))[0] and not unread else "guess"
        note = f"{sure}: by its name" + (f", and {unread} of {len(texts)} texts cannot be read" if unread else "")
        return Said(depth=depth, text=f"{name}: {_quoted(self._header.columns[place])}", note=note)

    def _readable(self, place: int, read: Read) -> int:
        return sum(_reads(read, text) for text in self._texts[place])

    def _writing(self) -> tuple[Writing, list[Said]]:
        """Formats that fit the texts of whatever columns look like days and numbers."""
        notes = []
        formats = [(self._days(each), each) for each in DATE_FORMATS]
        most = max(count for count, _ in formats)
        fitting = [each for count, each in formats if count == most] if most else ["%Y-%m-%d"]
        if fitting[0] != "%Y-%m-%d" or len(fitting) > 1:
            note = f"guess: {' and '.join(fitting)} fit alike" if len(fitting) > 1 else "sure: no other fits"
            notes.append(Said(depth=1, text=f"date_format: {_quoted(fitting[0])}", note=note))
        texts = [text for place in self._named("amount", "price", "quantity") for text in self._texts[place]]
        currency = tuple(each for each in CURRENCIES if any(each in text for text in texts))
        if currency:
            notes.append(Said(depth=1, text=f"currency: {json.dumps(list(currency), ensure_ascii=False)}", note="sure"))
        point, comma = (
            sum(_reads(reader_of(_DECIMAL, Writing(decimal=each, currency=currency)), text) for text in texts)
            for each in (".", ",")
        )
        if comma > point:
            notes.append(Said(depth=1, text='decimal: ","', note=f"guess: it fits {comma} texts, a point {point}"))
        return Writing(dates=(fitting[0],), currency=currency, decimal="," if comma > point else "."), notes

    def _days(self, date_format: str) -> int:
        read = reader_of(_DATE, Writing(dates=(date_format,)))
        return sum(_reads(read, text) for place in self._named("invoiceDate", "dueDate") for text in self._texts[place])

    def _named(self, *fields: str) -> list[int]:
        words = [word for field in fields for word in WORDS[field]]
        return [
            place
            for place, column in enumerate(self._header.columns)
            if any(_has(_label(column), word) for word in words)
        ]


_BILL = LOADED["bills"]
_DATE = _BILL.by_name["invoiceDate"]
_DECIMAL = next(each for each in _BILL.fields if each.type is FieldType.DECIMAL)


def _left(header: Header, taken: set[int]) -> Iterator[Said]:
    names = [name for place, name in enumerate(header.names) if place not in taken and header.columns[place]]
    if names:
        yield Said(depth=1, text=f"# feeds nothing: {', '.join(map(_quoted, names))}")


def _label(column: str) -> str:
    return " ".join("".join(each if each.isalnum() or each in "#-" else " " for each in column.casefold()).split())


def _has(label: str, words: str) -> bool:
    return f" {words} " in f" {label} "


def _reads(read: Read, text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
