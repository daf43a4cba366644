"""The object that has the number which BILL refused a create for: it may be the very one that was to be made.

A duplicate number is refused with one of two codes (live: section 7, 16), and clients look the document up and take it
for theirs (live: section 16, 2). An earlier run may have made it, another writer, or the refused call itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_api.doubt.fate import Fate, Finding
from bill_api.identity.differences import differences
from bill_api.identity.keys import natural_key
from bill_api.reading.pages import in_turn, pages_by_id
from bill_api.table.entity import INACTIVE, LIST_LIMIT, is_active
from bill_api.table.fields import Filterable
from bill_api.table.kinds import is_empty
from bill_api.table.paths import of_list
from bill_api.table.query import Filter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bill_api.client import BillClient
    from bill_api.table.entity import Entity

    Object = Mapping[str, Any]


def holder_of(client: BillClient, entity: Entity, sent: Object) -> Finding:
    """The object that BILL holds under the natural key of what was sent: vendor and number, or the number alone.

    Args:
        client: BILL.
        entity: What was to be created.
        sent: The object of the create.

    Returns:
        Adopted where it holds all that was sent; unclear where it differs, or is deleted; absent where none is found,
        or none can be asked for.

    Raises:
        BillError: BILL cannot be asked.
    """
    key = natural_key(entity)
    own = key.of(entity, sent)
    found = [row for row in _asked(client, entity, sent) if key.of(entity, row) == own] if own is not None else []
    if not found:
        return Finding(fate=Fate.ABSENT)
    rows = [(row, _differing(entity, sent, row)) for row in found]
    row, differing = min(rows, key=lambda each: (bool(each[1]), not is_active(each[0])))
    return Finding(fate=Fate.UNCLEAR if differing else Fate.ADOPTED, obj=row, differing=differing)


def _asked(client: BillClient, entity: Entity, sent: Object) -> Iterator[Object]:
    """The objects that agree with what was sent in the parts of its key that a List can filter by."""
    fields = [entity.by_name[name] for name in natural_key(entity).fields]
    filters = tuple(
        Filter(field.name, "=", str(sent[field.name]))
        for field in fields
        if field.filterable is not Filterable.NO_EVIDENCE and not is_empty(sent.get(field.name))
    )
    if not filters:
        return
    nested = bool(entity.children)
    pages = pages_by_id(
        in_turn(lambda query: client.list_page(entity, query)),
        page_size=LIST_LIMIT,
        nested=nested,
        filters=filters,
        lengths=client.page_lengths[nested],
    )
    for page in of_list(entity, pages):
        yield from page


def _differing(entity: Entity, sent: Object, row: Object) -> tuple[str, ...]:
    names = differences(entity.fields, sent, row)
    is_gone = not is_active(row) and sent.get("isActive") != INACTIVE
    return tuple(dict.fromkeys([*(["isActive"] if is_gone else []), *names]))
