"""Settings and a file's header brought together: which column feeds which field of the documents."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from bill_api.references import references
from tap_bill_csv.errors import SettingError, instead, quoted
from tap_bill_csv.settings import AddDays, FileSettings, LevelSettings
from tap_bill_csv.source import CsvFile, find
from tap_bill_csv.values import Parse, Value, parser

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_api.entity import Entity
    from bill_api.fields import Field


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A column that feeds a field.

    Attributes:
        field: The field.
        path: The field as errors name it: `dueDate`, `billLineItems.amount`.
        column: The column's name in the header.
        position: The column's position in the file, from 0.
        parse: See `values.parser`.
    """

    field: Field
    path: str
    column: str
    position: int
    parse: Parse | None


@dataclass(frozen=True, kw_only=True)
class Level:
    """One level of a document, its head or its lines."""

    cells: tuple[Cell, ...]
    constants: Mapping[str, Value]
    derived: Mapping[str, AddDays]
    fields: Mapping[str, Field]

    @cached_property
    def blank(self) -> dict[str, Value | None]:
        """What a level holds before any cell was read: every field that it can have, in its order."""
        return {name: self.constants.get(name) for name in self.fields}


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How the rows of one file become documents.

    Attributes:
        file: The file.
        header: Its column names.
        entity: What the documents are.
        head: The fields that all rows of a document share.
        array: The field that holds the lines; None for entities without.
        lines: The fields that each row has of its own.
        by_header: Whether columns feed fields by being named like them.
        key: The fields that rows of one document have in common.
        not_keys: Texts, case-folded, that stand where a key should and are none.
    """

    file: CsvFile
    header: tuple[str, ...]
    entity: Entity
    head: Level
    array: Field | None
    lines: Level | None
    by_header: bool
    key: tuple[str, ...]
    not_keys: frozenset[str]

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The head's cells, then the lines'."""
        return self.head.cells + (self.lines.cells if self.lines else ())

    @cached_property
    def unused(self) -> list[str]:
        """Columns that feed no field."""
        used = {cell.column for cell in self.cells}
        return [name for name in self.header if name and name not in used]


def layouts(settings: FileSettings) -> list[Layout]:
    """One layout for each file that the entry's path names."""
    return [_layout(settings, path) for path in find(settings.path, f"{settings.setting}.path")]


def _layout(settings: FileSettings, path: str) -> Layout:
    file = CsvFile(setting=settings.setting, path=path, encoding=settings.encoding, delimiter=settings.delimiter)
    header = file.header()
    columns = _columns(settings.head, header, prefix="")
    head = _level(settings, settings.head, columns, file, header)
    lines = None
    if settings.array and settings.lines:
        prefix = f"{settings.array.name}."
        lines = _level(
            settings, settings.lines, _columns(settings.lines, header, prefix, columns), file, header, prefix
        )
        if settings.array.required and not lines.cells:
            problem = f"{settings.entity.stream} need lines, and no column of {path} feeds one"
            raise SettingError(f"{settings.lines.setting}.columns", f"{problem}; {instead('', header, full=True)}")
    return Layout(
        file=file,
        header=header,
        entity=settings.entity,
        head=head,
        array=settings.array,
        lines=lines,
        by_header=settings.head.columns is None,
        key=_key(settings, head, path),
        not_keys=settings.not_keys,
    )


def _columns(
    level: LevelSettings, header: tuple[str, ...], prefix: str, taken: Mapping[str, str] | None = None
) -> Mapping[str, str]:
    """The mapping that was given, or that of each column named like a field to that field.

    A name that both levels know (`description`) feeds the head, and `billLineItems.description` feeds the lines.
    """
    if level.columns is not None:
        return level.columns
    by_name = {name: prefix + name for name in level.fields if prefix and prefix + name in header}
    free = set(header) - set((taken or {}).values())
    return {name: by_name.get(name, name) for name in level.fields if name in by_name or name in free}


def _level(
    settings: FileSettings,
    level: LevelSettings,
    columns: Mapping[str, str],
    file: CsvFile,
    header: tuple[str, ...],
    prefix: str = "",
) -> Level:
    cells = tuple(
        Cell(
            field=level.fields[name],
            path=prefix + name,
            column=column,
            position=_position(f"{level.setting}.columns.{name}", column, file, header),
            parse=parser(level.fields[name], settings.date_format),
        )
        for name, column in columns.items()
    )
    derived = {name: each for name, each in level.defaults.items() if isinstance(each, AddDays)}
    constants = {name: each for name, each in level.defaults.items() if not isinstance(each, AddDays)}
    for name, each in derived.items():
        if each.field not in {*columns, *constants}:
            problem = f"it starts from {quoted(each.field)}, which neither a column nor a constant feeds"
            raise SettingError(f"{level.setting}.defaults.{name}.field", problem)
    return Level(
        cells=cells,
        constants=constants,
        derived=derived,
        fields={name: level.fields[name] for name in (*columns, *level.defaults)},
    )


def _position(setting: str, column: str, file: CsvFile, header: tuple[str, ...]) -> int:
    positions = [position for position, name in enumerate(header) if name == column]
    match positions:
        case [position]:
            return position
        case []:
            names = [name for name in header if name]
            raise SettingError(
                setting, f"{file.path} has no column {quoted(column)}; {instead(column, names, full=True)}"
            )
        case _:
            places = ", ".join(str(position + 1) for position in positions)
            raise SettingError(setting, f"{file.path} has {len(positions)} columns named {quoted(column)}: {places}")


def _key(settings: FileSettings, head: Level, path: str) -> tuple[str, ...]:
    setting = f"{settings.setting}.group_by"
    fed = {cell.field.name for cell in head.cells} | set(head.constants)
    key = settings.group_by or _natural_key(settings, fed, f"{settings.setting}.columns", path)
    for name in key:
        if name not in fed:
            problem = f"{quoted(name)} is fed by no column of {path} and by no constant"
            raise SettingError(setting, f"{problem}; {instead(name, fed, full=True)}")
    columns = [cell.field.name for cell in head.cells if cell.field.name in key]
    if not columns:
        raise SettingError(setting, f"no column of {path} feeds {', '.join(key)}: all rows would be one document")
    if filled := [name for name in columns if name in head.constants]:
        # A default would put every row whose key is blank into one document.
        problem = "a column of the key takes no default"
        raise SettingError(f"{settings.setting}.defaults.{filled[0]}", problem)
    return key


def _natural_key(settings: FileSettings, fed: set[str], setting: str, path: str) -> tuple[str, ...]:
    entity = settings.entity
    key: list[str] = []
    for name in entity.natural_key:
        ways = [name, *(each.alias for each in references(entity.fields) if each.field.name == name)]
        present = [way for way in ways if way in fed]
        if not present:
            wanted = " or ".join(ways)
            problem = f"nothing in {path} feeds {wanted}, which tells one of the {entity.stream} from another"
            raise SettingError(setting, f"{problem}; name its column, or set group_by")
        key += present
    return tuple(key)
