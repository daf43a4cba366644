"""An object in an editor: what was changed is shown and asked about, nothing that was typed is lost."""

from __future__ import annotations

import json
import re
import stat
import string
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from conftest import client_for
from hypothesis import given
from hypothesis import strategies as st

from bill_api.entities import BY_NAME, ENTITIES
from bill_api.existing.content import complete_update
from bill_api.table.entity import Operation
from bill_api.table.fields import FieldType
from bill_cli.sending.changes import changed_meanwhile, changes_of
from bill_cli.sending.yaml_files import NESTED, read, written
from bill_cli.typed.days import today

if TYPE_CHECKING:
    from pathlib import Path

    from cli_bill import Bill

    from bill_api.table.fields import Field
    from bill_simulator import Simulator

pytest_plugins = ["cli_fixtures"]

UPDATE = "/Crud/Update/Bill.json"


def editor(bill: Bill, script: str) -> Bill:
    """The command with an editor that runs these lines of Python on `text`."""
    program = bill.folder / "editor.py"
    program.write_text(
        "import os, pathlib, stat, sys\n"
        "path = pathlib.Path(sys.argv[1]); text = path.read_text()\n"
        "pathlib.Path('seen').open('a').write(f'{oct(stat.S_IMODE(os.stat(path).st_mode))}\\n{text}')\n"
        f"{script}\npath.write_text(text)\n"
    )
    temporary = bill.folder / "tmp"
    temporary.mkdir(exist_ok=True)
    more = {"VISUAL": "", "EDITOR": f"python3 {program}", "TMPDIR": str(temporary)}
    return type(bill)(bill.simulator, bill.folder, {**bill.more, **more})


@pytest.fixture
def document(bill: Bill) -> dict[str, Any]:
    return next(each for each in bill.books("Bill") if len(each["billLineItems"]) > 1)


def now(bill: Bill, document: dict[str, Any]) -> dict[str, Any]:
    return next(each for each in bill.books("Bill") if each["id"] == document["id"])


def left(bill: Bill) -> list[Path]:
    return list((bill.folder / "tmp").iterdir())


def updates(books: Simulator) -> int:
    return [each["path"] for each in books.control.requests()].count(UPDATE)


PO = "text = text.replace('# poNumber:', 'poNumber: 007')"
AMOUNT = "import re; text = re.sub(r'(?m)^    amount: .*', '    amount: 1.10', text, count=1)"


def test_a_change_is_shown_asked_about_and_sent(bill: Bill, document: dict[str, Any]) -> None:
    ran = editor(bill, f"{PO}\n{AMOUNT}").on_terminal("edit", "bill", document["id"], typed="y\n")
    assert ran.code == 0, ran.out
    old = document["billLineItems"][0]["amount"]
    assert "poNumber: (empty) -> 007" in ran.out
    assert f"billLineItems, line 1, amount: {old:,.2f} -> 1.10" in ran.out
    after = now(bill, document)
    assert after["poNumber"] == "007"
    assert after["billLineItems"][0]["amount"] == Decimal("1.1")
    assert [each["id"] for each in after["billLineItems"]] == [each["id"] for each in document["billLineItems"]]
    assert left(bill) == []
    seen = (bill.folder / "seen").read_text()
    assert seen.startswith("0o600\n")
    assert re.search(r"vendorId: 009\w+ +# id of a Vendor: \w", seen)


@pytest.mark.parametrize("script", ["", "text = ''", "text = '# nothing\\n'"])
def test_no_change_sends_nothing(bill: Bill, books: Simulator, document: dict[str, Any], script: str) -> None:
    books.control.forget_requests()
    ran = editor(bill, script)("edit", "bill", document["id"], "--yes")
    assert (ran.code, ran.out) == (0, "")
    assert "nothing changed" in ran.err
    assert (updates(books), left(bill)) == (0, [])


