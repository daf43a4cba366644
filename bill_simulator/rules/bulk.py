"""Bulk calls: up to a hundred objects read, written or deleted, each with an outcome of its own, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from bill_simulator.behaviour.refusals import ErrorAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bill_api.table.entity import Entity
    from bill_simulator.rules.calls import Context
    from bill_simulator.state.books import StoredRow

    Rule: TypeAlias = Callable[[Context, Entity, Mapping[str, Any]], StoredRow]


class RollBackError(Exception):
    """An element failed where all must require_success; tells the books to undo."""


def elements_of(context: Context, data: Mapping[str, Any]) -> list[Any]:
    """The elements of a bulk call; at most 100 (documented: bulkcreatevendor; the codes of refusal are unknown)."""
    elements = data.get("bulk")
    if not isinstance(elements, list) or not elements:
        raise ErrorAnswer("BDC_1108", "bulk")
    if len(elements) > context.limits.bulk_objects:
        raise ErrorAnswer(context.switches.bulk_over_limit_code, "bulk", len(elements))
    return elements


def run(context: Context, entity: Entity, rule: Rule, elements: Sequence[Any]) -> list[StoredRow | ErrorAnswer]:
    """One result per element, in the order of the request (inferred); elements fail alone (documented schema)."""
    if context.switches.bulk_transaction == "per_element":
        return [attempt(context, entity, rule, each) for each in elements]
    results: list[StoredRow | ErrorAnswer] = []
    try:
        with context.books.trial():
            results = [attempt(context, entity, rule, each) for each in elements]
            require_success(results)
    except RollBackError:
        first = next(each for each in results if isinstance(each, ErrorAnswer))
        if context.switches.bulk_transaction == "whole_request":
            raise first from None
        return [each if isinstance(each, ErrorAnswer) else ErrorAnswer("BDC_1002") for each in results]
    return results


def require_success(results: Sequence[StoredRow | ErrorAnswer]) -> None:
    """Raise unless every element went well."""
    if any(isinstance(each, ErrorAnswer) for each in results):
        raise RollBackError


def attempt(context: Context, entity: Entity, rule: Rule, element: Any) -> StoredRow | ErrorAnswer:
    """The outcome of one element: `{"id"}` to read and delete, `{"obj"}` to write (live: section 9, 4).

    That an undelete takes `{"id"}` as well is inferred.
    """
    if not isinstance(element, dict):
        return ErrorAnswer("BDC_1108", "obj")
    try:
        return rule(context, entity, element)
    except ErrorAnswer as refusal:
        return refusal


def is_error(context: Context, results: Sequence[StoredRow | ErrorAnswer]) -> bool:
    """True when the top level says Error (unknown when: the switch `bulk_top_level`)."""
    failed = [isinstance(each, ErrorAnswer) for each in results]
    return {"success": False, "any_failed": any(failed), "all_failed": all(failed)}[context.switches.bulk_top_level]
