"""Calls that are spelled out on the command line."""

from __future__ import annotations

import csv
import io
import json
import stat
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cli_bill import Bill, Here

    from bill_simulator import Simulator

pytest_plugins = ["cli_fixtures"]

PDF = b"%PDF-1.4 a page"
SERVLETS = (
    "/is/BillImageServlet",
    "/HtmlServlet",
    "/FileServlet",
    "/DownloadBillDocumentServlet",
    "/Invoice2PdfServlet",
)


def test_an_upload_and_its_page(here: Here, bill: Bill, books: Simulator) -> None:
    (bill.folder / "scan.pdf").write_bytes(PDF)
    one = bill.books("Bill")[0]["id"]
    (bill.folder / "data.json").write_text(json.dumps({"id": one, "fileName": "scan.pdf"}))
    sent = ("--file", "file=@scan.pdf", "--file-name", "file=other.pdf", "--data", "@data.json")
    ran = here("raw", "/UploadAttachment.json", *sent)
    assert ran.code == 0, ran.err
    document = json.loads(ran.out)["documentUploadedId"]
    assert books.control.attachment(books.organization_id, document) == PDF
    pages = json.loads(here("raw", "GetDocumentPages.json", "--data", f'{{"id": "{one}"}}').out)["documentPages"]
    path = pages["fileUrl"].partition("?")[0]
    query = ("--query", f"entityId={one}", "--query", "pageNumber=1")
    ran = here("raw", path, "--method", "get", *query, "--response", "binary", "--to-file", "page.png")
    assert (ran.code, ran.out) == (0, "")
    assert (bill.folder / "page.png").read_bytes().startswith(b"\x89PNG")


def test_binary_goes_to_stdout_as_it_is(bill: Bill) -> None:
    ran = bill("raw", "/List/Vendor.json", "--data", '{"max": 1}', "--response", "binary")
    assert json.loads(ran.out)["response_status"] == 0


def test_what_is_refused_leaves_the_file_that_was_there(here: Here, bill: Bill) -> None:
    (bill.folder / "out.json").write_text("before")
    ran = here("raw", "/List/Nothing.json", "--to-file", "out.json")
    assert ran.code == 1
    assert (bill.folder / "out.json").read_text() == "before"
    assert list(bill.folder.glob("*.partial")) == []


def test_an_answer_is_written_whole(here: Here, bill: Bill) -> None:
    assert here("raw", "/List/Vendor.json", "--data", '{"max": 2}', "--to-file", "out.json").code == 0
    assert len(json.loads((bill.folder / "out.json").read_text())) == 2
    assert stat.S_ISREG((bill.folder / "out.json").stat().st_mode)


