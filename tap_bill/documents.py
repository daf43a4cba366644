"""Documents in the form in which they go out: made once of each page, for the streams of documents and of lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_api.table.entity import ADDITIONAL, LINES_VERSION
from bill_singer.naming import Spelling
from bill_singer.records import record_of
from bill_singer.stream_names import line_arrays
from tap_bill.additional import AdditionalFields
from tap_bill.schema import deletes_of, lines_version, stream_schema

if TYPE_CHECKING:
    from bill_api.table.entity import Entity
    from tap_bill.settings import TapSettings

    Page = list[dict[str, Any]]


class DocumentForm:
    """The form of an entity's documents: Singer's values under the names of columns, lines too.

    Args:
        entity: The entity.
        settings: What is withheld, and how names are spelled.
    """

    def __init__(self, entity: Entity, settings: TapSettings) -> None:
        self._entity = entity
        self._withheld = settings.withheld(entity)
        self._arrays = tuple(each.name for each in line_arrays(entity))
        self._additional = AdditionalFields(entity.stream, ADDITIONAL, wants_sensitive=settings.wants_all_sensitive)
        schema = stream_schema(entity, self._withheld)
        self._columns = schema["properties"].keys()
        self._spelling = Spelling(schema, settings.naming)

    def documents(self, rows: Page, organization_id: str) -> Page:
        """The documents that BILL's rows are. The rows are used up."""
        records = [record_of(self._entity, row, organization_id) for row in rows]
        for record in records:
            record.update(deletes_of(self._entity, record))
            if self._arrays:
                record[LINES_VERSION] = lines_version(self._arrays, record)
            for name in self._withheld:
                record.pop(name, None)
        return self._spelling.records(self._additional.gather(records, self._columns))
