"""Calls as the rules see them: form, session, context and answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bill_simulator.behaviour.refusals import ErrorAnswer
from bill_simulator.encoding import decode, encode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_api.table.entity import Entity
    from bill_simulator.behaviour.limits import SimulatorLimits
    from bill_simulator.behaviour.switches import Switches
    from bill_simulator.state.books import Books
    from bill_simulator.state.sessions import UserSession
    from bill_simulator.state.shapes import EntityShape
    from bill_simulator.state.world import World


OTHER_END_POINT = "/cluster/api/v2"
"""Another address of the same API, for the switch `login_end_point`."""


class Form(dict[str, str]):
    """The fields of a call.

    Attributes:
        file: The content of the part of that name, which only an upload has.
    """

    file: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Everything that a rule needs to know about the call it serves.

    Attributes:
        books: Of the session's organization.
        switches: Of this simulator.
        limits: Of this simulator.
        user_id: The user who is signed in.
        now: The instant of the call, on BILL's wire.
    """

    books: Books
    switches: Switches
    limits: SimulatorLimits
    user_id: str
    now: str

    def shape(self, entity: Entity) -> EntityShape:
        """The stored form of an entity."""
        return self.books.table(entity).shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call without a session.

    Attributes:
        world: The state that serves it.
        form: Its fields.
        api_url: The address that it was sent to, without the path.
    """

    world: World
    form: Form
    api_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCall(Call):
    """One call with a session.

    Attributes:
        session: The open session that it was sent with.
    """

    session: UserSession

    @property
    def books(self) -> Books:
        """The books of the session's organization."""
        return self.world.books[self.session.organization_id]

    def require_trust(self) -> None:
        """BDC_1361 unless the session is MFA-trusted, or the organization exempt (the switch `mfa_required`)."""
        if self.world.switches.mfa_required == "yes" and not self.session.trusted:
            raise ErrorAnswer("BDC_1361")

    def context(self) -> Context:
        """The context of the rules at this instant."""
        return Context(
            books=self.books,
            switches=self.world.switches,
            limits=self.world.limits,
            user_id=self.session.user.id,
            now=self.world.instant(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseData:
    """The `response_data` of a call that was served.

    Attributes:
        data: Its JSON; of a bulk call that of each element, or its refusal.
        rows: Objects in it; None where it has none.
        is_error: The top level of a bulk call says Error although the array is there.
    """

    data: bytes | Sequence[bytes | ErrorAnswer]
    rows: int | None = None
    is_error: bool = False


def response_data(value: Any) -> ResponseData:
    """An answer that is no stored object."""
    return ResponseData(data=encode(value))


def parameter(form: Mapping[str, str], name: str) -> str:
    """A form field; BDC_1108 without it (documented: error list)."""
    value = form.get(name)
    if not value:
        raise ErrorAnswer("BDC_1108", name)
    return value


def data_of(form: Mapping[str, str], *, required: bool) -> dict[str, Any]:
    """The JSON document in `data`; BDC_1122 when it is none (documented: error list)."""
    text = form.get("data")
    if not text:
        if required:
            raise ErrorAnswer("BDC_1108", "data")
        return {}
    try:
        data = decode(text)
    except ValueError:
        raise ErrorAnswer("BDC_1122") from None
    if not isinstance(data, dict):
        raise ErrorAnswer("BDC_1122")
    return data


def text_in(data: Mapping[str, Any], name: str) -> str:
    """A text in `data`; BDC_1108 without it."""
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise ErrorAnswer("BDC_1108", name)
    return value
