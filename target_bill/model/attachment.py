"""An attachment: a file that a record names, once it is known whose object it belongs to.

It goes the way of a record - a step in the plan, an intent and an outcome in the ledger, a row among the rejects - as a
document of an entity of its own, which is none of BILL's.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from bill_api.entities import BY_STREAM, ENTITIES
from bill_api.identity.keys import RecordKey
from bill_api.table.attachments import NAMED_FILES
from bill_api.table.entity import Entity, offered
from bill_api.table.fields import FieldType, declare
from bill_values.exact_json import decode, encode
from target_bill.model.document import Document, salted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from target_bill.model.document import NamedFile

_OBJECTS = {
    f"{entity.name[0].lower()}{entity.name[1:]}Id": entity
    for entity in ENTITIES
    if entity.takes_files and entity.is_loadable
}
"""The entities whose objects get files, each by the field that refers to its object."""

ATTACHMENT = Entity(
    name="Attachment",
    stream=NAMED_FILES,
    operations=offered(create="DS V2"),
    natural_key=("fileName",),
    fields=(
        declare("fileName", FieldType.STRING, "DS"),
        declare("sha256", FieldType.STRING, ""),
        declare("sizeBytes", FieldType.INTEGER, ""),
        *(declare(name, FieldType.ID, "DS", references=entity.name) for name, entity in _OBJECTS.items()),
    ),
)

STREAMS = {**BY_STREAM, ATTACHMENT.stream: ATTACHMENT}
"""Streams of the ledger: BILL's, and that of attachments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFile:
    """A file of a record of the input.

    Attributes:
        entity: Of the record.
        source_key: Its key in the ledger.
        shown: Its key, for people.
        content_hash: Of the record, as it came.
        origin: Where the record came from: its file and rows, if it knows them.
        file: The file.
    """

    entity: Entity
    source_key: str
    shown: str
    content_hash: str
    origin: Mapping[str, Any]
    file: NamedFile


def attachment_of(named: RecordFile, salt: str) -> Document:
    """The document of an attachment: the same content on the same record is one, whatever its name."""
    source, incoming, names, values = decode(named.source_key)
    key = [source, incoming, [*names, f"sha256 of {named.entity.stream}"], [*values, named.file.sha256]]
    file = named.file
    said = {"attachment": file.name, "sha256": file.sha256, "stream": named.entity.stream, "record": named.shown}
    return Document(
        entity=ATTACHMENT,
        stream=ATTACHMENT.stream,
        record_key=RecordKey(text=encode(key), shown=f"{file.name} of {named.entity.stream} {named.shown}"),
        raw=encode({**said, **named.origin}).encode(),
        body={"fileName": file.name, "sha256": file.sha256, "sizeBytes": file.size_bytes},
        money=Decimal(0),
        digest=file.sha256,
        content_hash=salted(file.sha256, salt),
        files=[file],
        is_deleted=False,
    )


def with_object(document: Document, entity: Entity, bill_id: str) -> dict[str, Any]:
    """The body of a step: the file's name, and the object that gets it."""
    field = next(name for name, each in _OBJECTS.items() if each is entity)
    return {**document.body, field: bill_id}


def object_of(body: Mapping[str, Any]) -> tuple[Entity, str]:
    """The object that gets a file, from what a step or an intent says."""
    return next((entity, str(body[name])) for name, entity in _OBJECTS.items() if body.get(name))
