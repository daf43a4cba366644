"""What tells documents apart: the fields that the rows of one have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_api.references import references
from tap_bill_csv.errors import SettingError, instead, quoted

if TYPE_CHECKING:
    from tap_bill_csv.layout import Level
    from tap_bill_csv.recognition import Recognized
    from tap_bill_csv.settings import EntitySettings


def key_of(
    settings: EntitySettings, head: Level, path: str, recognized: Recognized | None
) -> tuple[tuple[str, ...], frozenset[str]]:
    """The key's fields, and those of them that may be blank."""
    setting = f"{settings.head.setting}.group_by"
    cells = {cell.field.name for cell in head.cells}
    fed = cells | set(head.constants)
    key, optional = settings.group_by, frozenset[str]()
    if key is None:
        extra = recognized.template.optional_key if recognized else ()
        key, optional = _natural_key(settings, fed, f"{settings.head.setting}.columns", path, extra)
    for name in key:
        if name not in fed:
            problem = f"{quoted(name)} is fed by no column of {path} and by no constant"
            raise SettingError(setting, f"{problem}; {instead(name, fed, full=True)}")
    columns = [name for name in key if name in cells]
    if not columns:
        raise SettingError(setting, f"no column of {path} feeds {', '.join(key)}: all rows would be one document")
    if filled := [name for name in columns if name in head.constants]:
        # A default would put every row whose key is blank into one document.
        problem = "a column of the key takes no default"
        raise SettingError(f"{settings.head.setting}.defaults.{filled[0]}", problem)
    return key, optional


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
