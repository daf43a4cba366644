"""The mapping's means: numbers and dates as files write them, expressions, totals, what travels along."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from csv_tap import BILL_COLUMNS, BILL_HEADER, BILL_LINES, Json, Run, bills, documents, run_bills, run_tap
from workbooks import write

from bill_documents.errors import InputError, SettingError
from bill_documents.mapping.columns import MEANT
from bill_documents.mapping.expressions import checked
from bill_program.errors import SettingsError
from bill_values.notations import Writing

if TYPE_CHECKING:
    from pathlib import Path


def one_amount(folder: Path, text: str, **more: Json | str) -> Json:
    """The bill of one row with this text as its amount."""
    written = '"' + text.replace('"', '""') + '"'
    path = folder / "bills.csv"
    path.write_text(BILL_HEADER + f"Ace,7,2021-06-01,{written},\n", encoding="utf-8")
    (bill,) = documents(bills(str(path), **more))["bills"]
    return bill


def amount(**how: object) -> Json:
    return {"lines": {"columns": {"amount": {"column": "Amount", **how}}}}


@pytest.mark.parametrize(
    ("text", "how", "value"),
    [
        (" 1,041.67 ", {}, "1041.67"),
        ("(45.00)", {}, "-45"),
        ("45.00-", {}, "-45"),
        ("\u221245.00", {}, "-45"),
        ("1.234,50", {"decimal": ","}, "1234.5"),
        ("1\u00a0234,50 \u20ac", {"decimal": ",", "thousands": " ", "currency": ["\u20ac", "EUR"]}, "1234.5"),
        ("eur 5,00", {"decimal": ",", "currency": ["\u20ac", "EUR"]}, "5"),
        ("-\u00a35.00", {"currency": "\u00a3"}, "-5"),
        ("(\u00a31,234.50)", {"currency": "\u00a3"}, "-1234.5"),
        ("1'234.50", {"thousands": "'"}, "1234.5"),
        ("1,234", {"thousands": ","}, "1234"),
        ("12.345", {"round": 2}, "12.35"),
        ("-12.345", {"round": 2}, "-12.35"),
        ("6.82121E-13", {"round": 2}, "0"),
        ("12.50", {"negate": True}, "-12.5"),
        ("free", {"values": {"Free": 0}}, "0"),
    ],
)
def test_amounts_as_files_write_them(tmp_path: Path, text: str, how: Json, value: str) -> None:
    bill = one_amount(tmp_path, text, **amount(**how))
    assert bill["_source_errors"] is None
    assert str(bill["billLineItems"][0]["amount"]) == value


@pytest.mark.parametrize(
    ("text", "how", "said"),
    [
        ("6.82121E-8", {}, "more than 2 decimals"),
        ("1.23457E+11", {}, "a number with an exponent has lost digits"),
        ("1,234", {}, "the comma may part thousands or decimals; have it written like 1041 or 1.50, or set thousands"),
        (
            "1.234",
            {"decimal": ","},
            "the point may part thousands or decimals; have it written like 1041 or 1,50, or set",
        ),
        ("12.50", {"decimal": ","}, "not a number; expected one like 1234,56"),
        ("\u00a35.00", {"currency": "$"}, "not a number"),
        ("1,234.50", {"thousands": ""}, "not a number"),
        ("9" * 39, {}, "more than 38 digits"),
    ],
)
def test_amounts_that_cannot_be_read_for_sure_are_refused(tmp_path: Path, text: str, how: Json, said: str) -> None:
    bill = one_amount(tmp_path, text, **amount(**how))
    assert bill["billLineItems"][0]["amount"] is None
    (problem,) = bill["_source_errors"]
    assert (problem["row"], problem["value"]) == (2, text)
    assert said in problem["message"]


def test_what_is_said_of_the_file_holds_for_each_column_that_says_nothing_else(tmp_path: Path) -> None:
    lines = {"columns": {"amount": "Amount", "quantity": {"column": "What", "decimal": "."}}}
    run = run_bills(tmp_path, 'Ace,7,01.06.2021,"1.234,50",2.5\n', lines=lines, decimal=",", date_format="%d.%m.%Y")
    (bill,) = run.records("bills")
    assert bill["billLineItems"] == [{"amount": Decimal("1234.50"), "quantity": Decimal("2.5")}]


def test_several_date_formats_must_not_disagree(tmp_path: Path) -> None:
    rows = "Ace,1,2021-06-01,1,\nAce,2,13/06/2021,1,\nAce,3,05/06/2021,1,\nAce,4,06/06/2021,1,\nAce,5,0202-06-01,1,\n"
    formats = ["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y"]
    run = run_bills(tmp_path, rows, date_format=formats)
    assert [each["invoiceDate"] for each in run.records("bills")] == [
        "2021-06-01",
        "2021-06-13",
        None,
        "2021-06-06",
        None,
    ]
    said = [each["message"] for each in run.problems("bills")]
    assert "2021-06-05 or 2021-05-06: the formats do not agree" in said[0]
    assert "the year 0202 is outside of 1900 to 2199" in said[1]
    assert len(said) == 2


def test_blanks_are_trimmed_unless_the_mapping_says_otherwise(tmp_path: Path) -> None:
    rows = '\u00a0Ace ,7,2021-06-01 ,1 ," two  words\t"\n\tAce,7,2021-06-01,1,x\n'
    (bill,) = run_bills(tmp_path, rows).records("bills")
    assert (bill["vendorName"], bill["billLineItems"][0]["description"]) == ("Ace", "two  words")
    lines = {"columns": {"amount": "Amount", "description": {"column": "What", "trim": False}}}
    (bill,) = run_bills(tmp_path, rows, lines=lines).records("bills")
    assert bill["billLineItems"][0]["description"] == " two  words "


def test_headers_are_found_whatever_their_case_and_blanks(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("\ufeff SUPPLIER , Number,the  date,Amount\nAce,7,2021-06-01,1\n", encoding="utf-8")
    columns = {"vendorName": "Supplier", "invoiceNumber": "number", "invoiceDate": "The Date"}
    (bill,) = run_tap(tmp_path, bills("b.csv", columns=columns, lines={"columns": {"amount": "amount"}})).records(
        "bills"
    )
    assert (bill["vendorName"], bill["invoiceDate"]) == ("Ace", "2021-06-01")


# Expressions


def test_an_expression_takes_the_place_of_a_column(tmp_path: Path) -> None:
    columns = BILL_COLUMNS | {
        "invoiceNumber": {"expression": "upper(\"Number\") || '-' || strftime(CAST(\"Date\" AS DATE), '%Y')"}
    }
    lines = {
        "columns": {"amount": {"expression": "CAST(Amount AS DECIMAL(18, 4)) * 2", "round": 2}, "description": "What"}
    }
    (bill,) = run_bills(
        tmp_path, "Ace,a7,2021-06-01,1.125,x\nAce,A7,2021-06-01,2,y\n", columns=columns, lines=lines
    ).records("bills")
    assert bill["invoiceNumber"] == "A7-2021"
    assert [str(each["amount"]) for each in bill["billLineItems"]] == ["2.25", "4"]


def test_an_expression_that_fails_harms_its_row_only(tmp_path: Path) -> None:
    lines = {"columns": {"amount": {"expression": "CAST(Amount AS DECIMAL(18, 2))"}}}
    run = run_bills(tmp_path, "Ace,1,2021-06-01,5,\nAce,2,2021-06-01,five,\nAce,3,2021-06-01,7,\n", lines=lines)
    assert [each["billLineItems"][0]["amount"] for each in run.records("bills")] == [5, None, 7]
    (problem,) = run.problems("bills")
    assert (problem["row"], problem["column"]) == (3, "(CAST(Amount AS DECIMAL(18, 2)))")
    assert problem["message"] == "cannot be evaluated for this row"


def test_totals_rows_are_left_out_by_an_expression_and_counted(tmp_path: Path) -> None:
    rows = "Ace,1,2021-06-01,5,\n,,,6,Total\nBee,1,2021-06-01,2,\n"
    run = run_bills(tmp_path, rows, where="What <> 'Total'")
    assert [each["_source_rows"] for each in run.records("bills")] == [[2], [4]]
    assert "bills.csv: 1 row is left out by files[0].where" in run.stderr


def test_a_row_that_is_neither_wanted_nor_unwanted_is_rejected(tmp_path: Path) -> None:
    run = run_bills(tmp_path, "Ace,1,2021-06-01,5,\nAce,2,2021-06-01,x,\n", where="CAST(Amount AS INTEGER) > 0")
    assert [each["_source_errors"] is None for each in run.records("bills")] == [True, False]
    assert [each["message"] for each in run.problems("bills")][1:] == ["is neither true nor false for this row"]


def test_rows_are_rejected_by_a_rule_with_its_reason_once_for_each_document(tmp_path: Path) -> None:
    rule = {"when": "Number LIKE 'C%'", "reason": "a cancellation"}
    run = run_bills(tmp_path, "Ace,C1,2021-06-01,5,\nAce,C1,2021-06-01,6,\nAce,2,2021-06-01,7,\n", reject=[rule])
    assert [each["_source_errors"] is None for each in run.records("bills")] == [False, True]
    (problem,) = run.problems("bills")
    assert (problem["row"], problem["field"]) == (2, "files[0].reject[0].when")
    assert problem["message"] == "a cancellation (and 1 more of its rows)"


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("CAST(Amount AS DOUBLE)", "money is never a float: CAST to DECIMAL(18, 2)"),
        ("Amnt", 'names a column "Amnt", which is not there; did you mean "Amount"?'),
        ("sum(Amount)", "is refused by DuckDB"),
        ("random()", "is refused by DuckDB"),
        ("(SELECT 1)", "is refused by DuckDB"),
        ("1), (2", "is refused by DuckDB"),
        ("1; SELECT 2", "is refused by DuckDB"),
        ("(SELECT content FROM read_text('/etc/hostname'))", "is refused by DuckDB"),
        ("[Amount]", "which is no text"),
        ("Amount +", "is refused by DuckDB: Parser Error"),
    ],
)  # fmt: skip
def test_what_is_no_expression_over_the_row_is_refused_at_the_start(sql: str, said: str) -> None:
    with pytest.raises(SettingError) as caught:
        checked("files[0].columns.amount.expression", sql, ("Amount", "What"))
    assert str(caught.value).startswith("setting `files[0].columns.amount.expression`: ")
    assert said in str(caught.value)


def test_a_condition_must_be_true_or_false() -> None:
    with pytest.raises(SettingError, match="gives VARCHAR, not true or false"):
        checked("files[0].where", "Amount", ("Amount",), truth=True)


# Totals


def totals(folder: Path, rows: str) -> Run:
    header = "Supplier,Number,Date,Amount,Total\n"
    (folder / "bills.csv").write_text(header + rows)
    return run_tap(folder, bills(columns=BILL_COLUMNS | {"amount": "Total"}, lines={"columns": {"amount": "Amount"}}))


def test_a_total_that_the_file_gives_is_held_against_its_lines(tmp_path: Path) -> None:
    run = totals(tmp_path, "Ace,1,2021-06-01,1.10,3.30\nAce,1,2021-06-01,2.20,3.30\nAce,2,2021-06-01,5,5.01\n")
    good, bad = run.records("bills")
    assert (good["amount"], good["_source_errors"]) == (Decimal("3.30"), None)
    (problem,) = bad["_source_errors"]
    assert (problem["row"], problem["field"]) == (4, "amount")
    assert problem["message"] == "the document says 5.01, and the sum of its 1 line is 5.00"


def test_a_total_with_a_tax_is_not_held_against_the_lines(tmp_path: Path) -> None:
    (tmp_path / "i.csv").write_text("customer,number,Total,Tax,price\nA,1,108,VAT,100\nA,2,108,,100\n")
    columns = {"customerName": "customer", "invoiceNumber": "number", "amount": "Total", "itemSalesTaxName": "Tax"}
    lines = {"columns": {"price": "price"}}
    run = run_tap(tmp_path, {"path": "i.csv", "stream": "invoices", "columns": columns, "lines": lines})
    taxed, untaxed = run.records("invoices")
    assert (taxed["_source_errors"], [each["row"] for each in untaxed["_source_errors"]]) == (None, [3])


def test_quantity_times_price_counts_as_a_line(tmp_path: Path) -> None:
    (tmp_path / "i.csv").write_text(
        "customerName,invoiceNumber,Total,quantity,price\nA,1,3.75,3,1.25\nA,2,3.76,3,1.25\n"
    )
    columns = {"customerName": "customerName", "invoiceNumber": "invoiceNumber", "amount": "Total"}
    lines = {"columns": {"quantity": "quantity", "price": "price"}}
    run = run_tap(tmp_path, {"path": "i.csv", "stream": "invoices", "columns": columns, "lines": lines})
    assert [each["_source_errors"] is None for each in run.records("invoices")] == [True, False]


# What travels along


def test_documents_carry_their_rows_as_they_stand_in_the_file(tmp_path: Path) -> None:
    (bill,) = run_bills(tmp_path, 'Ace,7,2021-06-01," 1,041.67 ","a ""b"""\n').records("bills")
    assert bill["_source_cells"] == [
        {"Supplier": "Ace", "Number": "7", "Date": "2021-06-01", "Amount": " 1,041.67 ", "What": 'a "b"'}
    ]
    (bill,) = run_bills(tmp_path, "Ace,7,2021-06-01,1,\n", source_cells=False).records("bills")
    assert "_source_cells" not in bill


