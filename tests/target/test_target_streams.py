"""Every stream that can be written, and what BILL does not offer."""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest
from conftest import client_for
from target_run import account, bill, bills, books, load, rejects, singer, vendors, writes

from bill_api.entities import BY_NAME, BY_STREAM, ENTITIES
from bill_documents.mapping.declaration import FilesSettings
from bill_program.errors import SettingsError
from target_bill.settings import Options

if TYPE_CHECKING:
    from pathlib import Path

    from bill_program.settings import Settings
    from bill_simulator import Simulator

DAYS = {"invoiceDate": "2026-03-01", "dueDate": "2026-03-31"}
RECURS = {"timePeriod": "2", "frequencyPerTimePeriod": 1, "nextDueDate": "2026-04-01", "daysInAdvance": 5}
TWO = {"quantity": 2, "price": "1.25"}

RECORDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "chart_of_accounts": ({"name": "Office", "accountType": "7"}, {"description": "paper"}),
    "departments": ({"name": "Bindery"}, {"description": "inside"}),
    "locations": ({"name": "Leeds"}, {"description": "north"}),
    "jobs": ({"name": "Kitchen"}, {"description": "new"}),
    "actg_classes": ({"name": "Retail"}, {"description": "shops"}),
    "employees": ({"firstName": "Ada", "lastName": "Example"}, {"shortName": "AE"}),
    "items": ({"name": "Screw", "type": "3"}, {"description": "M4"}),
    "vendors": ({"name": "Oak Ltd"}, {"phone": "1"}),
    "customers": ({"name": "Elm Ltd"}, {"phone": "1"}),
    "customer_contacts": ({"customerName": "Elm Ltd", "firstName": "A", "lastName": "B"}, {"phone": "2"}),
    "recurring_bills": (
        {"vendorName": "Oak Ltd", **RECURS, "recurringBillLineItems": [{"amount": "9.90"}]},
        {"description": "rent"},
    ),
    "bills": (
        {"vendorName": "Oak Ltd", "invoiceNumber": "1", **DAYS, "billLineItems": [{"amount": 5}]},
        {"dueDate": "2026-04-30"},
    ),
    "vendor_credits": (
        {
            "vendorName": "Oak Ltd",
            "refNumber": "C1",
            "creditDate": "2026-03-01",
            "vendorCreditLineItems": [{"amount": "4.50"}],
        },
        {"description": "returned"},
    ),
    "recurring_invoices": (
        {
            "customerName": "Elm Ltd",
            **RECURS,
            "recurringInvoiceLineItems": [{"itemName": "Screw", "quantity": 2, "price": 3}],
        },
        {"description": "support"},
    ),
    "invoices": (
        {
            "customerName": "Elm Ltd",
            "invoiceNumber": "1",
            **DAYS,
            "invoiceLineItems": [{"quantity": 2, "price": "1.25"}],
        },
        {"description": "thanks"},
    ),
}
BANK_ACCOUNTS = {"vendor_bank_accounts", "customer_bank_accounts"}
NUMBERS = {"accountNumber": "9900012345", "routingNumber": "021000021"}


def keyed(records: dict[str, dict[str, Any]]) -> str:
    return singer(*((stream, ["key"], [{"key": 1, **record}]) for stream, record in records.items()))


def test_every_stream_that_can_be_written_is_created_left_alone_and_updated(empty: Simulator, tmp_path: Path) -> None:
    written = {entity.stream for entity in ENTITIES if entity.is_loadable}
    assert written == RECORDS.keys() | BANK_ACCOUNTS
    first = {stream: record for stream, (record, _) in RECORDS.items()}
    changed = {stream: record | change for stream, (record, change) in RECORDS.items()}
    for records, expected in ((first, "created"), (first, "unchanged"), (changed, "updated"), (changed, "unchanged")):
        empty.control.forget_requests()
        ran = load(empty, tmp_path, keyed(records))
        assert ran.code == 0, ran.err
        assert {stream: account(tmp_path, stream) for stream in RECORDS} == {each: {expected: 1} for each in RECORDS}
        assert bool(writes(empty)) is (expected != "unchanged")
    for stream, (_, change) in RECORDS.items():
        entity = BY_STREAM[stream]
        mine = [each for each in books(empty, entity.name) if change.items() <= each.items()]
        assert len(mine) == 1, stream


