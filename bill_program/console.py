"""A console for people: everything that is printed on it, and in its tables, is data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console

from bill_values.visible import visible

if TYPE_CHECKING:
    from rich.text import Text


class PlainConsole(Console):
    """Shows texts as they are: no markup, no emoji codes, no colours by what they look like, and nothing that steers.

    A text of ours that is to be styled is a `rich.text.Text`, or has its style beside it.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """Rich's view of every plain text, without markup: of those that are printed, and of cells and titles."""
        return super().render_str(visible(text), **options)
