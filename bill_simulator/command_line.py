"""The command line of `bill-simulator`."""

from __future__ import annotations

import errno
import gc
import logging
import os
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bill_program.env_file import check_writable, keep
from bill_program.environment import read_env_file
from bill_program.errors import ConnectorError, SettingsError, TakenError
from bill_program.options import Whole
from bill_program.start import forget_output, why_lost
from bill_simulator import defaults
from bill_simulator.encoding import encode
from bill_simulator.seed.books import books_of
from bill_simulator.server import Server
from bill_simulator.state.world import SimulatorSettings, Sizes, World

if TYPE_CHECKING:
    from collections.abc import Callable

PARENT_CHECKED_EVERY_S = 0.2

EXAMPLES = """
\b
Examples:
  bill-simulator
  bill-simulator --port 8080 --vendors 100 --bills 5000
  bill-simulator --env-file .env
  bill-simulator --latency-ms 80 --limit-concurrent 2
  bill-simulator --switch bulk_top_level=any_failed --switch default_order=shuffled

When it is ready it prints one line of JSON: url, api_url, organization_id, username, developer_key. The password is
always `correct-horse-simulator`. With --env-file .env every command in that folder works with it.
"""


def pairs(_context: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """`name=value` options as a mapping."""
    found = {}
    for each in values:
        name, equals, value = each.partition("=")
        if not equals:
            message = f"{each!r} is not name=value"
            raise click.BadParameter(message)
        if name in found:
            message = f"{name!r} is given twice"
            raise click.BadParameter(message)
        found[name] = value
    return found


def check_free(path: Path) -> None:
    """Look before anything is served if a file may get the settings of a simulator.

    Raises:
        SettingsError: It has those of another BILL, or cannot be written.
    """
    there = read_env_file(path)
    known = [name for name in defaults.connection("") if there.get(name)]
    if known and there.get("BILL_DEVELOPER_KEY") != defaults.DEVELOPER_KEY:
        message = (
            f"--env-file {path} has the settings of another BILL ({', '.join(known)}), which would be lost: name "
            "another file, and give that to the commands (bill --env-file FILE)"
        )
        raise SettingsError(message)
    check_writable(path)


def announce(server: Server, ready_file: Path | None, settings_file: Path | None) -> None:
    """Say that it is ready, on stdout and in files."""
    if settings_file:
        keep(settings_file, defaults.connection(f"{server.url}/api/v2"))
    line = encode(
        {
            "url": server.url,
            "api_url": f"{server.url}/api/v2",
            "organization_id": defaults.ORGANIZATION_ID,
            "username": defaults.USERNAME,
            "developer_key": defaults.DEVELOPER_KEY,
        }
    ).decode()
    click.echo(line)
    if ready_file:
        partial = ready_file.with_name(f"{ready_file.name}.partial")
        partial.write_text(f"{line}\n")
        partial.replace(ready_file)


def watch_parent(parent: int, stop: Callable[[], None]) -> None:
    """Stop when the process that started this one is gone."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_CHECKED_EVERY_S)
        stop()

    threading.Thread(target=watch, name="parent watch", daemon=True).start()


@click.command("bill-simulator", epilog=EXAMPLES, context_settings={"max_content_width": 110})
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--allow-host", "hosts", multiple=True, help="A further name it is called by, in a container for example."
)
@click.option("--port", type=Whole(0, 65535), default=0, show_default=True, help="0 takes a free one.")
@click.option("--seed", type=Whole(), default=1, show_default=True, help="The same seed gives the same books.")
@click.option("--vendors", type=Whole(0), default=40, show_default=True)
@click.option("--customers", type=Whole(0), default=30, show_default=True)
@click.option("--bills", type=Whole(0), default=300, show_default=True)
@click.option("--invoices", type=Whole(0), default=200, show_default=True)
@click.option("--latency-ms", type=Whole(0), default=0, show_default=True, help="How long every call takes.")
@click.option("--write-latency-ms", type=Whole(0), default=0, show_default=True, help="What a write takes on top.")
@click.option(
    "--limit-concurrent", type=Whole(0), default=3, show_default=True, help="Calls at once per key and organization."
)
@click.option("--limit-requests-per-hour", type=Whole(0), default=20_000, show_default=True)
@click.option("--limit-logins-per-hour", type=Whole(0), default=200, show_default=True)
@click.option("--limit-session-idle-s", type=Whole(0), default=2100, show_default=True)
@click.option("--switch", "switches", multiple=True, callback=pairs, help="name=value; GET /_simulator/switches lists.")
@click.option("--now", help="Where the clock starts, ISO 8601; otherwise real time.")
@click.option("--ready-file", type=click.Path(dir_okay=False, path_type=Path), help="Gets the line of JSON too.")
@click.option(
    "--env-file",
    "settings_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Gets the settings of the connection, for commands in its folder: `.env`. What else it has stays.",
)
@click.option("--exit-with-parent", is_flag=True, help="Stop when the parent process goes away.")
@click.option("--parent-pid", type=Whole(1), help="The same, and notices a parent that went away before this was up.")
@click.option("--verbose", is_flag=True, help="An access log on stderr.")
def simulator(  # noqa: PLR0913  one for each option
    *,
    host: str,
    hosts: tuple[str, ...],
    port: int,
    switches: dict[str, str],
    now: str | None,
    ready_file: Path | None,
    settings_file: Path | None,
    exit_with_parent: bool,
    parent_pid: int | None,
    verbose: bool,
    **numbers: int,
) -> None:
    """A local BILL (v2) for tests and demos, on a real port, with invented books."""
    logging.basicConfig(level=logging.INFO if verbose else logging.ERROR, format="%(message)s")
    sizes = {name: numbers.pop(name) for name in ("seed", "vendors", "customers", "bills", "invoices")}
    limits = {name.removeprefix("limit_"): value for name, value in numbers.items()}
    if settings_file:
        check_free(settings_file)
    try:
        settings = SimulatorSettings(sizes=Sizes(**sizes), switches=switches, limits=limits, now=now)
        world = World(settings, books_of(settings))
    except ValueError as error:
        raise SettingsError(str(error)) from error
    server = _server(world, host, port, hosts)
    gc.freeze()  # the books are millions of objects: looking through them for garbage would take a second

    def stop(*_: object) -> None:
        server.stop()

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, stop)
    if exit_with_parent or parent_pid:
        watch_parent(parent_pid or os.getppid(), stop)
    try:
        announce(server, ready_file, settings_file)
    except OSError as error:
        forget_output()
        raise ConnectorError(f"the line that says where it is cannot be written: {why_lost(error)}") from None
    server.serve_here()


def _server(world: World, host: str, port: int, hosts: tuple[str, ...]) -> Server:
    """A server that is bound to its port.

    Raises:
        TakenError: Another program has the port.
        SettingsError: There is no such host, or the port is not for this user.
    """
    try:
        return Server(world, host, port, hosts)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            text = f"--port {port} is in use: end the program that has it, or give another one"
            raise TakenError(text) from None
        raise SettingsError(f"--host {host} --port {port}: {error.strerror or error}") from None
