"""The meaning of BILL's codes as a stream, so that SQL can join "1" to "open"."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar

from bill_api.entities import BY_NAME, ENTITIES
from bill_api.table.fields import SOURCES, surest
from bill_singer.naming import column_of
from bill_singer.stream_names import CODE_LABELS
from bill_values.exact_json import encode
from tap_bill.plain_stream import PlainStream
from tap_bill.whole_lists import SentLists

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from singer_sdk import Tap

    from bill_api.table.fields import Field
    from tap_bill.account import Account
    from tap_bill.settings import TapSettings

TEXTS = {
    "entity": "BILL's name of the entity or line item, as in its field `entity`.",
    "field": "The field that holds the code.",
    "code": "The code, as BILL sends it.",
    "meaning": "What it means. Codes are never complete: BILL may send others.",
    "source": "How the meaning is known, and from where.",
}


class CodeLabels(PlainStream):
    """Every code that the entity table knows; nothing is asked of BILL.

    It has no versions: a meaning that is gone stays, for rows that have its code.
    """

    primary_keys: ClassVar[tuple[str, ...]] = ("entity", "field", "code")

    def __init__(self, tap: Tap, settings: TapSettings, account: Account) -> None:
        self._naming = settings.naming
        self._account = account
        properties = {name: {"type": ["string"], "description": text} for name, text in TEXTS.items()}
        super().__init__(tap=tap, name=CODE_LABELS, schema={"type": "object", "properties": properties})
        self.sent = SentLists(self, counts=not settings.resend_unchanged)

    def get_records(self, context: Mapping[str, Any] | None) -> Iterable[dict[str, Any]]:
        """A record per code, if they are not those that were sent last."""
        labels = list(self._every_label())
        digest = sha256(encode(labels).encode()).digest()
        if not self.sent.is_as_sent(context, digest):
            yield from labels
        self._account.add(self.name, self.take_count())
        self.sent.keep(context, digest)

    def _every_label(self) -> Iterator[dict[str, Any]]:
        for entity in ENTITIES:
            yield from self._labels(entity.name, entity.fields)
            for array in entity.children:
                if array.item_entity not in BY_NAME:
                    yield from self._labels(array.item_entity or array.name, array.item_fields)

    def _labels(self, name: str, fields: tuple[Field, ...]) -> Iterator[dict[str, Any]]:
        for field in fields:
            column = column_of(field.name, self._naming)
            for code, meaning in field.codes.items():
                label = {"entity": name, "field": column, "code": code, "meaning": meaning}
                yield {**label, "source": f"{surest(field.source)}: {_places(field)}"}


def _places(field: Field) -> str:
    return "; ".join(SOURCES[tag].description for tag in field.source)
