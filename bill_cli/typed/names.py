"""The objects that people mean: by an id, a name, or the number of a document.

Names are decided by `ExistingObjects`, as for target-bill: one meaning of a name, with paths, numbers and near misses.
It reads the list of an entity. A filter `name = X` would be cheaper and may disagree with it: whether BILL compares
case is unknown, so that it could give one of two vendors that differ in case only, where both are meant alike. A List
of less than 999 rows is two calls, for BILL may give short pages.

Numbers of documents are told apart to the letter, so that BILL can look for one (documented for bills and invoices).
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click

from bill_api.entities import BY_NAME, ENTITIES
from bill_api.errors import REFUSES_ALL
from bill_api.existing.objects import SIMILAR_SHOWN, ExistingObjects
from bill_api.identity.keys import natural_key
from bill_api.identity.references import OWNING, joined_in, names_of, numbers_of, owner_of
from bill_api.reading.pages import in_turn, pages_by_id
from bill_api.table.entity import LIST_LIMIT, Operation, is_active
from bill_api.table.fields import Filterable
from bill_api.table.kinds import ID_FORM, comparable, shown
from bill_api.table.paths import of_list
from bill_api.table.query import Filter
from bill_cli.showing.names import called_in
from bill_cli.typed.resources import name_of
from bill_values.spelling import canonical, clean, folded
from bill_values.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bill_api.client import BillClient
    from bill_api.errors import RefusedError
    from bill_api.table.entity import Entity

    Object = Mapping[str, Any]

TELLING = ("amount", "invoiceDate", "creditDate", "processDate", "paymentDate")
"""The fields that tell people which of several objects is which, beside what they are called by."""

CANDIDATES_MAX = 10
"""Objects that are shown where a name means several."""


def object_id(client: BillClient, entity: Entity, text: str, *, owner: str | None = None) -> str:
    """The id of the object that a person means.

    Args:
        client: BILL; one of a dry run is not asked, and the answer is words in place of an id.
        entity: What it is.
        text: Its id, which costs no call; or its name, or the number of a document.
        owner: The vendor or customer of the document, by name or id.

    Raises:
        click.UsageError: There is none, or more than one; the message has what may be meant.
        BillError: BILL cannot be asked.
    """
    return Names(client).id_of(entity, text, owner=owner)


def owner_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """--vendor and --customer: whose the document is."""
    for entity in reversed(OWNING):
        word = entity.lower()
        option = click.option(f"--{word}", metavar="NAME-OR-ID", help=f"The {word} of the document with this number.")
        function = option(function)
    return function


def owner_given(entity: Entity, texts: Sequence[str], vendor: str | None, customer: str | None) -> str | None:
    """The owner that `--vendor` or `--customer` names.

    Args:
        entity: What is looked for.
        texts: What was typed for it.
        vendor: `--vendor`.
        customer: `--customer`.

    Raises:
        click.UsageError: The entity has no such owner, or nothing was typed that it could tell apart.
    """
    field = owner_of(entity)
    for name, text in zip(OWNING, (vendor, customer), strict=True):
        if text is None:
            continue
        if field is None or field.references != name:
            raise click.UsageError(f"--{name.lower()}: {entity.stream} have no {name.lower()}")
        if all(is_id_of(entity, each) for each in texts):
            raise click.UsageError(
                f"--{name.lower()} tells apart what has the same number: beside an id it says nothing"
            )
    return vendor or customer


def is_id_of(entity: Entity, text: str) -> bool:
    """True for a text that is written as the ids of this entity are."""
    return bool(ID_FORM.fullmatch(text)) and (entity.id_prefix is None or text.startswith(entity.id_prefix))


@dataclass(frozen=True, slots=True, kw_only=True)
class MeantObject:
    """An object that a text may mean.

    Attributes:
        obj: As far as it was read.
        called: What people call it.
    """

    bill_id: str
    is_active: bool
    called: str
    obj: Object


class Names:
    """Looks objects up by what people call them; each list is read once.

    Args:
        client: BILL.
    """

    def __init__(self, client: BillClient) -> None:
        self._client = client
        self._existing = ExistingObjects(client, natural_key, at_once=1)

    def id_of(
        self,
        entity: Entity,
        text: str,
        *,
        owner: str | None = None,
        suffix: str | None = None,
        is_deleted: bool = False,
    ) -> str:
        """The id of the object that a text means.

        Args:
            entity: What it is.
            text: Its id, its name, or its number.
            owner: The vendor or customer of a document.
            suffix: The one way in which it is called, a key of the entity's lookups: then it is no id.
            is_deleted: It is looked for among the deleted ones.

        Raises:
            click.UsageError: There is none, or more than one.
        """
        text = text.strip()
        if suffix is None and is_id_of(entity, text):
            return text
        if not text:
            raise click.UsageError(f"the name or id of a {name_of(entity)} is empty")
        if not (entity.lookups or numbers_of(entity)):
            return _only_id(entity, text)
        if self._client.is_dry:
            return f'(id of {name_of(entity)} "{text}")'
        found = self._candidates(entity, text, owner, suffix)
        right = [each for each in found if each.is_active is not is_deleted]
        if len(right) == 1:
            return right[0].bill_id
        if right:
            raise click.UsageError(self._several(entity, text, found, owner))
        # An id of a kind that the table does not know: BILL says if it has it.
        if not found and suffix is None and entity.id_prefix and ID_FORM.fullmatch(text) and not _others(entity, text):
            return text
        raise click.UsageError(self._none(entity, text, found, owner, suffix, is_deleted=is_deleted))

    def close(self) -> None:
        """Forget what was read."""
        self._existing.close()

    def _candidates(self, entity: Entity, text: str, owner: str | None, suffix: str | None) -> list[MeantObject]:
        try:
            if entity.lookups:
                return list(self._named(entity, text, suffix))
            return list(self._numbered(entity, text, self._owner_id(entity, owner)))
        except REFUSES_ALL as refusal:
            raise _unreadable(entity, text, refusal) from None

    def _named(self, entity: Entity, text: str, suffix: str | None) -> Iterator[MeantObject]:
        """All that are called so, active ones first; a name and a number count alike."""
        refusal = self._existing.ensure(entity)
        if refusal is not None:
            raise _unreadable(entity, text, refusal)
        suffixes = [suffix] if suffix else list(entity.lookups)
        for look in (self._existing.named, self._existing.inactive):
            for bill_id in sorted({each for way in suffixes for each in look(entity, way, text)}):
                stored = self._existing.seen(entity, bill_id)
                obj = stored.content if stored else {}
                called = self._existing.path_of(entity, bill_id) or self._existing.name_of(entity, bill_id) or text
                yield MeantObject(bill_id=bill_id, is_active=look == self._existing.named, called=called, obj=obj)

    def _owner_id(self, entity: Entity, owner: str | None) -> str | None:
        if owner is None:
            return None
        field = owner_of(entity)
        if field is None:
            raise click.UsageError(f"{entity.stream} have neither vendor nor customer")
        return self.id_of(BY_NAME[str(field.references)], owner)

    def _numbered(self, entity: Entity, text: str, owner_id: str | None) -> Iterator[MeantObject]:
        """All that have this number, as far as BILL can look for it; the rest is looked through here."""
        for way in numbers_of(entity):
            only = entity.by_name[way[0]]
            can_ask = len(way) == 1 and only.filterable is not Filterable.NO_EVIDENCE
            filters = (Filter(only.name, "=", clean(text)),) if can_ask else ()
            found = [row for row in self._rows(entity, filters, owner_id) if _is_called(entity, way, row, text)]
            if found:
                yield from sorted((_candidate(way, row) for row in found), key=lambda each: not each.is_active)
                return

    def _rows(self, entity: Entity, filters: tuple[Filter, ...], owner_id: str | None) -> Iterator[Object]:
        owner = owner_of(entity)
        if owner and owner_id:
            filters = (*filters, Filter(owner.name, "=", owner_id))
        pages = pages_by_id(
            in_turn(lambda query: self._client.list_page(entity, query)),
            page_size=LIST_LIMIT,
            nested=False,
            filters=filters,
            lengths=self._client.page_lengths[False],
        )
        for page in of_list(entity, pages):
            yield from (row for row in page if not (owner and owner_id) or row.get(owner.name) == owner_id)

    # What is said

    def _none(
        self,
        entity: Entity,
        text: str,
        others: Sequence[MeantObject],
        owner: str | None,
        suffix: str | None,
        *,
        is_deleted: bool,
    ) -> str:
        said = f'no {"deleted " if is_deleted else ""}{name_of(entity)} is called "{visible(text)}"'
        if others:
            return _in_other_state(entity, text, others, is_deleted=is_deleted)
        if other := next(iter(_others(entity, text)), None):
            return f"{said}; it looks like the id of a {other}"
        near = self._near(entity, text, owner, suffix)
        if near:
            return f"{said}; did you mean {' or '.join(_quoted(each) for each in near)}?"
        return f"{said}: `bill list {name_of(entity)}` shows what there is"

    def _near(self, entity: Entity, text: str, owner: str | None, suffix: str | None) -> list[str]:
        if entity.lookups:
            ways = [suffix] if suffix else list(entity.lookups)
            found = [each for way in ways for each in self._existing.similar(entity, way, text)]
            return list(dict.fromkeys(found))[:SIMILAR_SHOWN]
        owner_id = self._owner_id(entity, owner)
        # Of every vendor there are too many to read for a hint: BILL is asked for this number in other cases alone.
        filters = () if owner_id or not owner_of(entity) else _in_other_cases(entity, text)
        if filters is None:
            return []
        called = {
            folded(each): each
            for row in self._rows(entity, filters, owner_id)
            for way in numbers_of(entity)
            if (each := joined_in(way, row))
        }
        return [called[each] for each in get_close_matches(folded(text), called, n=SIMILAR_SHOWN)]

    def _several(self, entity: Entity, text: str, found: Sequence[MeantObject], owner: str | None) -> str:
        field = owner_of(entity)
        lines = [f'"{visible(text)}" means several {entity.stream}:']
        some = found[:CANDIDATES_MAX]
        owners = called_in(self._client, [field], [each.obj for each in some]) if field else {}
        lines += [f"  {_line(entity, each, owners)}" for each in some]
        if len(found) > CANDIDATES_MAX:
            lines.append(f"  and {len(found) - CANDIDATES_MAX} more")
        option = "" if field is None or owner else f"--{str(field.references).lower()}, or "
        return "\n".join([*lines, f"Nothing was done. Give {option}the id of the right one."])


def _line(entity: Entity, candidate: MeantObject, owners: Mapping[str, str]) -> str:
    field = owner_of(entity)
    owner = candidate.obj.get(field.name) if field else None
    telling = [name for name in TELLING if name in entity.by_name and candidate.obj.get(name) is not None]
    parts = [
        candidate.bill_id,
        candidate.called,
        *(each for each in names_of(entity, candidate.obj).values() if each != candidate.called),
        *(shown(entity.by_name[name], candidate.obj[name]) for name in telling),
        *([f"{field.references} {owners.get(owner, owner)}"] if field and owner else []),
        *([] if candidate.is_active else ["deleted"]),
    ]
    return "  ".join(map(visible, parts))


def is_shown_as(entity: Entity, obj: Object, text: str, suffix: str | None = None) -> bool:
    """True if a text says what lists show for an object, in any spelling by which names are the same.

    Args:
        entity: What it is.
        obj: As BILL gives it.
        text: A name or number.
        suffix: The one way in which it is called, as of `Names.id_of`; None for that of the lists.
    """
    ways = (entity.lookups[suffix],) if suffix else (*entity.lookups.values(), *numbers_of(entity))
    shown_by = next((each for each in ways if joined_in(each, obj)), None)
    if shown_by is None:
        return False
    if entity.lookups:
        return folded(joined_in(shown_by, obj)) == folded(text)
    return _is_called(entity, shown_by, obj, text)


def _is_called(entity: Entity, way: tuple[str, ...], row: Object, text: str) -> bool:
    if len(way) > 1:
        return folded(joined_in(way, row)) == folded(text)
    field = entity.by_name[way[0]]
    return bool(comparable(field, row.get(field.name)) == comparable(field, canonical(text)))


def _in_other_cases(entity: Entity, text: str) -> tuple[Filter, ...] | None:
    """A filter on a number as others may have typed it: in small letters, in capitals; None where BILL has no such."""
    given = clean(text)
    spelled = sorted({given.lower(), given.upper(), given.capitalize()} - {given})
    if entity.number is None or not spelled or "," in given:  # the values of `in` are parted by commas
        return None
    return (Filter(entity.number, "in", ",".join(spelled)),)


def _candidate(way: tuple[str, ...], row: Object) -> MeantObject:
    return MeantObject(bill_id=row["id"], is_active=is_active(row), called=joined_in(way, row), obj=row)


def _only_id(entity: Entity, text: str) -> str:
    """The id of an object that nothing else tells apart; one of a kind that the table does not know is left to BILL.

    Raises:
        click.UsageError: It is none.
    """
    others = _others(entity, text)
    if ID_FORM.fullmatch(text) and not others:
        return text
    hint = f" (`bill list {name_of(entity)}`)" if entity.offers(Operation.LIST) else ""
    other = f"; {visible(text)} looks like the id of a {others[0]}" if others else ""
    raise click.UsageError(f"a {name_of(entity)} has neither name nor number: give its id{hint}{other}")


def _others(entity: Entity, text: str) -> list[str]:
    """Names of the other entities whose ids are written like this text."""
    if not ID_FORM.fullmatch(text):
        return []
    return [name_of(each) for each in ENTITIES if each is not entity and each.id_prefix and is_id_of(each, text)]


def _quoted(name: str) -> str:
    return f'"{visible(name)}"'


def _in_other_state(entity: Entity, text: str, found: Sequence[MeantObject], *, is_deleted: bool) -> str:
    """The message where only objects of the other state are called so: deleted ones, or none that is deleted."""
    ids = " and ".join(each.bill_id for each in found)
    if is_deleted:
        return f"{name_of(entity)} {_quoted(text)} ({ids}) is not deleted"
    one = found[0].bill_id
    back = f": `bill undelete {name_of(entity)} {one}` brings it back" if entity.offers(Operation.UNDELETE) else ""
    return f"{name_of(entity)} {_quoted(text)} ({ids}) is deleted{back}; its id is taken as it is"


def _unreadable(entity: Entity, text: str, refusal: RefusedError) -> click.UsageError:
    return click.UsageError(
        f"{_quoted(text)} cannot be looked up, for this user may not list {entity.stream} ({refusal.message}): "
        f"give the id of the {name_of(entity)}"
    )
