"""The page for people at `/`: in a real browser, and its data endpoints over plain HTTP."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
import requests
from browser_console import complaints
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait
from simulator_caller import TIMEOUT_S, Caller, bill, invoice

from bill_api.entities import ENTITIES
from bill_simulator import Simulator, defaults
from bill_simulator.page.exchanges import MASK, readable
from bill_simulator.page.routes import SEARCHED_MAX
from bill_simulator.state.request_log import EXCHANGES_KEPT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from selenium.webdriver.chrome.webdriver import WebDriver
    from selenium.webdriver.remote.webelement import WebElement

pytest_plugins = ["browser_fixtures", "simulator_fixtures"]

HOSTILE = """<img src=x onerror="document.title='broken in'"><script>alert(1)</script>"""
ROWS_PER_PAGE = 25

TABLE = """
    const table = document.getElementById(arguments[0]);
    if (!table || table.closest("[hidden]")) return null;
    const texts = (row) => Array.from(row.cells, (cell) => cell.textContent);
    return {heads: texts(table.tHead.rows[0]), rows: Array.from(table.tBodies[0].rows, texts),
            foot: table.tFoot ? texts(table.tFoot.rows[0]) : null};
"""
TEXT = "const found = document.querySelector(arguments[0]); return found && !found.hidden ? found.textContent : null"
BOX = "return document.querySelector(arguments[0]).getBoundingClientRect().toJSON()"
LOADED = "return performance.getEntriesByType('resource').map((each) => each.name)"
UNNAMED = """
    const wrong = [];
    for (const each of document.querySelectorAll("table")) if (!each.caption?.textContent) wrong.push(each.id);
    for (const each of document.querySelectorAll("th")) if (!each.scope) wrong.push(each.textContent);
    for (const each of document.querySelectorAll("input, select")) if (!each.labels.length) wrong.push(each.id);
    for (const each of document.querySelectorAll("section")) {
      const label = each.getAttribute("aria-labelledby");
      if (!each.hidden && !document.getElementById(label)) wrong.push(each.id);
    }
    return wrong;
