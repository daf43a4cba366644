"""The query to DuckDB about the rows of one file: their keys, their texts, the values of expressions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bill_api.table.entity import ZERO_ID
from bill_api.table.fields import FieldType
from bill_documents.grouping.orphans import finds_orphans, key_cells, named_cells, other_cells, unused
from bill_documents.grouping.total_rows import SAYS_TOTAL
from bill_documents.mapping.expressions import attempt, identifier, literal, mentioned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_documents.mapping.cells import Cell
    from bill_documents.mapping.expressions import Expression
    from bill_documents.mapping.keys import KeyPart
    from bill_documents.mapping.layout import Layout

LINE, ALONE, OWNER, REST = "_tap_line", "_tap_alone", "_tap_owner", "_tap_rest"
"""Names in SQL, beside those of the columns; `REST` is the text of the cells that have no column."""

IN_RECORDS = "records.first, records.place NULLS LAST"
"""The order of the rows of a file of rejects, those of one record after another; added rows stand behind its own."""

_BLANKS = (
    " \n\t\v\f\r\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""The blanks that `str.strip` takes; DuckDB's plain `trim` takes those of category Zs only."""

_NOT_PLAIN = (r"[^ -~]", r"[^ ]  +[^ ]", r"^ *#", r"[eE]\+", rf"^ *{ZERO_ID} *$")
"""Found in texts whose canonical text is not just themselves, or that may be broken; all others are that already."""

_NO_INK = r"[!-~]"
"""Found in texts that are certainly not blank."""

NOT_EVALUATED = "cannot be evaluated for this row"
NEITHER = "is neither true nor false for this row"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """A fault of a row as a whole.

    Attributes:
        place: Where an answered row says whether it is.
        expression: Who says so.
        reason: What is wrong.
    """

    place: int
    expression: Expression
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryPlan:
    """Places of the columns in an answered row; the line that it begins on stands first.

    Attributes:
        texts: For each of the layout's cells, the place of its text.
        failures: For each of them, the place that says whether its expression failed; None for columns.
        faults: What may be wrong with a row as a whole.
        hidden: Names of the columns that no document carries along.
        origins: Places of the texts of the layout's `staged` columns; none where documents carry no cells along.
        rest: The place of the text of the others; None where documents carry no cells along.
        given_on: Places of the texts of the columns that go with the document though they feed no field.
        owner: The place of the line that an orphaned row's owner begins on; None where no row is orphaned.
    """

    texts: tuple[int, ...]
    failures: tuple[int | None, ...]
    faults: tuple[RowFault, ...]
    hidden: frozenset[str]
    origins: tuple[int, ...]
    rest: int | None
    given_on: tuple[int, ...]
    owner: int | None


