"""Organizations, users and keys: cleanly apart, and what of them is inactive, locked or forbidden (sections 5, 16)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from simulator_caller import SMALL, Caller, bill, code_of, codes_of

from bill_simulator import ControlError, DeveloperKey, Directory, Organization, Simulator, User, defaults

if TYPE_CHECKING:
    from simulator_caller import Body

pytest_plugins = ["simulator_fixtures"]

NEW_ORGANIZATION = "00801SIMULATORCaaaa3"
NEW_USERNAME, NEW_PASSWORD = "new@simulator.test", "a-secret-of-the-new-user"
NEW_USER = {"username": NEW_USERNAME, "password": NEW_PASSWORD, "organizations": [NEW_ORGANIZATION]}
SECOND_KEY = "01SECONDKEY"


def login(caller: Caller, **changes: str | None) -> str:
    """`OK` or the code of a Login."""
    answer = caller.sign_in(**changes)
    return "OK" if answer["response_status"] == 0 else code_of(answer)


def of_user(**changes: Any) -> dict[str, list[Body]]:
    return {"users": [{"username": defaults.USERNAME, **changes}]}


def of_organization(**changes: Any) -> dict[str, list[Body]]:
    return {"organizations": [{"id": defaults.ORGANIZATION_ID, **changes}]}


def of_key(**changes: Any) -> dict[str, list[Body]]:
    return {"developer_keys": [{"key": defaults.DEVELOPER_KEY, **changes}]}


@pytest.fixture
def newcomer(caller: Caller) -> Caller:
    """A user of an organization that was both added while the simulator ran."""
    organization = {"id": NEW_ORGANIZATION, "name": "New Books"}
    caller.control.change_directory(organizations=[organization], users=[NEW_USER])
    return Caller(caller.simulator, NEW_ORGANIZATION, userName=NEW_USERNAME, password=NEW_PASSWORD)


def test_the_directory_shows_everybody_and_no_password(caller: Caller, newcomer: Caller) -> None:
    shown = caller.control.directory()
    assert [each["id"] for each in shown["organizations"]] == [
        defaults.ORGANIZATION_ID,
        defaults.EMPTY_ORGANIZATION_ID,
        NEW_ORGANIZATION,
    ]
    assert shown["organizations"][0] == {
        "id": defaults.ORGANIZATION_ID,
        "name": defaults.ORGANIZATION_NAME,
        "api_access": True,
        "locked": False,
        "partner": "",
    }
    assert shown["users"][0] == {
        "username": defaults.USERNAME,
        "id": defaults.USER_ID,
        "organizations": [defaults.ORGANIZATION_ID, defaults.EMPTY_ORGANIZATION_ID],
        "has_phone": True,
        "active": True,
        "locked": False,
        "partner": "",
        "forbidden": [],
    }
    assert shown["users"][1]["id"].startswith("006")
    assert shown["developer_keys"] == [{"key": defaults.DEVELOPER_KEY, "active": True, "terms_accepted": True}]
    newcomer.http.close()
    for password in (defaults.PASSWORD, NEW_PASSWORD):
        assert password not in repr(shown)
        assert password not in repr(caller.control.requests())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        (of_key(active=False), "BDC_1103"),
        (of_key(terms_accepted=False), "BDC_1104"),
        (of_organization(api_access=False), "BDC_1105"),
        (of_organization(partner="accountants"), "BDC_1106"),
        (of_user(partner="accountants"), "BDC_1106"),
        (of_organization(locked=True), "BDC_1107"),
        (of_user(locked=True), "BDC_1110"),
        (of_user(active=False), "BDC_1111"),
        (of_user(organizations=[]), "BDC_1123"),
        (of_user(password="changed"), "BDC_1101"),
    ],
)
def test_who_may_not_come_in_is_told_why_at_the_door(caller: Caller, changes: dict[str, Any], code: str) -> None:
    assert login(caller) == "OK"
    caller.control.change_directory(**changes)
    assert login(caller) == code
    caller.control.reset()
    assert login(caller) == "OK"


def test_partners_that_match_are_let_in(caller: Caller) -> None:
    caller.control.change_directory(**of_user(partner="accountants"), **of_organization(partner="accountants"))
    assert login(caller) == "OK"
    assert login(caller, orgId=defaults.EMPTY_ORGANIZATION_ID) == "BDC_1106"


def test_the_inactive_user_is_named_with_the_organization(caller: Caller) -> None:
    caller.control.change_directory(**of_user(active=False))
    message = caller.sign_in()["response_data"]["error_message"]
    assert message == f"No active user for: {defaults.USERNAME}, {defaults.ORGANIZATION_ID}."


@pytest.mark.parametrize(("changes", "code"), [(of_user(locked=True), "BDC_1110"), (of_user(active=False), "BDC_1111")])
def test_list_orgs_asks_for_the_user_too(caller: Caller, changes: dict[str, Any], code: str) -> None:
    caller.control.change_directory(**changes)
    form = {"userName": defaults.USERNAME, "password": defaults.PASSWORD, "devKey": defaults.DEVELOPER_KEY}
    assert code_of(caller.post("/ListOrgs.json", form).json()) == code
    form["password"] = "wrong"
    assert code_of(caller.post("/ListOrgs.json", form).json()) == "BDC_1101"


def test_an_open_session_outlives_a_lock_but_not_its_key(caller: Caller) -> None:
    # unknown at BILL
    caller.control.change_directory(**of_user(locked=True, active=False), **of_organization(api_access=False))
    caller.ok("/GetSessionInfo.json")
    caller.control.change_directory(**of_key(active=False))
    assert caller.refused("/GetSessionInfo.json") == "BDC_1103"
    caller.control.change_directory(**of_key(active=True))
    caller.ok("/GetSessionInfo.json")


def test_a_directory_may_be_restricted_from_the_start() -> None:
    directory = Directory(
        organizations=(
            Organization(id=defaults.ORGANIZATION_ID, name="One"),
            Organization(id=NEW_ORGANIZATION, name="Two", api_access=False),
        ),
        users=(
            User(
                username=defaults.USERNAME,
                password=defaults.PASSWORD,
                id=defaults.USER_ID,
                organizations=(defaults.ORGANIZATION_ID, NEW_ORGANIZATION),
                forbidden=("list/ActgClass",),
            ),
        ),
        developer_keys=(defaults.DEVELOPER_KEY, SECOND_KEY),
        restricted_keys=(DeveloperKey(key=SECOND_KEY, active=False),),
    )
    with Simulator(**SMALL, directory=directory) as simulator, Caller(simulator) as caller:
        assert login(caller, orgId=NEW_ORGANIZATION) == "BDC_1105"
        assert login(caller, devKey=SECOND_KEY) == "BDC_1103"
        assert caller.refused("/List/ActgClass.json", {}) == "BDC_1145"
        caller.control.change_directory(developer_keys=[{"key": SECOND_KEY, "active": True}])
        assert login(caller, devKey=SECOND_KEY) == "OK"


def test_books_and_sessions_of_organizations_are_apart(caller: Caller, newcomer: Caller) -> None:
    with newcomer:
        assert newcomer.list("Vendor") == []
        mine, theirs = caller.vendor("Kestrel"), newcomer.vendor("Kestrel")
        assert mine != theirs
        assert [each["id"] for each in newcomer.list("Vendor")] == [theirs]
        assert theirs not in {each["id"] for each in caller.list("Vendor")}
        assert newcomer.refused("/Crud/Read/Vendor.json", {"id": mine}) == "BDC_1120"
        assert newcomer.refused("/Crud/Delete/Vendor.json", {"id": mine}) == "BDC_1120"
        assert newcomer.refused("/Crud/Create/Bill.json", {"obj": bill(mine, "B-1")}) == "BDC_1119"
        renamed = {"obj": {"entity": "Vendor", "id": mine, "name": "Stolen"}}
        assert codes_of(newcomer.bulk("Update", "Vendor", renamed)) == ["BDC_1120"]
        assert caller.on("Read", "Vendor", mine)["name"] == "Kestrel"
        assert caller.control.totals(NEW_ORGANIZATION)["Vendor"]["count"] == 1
        assert newcomer.ok("/GetSessionInfo.json")["organizationId"] == NEW_ORGANIZATION
        assert login(newcomer) == "BDC_1123"  # this one signs in as the first user, who is no member there


def test_a_change_of_the_directory_leaves_the_books_as_they_are(caller: Caller) -> None:
    vendor = caller.vendor("Kestrel")
    caller.control.change_directory(**of_organization(name="Renamed"))
    assert caller.on("Read", "Vendor", vendor)["name"] == "Kestrel"


def test_the_trust_of_one_user_is_not_that_of_another(caller: Caller, newcomer: Caller) -> None:
    caller.control.change_directory(users=[{"username": NEW_USERNAME, "organizations": [caller.organization]}])
    with newcomer:
        challenge = caller.ok("/MFAChallenge.json", {})["challengeId"]
        answer = {"challengeId": challenge, "token": caller.control.mfa_code(challenge), "deviceId": "d"}
        assert newcomer.refused("/MFAAuthenticate.json", answer) == "BDC_1119"
        mfa_id = caller.ok("/MFAAuthenticate.json", {**answer, "rememberMe": True})["mfaId"]
        device = {"mfaId": mfa_id, "deviceId": "d"}
        assert caller.ok("/MFAStatus.json", device) == {"isTrusted": True}
        assert newcomer.ok("/MFAStatus.json", device) == {"isTrusted": False}


def test_one_key_has_three_places_in_each_of_two_organizations(caller: Caller, newcomer: Caller) -> None:
    caller.control.limit(latency_ms=150)
    together = threading.Barrier(8)

    def call(who: Caller) -> str:
        together.wait()
        answer = who.post("/List/Vendor.json", who.form({})).json()
        return "OK" if answer["response_status"] == 0 else code_of(answer)

    callers = [Caller(who.simulator, who.organization) for who in [caller] * 3]
    with newcomer, ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(call, [*callers, caller, *[newcomer] * 4]))
    for each in callers:
        each.http.close()
    assert sorted(codes[:4]) == ["BDC_1322", "OK", "OK", "OK"]
    assert sorted(codes[4:]) == ["BDC_1322", "OK", "OK", "OK"]


def test_a_reset_forgets_who_was_added(caller: Caller, newcomer: Caller) -> None:
    with newcomer:
        caller.control.reset()
        assert NEW_ORGANIZATION not in {each["id"] for each in caller.control.directory()["organizations"]}
        assert code_of(newcomer.sign_in(userName=NEW_USERNAME, password=NEW_PASSWORD)) == "BDC_1101"
        with pytest.raises(ControlError, match="no such organization"):
            caller.control.totals(NEW_ORGANIZATION)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"people": []}, "no such list: people"),
        ({"users": {"username": "x"}}, "users must be an array of objects"),
        ({"users": ["x"]}, "users must be an array of objects"),
        ({"users": [{"password": "p"}]}, "users: username must be a text"),
        ({"users": [{"username": "x"}]}, "password"),
        (of_user(lockd=True), "unknown detail of User 'lockd'; there are: username"),
        (of_user(locked="yes"), "User.locked must be of type bool"),
        (of_user(password=5), "User.password must be of type str"),
        (of_user(organizations="all"), "User.organizations"),
        (of_user(organizations=[5]), "User.organizations"),
        (of_user(organizations=["00801NOWHEREAAAaaaa9"]), "unknown organization: 00801NOWHEREAAAaaaa9"),
        (of_user(forbidden=["list/Vendro"]), "matches nothing"),
        (of_user(id="00901SIMULATORUaaaa1"), "the id of User must be 006"),
        ({"organizations": [{"id": "008short", "name": "X"}]}, "the id of Organization must be 008"),
        ({"organizations": [{"id": NEW_ORGANIZATION}]}, "name"),
        ({"developer_keys": [{"key": ""}]}, "developer_keys: key must be a text"),
    ],
)
def test_a_wrong_change_is_refused_whole_by_name_and_without_the_password(
    caller: Caller, changes: dict[str, Any], told: str
) -> None:
    before = caller.control.directory()
    good = {"organizations": [{"id": defaults.ORGANIZATION_ID, "name": "Renamed"}]}
    with pytest.raises(ControlError) as refusal:
        caller.control.change_directory(**{**good, **changes})
    assert told in str(refusal.value)
    assert caller.control.directory() == before


def test_a_refused_change_does_not_repeat_the_password(caller: Caller) -> None:
    with pytest.raises(ControlError) as refusal:
        caller.control.change_directory(users=[{**NEW_USER, "password": [NEW_PASSWORD]}])
    assert NEW_PASSWORD not in str(refusal.value)


@pytest.mark.parametrize(
    ("forbidden", "path", "data"),
    [
        ("list/ActgClass", "/List/ActgClass.json", {}),
        ("read/*", "/Crud/Read/Vendor.json", {"id": "x"}),
        ("create/Bill", "/Crud/Create/Bill.json", {"obj": {}}),
        ("create/Bill", "/Bulk/Crud/Create/Bill.json", {"bulk": [{"obj": {}}]}),
        ("update/*", "/Bulk/Crud/Update/Vendor.json", {"bulk": [{"obj": {}}]}),
        ("delete/Vendor", "/Crud/Delete/Vendor.json", {"id": "x"}),
        ("*/Customer", "/Crud/Undelete/Customer.json", {"id": "x"}),
        ("UploadAttachment", "/UploadAttachment.json", {}),
        ("GetDocumentPages", "/GetDocumentPages.json", {"id": "x"}),
        ("GetEntityMetadata", "/GetEntityMetadata.json", {}),
    ],
)
def test_an_operation_that_a_user_may_not_is_1145(caller: Caller, forbidden: str, path: str, data: Any) -> None:
    # section 16: seen in live use, per operation; it counts in sessions that are open
    codes = []
    for patterns in ([], [forbidden], []):
        caller.control.change_directory(**of_user(forbidden=patterns))
        answer = caller.call(path, data)
        codes.append("OK" if answer["response_status"] == 0 else code_of(answer))
    assert codes[1] == "BDC_1145"
    assert codes[0] == codes[2] != "BDC_1145"


def test_a_new_user_is_in_the_books_of_each_organization(caller: Caller) -> None:
    user = {"username": "new.person@simulator.test", "password": "p", "organizations": [caller.organization]}
    caller.control.change_directory(users=[user])
    caller.control.change_directory(users=[user])
    rows = [row for row in caller.list("User") if row["email"] == user["username"]]
    assert [(row["firstName"], row["lastName"]) for row in rows] == [("New", "Person")]


def test_what_is_not_forbidden_works_as_before(caller: Caller) -> None:
    caller.control.change_directory(**of_user(forbidden=["list/ActgClass", "read/*"]))
    vendor = caller.vendor()
    made = caller.create("Bill", **bill(vendor, "B-1"))
    assert made["id"] in {each["id"] for each in caller.list("Bill")}
    assert caller.refused("/Crud/Read/Bill.json", {"id": made["id"]}) == "BDC_1145"
    assert caller.get("/is/BillImageServlet", entityId=vendor).json()["response_data"]["error_code"] == "BDC_1120"
    caller.control.change_directory(**of_user(forbidden=["GetDocumentPages"]))
    assert caller.get("/is/BillImageServlet", entityId=vendor).json()["response_data"]["error_code"] == "BDC_1145"
