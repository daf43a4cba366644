"""Files of objects: listed, downloaded under safe names, attached once; invoices by mail and notes."""

from __future__ import annotations

import json
import os
import resource
from typing import TYPE_CHECKING, Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bill_api.client import BillClient
from bill_api.connection import Connection
from bill_api.entities import BY_NAME
from bill_api.errors import InDoubtError
from bill_api.wire.raw import File
from bill_cli.commands.documents import _attached
from bill_cli.sending.saved_files import check_free, names_apart, safe_name, save

if TYPE_CHECKING:
    from pathlib import Path

    from cli_bill import Bill, Here

    from bill_simulator import Simulator

pytest_plugins = ["cli_fixtures"]

PDF = b"%PDF-1.4 a page"
UPLOAD, DOCUMENTS = "/UploadAttachment.json", "/GetDocuments.json"
SEND, NOTE = "/SendInvoice.json", "/SendMessage.json"


@pytest.fixture
def document(bill: Bill) -> str:
    return str(bill.books("Bill")[-1]["id"])


def put(bill: Bill, name: str, content: bytes = PDF) -> str:
    path = bill.folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return name


def paths(books: Simulator) -> list[str]:
    return [each["path"] for each in books.control.requests() if each["path"] != "/Login.json"]


def attach(here: Here, bill_id: str, *names: str, content: bytes = PDF) -> None:
    for name in names:
        ran = here("documents", "attach", "bill", bill_id, put(here.bill, "scan.pdf", content), "--name", name)
        assert ran.code == 0, ran.err


def test_a_file_goes_up_is_listed_and_comes_down_as_it_was(here: Here, bill: Bill, document: str) -> None:
    put(bill, "scan.pdf")
    result = here.json("documents", "attach", "bill", document, "scan.pdf")
    assert [each["result"] for each in result] == ["attached"]
    (listed,) = here.json("documents", "list", "bill", document)
    assert listed["fileName"] == "scan.pdf"
    (saved,) = here.json("documents", "download", "bill", document, "--to", "down/")
    assert saved == {"document": listed["id"], "file": "down/scan.pdf", "bytes": len(PDF)}
    assert [each.name for each in (bill.folder / "down").iterdir()] == ["scan.pdf"]
    assert (bill.folder / "down/scan.pdf").read_bytes() == PDF


def test_an_object_is_found_by_what_people_call_it(here: Here, bill: Bill, document: str) -> None:
    attach(here, document, "a.pdf")
    stored = next(each for each in bill.books("Bill") if each["id"] == document)
    vendor = next(each for each in bill.books("Vendor") if each["id"] == stored["vendorId"])
    called = ("bill", stored["invoiceNumber"])
    (listed,) = here.json("documents", "list", *called)
    assert listed["fileName"] == "a.pdf"
    assert here("documents", "list", "vendor", vendor["name"]).code == 0
    assert here("approve", *called, "--dry-run").code == 0
    assert here("documents", "list", "vendor", "No such vendor").code == 2


def test_one_document_goes_into_a_file_of_its_own_name(here: Here, bill: Bill, document: str) -> None:
    attach(here, document, "a.pdf", "b.pdf")
    second = here.json("documents", "list", "bill", document)[1]["id"]
    assert here("documents", "download", "bill", document, second, "--to", "mine.pdf").code == 0
    assert (bill.folder / "mine.pdf").read_bytes() == PDF
    assert here("documents", "download", "bill", document, "00hNOSUCH", "--to", "x.pdf").code == 2


def test_nothing_is_overwritten_without_force(here: Here, bill: Bill, document: str) -> None:
    attach(here, document, "scan.pdf")
    put(bill, "scan.pdf", b"mine")
    ran = here("documents", "download", "bill", document)
    assert (ran.code, (bill.folder / "scan.pdf").read_bytes()) == (2, b"mine")
    assert "--force" in ran.err
    assert here("documents", "download", "bill", document, "--force").code == 0
    assert (bill.folder / "scan.pdf").read_bytes() == PDF


