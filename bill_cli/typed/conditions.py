"""Conditions of a list: what BILL is asked for, and what is matched here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click

from bill_api.entities import BY_NAME
from bill_api.identity.references import aliases
from bill_api.table.entity import ZERO_ID
from bill_api.table.fields import FieldType, Filterable
from bill_api.table.kinds import ID_FORM, RefusedValueError, comparable, read, shown
from bill_api.table.query import Filter
from bill_cli.typed.amounts import check_amount
from bill_cli.typed.condition_syntax import CONTAINS, CONTAINS_NOT, LISTS, Typed, quoted, typed_of
from bill_cli.typed.days import WrongDayError, begin_here, begin_utc, day_of, in_days, today, written_day
from bill_cli.typed.field_names import every_word, field_named, known_field
from bill_cli.typed.resources import name_of
from bill_values.instants import wire_instant
from bill_values.spelling import folded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCondition:
    """A condition that BILL does not have, so that rows are matched here.

    Attributes:
        field: Whose value is looked at.
        text: What it has, or has not; folded: neither case nor the form in Unicode counts.
        is_there: It has it.
    """

    field: Field
    text: str
    is_there: bool = True

    def holds(self, row: Mapping[str, Any]) -> bool:
        """True if a row is as the condition says."""
        value = row.get(self.field.name)
        texts = ("",) if value is None else (str(value), shown(self.field, value))
        return any(self.text in folded(each) for each in texts) is self.is_there


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A filter that BILL does not take, so that rows are compared here; letter case counts no more than for `~`.

    Attributes:
        field: Whose value is compared.
        op: One of BILL's operators.
        values: What it is compared with: one, or those of a list.
    """

    field: Field
    op: str
    values: tuple[str, ...]

    def holds(self, row: Mapping[str, Any]) -> bool:
        """True if a row is as the filter says; nothing is neither smaller nor greater, and equal to nothing alone."""
        mine = self._ranked(row.get(self.field.name))
        wanted = [self._ranked(read(self.field, each)) for each in self.values]
        return COMPARED[self.op](mine, wanted)

    def _ranked(self, value: Any) -> tuple[bool, Any]:
        given = comparable(self.field, value)
        return (False, 0) if given is None else (True, folded(given) if isinstance(given, str) else given)


