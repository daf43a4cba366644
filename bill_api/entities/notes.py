"""Notes that users wrote to an object."""

from __future__ import annotations

from bill_api.table.entity import Entity, offered
from bill_api.table.fields import FieldType, Filterable, declare

NOTE = Entity(
    name="Note",
    stream="notes",
    operations=offered(list="OTHER"),
    unstreamed="a List of it was seen for one object at a time",
    listed_by="objectId",
    partial=True,
    note="Listed with a filter `objectId =`; written by `SendMessage.json`, which takes `objectId`, `message` and "
    "`isPublic`. No other field was seen.",
    fields=(
        declare("entity", FieldType.STRING, "OTHER", read_only=True),
        declare("id", FieldType.ID, "OTHER", read_only=True),
        declare("objectId", FieldType.ID, "OTHER", "what it is about", filterable=Filterable.CLIENT, read_only=True),
    ),
)
