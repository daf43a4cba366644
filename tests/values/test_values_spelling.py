"""Spellings of one text: what is sent of it, when two are the same, and what is no text but an accident."""

from __future__ import annotations

import string
import sys
import unicodedata

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bill_values.spelling import (
    NOTHING,
    broken,
    canonical,
    clean,
    control_character,
    folded,
    has_lost_digits,
    has_shape,
    near,
)

properties = settings(derandomize=True, max_examples=200)

TEXTS = st.text(max_size=20)
MARKS = " \u00a0\u200b\ufeff\u200d\u00ad\u2028\u3164\n\t-\u2010'\u2019_\u0301\u0345\u094d"
LETTERS = "0017aAe\u00e9\u00df\u017f\u0130\u0131\u03c2\u03a3\u1fb3\u0915"  # some fold apart, some are joined
CURIOUS = st.text(st.sampled_from(MARKS + LETTERS), max_size=12)
ANY = TEXTS | CURIOUS
LATIN = st.text(st.characters(max_codepoint=0x24F, categories=("L", "N", "P")), min_size=1, max_size=12)
WORDS = st.lists(LATIN, min_size=1, max_size=3).map(" ".join)
WITHOUT_SHAPE = ["\u200b", "\ufeff", "\u200c", "\u200d", "\u2060", "\u00ad", "\u200e", "\u202a"]
BLANKS = ["\u00a0", "\u2007", "\u202f", "\u2009", "\u3000", "\t", "\u1680", "  ", "\u3164", "\u2800"]


@properties
@given(ANY)
@example("\u0301\u200b\u0301a")
@example("e\u200b\u0301")
@example("0 01")
@example("-0-0\u200b1-")
@example("a-\u0301")
@example("\u0345\u0301")
@example("\u01f0\u0323")
def test_each_form_of_a_text_is_its_own_form(text: str) -> None:
    for form in (clean, canonical, folded, near):
        assert form(form(text)) == form(text)


@properties
@given(ANY, ANY)
def test_what_is_the_same_stays_so_in_every_coarser_form(one: str, other: str) -> None:
    for fine, coarse in ((clean, canonical), (canonical, folded), (folded, near)):
        assert coarse(fine(one)) == coarse(one)
        if fine(one) == fine(other):
            assert coarse(one) == coarse(other)


@properties
@given(WORDS)
def test_composed_and_decomposed_letters_are_one(text: str) -> None:
    for form in ("NFC", "NFD"):
        other = unicodedata.normalize(form, text)
        assert clean(other) == clean(text)
        assert folded(other) == folded(text)


@properties
@given(WORDS, st.sampled_from(WITHOUT_SHAPE), st.data())
def test_a_character_without_a_shape_does_not_count_within_words(text: str, mark: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text)))
    assert clean(text[:place] + mark + text[place:]) == clean(text)


@properties
@given(WORDS, st.sampled_from(BLANKS))
def test_every_blank_is_a_blank(text: str, blank: str) -> None:
    assert canonical(f"{blank}{text.replace(' ', blank)}{blank}") == canonical(text)


@properties
@given(ANY)
def test_what_is_sent_is_composed_and_has_no_odd_character(text: str) -> None:
    sent = clean(text)
    assert unicodedata.is_normalized("NFC", sent)
    assert sent == sent.strip()
    assert not set(sent) & {*"\u200b\ufeff\u00ad\u2060\u00a0\u202f\r\u2028"}


@properties
@given(WORDS)
def test_case_does_not_count_in_names_and_counts_to_the_letter(text: str) -> None:
    for other in (text.upper(), text.lower(), text.title()):
        if other.casefold() == text.casefold():
            assert folded(other) == folded(text)
        if clean(other) != clean(text):
            assert canonical(other) != canonical(text)


@properties
@given(
    st.text(string.ascii_letters, min_size=1, max_size=4), st.integers(1, 10**9), st.sampled_from(["", "-", " ", "'"])
)
def test_a_number_in_another_form_is_near(head: str, number: int, mark: str) -> None:
    assert near(f"{head}{mark}{number:012}") == near(f"{head}{number}") == near(f" {head.upper()}{mark}{mark}{number}")


