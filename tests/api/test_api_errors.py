"""Codes in their classes, hints that name the setting, and no secret in any text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from api_scripted import (
    DEVELOPER_KEY,
    LOGIN,
    MFA_ID,
    PASSWORD,
    Call,
    ScriptedBill,
    client_at,
    envelope,
    http,
    ok,
    refusal,
    refused,
)

from bill_api import errors
from bill_api.entities import BY_NAME
from bill_api.errors import BillError, error_for
from bill_api.table.query import ListQuery
from bill_api.wire.transport import Transport
from bill_program.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from bill_api.client import BillClient

pytest_plugins = ["api_fixtures"]

VENDOR, ACCOUNT = BY_NAME["Vendor"], BY_NAME["VendorBankAccount"]
LIST = "/List/Vendor.json"

CLASSES: dict[str, tuple[type[BillError], type[BillError], str]] = {
    # Class, what to do about it, and the codes, written down here a second time from BILL's lists.
    "unavailable": (errors.UnavailableError, errors.RetriableError, "1001"),
    "credentials": (
        errors.CredentialsError,
        errors.FatalError,
        "1101 1102 1103 1104 1105 1106 1107 1110 1111 1113 1123",
    ),
    "session": (errors.SessionExpiredError, errors.RetriableError, "1109"),
    "hour": (errors.HourlyLimitError, errors.RetriableError, "1144"),
    "throttled": (errors.ThrottledError, errors.RetriableError, "1322"),
    "not offered": (errors.NotOfferedError, errors.RefusedError, "1114 1115 1116 1121 1128"),
    "invalid": (errors.InvalidRecordError, errors.RefusedError, "1117 1118 1119 1124 1143"),
    "not found": (errors.NotFoundError, errors.RefusedError, "1120"),
    "not permitted": (errors.NotPermittedError, errors.RefusedError, "1145"),
    "duplicate": (errors.DuplicateError, errors.RefusedError, "1171 5370"),
    "untrusted": (errors.UntrustedSessionError, errors.RefusedError, "1361"),
    "verification": (errors.VerificationError, errors.RefusedError, "1354 1356 1358 1374"),
    "unknown": (errors.RefusedError, errors.RefusedError, "1002 1003 1005 1108 1122 1129 1130 1131 1150 1402 9999"),
}
ENDS = {
    "credentials": ExitCode.CREDENTIALS,
    **dict.fromkeys(("unavailable", "session"), ExitCode.CONNECTION),
    **dict.fromkeys(("hour", "throttled"), ExitCode.LIMIT),
}
"""The exit codes of classes that are no refusals."""

CODES = [(f"BDC_{code}", name) for name, (_, _, codes) in CLASSES.items() for code in codes.split()]


@pytest.mark.parametrize(("code", "name"), CODES)
def test_each_code_is_an_error_of_its_class(scripted: ScriptedBill, code: str, name: str) -> None:
    kind, remedy, _ = CLASSES[name]
    scripted.script(LIST, refused(code, "As it is."))
    with pytest.raises(BillError) as caught:
        Transport(scripted.url, 5).post(LIST, {})
    error = caught.value
    assert type(error) is kind
    assert isinstance(error, remedy)
    assert (error.code, error.operation) == (code, LIST)
    assert error.exit_code == ENDS.get(name, ExitCode.REFUSED)
    assert str(error).startswith(f"{LIST}: As it is.")
    assert str(error).endswith(f"({code})")


def test_every_code_that_is_grouped_is_tested_above() -> None:
    grouped = {code for code, name in CODES if name != "unknown"}
    assert grouped == set(errors.MEANING)
    assert set(errors.HINTS) <= grouped


def test_the_four_remedies_exclude_each_other() -> None:
    remedies = (errors.RetriableError, errors.InDoubtError, errors.RefusedError, errors.FatalError)
    kinds = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, BillError)}
    for kind in kinds - {BillError}:
        assert sum(issubclass(kind, remedy) for remedy in remedies) == 1, kind


def test_a_refusal_without_words_still_says_something(scripted: ScriptedBill) -> None:
    scripted.script(LIST, http(envelope(1, {"error_code": "BDC_4711"})))
    with pytest.raises(errors.RefusedError, match=r"BILL gave no reason\. \(BDC_4711\)"):
        Transport(scripted.url, 5).post(LIST, {})


def test_a_hint_says_what_to_do_next(scripted: ScriptedBill) -> None:
    scripted.script(LIST, refused("BDC_1361", "Untrusted session."))
    with pytest.raises(errors.UntrustedSessionError, match=r"Untrusted session\. Set `mfa_id` and `device_id`"):
        Transport(scripted.url, 5).post(LIST, {})


# Secrets

SESSION_ID = "!sid-of-these-tests-0123456789"
ACCOUNT_NUMBER, ROUTING_NUMBER, TAX_ID = "987654321098", "322271627", "98-7654321"
ACCOUNT_OBJ = {
    "vendorId": "00901ABCDEFGHIJaaaa1",
    "accountNumber": ACCOUNT_NUMBER,
    "routingNumber": ROUTING_NUMBER,
    "regulatory1": "regulated-value",
}
SECRETS = {
    "password": PASSWORD,
    "developer key": DEVELOPER_KEY,
    "mfa id": MFA_ID,
    "session id": SESSION_ID,
    "account number": ACCOUNT_NUMBER,
    "routing number": ROUTING_NUMBER,
    "tax id": TAX_ID,
    "regulatory value": "regulated-value",
}
CREATE_ACCOUNT, BULK_ACCOUNTS = "/Crud/Create/VendorBankAccount.json", "/Bulk/Crud/Create/VendorBankAccount.json"
CREATE_VENDOR = "/Crud/Create/Vendor.json"


def quoting(code: str) -> Callable[[Call], bytes]:
    """A BILL that refuses, and quotes everything that it was sent."""
    return lambda call: refused(code, f"Invalid field,value: {call.form!r}.")


def quoting_in_bulk(call: Call) -> bytes:
    elements = call.data["bulk"]
    answers = [
        {"response_status": 1, "response_data": refusal(code, f"Invalid field,value: {element!r}.")}
        for element, code in zip(elements, ("BDC_1119", "BDC_1001"), strict=True)
    ]
    return ok({"bulk": answers})


def texts_of(error: BaseException) -> str:
    texts = []
    at: BaseException | None = error
    while at is not None:
        texts.append(f"{at}\n{at!r}\n{at.args!r}\n{vars(at)!r}")
        at = at.__cause__ or at.__context__
    return "\n".join(texts)


def assert_no_secret(text: str) -> None:
    assert [name for name, secret in SECRETS.items() if secret in text] == []


def create_account(client: BillClient) -> Any:
    return client.create(ACCOUNT, ACCOUNT_OBJ)


def create_vendor(client: BillClient) -> Any:
    return client.create(VENDOR, {"name": "Fern", "taxId": TAX_ID})


def bulk_of_two(client: BillClient) -> Any:
    return client.bulk_create(ACCOUNT, [ACCOUNT_OBJ, ACCOUNT_OBJ])


LEAKS: dict[str, tuple[str, Callable[[Call], bytes] | bytes, Callable[[BillClient], Any], type[BillError]]] = {
    "a refused login": (LOGIN, quoting("BDC_1101"), create_account, errors.CredentialsError),
    "a refused session": (CREATE_ACCOUNT, quoting("BDC_1109"), create_account, errors.FatalError),
    "a refused record": (CREATE_ACCOUNT, quoting("BDC_1119"), create_account, errors.InvalidRecordError),
    "a refused tax id": (CREATE_VENDOR, quoting("BDC_1119"), create_vendor, errors.InvalidRecordError),
    "an unknown code": (CREATE_ACCOUNT, quoting("BDC_9999"), create_account, errors.RefusedError),
    "a system error": (CREATE_ACCOUNT, quoting("BDC_1001"), create_account, errors.InDoubtError),
    "a lost answer": (CREATE_ACCOUNT, b"", create_account, errors.InDoubtError),
    "a page": (CREATE_ACCOUNT, http("<html/>", "502 Bad Gateway"), create_account, errors.InDoubtError),
    "a refused bulk call": (BULK_ACCOUNTS, quoting("BDC_1129"), bulk_of_two, errors.InDoubtError),
    "a lost bulk call": (BULK_ACCOUNTS, quoting("BDC_1001"), bulk_of_two, errors.InDoubtError),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_no_error_and_no_log_shows_a_secret_even_if_bill_quotes_it(
    scripted: ScriptedBill, leak: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    path, answer, call, kind = LEAKS[leak]
    if path != LOGIN:
        scripted.script(LOGIN, ok({"sessionId": SESSION_ID}))
    scripted.script(path, answer)
    with pytest.raises(kind) as caught:
        call(client_at(scripted.url))
    assert_no_secret(texts_of(caught.value))
    assert_no_secret(caplog.text)
    assert "urllib3" in caplog.text
    assert PASSWORD in scripted.calls[0].form["password"]
    assert (
        path == LOGIN or ACCOUNT_NUMBER in scripted.calls[-1].form["data"] or TAX_ID in scripted.calls[-1].form["data"]
    )


def test_a_refused_element_shows_no_secret_even_if_bill_quotes_it(
    scripted: ScriptedBill, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    scripted.script(BULK_ACCOUNTS, quoting_in_bulk)
    outcomes = bulk_of_two(client_at(scripted.url))
    assert [type(each) for each in outcomes] == [errors.InvalidRecordError, errors.InDoubtError]
    for outcome in outcomes:
        assert_no_secret(texts_of(outcome))
        assert "Invalid field,value" in str(outcome)
        assert "vendorId" in str(outcome)
    assert_no_secret(caplog.text)


@pytest.mark.usefixtures("short_waits")
def test_a_warning_about_a_retry_shows_no_secret(scripted: ScriptedBill, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    scripted.script(LOGIN, quoting("BDC_1322"), ok({"sessionId": SESSION_ID}))
    scripted.script(LIST, quoting("BDC_1322"), quoting("BDC_1001"), ok([]))
    client_at(scripted.url).list_page(VENDOR, ListQuery())
    assert caplog.text.count("Trying again") == 3
    assert_no_secret(caplog.text)


def test_a_text_that_holds_no_secret_is_passed_on_as_it_is() -> None:
    error = BillError("Invalid field,value: name, Fern.", code="BDC_1119")
    error.hide(["", "secret"])
    assert str(error) == "Invalid field,value: name, Fern. (BDC_1119)"


def test_a_secret_within_a_longer_one_does_not_uncover_it() -> None:
    error = BillError("value 123456789")
    error.hide(["1234", "123456789"])
    assert str(error) == "value (hidden)"
    assert "123456789" not in repr(error)


def test_a_message_of_bill_is_one_line() -> None:
    assert str(error_for("BDC_9999", " no\r\n2026 | ERROR | \u2028forged ", "/X.json")) == (
        "/X.json: no 2026 | ERROR | forged (BDC_9999)"
    )