def test_secrets_in_the_form_replace_nothing(here: Here) -> None:
    ran = here("raw", "/List/Vendor.json", "--form", "sessionId=!another", "--form", 'data={"max": 1}')
    assert ran.code == 0, "who we are is added last"
    assert len(json.loads(ran.out)) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("http://elsewhere/x",), "a path like"),
        (("//elsewhere/x",), "a path like"),
        (("/List/Vendor.json?max=1",), "a path like"),
        (("/x", "--data", "{"), "--data: not JSON"),
        (("/x", "--data", "@none.json"), "No such file"),
        (("/x", "--file", "file=scan.pdf"), "--file is NAME=@PATH"),
        (("/x", "--file-name", "file=a"), "there is no --file of that name"),
        (("/x", "--form", "a"), "is not name=value"),
        (("/x", "--header", "a b=c"), "HTTP takes no such header"),
        (("/x", "--header", "a=b\nc"), "HTTP takes no such header"),
        (("/x", "--header", "a=\u00e4"), "HTTP takes no such header"),
        (("/x", "--retry-all-errors"), "need --retries"),
        (("/x", "--retries", "-1"), "--retries"),
        (("/x", "--timeout", "0"), "--timeout"),
        (("/x", "--method", "BREW"), "--method"),
        (("/x", "--to-file", "no/such/folder"), "--to-file no/such/folder: No such file"),
        (("/x", "--output", "page.png"), "--output"),
        (("/x", "--output", "csv", "--to-file", "a.csv"), "--to-file takes the answer as it is"),
        (("/x", "--output", "csv", "--response", "text"), "--output is a format for --response json"),
    ],
)
def test_wrong_usage_is_said_and_nothing_is_sent(
    here: Here, books: Simulator, arguments: tuple[str, ...], said: str
) -> None:
    books.control.forget_requests()
    ran = here("raw", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert books.control.requests() == []


def test_repetitions_are_made_as_asked(here: Here, books: Simulator) -> None:
    path = "/Crud/Create/Vendor.json"
    call = ("raw", path, "--data", '{"obj": {"entity": "Vendor", "name": "Fern"}}')
    books.control.fault("drop_before", path, count=3)
    assert here(*call).code == 4, "a write is sent once"
    ran = here(*call, "--retries", "2", "--retry-delay-ms", "1")
    assert ran.code == 0, ran.err
    assert [each["path"] for each in books.control.requests()].count(path) == 4


def test_a_refusal_is_repeated_only_with_the_option(here: Here, books: Simulator) -> None:
    call = ("raw", "/List/Nothing.json", "--retries", "2", "--retry-delay-ms", "1", "--exponential-backoff")
    for arguments, times in (((), 1), (("--retry-all-errors",), 3)):
        books.control.forget_requests()
        assert here(*call, *arguments).code == 1
        assert [each["path"] for each in books.control.requests()].count("/List/Nothing.json") == times


def test_output_is_the_format_of_an_answer_of_any_shape(here: Here, bill: Bill) -> None:
    call = ("raw", "/List/Vendor.json", "--data", '{"max": 2}', "--output")
    rows = json.loads(here(*call, "json").out)
    assert [json.loads(line) for line in here(*call, "jsonl").out.splitlines()] == rows
    assert [each["id"] for each in csv.DictReader(io.StringIO(here(*call, "csv").out))] == [each["id"] for each in rows]
    assert all(each["id"] in here(*call, "table").out for each in rows)
    session = here("raw", "/GetSessionInfo.json", "--output", "csv").out
    assert [each["organizationId"] for each in csv.DictReader(io.StringIO(session))] == [bill.simulator.organization_id]


@pytest.mark.parametrize("path", SERVLETS)
def test_a_dry_run_shows_the_url_of_a_servlet_at_the_root_of_the_host(here: Here, books: Simulator, path: str) -> None:
    shown = json.loads(here("raw", path, "--method", "GET", "--query", "id=1", "--dry-run").out)
    assert shown["url"] == f"{books.url}{path}"


def test_the_url_that_is_shown_is_the_one_that_is_called(here: Here, books: Simulator) -> None:
    call = ("raw", "/is/BillImageServlet", "--method", "GET", "--query", "entityId=1", "--query", "pageNumber=1")
    shown = json.loads(here(*call, "--dry-run").out)["url"]
    here(*call)
    assert f"{books.url}{books.control.requests()[-1]['path']}" == shown


@pytest.mark.parametrize("path", ["/DownloadBillDocumentServlet", "/Invoice2PdfServlet"])
def test_the_session_of_a_file_goes_in_a_header(here: Here, path: str) -> None:
    shown = json.loads(here("raw", path, "--method", "GET", "--query", "id=1", "--dry-run").out)
    assert shown["headers"] == {"sessionId": "(hidden)"}
    assert shown["query"] == {"id": "1"}


def test_a_method_that_is_not_allowed_is_not_tried_again(here: Here) -> None:
    """HTTP 405: the same request would be refused as often as it is sent, whatever was asked for."""
    ran = here("raw", "/List/Vendor.json", "--method", "PUT")
    assert ran.code == 3
    assert "HTTP 405" in ran.err
    assert "check the path, its method" in ran.err
    assert "Trying again" not in ran.err
    ran = here("raw", "/List/Vendor.json", "--method", "PUT", "--retries", "2", "--retry-delay-ms", "1")
    assert (ran.code, ran.err.count("Trying again")) == (3, 0)


@pytest.mark.parametrize(("path", "data"), [("/Bulk/Crud/Read/Bill.json", {"bulk": [{}]}), ("/GetDocuments.json", {})])
def test_a_call_that_reads_is_repeated_when_its_answer_is_lost(
    here: Here, bill: Bill, books: Simulator, path: str, data: dict[str, Any]
) -> None:
    bill_id = {"id": bill.books("Bill")[0]["id"]}
    books.control.fault("drop_after", path)
    ran = here("raw", path, "--data", json.dumps({"bulk": [bill_id]} if data else bill_id))
    assert ran.code == 0, ran.err
    assert [each["path"] for each in books.control.requests()].count(path) == 2


def test_a_document_of_a_bill_is_listed_and_downloaded(here: Here, bill: Bill) -> None:
    (bill.folder / "scan.pdf").write_bytes(PDF)
    one = bill.books("Bill")[0]["id"]
    upload = ("--file", "file=@scan.pdf", "--data", json.dumps({"id": one, "fileName": "scan.pdf"}))
    assert here("raw", "/UploadAttachment.json", *upload).code == 0
    (document,) = json.loads(here("raw", "/GetDocuments.json", "--data", json.dumps({"id": one})).out)["documents"]
    query = ("--query", f"id={document['id']}", "--query", f"billId={one}", "--query", "pageNumber=1")
    call = ("raw", "/DownloadBillDocumentServlet", "--method", "GET", *query, "--response", "binary")
    ran = here(*call, "--to-file", "copy.pdf")
    assert ran.code == 0, ran.err
    assert (bill.folder / "copy.pdf").read_bytes() == PDF


def test_a_page_of_words_becomes_no_file(here: Here) -> None:
    """Without `billId` BILL answers one (live: section 10, 11)."""
    call = ("raw", "/DownloadBillDocumentServlet", "--method", "GET", "--query", "id=00h1", "--response", "binary")
    ran = here(*call, "--to-file", "scan.pdf")
    assert (ran.code, ran.out) == (1, "")
    assert "a page of words in place of the file: 'Missing Information!'" in ran.err
    assert not list(here.bill.folder.glob("scan*"))
    assert here(*call, "--to-file", "page.html").code == 0