@properties
@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_other_digits_are_not_near(one: int, other: int) -> None:
    assume(one != other)
    assert near(f"INV-{one}") != near(f"INV-{other}")


@pytest.mark.parametrize(
    "text",
    ["\u0915\u094d\u200d\u0937", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\U0001f468\u200d\U0001f469"],
)
def test_a_joiner_that_a_script_needs_stays(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "found"),
    [("H\x007", "U+0000"), ("\x7f", "U+007F"), ("a\ud800", "U+D800"), ("two\nlines", None), ("ß", None)],
)
def test_a_character_that_no_text_has_is_found(text: str, found: str | None) -> None:
    assert control_character(clean(text)) == found


@pytest.mark.parametrize(
    "text", ["#N/A", "#n/a", "#REF!", "#NAME?", "#DIV/0!", "########", "##", "1.23457E+11", "1,2E+15", "1E+05"]
)
def test_what_a_spreadsheet_has_broken_is_no_name_and_no_number(text: str) -> None:
    assert broken(text)


@pytest.mark.parametrize(
    "text", ["", "#1", "#17", "N/A", "7E3", "1E5", "E+11", "A#N/A", "1.5", "Apt #2", "12E+3B", "INV-1E+11"]
)
def test_what_only_looks_like_that_is_a_text(text: str) -> None:
    assert broken(text) is None


@pytest.mark.parametrize(
    "word", ["N/A", "n.a.", "#N/A", "NaN", "<NA>", "NULL", "None", "nil", "(Blank)", "?", "#", ".", "/"]
)
@pytest.mark.parametrize("blank", ["", "\u00a0", "\u200b"])
def test_a_word_for_nothing_is_one_in_any_spelling(word: str, blank: str) -> None:
    assert folded(f"{blank}{word}{blank}") in NOTHING


@pytest.mark.parametrize("dash", ["-", "--", "\u2013", "\u2014"])
def test_a_dash_stands_for_nothing_and_a_name_with_one_does_not(dash: str) -> None:
    assert folded(dash) in NOTHING
    assert folded(f"A{dash}1") not in NOTHING


@pytest.mark.parametrize("text", ["0", "No", "1", "N", "A", "NA/1", "Nullarbor", "#1", "..."])
def test_a_short_name_or_number_is_something(text: str) -> None:
    assert folded(text) not in NOTHING


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("1234567890123450", True),
        ("12345678901234500000", True),
        ("1234567890123456", False),
        ("123456789012300", False),
    ],
)
def test_zeros_behind_fifteen_digits_look_lost(text: str, lost: bool) -> None:
    assert has_lost_digits(text) is lost


def test_of_the_characters_of_formats_exactly_those_with_a_shape_are_kept_everywhere() -> None:
    formats = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Cf"]
    kept = {ord(each) for each in formats if clean(f"a{each}b") == f"a{each}b"}
    assert kept == {*range(0x0600, 0x0606), 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD}
    assert {ord(each) for each in formats if clean(each) == each} == kept


@pytest.mark.parametrize("joiner", ["\u200c", "\u200d"])
@pytest.mark.parametrize(
    ("before", "behind", "is_kept"),
    [
        ("\u06cc", "\u06cc", True),
        ("a\u06cc", "\u06cc", True),
        ("\u06cc", "\u06cca", True),
        ("\u06cca", "\u06cc", False),
        ("\u06cc", "a\u06cc", False),
        ("", "\u06cc", False),
        ("\u06cc", "", False),
        ("\u06cc ", "\u06cc", False),
        ("\u0250", "\u06cc", True),  # the first letter that is not Latin
        ("\u024f", "\u06cc", False),
    ],
)
def test_a_joiner_stays_only_right_between_two_letters_that_need_it(
    before: str, behind: str, is_kept: bool, joiner: str
) -> None:
    text = f"{before}{joiner}{behind}"
    assert clean(text) == (text if is_kept else before + behind)
    assert has_shape(text, len(before)) is is_kept
