"""Organizations, users and developer keys, with what of them is inactive, locked or forbidden."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from bill_api.entities import ENTITIES
from bill_api.table.entity import Operation
from bill_simulator import defaults
from bill_simulator.behaviour.given import check_details, check_known
from bill_simulator.behaviour.refusals import ErrorAnswer
from bill_simulator.state.ids import IdSequence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

OTHER_PERMISSIONS = (
    "UploadAttachment",
    "GetDocumentPages",
    "GetDocuments",
    "GetEntityMetadata",
    "SetApprovers",
    "ClearApprovers",
    "Approve",
    "Deny",
    "ListUserApprovals",
    "SendMessage",
    "SendInvoice",
    "SendVendorInvite",
    "RecordAPPayment",
    "GetDisbursementData",
)
PERMISSIONS = (
    *(f"{each.value}/{entity.name}" for entity in ENTITIES for each in Operation if "bulk" not in each),
    *OTHER_PERMISSIONS,
)
"""Permissions that a user can lack: `list/Vendor`, `create/Bill` (in bulk too), ..., `UploadAttachment`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person (or a token) that signs in.

    Attributes:
        username: The `userName` of Login.
        password: The `password` of Login.
        id: BILL's id, 006...
        organizations: The ids of the organizations that this user may enter.
        has_phone: A phone for MFA is registered; without one MFAChallenge is BDC_1354.
        active: An inactive one is BDC_1111 at Login.
        locked: A locked login is BDC_1110.
        partner: Of another partner than the organization: BDC_1106.
        forbidden: Patterns of `PERMISSIONS` that are BDC_1145 for this user, such as `list/ActgClass` and `read/*`.
    """

    username: str
    password: str = field(repr=False)
    id: str
    organizations: tuple[str, ...]
    has_phone: bool = True
    active: bool = True
    locked: bool = False
    partner: str = ""
    forbidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """A company with books of its own.

    Attributes:
        id: BILL's id, 008...
        name: As ListOrgs tells it.
        api_access: Without it Login is BDC_1105.
        locked: Locked out: BDC_1107.
        partner: Of another partner than the user: BDC_1106.
    """

    id: str
    name: str
    api_access: bool = True
    locked: bool = False
    partner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeveloperKey:
    """A developer's key to the API.

    Attributes:
        key: The `devKey` of every call.
        active: An inactive one is BDC_1103 on every call.
        terms_accepted: Without that it is BDC_1104.
    """

    key: str
    active: bool = True
    terms_accepted: bool = True


Entry: TypeAlias = Organization | User | DeveloperKey
EntryT = TypeVar("EntryT", Organization, User, DeveloperKey)


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """Organizations, users and developer keys that this simulator knows.

    The codes for what is inactive, locked or without access are documented (BDC_1105: seen in a client); that they are
    told at Login, while a session that is open goes on, is inferred.

    Attributes:
        organizations: Each with books of its own.
        users: Each may enter some of the organizations.
        developer_keys: Every key that is taken.
        restricted_keys: The keys that are inactive, or whose terms are not accepted.
    """

    organizations: tuple[Organization, ...] = (
        Organization(id=defaults.ORGANIZATION_ID, name=defaults.ORGANIZATION_NAME),
        Organization(id=defaults.EMPTY_ORGANIZATION_ID, name=defaults.EMPTY_ORGANIZATION_NAME),
    )
    users: tuple[User, ...] = (
        User(
            username=defaults.USERNAME,
            password=defaults.PASSWORD,
            id=defaults.USER_ID,
            organizations=(defaults.ORGANIZATION_ID, defaults.EMPTY_ORGANIZATION_ID),
        ),
    )
    developer_keys: tuple[str, ...] = (defaults.DEVELOPER_KEY,)
    restricted_keys: tuple[DeveloperKey, ...] = ()

    def members(self, organization_id: str) -> tuple[User, ...]:
        """The users of an organization."""
        return tuple(each for each in self.users if organization_id in each.organizations)

    def keys(self) -> dict[str, DeveloperKey]:
        """Every developer key by its text, with what is restricted about some."""
        free = {each: DeveloperKey(key=each) for each in self.developer_keys}
        return {**free, **{each.key: each for each in self.restricted_keys}}

    def check_developer_key(self, developer_key: str | None) -> str:
        """BDC_1102 for a wrong key (documented); BDC_1108 without one (live for Login: section 11, 5; else inferred).

        The text for none was seen in a client (section 11, 6). BDC_1103 for an inactive one, BDC_1104 before its terms
        were accepted (documented: error list).
        """
        if not developer_key:
            raise ErrorAnswer("BDC_1108", text="Developer key must be specified.")
        known = self.keys().get(developer_key)
        if known is None:
            raise ErrorAnswer("BDC_1102")
        if not known.active:
            raise ErrorAnswer("BDC_1103")
        if not known.terms_accepted:
            raise ErrorAnswer("BDC_1104")
        return developer_key

    def user(self, username: str, password: str, organization_id: str = "") -> User:
        """BDC_1101 unless both are right, BDC_1110 for a locked login, BDC_1111 for no active user (documented)."""
        for user in self.users:
            if (user.username, user.password) == (username, password):
                if user.locked:
                    raise ErrorAnswer("BDC_1110")
                if not user.active:
                    raise ErrorAnswer("BDC_1111", username, organization_id)
                return user
        raise ErrorAnswer("BDC_1101")

    def is_stranger(self, username: str, organization_id: str, developer_key: str) -> bool:
        """True when neither the user nor the organization nor the developer key is known here."""
        return (
            all(each.username != username for each in self.users)
            and all(each.id != organization_id for each in self.organizations)
            and developer_key not in self.keys()
        )

    def enter(self, user: User, organization_id: str) -> Organization:
        """BDC_1123 for another's organization, BDC_1107 locked out, 1105 without API access, 1106 partners differ."""
        for each in self.organizations:
            if each.id == organization_id and each.id in user.organizations:
                if each.locked:
                    raise ErrorAnswer("BDC_1107")
                if not each.api_access:
                    raise ErrorAnswer("BDC_1105")
                if each.partner != user.partner:
                    raise ErrorAnswer("BDC_1106")
                return each
        raise ErrorAnswer("BDC_1123")

    def changed(self, changes: Mapping[str, Any]) -> Directory:
        """A directory with entries added, or changed where they are known; ValueError says what is wrong.

        Args:
            changes: `organizations`, `users` and `developer_keys`, each an array of entries as `described` shows them;
                a known entry needs only what changes.
        """
        if unknown := changes.keys() - {"organizations", "users", "developer_keys"}:
            message = f"no such list: {', '.join(sorted(unknown))}; there are organizations, users, developer_keys"
            raise ValueError(message)
        organizations = merged(Organization, {each.id: each for each in self.organizations}, changes, "organizations")
        users = merged(User, {each.username: each for each in self.users}, changes, "users")
        keys = merged(DeveloperKey, self.keys(), changes, "developer_keys")
        for user in users:
            if astray := set(user.organizations) - {each.id for each in organizations}:
                message = f"user {user.username} belongs to an unknown organization: {', '.join(sorted(astray))}"
                raise ValueError(message)
        return Directory(
            organizations=organizations,
            users=users,
            developer_keys=tuple(each.key for each in keys),
            restricted_keys=tuple(each for each in keys if each != DeveloperKey(key=each.key)),
        )

    def described(self) -> dict[str, list[dict[str, Any]]]:
        """Everything but the passwords."""
        return {
            "organizations": [entry_of(each) for each in self.organizations],
            "users": [entry_of(each) for each in self.users],
            "developer_keys": [entry_of(each) for each in self.keys().values()],
        }


