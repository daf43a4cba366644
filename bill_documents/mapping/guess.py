"""A first mapping for a file that nobody has described yet, and how sure each part of it is."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from bill_documents.errors import SourceError
from bill_documents.mapping.assignment import Sample
from bill_documents.mapping.entries import parse_files
from bill_documents.mapping.layout import file_of
from bill_documents.mapping.notation import days_of, looks_like_number
from bill_documents.mapping.proposal import Proposal
from bill_documents.mapping.recognition import recognize
from bill_documents.mapping.said import QUESTION, Said, quoted
from bill_documents.mapping.templates import Sure
from bill_documents.mapping.words import ROLES, fit
from bill_documents.reading.csv_file import CsvFile
from bill_documents.reading.rejects import RejectsFile
from bill_documents.remarks import Findings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bill_documents.mapping.recognition import Recognized
    from bill_documents.reading.source import Header
    from bill_documents.reading.workbook import WorkbookFile

    File = CsvFile | WorkbookFile

SAMPLE_ROWS = 50_000
NOTES_MAX = 25
"""Lines above a header."""

BELOW = 20
"""Rows below a header by which it is told from notes."""


def guess(path: str) -> str:
    """YAML for the setting `files`, with a comment wherever it is not sure."""
    (settings,) = parse_files([{"path": path}])
    given = file_of(settings, path)
    if isinstance(given, RejectsFile):
        raise SourceError(path, "is a file of rejects: load it with the mapping of the file that it came from")
    file, header = _below_notes(given)
    dialect = list(_dialect(file, header))
    lines = [Said(depth=0, text="files:")]
    if recognized := recognize(file, header, None):
        lines += [Said(depth=0, text=f"- path: {quoted(path)}"), *_template(recognized, header), *dialect]
    else:
        lines += Proposal(Sample(header, _rows(file, header)), path, dialect).lines()
    return "\n".join(map(str, lines)) + "\n"


def questions(mapping: str) -> list[int]:
    """The lines of a mapping, from 1, that say what is open."""
    lines = mapping.splitlines()
    return [number for number, line in enumerate(lines, start=1) if line.strip().startswith(QUESTION)]


def _rows(file: File, header: Header) -> list[list[str]]:
    """The first rows, as far as they can be read: many, for a month begins with days that fit two orders."""
    found: list[list[str]] = []
    with suppress(SourceError):
        found.extend(cells for _, cells in islice(file.rows(header, needed=1, found=Findings()), SAMPLE_ROWS))
    return found


def _template(recognized: Recognized, header: Header) -> Iterator[Said]:
    note = f"sure: recognized as BILL's import template for {recognized.template.title}, so no mapping is needed"
    yield Said(depth=1, text=f"stream: {recognized.template.stream}", note=note)
    for each in sorted(recognized.matches, key=lambda match: match.position):
        if each.sure is not Sure.DOCUMENTED:
            yield Said(
                depth=1, text=f"# {quoted(header.names[each.position])} feeds {each.field}: {each.sure}, check it"
            )
    known = {each.position for each in recognized.matches}
    left = [name for place, name in enumerate(header.names) if place not in known and header.columns[place]]
    if left:
        yield Said(depth=1, text=f"# feeds nothing: {', '.join(map(quoted, left))}")


def _dialect(file: File, header: Header) -> Iterator[Said]:
    """The way in which the file is written, where it is not as most are."""
    if isinstance(file, CsvFile) and (reading := file.text.reading).words:
        note = f"guess: it makes words of its letters ({', '.join(map(quoted, reading.words))})"
        yield Said(depth=1, text=f"encoding: {quoted(reading.encoding)}", note=note)
    if header.dialect.delimiter != ",":
        yield Said(depth=1, text=f"delimiter: {quoted(header.dialect.delimiter)}", note="sure: it parts the header")
    if file.skip:
        yield Said(depth=1, text=f"skip: {file.skip}", note="guess: above the header stand notes")
    elif not _is_header(header):
        yield Said(depth=1, text=f"{QUESTION}the first row looks like data; a row has to name the columns")


def _below_notes(file: File) -> tuple[File, Header]:
    """The file without the lines above its header, and that header: of the first lines the one most like one."""
    first = file.header()
    found, best = (file, first), _known(file, first)
    if best > 1:
        return found
    for skip in range(1, NOTES_MAX + 1):
        below = replace(file, skip=skip)
        try:
            header = below.header()
        except SourceError:
            break
        if (known := _known(below, header)) > best:
            found, best = (below, header), known
    return found


def _known(file: File, header: Header) -> int:
    """The number of columns whose name a role knows; 0 for no header, and for one without rows as wide below it."""
    if not _is_header(header):
        return 0
    below = file.sample(header, BELOW)
    if below and sum(len(cells) == len(header.columns) for cells in below) * 2 < len(below):
        return 0
    return sum(any(fit(role, name) for role in ROLES.values()) for name in header.columns if name)


def _is_header(header: Header) -> bool:
    """True for a row of names: two at least, and neither numbers nor days."""
    names = [name for name in header.columns if name]
    return len(names) > 1 and not any(looks_like_number(name) or days_of([name]).formats for name in names)
