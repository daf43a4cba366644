"""Settings and a file's header brought together: which column feeds which field of the documents."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bill_api.identity.deletes import marks_among
from bill_api.identity.keys import key_text
from bill_api.identity.spelled import spelling_among
from bill_api.identity.totals import TOTAL
from bill_api.table.fields import NUMBERS, FieldType, declare
from bill_api.table.kinds import reader_of
from bill_documents.errors import SettingError, instead, quoted
from bill_documents.mapping.cells import Cell, Level
from bill_documents.mapping.columns import TextSource
from bill_documents.mapping.declaration import AddDays, ColumnEntry
from bill_documents.mapping.entry_file import check_kinds, file_of
from bill_documents.mapping.expressions import TEXT, Expression, checked, mentioned
from bill_documents.mapping.keys import KeyPart, key_of
from bill_documents.mapping.recognition import Recognized, is_credit_memo, recognize
from bill_documents.mapping.templates import BY_STREAM as TEMPLATES
from bill_documents.mapping.templates import WRITING
from bill_documents.reading.csv_file import CsvFile
from bill_documents.reading.files import find
from bill_documents.reading.rejects import RejectsFile, refuse_changed
from bill_documents.reading.source import column_key
from bill_documents.reading.typed_cells import CellForm
from bill_documents.reading.workbook import WorkbookFile
from bill_values.notations import PLAIN
from bill_values.provenance import SOURCE_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field
    from bill_documents.mapping.entries import EntitySettings, FileSettings
    from bill_documents.mapping.levels import LevelSettings
    from bill_documents.reading.source import Header, TabularFile


TYPED_AS_NUMBERS = NUMBERS | {FieldType.INTEGER}
SHOWS_A_SHIFT = TYPED_AS_NUMBERS | {FieldType.DATE}
"""Kinds whose texts are told from others: a cell that has moved there is refused."""


COLUMNS_MAX = 200
"""The width of a file up to which DuckDB gets all columns, which is faster; its memory grows with their number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenColumn:
    """A column that goes with its document though it feeds no field.

    Attributes:
        place: In the header.
        name: In the document, or in its line.
        column: In the file.
        is_of_line: Whether it is one of a line.
    """

    place: int
    name: str
    column: str
    is_of_line: bool


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The way in which the rows of one file become documents.

    Attributes:
        settings: The entry of `files` that this is.
        file: The file.
        header: Its columns.
        entity: What the documents are.
        head: The fields that all rows of a document share.
        array: The field that holds the lines; None for entities without.
        lines: The fields that each row has of its own.
        marks: Columns that say of a row that it is deleted, and that the settings make nothing else of.
        recognized: The import template that the file follows, if it needed no mapping.
        key: The fields that rows of one document have in common.
        optional: Those of the key that may be blank.
        where: What is true of the rows that are wanted.
        reject: What is true of rows to reject, each with the reason.
        beside: Names of what the folder or archive has beside its files, with the first of them.
    """

    settings: FileSettings
    file: TabularFile
    header: Header
    entity: Entity
    head: Level
    array: Field | None
    lines: Level | None
    marks: tuple[Cell, ...]
    recognized: Recognized | None
    key: tuple[str, ...]
    optional: frozenset[str]
    where: Expression | None
    reject: tuple[tuple[Expression, str], ...]
    beside: tuple[str, ...] = ()

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The head's cells, then the lines', then the marks."""
        return self.head.cells + (self.lines.cells if self.lines else ()) + self.marks

    @cached_property
    def staged(self) -> tuple[int, ...]:
        """Places of the columns that DuckDB gets one by one; of the others it matters only that something stands there.

        In a file of many columns these are the ones that the mapping reads.
        """
        if len(self.header.columns) <= COLUMNS_MAX:
            return tuple(range(len(self.header.columns)))
        plain = {cell.position for cell in self.cells if not cell.expression}
        given_on = {each.place for each in self.given_on}
        return tuple(sorted(plain | given_on | mentioned(self.header.names, self.expressions)))

    @cached_property
    def expressions(self) -> tuple[Expression, ...]:
        """All that are evaluated for a row."""
        return (*(cell.expression for cell in self.cells if cell.expression), *self.rules)

    @property
    def rules(self) -> list[Expression]:
        """The expressions that decide about rows."""
        return [*([self.where] if self.where else []), *(rule for rule, _ in self.reject)]

    def mentioned(self, expression: Expression) -> frozenset[int]:
        """Places of the columns whose names stand in an expression."""
        return mentioned(self.header.names, [expression])

    def places(self, cell: Cell) -> frozenset[int]:
        """Places of the columns that a cell's text is made of."""
        return self.mentioned(cell.expression) if cell.expression else frozenset([cell.position])

    @cached_property
    def used(self) -> list[str]:
        """Columns that documents are made of: they feed a field, or stand in an expression."""
        used = frozenset[int]().union(*map(self.places, self.cells), *map(self.mentioned, self.rules))
        return [self.header.names[place] for place in sorted(used)]

    @property
    def idle(self) -> list[str]:
        """Columns that nothing is made of."""
        return [name for name in self.unused if name not in self.used]

    @cached_property
    def is_of_records(self) -> bool:
        """True for rejects of what came as records: they are judged as they were then, and nothing is left aside."""
        return _is_of_records(self.file)

    @property
    def finds_totals(self) -> bool:
        """True if rows may be totals of those above them; a line of a record is none."""
        return self.settings.entry.totals and not self.is_of_records

    @cached_property
    def given_on(self) -> tuple[GivenColumn, ...]:
        """Columns of rejected records that feed no field - an id, the key of their source, a mark of deletes.

        They go with the document as they are.
        """
        prefix = f"{self.array.name}." if self.array else "\n"
        idle = frozenset(self.idle if self.is_of_records else ())
        return tuple(
            GivenColumn(place=place, name=name.removeprefix(prefix), column=name, is_of_line=name.startswith(prefix))
            for place, name in enumerate(self.header.names)
            if name in idle
        )

    def setting_for(self, cell: Cell, name: str) -> str:
        """Path of the setting of this name that holds for a cell: its column's own, or the file's."""
        of_line = self.lines is not None and cell in self.lines.cells
        entry = self.settings.entry.lines if of_line else self.settings.entry
        said = (entry.columns or {}) if entry else {}
        given = said.get(spelling_among(said, cell.field.name))
        is_own = isinstance(given, ColumnEntry) and getattr(given, name) is not None
        if not is_own and (given is not None or self.recognized is None):
            return f"{self.settings.setting}.{name}"
        # What a template says of all its columns, a column of its own corrects.
        return f"{self.settings.setting}{'.lines' if of_line else ''}.columns.{cell.field.name}.{name}"

    @cached_property
    def needed(self) -> int:
        """The cells that a row must have at least: up to the last by which a row whose cells have moved is found."""
        places = (
            cell.position
            for cell in self.cells
            if not cell.expression and (cell.field.name in self.key or cell.field.type in SHOWS_A_SHIFT)
        )
        return max(places, default=0) + 1

    @cached_property
    def key_parts(self) -> Mapping[str, KeyPart]:
        """The parts of the key that cells feed, by field."""
        return {
            cell.field.name: KeyPart(
                entity=self.entity,
                cell=cell,
                optional=cell.field.name in self.optional,
                never=self.settings.not_keys,
            )
            for cell in self.head.cells
            if cell.field.name in self.key
        }

    @cached_property
    def key_constants(self) -> Mapping[str, str]:
        """The canonical texts of the other parts of the key, by field."""
        return {
            name: key_text(self.entity, name, self.head.constants[name])
            for name in self.key
            if name not in self.key_parts
        }

    @property
    def origin(self) -> tuple[str, str]:
        """The table that the rows are of, however the entry writes its path: its file, and its sheet in a workbook."""
        path = self.file.path
        return str(Path(path).resolve()), self.file.name.removeprefix(path)

    @property
    def key_properties(self) -> tuple[str, ...]:
        """The key of documents: never blank in a sound one."""
        return (SOURCE_KEY,) if self.optional else self.key

    @cached_property
    def by_header(self) -> bool:
        """True if nobody said what the columns feed."""
        return self.recognized is not None or self.settings.entry.columns is None

    @cached_property
    def unused(self) -> list[str]:
        """Columns that feed no field."""
        used = {cell.position for cell in self.cells if not cell.expression}
        known = self.recognized.unused if self.recognized else ()
        return [
            name
            for place, name in enumerate(self.header.names)
            if self.header.columns[place] and place not in used and name not in known
        ]


