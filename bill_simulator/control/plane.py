"""Control plane under `/_simulator/`, which BILL has not got: for tests and demos; no limit counts it."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, replace
from decimal import Decimal
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bill_simulator.encoding import decode_once, encode
from bill_simulator.seed.books import books_of, seeded_books

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from bill_simulator.control.mutator import Mutator
    from bill_simulator.state.world import World


class WrongRequestError(Exception):
    """A wrong request to the control plane; the text says how it is wrong."""


def answer(value: Any, status: int = HTTPStatus.OK) -> Response:
    """JSON."""
    return Response(encode(value), status_code=status, media_type="application/json")


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object that was sent; none is an empty one."""
    raw = await request.body()
    try:
        body = decode_once(raw) if raw else {}
    except ValueError as error:
        raise WrongRequestError(str(error)) from error
    if not isinstance(body, dict):
        message = "the body must be a JSON object"
        raise WrongRequestError(message)
    return body


class Control:
    """The handlers of `/_simulator/`."""

    def __init__(self, world: World, mutator: Mutator) -> None:
        self._world = world
        self._mutator = mutator

    def routes(self) -> list[Route]:
        """Every path of the control plane, below `/_simulator`."""
        table: tuple[tuple[str, str, Callable[[Request], Awaitable[Response]]], ...] = (
            ("GET", "/health", self.health),
            ("POST", "/reset", self.reset),
            ("POST", "/seed/{organization}", self.seed),
            ("GET", "/clock", self.clock),
            ("POST", "/clock", self.set_clock),
            ("GET", "/switches", self.switches),
            ("POST", "/switches", self.set_switches),
            ("GET", "/limits", self.limits),
            ("POST", "/limits", self.set_limits),
            ("GET", "/faults", self.faults),
            ("POST", "/faults", self.script_fault),
            ("DELETE", "/faults", self.clear_faults),
            ("GET", "/mutator", self.mutator),
            ("POST", "/mutator", self.mutate),
            ("DELETE", "/mutator", self.stop_mutating),
            ("GET", "/mutator/changes", self.changes),
            ("GET", "/requests", self.requests),
            ("DELETE", "/requests", self.forget_requests),
            ("GET", "/mfa", self.challenges),
            ("GET", "/directory", self.directory),
            ("POST", "/directory", self.change_directory),
            ("GET", "/attachments/{organization}", self.attachments),
            ("GET", "/attachments/{organization}/{document}", self.attachment),
            ("GET", "/books/{organization}", self.totals),
            ("GET", "/books/{organization}/{entity}", self.objects),
            ("GET", "/duplicates/{organization}", self.duplicates),
        )
        return [Route(path, guarded(handler), methods=[method]) for method, path, handler in table]

    async def health(self, _request: Request) -> Response:
        """Health, time and organizations."""
        return answer({"status": "ok", "now": self._world.clock.stamp(), "organizations": list(self._world.books)})

    async def reset(self, request: Request) -> Response:
        """Everything as at the start, with other sizes if given: `{"seed": 2, "bills": 10}`."""
        body = await body_of(request)
        settings = self._world.resized(body)
        books = await asyncio.to_thread(books_of, settings)
        self._mutator.clear()
        self._world.restart(settings, books)
        return answer(asdict(settings.sizes))

    async def seed(self, request: Request) -> Response:
        """Other books for one organization: `{"seed": 3, "bills": 20}`; sizes left out are as at the start."""
        sizes = self._world.resized(await body_of(request)).sizes
        organization_id = self._organization_id(request)
        directory = self._world.directory
        organization = next(each for each in directory.organizations if each.id == organization_id)
        self._world.books[organization_id] = await asyncio.to_thread(seeded_books, organization, directory, sizes)
        return answer(asdict(sizes))

    async def clock(self, _request: Request) -> Response:
        """The clock of the simulator."""
        clock = self._world.clock
        return answer({"now": clock.stamp(), "offset_s": Decimal(str(round(clock.offset_s, 3)))})

    async def set_clock(self, request: Request) -> Response:
        """`{"advance_s": 3600}`, `{"now": "2025-07-01T09:00:00Z"}`, or `{"now": null}` for real time."""
        body = await body_of(request)
        if not body or set(body) - {"advance_s", "now"}:
            message = "send advance_s or now"
            raise WrongRequestError(message)
        clock = self._world.clock
        moved = replace(clock)
        if "now" in body:
            moved.set(body["now"])
        moved.advance(body.get("advance_s", 0))
        clock.offset_s = moved.offset_s
        return await self.clock(request)

    async def switches(self, _request: Request) -> Response:
        """Every switch with its value, choices and meaning."""
        return answer(self._world.switches.described())

    async def set_switches(self, request: Request) -> Response:
        """`{"name": "value", ...}`."""
        self._world.switches.set(await body_of(request))
        return await self.switches(request)

    async def limits(self, _request: Request) -> Response:
        """Every limit, and what this clock hour has used of them."""
        return answer({**asdict(self._world.limits), "used": self._world.limiter.usage()})

    async def set_limits(self, request: Request) -> Response:
        """`{"concurrent": 1, ...}`."""
        self._world.limits.set(await body_of(request))
        return await self.limits(request)

    async def faults(self, _request: Request) -> Response:
        """Every scripted fault, with how often it matched and struck; and the kinds there are."""
        faults = self._world.faults
        return answer({"faults": faults.described(), "kinds": faults.kinds()})

    async def script_fault(self, request: Request) -> Response:
        """`{"kind": "drop_after", "path": "/Bulk/Crud/Create/*", "nth": 1, "count": 1, "chance": 0.2, "seed": 7}`."""
        return answer(self._world.faults.script(await body_of(request)).described(), HTTPStatus.CREATED)

    async def clear_faults(self, request: Request) -> Response:
        """No more faults."""
        self._world.faults.clear()
        return await self.faults(request)

    async def mutator(self, _request: Request) -> Response:
        """The mutator: its options, its changes, their rate, and the refusals."""
        return answer(self._mutator.described())

    async def mutate(self, request: Request) -> Response:
        """`{"rate_per_s": 20, "seed": 1, "update": 0.7, "create": 0.2, "delete": 0.1}`; a running one is replaced."""
        self._mutator.start(await body_of(request))
        return answer(self._mutator.described(), HTTPStatus.CREATED)

    async def stop_mutating(self, request: Request) -> Response:
        """No more changes by itself; what it has done stays readable."""
        self._mutator.stop()
        return await self.mutator(request)

    async def changes(self, _request: Request) -> Response:
        """Every change of the mutator as a line of JSON, oldest first."""
        return Response(b"".join(self._mutator.changes()), media_type="application/x-ndjson")

    async def requests(self, request: Request) -> Response:
        """The calls of the API so far; `?summary` for the counts alone."""
        if "summary" in request.query_params:
            peaks = self._world.limiter.peak
            summary = {"peak_at_once": max(peaks.values(), default=0), "peak_at_once_by_organization": dict(peaks)}
            return answer({**self._world.request_log.summary(), **summary})
        return answer(self._world.request_log.entries())

    async def forget_requests(self, _request: Request) -> Response:
        """An empty request log."""
        self._world.forget_calls()
        return answer([])

    async def challenges(self, _request: Request) -> Response:
        """The MFA codes that BILL would have texted."""
        return answer(self._world.sessions.open_challenges())

    async def directory(self, _request: Request) -> Response:
        """Organizations, users (without passwords) and developer keys."""
        return answer(self._world.directory.described())

    async def change_directory(self, request: Request) -> Response:
        """`{"users": [{"username": "ap@simulator.test", "locked": true}]}`: adds entries, or changes known ones."""
        self._world.change_directory(await body_of(request))
        return await self.directory(request)

    async def attachments(self, request: Request) -> Response:
        """The uploads: ids, name, size and sha256, oldest first."""
        return answer(self._world.attachments.described(self._organization_id(request)))

    async def attachment(self, request: Request) -> Response:
        """The bytes of one attachment, by either of its ids."""
        found = self._world.attachments.find(self._organization_id(request), request.path_params["document"])
        if found is None:
            message = f"no such attachment: {request.path_params['document']}"
            raise WrongRequestError(message)
        return Response(found.content, media_type="application/octet-stream")

    async def totals(self, request: Request) -> Response:
        """Objects per entity, and the sums of their amounts."""
        books = self._world.books[self._organization_id(request)]
        return answer({name: table.totals() for name, table in books.tables.items()})

    async def objects(self, request: Request) -> Response:
        """Every object of an entity as a line of JSON, deleted ones and line items included, oldest first."""
        table = self._world.books[self._organization_id(request)].tables.get(request.path_params["entity"])
        if table is None:
            message = f"no such entity: {request.path_params['entity']}"
            raise WrongRequestError(message)
        return StreamingResponse(table.json_lines(), media_type="application/x-ndjson")

    async def duplicates(self, request: Request) -> Response:
        """Natural keys that several active objects share, per entity that has any."""
        found = {}
        for name, table in self._world.books[self._organization_id(request)].tables.items():
            shared = [
                {"key": dict(zip(table.key_names, key, strict=True)), "ids": ids} for key, ids in table.duplicates()
            ]
            if shared:
                found[name] = shared
        return answer(found)

    def _organization_id(self, request: Request) -> str:
        """The organization in a path; ValueError for an unknown one."""
        return self._world.books_of(request.path_params["organization"]).organization_id


def guarded(handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Turn a mistake of the caller into HTTP 400 with a text."""

    @wraps(handler)
    async def guard(request: Request) -> Response:
        try:
            return await handler(request)
        except (WrongRequestError, ValueError) as error:
            return answer({"error": str(error)}, HTTPStatus.BAD_REQUEST)

    return guard