def test_a_no_keeps_the_file_and_it_can_be_gone_on_with(bill: Bill, books: Simulator, document: dict[str, Any]) -> None:
    books.control.forget_requests()
    ran = editor(bill, PO).on_terminal("edit", "bill", document["id"], typed="n\n")
    assert (ran.code, updates(books)) == (130, 0)
    assert "nothing was changed" in ran.out
    assert "stopped" not in ran.out
    (kept,) = left(bill)
    assert str(kept) in ran.out.replace("\n", "")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert editor(bill, "")("edit", "bill", document["id"], "--from", str(kept), "--yes").code == 0
    assert now(bill, document)["poNumber"] == "007"


def test_what_is_wrong_stands_above_the_file_which_opens_again(bill: Bill, document: dict[str, Any]) -> None:
    script = (
        "first = not text.startswith('#!')\n"
        "text = text.replace('# poNumber:', 'poNumber: P-1') if first else text\n"
        "text = text.replace('dueDate: ', 'dueDate: x') if first else text.replace('dueDate: x', 'dueDate: ')"
    )
    ran = editor(bill, script).on_terminal("edit", "bill", document["id"], typed="y\n")
    assert ran.code == 0, ran.out
    assert now(bill, document)["poNumber"] == "P-1"
    assert "#! `dueDate`: 'x" in (bill.folder / "seen").read_text()


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("text = text.replace('dueDate: ', 'dueDate: x')", "not a day"),
        ("text = text + '\\nnope: 1'", "no field"),
        ("text = text + '\\namount: 1'", "set by BILL"),
        ("text = 'a: b: c'", "line 1"),
        ("text = text.replace('- id: bli', '- id: xli')", "is none of BILL's"),
    ],
)
def test_without_a_terminal_a_wrong_file_is_kept_and_named(
    bill: Bill, books: Simulator, document: dict[str, Any], script: str, said: str
) -> None:
    books.control.forget_requests()
    ran = editor(bill, script)("edit", "bill", document["id"], "--yes")
    assert ran.code == 2
    assert said in ran.err
    assert (updates(books), len(left(bill))) == (0, 1)
    assert str(left(bill)[0]) in ran.err


def test_what_bill_refuses_is_kept(bill: Bill, books: Simulator, document: dict[str, Any]) -> None:
    books.control.fault("error", UPDATE, code="BDC_1129")
    assert editor(bill, PO)("edit", "bill", document["id"], "--yes").code == 1
    assert len(left(bill)) == 1


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(
    bill: Bill, books: Simulator, document: dict[str, Any]
) -> None:
    def change() -> str:
        books.control.advance(60)
        assert bill("update", "bill", document["id"], "--set", "description=theirs").code == 0
        books.control.forget_requests()
        return "y\n"

    ran = editor(bill, PO).on_terminal("edit", "bill", document["id"], answers=[change])
    assert ran.code == 1, ran.out
    assert "was changed since" in ran.out
    assert (updates(books), len(left(bill))) == (0, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"updatedTime": "2026-01-01T00:00:01.000+0000"},
        {"isActive": "2"},
        {"approvalStatus": "3"},
        {"paymentStatus": "0"},
        {"dueDate": "2026-03-01"},
        {"billLineItems": [{"id": "bli", "amount": Decimal(6)}]},
    ],
)
def test_whatever_a_person_looks_at_may_have_changed_meanwhile(change: dict[str, Any]) -> None:
    """A decision within the same second changes no content and no time."""
    seen: dict[str, Any] = {
        "id": "00n",
        "isActive": "1",
        "updatedTime": "2026-01-01T00:00:00.000+0000",
        "approvalStatus": "1",
    }
    seen |= {"dueDate": "2026-02-01", "paymentStatus": "1", "billLineItems": [{"id": "bli", "amount": Decimal(5)}]}
    assert changed_meanwhile(BY_NAME["Bill"], seen, dict(seen)) is None
    assert changed_meanwhile(BY_NAME["Bill"], seen, {**seen, **change}) is not None


