"""Keys by which a record of `tap-bill-csv` says where it comes from; `target-bill` knows them again."""

from __future__ import annotations

SOURCE_KEY = "_source_key"
"""The key of documents of which some key field may be blank: all its values, as a list in JSON."""

SOURCE_FILE, SOURCE_ROWS = "_source_file", "_source_rows"
SOURCE_ERRORS = "_source_errors"
"""Values that could not be read, each with its row, column, field, text, message and kind."""

SOURCE_CELLS, SOURCE_TYPED, SOURCE_DELIMITER = "_source_cells", "_source_typed", "_source_delimiter"
"""The rows as they stand in the file; of a workbook, its columns of numbers and days; of a CSV, what parts them."""
