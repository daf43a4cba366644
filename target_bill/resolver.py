"""References to ids: names, numbers and the source's own ids become BILL ids of this organization."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bill_api.entities import BY_NAME
from target_bill.outcome import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_api.entity import Entity
    from target_bill.directory import Directory
    from target_bill.document import Document, Link
    from target_bill.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """A document's references, looked up.

    Attributes:
        body: What to send; complete only when nothing is open or wrong.
        waiting: References that the rest of the input may still bring.
        wrong: References that nothing can mend in this run.
    """

    body: Mapping[str, Any] = field(repr=False)
    waiting: tuple[Problem, ...] = ()
    wrong: tuple[Problem, ...] = ()


class Resolver:
    """Looks references up.

    Args:
        ledger: Knows the copies of another organization's objects.
        directory: Knows this organization's objects.
    """

    def __init__(self, ledger: Ledger, directory: Directory) -> None:
        self._ledger = ledger
        self._directory = directory

    def resolve(self, document: Document) -> Resolution:
        """Fill in what can be filled in."""
        body = dict(document.body)
        lines = document.entity.lines
        if lines is not None and lines.name in body:
            body[lines.name] = [dict(line) for line in body[lines.name]]
        waiting: list[Problem] = []
        wrong: list[Problem] = []
        for link in document.links:
            found = self._ids(link)
            if len(found) == 1:
                holder = body if link.line is None or lines is None else body[lines.name][link.line]
                holder[link.field.name] = found[0]
            elif found:
                wrong.append(_several(link, found))
            else:
                waiting.append(self._absent(link))
        return Resolution(body=body, waiting=tuple(waiting), wrong=tuple(wrong))

    def _ids(self, link: Link) -> list[str]:
        if link.by is not None:
            return self._directory.named(link.by.entity, link.by.suffix, link.value)
        entity = _entity(link)
        copied = self._ledger.bill_id_of(entity.stream, link.value)
        if copied is not None:
            return [copied]
        return [link.value] if self._directory.has(entity, link.value) else []

    def _absent(self, link: Link) -> Problem:
        entity = _entity(link)
        if link.by is None:
            return Problem(
                field=link.place,
                reason=f"no {entity.name} with the id {link.value}, neither here nor in what has been loaded",
                hint=f"Load `{entity.stream}` from the same source too, or refer to it by name.",
            )
        near = self._directory.near(entity, link.by.suffix, link.value)
        similar = f" Similar: {', '.join(repr(each) for each in near)}." if near else ""
        return Problem(
            field=link.place,
            reason=f"no active {entity.name} is called {link.value!r}",
            hint=f"Create it in BILL, or load it in `{entity.stream}` in the same run.{similar}",
        )


def _entity(link: Link) -> Entity:
    return link.by.entity if link.by else BY_NAME[str(link.field.references)]


def _several(link: Link, found: list[str]) -> Problem:
    return Problem(
        field=link.place,
        reason=f"{link.value!r} is the name of several objects in BILL: {', '.join(found)}",
        hint=f"Give `{link.field.name}` with the id of the right one.",
    )
