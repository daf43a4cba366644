"""Faults on purpose: scripted by path, nth matching call and count, and random with a seed of their own.

A new kind is an entry in `KINDS`; if something arrives that is new, a `FaultAnswer` besides, which `wire/api.py` sends.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from decimal import Decimal
from enum import Enum, auto
from fnmatch import fnmatchcase
from random import Random
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_simulator.behaviour.given import as_given, check_details
from bill_simulator.behaviour.refusals import CODE, CODE_LIKE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CODE_OF_NONE = "BDC_1001"
"""The code of a refusal for which none is given."""

DELAY_MS_MAX = 24 * 3600 * 1000


class FaultAnswer(Enum):
    """What arrives at the caller of a call that a fault has struck."""

    AS_SERVED = auto()
    REFUSAL = auto()
    REVERSED = auto()
    DRIPPING = auto()
    HALF = auto()
    EDGE_PAGE = auto()
    NOTHING = auto()


UNSERVED = frozenset({FaultAnswer.REFUSAL, FaultAnswer.EDGE_PAGE, FaultAnswer.NOTHING})
"""What can arrive of a call that was not served; any other answer would invent a success."""

BELIEVED = frozenset({FaultAnswer.AS_SERVED, FaultAnswer.DRIPPING})
"""Answers that say of a call that was served what it did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultKind:
    """One kind of fault: all that `wire/api.py` does about it.

    Attributes:
        committed: The call is served, and its change kept.
        arrives: What its caller gets.
        held: The call first waits, in its place of the few at once, after key, hour, session and place were checked.
        halves: Of a bulk call only the first half of the elements is served.
        ends_session: The session of the call is over before it is looked at: the rules refuse it.
        doc: The effect, as the client sees it.
    """

    committed: bool
    arrives: FaultAnswer
    held: bool = False
    halves: bool = False
    ends_session: bool = False
    doc: str

    def __post_init__(self) -> None:
        if not self.committed and self.arrives not in UNSERVED:
            message = f"nothing is served, so what arrives cannot be {self.arrives.name}"
            raise ValueError(message)
        if self.committed and self.arrives is FaultAnswer.AS_SERVED and not (self.held or self.halves):
            message = "everything is served and answered: that is no fault"
            raise ValueError(message)
        if self.halves and not self.committed:
            message = "half of a call that is not served is nothing"
            raise ValueError(message)
        if self.ends_session and (self.committed or self.arrives is not FaultAnswer.REFUSAL):
            message = "a call whose session is over is refused"
            raise ValueError(message)

    @property
    def misleads(self) -> bool:
        """True when a change is kept, and nothing that arrives says so of each object."""
        return self.committed and self.arrives not in BELIEVED

    @property
    def takes_code(self) -> bool:
        """True when the answer is a refusal whose code can be chosen."""
        return self.arrives is FaultAnswer.REFUSAL and not self.ends_session

    @property
    def prevents(self) -> bool:
        """True when the call does not even come to the rules."""
        return not (self.committed or self.held or self.ends_session)


KINDS: Mapping[str, FaultKind] = MappingProxyType(
    {
        "drop_before": FaultKind(
            committed=False,
            arrives=FaultAnswer.NOTHING,
            doc="nothing happens; the connection closes without an answer",
        ),
        "drop_after": FaultKind(
            committed=True,
            arrives=FaultAnswer.NOTHING,
            doc="the change is kept; the connection closes without an answer",
        ),
        "stall": FaultKind(
            committed=False,
            arrives=FaultAnswer.NOTHING,
            held=True,
            doc="nothing happens and nothing is answered until the client goes away, or until `delay_ms` have passed "
            "and the connection closes",
        ),
        "late": FaultKind(
            committed=True,
            arrives=FaultAnswer.AS_SERVED,
            held=True,
            doc="after `delay_ms`, or once the client has given up, the change is made; it is answered if the client "
            "still listens",
        ),
        "error": FaultKind(
            committed=False,
            arrives=FaultAnswer.REFUSAL,
            doc="nothing happens; BILL answers with `code` (and `message`)",
        ),
        "html_502": FaultKind(
            committed=False,
            arrives=FaultAnswer.EDGE_PAGE,
            doc="nothing happens; HTTP 502 with an HTML page from the edge",
        ),
        "cut_json": FaultKind(
            committed=True,
            arrives=FaultAnswer.HALF,
            doc="the change is kept; HTTP 200 with the first half of the JSON",
        ),
        "error_after": FaultKind(
            committed=True,
            arrives=FaultAnswer.REFUSAL,
            halves=True,
            doc="the change is kept, of a bulk call that of the first half of its elements; BILL answers with `code` "
            "(and `message`) for the call as a whole",
        ),
        "reordered": FaultKind(
            committed=True,
            arrives=FaultAnswer.REVERSED,
            doc="the change is kept; the elements of a bulk answer come in reverse order",
        ),
        "drip": FaultKind(
            committed=True,
            arrives=FaultAnswer.DRIPPING,
            doc="the change is kept; the answer comes a byte at a time, four in a second",
        ),
        "expire_session": FaultKind(
            committed=False,
            arrives=FaultAnswer.REFUSAL,
            ends_session=True,
            doc="the session of the call is over: BDC_1109",
        ),
    }
)


