"""Plans: what a run would do, approved by a person, and carried out to the letter."""

from __future__ import annotations

import json
import stat
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from conftest import client_for
from target_run import account, bill, bills, books, load, rejects, report, singer, vendors, writes

from bill_api.entities import BY_NAME
from bill_api.identity.totals import most
from bill_program.errors import SettingsError
from target_bill.settings import Options
from target_bill.target import TargetBill

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

PLAN = "plan.json"
CONNECTION = {
    "username": "ap@tests.example",
    "password": "x",
    "organization_id": "00801TESTSXXXXXaaaa1",
    "developer_key": "x",
    "api_url": "http://127.0.0.1:1",
}


def planned(simulator: Simulator, folder: Path, stdin: str, **more: Any) -> dict[str, Any]:
    """Make a plan, and read it."""
    ran = load(simulator, folder, stdin, mode="plan", plan=PLAN, **more)
    assert "Traceback" not in ran.err
    plan: dict[str, Any] = json.loads((folder / PLAN).read_text())
    return plan


def steps(plan: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(each["stream"], each["action"], each["source_key"]) for each in plan["steps"]]


STDIN = singer(vendors("A"), bills(bill("A", "1", "10.50"), bill("A", "2", 20)))


def test_a_plan_writes_nothing_and_says_everything(empty: Simulator, tmp_path: Path) -> None:
    client = client_for(empty)
    client.create(BY_NAME["Vendor"], {"name": "Old", "phone": "1", "email": "a@b.test"})
    client.create(BY_NAME["Vendor"], {"name": "Same"})
    records = [{"name": "Old", "phone": "2"}, {"name": "Same"}, {"name": "A"}]
    stdin = singer(("vendors", ["name"], records), bills(bill("A", "1", "10.50"), bill("Nobody", "2", 20)))
    empty.control.forget_requests()
    ran = load(empty, tmp_path, stdin, mode="plan", plan=PLAN, max_rejects=1)
    assert ran.code == 0, ran.err
    assert ran.out == "", "no STATE: nothing was written"
    assert writes(empty) == []
    assert not (tmp_path / ".bill/ledger.sqlite3").exists()
    plan = json.loads((tmp_path / PLAN).read_text())
    assert (plan["kind"], plan["version"], len(plan["salt"])) == ("bill-plan", 4, 32)
    assert [(*step, each["amount"]) for step, each in zip(steps(plan), plan["steps"], strict=True)] == [
        ("vendors", "update", "Old", None),
        ("vendors", "create", "A", None),
        ("bills", "create", "A / 1", "10.50"),
    ]
    assert plan["steps"][0]["changes"] == [{"field": "phone", "from": "1", "to": "2"}]
    assert account(tmp_path, "vendors") == {"created": 1, "updated": 1, "unchanged": 1}
    assert account(tmp_path, "bills") == {"created": 1, "rejected": 1}
    for shown in (
        "phone: 1 -> 2",
        "what a run would do; nothing was written",
        "money by vendor",
        "10.50",
        plan["hash"],
    ):
        assert shown in ran.err
    assert "more\n" not in ran.err
    assert stat.S_IMODE((tmp_path / PLAN).stat().st_mode) == 0o600


def test_the_plan_for_people_says_what_a_create_will_be_known_by(empty: Simulator, tmp_path: Path) -> None:
    known = client_for(empty).create(BY_NAME["Vendor"], {"name": "Fern Ltd"})["id"]
    new = [{"uid": 7, "name": "Elm Ltd", "taxId": "123456789"}]
    documents = [
        {"uid": 8, **bill("Elm Ltd", "E-1", 5)},
        {"uid": 9, **bill("", "F-1", 5), "vendorId": known},
        {"uid": 10, **bill("", "S-1", 5), "vendorId": "7"},
    ]
    vendors_ = ("vendors", ["uid"], [{**each, "id": "7"} for each in new])
    ran = load(empty, tmp_path, singer(vendors_, ("bills", ["uid"], documents)), mode="plan", plan=PLAN)
    assert ran.code == 0, ran.err
    table = " ".join(ran.err.split("plan: what would be done")[1].split())
    for shown in (
        "name: Elm Ltd",
        "vendorId: Elm Ltd; invoiceNumber: E-1",
        "vendorId: Fern Ltd; invoiceNumber: F-1",
        "vendorId: Elm Ltd; invoiceNumber: S-1",
    ):
        assert shown in table, ran.err
    assert "123456789" not in ran.err


