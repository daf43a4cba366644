"""Settings of tap-bill-csv."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from bill_api.settings import Settings, declared
from bill_documents.mapping.declaration import FileEntry


class CsvSettings(Settings, frozen=True, kw_only=True):
    """What is read, and what becomes of it."""

    files: Annotated[
        tuple[FileEntry, ...],
        Meta(description="The files, and what their rows become.", min_length=1),
    ]


CSV_SETTINGS = declared(CsvSettings)
