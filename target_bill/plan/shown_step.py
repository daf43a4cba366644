"""A step as people read it: names in place of ids, what was and what will be, line by line.

It stands in the plan beside what the run goes by, so that the plan's hash covers what was read and signed.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from bill_api.entities import BY_NAME
from bill_api.identity.references import NAME, references
from bill_api.identity.spelled import in_bills_spelling
from bill_api.identity.totals import QUANTITIES, TOTAL, line_amount, lines_total
from bill_api.identity.tree_paths import joined
from bill_api.table.entity import Operation
from bill_api.table.fields import FieldType
from bill_api.table.kinds import is_empty, same, shown
from bill_values.exact_json import encode
from bill_values.provenance import file_of, rows_of
from bill_values.visible import HIDDEN, in_quotes
from target_bill.input import checks
from target_bill.model.document import LINE_ID
from target_bill.model.outcome import Hold
from target_bill.model.step import Action
from target_bill.plan.changes import pairs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from decimal import Decimal

    from bill_api.existing.objects import ExistingObjects
    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field
    from target_bill.model.change import Change
    from target_bill.model.document import Document
    from target_bill.model.outcome import Outcome
    from target_bill.model.step import Step

Values = dict[str, Any]

NEW, GONE, CHANGED, SAME = "new", "gone", "changed", "same"
"""Ways of a line from before to after."""

NOT_TOLD = frozenset({LINE_ID, "entity", "lineOrder", TOTAL})
"""Fields of a line that stand elsewhere, or say nothing to people."""

TELLING = frozenset({FieldType.STRING, FieldType.ID})
"""Types of the fields by which people know a line."""


DIFFERENCES_MAX = 6


class ShownSteps:
    """Shows steps to people.

    Args:
        existing: Knows the names of objects; lists that no record has needed so far are read for them.
    """

    def __init__(self, existing: ExistingObjects) -> None:
        self._existing = existing
        self._paths: dict[tuple[str, str], str] = {}

    def of(self, step: Step) -> Values:
        """A step, in full."""
        if step.entity.parent is not None:
            self._paths.clear()  # what stands below it may have another path now
        before = step.before.content if step.before else {}
        after = step.expected if step.action in {Action.CREATE, Action.UPDATE} else before
        return {
            "object": self._title(step.entity, after) or step.document.name,
            "known_by": _known_by(step.entity),
            **self._party(step.entity, after),
            "is_made_on_the_way": step.hold is Hold.MADE,
            "from_owner": step.owner.name if step.owner and step.action is Action.TAKE_OVER else None,
            **_amounts(step, before, after),
            "fields": [*self._fields(step, before, after)],
            "lines": [*self._lines(step, before, after)],
            "warnings": [each.text for each in step.notices],
            "source": source_of(step.document),
        }

    def _party(self, entity: Entity, values: Mapping[str, Any]) -> Values:
        """The vendor or customer that a document belongs to."""
        party = _party_field(entity)
        if party is None or not values.get(party.name):
            return {"party_is": None, "party": None}
        return {"party_is": party.references, "party": self._text(party, values[party.name])}

    def _title(self, entity: Entity, values: Mapping[str, Any]) -> str:
        """The words by which people tell an object from others: in a tree its path, of a bill its vendor and number."""
        texts = {name: self._text(entity.by_name[name], values.get(name)) for name in _known_by(entity)}
        own = " / ".join(text for name, text in texts.items() if text and name not in entity.roots)
        return joined([*(texts[name] for name in entity.roots if texts[name]), own])

    # Fields

    def _fields(self, step: Step, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Values]:
        """The fields of the object itself: all of a new one, else those that change and those that tell which it is."""
        changed = {each.field for each in step.changes}
        for name, field in step.entity.by_name.items():
            if field.item_fields or not (name in before or name in after):
                continue
            if step.action is Action.CREATE:
                yield from self._told(field, after.get(name))
            elif name in changed:
                yield self._change(field, before.get(name), after.get(name))
            elif field.type is FieldType.DATE or name in {*step.entity.natural_key, *step.entity.owners}:
                yield from self._told(field, after.get(name))

    def _told(self, field: Field, value: Any) -> Iterator[Values]:
        if text := self._text(field, value):
            yield {"field": field.name, "value": text}

    def _change(self, field: Field, old: Any, new: Any) -> Values:
        return {"field": field.name, "from": self._text(field, old), "to": self._text(field, new)}

    # Lines

    def _lines(self, step: Step, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Values]:
        array = step.entity.lines
        if array is None or step.action is Action.TAKE_OVER:
            return
        old, new = before.get(array.name) or [], after.get(array.name) or []
        change = next((each for each in step.changes if each.field == array.name), None)
        if step.action is Action.CREATE:
            yield from (self._line(array, {}, line) for line in new)
        elif step.action is Action.DELETE:
            yield from (self._line(array, line, {}) for line in old)
        elif change is None:
            yield from (self._line(array, line, line) for line in old)
        else:
            yield from self._changed_lines(array, change, new)

    def _changed_lines(self, array: Field, change: Change, sent: Sequence[Mapping[str, Any]]) -> Iterator[Values]:
        """The lines of an update: as they are sent, each beside the one that it was, and those that go."""
        old, said = change.old or [], change.new or []
        found = _with_ids(said, old, pairs(array, said, old))
        for own, line, pair in zip(said, sent, found, strict=True):
            # A new line may get the id of one that goes, and then empties what that one had: nothing of its own.
            yield self._line(array, {}, own) if pair is None else self._line(array, old[pair], line)
        yield from (self._line(array, line, {}) for place, line in enumerate(old) if place not in found)

    def _line(self, array: Field, old: Mapping[str, Any], new: Mapping[str, Any]) -> Values:
        """A line with what it says; of one that changes every change has both sides.

        Of what BILL has, only what people know a line by: it adds codes and positions of its own.
        """
        fields = [*self._cells(array, old, new)]
        was, becomes = (line_amount(each) if each else None for each in (old, new))
        is_changed = was != becomes or any("from" in each for each in fields)
        way = GONE if not new else NEW if not old else CHANGED if is_changed else SAME
        return {"is": way, "amount_before": money(was), "amount": money(becomes), "fields": fields}

    def _cells(self, array: Field, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Values]:
        for name, field in _item_fields(array).items():
            if name not in new and name not in old:
                continue
            if old and name in new and not same(field, old.get(name), new[name]):
                yield self._change(field, old.get(name), new[name])
            elif not old or field.type in TELLING or name in QUANTITIES & new.keys():
                yield from self._told(field, new.get(name, old.get(name)))

    # Values

    def _text(self, field: Field, value: Any) -> str:
        """A value for people; of a reference the name of its object."""
        if is_empty(value, field):
            return ""
        if field.sensitive:
            return HIDDEN
        if field.references:
            return self.name(BY_NAME[field.references], str(value))
        return encode(value) if isinstance(value, list | dict) else shown(field, value)

    def name(self, entity: Entity, bill_id: str) -> str:
        """An object's name or path, or what else it is known by; its id only where BILL does not tell any name."""
        if entity.offers(Operation.LIST) and (entity.lookups or entity.is_loadable):
            self._existing.ensure(entity)
        if entity.parent is not None and entity.is_loadable:
            path = self._path(entity, bill_id)
        else:
            path = self._existing.name_of(entity, bill_id) or ""
        return path or self._otherwise(entity, bill_id)

    def _path(self, entity: Entity, bill_id: str) -> str:
        place = entity.name, bill_id
        if place not in self._paths:
            self._paths[place] = self._existing.path_of(entity, bill_id)
        return self._paths[place]

    def _otherwise(self, entity: Entity, bill_id: str) -> str:
        """The words for an object without a name: of a bill its vendor and number."""
        stored = self._existing.get(entity, bill_id) if entity.is_loadable and entity.natural_key else None
        title = self._title(entity, stored.content) if stored else ""
        return title or f"{entity.name} {bill_id} (no name known)"