def test_a_partial_file_of_another_download_is_left_alone(here: Here, bill: Bill, document: str) -> None:
    attach(here, document, "scan.pdf")
    (bill.folder / "scan.pdf").unlink()
    put(bill, "scan.pdf.partial", b"under way")
    ran = here("documents", "download", "bill", document)
    assert ran.code == 2
    assert (bill.folder / "scan.pdf.partial").read_bytes() == b"under way"


def test_a_partial_file_in_the_way_is_named_before_anything_is_fetched(
    here: Here, bill: Bill, books: Simulator, document: str
) -> None:
    attach(here, document, "a.pdf", "b.pdf")
    put(bill, "down/b.pdf.partial", b"cut off")
    books.control.forget_requests()
    ran = here("documents", "download", "bill", document, "--to", "down/")
    assert (ran.code, ran.out) == (2, "")
    assert "down/b.pdf.partial is there already" in ran.err
    assert not [each for each in books.control.requests() if "Servlet" in each["path"]]
    assert here("documents", "download", "bill", document, "--to", "down/", "--force").code == 0
    assert sorted(each.name for each in (bill.folder / "down").iterdir()) == ["a.pdf", "b.pdf"]


def test_a_place_that_is_taken_meanwhile_leaves_the_others(
    here: Here, bill: Bill, document: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    attach(here, document, "a.pdf", "b.pdf")
    fetched = BillClient.download_document

    def meanwhile(self: BillClient, bill_id: str, document_id: str, page: int, **more: Any) -> bytes:
        put(bill, "down/b.pdf", b"mine")
        return fetched(self, bill_id, document_id, page, **more)

    monkeypatch.setattr(BillClient, "download_document", meanwhile)
    ran = here("documents", "download", "bill", document, "--to", "down/", "--output", "json")
    assert ran.code == 4, ran.err
    assert [each["file"] for each in json.loads(ran.out)] == ["down/a.pdf"]
    assert "down/b.pdf is there already" in ran.err
    assert (bill.folder / "down/b.pdf").read_bytes() == b"mine"


def test_a_file_that_the_disk_does_not_take_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(PDF) // 2, before[1]))  # as full as a disk
        with pytest.raises(click.UsageError, match=r"a\.pdf: File too large: nothing of it was kept"):
            save(tmp_path / "a.pdf", lambda: PDF, force=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def test_a_file_system_without_links_takes_files_and_overwrites_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(_source: Any, _target: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    save(tmp_path / "a.pdf", lambda: PDF, force=False)
    assert [each.name for each in tmp_path.iterdir()] == ["a.pdf"]
    with pytest.raises(click.UsageError, match="is there already: --force"):
        save(tmp_path / "a.pdf", lambda: b"other", force=False)
    assert (tmp_path / "a.pdf").read_bytes() == PDF


@pytest.mark.parametrize("name", ["a.pdf", "a.pdf.partial"])
@pytest.mark.parametrize("leads", ["outside", "nowhere"])
def test_no_link_is_followed(tmp_path: Path, name: str, leads: str) -> None:
    (tmp_path / "outside").write_bytes(b"mine")
    (tmp_path / name).symlink_to(leads)
    with pytest.raises(click.UsageError, match="is there already"):
        check_free(tmp_path / "a.pdf", force=False)
    save(tmp_path / "a.pdf", lambda: PDF, force=True)
    assert ((tmp_path / "outside").read_bytes(), (tmp_path / "a.pdf").read_bytes()) == (b"mine", PDF)
    assert not (tmp_path / "a.pdf").is_symlink()
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("name", ["../../out.pdf", "/etc/out.pdf", "a\x1b[2J.pdf", "..\\out.pdf", "CON.pdf"])
def test_no_name_of_bills_leads_out_of_the_folder(here: Here, bill: Bill, document: str, name: str) -> None:
    attach(here, document, name)
    (saved,) = here.json("documents", "download", "bill", document, "--to", "down/")
    (file,) = (bill.folder / "down").iterdir()
    assert str(file.relative_to(bill.folder)) == saved["file"]
    assert file.name.isprintable()
    assert file.suffix == ".pdf"
    assert not (bill.folder / "out.pdf").exists()


@given(st.text(max_size=300))
def test_every_name_is_one_part_that_any_system_takes(name: str) -> None:
    safe = safe_name(name, "00h01")
    assert safe
    assert "/" not in safe
    assert not safe.startswith(".")
    assert safe.isprintable()
    assert len(safe.encode()) <= 200


@given(st.lists(st.sampled_from(["a.pdf", "A.PDF", "a?.pdf", "a ID.pdf", "a ID ID.pdf", "", ".."]), max_size=6))
def test_two_documents_never_become_one_file(names: list[str]) -> None:
    found = names_apart([(f"00h{i}", name.replace("ID", f"00h{i // 2}")) for i, name in enumerate(names)])
    assert len({each.casefold() for each in found}) == len(names)


def test_what_bill_does_not_give_leaves_no_file(here: Here, bill: Bill, document: str) -> None:
    attach(here, document, "a.pdf", "b.pdf")
    ran = here("documents", "download", "bill", document, "--to", "down/", "--page", "99")
    assert (ran.code, list((bill.folder / "down").iterdir())) == (1, []), ran.err


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [("empty.pdf", b"", "is empty"), ("scan", PDF, "without an ending"), ("big.pdf", b"x" * 6_000_001, "6,000,001")],
)
def test_what_bill_would_not_take_is_not_sent(
    here: Here, bill: Bill, books: Simulator, document: str, name: str, content: bytes, said: str
) -> None:
    books.control.forget_requests()
    ran = here("documents", "attach", "bill", document, put(bill, name, content))
    assert (ran.code, paths(books)) == (2, [])
    assert said in ran.err


def test_a_lost_answer_to_an_upload_is_looked_up_and_not_sent_again(
    here: Here, bill: Bill, books: Simulator, document: str
) -> None:
    attach(here, document, "scan.pdf")
    books.control.forget_requests()
    books.control.fault("drop_after", UPLOAD)
    ran = here("documents", "attach", "bill", document, put(bill, "scan.pdf"), "--output", "json")
    assert paths(books).count(UPLOAD) == 1
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)[0]["result"] == "adopted"
    assert len(here.json("documents", "list", "bill", document)) == 2


def test_an_upload_that_is_not_found_is_in_doubt(here: Here, bill: Bill, books: Simulator, document: str) -> None:
    books.control.fault("drop_after", UPLOAD)
    books.control.fault("error", DOCUMENTS, code="BDC_1145", count=0)
    ran = here("documents", "attach", "bill", document, put(bill, "scan.pdf"), put(bill, "b.pdf"))
    assert ran.code == 4
    assert "not sent again" in ran.err
    assert "not sent: b.pdf" in ran.err


def test_dry_runs_show_the_calls_and_send_nothing(here: Here, bill: Bill, books: Simulator, document: str) -> None:
    put(bill, "scan.pdf")
    invoice = bill.books("Invoice")[0]["id"]
    calls = {
        UPLOAD: ("documents", "attach", "bill", document, "scan.pdf"),
        DOCUMENTS: ("documents", "list", "bill", document),
        SEND: ("send", "invoice", invoice, "--to", "a@example.com"),
        NOTE: ("note", "bill", document, "Hello"),
        "/List/Note.json": ("notes", "bill", document),
        "/Approve.json": ("approve", "bill", document),
        "/Deny.json": ("deny", "bill", document),
    }
    books.control.forget_requests()
    for path, call in calls.items():
        ran = here(*call, "--dry-run")
        assert ran.code == 0, ran.err
        assert json.loads(ran.out)["url"].endswith(path)
    assert books.control.requests() == []


@pytest.mark.parametrize("output", ["table", "json", "csv"])
def test_empty_lists_say_so_in_words_in_every_format(here: Here, document: str, output: str) -> None:
    assert here("documents", "list", "bill", document, "--output", output).err == "bill: no documents\n"
    assert here("notes", "bill", document, "--output", output).err == "bill: no notes\n"


def test_entities_that_take_no_files_are_named(here: Here) -> None:
    ran = here("documents", "list", "item", "0ii")
    assert ran.code == 2
    assert "vendor" in ran.err


@pytest.mark.parametrize("has_links", [True, False])
def test_a_file_that_comes_into_being_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    target = tmp_path / "a.pdf"

    def no_link(*_given: object) -> None:
        raise PermissionError

    def fetch() -> bytes:
        target.write_bytes(b"mine")
        return PDF

    if not has_links:
        monkeypatch.setattr(os, "link", no_link)
    with pytest.raises(click.UsageError, match="--force overwrites it"):
        save(target, fetch, force=False)
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"a.pdf": b"mine"}


