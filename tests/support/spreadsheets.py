"""Spreadsheets that open a CSV and save it again: a model of what they make of a cell, in several languages.

It is written from what Excel and LibreOffice are seen to do, and without a look at our own rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

COMPUTED = "#NAME?"
"""What a formula is saved as."""

GENERAL_WIDTH = 11
"""Characters of a number that Excel shows without an exponent."""


@dataclass(frozen=True, kw_only=True)
class Spreadsheet:
    """A spreadsheet in one language.

    Attributes:
        decimal: Its decimal sign.
        thousands: What may part thousands.
        between: What may part a day, a month and a year.
        months: The names of the months.
        booleans: True and false.
        currencies: Signs that may stand by a number.
    """

    decimal: str
    thousands: str
    between: str
    months: tuple[str, ...]
    booleans: tuple[str, str]
    currencies: tuple[str, ...]

    def saved(self, cell: str) -> str:
        """The cell as it is saved."""
        text = cell.strip(" ")
        for changed in (self._boolean(text), self._number(text), self._time(text), self._day(text), _fraction(text)):
            if changed is not None:
                return changed
        return COMPUTED if cell[:1] in {"=", "+", "-", "@"} else cell

    def _boolean(self, text: str) -> str | None:
        return next((each for each in self.booleans if text.upper() == each), None)

    def _number(self, text: str) -> str | None:
        bare = text
        is_percent = bare.endswith("%")
        bare = bare.removesuffix("%").strip()
        is_negative = bare.startswith("(") and bare.endswith(")")
        bare = bare.strip("()") if is_negative else bare
        for sign in self.currencies:
            bare = bare.removeprefix(sign).removesuffix(sign).strip()
        if bare.endswith("-"):
            bare, is_negative = bare[:-1].strip(), True
        sign = re.escape(self.thousands)
        point = re.escape(self.decimal)
        found = re.fullmatch(rf"([+-]?) ?([0-9{sign}]*(?:{point}[0-9]*)?(?:[eE][+-]?[0-9]{{1,2}})?)", bare)
        if not found or not re.match(rf"{point}?[0-9]", found[2]):
            return None
        plain = re.sub(f"[{sign}]", "", found[2]).replace(self.decimal, ".") if self.thousands else found[2]
        try:
            number = Decimal(plain.replace(self.decimal, "."))
        except InvalidOperation:
            return None
        number = -number if is_negative or found[1] == "-" else number
        return self._general(number) + (f"{self.decimal}00%" if is_percent else "")

    def _general(self, number: Decimal) -> str:
        if number == 0:
            return "0"
        text = format(number.normalize(), "f")
        text = text if len(text) <= GENERAL_WIDTH else f"{number:.5E}"
        return text.replace(".", self.decimal)

    def _time(self, text: str) -> str | None:
        found = re.fullmatch(r"([0-9]{1,2})(?::([0-9]{1,2})?(?::[0-9]{1,2})?)? ?([ap]m?)?", text.lower())
        if found and (":" in text or found[3]) and int(found[1]) < 24:
            return f"{int(found[1]):02}:{int(found[2] or 0):02}:00"
        return None

    def _day(self, text: str) -> str | None:
        parts = [each for each in re.split(rf"[{re.escape(self.between)} ]+|(?<=[^\W\d])(?=\d)", text) if each]
        named = [self._month(each) for each in parts]
        numbers = [each for each in parts if re.fullmatch("[0-9]{1,4}", each)]
        if (
            len(parts) not in {2, 3}
            or not numbers
            or len(numbers) + len([each for each in named if each]) != len(parts)
        ):
            return None
        if not any(named) and not any(each in text for each in self.between.strip()):
            return None
        month = next((each for each in named if each), None)
        return f"a day of {month or 'some month'}: {'/'.join(numbers)}"

    def _month(self, word: str) -> str | None:
        if len(word) < 3:
            return None
        return next((each for each in self.months if each.lower().startswith(word.lower())), None)


def _fraction(text: str) -> str | None:
    found = re.fullmatch(r"(?:([0-9]+) )?([0-9]{1,3})/([1-9][0-9]{0,2})", text)
    return f"{int(found[1] or 0) + int(found[2]) / int(found[3]):g}" if found else None


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SPREADSHEETS = {
    "English": Spreadsheet(
        decimal=".",
        thousands=",",
        between="/-,",
        months=_names("January February March April May June July August September October November December"),
        booleans=("TRUE", "FALSE"),
        currencies=("$", "£", "€"),
    ),
    "German": Spreadsheet(
        decimal=",",
        thousands=".",
        between="./-",
        months=_names("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
        booleans=("WAHR", "FALSCH"),
        currencies=("€", "EUR"),
    ),
    "Swiss": Spreadsheet(
        decimal=".",
        thousands="'\u2019",
        between="./-",
        months=_names("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
        booleans=("WAHR", "FALSCH"),
        currencies=("CHF",),
    ),
    "French": Spreadsheet(
        decimal=",",
        thousands=" \u00a0\u202f",
        between="/-.",
        months=_names("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
        booleans=("VRAI", "FAUX"),
        currencies=("€",),
    ),
    "Swedish": Spreadsheet(
        decimal=",",
        thousands=" \u00a0",
        between="-/",
        months=_names("januari februari mars april maj juni juli augusti september oktober november december"),
        booleans=("SANT", "FALSKT"),
        currencies=("kr", "SEK"),
    ),
    "Portuguese": Spreadsheet(
        decimal=",",
        thousands=".",
        between="/-",
        months=_names("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"),
        booleans=("VERDADEIRO", "FALSO"),
        currencies=("R$",),
    ),
    "of South Africa": Spreadsheet(
        decimal=",",
        thousands=" \u00a0",
        between="/-",
        months=_names("January February March April May June July August September October November December"),
        booleans=("TRUE", "FALSE"),
        currencies=("R",),
    ),
}
