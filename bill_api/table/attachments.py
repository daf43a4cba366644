"""Files that objects take as attachments: what BILL says of them, and the key by which a record names its own."""

from __future__ import annotations

NAMED_FILES = "attachments"
"""Key of a record, or of a line of it, that names files; no field of BILL's."""

FILE_BYTES_MAX = 6_000_000
"""The largest file that is sent: v3 takes 6 MB for bills (documented), and v2 less than 20 MB (documented: DS
UploadAttachment). Whether v2 has come to the same limit is unknown, and this is within both."""
