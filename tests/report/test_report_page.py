"""The page of bill-report in a real browser: wide and narrow, light and dark, on paper, with names that attack it."""

from __future__ import annotations

import base64
import re
from collections import Counter, defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pypdfium2
import pytest
from browser_console import complaints
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from report_page import ReportPage
from report_world import AGES, AS_OF, ORGANIZATION, Books, make_warehouse, plain_books, written_page

from bill_report.charts import Bar, bars
from bill_values.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from selenium.webdriver.chrome.webdriver import WebDriver

pytest_plugins = ["browser_fixtures"]

WIDE, NARROW = 1280, 375
HOSTILE = (
    """<script>document.title='broken in'</script><img src=x onerror="document.title='broken in'">""",
    "\x1b[2J\u202egnihton \x00 \u2066 \u200b",
    """"'></svg></text><style>*{display:none}</style>{{ 7 * 7 }} ${7*7} &amp; &lt; ]]>""",
    "url(https://example.com/x.png) https://example.com javascript:alert(1)",
    "W" * 600,
    "\u001f\\u001f', datum.x, '",
)
LINKS = re.compile(r"""(?:href|src|srcset|action|data|poster)\s*=|url\(|@import""", re.IGNORECASE)
TITLE_PT = 13.5
"""The height of a capital of the title on paper."""

SVG = "http://www.w3.org/2000/svg"

SHOWN = """
    const shown = (each) => each.checkVisibility();
    return {charts: [...document.querySelectorAll(".chart")].filter(shown).map((each) => each.className),
            sections: document.querySelectorAll("section figure").length};
"""
BESIDE = """
    const wide = document.documentElement.clientWidth, wrong = [];
    for (const each of document.querySelectorAll("h1, h2, h3, p, td, th, li, .chart svg, .chart text")) {
      if (!each.checkVisibility()) continue;
      const box = each.getBoundingClientRect();
      const hidden = each.closest("thead") && getComputedStyle(each.closest("thead")).position === "absolute";
      if (!hidden && box.width && (box.left < -0.5 || box.right > wide + 0.5))
        wrong.push([each.textContent, box.left, box.right]);
    }
    return wrong;
"""
EMPTY = "return [...document.querySelectorAll('tr.empty')].map((each) => each.checkVisibility());"
LETTERS = """
    return Math.min(...[...document.querySelectorAll(".chart text")].filter((each) => each.checkVisibility())
      .map((each) => parseFloat(getComputedStyle(each).fontSize) * each.getScreenCTM().d));
"""
UNNAMED = """
    const wrong = [];
    for (const each of document.querySelectorAll("table")) if (!each.caption?.textContent) wrong.push("table");
    for (const each of document.querySelectorAll("thead th, tbody th")) if (!each.scope) wrong.push(each.textContent);
    for (const each of document.querySelectorAll(".chart"))
      if (!each.ariaLabel || each.role !== "img") wrong.push("chart");
    for (const each of document.querySelectorAll("section[aria-labelledby]"))
      if (!document.getElementById(each.getAttribute("aria-labelledby"))?.textContent) wrong.push(each.id);
    const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
    if (new Set(ids).size !== ids.length) wrong.push("ids");
    return wrong;
"""
COLOURS = """
    const probe = document.body.appendChild(document.createElement("i"));
    const found = {};
    for (const name of arguments[0]) {
      probe.style.color = `var(--${name})`;
      found[name] = getComputedStyle(probe).color.match(/[0-9]+/g).slice(0, 3).map(Number);
    }
    probe.remove();
    return found;
"""
TEXTS = ("ink", "muted")
DRAWN = (
    *("in", "in-scheduled", "out", "out-scheduled", "credit", "rest", "bad"),
    *(f"age-{number}" for number in range(5)),
    *(f"c{number}" for number in range(6)),
)


