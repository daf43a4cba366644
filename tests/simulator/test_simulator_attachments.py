"""Attachments: what is taken, where it is kept, and its pages (facts: section 10)."""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING, Any

import pytest
import requests
from simulator_caller import TIMEOUT_S, Caller, bill, code_of, invoice, loads

from bill_simulator import ControlError, defaults

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest_plugins = ["simulator_fixtures"]

PDF = b"%PDF-1.7\n1 0 obj <</Type /Pages /Count 2>>\n2 0 obj <</Type /Page>>\n3 0 obj <</Type/Page >>\n%%EOF"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8cfc000000301010018dd8db00000000049454e44ae426082"
)
WITHOUT_BOUNDARY = b'--\r\nContent-Disposition: form-data; name="devKey"\r\n\r\n01SIMULATORDEVELOPERKEY\r\n----\r\n'
TEXT = b"Thank you <b>for</b> your business & come again"
ZIP, OLE = b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest"


def stored(caller: Caller) -> list[dict[str, Any]]:
    return caller.control.attachments(caller.organization)


def chunks(png: bytes) -> dict[bytes, bytes]:
    """The parts of a PNG, each with a right checksum."""
    assert png[:8] == PNG[:8]
    found, rest = {}, png[8:]
    while rest:
        size = int.from_bytes(rest[:4], "big")
        kind, data, checksum = rest[4:8], rest[8 : 8 + size], rest[8 + size : 12 + size]
        assert zlib.crc32(kind + data) == int.from_bytes(checksum, "big")
        found[kind], rest = data, rest[12 + size :]
    return found


@pytest.fixture
def vendor(caller: Caller) -> str:
    return caller.vendor()


def test_an_upload_is_kept_byte_by_byte_and_listed_without_its_content(caller: Caller, vendor: str) -> None:
    document = caller.attach("terms.pdf", PDF, vendor)
    assert document.startswith("0du")
    assert len(document) == 20
    (kept,) = stored(caller)
    assert kept["documentId"].startswith("00h")
    assert {name: value for name, value in kept.items() if name != "documentId"} == {
        "id": document,
        "objectId": vendor,
        "fileName": "terms.pdf",
        "size": len(PDF),
        "sha256": hashlib.sha256(PDF).hexdigest(),
        "pages": 2,
    }
    assert caller.control.attachment(caller.organization, document) == PDF
    assert caller.control.attachment(caller.organization, kept["documentId"]) == PDF


@pytest.mark.parametrize("object_id", ["", None])
def test_without_an_id_it_goes_to_the_inbox(caller: Caller, object_id: str | None) -> None:
    document = caller.attach("mail.txt", TEXT, object_id)
    assert [(each["id"], each["objectId"]) for each in stored(caller)] == [(document, None)]


def test_every_kind_of_object_that_takes_attachments(caller: Caller, vendor: str) -> None:
    customer = caller.customer()
    taking = [
        vendor,
        customer,
        caller.create("Bill", **bill(vendor, "B-1"))["id"],
        caller.create("Invoice", **invoice(customer, "I-1"))["id"],
        caller.list("ChartOfAccount")[0]["id"],
    ]
    for each in taking:
        caller.attach("a.pdf", PDF, each)
    assert [each["objectId"] for each in stored(caller)] == taking


@pytest.mark.parametrize("wrong", ["nobody", "00902AAAAAAAAAAaaaaa", 5, ["x"], "department"])
def test_an_id_that_leads_nowhere_is_refused_and_nothing_is_stored(caller: Caller, wrong: Any) -> None:
    object_id = caller.list("Department")[0]["id"] if wrong == "department" else wrong
    assert code_of(caller.upload("a.pdf", PDF, object_id)) == "BDC_1119"
    assert stored(caller) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", PDF),
        ("A.PDF", PDF),
        ("a.png", PNG),
        ("a.jpg", b"\xff\xd8\xff\xe0rest"),
        ("a.jpeg", b"\xff\xd8\xff\xe0rest"),
        ("a.gif", b"GIF89arest"),
        ("a.tif", b"II*\x00rest"),
        ("a.tiff", b"MM\x00*rest"),
        ("a.docx", ZIP),
        ("a.xlsx", ZIP),
        ("a.doc", OLE),
        ("a.rtf", b"{\\rtf1 text}"),
        ("a.txt", TEXT),
        ("a.b.csv", b"BMW,1\n"),
        ("a.ods", ZIP),
        ("a.xyz", b"\x00\x01"),
    ],
)
def test_a_file_that_is_what_it_says_is_taken(caller: Caller, name: str, content: bytes) -> None:
    caller.attach(name, content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", PNG),
        ("a.png", PDF),
        ("a.jpg", PNG),
        ("a.docx", PDF),
        ("a.doc", ZIP),
        ("a.txt", PDF),
        ("a.txt", b"te\x00xt"),
        ("a.csv", PNG),
        ("a.xyz", PDF),
        ("noextension", PDF),
        ("noextension", TEXT),
        ("a.", PDF),
    ],
)
def test_an_extension_that_is_not_that_of_the_content_is_refused(caller: Caller, name: str, content: bytes) -> None:
    assert code_of(caller.upload(name, content)) == "BDC_1119"
    assert stored(caller) == []


