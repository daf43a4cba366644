"""A call shown instead of sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from bill_api.entities import ENTITIES
from bill_values.visible import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_api.wire.raw import RawCall, Retries

SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "sessionid", "devkey"})

SECRET_KEYS = frozenset(
    {
        *(name for entity in ENTITIES for name in entity.sensitive),
        *("password", "devKey", "sessionId", "mfaId", "token"),
    }
)
"""Keys whose values are never shown: who we are, texted codes, bank and tax numbers."""


class WouldSend(Exception):  # noqa: N818  not an error: it ends the call where it would be sent
    """A call stands ready.

    Args:
        request: What would be sent, with what is secret hidden.
    """

    def __init__(self, request: Mapping[str, Any]) -> None:
        super().__init__("nothing was sent")
        self.request = request


@dataclass(frozen=True, slots=True)
class DryRunCaller:
    """Takes the place of `Caller`: each call ends in `WouldSend`, and nothing reaches BILL.

    Attributes:
        url: Base URL without a trailing slash.
    """

    url: str

    def session_id(self) -> str:
        """The id that a session would have."""
        return HIDDEN

    def call(self, path: str, data: Any, **_how: Any) -> NoReturn:
        """Show a call in a session; it is neither sent nor repeated."""
        form = {"devKey": HIDDEN, "sessionId": HIDDEN}
        self._show({"form": form if data is None else form | {"data": hidden(data)}}, self.url + path)

    def call_without_session(self, path: str, form: Mapping[str, str]) -> NoReturn:
        """Show a call that signs in by itself."""
        self._show({"form": hidden(dict(form))}, self.url + path)

    def raw(self, call: RawCall, retries: Retries | None = None, *, leaving: Any = None) -> NoReturn:  # noqa: ARG002
        """Show a call that was spelled out."""
        sent = call.spelled(self.url, HIDDEN, HIDDEN, hidden(call.data))
        files = {name: f"{each.file_name}, {len(each.content)} bytes" for name, each in call.files.items()}
        headers = {name: HIDDEN if name.lower() in SECRET_HEADERS else each for name, each in sent.headers.items()}
        shown = {"query": hidden(dict(sent.query)), "form": hidden(dict(sent.form)), "headers": headers, "files": files}
        self._show({name: each for name, each in shown.items() if each}, sent.url, call.method)

    def _show(self, sends: Mapping[str, Any], url: str, method: str = "POST") -> NoReturn:
        raise WouldSend({"method": method, "url": url, **sends})


def hidden(document: Any) -> Any:
    """A document with what is secret in it hidden, at any depth."""
    if isinstance(document, dict):
        return {
            name: HIDDEN if name in SECRET_KEYS and each not in (None, "") else hidden(each)
            for name, each in document.items()
        }
    return [hidden(each) for each in document] if isinstance(document, list) else document
