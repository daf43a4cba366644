"""`bill documents list|download|attach`: the files of an object."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bill_api.errors import BillError, InDoubtError, RefusedError
from bill_api.table.attachments import FILE_BYTES_MAX
from bill_api.wire.dry_run import WouldSend
from bill_api.wire.raw import File
from bill_cli.command import command, dry_run_option, output_option
from bill_cli.commands.objects import looked_up, name_argument
from bill_cli.ending import explain, say
from bill_cli.sending.interrupts import unhurried
from bill_cli.sending.saved_files import check_free, names_apart, save
from bill_cli.showing.output import write_document, write_plain
from bill_cli.typed.names import owner_options
from bill_cli.typed.resources import ResourceWith, name_of
from bill_program.exit_codes import ExitCode
from bill_program.options import Whole
from bill_values.spelling import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bill_api.client import BillClient
    from bill_api.table.entity import Entity

COLUMNS = ("id", "fileName", "numPages", "createdDate", "documentRef")
"""Of a document, what is understood of it (live: section 10, 10)."""

SAVED = ("document", "file", "bytes")
ATTACHED = ("file", "result", "upload", "document")


@click.group("documents")
def documents_command() -> None:
    """List, download and attach files of an object.

    \b
      bill documents list bill 00n...
      bill documents download bill 00n... --to scans/
      bill documents attach bill A-77 --vendor Ironwood invoice.pdf
    """  # noqa: D301  the backslash is the shell's


def _sub(name: str) -> Callable[[Callable[..., Any]], click.Command]:
    def declared(function: Callable[..., Any]) -> click.Command:
        for option in (
            dry_run_option,
            output_option,
            name_argument,
            click.argument("resource", type=ResourceWith("documents", lambda each: bool(each.takes_files))),
        ):
            function = option(function)
        made = command(name)(owner_options(function))
        documents_command.add_command(made)
        return made

    return declared


@_sub("list")
def list_(resource: Entity, name_or_id: str, output: str | None, dry_run: bool, **whose: str | None) -> None:
    """List the documents of the RESOURCE: id, name of the file, pages, day.

    \b
      bill documents list bill 00n...
      bill documents list vendor 009... --output jsonl

    BILL documents this call for bills; that it answers for other objects is inferred. A file that was attached a moment
    ago may not be there yet.
    """  # noqa: D301  the backslash is the shell's
    bill_id, client = looked_up(resource, name_or_id, whose, dry_run=dry_run)
    found = client.documents(bill_id)
    write_plain(found, COLUMNS, output, [each for each in COLUMNS if each != "createdDate"])
    if not found:
        say("no documents")


@_sub("download")
@click.argument("document_ids", metavar="[DOCUMENT-ID]...", nargs=-1)
@click.option("--to", metavar="PATH", help="A folder, or the file for one document; this folder.")
@click.option("--page", type=Whole(1), default=1, show_default=True, help="The `pageNumber` that BILL is asked for.")
@click.option("--force", is_flag=True, help="Overwrite files that are there.")
def download(
    *,
    resource: Entity,
    name_or_id: str,
    document_ids: tuple[str, ...],
    to: str | None,
    page: int,
    force: bool,
    output: str | None,
    dry_run: bool,
    **whose: str | None,
) -> None:
    """Download the documents of the RESOURCE, all of them or those of these ids.

    \b
      bill documents download bill 00n...
      bill documents download bill 00n... 00h... --to invoice.pdf
      bill documents download bill 00n... --to scans/ --force

    Files are named as in BILL, without anything that leads out of the folder; two of one name get their id. Nothing is
    overwritten without --force, and a file is there whole or not at all. What `pageNumber` does to a file of several
    pages is unknown: BILL documents that it has to be given.
    """  # noqa: D301  the backslash is the shell's
    bill_id, client = looked_up(resource, name_or_id, whose, dry_run=dry_run)
    if dry_run and document_ids:
        client.download_document(bill_id, document_ids[0], page)
    chosen = _chosen(client.documents(bill_id), list(dict.fromkeys(document_ids)))
    if not chosen:
        say("no documents: nothing was downloaded")
    targets = _targets(chosen, to)
    for each in targets:
        check_free(each, force=force)
    saved: list[dict[str, Any]] = []
    failures: list[int] = []
    for document, target in zip(chosen, targets, strict=True):
        try:
            save(target, lambda each=document: _content(client, bill_id, each, page), force=force)  # type: ignore[misc]
        except RefusedError as error:
            failures.append(error.exit_code)
            say(f"{target.name}: {error}")
            continue
        except BillError as error:
            failures.append(error.exit_code)
            explain(error)
            break
        except click.UsageError as error:  # a place that was taken meanwhile, a full disk: the next one may do
            failures.append(error.exit_code)
            say(error.message)
            continue
        saved.append({"document": document["id"], "file": str(target), "bytes": target.stat().st_size})
    write_plain(saved, SAVED, output, SAVED)
    if failures:
        sys.exit(ExitCode.PARTLY if saved else failures[-1])


def _content(client: BillClient, bill_id: str, document: Mapping[str, Any], page: int) -> bytes:
    return client.download_document(bill_id, document["id"], page, file_name=str(document.get("fileName") or ""))


def _chosen(documents: Sequence[Mapping[str, Any]], ids: Sequence[str]) -> list[Mapping[str, Any]]:
    """Those of these ids, or all.

    Raises:
        click.UsageError: One is not there.
    """
    known = {each["id"]: each for each in documents}
    missing = [each for each in ids if each not in known]
    if missing:
        there = ", ".join(known) or "none"
        raise click.UsageError(f"no document {', '.join(missing)} of this object; it has: {there}")
    return [known[each] for each in ids] if ids else list(documents)


def _targets(documents: Sequence[Mapping[str, Any]], to: str | None) -> list[Path]:
    """The file of each document.

    Raises:
        click.UsageError: There is no such folder.
    """
    folder = Path(to or ".")
    if to and len(documents) == 1 and not to.endswith("/") and not folder.is_dir():
        if not folder.parent.is_dir():
            raise click.UsageError(f"--to {to}: there is no folder {folder.parent}")
        return [folder]
    if documents and not folder.is_dir():
        if folder.exists() or (to and folder.suffix and not to.endswith("/")):
            raise click.UsageError(f"--to {to}: no folder, and there are {len(documents)} documents; {to}/ makes one")
        try:
            folder.mkdir()
        except FileNotFoundError:
            raise click.UsageError(f"--to {folder}: there is no folder {folder.parent}; make it first") from None
        except OSError as error:
            raise click.UsageError(f"--to {folder}: {error.strerror}") from None
    return [
        folder / name for name in names_apart([(each["id"], str(each.get("fileName") or "")) for each in documents])
    ]


@_sub("attach")
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--name", help="Call the file so in BILL; its own name unless given.")
def attach(
    resource: Entity,
    name_or_id: str,
    paths: tuple[Path, ...],
    name: str | None,
    output: str | None,
    dry_run: bool,
    **whose: str | None,
) -> None:
    """Attach FILE to the RESOURCE; several one after the other.

    \b
      bill documents attach bill 00n... invoice.pdf
      bill documents attach vendor 009... w9.pdf --name "W-9 2026.pdf"

    BILL wants an ending that is that of the content (documented). Each file is sent once: when the answer is lost, it
    is looked for among the documents of the object, and where it is not there, it may still come.
    """  # noqa: D301  the backslash is the shell's
    if name is not None and len(paths) > 1:
        raise click.UsageError("--name is for one FILE")
    files = [_file(each, name) for each in paths]
    bill_id, client = looked_up(resource, name_or_id, whose, dry_run=dry_run)
    if dry_run:
        for file in files:
            _show(client, bill_id, file)
        return
    client.session_id()  # so that a signal during the login stops what was not sent yet
    results: list[dict[str, Any]] = []
    failure: BillError | None = None
    for file in files:
        try:
            results.append(_attached(client, resource, bill_id, file))
        except BillError as error:
            failure = error
            break
    if results:
        write_plain(results, ATTACHED, output, ATTACHED)
    if failure is not None:
        explain(failure)
        left = [each.file_name for each in files[len(results) + 1 :]]
        if left:
            say(f"not sent: {', '.join(left)}")
        sys.exit(ExitCode.PARTLY if results else failure.exit_code)


def _show(client: BillClient, bill_id: str, file: File) -> None:
    try:
        client.attach(bill_id, file)
    except WouldSend as dry:
        write_document(dry.request)


def _file(path: Path, name: str | None) -> File:
    """The file, if BILL takes one of its kind.

    Raises:
        click.UsageError: It cannot be read, or BILL would not take it.
    """
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= FILE_BYTES_MAX else b""
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from None
    if size > FILE_BYTES_MAX:
        raise click.UsageError(f"{path}: {size:,} bytes; at most {FILE_BYTES_MAX:,} are sent")
    if not content:
        raise click.UsageError(f"{path} is empty")
    file_name = name or path.name
    if not Path(file_name).suffix.strip("."):
        raise click.UsageError(f"{file_name}: without an ending BILL cannot tell what it is: give --name NAME.pdf")
    return File(file_name=file_name, content=content)


def _attached(client: BillClient, entity: Entity, bill_id: str, file: File) -> dict[str, Any]:
    """One upload and what came of it.

    Raises:
        InDoubtError: The answer was lost, and the file is not there; it may still come.
    """
    before = _named(client, bill_id, file.file_name)
    try:
        with unhurried():
            return {"file": file.file_name, "result": "attached", "upload": client.attach(bill_id, file)}
    except InDoubtError as error:
        say(str(error))
        say("looking at what BILL has")
        new = (_named(client, bill_id, file.file_name) or {}).keys() - (before or {}).keys()
        if before is not None and len(new) == 1:
            (found,) = new
            say(f"adopted: BILL has document {found} of this name, which was not there before")
            return {"file": file.file_name, "result": "adopted", "document": found}
        raise InDoubtError(
            f"nobody knows if {file.file_name} was attached: it is not among the documents, and may still come. It was "
            f"not sent again: look at `bill documents list {name_of(entity)} {bill_id}` before you do",
            operation=error.operation,
        ) from None


def _named(client: BillClient, bill_id: str, file_name: str) -> dict[str, Mapping[str, Any]] | None:
    """The documents of this name; None where BILL does not tell (it is documented of bills only)."""
    try:
        found = client.documents(bill_id)
    except BillError:
        return None
    return {each["id"]: each for each in found if folded(str(each.get("fileName") or "")) == folded(file_name)}
