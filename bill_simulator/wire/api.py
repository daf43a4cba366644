"""API under `/api/v2`: each call from its arrival to its answer, faults included."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bill_simulator.behaviour.faults import CODE_OF_NONE, FaultAnswer
from bill_simulator.behaviour.refusals import ErrorAnswer, catalogue
from bill_simulator.encoding import decode, encode
from bill_simulator.rules.calls import OTHER_END_POINT, Call, Form, SessionCall, data_of, parameter
from bill_simulator.rules.dispatch import (
    LOGIN,
    WITH_SESSION,
    WITHOUT_SESSION,
    check_path,
    entity_in,
    entity_operation,
    serve,
)
from bill_simulator.rules.login import check_values
from bill_simulator.state.request_log import TEXT_MAX, Exchange, LoggedCall
from bill_simulator.wire.envelope import Reply, edge_response, json_response, refused, reply_of
from bill_simulator.wire.forms import form_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from bill_simulator.behaviour.faults import Fault
    from bill_simulator.rules.calls import ResponseData
    from bill_simulator.state.world import World

log = logging.getLogger("bill_simulator")


ERRORS = "/Errors.json"

DRIP_S = 0.25
"""Between two bytes of an answer that drips."""


class StoppingError(Exception):
    """The server goes away before this call was served."""


class StalledError(Exception):
    """A fault kept this call waiting to its end: it is never served."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.kind)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpCall:
    """One call as it came in.

    Attributes:
        path: After `/api/v2`.
        form: Its fields.
        api_url: The address that it was sent to, without the path.
        fault: The fault that strikes it, if any.
        gone: Returns when the caller has hung up.
    """

    path: str
    form: Form
    api_url: str
    fault: Fault | None
    gone: Callable[[], Awaitable[None]]


class HangUp(Response):
    """No answer at all: the connection closes."""

    def __init__(self, hang_up: Callable[[Scope], None]) -> None:
        super().__init__()
        self._hang_up = hang_up

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  nothing is sent
        """Close, and wait until the server has noticed."""
        self._hang_up(scope)
        await disconnected(receive)


