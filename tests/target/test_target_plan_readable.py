"""The readable files of a plan: everything that the plan does, for the person who signs it."""

from __future__ import annotations

import base64
import csv
import io
import json
import random
import re
import stat
from collections import Counter, defaultdict
from decimal import Decimal
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from browser_console import complaints
from conftest import client_for
from target_run import bill, bills, books, load, singer, vendors

from bill_api.entities import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from selenium.webdriver.chrome.webdriver import WebDriver

    from bill_simulator import Simulator

pytest_plugins = ["browser_fixtures"]

PLAN = "plan.json"
STEERING = "\x1b\x9b\x07\u202e\u2066\u200b"
DOCUMENTS = 500


class Cells(HTMLParser):
    """The rows of all tables of a page: the classes of each, and the texts of its cells."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[tuple[str, list[str]]] = []
        self.tags: Counter[str] = Counter()
        self._is_cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        if tag == "tr":
            self.rows.append((dict(attrs).get("class") or "", []))
        self._is_cell = self._is_cell or tag in {"td", "th"}
        if tag in {"td", "th"}:
            self.rows[-1][1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"}:
            self._is_cell = False

    def handle_data(self, data: str) -> None:
        if self._is_cell:
            self.rows[-1][1][-1] += data

    def of(self, kind: str) -> list[list[str]]:
        """The rows with a class, their blanks in order."""
        return [[" ".join(each.split()) for each in cells] for classes, cells in self.rows if kind in classes.split()]


def page(folder: Path) -> str:
    return (folder / "plan.html").read_text(encoding="utf-8")


def table(folder: Path) -> list[dict[str, str]]:
    text = (folder / "plan.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def planned(simulator: Simulator, folder: Path, stdin: str, **more: Any) -> dict[str, Any]:
    ran = load(simulator, folder, stdin, mode="plan", plan=PLAN, **more)
    assert ran.code == 0, ran.err
    plan: dict[str, Any] = json.loads((folder / PLAN).read_text())
    assert "to be read and signed, in full: plan.html, and as a table: plan.csv" in ran.err
    return plan


def amount(text: str) -> Decimal:
    return Decimal(text.replace(",", "") or 0)


ACCOUNTS = ("Paper & Pens", "Travel <b>& Meals</b>", "Rent, Rates & Insurance of the Harbour Office, Building 7")
DEPARTMENTS = ("Counter", "مبيعات", "Deep Research")
PARTIES = (
    "Oakwood Paper Ltd",
    "<script>document.title='broken in'</script>",
    "=cmd|' /C calc'!A0",
    "Wide" * 15,
    "The Honourable Society of Very Long Names and Their Lesser Relations",
    "Łódź Böttcher & Søn {{ 7 * 7 }}",
)


def generated(seed: int, count: int) -> list[dict[str, Any]]:
    """Bills whose lines are to be found again: each has a text of its own."""
    chance = random.Random(seed)  # noqa: S311  the same ones each time
    found = []
    for number in range(1, count + 1):
        lines = [
            {
                "amount": str(Decimal(chance.randrange(1, 9_999_999)) / 100),
                "description": f"line {number}.{place} of {chance.choice(PARTIES)} " + "long " * chance.choice((0, 40)),
                "chartOfAccountName": chance.choice(ACCOUNTS),
                **({"departmentName": chance.choice(DEPARTMENTS)} if chance.random() < 0.5 else {}),
            }
            for place in range(1, chance.choice((1, 2, 3, 6)) + 1)
        ]
        origin = {"_source_file": f"bills {number % 3}.csv", "_source_rows": [number, number + 1, number + 3]}
        record = bill(chance.choice(PARTIES), f"N-{number}", **origin)
        found.append({**record, "billLineItems": lines, "poNumber": f"PO {number}"})
    return found


def with_names(simulator: Simulator) -> None:
    client = client_for(simulator)
    for name in ACCOUNTS:
        client.create(BY_NAME["ChartOfAccount"], {"name": name, "accountType": "7"})
    for name in DEPARTMENTS:
        client.create(BY_NAME["Department"], {"name": name})


@pytest.fixture
def large(empty: Simulator, tmp_path: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Five hundred documents and the plan of them, with its readable files in the folder of the test."""
    with_names(empty)
    records = generated(7, DOCUMENTS)
    plan = planned(empty, tmp_path, singer(bills(*records)), create_missing=["vendors"])
    return records, plan


