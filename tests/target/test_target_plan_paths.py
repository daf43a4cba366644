"""The files of a plan: one that may be signed is never lost, and no other file is written over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from target_run import bill, bills, load, singer, vendors
from test_target_plan_books import table

from bill_program.settings import declared
from target_bill.settings import Options

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator


def test_a_plan_that_was_there_is_kept_with_its_page_and_can_still_be_carried_out(
    empty: Simulator, tmp_path: Path
) -> None:
    first, second = (singer(vendors("A"), bills(bill("A", "1", amount))) for amount in (5, 6))
    assert load(empty, tmp_path, first, mode="plan", plan="plan.json").code == 0
    signed = {each.suffix: each.read_bytes() for each in tmp_path.glob("plan.*")}
    mark = json.loads(signed[".json"])["hash"][7:19]
    ran = load(empty, tmp_path, second, mode="plan", plan="plan.json")
    assert ran.code == 0, ran.err
    assert f"the plan that was there before is kept as plan-{mark}.json" in ran.err
    assert {each.suffix: each.read_bytes() for each in tmp_path.glob(f"plan-{mark}.*")} == signed
    assert json.loads((tmp_path / "plan.json").read_text())["hash"][7:19] != mark
    assert load(empty, tmp_path, first, plan=f"plan-{mark}.json").code == 0


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (".", "'.' is a folder; give the name of a file"),
        ("plan.html", "would not be a HTML file; give plan.json"),
        ("books.json", "books.json is there, and no plan: it is not overwritten"),
    ],
)
def test_a_plan_is_written_over_nothing_else(empty: Simulator, tmp_path: Path, plan: str, said: str) -> None:
    (tmp_path / "books.json").write_text('{"books": 1}')
    ran = load(empty, tmp_path, singer(vendors("A")), mode="plan", plan=plan)
    assert ran.code == 2
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert (tmp_path / "books.json").read_text() == '{"books": 1}'
    assert not (tmp_path / "plan.html").exists()


GIVEN: dict[str, Any] = {
    "undo_days": 7,
    "on_match": "skip",
    "match_on": {"vendors": ["name"], "bills": ["invoiceNumber", "vendorId"]},
    "create_missing": ["customers", "vendors"],
    "source": "erp",
    "take_over": ["bills", "vendors"],
    "allow_renames": True,
    "allow_fewer_lines": ["bills", "invoices"],
    "allow_negative": True,
    "null_handling": "clear",
    "allow_deletes": True,
    "allow_duplicate_invoice_numbers": True,
    "paid_or_approved": "warn",
    "similar_numbers": "off",
    "similar_amounts": "off",
    "duplicate_days": 3,
    "similar_names": "off",
    "required_fields": {"bills": ["poNumber", "billLineItems.chartOfAccountId"]},
    "attachment_dir": "files",
    "attachment_problems": "warn",
    "max_rejects": 2,
    "max_creates": 9,
    "max_document_amount": "25000.00",
    "max_total_amount": "50000.00",
    "oldest_invoice_date": "2026-01-01",
    "newest_invoice_date": "2026-12-31",
    "documents": {"lines": {"stream": "bills", "group_by": ["number"], "lines": {"columns": {"amount": "sum"}}}},
    "streams": {"suppliers": "vendors"},
}
"""Another value than the default of every setting that decides what a run does."""

NOT_OF_PLANS = {"mode", "plan", "ledger", "ledger_wait_s", "report_dir", "batch_size", "max_concurrency"}


@pytest.mark.parametrize("name", [each.name for each in declared(Options) if each.name not in NOT_OF_PLANS])
def test_a_plan_tells_every_setting_that_decides_as_it_was_given(name: str) -> None:
    chosen = Options.of({name: GIVEN[name]}).chosen
    assert json.loads(json.dumps(chosen[name])) == GIVEN[name] != Options().chosen[name]
    assert not NOT_OF_PLANS & chosen.keys()


def test_a_plan_tells_settings_as_they_were_given_and_a_text_with_its_lines(empty: Simulator, tmp_path: Path) -> None:
    record = bill("A", "1", 5, description="first\r\nsecond")
    more = {"allow_fewer_lines": ["bills"], "match_on": {"vendors": ["name"]}}
    assert load(empty, tmp_path, singer(vendors("A"), bills(record)), mode="plan", plan="plan.json", **more).code == 0
    settings = json.loads((tmp_path / "plan.json").read_text())["about"]["settings"]
    assert (settings["allow_fewer_lines"], settings["match_on"]) == (["bills"], {"vendors": ["name"]})
    assert "first\nsecond" in (tmp_path / "plan.html").read_text()
    assert table(tmp_path / "plan.csv")[1]["head.description"] == "first\nsecond"


def test_the_money_of_what_is_not_written_is_no_less_than_it_may_be(empty: Simulator, tmp_path: Path) -> None:
    records = (
        bill("A", "unreadable", "12.345"),
        {**bill("A", "more", 5), "amount": "500000.00"},
        {**bill("A", "no vendor", 7), "vendorName": "Nobody"},
    )
    ran = load(empty, tmp_path, singer(vendors("A"), bills(*records)), mode="plan", plan="plan.json", max_rejects=9)
    assert ran.code == 0, ran.err
    told = {each["object"]: each["amount_not_written"] for each in table(tmp_path / "plan.csv")[1:]}
    assert told == {"unreadable": "unknown", "more": "500000.00", "no vendor": "7.00"}
    page = (tmp_path / "plan.html").read_text()
    assert (">unknown<" in page, "500,000.00" in page) == (True, True)


def test_a_stream_that_is_nearly_one_of_bill_is_asked_for(empty: Simulator, tmp_path: Path) -> None:
    ran = load(empty, tmp_path, singer(("vendorCredits", ["refNumber"], [{"refNumber": "1"}])))
    assert ran.code == 1
    assert "stream `vendorCredits` is not one of BILL's (did you mean `vendor_credits`?)" in ran.err