def layouts(settings: FileSettings) -> list[Layout]:
    """One layout for each file that the entry's path names."""
    found = find(settings.entry.path, f"{settings.setting}.path")
    files = [file_of(settings, each) for each in found]
    check_kinds(settings, files)
    return [layout_of(settings, file, each.beside) for file, each in zip(files, found, strict=True)]


def layout_of(settings: FileSettings, file: TabularFile, beside: tuple[str, ...] = ()) -> Layout:
    """The layout of one file or table.

    Args:
        settings: What is said of it.
        file: It.
        beside: Names of what lies beside it and is not read.
    """
    path = file.path
    header = file.header()
    if isinstance(file, CsvFile | WorkbookFile):
        refuse_changed(file.name, header.columns)
    recognized = _recognized(settings, file, header)
    entity = settings.entity
    if recognized:
        entity = settings.for_stream(recognized.template.stream, WRITING)
    if entity is None:
        raise SettingError(f"{settings.setting}.stream", _no_stream(file, header))
    builder = _Builder(settings, entity, file, header, recognized)
    head = builder.level(entity.head, line=False)
    lines = builder.level(entity.lines, line=True) if entity.array and entity.lines else None
    has_lines = bool(lines and lines.cells) or _is_of_records(file)  # those of a record may stand in one cell
    if entity.array and entity.lines and entity.array.required and not has_lines:
        problem = f"{entity.entity.stream} need lines, and no column of {path} feeds one"
        raise SettingError(f"{entity.lines.setting}.columns", f"{problem}; {instead('', header.names, full=True)}")
    key, optional = key_of(entity, head, path, header, recognized)
    where = (
        builder.expression(f"{settings.setting}.where", settings.entry.where, truth=True)
        if settings.entry.where
        else None
    )
    reject = tuple((builder.expression(rule.setting, rule.when, truth=True), rule.reason) for rule in settings.reject)
    rules = [*([where] if where else []), *(rule for rule, _ in reject)]
    return Layout(
        settings=settings,
        file=file.as_written(_forms(head, lines, key)),
        header=header,
        entity=entity.entity,
        head=head,
        array=entity.array,
        lines=lines,
        # Those of rejected records go with the record, whose marks they are, as all that feeds no field.
        marks=() if _is_of_records(file) else builder.marks((*head.cells, *(lines.cells if lines else ())), rules),
        recognized=recognized,
        key=key,
        optional=optional,
        where=where,
        reject=reject,
        beside=beside,
    )


