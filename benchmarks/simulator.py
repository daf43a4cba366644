"""How fast and how large the simulator is: `make bench`.

Prints the seconds and gigabytes of seeding, the simulator's own time for a List of 999 nested bills, and the time of
the same call over HTTP as a ratio to a floor: the same bytes from a bare server of the same kind, in the same run.

    python benchmarks/simulator.py --bills 300000
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import resource
import statistics
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import requests
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from bill_simulator import RemoteControl, defaults
from bill_simulator.server import listening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.requests import Request

ROUNDS = 40
PAGE = 999
SEED_MAX_S, MEMORY_MAX_GB, LIST_MAX_MS = 60, 3, 25
GIGABYTE = 1e9


class Caller:
    """Signed in to the seeded organization, over plain HTTP."""

    def __init__(self, api_url: str) -> None:
        self._url = api_url
        self._http = requests.Session()
        self._http.trust_env = False
        self._form = {"devKey": defaults.DEVELOPER_KEY}
        login = {"userName": defaults.USERNAME, "password": defaults.PASSWORD, "orgId": defaults.ORGANIZATION_ID}
        self._form["sessionId"] = json.loads(self.post("/Login.json", **login))["response_data"]["sessionId"]

    def post(self, path: str, **more: str) -> bytes:
        """The body of an answer."""
        return self._http.post(f"{self._url}{path}", data={**self._form, **more}, timeout=60).content

    def list(self, **data: Any) -> bytes:
        """A page of bills."""
        return self.post("/List/Bill.json", data=json.dumps({"max": PAGE, "nested": True, **data}))


@contextlib.contextmanager
def bare_server(body: bytes) -> Iterator[str]:
    """A server that answers every POST with these bytes."""

    async def answer(request: Request) -> Response:
        await request.body()
        return Response(body, media_type="application/json")

    listener = listening("127.0.0.1", 0)
    app = Starlette(routes=[Route("/{path:path}", answer, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, http="h11", loop="asyncio", lifespan="off", log_config=None))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def timed(call: Callable[[], object]) -> list[float]:
    """Milliseconds of each round, the first ones left out."""
    call()
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        call()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def shown(taken: list[float]) -> str:
    """Median and the slowest."""
    return f"median {statistics.median(taken):6.1f} ms, slowest {max(taken):6.1f} ms"


def main() -> int:
    """Run it.

    Returns:
        1 when something is above what the simulator promises, else 0.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bills", type=int, default=300_000)
    bills = parser.parse_args().bills
    began = time.perf_counter()
    command = [sys.executable, "-m", "bill_simulator", "--bills", str(bills), "--vendors", "2000", "--exit-with-parent"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as simulator:
        try:
            if simulator.stdout is None:
                raise RuntimeError("no pipe")
            ready = json.loads(simulator.stdout.readline())
            seeded_s = time.perf_counter() - began
            slow = measure(ready["url"], Caller(ready["api_url"]), bills)
        finally:
            simulator.terminate()
            simulator.wait()
    memory_gb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / GIGABYTE
    print(f"{bills:,} bills seeded in {seeded_s:.1f} s (allowed {SEED_MAX_S}), {memory_gb:.2f} GB ({MEMORY_MAX_GB})")
    return int(slow or seeded_s > SEED_MAX_S or memory_gb > MEMORY_MAX_GB)


def measure(url: str, caller: Caller, bills: int) -> bool:
    """Time pages; whether one of them took too long of the simulator's own time."""
    control = RemoteControl(url)
    control.limit(requests_per_hour=10**9)
    ordered = [{"field": "updatedTime", "asc": True}, {"field": "id", "asc": True}]
    since = [{"field": "updatedTime", "op": ">=", "value": "2025-01-01T00:00:00.000+0000"}]
    pages: dict[str, dict[str, Any]] = {
        "first page by updatedTime": {"sort": ordered},
        "page in the middle": {"sort": ordered, "start": bills // 2},
        "page since a time": {"sort": ordered, "filters": since},
        "page without sort": {"start": bills // 3},
    }
    slow = False
    for title, data in pages.items():
        body = caller.list(**data)
        control.forget_requests()
        taken = timed(lambda data=data: caller.list(**data))  # type: ignore[misc]  # bound at once
        own = [each["duration_ms"] for each in control.requests()]
        with bare_server(body) as floor_url, requests.Session() as http:
            http.trust_env = False
            floor = timed(lambda: http.post(floor_url, data={"x": "y"}, timeout=60).content)
        ratio = statistics.median(taken) / statistics.median(floor)
        print(
            f"{title:26} own {shown(own)} | HTTP {shown(taken)} | {ratio:.2f} x the bare server ({len(body):,} bytes)"
        )
        slow |= statistics.median(own) > LIST_MAX_MS
    return slow


if __name__ == "__main__":
    sys.exit(main())