def test_the_plan_for_people_says_what_changes_in_what_was_made_on_the_way(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(bills(bill("A", "1", 5))), create_missing=["vendors"])
    ran = load(empty, tmp_path, singer(("vendors", ["name"], [{"name": "A", "phone": "0113 4960000"}])), mode="plan")
    assert ran.code == 0, ran.err
    assert "phone: nothing -> 0113 4960000" in " ".join(ran.err.split())


def test_an_approved_plan_is_carried_out(empty: Simulator, tmp_path: Path) -> None:
    plan = planned(empty, tmp_path, STDIN)
    ran = load(empty, tmp_path, STDIN, plan=PLAN)
    assert ran.code == 0, ran.err
    assert steps(plan) == [
        ("vendors", "create", "A"),
        ("bills", "create", "A / 1"),
        ("bills", "create", "A / 2"),
    ]
    assert sorted(each["amount"] for each in books(empty, "Bill")) == [10.5, 20]
    assert planned(empty, tmp_path, STDIN)["steps"] == []


NEW_VENDOR = bills(bill("A", "1", "10.50"), bill("C", "3", 1))


@pytest.mark.parametrize("stdin", [singer(NEW_VENDOR), singer(vendors("A", "C"), NEW_VENDOR)])
def test_a_vendor_that_the_plan_has_not_is_not_made_and_its_bill_says_so(
    empty: Simulator, tmp_path: Path, stdin: str
) -> None:
    """It is neither told as created on the way nor counted, and to create it in BILL would be no help."""
    is_loaded = '"C"}' in stdin.replace(" ", "")
    only_a = [vendors("A")] if is_loaded else []
    planned(empty, tmp_path, singer(*only_a, bills(bill("A", "1", "10.50"))), create_missing=["vendors"])
    ran = load(empty, tmp_path, stdin, plan=PLAN, create_missing=["vendors"])
    assert "created on the way: vendors 'C'" not in ran.err
    assert account(tmp_path, "vendors") == ({"created": 1, "rejected": 1} if is_loaded else {"created": 1})
    assert [each["name"] for each in books(empty, "Vendor")] == ["A"]
    told = [(each["source_key"], each["reason"]) for each in rejects(tmp_path)]
    reason = f"create of C does not stand in the approved plan {PLAN}"
    assert told == [*([("C", reason)] if is_loaded else []), ("C / 3", reason)]
    assert {each["hint"] for each in rejects(tmp_path)} == {"Make a new plan (`mode: plan`), and have it approved."}


UNAPPROVED = {
    "another record": (bills(bill("A", "1", "10.50"), bill("A", "3", 1)), "create of A / 3 does not stand"),
    "another amount": (
        bills(bill("A", "1", "10.51")),
        "has another content than in the approved plan plan.json: amount of line 1 was '10.50' and is '10.51'",
    ),
}


@pytest.mark.parametrize("name", UNAPPROVED)
def test_nothing_is_done_that_does_not_stand_in_the_plan(empty: Simulator, tmp_path: Path, name: str) -> None:
    documents, reason = UNAPPROVED[name]
    planned(empty, tmp_path, STDIN)
    ran = load(empty, tmp_path, singer(vendors("A"), documents), plan=PLAN)
    assert ran.code == 1
    (reject,) = rejects(tmp_path)
    assert reason in reject["reason"]
    assert "`mode: plan`" in reject["hint"]
    approved = {"another record": [10.5], "another amount": []}[name]
    assert [each["amount"] for each in books(empty, "Bill")] == approved


def test_an_update_of_what_has_changed_in_bill_since_is_not_done(empty: Simulator, tmp_path: Path) -> None:
    client = client_for(empty)
    known = client.create(BY_NAME["Vendor"], {"name": "A", "phone": "1", "fax": "9"})["id"]
    stdin = singer(("vendors", ["name"], [{"name": "A", "phone": "2", "fax": "9"}]))
    planned(empty, tmp_path, stdin)
    client.update(BY_NAME["Vendor"], {"id": known, "name": "A", "fax": "8"})
    load(empty, tmp_path, stdin, plan=PLAN)
    assert (
        f"{known} was edited in BILL (`fax` is '8' now), and is not as it stands in the approved plan"
        in (rejects(tmp_path)[0]["reason"])
    )
    assert [(each["phone"], each["fax"]) for each in books(empty, "Vendor")] == [("1", "8")]


