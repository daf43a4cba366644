"""Changes of an object against what BILL holds: which fields and lines differ, as a body and as words for a person.

If two values are the same is decided by `bill_api.identity.differences`, as for everything that is written. Lines are
told apart by their ids: one that is not there any more is removed, one without an id is new.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bill_api.errors import RefusedError
from bill_api.existing.content import content_of
from bill_api.identity.differences import differences
from bill_api.table.entity import TIME, is_active
from bill_api.table.kinds import RefusedValueError, is_empty, same, shown
from bill_api.table.kinds import read as value_read
from bill_cli.typed.option_values import WrongTextError
from bill_values.visible import HIDDEN, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field

TELLING_STATE = ("amount", "approvalStatus", "paymentStatus")
"""Fields that BILL sets, and that a person looks at before a change or a decision."""

EMPTY = "(empty)"
NOT_READ = "(not read)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The changes of one object.

    Attributes:
        obj: Its id and the fields that differ; of lines that differ all, each with its whole content.
        words: A line of text for each difference.
    """

    obj: Mapping[str, Any]
    words: Sequence[str] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.words)


def changes_of(entity: Entity, stored: Mapping[str, Any], wanted: Mapping[str, Any]) -> Changes:
    """The difference between an object and what it is to be.

    Args:
        entity: What it is.
        stored: As BILL gives it, with its lines.
        wanted: Fields as BILL wants them (`value_of`); those that it does not name stay.

    Raises:
        WrongTextError: A line has the id of none that BILL holds.
    """
    lines = entity.lines
    plain = {name: value for name, value in wanted.items() if name != "id" and not (lines and name == lines.name)}
    known = _differing(entity.fields, plain, stored)
    # Keys that our table does not know are compared as they are.
    names = [*known, *(each for each in plain if each not in entity.by_name and plain[each] != stored.get(each))]
    obj: dict[str, Any] = {"id": stored["id"], **{name: plain[name] for name in names}}
    words = [_told(entity.by_name.get(name), name, stored.get(name), plain[name]) for name in names]
    if lines is not None and lines.name in wanted:
        given = wanted[lines.name] or []
        told = list(_line_words(lines, stored.get(lines.name) or [], given))
        if told:
            obj[lines.name] = _whole_lines(entity, lines, stored, given)
            words += told
    return Changes(obj=obj, words=words)


def changes_since(
    entity: Entity, before: Mapping[str, Any], stored: Mapping[str, Any], wanted: Mapping[str, Any]
) -> Changes:
    """The changes that a person has made to what BILL had; what somebody else has changed since then stays.

    Args:
        entity: What it is.
        before: As BILL had it, as far as it was written down.
        stored: As BILL has it.
        wanted: As of `changes_of`.

    Raises:
        RefusedError: Somebody else has changed the same, to something else.
        WrongTextError: As of `changes_of`.
    """
    mine = {name: wanted[name] for name in changes_of(entity, before, wanted).obj if name in wanted and name != "id"}
    theirs = [name for name in mine if _is_another(entity, name, before, stored)]
    conflicts = _differing(entity.fields, {name: mine[name] for name in theirs}, stored)
    if conflicts:
        told = "; ".join(_theirs(entity, name, before, stored) for name in conflicts)
        raise RefusedError(
            f"somebody else has changed {told} since it was opened: nothing was sent. Edit it anew, and bring over "
            "what is to stay of the file that is kept"
        )
    # What is there already, lines too, is done: a new line has an id by now, and would become one more.
    return changes_of(entity, stored, {name: value for name, value in mine.items() if name not in theirs})


def _theirs(entity: Entity, name: str, before: Mapping[str, Any], stored: Mapping[str, Any]) -> str:
    """The changes of somebody else, with both values; of lines only that they are others."""
    if entity.lines is not None and name == entity.lines.name:
        return name
    return _told(entity.by_name.get(name), name, before.get(name), stored.get(name))


def _is_another(entity: Entity, name: str, before: Mapping[str, Any], stored: Mapping[str, Any]) -> bool:
    """True if a field has changed in BILL."""
    lines = entity.lines
    if lines is None or name != lines.name:
        return bool(_differing(entity.fields, {name: stored.get(name)}, before))
    fields = [each.name for each in lines.item_fields if not (each.read_only or each.sensitive)]
    now = [{"id": each.get("id"), **{one: each.get(one) for one in fields}} for each in stored.get(name) or []]
    try:
        return bool(list(_line_words(lines, before.get(name) or [], now)))
    except WrongTextError:  # a line that was not there
        return True


def unread_changes(entity: Entity, wanted: Mapping[str, Any]) -> Changes:
    """All that is wanted of an object that this user may change, and not read."""
    names = [name for name in wanted if name not in {"id", "entity"}]
    words = [f"{name}: {NOT_READ} -> {_new(entity.by_name.get(name), wanted[name])}" for name in names]
    return Changes(obj=wanted, words=words)


