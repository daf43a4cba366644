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
from bill_api.identity.differences import differences
from bill_api.identity.keys import natural_key, owners_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_api.table.entity import Entity

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
    created = [_Created(entity, *pair) for pair in pairs if "id" not in pair[0]]
    ids = Counter(each.answer["id"] for each in created)
    if twice := next((bill_id for bill_id, times in ids.items() if times > 1), None):
        return f"the id {twice} for several elements"
    is_alone = len(sent) == 1
    reasons = (
        *(_other_kind(entity, answer) or _other_id(obj, answer) for obj, answer in pairs),
        *(each.contradiction(is_alone=is_alone) for each in created),
    )
    return next(filter(None, reasons), None) or _swapped(created)


class _Created:
    """An element of a create, and what is answered in its place."""

    def __init__(self, entity: Entity, obj: Object, answer: Object) -> None:
        self._entity = entity
        self.obj = obj
        self.answer = answer
        self._key, self._owner = _key(entity, obj), _owner(entity, obj)

    @property
    def mark(self) -> str | None:
        """The same for elements that are nearly alike."""
        return self._key or self._owner

    def contradiction(self, *, is_alone: bool) -> str | None:
        """The sign that the answer belongs to another element."""
        for own, mark, names in (
            (self._key, _key, natural_key(self._entity).fields),
            (self._owner, _owner, self._entity.owners),
        ):
            if not own or all(self.obj.get(name) == self.answer.get(name) for name in names):
                continue
            other = mark(self._entity, self.answer)
            if own != other and (other or not is_alone):
                difference = "another than was sent" if other else "not told from the others"
                return f"{self.answer['id']}, which is {difference}"
        return None

    def holds(self, obj: Object) -> bool:
        """True if the answer has what an element says."""
        return not differences(self._entity.fields, obj, self.answer)


def _other_id(obj: Object, answer: Object) -> str | None:
    if "id" not in obj or answer["id"] == obj["id"]:
        return None
    return f"{answer['id']} for {obj['id']}"


def _other_kind(entity: Entity, answer: Object) -> str | None:
    """The entity that an answer belongs to, by what it says or by how its id begins, when it is another one."""
    kind, names = answer.get("entity"), _by_prefix().get(answer["id"][:PREFIX])
    if isinstance(kind, str) and kind != entity.name and kind in BY_NAME:
        other = kind
    elif names is None or entity.name in names or entity.id_prefix is None:
        return None
    else:
        other = " or ".join(names)
    return f"an object of {other} for one of {entity.name}"


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


def _swapped(created: Sequence[_Created]) -> str | None:
    """Of elements that are nearly alike: an answer that holds another element than its own."""
    alike: defaultdict[str | None, list[Object]] = defaultdict(list)
    for each in created:
        alike[each.mark].append(each.obj)
    for each in created:
        others = [obj for obj in alike[each.mark] if obj is not each.obj]
        if others and not each.holds(each.obj) and any(map(each.holds, others)):
            return f"{each.answer['id']} with the content of another element"
    return None