@cache
def _item_fields(array: Field) -> Mapping[str, Field]:
    """The fields of a line that say something to people."""
    return {each.name: each for each in array.item_fields if each.name not in NOT_TOLD}


def _party_field(entity: Entity) -> Field | None:
    """The field that says whose a document is: its vendor, or its customer."""
    return next((entity.by_name[name] for name in entity.owners), None) if entity.lines else None


def _known_by(entity: Entity) -> tuple[str, ...]:
    """The fields by which people tell an object from others."""
    return entity.natural_key or (("name",) if "name" in entity.by_name else ())


def _with_ids(
    said: Sequence[Mapping[str, Any]], old: Sequence[Mapping[str, Any]], found: Sequence[int | None]
) -> list[int | None]:
    """The pairs of lines, also of those that a record ties to a line of BILL by the id that it gives."""
    free = {line[LINE_ID]: place for place, line in enumerate(old) if LINE_ID in line and place not in found}
    return [free.get(line.get(LINE_ID)) if pair is None else pair for line, pair in zip(said, found, strict=True)]


def _amounts(step: Step, before: Mapping[str, Any], after: Mapping[str, Any]) -> Values:
    """The amount that the books have of a document, and the one that they have then; what is deleted is not in them.

    Taking over is no change of the books.
    """
    if step.action is Action.TAKE_OVER:
        return {"amount_before": None, "amount": None}
    was, becomes = lines_total(step.entity, before), lines_total(step.entity, after)
    if step.entity.lines and becomes is None and step.action in {Action.CREATE, Action.UPDATE}:
        becomes = step.document.money  # only BILL can compute it
    return {
        "amount_before": None if step.action is Action.UNDELETE else money(was),
        "amount": None if step.action is Action.DELETE else money(becomes),
    }


