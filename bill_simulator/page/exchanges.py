"""Form fields and answers of calls, for people: readable, and without their secrets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from bill_api.entities import ENTITIES
from bill_simulator.encoding import decode, encode
from bill_simulator.state.request_log import TEXT_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bill_api.table.fields import Field
    from bill_simulator.state.request_log import Exchange

MASK = "(hidden)"
SECRETS = frozenset({"password", "devKey", "sessionId", "sid", "mfaId", "deviceId", "token"})
"""Names of what lets somebody in, in forms and in answers."""


def _sensitive(fields: tuple[Field, ...]) -> Iterator[str]:
    for each in fields:
        if each.sensitive:
            yield each.name
        yield from _sensitive(each.item_fields)


HIDDEN = SECRETS | {name for entity in ENTITIES for name in _sensitive(entity.fields)}
# The end may be missing: of a long text only the beginning is kept.
IN_TEXT = re.compile(
    rf'"({"|".join(sorted(HIDDEN))})"(\s*:\s*)(?:"(?:[^"\\]|\\.)*(?:"|\\?$)|[^\s",\]}}\[{{]+)', re.DOTALL
)


def shown(exchange: Exchange) -> dict[str, Any]:
    """The fields of a call and its answer, in the order in which they came."""
    fields = [{"name": name, "text": _field(name, text)} for name, text in exchange.sent.items()]
    if exchange.file_size:
        fields.append({"name": "file", "text": f"({exchange.file_size:,} bytes)"})
    return {
        "sent": fields,
        "answer": readable(exchange.answer.decode("utf-8", "replace")),
        "size": exchange.size,
        "kept": len(exchange.answer),
    }


def _field(name: str, text: str) -> str:
    if name in HIDDEN:
        return MASK if text else ""
    return readable(text) + ("\n..." if len(text) == TEXT_MAX else "")


def readable(text: str) -> str:
    """JSON in lines; any other text, or the beginning of one, as it is. What is secret is hidden."""
    try:
        value = decode(text)
    except ValueError:
        return IN_TEXT.sub(rf'"\1"\2"{MASK}"', text)
    return msgspec.json.format(encode(_masked(value)), indent=2).decode()


def _masked(value: Any) -> Any:
    if isinstance(value, list):
        return [_masked(each) for each in value]
    if isinstance(value, dict):
        return {name: MASK if name in HIDDEN and each else _masked(each) for name, each in value.items()}
    return value