@pytest.mark.parametrize("stream", sorted(BY_STREAM))
def test_settings_take_the_streams_that_are_written_and_no_others(stream: str) -> None:
    settings: list[tuple[type[Settings], dict[str, Any]]] = [
        (Options, {"take_over": [stream]}),
        (Options, {"required_fields": {stream: ["isActive"]}}),
        (FilesSettings, {"files": [{"path": "a.csv", "stream": stream}]}),
    ]
    is_written = stream in RECORDS.keys() | BANK_ACCOUNTS
    for declaration, given in settings:
        with nullcontext() if is_written else pytest.raises(SettingsError, match=stream):
            declaration.of(given)


@pytest.mark.parametrize("stream", sorted(RECORDS))
def test_without_its_ledger_nothing_is_created_twice(empty: Simulator, tmp_path: Path, stream: str) -> None:
    """Also what has no number or name of its own: a recurring bill that is there with the same content is that one."""
    records = {each: RECORDS[each][0] for each in ("items", "vendors", "customers", stream)}
    before = len(books(empty, BY_STREAM[stream].name))
    for ledger in ("first.sqlite3", "second.sqlite3"):
        ran = load(empty, tmp_path, keyed(records), ledger=ledger)
        assert ran.code == 0, ran.err
    assert len(books(empty, BY_STREAM[stream].name)) == before + 1


def test_recurring_bills_that_are_alike_are_as_many_as_the_input_has(empty: Simulator, tmp_path: Path) -> None:
    record = RECORDS["recurring_bills"][0]
    before = len(books(empty, "RecurringBill"))
    twice = [{"key": key, **record} for key in (1, 2)]
    ran = load(empty, tmp_path, singer(vendors("Oak Ltd"), ("recurring_bills", ["key"], twice)))
    assert ran.code == 0, ran.err
    assert len(books(empty, "RecurringBill")) == before + 2


def test_a_record_that_nothing_tells_apart_is_rejected(empty: Simulator, tmp_path: Path) -> None:
    record = RECORDS["recurring_bills"][0]
    load(empty, tmp_path, singer(vendors("Oak Ltd"), ("recurring_bills", [], [record])))
    assert "no key properties" in rejects(tmp_path)[0]["reason"]


# Bank accounts


def trusted(simulator: Simulator) -> dict[str, str]:
    """Settings of a remembered device."""
    client = client_for(simulator)
    challenge = client.raw("/MFAChallenge.json", {"useBackup": False})["challengeId"]
    answer = {
        "challengeId": challenge,
        "token": simulator.control.mfa_code(challenge),
        "deviceId": "test-device",
        "machineName": "test",
        "rememberMe": True,
    }
    return {"mfa_id": client.raw("/MFAAuthenticate.json", answer)["mfaId"], "device_id": "test-device"}


@pytest.mark.parametrize("half", [{}, {"mfa_id": "!half"}, {"device_id": "test-device"}])
def test_without_a_trusted_session_vendor_bank_accounts_are_rejected_up_front(
    empty: Simulator, tmp_path: Path, half: dict[str, str]
) -> None:
    load(empty, tmp_path, singer(vendors("A")))
    empty.control.forget_requests()
    accounts = ("vendor_bank_accounts", ["vendorName"], [{"vendorName": "A", **NUMBERS}])
    ran = load(empty, tmp_path, singer(accounts), **half)
    assert ran.code == 1
    (reject,) = rejects(tmp_path)
    assert "2-step verification" in reject["reason"]
    assert "bill mfa authenticate --save" in reject["hint"]
    assert writes(empty) == []
    assert NUMBERS["accountNumber"] not in str(reject) + ran.err


def test_with_a_trusted_session_vendor_bank_accounts_are_created_and_deleted(empty: Simulator, tmp_path: Path) -> None:
    device = trusted(empty)
    accounts = [{"vendorName": name, "nameOnAcct": name, **NUMBERS} for name in ("A", "B")]
    stdin = singer(vendors("A", "B"), ("vendor_bank_accounts", ["vendorName"], accounts))
    for expected in ("created", "unchanged"):
        ran = load(empty, tmp_path, stdin, **device)
        assert ran.code == 0, ran.err
        assert account(tmp_path, "vendor_bank_accounts") == {expected: 2}
    gone = [{**each, "isActive": "2"} for each in accounts]
    ran = load(empty, tmp_path, singer(("vendor_bank_accounts", ["vendorName"], gone)), allow_deletes=True, **device)
    assert ran.code == 0, ran.err
    assert account(tmp_path, "vendor_bank_accounts") == {"deleted": 2}
    assert {each["isActive"] for each in books(empty, "VendorBankAccount")} == {"2"}


