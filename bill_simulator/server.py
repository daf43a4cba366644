"""The HTTP server around a world: its own process, or a thread in a test."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from bill_simulator.control.mutator import Mutator
from bill_simulator.control.plane import Control
from bill_simulator.page.routes import Pages
from bill_simulator.wire import attachment_pages
from bill_simulator.wire.api import Api
from bill_simulator.wire.hosts import HostCheck

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from starlette.types import Scope

    from bill_simulator.state.world import World

KEEP_ALIVE_S = 75
BACKLOG = 128
STARTS_WITHIN_S = 10.0
STOPS_WITHIN_S = 1
LOOKS_EVERY_S = 0.001
DATE_S = 1


def listening(host: str, port: int) -> socket.socket:
    """A bound socket that names its protocol: without it asyncio leaves Nagle on, and every answer takes 40 ms."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol or socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


class Server(uvicorn.Server):
    """Uvicorn, whose signals are its owner's, which can hang up on a caller, and which ends when it is told to.

    Uvicorn's own looks for that ten times a second, and waits as long again: a fifth of a second for each test that
    starts a simulator of its own.
    """

    def __init__(self, world: World, host: str = "127.0.0.1", port: int = 0, hosts: Collection[str] = ()) -> None:
        self.mutator = Mutator(world)
        self.socket = listening(host, port)
        bound_host, bound_port = self.socket.getsockname()[:2]
        self.url = f"http://[{bound_host}]:{bound_port}" if ":" in bound_host else f"http://{bound_host}:{bound_port}"
        self.stopping = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        super().__init__(
            uvicorn.Config(
                HostCheck(app=application(world, self.mutator, self), bound=bound_host, hosts={host.lower(), *hosts}),
                http="h11",
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                access_log=False,
                timeout_keep_alive=KEEP_ALIVE_S,
            )
        )

    def serve_here(self) -> None:
        """Serve until `stop` is called."""
        try:
            asyncio.run(self.serve(sockets=[self.socket]))
        finally:
            self.socket.close()

    def stop(self) -> None:
        """End the serving, from any thread or from a signal handler."""
        self.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended by itself
                self._loop.call_soon_threadsafe(self.stopping.set)

    async def main_loop(self) -> None:
        """Until it is told to end; once a second the date of all answers is set."""
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), DATE_S)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone: who runs this decides what they mean."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Calls that still wait, for their latency or for a fault, end now, unserved; nothing changes by itself."""
        self.stopping.set()
        self.mutator.stop()
        for each in (*self.servers, *(sockets or ())):
            each.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await self._calls_end()
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()  # its caller does not read
        await self._calls_end()
        for task in self.server_state.tasks:
            task.cancel()

    async def _calls_end(self) -> None:
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + STOPS_WITHIN_S
        while (self.server_state.connections or self.server_state.tasks) and loop.time() < give_up_at:
            await asyncio.sleep(LOOKS_EVERY_S)

    def hang_up(self, scope: Scope) -> None:
        """Close the connection of a call, without an answer."""
        client = tuple(scope.get("client") or ())
        for connection in list(self.server_state.connections):
            if getattr(connection, "client", None) == client and connection.transport is not None:
                connection.transport.abort()


def application(world: World, mutator: Mutator, server: Server) -> Starlette:
    """Both planes: BILL's and the simulator's own, with its page for people."""
    api = Api(world, server.hang_up, server.stopping)
    pages = Pages(world, mutator)

    return Starlette(
        routes=[
            pages.index,
            *api.routes(),
            *attachment_pages.routes(world),
            Mount("/_simulator", routes=[*Control(world, mutator).routes(), *pages.routes()]),
        ]
    )


class ServerThread:
    """A server in a thread of this process."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._thread = threading.Thread(target=server.serve_here, name=f"bill-simulator {server.url}", daemon=True)

    def start(self) -> None:
        """Return when it answers."""
        self._thread.start()
        give_up_at = time.monotonic() + STARTS_WITHIN_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > give_up_at:
                message = "the simulator did not start"
                raise RuntimeError(message)
            time.sleep(LOOKS_EVERY_S)

    def stop(self) -> None:
        """Return when it is gone."""
        self._server.stop()
        self._thread.join()