"""


class Page:
    """The page of a simulator in a browser, as a person sees it."""

    def __init__(self, browser: WebDriver, simulator: Simulator) -> None:
        self.browser = browser
        self.simulator = simulator

    def open(self, **place: str) -> None:
        """Load it, and wait for what it shows."""
        self.browser.get("about:blank")
        self.browser.get(f"{self.simulator.url}/#{urlencode(place)}")
        self.until(lambda: self.text("#health") == "connected", "the page does not connect")

    def until(self, condition: Callable[[], Any], complaint: str) -> Any:
        return WebDriverWait(self.browser, TIMEOUT_S, poll_frequency=0.05).until(lambda _: condition(), complaint)

    def run(self, script: str, *arguments: Any) -> Any:
        return self.browser.execute_script(script, *arguments)

    def text(self, selector: str) -> str | None:
        text: str | None = self.run(TEXT, selector)
        return text

    def table(self, table_id: str) -> list[dict[str, str]]:
        """The rows of a table by the heads of its columns; none if it is not there."""
        found = self.run(TABLE, table_id)
        return [dict(zip(found["heads"], row, strict=True)) for row in found["rows"]] if found else []

    def foot(self, table_id: str) -> dict[str, str]:
        found = self.run(TABLE, table_id)
        return dict(zip(found["heads"], found["foot"], strict=True))

    def objects(self) -> list[str]:
        """The names in the list."""
        return [each["Object"] for each in self.table("object-table")]

    def fields(self) -> dict[str, str]:
        return {each["Field"]: each["Value"] for each in self.table("field-table")}

    def entities(self) -> dict[str, dict[str, str]]:
        return {each["Entity"]: each for each in self.table("entity-table")}

    def link(self, text: str) -> WebElement:
        element: WebElement = self.until(
            lambda: next(iter(self.browser.find_elements(By.LINK_TEXT, text)), None), f"no link {text!r}"
        )
        return element

    def search(self, text: str) -> None:
        box = self.browser.find_element(By.ID, "text")
        box.send_keys(Keys.CONTROL, "a")
        box.send_keys(text or Keys.DELETE)

    def look_again(self) -> None:
        """Come back from another tab: it refreshes at once, and not only when its time comes."""
        self.run("document.dispatchEvent(new Event('visibilitychange'))")


def money(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


@pytest.fixture
def page(browser: WebDriver, caller: Caller) -> Iterator[Page]:
    """A page that in the end has complained of nothing and asked nobody else."""
    shown = Page(browser, caller.simulator)
    shown.open(organization=caller.organization, entity="Bill")
    yield shown
    loaded = shown.run(LOADED)
    assert loaded
    assert [each for each in loaded if not each.startswith(f"{caller.simulator.url}/_simulator/page/")] == []
    assert complaints(browser) == []


def ask(caller: Caller, path: str, **query: Any) -> Any:
    """A data endpoint over plain HTTP."""
    answer = requests.get(f"{caller.simulator.url}/_simulator/page/{path}", query, timeout=TIMEOUT_S)
    assert answer.status_code == 200, answer.text
    return answer.json()


# ---- in the browser


def test_counts_and_totals_are_those_of_the_books(page: Page, caller: Caller) -> None:
    caller.on("Delete", "Bill", caller.list("Bill")[0]["id"])
    totals = caller.control.totals(caller.organization)
    page.look_again()
    page.until(lambda: page.entities()["Bill"]["Active"] == str(totals["Bill"]["active"]), "the delete is not shown")
    shown = page.entities()
    assert set(shown) == set(totals)
    for name, counts in totals.items():
        assert (int(shown[name]["All"]), int(shown[name]["Active"])) == (counts["count"], counts["active"])
        amount = counts.get("amount_active")
        assert amount is None or money(shown[name]["Amount"]) == amount
    assert re.fullmatch(r"\d{1,3}(,\d{3})+\.\d\d", shown["Bill"]["Amount"])


def test_search_narrows_the_list(page: Page, caller: Caller) -> None:
    made = caller.create("Bill", **bill(caller.vendor(), "Zebra-77", 98765.4321))
    page.look_again()
    page.until(lambda: len(page.objects()) == 13, "not all bills are shown")
    for text in ("zEBRA", made["id"][5:], "98,765.43", "98765.4321"):
        page.search(text)
        page.until(lambda: page.objects() == ["Zebra-77"], f"{text} is not found")
    assert page.text("#matches") == "1 to 1 of 1 found in 13, the last changed first"
    assert page.text("#said") == "1 found"
    page.search("no such text")
    page.until(lambda: page.text("#rows .nothing") == "Nothing has this text.", "something is found")
    page.search("")
    page.until(lambda: len(page.objects()) == 13, "the search is not over")


def test_a_bill_shows_its_lines_whose_amounts_sum_up_to_its_total(page: Page, caller: Caller) -> None:
    caller.create("Bill", **bill(caller.vendor("Quarry & Sons"), "B-1", 1234567.5, 0.01, -20.25))
    page.look_again()
    page.link("B-1").send_keys(Keys.ENTER)
    page.until(lambda: page.text("#document-title") == "B-1 Bill", "the bill does not open")
    lines = [each["amount"] for each in page.table("child-billLineItems")]
    assert lines == ["1,234,567.50", "0.01", "-20.25"]
    fields = page.fields()
    assert fields["amount"] == page.foot("child-billLineItems")["amount"] == "1,234,547.26"
    assert sum(map(money, lines)) == money(fields["amount"])
    assert fields["approvalStatus"] == "unassigned 0"
    assert "poNumber" not in fields
    page.link("Quarry & Sons").click()
    page.until(lambda: page.text("#document-title") == "Quarry & Sons Vendor", "the vendor does not open")
    page.link("Bill").click()
    page.until(lambda: len(page.objects()) == 13, "the bills do not come back")


def test_the_empty_fields_and_what_refers_to_an_object_can_be_seen(page: Page, caller: Caller) -> None:
    vendor = caller.vendor()
    caller.create("Bill", **bill(vendor, "B-1"))
    page.open(organization=caller.organization, entity="Vendor", id=vendor)
    page.until(page.fields, "the vendor does not open")
    assert "taxId" not in page.fields()
    page.browser.find_element(By.PARTIAL_LINK_TEXT, "empty fields").click()
    page.until(lambda: "taxId" in page.fields(), "no empty fields")
    page.browser.find_element(By.CSS_SELECTOR, "#document .links:last-child").find_element(By.LINK_TEXT, "Bill").click()
    page.until(lambda: page.objects() == ["B-1"], "the vendor's bill is not found")


def test_a_new_bill_appears_by_itself_and_nothing_else_moves(page: Page, caller: Caller) -> None:
    page.search("-1")
    page.until(lambda: page.text("#said") == "12 found", "the search is not answered")
    page.run(
        "scrollTo(0, 200); window.row = document.querySelector('#object-table tbody tr'); text.setSelectionRange(1, 2)"
    )
    before = page.run("return scrollY")
    caller.create("Bill", **bill(caller.vendor(), "NEW-1"))
    page.until(lambda: page.objects()[0] == "NEW-1", "the new bill does not appear")
    assert page.run("return document.contains(window.row) && window.row.rowIndex") == 2
    assert page.run("return [document.activeElement.id, text.value, text.selectionStart, scrollY]") == [
        "text",
        "-1",
        1,
        before,
    ]


def test_the_focus_stays_on_an_object_that_moves_down(page: Page, caller: Caller) -> None:
    name = page.objects()[3]
    page.run("arguments[0].focus()", page.link(name))
    caller.create("Bill", **bill(caller.vendor(), "NEW-1"))
    page.look_again()
    page.until(lambda: page.objects()[4] == name, "the new bill does not appear")
    assert page.run("return document.activeElement.textContent") == name


def test_refused_calls_and_faults_stand_in_the_requests(page: Page, caller: Caller) -> None:
    caller.refused("/Crud/Read/Vendor.json", {"id": "nobody"})
    caller.bulk("Create", "Bill", {"obj": {}}, {"obj": bill(caller.vendor(), "B-1")})
    caller.control.fault("drop_after", "/List/Bill.json")
    with pytest.raises(requests.ConnectionError):
        caller.list("Bill")
    page.look_again()
    page.until(lambda: len(page.table("request-table")) == 5, "the calls are not shown")
    dropped, bulk, created, refused, login = page.table("request-table")
    assert (dropped["Path"], dropped["Fault"]) == ("/List/Bill.json", "drop_after")
    assert (bulk["Outcome"], bulk["Rows"]) == ("OK1 refused", "1")
    assert (created["Outcome"], created["Fault"]) == ("OK", "")
    assert refused["Outcome"] == "BDC_1120 No data found."
    assert login["Path"] == "/Login.json"
    assert all(float(each["ms"]) >= 0 and re.fullmatch(r"\d\d:\d\d:\d\d", each["Time"]) for each in (dropped, login))
    marked = page.run("return Array.from(document.querySelectorAll('#request-table .problem'), (row) => row.rowIndex)")
    assert marked == [1, 2, 4]
    page.link("Only what went wrong").click()
    page.until(lambda: len(page.table("request-table")) == 3, "the good calls stay")


def test_a_call_shows_what_was_said_without_its_secrets(page: Page, caller: Caller) -> None:
    account = caller.create("Vendor", name="Quarry & Sons", taxId="98-7654321", accountNumber="4711")["id"]
    caller.refused("/Crud/Read/Vendor.json", {"id": "nobody"})
    page.look_again()
    page.until(lambda: len(page.table("request-table")) == 3, "the calls are not shown")
    page.browser.find_elements(By.CSS_SELECTOR, "#request-table tbody a")[1].click()
    page.until(lambda: "call 2, OK" in (page.text("#call-title") or ""), "the call does not open")
    said = page.text("#call") or ""
    assert '"name": "Quarry & Sons"' in said
    assert f'"id": "{account}"' in said
    assert "98-7654321" not in said
    assert '"taxId": "(hidden)"' in said
    assert defaults.DEVELOPER_KEY not in said
    assert page.run("return document.activeElement.id") == "call-title"
    page.browser.find_elements(By.CSS_SELECTOR, "#request-table tbody a")[0].click()
    page.until(lambda: "BDC_1120 No data found." in (page.text("#call-title") or ""), "the refusal does not open")
    assert '"id": "nobody"' in (page.text("#call") or "")
    page.link("Back to the books").click()
    page.until(page.objects, "the books do not come back")


def test_only_the_last_calls_are_kept_with_what_was_said_and_the_wrong_ones_longer(caller: Caller) -> None:
    caller.refused("/Crud/Read/Vendor.json", {"id": "nobody"})
    for _ in range(EXCHANGES_KEPT + 1):
        caller.list("Organization")
    count = caller.control.summary()["calls"]
    assert [ask(caller, "call", number=each)["found"] for each in (1, 2, 3, 4, count)] == [
        False,
        True,
        False,
        True,
        True,
    ]
    caller.control.forget_requests()
    assert ask(caller, "call", number=0) == {"found": False}


@pytest.mark.parametrize(
    "text",
    [
        '{"password": "geheim", "name": "x"}',
        '{"password" : "geheim"',
        '{"obj": {"accountNumber": "geheim"',
        '[{"taxId":"geheim',
        '{"sessionId": "ge\\"heim", "a": 1',
        '{"accountNumber": 4711, "name": "geh',
        '{"devKey": "geheim\\',
    ],
)
def test_what_is_secret_is_hidden_in_whole_and_in_broken_texts(text: str) -> None:
    shown = readable(text)
    assert not {"geheim", "heim", "4711"} & set(re.findall(r"\w+", shown))
    assert MASK in shown


def test_the_settings_of_the_connection_can_be_copied(page: Page, caller: Caller) -> None:
    page.browser.find_element(By.CSS_SELECTOR, "#connect summary").click()
    expected = defaults.connection(f"{caller.simulator.url}/api/v2", caller.organization)
    assert page.text("#connection") == "".join(f"{name}={value}\n" for name, value in expected.items())
    page.browser.find_element(By.ID, "copy").click()
    page.until(lambda: page.text("#copied"), "nothing is said of the copy")
    assert page.run("return getSelection().toString()").split() == [f"{name}={each}" for name, each in expected.items()]
    page.look_again()
    assert page.run("return document.getElementById('connect').open")


@pytest.mark.parametrize(("width", "height"), [(1400, 1000), (1800, 1000), (400, 800)])
def test_requests_faults_and_amounts_are_seen_without_scrolling(
    page: Page, caller: Caller, width: int, height: int
) -> None:
    caller.control.fault("error", "/List/*", nth=2)
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        page.open(organization=caller.organization, entity="Bill")
        page.until(lambda: page.table("fault-table"), "the fault is not shown")
        for selector in ("#request-table tbody tr", "#fault-table tbody tr", "#entity-table [aria-current]"):
            box = page.run(BOX, selector)
            assert 0 <= box["top"] < box["bottom"] <= height, selector
        amount = page.run(BOX, "#object-table tbody td:nth-child(2)")
        assert amount["right"] <= width
        assert re.fullmatch(r"[\d,]+\.\d\d", page.text("#object-table tbody td:nth-child(2)") or "")
    finally:
        page.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_amounts_have_two_decimals_at_least(page: Page, caller: Caller) -> None:
    made = caller.create("Bill", **bill(caller.vendor(), "ROUND", 1200))
    page.open(organization=caller.organization, id=made["id"])
    page.until(page.fields, "the bill does not open")
    assert page.fields()["amount"] == "1,200.00"
    assert [each["amount"] for each in page.table("child-billLineItems")] == ["1,200.00"]


def test_faults_switches_and_limits_in_force_are_listed(page: Page, caller: Caller) -> None:
    assert page.table("fault-table") == page.table("switch-table") == []
    caller.control.fault("error", "/List/*", nth=2, count=0, code="BDC_1322")
    caller.control.switch(default_order="id")
    caller.control.limit(requests_per_hour=2)
    caller.list("Vendor")
    page.look_again()
    page.until(lambda: page.table("switch-table"), "the switch is not shown")
    assert page.table("switch-table") == [{"Switch": "default_order", "Now": "id", "Default": "created"}]
    (fault,) = page.table("fault-table")
    assert (fault["Kind"], fault["Path"], fault["Matched"], fault["Fired"]) == ("error", "/List/*", "1", "0")
    assert fault["Strikes"] == "from match 2, every time, BDC_1322"
    limits = {each["Limit"]: (each["Used"], each["Of"]) for each in page.table("limit-table")}
    assert limits["requests_per_hour"] == ("2", "not 20,0002")
    assert limits["concurrent"] == ("1", "3")


def test_the_mutator_is_shown_once_it_has_run(page: Page, caller: Caller) -> None:
    assert page.table("mutator-table") == []
    caller.control.call("POST", "/mutator", {"rate_per_s": 1000, "stop_after": 3})
    page.until(
        lambda: {"Name": "changed", "Value": "3"} in page.table("mutator-table"), "the mutator's work is not shown"
    )


def test_the_organization_chooser_shows_other_books(page: Page, caller: Caller) -> None:
    with Caller(caller.simulator, defaults.EMPTY_ORGANIZATION_ID) as other:
        other.create("Bill", **bill(other.vendor(), "ELSEWHERE"))
    chooser = Select(page.browser.find_element(By.ID, "organization"))
    assert [each.text.split(" - ")[0] for each in chooser.options] == ["Simulated Books", "Empty Books"]
    chooser.select_by_value(defaults.EMPTY_ORGANIZATION_ID)
    page.until(lambda: page.objects() == ["ELSEWHERE"], "the other books are not shown")
    assert page.entities()["Bill"]["All"] == "1"
    assert page.entities()["Invoice"]["All"] == "0"
    page.browser.back()
    page.until(lambda: len(page.objects()) == 12, "back leads nowhere")
    assert chooser.first_selected_option.get_attribute("value") == caller.organization


def test_a_reload_keeps_the_view_and_back_returns_to_the_search(page: Page, caller: Caller) -> None:
    caller.create("Bill", **bill(caller.vendor(), "Zebra-77"))
    page.look_again()
    page.search("zebra")
    page.until(lambda: page.objects() == ["Zebra-77"], "the bill is not found")
    page.browser.refresh()
    page.until(lambda: page.objects() == ["Zebra-77"], "the search is lost")
    assert page.run("return text.value") == "zebra"
    page.link("Zebra-77").click()
    page.until(lambda: page.text("#document-title") == "Zebra-77 Bill", "the bill does not open")
    page.browser.refresh()
    page.until(lambda: page.text("#document-title") == "Zebra-77 Bill", "the document is lost")
    page.browser.back()
    page.until(lambda: page.objects() == ["Zebra-77"], "back does not return to the search")
    page.until(lambda: page.run("return document.activeElement.textContent") == "Zebra-77", "the place is lost")


def test_hostile_names_stay_text(page: Page, caller: Caller) -> None:
    vendor = caller.create("Vendor", name=HOSTILE[:100], description=HOSTILE)["id"]
    made = caller.create("Bill", **bill(vendor, "<b>bold</b>", description="</td><script>alert(2)</script>"))
    caller.refused("/List/<img src=x>.json")
    page.look_again()
    page.until(lambda: "<b>bold</b>" in page.objects(), "the bill is not shown")
    assert page.table("object-table")[0]["vendorId"] == HOSTILE[:100]
    assert page.table("request-table")[0]["Path"] == "/List/<img src=x>.json"
    page.open(organization=caller.organization, id=made["id"])
    page.until(page.fields, "the bill does not open")
    assert page.fields()["description"] == "</td><script>alert(2)</script>"
    page.open(organization=caller.organization, entity="<i>x</i>", text="<i>y</i>")
    page.until(lambda: page.text("#trouble"), "a wrong address is taken")
    assert page.text("#trouble") == "no such entity: <i>x</i>Start over"
    assert page.run("return document.querySelectorAll('img, b, i, script:not([src])').length") == 0
    assert page.browser.title == "BILL simulator"
    assert all("400 (Bad Request)" in each for each in complaints(page.browser))


def test_every_digit_of_an_amount_arrives(page: Page, caller: Caller) -> None:
    amount = "123456789012345.12345678"
    sent = f'{{"obj": {{"entity": "Bill", "vendorId": "{caller.vendor()}", "invoiceNumber": "B-1", "invoiceDate": '
    sent += '"2025-03-01", "dueDate": "2025-03-31", "billLineItems": [{"entity": "BillLineItem", "amount": %s}]}}'
    made = caller.ok("/Crud/Create/Bill.json", sent % amount)
    page.open(organization=caller.organization, id=made["id"])
    page.until(page.fields, "the bill does not open")
    assert page.fields()["amount"] == "123,456,789,012,345.12345678"
    total = caller.control.totals(caller.organization)["Bill"]["amount_active"]
    assert money(page.entities()["Bill"]["Amount"]) == total


def test_inactive_objects_are_marked(page: Page, caller: Caller) -> None:
    made = caller.create("Bill", **bill(caller.vendor(), "GONE"))
    caller.on("Delete", "Bill", made["id"])
    page.look_again()
    page.until(lambda: "GONEinactive" in page.objects(), "the deleted bill is not marked")
    assert page.run("return document.querySelectorAll('#object-table tr.inactive').length") >= 1


def test_long_lists_are_paged_through(page: Page, caller: Caller) -> None:
    vendor = caller.vendor()
    caller.bulk("Create", "Bill", *({"obj": bill(vendor, f"P-{each}")} for each in range(30)))
    page.open(organization=caller.organization, entity="Bill")
    page.until(lambda: len(page.objects()) == ROWS_PER_PAGE, "the first page is not full")
    first = page.objects()
    page.link("Older").click()
    page.until(lambda: len(page.objects()) == 42 - ROWS_PER_PAGE, "the second page is not shown")
    assert not set(first) & set(page.objects())
    assert page.text("#matches") == "26 to 42 of 42, the last changed first"
    page.link("Newest").click()
    page.until(lambda: page.objects() == first, "the way back is lost")


def test_the_page_follows_a_reset_and_a_moved_clock(page: Page, caller: Caller) -> None:
    made = caller.create("Bill", **bill(caller.vendor(), "B-1"))
    page.open(organization=caller.organization, entity="Bill", id=made["id"])
    page.until(lambda: page.text("#document-title") == "B-1 Bill", "the bill does not open")
    caller.control.reset(bills=3)
    caller.control.set_clock("2031-01-02T03:04:05Z")
    page.look_again()
    page.until(lambda: page.text("#document-title") == "Nothing here", "the bill outlives the reset")
    assert page.entities()["Bill"]["All"] == "3"
    assert "Clock 2031-01-02 03:04:0" in (page.text("#clock") or "")
    page.link("Back to all of Bill").click()
    page.until(lambda: len(page.objects()) == 3, "the new bills are not shown")
    caller.control.reset(bills=12)


def test_watching_counts_against_nothing_and_stands_in_no_log(page: Page, caller: Caller) -> None:
    caller.control.forget_requests()
    used = caller.control.get("/limits")["used"]
    wanted = len(page.run(LOADED)) + 6

    def has_asked() -> bool:
        page.look_again()
        return len(page.run(LOADED)) >= wanted

    page.until(has_asked, "the page does not ask")
    assert caller.control.requests() == []
    assert caller.control.get("/limits")["used"] == used


def test_tables_inputs_and_parts_of_the_page_have_their_names(page: Page) -> None:
    assert page.run(UNNAMED) == []
    page.run("arguments[0].blur(); document.body.focus()", page.browser.find_element(By.ID, "text"))
    page.browser.find_element(By.TAG_NAME, "body").send_keys("/")
    assert page.run("return document.activeElement.id") == "text"
    page.link(page.objects()[0]).click()
    page.until(page.fields, "the bill does not open")
    assert page.run(UNNAMED) == []
    assert page.run("return document.activeElement.id") == "document-title"


def test_a_narrow_screen_scrolls_only_downwards(page: Page, caller: Caller) -> None:
    size = {"width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        for place in ({}, {"id": caller.list("Bill")[0]["id"]}):
            page.open(organization=caller.organization, entity="Bill", **place)
            assert page.run("return document.documentElement.scrollWidth <= 400")
    finally:
        page.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_simulator_that_comes_back_is_found_again(browser: WebDriver) -> None:
    with Simulator(bills=2) as first:
        page = Page(browser, first)
        page.open()
        port = int(first.url.rpartition(":")[2])
    page.look_again()
    page.until(lambda: page.text("#health") == "not connected", "the page does not notice")
    with Simulator(bills=4, port=port):
        page.until(lambda: page.text("#health") == "connected", "the page does not try again")
        assert page.entities()["Bill"]["All"] == "4"
    browser.get("about:blank")
    assert all("ERR_CONNECTION_REFUSED" in each for each in complaints(browser))


# ---- over plain HTTP


def test_the_browser_is_forbidden_everything_from_elsewhere(caller: Caller) -> None:
    index = requests.get(f"{caller.simulator.url}/", timeout=TIMEOUT_S)
    assets = re.findall(r'(?:src|href)="([^"]+)"', index.text)
    assert len(assets) == 3
    assert all(each.startswith("/_simulator/page/") for each in assets)
    for path in ("/", *assets, "/_simulator/page/overview"):
        answer = requests.get(f"{caller.simulator.url}{path}", timeout=TIMEOUT_S)
        assert answer.status_code == 200
        policy = answer.headers["content-security-policy"].split("; ")
        assert "default-src 'self'" in policy
        assert "require-trusted-types-for 'script'" in policy
        assert not any("unsafe" in each or "http" in each for each in policy)
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_every_entity_and_its_objects_can_be_shown(caller: Caller) -> None:
    shown = 0
    for entity in ENTITIES:
        answer = ask(caller, "rows", entity=entity.name, max=1)
        for row in answer["rows"]:
            assert len(row["cells"]) == len(answer["columns"])
            document = ask(caller, "object", id=row["id"])
            assert (document["entity"], document["name"]) == (entity.name, row["name"])
            assert [each["name"] for each in document["fields"]] == [
                each.name for each in entity.fields if each.type != "array"
            ]
            assert {each["name"] for each in document["children"]} == {
                each.name for each in entity.fields if each.type == "array"
            }
            found = ask(caller, "rows", entity=entity.name, text=row["id"])
            assert row["id"] in {each["id"] for each in found["rows"]}
            shown += 1
    assert shown > len(ENTITIES) / 2


def test_the_last_changed_stand_first_with_and_without_a_search(caller: Caller) -> None:
    vendor = caller.vendor()
    made = []
    for each in ("A-1", "A-2", "A-3"):
        made.append(caller.create("Bill", **bill(vendor, each)))
        caller.control.advance(60)
    caller.update("Bill", id=made[0]["id"], description="changed")
    for query in ({}, {"text": "a-"}):
        names = [each["name"] for each in ask(caller, "rows", entity="Bill", max=3, **query)["rows"]]
        assert names == ["A-1", "A-3", "A-2"]
    assert [each["name"] for each in ask(caller, "rows", entity="Bill", text="a-", start=1, max=1)["rows"]] == ["A-3"]


def test_only_ids_texts_dates_and_numbers_are_searched(caller: Caller) -> None:
    made = caller.create("Invoice", **invoice(caller.customer("Straße Ünïcode"), 'I "quoted" 1'))
    for text in ('"QUOTED"', made["id"].upper(), "2025-03-31"):
        assert made["id"] in {each["id"] for each in ask(caller, "rows", entity="Invoice", text=text)["rows"]}
    assert ask(caller, "rows", entity="Customer", text="STRASSE ünÏ")["matches"] == 1
    for text in ("invoiceNumber", "false", ".000+0000", "null", "0" * 20, "zz"):
        assert ask(caller, "rows", entity="Invoice", text=text)["matches"] == 0


def test_numbers_of_the_books_arrive_as_texts(caller: Caller) -> None:
    made = caller.create("Bill", **bill(caller.vendor(), "B-1", 0.1, 0.2))
    document = ask(caller, "object", id=made["id"])
    (lines,) = document["children"]
    assert lines["sums"] == {"amount": "0.3"}
    fields = {each["name"]: each["value"] for each in document["fields"]}
    assert fields["amount"] == "0.3"
    assert fields["expense"] == {"count": "2", "totalAmount": "0.3", "chartOfAccountGroup": []}
    assert fields["hasAutoPay"] is False


def test_counts_and_searches_follow_every_change() -> None:
    with Simulator(bills=510, vendors=5) as simulator, Caller(simulator) as caller:
        number = 510

        def check() -> None:
            totals = caller.control.totals(caller.organization)["Bill"]
            (shown,) = [each for each in ask(caller, "overview")["entities"] if each["name"] == "Bill"]
            assert (
                (shown["count"], shown["active"]) == (totals["count"], totals["active"]) == (number, totals["active"])
            )
            for name in ("amount", "dueAmount"):
                assert Decimal(shown["sums"][name]) == totals[name]
                assert Decimal(shown["active_sums"][name]) == totals[f"{name}_active"]
            stored = caller.control.books(caller.organization, "Bill")
            wanted = [each["id"] for each in stored if "changed" in (each["description"] or "")]
            found = ask(caller, "rows", entity="Bill", text="changed", max=200)
            assert found["matches"] == len(wanted)
            assert sorted(each["id"] for each in found["rows"]) == sorted(wanted)

        check()
        rows = caller.list("Bill")
        for place in (0, 250, -1):
            caller.update("Bill", id=rows[place]["id"], description="changed", billLineItems=[{"amount": 7.25}])
            check()
        caller.on("Delete", "Bill", rows[1]["id"])
        check()
        caller.create("Bill", **bill(rows[0]["vendorId"], "ONE-MORE", 3, description="changed too"))
        number += 1
        check()
        caller.control.reset(bills=5)
        number = 5
        check()


def test_a_search_looks_at_the_last_changed_of_many_and_says_so() -> None:
    with Simulator(vendors=SEARCHED_MAX + 5, bills=0) as simulator, Caller(simulator) as caller:
        first, *_, last = (each["id"] for each in caller.control.books(caller.organization, "Vendor"))
        newest = caller.update("Vendor", id=first, description="changed")
        found = ask(caller, "rows", entity="Vendor", text="@vendors.example")
        assert (found["count"], found["matches"], found["searched"]) == (SEARCHED_MAX + 5, SEARCHED_MAX, SEARCHED_MAX)
        assert found["rows"][0]["id"] == newest["id"] != last
        everything = ask(caller, "rows", entity="Vendor", start=SEARCHED_MAX + 1)
        assert (len(everything["rows"]), everything["matches"]) == (4, SEARCHED_MAX + 5)


@pytest.mark.parametrize(
    ("path", "query", "told"),
    [
        ("rows", {"entity": "Nonsense"}, "Nonsense"),
        ("rows", {}, "no such entity"),
        ("rows", {"entity": "Bill", "start": "-1"}, "start"),
        ("rows", {"entity": "Bill", "max": "many"}, "max"),
        ("rows", {"entity": "Bill", "organization": "nowhere"}, "nowhere"),
        ("overview", {"organization": "nowhere"}, "nowhere"),
        ("object", {"organization": "nowhere"}, "nowhere"),
    ],
)
def test_a_wrong_question_is_told_so(caller: Caller, path: str, query: dict[str, str], told: str) -> None:
    answer = requests.get(f"{caller.simulator.url}/_simulator/page/{path}", query, timeout=TIMEOUT_S)
    assert answer.status_code == 400
    assert told in answer.json()["error"]


def test_an_unknown_id_is_no_mistake(caller: Caller) -> None:
    assert ask(caller, "object", id="nobody") == {"found": False}
