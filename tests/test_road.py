"""The whole road, without Meltano: our commands in a pipe, from one organization into another."""

from __future__ import annotations

import json
import re
import socket
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from conftest import BANK_ACCOUNTS, Ran, client_for, everything, run, settings

from bill_api.entities import BY_NAME, BY_STREAM, ENTITIES
from bill_api.table.kinds import in_full
from bill_simulator import Simulator, defaults
from bill_singer.stream_names import PARTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SOURCE, COPY = defaults.ORGANIZATION_ID, defaults.EMPTY_ORGANIZATION_ID
COPIED = [each for each in ENTITIES if each.is_loadable and each.stream not in BANK_ACCOUNTS]
SESSION_ID = re.compile(r"![\w-]{40,}")
SERVER_SIDE = {"id", "createdTime", "updatedTime", "createdBy", "billId", "invoiceId", "usersId", "fromUserId"}
"""And users: they belong to their organization."""


def copy(simulator: Simulator, folder: Path, naming: str = "snake_case", **more: Any) -> Ran:
    """`tap-bill | target-bill` from the one organization into the other."""
    read = run("tap_bill", settings(simulator, naming=naming), folder)
    assert read.code == 0, read.err
    return run("target_bill", settings(simulator, organization_id=COPY, **more), folder, stdin=read.out)


def compare(simulator: Simulator) -> None:
    """The copy is the source but for ids and what the server writes."""
    books = {
        organization: {each.name: simulator.control.books(organization, each.name) for each in ENTITIES}
        for organization in (SOURCE, COPY)
    }
    for entity in COPIED:
        source, target = (
            [_comparable(obj, entity.name, books[organization]) for obj in books[organization][entity.name]]
            for organization in (SOURCE, COPY)
        )
        assert sorted(target) == sorted(source), entity.name
        assert len(target) > 0


@pytest.mark.slow
def test_an_organization_is_copied_with_every_reference_pointing_at_the_copy(
    simulator: Simulator, tmp_path: Path
) -> None:
    ran = copy(simulator, tmp_path)
    assert ran.code == 0, ran.err

    assert len(COPIED) == 15
    left_out = {*(each.stream for each in BY_STREAM.values() if not each.is_loadable), *PARTS}
    report = json.loads(next((tmp_path / ".bill" / "reports").glob("*.json")).read_text())["streams"]
    assert {name for name, line in report.items() if line["left out"]} == left_out
    assert all(report[name]["left out"] == report[name]["received"] for name in left_out)
    compare(simulator)

    for naming in ("snake_case", "bill"):
        assert writes_of_a_copy(simulator, tmp_path, naming=naming) == [], "the second copy wrote something"

    change_the_source(simulator)
    ran = copy(simulator, tmp_path, allow_deletes=True)
    assert ran.code == 0, ran.err
    compare(simulator)
    assert writes_of_a_copy(simulator, tmp_path, allow_deletes=True) == []


def writes_of_a_copy(simulator: Simulator, folder: Path, **more: Any) -> list[str]:
    simulator.control.forget_requests()
    again = copy(simulator, folder, **more)
    assert again.code == 0, again.err
    return [path for path in simulator.control.summary()["paths"] if "/Crud/" in path]


def change_the_source(simulator: Simulator) -> None:
    """Fields and lines change, and objects come and go."""
    client = client_for(simulator)
    vendors, bills, invoices = (simulator.control.books(SOURCE, name) for name in ("Vendor", "Bill", "Invoice"))
    active = [each for each in bills if each["isActive"] == "1"]
    renamed, deleted, split = vendors[0], active[0], active[1]
    client.update(BY_NAME["Vendor"], {"id": renamed["id"], "name": renamed["name"] + " & Sons", "phone": "1"})
    client.delete(BY_NAME["Bill"], deleted["id"])
    more = [*split["billLineItems"], {"entity": "BillLineItem", "amount": Decimal("0.37"), "description": "freight"}]
    client.update(BY_NAME["Bill"], {"id": split["id"], "billLineItems": more})
    client.update(BY_NAME["Invoice"], {"id": invoices[0]["id"], "description": "changed"})
    vendor = client.create(BY_NAME["Vendor"], {"name": "A newcomer"})["id"]
    lines = [{"entity": "BillLineItem", "amount": Decimal("12.10")}]
    days = {"invoiceDate": "2026-03-01", "dueDate": "2026-03-31"}
    client.create(BY_NAME["Bill"], {"vendorId": vendor, "invoiceNumber": "N-1", **days, "billLineItems": lines})


def _comparable(obj: Mapping[str, Any], name: str, books: Mapping[str, list[dict[str, Any]]]) -> str:
    """An object without what the server gives, its references by the name of what they point at."""
    entity = BY_NAME[name]
    lines = entity.lines
    shown = _named({key: value for key, value in obj.items() if not lines or key != lines.name}, entity.fields, books)
    if lines:
        shown["lines"] = [_named(line, lines.item_fields, books) for line in obj[lines.name]]
    return json.dumps(shown, sort_keys=True, default=str)


