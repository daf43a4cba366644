"""The control plane as Python calls over plain HTTP; for a simulator in this process or in another."""

from __future__ import annotations

from typing import Any

import requests

from bill_simulator.encoding import decode, encode

TIMEOUT_S = 120


class ControlError(Exception):
    """A refusal of the control plane, with its own text."""


class RemoteControl:
    """Moves the clock, scripts faults, turns switches, reads books and the request log.

    Args:
        url: Of the simulator, without a path.
    """

    def __init__(self, url: str) -> None:
        self._base = f"{url}/_simulator"

    def call(self, method: str, path: str, body: Any = None) -> bytes:
        """One call of the control plane."""
        data = None if body is None else encode(body)
        with requests.Session() as session:
            session.trust_env = False  # no proxy of the environment stands between a test and its simulator
            answer = session.request(method, f"{self._base}{path}", data=data, timeout=TIMEOUT_S)
        if not answer.ok:
            raise ControlError(answer.text)
        return answer.content

    def get(self, path: str) -> Any:
        """Send GET; amounts in the answer are Decimal."""
        return decode(self.call("GET", path))

    def post(self, path: str, **body: Any) -> Any:
        """Send POST with a JSON object."""
        return decode(self.call("POST", path, body))

    def reset(self, **sizes: int) -> None:
        """Everything as at the start, with other sizes if given."""
        self.post("/reset", **sizes)

    def seed(self, organization_id: str, **sizes: int) -> None:
        """Other books for one organization."""
        self.post(f"/seed/{organization_id}", **sizes)

    def now(self) -> str:
        """The time of the simulator, on BILL's wire."""
        return str(self.get("/clock")["now"])

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.call("POST", "/clock", {"advance_s": seconds})

    def set_clock(self, now: str | None) -> None:
        """Set the clock to an ISO 8601 instant, or to real time."""
        self.post("/clock", now=now)

    def switch(self, **values: str) -> None:
        """Turn switches."""
        self.post("/switches", **values)

    def limit(self, **values: int) -> None:
        """Change limits."""
        self.post("/limits", **values)

    def fault(self, kind: str, path: str = "*", **details: Any) -> None:
        """Script a fault; details are nth, count, chance, seed, delay_ms, code, message."""
        self.call("POST", "/faults", {"kind": kind, "path": path, **details})

    def faults(self) -> list[dict[str, Any]]:
        """The scripted faults and what they did so far."""
        return list(self.get("/faults")["faults"])

    def clear_faults(self) -> None:
        """No more faults."""
        self.call("DELETE", "/faults")

    def mutate(self, **details: Any) -> dict[str, Any]:
        """Let rows change by themselves.

        Details are organization, rate_per_s, seed, entities, update, create, delete, together, stop_after.
        """
        return dict(self.post("/mutator", **details))

    def mutator(self) -> dict[str, Any]:
        """The options of the mutator, and what it has done."""
        return dict(self.get("/mutator"))

    def stop_mutating(self) -> dict[str, Any]:
        """No more changes by themselves."""
        return dict(decode(self.call("DELETE", "/mutator")))

    def changes(self) -> list[dict[str, Any]]:
        """The changes of the mutator, the oldest first."""
        return [decode(line) for line in self.call("GET", "/mutator/changes").splitlines()]

    def requests(self) -> list[dict[str, Any]]:
        """The request log."""
        return list(self.get("/requests"))

    def summary(self) -> dict[str, Any]:
        """Counts of the request log."""
        return dict(self.get("/requests?summary"))

    def forget_requests(self) -> None:
        """Empty the request log."""
        self.call("DELETE", "/requests")

    def mfa_code(self, challenge_id: str) -> str:
        """The code that BILL would have texted for a challenge."""
        codes = {each["challengeId"]: str(each["code"]) for each in self.get("/mfa")}
        return codes[challenge_id]

    def directory(self) -> dict[str, list[dict[str, Any]]]:
        """Organizations, users (without passwords) and developer keys."""
        return dict(self.get("/directory"))

    def change_directory(self, **entries: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
        """Add organizations, users and developer_keys, or change known ones; until the next reset."""
        return dict(self.post("/directory", **entries))

    def attachments(self, organization_id: str) -> list[dict[str, Any]]:
        """The uploads: ids, name, size and sha256, the oldest first."""
        return list(self.get(f"/attachments/{organization_id}"))

    def attachment(self, organization_id: str, document_id: str) -> bytes:
        """The bytes of one attachment."""
        return self.call("GET", f"/attachments/{organization_id}/{document_id}")

    def books(self, organization_id: str, entity: str) -> list[dict[str, Any]]:
        """Every object of an entity, deleted ones and line items included."""
        lines = self.call("GET", f"/books/{organization_id}/{entity}").splitlines()
        return [decode(line) for line in lines]

    def totals(self, organization_id: str) -> dict[str, dict[str, Any]]:
        """Objects and money per entity."""
        return dict(self.get(f"/books/{organization_id}"))

    def duplicates(self, organization_id: str) -> dict[str, list[dict[str, Any]]]:
        """Natural keys that several active objects share."""
        return dict(self.get(f"/duplicates/{organization_id}"))
