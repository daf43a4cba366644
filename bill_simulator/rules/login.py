"""Login, logout, 2-step verification and session info: operations that are about no entity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_simulator.behaviour.refusals import Refusal
from bill_simulator.rules.calls import Answer, answer_of, data_of, parameter, text_in

if TYPE_CHECKING:
    from bill_simulator.rules.calls import Form
    from bill_simulator.state.directory import User
    from bill_simulator.state.sessions import Session
    from bill_simulator.state.world import World

OTHER_END_POINT = "/cluster/api/v2"
"""Another address of the same API, for the switch `login_end_point`."""


def user_of(world: World, form: Form) -> User:
    """The user of a Login or ListOrgs."""
    return world.directory.user(parameter(form, "userName"), parameter(form, "password"), form.get("orgId", ""))


def login(world: World, form: Form, api_url: str) -> Answer:
    """A session in one organization (documented: api-response-format; `usersId` with an s).

    A remembered mfaId with its deviceId makes it trusted at once (documented: auth-mfaauthenticate).
    """
    names = ("userName", "password", "orgId")
    for name in names:
        parameter(form, name)
    user = user_of(world, form)
    organization_id = world.directory.enter(user, form["orgId"]).id
    mfa_id = form.get("mfaId", "")
    trusted = world.mfa.trusts(user, mfa_id, form.get("deviceId", ""))
    if mfa_id and not trusted and world.switches.login_bad_mfa == "refuse":
        raise Refusal("BDC_1374")
    session = world.sessions.open(user, organization_id, form["devKey"], trusted=trusted)
    end_point = (
        api_url.removesuffix("/api/v2") + OTHER_END_POINT if world.switches.login_end_point == "other" else api_url
    )
    return answer_of({"sessionId": session.id, "orgId": organization_id, "apiEndPoint": end_point, "usersId": user.id})


def list_orgs(world: World, form: Form, _api_url: str) -> Answer:
    """The organizations of a user; no session needed (documented: api-sandbox-sign-in)."""
    user = user_of(world, form)
    return answer_of(
        [
            {"orgId": each.id, "orgName": each.name}
            for each in world.directory.organizations
            if each.id in user.organizations
        ]
    )


def logout(world: World, session: Session, _form: Form) -> Answer:
    """The session ends (documented)."""
    world.sessions.close(session.id)
    return answer_of({})


def session_info(_world: World, session: Session, _form: Form) -> Answer:
    """`userId`, here without the s (seen in clients)."""
    return answer_of({"organizationId": session.organization_id, "userId": session.user.id})


def current_time(world: World, _session: Session, _form: Form) -> Answer:
    """The server's clock (seen in a client)."""
    return answer_of({"currentTime": world.clock.stamp()})


def mfa_challenge(world: World, session: Session, form: Form) -> Answer:
    """A code is texted; here it is read at the control plane (documented: auth-mfachallenge).

    `useBackup` is documented as required, but a client sends `{}` and works.
    """
    backup = data_of(form, required=False).get("useBackup", False)
    if not isinstance(backup, bool):
        raise Refusal("BDC_1124", "useBackup")
    return answer_of({"challengeId": world.mfa.challenge(session, backup=backup)})


def mfa_authenticate(world: World, session: Session, form: Form) -> Answer:
    """The session is trusted from here on (documented: auth-mfaauthenticate); machineName is echoed as in a capture."""
    data = data_of(form, required=True)
    remember = data.get("rememberMe") is True
    mfa_id = world.mfa.authenticate(
        session,
        challenge_id=text_in(data, "challengeId"),
        code=text_in(data, "token"),
        device_id=text_in(data, "deviceId"),
        remember=remember,
    )
    answer = {"machineName": data.get("machineName"), "mfaId": mfa_id}
    if not remember and world.switches.mfa_id_without_remember == "absent":
        del answer["mfaId"]
    return answer_of(answer)


def mfa_status(world: World, session: Session, form: Form) -> Answer:
    """Tell whether an mfaId is still remembered, and nothing of one that was not (documented: auth-mfastatus)."""
    data = data_of(form, required=True)
    trusted = world.mfa.trusts(session.user, text_in(data, "mfaId"), text_in(data, "deviceId"))
    return answer_of({"isTrusted": trusted})