def test_another_bank_account_of_a_vendor_is_a_reject_that_says_what_to_do(empty: Simulator, tmp_path: Path) -> None:
    """BILL offers no update: delete, then create (documented)."""
    device = trusted(empty)
    record = {"vendorName": "A", **NUMBERS}
    load(empty, tmp_path, singer(vendors("A"), ("vendor_bank_accounts", ["vendorName"], [record])), **device)
    other = {**record, "accountNumber": "9900099999"}
    ran = load(empty, tmp_path, singer(("vendor_bank_accounts", ["vendorName"], [other])), **device)
    (reject,) = rejects(tmp_path)
    assert reject["reason"] == "BILL offers no update of VendorBankAccount, and these fields differ: accountNumber"
    assert "9900099999" not in str(reject) + ran.err


def test_customer_bank_accounts_need_the_terms_of_service_accepted(empty: Simulator, tmp_path: Path) -> None:
    record = {"customerName": "Elm Ltd", "nameOnAccount": "Elm", **NUMBERS}
    elm = ("customers", ["name"], [{"name": "Elm Ltd"}])
    load(empty, tmp_path, singer(elm, ("customer_bank_accounts", ["customerName"], [record])))
    (reject,) = rejects(tmp_path)
    assert reject["field"] == "agreedWithTOS"
    agreed = {**record, "agreedWithTOS": True}
    ran = load(empty, tmp_path, singer(elm, ("customer_bank_accounts", ["customerName"], [agreed])))
    assert ran.code == 0, ran.err
    assert account(tmp_path, "customer_bank_accounts") == {"created": 1}


# Deletes


def gone(*keys: int, **mark: Any) -> tuple[str, list[str], list[dict[str, Any]]]:
    return "vendors", ["key"], [{"key": key, "name": f"V{key}", **mark} for key in keys]


MARKS: list[dict[str, Any]] = [
    {"isActive": "2"},
    {"is_active": "2"},
    *({name: "2026-03-01T00:00:00Z"} for name in ("_sdc_deleted_at", "deletedAt", "deleted_at")),
    *({name: value} for name in ("isDeleted", "is_deleted") for value in (True, "true", 1)),
    {"is_deleted": True, "deleted_at": "2026-03-01T00:00:00Z", "is_active": "2"},
]


@pytest.mark.parametrize("mark", MARKS)
def test_what_is_deleted_in_the_source_is_deleted_where_that_is_allowed(
    empty: Simulator, tmp_path: Path, mark: dict[str, Any]
) -> None:
    load(empty, tmp_path, singer(gone(1, 2)))
    ran = load(empty, tmp_path, singer(gone(1, **mark)))
    assert ran.code == 0, ran.err
    assert account(tmp_path, "vendors") == {"skipped": 1}
    assert "1 x deleted in the source; deletes are not carried out" in ran.err
    assert {each["isActive"] for each in books(empty, "Vendor")} == {"1"}
    for expected in ("deleted", "unchanged"):
        ran = load(empty, tmp_path, singer(gone(1, **mark)), allow_deletes=True)
        assert ran.code == 0, ran.err
        assert account(tmp_path, "vendors") == {expected: 1}
    assert {each["name"]: each["isActive"] for each in books(empty, "Vendor")} == {"V1": "2", "V2": "1"}


NO_INSTANTS: list[Any] = ["nonsense", "2026-13-01", "yes", True, False, 0, 1767225600, 1.5, {}, ["2026-03-01"]]
NOT_DELETED: list[Any] = [None, False, "false", 0, ""]
NO_MARKS: list[Any] = [None, "", " ", "\t\u00a0"]


def test_a_mark_of_a_delete_that_is_no_instant_is_a_reject_and_no_delete(empty: Simulator, tmp_path: Path) -> None:
    keys = range(len(NO_INSTANTS))
    load(empty, tmp_path, singer(gone(*keys)))
    records = [{"key": key, "name": f"V{key}", "_sdc_deleted_at": mark} for key, mark in enumerate(NO_INSTANTS)]
    ran = load(empty, tmp_path, singer(("vendors", ["key"], records)), allow_deletes=True, max_rejects=99)
    assert ran.code == 0, ran.err
    assert account(tmp_path, "vendors") == {"rejected": len(NO_INSTANTS)}
    for each, mark in zip(rejects(tmp_path), NO_INSTANTS, strict=True):
        assert each["field"] == "_sdc_deleted_at"
        shown = repr(mark) if isinstance(mark, str) else json.dumps(mark)
        assert f"{shown} is no instant" in each["reason"]
    assert {each["isActive"] for each in books(empty, "Vendor")} == {"1"}