def every_kind(
    variants: Mapping[str, Sequence[Mapping[str, Any]]], *, without: Mapping[str, str]
) -> tuple[dict[str, Any], ...]:
    """Faults of all kinds, for whoever must stand them all: a kind that is new is among them.

    Args:
        variants: For a kind, the details of each of its faults; by default there is one without any.
        without: The kinds to leave out, with the reason.

    Raises:
        ValueError: A name that is no kind, or a kind that is left out and has variants.
    """
    if wrong := {*variants, *without} - KINDS.keys() | variants.keys() & without.keys():
        message = f"no kinds of fault, or both left out and varied: {', '.join(sorted(wrong))}"
        raise ValueError(message)
    kinds = [kind for kind in KINDS if kind not in without]
    return tuple({"kind": kind, **details} for kind in kinds for details in variants.get(kind, ({},)))


DELAYED = f"delay_ms is for {' and '.join(name for name, kind in KINDS.items() if kind.held)}"
CODED = f"code and message are for {' and '.join(name for name, kind in KINDS.items() if kind.takes_code)}"
PATHS = "path must be a pattern of what comes after /api/v2, such as * or /List/Bill.json"


@dataclass(slots=True, kw_only=True)
class Fault:
    """One scripted fault.

    Attributes:
        kind: One of `KINDS`.
        path: Pattern of the path after `/api/v2`, e.g. `/List/*` or `/Bulk/Crud/Create/Bill.json`.
        nth: The first matching call that it may strike, from 1, counted since it was scripted.
        count: Number of matching calls that it strikes from there on; 0 is every one.
        chance: Probability that it strikes each of them, above 0 up to 1, which is always.
        seed: Of its own dice: the same matching calls are struck again.
        delay_ms: For `stall` and `late`, the wait of the call in real time; None and 0 until the client goes away.
        code: For `error` and `error_after`, the code of BILL's answer; by default BDC_1001.
        message: For the same, its text; by default BILL's own for the code.
        matched: Number of calls that have matched.
        fired: Number of calls that it has struck, those included that were refused for key, hour, session or place.
    """

    kind: str
    path: str = "*"
    nth: int = 1
    count: int = 1
    chance: float = 1.0
    seed: int = 1
    delay_ms: int | None = None
    code: str | None = None
    message: str | None = None
    matched: int = field(default=0, init=False)
    fired: int = field(default=0, init=False)
    _dice: Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.kind, str) or self.kind not in KINDS:
            message = f"unknown fault {as_given(self.kind)}; there are: {', '.join(KINDS)}"
            raise ValueError(message)
        for right, message in (
            (isinstance(self.path, str) and can_match(self.path), PATHS),
            (is_whole(self.nth, 1), "nth must be a whole number from 1"),
            (is_whole(self.count, 0), "count must be a whole number from 0"),
            (is_share(self.chance), "chance must be a number above 0, up to 1"),
            (is_whole(self.seed), "seed must be a whole number"),
            (
                self.delay_ms is None or (is_whole(self.delay_ms, 0) and self.delay_ms <= DELAY_MS_MAX),
                f"delay_ms must be a whole number from 0 to {DELAY_MS_MAX}",
            ),
            (not self.delay_ms or self.declared.held, DELAYED),
            (self.code is None or (isinstance(self.code, str) and CODE.fullmatch(self.code)), f"code {CODE_LIKE}"),
            (isinstance(self.message, str | None), "message must be a text"),
            ((self.code, self.message) == (None, None) or self.declared.takes_code, CODED),
        ):
            if not right:
                raise ValueError(message)
        if self.code is None and self.declared.takes_code:
            self.code = CODE_OF_NONE
        self.chance = float(self.chance)
        self._dice = Random(self.seed)  # noqa: S311  repeatable, not secret

    def is_due(self, path: str) -> bool:
        """Count a call that matches; True if it is one to strike."""
        if not fnmatchcase(path, self.path):
            return False
        self.matched += 1
        if self.matched < self.nth or (self.count and self.fired >= self.count):
            return False
        return self._dice.random() < self.chance

    @property
    def declared(self) -> FaultKind:
        """What its kind does."""
        return KINDS[self.kind]

    def described(self) -> dict[str, Any]:
        """The script, and what it has done so far."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.repr}


class Faults:
    """The faults to come."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def script(self, details: Mapping[str, Any]) -> Fault:
        """Add a fault; ValueError says what is wrong with it."""
        check_details(Fault, details, "a fault")
        fault = Fault(**details)
        self._faults.append(fault)
        return fault

    def take(self, path: str) -> Fault | None:
        """The fault that strikes this call, if any.

        Every fault throws its own dice at every call that it matches, whatever the others do. Of several that are due
        the first scripted strikes; the others keep their count, and throw again at the next call.
        """
        due = [each for each in self._faults if each.is_due(path)]
        if not due:
            return None
        due[0].fired += 1
        return due[0]

    def clear(self) -> None:
        """No more faults; a call that one of them holds goes on waiting."""
        self._faults.clear()

    @staticmethod
    def kinds() -> dict[str, str]:
        """Every kind of fault with its meaning."""
        return {name: kind.doc for name, kind in KINDS.items()}

    def described(self) -> list[dict[str, Any]]:
        """Every fault with what it has done so far."""
        return [each.described() for each in self._faults]


def can_match(pattern: str) -> bool:
    """True if a pattern can match the path of a call, which begins with a slash and has no `/api/v2` before it."""
    return pattern[:1] in {"/", "*", "?", "["} and pattern != "/" and not pattern.startswith("/api/")


def is_whole(value: object, least: int | None = None) -> bool:
    """True for a whole number that is not below the least."""
    return isinstance(value, int) and not isinstance(value, bool) and (least is None or value >= least)


def is_share(value: object) -> bool:
    """True for a number above 0, up to 1."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool) and 0 < value <= 1