class Query:
    """The SQL for one file, over the table `rows` of line and cells.

    Args:
        layout: The file's.
        keys: What the parts of the key are called in SQL.
        hidden: Columns whose texts no document carries along.
        has_outer_blanks: Whether blanks stand around the text of any cell.
        has_orphans: Whether the tables `orphans` and `totals` say something of this file.
    """

    def __init__(
        self,
        layout: Layout,
        keys: list[str],
        hidden: frozenset[str],
        *,
        has_outer_blanks: bool,
        has_orphans: bool = False,
    ) -> None:
        self._layout = layout
        self._keys = keys
        self._has_outer_blanks = has_outer_blanks
        self._has_orphans = has_orphans
        self._filled = _head_columns(layout) if has_orphans and layout.settings.entry.fill_down else frozenset()
        self._asked = [LINE]
        self._expressions: list[Expression] = []
        self._where = ""
        self.plan = self._plan(hidden)

    @property
    def unsorted(self) -> str:
        """Rows that may not be rows of their own: part of their key is blank, or they may say that they are totals."""
        layout = self._layout
        ways: list[str] = []
        if finds_orphans(layout):
            cells = [f"{self._text(cell)} <> ''" for cell in layout.lines.cells] if layout.lines else []
            ways.append(f"{self._lacks_key} AND ({' OR '.join(cells) or 'true'})")
        if layout.finds_totals:
            ways.append(self._says_total)
        return f"SELECT {LINE} {self._evaluated} WHERE {' OR '.join(ways) or 'false'}"

    @property
    def _lacks_key(self) -> str:
        """True of a row in which a part of the key is blank."""
        layout = self._layout
        blank = (
            f"(({text} < '!' OR {text} > '~') AND NOT regexp_matches({text}, '{_NO_INK}'))"
            for name, part in layout.key_parts.items()
            if name not in layout.optional
            for text in [self._text(part.cell)]
        )
        return f"({' OR '.join(blank) or 'false'})"

    @property
    def _says_total(self) -> str:
        """True of a row that may say that it is a total: by a name, or in what says something of its line."""
        layout = self._layout
        texts = [*map(self._text, named_cells(layout))]
        if layout.lines:
            cells = [cell for cell in layout.lines.cells if cell.field.type is FieldType.STRING]
            places = [layout.staged[place] for place in unused(layout) if place < len(layout.staged)]
            texts += [*map(self._text, cells), *map(column, places), REST]
        # All texts of a row at once: to compile the words takes longer than to look for them in a small file.
        return f"regexp_matches(concat_ws(chr(31), {', '.join(texts)}), {literal(SAYS_TOTAL)})" if texts else "false"

    def sortable(self, *, is_of_rejects: bool) -> str:
        """Every row as a `Sorter` wants it, in the order of the file; of a file of rejects, in that of its records."""
        layout = self._layout
        cells = other_cells(layout)
        told = (*named_cells(layout), *cells)
        texts = ", ".join(f"{self._text(cell)} AS _tap_s{place}" for place, cell in enumerate(told))
        packed = f"[{', '.join([*map(column, layout.staged), REST])}]"
        if layout.lines:  # of a list all rows matter, for their columns are added up
            packed = f"CASE WHEN {self._lacks_key} OR {self._says_total} THEN {packed} END"
        rows = (
            f"SELECT {LINE}, {self._says_more((*key_cells(layout), *cells))} AS _tap_m, {packed} AS _tap_p, {texts} "
            f"{self._evaluated}"
        )
        if is_of_rejects:
            return f"SELECT own.* FROM ({rows}) AS own JOIN records ON line = {LINE} ORDER BY {IN_RECORDS}, {LINE}"  # noqa: S608
        return f"{rows} ORDER BY {LINE}"

    def _says_more(self, cells: Sequence[Cell]) -> str:
        """True if anything stands in a row beside these cells, whatever the mapping makes of it."""
        used = _columns(self._layout, cells)
        others = [self._trimmed(column(place)) for place in self._layout.staged if place not in used]
        return " OR ".join(f"{each} <> ''" for each in [*others, REST])

    @property
    def odd(self) -> dict[str, str]:
        """For each field of the key that a cell feeds: the texts that cannot be compared as they are."""
        return {name: self._odd(part) for name, part in self._layout.key_parts.items()}

    def _odd(self, part: KeyPart) -> str:
        text = self._text(part.cell)
        odd = "true" if part.folds_case is None else f"regexp_matches({text}, {literal(_not_plain(part.never))})"
        wanted = f" AND ({self._where})" if self._where else ""
        return (
            f"SELECT DISTINCT {self._trimmed(text)} {self._evaluated} "  # every name in it is made here
            f"WHERE {text} <> '' AND {odd}{wanted}"
        )

    def keyed(self, odd: Mapping[str, str]) -> str:
        """Rows that are wanted: what the plan asks for, the key, the owner if any, and whether the row stands alone.

        Args:
            odd: The tables of texts that cannot be compared as they are, by field of the key: text, key, is_barred.
        """
        layout = self._layout
        raw = {name: f"_tap_r{place}" for place, name in enumerate(layout.key_parts)}
        texts = [f"{self._trimmed(self._text(layout.key_parts[name].cell))} AS {raw[name]}" for name in raw]
        keys = [self._key(name, raw, odd) for name in layout.key]
        named = ", ".join(f"{sql} AS {name}" for name, sql in zip(self._keys, keys, strict=True))
        blank = [
            f"{key} = ''"
            for key, name in zip(keys, layout.key, strict=True)
            if name in raw and name not in layout.optional
        ]
        barred = [f"coalesce({table}.is_barred, false)" for table in odd.values()]
        joins = "".join(f" LEFT JOIN {table} ON {table}.text = {raw[name]}" for name, table in odd.items())
        wanted = f"WHERE {self._where}" if self._where else ""
        shown = ", ".join(f"base.{_name(each)}" for each in self._asked)
        own = (
            f"SELECT {shown}, {named}, {' OR '.join([*blank, *barred]) or 'false'} AS {ALONE} "  # noqa: S608
            f"FROM (SELECT {', '.join([*self._asked, *texts])} {self._evaluated} {wanted}) AS base{joins}"
        )
        return self._with_owners(own) if self._has_orphans and not self._filled else own

    def _key(self, name: str, raw: Mapping[str, str], odd: Mapping[str, str]) -> str:
        if name not in raw:
            return literal(self._layout.key_constants[name])
        plain = f"lower({raw[name]})" if self._layout.key_parts[name].folds_case else raw[name]
        return f"coalesce({odd[name]}.key, {plain})" if name in odd else plain

    def _with_owners(self, own: str) -> str:
        """The same rows, orphaned ones with the keys of their owners."""
        owned = f"own.{OWNER} IS NOT NULL"
        keys = ", ".join(f"CASE WHEN {owned} THEN head.{name} ELSE own.{name} END AS {name}" for name in self._keys)
        names = ", ".join([*self._keys, ALONE])
        return (
            f"WITH own AS MATERIALIZED ({own}) "  # noqa: S608  # every name in it is made here
            f"SELECT own.* EXCLUDE ({names}), {keys}, "
            f"CASE WHEN {owned} THEN coalesce(head.{ALONE}, true) ELSE own.{ALONE} END AS {ALONE} "
            f"FROM own LEFT JOIN (SELECT {LINE} AS line, {names} FROM own) AS head ON head.line = own.{OWNER}"
        )

    @property
    def _complete(self) -> str:
        """Rows with what is known of them: no totals, owners named, and the heads of orphans filled in where asked."""
        if not self._has_orphans:
            return "SELECT * FROM rows"
        heads = "".join(
            f", CASE WHEN {self._trimmed(f'rows.{column(place)}')} = '' "
            f"THEN coalesce(head.{column(place)}, '') ELSE rows.{column(place)} END AS {_full(place)}"
            for place in sorted(self._filled)
        )
        join = f"LEFT JOIN rows AS head ON head.{LINE} = orphans.owner" if self._filled else ""
        return (
            f"SELECT rows.*, orphans.owner AS {OWNER}{heads} "  # noqa: S608  # every name in it is made here
            f"FROM rows ANTI JOIN totals ON totals.line = rows.{LINE} "
            f"LEFT JOIN orphans ON orphans.line = rows.{LINE} {join}"
        )

    @property
    def _evaluated(self) -> str:
        complete = f"FROM ({self._complete})"
        if not self._expressions:
            return complete
        names = self._layout.header.names
        named = ", ".join(f"{self._column(place)} AS {identifier(names[place])}" for place in self._layout.staged)
        answers = ", ".join(f"{attempt(each.sql)} AS {_answer(place)}" for place, each in enumerate(self._expressions))
        return f"FROM (SELECT *, {answers} FROM (SELECT *, {named} {complete}))"  # noqa: S608

    def _plan(self, hidden: frozenset[str]) -> QueryPlan:
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
                texts.append(self._ask(self._column(cell.position)))
                failures.append(None)
        self._answers = answers
        faults: list[RowFault] = []
        if layout.where:
            answer = self._add(layout.where)
            self._where = f"{answer} IS NULL OR {answer}.v IS NULL OR {answer}.v"
            faults.append(self._undecided(layout.where, answer))
        for rule, why in layout.reject:
            answer = self._add(rule)
            faults.append(self._undecided(rule, answer))
            faults.append(RowFault(place=self._ask(f"coalesce({answer}.v, false)"), expression=rule, reason=why))
        carries = layout.settings.entry.source_cells
        return QueryPlan(
            texts=tuple(texts),
            failures=tuple(failures),
            faults=tuple(faults),
            hidden=hidden,
            origins=tuple(self._ask(column(place)) for place in layout.staged) if carries else (),
            rest=self._ask(REST) if carries else None,
            given_on=tuple(self._ask(column(each.place)) for each in layout.given_on),
            owner=self._ask(OWNER) if self._has_orphans else None,
        )

    def _undecided(self, expression: Expression, answer: str) -> RowFault:
        place = self._ask(f"{answer} IS NULL OR {answer}.v IS NULL")
        return RowFault(place=place, expression=expression, reason=NEITHER)

    def _add(self, expression: Expression) -> str:
        self._expressions.append(expression)
        return _answer(len(self._expressions) - 1)

    def _ask(self, sql: str) -> int:
        """The place of this in a row of the answer; what is asked twice is answered once."""
        named = sql if sql.startswith(("_tap_c", "_tap_f", OWNER, REST)) else f"{sql} AS _tap_a{len(self._asked)}"
        if named in self._asked:
            return self._asked.index(named)
        self._asked.append(named)
        return len(self._asked) - 1

    def _text(self, cell: Cell) -> str:
        return _given(self._answers[cell.path]) if cell.expression else self._column(cell.position)

    def _column(self, place: int) -> str:
        """The text of a column, filled in where its row is orphaned."""
        return _full(place) if place in self._filled else column(place)

    def _trimmed(self, sql: str) -> str:
        return f"trim({sql}, {literal(_BLANKS)})" if self._has_outer_blanks else sql


