"""Texts in place of a value: the words of spreadsheets for a formula that failed, in any language, and lost digits.

A CSV has them as texts like any other. The words are those of Excel in its languages, of LibreOffice and of Google's.
"""

from __future__ import annotations

import re
import unicodedata

_WITH_MARK = re.compile(r"#[\u00a1\u00bf]?(?=[^!?]*[^\W\d_])[\w/.]+[!?]")
"""Nearly all names are one word with a mark behind it: `#REF!`, `#NOMBRE?`, `#DIV/0!`; also those that are not known
here. What people write behind a `#` is not."""

_NOT_AVAILABLE = (
    "n/a na nv n/d n/b i/t n/v yok puuttuu "  # English, German, Romance, Dutch, Nordic, Slovene, Turkish, Finnish
    "hi\u00e1nyzik nen\u00ed_k_dispozici nedostupn\u00dd nedostupn\u00e9 saknas "
    "\u043d/\u0434 \u03b4/\u03c5"  # Russian, Greek
)
_GETTING_DATA = (
    "getting_data daten_abrufen obtention_donnees obteniendo_datos recupero_dati obtendo_dados gegevens_ophalen "
    "pobieranie_danych z\u00edsk\u00e1v\u00e1n\u00ed_dat veri_al\u0131n\u0131yor h\u00e4mtar_data henter_data "
    "noudetaan_tietoja adatok_bek\u00e9r\u00e9se "
    "\u043f\u043e\u043b\u0443\u0447\u0435\u043d\u0438\u0435_\u0434\u0430\u043d\u043d\u044b\u0445"
)
_LOADING = (
    *("loading", "wird geladen", "chargement", "chargement en cours", "cargando", "caricamento", "laden", "carregando"),
    *("a carregar", "l\u00e4ser in", "indl\u00e6ser", "laster inn", "ladataan", "wczytywanie", "y\u00fckleniyor"),
    "\u0437\u0430\u0433\u0440\u0443\u0437\u043a\u0430",
)
"""As Google's shows it before a formula has its value; always with `...`."""


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


_WITHOUT_MARK = frozenset(
    {f"#{_plain(each)}" for each in f"{_NOT_AVAILABLE} {_GETTING_DATA}".split()}
    | {"#n/a n/a"}  # of a data service
    | {f"{_plain(each)}..." for each in _LOADING}
)

_ERROR_WORDS = (
    *("err", "error", "erreur", "errore", "erro", "fehler", "virhe", "hiba", "chyba", "b\u0142\u0105d", "fel", "feil"),
    *("fejl", "fout", "hata", "\u043e\u0448\u0438\u0431\u043a\u0430", "\u043e\u0448\u0438\u0431"),
)
_NUMBERED = re.compile(rf"(?:{'|'.join(_ERROR_WORDS)}) ?: ?5[0-9]{{2}}")
"""LibreOffice's errors: `Err:502`."""

_TOO_NARROW = re.compile("#{2,}")
_RISEN = re.compile(r"-?[0-9](?:[.,][0-9]+)?e\+[0-9]{2,3}")


def is_failed(text: str) -> bool:
    """True for what stands in a cell whose formula failed, or whose column is too narrow for its number."""
    plain = _plain(text)
    return bool(
        plain in _WITHOUT_MARK
        or (plain.startswith("#") and (_TOO_NARROW.fullmatch(plain) or _WITH_MARK.fullmatch(plain)))
        or _NUMBERED.fullmatch(plain)
    )


def is_shortened(text: str) -> bool:
    """True for a long number that a spreadsheet shows, and saves, with an exponent."""
    return bool(_RISEN.fullmatch(_plain(text)))
