"""Files that records name: on the object of their record, once, and no other file of the machine."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import unicodedata
from typing import TYPE_CHECKING, Any

import pytest
from conftest import client_for, run
from effort import examples
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from target_relay import relay
from target_run import (
    ORGANIZATION,
    account,
    bill,
    bills,
    books,
    load,
    opened,
    rejects,
    report,
    singer,
    started,
    until,
    vendors,
)

from bill_api.entities import BY_NAME
from bill_api.table.attachments import FILE_BYTES_MAX
from bill_api.wire.raw import File
from bill_program.errors import SettingsError
from target_bill.delivery.uploads import LATER_S
from target_bill.input.named_files import NamedFiles, RefusedFileError
from target_bill.model.attachment import RecordFile, attachment_of
from target_bill.model.document import NamedFile

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bill_simulator import Simulator

PDF = b"%PDF-1.4 /Type /Page"
UPLOAD = "/UploadAttachment.json"
LOST = ("drop_after", "cut_json", "late")


def files(folder: Path, *names: str, content: bytes = PDF) -> Path:
    for name in names:
        path = folder / "scans" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content + name.encode())
    return folder / "scans"


def one_bill(**more: Any) -> str:
    return singer(vendors("A"), bills(bill("A", "1", 10, **more)))


def attached(simulator: Simulator) -> list[tuple[str, str, str]]:
    """Number of the bill (or name of another object), name and hash of each file that BILL has."""
    known = {each["id"]: each["invoiceNumber"] for name in ("Bill", "Invoice") for each in books(simulator, name)}
    known |= {each["id"]: each["name"] for each in books(simulator, "Vendor")}
    found = simulator.control.attachments(ORGANIZATION)
    return sorted((known[each["objectId"]], each["fileName"], each["sha256"]) for each in found)


def names(simulator: Simulator) -> list[tuple[str, str]]:
    return [(where, name) for where, name, _ in attached(simulator)]


# Once


def test_a_file_is_attached_to_its_bill_once_whatever_comes_later(empty: Simulator, tmp_path: Path) -> None:
    folder = files(tmp_path, "scan.pdf")
    text = one_bill(attachments="scan.pdf")
    ran = load(empty, tmp_path, text, attachment_dir="scans")
    assert ran.code == 0, ran.err
    assert account(tmp_path, "attachments") == {"created": 1}
    content = (folder / "scan.pdf").read_bytes()
    assert attached(empty) == [("1", "scan.pdf", hashlib.sha256(content).hexdigest())]
    (found,) = empty.control.attachments(ORGANIZATION)
    assert found["size"] == len(content)

    (folder / "scan.pdf").rename(folder / "renamed.pdf")
    for again in (text.replace("scan.pdf", "renamed.pdf"), one_bill(attachments="renamed.pdf", description="new")):
        ran = load(empty, tmp_path, again, attachment_dir="scans")
        assert ran.code == 0, ran.err
        assert account(tmp_path, "attachments") == {"unchanged": 1}
    assert names(empty) == [("1", "scan.pdf")]


def test_another_content_is_another_file_beside_the_first(empty: Simulator, tmp_path: Path) -> None:
    folder = files(tmp_path, "scan.pdf")
    for content in (PDF, PDF + b" corrected"):
        (folder / "scan.pdf").write_bytes(content)
        ran = load(empty, tmp_path, one_bill(attachments="scan.pdf"), attachment_dir="scans")
        assert ran.code == 0, ran.err
    assert names(empty) == [("1", "scan.pdf"), ("1", "scan.pdf")]
    assert account(tmp_path, "bills") == {"unchanged": 1}


def test_several_files_come_from_a_list_a_cell_and_the_lines(empty: Simulator, tmp_path: Path) -> None:
    files(tmp_path, "a.pdf", "b.pdf", "c.pdf", "d; e.pdf", "2026/f.pdf")
    text = singer(
        vendors("A"),
        bills(
            bill("A", "1", 10, attachments=["a.pdf", "b.pdf"]),
            bill("A", "2", 10, attachments="a.pdf; c.pdf"),
            bill("A", "3", 10, attachments="d; e.pdf"),
            bill(
                "A", "4", billLineItems=[{"amount": 1, "attachments": "a.pdf"}, {"amount": 2, "attachments": "f.pdf"}]
            ),
            bill("A", "5", 10, attachments="b.pdf\nb.pdf\n"),
            bill("A", "6", 10, attachments=[]),
            bill("A", "7", 10, attachments=" "),
        ),
    )
    ran = load(empty, tmp_path, text, attachment_dir="scans")
    assert ran.code == 0, ran.err
    assert names(empty) == [
        *(("1", "a.pdf"), ("1", "b.pdf"), ("2", "a.pdf"), ("2", "c.pdf")),
        *(("3", "d; e.pdf"), ("4", "a.pdf"), ("4", "f.pdf"), ("5", "b.pdf")),
    ]


def test_a_file_that_head_and_lines_name_is_attached_once(empty: Simulator, tmp_path: Path) -> None:
    """As where a column of names stands on every row of a bill."""
    files(tmp_path, "a.pdf", "b.pdf")
    lines = [{"amount": number, "attachments": name} for number, name in enumerate(("a.pdf", "a.pdf", "b.pdf"), 1)]
    text = singer(vendors("A"), bills(bill("A", "1", billLineItems=lines, attachments="a.pdf")))
    ran = load(empty, tmp_path, text, attachment_dir="scans")
    assert ran.code == 0, ran.err
    assert names(empty) == [("1", "a.pdf"), ("1", "b.pdf")]
    assert account(tmp_path, "attachments") == {"created": 2}


def test_every_entity_that_takes_files_gets_them(empty: Simulator, tmp_path: Path) -> None:
    files(tmp_path, "w9.pdf", "out.pdf")
    customers = ("customers", ["name"], [{"name": "C"}])
    lines = [{"quantity": 1, "price": 5}]
    days = {"invoiceDate": "2026-03-01", "dueDate": "2026-03-31"}
    invoice = {"customerName": "C", "invoiceNumber": "I1", **days, "invoiceLineItems": lines, "attachments": "out.pdf"}
    text = singer(
        ("vendors", ["name"], [{"name": "A", "attachments": "w9.pdf"}]),
        customers,
        ("invoices", ["invoiceNumber"], [invoice]),
        ("items", ["name"], [{"name": "Hour", "type": "1", "attachments": "w9.pdf"}]),
    )
    ran = load(empty, tmp_path, text, attachment_dir="scans")
    assert ran.code == 0, ran.err
    assert names(empty) == [("A", "w9.pdf"), ("I1", "out.pdf")]
    assert "BILL is not known to take files for items" in str(report(tmp_path)["notes"])


def test_a_lost_ledger_takes_a_file_of_the_same_name_for_the_same(empty: Simulator, tmp_path: Path) -> None:
    files(tmp_path, "scan.pdf", "more.pdf")
    load(empty, tmp_path, one_bill(attachments="scan.pdf"), attachment_dir="scans")
    text = one_bill(attachments="scan.pdf; more.pdf")
    ran = load(empty, tmp_path, text, attachment_dir="scans", ledger="other.sqlite3")
    assert ran.code == 0, ran.err
    assert names(empty) == [("1", "more.pdf"), ("1", "scan.pdf")]
    assert account(tmp_path, "attachments") == {"created": 1, "unchanged": 1}
    ran = load(empty, tmp_path, text, attachment_dir="scans", ledger="other.sqlite3")
    assert account(tmp_path, "attachments") == {"unchanged": 2}


def test_after_a_lost_ledger_two_files_of_one_name_are_both_known_again(empty: Simulator, tmp_path: Path) -> None:
    files(tmp_path, "a/scan.pdf", "b/scan.pdf")
    text = one_bill(attachments=["a/scan.pdf", "b/scan.pdf"])
    load(empty, tmp_path, text, attachment_dir="scans")
    ran = load(empty, tmp_path, text, attachment_dir="scans", ledger="other.sqlite3")
    assert ran.code == 0, ran.err
    assert account(tmp_path, "attachments") == {"unchanged": 2}
    assert len(attached(empty)) == 2


def test_a_name_that_bill_keeps_in_another_form_is_the_same(empty: Simulator, tmp_path: Path) -> None:
    files(tmp_path, "SCAN M\u00fcller.pdf")
    load(empty, tmp_path, one_bill())
    (known,) = books(empty, "Bill")
    there = File(file_name="scan mu\u0308ller.PDF", content=PDF)
    client_for(empty).attach(known["id"], there)
    ran = load(empty, tmp_path, one_bill(attachments="SCAN M\u00fcller.pdf"), attachment_dir="scans")
    assert ran.code == 0, ran.err
    assert account(tmp_path, "attachments") == {"unchanged": 1}
    assert len(attached(empty)) == 1


# A plan


def test_a_plan_has_the_hash_and_only_that_file_is_attached(empty: Simulator, tmp_path: Path) -> None:
    folder = files(tmp_path, "scan.pdf", "other.pdf")
    text = one_bill(attachments="scan.pdf; other.pdf")
    planned = load(empty, tmp_path, text, attachment_dir="scans", mode="plan", plan="plan.json")
    assert planned.code == 0, planned.err
    assert attached(empty) == []
    steps = json.loads((tmp_path / "plan.json").read_text())["steps"]
    found = [each for each in steps if each["stream"] == "attachments"]
    digest = hashlib.sha256((folder / "scan.pdf").read_bytes()).hexdigest()
    assert digest in found[0]["key"]
    assert [each["references"][0]["record"] for each in found] == [steps[1]["key"]] * 2

    (folder / "other.pdf").write_bytes(PDF + b" another one")
    ran = load(empty, tmp_path, text, attachment_dir="scans", plan="plan.json")
    assert ran.code != 0
    assert names(empty) == []
    (reject,) = rejects(tmp_path)
    assert "another content" in reject["reason"]
    files(tmp_path, "other.pdf")
    ran = load(empty, tmp_path, text, attachment_dir="scans", plan="plan.json")
    assert ran.code == 0, ran.err
    assert names(empty) == [("1", "other.pdf"), ("1", "scan.pdf")]


def test_a_file_that_does_not_stand_in_the_approved_plan_is_not_attached(empty: Simulator, tmp_path: Path) -> None:
    files(tmp_path, "scan.pdf")
    load(empty, tmp_path, one_bill())
    load(empty, tmp_path, one_bill(), mode="plan", plan="plan.json")
    ran = load(empty, tmp_path, one_bill(attachments="scan.pdf"), attachment_dir="scans", plan="plan.json")
    assert ran.code != 0
    (reject,) = rejects(tmp_path)
    assert (reject["stream"], attached(empty)) == ("attachments", [])


def test_two_objects_of_one_row_each_get_its_file(tmp_path: Path) -> None:
    (file,) = NamedFiles(files(tmp_path, "scan.pdf")).of("scan.pdf")
    assert isinstance(file, NamedFile)
    said: dict[str, Any] = {"shown": "1", "content_hash": "", "origin": {}, "file": file}
    row = '["", "rows", ["id"], ["1"]]'
    keys = {
        attachment_of(RecordFile(entity=BY_NAME[name], source_key=row, **said), "salt").source_key
        for name in ("Bill", "Vendor")
    }
    assert len(keys) == 2


# Answers that are lost


@pytest.mark.parametrize("fault", LOST)
def test_a_lost_answer_is_looked_up_and_nothing_is_attached_twice(empty: Simulator, tmp_path: Path, fault: str) -> None:
    files(tmp_path, "scan.pdf")
    empty.control.fault(fault, UPLOAD)
    ran = load(empty, tmp_path, one_bill(attachments="scan.pdf"), attachment_dir="scans", timeout_s=2)
    ran = load(empty, tmp_path, one_bill(attachments="scan.pdf"), attachment_dir="scans") if ran.code else ran
    assert ran.code == 0, ran.err
    assert names(empty) == [("1", "scan.pdf")]
    with opened(tmp_path) as ledger:
        assert ledger.execute("SELECT count(*) FROM intents").fetchone() == (0,)


@pytest.mark.parametrize("happened", [True, False])
def test_what_is_not_there_yet_is_not_sent_again_before_it_must_have_come(
    empty: Simulator, tmp_path: Path, happened: bool
) -> None:
    files(tmp_path, "scan.pdf")
    empty.control.limit(attachment_ready_s=60)
    empty.control.fault("drop_after" if happened else "drop_before", UPLOAD)
    text = one_bill(attachments="scan.pdf")
    for _ in range(2):
        ran = load(empty, tmp_path, text, attachment_dir="scans")
        assert ran.code != 0
        (reject,) = rejects(tmp_path)
        assert "may still come" in reject["reason"]
        assert "Run again after" in reject["hint"]
    assert len(empty.control.attachments(ORGANIZATION)) == happened
    empty.control.advance(LATER_S + 1)
    ran = load(empty, tmp_path, text, attachment_dir="scans")
    assert ran.code == 0, ran.err
    assert names(empty) == [("1", "scan.pdf")]


def test_where_the_documents_are_not_told_a_person_has_to_look(empty: Simulator, tmp_path: Path) -> None:
    files(tmp_path, "w9.pdf")
    text = singer(("vendors", ["name"], [{"name": "A", "attachments": "w9.pdf"}]))
    empty.control.fault("drop_before", UPLOAD)
    for _ in range(2):
        ran = load(empty, tmp_path, text, attachment_dir="scans")
        assert ran.code != 0
        (reject,) = rejects(tmp_path)
        assert "does not tell whether" in reject["reason"]
        empty.control.advance(2 * LATER_S)
    assert attached(empty) == []
    with opened(tmp_path) as ledger:
        ledger.execute("DELETE FROM intents")
    assert load(empty, tmp_path, text, attachment_dir="scans").code == 0
    assert names(empty) == [("A", "w9.pdf")]


def test_a_lost_second_version_is_not_taken_for_the_first_of_the_same_name(empty: Simulator, tmp_path: Path) -> None:
    folder = files(tmp_path, "scan.pdf")
    text = one_bill(attachments="scan.pdf")
    load(empty, tmp_path, text, attachment_dir="scans")
    (folder / "scan.pdf").write_bytes(PDF + b" corrected")
    empty.control.fault("drop_before", UPLOAD)
    assert load(empty, tmp_path, text, attachment_dir="scans").code != 0
    empty.control.advance(LATER_S + 1)
    ran = load(empty, tmp_path, text, attachment_dir="scans")
    assert ran.code == 0, ran.err
    assert names(empty) == [("1", "scan.pdf")] * 2


def test_where_bill_tells_no_time_a_lost_upload_is_left_to_a_person(empty: Simulator, tmp_path: Path) -> None:
    files(tmp_path, "scan.pdf")
    empty.control.fault("error", "/CurrentTime.json", code="BDC_1145", count=0)
    empty.control.fault("drop_before", UPLOAD)
    for _ in range(2):
        ran = load(empty, tmp_path, one_bill(attachments="scan.pdf"), attachment_dir="scans")
        assert ran.code != 0
        (reject,) = rejects(tmp_path)
        assert "does not tell whether" in reject["reason"]
    assert attached(empty) == []


def killed_at(simulator: Simulator, folder: Path, text: str, upload: int) -> None:
    """A run that is killed while BILL is at this upload, which BILL carries out all the same."""
    before = len(simulator.control.attachments(ORGANIZATION))
    simulator.control.fault("late", UPLOAD, nth=upload)
    process = started(simulator, folder, text, attachment_dir="scans")
    until(lambda: simulator.control.faults()[-1]["fired"])
    process.send_signal(signal.SIGKILL)
    process.communicate()

    def all_there() -> bool:
        there = len(simulator.control.attachments(ORGANIZATION)) - before
        return bool(there == simulator.control.faults()[-1]["matched"])

    until(all_there)
    simulator.control.clear_faults()


def test_a_killed_run_leaves_no_file_twice_and_none_out(empty: Simulator, tmp_path: Path) -> None:
    wanted: list[str] = []
    for place in (1, 3, 2):
        # New ones each time: the others of a killed run may all be there by then.
        wanted += [f"{number}.pdf" for number in range(len(wanted), len(wanted) + 12)]
        files(tmp_path, *wanted)
        text = singer(vendors("A"), bills(*(bill("A", name[:-4], 1, attachments=name) for name in wanted)))
        killed_at(empty, tmp_path, text, place)
        empty.control.advance(LATER_S + 1)
    ran = load(empty, tmp_path, text, attachment_dir="scans")
    assert ran.code == 0, ran.err
    assert names(empty) == sorted((name[:-4], name) for name in wanted)


# What cannot be attached


def test_a_file_that_cannot_be_attached_rejects_its_record_or_is_told(empty: Simulator, tmp_path: Path) -> None:
    folder = files(tmp_path, "good.pdf")
    (folder / "empty.pdf").touch()
    (folder / "large.pdf").write_bytes(PDF + bytes(FILE_BYTES_MAX))
    os.mkfifo(folder / "pipe.pdf")
    (tmp_path / "secret.pdf").write_bytes(PDF)
    (folder / "link.pdf").symlink_to(tmp_path / "secret.pdf")
    wrong = {
        "missing.pdf": "there is no file 'missing.pdf' below scans",
        "empty.pdf": "'empty.pdf' is empty",
        "large.pdf": "'large.pdf' has 6.0 MB, and 6 MB is the most that is sent",
        "pipe.pdf": "'pipe.pdf' is no file",
        "../secret.pdf": "'../secret.pdf' lies outside of scans",
        str(tmp_path / "secret.pdf"): f"{str(tmp_path / 'secret.pdf')!r} lies outside of scans",
        "C:\\secret.pdf": "'C:\\\\secret.pdf' lies outside of scans",
        "link.pdf": "'link.pdf' is a link to a file outside of scans",
        "\0.pdf": "there is no file '\\x00.pdf' below scans",
        "..": "'..' lies outside of scans",
    }
    records = [bill("A", str(number), 1, attachments=["good.pdf", name]) for number, name in enumerate(wrong)]
    text = singer(vendors("A"), bills(*records))
    ran = load(empty, tmp_path, text, attachment_dir="scans")
    assert ran.code != 0
    assert [each["reason"] for each in rejects(tmp_path)] == list(wrong.values())
    assert {each["field"] for each in rejects(tmp_path)} == {"attachments"}
    assert (books(empty, "Bill"), attached(empty)) == ([], [])

    ran = load(empty, tmp_path, text, attachment_dir="scans", attachment_problems="warn")
    assert ran.code == 0, ran.err
    assert names(empty) == [(str(number), "good.pdf") for number in range(len(wrong))]
    notes = report(tmp_path)["notes"]
    assert all(f"not attached: {each}" in notes for each in wrong.values())


def test_a_refused_file_is_a_reject_of_its_own_and_the_bill_is_there(empty: Simulator, tmp_path: Path) -> None:
    files(tmp_path, "page.pdf", content=b"<html>")
    ran = load(empty, tmp_path, one_bill(attachments="page.pdf"), attachment_dir="scans")
    assert ran.code != 0
    assert (account(tmp_path, "bills"), account(tmp_path, "attachments")) == ({"created": 1}, {"rejected": 1})
    (reject,) = rejects(tmp_path)
    assert (reject["stream"], reject["record"]["attachment"]) == ("attachments", "page.pdf")


def test_a_refusal_is_not_believed_where_bill_does_not_tell_what_it_has(empty: Simulator, tmp_path: Path) -> None:
    files(tmp_path, "scan.pdf")
    empty.control.fault("error_after", UPLOAD, code="BDC_4711")
    empty.control.fault("error", "/GetDocuments.json", code="BDC_1002")
    text = one_bill(attachments="scan.pdf")
    assert load(empty, tmp_path, text, attachment_dir="scans").code != 0
    (reject,) = rejects(tmp_path)
    assert "does not tell whether" in reject["reason"]
    ran = load(empty, tmp_path, text, attachment_dir="scans")
    assert ran.code == 0, ran.err
    assert names(empty) == [("1", "scan.pdf")]


def test_a_refusal_that_is_about_the_file_is_believed_in_any_case(empty: Simulator, tmp_path: Path) -> None:
    files(tmp_path, "w9.pdf")
    text = singer(("vendors", ["name"], [{"name": "A", "attachments": "w9.pdf"}]))
    empty.control.fault("error", UPLOAD, code="BDC_1119", message="fileName is malformed.")
    assert load(empty, tmp_path, text, attachment_dir="scans").code != 0
    (reject,) = rejects(tmp_path)
    assert "fileName is malformed" in reject["reason"]
    assert load(empty, tmp_path, text, attachment_dir="scans").code == 0
    assert names(empty) == [("A", "w9.pdf")]


def test_the_file_of_a_rejected_record_waits_for_it(empty: Simulator, tmp_path: Path) -> None:
    files(tmp_path, "scan.pdf")
    text = singer(bills(bill("Nobody", "1", 10, attachments="scan.pdf")))
    assert load(empty, tmp_path, text, attachment_dir="scans").code != 0
    assert account(tmp_path, "attachments") == {"skipped": 1}
    load(empty, tmp_path, text, attachment_dir="scans", create_missing=["vendors"])
    assert names(empty) == [("1", "scan.pdf")]


def test_without_the_folder_nothing_is_attached_and_a_wrong_one_is_refused(empty: Simulator, tmp_path: Path) -> None:
    files(tmp_path, "scan.pdf")
    ran = load(empty, tmp_path, one_bill(attachments="scan.pdf"))
    assert (ran.code, attached(empty)) == (0, [])
    assert "not attached: `attachment_dir` is not set" in report(tmp_path)["notes"]
    ran = load(empty, tmp_path, one_bill(attachments="scan.pdf"), attachment_dir="nowhere")
    assert ran.code != 0
    assert "setting `attachment_dir`: nowhere is no folder" in ran.err
    with pytest.raises(SettingsError):
        NamedFiles(tmp_path / "nowhere")


def test_a_deleted_record_names_no_file(empty: Simulator, tmp_path: Path) -> None:
    files(tmp_path, "scan.pdf", "late.pdf")
    load(empty, tmp_path, one_bill(attachments="scan.pdf"), attachment_dir="scans")
    gone = one_bill(attachments="late.pdf", isActive="2")
    ran = load(empty, tmp_path, gone, attachment_dir="scans", allow_deletes=True)
    assert ran.code == 0, ran.err
    assert [name for _, name in names(empty)] == ["scan.pdf"]


def test_the_file_of_a_record_that_is_rejected_now_is_not_attached_to_what_it_was(
    empty: Simulator, tmp_path: Path
) -> None:
    files(tmp_path, "scan.pdf")
    load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "1", 10, 20))))
    ran = load(empty, tmp_path, one_bill(attachments="scan.pdf"), attachment_dir="scans")
    assert ran.code != 0
    assert (account(tmp_path, "bills"), account(tmp_path, "attachments")) == ({"rejected": 1}, {"skipped": 1})
    assert attached(empty) == []


def test_of_two_versions_the_later_ones_file_is_attached(empty: Simulator, tmp_path: Path) -> None:
    files(tmp_path, "old.pdf", "new.pdf")
    versions = [
        bill("A", "1", 10, attachments="old.pdf", updatedTime="2026-03-01T00:00:00Z", description="old"),
        bill("A", "1", 10, attachments="new.pdf", updatedTime="2026-03-02T00:00:00Z"),
    ]
    text = singer(vendors("A"), bills(*versions), bookmark="updatedTime")
    ran = load(empty, tmp_path, text, attachment_dir="scans")
    assert ran.code == 0, ran.err
    assert names(empty) == [("1", "new.pdf")]


def test_a_file_that_changes_while_the_run_is_at_work_is_not_sent(empty: Simulator, tmp_path: Path) -> None:
    folder = files(tmp_path, "scan.pdf")

    def changed(data: Any) -> Any:
        (folder / "scan.pdf").write_bytes(PDF + b"changed")
        return data

    with relay(empty) as between:
        between.says["/Bulk/Crud/Create/Bill.json"] = changed
        text = one_bill(attachments="scan.pdf")
        ran = load(empty, tmp_path, text, attachment_dir="scans", **between.settings)
    assert ran.code != 0
    (reject,) = rejects(tmp_path)
    assert "'scan.pdf' was changed while the run was at work" in reject["reason"]
    assert attached(empty) == []
    assert load(empty, tmp_path, text, attachment_dir="scans").code == 0
    assert names(empty) == [("1", "scan.pdf")]


# A name and a file


def found(folder: Path, given: Any) -> list[str]:
    """Paths below the folder, or reasons."""
    every: Iterable[NamedFile | RefusedFileError] = NamedFiles(folder).of(given)
    return [
        each.path.relative_to(folder.resolve()).as_posix() if isinstance(each, NamedFile) else each.reason
        for each in every
    ]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("Rechnung Müller.pdf", "2026/Rechnung Müller.pdf"),
        (unicodedata.normalize("NFD", "Rechnung Müller.pdf"), "2026/Rechnung Müller.pdf"),
        ("rechnung MÜLLER.PDF", "2026/Rechnung Müller.pdf"),
        ("2026/Rechnung Müller.pdf", "2026/Rechnung Müller.pdf"),
        ("2026\\Rechnung Müller.pdf", "2026/Rechnung Müller.pdf"),
        ("./top.pdf", "top.pdf"),
        (" top.pdf ", "top.pdf"),
        ("Twin.pdf", "Twin.pdf"),
        ("twin.pdf", "twin.pdf"),
        ("both.pdf", "both.pdf"),
        (4711, "4711"),
    ],
)
def test_a_name_is_read_as_people_write_it(tmp_path: Path, name: Any, path: str) -> None:
    folder = files(
        tmp_path, "2026/Rechnung Müller.pdf", "top.pdf", "Twin.pdf", "twin.pdf", "both.pdf", "2026/both.pdf", "4711"
    )
    assert found(folder, name) == [path]
    if isinstance(name, str):
        assert found(folder, str(folder.resolve() / name.strip())) == [path]


@pytest.mark.parametrize("name", ["TWIN.pdf", "in-two.pdf"])
def test_a_name_that_may_be_two_files_is_none(tmp_path: Path, name: str) -> None:
    folder = files(tmp_path, "Twin.pdf", "twin.pdf", "2025/in-two.pdf", "2026/in-two.pdf")
    (reason,) = found(folder, name)
    assert reason.startswith(f"{name!r} may be any of 2 files below")


@hypothesis_settings(max_examples=examples(100), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parts=st.lists(
        st.one_of(st.sampled_from(["..", ".", "~", "/", "\\", "C:", "in", "secret", "scans"]), st.text(max_size=5)),
        max_size=8,
    ),
    joined=st.sampled_from(["/", "\\", ""]),
)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, parts: list[str], joined: str) -> None:
    folder = files(tmp_path, "in/in", "in/scans")
    (tmp_path / "secret").write_bytes(b"secret")
    for each in NamedFiles(folder).of(joined.join(parts)):
        assert isinstance(each, RefusedFileError) or each.path.is_relative_to(folder.resolve())
        assert isinstance(each, RefusedFileError) or each.path.read_bytes() != b"secret"


# From a spreadsheet


def test_a_column_of_a_spreadsheet_names_files(empty: Simulator, tmp_path: Path) -> None:
    files(tmp_path, "r1.pdf", "r2.pdf", "r3.pdf")
    (tmp_path / "bills.csv").write_text(
        "vendor,no,date,amount,scan,receipt\nA,1,2026-03-01,5,r1.pdf,\nA,2,2026-03-01,5,,r2.pdf\nA,2,2026-03-01,6,,r3.pdf\n"
    )
    head = {"vendorName": "vendor", "invoiceNumber": "no", "invoiceDate": "date", "dueDate": "date"}
    entry = {
        "path": "bills.csv",
        "stream": "bills",
        "columns": {**head, "attachments": "scan"},
        "lines": {"columns": {"amount": "amount", "attachments": "receipt"}},
    }
    read = run("tap_bill_csv", {"files": [entry]}, tmp_path)
    assert read.code == 0, read.err
    ran = load(empty, tmp_path, read.out, attachment_dir="scans", create_missing=["vendors"])
    assert ran.code == 0, ran.err
    assert names(empty) == [("1", "r1.pdf"), ("2", "r2.pdf"), ("2", "r3.pdf")]