def test_every_document_and_every_line_is_on_the_page_and_in_the_table_to_the_cent(
    large: tuple[list[dict[str, Any]], dict[str, Any]], tmp_path: Path
) -> None:
    records, plan = large
    lines = [(each, line) for each in records for line in each["billLineItems"]]
    money = sum(Decimal(line["amount"]) for _, line in lines)
    assert len(plan["steps"]) == DOCUMENTS + len(PARTIES)

    cells = Cells(page(tmp_path))
    heads, shown = cells.of("head"), cells.of("line")
    assert len(heads) == len(plan["steps"])
    assert sum(amount(head[-1]) for head in heads) == money
    for record, head in zip(records, heads[len(PARTIES) :], strict=True):
        for said in (record["vendorName"], record["invoiceNumber"], "2026-03-01", "2026-03-31"):
            assert said in head[1]
        number = record["_source_rows"][0]
        assert f"{record['_source_file']}, row {number}-{number + 1}, {number + 3}" in head[1]
    assert len(shown) == len(lines)
    for (_, line), row in zip(lines, shown, strict=True):
        assert amount(row[-1]) == Decimal(line["amount"])
        assert re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})*\.[0-9]{2}", row[-1])
        assert " ".join(line["description"].split()) in row[1]
        assert line["chartOfAccountName"] in row[1]
        assert line.get("departmentName", "") in row[1]

    rows = [each for each in table(tmp_path) if each["stream"] == "bills"]
    assert sum(amount(each["line_amount"]) for each in rows) == sum(amount(each["amount"]) for each in rows) == money
    columns = ("head.invoiceNumber", "line_amount", "line.chartOfAccountId", "line.departmentId")
    assert [[each[name] for name in columns] for each in rows] == [
        [
            record["invoiceNumber"],
            f"{Decimal(line['amount']):.2f}",
            line["chartOfAccountName"],
            line.get("departmentName", ""),
        ]
        for record, line in lines
    ]
    assert {each["plan"] for each in rows} == {plan["hash"]}

    totals: dict[str, Decimal] = defaultdict(Decimal)
    for record, line in lines:
        totals[record["vendorName"]] += Decimal(line["amount"])
    told = {each["party"]: Decimal(each["amount"]) for each in plan["about"]["totals"]}
    assert told == totals


def test_names_are_data_on_the_page_and_in_the_table(
    large: tuple[list[dict[str, Any]], dict[str, Any]], tmp_path: Path
) -> None:
    _, plan = large
    text = page(tmp_path)
    assert not Cells(text).tags.keys() & {"script", "img", "b", "link", "a"}
    assert "{{ 7 * 7 }}" in text
    assert "'=cmd|' /C calc'!A0" in {each["party"] for each in table(tmp_path)}
    assert not [each for row in table(tmp_path) for each in row.values() if each.startswith("=")]
    assert plan["about"]["made_on_the_way"] == text.count("(made on the way)") == len(PARTIES)