UNTOLD = {
    "kind": "bill-plan",
    "version": 4,
    "organization_id": "00801SIMULATORAaaaa1",
    "salt": "0" * 32,
    "steps": [],
    "hash": "sha256:af06b123a8bc2582306465fa70fc905f45892a45424d50004d9c39912b56318f",
}
"""A plan that says nothing of the records that it does not write, with the hash of what it says."""


def changed(text: str) -> str:
    return text.replace('"10.50"', '"99.50"')


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (changed, "was changed after it was made"),
        (lambda text: text[: len(text) // 2], "is no plan"),
        (lambda _: "[]", "is no plan"),
        (lambda _: json.dumps(UNTOLD), "is no plan"),
        (lambda text: text.replace('"references"', '"refers"').replace('"version": 4', '"version": 2'), "of version 2"),
        (lambda text: text.replace("00801", "00809", 1), "was changed after it was made"),
    ],
)
def test_a_plan_that_was_changed_is_refused_before_anything_is_called(
    empty: Simulator, tmp_path: Path, spoil: Any, reason: str
) -> None:
    planned(empty, tmp_path, STDIN)
    path = tmp_path / PLAN
    path.write_text(spoil(path.read_text()))
    empty.control.forget_requests()
    ran = load(empty, tmp_path, STDIN, plan=PLAN)
    assert ran.code == 2
    assert reason in ran.err
    assert "make a new one with `mode: plan`" in ran.err
    assert empty.control.summary()["calls"] == 0


def test_a_plan_that_is_not_there_is_named(empty: Simulator, tmp_path: Path) -> None:
    ran = load(empty, tmp_path, STDIN, plan="nowhere.json")
    assert ran.code == 2
    assert "setting `plan`: nowhere.json cannot be read" in ran.err


def test_a_plan_for_another_organization_is_refused(empty: Simulator, tmp_path: Path) -> None:
    planned(empty, tmp_path, STDIN)
    ran = load(empty, tmp_path, STDIN, plan=PLAN, organization_id="00801SIMULATOREbbbb2")
    assert "is for the organization" in ran.err


def test_without_a_path_the_plan_lies_beside_the_reports(empty: Simulator, tmp_path: Path) -> None:
    ran = load(empty, tmp_path, STDIN, mode="plan")
    assert ran.code == 0, ran.err
    (path,) = (tmp_path / ".bill/reports").glob("*-plan.json")
    assert steps(json.loads(path.read_text()))[0][0] == "vendors"
    assert report(tmp_path)["mode"] == "plan"


def keyed(name: str) -> tuple[str, list[str], list[dict[str, Any]]]:
    """A customer that nothing but the ledger connects with its record when it gets another name."""
    return "customers", ["key"], [{"key": 7, "name": name}]


def test_a_plan_knows_what_the_ledger_knows_and_leaves_it_alone(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, STDIN.rpartition('{"type": "STATE"')[0] + singer(keyed("Old name")))
    before = (tmp_path / ".bill/ledger.sqlite3").read_bytes()
    more = singer(vendors("A"), bills(bill("A", "1", "10.50"), bill("A", "3", 1)), keyed("New name"))
    plan = planned(empty, tmp_path, more, allow_renames=True)
    assert steps(plan) == [("customers", "update", "7"), ("bills", "create", "A / 3")]
    assert (tmp_path / ".bill/ledger.sqlite3").read_bytes() == before


def test_bank_numbers_stand_in_no_plan(empty: Simulator, tmp_path: Path) -> None:
    account_ = {
        "customerName": "Elm",
        "nameOnAccount": "E",
        "accountNumber": "9900012345",
        "routingNumber": "021000021",
    }
    stdin = singer(
        ("customers", ["name"], [{"name": "Elm", "taxId": "99-1234567"}]),
        ("customer_bank_accounts", ["customerName"], [{**account_, "agreedWithTOS": True}]),
    )
    ran = load(empty, tmp_path, stdin, mode="plan", plan=PLAN)
    assert ran.code == 0, ran.err
    text = (tmp_path / PLAN).read_text() + ran.err
    assert "9900012345" not in text
    assert "99-1234567" not in text


