"""Answers that make no sense, of every kind: each is one of our errors, and a write with one is in doubt."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from api_scripted import LOGIN, NOTHING, ScriptedBill, envelope, http, ok, settings_for

from bill_api.client import BillClient
from bill_api.connection import Connection
from bill_api.entities import BY_NAME
from bill_api.errors import BillError, InDoubtError, RefusedError, UnavailableError, UnexpectedReplyError
from bill_api.reading.pages import TOTAL_ORDER
from bill_api.table.query import ListQuery
from bill_api.wire.calls import Patience

if TYPE_CHECKING:
    from collections.abc import Callable

pytest_plugins = ["api_fixtures"]

BILL = BY_NAME["Bill"]
BILL_ID = "00n01ABCDEFGHIJaaaa1"
SENT = {"id": BILL_ID, "invoiceNumber": "1"}
STORED = {"id": BILL_ID, "updatedTime": "2026-01-01T00:00:00.000+0000", "amount": 1.5, "billLineItems": [{"id": "1"}]}
DEEP = "[" * 20_000 + "]" * 20_000
LONG = envelope(0, [STORED] * 500)

READS: dict[str, tuple[str, Callable[[BillClient], Any]]] = {
    "list": ("/List/Bill.json", lambda client: client.list_page(BILL, ListQuery(sort=TOTAL_ORDER))),
    "read": ("/Crud/Read/Bill.json", lambda client: client.read(BILL, BILL_ID)),
    "login": (LOGIN, lambda client: client.session_id()),
    "current time": ("/CurrentTime.json", lambda client: client.current_time()),
    "organizations": ("/ListOrgs.json", lambda client: client.organizations()),
}
WRITES: dict[str, tuple[str, Callable[[BillClient], Any]]] = {
    "create": ("/Crud/Create/Bill.json", lambda client: client.create(BILL, SENT)),
    "update": ("/Crud/Update/Bill.json", lambda client: client.update(BILL, SENT)),
    "delete": ("/Crud/Delete/Bill.json", lambda client: client.delete(BILL, BILL_ID)),
    "bulk": ("/Bulk/Crud/Create/Bill.json", lambda client: client.bulk_create(BILL, [SENT])),
}
OPERATIONS = READS | WRITES

UNREADABLE: dict[str, bytes] = {
    "nothing": NOTHING,
    "half a status line": b"HTTP/1.",
    "no HTTP": b"+OK hello\r\n",
    "a status that is none": b"HTTP/1.1 abc Strange\r\n\r\n",
    "a length that is none": b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}",
    "a header without end": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000,
    "no body": http(""),
    "half a body": http(LONG[: len(LONG) // 2]),
    "half a body with the length of all": http(LONG[: len(LONG) // 2], length=len(LONG)),
    "a length that is too short": http(LONG, length=len(LONG) - 10),
    "a chunk cut off": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n" + LONG[:100].encode(),
    "chunks that are none": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "broken gzip": http(b"\x1f\x8bnot really", headers="Content-Encoding: gzip\r\n"),
    "an encoding twice": http(b"{}", headers="Content-Encoding: gzip, gzip\r\n"),
    "a page": http("<html>We are down.</html>"),
    "401": http("", "401 Unauthorized"),
    "403 with a page": http("<html>no</html>", "403 Forbidden"),
    "404": http("not here", "404 Not Found"),
    "429": http("slower", "429 Too Many Requests"),
    "500": http("", "500 Internal Server Error"),
    "502 with a page": http("<html>no</html>", "502 Bad Gateway"),
    "503": http("", "503 Service Unavailable"),
    "a redirect": http("", "302 Found", headers="Location: /elsewhere\r\n"),
    "204": b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
    "no UTF-8": http(b'{"response_status": 0, "response_data": "\xff\xfe"}'),
    "Latin-1": http(envelope(0, "caf\u00e9").replace("\\u00e9", "\u00e9").encode("latin-1")),
    "UTF-16": http(LONG.encode("utf-16")),
    "a byte order mark in the middle": http(LONG.encode().replace(b'"response_data"', b'\xef\xbb\xbf"response_data"')),
    "two byte order marks": http(b"\xef\xbb\xbf" * 2 + LONG.encode()),
    "zeros": http(bytes(1000)),
    "half a surrogate": http('{"response_status": 0, "response_data": "\\ud800"}'),
    "NaN": http('{"response_status": 0, "response_data": NaN}'),
    "two documents": http(envelope(0, []) * 2),
    "nested deep": http(DEEP),
    "nested deep in the envelope": http(f'{{"response_status": 0, "response_data": {DEEP}}}'),
    "nested deep and cut": http("[" * 20_000),
    "objects nested deep": http('{"a":' * 20_000 + "1" + "}" * 20_000),
    "a number beyond all meaning": http('{"response_status": 0, "response_data": [{"id": "1", "amount": 1e999999}]}'),
    "a number below all meaning": http('{"response_status": 0, "response_data": {"id": "1", "amount": 1e-999999999}}'),
    "an exponent out of bounds": http('{"response_status": 0, "response_data": 1e99999999999999999999}'),
    "an integer of 5,000 digits": http('{"response_status": 0, "response_data": %s}' % ("1" * 5000)),
    "an array": http("[]"),
    "a text": http('"Success"'),
    "a number": http("0"),
    "null": http("null"),
    "an object without envelope": http(json.dumps(STORED)),
    "no status": http('{"response_message": "Success", "response_data": []}'),
    "status null": http('{"response_status": null, "response_data": []}'),
    "status as text": http('{"response_status": "0", "response_data": []}'),
    "status false": http('{"response_status": false, "response_data": []}'),
    "status with a point": http('{"response_status": 0.0, "response_data": []}'),
    "status as array": http('{"response_status": [0], "response_data": []}'),
    "status as object": http('{"response_status": {}, "response_data": []}'),
    "an error without data": http(envelope(1, None)),
    "an error with a text": http(envelope(1, "no")),
    "an error with an array": http(envelope(1, ["no"])),
    "an error without a code": http(envelope(1, {"error_message": "no"})),
    "a code that is null": http(envelope(1, {"error_code": None, "error_message": "no"})),
    "a code that is empty": http(envelope(1, {"error_code": " ", "error_message": "no"})),
    "a code that is a number": http(envelope(1, {"error_code": 1119, "error_message": "no"})),
    "a code that is an object": http(envelope(1, {"error_code": {"code": "BDC_1119"}, "error_message": "no"})),
    "a code that is an array": http(envelope(1, {"error_code": ["BDC_1119"], "error_message": "no"})),
}
"""What cannot be made out at all: with it a read may be sent again, and a write may have happened."""

NO_OBJECTS: dict[str, Any] = {
    "null": None,
    "a text": "a text",
    "a number": 5,
    "true": True,
    "an array of texts": ["a text"],
    "nothing in it": {},
    "an id that is null": {**STORED, "id": None},
    "an id that is a number": {**STORED, "id": 5},
    "an id that is an object": {**STORED, "id": {"id": BILL_ID}},
    "an id that is an array": {**STORED, "id": [BILL_ID]},
    "an id that is true": {**STORED, "id": True},
    "an id that is empty": {**STORED, "id": ""},
    "an id that is blank": {**STORED, "id": " "},
    "an id behind a blank": {**STORED, "id": f" {BILL_ID}"},
    "an id before a blank": {**STORED, "id": f"{BILL_ID}\u00a0"},
    "an id with a line end": {**STORED, "id": f"{BILL_ID}\n"},
    "an object for an amount": {**STORED, "amount": {"value": 1}},
    "an array for an amount": {**STORED, "amount": [1]},
    "a text for lines": {**STORED, "billLineItems": "none"},
    "an object for lines": {**STORED, "billLineItems": {"id": "1"}},
    "texts for lines": {**STORED, "billLineItems": ["a line"]},
    "null for a line": {**STORED, "billLineItems": [None]},
}
NO_TIMES: dict[str, Any] = {
    "no time": {name: value for name, value in STORED.items() if name != "updatedTime"},
    "a time that is null": {**STORED, "updatedTime": None},
    "a time that is a number": {**STORED, "updatedTime": 1_767_225_600},
    "a time that is an object": {**STORED, "updatedTime": {}},
    "a time that is empty": {**STORED, "updatedTime": ""},
    "a time that is no instant": {**STORED, "updatedTime": "yesterday"},
}
NO_DATA: dict[str, dict[str, Any]] = {
    "list": {"null": None, "a text": "a", "a number": 1, "an object": {"rows": []}},
    "login": {
        "null": None,
        "an array": [],
        "no session": {},
        "null for it": {"sessionId": None},
        "a number for it": {"sessionId": 5},
        "an object for it": {"sessionId": {"id": "x"}},
        "an array for it": {"sessionId": ["x"]},
        "an empty one": {"sessionId": ""},
        "one with a blank": {"sessionId": "!session "},
    },
    "current time": {
        "null": None,
        "an array": [],
        "no time": {},
        "null for it": {"currentTime": None},
        "a number for it": {"currentTime": 20260101},
        "an object for it": {"currentTime": {}},
        "a word for it": {"currentTime": "noon"},
        "a time out of all calendars": {"currentTime": "99999-01-01T00:00:00.000+0000"},
    },
    "organizations": {
        "null": None,
        "an object": {"orgId": "x"},
        "null in it": [None],
        "texts": ["00801TESTSXXXXXaaaa1"],
        "numbers": [5],
        "arrays": [["00801TESTSXXXXXaaaa1"]],
        "no id": [{"orgName": "One"}],
        "an id that is null": [{"orgId": None}],
        "an id that is a number": [{"orgId": 5}],
        "an id that is an object": [{"orgId": {}}],
        "an id with a blank": [{"orgId": "00801TESTSXXXXXaaaa1 "}],
        "one that is good and one that is not": [{"orgId": "00801TESTSXXXXXaaaa1"}, "00801TESTSXXXXXaaaa2"],
    },
    "bulk": {
        "null": None,
        "an array": [],
        "no elements": {},
        "null for them": {"bulk": None},
        "an object for them": {"bulk": {}},
        "none of them": {"bulk": []},
        "too many": {"bulk": [{"response_status": 0, "response_data": STORED}] * 2},
        "null for one": {"bulk": [None]},
        "a text for one": {"bulk": ["a"]},
        "one without data": {"bulk": [{"response_status": 0}]},
        "one with a text": {"bulk": [{"response_status": 0, "response_data": "a"}]},
        "one without id": {"bulk": [{"response_status": 0, "response_data": {"name": "Fern"}}]},
        "one that failed without a code": {"bulk": [{"response_status": 1, "response_data": {"error_message": "no"}}]},
    },
}
KINDS = {
    *(f"unreadable: {name}" for name in UNREADABLE),
    *(f"object: {name}" for name in (*NO_OBJECTS, *NO_TIMES)),
    *(f"{operation}: {name}" for operation, kinds in NO_DATA.items() for name in kinds),
}


def outcome(scripted: ScriptedBill, operation: str, answer: bytes) -> list[Any]:
    """What the client makes of an answer: the error, or what it gives back."""
    path, call = OPERATIONS[operation]
    scripted.script(path, answer)
    once = Patience(attempts_max=1, connection_attempts_max=1)
    client = BillClient(Connection.from_settings(settings_for(scripted.url)), patience=once)
    try:
        given = call(client)
    except BillError as error:
        given = error
    assert scripted.count(path) == 1
    return given if isinstance(given, list) else [given]


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_cannot_be_made_out_may_be_asked_again_and_leaves_a_write_in_doubt(
    scripted: ScriptedBill, kind: str, operation: str
) -> None:
    (found,) = outcome(scripted, operation, UNREADABLE[kind])
    assert isinstance(found, InDoubtError if operation in WRITES else UnavailableError), repr(found)
    assert "\n" not in str(found)


# What the decoder says, and never what it has read.
WORDS = {
    "half a surrogate": "Input data was truncated",
    "a surrogate before a letter": "invalid utf-16 surrogate pair (byte ",
    "no UTF-8": "Invalid UTF-8 encoded string",
    "a line end in a text": "invalid character (byte ",
    "two documents": "trailing characters (byte ",
    "a page": "invalid character (byte 0)",
    "a number beyond all meaning": "a number whose exponent is out of all bounds",
    "deep": "nested more than 100 deep",
    "half": "Input data was truncated",
}
SECRET = "SECRET4711"
SAID: dict[str, bytes] = {
    "half a surrogate": f'{{"{SECRET}": "{SECRET}\\ud800"}}'.encode(),
    "a surrogate before a letter": f'{{"{SECRET}": "{SECRET}\\ud800\\u0041"}}'.encode(),
    "no UTF-8": f'{{"{SECRET}": "{SECRET}\xff"}}'.encode("latin-1"),
    "a line end in a text": f'{{"{SECRET}": "{SECRET}\n"}}'.encode(),
    "two documents": f'{{"a": "{SECRET}"}} {{"a": "{SECRET}"}}'.encode(),
    "a page": f"<html>{SECRET}</html>".encode(),
    "a number beyond all meaning": f'{{"{SECRET}": 47114711e999999}}'.encode(),
    "deep": f'{{"{SECRET}": {DEEP}}}'.encode(),
    "half": f'{{"{SECRET}": "{SECRET}'.encode(),
}


@pytest.mark.parametrize("kind", WORDS)
def test_why_an_answer_is_not_json_is_said_and_nothing_of_it(scripted: ScriptedBill, kind: str) -> None:
    (found,) = outcome(scripted, "list", http(SAID[kind]))
    said = f"{found}"
    assert "/List/Bill.json: HTTP 200 with a body that is not JSON (" in said
    assert WORDS[kind] in said
    assert SECRET not in said
    assert "4711" not in said
    assert "\n" not in said


@pytest.mark.parametrize("operation", ["list", "read", "create", "update", "delete"])
def test_a_byte_order_mark_before_an_answer_is_no_part_of_it(scripted: ScriptedBill, operation: str) -> None:
    data = [STORED] if operation == "list" else STORED
    (found,) = outcome(scripted, operation, http(b"\xef\xbb\xbf" + envelope(0, data).encode()))
    assert isinstance(found, dict), repr(found)
    assert found["id"] == BILL_ID


@pytest.mark.parametrize("operation", ["read", "create", "update", "delete"])
@pytest.mark.parametrize("kind", NO_OBJECTS)
def test_what_is_no_object_is_not_taken_for_the_one_that_was_asked_for_or_written(
    scripted: ScriptedBill, kind: str, operation: str
) -> None:
    (found,) = outcome(scripted, operation, ok(NO_OBJECTS[kind]))
    assert isinstance(found, InDoubtError if operation in WRITES else UnexpectedReplyError), repr(found)
    assert not isinstance(found, RefusedError)


@pytest.mark.parametrize("place", [1, 3])
@pytest.mark.parametrize("kind", [*NO_OBJECTS, *NO_TIMES])
def test_a_row_that_is_none_is_named_by_its_entity_and_place(scripted: ScriptedBill, kind: str, place: int) -> None:
    rows = [STORED] * 4
    rows[place - 1] = (NO_OBJECTS | NO_TIMES)[kind]
    (found,) = outcome(scripted, "list", ok(rows))
    assert isinstance(found, UnexpectedReplyError), repr(found)
    assert f"/List/Bill.json: row {place} of the List is no Bill" in str(found)


@pytest.mark.parametrize(("operation", "kind"), [(each, kind) for each, kinds in NO_DATA.items() for kind in kinds])
def test_what_does_not_answer_the_question_is_an_error(scripted: ScriptedBill, operation: str, kind: str) -> None:
    found = outcome(scripted, operation, ok(NO_DATA[operation][kind]))
    assert len(found) == 1
    assert isinstance(found[0], InDoubtError if operation in WRITES else UnexpectedReplyError), repr(found)


@pytest.mark.parametrize("kind", NO_TIMES)
def test_a_time_is_asked_of_rows_only_where_they_are_sorted_by_it(scripted: ScriptedBill, kind: str) -> None:
    scripted.script("/List/Bill.json", ok([NO_TIMES[kind]]))
    client = BillClient(Connection.from_settings(settings_for(scripted.url)))
    assert len(client.list_page(BILL, ListQuery())) == 1


def test_how_many_kinds_of_garbage_are_tried(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\n{len(KINDS)} kinds of garbage answers\n")
    assert len(KINDS) >= 60