def kept_file(bill: Bill, document: dict[str, Any], script: str) -> Path:
    """A file that stayed after a no."""
    assert editor(bill, script).on_terminal("edit", "bill", document["id"], typed="n\n").code == 130
    (kept,) = left(bill)
    return kept


def test_a_file_that_is_gone_on_with_puts_back_nothing_of_somebody_else(bill: Bill, document: dict[str, Any]) -> None:
    kept = kept_file(bill, document, PO)
    assert bill("update", "bill", document["id"], "--set", "dueDate=2027-01-01").code == 0
    ran = editor(bill, "")("edit", "bill", document["id"], "--from", str(kept), "--yes")
    assert ran.code == 0, ran.err
    assert "dueDate" not in ran.err
    after = now(bill, document)
    assert (after["poNumber"], after["dueDate"]) == ("007", "2027-01-01")
    assert "#=" not in (bill.folder / "seen").read_text()


@pytest.mark.parametrize(
    ("script", "theirs", "said"),
    [
        (PO, ("--set", "poNumber=008"), "changed poNumber: (empty) -> 008 since it was opened"),
        (AMOUNT, ("--line", "amount=9"), "changed billLineItems since it was opened"),
    ],
)
def test_what_both_have_changed_is_refused(
    bill: Bill, document: dict[str, Any], script: str, theirs: tuple[str, ...], said: str
) -> None:
    kept = kept_file(bill, document, script)
    assert bill("update", "bill", document["id"], *theirs).code == 0
    before = now(bill, document)
    ran = editor(bill, "")("edit", "bill", document["id"], "--from", str(kept), "--yes")
    assert ran.code == 1
    assert said in ran.err
    assert now(bill, document) == before
    assert left(bill) == [kept]


def test_what_both_have_changed_alike_is_done_already(bill: Bill, document: dict[str, Any]) -> None:
    kept = kept_file(bill, document, PO)
    assert bill("update", "bill", document["id"], "--set", "poNumber=007").code == 0
    ran = editor(bill, "")("edit", "bill", document["id"], "--from", str(kept), "--yes")
    assert ran.code == 0
    assert "nothing changed" in ran.err


def test_a_text_that_nobody_can_write_keeps_nothing_from_being_changed(bill: Bill, document: dict[str, Any]) -> None:
    """BILL may hold control characters; the file shows them, and what is not changed is not looked at."""
    odd = "\x1b[31mred\x7f"
    kept = complete_update(BY_NAME["Bill"], document, {"description": odd})
    client_for(bill.simulator).update(
        BY_NAME["Bill"],
        {**kept, "billLineItems": [{**kept["billLineItems"][0], "description": odd}, *kept["billLineItems"][1:]]},
    )
    ran = editor(bill, PO)("edit", "bill", document["id"], "--yes")
    assert ran.code == 0, ran.err
    after = now(bill, document)
    assert (after["poNumber"], after["description"]) == ("007", odd)
    ran = editor(bill, AMOUNT)("edit", "bill", document["id"], "--yes")
    assert ran.code == 0, ran.err
    assert now(bill, document)["billLineItems"][0]["description"] == odd


SWAPPED = (
    "head, items = text.split('billLineItems:\\n'); end = items[items.index('# Fields of a line'):]\n"
    "one, two, *rest = items[:items.index('# Fields of a line')].split('  - id: ')[1:]\n"
    "text = head + 'billLineItems:\\n' + ''.join(f'  - id: {each}' for each in (two, one, *rest)) + end"
)


def test_another_order_of_lines_is_shown_and_sent(bill: Bill, document: dict[str, Any]) -> None:
    ran = editor(bill, SWAPPED).on_terminal("edit", "bill", document["id"], typed="y\n")
    assert ran.code == 0, ran.out
    assert "billLineItems: in another order" in ran.out
    ids = [each["id"] for each in document["billLineItems"]]
    assert [each["id"] for each in now(bill, document)["billLineItems"]] == [ids[1], ids[0], *ids[2:]]