def test_what_steers_a_reader_in_the_names_of_bill_is_shown_as_its_escape(empty: Simulator, tmp_path: Path) -> None:
    """Names that no record could bring, but that BILL may have."""
    client = client_for(empty)
    held = client.raw("/Crud/Create/Vendor.json", {"obj": {"entity": "Vendor", "name": f"No{STEERING}One"}})["id"]
    account = {"entity": "ChartOfAccount", "name": f"To{STEERING}Day", "accountType": "7"}
    into = client.raw("/Crud/Create/ChartOfAccount.json", {"obj": account})["id"]
    record = {**bill("", "1"), "vendorId": held, "billLineItems": [{"amount": 5, "chartOfAccountId": into}]}
    planned(empty, tmp_path, singer(("bills", ["invoiceNumber"], [record])))
    for path in (tmp_path / "plan.html", tmp_path / "plan.csv"):
        text = path.read_text(encoding="utf-8-sig")
        assert not [each for each in STEERING if each in text]
        for name in ("No", "To"):
            assert name + r"\x1b\x9b\x07\u202e\u2066\u200b" in text


def test_the_files_are_their_owners_and_say_which_plan_they_are_of(empty: Simulator, tmp_path: Path) -> None:
    text = singer(vendors("A", "A"), bills(bill("A", "1", 5), bill("Nobody", "2", 20)))
    plan = planned(empty, tmp_path, text, max_rejects=1, max_total_amount="900.00", on_match="reject", source="erp")
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in tmp_path.glob("plan.*"))
    shown = page(tmp_path)
    about = plan["about"]
    for said in (
        plan["hash"],
        plan["organization_id"],
        about["user"],
        about["made_at"],
        "no active Vendor is called &#39;Nobody&#39;",
        "<dt>max_total_amount</dt><dd>900.00</dd>",
        "<dt>on_match</dt><dd>reject</dd>",
        "<dt>source</dt><dd>erp</dd>",
        "<dt>allow_deletes</dt><dd>no</dd>",
        "signature",
    ):
        assert said in shown, said
    (reject,) = [each for each in table(tmp_path) if each["action"] == "rejected"]
    assert (reject["record"], reject["party"], reject["object"]) == ("Nobody / 2", "Nobody", "2")
    assert (reject["amount_not_written"], reject["amount"]) == ("20.00", "")
    assert "no active Vendor is called" in reject["reasons"]
    assert about["streams"]["bills"]["received_money"] == "25.00"


def test_a_plan_that_did_not_come_to_its_end_leaves_no_readable_file_of_an_earlier_one(
    empty: Simulator, tmp_path: Path
) -> None:
    earlier = planned(empty, tmp_path, singer(vendors("A"), bills(bill("A", "1", 5))))["hash"]
    record = {**bill("B", "2", 5), "departmentId": "0de01ABCDEFGHIJKLMNO"}
    empty.control.fault("error", path="/List/Department*", code="BDC_1111", message="no more", count=99)
    ran = load(empty, tmp_path, singer(vendors("B"), bills(record)), mode="plan", plan=PLAN)
    assert ran.code == 5
    assert earlier not in (tmp_path / PLAN).read_text(), "it had begun"
    assert not [*tmp_path.glob("plan.html"), *tmp_path.glob("plan.csv")]


@pytest.mark.parametrize("part", ["not_written", "about", "shown"])
def test_what_is_read_and_signed_is_what_the_hash_is_of(empty: Simulator, tmp_path: Path, part: str) -> None:
    text = singer(vendors("A"), bills(bill("A", "1", 5), bill("Nobody", "2", 20)))
    plan = planned(empty, tmp_path, text, max_rejects=1)
    match part:
        case "not_written":
            plan[part] = []
        case "about":
            plan[part]["settings"]["allow_deletes"] = True
        case _:
            plan["steps"][1][part]["party"] = "B"
    (tmp_path / PLAN).write_text(json.dumps(plan))
    ran = load(empty, tmp_path, text, plan=PLAN, max_rejects=1)
    assert "was changed after it was made" in ran.err