def test_account_numbers_do_not_travel_along_in_any_stream_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("Supplier,Tax no,Number,Date,Amount\nAce,12-3456789,7,2021-06-01,1\n")
    vendors = {"path": "f.csv", "stream": "vendors", "columns": {"name": "Supplier", "taxId": "Tax no"}}
    lines = {"columns": {"amount": "Amount"}}
    run = run_tap(tmp_path, bills("f.csv", columns=BILL_COLUMNS, lines=lines), vendors)
    assert run.records("vendors")[0]["taxId"] == "12-3456789"
    for stream in ("vendors", "bills"):
        (cells,) = run.records(stream)[0]["_source_cells"]
        assert cells == {"Supplier": "Ace", "Tax no": "(hidden)", "Number": "7", "Date": "2021-06-01", "Amount": "1"}
    bill = run_tap(tmp_path, bills("f.csv", columns=BILL_COLUMNS, lines=lines)).records("bills")[0]
    assert "Tax no" in bill["_source_cells"][0], "nobody said what it is"
    (tmp_path / "g.csv").write_text((tmp_path / "f.csv").read_text().replace("Tax no", "Tax ID"))
    bill = run_tap(tmp_path, bills("g.csv", columns=BILL_COLUMNS, lines=lines)).records("bills")[0]
    assert bill["_source_cells"][0]["Tax ID"] == "(hidden)"
    by_expression = vendors | {"columns": {"name": "Supplier", "taxId": {"expression": "replace(\"tax NO\", '-', '')"}}}
    (vendor,) = run_tap(tmp_path, by_expression).records("vendors")
    assert vendor["taxId"] == "123456789"
    assert vendor["_source_cells"][0]["Tax no"] == "(hidden)"


