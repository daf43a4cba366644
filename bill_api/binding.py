"""Which answer belongs to which element of a write: by its place, unless what it holds says otherwise.

Order is what ties an answer to its element (inferred). So each stored object is held against the element in its place:
the id of what is changed, the kind of object, and of a create what BILL tells objects apart by. A place that is proven
wrong once says nothing of the others either: then every element of the call is in doubt.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any

from bill_api.entities import BY_NAME, ENTITIES
from bill_api.identity import natural_key, owners_of
from bill_api.lookup import differences

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_api.entity import Entity

    Object = Mapping[str, Any]

PREFIX = 3
"""Characters of an id that tell its kind (seen in clients)."""


def misplaced(entity: Entity, sent: Sequence[Object], stored: Sequence[Object | None]) -> str | None:
    """Reason for which answers cannot belong to the elements in their places; None when they can.

    Args:
        entity: What was written.
        sent: The object of each element, with its `id` unless it is a create.
        stored: The object that BILL answers in the place of each, with an `id`; None where it answers none.
    """
    pairs = [(obj, answer) for obj, answer in zip(sent, stored, strict=True) if answer is not None]
    created = [pair for pair in pairs if "id" not in pair[0]]
    ids = Counter(answer["id"] for _, answer in created)
    if twice := next((bill_id for bill_id, times in ids.items() if times > 1), None):
        return f"the id {twice} for several elements"
    is_alone = len(sent) == 1
    reasons = (_contradiction(entity, obj, answer, is_alone=is_alone) for obj, answer in pairs)
    return next(filter(None, reasons), None) or _swapped(entity, created)


def _contradiction(entity: Entity, obj: Object, answer: Object, *, is_alone: bool) -> str | None:
    if kind := _other_kind(entity, answer):
        return f"an object of {kind} for one of {entity.name}"
    if "id" in obj:
        return None if answer["id"] == obj["id"] else f"{answer['id']} for {obj['id']}"
    for mark in (_key, _owner):
        own, other = mark(entity, obj), mark(entity, answer)
        if own and own != other and (other or not is_alone):
            return f"{answer['id']}, which is {'another than was sent' if other else 'not told from the others'}"
    return None


def _other_kind(entity: Entity, answer: Object) -> str | None:
    """The entity that an answer belongs to, by what it says or by how its id begins, when it is another one."""
    kind = answer.get("entity")
    if isinstance(kind, str) and kind != entity.name and kind in BY_NAME:
        return kind
    names = _by_prefix().get(answer["id"][:PREFIX])
    return None if names is None or entity.name in names or entity.id_prefix is None else " or ".join(names)


@cache
def _by_prefix() -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for each in ENTITIES:
        if each.id_prefix:
            found.setdefault(each.id_prefix, []).append(each.name)
    return found


def _key(entity: Entity, obj: Object) -> str | None:
    """The key, loosened: a text may come back in another form."""
    return natural_key(entity).near(entity, obj)


def _owner(entity: Entity, obj: Object) -> str | None:
    return owners_of(entity, obj) if all(obj.get(name) for name in entity.owners) else None


def _swapped(entity: Entity, pairs: Sequence[tuple[Object, Object]]) -> str | None:
    """Of objects that are nearly alike: an answer that holds another element than its own."""
    alike: defaultdict[str | None, list[Object]] = defaultdict(list)
    for obj, _ in pairs:
        alike[_mark(entity, obj)].append(obj)
    for obj, answer in pairs:
        others = [each for each in alike[_mark(entity, obj)] if each is not obj]
        if others and not _holds(entity, obj, answer) and any(_holds(entity, each, answer) for each in others):
            return f"{answer['id']} with the content of another element"
    return None


def _mark(entity: Entity, obj: Object) -> str | None:
    return _key(entity, obj) or _owner(entity, obj)


def _holds(entity: Entity, obj: Object, answer: Object) -> bool:
    return not differences(entity.fields, obj, answer)
