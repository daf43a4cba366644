"""Texts of others on a terminal and in a log: data, and never an instruction to either.

A name in BILL, a cell of a file or an error may hold what moves the cursor (ESC), turns the reading round (U+202E) or
has no shape at all. It is shown as its escape, so that what is read is what is there. Files for machines keep texts as
they are.
"""

from __future__ import annotations

import json
import logging
import traceback
import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bill_values.exact_json import encode
from bill_values.spelling import INKLESS, has_shape

if TYPE_CHECKING:
    from collections.abc import Callable

LINE_END = "\n"
HIDDEN = "(hidden)"
"""In place of what must not be shown: passwords, bank and tax numbers."""

WITHOUT_INK = frozenset(f"\u034f\u17b4\u17b5{INKLESS}")
"""Characters of other categories of Unicode that leave nothing, or a gap, on the screen."""

HIDING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of Unicode that steer a terminal, or have no shape."""


def visible(text: str) -> str:
    r"""The text with everything that steers a terminal, or has no shape, as its escape: `\x1b`, `\n`, `\u202e`."""
    return _escaped(text, _escape)


def visible_lines(text: str) -> str:
    """The same for a text of ours of several lines, whose ends are meant."""
    return LINE_END.join(map(visible, text.split(LINE_END)))


def visible_json(text: str) -> str:
    """The same for JSON, which stays JSON and means the same: its own escapes, and its line ends."""
    return LINE_END.join(_escaped(line, lambda each: json.dumps(each)[1:-1]) for line in text.split(LINE_END))


def in_quotes(value: object) -> str:
    """A value for a message: a text between quotes and as people read it, objects and numbers as JSON.

    The rest is shown as Python has it.
    """
    if isinstance(value, dict | list | Decimal):
        return visible_json(encode(value))
    if not isinstance(value, str):
        return repr(value)
    quote = '"' if "'" in value and '"' not in value else "'"
    return f"{quote}{visible(value)}{quote}"


def told(value: object) -> str:
    """A value of a record for a message: of an object or a list, also as JSON text, only that it is one.

    In it may stand what must not be shown, and a message has no room for the rest.
    """
    begin = value.lstrip()[:1] if isinstance(value, str) else ""
    if isinstance(value, dict) or begin == "{":
        return "an object"
    return "a list" if isinstance(value, list) or begin == "[" else in_quotes(value)


def _escaped(text: str, escape: Callable[[str], str]) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(escape(each) if _hides(text, place) else each for place, each in enumerate(text))


def _hides(text: str, place: int) -> bool:
    character = text[place]
    if character.isprintable() and character not in WITHOUT_INK:
        return False
    category = unicodedata.category(character)
    if category == "Cf":
        return not has_shape(text, place)
    return category in HIDING or character in WITHOUT_INK


def _escape(character: str) -> str:
    return ascii(character)[1:-1]


class VisibleRecord(logging.LogRecord):
    """A line of a log, of one line, whatever the values in it hold."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if self.exc_info and self.exc_info[0] is not None:
            # What formatters write below the message, unless it is there.
            self.exc_text = visible_lines("".join(traceback.format_exception(*self.exc_info)).rstrip(LINE_END))

    def getMessage(self) -> str:  # noqa: N802  logging's name
        """The message with its values."""
        return visible(super().getMessage())


def log_visibly() -> None:
    """Have every log of this process written so, also those of libraries; for commands."""
    logging.setLogRecordFactory(VisibleRecord)