def test_a_column_of_tax_numbers_is_not_shown_by_another_field_that_it_feeds(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("Supplier,No\nAce,12-3456789\n")
    run = run_tap(tmp_path, {"path": "f.csv", "stream": "vendors", "columns": TWICE_FED})
    (vendor,) = run.records("vendors")
    assert [each["field"] for each in vendor["_source_errors"]] == ["isActive"]
    assert vendor.pop("taxId") == "12-3456789"
    assert "3456789" not in f"{vendor}{run.stderr}"


TWICE_FED = {"name": "Supplier", "taxId": "No", "isActive": "No"}


def test_a_constant_that_is_a_tax_number_is_not_said(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("name\nAce\n")
    with pytest.raises(InputError) as caught:
        documents({"path": str(tmp_path / "f.csv"), "stream": "vendors", "defaults": {"taxId": "12-34567890123456789"}})
    assert str(caught.value) == "setting `files[0].defaults.taxId`: more than 16 characters"


def test_cells_that_are_objects_travel_along_without_account_numbers(tmp_path: Path) -> None:
    cells = ['{"iban": "DE00"}', '[{"a": {"SSN": "123456789"}}]', "4111 1111 1111 1111", '{"a": "b"}']
    quoted = ",".join('"' + each.replace('"', '""') + '"' for each in cells)
    (tmp_path / "f.csv").write_text(f"Supplier,payee,more,paid,plain\nAce,{quoted}\n")
    entry = {"path": "f.csv", "stream": "vendors", "columns": {"name": "Supplier", "companyName": "more"}}
    (travelled,) = run_tap(tmp_path, entry).records("vendors")[0]["_source_cells"]
    assert travelled == {
        "Supplier": "Ace",
        "payee": '{"iban":"(hidden)"}',
        "more": '[{"a":{"SSN":"(hidden)"}}]',
        "paid": "(hidden)",
        "plain": '{"a": "b"}',
    }


OF_TAX_IDS: Json = {"stream": "vendors", "group_by": ["taxId"], "columns": {"taxId": "Number"}, "lines": None}


@pytest.mark.parametrize(
    ("wrong", "setting", "said"),
    [
        ({"columns": {"vendorName": {"colum": "X"}}}, "files[0].columns.vendorName.colum", "did you mean `column`?"),
        ({"columns": {"vendorName": {}}}, "files[0].columns.vendorName", "needs either column or expression"),
        ({"columns": {"vendorName": {"column": "X", "expression": "1"}}}, "files[0].columns.vendorName", "either"),
        (amount(round=-1), "files[0].lines.columns.amount.round", "is -1; allowed is a whole number, 0 to 10"),
        (amount(negate="yes"), "files[0].lines.columns.amount.negate", "is 'yes'; allowed is true or false"),
        (amount(values=["x"]), "files[0].lines.columns.amount.values", "is ['x']; allowed is an object"),
        ({"decimal": ";"}, "files[0].decimal", "is ';'; allowed is one of `.`, `,`"),
        ({"decimal": ",", "thousands": ","}, "files[0].thousands", "parts the decimals already"),
        ({"sheet": "Bills"}, "files[0].sheet", "is about files that are a workbook"),
        ({"currency": "."}, "files[0].currency", 'is ".", which is a part of a number; give a sign such as $ or EUR'),
        ({"currency": ["€", "1"]}, "files[0].currency[1]", 'is "1", which is a part of a number'),
        (OF_TAX_IDS, "files[0].group_by", "is a bank or tax number, and keys are kept"),
        ({"where": "Amount"}, "files[0].where", "gives VARCHAR, not true or false"),
        ({"where": "Amnt > 1"}, "files[0].where", "Amnt"),
        ({"reject": [{"when": "true"}]}, "files[0].reject[0].reason", "is missing"),
        ({"reject": [{"if": "true"}]}, "files[0].reject[0].if", "is not known; known are when, reason"),
        ({"quote": "`"}, "files[0].quote", "which is no quote"),
        ({"skip": -1}, "files[0].skip", "is -1; allowed is a whole number, 0 to 1000000000"),
        ({"date_format": ["%Y-%m-%d", "%d"]}, "files[0].date_format[1]", 'is "%d", which does not describe a day'),
    ],
)  # fmt: skip
def test_a_wrong_means_is_named(tmp_path: Path, wrong: Json, setting: str, said: str) -> None:
    (tmp_path / "bills.csv").write_text(BILL_HEADER + "Ace,1,2021-06-01,1,x\n")
    with pytest.raises((InputError, SettingsError)) as caught:
        documents(bills(str(tmp_path / "bills.csv"), columns=BILL_COLUMNS, lines=BILL_LINES) | wrong)
    assert any(line.startswith(f"setting `{setting}`") for line in str(caught.value).splitlines())
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        *(
            ("description", each)
            for each in ({"round": 2}, {"negate": True}, {"currency": "$"}, {"credit": "negative"})
        ),
        *(("invoiceDate", each) for each in ({"thousands": ","}, {"negate": True}, {"decimal": ","}, {"trim": True})),
        ("dueDate", {"round": 1}),
        ("vendorName", {"thousands": ""}),
    ],
)
def test_what_has_no_effect_on_the_values_of_a_field_is_refused(
    tmp_path: Path, field: str, said: dict[str, Any]
) -> None:
    (tmp_path / "bills.csv").write_text(BILL_HEADER + "Ace,1,2021-06-01,1,x\n")
    columns = {**BILL_COLUMNS, field: {"column": "What", **said}}
    with pytest.raises(InputError) as caught:
        documents(bills(str(tmp_path / "bills.csv"), columns=columns, lines=BILL_LINES))
    (name,) = said
    assert str(caught.value).startswith(f"setting `files[0].columns.{field}.{name}`: is about ")
    assert str(caught.value).endswith(f", and {field} holds none; leave it out")


