"""Words that spreadsheets read in numbers, days and times, in the languages that they come in.

Without accents, and in lower case. A word too many is harmless: a text is marked as one that needed no mark.
"""

from __future__ import annotations

from types import MappingProxyType

from bill_values.months import NAMES
from bill_values.spelling import without_accents

_MONTHS = {
    "Portuguese": "janeiro fevereiro marco maio junho julho setembro outubro novembro dezembro",
    "Scandinavian": "marts maj augusti desember",
    "Polish": "styczen stycznia luty lutego marzec marca kwiecien kwietnia maja czerwiec czerwca lipiec lipca sierpien "
    "sierpnia wrzesien wrzesnia pazdziernik pazdziernika listopad listopada grudzien grudnia",
    "Czech": "leden ledna unor unora brezen brezna duben dubna kveten kvetna cerven cervna cvn cervenec cervence cvc "
    "srpen srpna zari rijen rijna listopadu prosinec prosince",
    "Hungarian": "marcius aprilis majus junius julius augusztus szeptember",
    "Finnish": "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesakuuta heinakuuta elokuuta syyskuuta "
    "lokakuuta marraskuuta joulukuuta",
    "Romanian": "ianuarie februarie martie aprilie iunie iulie septembrie octombrie noiembrie decembrie",
    "Turkish": "ocak subat mart nisan may\u0131s haziran temmuz agustos eylul ekim kas\u0131m aral\u0131k",
}
"""Beside those of `bill_values.months`."""

_WEEKDAYS = {
    "English": "monday tuesday wednesday thursday friday saturday sunday",
    "German": "montag dienstag mittwoch donnerstag freitag samstag sonntag",
    "French": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "Spanish": "lunes martes miercoles jueves viernes sabado domingo",
    "Dutch": "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    "Italian": "lunedi martedi mercoledi giovedi venerdi sabato domenica",
    "Portuguese": "segunda terca quarta quinta sexta",
}
_OTHERS = {
    "times and days": "am pm uhr de den",
    "currencies": "eur usd gbp chf sfr fr sek nok dkk kr pln z\u0142 czk kc huf ft ron lei try tl inr rs aud cad nzd "
    "zar brl mxn jpy cny rmb hkd sgd myr rm idr rp php hrk kn rsd din bam km bgn lv",
    "letters of times, exponents and currencies": "a d e h k l p q r t z",  # 5 p, 12h, 1E5, R5 in South Africa
}
_TRUE = {
    "English, German": "true wahr",
    "French, Spanish, Italian": "vrai verdadero vero",
    "Dutch, Portuguese": "waar verdadeiro",
    "Scandinavian": "sant sand",
    "Polish, Czech, Hungarian": "prawda pravda igaz",
    "Finnish, Romanian, Turkish": "tosi adevarat dogru",
}
_FALSE = {
    "English, German": "false falsch",
    "French, Spanish, Italian, Portuguese": "faux falso",
    "Dutch": "onwaar",
    "Scandinavian": "falskt falsk usann",
    "Polish, Czech, Hungarian": "fa\u0142sz nepravda hamis",
    "Finnish, Romanian, Turkish": "epatosi fals yanl\u0131s",
}

MONTH_LETTERS_MIN, WEEKDAY_LETTERS_MIN = 3, 2


def _words(*tables: dict[str, str]) -> set[str]:
    return {word for table in tables for words in table.values() for word in words.split()}


def _cut_short(names: set[str], letters_min: int) -> set[str]:
    """Names and their beginnings: `sept`."""
    return {name[:end] for name in names for end in range(letters_min, max(letters_min, len(name)) + 1)}


BOOLEANS = MappingProxyType(dict.fromkeys(_words(_TRUE), True) | dict.fromkeys(_words(_FALSE), False))
"""What is true or false where it is the whole cell."""


def boolean_of(text: str) -> bool | str:
    """True or false where a text says so in the language of some spreadsheet, else the text."""
    return BOOLEANS.get(without_accents(text.strip().casefold()), text)


IN_VALUES = frozenset(
    _words(_OTHERS)
    | _cut_short(_words(NAMES, _MONTHS), MONTH_LETTERS_MIN)
    | _cut_short(_words(_WEEKDAYS), WEEKDAY_LETTERS_MIN)
)
"""What may stand beside the digits of a number, a day or a time."""
