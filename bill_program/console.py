"""A console for people: everything that is printed on it, and in its tables, is data."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from rich.console import Console

from bill_values.visible import visible

if TYPE_CHECKING:
    from rich.text import Text


def is_plain() -> bool:
    """True if the environment asks for texts without styles: NO_COLOR is set to something, or TERM is dumb."""
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM", "").casefold() == "dumb"


class PlainConsole(Console):
    """Shows texts as they are: no markup, no emoji codes, no colours by what they look like, and nothing that steers.

    A text of ours that is to be styled is a `rich.text.Text`, or has its style beside it. With NO_COLOR, whatever
    else is set, and at a terminal that is dumb, nothing is styled at all: no colour, nothing bold or dim.
    """

    def __init__(self, **options: Any) -> None:
        if is_plain():
            options["color_system"] = None
        super().__init__(markup=False, emoji=False, highlight=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """Rich's view of every plain text, without markup: of those that are printed, and of cells and titles."""
        return super().render_str(visible(text), **options)
