"""2-step verification at a terminal and in scripts."""

from __future__ import annotations

import json
import os
import pty
import re
import stat
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from programs import TIMEOUT_S, Started

from bill_api.mfa import DEVICE_ID_MAX

if TYPE_CHECKING:
    from cli_bill import Bill, Here

    from bill_simulator import Simulator

pytest_plugins = ["cli_fixtures"]


def ask_code(books: Simulator) -> str:
    """The code of the only open challenge, once there is one."""
    deadline = time.monotonic() + TIMEOUT_S
    while not (codes := books.control.get("/mfa")):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return str(codes[0]["code"])


def mode(here: Here) -> int:
    return stat.S_IMODE((here.bill.folder / ".env").stat().st_mode)


def authenticated(here: Here, books: Simulator, *arguments: str) -> dict[str, Any]:
    challenge = here.json("mfa", "challenge")
    ids = ("--challenge-id", challenge["challengeId"], "--session-id", challenge["sessionId"])
    code = books.control.mfa_code(challenge["challengeId"])
    result: dict[str, Any] = here.json("mfa", "authenticate", *ids, "--token", code, *arguments)
    return result


@pytest.mark.parametrize("words", [("challenge",), ("authenticate", "--token", "123456", "--challenge-id", "!c")])
def test_a_choice_of_phone_is_refused_before_anything_is_sent(
    here: Here, books: Simulator, words: tuple[str, ...]
) -> None:
    # section 6, 3
    books.control.forget_requests()
    ran = here("mfa", *words, "--use-backup")
    assert ran.code == 2
    assert "30 March 2026" in ran.err
    assert books.control.requests() == []


def test_saving_keeps_every_other_line_and_nobody_else_reads_it(here: Here, books: Simulator) -> None:
    path = here.bill.folder / ".env"
    lines = "# mine\nOTHER='a b'\n\nexport BILL_DEVICE_ID=old\nTAP_BILL_NESTED=true"
    path.write_text(lines)
    path.chmod(0o644)
    result = authenticated(here, books, "--save")
    assert mode(here) == 0o600
    text = path.read_text()
    for line in ("# mine", "OTHER='a b'", "TAP_BILL_NESTED=true"):
        assert line in text.splitlines()
    assert list(result) == ["trustedUntil"], "what was saved is not printed"
    assert len(re.findall("DEVICE_ID", text)) == 1
    status = here("mfa", "status")
    assert json.loads(status.out) == {"isTrusted": True, "trustedUntil": result["trustedUntil"], "daysLeft": 30}


def test_a_new_file_is_for_nobody_else_from_the_start(here: Here, books: Simulator) -> None:
    authenticated(here, books, "--save")
    assert mode(here) == 0o600
    values = dict(line.split("=", 1) for line in (here.bill.folder / ".env").read_text().splitlines())
    assert len(values["BILL_DEVICE_ID"].strip("'")) <= DEVICE_ID_MAX
    assert list(values) == ["BILL_MFA_ID", "BILL_DEVICE_ID", "BILL_MFA_TRUSTED_UNTIL"]


def test_what_is_saved_makes_a_vendor_bank_account_possible(here: Here, bill: Bill, books: Simulator) -> None:
    authenticated(here, books, "--save")
    taken = {each["vendorId"] for each in bill.books("VendorBankAccount")}
    vendor = next(each["id"] for each in bill.books("Vendor") if each["id"] not in taken)
    numbers = ("--set", "accountNumber=123456789", "--set", "routingNumber=021000021")
    ran = here("create", "vendor-bank-account", "--set", f"vendorId={vendor}", *numbers)
    assert ran.code == 0, ran.err
    assert "123456789" not in ran.out + ran.err


