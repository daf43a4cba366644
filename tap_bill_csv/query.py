"""What DuckDB is asked about the rows of one file: their keys, their texts, what expressions make of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_bill_csv.expressions import attempt, identifier, literal
from tap_bill_csv.rows import ODD_BLANKS, SPACES, Blanks

if TYPE_CHECKING:
    from tap_bill_csv.expressions import Expression
    from tap_bill_csv.layout import Cell, Layout

LINE, ALONE = "_tap_line", "_tap_alone"
_ALL_BLANKS = " \n" + ODD_BLANKS + SPACES

NOT_EVALUATED = "cannot be evaluated for this row"
NEITHER = "is neither true nor false for this row"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What may be wrong with a row as a whole.

    Attributes:
        place: Where an answered row says whether it is.
        expression: Who says so.
        reason: What is wrong.
    """

    place: int
    expression: Expression
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Where an answered row holds what; the line that it begins on stands first.

    Attributes:
        texts: For each of the layout's cells, the place of its text.
        failures: For each of them, the place that says whether its expression failed; None for columns.
        faults: What may be wrong with a row as a whole.
        columns: Names of the file's columns that documents carry along.
        origins: Places of their texts.
    """

    texts: tuple[int, ...]
    failures: tuple[int | None, ...]
    faults: tuple[Fault, ...]
    columns: tuple[str, ...]
    origins: tuple[int, ...]


class Query:
    """The SQL for one file, over the table `rows` of line and cells.

    Args:
        layout: The file's.
        keys: What the parts of the key are called in SQL.
        hidden: Columns whose texts no document carries along.
        blanks: What may stand around the texts of cells.
    """

    def __init__(self, layout: Layout, keys: list[str], hidden: frozenset[str], blanks: Blanks) -> None:
        self._layout = layout
        self._keys = keys
        self._blanks = blanks
        self._asked = [LINE]
        self._expressions: list[Expression] = []
        self._where = ""
        self.plan = self._plan(hidden)

    @property
    def filled(self) -> str:
        """Rows that are not blank from end to end."""
        # What begins with a letter, a digit or a sign need not be trimmed to be seen not to be blank.
        blank = " AND ".join(
            f"(({name} < '!' OR {name} > '~') AND {self._trimmed(name)} = '')"
            for name in (column(place) for place in range(len(self._layout.header.names)))
        )
        return f"SELECT * FROM rows WHERE NOT ({blank})"  # noqa: S608  # every name in it is made here

    @property
    def keyed(self) -> str:
        """Rows that are wanted: what the plan asks for, the key, and whether the row stands alone."""
        layout = self._layout
        texts = {cell.field.name: self._text(cell) for cell in layout.head.cells}
        keys = [
            self._trimmed(texts[name]) if name in texts else literal(str(layout.head.constants[name]))
            for name in layout.key
        ]
        named = ", ".join(f"{sql} AS {name}" for name, sql in zip(self._keys, keys, strict=True))
        blank = [f"{key} = ''" for key, name in zip(self._keys, layout.key, strict=True) if name not in layout.optional]
        never = ", ".join(f"lower({literal(text)})" for text in sorted(layout.settings.not_keys))
        barred = [f"lower({key}) IN ({never})" for key in self._keys] if never else []
        wanted = f"WHERE {self._where}" if self._where else ""
        return (
            f"SELECT *, {' OR '.join([*blank, *barred]) or 'false'} AS {ALONE} "  # noqa: S608
            f"FROM (SELECT {', '.join(self._asked)}, {named} FROM ({self._evaluated}) {wanted})"
        )

    @property
    def _evaluated(self) -> str:
        if not self._expressions:
            return "FROM filled"
        named = ", ".join(
            f"{column(place)} AS {identifier(name)}" for place, name in enumerate(self._layout.header.names)
        )
        answers = ", ".join(f"{attempt(each.sql)} AS {_answer(place)}" for place, each in enumerate(self._expressions))
        return f"SELECT *, {answers} FROM (SELECT *, {named} FROM filled)"  # noqa: S608

    def _plan(self, hidden: frozenset[str]) -> Plan:
        layout = self._layout
        texts: list[int] = []
        failures: list[int | None] = []
        answers: dict[str, str] = {}
        for cell in layout.cells:
            if cell.expression:
                answer = answers.setdefault(cell.path, _answer(len(self._expressions)))
                self._expressions.append(cell.expression)
                texts.append(self._ask(_given(answer)))
                failures.append(self._ask(f"{answer} IS NULL"))
            else:
                texts.append(self._ask(column(cell.position)))
                failures.append(None)
        self._answers = answers
        faults: list[Fault] = []
        if layout.where:
            answer = self._add(layout.where)
            self._where = f"{answer} IS NULL OR {answer}.v IS NULL OR {answer}.v"
            faults.append(self._undecided(layout.where, answer))
        for rule, why in layout.reject:
            answer = self._add(rule)
            faults.append(self._undecided(rule, answer))
            faults.append(Fault(place=self._ask(f"coalesce({answer}.v, false)"), expression=rule, reason=why))
        shown = [
            (name, self._ask(column(place)))
            for place, name in enumerate(layout.header.names)
            if layout.settings.source_cells and name not in hidden
        ]
        return Plan(
            texts=tuple(texts),
            failures=tuple(failures),
            faults=tuple(faults),
            columns=tuple(name for name, _ in shown),
            origins=tuple(place for _, place in shown),
        )

    def _undecided(self, expression: Expression, answer: str) -> Fault:
        place = self._ask(f"{answer} IS NULL OR {answer}.v IS NULL")
        return Fault(place=place, expression=expression, reason=NEITHER)

    def _add(self, expression: Expression) -> str:
        self._expressions.append(expression)
        return _answer(len(self._expressions) - 1)

    def _ask(self, sql: str) -> int:
        """The place of this in a row of the answer; what is asked twice is answered once."""
        named = sql if sql.startswith("_tap_c") else f"{sql} AS _tap_a{len(self._asked)}"
        if named in self._asked:
            return self._asked.index(named)
        self._asked.append(named)
        return len(self._asked) - 1

    def _text(self, cell: Cell) -> str:
        return _given(self._answers[cell.path]) if cell.expression else column(cell.position)

    def _trimmed(self, sql: str) -> str:
        if self._blanks is Blanks.NONE:
            return sql
        # With a list of blanks it takes ten times as long.
        return f"trim({sql})" if self._blanks is Blanks.SPACES else f"trim({sql}, {literal(_ALL_BLANKS)})"


def column(place: int) -> str:
    """What a column of the file is called in SQL."""
    return f"_tap_c{place}"


def _answer(place: int) -> str:
    return f"_tap_x{place}"


def _given(answer: str) -> str:
    return f"coalesce(CAST({answer}.v AS VARCHAR), '')"
