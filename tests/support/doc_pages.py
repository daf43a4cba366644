"""Pages of the documentation: their sessions, links and headings."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *sorted(DOCS.glob("*.md")),
    *sorted((ROOT / "examples").rglob("README.md")),
)

SHOWN = "http://127.0.0.1:8080"
"""The address of the simulator in all pages."""

VARIES = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"  # an instant
    r"|\d{8}T\d{9}Z-\d+"  # the name of a run
    r"|(?<=sha256:)[0-9a-f]{64}"
    r"|(?<=rows read in )\d+(?= calls)"
)
SESSION = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def looks_like(said: str, written: str) -> bool:
    """Whether a text is the written one, but for `VARIES` and for all that `...` on a line of its own leaves out."""
    parts = [re.escape(VARIES.sub("VARIES", each)) for each in re.split(r"^\.\.\.\n", written, flags=re.MULTILINE)]
    return re.fullmatch("(?s:.*)".join(parts), VARIES.sub("VARIES", said)) is not None


def sessions(page: str) -> list[list[str]]:
    """The commands of each session of a page; one that goes on over several lines is one."""
    found = [session.replace("\\\n", "").splitlines() for session in SESSION.findall(page)]
    return [[line[2:] for line in session if line.startswith("$ ")] for session in found]


def headings(page: str) -> list[str]:
    """The anchors of a page, as GitHub and the site make them."""
    titles = re.findall(r"^#{1,6} (.+)$", FENCE.sub("", page), re.MULTILINE)
    return [re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in titles]


def links(page: str) -> list[str]:
    """Where a page leads."""
    return LINK.findall(re.sub(r"`[^`\n]+`", "", FENCE.sub("", page)))