@pytest.mark.parametrize("before", [True, False], ids=["two new ones", "unknown before"])
def test_an_upload_is_taken_for_no_document_that_may_be_another(books: Simulator, document: str, before: bool) -> None:
    """Another program uploads under the same name meanwhile; or it is not known which one was there."""

    class Client(BillClient):
        def attach(self, bill_id: str, file: File) -> str:
            for _ in range(1 + before):
                super().attach(bill_id, file)
            raise InDoubtError("lost")

    if not before:
        books.control.fault("error", DOCUMENTS, code="BDC_1145")
    client = Client(Connection.from_settings(books.settings))
    with pytest.raises(InDoubtError, match="nobody knows"):
        _attached(client, BY_NAME["Bill"], document, File(file_name="scan.pdf", content=PDF))


# Mail and notes


def sent_data(here: Here, *call: str) -> Any:
    return json.loads(here(*call, "--dry-run").out)["form"]["data"]


def test_an_invoice_is_sent_once(here: Here, bill: Bill) -> None:
    invoice = bill.books("Invoice")[0]["id"]
    assert here.json("send", "invoice", invoice, "--to", "a@example.com", "--cc-me")[0]["result"] == "sent"
    assert next(each for each in bill.books("Invoice") if each["id"] == invoice)["lastSentTime"]
    data = sent_data(here, "send", "invoice", invoice, "--to", "a@example.com", "--to", "b@example.com")
    assert data["headers"] == {"toEmailAddresses": ["a@example.com", "b@example.com"]}
    assert (data["invoiceId"], data["content"]) == (invoice, {})


