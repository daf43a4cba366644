"""Sessions, users, organizations (facts: section 5) and 2-step verification (section 6)."""

from __future__ import annotations

from datetime import datetime

import pytest
import requests
from simulator_caller import INSTANT, SMALL, TIMEOUT_S, Caller, code_of

from bill_simulator import Directory, Organization, Simulator, User, defaults

pytest_plugins = ["simulator_fixtures"]

IDLE_S = 35 * 60
DAY_S = 24 * 3600


def test_login_answers_with_session_organization_end_point_and_usersid(caller: Caller) -> None:
    data = caller.sign_in()["response_data"]
    assert set(data) == {"sessionId", "orgId", "apiEndPoint", "usersId"}
    assert data["orgId"] == defaults.ORGANIZATION_ID
    assert data["usersId"] == defaults.USER_ID
    assert data["apiEndPoint"] == caller.simulator.api_url
    assert data["sessionId"].startswith("!")
    assert 45 <= len(data["sessionId"]) <= 70


def test_session_info_spells_it_userid_and_logout_is_empty(caller: Caller) -> None:
    assert caller.ok("/GetSessionInfo.json") == {
        "organizationId": defaults.ORGANIZATION_ID,
        "userId": defaults.USER_ID,
    }
    assert caller.ok("/Logout.json", {}) == {}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"password": "wrong"}, "BDC_1101"),
        ({"userName": "nobody@simulator.test"}, "BDC_1101"),
        ({"devKey": "bad"}, "BDC_1102"),
        ({"devKey": None}, "BDC_1108"),
        ({"userName": None}, "BDC_1108"),
        ({"password": None}, "BDC_1108"),
        ({"orgId": None}, "BDC_1108"),
        ({"orgId": "00801NOSUCHBOOKSaaa1"}, "BDC_1123"),
    ],
)
def test_login_is_refused_with_the_documented_code(caller: Caller, changes: dict[str, str | None], code: str) -> None:
    assert code_of(caller.sign_in(**changes)) == code


def test_a_missing_developer_key_is_told_in_the_words_that_a_client_saw(caller: Caller) -> None:
    message = caller.sign_in(devKey=None)["response_data"]["error_message"]
    assert message == "Developer key must be specified."


def test_list_orgs_needs_no_session_and_is_a_bare_array(caller: Caller) -> None:
    form = {"userName": defaults.USERNAME, "password": defaults.PASSWORD, "devKey": defaults.DEVELOPER_KEY}
    assert caller.post("/ListOrgs.json", form).json()["response_data"] == [
        {"orgId": defaults.ORGANIZATION_ID, "orgName": defaults.ORGANIZATION_NAME},
        {"orgId": defaults.EMPTY_ORGANIZATION_ID, "orgName": defaults.EMPTY_ORGANIZATION_NAME},
    ]


def test_list_orgs_takes_its_secrets_from_the_query_too(caller: Caller) -> None:
    query = {"userName": defaults.USERNAME, "password": defaults.PASSWORD, "devKey": defaults.DEVELOPER_KEY}
    answer = caller.post("/ListOrgs.json", {}, params=query).json()
    assert [each["orgId"] for each in answer["response_data"]] == [
        defaults.ORGANIZATION_ID,
        defaults.EMPTY_ORGANIZATION_ID,
    ]


def test_the_session_may_come_in_the_cookie(caller: Caller) -> None:
    form = {"devKey": defaults.DEVELOPER_KEY}
    answer = caller.post("/GetSessionInfo.json", form, cookies={"sid": caller.session_id}).json()
    assert answer["response_data"]["organizationId"] == defaults.ORGANIZATION_ID


def test_a_session_dies_after_35_idle_minutes_and_every_call_winds_it_up(caller: Caller) -> None:
    for _ in range(3):
        caller.control.advance(IDLE_S - 60)
        caller.ok("/GetSessionInfo.json")
    caller.control.advance(IDLE_S)
    assert caller.refused("/GetSessionInfo.json") == "BDC_1109"
    assert caller.refused("/List/Vendor.json") == "BDC_1109"


def test_a_session_is_over_after_logout_and_never_was_when_invented(caller: Caller) -> None:
    caller.ok("/Logout.json")
    assert caller.refused("/GetSessionInfo.json") == "BDC_1109"
    caller.session_id = "!invented"
    assert caller.refused("/CurrentTime.json") == "BDC_1109"


def test_a_call_without_session_misses_a_parameter(caller: Caller) -> None:
    answer = caller.post("/List/Vendor.json", {"devKey": defaults.DEVELOPER_KEY}).json()
    assert code_of(answer) == "BDC_1108"
    assert "sessionId" in answer["response_data"]["error_message"]