def test_a_change_is_told_by_names_and_line_by_line(empty: Simulator, tmp_path: Path) -> None:
    with_names(empty)
    client = client_for(empty)
    known = {
        name: client.create(BY_NAME[name], {"name": "Held Ltd" if name == "Vendor" else "Bonus", **more})["id"]
        for name, more in (("Vendor", {}), ("ChartOfAccount", {"accountType": "7"}))
    }

    def line(text: str, money: Any, account: str, **more: Any) -> dict[str, Any]:
        return {"description": text, "amount": money, "chartOfAccountName": account, **more}

    old = [line("paper", "1000.00", ACCOUNTS[0]), line("train", 20, ACCOUNTS[0]), line("cake", 30, "Bonus")]
    new = [
        line("paper", "1250.50", ACCOUNTS[0]),
        line("train", 20, ACCOUNTS[0]),
        line("wine", 7, ACCOUNTS[1]),
    ]
    record = {**bill("Held Ltd", "1"), "billLineItems": old, "description": "first"}
    assert load(empty, tmp_path, singer(bills(record))).code == 0
    later = {**record, "billLineItems": new, "dueDate": "2026-04-15", "description": None}
    options = {"allow_fewer_lines": ["bills"], "null_handling": "clear"}
    plan = planned(empty, tmp_path, singer(bills(later)), **options)
    (head,) = Cells(page(tmp_path)).of("head")
    assert "due date 2026-03-31 → 2026-04-15" in head[1]
    assert "description first → nothing" in head[1]
    assert "Held Ltd / 1" in head[1]
    assert head[2:] == ["1,050.00", "1,277.50"]
    assert Cells(page(tmp_path)).of("total")[0][-1] == "227.50"
    assert Cells(page(tmp_path)).of("line") == [
        ["changed", "paper account Paper & Pens", "1,000.00", "1,250.50"],
        ["same", "train account Paper & Pens", "", "20.00"],
        ["new", f"wine account {ACCOUNTS[1]}", "", "7.00"],
        ["gone", "cake account Bonus", "30.00", ""],
    ]
    people = page(tmp_path) + (tmp_path / "plan.csv").read_text() + json.dumps(plan["steps"][0]["shown"])
    assert not [each for each in known.values() if each in people]

    moved = [{**each, "chartOfAccountName": "Bonus"} if each["description"] == "paper" else each for each in old]
    planned(empty, tmp_path, singer(bills({**record, "billLineItems": moved})), **options)
    told = [each[:2] for each in Cells(page(tmp_path)).of("line")]
    assert told[0][0] == "changed"
    assert told[0][1].endswith("Paper & Pens → Bonus")
    assert "gone" not in {way for way, _ in told}


def test_a_change_of_a_line_that_gives_its_id_is_told_from_name_to_name(empty: Simulator, tmp_path: Path) -> None:
    with_names(empty)
    record = {**bill("Held Ltd", "1"), "billLineItems": [{"amount": 5, "chartOfAccountName": ACCOUNTS[0]}]}
    assert load(empty, tmp_path, singer(vendors("Held Ltd"), bills(record))).code == 0
    (there,) = books(empty, "Bill")
    (line,) = there["billLineItems"]
    accounts = {each["name"]: each["id"] for each in books(empty, "ChartOfAccount")}
    changed = {"id": line["id"], "amount": 5, "chartOfAccountId": accounts[ACCOUNTS[2]]}
    planned(empty, tmp_path, singer(bills({**record, "billLineItems": [changed]})), allow_fewer_lines=["bills"])
    (row,) = Cells(page(tmp_path)).of("line")
    assert row == ["changed", f"account {ACCOUNTS[0]} → {ACCOUNTS[2]}", "5.00", "5.00"]


