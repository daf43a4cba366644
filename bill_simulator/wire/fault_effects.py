"""Effects of faults on a bulk call: half of its elements, or an answer in reverse order."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bill_simulator.behaviour.refusals import Refusal
from bill_simulator.encoding import decode, encode
from bill_simulator.rules.calls import Form, data_of
from bill_simulator.wire.envelope import refused

if TYPE_CHECKING:
    from bill_simulator.behaviour.faults import Fault
    from bill_simulator.wire.envelope import Reply


def after_fault(reply: Reply, fault: Fault) -> Reply:
    """The answer that a fault leaves after the change was made."""
    if fault.kind == "error_after":
        return refused(Refusal(fault.code, text=fault.message))
    if fault.kind == "reordered":
        return replace(reply, data=encode(reversed_elements(decode(reply.data))))
    return reply


def first_half(form: Form) -> Form:
    """The form of a bulk call with the first half of its elements; one that is alone stays, as does any other form."""
    with suppress(Refusal):
        data = data_of(form, required=True)
        if isinstance(elements := data.get("bulk"), list):
            half = {**data, "bulk": elements[: (len(elements) + 1) // 2]}
            return Form({**form, "data": encode(half).decode()})
    return form


def reversed_elements(answer: Any) -> Any:
    """A bulk answer with its elements in reverse order; any other as it is."""
    is_bulk = isinstance(answer, dict) and isinstance(answer.get("bulk"), list)
    return {**answer, "bulk": answer["bulk"][::-1]} if is_bulk else answer
