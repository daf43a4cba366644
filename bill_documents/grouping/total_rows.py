"""Rows that say that they are totals: a word for it where a name should be, and numbers beside it.

`Total`, `Summe:` or `Total for Larkspur Ltd`. The word alone proves nothing, for a vendor may be called so, and a line
may be described so: what decides is what else stands in the row, and whether a number is the sum of those above it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from bill_api.table.kinds import EXACT
from bill_values.found_notation import CODES, SIGNS, looks_like_number
from bill_values.notations import Writing, number_reader
from bill_values.spelling import without_accents

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

WORDS = frozenset({
    "total", "totals", "totaal", "totale", "totales", "totalen", "totali", "totaux", "subtotal", "subtotals",
    "subtotaal", "subtotale", "eindtotaal", "sum", "sums", "summe", "summen", "gesamt", "gesamtsumme", "gesamtbetrag",
    "zwischensumme", "endsumme", "insgesamt", "suma", "somme", "somma", "som",
    "rechnungssumme", "rechnungsbetrag", "endbetrag", "nettosumme", "bruttosumme", "factuurtotaal",
})  # fmt: skip
"""Words for a total in English, German, French, Spanish, Dutch and Italian, without accents."""

BESIDE = frozenset(CODES) | {
    "grand", "sub", "sous", "overall", "report", "final", "net", "gross", "amount", "general", "generale",
    "complessivo", "montant", "importe", "invoice", "bill", "document", "rechnung", "facture", "factura", "fattura",
    "factuur",
}  # fmt: skip
"""Words that may stand beside one of them: `Grand total`, `Total général`, `Total EUR`."""

OF = frozenset({"for", "of", "von", "fur", "pour", "de", "du", "para", "van", "voor", "per", "di", "del"})
"""Words between a total and the name that it is of."""

_ANY = "|".join(sorted(WORDS))
SAYS_TOTAL = rf"(?i)(?:^|[^\pL])(?:{_ANY})(?:[^\pL]|$)"
"""The pattern, for DuckDB, of texts that may say so; `says_total` tells which do."""

_LETTERS = re.compile(r"[^\W\d_]+")
TEXTS_KEPT = 4096

NOTATIONS = ((".", ","), (",", "."), (".", "'"), (",", " "))
"""Signs that part decimals and thousands, for columns that no setting of the entry is about."""


def says_total(cells: Sequence[str], key: Sequence[str], above: Collection[str]) -> bool:
    """True if nothing in a row has letters but words for a total, and those alone stand in its key.

    Args:
        cells: All its texts.
        key: The texts of its key.
        above: The names in the key of the row above it, as `plain` makes them: a total may be theirs.
    """
    has_other_key = any(text.strip() and not _LETTERS.search(text) for text in key)
    found = [is_total(text, above) for text in (*cells, *key) if has_letters(text)]
    return bool(found) and not has_other_key and all(found)


def has_letters(text: str) -> bool:
    """True for a text with letters that is no currency, and no number with one or with the side of a ledger."""
    return bool(_LETTERS.search(text)) and text.strip().casefold() not in SIGNS and not looks_like_number(text)


def total_word(cells: Sequence[str]) -> str:
    """The first text of a row by which it says that it is a total."""
    return next((text.strip() for text in cells if not WORDS.isdisjoint(plain(text).split())), "")


def may_be_total(text: str) -> bool:
    """True if a word for a total stands at the beginning or end of a text, whatever else it says: `Total incl. VAT`."""
    words = plain(text).split()
    return bool(words) and not WORDS.isdisjoint((words[0], words[-1]))


def is_total(text: str, above: Collection[str]) -> bool:
    """True for a text that is a word for a total: `Grand total`, `Total for Bee` below the rows of Bee."""
    words = plain(text).split()
    if WORDS.intersection(words) and WORDS.union(BESIDE).issuperset(words):
        return True
    if not words or WORDS.isdisjoint((words[0], words[-1])):
        return False
    rest = words[1:] if words[0] in WORDS else words[:-1]
    return " ".join(rest) in above or (rest[0] in OF and " ".join(rest[1:]) in above)


@lru_cache(maxsize=TEXTS_KEPT)
def plain(text: str) -> str:
    """The words of a text, without accents, case and punctuation."""
    return " ".join(re.findall(r"\w+", without_accents(text.casefold())))


class ColumnSums:
    """The sums of all columns of a list, in each notation: of the rows of one name, since the last total, and of all.

    A column with a text that a notation does not read has no sum in it.

    Args:
        width: The number of columns.
    """

    def __init__(self, width: int) -> None:
        self._readers = [_reader(decimal, thousands) for decimal, thousands in NOTATIONS]
        self._numeric = [set(range(width)) for _ in self._readers]
        # Behind the columns their rows are counted.
        self._whole = [[Decimal(0)] * (width + 1) for _ in self._readers]
        self._at_total = self._at_name = self._copied()

    def _copied(self) -> list[list[Decimal]]:
        return [sums.copy() for sums in self._whole]

    def add(self, cells: Sequence[str], *, is_next: bool) -> None:
        """Add a row that is no total, and may be the first one of a name."""
        if is_next:
            self._at_name = self._copied()
        for notation, read in enumerate(self._readers):
            self._whole[notation][-1] += 1
            for place in tuple(self._numeric[notation]):
                text = cells[place]
                if not text or text.isspace():
                    continue
                value = read(text)
                if value is None:
                    self._numeric[notation].remove(place)
                else:
                    self._whole[notation][place] = EXACT.add(self._whole[notation][place], value)

    def add_up_to(self, cells: Sequence[str]) -> bool:
        """True if the numbers of this row are the sums of those above it; one may count them."""
        return any(self._adds_up(notation, cells) for notation in range(len(self._readers)))

    def _adds_up(self, notation: int, cells: Sequence[str]) -> bool:
        read = self._readers[notation]
        numbers = {place: value for place in self._numeric[notation] if (value := read(cells[place]))}
        for before in (None, self._at_total, self._at_name):
            sums = {place: self._sum(notation, place, before) for place in (*numbers, -1)}
            are_sums = [value == sums[place] for place, value in numbers.items()]
            others = [value for place, value in numbers.items() if value != sums[place]]
            if any(are_sums) and all(value == sums[-1] for value in others):
                return True
        return False

    def _sum(self, notation: int, place: int, before: Sequence[Sequence[Decimal]] | None) -> Decimal:
        """The sum of a column since a row; of the whole column without one."""
        whole = self._whole[notation][place]
        return whole if before is None else EXACT.subtract(whole, before[notation][place])

    def begin(self) -> None:
        """Begin anew below a total."""
        self._at_total = self._copied()


def _reader(decimal: str, thousands: str) -> Callable[[str], Decimal | None]:
    # Which side of a ledger counts is all the same to a sum.
    writing = Writing(decimal=decimal, thousands=thousands, currency=tuple(SIGNS), credit="negative")
    read_number = number_reader(writing)

    @lru_cache(maxsize=TEXTS_KEPT)
    def read(text: str) -> Decimal | None:
        try:
            return read_number(text.strip())
        except ValueError:
            return None

    return read