def test_what_no_record_refers_to_is_told_by_its_name_too(empty: Simulator, tmp_path: Path) -> None:
    """No record needs the list: it is read for the person who signs."""
    with_names(empty)
    client = client_for(empty)
    term = next(each for each in books(empty, "PaymentTerm") if each["netDue"] == 30)
    client.create(BY_NAME["Vendor"], {"name": "Held Ltd", "paymentTermId": term["id"]})
    record = {**bill("Held Ltd", "1"), "billLineItems": [{"amount": 5, "departmentName": DEPARTMENTS[0]}]}
    assert load(empty, tmp_path, singer(bills(record))).code == 0
    later = {**record, "dueDate": "2026-04-15", "billLineItems": [{"amount": 5}]}
    cleared = ("vendors", ["name"], [{"name": "Held Ltd", "paymentTermId": None}])
    planned(empty, tmp_path, singer(cleared, bills(later)), null_handling="clear")
    assert "payment term 30 → nothing" in Cells(page(tmp_path)).of("head")[0][1]
    assert Cells(page(tmp_path)).of("line") == [["same", f"department {DEPARTMENTS[0]}", "", "5.00"]]


def test_what_stands_in_a_tree_is_told_by_its_path(empty: Simulator, tmp_path: Path) -> None:
    tree = [{"key": 1, "name": "Fleet"}, {"key": 2, "name": "Vans", "parentDepartmentName": "Fleet"}]
    record = {**bill("A", "1"), "billLineItems": [{"amount": 5, "departmentName": "Fleet:Vans"}]}
    planned(empty, tmp_path, singer(("departments", ["key"], tree), vendors("A"), bills(record)))
    cells = Cells(page(tmp_path))
    assert [head[1] for head in cells.of("head")][:2] == [
        "create Fleet record 1 of departments",
        "create Fleet:Vans record 2 of departments",
    ]
    assert cells.of("line") == [["", "department Fleet:Vans", "5.00"]]


def test_deletes_and_take_overs_say_what_goes_and_from_which_record(empty: Simulator, tmp_path: Path) -> None:
    keyed = {**bill("A", "1", "10.00", 5), "key": 7}
    assert load(empty, tmp_path, singer(vendors("A"), ("bills", ["key"], [keyed]))).code == 0
    gone = {**keyed, "isActive": "2"}
    planned(empty, tmp_path, singer(("bills", ["key"], [gone])), allow_deletes=True)
    (row,) = Cells(page(tmp_path)).of("head")
    assert row[1].startswith("delete A / 1")
    assert row[2:] == ["15.00", ""]
    assert Cells(page(tmp_path)).of("total") == [["bills", "1", "15.00", "0.00", "-15.00"]]
    assert [each[2] for each in Cells(page(tmp_path)).of("gone")] == ["10.00", "5.00"]
    planned(empty, tmp_path, singer(("bills", ["key"], [gone])))
    assert [each["action"] for each in table(tmp_path)] == ["skipped"]

    planned(
        empty, tmp_path, singer(("bills", ["other"], [{**keyed, "other": 8, "poNumber": "P"}])), take_over=["bills"]
    )
    taken, update = Cells(page(tmp_path)).of("head")
    assert "taken over from 7 of bills" in taken[1]
    assert (taken[2:], update[2:]) == (["", ""], ["15.00", "15.00"])
    assert Cells(page(tmp_path)).of("total") == [["bills", "2", "15.00", "15.00", "0.00"]]
    assert "po number nothing → P" in update[1]


def test_what_is_brought_back_and_changed_counts_once(empty: Simulator, tmp_path: Path) -> None:
    keyed = {**bill("A", "1", 5), "key": 1}
    assert load(empty, tmp_path, singer(vendors("A"), ("bills", ["key"], [keyed]))).code == 0
    client_for(empty).delete(BY_NAME["Bill"], books(empty, "Bill")[0]["id"])
    later = {**keyed, "isActive": "1", "billLineItems": [{"amount": 7}]}
    planned(empty, tmp_path, singer(("bills", ["key"], [later])))
    heads = Cells(page(tmp_path)).of("head")
    assert [head[2:] for head in heads] == [["", "5.00"], ["5.00", "7.00"]]
    assert Cells(page(tmp_path)).of("total") == [["bills", "1", "0.00", "7.00", "7.00"]]


