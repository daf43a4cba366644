"""Properties of a document that say where it comes from."""

from __future__ import annotations

from bill_api.identity.keys import SOURCE_KEY

KEY = SOURCE_KEY
"""The key of documents of which some key field may be blank."""

SOURCE_FILE, SOURCE_ROWS, SOURCE_ERRORS = "_source_file", "_source_rows", "_source_errors"
SOURCE_CELLS, SOURCE_TYPED, SOURCE_DELIMITER = "_source_cells", "_source_typed", "_source_delimiter"
