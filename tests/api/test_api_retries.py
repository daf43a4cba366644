"""What is safe is sent again; what is not is sent once, and whoever sent it is told to look."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from api_scripted import LOGIN, NOTHING, ScriptedBill, client_at, envelope, http, ok, refusal, refused
from conftest import client_for, settings

from bill_api.client import BillClient
from bill_api.connection import Connection
from bill_api.entities import BY_NAME
from bill_api.errors import (
    FinalAnswerError,
    InDoubtError,
    NotOfferedError,
    NotPermittedError,
    NotServedError,
    RefusedError,
    UnavailableError,
    UnexpectedReplyError,
)
from bill_api.table.entity import ACTIVE, INACTIVE
from bill_api.table.query import ListQuery
from bill_api.wire.calls import Patience
from bill_api.wire.raw import RawCall, Retries
from bill_program.exit_codes import ExitCode
from bill_simulator import Simulator, defaults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


pytest_plugins = ["api_fixtures"]
pytestmark = pytest.mark.usefixtures("short_waits")

VENDOR = BY_NAME["Vendor"]
LIST = "/List/Vendor.json"
CREATE = "/Crud/Create/Vendor.json"
LOST = {
    "drop_before": {"kind": "drop_before"},
    "drop_after": {"kind": "drop_after"},
    "html_502": {"kind": "html_502"},
    "cut_json": {"kind": "cut_json"},
    "system error": {"kind": "error", "code": "BDC_1001"},
}
HAPPENED = {"drop_after", "cut_json"}
"""Faults that strike after BILL has done what was asked."""


def books(bill: Simulator) -> list[dict[str, Any]]:
    return bill.control.books(defaults.ORGANIZATION_ID, "Vendor")


def sent(bill: Simulator, path: str) -> int:
    return int(bill.control.summary()["paths"].get(path, 0))


# What may be repeated


READS: dict[str, tuple[str, Callable[[BillClient, str], Any]]] = {
    "list": (LIST, lambda client, _: client.list_page(VENDOR, ListQuery())[0]["name"]),
    "read": ("/Crud/Read/Vendor.json", lambda client, bill_id: client.read(VENDOR, bill_id)["name"]),
    "bulk read": (
        "/Bulk/Crud/Read/Vendor.json",
        lambda client, bill_id: next(
            each["name"]
            for each in client.read_many(VENDOR, [bill_id, "00901NOBODYAAAAaaaa1"])
            if isinstance(each, dict)
        ),
    ),
    "documents": ("/GetDocuments.json", lambda client, bill_id: "" if client.documents(bill_id) else "Fern"),
    "current time": ("/CurrentTime.json", lambda client, _: "Fern" if client.current_time().year >= 2025 else ""),
    "raw": (LIST, lambda client, _: client.raw(LIST, {}, repeatable=True)[0]["name"]),
}


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize("call", READS)
def test_a_read_whose_answer_is_lost_is_sent_again(bill: Simulator, call: str, fault: str) -> None:
    path, read = READS[call]
    client = client_for(bill)
    bill_id = client.create(VENDOR, {"name": "Fern"})["id"]
    bill.control.fault(path=path, **LOST[fault])
    assert read(client, bill_id) == "Fern"
    assert sent(bill, path) == 2
    assert sent(bill, LOGIN) == 1


def test_a_read_that_stays_lost_is_an_error_after_a_bounded_number_of_attempts(bill: Simulator) -> None:
    bill.control.fault("drop_before", LIST, count=0)
    with pytest.raises(UnavailableError, match="closed before the answer was complete"):
        client_for(bill).list_page(VENDOR, ListQuery())
    assert sent(bill, LIST) == 6


def test_no_further_attempt_is_made_when_the_time_for_a_call_is_over(bill: Simulator) -> None:
    bill.control.fault("drop_before", LIST, count=0)
    client = BillClient(Connection.from_settings(settings(bill)), patience=Patience(time_max_s=0))
    with pytest.raises(UnavailableError, match="closed before the answer was complete"):
        client.list_page(VENDOR, ListQuery())
    assert sent(bill, LIST) == 1


def test_the_manual_says_how_patient_a_client_is() -> None:
    usual = Patience()
    said = (
        f"{usual.attempts_max} attempts within {usual.time_max_s / 60:g} minutes, "
        f"{usual.connection_attempts_max} where no connection can be made (`Patience`)"
    )
    assert said in (Path(__file__).parents[2] / "docs" / "library.md").read_text()


@pytest.mark.parametrize("fault", LOST)
def test_a_login_whose_answer_is_lost_leaves_no_write_in_doubt(bill: Simulator, fault: str) -> None:
    bill.control.fault(path=LOGIN, **LOST[fault])
    assert client_for(bill).create(VENDOR, {"name": "Fern"})["name"] == "Fern"
    assert (sent(bill, LOGIN), sent(bill, CREATE), len(books(bill))) == (2, 1, 1)


def test_a_login_that_stays_lost_is_not_a_write_in_doubt(bill: Simulator) -> None:
    bill.control.fault("html_502", LOGIN, count=0)
    with pytest.raises(UnavailableError) as caught:
        client_for(bill).create(VENDOR, {"name": "Fern"})
    assert caught.value.operation == LOGIN
    assert (sent(bill, LOGIN), sent(bill, CREATE)) == (6, 0)


FINAL = (301, 308, 400, 401, 403, 404, 405, 410, 413, 415, 501, 505)
PASSING = (302, 307, 408, 421, 425, 429, 500, 502, 503, 504)


@pytest.mark.parametrize("status", FINAL)
@pytest.mark.parametrize("retries", [None, Retries(count=2, delay_s=0.01)], ids=["as is safe", "as asked"])
def test_an_answer_that_no_repetition_mends_ends_a_call(
    scripted: ScriptedBill, status: int, retries: Retries | None
) -> None:
    scripted.script(LIST, http("<html>no</html>", f"{status} No"))
    with pytest.raises(FinalAnswerError, match=f"HTTP {status}; it would be the same again"):
        client_at(scripted.url).send(RawCall(path=LIST), retries)
    assert scripted.count(LIST) == 1


@pytest.mark.parametrize(("status", "raised"), [(405, NotServedError), (501, NotServedError), (403, InDoubtError)])
def test_a_write_that_no_address_serves_has_done_nothing(
    scripted: ScriptedBill, status: int, raised: type[Exception]
) -> None:
    scripted.script(CREATE, http("<html>no</html>", f"{status} No"))
    with pytest.raises(raised):
        client_at(scripted.url).send(RawCall(path=CREATE))
    assert scripted.count(CREATE) == 1


def test_who_wants_every_error_repeated_gets_that_one_too(scripted: ScriptedBill) -> None:
    scripted.script(LIST, http("no", "405 Method Not Allowed"))
    with pytest.raises(FinalAnswerError):
        client_at(scripted.url).send(RawCall(path=LIST), Retries(count=2, delay_s=0.01, all_errors=True))
    assert scripted.count(LIST) == 3


@pytest.mark.parametrize("status", PASSING)
def test_an_answer_that_may_pass_is_asked_for_again(scripted: ScriptedBill, status: int) -> None:
    scripted.script(LIST, http("<html>not now</html>", f"{status} Not now"), ok([]))
    assert client_at(scripted.url).list_page(VENDOR, ListQuery()) == []
    assert scripted.count(LIST) == 2


def test_a_refusal_of_bill_is_its_own_whatever_the_status(scripted: ScriptedBill) -> None:
    scripted.script(LIST, http(envelope(1, refusal("BDC_1121")), "405 Method Not Allowed"))
    with pytest.raises(NotOfferedError, match="BDC_1121"):
        client_at(scripted.url).list_page(VENDOR, ListQuery())


# What may not


@pytest.mark.parametrize("fault", LOST)
def test_a_create_whose_answer_is_lost_is_in_doubt_and_was_sent_once(bill: Simulator, fault: str) -> None:
    bill.control.fault(path=CREATE, **LOST[fault])
    with pytest.raises(InDoubtError, match="it may have happened") as caught:
        client_for(bill).create(VENDOR, {"name": "Fern"})
    assert caught.value.operation == CREATE
    assert caught.value.code == LOST[fault].get("code")
    assert sent(bill, CREATE) == 1
    assert [each["name"] for each in books(bill)] == ["Fern"] * (fault in HAPPENED)


WRITES: dict[str, tuple[str, Callable[[BillClient, str], Any], Callable[[dict[str, Any]], bool]]] = {
    "update": (
        "/Crud/Update/Vendor.json",
        lambda client, bill_id: client.update(VENDOR, {"id": bill_id, "name": "Oak"}),
        lambda stored: stored["name"] == "Oak",
    ),
    "delete": (
        "/Crud/Delete/Vendor.json",
        lambda client, bill_id: client.delete(VENDOR, bill_id),
        lambda stored: stored["isActive"] == INACTIVE,
    ),
    "undelete": (
        "/Crud/Undelete/Vendor.json",
        lambda client, bill_id: client.undelete(VENDOR, bill_id),
        lambda stored: stored["isActive"] == ACTIVE,
    ),
    "bulk update": (
        "/Bulk/Crud/Update/Vendor.json",
        lambda client, bill_id: client.bulk_update(VENDOR, [{"id": bill_id, "name": "Oak"}]),
        lambda stored: stored["name"] == "Oak",
    ),
    "raw": (
        "/Crud/Delete/Vendor.json",
        lambda client, bill_id: client.raw("/Crud/Delete/Vendor.json", {"id": bill_id}),
        lambda stored: stored["isActive"] == INACTIVE,
    ),
}


@pytest.mark.parametrize("call", WRITES)
def test_any_other_write_whose_answer_is_lost_is_in_doubt_and_was_sent_once(bill: Simulator, call: str) -> None:
    path, write, has_happened = WRITES[call]
    client = client_for(bill)
    bill_id = client.create(VENDOR, {"name": "Fern"})["id"]
    if call == "undelete":
        client.delete(VENDOR, bill_id)
    bill.control.fault("drop_after", path)
    with pytest.raises(InDoubtError):
        write(client, bill_id)
    assert sent(bill, path) == 1
    assert has_happened(books(bill)[0])


@pytest.mark.parametrize("answer", [None, {}, {"name": "Fern"}, [], "fine"], ids=repr)
def test_a_success_without_the_stored_object_is_in_doubt(scripted: ScriptedBill, answer: Any) -> None:
    scripted.script(CREATE, ok(answer))
    with pytest.raises(InDoubtError, match="without the stored object"):
        client_at(scripted.url).create(VENDOR, {"name": "Fern"})
    assert scripted.count(CREATE) == 1


@pytest.fixture
def on_first_warning(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[Callable[[], None]], None]]:
    """Do something when the client says that it is going to try again."""
    client_log = logging.getLogger("bill_api.wire.calls")
    handlers: list[logging.Handler] = []

    def register(action: Callable[[], None]) -> None:
        class Once(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                assert "Trying again" in record.getMessage()
                client_log.removeHandler(self)
                action()

        handlers.append(Once())
        client_log.addHandler(handlers[-1])

    caplog.set_level("WARNING")
    yield register
    for handler in handlers:
        client_log.removeHandler(handler)


def test_a_create_that_found_no_connection_is_sent_again_and_not_in_doubt(
    scripted: ScriptedBill, on_first_warning: Callable[[Callable[[], None]], None], caplog: pytest.LogCaptureFixture
) -> None:
    scripted.script(CREATE, ok({"id": "00901ABCDEFGHIJaaaa1", "name": "Fern"}))
    client = client_at(scripted.url)
    client.list_page(VENDOR, ListQuery())
    scripted.down()
    on_first_warning(scripted.up)
    assert client.create(VENDOR, {"name": "Fern"})["name"] == "Fern"
    assert f"{CREATE}: cannot connect to {scripted.url}" in caplog.text
    assert (scripted.count(LOGIN), scripted.count(CREATE)) == (1, 1)


def test_a_create_throttled_first_and_lost_then_is_in_doubt_and_never_sent_a_third_time(scripted: ScriptedBill) -> None:
    scripted.script(CREATE, refused("BDC_1322"), NOTHING)
    with pytest.raises(InDoubtError):
        client_at(scripted.url).create(VENDOR, {"name": "Fern"})
    assert scripted.count(CREATE) == 2


# What no repetition mends


@pytest.mark.parametrize(("code", "kind"), [("BDC_1145", NotPermittedError), ("BDC_9999", RefusedError)])
def test_a_refusal_is_not_repeated_even_of_a_read(bill: Simulator, code: str, kind: type[RefusedError]) -> None:
    bill.control.fault("error", LIST, code=code)
    with pytest.raises(RefusedError) as caught:
        client_for(bill).list_page(VENDOR, ListQuery())
    assert type(caught.value) is kind
    assert sent(bill, LIST) == 1


def test_an_operation_that_bill_does_not_offer_is_refused_before_anything_is_sent(bill: Simulator) -> None:
    client = client_for(bill)
    with pytest.raises(NotOfferedError, match="bulk_undelete of Vendor is not known to be offered") as caught:
        client.bulk_undelete(VENDOR, ["00901ABCDEFGHIJaaaa1"])
    assert caught.value.exit_code == ExitCode.USAGE
    with pytest.raises(NotOfferedError, match="update of VendorBankAccount is not offered"):
        client.update(BY_NAME["VendorBankAccount"], {"id": "vba01ABCDEFGHIJaaaa1"})
    assert bill.control.summary()["calls"] == 0


@pytest.mark.parametrize(
    ("path", "answer", "read"),
    [
        (LIST, {"rows": []}, lambda client: client.list_page(VENDOR, ListQuery())),
        ("/Crud/Read/Vendor.json", [], lambda client: client.read(VENDOR, "00901ABCDEFGHIJaaaa1")),
        ("/CurrentTime.json", {"currentTime": "noon"}, lambda client: client.current_time()),
        ("/CurrentTime.json", ["noon"], lambda client: client.current_time()),
    ],
)
def test_an_answer_of_another_shape_is_said_and_not_asked_for_again(
    scripted: ScriptedBill, path: str, answer: Any, read: Callable[[BillClient], Any]
) -> None:
    scripted.script(path, ok(answer))
    with pytest.raises(UnexpectedReplyError) as caught:
        read(client_at(scripted.url))
    assert caught.value.operation == path
    assert scripted.count(path) == 1
