"""Limits that stop a run before it does harm: each document passes them once, with its first step."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from bill_api.identity.links import place_of
from bill_api.identity.suspects import DATES
from bill_api.identity.totals import ITEM, QUANTITY, TOTAL, most, says_no_money
from bill_api.table.kinds import is_empty
from bill_api.table.problem import Problem
from target_bill.model.step import Action

if TYPE_CHECKING:
    from target_bill.model.document import Document
    from target_bill.model.step import Step
    from target_bill.settings import Options

AMOUNTS = ("max_document_amount", "max_total_amount")
"""Limits of money."""

OF_AN_UNDO = "Start the undo again with a higher limit, or without it: it goes on from there."

BOOKED = frozenset({Action.CREATE, Action.UPDATE, Action.UNDELETE})
"""Actions that put the amount of a document into the books; after an undelete its update comes in another call."""


@dataclass(slots=True)
class RunLimits:
    """Looks at each step before it is sent, and adds up.

    Attributes:
        creates: Objects that the run creates.
        total: Sum of the documents that it creates, updates and brings back.
        has_limits: Whether there is anything to exceed.
        passed: The documents that were counted, where there is a limit at all.
    """

    options: Options
    creates: int = 0
    total: Decimal = field(default_factory=Decimal)
    passed: set[tuple[str, str]] = field(default_factory=set)
    has_limits: bool = field(init=False)

    def __post_init__(self) -> None:
        self.has_limits = self.options.has_limits

    def problem(self, step: Step) -> Problem | None:
        """The limit that this step exceeds, or None; then its document is counted, unless it was before."""
        options = self.options
        if step.action not in BOOKED or not self.has_limits or step.document.key in self.passed:
            return None
        creates = self.creates + (step.action is Action.CREATE)
        amount = most(step.document.lines) if step.document.lines else step.document.money
        total = self.total + amount
        problem = (
            _too_many("max_creates", "creates", creates, options.max_creates)
            or self._of_no_amount(step.document)
            or _too_large("max_document_amount", "a document", amount, options.max_document_amount)
            or _too_large("max_total_amount", "the documents of this run", total, options.max_total_amount)
            or self._of_a_wrong_day(step)
        )
        if problem is not None:
            return replace(problem, hint=OF_AN_UNDO) if step.document.undoes else problem
        self.creates, self.total = creates, total
        self.passed.add(step.document.key)
        return None

    def _of_no_amount(self, document: Document) -> Problem | None:
        """Refuse a line whose money is not known where money is limited."""
        setting = next((name for name in AMOUNTS if getattr(self.options, name) is not None), None)
        if setting is None:
            return None
        of_items = {link.line for link in document.links if link.field.name == ITEM}
        for place, line in enumerate(document.lines):
            is_counted = place in of_items or any(not is_empty(line.get(name)) for name in (QUANTITY, ITEM))
            if says_no_money(line) and is_counted:
                reason = "the line says neither amount nor price, and BILL may price it by its item"
                return _of(setting, place_of(TOTAL, place), reason, reason)
        return None

    def _of_a_wrong_day(self, step: Step) -> Problem | None:
        oldest, newest = self.options.oldest_invoice_date, self.options.newest_invoice_date
        for name in DATES:
            text = step.document.body.get(name)
            if not text:
                continue
            day = date.fromisoformat(text)
            if oldest is not None and day < oldest:
                return _of("oldest_invoice_date", name, f"{text} is before {oldest}", f"before {oldest}")
            if newest is not None and day > newest:
                return _of("newest_invoice_date", name, f"{text} is after {newest}", f"after {newest}")
        return None


def _too_many(setting: str, what: str, count: int, most: int | None) -> Problem | None:
    if most is None or count <= most:
        return None
    return _of(setting, None, f"{count:,} {what}, and {most:,} are allowed", f"more than {most:,} {what}")


def _too_large(setting: str, what: str, amount: Decimal, most: Decimal | None) -> Problem | None:
    if most is None or abs(amount) <= most:
        return None
    return _of(setting, None, f"{what} of {amount:,.2f}, and {most:,.2f} is allowed", f"{what} over {most:,.2f}")


def _of(setting: str, name: str | None, reason: str, kind: str) -> Problem:
    return Problem(
        field=name,
        reason=f"{reason} (`{setting}`)",
        hint=f"Correct the record, or raise the limit `{setting}`.",
        kind=f"{kind} (`{setting}`)",
    )
