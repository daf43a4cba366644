"""The organization, its users and their roles."""

from __future__ import annotations

from bill_api.table.entity import BULK, Entity, Operation, offered
from bill_api.table.fields import Alike, FieldType, Filterable, declare

ORGANIZATION = Entity(
    name="Organization",
    stream="organizations",
    id_prefix="008",
    operations=offered(list="LIVE"),
    unknown=frozenset({Operation.READ, Operation.UPDATE}),
    partial=True,
    note="A List of it was seen; its fields were not. Every organization that a user may enter is in `ListOrgs`.",
    fields=(
        declare("entity", FieldType.STRING, "PATTERN", read_only=True),
        declare("id", FieldType.ID, "PATTERN", "008...", read_only=True),
    ),
)

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
    unknown=BULK - {Operation.BULK_UPDATE},
    partial=True,
    note="The v2 field table could not be read. `updatedTime` was not seen: every sync reads all users.",
    fields=(
        declare("entity", FieldType.STRING, "V2", read_only=True),
        declare("id", FieldType.ID, "V2", read_only=True),
        declare("isActive", FieldType.ENUM, "AT", codes={"1": "active", "2": "inactive"}, filterable=Filterable.LIVE),
        declare("createdTime", FieldType.DATETIME, "AT", read_only=True, filterable=Filterable.LIVE),
        declare("profileId", FieldType.ID, "V2", "role", required=True, references="Profile"),
        declare("email", FieldType.STRING, "V3 AT", required=True, alike=Alike.NAME),
        declare("firstName", FieldType.STRING, "V3 AT", required=True, alike=Alike.NAME),
        declare("lastName", FieldType.STRING, "V3 AT", required=True, alike=Alike.NAME),
    ),
)