@pytest.mark.parametrize("mark", ["#", "# ", "  # "])
def test_a_line_item_that_is_made_a_comment_is_removed_after_a_question(
    bill: Bill, document: dict[str, Any], mark: str
) -> None:
    gone = document["billLineItems"][-1]
    script = (
        f"begin, end = text.index('  - id: {gone['id']}'), text.index('# Fields of a line')\n"
        f"text = text[:begin] + ''.join('{mark}' + each + '\\n' for each in text[begin:end].splitlines()) + text[end:]"
    )
    ran = editor(bill, script).on_terminal("edit", "bill", document["id"], typed="y\n")
    assert ran.code == 0, ran.out
    assert (bill.folder / "seen").read_text().count("# Fields of a line") == 1, "nothing was wrong with it"
    assert f"line {len(document['billLineItems'])} removed" in ran.out
    assert gone["id"] not in {each["id"] for each in now(bill, document)["billLineItems"]}


FRESH = "text = text.replace('billLineItems:\\n', 'billLineItems:\\n  - amount: 7.00\\n')"
LIKE_THE_FIRST = (
    "import re; amount = re.search(r'(?m)^    amount: (.*)', text)[1]\n"
    "text = text.replace('billLineItems:\\n', f'billLineItems:\\n  - amount: {amount}\\n')"
)


@pytest.mark.parametrize("script", [FRESH, LIKE_THE_FIRST])
def test_a_new_line_before_the_others_is_found_when_the_answer_is_lost(
    bill: Bill, books: Simulator, document: dict[str, Any], script: str
) -> None:
    books.control.fault("drop_after", UPDATE)
    ran = editor(bill, script)("edit", "bill", document["id"], "--yes")
    assert ran.code == 0, ran.err
    assert "adopted" in ran.err
    assert len(now(bill, document)["billLineItems"]) == len(document["billLineItems"]) + 1


def test_lines_that_are_there_already_are_not_sent_again(bill: Bill, document: dict[str, Any]) -> None:
    kept = kept_file(bill, document, FRESH)
    assert editor(bill, FRESH)("edit", "bill", document["id"], "--yes").code == 0
    ran = editor(bill, "")("edit", "bill", document["id"], "--from", str(kept), "--yes")
    assert (ran.code, "nothing changed" in ran.err) == (0, True), ran.err
    assert len(now(bill, document)["billLineItems"]) == len(document["billLineItems"]) + 1


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (r"import re; text = re.sub(r'(?m)^dueDate: \S+', 'dueDate:', text)", "`dueDate`: BILL wants it"),
        (r"text = text[:text.index('billLineItems:')] + 'billLineItems:\n'", "`billLineItems`: BILL wants it"),
    ],
)
def test_what_bill_wants_is_not_emptied(
    bill: Bill, books: Simulator, document: dict[str, Any], script: str, said: str
) -> None:
    ran = editor(bill, script)("edit", "bill", document["id"], "--yes")
    assert (ran.code, updates(books)) == (2, 0)
    assert said in ran.err


def test_a_file_of_another_object_is_refused(bill: Bill, document: dict[str, Any]) -> None:
    kept = kept_file(bill, document, PO)
    other = next(each for each in bill.books("Bill") if each["id"] != document["id"])
    for call in (("bill", other["id"]), ("vendor", document["vendorId"])):
        ran = editor(bill, "")("edit", *call, "--from", str(kept), "--yes")
        assert ran.code == 2
        assert f"is of bill {document['id']}, and not of {call[0]} {call[1]}" in ran.err


def test_a_file_that_does_not_say_what_bill_had_is_refused(bill: Bill, document: dict[str, Any]) -> None:
    kept = kept_file(bill, document, PO)
    kept.write_text("".join(each for each in kept.read_text().splitlines(True) if not each.startswith("#")))
    ran = editor(bill, "")("edit", "bill", document["id"], "--from", str(kept), "--yes")
    assert ran.code == 2
    assert "does not say what BILL had" in ran.err