class Reader:
    """A person with the page before them.

    Args:
        browser: Chromium.
        path: The page.
    """

    def __init__(self, browser: WebDriver, path: Path) -> None:
        self.browser = browser
        browser.get(path.as_uri())

    def look(self, width: int, *, dark: bool = False) -> None:
        """Look at it on a screen."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width == NARROW}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def ask(self, script: str, *arguments: Any) -> Any:
        """The answer of a script."""
        return self.browser.execute_script(script, *arguments)

    def printed(self) -> pypdfium2.PdfDocument:
        """The page on paper."""
        said = self.browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})
        return pypdfium2.PdfDocument(base64.b64decode(said["data"]))


@pytest.fixture
def report(browser: WebDriver, tmp_path: Path) -> Iterator[Callable[[Books], Reader]]:
    def made(books: Books) -> Reader:
        make_warehouse(tmp_path / "out.duckdb", books.rows, names={ORGANIZATION: "Acme Books"})
        written_page(tmp_path)
        return Reader(browser, tmp_path / "report.html")

    yield made
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def test_the_figures_on_the_page_are_those_of_the_models_to_the_cent(
    report: Callable[[Books], Reader],
) -> None:
    books = plain_books()
    page = ReportPage(report(books).browser.page_source)
    for model, party, name in (
        ("bill__ap_ageing", "vendor", "Accounts payable by age"),
        ("bill__ar_ageing", "customer", "Accounts receivable by age"),
    ):
        part, rows = page.part(name), books.rows[model]
        columns = dict(zip(("not due", "1-30 days", "31-60 days", "61-90 days", "over 90 days"), AGES, strict=True))
        columns |= {"credits": "credits", "total": "total"}
        for row in rows:
            shown = part.row(row[f"{party}_name"])
            assert {each: shown[each] for each in columns} == {each: money(row[key]) for each, key in columns.items()}
        sums = {each: money(sum((row[key] for row in rows), Decimal(0))) for each, key in columns.items()}
        assert {each: part.row("total")[each] for each in columns} == sums
        for each in ("not due", "credits"):
            assert page.drawn.count(sums[each]) >= 2 or sums[each] == "0.00"
    _spend_is_right(page, books)
    forecast = page.part("Cash forecast").row("total")
    for direction in ("in", "out"):
        of_it = [row for row in books.rows["bill__cash_forecast"] if row["direction"] == direction]
        assert forecast[f"{direction}, due"] == money(sum(row["due_amount"] for row in of_it))
        assert forecast[f"{direction}, scheduled"] == money(sum(row["scheduled_amount"] for row in of_it))
    assert [each[0] for each in page.part("Duplicate suspects").tables[0][1:]] == ["Northwind Paper", "株式会社 山田"]


def _spend_is_right(page: ReportPage, books: Books) -> None:
    within = [row for row in books.rows["bill__spend_lines"] if row["month"] <= AS_OF]
    by_vendor: dict[str, Decimal] = defaultdict(Decimal)
    by_month: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in within:
        by_vendor[row["vendor_name"]] += row["amount"]
        by_month[f"{row['month']:%Y-%m}", f"{row['account_number']} {row['account_name']}"] += row["amount"]
    vendors = page.part("Top vendors by spend")
    assert {name: vendors.row(name)["amount"] for name in by_vendor} == {
        key: money(each) for key, each in by_vendor.items()
    }
    accounts = page.part("Spend by account and month")
    assert {key: accounts.row(key[0])[key[1]] for key in by_month} == {
        key: money(each) for key, each in by_month.items()
    }
    for part, column in ((vendors, "amount"), (accounts, "total")):
        assert part.row("total")[column] == money(sum(by_vendor.values(), Decimal(0)))


def test_the_page_needs_no_other_file_and_runs_no_script(report: Callable[[Books], Reader], tmp_path: Path) -> None:
    reader = report(plain_books())
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    tags = set(ReportPage(text).tags)
    assert not tags & {"script", "link", "iframe", "object", "embed", "img", "image", "use", "base", "form"}
    assert not LINKS.findall(text)
    assert "http" not in text.replace(SVG, "").replace("http://www.w3.org/1999/xlink", "").replace("http-equiv", "")
    assert reader.ask("return performance.getEntriesByType('resource').length") == 0
    assert complaints(reader.browser) == []


@pytest.mark.parametrize("width", [WIDE, 1000, 768, NARROW, 320])
def test_nothing_stands_beside_the_screen_and_each_chart_is_there_once(
    report: Callable[[Books], Reader], width: int
) -> None:
    books = plain_books()
    large = "98765432.10"
    books.ageing("bill__ap_ageing", "Large", (large,) * 5, credit=f"-{large}", scheduled=large)
    reader = report(books)
    reader.look(width)
    assert reader.ask("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert reader.ask(BESIDE) == []
    shown = reader.ask(SHOWN)
    kind = "wide" if width > 940 else "narrow"
    assert shown["charts"] == [f"chart {kind}"] * shown["sections"]
    assert shown["sections"] == 5
    assert reader.ask(LETTERS) >= (8.5 if width < NARROW else 11)


def test_a_row_without_figures_is_left_out_where_figures_stand_below_each_other(
    report: Callable[[Books], Reader],
) -> None:
    books = plain_books()
    books.week("in", 11, "1.00")  # two weeks without anything lie before it
    reader = report(books)
    for width, shown in ((WIDE, [True, True]), (NARROW, [False, False])):
        reader.look(width)
        assert reader.ask(EMPTY) == shown


def test_everything_has_a_name_for_those_who_do_not_see_it(report: Callable[[Books], Reader]) -> None:
    reader = report(plain_books())
    assert reader.ask(UNNAMED) == []
    label = reader.ask("return document.querySelector('.chart').ariaLabel")
    assert label.startswith("Accounts payable by age: not due 15,000.50, 1-30 days 7,501.25, ")


@pytest.mark.parametrize("dark", [False, True])
def test_colours_can_be_told_from_the_paper_in_light_and_in_dark(report: Callable[[Books], Reader], dark: bool) -> None:
    reader = report(plain_books())
    reader.look(WIDE, dark=dark)
    found = reader.ask(COLOURS, [*TEXTS, *DRAWN, "paper", "desk"])
    assert (sum(found["paper"]) < 3 * 128) is dark
    weak = {
        name: each for name in TEXTS for paper in ("paper", "desk") if (each := _contrast(found, name, paper)) < 4.5
    }
    weak |= {name: each for name in DRAWN if (each := _contrast(found, name, "paper")) < 3}
    assert weak == {}


def _contrast(colours: dict[str, list[int]], one: str, other: str) -> float:
    """WCAG's contrast of two colours."""
    lights = sorted(_light(colours[each]) for each in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _light(colour: list[int]) -> float:
    parts = (each / 255 for each in colour)
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_on_paper_every_word_is_there_and_whole(report: Callable[[Books], Reader], tmp_path: Path) -> None:
    books = plain_books()
    for number in range(20):
        amounts = [f"{98765432 - number}.{age}1" for age in range(5)]
        books.ageing(
            "bill__ap_ageing",
            f"Vendor {number} with a long name Incorporated",
            amounts,
            credit="-80000000.55",
            scheduled="70000000.66",
        )
    books.line("W" * 90, "W" * 90, AS_OF.replace(day=1), "9999.99")
    reader = report(books)
    reader.look(NARROW, dark=True)  # paper is none of both
    printed = reader.printed()
    assert 3 <= len(printed) <= 8
    first = printed[0].get_textpage()
    _, bottom, _, top = first.get_charbox(first.search("Acme Books").get_next()[0])
    assert top - bottom > TITLE_PT, "a table too wide makes the browser shrink all of the page"
    words = ""
    for sheet in printed:
        width, height = sheet.get_size()
        assert (round(width), round(height)) == (595, 842)
        text = sheet.get_textpage()
        words += text.get_text_range()
        for number in range(text.count_chars()):
            left, bottom, right, top = text.get_charbox(number)
            assert left >= 20 or right == left
            assert right <= width - 20
            assert bottom >= 10
            assert top <= height - 10
    page = ReportPage((tmp_path / "report.html").read_text(encoding="utf-8"))
    flat = "".join(words.split())
    cells = {cell for _, part in page.parts for table in part.tables for row in table for cell in row if cell.isascii()}
    assert {each for each in cells if "".join(each.split()) not in flat} == set()
    assert "page1of" in flat


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_names_are_data_wherever_they_stand(report: Callable[[Books], Reader], width: int) -> None:
    books = Books()
    for name in HOSTILE:
        books.ageing("bill__ap_ageing", name, ("10.00", "5.00", "0", "0", "0"))
        books.ageing("bill__ar_ageing", name, ("10.00", "5.00", "0", "0", "0"))
        books.line(name, name, AS_OF.replace(day=1), "12.00", number=name)
        books.pair(name, (name, "1.00"), (name, "1.00"), name)
    reader = report(books)
    reader.look(width)
    assert "broken in" not in reader.browser.title
    assert complaints(reader.browser) == []
    assert reader.ask("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert reader.ask("return getComputedStyle(document.body).display") == "block"
    page = ReportPage(reader.browser.page_source)
    assert not {"script", "img"} & set(page.tags)
    assert {visible(each) for each in HOSTILE} <= set(page.part("Accounts payable by age").names)
    assert {visible(HOSTILE[0]), visible(HOSTILE[5])} & set(page.drawn)
    assert not set("\x1b\x00\x1f\u202e\u2066\u200b") & set(reader.browser.page_source)


@hypothesis_settings(max_examples=40)
@given(st.lists(st.tuples(st.text(max_size=30), st.decimals(-(10**15), 10**15, places=2)), min_size=1, max_size=4))
def test_a_drawing_says_what_it_is_given_and_nothing_else(rows: list[tuple[str, Decimal]]) -> None:
    chart = bars([Bar(label=name, amount=each, said=money(each), colour="var(--in)") for name, each in rows], "told")
    if not any(each for _, each in rows):
        assert chart is None
        return
    assert chart
    for drawing in (chart.wide, chart.narrow):
        page = ReportPage(drawing)
        assert set(page.tags) <= {"svg", "g", "path", "text", "rect", "line"}
        assert not Counter(money(each) for _, each in rows) - Counter(page.drawn)
