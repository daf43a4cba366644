"""Lists that are asked for often, each an option that stands for filters: `--overdue`, `--open`."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from bill_api.entities import ENTITIES
from bill_api.table.entity import Operation
from bill_cli.typed.days import WrongDayError, today, within
from bill_cli.typed.resources import name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bill_api.table.entity import Entity

log = logging.getLogger(__name__)

STATUS, APPROVAL, DUE = "paymentStatus", "approvalStatus", "dueDate"
OPEN = ("open", "partially paid")
"""Meanings of the status of what nothing, or not all, was paid of. A payment that is scheduled is on its way."""

WAITING = ("assigned", "approving")
"""Meanings of the status of what has approvers of whom not all have approved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A list that is asked for often.

    Attributes:
        option: The option.
        what: The objects in it, for people.
        codes: A field with codes, and the meanings of which one must hold; the evidence of both is in the table.
        due: Conditions on the day on which something is due; `{}` is what the option is given.
        takes: The word for what the option is given; empty where it is a flag.
    """

    option: str
    what: str
    codes: tuple[str, tuple[str, ...]]
    due: tuple[str, ...] = ()
    takes: str = ""

    @property
    def name(self) -> str:
        """The name of the option's value."""
        return self.option.removeprefix("--").replace("-", "_")

    def conditions(self, value: Any = None) -> list[str]:
        """The filters that it stands for."""
        field, meanings = self.codes
        until = "..." if value is None else value
        return [*(f"{DUE} {each.format(until)}" for each in self.due), f"{field} in {','.join(meanings)}"]

    def is_of(self, entity: Entity) -> bool:
        """True if an entity has the fields, and codes with these meanings."""
        field, meanings = self.codes
        known = entity.by_name[field].codes.values() if field in entity.by_name else ()
        return set(meanings) <= set(known) and (not self.due or DUE in entity.by_name)

    @property
    def entities(self) -> list[str]:
        """The lists that it is of."""
        return [name_of(each) for each in ENTITIES if each.offers(Operation.LIST) and self.is_of(each)]


READY = (
    Ready(option="--overdue", what="Due before today, and not paid in full", codes=(STATUS, OPEN), due=("< today",)),
    Ready(option="--open", what="Not paid in full", codes=(STATUS, OPEN)),
    Ready(
        option="--due-within",
        what="Due from today on within 14d, 2w or 1m, and not paid in full",
        codes=(STATUS, OPEN),
        due=(">= today", "<= {}"),
        takes="LENGTH",
    ),
    Ready(option="--waiting-for-approval", what="Approvers have not all approved", codes=(APPROVAL, WAITING)),
)
"""The ready-made lists."""


def ready_made_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """An option for each of them; its help says what it stands for, and of what there is such a list."""
    for each in reversed(READY):
        filters = " and ".join(f"'{text}'" for text in each.conditions("LENGTH"))
        text = f"{each.what}: --filter {filters} ({', '.join(each.entities)})."
        form: dict[str, Any] = {"metavar": each.takes} if each.takes else {"is_flag": True}
        function = click.option(each.option, each.name, help=text, **form)(function)
    return function


def ready_made(entity: Entity, given: Mapping[str, Any]) -> list[str]:
    """The conditions that the given options stand for; --verbose tells them.

    Args:
        entity: What is listed.
        given: The values of the options by their names.

    Raises:
        click.UsageError: There is no such list of this entity, or what the option was given is not read.
    """
    conditions: dict[str, None] = {}
    for each in READY:
        value = given.get(each.name)
        if not value:
            continue
        if not each.is_of(entity):
            raise click.UsageError(
                f"{each.option}: there is no such list of {name_of(entity)}; there is of {', '.join(each.entities)}"
            )
        texts = each.conditions(_until(each, value))
        log.debug("%s is --filter %s", each.option, " and ".join(f"'{text}'" for text in texts))
        conditions.update(dict.fromkeys(texts))
    return list(conditions)


def _until(each: Ready, value: Any) -> str:
    """The last day of the length that an option was given."""
    if not each.takes:
        return ""
    try:
        return within(str(value), today()).isoformat()
    except WrongDayError as error:
        raise click.UsageError(f"{each.option}: {error}") from None