def test_a_mark_of_a_delete_that_says_nothing_is_none(empty: Simulator, tmp_path: Path) -> None:
    records = [{"key": key, "name": f"V{key}", "_sdc_deleted_at": mark} for key, mark in enumerate(NO_MARKS)]
    for expected in ("created", "unchanged"):
        ran = load(empty, tmp_path, singer(("vendors", ["key"], records)), allow_deletes=True)
        assert ran.code == 0, ran.err
        assert account(tmp_path, "vendors") == {expected: len(NO_MARKS)}


def test_what_says_nothing_of_a_delete_is_none(empty: Simulator, tmp_path: Path) -> None:
    records = [{"key": number, "name": f"V{number}", "is_deleted": each} for number, each in enumerate(NOT_DELETED)]
    ran = load(empty, tmp_path, singer(("vendors", ["key"], records)), allow_deletes=True)
    assert ran.code == 0, ran.err
    assert account(tmp_path, "vendors") == {"created": len(NOT_DELETED)}
    assert "`is_deleted` is not a field" not in ran.err


def test_an_answer_to_whether_it_is_deleted_that_is_neither_yes_nor_no_is_a_reject(
    empty: Simulator, tmp_path: Path
) -> None:
    load(empty, tmp_path, singer(gone(1)))
    ran = load(empty, tmp_path, singer(gone(1, is_deleted="perhaps")), allow_deletes=True, max_rejects=1)
    assert ran.code == 0, ran.err
    (reject,) = rejects(tmp_path)
    assert reject["field"] == "isDeleted"
    assert "perhaps" in reject["reason"]
    assert {each["isActive"] for each in books(empty, "Vendor")} == {"1"}


def test_what_was_deleted_and_comes_back_is_undeleted(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(gone(1)))
    load(empty, tmp_path, singer(gone(1, isActive="2")), allow_deletes=True)
    ran = load(empty, tmp_path, singer(gone(1, isActive="1", phone="7")))
    assert ran.code == 0, ran.err
    assert account(tmp_path, "vendors") == {"updated": 1}
    assert [(each["isActive"], each["phone"]) for each in books(empty, "Vendor")] == [("1", "7")]


def test_what_somebody_deleted_in_bill_is_not_changed_behind_their_back(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(gone(1)))
    client_for(empty).delete(BY_NAME["Vendor"], books(empty, "Vendor")[0]["id"])
    load(empty, tmp_path, singer(gone(1, phone="7")))
    assert "was deleted in BILL" in rejects(tmp_path)[0]["reason"]
    assert [each["phone"] for each in books(empty, "Vendor")] == [None]


def test_what_was_deleted_before_it_was_ever_here_is_counted_and_named(empty: Simulator, tmp_path: Path) -> None:
    ran = load(empty, tmp_path, singer(gone(1, isActive="2")), allow_deletes=True)
    assert ran.code == 0, ran.err
    assert "deleted in the source, and never written here" in ran.err
    assert books(empty, "Vendor") == []


def test_a_delete_needs_no_references(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "1", 1))))
    client_for(empty).update(BY_NAME["Vendor"], {"id": books(empty, "Vendor")[0]["id"], "name": "Renamed"})
    ran = load(empty, tmp_path, singer(bills(bill("A", "1", 1, isActive="2"))), allow_deletes=True)
    assert ran.code == 0, ran.err
    assert [each["isActive"] for each in books(empty, "Bill")] == ["2"]


def test_a_deleted_object_of_a_copied_organization_never_lives_in_the_copy(empty: Simulator, tmp_path: Path) -> None:
    """Other documents refer to it, so it is created; whether BILL takes isActive "2" on create is unknown."""
    record = {"organizationId": "00801OTHERORGAAaaaa9", "id": "00902AAAAAAAAAAaaaaa", "name": "Gone", "isActive": "2"}
    for create_inactive in ("keep", "activate"):
        empty.control.switch(create_inactive=create_inactive)
        ran = load(
            empty,
            tmp_path,
            singer(("vendors", ["organizationId", "id"], [{**record, "name": f"Gone {create_inactive}"}])),
            ledger=f"{create_inactive}.sqlite3",
        )
        assert ran.code == 0, ran.err
        assert account(tmp_path, "vendors") == {"created": 1}
    assert [each["isActive"] for each in books(empty, "Vendor")] == ["2", "2"]
