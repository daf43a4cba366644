"""The page: what the models say of each organization, in one file that needs no other."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bill_program.errors import SettingsError
from bill_report.ageing import PAYABLES, RECEIVABLES, ageing
from bill_report.build import Loaded, loaded_of
from bill_report.errors import ReportError, UnreadModelError
from bill_report.forecast import NAME as FORECAST
from bill_report.forecast import forecast
from bill_report.models import MODELS
from bill_report.parts import OrganizationFigures, Page, Section, Tile, written
from bill_report.spend import ACCOUNTS, VENDORS, spend
from bill_report.suspects import NAME as SUSPECTS
from bill_report.suspects import suspects
from bill_values.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bill_report.build import Build
    from bill_report.warehouse import Warehouse

ORGANIZATIONS_MAX = 20
"""More would make a page that no browser likes, and no person reads."""

LONG_WORD = re.compile(r"(?<=\S{12})(?=\S)")
"""Every place within a word that has so many letters before it."""

NAMELESS = "(no organization)"


def organizations(
    warehouse: Warehouse, build: Build | None, chosen: Sequence[str], names: dict[str, str], top: int
) -> tuple[OrganizationFigures, ...]:
    """All that the models say, for each organization by itself.

    Args:
        warehouse: The models.
        build: Their build.
        chosen: Ids of organizations; none for all that there are.
        names: Of organizations, by id.
        top: Rows of a table before the rest is one.

    Raises:
        SettingsError: An organization that is asked for is not there, or there are too many.
    """
    there = _ids(warehouse)
    if missing := [each for each in chosen if each not in there]:
        known = ", ".join(str(each) for each in there[:ORGANIZATIONS_MAX]) or "none"
        raise SettingsError(f"the models have no organization {', '.join(missing)}; they have: {known}")
    wanted = [each for each in there if not chosen or each in chosen]
    if len(wanted) > ORGANIZATIONS_MAX:
        raise SettingsError(
            f"the models have {len(wanted):,} organizations, and a page has at most {ORGANIZATIONS_MAX}: choose with "
            "--organization, which may be repeated"
        )
    return tuple(_organization(warehouse, build, each, names, top) for each in wanted)


def _ids(warehouse: Warehouse) -> list[str | None]:
    found: set[str | None] = set()
    unread: list[str] = []
    for model in MODELS:
        try:
            found |= {key for (key,) in warehouse.rows(model, "SELECT DISTINCT organization_id FROM model")}
        except UnreadModelError as error:  # its section says so, if there is any
            unread.append(str(error))
    if unread and not found:
        raise ReportError(f"no model that can be read has rows: {'; '.join(unread)}")
    return sorted(found, key=lambda each: each or "")


def _organization(
    warehouse: Warehouse, build: Build | None, key: str | None, names: dict[str, str], top: int
) -> OrganizationFigures:
    tiles: list[Tile] = []
    sections: list[Section] = []
    loaded, warning = _loaded(warehouse, key)
    for side in (PAYABLES, RECEIVABLES):
        with _read(sections, side.name):
            found = ageing(warehouse, side, key, loaded)
            tiles += found.tiles()
            sections.append(found.section(top))
    with _read(sections, FORECAST):
        sections.append(forecast(warehouse, key, loaded))
    with _read(sections, VENDORS, ACCOUNTS):
        sections += spend(warehouse, key, build.as_of if build else None, top, loaded)
    with _read(sections, SUSPECTS):
        section, tile = suspects(warehouse, key, top, loaded)
        sections.append(section)
        tiles.append(tile)
    name = names.get(key or "", key or NAMELESS)
    return OrganizationFigures(
        id=key or NAMELESS, name=name, warning=warning, tiles=tuple(tiles), sections=tuple(sections)
    )


def _loaded(warehouse: Warehouse, key: str | None) -> tuple[Loaded, str]:
    """The streams that were loaded; where it cannot be told, nothing is known to lack, and the reason."""
    try:
        return loaded_of(warehouse, key), ""
    except UnreadModelError as error:
        return Loaded(rows={}), f"A figure of zero may be one that was not read: {error}"


@contextmanager
def _read(sections: list[Section], *names: str) -> Iterator[None]:
    """The block that reads a model; one that cannot be read says so in the places of its sections."""
    try:
        yield
    except UnreadModelError as error:
        sections += [Section(name=each, unread=str(error)) for each in names]


def html(page: Page) -> Iterator[str]:
    """The page, piece by piece."""
    environment = Environment(
        loader=PackageLoader("bill_report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_written,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"cell": written, "breakable": _breakable}
    stream = environment.get_template("report.html").stream(page=page)
    stream.enable_buffering(100)
    return stream


def _breakable(text: str) -> Markup:
    """A text whose long words may end a line within: no name makes a table wider than its page."""
    return Markup("<wbr>").join(LONG_WORD.split(visible(text)))


def _written(value: Any) -> Any:
    """A value as it stands on the page: names steer no page."""
    return visible(value) if type(value) is str else value