COMPARED: Mapping[str, Callable[[Any, Sequence[Any]], bool]] = MappingProxyType(
    {
        "=": lambda mine, wanted: mine == wanted[0],
        "!=": lambda mine, wanted: mine != wanted[0],
        "<": lambda mine, wanted: mine[0] and mine < wanted[0],
        "<=": lambda mine, wanted: mine[0] and mine <= wanted[0],
        ">": lambda mine, wanted: mine > wanted[0],
        ">=": lambda mine, wanted: mine >= wanted[0],
        "in": lambda mine, wanted: mine in wanted,
        "nin": lambda mine, wanted: mine not in wanted,
    }
)
"""BILL's operators on what a row has and what is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """All that must hold of the rows of a list.

    Attributes:
        filters: What BILL is asked for.
        matches: What is matched here.
    """

    filters: tuple[Filter, ...] = ()
    matches: tuple[RowCondition | Comparison, ...] = ()

    def without_doubtful(self, entity: Entity) -> tuple[Conditions, list[str]]:
        """The same with those filters matched here of which no source says that BILL takes them, and their fields."""
        doubtful = [each for each in self.filters if _is_doubtful(entity, each)]
        here = [
            Comparison(
                field=entity.by_name[each.field],
                op=each.op,
                values=tuple(each.value.split(",")) if each.op in LISTS else (each.value,),
            )
            for each in doubtful
        ]
        rest = tuple(each for each in self.filters if each not in doubtful)
        return Conditions(filters=rest, matches=(*self.matches, *here)), [each.field for each in doubtful]

    def hold(self, row: Mapping[str, Any]) -> bool:
        """True if a row that BILL gave is one of them."""
        return all(each.holds(row) for each in self.matches)

    @property
    def varying(self) -> list[str]:
        """The fields whose values may differ among the rows, and are why these are listed."""
        filters = [each.field for each in self.filters if each.op != "="]
        matches = [each.field.name for each in self.matches if not isinstance(each, Comparison) or each.op != "="]
        return list(dict.fromkeys([*filters, *matches]))

    @property
    def fields(self) -> list[str]:
        """All fields that they are of, each once."""
        names = [*(each.field for each in self.filters), *(each.field.name for each in self.matches)]
        return list(dict.fromkeys(names))


def _is_doubtful(entity: Entity, condition: Filter) -> bool:
    return entity.by_name[condition.field].filterable is Filterable.NO_EVIDENCE


Part = Filter | RowCondition | Comparison
"""What is asked of BILL, or looked at here."""

Resolve = Callable[["Entity", str, str | None], str]
"""Gives the id of what is named: of which entity, how it was typed, and the one way in which it is called, if any."""


def conditions_of(
    entity: Entity, texts: Sequence[str], resolve: Resolve | None = None, present: date | None = None
) -> Conditions:
    """The conditions of these texts.

    Args:
        entity: What is listed.
        texts: Each is FIELD OPERATOR VALUE.
        resolve: Looks up what is named where BILL wants an id; None where nobody can.
        present: Today; None for what this computer's clock says.

    Raises:
        click.UsageError: One cannot be read, or its value does not fit the field; it says what to write.
    """
    all_typed = [typed_of(each) for each in texts]
    found: list[Sequence[Part]] = [()] * len(all_typed)
    named: list[tuple[int, Callable[[], Filter]]] = []
    for place, typed in enumerate(all_typed):
        ask = _by_name(entity, typed, resolve) if resolve else None
        if ask is not None:
            named.append((place, ask))
        else:
            found[place] = _parts(entity, typed, present or today())
    for place, ask in named:  # BILL is asked only when all of them can be read
        found[place] = [ask()]
    parts = list(chain.from_iterable(found))
    return Conditions(
        filters=tuple(each for each in parts if isinstance(each, Filter)),
        matches=tuple(each for each in parts if not isinstance(each, Filter)),
    )


def _parts(entity: Entity, typed: Typed, present: date) -> Sequence[Part]:
    """Filters and matches that say a condition.

    Raises:
        click.UsageError: There is no such field, or the value does not fit it.
    """
    field = field_named(entity, typed.field, "--filter", words=every_word(entity.fields))
    try:
        if typed.op in {CONTAINS, CONTAINS_NOT}:
            return [_match(field, typed)]
        return _filters(field, typed, present)
    except (RefusedValueError, WrongDayError) as error:
        raise click.UsageError(f"--filter: `{field.name}`: {error}") from None


def _by_name(entity: Entity, typed: Typed, resolve: Resolve) -> Callable[[], Filter] | None:
    """A filter on what an object refers to, with ids in place of names: `vendor = Ironwood`, `vendorName = ...`.

    None where nothing is named; else it is made when it is called, which may ask BILL.

    Raises:
        click.UsageError: The operator compares texts.
    """
    alias = aliases(entity.fields).get(typed.field) if typed.field not in entity.by_name else None
    field = known_field(entity.fields, typed.field)
    target = BY_NAME.get(field.references or "") if field else None
    if field is None or target is None:
        return None
    if typed.op not in {"=", "!=", *LISTS}:
        if typed.field == field.name:
            return None  # on the ids themselves
        raise click.UsageError(
            f"--filter: `{typed.field}` is looked up by its name, which {typed.op} does not do; write "
            f"'{typed.field} = NAME', or look in `bill list {name_of(target)} --filter 'name ~ ...'`"
        )
    suffix = alias.suffix if alias else None
    if typed.field == field.name and all(not each or ID_FORM.fullmatch(each) for each in typed.values):
        return None

    def ask() -> Filter:
        ids = [resolve(target, each, suffix) if each else ZERO_ID for each in typed.values]
        return Filter(field.name, typed.op, ",".join(ids))

    return ask


def _match(field: Field, typed: Typed) -> RowCondition:
    """A condition on what a text has in it.

    Raises:
        click.UsageError: Every text has it, or the field has none.
    """
    if field.type in {FieldType.ARRAY, FieldType.OBJECT, FieldType.BOOLEAN}:
        raise click.UsageError(f"--filter: `{field.name}` is no text, so {typed.op} does not go with it")
    text = folded(typed.values[0])
    if not text:
        raise click.UsageError(f"--filter: `{field.name} {typed.op}` needs a text to look for")
    return RowCondition(field=field, text=text, is_there=typed.op == CONTAINS)


def _filters(field: Field, typed: Typed, present: date) -> Sequence[Part]:
    """The filters of BILL that say a condition: two for a day of instants, none for a day or number that is empty."""
    if typed.values == ("",) and field.type not in {FieldType.STRING, FieldType.ID}:
        return [Comparison(field=field, op=typed.op, values=("",))]  # what BILL makes of it is unknown
    if field.type is FieldType.DATETIME:
        days = [_day(each, present) for each in typed.values]
        if any(days):
            return _of_instants(field, typed, days[0])
    for each in typed.values:
        check_amount(field, each)
    values = [_wire(field, in_days(field, each, present)) for each in typed.values]
    if typed.op in LISTS and any("," in each for each in values):
        odd = next(each for each in values if "," in each)
        raise click.UsageError(
            f"--filter: `{typed.op}` sends BILL its values with commas between them, so {quoted(odd)} cannot be one of "
            f"them; ask for it alone: {f'{field.name} = {quoted(odd)}'!r}"
        )
    return [Filter(field.name, typed.op, ",".join(values))]


def _day(text: str, present: date) -> tuple[datetime, datetime] | None:
    """Begin and end of the day that a text says without a time: in UTC if it is written, else of this computer."""
    if (written := written_day(text)) is not None:
        return _bounds(text, written, begin_utc)
    if (said := day_of(text, present)) is not None:
        return _bounds(text, said, begin_here)
    return None


def _bounds(text: str, day: date, begin: Any) -> tuple[datetime, datetime]:
    try:
        return begin(day), begin(day + timedelta(days=1))
    except (OverflowError, ValueError, OSError):
        raise WrongDayError(f"{text!r} is outside the calendar") from None


def _of_instants(field: Field, typed: Typed, day: tuple[datetime, datetime] | None) -> list[Filter]:
    """A day where instants are compared: all of it is meant, for no instant is equal to a day.

    Raises:
        click.UsageError: BILL has no filter that says so.
    """
    if day is None or typed.op in {*LISTS, "!="}:
        raise click.UsageError(
            f"--filter: `{field.name}` is an instant, and {typed.op} does not go with days of it; write "
            f"'{field.name} < DAY', '{field.name} > DAY' or '{field.name} = DAY'"
        )
    begin, end = (wire_instant(each) for each in day)
    bounds = {
        "=": [(">=", begin), ("<", end)],
        "<": [("<", begin)],
        "<=": [("<", end)],
        ">": [(">=", end)],
        ">=": [(">=", begin)],
    }
    return [Filter(field.name, op, instant) for op, instant in bounds[typed.op]]


def _wire(field: Field, text: str) -> str:
    """The text that BILL compares with; what says nothing is passed on as it was typed, or is BILL's id of nothing."""
    value = read(field, text)
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return ZERO_ID if field.type is FieldType.ID else text
    return str(value)