# Limits


@pytest.mark.parametrize(
    ("limit", "sent", "reason"),
    [
        ({"max_creates": 2}, ["1"], "3 creates, and 2 are allowed (`max_creates`)"),
        ({"max_document_amount": "19.99"}, ["1"], "a document of 20.00, and 19.99 is allowed"),
        ({"max_total_amount": "30.49"}, ["1"], "the documents of this run of 30.50, and 30.49 is allowed"),
        ({"oldest_invoice_date": "2026-03-02"}, [], "2026-03-01 is before 2026-03-02"),
        ({"newest_invoice_date": "2026-02-28"}, [], "2026-03-01 is after 2026-02-28"),
        ({"max_creates": 3, "max_document_amount": "20", "max_total_amount": "30.50"}, ["1", "2"], ""),
    ],
)
def test_a_limit_stops_the_run_before_it_is_exceeded(
    empty: Simulator, tmp_path: Path, limit: dict[str, Any], sent: list[str], reason: str
) -> None:
    ran = load(empty, tmp_path, STDIN, **limit)
    assert ran.code == (1 if reason else 0), ran.err
    assert reason in ran.err
    assert "Traceback" not in ran.err
    assert sorted(each["invoiceNumber"] for each in books(empty, "Bill")) == sent
    assert (ran.out == "") is bool(reason)


@pytest.mark.parametrize("limit", ["max_document_amount", "max_total_amount"])
@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({"price": 1_000_000}, "of 1,000,000.00, and 1,000.00 is allowed"),
        ({"amount": 1, "price": 1_000_000}, "its price, which counts once without a quantity, is 1,000,000.00"),
        ({"amount": 1, "price": 1_000, "quantity": 1_000}, "its quantity times its price is 1,000,000.00"),
        ({"quantity": 100_000}, "the line says neither amount nor price"),
        ({"itemName": "Widget"}, "the line says neither amount nor price"),
    ],
    ids=["a price", "a price beside an amount", "both beside an amount", "a quantity", "an item"],
)
def test_a_limit_holds_for_what_bill_may_make_of_a_line(
    empty: Simulator, tmp_path: Path, limit: str, line: dict[str, Any], reason: str
) -> None:
    client_for(empty).create(BY_NAME["Item"], {"name": "Widget", "type": "1"})
    days = {"invoiceDate": "2026-03-01", "dueDate": "2026-03-31"}
    invoice = {"key": 1, "customerName": "C", "invoiceNumber": "1", **days, "invoiceLineItems": [line]}
    stdin = singer(("customers", ["name"], [{"name": "C"}]), ("invoices", ["key"], [invoice]))
    ran = load(empty, tmp_path, stdin, **{limit: "1000"})
    assert ran.code == 1
    assert reason in ran.err
    assert books(empty, "Invoice") == []


def test_a_share_is_taken_for_what_it_may_come_to_at_most() -> None:
    lines: list[dict[str, Any]] = [{"amount": Decimal(100)}, {"amount": Decimal(-20)}, {"ratePercent": Decimal(-50)}]
    assert most(lines[:2]) == 80
    assert most(lines) == 80 + 60
    assert most([{"amount": Decimal(1)}, {"ratePercent": 50}]) == Decimal("1.50")


@pytest.mark.parametrize("limit", ["oldest_invoice_date", "newest_invoice_date"])
def test_a_limit_of_days_holds_for_credits_too(empty: Simulator, tmp_path: Path, limit: str) -> None:
    lines = [{"amount": 1}]
    credit = {"vendorName": "A", "refNumber": "1", "creditDate": "2026-03-01", "vendorCreditLineItems": lines}
    day = {"oldest_invoice_date": "2026-03-02", "newest_invoice_date": "2026-02-28"}[limit]
    ran = load(empty, tmp_path, singer(vendors("A"), ("vendor_credits", ["refNumber"], [credit])), **{limit: day})
    assert ran.code == 1
    assert f"{day} (`{limit}`)" in ran.err
    assert books(empty, "VendorCredit") == []