def test_without_remembering_the_session_is_trusted_and_told(here: Here, bill: Bill, books: Simulator) -> None:
    result = authenticated(here, books)
    assert result["trustedUntil"] is None
    taken = {each["vendorId"] for each in bill.books("VendorBankAccount")}
    vendor = next(each["id"] for each in bill.books("Vendor") if each["id"] not in taken)
    body = ("--set", f"vendorId={vendor}", "--set", "accountNumber=123456789", "--set", "routingNumber=021000021")
    assert here("create", "vendor-bank-account", *body).code == 1
    assert here("create", "vendor-bank-account", *body, "--session-id", result["sessionId"]).code == 0


def test_remembering_without_saving_prints_what_to_keep(here: Here, books: Simulator) -> None:
    result = authenticated(here, books, "--remember")
    assert set(result) == {"trustedUntil", "mfaId", "deviceId"}
    assert not (here.bill.folder / ".env").exists()


def test_a_device_id_that_bill_takes_is_kept_and_a_long_one_is_not(here: Here, books: Simulator) -> None:
    here.bill.more["BILL_DEVICE_ID"] = "my-laptop"
    assert authenticated(here, books, "--remember")["deviceId"] == "my-laptop"
    here.bill.more["BILL_DEVICE_ID"] = "x" * 49
    books.control.switch(mfa_device_id_limit="20")
    assert len(authenticated(here, books, "--remember")["deviceId"]) <= DEVICE_ID_MAX


def test_a_file_that_cannot_be_written_is_said_before_a_code_is_used(here: Here, books: Simulator) -> None:
    ids = ("--challenge-id", "!c", "--session-id", "!s")
    books.control.forget_requests()
    ran = here("mfa", "authenticate", *ids, "--token", "1", "--save", "--env-file", "/proc/self/status")
    assert ran.code == 2
    assert "/proc/self/status" in ran.err
    assert books.control.requests() == []


def test_a_trust_that_has_ended_is_said_and_can_be_renewed(here: Here, books: Simulator) -> None:
    authenticated(here, books, "--save")
    books.control.advance(31 * 24 * 3600)
    books.control.switch(login_bad_mfa="refuse")
    status = here("mfa", "status")
    assert status.code == 1
    assert "not trusted any more" in status.err
    refused = here("list", "vendors")
    assert refused.code == 5
    assert "BDC_1374" in refused.err
    authenticated(here, books, "--save")
    assert here("mfa", "status").code == 0
    assert here("list", "vendors").code == 0


def test_until_when_is_not_made_up(here: Here) -> None:
    ran = replace(here, bill=here.bill.trusted())("mfa", "status")
    assert ran.code == 0
    assert json.loads(ran.out) == {"isTrusted": True, "trustedUntil": None, "daysLeft": None}
    assert "BILL does not tell until when" in ran.err


def test_a_session_that_is_over_is_said(here: Here, books: Simulator) -> None:
    challenge = here.json("mfa", "challenge")
    books.control.advance(36 * 60)
    ids = ("--challenge-id", challenge["challengeId"], "--session-id", challenge["sessionId"])
    ran = here("mfa", "authenticate", *ids, "--token", "123456")
    assert ran.code == 5
    assert "the session that was given is over" in ran.err
    assert challenge["sessionId"] not in ran.err


def test_nobody_to_ask_for_the_code_is_said(bill: Bill, books: Simulator) -> None:
    books.control.forget_requests()
    ran = bill("mfa", "authenticate", "--save")
    assert ran.code == 2
    assert "--token" in ran.err
    assert books.control.requests() == [], "and no code is texted"


def test_a_person_is_asked_for_the_code_in_one_go(bill: Bill, books: Simulator) -> None:
    ours, theirs = pty.openpty()
    arguments = ["mfa", "authenticate", "--save"]
    process = Started("bill_cli", arguments, cwd=bill.folder, env=bill.environment, terminal=os.ttyname(theirs))
    os.close(theirs)
    os.write(ours, f"{ask_code(books)}\n".encode())
    assert process.wait(TIMEOUT_S) == 0
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert "The code that was texted: " in shown
    assert "trusted until" in shown
    assert ".env has BILL_MFA_ID and BILL_DEVICE_ID" in shown