def entry_of(entry: Entry) -> dict[str, Any]:
    """One entry as it is shown: without what its class does not print."""
    return {each.name: getattr(entry, each.name) for each in fields(entry) if each.repr}


def merged(
    kind: type[EntryT], known: Mapping[str, EntryT], changes: Mapping[str, Any], name: str
) -> tuple[EntryT, ...]:
    """The known entries of one list, in their order, with what was sent."""
    sent = changes.get(name, [])
    if not isinstance(sent, list) or not all(isinstance(each, dict) for each in sent):
        message = f"{name} must be an array of objects"
        raise ValueError(message)
    after = dict(known)
    identity = fields(kind)[0].name
    for each in sent:
        key = each.get(identity)
        if not isinstance(key, str) or not key:
            message = f"{name}: {identity} must be a text"
            raise ValueError(message)
        after[key] = made(kind, after.get(key), each)
    return tuple(after.values())


def made(kind: type[EntryT], before: EntryT | None, sent: Mapping[str, Any]) -> EntryT:
    """One entry; the message of a mistake never repeats a value, which may be a password."""
    known = {each.name: str(each.type) for each in fields(kind)}
    check_known(sent, known, f"detail of {kind.__name__}")
    for name, value in sent.items():
        if not LIKE[known[name]](value):
            message = f"{kind.__name__}.{name} must be of type {known[name]}"
            raise ValueError(message)
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in sent.items()}
    if before is None and kind is User and "id" not in values:
        values["id"] = IdSequence(values["username"]).draw("006")
    if before is None:
        check_details(kind, values, kind.__name__)
    entry = replace(before, **values) if before else kind(**values)
    check_entry(entry)
    return entry


LIKE: Mapping[str, Callable[[Any], bool]] = {
    "str": lambda value: isinstance(value, str),
    "bool": lambda value: isinstance(value, bool),
    "tuple[str, ...]": lambda value: isinstance(value, list) and all(isinstance(each, str) for each in value),
}


def check_entry(entry: Entry) -> None:
    """Raise ValueError for an id that does not look like one, or a permission that does not exist."""
    prefix = {Organization: "008", User: "006"}.get(type(entry))
    if prefix and not re.fullmatch(rf"{prefix}[0-9A-Za-z]{{17}}", getattr(entry, "id", "")):
        message = f"the id of {type(entry).__name__} must be {prefix} and 17 letters or digits"
        raise ValueError(message)
    for pattern in entry.forbidden if isinstance(entry, User) else ():
        if not any(fnmatchcase(permission, pattern) for permission in PERMISSIONS):
            message = (
                f"forbidden {pattern!r} matches nothing, such as list/Vendor, read/*, {', '.join(OTHER_PERMISSIONS)}"
            )
            raise ValueError(message)
