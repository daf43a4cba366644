"""Page for people at `/`, and the data endpoints that it asks every two seconds.

The endpoints only read. Like the rest of the control plane they count against no limit and stand in no request log.
Amounts and all other numbers of the books are texts in their answers: JavaScript would make binary fractions of them.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.routing import Route

from bill_simulator import defaults
from bill_simulator.behaviour.refusals import TEXTS
from bill_simulator.control.plane import WrongRequestError, guarded
from bill_simulator.encoding import encode
from bill_simulator.page import exchanges, views
from bill_values.numbers import whole_number

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from starlette.requests import Request

    from bill_simulator.control.mutator import Mutator
    from bill_simulator.state.books import Books
    from bill_simulator.state.request_log import LoggedCall
    from bill_simulator.state.world import World

FILES = Path(__file__).parent
MEDIA_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
HEADERS = {
    # What stands in the books never becomes code: no inline script or style, nothing from elsewhere, no text as HTML.
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
ROWS, ROWS_MAX = 25, 200
SEARCHED_MAX = 10_000
"""Objects of an entity that a search looks at, the last changed ones: a fraction of a second, beside the API."""
CALLS, CALLS_LOOKED_AT = 30, 5_000
"""Calls that are shown, and how many of the last are looked at for those that went wrong."""


class Pages:
    """The handlers of `/` and `/_simulator/page/`.

    Args:
        world: The state that the page shows.
    """

    def __init__(self, world: World, mutator: Mutator) -> None:
        self._world = world
        self._mutator = mutator

    def routes(self) -> list[Route]:
        """Every path of the page below `/_simulator`; `/` itself is `index`."""
        table: tuple[tuple[str, Callable[[Request], Awaitable[Response]]], ...] = (
            ("/page/overview", self.overview),
            ("/page/rows", self.rows),
            ("/page/object", self.object),
            ("/page/call", self.call),
        )
        data = [Route(path, guarded(handler), methods=["GET"]) for path, handler in table]
        files = [Route(f"/page/{path.name}", served(path), methods=["GET"]) for path in page_files()]
        return [*data, *files]

    @property
    def index(self) -> Route:
        """The page itself."""
        return Route("/", served(FILES / "index.html"), methods=["GET"])

    async def overview(self, request: Request) -> Response:
        """Everything but the books' contents: `?organization=ID&problems=1`; the first organization unless given.

        `problems` leaves only refused and disturbed calls in `calls.latest`, as far as they are among the last 5,000.
        """
        world, books, kinds = self._world, self._books(request), self._world.faults.kinds()
        return answer(
            {
                "now": world.clock.stamp(),
                "offset_s": str(round(world.clock.offset_s)),
                "organization": books.organization_id,
                "connection": connection(request, books.organization_id),
                "organizations": [{"id": each.id, "name": each.name} for each in world.directory.organizations],
                "entities": [views.counted(each) for each in books.tables.values()],
                "calls": calls(world, only_problems="problems" in request.query_params),
                "faults": [{**each, "doc": kinds[each["kind"]]} for each in world.faults.described()],
                "switches": turned_switches(world),
                "limits": limits(world),
                "mutator": self._mutator.described(),
            }
        )

    async def rows(self, request: Request) -> Response:
        """Objects of an entity, the last changed first: `?organization=ID&entity=Bill&text=acme&start=0&max=25`.

        `text` is looked for in ids, texts, dates and numbers, without regard to case, of the 10,000 that were changed
        last. `matches` is how many there are, `searched` among how many.
        """
        books = self._books(request)
        table = books.tables.get(request.query_params.get("entity", ""))
        if table is None:
            message = f"no such entity: {request.query_params.get('entity')}"
            raise WrongRequestError(message)
        text = request.query_params.get("text", "").strip()
        count = len(table.rows)
        start = number_in(request, "start", 0, 0, count)
        stop = start + number_in(request, "max", ROWS, 1, ROWS_MAX)
        if text:
            latest = views.latest(table, 0, SEARCHED_MAX)
            found = await asyncio.to_thread(views.search, table, text, latest)
            matches, rows = len(found), found[start:stop]
        else:
            matches, rows = count, views.latest(table, start, stop)
        columns = views.columns_of(table.entity)
        return answer(
            {
                "entity": table.entity.name,
                "timed": "updatedTime" in table.entity.by_name,
                "count": count,
                "matches": matches,
                "searched": min(count, SEARCHED_MAX) if text else count,
                "columns": [views.column(each) for each in columns],
                "rows": [views.listed(table, row) for row in rows],
                "names": views.names_of(
                    books, (value for row in rows for value in views.ids_in(columns, views.cells(table, row)))
                ),
            }
        )

    async def object(self, request: Request) -> Response:
        """One object with its child arrays, whatever its entity: `?organization=ID&id=ID`.

        An id that leads nowhere is answered too (`found` is false): after a reset that is no mistake.
        """
        books = self._books(request)
        there = views.found(books, request.query_params.get("id"))
        return answer({"found": True, **views.document(books, *there)} if there else {"found": False})

    async def call(self, request: Request) -> Response:
        """A call with what was said in it: `?number=N`, as `overview` numbers them.

        One that is not kept any more is answered too (`found` is false): the page may have been open for long.
        """
        number = number_in(request, "number", 0, 0, self._world.request_log.summary()["calls"])
        kept = self._world.request_log.exchange(number)
        if kept is None:
            return answer({"found": False})
        entry, exchange = kept
        return answer({"found": True, **told(number, entry), **exchanges.shown(exchange)})

    def _books(self, request: Request) -> Books:
        """The books of the organization that is asked for, or of the first one."""
        return self._world.books_of(request.query_params.get("organization") or next(iter(self._world.books)))


def answer(value: Any) -> Response:
    """JSON that is not cached."""
    return Response(encode(value), media_type="application/json", headers={**HEADERS, "Cache-Control": "no-store"})


def page_files() -> list[Path]:
    """The files that a browser may load."""
    return sorted(path for path in FILES.iterdir() if path.suffix in MEDIA_TYPES)


def served(path: Path) -> Callable[[Request], Awaitable[Response]]:
    """A handler that answers with a file of this package; read once, it is small."""
    content = path.read_bytes()

    async def handler(_request: Request) -> Response:
        return Response(content, media_type=MEDIA_TYPES[path.suffix], headers=HEADERS)

    return handler


def number_in(request: Request, name: str, default: int, least: int, most: int) -> int:
    """A whole number of the query, above `most` as `most`."""
    text = request.query_params.get(name, str(default))
    number = whole_number(text)
    if number is None or number < least:
        message = f"{name} must be a whole number from {least}, not {text!r}"
        raise WrongRequestError(message)
    return min(number, most)


def calls(world: World, *, only_problems: bool) -> dict[str, Any]:
    """The number of calls, and the latest of them, the newest first."""
    summary = world.request_log.summary()
    numbered: Iterable[tuple[int, LoggedCall]] = zip(
        range(summary["calls"], 0, -1), world.request_log.latest(), strict=False
    )
    if only_problems:
        numbered = (each for each in islice(numbered, CALLS_LOOKED_AT) if each[1].is_problem)
    latest = [told(number, entry) for number, entry in islice(numbered, CALLS)]
    return {"count": summary["calls"], "codes": summary["codes"], "latest": latest}


def told(number: int, entry: LoggedCall) -> dict[str, Any]:
    """A call as a line of the requests."""
    return {
        **asdict(entry),
        "number": number,
        "meaning": TEXTS.get(entry.code, "").format("...", "..."),
        "problem": entry.is_problem,
    }


def connection(request: Request, organization_id: str) -> dict[str, str]:
    """The settings with which our commands call this simulator, as its first user: all of them are public."""
    return defaults.connection(f"{request.base_url}api/v2", organization_id)


def turned_switches(world: World) -> list[dict[str, Any]]:
    """The switches that differ from their default."""
    described = world.switches.described().items()
    return [{"name": name, **each} for name, each in described if each["value"] != each["default"]]


def limits(world: World) -> list[dict[str, Any]]:
    """Every limit, its default, and what has been used of those that count."""
    used = {f"{name}_per_hour": max(each.values(), default=0) for name, each in world.limiter.usage().items()}
    used["concurrent"] = max(world.limiter.peak.values(), default=0)
    return [{**each, "used": used.get(each["name"])} for each in world.limits.described()]
