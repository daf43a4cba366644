"""A record's claim on an object of BILL, references unresolved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_api.identity.keys import part
from bill_api.identity.suspects import amount_of, number_of
from bill_api.table.kinds import is_empty

if TYPE_CHECKING:
    from bill_api.identity.keys import ObjectKey
    from target_bill.model.document import Document


def claim_of(document: Document, key: ObjectKey) -> Any:
    """The claim of a document; None for none.

    It has the parts of its object key, its own id, and the parts of its owner with its amount, day and loosened number,
    by which it may be there twice; references are unresolved.

    Args:
        document: What claims.
        key: How objects of its entity are told apart.
    """
    parts: list[Any] | None = None
    if key.is_unique and not document.is_deleted:
        parts = [_part(document, name) for name in key.fields]
        if any(not each and name not in document.entity.roots for name, each in zip(key.fields, parts, strict=True)):
            parts = None
    alike = None if document.is_deleted else _alike(document)
    return None if parts is None and document.own_id is None and alike is None else [parts, document.own_id, alike]


def _alike(document: Document) -> Any:
    amount = amount_of(document.entity, document.body)
    if amount is None:
        return None
    owners = [_part(document, name) for name in document.entity.owners]
    return [owners, *amount, number_of(document.entity, document.body)]


def _part(document: Document, name: str) -> Any:
    value = document.body.get(name)
    if not is_empty(value):
        return part(document.entity.by_name[name], value)
    links = (each for each in document.links if each.line is None and each.field.name == name)
    return [[each.name, each.value] for each in links if not each.is_check]
