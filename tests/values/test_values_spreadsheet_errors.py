"""Words for a formula that failed, in the languages of spreadsheets: no text that a person means is one of them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bill_values.spelling import broken
from bill_values.spreadsheet_cells import cell_of, text_of
from bill_values.spreadsheet_errors import is_failed, is_shortened

NAMES = {
    "English": "#DIV/0! #N/A #NAME? #NULL! #NUM! #REF! #VALUE! #GETTING_DATA #SPILL! #CALC! #FIELD! #BLOCKED! #BUSY!",
    "German": "#DIV/0! #NV #NAME? #NULL! #ZAHL! #BEZUG! #WERT! #ÜBERLAUF!",
    "French": "#DIV/0! #N/A #NOM? #NUL! #NOMBRE! #REF! #VALEUR! #PROPAGATION!",
    "Spanish": "#¡DIV/0! #N/D #¿NOMBRE? #¡NULO! #¡NUM! #¡REF! #¡VALOR! #¡DESBORDAMIENTO!",
    "Italian": "#DIV/0! #N/D #NOME? #NULLO! #NUM! #RIF! #VALORE!",
    "Portuguese": "#DIV/0! #N/D #NOME? #NULO! #NÚM! #REF! #VALOR!",
    "Dutch": "#DEEL/0! #N/B #NAAM? #LEEG! #GETAL! #VERW! #WAARDE!",
    "Danish": "#DIVISION/0! #I/T #NAVN? #NUL! #NUM! #REFERENCE! #VÆRDI!",
    "Norwegian": "#DIV/0! #I/T #NAVN? #NULL! #NUM! #REF! #VERDI!",
    "Swedish": "#DIVISION/0! #SAKNAS! #NAMN? #SKÄRNING! #OGILTIGT! #REFERENS! #VÄRDEFEL!",
    "Finnish": "#JAKO/0! #PUUTTUU #PUUTTUU! #NIMI? #TYHJÄ! #LUKU! #VIITTAUS! #ARVO!",
    "Polish": "#DZIEL/0! #N/D! #NAZWA? #ZERO! #LICZBA! #ADR! #ARG!",
    "Czech": "#DĚLENÍ_NULOU! #NENÍ_K_DISPOZICI #NÁZEV? #NULL! #ČÍSLO! #ODKAZ! #HODNOTA!",
    "Slovak": "#DELENIENULOU! #NEDOSTUPNÝ #NÁZOV? #NEPLATNÝ! #ČÍSLO! #ODKAZ! #HODNOTA!",
    "Hungarian": "#ZÉRÓOSZTÓ! #HIÁNYZIK #NÉV? #NULLA! #SZÁM! #HIV! #ÉRTÉK!",
    "Slovene, Croatian": "#DEL/0! #N/V #IME? #NIČ! #ŠTEV! #SKLIC! #VREDN! #DIJ/0! #NAZIV? #BROJ! #VRIJEDNOST!",
    "Romanian": "#DIV/0! #N/A #NUME? #NUL! #NUM! #REF! #VALOARE!",
    "Turkish": "#SAYI/0! #YOK #AD? #BOŞ! #SAYI! #BAŞV! #DEĞER!",
    "Russian": "#ДЕЛ/0! #Н/Д #ИМЯ? #ПУСТО! #ЧИСЛО! #ССЫЛКА! #ЗНАЧ!",  # noqa: RUF001
    "Greek": "#ΔΙΑΙΡ./0! #Δ/Υ #ΟΝΟΜΑ? #ΚΕΝΟ! #ΑΡΙΘ! #ΑΝΑΦ! #ΤΙΜΗ!",  # noqa: RUF001
    "LibreOffice": "Err:502 Err:522 Fehler:504 Virhe:508 #ERR?",
    "Google": "#ERROR! Loading... Cargando...",
    "all": "## ########",
}
FAILED = sorted({name for names in NAMES.values() for name in names.split()} | {"#N/A N/A", "Wird geladen..."})
TEXTS = (
    *("", "#", "#1", "#17", "#1!", "N/A", "n.a.", "NV", "REF!", "A#N/A", "#5 Main St", "#5 Main St!", "Apt #2", "no #"),
    *("#rent", "#REF! #REF!x", "is it #1?", "Err", "Err:12", "Room:502", "Loading", "Loading dock...", "1E5", "12E+3B"),
)


@pytest.mark.parametrize("text", FAILED)
def test_the_word_of_a_formula_that_failed_is_one_in_any_form(text: str) -> None:
    forms = {form(text) for form in (str, str.lower, str.title, lambda each: unicodedata.normalize("NFD", each))}
    for form in (*forms, f" {text}\u00a0"):
        assert is_failed(form), form
    assert broken(text)
    assert cell_of(text) == f"'{text}"
    assert text_of(cell_of(text)) == text


@pytest.mark.parametrize("text", TEXTS)
def test_what_only_looks_like_one_is_a_text(text: str) -> None:
    assert not is_failed(text)
    assert not is_shortened(text)


words = st.text(st.characters(categories=["Lu", "Ll", "Nd"]), min_size=1)


@given(words, words, st.sampled_from(["", "!", "?", "..."]))
def test_two_words_behind_a_blank_are_a_text(one: str, other: str, end: str) -> None:
    """`#12 Oak Road!` is an address."""
    assert not is_failed(f"#{one} {other}{end}")
    assert not is_failed(f"{one}x {other}x {one}{end}")


@given(st.integers(1, 9), st.sampled_from(["", ".23", ",2345"]), st.integers(10, 299), st.sampled_from("eE"))
def test_a_number_with_an_exponent_has_lost_its_digits(first: int, rest: str, exponent: int, sign: str) -> None:
    assert is_shortened(f"{first}{rest}{sign}+{exponent}")
    assert is_shortened(f"-{first}{rest}{sign}+{exponent}")
