"""Odd inputs of every kind to `bill`: each ends in a clear line, and never in a traceback."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from bill_program.exit_codes import ExitCode

if TYPE_CHECKING:
    from cli_bill import Here

pytest_plugins = ["cli_fixtures"]

DEEP = '{"a":' * 1000 + "1" + "}" * 1000
LIST, MAKE, BULK = ("list", "vendors"), ("create", "vendor"), ("bulk", "create", "vendors")
ID = "00901XXXXXXXXXXaaaa1"

# Name: the words behind `bill`, and what they say of it (an empty text: anything).
WORDS: dict[str, tuple[tuple[str, ...], str]] = {
    "no command": (("",), "No such command"),
    "a command that steers": (("\x1b[2J",), "No such command"),
    "a command that is near": (("lst",), "No such command 'lst'. Did you mean 'list'?"),
    "a command of others": (("show", "vendor", "x"), "Did you mean 'get'?"),
    "an option of others": ((*LIST, "--limit", "3"), "that is --max here"),
    "a letter of others": ((*LIST, "-o", "json"), "that is --output here"),
    "a field twice": ((*MAKE, "--set", "name=A", "--set", "name=B"), "`name` is given twice"),
    "a field of a line twice": (("create", "bill", "--line", "amount=5 amount=6"), "`amount` is given twice"),
    "an option of nobody": ((*LIST, "--zzz"), "stands behind `--`"),
    "a resource of nothing": (("list", ""), ""),
    "a resource that steers": (("list", "\u202ebills"), ""),
    "a resource of two lines": (("list", "a\nb"), ""),
    "an id that is empty": (("get", "vendor", ""), ""),
    "an id with a slash": (("get", "vendor", "../Bill"), ""),
    "an id of other letters": (("get", "vendor", "\u0661" * 20), ""),
    "an id of 5,000 letters": (("get", "vendor", "9" * 5000), ""),
    "an id with a surrogate": (("get", "vendor", "\udcff"), ""),
    **{f"--max {text[:9]!a}": ((*LIST, "--max", text), "--max") for text in (
        "1_000", "\u0661", "0", "-1", "1.5", "1e3", "", " ", "x", "9" * 5000, "NaN",
    )},
    **{f"--start {text!a}": ((*LIST, "--start", text), "--start") for text in ("-1", "0_0", "\uff11", "")},
    "a timeout of no number": (("raw", "ListOrgs", "--timeout", "inf"), "--timeout"),
    "a timeout of nothing": (("raw", "ListOrgs", "--timeout", "0"), "--timeout"),
    "retries of other digits": (("raw", "ListOrgs", "--retries", "\u0661"), "--retries"),
    **{f"--filter {text!a}": ((*LIST, "--filter", text), "") for text in (
        "", "=", "name",  "= A", "nome = A", "createdTime >= 2026-02-30", "createdTime >= soon",
        "isActive = 1_0", "name like A", "createdTime >= \u0662\u0660\u0662\u0666-01-01", "id in",
    )},
    **{f"--sort {text!a}": ((*LIST, "--sort", text), "") for text in ("", "-", "nome",  "-\x1b")},
    "columns that are none": ((*LIST, "--columns", "nome,\u202e"), ""),
    "an output of no kind": ((*LIST, "--output", "xml"), "--output"),
    "a set without a value": ((*MAKE, "--set", "name"), ""),
    "a set without a name": ((*MAKE, "--set", "=A"), ""),
    "an amount of other digits": (("create", "bill", "--line", "amount=\u0661"), "amount"),
    "an amount with parts": (("create", "bill", "--line", "amount=1_000"), "amount"),
    "a day that is none": (("create", "bill", "--set", "dueDate=2026-02-30"), "dueDate"),
    "a quote without an end": (("create", "bill", "--line", "amount=1 description='x"), ""),
    "an address without a scheme": ((*LIST, "--api-url", "nowhere"), "api_url"),
    "an address of another scheme": ((*LIST, "--api-url", "ftp://a/api/v2"), "api_url"),
    "an address with a port of letters": ((*LIST, "--api-url", "http://127.0.0.1:x/api/v2"), "api_url"),
    "a time-out of other digits": ((*LIST, "--timeout-s", "\u0661"), "timeout_s"),
    "an option that is none": ((*LIST, "--\x1b"), ""),
}  # fmt: skip
JSONS: dict[str, str] = {
    "nothing": "", "half": "{", "a list": "[]", "null": "null", "a text": '"a"', "NaN": '{"name": NaN}',
    "1,000 deep": DEEP,
    "1,000 lists deep": "[" * 1000 + "]" * 1000, "a huge exponent": '{"name": 1e999999}',
    "a huge integer": f'{{"name": {"9" * 5000}}}', "half a pair": '{"name": "\\ud800"}', "a byte": '{"name": "\udcff"}',
    "an object for a text": '{"name": {}}', "a list for a text": '{"name": []}', "two objects": "{}{}",
}  # fmt: skip
BODIES: dict[str, bytes] = {
    "nothing": b"", "a header alone": b"name\n", "blanks": b" \n \n", "no header": b"\nA\n",
    "a zero byte": b"name\nA\0\n",
    "UTF-16 without its mark": "name\nA\n".encode("utf-16-le"), "half a UTF-16": b"\xff\xfen",
    "Latin-1": b"name\n\xe9\n", "a quote without an end": b'name\n"A\n',
    "a column too many": b"name\nA,B\n", "two columns of a name": b"name,name\nA,B\n", "no column": b",\n,\n",
    "a column that steers": "\u202ename\nA\n".encode(), "a cell of a megabyte": b"name\n" + b"x" * 1_000_000 + b"\n",
}  # fmt: skip
ENV_FILES: dict[str, bytes | None] = {
    "none": None, "UTF-16": "BILL_PASSWORD=x\n".encode("utf-16"), "Latin-1": b"BILL_PASSWORD=\xe9\n",
    "no assignment": b"hello\n", "an open quote": b"BILL_PASSWORD='x\n", "a zero byte": b"BILL_PASSWORD=\0\n",
    "a value of several lines": b'BILL_PASSWORD="a\nb"\n', "nothing": b"",
}  # fmt: skip
FINE: dict[str, bytes] = {
    "a mark of the byte order": b"\xef\xbb\xbfBILL_TIMEOUT_S=7\n",
    "an export": b"export BILL_TIMEOUT_S=7\n",
    "quotes": b"BILL_TIMEOUT_S='7'\n",
    "a $ and an &": b"X=${HOME}&$(b)\nBILL_TIMEOUT_S=7\n",
    "blanks": b"  BILL_TIMEOUT_S = 7  \n\n# a word\n",
}
TAKEN = [
    (*LIST, "--filter", "name = ''"),
    (*LIST, "--sort", "+name"),
]
TRIED = [*WORDS, *JSONS, *TAKEN, *BODIES, *ENV_FILES, *FINE]


def one_clear_line(err: str, said: str = "") -> None:
    assert "Traceback" not in err, err
    assert not {"\x1b", "\u202e"} & set(err), err
    # Click's own refusals are led by the usage; rows of a file that do not fit are told one by one.
    told = [line for line in err.splitlines() if line.startswith(("bill: ", "Error: "))]
    assert told, err
    assert said in err
    assert all(len(line) < 6000 for line in told), "no line is endless"


@pytest.mark.parametrize("name", WORDS)
def test_odd_words_end_in_a_clear_line(here: Here, name: str) -> None:
    words, said = WORDS[name]
    ran = here(*words)
    assert ran.code in {ExitCode.REFUSED, ExitCode.USAGE}, ran
    one_clear_line(ran.err, said)


@pytest.mark.parametrize("name", JSONS)
def test_an_odd_object_ends_in_a_clear_line(here: Here, name: str) -> None:
    (here.bill.folder / "a.json").write_bytes(JSONS[name].encode(errors="surrogateescape"))
    ran = here(*MAKE, "--json", "a.json")
    assert ran.code in {ExitCode.REFUSED, ExitCode.USAGE}, ran
    one_clear_line(ran.err)


@pytest.mark.parametrize("name", BODIES)
def test_an_odd_csv_ends_in_a_clear_line(here: Here, name: str) -> None:
    (here.bill.folder / "a.csv").write_bytes(BODIES[name])
    ran = here(*BULK, "a.csv")
    assert ran.code in {ExitCode.REFUSED, ExitCode.USAGE, ExitCode.PARTLY}, ran
    one_clear_line(ran.err)


@pytest.mark.parametrize("name", ENV_FILES)
def test_an_odd_env_file_ends_in_a_clear_line(here: Here, name: str) -> None:
    content = ENV_FILES[name]
    if content is not None:
        (here.bill.folder / "odd.env").write_bytes(content)
    ran = here(*LIST, "--env-file", "odd.env", variables={})
    assert ran.code == ExitCode.USAGE, ran
    one_clear_line(ran.err, "odd.env")
    assert here(*LIST, "--env-file", ".", variables={}).code == ExitCode.USAGE


@pytest.mark.parametrize("name", FINE)
def test_an_env_file_that_is_only_strange_is_read(here: Here, name: str) -> None:
    content = FINE[name]
    variables = {key: value for key, value in here.bill.variables.items() if key != "BILL_TIMEOUT_S"}
    (here.bill.folder / "odd.env").write_bytes(content)
    assert here(*LIST, "--max", "1", "--env-file", "odd.env", variables=variables).code == ExitCode.DONE
    (here.bill.folder / "odd.env").write_bytes(content.replace(b"7", b"1_0"))
    ran = here(*LIST, "--env-file", "odd.env", variables=variables)
    assert ran.code == ExitCode.USAGE, "it was this file that counted"
    one_clear_line(ran.err, "'1_0'")


@pytest.mark.parametrize("words", TAKEN, ids=repr)
def test_what_is_only_strange_is_done(here: Here, words: tuple[str, ...]) -> None:
    assert here(*words).code == ExitCode.DONE


def test_two_values_of_one_key_are_one_or_refused(here: Here) -> None:
    (here.bill.folder / "a.json").write_text('{"name": "A", "name": "B"}')
    ran = here(*MAKE, "--json", "a.json")
    if ran.code:
        one_clear_line(ran.err, "name")
    else:
        assert [each["name"] for each in here.bill.books("Vendor")].count("A") == 0


def test_they_are_many(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\n{len(TRIED)} odd inputs of bill\n")
    assert len(TRIED) >= 60
