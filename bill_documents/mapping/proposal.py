"""A first mapping for the rows below a header, line by line, with how sure each line is and what is open."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bill_api.entities import LOADABLE
from bill_api.table.kinds import reader_of
from bill_documents.mapping.assignment import DAY_ZERO, assign, counted
from bill_documents.mapping.evidence import Evidence
from bill_documents.mapping.expressions import identifier, literal
from bill_documents.mapping.levels import mappable
from bill_documents.mapping.said import SEE_ABOVE, Said, mapping, of_days, of_numbers, question, quoted
from bill_documents.mapping.words import ROLES, SALES, SIMILAR, RowKind, fit, label
from bill_values.found_notation import can_read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bill_api.table.fields import Field
    from bill_documents.mapping.assignment import Assigned, Sample

TRANSACTION = ("number", "due", "amount", "total", "quantity", "price", "debit", "credit")
"""Roles that rows of a list of vendors or customers do not have."""

HEAD: Mapping[str, Mapping[str, str]] = {
    "bills": {
        "party": "vendorName", "number": "invoiceNumber", "date": "invoiceDate", "due": "dueDate", "order": "poNumber",
        "memo": "description",
    },
    "vendor_credits": {
        "party": "vendorName", "number": "refNumber", "date": "creditDate", "order": "poNumber", "memo": "description",
    },
    "invoices": {
        "party": "customerName", "number": "invoiceNumber", "date": "invoiceDate", "due": "dueDate",
        "order": "poNumber", "terms": "terms", "memo": "description",
    },
}  # fmt: skip
"""Fields of the head by the role of the column that feeds them."""

DAYS = ("date", "due")
"""Roles of days."""

KINDS_OF_ROWS = ("type", "status")
"""Roles whose texts may say that a row is no document."""

NEEDED = ("party", "number", "date")
"""Roles without which there is no document."""

LISTED: Mapping[str, Mapping[str, str]] = {
    "vendors": {
        "party": "name", "email": "email", "phone": "phone", "fax": "fax", "address 1": "address1",
        "address 2": "address2", "city": "addressCity", "state": "addressState", "zip": "addressZip",
        "country": "addressCountry",
    },
    "customers": {
        "party": "name", "email": "email", "phone": "phone", "fax": "fax", "address 1": "billAddress1",
        "address 2": "billAddress2", "city": "billAddressCity", "state": "billAddressState", "zip": "billAddressZip",
        "country": "billAddressCountry",
    },
}  # fmt: skip
"""Fields of vendors and customers by role."""

LIST_OF = {"bills": "vendors", "vendor_credits": "vendors", "invoices": "customers"}
IN_BILL = {"account": "chartOfAccountName", "account number": "chartOfAccountNumber"}
"""What lines name and BILL must have: a record with a name that is not there is rejected."""

DIGITS, DECIMALS = 28, 8
"""Digits and decimals of a factor, where an amount is computed; DuckDB wants products of up to 18 to be as small."""

PARTING = ".,'\u2019 \u00a0\u2007\u2009\u202f"
"""What may part thousands, or a number from its currency."""


class Proposal:
    """A proposal of what the rows of a file become, from its header and first rows.

    Args:
        sample: Of the file.
        path: Of the file, as entries name it.
        dialect: What each entry says of the way in which the file is written.
    """

    def __init__(self, sample: Sample, path: str, dialect: Sequence[Said]) -> None:
        self._sample, self._path, self._dialect = sample, path, dialect
        found = dict(assign(sample))
        self._stream, self._why = _stream(found, sample)
        self._is_whole = self._sides = False
        self._has_factors = {"quantity", "price"} <= found.keys()
        if "amount" not in found and not self._has_factors:
            # With no other column for money, a total is the line's own.
            for alone in ("total", "debit", "balance"):
                if alone in found and "amount" not in found:
                    found["amount"] = found.pop(alone)
                    self._is_whole, self._sides = alone == "total", alone == "debit"
        self._found: Mapping[str, Assigned] = found
        self._rows = Evidence(sample, found)
        taken = {each.place for each in found.values()}
        days = {role: counted(sample, role, taken) for role in DAYS if role not in found}
        self._counted = {role: place for role, place in days.items() if place is not None}
        self._fed: set[int] = set()

    def lines(self) -> Iterator[Said]:
        """The entries."""
        if self._stream in LISTED:
            yield from self._entry(self._stream, self._why)
            yield from mapping(1, list(self._party(self._stream)))
        else:
            yield from self._more_of_parties(LIST_OF[self._stream])
            yield from self._documents()
        yield from self._left()

    def _entry(self, stream: str, why: str) -> Iterator[Said]:
        yield Said(depth=0, text=f"- path: {quoted(self._path)}")
        yield Said(depth=1, text=f"stream: {stream}", note=f"guess: {why}")
        yield from self._dialect

    def _left(self) -> Iterator[Said]:
        names = self._sample.header.names
        places = [place for place, name in enumerate(self._sample.header.columns) if name and place not in self._fed]
        blank = [names[place] for place in places if self._sample.rows and not self._sample.texts[place]]
        left = [names[place] for place in places if names[place] not in blank]
        for what, which in (("feeds nothing", left), ("blank", blank)):
            if which:
                yield Said(depth=1, text=f"# {what}: {', '.join(map(quoted, which))}")

    # Documents

    def _documents(self) -> Iterator[Said]:
        entity = LOADABLE[self._stream]
        yield from self._entry(self._stream, self._why)
        yield from of_days(self._rows.days)
        yield from of_numbers(self._rows.numbers)
        yield from self._of_rows()
        yield from mapping(1, list(self._head(mappable(entity.fields))))
        if "due" in HEAD[self._stream] and "due" not in {*self._found, *self._counted}:
            yield question(1, f"BILL requires a due date, and {self._none_like('due')}; this one is invented:")
            yield Said(depth=1, text="# defaults:")
            yield Said(depth=1, text="#   dueDate: {field: invoiceDate, add_days: 30}")
        yield Said(depth=1, text="lines:")
        yield from mapping(2, list(self._lines(mappable(entity.lines.item_fields if entity.lines else ()))))

    def _of_rows(self) -> Iterator[Said]:
        """Remarks on rows that are not like the others."""
        if currencies := self._rows.currencies:
            these = ", ".join(f"{quoted(text)} ({count})" for text, count in currencies.items())
            column = self._quoted("currency")
            yield question(1, f"{column} has {these}; BILL keeps one for each vendor or customer; keep one line")
            for text in currencies:
                where = f"{self._sql_name('currency')} = {literal(text)}"
                yield Said(depth=1, text=f"# where: {quoted(where)}")
            self._fed.add(self._found["currency"].place)
        yield from self._not_documents()
        if titles := self._rows.titles:
            what = f"names stand alone, as {quoted(titles[0])}, above rows without one: a report by vendor or customer"
            yield question(1, f"{what}; nothing reads it. Export a list in which each row has its name")
        if headless := self._rows.headless:
            yield question(1, f"rows without name or number ({headless}): are they lines of the document above them?")
            yield Said(depth=1, text="# fill_down: true")

    def _not_documents(self) -> Iterator[Said]:
        """Rows that say that they are no bill or invoice, or may say it."""
        rules: list[str] = []
        open_rules: list[str] = []
        for role in KINDS_OF_ROWS:
            kinds = self._rows.row_kinds(role)
            none = [kind for kind in self._reasons if kind in kinds]
            rules += [self._rule(role, kinds[kind], f"{kind}{self._reasons[kind]}") for kind in none]
            # A state that is not known says little; a type that is not, beside others, may be anything.
            unknown = kinds.get(None, []) if role == "type" and sum(map(len, kinds.values())) > 1 else []
            if doubtful := [*kinds.get(RowKind.DOUBTFUL, []), *unknown]:
                these = ", ".join(map(quoted, doubtful))
                yield question(1, f"{self._quoted(role)} has {these}: is each to be loaded? Reject what is not")
                open_rules.append(self._rule(role, doubtful, f"not to be loaded, by its {role}"))
            if kinds:
                self._fed.add(self._found[role].place)
        if open_rules:
            yield Said(depth=1, text=f"# reject: [{', '.join([*rules, *open_rules])}]")
        if rules:
            # Their amounts may be written without a sign, like those of the others.
            yield Said(depth=1, text=f"reject: [{', '.join(rules)}]", note="guess: by its texts")

    @property
    def _reasons(self) -> Mapping[RowKind, str]:
        """The kinds of rows that are none of this stream's documents, and what to do with them."""
        credit = "enter it in BILL as a credit memo" if self._stream == "invoices" else "load it as vendor_credits"
        reasons = {RowKind.CREDIT: f": {credit}", RowKind.PAYMENT: ", which is no document of this stream"}
        if self._stream == "vendor_credits":
            reasons.pop(RowKind.CREDIT)
        return {**reasons, RowKind.VOID: ""}

    def _rule(self, role: str, texts: Sequence[str], reason: str) -> str:
        when = f"{self._sql_name(role)} IN ({', '.join(map(literal, texts))})"
        return f"{{when: {quoted(when)}, reason: {quoted(reason)}}}"

    def _head(self, fields: Mapping[str, Field]) -> Iterator[Said]:
        for role, name in HEAD[self._stream].items():
            if role in self._counted:
                yield self._counted_days(name, self._counted[role])
                continue
            if role not in self._found:
                if role in NEEDED:
                    yield question(2, f"{name}: BILL requires it, and {self._none_like(role)}")
                continue
            differs = "" if role in {"party", "number"} else self._rows.differs(self._found[role].place)
            if differs and role not in {"date", "due"}:
                note = f"rows of {quoted(differs)} differ in it"
                yield Said(depth=2, text=f"# {name}: {self._quoted(role)}", note=note)
            else:
                doubt = f"; rows of {quoted(differs)} differ in it, and are rejected" if differs else ""
                yield self._line(2, role, name, fields[name], doubt)

    def _none_like(self, role: str) -> str:
        """Why no column has a role: none is named so, or the one that is holds other texts."""
        fed = {each.place for each in self._found.values()}
        for place, name in enumerate(self._sample.header.columns):
            found = fit(ROLES[role], name) if place not in fed and self._sample.texts[place] else None
            if found and found.tier < SIMILAR:
                return f"{quoted(name)} has other texts, as {quoted(self._sample.texts[place][0])}"
        return f"no column looks like {'one' if role in {'due', 'amount'} else 'it'}"

    def _counted_days(self, name: str, place: int) -> Said:
        """A day as an expression, out of the number by which a workbook keeps it."""
        self._fed.add(place)
        column, text = self._sample.header.names[place], self._sample.texts[place][0]
        sql = f"DATE '{DAY_ZERO}' + CAST({identifier(column)} AS INTEGER)"
        day = DAY_ZERO + timedelta(days=int(text))
        note = f"guess: {quoted(column)} has days as workbooks count them ({text} is {day})"
        return Said(depth=2, text=f"{name}: {{expression: {quoted(sql)}}}", note=note)

    def _lines(self, fields: Mapping[str, Field]) -> Iterator[Said]:
        yield from self._money(fields)
        if "description" in self._found:
            yield self._line(3, "description", "description", fields["description"])
        for role, name in IN_BILL.items():
            if role in self._found:
                note = "BILL must have these: a record that names another one is rejected"
                yield Said(depth=3, text=f"# {name}: {self._quoted(role)}", note=note)
                self._fed.add(self._found[role].place)

    def _money(self, fields: Mapping[str, Field]) -> Iterator[Said]:
        multiplies = self._has_factors and ("amount" not in self._found or self._rows.multiplies)
        # `1.000` would be read as one where it may be a thousand.
        is_open = bool(self._rows.currencies) or self._rows.numbers.decimal is None
        if multiplies and self._stream == "invoices":
            for role in ("quantity", "price"):
                said = self._line(3, role, role, fields[role])
                yield said.left_open if is_open else said
            if "amount" in self._found:
                self._fed.add(self._found["amount"].place)
        elif "amount" in self._found:
            yield from self._amount(fields["amount"], is_open=is_open)
        elif multiplies:
            said = self._product()
            yield said.left_open if is_open else said
        else:
            yield question(3, f"amount: {self._none_like('amount')}; name it")

    def _amount(self, field: Field, *, is_open: bool) -> Iterator[Said]:
        place = self._found["amount"].place
        said = self._line(3, "amount", "amount", field)
        below, count = self._rows.below_zero(place), len(self._sample.texts[place])
        if repeated := self._rows.repeated(place):
            yield question(3, f"all rows of {quoted(repeated)}, and of others, have one amount each: is it a total?")
            yield said.left_open
        elif len(below) * 2 > count:
            yield question(3, f"{len(below)} of {count} are below zero, as banks write what is paid; keep one line")
            yield Said(depth=3, text=f"# amount: {{column: {self._quoted('amount')}, negate: true}}")
            yield said.left_open
        elif either := self._either():
            yield from either
            yield said.left_open
        else:
            yield said.left_open if is_open else said
            if below:
                instead = "a credit memo, to be entered in BILL" if self._stream == "invoices" else "vendor_credits"
                what = f"{len(below)} of {count} are below zero ({quoted(below[0])}): what is so in total, is {instead}"
                yield Said(depth=3, text=f"# {what}")

    def _either(self) -> list[Said]:
        """Sums that may be owed, as a question, and the lines that say so; none where it is plain."""
        amount = self._quoted("amount")
        if self._sides and self._rows.nonzero("credit"):
            other, whose = self._quoted("credit"), "a bill is on the one side or the other, a payment against it"
            return self._keep_one(f"amounts stand in {amount} and {other}: {whose}", other, "credit")
        if "total" in self._found and (pair := self._rows.unlike("total")):
            total, these = self._quoted("total"), " and ".join(map(quoted, pair))
            what = f"{amount} and {total} differ ({these}), and BILL takes for owed what the lines add up to"
            return self._keep_one(what, total, "total")
        if not self._is_whole and "total" not in self._found and (tax := self._rows.nonzero("tax")):
            sql = " + ".join(self._factor(role) for role in ("amount", "tax"))
            what = f"is {self._quoted('tax')} ({quoted(tax)}) in {amount}, or to be added"
            return self._keep_one(what, f"{{expression: {quoted(sql)}, round: 2}}", "tax")
        return []

    def _keep_one(self, what: str, amount: str, role: str) -> list[Said]:
        self._fed.add(self._found[role].place)
        return [question(3, f"{what}; keep one line"), Said(depth=3, text=f"# amount: {amount}")]

    def _product(self) -> Said:
        """The amount of a line as an expression: bills need one on each."""
        sql = " * ".join(self._factor(role) for role in ("quantity", "price"))
        self._fed.update(self._found[role].place for role in ("quantity", "price"))
        return Said(
            depth=3,
            text=f"amount: {{expression: {quoted(sql)}, round: 2}}",
            note=f"guess: {self._quoted('quantity')} times {self._quoted('price')}; no column looks like an amount",
        )

    def _factor(self, role: str) -> str:
        """A number as SQL reads it; a text in another notation rejects its row."""
        writing, texts = self._rows.writing, self._sample.texts[self._found[role].place]
        text = self._sql_name(role)
        for sign in writing.currency:
            text = f"replace({text}, {literal(sign)}, '')"
        if parted := "".join(each for each in PARTING if each != writing.decimal and any(each in one for one in texts)):
            text = f"translate({text}, {literal(parted)}, '')"
        if writing.decimal == ",":
            text = f"replace({text}, ',', '.')"
        return f"CAST({text} AS DECIMAL({DIGITS}, {DECIMALS}))"

    # Vendors and customers

    def _more_of_parties(self, stream: str) -> Iterator[Said]:
        """An entry for the vendors or customers of the documents, where more is said of them than a name."""
        if not self._found.keys() >= {"party", "number"}:
            return
        lines = list(self._party(stream))
        if len(lines) > 1 and not all(each.text.startswith("#") for each in lines[1:]):
            yield from self._entry(stream, f"columns say more of {stream} than a name")
            where = f"{self._sql_name('number')} <> ''"
            yield Said(depth=1, text=f"where: {quoted(where)}", note="no totals and no notes")
            yield from mapping(1, lines)

    def _party(self, stream: str) -> Iterator[Said]:
        """The columns about vendors or customers, the name first."""
        fields = mappable(LOADABLE[stream].fields)
        if "party" not in self._found:
            yield question(2, "name: BILL requires it, and no column looks like it")
        for role, name in LISTED[stream].items():
            if role not in self._found:
                continue
            differs = "" if role == "party" else self._rows.differs(self._found[role].place, ("party",))
            if differs:
                note = f"rows of {quoted(differs)} differ in it"
                yield Said(depth=2, text=f"# {name}: {self._quoted(role)}", note=note)
            else:
                yield self._line(2, role, name, fields[name])
        if "terms" in self._found and stream == "vendors":
            note = "BILL must have these terms: a vendor with others is rejected"
            yield Said(depth=2, text=f"# paymentTermName: {self._quoted('terms')}", note=note)

    # Lines

    def _line(self, depth: int, role: str, name: str, field: Field, doubt: str = "") -> Said:
        each = self._found[role]
        self._fed.add(each.place)
        is_open = self._rows.is_open(role) if role != "party" else False
        texts = self._sample.texts[each.place]
        read = reader_of(field, self._rows.writing)
        unread = [] if is_open else [text for text in texts if not can_read(read, text)]
        sure = each.fit.tier == 0 and not (each.rivals or unread or doubt or is_open)
        note = f"{'sure' if sure else 'guess'}: by its name"
        if each.fit.origin not in {"", "English"}:
            note += f" ({each.fit.origin})"
        if each.rivals:
            note += f", or {' or '.join(quoted(self._sample.name(place)) for place in each.rivals)}"
        if unread:
            note += f", and {len(unread)} of {len(texts)} texts cannot be read, as {quoted(unread[0])}"
        if is_open:
            note += f"; {SEE_ABOVE}"
        return Said(depth=depth, text=f"{name}: {self._quoted(role)}", note=note + doubt)

    def _quoted(self, role: str) -> str:
        return quoted(self._sample.name(self._found[role].place))

    def _sql_name(self, role: str) -> str:
        return identifier(self._sample.header.names[self._found[role].place])


