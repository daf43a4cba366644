"""Users of BILL and their roles."""

from __future__ import annotations

from bill_api.table.entity import Entity, Operation, offered
from bill_api.table.fields import Alike, FieldType, declare

PROFILE = Entity(
    name="Profile",
    stream="profiles",
    id_prefix="0po",
    operations=offered(list="V2", read="V2"),
    note="Roles of users.",
    fields=(
        declare("entity", FieldType.STRING, "DS", read_only=True),
        declare("id", FieldType.ID, "DS", read_only=True),
        declare("createdTime", FieldType.DATETIME, "DS", read_only=True),
        declare("updatedTime", FieldType.DATETIME, "DS", read_only=True),
        declare("name", FieldType.STRING, "DS", read_only=True),
        declare("type", FieldType.ENUM, "DS", '"2" for Administrator', read_only=True),
        declare("description", FieldType.STRING, "DS", read_only=True),
    ),
)

USER = Entity(
    name="User",
    stream="users",
    id_prefix="006",
    natural_key=("email",),
    operations=offered(
        list="V2", read="PATTERN", create="V2", update="PATTERN", delete="PATTERN", undelete="PATTERN", bulk_update="V2"
    ),
    unknown=frozenset({Operation.BULK_CREATE, Operation.BULK_DELETE}),
    partial=True,
    note="The v2 field table could not be read; times and isActive are likely.",
    fields=(
        declare("entity", FieldType.STRING, "V2", read_only=True),
        declare("id", FieldType.ID, "V2", read_only=True),
        declare("profileId", FieldType.ID, "V2", "role", required=True, references="Profile"),
        declare("email", FieldType.STRING, "V3", required=True, alike=Alike.NAME),
        declare("firstName", FieldType.STRING, "V3", required=True, alike=Alike.NAME),
        declare("lastName", FieldType.STRING, "V3", required=True, alike=Alike.NAME),
    ),
)
