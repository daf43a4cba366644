"""Rules of target-bill, each broken on purpose: what watches over them must notice."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

from bill_api import identity
from target_bill import gates, loader
from target_bill.claims import Claims
from target_bill.decider import Decider
from target_bill.ledger import Ledger
from target_bill.spool import Spool
from target_bill.versions import Standing

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
    "versions": (loader, "standings", _last_wins),
    "claims": (Claims, "_without_owner", _nothing),
    "claims on what is given up": (Claims, "_gives_up", _no),
    "claims on what its owner leaves": (Claims, "_moves_on", _no),
    "ownership": (Ledger, "owner_of", _none),
    "rename": (gates, "renamed", _none),
    "takes away": (gates, "takes_away", _none),
    "own total": (gates, "own_total", _nothing),
    "below zero": (gates, "below_zero", _nothing),
    "another party": (gates, "another_party", _none),
    "streams": ("target_bill.desk", "record_key", _key_without_stream),
    "sources": ("target_bill.desk", "record_key", _key_without_source),
    "spelling": (identity, "folded", str),
    "waiting for owners": (Decider, "_is_open", _no),
    "one creates": (Spool, "begin", _yes),
    "key is taken": (Decider, "_taken", _nothing),
    "broken text": ("target_bill.desk", "_broken", _nothing),
    "blank keys": ("target_bill.desk", "_nameless", _nothing),
    "made for what passes": (Decider, "would_be_written", _yes),
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