def test_of_every_form_of_values_it_is_said_which_fields_it_is_for() -> None:
    assert MEANT.keys() | {"values"} == {each.name for each in fields(Writing)}


def test_the_format_of_days_has_no_effect_on_an_amount(tmp_path: Path) -> None:
    (tmp_path / "bills.csv").write_text(BILL_HEADER + "Ace,1,2021-06-01,1,x\n")
    lines = {"columns": {"amount": {"column": "Amount", "date_format": "%d.%m.%Y"}}}
    with pytest.raises(InputError, match="is about days, and amount holds none"):
        documents(bills(str(tmp_path / "bills.csv"), columns=BILL_COLUMNS, lines=lines))


@pytest.mark.parametrize("said", [{"encoding": "cp1252"}, {"delimiter": ";"}, {"quote": "'"}])
def test_how_a_text_is_written_means_nothing_of_a_workbook(tmp_path: Path, said: dict[str, Any]) -> None:
    write(tmp_path / "bills.xlsx", {"Bills": [[*BILL_HEADER.strip().split(",")], ["Ace", "1", "2021-06-01", 1, "x"]]})
    (name,) = said
    with pytest.raises(InputError, match=rf"`files\[0\].{name}`: is about files that are a text"):
        documents(bills(str(tmp_path / "bills.xlsx"), columns=BILL_COLUMNS, lines=BILL_LINES, **said))
    (tmp_path / "bills.csv").write_text(BILL_HEADER + "Ace,2,2021-06-01,1,x\n")
    both = bills(str(tmp_path / "bills.*"), columns=BILL_COLUMNS, lines=BILL_LINES, encoding="cp1252")
    assert len(documents(both)["bills"]) == 2