def _forms(head: Level, lines: Level | None, key: tuple[str, ...]) -> Mapping[int, CellForm]:
    """The form in which the reader of each column expects values that have a type, by its place.

    Raises:
        SettingError: A column feeds two fields that write values in different ways: no text fits both.
    """
    forms: dict[int, CellForm] = {}
    for cell in (*head.cells, *(lines.cells if lines else ())):
        if cell.expression:
            continue
        is_text = cell.field.type is FieldType.STRING
        form = CellForm(
            writing=cell.writing,
            is_day=cell.field.type is FieldType.DATE,
            is_number=cell.field.type in TYPED_AS_NUMBERS,
            is_text=is_text and not cell.writing.values,
            is_key=is_text and cell in head.cells and cell.field.name in key,
        )
        forms[cell.position] = forms[cell.position].joined(form) if cell.position in forms else form
    return forms


def _recognized(settings: FileSettings, file: TabularFile, header: Header) -> Recognized | None:
    entry = settings.entry
    mapped = entry.columns is not None or (entry.lines is not None and entry.lines.columns is not None)
    if entry.template is False or ((mapped or _is_of_records(file)) and entry.template is None):
        return None
    stream = settings.entity.entity.stream if settings.entity else None
    found = recognize(file, header, stream)
    if entry.template and not found:
        titles = ", ".join(each.title for each in TEMPLATES.values())
        problem = f"the header of {file.path} is of none of BILL's import templates ({titles})"
        raise SettingError(f"{settings.setting}.template", f"{problem}; {instead('', header.names, full=True)}")
    return found


def _is_of_records(file: TabularFile) -> bool:
    return isinstance(file, RejectsFile) and file.is_of_records


def _no_stream(file: TabularFile, header: Header) -> str:
    if is_credit_memo(header):
        return (
            f"{file.path} looks like BILL's import template for credit memos; nobody knows how BILL's API takes them, "
            "so import the file in BILL itself"
        )
    return (
        f"must be given: the header of {file.path} is of none of BILL's import templates; "
        f"{instead('', [name for name in header.columns if name], full=True)}"
    )


