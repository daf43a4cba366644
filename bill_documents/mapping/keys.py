"""Keys of documents: the fields that the rows of one have in common, and the texts by which they are compared."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bill_api.identity.keys import key_text
from bill_api.identity.references import references
from bill_api.identity.sensitive import NO_KEY, sensitive_key
from bill_api.identity.spelled import spelling_among
from bill_api.table.fields import Alike, FieldType
from bill_api.table.kinds import is_empty
from bill_documents.errors import SettingError, instead, quoted
from bill_documents.reading.source import column_key
from bill_values.spelling import NOTHING, broken, clean, folded, has_lost_digits

if TYPE_CHECKING:
    from bill_api.table.entity import Entity
    from bill_documents.mapping.cells import Cell, Level
    from bill_documents.mapping.entries import EntitySettings
    from bill_documents.mapping.recognition import Recognized
    from bill_documents.reading.source import Header


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPart:
    """One field of a key, and the cell that feeds it.

    Attributes:
        entity: What the documents are.
        cell: Where its texts come from.
        optional: Whether it may be blank.
        never: Words, folded, that stand where a key should and are none.
    """

    entity: Entity
    cell: Cell
    optional: bool
    never: frozenset[str]

    def text(self, raw: str) -> str:
        """The canonical text of a cell: equal for all spellings of one value, empty for a blank."""
        value: object = raw
        with suppress(ValueError):  # its document says so; here it is only told from others
            value = self.cell.read(raw)
        return key_text(self.entity, self.cell.field.name, value)

    def fault(self, raw: str) -> str | None:
        """Why a cell's text identifies nothing, or None if it does."""
        said = clean(self.cell.writing.values.get(folded(raw), raw))
        if is_empty(said):
            return None if self.optional else "blank, so nobody can say to which document the row belongs"
        why = broken(said)
        if why is None and folded(said) in self.never:
            why = "is a word for nothing (see not_keys)" if self.never is NOTHING else "is listed in not_keys"
        return f"{why}: it identifies nothing, so the row stands alone" if why else None

    def has_lost_digits(self, raw: str) -> bool:
        """True if a cell's text looks like a number that a spreadsheet has cut to fifteen digits."""
        return self.is_text and has_lost_digits(raw.strip())

    @property
    def is_text(self) -> bool:
        """True if its values are texts."""
        return self.cell.field.type is FieldType.STRING

    @property
    def is_name(self) -> bool:
        """True if it names a party or a thing, or is its id; otherwise it is a number of the document, or a day."""
        own = self.entity.by_name.get(self.cell.field.name)
        return self.cell.field.alike is Alike.NAME or (own is not None and own.type is FieldType.ID)

    @property
    def folds_case(self) -> bool | None:
        """True if plain texts (printable ASCII, single blanks) are compared without case; None where more is done."""
        field = self.cell.field
        if not self.is_text or self.cell.writing.values or field.alike not in {Alike.TEXT, Alike.NAME}:
            return None
        return field.alike is Alike.NAME


def key_of(
    settings: EntitySettings, head: Level, path: str, header: Header, recognized: Recognized | None
) -> tuple[tuple[str, ...], frozenset[str]]:
    """The key's fields, and those of them that may be blank."""
    setting = f"{settings.head.setting}.group_by"
    cells = {cell.field.name for cell in head.cells}
    fed = cells | set(head.constants)
    optional = frozenset[str]()
    if settings.group_by is None:
        extra = recognized.template.optional_key if recognized else ()
        key, optional = _natural_key(settings, fed, f"{settings.head.setting}.columns", path, extra)
    else:
        named = (
            _field_named(f"{setting}[{index}]", name, settings, head, header, path)
            for index, name in enumerate(settings.group_by)
        )
        key = tuple(dict.fromkeys(named))
        if secret := sensitive_key(settings.entity.fields, key):
            raise SettingError(setting, f"{quoted(secret)} is a bank or tax number, {NO_KEY}; name other fields")
    columns = [name for name in key if name in cells]
    if not columns:
        raise SettingError(setting, f"no column of {path} feeds {', '.join(key)}: all rows would be one document")
    if filled := [name for name in columns if name in head.constants]:
        # A default would put every row whose key is blank into one document.
        problem = "a column of the key takes no default"
        raise SettingError(f"{settings.head.setting}.defaults.{filled[0]}", problem)
    return key, optional


def _field_named(setting: str, name: str, settings: EntitySettings, head: Level, header: Header, path: str) -> str:
    """The field that is meant: by its own name, or by that of the column that feeds it."""
    fed = [*(cell.field.name for cell in head.cells), *head.constants]
    if (spelled := spelling_among(fed, name)) in fed and (name == spelled or not _is_column(name, head)):
        return spelled
    columns = {column_key(cell.column): cell.field.name for cell in reversed(head.cells) if not cell.expression}
    if column_key(name) in columns:
        return columns[column_key(name)]
    is_column = column_key(name) in map(column_key, header.columns)
    if name in settings.head.fields or (not is_column and spelling_among(settings.head.fields, name) != name):
        problem = f"{quoted(name)} is fed by no column of {path} and by no constant"
    elif is_column:
        problem = f"{quoted(name)} is a column of {path} that feeds no field of the head; name it under columns as well"
    else:
        problem = f"{quoted(name)} is neither a field nor a column of {path}"
    known = [*fed, *(cell.column for cell in head.cells if not cell.expression)]
    raise SettingError(setting, f"{problem}; {instead(name, dict.fromkeys(known), full=True)}")


def _is_column(name: str, head: Level) -> bool:
    """True if a column of this name feeds the head."""
    return any(column_key(cell.column) == column_key(name) for cell in head.cells if not cell.expression)


def _natural_key(
    settings: EntitySettings, fed: set[str], setting: str, path: str, extra: tuple[str, ...]
) -> tuple[tuple[str, ...], frozenset[str]]:
    entity = settings.entity
    key: list[str] = []
    optional: list[str] = []
    for name in entity.natural_key:
        ways = [name, *(each.alias for each in references(entity.fields) if each.field.name == name)]
        present = [way for way in ways if way in fed]
        if not entity.by_name[name].required:
            # A department without a parent is one at the top.
            optional += present
        elif present:
            key.append(present[0])
        else:
            wanted = " or ".join(ways)
            problem = f"nothing in {path} feeds {wanted}, which tells one of the {entity.stream} from another"
            raise SettingError(setting, f"{problem}; name its column, or set group_by")
    optional += [name for name in extra if name in fed]
    if not key:
        raise SettingError(setting, f"nothing tells one of the {entity.stream} from another; set group_by")
    return (*key, *optional), frozenset(optional)
