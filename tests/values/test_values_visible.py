"""Texts of others on a terminal and in a log: what is read is what is there, and nothing in it steers."""

from __future__ import annotations

import json
import logging
import sys
import unicodedata
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table

from bill_program.console import PlainConsole
from bill_values.visible import VisibleRecord, visible, visible_json, visible_lines

if TYPE_CHECKING:
    from collections.abc import Callable

FORMATS_WITH_A_SHAPE = "\u0600\u06dd\u200c\u200d"


def steers(text: str) -> list[str]:
    """Characters that a terminal obeys, or that have no shape."""
    return [
        each
        for each in text
        if unicodedata.category(each) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and each not in FORMATS_WITH_A_SHAPE
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Grün & Söhne [/b] :star: 'x'", "Grün & Söhne [/b] :star: 'x'"),
        ("\x1b[2Jgone", r"\x1b[2Jgone"),
        ("\x9b2Jgone", r"\x9b2Jgone"),
        ("a\rb\nc\td\x00e\x7f", r"a\rb\nc\td\x00e\x7f"),
        ("\u202etxet", r"\u202etxet"),
        ("a\u2066b\u2069c\u200ed\u200fe\u061cf", r"a\u2066b\u2069c\u200ed\u200fe\u061cf"),
        ("A\u200bcme\ufeff\u2060\u00ad", r"A\u200bcme\ufeff\u2060\xad"),
        ("Ac\u200cme", r"Ac\u200cme"),
        ("a\u2028b\u3164c", r"a\u2028b\u3164c"),
        ("\U000e0041", r"\U000e0041"),
        ("\ud800", r"\ud800"),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
        ("e\u0301 東京\u3000\u00a0", "e\u0301 東京\u3000\u00a0"),
    ],
)
def test_what_steers_or_hides_is_shown_and_everything_else_stays(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize("hidden", ["\u034f", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u2800", "\u3164", "\uffa0"])
def test_a_letter_without_ink_is_shown_also_among_letters_that_are_all_printable(hidden: str) -> None:
    shown = f"\\u{ord(hidden):04x}"
    assert visible(f"Gr\u00fcn{hidden}") == f"Gr\u00fcn{shown}"
    assert visible(f"Acme{hidden}") == f"Acme{shown}"
    assert json.loads(visible_json(f'"{hidden}"')) == hidden


anything = st.text(st.characters() | st.sampled_from("\x1b\x9b\u202e\u2066\u200b\u200d\r\n\u2028[]\\"))


@given(anything)
def test_nothing_that_is_shown_steers(text: str) -> None:
    shown = visible(text)
    assert steers(shown) == []
    assert visible(shown) == shown
    assert steers(visible_lines(text).replace("\n", "")) == []


@given(anything)
def test_json_at_a_terminal_means_the_same(text: str) -> None:
    shown = visible_json(json.dumps({"name": text}, ensure_ascii=False, indent=1))
    assert steers(shown.replace("\n", "")) == []
    assert json.loads(shown) == {"name": text}


def as_a_line(console: PlainConsole, text: str) -> None:
    console.print(text)


def as_a_cell(console: PlainConsole, text: str) -> None:
    table = Table(title=text)
    table.add_column(text)
    table.add_row(text)
    console.print(table)


@pytest.mark.parametrize("put", [as_a_line, as_a_cell])
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ZQ [/b] Ltd", "ZQ [/b] Ltd"),
        ("ZQ[red] Ltd", "ZQ[red] Ltd"),
        ("ZQ[link=x] :star: Ltd", "ZQ[link=x] :star: Ltd"),
        ("\x1b[31mZQ\u202e", r"\x1b[31mZQ\u202e"),
        ("a\nb", r"a\nb"),
    ],
)
def test_what_is_printed_is_data_and_no_markup(put: Callable[[PlainConsole, str], None], name: str, shown: str) -> None:
    console = PlainConsole(file=StringIO(), width=200)
    put(console, name)
    written = console.file.getvalue()  # type: ignore[attr-defined]  # a StringIO
    assert written.count(shown) == (3 if put is as_a_cell else 1)
    assert steers(written.replace("\n", "")) == []


@pytest.mark.parametrize(
    "text", ["42 of 'them'", "https://bill.example", "True", "[red]ZQ[/red]", ":star:", "2026-01-31"]
)
def test_a_terminal_shows_a_text_without_colours_that_it_did_not_ask_for(text: str) -> None:
    console = PlainConsole(file=StringIO(), width=200, force_terminal=True, color_system="truecolor")
    console.print(text)
    assert console.file.getvalue() == f"{text}\n"  # type: ignore[attr-defined]  # a StringIO


def test_a_log_has_one_line_for_a_message_whatever_is_in_it() -> None:
    record = VisibleRecord("x", logging.INFO, "x.py", 1, "%s: %d", ("A\x1b[2J\nERROR forged\u202e", 5), None)
    assert logging.Formatter("%(message)s").format(record) == r"A\x1b[2J\nERROR forged\u202e: 5"


def test_a_traceback_in_a_log_keeps_its_lines() -> None:
    try:
        raise ValueError("\x1b[2J")  # noqa: TRY301
    except ValueError:
        record = VisibleRecord("x", logging.ERROR, "x.py", 1, "failed", (), sys.exc_info())
    written = logging.Formatter("%(message)s").format(record)
    assert written.startswith("failed\nTraceback (most recent call last):\n")
    assert written.endswith(r"ValueError: \x1b[2J")
