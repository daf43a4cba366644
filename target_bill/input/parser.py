"""Reading records: what each key of a record means for its entity, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from typing import TYPE_CHECKING, Any

from bill_api.entities import BY_NAME
from bill_api.identity.days import due_unusual
from bill_api.identity.deletes import is_marked, unclear_marks, without_deleted_lines
from bill_api.identity.keys import record_key, text_of
from bill_api.identity.links import Link, place_of
from bill_api.identity.references import Reference, aliases
from bill_api.identity.spelled import in_bills_spelling, said_twice, spelling_in
from bill_api.identity.totals import tax_left_out
from bill_api.table.attachments import NAMED_FILES
from bill_api.table.entity import ADDED, ADDITIONAL, INACTIVE, ORGANIZATION_ID
from bill_api.table.fields import mandatory
from bill_api.table.kinds import RefusedValueError, is_blank, is_empty, plain_reader, read
from bill_api.table.problem import CORRECT, Problem, refused
from bill_values.exact_json import encode
from bill_values.provenance import SOURCE_STREAM, keys_of
from bill_values.spelling import broken, canonical, has_lost_digits
from bill_values.visible import in_quotes, told
from target_bill.input import checks
from target_bill.input.named_files import RefusedFileError
from target_bill.input.source_errors import source_problems, unread_places
from target_bill.input.versions import order_of
from target_bill.model.document import LINE_ID, Document, NamedFile, digest_of, salted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bill_api.identity.keys import RecordKey
    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field
    from target_bill.input.named_files import NamedFiles

NOT_SENT = frozenset({"entity", "id"})
"""Fields of the table that are not part of a body: the client adds the first, the plan decides the second."""

LINE_LEFT_OUT = "a line left out: deleted in the source"
"""What is told of a document once for each of its lines that is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The stream that a record came in.

    Attributes:
        entity: What its records are in BILL.
        stream: Its name, as the account has it: behind any alias.
        incoming: Its name before any alias.
        keys: Its key properties; empty for the entity's natural key.
        bookmark: The property by which its tap tells later versions of a record; None without one.
    """

    entity: Entity
    stream: str
    incoming: str
    keys: tuple[str, ...] = ()
    bookmark: str | None = None


@dataclass(frozen=True, slots=True)
class FilesOfRecords:
    """The files that records may name, and whether one that cannot be attached rejects its record."""

    named: NamedFiles
    refuse: bool


class Parser:
    """Reads records.

    Args:
        organization_id: The organization that is written to.
        salt: The ledger's, for the content hashes.
        source: The setting `source`.
        clears: Whether a null empties its field.
        allow_negative: Whether documents may be below zero.
        files: Finds files that records name; None where none are attached.
    """

    def __init__(
        self,
        organization_id: str,
        salt: str,
        *,
        source: str,
        clears: bool,
        allow_negative: bool,
        files: FilesOfRecords | None = None,
    ) -> None:
        self._organization_id = organization_id
        self._salt = salt
        self._source = source
        self._clears = clears
        self._allow_negative = allow_negative
        self._files = files

    def parse(self, origin: Origin, given: Mapping[str, Any]) -> Document:
        """Read a record; what is wrong with it stands in `problems`."""
        entity = origin.entity
        record, lines_left_out, unclear = without_deleted_lines(entity, in_bills_spelling(entity, given))
        organization = record.get(ORGANIZATION_ID)
        source_organization = None if is_blank(organization) else str(organization)
        elsewhere = source_organization not in {None, self._organization_id}
        reader = _Reader(elsewhere=elsewhere, clears=self._clears)
        reader.problems += [*_twice(entity, given), *unclear]
        body = reader.values(entity.fields, record, None)
        flags = {name: record[name] for name in entity.flags if name in record}
        lines = entity.lines
        if lines is not None and not is_blank(record.get(lines.name)):
            body[lines.name] = reader.lines(lines, record[lines.name])
        keys = keys_of(record)
        key = record_key(
            entity,
            record,
            names=origin.keys if keys is None else keys,
            source=self._source,
            stream=_first_stream(origin, record),
        )
        source_id = text_of(record.get("id")) or None
        document = Document(
            entity=entity,
            stream=origin.stream,
            record_key=key,
            source_id=source_id,
            own_id=None if elsewhere else source_id,
            source_organization=source_organization,
            raw=encode(given).encode(),
            body=body,
            flags=flags,
            links=reader.links,
            dropped=reader.dropped,
            unknown=[name for name in (*reader.unknown, *_additional(record)) if name not in flags],
            money=checks.total_of(entity, body, record),
            bookmark=order_of(given, origin.bookmark),
            is_deleted=is_marked(record) or body.get("isActive") == INACTIVE,
        )
        document.problems = self._problems(document, reader, record)
        self._name_files(document, reader.named_files)
        document.doubtful = [*_doubtful(document, record), *[LINE_LEFT_OUT] * lines_left_out]
        document.digest = digest_of(document)
        document.content_hash = salted(document.digest, self._salt)
        return document

    def _name_files(self, document: Document, given: Sequence[Any]) -> None:
        """The files that a record names; what is wrong with one is a problem, or is said, as a setting wants it."""
        if not given or document.is_deleted:
            return
        if not document.entity.takes_files:
            document.unattached = [f"BILL is not known to take files for {document.entity.stream}"]
        elif self._files is None:
            document.unattached = ["`attachment_dir` is not set"]
        else:
            found = list(self._files.named.of(given))
            document.files = [each for each in found if isinstance(each, NamedFile)]
            errors = [each for each in found if isinstance(each, RefusedFileError)]
            if self._files.refuse:
                document.problems = [*document.problems, *(each.problem for each in errors)]
            else:
                document.unattached = [each.reason for each in errors]

    def _problems(self, document: Document, reader: _Reader, record: Mapping[str, Any]) -> list[Problem]:
        """All that is wrong with a document by itself; of what could not be read nothing more than that is said."""
        entity = document.entity
        of_source = list(source_problems(record))
        unread = [*of_source, *reader.problems]
        places = unread_places(entity, record, unread)
        problems = [*of_source, *_nameless(document.record_key), *reader.problems, *unclear_marks(record)]
        if not document.is_deleted:
            problems += _missing(entity, document.body, reader.links)
            if not document.is_copy:
                problems += _broken(document)
                problems += checks.named_nothing(document, record)
                problems += checks.days(document)
                problems += checks.own_amounts(document)
                if not unread:
                    problems += checks.own_total(document, record)
                if not unread and not self._allow_negative:
                    problems += checks.below_zero(document)
        return [each for each in problems if each in unread or each.field not in places]


class _Kind(Enum):
    """The meaning of a key of a record."""

    VALUE = auto()
    LINK = auto()  # a reference by id
    ALIAS = auto()  # a reference by name
    FOREIGN = auto()  # a reference to what is not written here
    IGNORED = auto()


@dataclass(frozen=True, slots=True)
class _Part:
    """The way to read a key of a record."""

    kind: _Kind
    field: Field
    read: Callable[[Any], Any] | None = None
    by: Reference | None = None
    is_optional: bool = False


@cache
def _parts(fields: tuple[Field, ...], elsewhere: bool, in_line: bool) -> Mapping[str, _Part]:
    """The parts of every known key of a record; computed once, because they are asked for every value."""
    parts = {each.name: _part(each, elsewhere=elsewhere, in_line=in_line) for each in fields}
    for alias, reference in aliases(fields).items():
        parts[alias] = _Part(_Kind.ALIAS, reference.field, by=reference)
    return parts


def _part(each: Field, *, elsewhere: bool, in_line: bool) -> _Part:
    if in_line and each.name == LINE_ID and not elsewhere:
        return _Part(_Kind.VALUE, each, read=plain_reader(each))
    if each.read_only or each.name in NOT_SENT or each.item_fields:
        return _Part(_Kind.IGNORED, each)
    referred = BY_NAME.get(each.references or "")
    if referred is not None and (referred.is_loadable or referred.lookups):
        return _Part(_Kind.LINK, each, is_optional=elsewhere and not referred.is_loadable)
    if each.references and elsewhere:
        return _Part(_Kind.FOREIGN, each)
    return _Part(_Kind.VALUE, each, read=plain_reader(each))


class _Reader:
    """Collects what a record's fields give."""

    def __init__(self, *, elsewhere: bool, clears: bool) -> None:
        self._elsewhere = elsewhere
        self._clears = clears
        self.links: list[Link] = []
        self.problems: list[Problem] = []
        self.dropped: list[str] = []
        self.unknown: list[str] = []
        self.named_files: list[Any] = []

    def values(self, fields: tuple[Field, ...], given: Mapping[str, Any], line: int | None) -> dict[str, Any]:
        """Typed values of the writable fields; references go to `links`."""
        parts = _parts(fields, self._elsewhere, line is not None)
        found: dict[str, Any] = {}
        for name, value in given.items():
            part = parts.get(name)
            if part is None:
                if name == NAMED_FILES:
                    if not is_blank(value):
                        self.named_files += value if isinstance(value, list) else [value]
                elif not name.startswith("_") and name not in ADDED and spelling_in(fields, name) == name:
                    self.unknown.append(name)
            elif part.kind is _Kind.VALUE:
                self._read(part, value, line, given, found)
            elif part.kind is not _Kind.IGNORED:
                self._other(part, value, line, given, found)
        return found

    def lines(self, array: Field, given: Any) -> list[dict[str, Any]]:
        """Typed values of the lines."""
        try:
            lines = read(array, given) or []
        except RefusedValueError as error:
            self.problems.append(refused(array.name, error))
            return []
        of_head = len(self.unknown)
        found = [self._line(array.item_fields, line, index) for index, line in enumerate(lines)]
        self.unknown[of_head:] = [f"{array.name}.{name}" for name in self.unknown[of_head:]]
        return found

    def _line(self, fields: tuple[Field, ...], given: Any, index: int) -> dict[str, Any]:
        if isinstance(given, dict):
            return self.values(fields, given, index)
        place = f"lines[{index}]"
        expected = "an object is expected"
        self.problems.append(Problem(field=place, reason=f"{expected}, not {told(given)}", hint=CORRECT, kind=expected))
        return {}

    def _other(
        self, part: _Part, value: Any, line: int | None, given: Mapping[str, Any], found: dict[str, Any]
    ) -> None:
        """A reference, or a value that is empty."""
        name = part.field.name
        text = None if is_empty(value) else text_of(value)
        is_named_by_id = part.by is not None and not is_empty(given.get(name))
        if not text:
            if self._clears and not is_named_by_id:
                self._clear(part, line, found)
        elif part.kind is _Kind.FOREIGN:
            self.dropped.append(name)
        elif not is_named_by_id:
            is_optional = part.is_optional
            self.links.append(Link(field=part.field, line=line, by=part.by, value=text, is_optional=is_optional))
            found.pop(name, None)
        elif not self._elsewhere:
            # The id says which one; a name beside it that says another one is another party's document.
            self.links.append(Link(field=part.field, line=line, by=part.by, value=text, is_check=True))

    def _clear(self, part: _Part, line: int | None, found: dict[str, Any]) -> None:
        name = part.field.name
        if part.field.required or any(each.line == line and each.field is part.field for each in self.links):
            return
        if part.kind is not _Kind.FOREIGN:
            found.setdefault(name, None)

    def _read(self, part: _Part, value: Any, line: int | None, given: Mapping[str, Any], found: dict[str, Any]) -> None:
        assert part.read is not None  # noqa: S101  every value has one
        try:
            read = part.read(value)
        except RefusedValueError as error:
            place = place_of(part.field.name, line)
            self.problems.append(refused(place, error))
            return
        if read is None:
            self._other(part, None, line, given, found)
        else:
            found[part.field.name] = read


