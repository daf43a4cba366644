"""Lines of a proposed mapping, and how each form of doubt is said."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bill_values.notations import ISO

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bill_values.found_notation import Days, Numbers

QUESTION = "# question: "
"""The beginning of a line about what is open: what depends on it stands there commented out, or is refused."""

SEE_ABOVE = "see the question above"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A line of the mapping: where it stands, what it says, and how sure that is."""

    depth: int
    text: str
    note: str = ""

    def __str__(self) -> str:
        return "  " * self.depth + self.text + (f"  # {self.note}" if self.note else "")

    @property
    def left_open(self) -> Said:
        """The same, commented out."""
        return Said(depth=self.depth, text=f"# {self.text}", note=self.note)


def mapping(depth: int, lines: Iterable[Said]) -> Iterator[Said]:
    """`columns` and its lines, which may all be commented out."""
    lines = list(lines)
    if all(each.text.startswith("#") for each in lines):
        # Without the braces it would say nothing, and columns would be found by their names.
        yield Said(depth=depth, text="columns: {}", note="take {} away with the first line that you keep")
    else:
        yield Said(depth=depth, text="columns:")
    yield from lines


def of_days(days: Days) -> Iterator[Said]:
    """The way in which days are written."""
    if days.open:
        yield question(1, f"{quoted(days.example)} may be one day or another, and no text tells; keep one line")
        for each in days.open:
            yield Said(depth=1, text=f"# date_format: {quoted(each)}")
    elif len(days.formats) > 1:
        formats = json.dumps(list(days.formats))
        yield Said(depth=1, text=f"date_format: {formats}", note="guess: each reads what the others do not")
    elif days.formats and days.formats[0] != ISO:
        yield Said(depth=1, text=f"date_format: {quoted(days.formats[0])}", note="sure: no other fits")


def of_numbers(numbers: Numbers) -> Iterator[Said]:
    """The way in which numbers are written."""
    currency = Said(depth=1, text=f"currency: {_list(numbers.currency)}", note="sure: beside amounts")
    if numbers.several:
        these = " and ".join(map(quoted, numbers.several))
        yield question(1, f"two currencies in one column, {these}; BILL keeps one for each vendor or customer")
        yield Said(depth=1, text=f"# currency: {_list(numbers.currency)}")
    elif numbers.currency:
        yield currency
    if numbers.decimal is None:
        yield from _open_signs(numbers.example)
    elif numbers.decimal == ",":
        yield Said(depth=1, text='decimal: ","', note=f"sure: by {quoted(numbers.example)}")
    if numbers.thousands:
        note = f"sure: by {quoted(numbers.grouped)}, for the other sign parts decimals"
        yield Said(depth=1, text=f"thousands: {quoted(numbers.thousands)}", note=note)
    if numbers.ledger:
        yield question(1, f"is {quoted(numbers.ledger)} below zero? That depends on whose books it is from; keep one")
        for sign in ("negative", "positive") if numbers.ledger.casefold().endswith("cr") else ("positive", "negative"):
            yield Said(depth=1, text=f"# credit: {sign}")


def _open_signs(example: str) -> Iterator[Said]:
    """The question for what parts decimals."""
    if " and " in example:
        yield question(
            1,
            f"{example} part their decimals in two ways; give each column its own `decimal`, or mend one that has both",
        )
        return
    sign, other = (",", ".") if "," in example else (".", ",")
    yield question(1, f"{quoted(example)} may be parted in thousands or decimals, and no text tells; keep one line")
    yield Said(depth=1, text=f"# thousands: {quoted(sign)}" if other == "." else f"# decimal: {quoted(other)}")
    yield Said(depth=1, text=f"# decimal: {quoted(sign)}")


def question(depth: int, text: str) -> Said:
    """A line about what is open."""
    return Said(depth=depth, text=QUESTION + text)


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(quoted, texts))}]"


def quoted(text: str) -> str:
    """A text as YAML has it, on one line whatever it holds: it may come out of a file, and stand in a comment."""
    written = json.dumps(text, ensure_ascii=False)
    return "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in written)
