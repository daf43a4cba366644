"""Numbers and days as sources write them: read exactly, rounded only where that is asked for, or refused."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import fields
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bill_values.months import NAMES
from bill_values.notations import Writing, date_format_meant, date_format_problem, day_reader, number_reader

if TYPE_CHECKING:
    from decimal import Decimal

properties = settings(derandomize=True, max_examples=150)

DECIMALS = st.integers(0, 9).flatmap(
    lambda places: st.decimals(
        allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=places
    )
)
EURO = Writing(decimal=",", thousands=" ", currency=("\u20ac", "EUR"))


OTHER: dict[str, Any] = {
    "date_format": ("%d.%m.%Y",),
    "decimal": ",",
    "thousands": ",",
    "currency": ("$",),
    "credit": "negative",
    "round": 2,
    "negate": True,
    "trim": False,
    "values": {"5": "6"},
}
"""Another value than the usual one of each part of a writing."""


# Numbers


def number_or_reason(writing: Writing, text: str) -> str:
    try:
        return str(number_reader(writing)(text))
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize("name", [each.name for each in fields(Writing)])
@pytest.mark.parametrize("text", ["1234.505", "5", "0.005"])
def test_the_short_cut_for_plain_numbers_reads_them_as_the_long_way_does(name: str, text: str) -> None:
    writing = Writing(**{name: OTHER[name]})
    assert writing != Writing()
    assert number_or_reason(writing, text) == number_or_reason(writing, f"+{text}")  # with a sign it is the long way


@properties
@given(number=DECIMALS, decimal=st.sampled_from(".,"), negate=st.booleans())
def test_a_number_keeps_every_digit_and_its_sign_unless_that_is_turned(
    number: Decimal, decimal: str, negate: bool
) -> None:
    read = number_reader(Writing(decimal=decimal, thousands="", negate=negate))
    assert read(f"{number:f}".replace(".", decimal)) == (-number if negate else number)


@properties
@given(number=DECIMALS, places=st.integers(0, 8), decimal=st.sampled_from(".,"))
def test_a_number_is_rounded_half_away_from_zero_where_that_is_asked_for(
    number: Decimal, places: int, decimal: str
) -> None:
    read = number_reader(Writing(decimal=decimal, thousands="", round=places))
    units, rest = divmod(abs(Fraction(number)) * 10**places, 1)
    rounded = (units + (2 * rest >= 1)) / Fraction(10**places)
    assert Fraction(read(f"{number:f}".replace(".", decimal))) == (-rounded if number < 0 else rounded)


@pytest.mark.parametrize(
    ("writing", "text", "expected"),
    [
        (Writing(), "5", "5"),
        (Writing(), "+5.00", "5.00"),
        (Writing(), "5.00-", "-5.00"),
        (Writing(), "(5.00)", "-5.00"),
        (Writing(), "\u22125.00", "-5.00"),
        (Writing(), "-0", "0"),
        (Writing(negate=True), "(5.00)", "5.00"),
        (Writing(negate=True), "5.00", "-5.00"),
        (Writing(negate=True), "0", "0"),
        (Writing(), "6.82e-13", "6.82E-13"),
        (Writing(round=2), "0.005", "0.01"),
        (Writing(round=2), "-0.004", "0.00"),
        (Writing(), "1,041.67", "1041.67"),
        (Writing(), "1,041,000", "1041000"),
        (Writing(decimal=","), "1.041,67", "1041.67"),
        (Writing(thousands=","), "1,041", "1041"),
        (Writing(thousands="'"), "1'041.5", "1041.5"),
        (Writing(), ".50", "0.50"),
        (Writing(), "-.50", "-0.50"),
        (Writing(), "1234.", "1234"),
        (Writing(), "- 45.00", "-45.00"),
        (Writing(), "'-45.00", "-45.00"),
        (Writing(), "'00123", "123"),
        (Writing(), "-", "0"),
        (Writing(currency=("$",)), "$-", "0"),
        (Writing(currency=("$",)), " $ -   ", "0"),
        (Writing(currency=("$",)), "($ 45.10)", "-45.10"),
        (Writing(), "1,23,456.00", "123456.00"),
        (Writing(), "1,23,45,678", "12345678"),
        (Writing(), "1'234.50", "1234.50"),
        (Writing(), "1\u2019234.50", "1234.50"),
        (Writing(thousands="'"), "1\u2019234.50", "1234.50"),
        (Writing(), "1\u202f234.50", "1234.50"),
        (Writing(credit="negative"), "1,234.50 CR", "-1234.50"),
        (Writing(credit="negative"), "1,234.50 dr", "1234.50"),
        (Writing(credit="positive"), "1,234.50CR", "1234.50"),
        (EURO, "-9,13\u00a0\u20ac", "-9.13"),
        (EURO, "1\u00a0041,50 \u20ac", "1041.50"),
        (EURO, "eur 1\u202f041", "1041"),
        (EURO, "-\u20ac5,00", "-5.00"),
        (Writing(), "9" * 38, "9" * 38),
        (Writing(), "9" * 19 + "." + "9" * 19, "9" * 19 + "." + "9" * 19),
    ],
)
def test_a_number_is_read_as_its_source_writes_it(writing: Writing, text: str, expected: str) -> None:
    assert str(number_reader(writing)(text)) == expected


@pytest.mark.parametrize(
    ("writing", "text", "reason"),
    [
        (Writing(), "1,041", "the comma may part thousands or decimals; have it written like 1041 or 1.50"),
        (Writing(decimal=","), "1.041", "the point may part thousands or decimals; have it written like 1041 or 1,50"),
        (Writing(thousands=""), "1,041", "not a number"),
        (Writing(thousands=","), "10,41", "not a number"),
        (Writing(), "1.23E+11", "a number with an exponent has lost digits"),
        (Writing(), "1E11", "a number with an exponent has lost digits"),
        (Writing(), "x", "not a number; expected one like 1234.56, -1234.56 or (1234.56)"),
        (Writing(), "\u20ac5", "not a number as long as \u20ac stands by it; have it written without"),
        (Writing(currency=("$",)), "$\u20ac5", "not a number as long as \u20ac stands by it; have it written without"),
        (Writing(currency=("$",)), "$x", "not a number; expected one"),
        (EURO, "5.00", "not a number; expected one like 1234,56"),
        (Writing(), "-(5)", "not a number"),
        (Writing(), "", "not a number"),
        (Writing(), "\u0661", "\u0661 (U+0661) is none of the digits 0 to 9"),
        (Writing(), "\uff11\uff12", "\uff11 (U+FF11) is none of the digits 0 to 9"),
        (Writing(), "5 CR", "CR may make a number negative or not; have it written with a sign"),
        (Writing(credit="negative"), "-5 CR", "not a number"),
        (Writing(), "--5", "not a number"),
        (Writing(), "5 5", "not a number"),
        (Writing(), "'", "not a number"),
        (Writing(), "1,2,345", "not a number"),
        (Writing(), "9" * 39, "more than 38 digits"),
        (Writing(), "9" * 19 + "." + "9" * 20, "more than 38 digits"),
    ],
)
def test_a_number_that_cannot_be_read_for_sure_is_refused(writing: Writing, text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}"):
        number_reader(writing)(text)


# Days


@pytest.mark.parametrize(
    ("formats", "text", "expected"),
    [
        ((), "2026-01-31", "2026-01-31"),
        ((), "1900-01-01", "1900-01-01"),
        ((), "2199-12-31", "2199-12-31"),
        ((), "2026-01-31T00:00:00Z", "2026-01-31"),
        ((), "2026-01-31 00:00", "2026-01-31"),
        ((), "2026-01-31T00:00:00.000+00:00", "2026-01-31"),
        (("%d.%m.%Y",), "31.01.2026", "2026-01-31"),
        (("%d.%m.%Y", "%m.%d.%Y"), "31.01.2026", "2026-01-31"),
        (("%m.%d.%Y", "%d.%m.%Y"), "31.01.2026", "2026-01-31"),
        (("%d.%m.%Y", "%m.%d.%Y"), "02.02.2026", "2026-02-02"),
        (("%d.%m.%y",), "31.01.00", "2000-01-31"),
        (("%d.%m.%y",), "31.01.49", "2049-01-31"),
        (("%d.%m.%y",), "31.01.80", "1980-01-31"),
        (("%d.%m.%y",), "31.01.99", "1999-01-31"),
        (("%d.%m.%y", "%d.%m.%Y"), "31.01.1969", "1969-01-31"),
    ],
)
def test_a_day_is_read_as_its_source_writes_it(formats: tuple[str, ...], text: str, expected: str) -> None:
    assert day_reader(formats)(text) == expected


@pytest.mark.parametrize(
    ("formats", "text", "reason"),
    [
        ((), "1899-12-31", "the year 1899 is outside of 1900 to 2199"),
        ((), "2200-01-01", "the year 2200 is outside of 1900 to 2199"),
        ((), "0202-01-31", "the year 0202 is outside of 1900 to 2199"),
        ((), "2026-02-30", "no day of the calendar"),
        ((), "2026-01-31T09:00:00Z", "more than a day"),
        ((), "2026-01-31T00:00:00+02:00", "more than a day"),
        ((), "31.01.2026", "not a day like 2026-01-31"),
        ((), "\u0662\u0660\u0662\u0666-01-31", "not a day like 2026-01-31"),
        (("%d.%m.%Y",), "2026-01-31", "not a date in the format %d.%m.%Y"),
        (("%d.%m.%Y", "%d/%m/%Y"), "x", "not a date in the format %d.%m.%Y or %d/%m/%Y"),
        (("%d.%m.%Y", "%m.%d.%Y"), "02.03.2026", "2026-03-02 or 2026-02-03: the formats do not agree"),
        (("%d.%m.%Y",), "\u0663\u0661.01.2026", "digits other than 0 to 9"),
        (("%d.%m.%y",), "31.01.50", "the year 50 may be 1950 or 2050; write it with four digits"),
        (("%d.%m.%Y", "%d.%m.%y"), "31.12.69", "the year 69 may be 1969 or 2069; write it with four digits"),
        (("%d.%m.%y",), "31.01.79", "the year 79 may be 1979 or 2079; write it with four digits"),
        (("%d %B %Y",), "3 Brumaire 2026", "not a date in the format %d %B %Y"),
    ],
)
def test_a_day_that_cannot_be_read_for_sure_is_refused(formats: tuple[str, ...], text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}"):
        day_reader(formats)(text)


LONG = (
    "January February March April May June July August September October November December",
    "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
)
SHORT = (
    "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez",
    "janv févr mars avr mai juin juil août sept oct nov déc",
    "ene feb mar abr may jun jul ago sept oct nov dic",
    "jan feb mrt apr mei jun jul aug sep okt nov dec",
    "gen feb mar apr mag giu lug ago set ott nov dic",
)


@pytest.mark.parametrize("names", [*LONG, *SHORT])
@pytest.mark.parametrize(
    "date_format", ["%d %B %Y", "%d. %b %Y", "%d-%b-%y", "%d.%b.%Y", "%b %d, %Y", "%d de %b de %Y"]
)
def test_months_are_read_by_name_in_six_languages_in_any_case_with_a_point_or_not(names: str, date_format: str) -> None:
    read = day_reader((date_format,))
    for month, name in enumerate(names.split(), start=1):
        spelled = (name, name.upper(), name.title(), f"{name}.", unicodedata.normalize("NFD", name))
        for each in spelled:
            text = date(2026, month, 3).strftime(date_format.replace("%B", each).replace("%b", each))
            text = text.replace("..", ".")  # the point of a short form is that between the parts
            assert read(text) == f"2026-{month:02}-03", text


def test_no_name_of_a_month_is_that_of_another_in_some_language() -> None:
    words = [word for names in NAMES.values() for word in names.split()]
    assert len(words) == len(set(words))


@pytest.mark.parametrize("date_format", ["%Y-%m-%d", "%d.%m.%y", "%x", "%j %Y", "%Y-%m-%d %H:%M"])
def test_a_format_that_tells_a_day_is_taken(date_format: str) -> None:
    assert date_format_problem(date_format) is None


@pytest.mark.parametrize("date_format", ["", "%d.%m.", "%m/%Y", "%Y", "%G-%m-%d", "%Y-%m-%q"])
def test_a_format_that_tells_no_day_has_its_problem(date_format: str) -> None:
    assert date_format_problem(date_format)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("dd/mm/yyyy", "%d/%m/%Y"),
        ("MM/DD/YY", "%m/%d/%y"),
        ("d.m.yyyy", "%d.%m.%Y"),
        ("dd-mmm-yyyy", "%d-%b-%Y"),
        ("yyyy-mm-dd", "%Y-%m-%d"),
        ("YYYYMMDD", "%Y%m%d"),
        ("TT.MM.JJJJ", "%d.%m.%Y"),
        ("jj/mm/aaaa", "%d/%m/%Y"),
        ("gg/mm/aaaa", "%d/%m/%Y"),
        ("dd/mm/aaaa", "%d/%m/%Y"),
        ("%D/%M/%Y", "%d/%m/%Y"),
        ("%d/%m", None),
        ("mm/dd", None),
        ("hh:mm:ss", None),
        ("dd.dd.yyyy", None),
        ("", None),
    ],
)
def test_a_spreadsheets_format_of_days_is_understood_where_it_is_wrong(written: str, meant: str | None) -> None:
    assert date_format_meant(written) == meant
    if meant:
        assert date_format_problem(meant) is None


@given(
    st.dates(date(2000, 1, 1), date(2049, 12, 31)), st.sampled_from(["%Y%m%d", "%d%m%Y", "%y%m%d", "%m%d%y"]), st.data()
)
def test_no_digit_is_missing_where_numbers_run_together(day: date, date_format: str, data: st.DataObject) -> None:
    """strptime takes 2026111 for the 1st of November."""
    text = day.strftime(date_format)
    assert day_reader((date_format,))(text) == day.isoformat()
    gone = data.draw(st.integers(0, len(text) - 1))
    with pytest.raises(ValueError, match="not a date in the format"):
        day_reader((date_format,))(text[:gone] + text[gone + 1 :])