@pytest.mark.parametrize(("columns", "name"), [({}, "B"), ({"name": "name"}, "B"), ({"name": "Name"}, "A")])
def test_of_two_columns_that_differ_in_case_the_exact_one_counts_and_the_other_travels_along(
    tmp_path: Path, columns: dict[str, str], name: str
) -> None:
    (tmp_path / "vendors.csv").write_text("Name,name\nA,B\n")
    file = {"path": "vendors.csv", "stream": "vendors", **({"columns": columns} if columns else {})}
    (vendor,) = run_tap(tmp_path, file).records("vendors")
    assert vendor["name"] == name
    assert sorted(vendor["_source_cells"][0].values()) == ["A", "B"]


def test_an_expression_that_wants_all_memory_is_stopped_by_name(tmp_path: Path) -> None:
    wasteful = {"expression": "repeat('x', 2000000000)"}
    ran = run_bills(tmp_path, "Ace,7,2021-06-01,1.50,Pipe\n", columns={**BILL_COLUMNS, "description": wasteful})
    assert "setting `files[0].columns.description.expression`: needs more memory than there is" in ran.error


def test_an_expression_that_takes_too_long_is_stopped_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bill_documents.grouping.workspace.EXPRESSIONS_S", 0.2)
    monkeypatch.setattr("bill_documents.grouping.workspace.ROWS_A_SECOND_MIN", 1e9)
    path = tmp_path / "bills.csv"
    path.write_text(BILL_HEADER + "".join(f"Ace,{number},2021-06-01,1.50,Pipe\n" for number in range(5_000)))
    slow = {"expression": 'list_sum(list_transform(range(1000000), lambda x : x + length("What")))'}
    with pytest.raises(SettingError, match=r"`files\[0\].columns.description.expression`: takes longer than 0 s for 5"):
        documents(bills(str(path), columns={**BILL_COLUMNS, "description": slow}))