def money(amount: Decimal | None) -> str | None:
    """An amount as plans hold it."""
    return None if amount is None else f"{amount:.2f}"


def source_of(document: Document) -> Values:
    """The place that a record came from: its stream, and file and rows where it knows them."""
    record = document.record
    return {"stream": document.stream, "file": file_of(record), "rows": rows_of(record)}


def shown_outcome(outcome: Outcome) -> Values:
    """A record that no step comes of, with the reason."""
    document = outcome.document
    entity, record = document.entity, in_bills_spelling(document.entity, document.record)
    at_stake = checks.at_stake(document, record, outcome.problems) if entity.lines else None
    return {
        "stream": entity.stream,
        "source_key": document.name,
        "verdict": outcome.verdict.value,
        "party": _said_party(entity, record),
        "object": str(record[entity.number]) if entity.number and record.get(entity.number) else None,
        "amount": money(at_stake),
        "has_unknown_amount": at_stake is None and entity.lines is not None,
        "note": outcome.note,
        "problems": [
            {"field": each.field, "reason": each.reason, "code": each.code, "hint": each.hint}
            for each in outcome.problems
        ],
        "source": source_of(document),
    }


def _said_party(entity: Entity, record: Mapping[str, Any]) -> str | None:
    """The name by which a record names its vendor or customer, as far as it does."""
    party = _party_field(entity)
    names = [each.alias for each in references(entity.fields) if each.field is party and each.suffix == NAME]
    return next((str(record[name]) for name in names if record.get(name)), None)


def differences_shown(then: Values, now: Values) -> list[str]:
    """Differences of two showings of a step, each from what to what; what is hidden is hidden in both."""
    told = [*_fields_otherwise("", then["fields"], now["fields"])]
    old, new = then["lines"], now["lines"]
    if len(old) != len(new):
        told.append(f"{len(old)} lines, now {len(new)}")
    for place, (line, other) in enumerate(zip(old, new, strict=False), start=1):
        if line["amount"] != other["amount"]:
            told.append(_was_and_is(f"amount of line {place}", line["amount"], other["amount"]))
        told += _fields_otherwise(f" of line {place}", line["fields"], other["fields"])
    more = [f"and {len(told) - DIFFERENCES_MAX:,} more"] if len(told) > DIFFERENCES_MAX else []
    return [*told[:DIFFERENCES_MAX], *more]


def _fields_otherwise(of: str, old: Sequence[Values], new: Sequence[Values]) -> Iterator[str]:
    then, now = ({each["field"]: each.get("value", each.get("to")) for each in fields} for fields in (old, new))
    for name in dict.fromkeys((*then, *now)):
        if then.get(name) != now.get(name):
            yield _was_and_is(f"{name}{of}", then.get(name), now.get(name))


def _was_and_is(what: str, old: str | None, new: str | None) -> str:
    was, is_now = (in_quotes(each) if each else "nothing" for each in (old, new))
    return f"{what} was {was} and is {is_now}"