def test_what_has_no_name_or_no_file_misses_a_parameter(caller: Caller) -> None:
    path, file = "/UploadAttachment.json", {"file": ("a.pdf", PDF)}
    for data, files, missing in (
        ({"id": ""}, file, "fileName"),
        ({"fileName": ""}, file, "fileName"),
        ({"fileName": "a.pdf"}, None, "file"),
        ({"fileName": "a.pdf"}, {"other": ("a.pdf", PDF)}, "file"),
        ({"fileName": "a.pdf"}, {"file": ("a.pdf", b"")}, "file"),
        (None, file, "data"),
    ):
        answer = loads(caller.post(path, caller.form(data), files=files).text)
        assert code_of(answer) == "BDC_1108"
        assert answer["response_data"]["error_message"].endswith(f": {missing}.")
    assert stored(caller) == []


def test_the_form_must_have_parts_and_a_session_of_its_own(caller: Caller) -> None:
    files = {"file": ("a.pdf", PDF)}
    data = {"fileName": "a.pdf"}
    without_key = caller.post("/UploadAttachment.json", {"data": "{}"}, files=files).json()
    assert without_key["response_data"]["error_message"] == "Developer key must be specified."
    caller.ok("/Logout.json")
    assert code_of(caller.post("/UploadAttachment.json", caller.form(data), files=files).json()) == "BDC_1109"


def test_every_call_may_come_in_parts(caller: Caller) -> None:
    # section 3, 3: live
    parts = {name: (None, value) for name, value in caller.form({"start": 0, "max": 2}).items()}
    listed = requests.post(f"{caller.simulator.api_url}/List/Vendor.json", files=parts, timeout=TIMEOUT_S)
    assert len(listed.json()["response_data"]) == 2
    sent = {"userName": defaults.USERNAME, "password": defaults.PASSWORD, "devKey": defaults.DEVELOPER_KEY}
    login = {name: (None, value) for name, value in {**sent, "orgId": caller.organization}.items()}
    answer = requests.post(f"{caller.simulator.api_url}/Login.json", files=login, timeout=TIMEOUT_S)
    assert answer.json()["response_data"]["orgId"] == caller.organization


@pytest.mark.parametrize(
    "body", [b"", b"nonsense", b"--x\r\n\r\n", b"--x\r\nContent-Disposition: form-data\r\n\r\nv\r\n", WITHOUT_BOUNDARY]
)
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "multipart/form-data"])
def test_a_broken_form_is_answered(caller: Caller, body: bytes, kind: str) -> None:
    url = f"{caller.simulator.api_url}/UploadAttachment.json"
    answer = requests.post(url, body, headers={"Content-Type": kind}, timeout=TIMEOUT_S)
    assert answer.json()["response_data"]["error_message"] == "Developer key must be specified."


def test_a_form_that_breaks_off_in_its_file_has_no_file(caller: Caller) -> None:
    fields = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in caller.form({"fileName": "a.pdf"}).items()
    )
    body = f'{fields}--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'.encode() + PDF
    url = f"{caller.simulator.api_url}/UploadAttachment.json"
    answer = requests.post(url, body, headers={"Content-Type": "multipart/form-data; boundary=x"}, timeout=TIMEOUT_S)
    assert code_of(answer.json()) == "BDC_1108"
    assert stored(caller) == []


def test_a_file_must_be_smaller_than_the_limit(caller: Caller) -> None:
    assert caller.control.get("/limits")["attachment_bytes"] == 20_000_000
    caller.control.limit(attachment_bytes=len(PDF))
    assert code_of(caller.upload("a.pdf", PDF)) == "BDC_1119"
    caller.control.limit(attachment_bytes=len(PDF) + 1)
    caller.attach("a.pdf", PDF)


