"""Names in rows of an update, against what BILL has in their places: one that a list shows there is no change.

It is not looked up then: what it means may be deleted, or two may be called so, and the object refers to its own all
the same. Only another name is one of those that people look up.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bill_api.entities import BY_NAME
from bill_api.table.kinds import is_empty
from bill_cli.showing.names import is_called, objects_of
from bill_cli.typed.names import is_shown_as
from bill_cli.typed.option_values import Named

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bill_api.client import BillClient
    from bill_cli.typed.bodies import Body

    Object = Mapping[str, Any]
    Take = Callable[[Named, str], Any]


def with_known_ids(client: BillClient, rows: Sequence[Body], stored: Sequence[Object]) -> list[Body]:
    """The rows with BILL's id wherever they name what BILL has in that place, also in lines that have their ids.

    Args:
        client: Is asked for what the objects refer to, a hundred per call.
        rows: As they were read.
        stored: The object of each; empty where it is not given.
    """
    ids: dict[str, set[str]] = {}

    def collect(named: Named, bill_id: str) -> Any:
        if is_called(named.entity):
            ids.setdefault(named.entity.name, set()).add(bill_id)
        return named

    for row, obj in zip(rows, stored, strict=True):
        _met(row, obj, collect)
    referred: dict[str, Object] = {}
    for name, some in ids.items():
        referred |= objects_of(client, BY_NAME[name], some)

    def known(named: Named, bill_id: str) -> Any:
        return bill_id if _says(named, bill_id, referred.get(bill_id, {})) else named

    return [_met(row, obj, known) for row, obj in zip(rows, stored, strict=True)]


def _says(named: Named, bill_id: str, obj: Object) -> bool:
    """True for a name that a list shows for this id; where it knows none, that is the id."""
    if named.suffix is None and named.text.strip() == bill_id:
        return True
    return is_shown_as(named.entity, obj, named.text, named.suffix)


def _met(row: Body, stored: Object, take: Take) -> Body:
    doubtful = [
        replace(each, values=tuple(_taken(value, stored.get(each.field.name), take) for value in each.values))
        for each in row.doubtful
    ]
    return replace(row, obj=_taken(row.obj, stored, take), doubtful=doubtful)


def _taken(value: Any, stored: Any, take: Take) -> Any:
    """A value with what is taken for each name in it, where BILL has an id in its place."""
    if isinstance(value, Named):
        return take(value, stored) if isinstance(stored, str) and not is_empty(stored) else value
    if isinstance(value, dict):
        held = stored if isinstance(stored, dict) else {}
        return {name: _taken(each, held.get(name), take) for name, each in value.items()}
    if isinstance(value, list):
        lines = {each["id"]: each for each in stored or () if isinstance(each, dict) and each.get("id")}
        return [_taken(each, lines.get(each.get("id")) if isinstance(each, dict) else None, take) for each in value]
    return value