def deleted_and_back(simulator: Simulator, folder: Path, number: str = "1") -> None:
    """A bill of the ledger that was deleted by its source."""
    assert load(simulator, folder, singer(vendors("A"), bills(bill("A", number, 10)))).code == 0
    gone = bill("A", number, 10, _sdc_deleted_at="2026-03-02")
    assert load(simulator, folder, singer(vendors("A"), bills(gone)), allow_deletes=True).code == 0
    assert [each["isActive"] for each in books(simulator, "Bill")] == ["2"]


@pytest.mark.parametrize("amount", ["5000000", "10"], ids=["changed", "as it was"])
@pytest.mark.parametrize("limit", ["max_document_amount", "max_total_amount"])
def test_a_limit_holds_for_what_is_brought_back(empty: Simulator, tmp_path: Path, limit: str, amount: str) -> None:
    deleted_and_back(empty, tmp_path)
    back = singer(vendors("A"), bills(bill("A", "1", amount)))
    ran = load(empty, tmp_path, back, **{limit: "9.99"})
    assert ran.code == 1
    assert f"(`{limit}`)" in ran.err
    assert [(each["isActive"], each["amount"]) for each in books(empty, "Bill")] == [("2", 10)]


def test_a_document_in_several_steps_is_counted_once(empty: Simulator, tmp_path: Path) -> None:
    deleted_and_back(empty, tmp_path)
    back = singer(vendors("A"), bills(bill("A", "1", 20), bill("A", "2", 30)))
    empty.control.fault("drop_before", "/Bulk/Crud/Create/Bill.json")
    ran = load(empty, tmp_path, back, max_total_amount="50", max_creates=1, timeout_s=1)
    assert ran.code == 0, ran.err
    assert sorted(each["amount"] for each in books(empty, "Bill")) == [20, 30]


def test_a_plan_brings_back_and_changes_and_can_be_carried_out(empty: Simulator, tmp_path: Path) -> None:
    deleted_and_back(empty, tmp_path)
    back = singer(vendors("A"), bills(bill("A", "1", 20)))
    plan = planned(empty, tmp_path, back)
    assert steps(plan) == [("bills", "undelete", "A / 1"), ("bills", "update", "A / 1")]
    ran = load(empty, tmp_path, back, plan=PLAN)
    assert ran.code == 0, ran.err
    assert [(each["isActive"], each["amount"]) for each in books(empty, "Bill")] == [("1", 20)]


def test_a_plan_shows_what_a_limit_would_stop(empty: Simulator, tmp_path: Path) -> None:
    planned(empty, tmp_path, STDIN, max_document_amount="15")
    assert account(tmp_path, "bills") == {"created": 1, "rejected": 1}


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("max_total_amount", "much"),
        ("max_document_amount", "-0.01"),
        ("oldest_invoice_date", "May"),
        ("max_creates", -1),
        ("max_rejects", -1),
        ("batch_size", 0),
        ("batch_size", 101),
        ("max_concurrency", 0),
        ("max_concurrency", 4),
        ("on_match", "merge"),
        ("null_handling", "drop"),
        ("mode", "dry"),
    ],
)
def test_a_limit_that_means_nothing_is_named_at_start(setting: str, value: Any) -> None:
    with pytest.raises(SettingsError, match=f"setting `{setting}` is {value!r}; allowed is"):
        Options.of(TargetBill(config={**CONNECTION, setting: value}).config)


def test_a_limit_may_be_zero() -> None:
    none = {"max_creates": 0, "max_rejects": 0, "max_document_amount": "0", "max_total_amount": "0.00"}
    options = Options.of(TargetBill(config={**CONNECTION, **none}).config)
    assert [options.max_creates, options.max_document_amount, options.max_total_amount] == [0, 0, 0]
    assert options.has_limits


# What a plan refers to


def renamed_between(simulator: Simulator, folder: Path, rename: str, another: str) -> dict[str, Any]:
    """A plan for vendor A by name; then A is renamed, and another vendor has its name."""
    client = client_for(simulator)
    known = client.create(BY_NAME["Vendor"], {"name": "A  Payee"})["id"]
    plan = planned(simulator, folder, singer(bills(bill("a payee", "1", 5000))))
    client.update(BY_NAME["Vendor"], {"id": known, "name": rename})
    other = client.create(BY_NAME["Vendor"], {"name": another})["id"]
    (step,) = plan["steps"]
    assert step["references"] == [{"field": "vendorId", "name": "A  Payee", "id": known}]
    assert other != known
    return plan


