"""Files of BILL's on this computer: names that are safe here, and no file that is overwritten or half there."""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

NAME_BYTES_MAX = 200
"""Of a name: what every file system takes, with room for an ending of ours."""

UNSAFE = frozenset('/\\:*?"<>|')
"""Characters that part folders, or that some system does not take in a name."""

RESERVED = frozenset(
    {"con", "prn", "aux", "nul", *(f"com{i}" for i in range(1, 10)), *(f"lpt{i}" for i in range(1, 10))}
)
"""Names of devices on Windows, with any ending."""


def safe_name(given: str, instead: str) -> str:
    """The name of a file as it may stand in a folder: one part, no control characters, not hidden.

    Args:
        given: As BILL has it: it may hold `/`, `..` and anything else.
        instead: The name where nothing of it is left.
    """
    text = unicodedata.normalize("NFC", given)
    text = "".join("_" if each in UNSAFE or not (each.isprintable() or each == " ") else each for each in text)
    text = text.strip(" .")
    if text.partition(".")[0].casefold() in RESERVED:
        text = f"_{text}"
    name = PurePosixPath(text)
    ending = name.suffix if len(name.suffix.encode()) < NAME_BYTES_MAX // 4 else ""
    stem = text.removesuffix(ending).encode()[: NAME_BYTES_MAX - len(ending.encode())].decode(errors="ignore")
    return f"{stem.rstrip()}{ending}" if stem.strip("_ ") else instead


def with_id(name: str, bill_id: str) -> str:
    """The name with an id before its ending, to tell two files of one name apart."""
    ending = PurePosixPath(name).suffix
    return f"{name.removesuffix(ending)} {bill_id}{ending}"


def names_apart(given: Collection[tuple[str, str]]) -> list[str]:
    """A safe name for each id and name; those that would be one file get their id."""
    ids = [bill_id for bill_id, _ in given]
    names = [safe_name(name, bill_id) for bill_id, name in given]
    # Once more where a name with an id is that of another file: what was downloaded may have been attached again.
    while len(counts := Counter(map(str.casefold, names))) < len(names):
        names = [
            with_id(name, bill_id) if counts[name.casefold()] > 1 else name
            for bill_id, name in zip(ids, names, strict=True)
        ]
    return names


def check_free(target: Path, *, force: bool) -> None:
    """Look that nothing would be overwritten, before anything is fetched.

    Raises:
        click.UsageError: There is a file, or what is no file, or a download that was cut off.
    """
    _check_target(target, force=force)
    if not force and os.path.lexists(_partial(target)):
        raise _under_way(target)


def _check_target(target: Path, *, force: bool) -> None:
    if target.is_dir():
        raise click.UsageError(f"{target} is a folder")
    if not force and os.path.lexists(target):
        raise click.UsageError(f"{target} is there already: --force overwrites it")


def _partial(target: Path) -> Path:
    return target.with_name(f"{target.name}.partial")


def _under_way(target: Path) -> click.UsageError:
    return click.UsageError(
        f"{_partial(target)} is there already, of a download that is under way or was cut off: remove it, or give "
        "--force"
    )


def save(target: Path, fetch: Callable[[], bytes], *, force: bool, option: str = "") -> None:
    """Fetch a file and put it there whole, or not at all; the place is tried before anything is fetched.

    Args:
        target: Where it is put; a link there is replaced, and not followed.
        fetch: Gives its content.
        force: Over what is there.
        option: Stands before the name of the file in a message.

    Raises:
        click.UsageError: It cannot be written there.
    """
    partial = _partial(target)
    try:
        if force:
            partial.unlink(missing_ok=True)  # a link would be written through
        file = partial.open("xb")
    except FileExistsError:
        raise _under_way(target) from None
    except OSError as error:
        raise click.UsageError(f"{option}{target}: {error.strerror}") from None
    try:
        with file:
            file.write(fetch())
        _put(partial, target, force=force)
    except BaseException as error:
        partial.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise click.UsageError(f"{option}{target}: {error.strerror}: nothing of it was kept") from None
        raise


def _put(partial: Path, target: Path, *, force: bool) -> None:
    """Give the file its name; where that was taken meanwhile, it stays what it is."""
    if force:
        partial.replace(target)
        return
    try:
        os.link(partial, target)
    except OSError:  # it was taken meanwhile, or the file system has no links
        _check_target(target, force=False)
        partial.replace(target)
        return
    partial.unlink()
