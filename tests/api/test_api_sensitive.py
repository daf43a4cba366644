"""Names and forms of bank and tax numbers, and the names beside them that are none."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bill_api.entities import BY_STREAM
from bill_api.identity.sensitive import looks_sensitive, sensitive_key, without_secrets
from bill_values.visible import HIDDEN


@pytest.mark.parametrize(
    "name",
    [
        "AccountNumber2",
        "Account #",
        "Acct #",
        "A/C No",
        "Account No.",
        "x_accountNumber",
        "Kontonummer",
        "Konto-Nr",
        "Bank account",
        "bank_account",
        "Bank Acct",
        "vendorBankAccount",
        "bank account 2",
        "payee acct",
        "myIBAN",
        "Social Sec. No.",
        "ssn4",
        "SSN/EIN",
        "Fed ID",
        "Federal Tax ID",
        "1099 TIN",
        "VAT No",
        "VAT reg no",
        "USt-IdNr",
        "UStID",
        "Steuernummer",
        "GSTIN",
        "ABN",
        "ABA",
        "BSB",
        "clabe",
        "SWIFT/BIC",
        "CC Number",
        "creditCardNo",
        "PAN",
        "apiKey",
        "api_key",
    ],
)
def test_a_name_of_a_number_looks_sensitive_however_it_is_written(name: str) -> None:
    assert looks_sensitive(name)


@pytest.mark.parametrize(
    "name",
    [
        "Account",
        "Account name",
        "Account ID",
        "chartOfAccountNumber",
        "GL account #",
        "Ledger account no",
        "Konto",
        "VAT",
        "VAT amount",
        "Tax rate",
        "tax_note",
        "Account notes",
        "Bank account name",
        "Check no",
        "Customer #",
        "invoiceNumber",
        "company",
        "Expand",
        "Discard no.",
        "must no",
        "Federal holiday",
        "has_bank_account",
    ],
)
def test_a_name_beside_them_does_not(name: str) -> None:
    assert not looks_sensitive(name)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"x": "DE89 3704 0044 0532 0130 00"}, {"x": HIDDEN}),
        ({"x": "DE88 3704 0044 0532 0130 00"}, {"x": "DE88 3704 0044 0532 0130 00"}),
        ({"x": 4111111111111111, "y": Decimal(4111111111111112)}, {"x": HIDDEN, "y": Decimal(4111111111111112)}),
        ({"x": ["4111 1111 1111 1111", "y"]}, {"x": [HIDDEN, "y"]}),
        ({"VAT": "DE136695976", "no": "DE136695976"}, {"VAT": HIDDEN, "no": "DE136695976"}),
        ({"VAT": "19.00"}, {"VAT": "19.00"}),
        ({"bank": {"no": "1", "name": "x"}}, {"bank": {"no": HIDDEN, "name": "x"}}),
        ({"x": '{"ssn": 1, "a": "b"}'}, {"x": '{"ssn":"(hidden)","a":"b"}'}),
        ({"x": '{"a":  "b"}'}, {"x": '{"a":  "b"}'}),
        ({"x": "[not JSON"}, {"x": "[not JSON"}),
    ],
)
def test_a_number_is_hidden_by_its_form_and_where_it_stands(given: dict[str, Any], shown: dict[str, Any]) -> None:
    assert without_secrets((), "", given) == shown


def test_of_its_own_fields_the_entity_table_decides() -> None:
    fields = BY_STREAM["bills"].fields
    assert without_secrets(fields, "invoiceNumber", "4111111111111111") == "4111111111111111"
    assert sensitive_key(BY_STREAM["chart_of_accounts"].fields, ["accountNumber"]) is None
    assert sensitive_key(BY_STREAM["vendors"].fields, ["name", "SSN"]) == "SSN"
