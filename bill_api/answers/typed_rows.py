"""Rows of a List as objects with a place for each name, held against the entity's fields while they are decoded.

A dict for each of a million rows, and a look at each of its values afterwards, takes three times as long.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from bill_api.answers.rows import AMOUNTS, NUMBERS, is_amount, is_id
from bill_api.table.entity import TIME
from bill_api.table.fields import FieldType
from bill_values.exact_json import check_nesting, decode, exact_number
from bill_values.instants import is_wire_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field

LEARNED_MAX = 100
"""Names that the entity table does not know and that have a place of their own; what comes after them has one together,
and is slower. More would mean that BILL sends data as names."""

OTHERS = "_names_without_a_place"
_NO_NAMES = frozenset('"\\') | frozenset(map(chr, range(0x20)))
"""Characters that the name of a place may not have (msgspec)."""

_ONE_VALUE = str | int | bool | None
_OPEN = frozenset({*AMOUNTS, FieldType.ARRAY, FieldType.OBJECT})
"""Kinds of which a number may have decimals, or that hold values of their own."""

_NUMBERS = NUMBERS | {UnsetType}
_sorted = msgspec.json.Encoder(decimal_format="number", order="sorted")


class TypedRow(msgspec.Struct):
    """A row, or one of its lines: a value for each of `attributes`, in their order, and at last a dict of all others.

    An object or a list under the name of a field that has one value is among the others.

    What did not come is UNSET.

    Attributes:
        attributes: BILL's name -> attribute: those of the entity table, and behind them those that have been learned.
    """

    attributes: ClassVar[dict[str, str]] = {}

    def get(self, name: str) -> Any:
        """The value of a name; None when it did not come."""
        attribute = self.attributes.get(name)
        if attribute is None:
            return (getattr(self, OTHERS) or {}).get(name)
        value = getattr(self, attribute)
        return None if value is UNSET else value

    __getitem__ = get

    def as_dict(self) -> dict[str, Any]:
        """All that came, by BILL's names."""
        placed = {name: getattr(self, attribute) for name, attribute in self.attributes.items()}
        found = placed | (getattr(self, OTHERS) or {})
        return {name: _plain(value) for name, value in found.items() if value is not UNSET}


@dataclass(frozen=True, slots=True)
class _Decoding:
    """A class of rows, and what decodes them; another one when a name is learned.

    Attributes:
        row: The class.
        answer: Decodes the envelope of a List.
        rows: Decodes an array of rows.
    """

    row: type[TypedRow]
    answer: msgspec.json.Decoder[Any]
    rows: msgspec.json.Decoder[list[TypedRow]]


