"""Fields that BILL sends and the entity table does not know: all in one column, but for those that look sensitive.

A SCHEMA that grew while records come would suit fewer targets: some make their columns once, and of a field whose first
values are null nothing tells the type.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from bill_api.identity.sensitive import looks_sensitive

if TYPE_CHECKING:
    from collections.abc import Set

    Page = list[dict[str, Any]]

log = logging.getLogger(__name__)


class AdditionalFields:
    """Moves what has no column into one.

    Args:
        stream: Whose records they are.
        column: The name of that column.
        wants_sensitive: True if bank and tax numbers are asked for.
    """

    def __init__(self, stream: str, column: str, *, wants_sensitive: bool) -> None:
        self._stream = stream
        self._column = column
        self._wants_sensitive = wants_sensitive
        self._told: set[str] = set()

    def gather(self, records: Page, columns: Set[str]) -> Page:
        """Records in which all that has no column stands in one, changed in place."""
        for record in records:
            # Asked first: nearly no record has any, and to make the set of them takes several times as long.
            others = () if record.keys() <= columns else sorted(record.keys() - columns)
            record[self._column] = self._without({name: record.pop(name) for name in others}) or None
        return records

    def _without(self, value: Any) -> Any:
        """The same, without what looks sensitive, however deep."""
        if self._wants_sensitive or not value:
            return value
        if isinstance(value, list):
            return [self._without(each) for each in value]
        if not isinstance(value, dict):
            return value
        hidden = [name for name in value if looks_sensitive(name)]
        for name in hidden:
            self._tell(name)
        return {name: self._without(each) for name, each in value.items() if name not in hidden}

    def _tell(self, name: str) -> None:
        if name not in self._told:
            self._told.add(name)
            log.warning(
                "BILL sends `%s` in `%s`, which is not known here and looks like a bank or tax number: left out; "
                "`sensitive_fields: true` lets it through",
                name,
                self._stream,
            )
