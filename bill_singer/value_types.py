"""Types of BILL's values in Singer's schemas."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_api.table.fields import FieldType

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON_TYPE: Mapping[FieldType, Mapping[str, Any]] = MappingProxyType(
    {
        FieldType.ID: {"type": ["string", "null"]},
        FieldType.STRING: {"type": ["string", "null"]},
        FieldType.ENUM: {"type": ["string", "null"]},
        FieldType.DATE: {"type": ["string", "null"], "format": "date"},
        FieldType.DATETIME: {"type": ["string", "null"], "format": "date-time"},
        FieldType.MONEY: {"type": ["number", "null"], "precision": 18, "scale": 2},
        FieldType.DECIMAL: {"type": ["number", "null"]},
        FieldType.INTEGER: {"type": ["integer", "null"]},
        FieldType.BOOLEAN: {"type": ["boolean", "null"]},
        FieldType.ARRAY: {"type": ["array", "null"]},
        FieldType.OBJECT: {"type": ["object", "null"]},
    }
)
"""The JSON schema of a kind of value in a Singer record; anything may be null."""

NUMBER_SIZE = frozenset({"precision", "scale"})
"""Words for the size of a number, in digits: no JSON Schema, so that who does not know them passes them over."""
