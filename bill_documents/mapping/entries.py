"""The settings of each file, checked as far as that is possible without opening it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bill_api.entities import LOADABLE
from bill_api.identity.spelled import spelling_among
from bill_documents.errors import SettingError, instead, quoted
from bill_documents.mapping.columns import writing_of
from bill_documents.mapping.declaration import FileEntry, FilesSettings, LinesEntry, TablesSettings
from bill_documents.mapping.levels import LevelSettings, Other, level_of, mappable
from bill_values.spelling import NOTHING, folded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field
    from bill_values.notations import Writing

OF_FILES = ("path", "template", "encoding", "delimiter", "quote", "sheet", "skip", "reread")
"""Keys of an entry that describe a file as it lies on disk."""

READING_KEYS = ("path", "reread")
"""What may change without any document becoming another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Rows to reject: those for which an expression is true."""

    setting: str
    when: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitySettings:
    """The entity that the rows of a file become; `array` and `lines` are None for entities without lines.

    `group_by` names fields, or columns that feed them; which, the header of a file tells.
    """

    entity: Entity
    head: LevelSettings
    array: Field | None
    lines: LevelSettings | None
    group_by: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSettings:
    """One entry of the setting `files`, held against the entity table.

    Attributes:
        setting: Path of the setting, for messages.
        given: The entry as it was given.
        entry: The same, checked.
        entity: What was said to become of its rows; None where the file itself tells.
        writing: How values are written.
    """

    setting: str
    given: Mapping[str, Any]
    entry: FileEntry
    entity: EntitySettings | None
    writing: Writing

    @property
    def not_keys(self) -> frozenset[str]:
        """Words, folded, that stand where a key should and are none."""
        words = self.entry.not_keys
        return NOTHING if words is None else frozenset(map(folded, words))

    @property
    def reject(self) -> tuple[Rule, ...]:
        """Rows to reject, with the reason."""
        return tuple(
            Rule(setting=f"{self.setting}.reject[{index}].when", when=each.when, reason=each.reason)
            for index, each in enumerate(self.entry.reject)
        )

    @property
    def checksum(self) -> str:
        """Changes when a setting does that documents depend on."""
        said = {key: value for key, value in self.given.items() if key not in READING_KEYS}
        return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()

    def for_stream(self, stream: str, known: Writing) -> EntitySettings:
        """The entry for a stream that it does not name itself."""
        return _entity_settings(self.setting, self.entry, LOADABLE[stream], writing_of(self.setting, self.entry, known))


def parse_files(given: Sequence[Mapping[str, Any]]) -> list[FileSettings]:
    """The entries of `files`.

    Raises:
        SettingsError: One line per wrong setting; what is wrong for the entity table alone comes one at a time.
    """
    entries = FilesSettings.of({"files": given}).files
    return [_parsed(f"files[{index}]", given[index], entry) for index, entry in enumerate(entries)]


def parse_table(name: str, given: Mapping[str, Any], stream: str | None) -> FileSettings:
    """The setting `documents` on the rows of a table, in the words of an entry of `files`.

    Args:
        name: The table's.
        given: The entry.
        stream: The stream of BILL that its rows become, unless the entry says so.

    Raises:
        SettingsError: One line per wrong setting.
    """
    setting = f"documents.{name}"
    for key in OF_FILES:
        if key in given:
            raise SettingError(f"{setting}.{key}", "is about how a file is written, and a table is none; leave it out")
    if given.get("fill_down"):
        problem = (
            "the rows of a table come in any order, and none stands above another; fill the columns in in the table"
        )
        raise SettingError(f"{setting}.fill_down", problem)
    whole = {"path": name, **({"stream": stream} if stream else {}), **given}
    if "stream" not in whole:
        raise SettingError(f"{setting}.stream", f"must be given: what the rows of {quoted(name)} become, such as bills")
    entry = TablesSettings.of({"documents": {name: whole}}).documents[name]
    return _parsed(setting, whole, entry)


def _parsed(setting: str, given: Mapping[str, Any], entry: FileEntry) -> FileSettings:
    writing = writing_of(setting, entry)
    entity = _entity_settings(setting, entry, LOADABLE[entry.stream], writing) if entry.stream else None
    return FileSettings(setting=setting, given=given, entry=entry, entity=entity, writing=writing)


def _entity_settings(setting: str, entry: FileEntry, entity: Entity, writing: Writing) -> EntitySettings:
    lines = entry.lines or LinesEntry()
    array = _array(setting, entity, lines)
    files = bool(entity.takes_files)
    of_head = Other(setting=setting, fields=mappable(entity.fields, total=entity.lines is not None, files=files))
    of_lines = Other(setting=f"{setting}.lines", fields=mappable(array.item_fields, files=files) if array else {})
    return EntitySettings(
        entity=entity,
        head=level_of(setting, entry, of_head.fields, writing, of_lines),
        array=array,
        lines=level_of(of_lines.setting, lines, of_lines.fields, writing, of_head) if array else None,
        group_by=entry.group_by or None,
    )


def _array(setting: str, entity: Entity, lines: LinesEntry) -> Field | None:
    if lines != LinesEntry() and not entity.lines:
        raise SettingError(f"{setting}.lines", f"{entity.stream} have no lines")
    if lines.array is None:
        return entity.lines
    arrays = {each.name: each for each in entity.fields if each.item_fields}
    name = spelling_among(arrays, lines.array)
    if name not in arrays:
        raise SettingError(
            f"{setting}.lines.array", f"{quoted(lines.array)} is not an array of lines; {instead(lines.array, arrays)}"
        )
    return arrays[name]
