"""Records of a file that target-bill will reject for what they lack, or for what the tap could not read in them.

What BILL wants is what `bill_api.table` calls mandatory, as target-bill has it; a name stands for an id there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from bill_api.entities import BY_STREAM
from bill_api.identity.references import aliases
from bill_api.table.entity import is_active
from bill_api.table.fields import mandatory
from bill_api.table.kinds import is_empty
from bill_values.provenance import SOURCE_ERRORS, SOURCE_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field


class Rejected:
    """The account of what a tap sends, without any of its values.

    Attributes:
        counts: Records by their streams.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._unread: Counter[str] = Counter()
        self._lacking: Counter[str] = Counter()
        self._fields: dict[str, Counter[str]] = defaultdict(Counter)
        self._firsts: dict[tuple[str, str], Any] = {}

    def add(self, stream: str, record: Mapping[str, Any]) -> None:
        """Count one record; of what could not be read it is not told that it lacks something, too."""
        self.counts[stream] += 1
        entity = BY_STREAM.get(stream)
        row = next(iter(record.get(SOURCE_ROWS) or ()), None)
        if record.get(SOURCE_ERRORS):
            self._unread[stream] += 1
            self._firsts.setdefault((stream, ""), row)
            return
        lacked = set(_lacked(entity, record)) if entity is not None and is_active(record) else set()
        self._lacking[stream] += bool(lacked)
        self._fields[stream].update(lacked)
        for each in lacked:
            self._firsts.setdefault((stream, each), row)

    def remarks(self, *, is_told: bool) -> Iterator[str]:
        """Sentences about those that will be rejected; none where all are whole.

        Args:
            is_told: The tap itself has said which it could not read.
        """
        for stream, count in self.counts.items():
            unread, lacking = self._unread[stream], self._lacking[stream]
            of = f"of {count:,} {stream}"
            if unread and not is_told:
                yield (
                    f"{unread:,} {of} have values that cannot be read, and target-bill will reject them"
                    + self._first(stream, "", unread)
                )
            if lacking:
                fields = "; ".join(
                    f"{name}: {times:,}{self._first(stream, name, times)}"
                    for name, times in sorted(self._fields[stream].items())
                )
                yield f"{lacking:,} {of} lack what BILL wants, and target-bill will reject them: {fields}"

    def _first(self, stream: str, name: str, count: int) -> str:
        row = self._firsts[stream, name]
        return "" if row is None else f" (row {row}{' is the first' if count > 1 else ''})"


def _lacked(entity: Entity, record: Mapping[str, Any]) -> Iterator[str]:
    """The fields that BILL wants, and that a record does not say, in words."""
    yield from (_called(entity.fields, each) for each in _missing(entity.fields, record))
    array = entity.lines
    if array is None:
        return
    for line in record.get(array.name) or ():
        for each in _missing(array.item_fields, line):
            yield f"`{array.name}`, {_called(array.item_fields, each)}"


def _missing(fields: tuple[Field, ...], values: Mapping[str, Any]) -> Iterator[Field]:
    said = {
        name for name, value in values.items() if not is_empty(value) and (not isinstance(value, str) or value.strip())
    }
    named = {each.field.name for name, each in aliases(fields).items() if name in said}
    return (each for each in mandatory(fields) if each.name not in said | named)


def _called(fields: tuple[Field, ...], field: Field) -> str:
    alias = next((name for name, each in aliases(fields).items() if each.field is field), None)
    return f"`{field.name}` (or `{alias}`)" if alias else f"`{field.name}`"
