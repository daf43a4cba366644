"""Rules of target-bill, each broken on purpose: what watches over them must notice."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

from bill_api.identity import keys as identity
from target_bill import rounds
from target_bill.input import checks as of_document
from target_bill.input.spool import Spool
from target_bill.input.versions import Standing
from target_bill.ledger.ledger import Ledger
from target_bill.plan import checks as of_change
from target_bill.plan.conflicts import Conflicts
from target_bill.plan.planner import Planner

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def _last_wins(versions: Sequence[Any]) -> list[Standing]:
    return [*[Standing.SUPERSEDED] * (len(versions) - 1), Standing.CURRENT]


def _none(*_: Any, **__: Any) -> None:
    return None


def _nothing(*_: Any, **__: Any) -> tuple[()]:
    return ()


def _no(*_: Any, **__: Any) -> bool:
    return False


def _yes(*_: Any, **__: Any) -> bool:
    return True


def _key_without_stream(*arguments: Any, **named: Any) -> Any:
    return identity.record_key(*arguments, **{**named, "stream": ""})


def _key_without_source(*arguments: Any, **named: Any) -> Any:
    return identity.record_key(*arguments, **{**named, "source": ""})


RULES: Mapping[str, tuple[Any, str, Any]] = {
    "versions": (rounds, "standings", _last_wins),
    "claims": (Conflicts, "_without_owner", _nothing),
    "claims on what is given up": (Conflicts, "_gives_up", _no),
    "claims on what its owner leaves": (Conflicts, "_moves_on", _no),
    "ownership": (Ledger, "owner_of", _none),
    "rename": (of_change, "renamed", _none),
    "takes away": (of_change, "takes_away", _none),
    "own total": (of_document, "own_total", _nothing),
    "below zero": (of_document, "below_zero", _nothing),
    "another party": (of_change, "another_party", _none),
    "streams": ("target_bill.input.parser", "record_key", _key_without_stream),
    "sources": ("target_bill.input.parser", "record_key", _key_without_source),
    "spelling": (identity, "folded", str),
    "waiting for owners": (Planner, "_is_open", _no),
    "one creates": (Spool, "begin", _yes),
    "key is taken": (Planner, "_taken", _nothing),
    "broken text": ("target_bill.input.parser", "_broken", _nothing),
    "blank keys": ("target_bill.input.parser", "_nameless", _nothing),
    "made for what passes": (Planner, "would_be_written", _yes),
}


@contextmanager
def broken(rule: str | None) -> Iterator[None]:
    """The target without one of its rules."""
    if rule is None:
        yield
        return
    place, name, instead = RULES[rule]
    target = (
        place
        if isinstance(place, str)
        else f"{place.__module__}.{place.__qualname__}"
        if isinstance(place, type)
        else place.__name__
    )
    with mock.patch(f"{target}.{name}", instead):
        yield
