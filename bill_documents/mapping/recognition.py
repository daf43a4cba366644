"""Files that need no mapping: recognized by the headers of BILL's import templates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bill_api.entities import BY_STREAM as ENTITIES
from bill_api.identity.totals import TOTAL
from bill_api.table.fields import FieldType
from bill_api.table.kinds import reader_of
from bill_documents.errors import quoted
from bill_documents.mapping.columns import TextSource
from bill_documents.mapping.levels import mappable
from bill_documents.mapping.templates import CREDIT_MEMO, PERCENT, TEMPLATES, WRITING, Sure, Template, line_field
from bill_documents.reading.source import as_named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bill_documents.reading.source import Header, TabularFile

SAMPLE_ROWS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The field that a column of a template feeds."""

    position: int
    field: str
    line: bool
    sure: Sure


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognized:
    """A file of one of BILL's templates.

    Attributes:
        template: Which.
        matches: The columns that it knows, in the order of the file.
        unused: The names of columns that BILL does not use.
    """

    template: Template
    matches: tuple[Match, ...]
    unused: tuple[str, ...]

    def sources(self, setting: str, header: Header, *, line: bool) -> Mapping[str, TextSource]:
        """Sources of the fields of a level, as a mapping would say."""
        return {
            each.field: TextSource(
                setting=f"{setting}.{each.field}",
                column=header.names[each.position],
                position=each.position,
                writing=PERCENT if each.field == "percentage" else WRITING,
            )
            for each in self.matches
            if each.line is line
        }

    def guesses(self, header: Header) -> list[str]:
        """Parts that are not documented, one by one, for people."""
        return [
            f"{quoted(header.names[each.position])} feeds {'lines, ' if each.line else ''}{each.field} ({each.sure})"
            for each in self.matches
            if each.sure is not Sure.DOCUMENTED
        ]


def recognize(file: TabularFile, header: Header, stream: str | None) -> Recognized | None:
    """The template that a file follows: of this stream, or of any.

    At least half of the columns must be the template's, and those that tell it from others must be there.
    """
    labels = [_label(each) for each in as_named(header.columns)]
    fitting = [
        _matched(template, labels, header)
        for template in TEMPLATES
        if stream in (None, template.stream)
        and template.required.issubset(labels)
        and template.never.isdisjoint(labels)
    ]
    fitting = [
        each for each in fitting if 2 * (len(each.matches) + len(each.unused)) >= len(list(filter(None, labels)))
    ]
    most = max((len(each.matches) for each in fitting), default=0)
    best = [each for each in fitting if len(each.matches) == most]
    if len(best) > 1:
        best = [each for each in best if _values_fit(each, file, header)]
    return best[0] if len(best) == 1 else None


def is_credit_memo(header: Header) -> bool:
    """True if the headers are those of the one template that cannot be loaded."""
    labels = {_label(each) for each in header.columns}
    always, either = CREDIT_MEMO
    return always <= labels and any(each <= labels for each in either)


def _label(header: str) -> str:
    return " ".join(header.casefold().replace("*", " ").replace("?", " ").split())


def _matched(template: Template, labels: Sequence[str], header: Header) -> Recognized:
    found: dict[tuple[bool, str], Match] = {}
    for match in _matches(template, labels):
        found.setdefault((match.line, match.field), match)
    total, line = found.get((False, TOTAL)), found.get((True, TOTAL))
    if total and not line and not any(found.get((True, each)) for each in ("price", "unitPrice")):
        # With no other column for money, it cannot be anything but the line's.
        del found[False, TOTAL]
        found[True, TOTAL] = replace(total, line=True, sure=Sure.GUESSED)
    unused = (header.names[place] for place, label in enumerate(labels) if label in template.unused)
    return Recognized(
        template=template,
        matches=tuple(sorted(found.values(), key=lambda each: each.position)),
        unused=tuple(unused),
    )


def _matches(template: Template, labels: Sequence[str]) -> Iterator[Match]:
    entity = ENTITIES[template.stream]
    of_lines = mappable(entity.lines.item_fields) if entity.lines else {}
    shipping = False
    for place, label in enumerate(labels):
        ways = ((template.documented, Sure.DOCUMENTED), (template.seen, Sure.SEEN), (template.guessed, Sure.GUESSED))
        known = next(((names[label], sure) for names, sure in ways if label in names), None)
        if label in template.unused:
            continue
        if known:
            name, sure = known
            shipping = shipping or name == "shipAddress1"
            if shipping and name.startswith("billAddress"):
                # The block of the shipping address is believed to repeat City, State and Country.
                name, sure = name.replace("bill", "ship"), Sure.GUESSED
            yield Match(position=place, field=name, line=False, sure=sure)
        elif (of_line := line_field(template, label)) and of_line[0] in of_lines:
            yield Match(position=place, field=of_line[0], line=True, sure=of_line[1])


def _values_fit(recognized: Recognized, file: TabularFile, header: Header) -> bool:
    """True if the first rows hold codes of this entity: accounts and items differ in their types."""
    entity = ENTITIES[recognized.template.stream]
    readers = [
        (each.position, reader_of(field, WRITING))
        for each in recognized.matches
        if not each.line
        and (field := entity.by_name.get(each.field))
        and field.type not in {FieldType.STRING, FieldType.ID}
    ]
    for cells in file.sample(header, SAMPLE_ROWS):
        for position, read in readers:
            text = cells[position].strip() if position < len(cells) else ""
            try:
                if text:
                    read(text)
            except ValueError:
                return False
    return True