def test_the_code_of_a_refused_file_is_a_switch(caller: Caller) -> None:
    caller.control.switch(attachment_refusal_code="BDC_4321")
    assert code_of(caller.upload("a.pdf", PNG)) == "BDC_4321"
    caller.control.limit(attachment_bytes=5)
    assert code_of(caller.upload("a.pdf", PDF)) == "BDC_4321"


def test_what_is_far_too_long_is_received_refused_and_not_kept(caller: Caller) -> None:
    def parts() -> Iterator[bytes]:
        for name, value in caller.form({"fileName": "a.pdf"}).items():
            yield f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n' + PDF
        for _ in range(40):
            yield bytes(1_000_000)
        yield b"\r\n--x--\r\n"

    caller.control.limit(attachment_bytes=10**9)
    url = f"{caller.simulator.api_url}/UploadAttachment.json"
    answer = requests.post(url, parts(), headers={"Content-Type": "multipart/form-data; boundary=x"}, timeout=TIMEOUT_S)
    assert code_of(answer.json()) == "BDC_1119"
    assert stored(caller) == []


def test_the_memory_for_attachments_is_bounded_and_a_reset_frees_it(caller: Caller) -> None:
    assert caller.control.get("/limits")["attachments_kept_bytes"] == 200_000_000
    caller.control.limit(attachments_kept_bytes=2 * len(PDF))
    caller.attach("a.pdf", PDF)
    caller.attach("b.pdf", PDF)
    answer = caller.upload("c.txt", b"!")
    assert code_of(answer) == "BDC_1001"
    assert "simulator" in answer["response_data"]["error_message"]
    assert [each["fileName"] for each in stored(caller)] == ["a.pdf", "b.pdf"]
    caller.control.reset()
    assert stored(caller) == []
    caller.session_id = caller.sign_in()["response_data"]["sessionId"]
    caller.attach("c.txt", b"!")


def test_the_ids_of_uploads_are_the_same_again_after_a_reset(caller: Caller) -> None:
    first = caller.attach("a.pdf", PDF)
    caller.control.reset()
    caller.session_id = caller.sign_in()["response_data"]["sessionId"]
    assert caller.attach("a.pdf", PDF) == first


def test_pages_of_an_object_without_with_one_and_with_several_attachments(caller: Caller, vendor: str) -> None:
    assert caller.pages(vendor) == {"numPages": None, "fileUrl": None}
    caller.attach("a.pdf", PDF, vendor)
    assert caller.pages(vendor) == {"numPages": 2, "fileUrl": f"/is/BillImageServlet?entityId={vendor}"}
    caller.attach("b.png", PNG, vendor)
    assert caller.pages(vendor)["numPages"] == 3
    assert caller.pages(caller.vendor("Another")) == {"numPages": None, "fileUrl": None}


def test_a_text_that_comes_first_is_fetched_as_html(caller: Caller, vendor: str) -> None:
    caller.attach("a.txt", TEXT, vendor)
    url = caller.pages(vendor)["fileUrl"]
    document = stored(caller)[0]["documentId"]
    assert url == f"/HtmlServlet?id={document}"
    answer = caller.get("/HtmlServlet", id=document)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "Thank you &lt;b&gt;for&lt;/b&gt; your business &amp; come again" in answer.text
    assert answer.status_code == 200
    image = caller.get("/is/BillImageServlet", entityId=vendor, pageNumber=1)
    assert b"a.txt" in chunks(image.content)[b"tEXt"]


def test_an_upload_is_asked_for_by_its_own_id_too(caller: Caller) -> None:
    document = caller.attach("a.pdf", PDF)
    assert caller.pages(document) == {"numPages": 2, "fileUrl": f"/is/BillImageServlet?entityId={document}"}
    assert caller.get("/is/BillImageServlet", entityId=document, pageNumber=2).headers["content-type"] == "image/png"


def test_pages_of_what_is_not_there_or_is_an_invoice_are_refused(caller: Caller) -> None:
    made = caller.create("Invoice", **invoice(caller.customer(), "I-1"))
    caller.attach("a.pdf", PDF, made["id"])
    assert caller.refused("/GetDocumentPages.json", {"id": made["id"]}) == "BDC_1121"
    assert caller.refused("/GetDocumentPages.json", {"id": "00902AAAAAAAAAAaaaaa"}) == "BDC_1120"
    assert caller.refused("/GetDocumentPages.json", {}) == "BDC_1108"


