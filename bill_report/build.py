"""The build that a page is of: its days, and the streams of which something had been loaded."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bill_report.errors import UnreadModelError
from bill_report.models import LOADED, MODELS
from bill_report.warehouse import BUILD

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from bill_report.warehouse import Warehouse


@dataclass(frozen=True, slots=True, order=True)
class Build:
    """The days of a build.

    Attributes:
        built_on: The day on which it was made, and so of the balances.
        as_of: The day of the ageing.
    """

    built_on: date
    as_of: date

    @property
    def told(self) -> str:
        """The days for people."""
        return f"Balances as read until {self.built_on}, aged as of {self.as_of}."

    @property
    def warning(self) -> str:
        """A reservation where the days differ; empty where they do not."""
        past = "Balances of a past day are in bill__open_balance_daily."
        if self.as_of < self.built_on:
            return (
                f"These are no balances of {self.as_of}: what was entered since is in them, what was paid since is not."
                f" {past}"
            )
        if self.as_of > self.built_on:
            return f"{self.as_of} was to come: what is entered or paid until then is not in the figures."
        return ""


def build_of(warehouse: Warehouse) -> Build | None:
    """The build of most models, the newest among equals; None where no model has a row.

    Models of another build are set aside, and so are those that cannot be read: no page mixes the figures of two.
    """
    found: dict[str, list[Build]] = {}
    for model in MODELS:
        try:
            rows = warehouse.rows(model, "SELECT DISTINCT built_on::DATE, as_of::DATE FROM model")
        except UnreadModelError as error:
            warehouse.set_aside(model, str(error))
        else:
            found[model.name] = [Build(*days) for days in rows if None not in days]
    counted = Counter(each for builds in found.values() for each in builds)
    if not counted:
        return None
    most = max(counted, key=lambda each: (counted[each], each))
    for model in MODELS:
        if others := [each for each in found.get(model.name, ()) if each != most]:
            days = f"built on {others[0].built_on}, as of {others[0].as_of}"
            warehouse.set_aside(
                model,
                f"{model.name} is of another build ({days}) than most models (built on {most.built_on}, as of "
                f"{most.as_of}): {BUILD} together",
            )
    return most


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The rows of an organization by stream.

    Attributes:
        rows: By stream; empty where they are not known.
    """

    rows: Mapping[str, int]

    def lacks(self, stream: str) -> bool:
        """True if a stream has no row, and what is counted of it is no figure."""
        return bool(self.rows) and not self.rows.get(stream)


def loaded_of(warehouse: Warehouse, organization: str | None) -> Loaded:
    """The streams that were loaded of an organization.

    Raises:
        UnreadModelError: The model cannot be read.
    """
    query = "SELECT stream, row_count FROM model WHERE organization_id IS NOT DISTINCT FROM $1"
    return Loaded(rows=dict(warehouse.rows(LOADED, query, [organization])))


def none_of(documents: str) -> str:
    """The words for documents of which there is no row."""
    return f"No {documents} are in the warehouse: BILL has none, or they were not read."