def test_a_session_belongs_to_its_developer_key() -> None:
    directory = Directory(developer_keys=("01FIRST", "01SECOND"))
    with Simulator(**SMALL, directory=directory) as simulator, Caller(simulator, devKey="01FIRST") as caller:
        form = {"devKey": "01SECOND", "sessionId": caller.session_id}
        assert code_of(caller.post("/GetSessionInfo.json", form).json()) == "BDC_1109"
        assert caller.post("/GetSessionInfo.json", {**form, "devKey": "01FIRST"}).json()["response_status"] == 0


def test_a_body_that_is_no_form_is_not_read(caller: Caller) -> None:
    answer = requests.post(f"{caller.simulator.api_url}/CurrentTime.json", json=caller.form(), timeout=TIMEOUT_S)
    assert answer.json()["response_data"]["error_message"] == "Developer key must be specified."


def test_only_post_is_an_api_call(caller: Caller) -> None:
    assert requests.get(f"{caller.simulator.api_url}/CurrentTime.json", timeout=TIMEOUT_S).status_code == 405


def test_current_time_is_the_clock_to_the_second(caller: Caller) -> None:
    caller.control.set_clock("2025-12-31T23:59:30Z")
    now = caller.ok("/CurrentTime.json")["currentTime"]
    assert INSTANT.fullmatch(now)
    assert now.startswith("2025-12-31T23:59:3")


def test_organizations_are_apart(caller: Caller) -> None:
    vendor = caller.vendor()
    with Caller(caller.simulator, defaults.EMPTY_ORGANIZATION_ID) as other:
        assert other.ok("/GetSessionInfo.json")["organizationId"] == defaults.EMPTY_ORGANIZATION_ID
        assert other.list("Vendor") == []
        assert other.refused("/Crud/Read/Vendor.json", {"id": vendor}) == "BDC_1120"
        assert other.refused("/Crud/Create/Bill.json", {"obj": {"entity": "Bill", "vendorId": vendor}}) == "BDC_1119"
        other.vendor()  # the same name again, in books of its own
    assert len(caller.list("Vendor")) == SMALL["vendors"] + 1


def test_a_user_enters_only_their_organizations() -> None:
    organizations = (
        Organization(id=defaults.ORGANIZATION_ID, name="One"),
        Organization(id=defaults.EMPTY_ORGANIZATION_ID, name="Two"),
    )
    users = (
        User(
            username=defaults.USERNAME,
            password=defaults.PASSWORD,
            id=defaults.USER_ID,
            organizations=(defaults.ORGANIZATION_ID,),
        ),
        User(
            username="two@simulator.test",
            password="two",
            id="00601SIMULATORVaaaa2",
            organizations=(defaults.EMPTY_ORGANIZATION_ID,),
        ),
    )
    with (
        Simulator(**SMALL, directory=Directory(organizations=organizations, users=users)) as simulator,
        Caller(simulator) as caller,
    ):
        assert code_of(caller.sign_in(orgId=defaults.EMPTY_ORGANIZATION_ID)) == "BDC_1123"
        form = {"userName": "two@simulator.test", "password": "two", "devKey": defaults.DEVELOPER_KEY}
        assert caller.post("/ListOrgs.json", form).json()["response_data"] == [
            {"orgId": defaults.EMPTY_ORGANIZATION_ID, "orgName": "Two"}
        ]
        form["password"] = defaults.PASSWORD
        assert code_of(caller.post("/ListOrgs.json", form).json()) == "BDC_1101"


ACCOUNT = {"accountNumber": "9900001234", "routingNumber": "021000021"}


def test_what_is_documented_as_gated_needs_a_trusted_session(caller: Caller) -> None:
    vendor = caller.vendor()
    obj = {"obj": {"entity": "VendorBankAccount", "vendorId": vendor, **ACCOUNT}}
    assert caller.refused("/Crud/Create/VendorBankAccount.json", obj) == "BDC_1361"
    assert caller.refused("/Bulk/Crud/Create/VendorBankAccount.json", {"bulk": [obj]}) == "BDC_1361"
    account = caller.list("VendorBankAccount")[0]["id"]
    assert caller.refused("/Crud/Delete/VendorBankAccount.json", {"id": account}) == "BDC_1361"
    assert caller.refused("/Bulk/Crud/Delete/VendorBankAccount.json", {"bulk": [{"id": account}]}) == "BDC_1361"
    caller.trust()
    caller.ok("/Crud/Create/VendorBankAccount.json", obj)
    caller.ok("/Crud/Delete/VendorBankAccount.json", {"id": account})


def test_the_rest_needs_no_trust(caller: Caller) -> None:
    caller.list("VendorBankAccount")
    owner = {"customerId": caller.customer(), "nameOnAccount": "AP", **ACCOUNT}
    obj = {"entity": "CustomerBankAccount", **owner}
    caller.ok("/Crud/Create/CustomerBankAccount.json", {"obj": obj, "agreedWithTOS": True})


