"""The console of a browser."""

from __future__ import annotations

from typing import Any


def complaints(browser: Any) -> list[str]:
    """What the browser's console says, and has not said before."""
    return [each["message"] for each in browser.get_log("browser")]