def _first_stream(origin: Origin, record: Mapping[str, Any]) -> str:
    """The stream that a record's key is of: of a corrected reject that in which it came first."""
    said = record.get(SOURCE_STREAM)
    return said if isinstance(said, str) and said else origin.incoming


def _twice(entity: Entity, given: Mapping[str, Any]) -> Iterator[Problem]:
    """Fields that a record names in two spellings and says two things in."""
    for each in said_twice(entity, given):
        names = " and ".join(f"`{name}`" for name in each.names)
        yield Problem(
            field=place_of(each.field, each.line),
            reason=f"{names} are one field, and say two things",
            hint="Leave one of them out.",
        )


def _additional(record: Mapping[str, Any]) -> Sequence[str]:
    """Names of what BILL has of an object and the table does not know: it is unknown whether it may be sent."""
    additional = record.get(ADDITIONAL)
    return list(additional) if isinstance(additional, dict) else ()


def _missing(entity: Entity, body: Mapping[str, Any], links: Sequence[Link]) -> Iterator[Problem]:
    linked = {(link.line, link.field.name) for link in links}
    yield from _required(entity.fields, body, linked, None)
    lines = entity.lines
    if lines is not None:
        for index, line in enumerate(body.get(lines.name, ())):
            yield from _required(lines.item_fields, line, linked, index)