def _stream(found: dict[str, Assigned], sample: Sample) -> tuple[str, str]:
    """The stream and why; the column that names its vendor or customer gets the role of the party."""
    named = {role: found.pop(role) for role in ("vendor", "customer") if role in found}
    is_list = found.keys().isdisjoint(TRANSACTION)
    if not named:
        return _of_any(found, sample, is_list=is_list)
    role = min(named, key=lambda each: named[each].fit.tier)
    found["party"] = named[role]
    column = quoted(sample.name(named[role].place))
    if is_list:
        return f"{role}s", f"{column} is a {role}, and no column is about money"
    number = sample.name(found["number"].place) if "number" in found else ""
    if role == "vendor" and "credit" in label(number):
        return "vendor_credits", f"{column} is a vendor, and {quoted(number)} of a credit"
    return ("bills" if role == "vendor" else "invoices"), f"{column} is a {role}"


def _of_any(found: Mapping[str, Assigned], sample: Sample, *, is_list: bool) -> tuple[str, str]:
    """The stream where no column says whether its names are of vendors or customers."""
    if "party" not in found:
        return "bills", "nothing in the header says what the rows are"
    if sale := next((name for name in sample.header.columns if label(name) in SALES), None):
        return "invoices", f"{quoted(sale)} is of sales only"
    one, other = ("vendors", "customers") if is_list else ("bills", "invoices")
    return one, f"{quoted(sample.name(found['party'].place))} may be a vendor or a customer; {other}, if a customer"
