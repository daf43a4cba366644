"""Context of a call that the rules serve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bill_api.entity import Entity
    from bill_simulator.behaviour.limits import Limits
    from bill_simulator.behaviour.switches import Switches
    from bill_simulator.state.books import Books
    from bill_simulator.state.shapes import Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Everything that a rule needs to know about the call it serves.

    Attributes:
        books: Of the session's organization.
        switches: Of this simulator.
        limits: Of this simulator.
        user_id: The user who is signed in.
        now: The second of the call, on BILL's wire.
    """

    books: Books
    switches: Switches
    limits: Limits
    user_id: str
    now: str

    def shape(self, entity: Entity) -> Shape:
        """The stored form of an entity."""
        return self.books.table(entity).shape
