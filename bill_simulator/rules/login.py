"""Login, logout, 2-step verification and session info: operations that are about no entity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_simulator.behaviour.refusals import ErrorAnswer
from bill_simulator.rules.calls import OTHER_END_POINT, ResponseData, data_of, parameter, response_data, text_in
from bill_simulator.rules.values import flag

if TYPE_CHECKING:
    from bill_simulator.rules.calls import Call, SessionCall
    from bill_simulator.state.directory import User


def user_of(call: Call) -> User:
    """The user of a Login or ListOrgs."""
    form = call.form
    return call.world.directory.user(parameter(form, "userName"), parameter(form, "password"), form.get("orgId", ""))


def check_values(call: Call) -> None:
    """The four values of a Login, before the developer key is looked at.

    BDC_1108 when one is not there, and so for a wrong content type too; BDC_1129 when all four are nonsense (live:
    section 11, 5). A single wrong one has the code that the error list gives it.
    """
    form, directory = call.form, call.world.directory
    for name in ("userName", "password", "orgId"):
        parameter(form, name)
    if form.get("devKey") and directory.is_stranger(form["userName"], form["orgId"], form["devKey"]):
        raise ErrorAnswer("BDC_1129", "orgId", form["orgId"])


def login(call: Call) -> ResponseData:
    """A session in one organization (documented: api-response-format; `usersId` with an s).

    A remembered mfaId with its deviceId makes it trusted at once (documented: auth-mfaauthenticate).
    """
    world, form, end_point = call.world, call.form, call.api_url
    user = user_of(call)
    organization_id = world.directory.enter(user, form["orgId"]).id
    mfa_id = form.get("mfaId", "")
    trusted = world.mfa.trusts(user, mfa_id, form.get("deviceId", ""))
    if mfa_id and not trusted and world.switches.login_bad_mfa == "refuse":
        raise ErrorAnswer("BDC_1374")
    session = world.sessions.open(user, organization_id, form["devKey"], trusted=trusted)
    if world.switches.login_end_point == "other":
        end_point = end_point.removesuffix("/api/v2") + OTHER_END_POINT
    return response_data(
        {"sessionId": session.id, "orgId": organization_id, "apiEndPoint": end_point, "usersId": user.id}
    )


def list_orgs(call: Call) -> ResponseData:
    """The organizations of a user; no session needed (documented: api-sandbox-sign-in)."""
    user = user_of(call)
    return response_data(
        [
            {"orgId": each.id, "orgName": each.name}
            for each in call.world.directory.organizations
            if each.id in user.organizations
        ]
    )


def logout(call: SessionCall) -> ResponseData:
    """The session ends (documented)."""
    call.world.sessions.close(call.session.id)
    return response_data({})


def session_info(call: SessionCall) -> ResponseData:
    """`userId`, here without the s (seen in clients)."""
    return response_data({"organizationId": call.session.organization_id, "userId": call.session.user.id})


def current_time(call: SessionCall) -> ResponseData:
    """The server's clock (seen in a client)."""
    return response_data({"currentTime": call.world.instant()})


def mfa_challenge(call: SessionCall) -> ResponseData:
    """A code is texted; here it is read at the control plane (documented: auth-mfachallenge).

    `{}` is enough, and `useBackup: true` is an error (documented: section 6, 3) whose code is unknown.
    """
    if flag(call.context(), data_of(call.form, required=False), "useBackup"):
        raise ErrorAnswer("BDC_1129", "useBackup", "true")
    return response_data({"challengeId": call.world.mfa.challenge(call.session)})


def mfa_authenticate(call: SessionCall) -> ResponseData:
    """The session is trusted from here on (documented: auth-mfaauthenticate); machineName is echoed as in a capture."""
    data = data_of(call.form, required=True)
    remember = flag(call.context(), data, "rememberMe")
    mfa_id = call.world.mfa.authenticate(
        call.session,
        challenge_id=text_in(data, "challengeId"),
        code=text_in(data, "token"),
        device_id=text_in(data, "deviceId"),
        remember=remember,
    )
    answer = {"machineName": data.get("machineName"), "mfaId": mfa_id}
    if not remember and call.world.switches.mfa_id_without_remember == "absent":
        del answer["mfaId"]
    return response_data(answer)


def mfa_status(call: SessionCall) -> ResponseData:
    """Tell whether an mfaId is still remembered, and nothing of one that was not (documented: auth-mfastatus)."""
    data = data_of(call.form, required=True)
    trusted = call.world.mfa.trusts(call.session.user, text_in(data, "mfaId"), text_in(data, "deviceId"))
    return response_data({"isTrusted": trusted})
