"""Names of bank and tax numbers, whoever spells them: what they hold stands in no column, reject or table by itself."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from bill_api.entities import ENTITIES
from bill_api.identity.references import aliases
from bill_api.identity.spelled import field_in, spelling_in
from bill_api.table.entity import snake
from bill_values.spelling import letters

if TYPE_CHECKING:
    from bill_api.table.fields import Field

_BETWEEN = re.compile(r"[\W_]+")
_LOOKS = re.compile(
    r"iban|swift|routing|(^|_)(bic|ssn|ein|tin|pin|cvv|cvc)(_|$)|sort_?code|social_security|passport|password|secret|token"
    r"|(account|acct|acc|card)_?(number|num|no|nbr)(_|$)|(tax|vat|gst)_?(payer)?_?(id|number|num|no|identi\w*)"
)
"""Such names, in snake_case, and those of tokens."""


@cache
def looks_sensitive(name: str) -> bool:
    """True if a name that nothing is known of, in any spelling, is that of a bank or tax number, or of a token."""
    return letters(name) in _KNOWN or _LOOKS.search(_BETWEEN.sub("_", snake(name))) is not None


@cache
def is_sensitive(fields: tuple[Field, ...], name: str) -> bool:
    """True if a name in records of these fields is that of a bank or tax number.

    Of a field, and of a name for what one points at, the entity table decides (`chartOfAccountNumber` is none).
    """
    known = field_in(fields, name)
    if known is not None:
        return known.sensitive
    return spelling_in(fields, name) not in aliases(fields) and looks_sensitive(name)


_KNOWN = frozenset(letters(field.name) for entity in ENTITIES for field in entity.fields if field.sensitive)
