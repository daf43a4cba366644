"""Settings of tap-bill-csv."""

from __future__ import annotations

from bill_documents.mapping.declaration import FilesSettings
from bill_program.settings import declared

CSV_SETTINGS = declared(FilesSettings)
