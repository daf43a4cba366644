"""A console for people: everything that is printed on it, and in its tables, is data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console

from bill_api.visible import visible

if TYPE_CHECKING:
    from rich.text import Text


class PlainConsole(Console):
    """Shows texts as they are: no markup, no emoji codes, no colours by what they look like, and nothing that steers.

    A text of ours that is to be styled is a `rich.text.Text`, or has its style beside it.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """What Rich makes of every plain text: those that are printed, and the cells and titles of tables."""
        return super().render_str(visible(text), **options)