def test_a_deleted_object_is_not_edited(bill: Bill, document: dict[str, Any]) -> None:
    kept = kept_file(bill, document, PO)
    assert bill("delete", "bill", document["id"], "--yes").code == 0
    for more in ((), ("--from", str(kept))):
        ran = editor(bill, PO)("edit", "bill", document["id"], *more, "--yes")
        assert ran.code == 1
        assert "is deleted" in ran.err


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("text += 'isActive: inactive\\n'", "`bill delete` and `bill undelete` change it"),
        ("text = text.replace('# poNumber:', '# poNumber: 007')", "take the # away before `poNumber`"),
    ],
)
def test_what_an_edit_would_not_do_is_said(bill: Bill, document: dict[str, Any], script: str, said: str) -> None:
    ran = editor(bill, script)("edit", "bill", document["id"], "--yes")
    assert ran.code == 2
    assert said in ran.err


def test_a_kept_file_that_is_no_text_is_refused(bill: Bill, document: dict[str, Any]) -> None:
    file = bill.folder / "odd.yaml"
    file.write_bytes(b"poNumber: \xff\xfe\xfd")
    ran = editor(bill, "")("edit", "bill", document["id"], "--from", str(file), "--yes")
    assert ran.code == 2
    assert "neither UTF-8 nor UTF-16" in ran.err


def test_names_and_days_in_words_say_what_is_meant(bill: Bill, document: dict[str, Any]) -> None:
    other = next(
        each for each in bill.books("Vendor") if each["id"] != document["vendorId"] and each["isActive"] == "1"
    )
    script = (
        "import re\n"
        f"text = re.sub(r'(?m)^vendorId: .*', 'vendor: ' + {json.dumps(json.dumps(other['name']))}, text)\n"
        "text = re.sub(r'(?m)^dueDate: .*', 'dueDate: year-end', text)"
    )
    ran = editor(bill, script)("edit", "bill", document["id"], "--yes")
    assert ran.code == 0, ran.err
    assert f"-> {other['id']} ({other['name']})" in ran.err
    after = now(bill, document)
    assert (after["vendorId"], after["dueDate"]) == (other["id"], f"{today().year}-12-31")


@pytest.mark.parametrize("value", ["Order #77 for paper", "Order #77", "x  #1"])
def test_a_comment_that_cuts_a_value_off_is_refused(bill: Bill, document: dict[str, Any], value: str) -> None:
    script = f"text = text.replace('# description:', 'description: {value}')"
    ran = editor(bill, script)("edit", "bill", document["id"], "--yes")
    assert ran.code == 2
    assert "begins a comment" in ran.err
    script = f"text = text.replace('# description:', 'description: \"{value}\"')"
    assert editor(bill, script)("edit", "bill", document["id"], "--yes").code == 0
    assert now(bill, document)["description"] == value


def test_a_line_that_is_taken_out_is_told_as_removed(bill: Bill, document: dict[str, Any]) -> None:
    script = (
        "import re\nparts = re.split(r'(?m)^  - ', text)\n"
        "text = '  - '.join([parts[0], *parts[2:]]).replace('# Fields of', '  - amount: 2.50\\n# Fields of')"
    )
    ran = editor(bill, script)("edit", "bill", document["id"], "--yes")
    assert ran.code == 0, ran.err
    assert "line 1 removed: " in ran.err
    assert f"new line {len(document['billLineItems'])}: amount 2.50" in ran.err
    after = now(bill, document)["billLineItems"]
    assert [each["id"] for each in after][:-1] == [each["id"] for each in document["billLineItems"]][1:]


