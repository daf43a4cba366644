"""Parameters and answer of a call, as the rules see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bill_simulator.behaviour.refusals import Refusal
from bill_simulator.encoding import decode, encode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Form(dict[str, str]):
    """The fields of a call.

    Attributes:
        file: The part of that name, if there is one.
        too_long: It was too long to be kept.
    """

    file: bytes | None = None
    too_long: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The `response_data` of a call that was served.

    Attributes:
        data: Its JSON; of a bulk call that of each element, or its refusal.
        rows: Objects in it; None where it has none.
        is_error: The top level of a bulk call says Error although the array is there.
    """

    data: bytes | Sequence[bytes | Refusal]
    rows: int | None = None
    is_error: bool = False


def answer_of(value: Any) -> Answer:
    """An answer that is no stored object."""
    return Answer(data=encode(value))


def needed(form: Mapping[str, str], name: str) -> str:
    """A form field; BDC_1108 without it (documented: error list)."""
    value = form.get(name)
    if not value:
        raise Refusal("BDC_1108", name)
    return value


def data_of(form: Mapping[str, str], *, required: bool) -> dict[str, Any]:
    """The JSON document in `data`; BDC_1122 when it is none (documented: error list)."""
    text = form.get("data")
    if not text:
        if required:
            raise Refusal("BDC_1108", "data")
        return {}
    try:
        data = decode(text)
    except ValueError:
        raise Refusal("BDC_1122") from None
    if not isinstance(data, dict):
        raise Refusal("BDC_1122")
    return data


def text_in(data: Mapping[str, Any], name: str) -> str:
    """A text in `data`; BDC_1108 without it."""
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise Refusal("BDC_1108", name)
    return value
