"""The README is short, every link between pages leads somewhere, and the site has every page."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from doc_pages import DOCS, PAGES, ROOT, headings, links

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

README_LINES_MAX = 150
STATE = "has not been run against BILL itself"


def broken(page: Path) -> Iterator[str]:
    """Links of a page that lead to no file, or to no heading of it."""
    for link in links(page.read_text()):
        if link.startswith(("https://", "http://", "mailto:")):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in headings(target.read_text())):
            yield link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_page_and_a_heading(page: Path) -> None:
    assert list(broken(page)) == []


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_a_page_of_the_site_links_to_no_file_outside_of_it(page: Path) -> None:
    assert [each for each in links(page.read_text()) if each.startswith("..")] == []


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_headings_of_a_page_are_different(page: Path) -> None:
    found = headings(page.read_text())
    assert len(found) == len(set(found)), "two headings have one anchor"


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    page = DOCS / "index.md"
    other = tmp_path / "page.md"
    other.write_text("[there](#here) [gone](gone.md)\n\n## Here\n\n```\n[no link](gone.md)\n```\n")
    assert "state" in headings(page.read_text())
    assert list(broken(other)) == ["gone.md"]


def test_the_readme_is_short_and_says_its_state_first() -> None:
    lines = (ROOT / "README.md").read_text().splitlines()
    assert len(lines) <= README_LINES_MAX
    assert any(STATE in line for line in lines[: README_LINES_MAX // 4])


def test_the_readme_leads_to_every_page() -> None:
    linked = set(links((ROOT / "README.md").read_text()))
    assert {f"docs/{page.name}" for page in DOCS.glob("*.md")} <= {each.partition("#")[0] for each in linked}


def pages_of(entry: Any) -> Iterator[str]:
    """The pages of an entry of the site's navigation."""
    if isinstance(entry, str):
        yield entry
    elif isinstance(entry, list):
        for each in entry:
            yield from pages_of(each)
    else:
        for each in entry.values():
            yield from pages_of(each)


def test_the_site_has_every_page_once() -> None:
    site = tomllib.loads((ROOT / "zensical.toml").read_text())["project"]
    assert sorted(pages_of(site["nav"])) == sorted(page.name for page in DOCS.glob("*.md"))
