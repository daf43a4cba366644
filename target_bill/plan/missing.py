"""Vendors and customers that records name and BILL has not: made on the way, where the settings allow it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bill_api.identity.references import NAME
from bill_api.table.problem import Problem
from bill_values.visible import in_quotes
from target_bill.input.parser import Origin
from target_bill.model.step import Action, Step
from target_bill.plan.pins import STAND_IN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bill_api.existing.resolver import Resolver
    from bill_api.identity.links import Link
    from target_bill.account.report import Report
    from target_bill.input.parser import Parser
    from target_bill.model.document import Document
    from target_bill.plan.permission import Permission
    from target_bill.plan.planner import Planner
    from target_bill.plan.suspicions import Suspicions
    from target_bill.settings import Options

ON_THE_WAY = "made on the way"
"""The incoming stream of objects that are made because a record names them."""


class NotThere:
    """Says why a record cannot be written that refers to what is not there."""

    def __init__(self) -> None:
        self._forbidden: dict[str, Problem] = {}

    def forbid(self, link: Link, problem: Problem) -> None:
        """Note that what a reference names may not be made, and why."""
        self._forbidden[_named(link)] = problem

    def problem(self, link: Link) -> Problem:
        """The fault of a reference that nothing answers to."""
        forbidden = self._forbidden.get(_named(link))
        return replace(forbidden, field=link.place) if forbidden else _problem_of_absent(link)


def _named(link: Link) -> str:
    return f"{link.entity.stream} {link.text}"


def _problem_of_absent(link: Link) -> Problem:
    """Why a record cannot be written that refers to what is neither in BILL nor in the input."""
    entity = link.entity
    if link.by is None:
        return Problem(
            field=link.place,
            reason=f"no {entity.name} with the id {link.value}, neither here nor in what has been loaded",
            hint=f"Load `{entity.stream}` from the same source too, or refer to it by name.",
            kind=f"no {entity.name} with this id, neither here nor in what has been loaded",
        )
    ways = f"Create it in BILL, or load it in `{entity.stream}` in the same run."
    return Problem(
        field=link.place,
        reason=f"no active {entity.name} is called {in_quotes(link.value)}",
        hint=ways if entity.is_loadable else "Create it in BILL.",
        kind=f"no active {entity.name} is called so",
    )


class Missing:
    """Makes documents of objects that are missing.

    Args:
        options: Name the streams of which objects are made.
        parser: Makes documents.
        resolver: Knows which references lead nowhere.
        suspicions: Knows which names are nearly others.
        planner: Knows which records would be written.
        permission: Says whether an approved plan has them.
        not_there: Told of what it has not.
        report: Tells of what is made.
    """

    def __init__(
        self,
        options: Options,
        parser: Parser,
        resolver: Resolver,
        suspicions: Suspicions,
        planner: Planner,
        permission: Permission,
        not_there: NotThere,
        report: Report,
    ) -> None:
        self._streams = options.create_missing
        self._permission = permission
        self._not_there = not_there
        self._parser = parser
        self._resolver = resolver
        self._suspicions = suspicions
        self._planner = planner
        self._report = report

    @property
    def is_wanted(self) -> bool:
        """True if any objects are made."""
        return bool(self._streams)

    def is_makeable(self, link: Link) -> bool:
        """True if the object of a reference can be made.

        None beside an inactive one, which may be brought back, and none at the top that is meant to stand below one.
        """
        is_named = link.by is not None and link.by.suffix == NAME and link.entity.stream in self._streams
        return is_named and not self._resolver.inactive(link) and not self._resolver.is_below(link)

    def documents(self, waiting: Iterable[Sequence[Document]]) -> list[Document]:
        """Documents of the objects that records wait for: of records that pass all other rules.

        Args:
            waiting: Documents that could not be written yet, in batches.
        """
        missing: dict[str, Link] = {}
        for documents in waiting:
            for document in documents:
                links = self._missing_of(document)
                made = {each.text: f"{STAND_IN}{each.entity.name} {each.text}" for each in links}
                if links and self._planner.would_be_written(document, made):
                    for each in links:
                        missing.setdefault(_named(each), each)
        wanted = [(link, self._document(link)) for link in missing.values()]
        for link, document in wanted:
            self._suspicions.expect(document, link.value)
        return [document for link, document in wanted if self._is_made(link, document)]

    def _document(self, link: Link) -> Document:
        origin = Origin(entity=link.entity, stream=link.entity.stream, incoming=ON_THE_WAY, keys=("name",))
        return self._parser.parse(origin, {"name": link.value})

    def _missing_of(self, document: Document) -> Sequence[Link]:
        """The references of a document that can be made; none where it waits for something else too."""
        waiting = [
            each.link
            for each in self._resolver.resolve(document.entity, document.body, document.links).waiting
            if not each.link.is_optional
        ]
        return waiting if all(map(self.is_makeable, waiting)) else []

    def _is_made(self, link: Link, document: Document) -> bool:
        """True unless the name of an object is nearly another, or an approved plan has it not."""
        entity = link.entity
        suspicion = self._suspicions.of_name(entity, link.value, document.source_key)
        if suspicion is not None and suspicion.level == "reject":
            self._not_there.forbid(link, suspicion.problem)
            return False
        step = Step(document=document, action=Action.CREATE, body=document.body)
        if (problem := self._permission.not_approved(step)) is not None:
            self._not_there.forbid(link, problem)
            return False
        self._report.received(document)
        similar = self._resolver.similar(link) if suspicion else ""
        self._report.made(entity, f"{in_quotes(link.value)}.{similar}")
        return True
