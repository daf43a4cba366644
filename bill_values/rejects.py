"""Files of rejects: what the command that writes them and the one that reads them again agree on."""

from __future__ import annotations

STREAM = "reject_stream"
"""The column behind `WHY` where records came in a stream that is named otherwise than BILL's: a part of their keys."""

RECORD = "reject_record"
"""The column that numbers the records of the file: the rows of one stand together, and those above it in the original
need not be here."""

WHY = ("reject_field", "reject_reason", "reject_code", "reject_hint", RECORD)
"""The columns before those of the original file. A file that begins with them is one of rejects."""
