"""One call of `/api/v2` from its arrival to its answer, faults included."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from time import perf_counter
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect
from starlette.responses import Response

from bill_simulator.entrance import WITH_SESSION, WITHOUT_SESSION, needed
from bill_simulator.faults import KINDS
from bill_simulator.journal import Entry
from bill_simulator.operations import entity_in, serve, target_of
from bill_simulator.refusals import Refusal
from bill_simulator.wire import Reply, edge_response, form_of, json_response, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from bill_simulator.faults import Fault
    from bill_simulator.world import World

log = logging.getLogger("bill_simulator")


class StoppingError(Exception):
    """The server goes away before this call was served."""


class HangUp(Response):
    """No answer at all: the connection closes."""

    def __init__(self, hang_up: Callable[[Scope], None]) -> None:
        super().__init__()
        self._hang_up = hang_up

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  nothing is sent
        """Close, and wait until the server has noticed."""
        self._hang_up(scope)
        while (await receive())["type"] != "http.disconnect":
            pass


class Api:
    """Serves `/api/v2`.

    Args:
        world: What is served.
        hang_up: Closes the connection of a call.
        stopping: Set when the server goes away; calls that still wait are then dropped, unserved.
    """

    def __init__(self, world: World, hang_up: Callable[[Scope], None], stopping: asyncio.Event) -> None:
        self._world = world
        self._hang_up = hang_up
        self._stopping = stopping

    async def __call__(self, request: Request) -> Response:
        """Answer one call, and write it down."""
        path = f"/{request.path_params['path']}"
        try:
            form = await form_of(request)
        except ClientDisconnect:
            return HangUp(self._hang_up)
        began = perf_counter()
        world = self._world
        entry = Entry(
            time=world.clock.stamp(),
            path=path,
            entity=entity_in(path),
            organization=form.get("orgId") or world.sessions.organization_of(form.get("sessionId", "")),
        )
        fault = world.faults.take(path)
        try:
            reply = await self._reply(path, form, fault, f"{request.base_url}api/v2")
        except StoppingError:
            return HangUp(self._hang_up)
        entry.code, entry.rows, entry.refused_rows = reply.code, reply.rows, reply.refused_rows
        entry.fault = fault.kind if fault else None
        entry.duration_ms = round((perf_counter() - began) * 1000, 3)
        world.journal.add(entry)
        log.info("%s %s %s %s ms", entry.time, entry.path, entry.code, entry.duration_ms)
        return self._delivery(reply, fault)

    async def _reply(self, path: str, form: Mapping[str, str], fault: Fault | None, api_url: str) -> Reply:
        """What BILL says, or what a fault leaves of it."""
        if fault and fault.kind == "expire_session":
            self._world.sessions.close(form.get("sessionId", ""))
        elif fault and fault.kind == "error":
            return refused(Refusal(fault.code, text=fault.message))
        elif fault and not KINDS[fault.kind].committed:
            return Reply(data=b"null", code=fault.kind)
        try:
            return await self._serve(path, form, api_url)
        except Refusal as refusal:
            return refused(refusal)

    def _delivery(self, reply: Reply, fault: Fault | None) -> Response:
        """What arrives at the caller."""
        kind = fault.kind if fault else ""
        if kind in ("drop_before", "drop_after"):
            return HangUp(self._hang_up)
        if kind == "cut_json":
            return json_response(reply.body[: len(reply.body) // 2])
        if kind == "html_502" or (reply.is_error and self._world.switches.error_http_status == "502"):
            return edge_response()
        return json_response(reply.body)

    async def _serve(self, path: str, form: Mapping[str, str], api_url: str) -> Reply:
        """Key, hourly limit, session, place at once, then the rule; the order of these checks is inferred."""
        world = self._world
        key = world.directory.check_developer_key(form.get("devKey"))
        world.gate.count(key)
        if path in WITHOUT_SESSION:
            world.gate.count_login(key)
            await self._take_time(world.limits.latency_ms)
            return WITHOUT_SESSION[path](world, form, api_url)
        session = world.sessions.use(needed(form, "sessionId"), key)
        with world.gate.slot(key, session.organization_id):
            if path in WITH_SESSION:
                await self._take_time(world.limits.latency_ms)
                return WITH_SESSION[path](world, session, form)
            target = target_of(path)
            await self._take_time(world.limits.latency_ms + (world.limits.write_latency_ms if target.writes else 0))
            return serve(world, session, target, form)

    async def _take_time(self, latency_ms: int) -> None:
        """Take as long as BILL would; nothing has happened yet, and others come in meanwhile."""
        if latency_ms:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), latency_ms / 1000)
        else:
            await asyncio.sleep(0)
        if self._stopping.is_set():
            raise StoppingError
