"""Evidence of the first rows of a file, beyond the names of its columns, for and against a mapping."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from bill_api.table.kinds import CENT
from bill_documents.mapping.assignment import cell
from bill_documents.mapping.words import ROLES, RowKind, TextKind, row_kind
from bill_values.found_notation import days_of, numbers_of
from bill_values.notations import ISO, Writing, number_reader
from bill_values.spelling import folded
from bill_values.typed_texts import TypedText

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal

    from bill_documents.mapping.assignment import Assigned, Sample
    from bill_values.found_notation import Days, Numbers

TEXTS_MAX = 12
"""Different texts of a column of currencies or types."""

TYPED = TypedText(decimal=".")
KEY = ("party", "number")
"""The roles whose texts tell documents apart."""


class Evidence:
    """Evidence of the rows about the columns that have a role.

    Args:
        sample: The rows.
        found: The roles.
    """

    def __init__(self, sample: Sample, found: Mapping[str, Assigned]) -> None:
        self._sample, self._found = sample, found

    @cached_property
    def days(self) -> Days:
        """The way in which days are written."""
        return days_of(self._texts("date", "due"))

    @cached_property
    def numbers(self) -> Numbers:
        """The way in which numbers are written."""
        texts = self._texts("amount", "quantity", "price")
        found = numbers_of(texts)
        if found.decimal is None and self._sample.is_typed:
            # Cells with a number are written in whatever notation the mapping says: only texts have one of their own.
            written = [text for text in texts if TYPED.value(text) is None]
            return numbers_of(written) if written else found
        return found

    def _texts(self, *roles: str) -> list[str]:
        return [text for role in roles if role in self._found for text in self._sample.texts[self._found[role].place]]

    @cached_property
    def writing(self) -> Writing:
        """The notation in which the mapping reads the file, as far as it is no question."""
        return Writing(
            date_format=self.days.formats or (ISO,),
            decimal=self.numbers.decimal or ".",
            thousands=self.numbers.thousands,
            currency=() if self.numbers.several else self.numbers.currency,
        )

    def is_open(self, role: str) -> bool:
        """True if the notation of a role's texts is a question."""
        kind = ROLES[role].kind
        if kind is TextKind.DAY:
            return bool(self.days.open)
        return kind is TextKind.NUMBER and bool(
            self.numbers.decimal is None or self.numbers.several or self.numbers.ledger
        )

    @cached_property
    def currencies(self) -> Mapping[str, int]:
        """The rows by the text of the column of currencies, where there are several."""
        each = self._found.get("currency")
        counted: dict[str, int] = defaultdict(int)
        for text in self._sample.texts[each.place] if each else ():
            counted[text] += 1
        return counted if 1 < len(counted) <= TEXTS_MAX else {}

    def row_kinds(self, role: str) -> Mapping[RowKind | None, list[str]]:
        """The texts of a column of types or states by what they say of their rows; none for a column of many."""
        each = self._found.get(role)
        texts = list(dict.fromkeys(self._sample.texts[each.place])) if each else []
        kinds: dict[RowKind | None, list[str]] = defaultdict(list)
        for text in texts if len(texts) <= TEXTS_MAX else ():
            kinds[row_kind(text)].append(text)
        return kinds

    @cached_property
    def titles(self) -> list[str]:
        """The names that stand alone in rows above others that have a number and no name, as in a report by vendor."""
        place = self._found["party"].place if "party" in self._found else self._unnamed
        if place is None or "number" not in self._found:
            return []
        number = self._found["number"].place
        if not any(cell(cells, number) and not cell(cells, place) for cells in self._sample.rows):
            return []
        return [
            cell(cells, place)
            for cells in self._sample.rows
            if cell(cells, place) and not any(text.strip() for other, text in enumerate(cells) if other != place)
        ]

    @property
    def _unnamed(self) -> int | None:
        """The first column without a name that has texts."""
        columns = enumerate(self._sample.header.columns)
        return next((place for place, name in columns if not name and self._sample.texts[place]), None)

    @cached_property
    def headless(self) -> int:
        """The rows that lack a party or a number, say nothing else there than the row above, and have a line."""
        key, more = (
            [self._found[role].place for role in roles if role in self._found]
            for roles in (KEY, ("amount", "quantity", "description"))
        )
        if len(key) < len(KEY):
            return 0
        count, above = 0, tuple("" for _ in KEY)
        for cells in self._sample.rows:
            names = tuple(folded(cell(cells, place)) for place in key)
            if all(names) or any(name not in ("", other) for name, other in zip(names, above, strict=True)):
                above = names
            elif any(cell(cells, place) for place in more):
                count += 1
        return count

    def below_zero(self, place: int) -> list[str]:
        """The texts of a column that are below zero."""
        return [text for text in self._sample.texts[place] if (self._number(text) or 0) < 0]

    @cached_property
    def multiplies(self) -> bool:
        """True if each amount is its quantity times its price, as far as rows say all three."""
        places = [self._found[role].place for role in ("amount", "quantity", "price")]
        for cells in self._sample.rows:
            amount, quantity, price = (self._number(cell(cells, place)) for place in places)
            if amount is None or quantity is None or price is None:
                continue
            if abs(amount - quantity * price) >= CENT:
                return False
        return True

    def _number(self, text: str) -> Decimal | None:
        try:
            return self._read(text)
        except ValueError:
            return None

    @cached_property
    def _read(self) -> Callable[[str], Decimal]:
        return number_reader(self.writing)

    def differs(self, place: int, roles: Sequence[str] = KEY) -> str:
        """The first document or party, by its texts, whose rows say different things in a column; else nothing."""
        for rows in self._groups(roles).values():
            if len({cell(cells, place) for cells in rows} - {""}) > 1:
                return " / ".join(cell(rows[0], self._found[role].place) for role in roles)
        return ""

    def repeated(self, place: int) -> str:
        """The number of a document, if each one of several rows has one text in all of them: its total, most likely."""
        several = [rows for rows in self._groups(KEY).values() if len(rows) > 1]
        if len(several) > 1 and all(len({cell(cells, place) for cells in rows}) == 1 for rows in several):
            return cell(several[0][0], self._found["number"].place)
        return ""

    def unlike(self, role: str) -> tuple[str, str] | None:
        """An amount and the total beside it of the first document whose lines do not add up to it; None without one.

        Args:
            role: Of the column of totals; each of its rows may have that of its document.
        """
        amount, total = self._found["amount"].place, self._found[role].place
        for rows in [*self._groups(KEY).values()] or [[cells] for cells in self._sample.rows]:
            pairs = [(self._number(cell(cells, amount)), self._number(cell(cells, total))) for cells in rows]
            if any(None in pair for pair in pairs):
                continue
            lines = sum(one for one, _ in pairs if one is not None)
            totals = [one for _, one in pairs if one is not None]
            if lines not in {sum(totals), *totals[: len({*totals}) == 1]}:
                return cell(rows[0], amount), cell(rows[0], total)
        return None

    def nonzero(self, role: str) -> str:
        """The first text of a column of numbers that is not zero; blank without one, or without the column."""
        texts = self._sample.texts[self._found[role].place] if role in self._found else []
        return next((text for text in texts if self._number(text)), "")

    def _groups(self, roles: Sequence[str]) -> Mapping[tuple[str, ...], list[Sequence[str]]]:
        """The rows by their texts in the columns of these roles; none if one is not there."""
        places = [self._found[role].place for role in roles if role in self._found]
        groups: dict[tuple[str, ...], list[Sequence[str]]] = defaultdict(list)
        for cells in self._sample.rows if len(places) == len(roles) else ():
            key = tuple(folded(cell(cells, place)) for place in places)
            if all(key):
                groups[key].append(cells)
        return groups
