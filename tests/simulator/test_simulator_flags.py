"""Flags beside an object and among parameters: true, false, and texts for them by one switch (section 14, 16)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from simulator_caller import bill, code_of, codes_of, invoice

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator_caller import Body, Caller

    Call = Callable[[Caller, Any], Body]

pytest_plugins = ["simulator_fixtures"]

ACCOUNT = {"accountNumber": "9900001234", "routingNumber": "021000021", "nameOnAccount": "Marina Toys"}


def second_bill(caller: Caller, value: Any) -> Body:
    vendor = caller.vendor()
    caller.create("Bill", **bill(vendor, "B-1"))
    return caller.call("/Crud/Create/Bill.json", {"obj": bill(vendor, "B-1"), "allowDuplicateInvNum": value})


def renumbered(caller: Caller, value: Any) -> Body:
    vendor = caller.vendor()
    caller.create("Bill", **bill(vendor, "B-1"))
    other = caller.create("Bill", **bill(vendor, "B-2"))
    obj = {"entity": "Bill", "id": other["id"], "invoiceNumber": "B-1"}
    return caller.call("/Crud/Update/Bill.json", {"obj": obj, "allowDuplicateInvNum": value})


def second_bill_in_bulk(caller: Caller, value: Any) -> Body:
    vendor = caller.vendor()
    caller.create("Bill", **bill(vendor, "B-1"))
    (answer,) = caller.bulk("Create", "Bill", {"obj": bill(vendor, "B-1"), "allowDuplicateInvNum": value})
    return answer


def account(caller: Caller, value: Any) -> Body:
    obj = {"entity": "CustomerBankAccount", "customerId": caller.customer(), **ACCOUNT}
    return caller.call("/Crud/Create/CustomerBankAccount.json", {"obj": obj, "agreedWithTOS": value})


def nested(caller: Caller, value: Any) -> Body:
    return caller.call("/List/SentPay.json", {"nested": value})


def audited(caller: Caller, value: Any) -> Body:
    return caller.call("/List/SentPay.json", {"showAudit": value})


def challenged(caller: Caller, value: Any) -> Body:
    return caller.call("/MFAChallenge.json", {"useBackup": value})


def remembered(caller: Caller, value: Any) -> Body:
    challenge = caller.ok("/MFAChallenge.json", {})["challengeId"]
    answer = {"challengeId": challenge, "token": caller.control.mfa_code(challenge), "deviceId": "tap-1"}
    return caller.call("/MFAAuthenticate.json", {**answer, "rememberMe": value})


def noted(caller: Caller, value: Any) -> Body:
    return caller.call("/SendMessage.json", {"objectId": caller.vendor(), "message": "Call them", "isPublic": value})


def mailed(caller: Caller, value: Any) -> Body:
    made = caller.create("Invoice", **invoice(caller.customer(), "I-1"))
    return caller.call("/SendInvoice.json", {"invoiceId": made["id"], "headers": {"ccMe": value}, "content": {}})


FLAGS: tuple[tuple[Call, str, str, str], ...] = (
    (second_bill, "BDC_1171", "OK", "BDC_1124"),
    (renumbered, "BDC_1171", "OK", "BDC_1124"),
    (second_bill_in_bulk, "BDC_1171", "OK", "BDC_1124"),
    (account, "BDC_1108", "OK", "BDC_1124"),
    (nested, "OK", "OK", "BDC_1129"),
    (audited, "OK", "OK", "BDC_1129"),
    (challenged, "OK", "BDC_1129", "BDC_1124"),
    (remembered, "OK", "OK", "BDC_1124"),
    (noted, "OK", "OK", "BDC_1124"),
    (mailed, "OK", "OK", "BDC_1124"),
)
"""A call with a flag; its code when that is false, when it is true, and when it is neither."""

each_flag = pytest.mark.parametrize(
    ("call", "when_false", "when_true", "otherwise"), FLAGS, ids=[call.__name__ for call, *_ in FLAGS]
)


def code(answer: Body) -> str:
    return codes_of([answer])[0]


@each_flag
@pytest.mark.parametrize(("text", "stands_for"), [("true", True), ("False", False)])
def test_a_flag_as_text_is_refused_or_taken_like_a_boolean_of_an_object(
    caller: Caller, call: Call, when_false: str, when_true: str, otherwise: str, text: str, *, stands_for: bool
) -> None:
    assert code_of(call(caller, text)) == otherwise
    caller.control.reset()
    caller.control.switch(numbers_as_text="accept")
    caller.session_id = caller.sign_in()["response_data"]["sessionId"]
    assert code(call(caller, text)) == (when_true if stands_for else when_false)


@each_flag
@pytest.mark.parametrize("value", [True, False, None, 1, "yes", []])
def test_a_flag_is_true_or_false_and_false_when_it_is_null(
    caller: Caller, call: Call, when_false: str, when_true: str, otherwise: str, value: Any
) -> None:
    is_flag = value is None or isinstance(value, bool)
    assert code(call(caller, value)) == ((when_true if value else when_false) if is_flag else otherwise)


def test_a_text_that_is_taken_does_what_it_says(caller: Caller) -> None:
    caller.control.switch(numbers_as_text="accept")
    rows = {text: caller.list("SentPay", nested=text)[0] for text in ("true", "false")}
    assert ("billPays" in rows["true"], "billPays" in rows["false"]) == (True, False)
    mfa_id = remembered(caller, "true")["response_data"]["mfaId"]
    assert caller.ok("/MFAStatus.json", {"mfaId": mfa_id, "deviceId": "tap-1"}) == {"isTrusted": True}


def test_a_flag_that_the_entity_has_not_is_no_matter(caller: Caller) -> None:
    sent = {"obj": {"entity": "Vendor", "name": "Kestrel"}, "allowDuplicateInvNum": "true"}
    assert caller.ok("/Crud/Create/Vendor.json", sent)["name"] == "Kestrel"
