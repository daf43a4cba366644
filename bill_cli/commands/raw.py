"""`bill raw`: any call, spelled out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bill_api.wire.raw import Answer, File, RawCall, Retries
from bill_cli.command import FORMATS, command, context, dry_run_option
from bill_cli.sending.saved_files import save
from bill_cli.showing.output import write_document, write_plain, write_text
from bill_cli.typed.option_values import WrongTextError, json_of, pair
from bill_program.options import Number, Whole
from bill_values.exact_json import encode

if TYPE_CHECKING:
    from bill_cli.command import CommandContext

METHODS = ("POST", "GET", "PUT", "PATCH", "DELETE")
TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
VISIBLE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")
ROOTS = ("http:", "https:", "//")


def pairs(_ctx: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """`name=value` options as a mapping."""
    try:
        found = dict(pair(each) for each in values)
        for each in values:
            each.encode()
    except WrongTextError as error:
        raise click.BadParameter(str(error)) from None
    except UnicodeEncodeError as error:
        wrong = error.object[error.start : error.end]
        raise click.BadParameter(f"{wrong!a} is no character that can be sent") from None
    return found


def headers(ctx: click.Context, option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """`name=value` options as what HTTP takes for headers."""
    found = pairs(ctx, option, values)
    wrong = [name for name, value in found.items() if not (TOKEN.fullmatch(name) and VISIBLE.fullmatch(value))]
    if wrong:
        raise click.BadParameter(f"{', '.join(map(repr, wrong))}: HTTP takes no such header")
    return found


def path_of(_ctx: click.Context, _argument: click.Parameter, value: str) -> str:
    """A path below the base URL."""
    if value.lower().startswith(ROOTS) or "@" in value or "?" in value or "#" in value:
        raise click.BadParameter("a path like /List/Vendor.json is expected: the base URL is known, see also --query")
    return value if value.startswith("/") else f"/{value}"


@command("raw")
@click.argument("path", callback=path_of)
@click.option("--method", type=click.Choice(METHODS, case_sensitive=False), default="POST", show_default=True)
@click.option("--data", help="The JSON of the form field `data`, or @FILE with it.")
@click.option("--form", multiple=True, callback=pairs, metavar="NAME=VALUE", help="A further field of the form.")
@click.option("--file", "files", multiple=True, callback=pairs, metavar="NAME=@PATH", help="A file; `file=@scan.pdf`.")
@click.option("--file-name", "names", multiple=True, callback=pairs, metavar="NAME=TEXT", help="What to call it there.")
@click.option("--query", multiple=True, callback=pairs, metavar="NAME=VALUE", help="What stands behind the `?`.")
@click.option("--header", multiple=True, callback=headers, metavar="NAME=VALUE", help="A further header.")
@click.option("--response", type=click.Choice([each.value for each in Answer]), default="json", show_default=True)
@click.option("--timeout", type=Number(0, 3600, min_open=True), metavar="S", help="Longest wait, in seconds.")
@click.option("--retries", type=Whole(0, 20), metavar="N", help="Repeat so often; of a write, too.")
@click.option("--retry-delay-ms", type=Whole(0, 600_000), default=1000, show_default=True)
@click.option("--retry-all-errors", is_flag=True, help="Repeat what BILL refused, too.")
@click.option("--exponential-backoff", is_flag=True, help="Wait twice as long each time.")
@click.option(
    "--to-file", type=click.Path(dir_okay=False, path_type=Path), help="Write the answer as it came to this file."
)
@click.option(
    "--output",
    type=click.Choice(FORMATS),
    help="Format of an answer in JSON; json unless given, at a terminal too: an answer may have any shape.",
)
@dry_run_option
def raw_command(  # noqa: PLR0913  one for each option
    *,
    path: str,
    method: str,
    data: str | None,
    files: dict[str, str],
    names: dict[str, str],
    response: str,
    timeout: float | None,
    retries: int | None,
    retry_delay_ms: int,
    retry_all_errors: bool,
    exponential_backoff: bool,
    to_file: Path | None,
    output: str | None,
    dry_run: bool,
    **parts: dict[str, str],
) -> None:
    """Call PATH with session and developer key added, and print what BILL answers.

    \b
      bill raw /GetEntityMetadata.json --data '{"entity": ["Vendor"]}'
      bill raw /UploadAttachment.json --file file=@scan.pdf --data '{"id": "00n...", "fileName": "scan.pdf"}'
      bill raw /is/BillImageServlet --method GET --query entityId=00n... --query pageNumber=1 --response binary \\
        --to-file page.png
      bill raw /DownloadBillDocumentServlet --method GET --query id=00h... --query billId=00n... \\
        --query pageNumber=1 --response binary --to-file scan.pdf

    Pages and files of documents stand at the root of the host, everything else below the base URL. Calls that read are
    repeated like everywhere; others only when BILL certainly did nothing. With --retries you say that doing it twice
    is no harm. With --response json the envelope is taken off, and text and binary are the body.
    """  # noqa: D301  the backslash is the shell's
    if (retry_all_errors or exponential_backoff) and retries is None:
        raise click.UsageError("--retry-all-errors and --exponential-backoff need --retries")
    if output is not None and (to_file is not None or response != Answer.JSON):
        raise click.UsageError(
            "--output is a format for --response json on stdout; --to-file takes the answer as it is"
        )
    if unknown := names.keys() - files.keys():
        raise click.UsageError(f"--file-name {', '.join(sorted(unknown))}: there is no --file of that name")
    call = RawCall(
        path=path,
        method=method.upper(),
        data=_data(data),
        form=parts["form"],
        files={name: _file(text, names.get(name)) for name, text in files.items()},
        query=parts["query"],
        headers=parts["header"],
        timeout_s=timeout,
        answer=Answer(response),
        file_name=to_file.name if to_file else "",
    )
    asked = None
    if retries is not None:
        asked = Retries(
            count=retries,
            delay_s=retry_delay_ms / 1000,
            exponential=exponential_backoff,
            all_errors=retry_all_errors,
        )
    if to_file is None or dry_run:
        _write(context().client(dry_run=dry_run).send(call, asked), output)
    else:
        _save(context(), call, asked, to_file)


def _save(at: CommandContext, call: RawCall, retries: Retries | None, target: Path) -> None:
    # Opened first: an answer that can be written nowhere would be lost. What was there stays until there is one.
    save(target, lambda: _bytes(at.client().send(call, retries)), force=True, option="--to-file ")


def _write(answer: Any, output: str | None) -> None:
    if isinstance(answer, bytes):
        click.echo(answer, nl=False)
    elif isinstance(answer, str):
        write_text(answer if answer.endswith("\n") else f"{answer}\n")
    elif output in {None, "json"}:
        write_document(answer)
    else:
        _write_rows(answer, output)


def _write_rows(answer: Any, output: str | None) -> None:
    """An answer of any shape as rows: each object of an array, or the one; what is no object stands below `value`."""
    found = answer if isinstance(answer, list) else [answer]
    rows = [each if isinstance(each, dict) else {"value": each} for each in found]
    names = list(dict.fromkeys(name for row in rows for name in row))
    write_plain(rows, names, output)


def _bytes(answer: Any) -> bytes:
    if isinstance(answer, bytes):
        return answer
    return (answer if isinstance(answer, str) else f"{encode(answer)}\n").encode()


def _data(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return json_of(_content(text[1:], "--data") if text.startswith("@") else text)
    except WrongTextError as error:
        raise click.UsageError(f"--data: {error}") from None


def _file(text: str, name: str | None) -> File:
    if not text.startswith("@") or len(text) == 1:
        raise click.UsageError("--file is NAME=@PATH")
    return File(file_name=name or Path(text[1:]).name, content=_content(text[1:], "--file"))


def _content(path: str, option: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise click.UsageError(f"{option} {path}: {error.strerror}") from None
