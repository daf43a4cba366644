"""Letters of the languages that a code page was made for, and where in a word they stand.

One byte is `è` in France and `č` in Prague: what tells is the letters beside it (`Crème`, `Kovač`). The tables say what
is usual in names and in headers; what is unusual in one reading and usual in another decides, and nothing else does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WESTERN = (
    "äöüßéàè",  # German
    "àâæçéèêëîïôœùûüÿ",  # French
    "áéíóúüñ",  # Spanish
    "áâãàçéêíóôõúü",  # Portuguese
    "àèéìíîòóùú",  # Italian
    "àçèéíïòóúü",  # Catalan
    "áâéèêëíïóôöúûü",  # Dutch
    "æøåéèêòóôüäö",  # Danish, Norwegian
    "åäöéüàáæø",  # Swedish
    "åäöõüšž",  # Finnish, Estonian
    "áéíóúýðþæö",  # Icelandic
)
_OLD_WESTERN = _WESTERN[:-2]
"""Those for which people used the code pages of DOS and of the Mac."""

_CENTRAL = (
    "ąćęłńóśźż",  # Polish
    "áčďéěíňóřšťúůýž",  # Czech
    "áäčďéíĺľňóôŕšťúýž",  # Slovak
    "áéíóöőúüű",  # Hungarian
    "ăâîşţ",  # Romanian
    "čćđšž",  # Croatian, Slovene
    "äöüßé",  # German
)
_TURKISH = ("çğıöşüâî",)
_BALTIC = (
    "āčēģīķļņšūž",  # Latvian
    "ąčęėįšųūž",  # Lithuanian
    "äõöüšž",  # Estonian
)

_V = "aeiouyáàâäãåæéèêëíìîïóòôöõøőúùûüűýąęěůăāēīūėįų\u0131"
_C = "bcdfghjklmnpqrstvwxz"
_CARON = rf"[^{_V}]č[{_C}]+e|ič[bcdfglmnprstvz]+e|čs$|[^{_V}rlnjv]č$"
"""Places of a `č` where it is a French or Italian `è`."""

_ODD_WESTERN = (
    rf"ñ(?![{_V}])|[aeéáíóúêyý]è|è[aeiouyáéíóúý]|è[kwj]|[{_V}]æ|æ[{_V}]|[{_V}]ø|ø[aouyáéíóúý]|ê[dgkwjz]|ù[{_C}]|ì[{_C}]"
    rf"|ì[{_V}]|[{_V}]ò|ò[{_V}]|[{_C}]ï|^ï|^ð|[{_V}]þ|þ$|[nr]þ[ao]|œ[^uin]|[{_C}]ß|^ß"
    rf"|å[aiouy]|[àâãèêìîòôõùû]{{2}}|îu|^ÿ|[aou]ö|ö[aou]|^[äçîïñûüù]$"
)
_ODD_OLD_WESTERN = rf"{_ODD_WESTERN}|õ(?!e)"
_ODD_CENTRAL = (
    rf"[qx]|eau|{_CARON}|^ń|ń[{_V}]|^[^{_V}]+ć[^{_V}]|[^{_V}]ř[^{_V}]|[^{_V}]ř$|^ř[^{_V}]|[ĺŕ]|ő[e]|ă[oe]"
    rf"|ę(?:[rmnvhlwjaeiouy]|tr?e|t?s?$|ch|que)(?<!ę$)|[ao]ű|űte|[io]ů|[^{_V}]ň(?:$|[^{_V}])|[ao]ď[cvlst]|śu"
)
_ODD_TURKISH = rf"[qwx]|eau|(?<![{_V}])ğ"
_ODD_BALTIC = (
    rf"[qwx]|eau|ch|th|([bcdfgkpstvz])\1|{_CARON}|[{_V}][īūė]|ē[aou]|ą(?![sžn])|(?<=.)į(?!$|ž)"
    rf"|ų(?!$|j|s[tčk])|ę(?!$|s)|[^{_V}rlnš]ķ|[ķģ](?![eiīē])|[^{_V}]ņ(?:$|[^{_V}])|[{_V}]ļ[cvs]|ŗ|^ų|ņ$|ię$|sz|cs|cz"
)
"""Places where a letter does not stand in the languages of a code page, but its byte may in those of another."""

_SOUNDS = re.compile(rf"[{_V}rl]")
"""A vowel, or what stands for one as in Brno."""

_PAGES: Mapping[str, tuple[Sequence[str], re.Pattern[str]]] = {
    **dict.fromkeys(("cp1252", "iso8859_15"), (_WESTERN, re.compile(_ODD_WESTERN))),
    **dict.fromkeys(("mac_roman", "cp850"), (_OLD_WESTERN, re.compile(_ODD_OLD_WESTERN))),
    "cp1250": (_CENTRAL, re.compile(_ODD_CENTRAL)),
    "cp1254": (_TURKISH, re.compile(_ODD_TURKISH)),
    "cp1257": (_BALTIC, re.compile(_ODD_BALTIC)),
}


def is_odd(word: str, encoding: str) -> bool:
    """True for a word that no language of a code page for Latin letters writes so."""
    if word.isascii() or encoding not in _PAGES:
        return False
    alphabets, odd = _PAGES[encoding]
    small = word.replace("İ", "i").lower()
    letters = {letter for letter in small if not letter.isascii()}
    if not any(letters.issubset(each) for each in alphabets) or odd.search(small):
        return True
    is_abbreviation = len(word) > 1 and word.isupper()
    return not (is_abbreviation or _SOUNDS.search(small))