def test_a_plan_pays_the_vendor_that_was_approved_and_not_its_namesake(empty: Simulator, tmp_path: Path) -> None:
    renamed_between(empty, tmp_path, "Was A", "a payee")
    ran = load(empty, tmp_path, singer(bills(bill("a payee", "1", 5000))), plan=PLAN)
    assert ran.code == 1
    assert books(empty, "Bill") == []
    (reject,) = rejects(tmp_path)
    assert "`vendorId` would be" in reject["reason"]
    assert "(A  Payee), as in the approved plan" in reject["reason"]


def test_an_account_of_a_line_that_is_another_one_now_is_not_booked(empty: Simulator, tmp_path: Path) -> None:
    client = client_for(empty)
    chart = BY_NAME["ChartOfAccount"]
    first = client.create(chart, {"name": "Zeppelins", "accountType": "6"})["id"]
    document = bill("A", "1", 10)
    document["billLineItems"][0]["chartOfAccountName"] = "Zeppelins"
    stdin = singer(vendors("A"), bills(document))
    plan = planned(empty, tmp_path, stdin)
    assert plan["steps"][1]["references"] == [
        {"field": "vendorId", "name": "A", "record": plan["steps"][0]["key"]},
        {"field": "lines[0].chartOfAccountId", "name": "Zeppelins", "id": first},
    ]
    client.update(chart, {"id": first, "name": "Old zeppelins"})
    client.create(chart, {"name": "Zeppelins", "accountType": "6"})
    load(empty, tmp_path, stdin, plan=PLAN)
    assert [each["name"] for each in books(empty, "Vendor")] == ["A"]
    assert books(empty, "Bill") == []
    assert "`lines[0].chartOfAccountId` would be" in rejects(tmp_path)[0]["reason"]


def test_a_vendor_that_the_plan_creates_is_the_one_that_its_bills_are_for(empty: Simulator, tmp_path: Path) -> None:
    planned(empty, tmp_path, STDIN)
    other = client_for(empty).create(BY_NAME["Vendor"], {"name": "a"})["id"]
    ran = load(empty, tmp_path, singer(bills(bill("A", "1", "10.50"))), plan=PLAN)
    assert ran.code == 1
    assert f"`vendorId` would be {other}, and not what" in rejects(tmp_path)[0]["reason"]
    assert books(empty, "Bill") == []


def test_a_vendor_that_came_meanwhile_is_not_the_one_that_the_plan_creates(empty: Simulator, tmp_path: Path) -> None:
    """Its record would adopt it: it has the same name, and somebody else's bank account."""
    planned(empty, tmp_path, STDIN)
    client_for(empty).create(BY_NAME["Vendor"], {"name": "a", "email": "other@example.test"})
    ran = load(empty, tmp_path, STDIN, plan=PLAN)
    assert ran.code == 1
    assert books(empty, "Bill") == []
    assert all("and not what a of vendors creates" in each["reason"] for each in rejects(tmp_path))


def test_a_plan_that_was_carried_out_in_part_goes_on(empty: Simulator, tmp_path: Path) -> None:
    planned(empty, tmp_path, STDIN)
    empty.control.fault("error", "/Bulk/Crud/Create/Bill.json", code="BDC_1119", count=1)
    load(empty, tmp_path, STDIN, plan=PLAN, max_document_amount="15")
    assert len(books(empty, "Vendor")) == 1
    ran = load(empty, tmp_path, STDIN, plan=PLAN)
    assert ran.code == 0, ran.err
    assert sorted(each["amount"] for each in books(empty, "Bill")) == [10.5, 20]


def test_a_plan_without_pins_is_no_plan(empty: Simulator, tmp_path: Path) -> None:
    plan = planned(empty, tmp_path, STDIN)
    for step in plan["steps"]:
        del step["references"]
    (tmp_path / PLAN).write_text(json.dumps(plan))
    ran = load(empty, tmp_path, STDIN, plan=PLAN)
    assert ran.code == 2
    assert "is no plan" in ran.err
