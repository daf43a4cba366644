"""A record of the input, understood: which entity, which key, which values, which references."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from bill_api.table.fields import by_name
from bill_api.table.kinds import comparable
from bill_values.exact_json import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal
    from pathlib import Path

    from bill_api.identity.keys import RecordKey
    from bill_api.identity.links import Link
    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field
    from bill_api.table.problem import Problem

LINE_ID = "id"
"""A line keeps the id that its record gives, so that a document of this organization keeps its lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFile:
    """A file that a record names, as it was when the record was read.

    Attributes:
        name: Its own name, without folders: what BILL gets.
        path: Where it is.
        sha256: Of its content.
        size_bytes: Of its content.
    """

    name: str
    path: Path
    sha256: str
    size_bytes: int


_encode_sorted = msgspec.json.Encoder(decimal_format="number", order="deterministic").encode


@dataclass(slots=True, kw_only=True, eq=False)
class Document:
    """A record, understood. Not changed once it is made.

    Attributes:
        stream: The stream it came in, as the account names it.
        record_key: What it is known by in its source.
        place: Its place in the input, from 1.
        source_id: Its BILL id in the organization it comes from, or the source's own id, if it has one.
        source_organization: The organization it comes from, if it says so.
        own_id: The id that it gives of an object of the organization that is written to.
        raw: The record as it came, as JSON.
        body: Typed values without references; None for a field that is to be emptied.
        flags: Keys that stand beside the object.
        links: References that are not yet ids.
        dropped: References to entities that this target does not load; they mean nothing in another organization.
        unknown: Fields that the entity does not have; they are not sent.
        files: Files that it names, to be attached to its object.
        unattached: Files that it names and that are not attached, each with the reason.
        doubtful: What a person should look at, though it can be written.
        digest: Changes when anything that would be sent changes.
        content_hash: The same for the ledger, salted.
        money: Its total.
        bookmark: The value of its stream's bookmark, as text that orders; None without one.
        is_deleted: Deleted in its source.
        undoes: The run whose write is taken back; None for a record of the input.
        problems: Why it cannot be written.
    """

    entity: Entity
    stream: str
    record_key: RecordKey
    place: int = 0
    source_id: str | None = None
    source_organization: str | None = None
    own_id: str | None = None
    raw: bytes = field(default=b"{}", repr=False)
    body: dict[str, Any] = field(default_factory=dict, repr=False)
    flags: dict[str, Any] = field(default_factory=dict)
    links: Sequence[Link] = ()
    dropped: Sequence[str] = ()
    unknown: Sequence[str] = ()
    files: Sequence[NamedFile] = ()
    unattached: Sequence[str] = ()
    doubtful: Sequence[str] = ()
    digest: str = ""
    content_hash: str = ""
    money: Decimal
    bookmark: str | None = None
    is_deleted: bool
    undoes: str | None = None
    problems: Sequence[Problem] = ()

    @property
    def source_key(self) -> str:
        """Its key in the ledger."""
        return self.record_key.text

    @property
    def key(self) -> tuple[str, str]:
        """Its key in the ledger, with its stream: BILL stream and source key."""
        return self.entity.stream, self.record_key.text

    @property
    def name(self) -> str:
        """The name that a person finds it by in the source: the values of its key."""
        return self.record_key.shown

    @property
    def is_copy(self) -> bool:
        """True if it comes from an organization of BILL, so that what it says has been checked there."""
        return self.source_organization is not None

    @property
    def record(self) -> Mapping[str, Any]:
        """The record as it came."""
        record: Mapping[str, Any] = decode(self.raw)
        return record

    @property
    def lines(self) -> Sequence[Mapping[str, Any]]:
        """Its lines, without their references; none where it has none, or says nothing of them."""
        array = self.entity.lines
        return self.body.get(array.name) or () if array else ()


def without_id(line: Mapping[str, Any]) -> dict[str, Any]:
    """The content of a line, whichever line it is."""
    return {name: value for name, value in line.items() if name != LINE_ID}


def line_texts(document: Document) -> list[str]:
    """The content of each line as text for comparing, in an order of its own: that of the lines is none."""
    array = document.entity.lines
    links = _by_line(document.links)
    return sorted(
        _encode_sorted([_comparable(array.item_fields, line), sorted(links.get(place, ()))]).decode()
        for place, line in enumerate(document.lines)
        if array
    )


def content(document: Document) -> bytes:
    """Everything that would be sent, in the form in which what means the same is the same.

    A record that cannot be written is told from others by what is wrong with it.
    """
    array = document.entity.lines
    name = array.name if array else None
    head = {key: value for key, value in document.body.items() if key != name}
    return _encode_sorted(
        [
            _comparable(document.entity.fields, head),
            sorted(each.text for each in document.links if each.line is None),
            line_texts(document) if name in document.body else None,
            document.flags,
            document.is_deleted,
            [[each.field, each.reason] for each in document.problems],
            *([[each.sha256 for each in document.files]] if document.files else []),
        ]
    )


def digest_of(document: Document) -> str:
    """A digest of everything that would be sent. It gives bank numbers away: only salted does it outlive the run."""
    return hashlib.sha256(content(document)).hexdigest()


def salted(digest: str, salt: str) -> str:
    """A hash that tells contents apart and gives none of them away."""
    return hashlib.sha256(f"{salt}{digest}".encode()).hexdigest()


def _by_line(links: Iterable[Link]) -> dict[int | None, list[str]]:
    found: dict[int | None, list[str]] = {}
    for link in links:
        found.setdefault(link.line, []).append(link.text)
    return found


def _comparable(fields: tuple[Field, ...], body: Mapping[str, Any]) -> dict[str, Any]:
    known = by_name(fields)
    return {name: comparable(known[name], value) for name, value in body.items()}
