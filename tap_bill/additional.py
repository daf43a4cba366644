"""Fields that BILL sends and the entity table does not know: all in one column, but for those that look sensitive.

A SCHEMA that grew while records come would suit fewer targets: some make their columns once, and of a field whose first
values are null nothing tells the type.
"""

from __future__ import annotations

import logging
from typing import Any

from bill_api.identity.sensitive import looks_sensitive

log = logging.getLogger(__name__)


class AdditionalFields:
    """Leaves out of what has no column what looks sensitive, and tells of each name once.

    Args:
        stream: Whose records they are.
        wants_sensitive: True if bank and tax numbers are asked for.
    """

    def __init__(self, stream: str, *, wants_sensitive: bool) -> None:
        self._stream = stream
        self._wants_sensitive = wants_sensitive
        self._told: set[str] = set()

    def without(self, value: Any) -> Any:
        """The same, without what looks sensitive, however deep."""
        if self._wants_sensitive:
            return value
        if isinstance(value, list):
            return [self.without(each) for each in value]
        if not isinstance(value, dict):
            return value
        hidden = [name for name in value if looks_sensitive(name)]
        for name in hidden:
            self._tell(name)
        return {name: self.without(each) for name, each in value.items() if name not in hidden}

    def _tell(self, name: str) -> None:
        if name not in self._told:
            self._told.add(name)
            log.warning(
                "BILL sends `%s` in `%s`, which is not known here and looks like a bank or tax number: left out; "
                "`sensitive_fields: true` lets it through",
                name,
                self._stream,
            )