class Api:
    """Serves `/api/v2`.

    Args:
        world: The state that it serves.
        hang_up: Closes the connection of a call.
        stopping: Set when the server goes away; calls that still wait are then dropped, unserved.
    """

    def __init__(self, world: World, hang_up: Callable[[Scope], None], stopping: asyncio.Event) -> None:
        self._world = world
        self._hang_up = hang_up
        self._stopping = stopping

    def routes(self) -> list[Route]:
        """Every path of the API, at both of its addresses."""
        return [
            Route(f"/api/v2{ERRORS}", self.errors, methods=["GET", "POST"]),
            Route("/api/v2", self.call, methods=["POST"]),
            Route("/api/v2/{path:path}", self.call, methods=["POST"]),
            Route(f"{OTHER_END_POINT}/{{path:path}}", self.call, methods=["POST"]),
        ]

    async def errors(self, _request: Request) -> Response:
        """Answer `Errors.json`: every known code, of BILL's 525 and more. The shape is ours: BILL's is unknown.

        It needs no session; the documented call has no developer key either, so no limit counts it.
        """
        self._world.request_log.add(LoggedCall(time=self._world.clock.stamp(), path=ERRORS))
        return json_response(Reply(data=encode({"errors": catalogue()})).body)

    async def call(self, request: Request) -> Response:
        """Answer one call, and write it down."""
        path = f"/{request.path_params.get('path', '')}"
        world = self._world
        try:
            form = await form_of(request)
        except ClientDisconnect:
            world.request_log.add(LoggedCall(time=world.clock.stamp(), path=path, entity=entity_in(path), code="gone"))
            return HangUp(self._hang_up)
        began = perf_counter()
        entry = LoggedCall(
            time=world.clock.stamp(),
            path=path,
            entity=entity_in(path),
            organization=form.get("orgId") or world.sessions.organization_of(form.get("sessionId", "")),
        )
        fault = world.faults.take(path)
        call = HttpCall(
            path=path,
            form=form,
            api_url=f"{request.base_url}api/v2",
            fault=fault,
            gone=lambda: disconnected(request.receive),
        )
        try:
            reply = await self._reply(call)
        except StoppingError:
            return HangUp(self._hang_up)
        entry.code, entry.rows, entry.refused_rows = reply.code, reply.rows, reply.refused_rows
        entry.fault = fault.kind if fault else None
        entry.duration_ms = round((perf_counter() - began) * 1000, 3)
        world.request_log.add(entry, exchange_of(form, reply))
        log.info("%s %s %s %s ms", entry.time, entry.path, entry.code, entry.duration_ms)
        return self._delivery(reply, fault)

    async def _reply(self, call: HttpCall) -> Reply:
        """The answer of BILL, or what a fault leaves of it."""
        fault = call.fault
        if fault and fault.declared.ends_session:
            self._world.sessions.close(call.form.get("sessionId", ""))
        if fault and fault.declared.prevents:
            return unserved(fault)
        if fault and fault.declared.halves:
            call = replace(call, form=first_half(call.form))
        try:
            reply = reply_of(await self._serve(call))
        except StalledError as stalled:
            return unserved(stalled.fault)
        except ErrorAnswer as refusal:
            return refused(refusal)
        return after_fault(reply, fault) if fault else reply

    def _delivery(self, reply: Reply, fault: Fault | None) -> Response:
        """The response that arrives at the caller."""
        arrives = arrival(reply, fault)
        if arrives is FaultAnswer.NOTHING:
            return HangUp(self._hang_up)
        if arrives is FaultAnswer.HALF:
            return json_response(reply.body[: len(reply.body) // 2])
        if arrives is FaultAnswer.EDGE_PAGE or (reply.is_error and self._world.switches.error_http_status == "502"):
            return edge_response()
        if arrives is FaultAnswer.DRIPPING:
            return StreamingResponse(self._dripping(reply.body), media_type="application/json")
        return json_response(reply.body)

    async def _dripping(self, body: bytes) -> AsyncIterator[bytes]:
        for byte in body:
            yield bytes([byte])
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), DRIP_S)
            if self._stopping.is_set():
                return

    async def _serve(self, call: HttpCall) -> ResponseData:
        """Key, hourly limit, session, place at once, then the rule; the order of these checks is inferred.

        Before the key come a path without an operation and the values of a Login (live: section 11, 5).
        """
        world, path, form = self._world, call.path, call.form
        check_path(path)
        if path == LOGIN:
            check_values(Call(world=world, form=form, api_url=call.api_url))
        key = world.directory.check_developer_key(form.get("devKey"))
        world.limiter.count(key)
        if path in WITHOUT_SESSION:
            world.limiter.count_login(key)
            await self._take_time(call, world.limits.latency_ms)
            return WITHOUT_SESSION[path](Call(world=world, form=form, api_url=call.api_url))
        session = world.sessions.use(parameter(form, "sessionId"), key)
        signed_in = SessionCall(world=world, form=form, api_url=call.api_url, session=session)
        with world.limiter.slot(key, session.organization_id):
            if path in WITH_SESSION:
                await self._take_time(call, world.limits.latency_ms)
                if not world.sessions.is_open(session):
                    raise ErrorAnswer("BDC_1109")
                return WITH_SESSION[path](signed_in)
            asked = entity_operation(path)
            write_latency_ms = world.limits.write_latency_ms if asked.writes else 0
            await self._take_time(call, world.limits.latency_ms + write_latency_ms)
            return serve(signed_in, asked)

    async def _take_time(self, call: HttpCall, latency_ms: int) -> None:
        """Take as long as BILL would, or a fault; nothing has happened yet, and others come in meanwhile."""
        if call.fault and call.fault.declared.held:
            await self._hold(call, call.fault)
        if latency_ms:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), latency_ms / 1000)
        else:
            await asyncio.sleep(0)
        if self._stopping.is_set():
            raise StoppingError

    async def _hold(self, call: HttpCall, fault: Fault) -> None:
        """Keep a call waiting until its time is up or its caller hangs up; the server going away ends it too."""
        waits_for: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._stopping.wait())]
        if not fault.declared.committed or not fault.delay_ms:
            waits_for.append(asyncio.ensure_future(call.gone()))
        try:
            timeout_s = fault.delay_ms / 1000 if fault.delay_ms else None
            await asyncio.wait(waits_for, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits_for:
                each.cancel()
        if not fault.declared.committed and not self._stopping.is_set():
            raise StalledError(fault)


def exchange_of(form: Form, reply: Reply) -> Exchange:
    """Form fields and answer of a call, as much of them as is kept."""
    return Exchange(
        sent={name: text[:TEXT_MAX] for name, text in form.items()},
        file_size=len(form.file),
        answer=reply.beginning(TEXT_MAX),
        size=reply.size,
    )


async def disconnected(receive: Receive) -> None:
    """Return when the caller has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass


def unserved(fault: Fault) -> Reply:
    """The answer to a call that a fault keeps from being served; one that is no JSON is in the log by its kind."""
    if fault.declared.arrives is FaultAnswer.REFUSAL:
        return refused(ErrorAnswer(fault.code or CODE_OF_NONE, text=fault.message))
    return Reply(data=b"null", code=fault.kind)


def arrival(reply: Reply, fault: Fault | None) -> FaultAnswer:
    """What arrives; a refusal of a call that was not to be served is answered: it may have come before the fault."""
    if fault is None or (reply.is_error and not fault.declared.committed):
        return FaultAnswer.AS_SERVED
    return fault.declared.arrives


def after_fault(reply: Reply, fault: Fault) -> Reply:
    """The answer that a fault leaves after the change was made."""
    if fault.declared.committed and fault.declared.arrives is FaultAnswer.REFUSAL:
        return refused(ErrorAnswer(fault.code or CODE_OF_NONE, text=fault.message))
    if fault.declared.arrives is FaultAnswer.REVERSED:
        return replace(reply, data=encode(reversed_elements(decode(reply.data))))
    return reply


def first_half(form: Form) -> Form:
    """The form of a bulk call with the first half of its elements; one that is alone stays, as does any other form."""
    with suppress(ErrorAnswer):
        data = data_of(form, required=True)
        if isinstance(elements := data.get("bulk"), list):
            half = {**data, "bulk": elements[: (len(elements) + 1) // 2]}
            return Form({**form, "data": encode(half).decode()})
    return form


def reversed_elements(answer: Any) -> Any:
    """A bulk answer with its elements in reverse order; any other as it is."""
    is_bulk = isinstance(answer, dict) and isinstance(answer.get("bulk"), list)
    return {**answer, "bulk": answer["bulk"][::-1]} if is_bulk else answer
