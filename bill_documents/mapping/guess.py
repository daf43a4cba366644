"""A first mapping for a file that nobody has described yet, and how sure each part of it is."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from bill_documents.errors import InputError, SettingError, SourceError
from bill_documents.mapping.assignment import Sample
from bill_documents.mapping.entries import parse_files
from bill_documents.mapping.entry_file import check_kinds, file_of
from bill_documents.mapping.proposal import Proposal
from bill_documents.mapping.recognition import recognize
from bill_documents.mapping.said import QUESTION, Said, question, quoted
from bill_documents.mapping.templates import Sure
from bill_documents.mapping.words import ROLES, fit
from bill_documents.reading.csv_file import CsvFile
from bill_documents.reading.files import find
from bill_documents.reading.rejects import RejectsFile
from bill_documents.remarks import Findings
from bill_program.errors import ConnectorError
from bill_values.found_notation import days_of, looks_like_number
from bill_values.spelling import folded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bill_documents.mapping.declaration import FileEntry
    from bill_documents.mapping.entries import FileSettings
    from bill_documents.mapping.recognition import Recognized
    from bill_documents.reading.found_file import FoundFile
    from bill_documents.reading.source import Header
    from bill_documents.reading.workbook import WorkbookFile

    File = CsvFile | WorkbookFile

SAMPLE_ROWS = 50_000
NOTES_MAX = 25
"""Lines above a header."""

NAMES_LOOKED_AT = 200
"""Names of a header by which it is told from a row of data: a file may have ten thousand."""

BELOW = 20
"""Rows below a header by which it is told from notes."""

UNLIKE_SHOWN, NAMES_SHOWN = 5, 5
"""Files that a mapping does not fit, and columns that each lacks."""

_AS_SETTINGS = re.compile(r"(?:setting `)?files\[0\]\.(encoding|sheet)\b`?")


def guess(path: str, **given: str) -> str:
    """YAML for the setting `files`, with a comment wherever it is not sure.

    Args:
        path: As an entry names its files; of several the first is looked at.
        given: Keys of an entry that are known: `encoding`, `sheet`.

    Raises:
        ConnectorError: There is no such file, or it cannot be read; settings are called as the options that give them.
    """
    try:
        return _guessed(path, given)
    except ConnectorError as error:
        error.message = _AS_SETTINGS.sub(r"--\1", error.message)
        raise


def _guessed(path: str, given: Mapping[str, str]) -> str:
    (settings,) = parse_files([{"path": path, **given}])
    first, *others = find(path, "--guess")
    settings, plain = _sheet_chosen(settings, first)
    file, header = _below_notes(plain)
    dialect = [*_given(settings.entry), *_dialect(file, header)]
    lines = [Said(depth=0, text="files:"), *_of_several(settings, file, header, others)]
    if recognized := recognize(file, header, None):
        lines += [Said(depth=0, text=f"- path: {quoted(path)}"), *_template(recognized, header), *dialect]
    else:
        sample = Sample(header, _rows(file, header), is_typed=file.typed is not None)
        lines += Proposal(sample, path, dialect).lines()
    return "\n".join(map(str, lines)) + "\n"


def _sheet_chosen(settings: FileSettings, found: FoundFile) -> tuple[FileSettings, File]:
    """The file, with the sheet of this name; where none has it, a number is the place of one, from 1."""
    sheet = settings.entry.sheet
    try:
        return settings, _original(settings, found)
    except SettingError:
        if not isinstance(sheet, str) or not sheet.isdecimal():
            raise
    (settings,) = parse_files([{**settings.given, "sheet": int(sheet)}])
    return settings, _original(settings, found)


def _original(settings: FileSettings, found: FoundFile) -> File:
    """The file.

    Raises:
        SourceError: It is one of rejects, which has its mapping.
    """
    file = file_of(settings, found)
    check_kinds(settings, [file])
    if isinstance(file, RejectsFile):
        raise SourceError(found.path, "is a file of rejects: load it with the mapping of the file that it came from")
    return file


def _given(entry: FileEntry) -> Iterator[Said]:
    """The settings that were given."""
    if entry.encoding:
        yield Said(depth=1, text=f"encoding: {quoted(entry.encoding)}", note="as given")
    if entry.sheet is not None:
        yield Said(depth=1, text=f"sheet: {json.dumps(entry.sheet, ensure_ascii=False)}", note="as given")


def _of_several(settings: FileSettings, file: File, header: Header, others: Sequence[FoundFile]) -> Iterator[Said]:
    """Which of several files was looked at, and those that this mapping does not fit."""
    if not others:
        return
    count = len(others) + 1
    yield Said(depth=0, text=f"# guess: from {quoted(file.name)}, the first of {count} files")
    unlike = [reason for each in others if (reason := _unlike(settings, file, header, each))]
    for reason in unlike[:UNLIKE_SHOWN]:
        yield question(0, f"{reason}; give it an entry of its own")
    if len(unlike) > UNLIKE_SHOWN:
        yield question(0, f"so it is with {len(unlike) - UNLIKE_SHOWN} more files")


def _unlike(settings: FileSettings, file: File, header: Header, other: FoundFile) -> str | None:
    """Why the mapping for a file does not fit another one; None where it may."""
    try:
        below = replace(_original(settings, other), skip=file.skip)
        names = {folded(name) for name in below.header().columns}
    except InputError as error:
        return " ".join(str(error).split())
    left = [name for name in header.columns if name and folded(name) not in names]
    has = f"has no column {', '.join(map(quoted, left[:NAMES_SHOWN]))}"
    return f"{quoted(below.name)} {has}, as {quoted(file.name)} has" if left else None


def questions(mapping: str) -> list[int]:
    """The lines of a mapping, from 1, that say what is open."""
    lines = mapping.splitlines()
    return [number for number, line in enumerate(lines, start=1) if line.strip().startswith(QUESTION)]


def _rows(file: File, header: Header) -> list[list[str]]:
    """The first rows, as far as they can be read: many, for a month begins with days that fit two orders.

    The header once more is no row: a run leaves it out as well.
    """
    found: list[list[str]] = []
    with suppress(SourceError):
        rows = (cells for _, cells in file.rows(header, needed=1, found=Findings()))
        found.extend(islice((cells for cells in rows if not header.is_repeated_by(cells)), SAMPLE_ROWS))
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
    if isinstance(file, CsvFile) and not file.text.encoding and (reading := file.text.reading).words:
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
    names = [name for name in header.columns if name][:NAMES_LOOKED_AT]
    return len(names) > 1 and not any(looks_like_number(name) or days_of([name]).formats for name in names)