def column(place: int) -> str:
    """The name of a column of the file in SQL."""
    return f"_tap_c{place}"


def _full(place: int) -> str:
    return f"_tap_f{place}"


def _name(asked: str) -> str:
    """The name of an answer."""
    return asked.rpartition(" AS ")[2]


def _head_columns(layout: Layout) -> frozenset[int]:
    """The columns that orphaned rows leave out: those that feed the head, and none that feeds a line.

    An expression is believed to use every column whose name stands in it.
    """
    lines = _columns(layout, layout.lines.cells) if layout.lines else frozenset()
    return _columns(layout, layout.head.cells) - lines


def _columns(layout: Layout, cells: Sequence[Cell]) -> frozenset[int]:
    plain = frozenset(cell.position for cell in cells if not cell.expression)
    return plain | mentioned(layout.header.names, [cell.expression for cell in cells if cell.expression])


def _not_plain(never: frozenset[str]) -> str:
    """The pattern of texts that Python must look at; one, for each pass over the rows takes its time."""
    words = ("".join(f"\\x{ord(each):02x}" for each in word) for word in sorted(never) if word.isascii())
    return "|".join([*_NOT_PLAIN, f"^ *(?i:{'|'.join(words)}) *$"])


def _answer(place: int) -> str:
    return f"_tap_x{place}"


def _given(answer: str) -> str:
    return f"coalesce(CAST({answer}.v AS VARCHAR), '')"
