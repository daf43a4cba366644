"""Bank and tax numbers, by the names that people and programs give them: they stand in no key, reject or table."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from bill_api.entities import ENTITIES
from bill_api.identity.references import aliases
from bill_api.identity.spelled import field_in, spelling_in
from bill_api.table.entity import snake
from bill_values.exact_json import decode, encode, repeated
from bill_values.spelling import letters
from bill_values.visible import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bill_api.table.fields import Field

_BETWEEN = re.compile(r"[\W_]+")
_BESIDE_DIGITS = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
_SIGNS = ((re.compile(r"\ba/c\b", re.IGNORECASE), " acct "), (re.compile("[#\u2116]"), " no "))
"""Signs in names that stand for words."""

_NO = r"(number|num|no|nr|nbr|nummer)"
_ID = rf"(_?(id|{_NO}|identi[^\W_]*))+(_|$)"
_LOOKS = re.compile(
    r"iban|swift|routing|passport|password|secret|token|sort_?code|clabe|(api|access|private|developer)_?key(_|$)"
    r"|(^|_)(bic|ssn|ein|tin|pin|cvv|cvc|aba|abn|bsb|gstin|pan|cpf|cnpj|nif)(_|$)|social_?sec"
    rf"|((tax|vat|gst)_?(payer|reg[^\W_]*)?|(^|_)fed(eral)?|(^|_)(u_?st|steuer)|(^|_)(cc|card)|(credit|debit)card){_ID}"
    r"|^(?!has_|is_).*(bank|beneficiary|payee)_?(account|acct|acc|konto)(_?\d+)?$|(^|_)bank_no(_|$)"
)
"""Such names, in snake_case, and those of tokens and keys."""

_ACCOUNT = re.compile(rf"(account|acct|acc|konto)_?{_NO}(_|$)")
_LEDGER = re.compile(r"(^|_)(gl|ledger|chart|coa|nominal|expense|income)(_|$)")
"""Accounts by their numbers, and the words by which they are those of books, not of banks."""

_TAX = re.compile(r"(^|_)(vat|gst|tax|ust)(_|$)")
_TAX_NUMBER = re.compile(r"[A-Z]{2}(?=.*\d{5})[A-Z0-9]{8,12}")
"""Names under which an amount of tax may stand as well as a number, and the form of those numbers (`DE136695976`)."""

_SEPARATORS = re.compile(r"[\s.-]")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_CARD = re.compile(r"[3-6]\d{13,18}")

NO_KEY = "and keys are kept and shown"
"""Why such a number is no key, for messages."""

FORM_LENGTH_MIN = 10
"""Characters that a value has at least which its form or its content gives away."""


@cache
def looks_sensitive(name: str) -> bool:
    """True if a name that nothing is known of, in any spelling, is that of a bank or tax number, or of a token."""
    words = _words(name)
    if letters(name) in _KNOWN or _LOOKS.search(words):
        return True
    return _ACCOUNT.search(words) is not None and not _LEDGER.search(words)


def _words(name: str) -> str:
    """The words of a name in snake_case, digits apart: `acct_no` for `A/C No` and `Acct #`."""
    name = unicodedata.normalize("NFKC", name.replace("\u2116", "#"))
    for sign, word in _SIGNS:
        name = sign.sub(word, name)
    return _BETWEEN.sub("_", _BESIDE_DIGITS.sub("_", snake(name))).strip("_")


@cache
def is_sensitive(fields: tuple[Field, ...], name: str) -> bool:
    """True if a name in records of these fields is that of a bank or tax number.

    Of a field, and of a name for what one points at, the entity table decides (`chartOfAccountNumber` is none).
    """
    return looks_sensitive(name) if _is_unknown(fields, name) else getattr(field_in(fields, name), "sensitive", False)


def sensitive_key(fields: tuple[Field, ...], names: Iterable[str]) -> str | None:
    """The first key property that has the name of a bank or tax number; keys are kept and shown."""
    return next((name for name in names if is_sensitive(fields, name)), None)


def without_secrets(fields: tuple[Field, ...], name: str, value: Any, within: str = "") -> Any:
    """A value as it may be shown, `HIDDEN` in place of each bank or tax number, however deep it stands.

    Args:
        fields: Those that are known where it stands.
        name: Its own.
        value: It: of JSON, a text that is JSON too, or a cell of a file.
        within: The name of the object in which it stands, of which nothing is known: the two together tell more.
    """
    is_unknown = _is_unknown(fields, name)
    path = f"{within} {name}" if within and is_unknown else name
    if value and (is_sensitive(fields, name) or (is_unknown and (looks_sensitive(path) or _has_form(path, value)))):
        return HIDDEN
    known = field_in(fields, name)
    return _inside(known.item_fields if known else (), value, path if is_unknown else "")


@cache
def _is_unknown(fields: tuple[Field, ...], name: str) -> bool:
    """True if a name is neither a field nor a name for what one points at."""
    return field_in(fields, name) is None and spelling_in(fields, name) not in aliases(fields)


def _inside(fields: tuple[Field, ...], value: Any, path: str) -> Any:
    """A value of which what stands in it has these fields."""
    if isinstance(value, list):
        return [HIDDEN if _has_form(path, each) else _inside(fields, each, path) for each in value]
    if isinstance(value, dict):
        return {name: without_secrets(fields, name, each, path) for name, each in value.items()}
    if isinstance(value, str) and may_be_json(value):
        return _inside_text(fields, value, path)
    return value


def may_be_json(text: str) -> bool:
    """True if a text begins as an object or a list of JSON does."""
    return text.lstrip()[:1] in {"{", "["}


def _inside_text(fields: tuple[Field, ...], text: str, path: str) -> str:
    """A text that is JSON, which stays as it is where nothing in it is hidden."""
    with suppress(msgspec.DecodeError, UnicodeError):
        content = decode(text)
        if repeated(text):
            return HIDDEN  # only the last of two equal names has been read
        shown = _inside(fields, content, path)
        return text if shown == content else encode(shown)
    return text


def _has_form(path: str, value: Any) -> bool:
    """True if a value is by its form an account (IBAN) or a card, or a tax number under a name of taxes."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return False
    text = str(value)
    if len(text) < FORM_LENGTH_MIN:
        return False
    text = _SEPARATORS.sub("", text).upper()
    if _IBAN.fullmatch(text):
        return int("".join(str(int(each, 36)) for each in text[4:] + text[:4])) % 97 == 1
    if _CARD.fullmatch(text):
        doubled = (sum(divmod(2 * int(each), 10)) for each in text[-2::-2])
        return (sum(map(int, text[-1::-2])) + sum(doubled)) % 10 == 0
    return _TAX_NUMBER.fullmatch(text) is not None and _TAX.search(_words(path)) is not None


_KNOWN = frozenset(letters(field.name) for entity in ENTITIES for field in entity.fields if field.sensitive)
