"""Lists in the order in which they go out, of which the next ones are asked for ahead.

Most lists of most organizations have few pages, and the SDK asks for one list after the other: two of the three places
that BILL has for an organization would stand empty, and all those of other organizations. So while one list is read,
the first pages of the next few are on their way, whichever organizations they are of. A list with many pages fills the
three places by itself, when its turn comes.

What goes wrong with a page that was asked for ahead is raised where it is taken: when the turn of its list has come.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

LISTS_AHEAD = 12
"""Lists whose first pages may be under way or wait for their turn, and so the most pages that are held for them.

Four for each place of an organization: none stands empty while a list needs a second page. Where there are many
organizations, the next lists are of different ones, and as many calls at once as four of them may have.
"""


LARGE_AHEAD = 4
"""Of these, lists that are read from the beginning: their first pages may be as long as BILL's pages are. One more than
an organization has places."""


class BegunReading(Protocol):
    """A reading that has begun."""

    @property
    def may_be_large(self) -> bool:
        """True if it reads everything of a list, and not only what has changed."""


Begun_co = TypeVar("Begun_co", bound=BegunReading, covariant=True)


class Turn(Protocol[Begun_co]):
    """The reading of one list of one organization; equal to another one of the same."""

    def begin(self) -> Begun_co:
        """Ask for the first page."""


class ReadAhead(Generic[Begun_co]):
    """Begins readings before it is their turn.

    Args:
        turns: The order in which readings go out; those that never come are not among them.
    """

    def __init__(self, turns: Iterable[Turn[Begun_co]] = ()) -> None:
        self._coming = deque(turns)
        self._begun: dict[Turn[Begun_co], Begun_co] = {}

    def take(self, turn: Turn[Begun_co]) -> Begun_co:
        """The reading whose turn it is: begun ahead, or now."""
        if turn in self._begun:
            return self._begun.pop(turn)
        if self._coming and self._coming[0] == turn:
            self._coming.popleft()
        return turn.begin()

    def go_on(self) -> None:
        """Begin the next readings, as far as there is room."""
        while self._coming and self._has_room:
            turn = self._coming.popleft()
            self._begun[turn] = turn.begin()

    @property
    def _has_room(self) -> bool:
        large = sum(each.may_be_large for each in self._begun.values())
        return len(self._begun) < LISTS_AHEAD and large < LARGE_AHEAD
