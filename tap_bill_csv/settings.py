"""Settings of tap-bill-csv."""

from __future__ import annotations

from bill_api.settings import declared
from bill_documents.mapping.declaration import FilesSettings

CSV_SETTINGS = declared(FilesSettings)