def test_a_dry_run_shows_changes_and_request(bill: Bill, books: Simulator, document: dict[str, Any]) -> None:
    books.control.forget_requests()
    ran = editor(bill, PO)("edit", "bill", document["id"], "--dry-run")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["form"]["data"]["obj"]["poNumber"] == "007"
    assert updates(books) == 0
    (kept,) = left(bill)
    assert f"bill edit bill {document['id']} --from {kept}" in ran.err


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("path.unlink(); sys.exit()", "is not there any more: nothing was sent"),
        ("path.write_bytes(b'poNumber: \\xff\\xfe\\xfd'); sys.exit()", "neither UTF-8 nor UTF-16"),
        ("sys.exit(3)", "Editing failed"),
    ],
)
def test_an_editor_that_leaves_no_text_sends_nothing(
    bill: Bill, books: Simulator, document: dict[str, Any], script: str, said: str
) -> None:
    books.control.forget_requests()
    ran = editor(bill, script).on_terminal("edit", "bill", document["id"], typed="y\n")
    assert (ran.code, updates(books)) == (2, 0)
    assert said in " ".join(ran.out.split())


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\\n", "\\r\\n"])
def test_a_file_is_read_as_editors_save_it(bill: Bill, document: dict[str, Any], encoding: str, end: str) -> None:
    script = f"{PO}\npath.write_bytes(text.replace('\\n', '{end}').encode('{encoding}')); sys.exit()"
    ran = editor(bill, script).on_terminal("edit", "bill", document["id"], typed="y\n")
    assert ran.code == 0, ran.out
    assert "Send 1 change?" in ran.out
    assert now(bill, document)["poNumber"] == "007"


def test_nobody_to_ask_is_said_before_the_editor_opens(bill: Bill, books: Simulator) -> None:
    books.control.forget_requests()
    assert editor(bill, "")("edit", "bill", "00n01AAAAAAAAAAaaaaa").code == 2
    assert books.control.requests() == []


def test_secret_numbers_stand_in_no_file(bill: Bill) -> None:
    sensitive = [each for each in BY_NAME["Vendor"].fields if each.sensitive]
    vendor = bill.books("Vendor")[0]
    text = written(BY_NAME["Vendor"], {**vendor, **{each.name: "9876543210" for each in sensitive}}, {})
    assert sensitive
    assert "9876543210" not in text


def values(field: Field) -> st.SearchStrategy[Any]:
    texts = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.just("\n"), max_size=20)
    odd = st.sampled_from(
        ["no", "on", "007", "1.10", "null", "~", "true", "2026-01-31", "a: b", "# x", "- y", "'", '"']
    )
    return {
        FieldType.ID: st.text(string.ascii_letters + string.digits, min_size=20, max_size=20),
        FieldType.STRING: (texts | odd).map(lambda text: text[: field.max_length]),
        FieldType.ENUM: st.sampled_from(list(field.codes) or ["0", "1"]),
        FieldType.DATE: st.dates(min_value=date(1990, 1, 1), max_value=date(2150, 1, 1)).map(str),
        FieldType.DATETIME: st.just("2026-01-31T09:00:00.000+0000"),
        FieldType.MONEY: st.decimals(-(10**9), 10**9, places=2),
        FieldType.DECIMAL: st.decimals(-(10**6), 10**6, places=5),
        FieldType.INTEGER: st.integers(*(field.bounds or (0, 10**6))),
        FieldType.BOOLEAN: st.booleans(),
    }[field.type]


def objects(fields: tuple[Field, ...]) -> st.SearchStrategy[dict[str, Any]]:
    chosen = [each for each in fields if each.type not in NESTED and each.name not in {"entity", "id"}]
    return st.fixed_dictionaries({}, optional={each.name: values(each) for each in chosen if not each.sensitive})


@given(st.data())
def test_an_object_that_is_written_and_read_back_is_the_same(data: st.DataObject) -> None:
    entity = data.draw(st.sampled_from([each for each in ENTITIES if each.offers(Operation.UPDATE)]))
    obj = {"id": "00n01AAAAAAAAAAaaaaa", **data.draw(objects(entity.fields))}
    if entity.lines:
        lines = data.draw(st.lists(objects(entity.lines.item_fields), max_size=2))
        obj[entity.lines.name] = [{**each, "id": f"bli01AAAAAAAAAAaaaa{i}"} for i, each in enumerate(lines)]
    wanted = read(entity, written(entity, obj, {}))
    assert not changes_of(entity, obj, wanted or {}).words