def test_a_page_is_a_png_the_upload_itself_or_a_placeholder_that_says_so(caller: Caller, vendor: str) -> None:
    caller.attach("scan.png", PNG, vendor)
    caller.attach("terms.pdf", PDF, vendor)
    first, second, third = (
        caller.get("/is/BillImageServlet", entityId=vendor, pageNumber=number) for number in (1, 2, 3)
    )
    assert {each.headers["content-type"] for each in (first, second, third)} == {"image/png"}
    assert first.content == PNG
    assert b"bill-simulator does not render: page 1 of terms.pdf" in chunks(second.content)[b"tEXt"]
    assert b"page 2 of terms.pdf" in chunks(third.content)[b"tEXt"]
    assert {b"IHDR", b"IDAT", b"IEND"} <= set(chunks(second.content))


@pytest.mark.parametrize("number", ["0", "3", "-1", "x", "", "9" * 400])
def test_a_page_that_is_not_there_is_refused(caller: Caller, vendor: str, number: str) -> None:
    caller.attach("terms.pdf", PDF, vendor)
    answer = caller.get("/is/BillImageServlet", entityId=vendor, pageNumber=number)
    assert code_of(answer.json()) == "BDC_1129"


def test_pages_need_a_session_which_a_header_may_bring(caller: Caller, vendor: str) -> None:
    caller.attach("scan.png", PNG, vendor)
    url = f"{caller.simulator.url}/is/BillImageServlet"
    query = {"entityId": vendor, "pageNumber": "1"}
    for how in ({}, {"headers": {"sessionId": "!invented"}}):
        assert code_of(requests.get(url, query, timeout=TIMEOUT_S, **how).json()) == "BDC_1109"  # type: ignore[arg-type]
    for sent in ({"headers": {"sessionId": caller.session_id}}, {"cookies": {"sid": caller.session_id}}):
        assert requests.get(url, query, timeout=TIMEOUT_S, **sent).content == PNG  # type: ignore[arg-type]


def test_fetching_a_page_winds_the_session_up(caller: Caller, vendor: str) -> None:
    caller.attach("scan.png", PNG, vendor)
    for _ in range(3):
        caller.control.advance(30 * 60)
        assert caller.get("/is/BillImageServlet", entityId=vendor, pageNumber=1).content == PNG


def test_organizations_do_not_see_each_others_attachments(caller: Caller, vendor: str) -> None:
    document = caller.attach("scan.png", PNG, vendor)
    with Caller(caller.simulator, defaults.EMPTY_ORGANIZATION_ID) as other:
        assert stored(other) == []
        for wanted in (vendor, document):
            assert other.refused("/GetDocumentPages.json", {"id": wanted}) == "BDC_1120"
            assert code_of(other.get("/is/BillImageServlet", entityId=wanted, pageNumber=1).json()) == "BDC_1120"
        assert code_of(other.upload("a.pdf", PDF, vendor)) == "BDC_1119"
        with pytest.raises(ControlError, match="no such attachment"):
            caller.control.attachment(other.organization, document)


def test_pages_may_take_a_while(caller: Caller, vendor: str) -> None:
    # v3 says a few minutes
    caller.control.limit(attachment_ready_s=120)
    caller.attach("scan.png", PNG, vendor)
    assert caller.pages(vendor) == {"numPages": None, "fileUrl": None}
    assert len(stored(caller)) == 1
    caller.control.advance(120)
    assert caller.pages(vendor)["numPages"] == 1


def test_the_request_log_has_uploads_and_pages_without_a_session_id(caller: Caller, vendor: str) -> None:
    caller.attach("scan.png", PNG, vendor)
    caller.get("/is/BillImageServlet", entityId=vendor, pageNumber=1)
    caller.get("/HtmlServlet", id=vendor)
    log = caller.control.requests()[-3:]
    assert [(each["path"], each["organization"], each["code"]) for each in log] == [
        ("/UploadAttachment.json", caller.organization, "OK"),
        ("/is/BillImageServlet", caller.organization, "OK"),
        ("/HtmlServlet", caller.organization, "BDC_1120"),
    ]
    assert caller.session_id not in repr(log)


@pytest.mark.parametrize("path", ["/attachments/nowhere", "/attachments/00801SIMULATORAaaaa1/0du02AAAAAAAAAAaaaaa"])
def test_unknown_attachments_are_refused_by_the_control_plane(caller: Caller, path: str) -> None:
    with pytest.raises(ControlError, match="no such"):
        caller.control.call("GET", path)
