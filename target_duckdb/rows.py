"""Records straight from their JSON to a line for DuckDB, without a dict in between."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_duckdb.columns import Column


class RowDecoder:
    """Decodes records of a stream whose values are what its schema promises; of any other it says so.

    Values of a plain type are judged while they are decoded, all others by their column's `encode`. So a row has what
    the same record has that went through `encode` value by value, and what is wrong with one is found there.

    Args:
        columns: Of the table.
        keys: Names of those that cannot be null.

    Raises:
        ValueError: A column has a name that no decoder can have, such as one with quotes.
    """

    def __init__(self, columns: Sequence[Column], keys: Sequence[str]) -> None:
        labels = {each.name: f"c{i}" for i, each in enumerate(columns)}
        row = msgspec.defstruct(
            "Row",
            [(labels[each.name], Any if each.plain is None else each.plain | None, None) for each in columns],
            rename={label: name for name, label in labels.items()},
            omit_defaults=True,
            forbid_unknown_fields=True,
            gc=False,
        )
        self._decode = msgspec.json.Decoder(row, float_hook=Decimal).decode
        self._keys = tuple(labels[each] for each in keys)
        self._encoded = tuple((labels[each.name], each.encode) for each in columns if each.plain is None)

    def decode(self, record: msgspec.Raw) -> msgspec.Struct | None:
        """Decode a record to what the encoder makes a line of; None if it has a key or a value that is not fit."""
        try:
            row = self._decode(record)
            for label, encode in self._encoded:
                if (value := getattr(row, label)) is not None:
                    setattr(row, label, encode(value))
        except (ValueError, ArithmeticError):  # those of msgspec are among them
            return None
        return None if any(getattr(row, key) is None for key in self._keys) else row
