"""Files of `bill edit`: private, kept until all went well, and with what BILL had when they were opened.

What a person changes is what differs from that: a file that is gone on with later puts back nothing that somebody else
has changed meanwhile.
"""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bill_cli.ending import say
from bill_cli.sending.yaml_files import had
from bill_cli.typed.option_values import WrongTextError, in_utf_8
from bill_cli.typed.resources import name_of
from bill_program.whole_files import PRIVATE, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bill_api.table.entity import Entity

ERROR = "#! "
"""Begins a line that says what was wrong with the file when it was read last."""

BEFORE = "#= "
"""Begins a line of what BILL had when the file was opened."""


_TEMPLATE = re.compile(r"# *(\w+): *[^\s#]")
"""A field in a comment, with a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A file as it was opened.

    Attributes:
        entity: What is edited.
        bill_id: Its id.
        text: What a person sees.
        before: What BILL had, as the file says it.
    """

    entity: Entity
    bill_id: str
    text: str
    before: str

    @property
    def obj(self) -> dict[str, Any]:
        """The object as BILL had it, as far as the file says."""
        return {"id": self.bill_id, **had(self.entity, self.before)}


def opened(entity: Entity, bill_id: str, text: str) -> Opened:
    """A new file of this text."""
    before = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    return Opened(entity=entity, bill_id=bill_id, text=text, before=before)


def opened_again(entity: Entity, bill_id: str, path: Path) -> Opened:
    """A file that was kept.

    Args:
        entity: What is edited.
        bill_id: Its id.
        path: The file.

    Raises:
        click.UsageError: It cannot be read, is of another object, or does not say what BILL had.
    """
    try:
        text = text_of(path)
    except WrongTextError as error:
        raise click.UsageError(f"--from: {path}: {error}") from None
    whose, *before = [line.removeprefix(BEFORE) for line in text.splitlines() if line.startswith(BEFORE)] or [""]
    mine = _whose(entity, bill_id)
    if not whose:
        raise click.UsageError(
            f"--from: {path} does not say what BILL had when it was opened, as the files do that bill edit keeps "
            f"(lines that begin with {BEFORE.strip()}): without them it would put back what others have changed"
        )
    if whose != mine:
        raise click.UsageError(f"--from: {path} is of {whose}, and not of {mine}")
    return Opened(entity=entity, bill_id=bill_id, text=plain(text), before="\n".join(before))


def _whose(entity: Entity, bill_id: str) -> str:
    return f"{name_of(entity)} {bill_id}"


@contextmanager
def kept(file: Opened) -> Iterator[Path]:
    """The file, which only its owner can read; it stays, and is named, unless all went well."""
    number, name = tempfile.mkstemp(prefix=f"bill-edit-{name_of(file.entity)}-", suffix=".yaml")  # mode 0600
    path = Path(name)
    with os.fdopen(number, "w", encoding="utf-8") as made:
        made.write(file.text)
    try:
        yield path
    except BaseException:
        if path.exists():  # an editor may have taken it away
            _keep(file, path)
        raise
    path.unlink(missing_ok=True)


def _keep(file: Opened, path: Path) -> None:
    """Keep what was written, with what BILL had; a file that says nothing new goes."""
    try:
        text = plain(text_of(path))
    except WrongTextError:
        path.chmod(PRIVATE)  # an editor that puts a new file in its place gives it another mode
    else:
        if text == plain(file.text):
            path.unlink()
            return
        before = [_whose(file.entity, file.bill_id), *file.before.splitlines()]
        write_whole(path, ["\n".join([text, *(f"{BEFORE}{line}" for line in before), ""])])
    say(f"what you wrote is in {path}; go on with `bill edit {_whose(file.entity, file.bill_id)} --from {path}`")


def check_template(file: Opened, text: str) -> None:
    """Look that nothing was written into a line that is still a comment: it would be lost without a word.

    What stood there before may be made a comment: that takes it out.

    Raises:
        WrongTextError: Something was.
    """
    before = set(file.text.splitlines())
    said = {_bare(line) for line in file.before.splitlines()}
    for number, line in enumerate(text.splitlines(), 1):
        found = _TEMPLATE.match(line)
        if found and line not in before and found[1] in file.entity.by_name and _bare(line) not in said:
            raise WrongTextError(f"line {number}: it is a comment; take the # away before `{found[1]}`")


def _bare(line: str) -> str:
    """A line without a # that was put before it, and without what indents it."""
    return line.lstrip("# \t").rstrip()


def plain(text: str) -> str:
    """The text without what we have said in it."""
    return "\n".join(line for line in text.splitlines() if not line.startswith((ERROR, BEFORE)))


def text_of(path: Path) -> str:
    """The text of a file, as editors save it.

    Raises:
        click.UsageError: It is gone.
        WrongTextError: It is in none of their encodings.
    """
    try:
        return in_utf_8(path.read_bytes()).decode()
    except FileNotFoundError:
        raise click.UsageError("the file is not there any more: nothing was sent") from None
    except UnicodeDecodeError:
        raise WrongTextError("the file is neither UTF-8 nor UTF-16 with its mark: save it as UTF-8") from None