@pytest.mark.parametrize(
    ("switch", "read", "listed"),
    [("open", True, True), ("read_gated", False, True), ("read_and_list_gated", False, False)],
)
def test_whether_vendor_bank_account_reads_are_gated_is_a_switch(
    caller: Caller, switch: str, *, read: bool, listed: bool
) -> None:
    # section 14, 4: documentation and a live client disagree
    account = caller.list("VendorBankAccount")[0]["id"]
    caller.control.switch(bank_account_reads=switch)
    reading = caller.call("/Crud/Read/VendorBankAccount.json", {"id": account})
    listing = caller.call("/List/VendorBankAccount.json", {})
    assert reading["response_status"] == 0 if read else code_of(reading) == "BDC_1361"
    assert listing["response_status"] == 0 if listed else code_of(listing) == "BDC_1361"


def remembered(caller: Caller, *, remember: bool = True) -> str:
    challenge = caller.ok("/MFAChallenge.json", {})["challengeId"]
    code = caller.control.mfa_code(challenge)
    answer = caller.ok(
        "/MFAAuthenticate.json",
        {
            "challengeId": challenge,
            "token": f"{code[:3]}-{code[3:]}",
            "deviceId": "laptop-7",
            "machineName": "laptop",
            "rememberMe": remember,
        },
    )
    assert answer["machineName"] == "laptop"
    return str(answer["mfaId"])


def can_delete_accounts(caller: Caller, mfa_id: str, device_id: str) -> bool:
    caller.session_id = caller.sign_in(mfaId=mfa_id, deviceId=device_id)["response_data"]["sessionId"]
    account = caller.list("VendorBankAccount")[0]["id"]
    return bool(caller.call("/Crud/Delete/VendorBankAccount.json", {"id": account})["response_status"] == 0)


def test_a_remembered_device_is_trusted_at_login_for_30_days(caller: Caller) -> None:
    mfa_id = remembered(caller)
    assert caller.ok("/MFAStatus.json", {"mfaId": mfa_id, "deviceId": "laptop-7"}) == {"isTrusted": True}
    assert can_delete_accounts(caller, mfa_id, "laptop-7")
    assert not can_delete_accounts(caller, mfa_id, "another")
    assert not can_delete_accounts(caller, "!unknown", "laptop-7")
    caller.control.advance(30 * DAY_S)
    assert not can_delete_accounts(caller, mfa_id, "laptop-7")
    assert caller.ok("/MFAStatus.json", {"mfaId": mfa_id, "deviceId": "laptop-7"}) == {"isTrusted": False}


def test_an_mfa_id_that_is_not_remembered_dies_with_its_session(caller: Caller) -> None:
    mfa_id = remembered(caller, remember=False)
    assert not can_delete_accounts(caller, mfa_id, "laptop-7")


def test_login_with_a_bad_mfa_id_is_a_switch(caller: Caller) -> None:
    # section 14, 3
    assert caller.sign_in(mfaId="!bad", deviceId="laptop-7")["response_status"] == 0
    caller.control.switch(login_bad_mfa="refuse")
    assert code_of(caller.sign_in(mfaId="!bad", deviceId="laptop-7")) == "BDC_1374"
    mfa_id = remembered(caller)
    assert caller.sign_in(mfaId=mfa_id, deviceId="laptop-7")["response_status"] == 0


def test_wrong_codes_end_in_too_many_attempts(caller: Caller) -> None:
    challenge = caller.ok("/MFAChallenge.json", {"useBackup": False})["challengeId"]
    wrong = {"challengeId": challenge, "token": "none", "deviceId": "laptop-7"}
    codes = [caller.refused("/MFAAuthenticate.json", wrong) for _ in range(6)]
    assert codes == ["BDC_1119"] * 5 + ["BDC_1358"]


def test_without_a_phone_there_is_no_challenge() -> None:
    user = User(
        username=defaults.USERNAME,
        password=defaults.PASSWORD,
        id=defaults.USER_ID,
        organizations=(defaults.ORGANIZATION_ID,),
        has_phone=False,
    )
    with Simulator(**SMALL, directory=Directory(users=(user,))) as simulator, Caller(simulator) as caller:
        assert caller.refused("/MFAChallenge.json", {"useBackup": False}) == "BDC_1354"


def test_the_clock_of_a_session_is_the_simulators(caller: Caller) -> None:
    before = datetime.fromisoformat(caller.control.now())
    caller.control.advance(3600)
    assert 3599 <= (datetime.fromisoformat(caller.control.now()) - before).total_seconds() <= 3610
