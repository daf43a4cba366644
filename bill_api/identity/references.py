"""Names by which a record refers to another without its BILL id: `vendorName` in place of `vendorId`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_api.entities import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field

NAME = "Name"
"""The suffix of references by a plain name (`vendorName`), of which paths through trees are made too."""


SHORT: Mapping[str, str] = MappingProxyType(
    {"ChartOfAccount": "Account", "ActgClass": "Class", "PaymentTerm": "Term", "users": "user"}
)
"""The words of people for what BILL calls otherwise, within the names of fields."""


CALLED_BY: Mapping[str, tuple[tuple[str, ...], ...]] = MappingProxyType(
    {
        "User": (("email",), ("firstName", "lastName")),
        "Profile": (("name",),),
        "CustomerContact": (("firstName", "lastName"), ("email",)),
        "SentPay": (("txnNumber",),),
        "ReceivedPay": (("refNumber",),),
    }
)
"""The ways in which people call what records never name, and what has no number as documents have one."""


OWNING = ("Vendor", "Customer")
"""The entities whose objects have documents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One way to name the record that an id field points at.

    Attributes:
        field: The field that takes BILL's id.
        alias: The key that stands in for it.
        entity: What it points at.
        suffix: What the alias ends with, a key of the entity's lookups.
        by: The fields of that entity that hold the alias's text, joined by a blank.
    """

    field: Field
    alias: str
    entity: Entity
    suffix: str
    by: tuple[str, ...]


def references(fields: tuple[Field, ...]) -> tuple[Reference, ...]:
    """Every alias of these fields, in their order; read-only fields have none, for nobody sends them."""
    return tuple(
        Reference(field=field, alias=field.name.removesuffix("Id") + suffix, entity=entity, suffix=suffix, by=by)
        for field in fields
        if not field.read_only and (entity := BY_NAME.get(field.references or ""))
        for suffix, by in entity.lookups.items()
    )


@cache
def aliases(fields: tuple[Field, ...]) -> Mapping[str, Reference]:
    """References by their alias."""
    return MappingProxyType({each.alias: each for each in references(fields)})


@cache
def short_words(fields: tuple[Field, ...]) -> Mapping[str, Field]:
    """The fields that point at an object, by the word that people have for it: `vendor`, `account`, `parent`.

    A word takes a name, a number or an id. It is the field's name without `Id`, with the words of `SHORT`; the parent
    in a tree is `parent` whatever it is. Read-only fields have words too: people ask for what they cannot write.
    """
    known = {each.name for each in fields}
    words = {short_word(each): each for each in fields if each.references in BY_NAME}
    return MappingProxyType({word: each for word, each in words.items() if word not in known or word == each.name})


def short_word(field: Field) -> str:
    """The word of people for what a field points at, whoever writes it: `account` for `chartOfAccountId`."""
    word = field.name.removesuffix("Id")
    if word == f"parent{field.references}":
        return "parent"
    for long, short in SHORT.items():
        begin = long[0].lower() + long[1:]
        word = short[0].lower() + short[1:] if word == begin else word.replace(long, short)
    return word


def names_of(entity: Entity, obj: Mapping[str, Any]) -> dict[str, str]:
    """Names by which other records may call an object, by the suffix of the reference."""
    found = {}
    for suffix, fields in entity.lookups.items():
        if shown := joined_in(fields, obj):
            found[suffix] = shown
    return found


def numbers_of(entity: Entity) -> tuple[tuple[str, ...], ...]:
    """The fields by which people call an object that has no lookups: the number of a document, the address of a user.

    Each way has the fields that are joined by a blank.
    """
    return ((entity.number,),) if entity.number else CALLED_BY.get(entity.name, ())


def called(entity: Entity, obj: Mapping[str, Any]) -> str:
    """The name or number that people know an object by; empty where it has neither."""
    ways = (*entity.lookups.values(), *numbers_of(entity))
    return next(filter(None, (joined_in(way, obj) for way in ways)), "")


def owner_of(entity: Entity) -> Field | None:
    """The reference of a document to its vendor or customer."""
    return next((each for each in entity.fields if each.references in OWNING and each.references != entity.name), None)


def joined_in(way: tuple[str, ...], obj: Mapping[str, Any]) -> str:
    """The texts of these fields of an object, joined by a blank."""
    return " ".join(str(obj[each]) for each in way if obj.get(each) is not None).strip()
