"""Every message of docs/troubleshooting.md is one that the code says, word for word."""

from __future__ import annotations

import ast
import re
import tomllib
from typing import TYPE_CHECKING

from doc_pages import DOCS, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (DOCS / "troubleshooting.md").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SPEAKING = sorted({*PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]} - {"bill_simulator"})
ROW = re.compile(r"^\| (`.*) \| .+ \|$", re.MULTILINE)
MESSAGE = re.compile(r"`([^`]+)`(?: \(BDC_\d+\))?")
VARYING = re.compile(r"\.\.\.|%s|%d")


def flat(message: str) -> str:
    """A message without what varies, and without the signs around code, which would end it in Markdown."""
    return " ".join(VARYING.sub("...", message).replace("`", "").split())


def texts(tree: ast.AST) -> Iterator[str]:
    """The texts of a module; `...` stands for each value that is put in."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(each.value) if isinstance(each, ast.Constant) else "..." for each in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def said_by_code() -> list[str]:
    sources = [path for package in SPEAKING for path in sorted((ROOT / package).rglob("*.py"))]
    return [flat(text) for path in sources for text in texts(ast.parse(path.read_text()))]


def test_the_messages_are_those_of_the_code() -> None:
    documented = [message for cell in ROW.findall(PAGE) for message in MESSAGE.findall(cell)]
    assert len(documented) > 70
    said = said_by_code()
    assert [each for each in documented if not any(flat(each) in text for text in said)] == []
