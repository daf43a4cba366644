"""Search: conditions, days in words, ready-made lists, deleted objects, and what a narrow terminal keeps."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bill_api.entities import BY_STREAM
from bill_api.table.entity import LIST_LIMIT
from bill_api.table.fields import FieldType
from bill_cli.showing.progress import progress
from bill_cli.showing.tables import ShownColumn, fitting
from bill_cli.typed.condition_syntax import listed, quoted, typed_of, unquoted
from bill_cli.typed.conditions import COMPARED, Comparison, RowCondition, conditions_of
from bill_cli.typed.days import WORDS, WrongDayError, day_of, within
from bill_cli.typed.ready_made import READY
from bill_program.console import PlainConsole
from bill_values.spelling import folded

if TYPE_CHECKING:
    from cli_bill import Bill, Here

pytest_plugins = ["cli_fixtures"]

BILLS, VENDORS = BY_STREAM["bills"], BY_STREAM["vendors"]
DAY = date(2026, 5, 14)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def asked(here: Here, *arguments: str) -> list[tuple[str, str, str]]:
    """The filters that BILL would be sent."""
    ran = here("list", *arguments, "--dry-run")
    assert ran.code == 0, ran.err
    return [(each["field"], each["op"], each["value"]) for each in json.loads(ran.out)["form"]["data"]["filters"]]


def vendor(here: Here, name: str) -> str:
    ran = here("create", "vendor", "--set", f"name={name}", "--output", "json")
    assert ran.code == 0, ran.err
    return str(json.loads(ran.out)["id"])


def found(here: Here, *arguments: str) -> set[str]:
    return {each["id"] for each in here.json("list", "vendors", *arguments)}


# Quotes and operators


@given(TEXTS)
def test_what_is_quoted_comes_back(text: str) -> None:
    assert unquoted(quoted(text)) == text
    assert typed_of(f"name = {quoted(text)}").values == (text,)


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_quoted_values_of_a_list_come_back(texts: list[str]) -> None:
    assert listed(" , ".join(map(quoted, texts))) == tuple(texts)
    assert typed_of(f"name in {','.join(map(quoted, texts))}").values == tuple(texts)


@given(st.text(max_size=40))
def test_every_text_is_read_or_refused_with_words(text: str) -> None:
    for each in (text, f"name {text}", f"name in {text}", f"dueDate = {text}", f"updatedTime < {text}"):
        try:
            conditions_of(BILLS, [each], None, DAY)
        except click.UsageError as error:
            assert "--filter" in error.message  # noqa: PT017  only some of them are refused


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("name == X", "name = X"),
        ("name <> X", "name != X"),
        ("name like X", "name ~ X"),
        ("name contains 'X'", "name ~ \\'X\\'"),
        ("name is X", "name = X"),
        ("name is not X", "name != X"),
        ("name =~ X", "name ~ X"),
        ("name not in X,Y", "name nin X,Y"),
        ("amount => 5", "amount >= 5"),
        ("name in(X,Y)", "name in X,Y"),
        ("name inX", "name in X"),
    ],
)
def test_a_wrong_operator_is_told_with_the_right_one(here: Here, wrong: str, right: str) -> None:
    ran = here("list", "vendors", "--filter", wrong)
    assert (ran.code, ran.out) == (2, "")
    assert right in ran.err or right.replace("\\'", "'") in ran.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "X', "begins with a quote that does not end it"),
        ("name = 'X' Y", "begins with a quote that does not end it"),
        ("name in A,,B", "a value is missing between the commas"),
        ("name in 'A, B',C", "cannot be one of them"),
        ("name ~ ''", "needs a text to look for"),
        ("isActive in", "`in` needs values"),
        ("isActive", "is not FIELD OPERATOR VALUE"),
        ("balance > 1,000", "the comma may part thousands or decimals; have it written like 1041 or 1.50"),
        ("balance > 1.000", "the point may part thousands or decimals; write 1000 or 1.00"),
        ("balance > $1000", "have it written without"),
    ],
)
def test_what_cannot_be_meant_is_refused(here: Here, text: str, said: str) -> None:
    ran = here("list", "vendors", "--filter", text)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


@pytest.mark.parametrize("name", ["Ox, Yoke & Co", "'s-Graven", 'The "Inn"', "a = b", "--dry", "Zo\u00eb", "00123"])
def test_a_name_in_quotes_is_found(here: Here, name: str) -> None:
    made = vendor(here, name)
    assert found(here, "--filter", f"name = {quoted(name)}") == {made}
    if not name.startswith("'"):
        assert found(here, "--filter", f"name = {name}") == {made}


# What BILL cannot look for


def test_a_part_of_a_text_is_found_whatever_its_case_and_form(here: Here) -> None:
    made = {vendor(here, "Ironwood Fuel"), vendor(here, "Old IRONWORKS"), vendor(here, "Caf\u00e9 iron")}
    assert found(here, "--filter", "name ~ iron") == made
    assert len(found(here, "--filter", "name ~ CAFE\u0301")) == 1
    assert not made & found(here, "--filter", "name !~ Iron")


def test_how_much_was_read_is_said_and_bill_narrows_with_the_other_conditions(here: Here, bill: Bill) -> None:
    vendor(here, "Ironwood Fuel")
    ran = here("list", "vendors", "--filter", "name ~ ironw")
    active = [each for each in bill.books("Vendor") if each["isActive"] == "1"]
    assert f"bill: 1 of {len(active)} vendors read\n" in ran.err
    bill.simulator.control.forget_requests()
    ran = here("list", "vendors", "--filter", "name ~ ironw", "--filter", "createdTime >= today")
    assert "bill: 1 of 1 vendors read\n" in ran.err


def test_reading_stops_when_there_are_enough(here: Here, bill: Bill) -> None:
    bill.simulator.control.limit(list_rows=25)
    try:
        bill.simulator.control.forget_requests()
        assert len(here.json("list", "bills", "--deleted", "--filter", "invoiceNumber !~ zzzz", "--max", "3")) == 3
        lists = [each for each in bill.simulator.control.requests() if "/List/" in each["path"]]
        assert len(lists) <= 2  # the second looks if there are more
        assert len(here.json("list", "bills", "--deleted", "--filter", "invoiceNumber !~ zzzz")) == 60
    finally:
        bill.simulator.control.limit(list_rows=LIST_LIMIT)


@given(TEXTS, TEXTS, TEXTS)
def test_a_match_is_of_the_folded_text(before: str, text: str, behind: str) -> None:
    part = folded(text)
    value = folded(before + text + behind)
    match = RowCondition(field=VENDORS.by_name["name"], text=part)
    assert match.holds({"name": value}) is (part in value)


# Days


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", "2026-05-14"),
        ("Yesterday", "2026-05-13"),
        ("tomorrow", "2026-05-15"),
        ("-30d", "2026-04-14"),
        ("+2w", "2026-05-28"),
        ("-3m", "2026-02-14"),
        ("week-start", "2026-05-11"),
        ("week-end", "2026-05-17"),
        ("month-start", "2026-05-01"),
        ("month-end", "2026-05-31"),
        ("month-end-3m", "2026-02-28"),
        ("quarter-start", "2026-04-01"),
        ("quarter-end", "2026-06-30"),
        ("year-start", "2026-01-01"),
        ("year-end +1d", "2027-01-01"),
        ("2026-01-31", None),
        ("", None),
    ],
)
def test_a_day_is_said_in_words(text: str, day: str | None) -> None:
    said = day_of(text, DAY)
    assert (said and said.isoformat()) == day


def test_a_month_has_an_end() -> None:
    assert day_of("+1m", date(2024, 1, 31)) == date(2024, 2, 29)
    assert day_of("-1y", date(2024, 2, 29)) == date(2023, 2, 28)
    assert within("1m", date(2026, 1, 31)) == date(2026, 2, 28)


@given(st.sampled_from(sorted(WORDS)), st.integers(-99999, 999999), st.sampled_from("dwmy"), st.dates())
def test_words_are_a_day_or_outside_the_calendar(word: str, count: int, unit: str, present: date) -> None:
    try:
        day = day_of(f"{word}{count:+d}{unit}", present)
    except WrongDayError as error:
        assert "outside the calendar" in str(error)  # noqa: PT017  only some of them are refused
        return
    assert isinstance(day, date)
    if unit == "d" and word == "today":
        assert day == present + timedelta(days=count)


def test_a_day_of_instants_is_all_of_it() -> None:
    def sent(text: str) -> list[tuple[str, str]]:
        return [(each.op, each.value) for each in conditions_of(BILLS, [text], None, DAY).filters]

    begin, end = "2026-06-30T00:00:00.000+0000", "2026-07-01T00:00:00.000+0000"
    assert sent("updatedTime = 2026-06-30") == [(">=", begin), ("<", end)]
    assert sent("updatedTime <= 2026-06-30") == [("<", end)]
    assert sent("updatedTime > 2026-06-30") == [(">=", end)]
    here = datetime(2026, 5, 14).astimezone().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    assert sent("updatedTime >= today") == [(">=", here)]
    for wrong in ("updatedTime != today", "updatedTime in today,2026-01-01"):
        with pytest.raises(click.UsageError, match="is an instant"):
            sent(wrong)


# Ready-made lists


def test_a_ready_made_list_is_its_filters(here: Here) -> None:
    today = datetime.now().astimezone().date()
    is_open, in_use = ("paymentStatus", "in", "1,2"), ("isActive", "=", "1")
    assert asked(here, "bills", "--open") == [is_open, in_use]
    assert asked(here, "invoices", "--overdue") == [("dueDate", "<", today.isoformat()), is_open, in_use]
    until = (today + timedelta(days=14)).isoformat()
    due = [("dueDate", ">=", today.isoformat()), ("dueDate", "<=", until), is_open, in_use]
    assert asked(here, "bills", "--due-within", "14d") == due
    assert asked(here, "bills", "--waiting-for-approval") == [("approvalStatus", "in", "1,4"), in_use]
    both = asked(here, "bills", "--open", "--overdue", "--filter", "dueDate > 2020-01-01")
    assert both.count(is_open) == 1


def test_a_ready_made_list_is_refused_where_there_is_none(here: Here) -> None:
    for option in ("--open", "--overdue", "--waiting-for-approval"):
        ran = here("list", "vendors", option)
        assert ran.code == 2
        assert "there is of bill" in ran.err
    assert "no length of time" in here("list", "bills", "--due-within", "soon").err


def test_a_ready_made_list_explains_itself(bill: Bill) -> None:
    assert "--overdue is --filter 'dueDate < today'" in bill("list", "bills", "--overdue", "--verbose").err
    shown = " ".join(bill("list", "--help").out.split())
    assert all(" ".join(each.what.split()) in shown for each in READY)


def test_an_overdue_bill_is_listed_at_a_terminal(bill: Bill) -> None:
    ran = bill.on_terminal("list", "bills", "--overdue", "--max", "2")
    assert ran.code == 0
    assert "open (1)" in ran.out


# Names


def test_documents_are_listed_by_the_name_of_their_party(here: Here, bill: Bill) -> None:
    one = bill.books("Bill")[0]
    name = next(each["name"] for each in bill.books("Vendor") if each["id"] == one["vendorId"])
    for words in (["--vendor", name], ["--filter", f"vendor = {name}"], ["--filter", f"vendorName = {quoted(name)}"]):
        rows = here.json("list", "bills", "--deleted", *words)
        assert one["id"] in {each["id"] for each in rows}
        assert {each["vendorId"] for each in rows} == {one["vendorId"]}
    assert "a vendor has no vendor" in here("list", "vendors", "--vendor", name).err
    assert here("list", "bills", "--vendor", "Nobody of that name").code == 2
    assert "looked up by its name" in here("list", "bills", "--filter", "vendor ~ x").err


def test_a_reference_to_nothing_is_bills_id_of_nothing(here: Here, bill: Bill) -> None:
    head = bill.books("Customer")[0]["id"]
    assert here("create", "customer", "--set", "name=A branch", "--set", f"parent={head}").code == 0
    top = {each["id"] for each in bill.books("Customer") if not each["parentCustomerId"].strip("0")}
    for condition in ("parent = ''", "parentCustomerId = ''", "parent != ''"):
        rows = here.json("list", "customers", "--deleted", "--all", "--filter", condition)
        assert {each["id"] in top for each in rows} == {"!" not in condition}, condition


# Deleted objects


@pytest.mark.parametrize("output", ["json", "jsonl", "csv", "table"])
def test_deleted_objects_are_hidden_in_every_format(here: Here, output: str) -> None:
    gone = vendor(here, "Gone Goods")
    assert here("delete", "vendor", gone, "--yes").code == 0
    for words, is_there in (
        ([], False),
        (["--all"], False),
        (["--deleted"], True),
        (["--filter", "isActive = 2"], True),
    ):
        ran = here("list", "vendors", *words, "--output", output)
        assert (gone in ran.out) is is_there, (words, ran.out)


def test_deleted_objects_are_hidden_whatever_bill_makes_of_the_filter(here: Here, bill: Bill) -> None:
    gone = vendor(here, "Gone Goods")
    assert here("delete", "vendor", gone, "--yes").code == 0
    bill.simulator.control.fault("error", path="/List/Vendor.json", code="BDC_1130")
    rows = found(here)
    assert rows
    assert gone not in rows


def test_a_later_page_that_is_refused_is_no_reason_to_ask_without_the_filter(here: Here, bill: Bill) -> None:
    """Rows would come at other places, and some not at all."""
    bill.simulator.control.limit(list_rows=25)
    bill.simulator.control.fault("error", path="/List/Bill.json", code="BDC_1130", nth=2)
    try:
        ran = here("list", "bills", "--max", "60", "--output", "json")
    finally:
        bill.simulator.control.limit(list_rows=LIST_LIMIT)
    assert ran.code == 1
    assert "BDC_1130" in ran.err


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("amount > 2,500.00", lambda each: each["amount"] > 2500),
        ("amount <= 2500", lambda each: each["amount"] <= 2500),
        ("description != x", lambda each: each.get("description") != "x"),
        ("description = ''", lambda each: not each.get("description")),
    ],
)
@pytest.mark.parametrize("everything", [(), ("--all",)])
def test_what_bill_does_not_filter_by_is_matched_here(
    here: Here, bill: Bill, condition: str, holds: Any, everything: tuple[str, ...]
) -> None:
    ran = here("list", "bills", "--deleted", "--filter", condition, "--output", "json", *everything)
    assert ran.code == 0, ran.err
    wanted = [each["id"] for each in bill.books("Bill") if holds(each)]
    assert sorted(each["id"] for each in json.loads(ran.out)) == sorted(wanted)
    field = condition.split(maxsplit=1)[0]
    assert f"BILL does not filter bills by `{field}`: matched here" in ran.err
    assert f"{len(wanted)} of 60 bills read" in ran.err


@pytest.mark.parametrize(
    "words",
    [
        ("--filter", "amount > "),
        ("--filter", "vendor = "),
        ("--filter", "description !="),
        ("--filter", "name ~ "),
        ("--filter", "dueDate <= ''"),
        ("--vendor", " "),
        ("--columns", ""),
        ("--columns", "id,"),
    ],
)
def test_a_value_that_is_missing_is_not_taken_for_all_of_them(here: Here, words: tuple[str, ...]) -> None:
    ran = here("list", "bills", *words)
    assert (ran.code, ran.out) == (2, "")
    assert "missing" in ran.err or "is empty" in ran.err


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("exchangeRate = ''", lambda each: not each.get("exchangeRate")),
        ("fullPaymentDate != ''", lambda each: each.get("fullPaymentDate")),
    ],
)
def test_an_empty_day_or_number_is_looked_for_here(here: Here, bill: Bill, condition: str, holds: Any) -> None:
    ran = here("list", "bills", "--deleted", "--all", "--filter", condition, "--output", "json")
    assert ran.code == 0, ran.err
    wanted = [each["id"] for each in bill.books("Bill") if holds(each)]
    assert sorted(each["id"] for each in json.loads(ran.out)) == sorted(wanted)


def test_rows_that_are_matched_here_have_no_offset(here: Here) -> None:
    ran = here("list", "bills", "--filter", "amount > 1", "--start", "5")
    assert (ran.code, ran.out) == (2, "")
    assert "give --max alone" in ran.err


@pytest.mark.parametrize("field", [each for each in BILLS.fields if each.type in {FieldType.MONEY, FieldType.STRING}])
@given(data=st.data())
def test_comparisons_are_those_of_their_operators(field: Any, data: st.DataObject) -> None:
    kind = st.sampled_from(["0", "1.50", "-2", "10"]) if field.type is FieldType.MONEY else st.sampled_from("abXé")
    mine, other = data.draw(kind), data.draw(kind)

    def says(op: str, *values: str) -> bool:
        stored = Decimal(mine) if field.type is FieldType.MONEY else mine
        return Comparison(field=field, op=op, values=values).holds({field.name: stored})

    assert says("<=", other) is (says("<", other) or says("=", other))
    assert says(">=", other) is (says(">", other) or says("=", other))
    assert sum((says("<", other), says("=", other), says(">", other))) == 1
    assert says("!=", other) is not says("=", other)
    assert says("in", other, "77") is says("=", other)
    assert says("nin", other, "77") is says("!=", other)
    assert says("=", mine)
    assert says("=", mine.swapcase())
    nothing = {op: Comparison(field=field, op=op, values=(other,)).holds({field.name: None}) for op in COMPARED}
    assert [op for op, holds in nothing.items() if holds] == ["!=", "nin"]


def test_an_empty_list_says_so_in_words(here: Here) -> None:
    nothing = ("list", "bills", "--filter", "dueDate > 2100-01-01")
    assert here(*nothing).err == "bill: no bills match; deleted ones are hidden: --deleted\n"
    ran = here(*nothing, "--deleted", "--output", "table")
    assert (ran.code, ran.out, ran.err) == (0, "", "bill: no bills match\n")


def test_what_stands_on_lines_is_told_where_nothing_is_found(here: Here, bill: Bill) -> None:
    account = bill.books("ChartOfAccount")[0]["id"]
    ran = here("list", "bills", "--filter", f"account = {account}")
    assert "lines have a `chartOfAccountId` of their own, which lists do not look at" in ran.err
    assert "of their own" not in here("list", "bills", "--filter", "dueDate > 2100-01-01").err


# What people see


def test_what_decides_stays_in_a_narrow_terminal(bill: Bill, here: Here) -> None:
    for columns in (100, 80, 60, 40):
        ran = bill.on_terminal("list", "bills", "--deleted", "--max", "40", columns=columns)
        above = ran.out.partition("not shown")[0]
        assert "inactive" in above, columns
        assert max(map(len, above.splitlines())) <= columns
        assert "isActive" not in ran.out.partition("not shown")[2]
        ran = bill.on_terminal("list", "bills", "--deleted", "--filter", "isActive = active", columns=columns)
        assert "active" in ran.out.partition("not shown")[0], columns  # that all are active is an answer too
    assert here("list", "bills", "--deleted", "--output", "table").code == 0


@pytest.mark.parametrize(
    ("asked", "column"),
    [
        (("--filter", "amount > 10"), "amount"),
        (("--filter", "description !~ zzz"), "description"),
        (("--sort", "-poNumber"), "po"),
        (("--filter", "invoiceDate in 2024-08-08,2024-08-09"), "invoice"),
    ],
)
def test_what_was_asked_for_is_shown_in_a_narrow_terminal(bill: Bill, asked: tuple[str, str], column: str) -> None:
    ran = bill.on_terminal("list", "bills", "--deleted", "--max", "5", *asked, columns=60)
    assert ran.code == 0, ran.out
    if "no bills match" not in ran.out:
        assert column in ran.out.partition("──")[0], ran.out


@given(st.lists(st.integers(1, 30), min_size=1, max_size=8), st.integers(1, 200))
def test_columns_fit_and_the_first_is_there_in_any_case(lengths: list[int], width: int) -> None:
    names = ["id", "isActive", "paymentStatus", "billCurrency", "name", "amount", "dueDate", "email"]
    columns = [ShownColumn(name=names[i], texts=["x" * each]) for i, each in enumerate(lengths)]
    widths = fitting(columns, width)
    assert widths
    assert sum(each + 3 for each in widths.values()) - 3 <= width
    assert all(each.narrow <= given or len(widths) == 1 for each, given in widths.items())
    assert list(widths) == [each for each in columns if each in widths]


@pytest.mark.parametrize(
    "variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}], ids=str
)
def test_nothing_is_styled_where_the_environment_asks_for_that(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    PlainConsole(force_terminal=True).print("x", style="bold red")
    assert "\x1b[" in capsys.readouterr().out
    for name, text in variables.items():
        monkeypatch.setenv(name, text)
    PlainConsole(force_terminal=True).print("x", style="bold red")
    assert capsys.readouterr().out == "x\n"


def test_progress_is_for_a_terminal_only(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    times = iter(range(100))
    with progress(5, "rows sent", clock=lambda: float(next(times))) as advance:
        advance(2)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    for term in ("", "dumb", "unknown"):
        monkeypatch.setenv("TERM", term)
        with progress(5, "rows sent", clock=lambda: float(next(times))) as advance:
            advance(2)
        assert capsys.readouterr().err == "", term
    monkeypatch.setenv("TERM", "xterm")
    with progress(1240, "vendors read", clock=lambda: float(next(times))) as advance:
        advance(999)
    assert "999 of 1,240 vendors read" in capsys.readouterr().err


def test_a_search_at_a_terminal(bill: Bill, here: Here) -> None:
    vendor(here, "Ironwood Fuel")
    ran = bill.on_terminal("list", "vendors", "--filter", "name ~ IRON", columns=60)
    assert ran.code == 0
    assert "Ironwood" in ran.out
    assert "vendors read" in " ".join(ran.out.split())
