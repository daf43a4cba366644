"""What the settings say about each file, checked as far as that is possible without opening it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bill_api.entities import BY_STREAM
from bill_api.entity import Operation
from bill_api.spelling import NOTHING, folded
from tap_bill_csv.columns import WRITING_KEYS, flag, known_keys, writing_of
from tap_bill_csv.errors import SettingError, instead, quoted
from tap_bill_csv.levels import LevelSettings, known_field, level_of, mappable
from tap_bill_csv.source import delimiter_named, quote_named
from tap_bill_csv.text import encoding_named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_api.entity import Entity
    from bill_api.fields import Field
    from bill_api.writing import Writing

LOADED = {stream: entity for stream, entity in BY_STREAM.items() if entity.offers(Operation.CREATE)}
"""The streams that can be loaded; BILL makes the objects of the others itself."""

ENTRY_KEYS = (
    "path",
    "stream",
    "template",
    "columns",
    "lines",
    "group_by",
    "not_keys",
    "fill_down",
    "where",
    "reject",
    "defaults",
    *WRITING_KEYS,
    "encoding",
    "delimiter",
    "quote",
    "skip",
    "source_cells",
    "reread",
)
LINES_KEYS = ("array", "columns", "defaults")
REJECT_KEYS = ("when", "reason")
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
    """What the rows of a file become; `array` and `lines` are None for entities without lines."""

    entity: Entity
    head: LevelSettings
    array: Field | None
    lines: LevelSettings | None
    group_by: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSettings:
    """One entry of the setting `files`.

    Attributes:
        setting: Path of the setting, for messages.
        given: The entry itself.
        path: A file, a folder or a pattern.
        entity: What was said to become of its rows; None where the file itself tells.
        template: Whether columns are those of BILL's import template; None where the file itself tells.
        writing: How values are written.
        not_keys: Words, folded, that stand where a key should and are none.
        fill_down: Whether rows below a document's first leave out its head.
        where: An expression that is true of the rows that are wanted.
        reject: Rows to reject, with the reason.
        encoding: None for UTF-8, or what a byte order mark says.
        delimiter: None to find out.
        quote: None to find out.
        skip: Lines above the header.
        source_cells: Whether documents carry the texts that they were made from.
        reread: Whether a file is read although it has not changed.
    """

    setting: str
    given: Mapping[str, Any]
    path: str
    entity: EntitySettings | None
    template: bool | None
    writing: Writing
    not_keys: frozenset[str]
    fill_down: bool
    where: str | None
    reject: tuple[Rule, ...]
    encoding: str | None
    delimiter: str | None
    quote: str | None
    skip: int
    source_cells: bool
    reread: bool

    @property
    def checksum(self) -> str:
        """Changes when a setting does that documents depend on."""
        said = {key: value for key, value in self.given.items() if key not in READING_KEYS}
        return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()

    def for_stream(self, stream: str, known: Writing) -> EntitySettings:
        """What the entry says, for a stream that it does not name itself."""
        return _entity_settings(
            self.setting, {**self.given, "stream": stream}, writing_of(self.setting, self.given, known)
        )


def parse_files(entries: Sequence[Mapping[str, Any]]) -> list[FileSettings]:
    """The entries of `files`, or the first wrong setting as a SettingError."""
    if not entries:
        raise SettingError("files", "is empty; name at least one file")
    return [_entry(f"files[{index}]", entry) for index, entry in enumerate(entries)]


def _entry(setting: str, entry: Mapping[str, Any]) -> FileSettings:
    known_keys(setting, entry, ENTRY_KEYS)
    known_keys(f"{setting}.lines", entry.get("lines") or {}, LINES_KEYS)
    writing = writing_of(setting, entry)
    template = entry.get("template")
    return FileSettings(
        setting=setting,
        given=entry,
        path=_text(f"{setting}.path", entry.get("path")),
        entity=_entity_settings(setting, entry, writing) if entry.get("stream") else None,
        template=None if template is None else flag(f"{setting}.template", template),
        writing=writing,
        not_keys=NOTHING if entry.get("not_keys") is None else frozenset(map(folded, entry["not_keys"])),
        fill_down=flag(f"{setting}.fill_down", _given(entry, "fill_down", default=False)),
        where=_expression(f"{setting}.where", entry.get("where")),
        reject=_rules(f"{setting}.reject", entry.get("reject") or ()),
        encoding=_named(encoding_named, f"{setting}.encoding", entry.get("encoding")),
        delimiter=_named(delimiter_named, f"{setting}.delimiter", entry.get("delimiter")),
        quote=_named(quote_named, f"{setting}.quote", entry.get("quote")),
        skip=_skip(f"{setting}.skip", entry.get("skip") or 0),
        source_cells=flag(f"{setting}.source_cells", _given(entry, "source_cells", default=True)),
        reread=flag(f"{setting}.reread", _given(entry, "reread", default=False)),
    )


def _given(entry: Mapping[str, Any], key: str, *, default: bool) -> object:
    return default if entry.get(key) is None else entry[key]


def _entity_settings(setting: str, entry: Mapping[str, Any], writing: Writing) -> EntitySettings:
    entity = _entity(f"{setting}.stream", entry.get("stream"))
    array = _array(setting, entity, entry)
    head = level_of(setting, entry, mappable(entity.fields, total=entity.lines is not None), writing)
    lines = entry.get("lines") or {}
    return EntitySettings(
        entity=entity,
        head=head,
        array=array,
        lines=level_of(f"{setting}.lines", lines, mappable(array.item_fields), writing) if array else None,
        group_by=_group_by(f"{setting}.group_by", entry.get("group_by"), head.fields),
    )


def _named(check: Any, setting: str, given: str | None) -> str | None:
    return None if given is None else check(given, setting)


def _text(setting: str, given: str | None) -> str:
    if not given:
        raise SettingError(setting, "must be given")
    return given


def _skip(setting: str, given: object) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or given < 0:
        raise SettingError(setting, f"{quoted(given)} is not a number of lines")
    return given


def _expression(setting: str, given: object) -> str | None:
    if given is not None and not (isinstance(given, str) and given.strip()):
        raise SettingError(setting, f"{quoted(given)} is no expression")
    return given


def _rules(setting: str, given: Sequence[Mapping[str, Any]]) -> tuple[Rule, ...]:
    rules = []
    for index, rule in enumerate(given):
        name = f"{setting}[{index}]"
        known_keys(name, rule, REJECT_KEYS)
        when = _expression(f"{name}.when", _text(f"{name}.when", rule.get("when")))
        rules.append(Rule(setting=f"{name}.when", when=str(when), reason=_text(f"{name}.reason", rule.get("reason"))))
    return tuple(rules)


def _entity(setting: str, given: str | None) -> Entity:
    stream = _text(setting, given)
    if stream not in LOADED:
        known = "is made by BILL itself" if stream in BY_STREAM else "is not a stream of BILL"
        raise SettingError(setting, f"{quoted(stream)} {known}; {instead(stream, LOADED)}")
    return LOADED[stream]


def _array(setting: str, entity: Entity, entry: Mapping[str, Any]) -> Field | None:
    lines = entry.get("lines") or {}
    if lines and not entity.lines:
        raise SettingError(f"{setting}.lines", f"{entity.stream} have no lines")
    arrays = {each.name: each for each in entity.fields if each.item_fields}
    if name := lines.get("array"):
        if name not in arrays:
            raise SettingError(
                f"{setting}.lines.array", f"{quoted(name)} is not an array of lines; {instead(name, arrays)}"
            )
        return arrays[name]
    return entity.lines


def _group_by(setting: str, given: list[str] | None, fields: Mapping[str, Field]) -> tuple[str, ...] | None:
    for index, name in enumerate(given or ()):
        known_field(f"{setting}[{index}]", name, fields)
    return tuple(dict.fromkeys(given)) if given else None
