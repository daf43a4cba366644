"""References to ids: names, numbers and the source's own ids become BILL ids of this organization."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bill_api.identity.tree_paths import tops
from bill_api.table.entity import Operation
from bill_api.table.problem import Problem
from bill_values.visible import in_quotes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bill_api.existing.objects import ExistingObjects
    from bill_api.identity.links import Link
    from bill_api.table.entity import Entity


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """A reference that nothing here answers to, at least not yet.

    Attributes:
        problem: What to say of it when nothing comes any more.
    """

    link: Link
    problem: Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """A document's references, looked up.

    Attributes:
        body: What to send; complete only when nothing is open or wrong.
        waiting: References that the rest of the input may still bring.
        wrong: References that nothing can mend in this run.
    """

    body: Mapping[str, Any] = field(repr=False)
    waiting: tuple[Absent, ...] = ()
    wrong: tuple[Problem, ...] = ()


class Resolver:
    """Looks references up.

    Args:
        existing: Knows this organization's objects.
        copies: The ids that an object of the source has here, by its entity and its id there.
        absent: What to say of a reference that nothing answers to.
    """

    def __init__(
        self,
        existing: ExistingObjects,
        copies: Callable[[Entity, str], Sequence[str]],
        absent: Callable[[Link], Problem],
    ) -> None:
        self._existing = existing
        self._copies = copies
        self._say_absent = absent

    def resolve(
        self,
        entity: Entity,
        values: Mapping[str, Any],
        references: Sequence[Link],
        made: Mapping[str, str] | None = None,
    ) -> Resolution:
        """Fill in what can be filled in.

        Args:
            entity: Of the object.
            values: Its fields without references.
            references: They are looked up.
            made: Ids for references to what is not there, by their text.
        """
        body = dict(values)
        lines = entity.lines
        if lines is not None and lines.name in body:
            body[lines.name] = [dict(line) for line in body[lines.name]]
        waiting: list[Absent] = []
        wrong: list[Problem] = []
        for group in _by_field(references):
            links = [each for each in group if not each.is_check]
            if not links:
                continue
            link, *_ = links
            answers = [self._ids(each, made or {}) for each in links]
            found = sorted(set.intersection(*map(set, answers)))
            if not all(answers):
                missing = links[answers.index([])]
                waiting.append(Absent(link=missing, problem=self._absent(missing)))
                continue
            match found:
                case []:
                    wrong.append(_at_odds(links))
                case [only] if self._contradicts(only, group):
                    wrong.append(_at_odds(group))
                case [only]:
                    holder = body if link.line is None or lines is None else body[lines.name][link.line]
                    holder[link.field.name] = only
                case several:
                    wrong.append(_several(link, several))
        return Resolution(body=body, waiting=tuple(waiting), wrong=tuple(wrong))

    def deleted(self, entity: Entity, body: Mapping[str, Any], references: Sequence[Link]) -> Problem | None:
        """The reference of a new object that leads to one that is inactive in BILL, if there is one.

        BILL takes it (inferred), and the new object would stand where nobody works any more.

        Args:
            entity: Of what would be created.
            body: Its values, with references as BILL ids.
            references: Where those ids come from.
        """
        lines = entity.lines
        for link in (each for each in references if each.by is None):  # by a name only active ones are found
            holder = body if link.line is None or lines is None else body[lines.name][link.line]
            bill_id = holder.get(link.field.name)
            if bill_id and self._existing.is_deleted(link.entity, bill_id):
                return self._inactive(link, [bill_id])
        return None

    def _contradicts(self, bill_id: str, group: Sequence[Link]) -> bool:
        """True if a name beside an id is that of another object; one that nothing is called says nothing."""
        checks = (self.ids(each) for each in group if each.is_check)
        return any(ids and bill_id not in ids for ids in checks)

    def _ids(self, link: Link, made: Mapping[str, str]) -> list[str]:
        return self.ids(link) or [made[each] for each in (link.text,) if each in made]

    def similar(self, link: Link) -> str:
        """Objects with a similar name, as a sentence; empty when there are none."""
        near = self._existing.similar(link.entity, link.by.suffix, link.value) if link.by else []
        return f" Similar: {', '.join(map(in_quotes, near))}." if near else ""

    def ids(self, link: Link) -> list[str]:
        """The ids of what a reference points at: one, none, or several that cannot be told apart."""
        entity = link.entity
        if link.by is not None:
            return self._existing.named(entity, link.by.suffix, link.value)
        copied = self._copies(entity, link.value)
        if copied:
            return list(copied)
        # What this user may not list cannot be checked: BILL will say whether it takes the id.
        is_here = self._existing.ensure(entity) is not None or self._existing.has(entity, link.value)
        return [link.value] if is_here and not link.is_optional else []

    def _absent(self, link: Link) -> Problem:
        entity = link.entity
        if refusal := self._existing.unreadable.get(entity.name):
            return Problem(
                field=link.place,
                reason=f"{in_quotes(link.value)} cannot be looked up: {refusal.message}",
                code=refusal.code,
                hint=f"Let the API user list {entity.name}, or give `{link.field.name}`.",
                kind=f"cannot be looked up: {refusal.message}",
            )
        gone = self.inactive(link)
        return self._inactive(link, gone) if gone else self._say_absent(link)

    def inactive(self, link: Link) -> list[str]:
        """The ids of inactive objects that have the name of a reference."""
        return self._existing.inactive(link.entity, link.by.suffix, link.value) if link.by else []

    def is_below(self, link: Link) -> bool:
        """True if a reference is a path whose beginning is there: what it names would stand below an object."""
        if link.by is None or link.entity.parent is None:
            return False
        return any(self._existing.named(link.entity, link.by.suffix, each) for each in tops(link.value))

    def _inactive(self, link: Link, ids: Sequence[str]) -> Problem:
        """The reason for which no document may refer to these, and how they come back."""
        entity = link.entity
        several = [f"{each} ({name})" if (name := self._existing.name_of(entity, each)) else each for each in ids]
        first, *others = ids
        back = f"`bill undelete {entity.stream} {first}`, or " if entity.offers(Operation.UNDELETE) else ""
        which = "one of them" if others else "it"
        return Problem(
            field=link.place,
            reason=f"{entity.name} {' and '.join(several)} {'are' if others else 'is'} inactive in BILL",
            hint=f"Bring {which} back ({back}in BILL), or give the `{link.field.name}` of another.",
            kind=f"the {entity.name} is inactive in BILL",
        )


def _by_field(links: Sequence[Link]) -> Iterable[Sequence[Link]]:
    """The links of each field: an account may be given by its name and its number, and is the one that has both."""
    groups: dict[tuple[int | None, str], list[Link]] = {}
    for link in links:
        groups.setdefault((link.line, link.field.name), []).append(link)
    return groups.values()


def _at_odds(links: Sequence[Link]) -> Problem:
    first, *_ = links
    given = " and ".join(f"{in_quotes(link.value)}" for link in links)
    return Problem(
        field=first.place,
        reason=f"{given} are not the same {first.entity.name} in BILL",
        hint=f"Correct one of them, or give `{first.field.name}`.",
        kind=f"the ways in which it is given are not the same {first.entity.name} in BILL",
    )


def _several(link: Link, found: list[str]) -> Problem:
    if link.by is None:
        return Problem(
            field=link.place,
            reason=f"{in_quotes(link.value)} is the id of several objects that were loaded: {', '.join(found)}",
            hint="Load each source under a name of its own (`source`), or refer to the object by its name.",
            kind="the id of several objects that were loaded",
        )
    return Problem(
        field=link.place,
        reason=f"{in_quotes(link.value)} is the name of several objects in BILL: {', '.join(found)}",
        hint=f"Give `{link.field.name}` with the id of the right one.",
        kind="the name of several objects in BILL",
    )
