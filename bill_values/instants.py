"""Instants as BILL writes them, and as RFC 3339 does."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

_WIRE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", re.ASCII)

_INSTANTS_KEPT = 1024
"""A document and its lines have the same times."""


def parse_instant(text: str) -> datetime | None:
    """Read an instant, as UTC, in BILL's form or in RFC 3339; None when it is neither."""
    try:
        instant = datetime.fromisoformat(text)
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def is_wire_instant(value: Any) -> bool:
    """True if a value is an instant in BILL's own form (live, in every sample): these sort as texts."""
    return isinstance(value, str) and _WIRE.fullmatch(value) is not None and parse_instant(value) is not None


def in_wire_form(instant: datetime) -> str:
    """An instant in BILL's form, to the millisecond."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "+0000"


def wire_instant(instant: datetime) -> str:
    """An instant as BILL takes it: whole seconds, `+0000` (documented: V2 api-response-format)."""
    return in_wire_form(instant.replace(microsecond=0))


def rfc3339(text: Any) -> Any:
    """BILL's datetime as RFC 3339 UTC with whole seconds; anything unreadable passes unchanged.

    Milliseconds are .000 nearly always; others do occur (live). They are cut off so that bookmarks compare as text, and
    what is asked for since an instant begins with its second.
    """
    return _in_seconds(text) if isinstance(text, str) else text


@lru_cache(_INSTANTS_KEPT)
def _in_seconds(text: str) -> str:
    if _WIRE.fullmatch(text):
        return text[:19] + "Z"
    instant = parse_instant(text)
    return text if instant is None else instant.isoformat(timespec="seconds").removesuffix("+00:00") + "Z"
