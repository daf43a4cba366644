"""A simulator for as long as a `with` block lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypedDict, Unpack

from bill_simulator.control.client import RemoteControl
from bill_simulator.seed.books import books_of
from bill_simulator.server import Server, ServerThread
from bill_simulator.state.directory import Directory
from bill_simulator.state.world import SimulatorSettings, Sizes, World

if TYPE_CHECKING:
    from collections.abc import Mapping


class SimulatorOptions(TypedDict, total=False):
    """Options of `Simulator`; everything may be left out."""

    seed: int
    vendors: int
    customers: int
    bills: int
    invoices: int
    switches: Mapping[str, str]
    limits: Mapping[str, int]
    now: str | None
    directory: Directory
    host: str
    port: int


class Simulator:
    """A local BILL in a thread of this process, on a port of its own.

    ```python
    with Simulator(vendors=5, bills=20, limits={"latency_ms": 50}) as simulator:
        requests.post(f"{simulator.api_url}/Login.json", data={...})
        simulator.control.advance(36 * 60)
    ```

    Attributes:
        url: `http://127.0.0.1:PORT`, from the beginning of the block.
    """

    def __init__(self, **options: Unpack[SimulatorOptions]) -> None:
        sizes: dict[str, int] = {
            name: options[name]  # type: ignore[literal-required]  # the names are Sizes' own
            for name in Sizes.__dataclass_fields__
            if name in options
        }
        settings = SimulatorSettings(
            sizes=Sizes(**sizes),
            switches=options.get("switches", {}),
            limits=options.get("limits", {}),
            now=options.get("now"),
            directory=options.get("directory", Directory()),
        )
        self._world = World(settings, books_of(settings))
        self._address = options.get("host", "127.0.0.1"), options.get("port", 0)
        self.url = ""

    @property
    def api_url(self) -> str:
        """The address in place of `https://api.bill.com/api/v2`."""
        return f"{self.url}/api/v2"

    @property
    def organization_id(self) -> str:
        """The organization with the seeded books; the first of the directory."""
        return self._world.settings.directory.organizations[0].id

    @property
    def settings(self) -> dict[str, str]:
        """Connection settings, by the names that the taps, the target and the client have for them."""
        directory = self._world.settings.directory
        return {
            "username": directory.users[0].username,
            "password": directory.users[0].password,
            "organization_id": self.organization_id,
            "developer_key": directory.developer_keys[0],
            "api_url": self.api_url,
        }

    @property
    def control(self) -> RemoteControl:
        """The control plane."""
        return RemoteControl(self.url)

    def __enter__(self) -> Self:
        self._server = Server(self._world, *self._address)
        self._thread = ServerThread(self._server)
        self._thread.start()
        self.url = self._server.url
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.stop()
