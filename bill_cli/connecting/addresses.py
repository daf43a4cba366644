"""Addresses at which BILL has no v2 API, and the right ones."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from bill_api.connection import PRODUCTION_URL, SANDBOX_URL

API_PATH = urlsplit(PRODUCTION_URL).path
WRONG_PATH = re.compile(r"(/api)?(/v3|/connect(/v3)?)?", re.IGNORECASE)
"""Paths at which BILL has no v2: none, `/api` without a version, and those of v3. Any other may be a proxy's own."""

V3_HOST = re.compile(r"gateway\..*bill\.com", re.IGNORECASE)
"""A host of v3, which is another protocol (documented: section 1, 2)."""


def right_url(url: str) -> str | None:
    """The base URL that is meant by one at which BILL has no v2; None for one that may be right.

    Args:
        url: Without a trailing slash.
    """
    parts = urlsplit(url)
    if V3_HOST.fullmatch(parts.hostname or ""):
        return f"{PRODUCTION_URL} (production) or {SANDBOX_URL} (sandbox)"
    before, _, behind = parts.path.partition(f"{API_PATH}/")
    if behind:  # the address of a call
        return f"{parts.scheme}://{parts.netloc}{before}{API_PATH}"
    return f"{parts.scheme}://{parts.netloc}{API_PATH}" if WRONG_PATH.fullmatch(parts.path) else None