def _named(obj: Mapping[str, Any], fields: Any, books: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for field in fields:
        if field.name in SERVER_SIDE or field.read_only or field.name not in obj:
            continue
        value = obj[field.name]
        if field.references in BY_NAME and field.references in books:
            key = BY_NAME[str(field.references)].natural_key
            value = next((each[key[0]] for each in books[str(field.references)] if key and each["id"] == value), None)
        shown[field.name] = in_full(Decimal(value)) if isinstance(value, int | Decimal) else value
    return shown


def test_bills_reach_the_warehouse_to_the_cent(simulator: Simulator, tmp_path: Path) -> None:
    read = run("tap_bill", settings(simulator), tmp_path, "--catalog", str(everything(tmp_path)))
    warehouse = tmp_path / "warehouse.duckdb"
    wrote = run("target_duckdb", {"filepath": str(warehouse)}, tmp_path, stdin=read.out)
    assert wrote.code == 0, wrote.err
    totals = simulator.control.totals(SOURCE)
    with duckdb.connect(str(warehouse), read_only=True) as database:
        for entity in BY_STREAM.values():
            rows = database.table(f"tap_bill.{entity.stream}").count("*").fetchall()[0][0]
            assert rows == totals[entity.name]["count"], entity.stream
        total = database.execute("SELECT sum(amount) FROM tap_bill.bills").fetchall()[0][0]
        numbers = "SELECT column_name, data_type FROM duckdb_columns() WHERE data_type LIKE 'DECIMAL%'"
        types = set(database.execute(numbers).fetchall())
    assert Decimal(total) == totals["Bill"]["amount"]
    sizes = {kind for column, kind in types if column.endswith("amount")}
    assert sizes == {"DECIMAL(18,2)"}, "as the schema says"


# Wrong connections: each names the setting

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "password": ({"password": "wrong-pass-9Q"}, "`password`"),
    "developer key": ({"developer_key": "01WRONGKEY9Q"}, "`developer_key`"),
    "organization": ({"organization_id": "00801NOSUCHORGAaaaa9"}, "`organization_id`"),
    "organization's form": ({"organization_id": "12345"}, "setting `organization_id` is '12345'"),
    "missing user": ({"username": None}, "setting `username` is missing"),
    "timeout": ({"timeout_s": "soon"}, "setting `timeout_s` is 'soon'; allowed is a whole number, 1 to 3600"),
    "url": ({"api_url": "ftp://bill"}, "setting `api_url`"),
    "misspelt name": ({"pasword": "x"}, "setting `pasword` is not known; did you mean `password`?"),
    "secret of a wrong kind": ({"password": 123456789}, "setting `password` is a value of another kind"),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("package", ["tap_bill", "target_bill"])
def test_a_wrong_setting_is_named_in_one_message(simulator: Simulator, tmp_path: Path, package: str, name: str) -> None:
    change, expected = WRONG[name]
    stdin = (
        '{"type":"SCHEMA","stream":"vendors","schema":{"properties":{}},"key_properties":["name"]}\n'
        '{"type":"RECORD","stream":"vendors","record":{"name":"A"}}\n'
    )
    ran = run(package, {**settings(simulator), **change}, tmp_path, stdin=stdin)
    assert ran.code == (2 if "setting" in expected else 5), ran.err
    last = [line for line in ran.err.splitlines() if line.startswith(package.replace("_", "-"))]
    assert expected in last[-1]
    assert "Traceback" not in ran.err
    for secret in ("wrong-pass-9Q", "01WRONGKEY9Q", "123456789", defaults.PASSWORD, defaults.DEVELOPER_KEY):
        assert secret not in ran.err


def test_an_unreachable_host_is_named(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/api/v2"
        config = {
            "username": "u@example.test",
            "password": "p",
            "organization_id": SOURCE,
            "developer_key": "k",
            "api_url": url,
        }
        ran = run("tap_bill", config, tmp_path)
    assert ran.code == 3
    assert f"cannot connect to {url}; check `api_url` and the network" in ran.err.splitlines()[-1]
    assert "Traceback" not in ran.err


# Secrets


def test_no_secret_is_printed_or_written(simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that a copy prints and leaves behind, with debug logs on."""
    monkeypatch.setenv("LOGLEVEL", "DEBUG")
    simulator.control.fault("expire_session", "/List/Bill.json")
    simulator.control.fault("html_502", "/List/Vendor.json")
    simulator.control.fault("drop_after", "/Bulk/Crud/Create/Bill.json")
    mfa = {"mfa_id": "!mfa-very-secret", "device_id": "device-1"}
    folder = tmp_path
    read = run("tap_bill", settings(simulator, **mfa), folder, "--catalog", str(everything(folder)))
    wrote = run("target_bill", settings(simulator, organization_id=COPY, **mfa), folder, stdin=read.out)
    assert "DEBUG" in read.err
    assert wrote.code == 1, "bank accounts are rejected, which writes a rejects file too"

    printed = read.err + wrote.err + wrote.out
    written = b"".join(path.read_bytes() for path in (folder / ".bill").rglob("*") if path.is_file())
    numbers = [
        obj["routingNumber"]
        for name in ("VendorBankAccount", "CustomerBankAccount")
        for obj in simulator.control.books(SOURCE, name)
    ]
    assert not SESSION_ID.search(printed)
    for secret in (defaults.PASSWORD, defaults.DEVELOPER_KEY, "!mfa-very-secret", *numbers):
        assert secret not in printed
        assert secret.encode() not in written
