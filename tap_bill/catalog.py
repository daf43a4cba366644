"""The catalog that is given to the tap, made to fit its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_api.entities import BY_STREAM
from bill_api.table.entity import ORGANIZATION_ID, snake
from bill_program.errors import SettingsError
from bill_singer.naming import column_of
from tap_bill.schema import KEY_PROPERTIES

if TYPE_CHECKING:
    from singer_sdk.singerlib import Catalog, CatalogEntry

    from tap_bill.settings import TapSettings


def fit(catalog: Catalog, settings: TapSettings) -> None:
    """Take out what the settings withhold, and put back the keys that some tools lose, so that no row is doubled.

    Raises:
        SettingsError: The catalog was made for the other naming.
    """
    organization, *_ = keys = [column_of(each, settings.naming) for each in KEY_PROPERTIES]
    for entry in catalog.streams:
        properties = entry.schema.properties or {}
        for name in {ORGANIZATION_ID, snake(ORGANIZATION_ID)} - {organization}:
            if name in properties:
                raise SettingsError(
                    f"the catalog has the column `{name}` in the stream `{entry.tap_stream_id}`, and with `naming: "
                    f"{settings.naming}` it is `{organization}`; make the catalog anew with `--discover`"
                )
        if organization in properties:
            entry.key_properties = entry.key_properties or keys
        _withhold(entry, settings)


def _withhold(entry: CatalogEntry, settings: TapSettings) -> None:
    entity = BY_STREAM.get(entry.tap_stream_id)
    for each in settings.withheld(entity) if entity else ():
        name = column_of(each, settings.naming)
        (entry.schema.properties or {}).pop(name, None)
        entry.metadata.pop(("properties", name), None)
