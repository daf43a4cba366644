"""`Errors.json`: every error code with its text (facts: section 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from bill_simulator.behaviour.refusals import TEXTS
from bill_simulator.encoding import encode
from bill_simulator.state.request_log import Entry
from bill_simulator.wire.envelope import Reply, json_response

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from bill_simulator.state.world import World

ERRORS = "/Errors.json"


def routes(world: World) -> list[Route]:
    """`Errors.json`, which needs no session; the documented call has no developer key either, so no limit counts it."""

    async def errors(_request: Request) -> Response:
        """Every code that this simulator knows, of BILL's 525 and more. The shape is ours: BILL's is unknown."""
        world.request_log.add(Entry(time=world.clock.stamp(), path=ERRORS))
        return json_response(Reply(data=encode({"errors": catalogue()})).body)

    return [Route(f"/api/v2{ERRORS}", errors, methods=["GET", "POST"])]


def catalogue() -> list[dict[str, str]]:
    """The codes with their texts, with the placeholders that BILL's documentation shows."""
    return [
        {"error_code": code, "error_message": text.replace("{0}", "${paramName0}").replace("{1}", "${paramName1}")}
        for code, text in TEXTS.items()
    ]
