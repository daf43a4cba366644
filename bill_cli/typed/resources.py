"""Names of BILL's entities on the command line: `bill`, `vendor-bank-account`, also `bills`."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from bill_api.entities import ENTITIES
from bill_api.table.entity import Entity, Operation, snake

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def name_of(entity: Entity) -> str:
    """`vendor-bank-account` for VendorBankAccount."""
    return snake(entity.name).replace("_", "-")


def plural_of(entity: Entity) -> str:
    """`vendor bank accounts`: several of them, in a sentence."""
    return entity.stream.replace("_", " ")


@cache
def _by_name() -> Mapping[str, Entity]:
    """Entities by every name that is taken, as `spelling` spells it."""
    named = {each.stream: each for each in ENTITIES} | {snake(each.name): each for each in ENTITIES}
    return MappingProxyType(named | {each.name.lower(): each for each in ENTITIES})


def entity_named(text: str) -> Entity | None:
    """The entity that a person means: `bill`, `bills`, `vendor-bank-account`, `vendor_bank_accounts`, `Bill`."""
    return _by_name().get(text.replace("-", "_").lower())


def entity_of(ctx: click.Context) -> Entity | None:
    """The RESOURCE on a command line that is being completed; None before it is given."""
    # An option that still lacks its value keeps click from reading the arguments.
    found = ctx.params.get("resource") or next(filter(None, map(entity_named, ctx.args)), None)
    return found if isinstance(found, Entity) else None


class Resource(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions of click only
    """An entity that has an operation.

    Args:
        operation: What is to be done with it; None for an entity of any kind.
    """

    name = "resource"

    def __init__(self, operation: Operation | None = None) -> None:
        self.operation = operation

    @property
    def names(self) -> list[str]:
        """Those that can be given."""
        return [name_of(each) for each in ENTITIES if self.takes(each)]

    def takes(self, entity: Entity) -> bool:
        """True if it is one of those that can be given."""
        return self.operation is None or entity.offers(self.operation)

    def refusal(self, entity: Entity) -> str:
        """The reason for which it is none of those."""
        if self.operation is None:
            return f"{name_of(entity)} is none of those that can be given"
        known = "nothing says that BILL offers" if self.operation in entity.unknown else "BILL does not offer"
        return f"{known} `{self.operation.value.replace('_', ' ')}` for {name_of(entity)}"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Entity:
        """The entity of a name."""
        if isinstance(value, Entity):
            return value
        entity = entity_named(value)
        if entity is None:
            near = get_close_matches(value.lower(), [name_of(each) for each in ENTITIES], n=3)
            hint = f"did you mean {', '.join(near)}?" if near else f"there are: {', '.join(self.names)}"
            self.fail(f"{value!r} is nothing that BILL has; {hint}", param, ctx)
        if not self.takes(entity):
            self.fail(f"{self.refusal(entity)}; it does for: {', '.join(self.names)}", param, ctx)
        return entity

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002  click's signature
        """Names that begin like this."""
        return [CompletionItem(each) for each in self.names if each.startswith(incomplete)]


class ResourceWith(Resource):
    """An entity that BILL takes in a call of its own kind.

    Args:
        verb: What is done, as the command says it.
        takes: True for the entities that BILL is known to take.
    """

    def __init__(self, verb: str, takes: Callable[[Entity], bool]) -> None:
        super().__init__(Operation.READ)
        self.verb, self._takes = verb, takes

    def takes(self, entity: Entity) -> bool:
        """True if BILL is known to take it."""
        return self._takes(entity)

    def refusal(self, entity: Entity) -> str:
        """No source names it."""
        return f"nothing says that BILL offers `{self.verb}` for {name_of(entity)}"