def refusals(entity: Entity, stored: Mapping[str, Any], told: Mapping[str, Any]) -> list[str]:
    """The reasons for which a row cannot be sent: fields that BILL sets, and that are not as BILL has them.

    Args:
        entity: What it is.
        stored: As BILL gives it.
        told: Those fields, as a file has them.
    """
    changed = [
        entity.by_name[name]
        for name, given in told.items()
        if not _says_nothing(given) and not _is_as_told(entity.by_name[name], given, stored.get(name))
    ]
    if TIME in {each.name for each in changed}:
        before, now = visible(str(told[TIME])), visible(str(stored.get(TIME)))
        why = f"`{TIME}` is {before}, and {now} in BILL: it was changed there since the file was written"
        return [f"{why}. List it anew; or take the column out, to send the row all the same"]
    return [_why_unsent(each, told[each.name], stored.get(each.name)) for each in changed]


def _is_as_told(field: Field, given: Any, stored: Any) -> bool:
    try:
        value = value_read(field, given)
    except RefusedValueError:
        value = given
    return same(field, value, stored)


def _why_unsent(field: Field, given: Any, stored: Any) -> str:
    if not field.read_only:
        return f"`{field.name}`: a masked number, as BILL shows it, and another one than BILL has; give the full one"
    if field.sensitive:
        return f"`{field.name}` is set by BILL and cannot be changed"
    has = visible(shown(field, stored)) or EMPTY
    return f"`{field.name}` is set by BILL and cannot be changed: {visible(str(given))}, and {has} in BILL"


class ChangedSinceError(RefusedError):
    """An object was changed since a person looked at it; nothing was sent for it."""


def changed_meanwhile(entity: Entity, seen: Mapping[str, Any], now: Mapping[str, Any]) -> ChangedSinceError | None:
    """The refusal to write an object that is not as a person saw it; None if it still is."""
    if _state_of(entity, seen) == _state_of(entity, now):
        return None
    return ChangedSinceError(
        f"{seen['id']} was changed since it was looked at ({TIME} {now.get(TIME)}): nothing was sent"
    )


def _state_of(entity: Entity, obj: Mapping[str, Any]) -> Any:
    """All that tells if an object was changed: its times are those of whole seconds."""
    told = {name: obj.get(name) for name in TELLING_STATE if name in entity.by_name}
    return obj.get(TIME), is_active(obj), told, content_of(entity, obj)


def _differing(fields: Sequence[Field], wanted: Mapping[str, Any], stored: Mapping[str, Any]) -> list[str]:
    """The fields that differ; what empties a field that is empty is no difference, whatever the kind of it."""
    return [
        name
        for name in differences(fields, wanted, stored)
        if not (_says_nothing(wanted[name]) and _says_nothing(stored.get(name)))
    ]


def _says_nothing(value: Any) -> bool:
    return value is False or is_empty(value)


def _told(known: Field | None, name: str, old: Any, new: Any) -> str:
    is_hidden = known is not None and known.sensitive
    return f"{name}: {HIDDEN if is_hidden else visible(shown(known, old)) or EMPTY} -> {_new(known, new)}"


def _new(known: Field | None, value: Any) -> str:
    if known is not None and known.sensitive:
        return HIDDEN if value else EMPTY
    return visible(shown(known, value)) or EMPTY


def in_order(lines: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The lines as BILL numbers them: an answer may have them in another order."""
    return sorted(lines, key=lambda each: each.get("lineOrder") or 0)


def _line_words(
    array: Field, stored: Sequence[Mapping[str, Any]], wanted: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    held = {str(each.get("id")): (number, each) for number, each in enumerate(in_order(stored), 1)}
    seen: set[str] = set()
    for number, line in enumerate(wanted, 1):
        bill_id = line.get("id")
        if not bill_id:
            yield f"{array.name}, new line {number}: {_content(array, line)}"
            continue
        if bill_id in seen or bill_id not in held:
            why = "stands there twice" if bill_id in seen else "is none of BILL's; a new line has no `id`"
            raise WrongTextError(f"`{array.name}`, line {number}: the id {bill_id} {why}")
        seen.add(bill_id)
        place, old = held[bill_id]
        named = {known.name: known for known in array.item_fields}
        for name in _differing(array.item_fields, line, old):
            yield f"{array.name}, line {place}, {_told(named[name], name, old.get(name), line[name])}"
    for bill_id, (place, old) in held.items():
        if bill_id not in seen:
            yield f"{array.name}, line {place} removed: {_content(array, old)}"
    kept = [str(each["id"]) for each in wanted if each.get("id")]
    if kept != [each for each in held if each in seen]:
        yield f"{array.name}: in another order"


def _content(array: Field, line: Mapping[str, Any]) -> str:
    """A line in words: what can be written of it."""
    parts = [
        f"{known.name} {HIDDEN if known.sensitive else visible(shown(known, line[known.name]))}"
        for known in array.item_fields
        if not known.read_only and known.name != "entity" and not _says_nothing(line.get(known.name))
    ]
    return ", ".join(parts) or EMPTY


def _whole_lines(
    entity: Entity, array: Field, stored: Mapping[str, Any], wanted: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The lines as they are sent: what a line does not name stays as it is."""
    kept = content_of(entity, stored).get(array.name, [])
    ids = [str(each.get("id")) for each in stored.get(array.name) or []]
    content = dict(zip(ids, kept, strict=True))
    made = []
    for line in wanted:
        bill_id = line.get("id")
        before = {"id": bill_id, **content[bill_id]} if bill_id else {}
        says = {"entity": array.item_entity} if array.item_entity else {}
        made.append({**says, **before, **{name: value for name, value in line.items() if name != "id" or value}})
    return made