def _required(
    fields: tuple[Field, ...], values: Mapping[str, Any], linked: set[tuple[int | None, str]], line: int | None
) -> Iterator[Problem]:
    for each in mandatory(fields):
        if not is_empty(values.get(each.name)) or (line, each.name) in linked:
            continue
        names = [alias for alias, reference in aliases(fields).items() if reference.field is each]
        instead = f" or {', '.join(f'`{name}`' for name in names)}" if names else ""
        place = place_of(each.name, line)
        yield Problem(field=place, reason="BILL requires this field", hint=f"Give `{each.name}`{instead}.")


def _nameless(key: RecordKey) -> Iterator[Problem]:
    for name in key.blank:
        yield Problem(
            field=name,
            reason="the record has no value for this key property, so that it cannot be told from another",
            hint="Fill it in, or choose other key properties in the tap.",
        )
    for name, why in key.broken:
        yield Problem(field=name, reason=f"no key: {why}", hint="Correct the value in the source, as a text.")
    if not key.has_values:
        yield Problem(
            field=None,
            reason="the stream has no key properties, and its records have nothing else that tells them apart",
            hint="Set key properties in the tap.",
        )


def _broken(document: Document) -> Iterator[Problem]:
    """Names and numbers that a spreadsheet has broken: nothing is called so, and unrelated rows may be."""
    for name in document.entity.natural_key:
        if why := _why_broken(document.body.get(name)):
            yield Problem(field=name, reason=f"{in_quotes(document.body[name])} is {why}", hint=CORRECT, kind=why)
    for link in document.links:
        if why := broken(link.value):
            yield Problem(field=link.place, reason=f"{in_quotes(link.value)} is {why}", hint=CORRECT, kind=why)


def _why_broken(value: Any) -> str | None:
    return broken(canonical(value)) if isinstance(value, str) else None


def _doubtful(document: Document, record: Mapping[str, Any]) -> Iterator[str]:
    for name in document.entity.natural_key:
        value = document.body.get(name)
        if isinstance(value, str) and has_lost_digits(value):
            yield f"`{name}` has more than 15 digits and ends in zeros: a spreadsheet may have lost the others"
    if document.is_deleted:
        return
    if unusual := due_unusual(document.body):
        yield unusual
    if not document.is_copy and (tax := tax_left_out(document.entity, record)):
        yield tax