class RowType:
    """The type of the rows of an entity, or of its lines; it learns the names that BILL sends besides.

    Safe to use from several threads.

    Args:
        fields: What the entity table knows of them.
    """

    def __init__(self, fields: Sequence[Field]) -> None:
        self._fields = tuple(fields)
        self._is_timed = any(each.name == TIME for each in fields)
        self._learned: tuple[str, ...] = ()
        self._lines = {
            each.name: RowType(each.item_fields) for each in fields if each.type is FieldType.ARRAY and each.item_fields
        }
        self._of_one_value = frozenset(each.name for each in fields if each.type not in _OPEN)
        self._amounts = _values_of([each.name for each in fields if each.type in AMOUNTS])
        self._learning = threading.Lock()
        self._decoding = self._made()

    def read(self, content: bytes) -> list[TypedRow] | None:
        """The rows of the answer to a List; None where anything in it is not as expected, and has to be looked at."""
        try:
            check_nesting(content)
            answer = self._decoding.answer.decode(content)
        except (msgspec.DecodeError, UnicodeError):
            return None
        rows: list[TypedRow] = answer.response_data
        return rows if answer.response_status == 0 and self._are_sound(rows) else None

    @staticmethod
    def encode(row: TypedRow) -> bytes:
        """The JSON of a row: the same for the same names and values, whatever has been learned."""
        return _sorted.encode(row.as_dict())

    def decode(self, array: bytes) -> list[TypedRow]:
        """Rows from an array of such JSON."""
        try:
            return self._decoding.rows.decode(array)
        except msgspec.ValidationError:  # one of them was `typed`: something in it is not as expected
            return self.typed(decode(array))

    def typed(self, rows: Sequence[dict[str, Any]]) -> list[TypedRow]:
        """Objects of the entity as such rows; the next ones that have the same names are decoded as such."""
        with self._learning:
            self._learn(rows)
            return [self._of(each) for each in rows]

    def _are_sound(self, rows: Sequence[TypedRow]) -> bool:
        """True if all that `checked_rows` looks at, and the types do not say, is as it should be."""
        times = map(attrgetter(TIME), rows) if self._is_timed else ()
        return (
            all(map(is_id, map(attrgetter("id"), rows)))
            and all(map(is_wire_instant, times))
            and self._has_amounts(rows)
        )

    def _has_amounts(self, rows: Sequence[TypedRow]) -> bool:
        """True if all amounts can be some."""
        amounts = list(chain.from_iterable(map(self._amounts, rows)))
        # Types first: to ask of each value by itself takes ten times as long.
        if not _NUMBERS.issuperset(map(type, amounts)) and not all(
            is_amount(each) for each in amounts if each is not UNSET
        ):
            return False
        lines = (
            (inner, [line for row in rows for line in getattr(row, name) or ()]) for name, inner in self._lines.items()
        )
        return all(inner._has_amounts(each) for inner, each in lines)  # noqa: SLF001  of the same class

    def _learn(self, rows: Iterable[Mapping[str, Any]]) -> bool:
        """Give each name a place; true if there was a new one."""
        rows = list(rows)
        lines = [inner._learn(_lines_in(rows, name)) for name, inner in self._lines.items()]  # noqa: SLF001
        names = set().union(*rows) - self._decoding.row.attributes.keys()
        new = sorted(each for each in names - {OTHERS} if _NO_NAMES.isdisjoint(each))[
            : LEARNED_MAX - len(self._learned)
        ]
        if not new and not any(lines):
            return False
        self._learned += tuple(new)
        self._decoding = self._made()
        return True

    def _of(self, row: Mapping[str, Any]) -> TypedRow:
        places = self._decoding.row.attributes
        others = {name: value for name, value in row.items() if name not in places or self._is_odd(name, value)}
        values = {places[name]: value for name, value in row.items() if name not in others}
        if others:
            values[OTHERS] = others
        for name, inner in self._lines.items():
            if lines := row.get(name):
                values[name] = [inner._of(each) for each in lines]  # noqa: SLF001
        return self._decoding.row(**values)

    def _is_odd(self, name: str, value: Any) -> bool:
        """True if there is an object or a list where one value is expected."""
        return name in self._of_one_value and isinstance(value, dict | list)

    def _made(self) -> _Decoding:
        known = {each.name: each.name for each in self._fields}
        attributes = known | {name: f"learned_{place}" for place, name in enumerate(self._learned)}
        row = msgspec.defstruct(
            "ARow",
            [
                *((each.name, self._type(each), UNSET) for each in self._fields),
                *((attributes[name], Any, UNSET) for name in self._learned),
                (OTHERS, UnsetType, UNSET),  # what is decoded has none: where BILL has such a name it is looked at
            ],
            bases=(TypedRow,),
            rename={attribute: name for name, attribute in attributes.items()},
            namespace={"attributes": attributes},
            forbid_unknown_fields=True,
        )
        answer = msgspec.defstruct("Answer", [("response_status", int), ("response_data", list[row])])  # type: ignore[valid-type]
        return _Decoding(
            row=row,  # type: ignore[arg-type]  # what bases it has is not known of it
            answer=msgspec.json.Decoder(answer, float_hook=exact_number),
            rows=msgspec.json.Decoder(list[row], float_hook=exact_number),  # type: ignore[valid-type]
        )

    def _type(self, field: Field) -> Any:
        if field.name in self._lines:
            return list[self._lines[field.name]._decoding.row] | None  # type: ignore[misc]  # noqa: SLF001
        return _ONE_VALUE if field.name in self._of_one_value else Any


@cache
def row_type(entity: Entity) -> RowType:
    """The type of an entity's rows: one for all that read it, for what is learned of its names holds for all."""
    return RowType(entity.fields)


def _values_of(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """The values of attributes, as a tuple however many there are."""
    # Of a single one `attrgetter` gives no tuple.
    return attrgetter(*names, names[0]) if names else lambda _row: ()


def _plain(value: Any) -> Any:
    is_lines = isinstance(value, list) and value and isinstance(value[0], TypedRow)
    return [each.as_dict() for each in value] if is_lines else value


def _lines_in(rows: Iterable[Mapping[str, Any]], name: str) -> list[Mapping[str, Any]]:
    return [line for row in rows for line in row.get(name) or ()]