class _Builder:
    """Resolves what one entry says against one header."""

    def __init__(
        self,
        settings: FileSettings,
        entity: EntitySettings,
        file: TabularFile,
        header: Header,
        recognized: Recognized | None,
    ) -> None:
        self._settings = settings
        self._entity = entity
        self._file = file
        self._header = header
        self._recognized = recognized
        self._taken: set[str] = set()

    def level(self, level: LevelSettings, *, line: bool) -> Level:
        """One level, from what was said, what the template says, or what columns are named."""
        prefix = f"{self._entity.array.name}." if line and self._entity.array else ""
        sources = self._sources(level, prefix, line=line)
        cells = tuple(self._cell(level.fields[name], prefix, each) for name, each in sources.items())
        self._taken |= {each.column for each in sources.values() if each.column}
        derived = {name: each for name, each in level.defaults.items() if isinstance(each, AddDays)}
        constants = {name: each for name, each in level.defaults.items() if not isinstance(each, AddDays)}
        for name, each in derived.items():
            if each.field not in {*sources, *constants}:
                problem = f"it starts from {quoted(each.field)}, which neither a column nor a constant feeds"
                raise SettingError(f"{level.setting}.defaults.{name}.field", problem)
        return Level(
            cells=cells,
            constants=constants,
            derived=derived,
            fields={name: level.fields[name] for name in (*sources, *level.defaults)},
        )

    def marks(self, cells: Sequence[Cell], rules: Sequence[Expression]) -> tuple[Cell, ...]:
        """The columns that say of a row that it is deleted, but those that feed something or that a rule names."""
        names = self._header.names
        expressions = [*(cell.expression for cell in cells if cell.expression), *rules]
        taken = {*(cell.position for cell in cells), *mentioned(names, expressions)}
        free = [name for place, name in enumerate(names) if self._header.columns[place] and place not in taken]
        prefix = f"{self._entity.array.name}." if self._entity.array else ""
        return tuple(
            self._cell(declare(mark, FieldType.STRING, ""), prefix, TextSource(setting="", column=name, writing=PLAIN))
            for name, mark in marks_among(self._entity.entity, free).items()
        )

    def expression(self, setting: str, sql: str, *, truth: bool = False) -> Expression:
        """An expression over this file's columns."""
        return checked(setting, sql, self._header.names, truth=truth)

    def _sources(self, level: LevelSettings, prefix: str, *, line: bool) -> Mapping[str, TextSource]:
        if self._recognized:
            found = self._recognized.sources(f"{level.setting}.columns", self._header, line=line)
            return {**found, **(level.columns or {})}
        if level.columns is not None:
            return level.columns
        return self._by_name(level, prefix)

    def _by_name(self, level: LevelSettings, prefix: str) -> Mapping[str, TextSource]:
        """Each column named like a field feeds it.

        In any spelling, that of the field first. A name that both levels know (`description`) feeds the head, and
        `billLineItems.description` feeds the lines; `amount` feeds the lines, and a document's total only where
        somebody says so. In rejects of records each name is that of its own level.
        """
        header = self._header.columns
        is_of_records = _is_of_records(self._file)
        free = [each for each in header if each not in self._taken]
        columns: dict[str, str] = {}
        for name, each in level.fields.items():
            own, bare = spelling_among(header, prefix + name), spelling_among(free, name)
            if prefix and own in header:
                columns[name] = own
            elif bare in free and (not prefix if is_of_records else not (each.read_only and name == TOTAL)):
                columns[name] = bare
        return {
            name: TextSource(setting=f"{level.setting}.columns.{name}", column=column, writing=self._settings.writing)
            for name, column in columns.items()
        }

    def _cell(self, field: Field, prefix: str, source: TextSource) -> Cell:
        expression = self.expression(f"{source.setting}.expression", source.expression) if source.expression else None
        position = -1 if expression else self._position(source)
        writing = source.writing
        if expression and expression.type != TEXT:
            # DuckDB writes its own values, and a date always as ISO; what is rounded or turned round stays so.
            writing = replace(PLAIN, round=writing.round, negate=writing.negate, values=writing.values)
        return Cell(
            field=field,
            path=prefix + field.name,
            column=f"({source.expression})" if expression else self._header.names[position],
            position=position,
            expression=expression,
            writing=writing,
            read=reader_of(field, writing),
        )

    def _position(self, source: TextSource) -> int:
        if source.position is not None:
            return source.position
        return _position(source.setting, str(source.column), self._header, self._file.path)


def _position(setting: str, column: str, header: Header, path: str) -> int:
    """The place of the column: by its exact name, or else by one that differs in case and blanks only.

    A name that stands twice is refused; the second of them may be called `name (2)`, as it travels along.
    """
    same = [place for place, name in enumerate(header.columns) if name == column]
    alike = same or [
        place for place, name in enumerate(header.columns) if name and column_key(name) == column_key(column)
    ]
    match alike or [place for place, name in enumerate(header.names) if name == column]:
        case [place]:
            return place
        case []:
            names = [name for name in header.columns if name]
            raise SettingError(setting, f"{path} has no column {quoted(column)}; {instead(column, names, full=True)}")
        case _:
            places = ", ".join(str(place + 1) for place in alike)
            raise SettingError(setting, f"{path} has {len(alike)} columns named {quoted(column)}: {places}")
