"""Every action of docs/command.md as a process of its own against the simulator: what BILL refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from actions import ACTIONS
from cli_bill import Bill, Here
from cli_cases import BY_NAME, Cases

from bill_api.table.entity import Operation
from bill_simulator import Directory, Simulator

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ["cli_fixtures"]

OF_ENTITIES = [each.name for each in ACTIONS if each.entity]
BULK = "bulk-"


@pytest.fixture(scope="module")
def trusted(running: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Bill:
    return Bill(running, tmp_path_factory.mktemp("refusals")).trusted()


@pytest.mark.parametrize("name", OF_ENTITIES)
def test_bill_refuses_an_action(trusted: Bill, name: str) -> None:
    before = {each: trusted.books(each) for each in ("Bill", "Invoice", "Vendor", "Customer")}
    if BY_NAME[name].operation is Operation.LIST:  # whatever is asked for
        trusted.simulator.control.fault("error", path=BY_NAME[name].path, code="BDC_1129")
    ran = trusted(*Cases(trusted, BY_NAME[name]).refusal())
    assert ran.code == 1, ran.err
    told = ran.out if name.startswith(BULK) else ran.err
    assert "BDC_11" in told
    assert name.startswith(BULK) or ran.out == ""
    assert {each: trusted.books(each) for each in before} == before


@pytest.mark.parametrize("name", [each for each in OF_ENTITIES if each.endswith("e-vendor-bank-account")])
def test_a_vendor_bank_account_is_not_written_without_trust(trusted: Bill, name: str) -> None:
    call = Cases(trusted, BY_NAME[name]).success()
    ran = replace(trusted, more={})(*call)
    assert ran.code == 1
    assert "BDC_1361" in ran.err
    assert "`bill mfa authenticate --save`" in ran.err


def test_bill_refuses_an_mfa_challenge_without_a_phone(tmp_path: Path) -> None:
    user = replace(Directory().users[0], has_phone=False)
    with Simulator(vendors=0, customers=0, bills=0, invoices=0, directory=Directory(users=(user,))) as simulator:
        ran = Bill(simulator, tmp_path)("mfa", "challenge")
    assert (ran.code, ran.out) == (1, "")
    assert "BDC_1354" in ran.err
    assert "phone" in ran.err


def test_bill_refuses_a_wrong_mfa_code_and_an_unknown_device(running: Simulator, tmp_path: Path) -> None:
    bill = Bill(running, tmp_path)
    wrong = bill("mfa", "authenticate", "--challenge-id", "!nobody", "--session-id", "!none", "--token", "123456")
    assert (wrong.code, wrong.out) == (5, "")
    assert "session" in wrong.err
    wrong = bill("mfa", "authenticate", "--challenge-id", "!nobody", "--token", "123456")
    assert (wrong.code, wrong.out) == (1, "")
    assert "123456" not in wrong.err
    unknown = replace(bill, more={"BILL_MFA_ID": "!unknown", "BILL_DEVICE_ID": "bill-tests"})("mfa", "status")
    assert unknown.code == 1
    assert '"isTrusted": false' in unknown.out


def test_bill_refuses_a_raw_call_and_an_upload(trusted: Bill) -> None:
    ran = trusted("raw", "/List/Nothing.json")
    assert (ran.code, ran.out) == (1, "")
    assert "BDC_1128" in ran.err
    (trusted.folder / "scan.pdf").write_bytes(b"not a PDF at all")
    data = '{"fileName": "scan.pdf"}'
    ran = trusted("raw", "/UploadAttachment.json", "--file", "file=@scan.pdf", "--data", data)
    assert (ran.code, ran.out) == (1, "")
    assert "BDC_1119" in ran.err


@pytest.mark.parametrize("text", ["1_000", "\u0661\u0662", "1e3", " 5", "NaN", "inf", "0x10", ""])
@pytest.mark.parametrize(
    "words",
    [
        ("list", "bills", "--max"),
        ("list", "bills", "--start"),
        ("raw", "/X.json", "--timeout"),
        ("doctor", "--timeout-s"),
    ],
    ids=lambda words: words[-1],
)
def test_only_the_digits_0_to_9_make_a_number(here: Here, words: tuple[str, ...], text: str) -> None:
    if words[0] == "doctor" and text in {"", " 5"}:
        return
    assert here(*words, text).code == 2
