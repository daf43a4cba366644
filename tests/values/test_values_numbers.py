"""One reader of numbers in texts: what Python reads besides the digits 0 to 9 is no number anywhere."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from programs import TIMEOUT_S

from bill_program.environment import typed
from bill_program.errors import SettingsError
from bill_simulator.defaults import ORGANIZATION_ID
from bill_singer.schemas import SchemaError, resolved
from bill_values.numbers import exact_number, scientific_number, whole_number
from target_bill.settings import Options
from target_duckdb.errors import UnfitError
from target_duckdb.values import decimal_text

if TYPE_CHECKING:
    from bill_simulator import Simulator

NONE = ["1_000", "\u0661\u0662", "\uff11", "1 000", "1,000", "0x10", "", "-", "1.", "\u00b2", "five", "9" * 5000]


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_number_is_none_to_every_reader(text: str) -> None:
    assert whole_number(text) is None
    assert exact_number(text) is None
    assert typed("integer", text) == text
    if text:
        with pytest.raises(SettingsError, match="max_total_amount"):
            Options.of({"max_total_amount": text})


@pytest.mark.parametrize("sign", ["", "+", "-"])
def test_a_number_has_a_hundred_digits_at_most_on_each_side_of_its_point(sign: str) -> None:
    most = sign + "9" * 100
    assert whole_number(most) == exact_number(most) == int(most)
    assert exact_number(f"{most}.{'9' * 100}") == Decimal(f"{most}.{'9' * 100}")
    assert whole_number(most + "9") is None
    assert exact_number(most + "9") is None
    assert exact_number(f"{most}.{'9' * 101}") is None


@given(st.text(st.sampled_from("+-_.0123456789eE \u0661\uff11\u00b2")))
def test_a_number_is_made_of_the_digits_0_to_9_alone(text: str) -> None:
    for read in (whole_number, exact_number):
        assert read(text) is None or not set(text) - set("+-.0123456789")
    assert scientific_number(text) is None or not set(text) - set("+-.0123456789eE ")


@pytest.mark.parametrize("text", ["1_000", "\u0661\u0662", "\uff11.5"])
def test_a_number_of_a_record_that_came_as_a_text_is_one_of_the_digits_too(text: str) -> None:
    with pytest.raises(UnfitError, match="is not a number"):
        decimal_text(38, 10)(text)


@pytest.mark.parametrize("place", ["\u0660", "0_0", "-1"])
def test_a_reference_into_a_list_counts_in_digits(place: str) -> None:
    field = {"$ref": f"#/anyOf/{place}"}
    with pytest.raises(SchemaError, match="which is not in the schema"):
        resolved({"anyOf": [{"type": "string"}], "properties": {"a": field}})


SIMULATOR_OPTIONS = [
    "--port", "--seed", "--vendors", "--customers", "--bills", "--invoices", "--latency-ms", "--write-latency-ms",
    "--limit-concurrent", "--limit-requests-per-hour", "--limit-logins-per-hour", "--limit-session-idle-s",
    "--parent-pid",
]  # fmt: skip
PARSED = """
import click
from bill_simulator.command_line import simulator
for option in {options!r}:
    for text in ("1_000", "\\u0661", "5,5", "9" * 5000):
        try:
            simulator.make_context("bill-simulator", [option, text])
        except click.BadParameter as error:
            assert "\\n" not in error.format_message(), option
        else:
            raise AssertionError((option, text))
"""


def test_the_simulator_takes_no_other_number_for_any_option() -> None:
    code = PARSED.format(options=SIMULATOR_OPTIONS)
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("text", ["1_000", "\u0661", "9" * 5000])
def test_the_simulators_page_takes_none(empty: Simulator, text: str) -> None:
    reply = requests.get(
        f"{empty.url}/_simulator/page/rows",
        {"entity": "Vendor", "organization": ORGANIZATION_ID, "max": text},
        timeout=TIMEOUT_S,
    )
    assert reply.status_code == 400
    assert "whole number" in reply.text