def test_bank_and_tax_numbers_stand_in_no_readable_file(empty: Simulator, tmp_path: Path) -> None:
    client_for(empty).create(BY_NAME["Vendor"], {"name": "Old", "taxId": "111223333"})
    records = [{"name": "Old", "taxId": "987654321"}, {"name": "New", "taxId": "123456789"}]
    planned(empty, tmp_path, singer(("vendors", ["name"], records)))
    texts = [path.read_text() for path in tmp_path.glob("plan.*")]
    assert all("(hidden)" in each for each in texts)
    assert not [number for number in ("111223333", "987654321", "123456789") for each in texts if number in each]


def test_files_to_attach_are_told_with_what_they_go_on(empty: Simulator, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files/scan.pdf").write_bytes(b"%PDF-1.4 scan")
    record = {**bill("A", "1", 5), "attachments": ["scan.pdf"]}
    planned(empty, tmp_path, singer(vendors("A"), bills(record)), attachment_dir="files")
    attached = Cells(page(tmp_path)).of("head")[-1]
    assert "scan.pdf" in attached[1]
    assert "A / 1" in attached[1]


def test_what_an_approver_should_look_at_stands_beside_its_document(empty: Simulator, tmp_path: Path) -> None:
    assert load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "INV-7", 5)))).code == 0
    planned(empty, tmp_path, singer(bills(bill("A", "INV7", 5))))
    (head,) = Cells(page(tmp_path)).of("head")
    assert "its number is nearly 'INV-7'" in head[1]
    assert "its number is nearly 'INV-7'" in table(tmp_path)[0]["warnings"]


# In the browser


@pytest.fixture
def opened(browser: WebDriver, large: Any, tmp_path: Path) -> Iterator[WebDriver]:
    browser.get((tmp_path / "plan.html").as_uri())
    yield browser
    assert complaints(browser) == []
    assert browser.title == f"Plan {large[1]['hash'][7:19]}: {DOCUMENTS + len(PARTIES)} steps"


SHEETS_IN = {"A4": (8.27, 11.69), "Letter": (8.5, 11)}
"""Width and height, in inches."""


@pytest.mark.slow
def test_the_page_fits_a_sheet_and_prints_all_of_its_pages(opened: WebDriver) -> None:
    wide = "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert opened.execute_script(wide)
    inside = """
        return [...document.querySelectorAll("td")].filter((each) => each.scrollWidth > each.clientWidth + 1)
            .map((each) => each.textContent)
    """
    assert opened.execute_script(inside) == [], "nothing is wider than its column"
    for width, height in SHEETS_IN.values():
        sheet = {"paperWidth": width, "paperHeight": height, "preferCSSPageSize": False}
        pdf = base64.b64decode(opened.execute_cdp_cmd("Page.printToPDF", sheet)["data"])
        assert pdf.startswith(b"%PDF")
        assert len(re.findall(rb"/Type /Page\b", pdf)) > 30


def test_on_a_phone_the_page_is_as_wide_as_the_screen_and_names_stay_readable(opened: WebDriver) -> None:
    opened.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    )
    try:
        widths = opened.execute_script(
            "return [document.documentElement.scrollWidth, ..."
            "[...document.querySelectorAll('.books tbody td:first-child')].map((each) => each.clientWidth)]"
        )
    finally:
        opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert widths[0] <= 390
    assert min(widths[1:]) >= 150


def test_the_file_of_a_record_is_told_however_its_tap_names_it(empty: Simulator, tmp_path: Path) -> None:
    record = bill("Acme", "1", 5, _sdc_source_file="bills.csv", _sdc_source_lineno=7)
    plan = planned(empty, tmp_path, singer(vendors("Acme"), bills(record)))
    assert plan["about"]["files"] == [{"stream": "bills", "file": "bills.csv", "records": 1, "rows": 1}]
    (row,) = (each for each in table(tmp_path) if each["stream"] == "bills")
    assert (row["source_file"], row["source_rows"]) == ("bills.csv", "7")