@pytest.mark.parametrize("address", ["nobody", "a@", "a@example.com,b@example", "a b@example", "a@example.com\nBcc: b"])
def test_what_is_no_address_is_not_sent(here: Here, bill: Bill, books: Simulator, address: str) -> None:
    books.control.forget_requests()
    assert here("send", "invoice", bill.books("Invoice")[0]["id"], "--to", address).code == 2
    assert books.control.requests() == []


@pytest.mark.parametrize("kind", ["mail", "note"])
def test_a_lost_answer_is_said_and_nothing_is_sent_twice(
    here: Here, bill: Bill, books: Simulator, document: str, kind: str
) -> None:
    path = SEND if kind == "mail" else NOTE
    call = ("send", "invoice", bill.books("Invoice")[0]["id"]) if kind == "mail" else ("note", "bill", document, "X")
    books.control.forget_requests()
    books.control.fault("drop_after", path)
    ran = here(*call)
    assert (ran.code, ran.out) == (4, "")
    assert "nobody knows what came of it" in ran.err
    assert paths(books).count(path) == 1


def test_a_text_that_begins_with_a_hyphen_stands_behind_two(here: Here, document: str) -> None:
    ran = here("note", "bill", document, "-5 boxes")
    assert ran.code == 2
    assert "stands behind `--`" in ran.err
    assert here("note", "--", "bill", document, "-5 boxes").code == 0
    assert "stands behind" not in here("note", "bill", document, "--publik").err


def test_a_note_is_written_and_listed(here: Here, document: str) -> None:
    assert here.json("note", "bill", document, 'Two "boxes", short')[0]["result"] == "noted"
    (note,) = here.json("notes", "bill", document)
    assert note["objectId"] == document
    assert here("note", "bill", document, "  ").code == 2


def test_bills_refusal_is_told(here: Here) -> None:
    for call in (("note", "bill", "00n00NOSUCHOBJECTaaa", "X"), ("send", "invoice", "00e00NOSUCHOBJECTaaa")):
        assert here(*call).code == 1


def test_a_download_stays_within_its_folder_though_that_is_a_file(here: Here, bill: Bill, document: str) -> None:
    attach(here, document, "a.pdf", "b.pdf")
    target: Path = bill.folder / "there"
    target.write_bytes(b"mine")
    assert here("documents", "download", "bill", document, "--to", "there").code == 2
    assert target.read_bytes() == b"mine"
