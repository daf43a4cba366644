"""A page of bill-report as a program reads it: its sections, and what stands in each."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

Rows = list[list[str]]


@dataclass
class Part:
    """A section: its words, and its tables with the heads first."""

    text: str = ""
    tables: list[Rows] = field(default_factory=list)

    def row(self, name: str, table: int = 0) -> dict[str, str]:
        """The row of a name, by the heads of its table."""
        heads, *rows = self.tables[table]
        (found,) = [each for each in rows if each[0] == name]
        return dict(zip(heads, found, strict=True))

    @property
    def names(self) -> list[str]:
        """The first cells of the first table."""
        return [each[0] for each in self.tables[0][1:]]


class ReportPage(HTMLParser):
    """A page.

    Attributes:
        parts: Its sections in order, each with its name.
        text: All of its words outside of styles and drawings.
        drawn: The words of drawings.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.parts: list[tuple[str, Part]] = []
        self.text = ""
        self.drawn: list[str] = []
        self.tags: list[str] = []
        self._within: list[str] = []
        self._name = ""
        self.feed(text)

    def part(self, name: str) -> Part:
        """The only section of a name."""
        (found,) = [part for each, part in self.parts if each == name]
        return found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  HTMLParser's
        self.tags.append(tag)
        if tag in {"style", "svg", "h3", "td", "th", "text"}:
            self._within.append(tag)
        if tag == "section":
            self.parts.append(("", Part()))
        elif tag == "table":
            self.parts[-1][1].tables.append([])
        elif tag == "tr":
            self.parts[-1][1].tables[-1].append([])
        elif tag in {"td", "th"}:
            self.parts[-1][1].tables[-1][-1].append("")
        elif tag == "text":
            self.drawn.append("")

    def handle_endtag(self, tag: str) -> None:
        if self._within and self._within[-1] == tag:
            self._within.pop()

    def handle_data(self, data: str) -> None:
        if "style" in self._within:
            return
        if "svg" in self._within:
            if "text" in self._within:
                self.drawn[-1] += data
            return
        self.text += data
        if not self.parts:
            return
        name, part = self.parts[-1]
        part.text += data
        if "h3" in self._within:
            self.parts[-1] = (name + data, part)
        elif self._within:
            part.tables[-1][-1][-1] += data.strip()
