"""Figures of the structure: files, imports and circles of each package, and what is told in several places.

python tools/structure.py
python tools/structure.py --names    # which class names, which docstrings, which circles

Ends with 1 where a goal is missed: `make lint` holds them.
"""

from __future__ import annotations

import argparse
import ast
import tomllib
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import grimp
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES: Sequence[str] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
OPENINGS = ("What", "Whether", "How", "Who", "Whose", "Where")
README_LINES_MAX, OPENINGS_MAX, CIRCLES_MAX, NAMES_MAX = 150, 39, 2, 4


def circles(imports: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Groups of modules each of which imports the others, directly or not (Tarjan's strong components)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        index[module] = low[module] = len(index)
        stack.append(module)
        for other in imports.get(module, ()):
            if other not in index:
                visit(other)
                low[module] = min(low[module], low[other])
            elif other in stack:
                low[module] = min(low[module], index[other])
        if low[module] == index[module]:
            group: list[str] = []
            while not group or group[-1] != module:
                group.append(stack.pop())
            if len(group) > 1:
                found.append(sorted(group))

    for module in imports:
        if module not in index:
            visit(module)
    return found


def room(package: str, module: str) -> str:
    """The part of a package that a module is in: its folder, or itself at the top."""
    parts = module.removeprefix(f"{package}.").split(".")
    return parts[0]


def docstrings() -> Iterator[tuple[str, str]]:
    """Each docstring's place and first line."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and (
                    text := ast.get_docstring(node)
                ):
                    yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}", text.splitlines()[0]


def class_names() -> dict[str, list[str]]:
    """The public class names that stand in several files, with the files."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    places[node.name].append(str(path.relative_to(ROOT)))
    return {name: files for name, files in places.items() if len(files) > 1}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", action="store_true", help="Name what is counted.")
    parser.add_argument("--goals", action="store_true", help="Without the table of packages.")
    options = parser.parse_args()
    console = Console()
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    table = Table(title="packages", title_justify="left")
    for column in ("package", "files", "at the top", "lines", "imports within", "between rooms", "circles"):
        table.add_column(column, justify="left" if column == "package" else "right")
    total: Counter[str] = Counter()
    all_circles: list[list[str]] = []
    for package in PACKAGES:
        modules = sorted(graph.find_descendants(package) | {package})
        files = [ROOT / f"{each.replace('.', '/')}.py" for each in modules]
        files = [each if each.exists() else each.with_suffix("") / "__init__.py" for each in files]
        inner = {
            each: sorted(other for other in graph.find_modules_directly_imported_by(each) if other in modules)
            for each in modules
        }
        rooms = {
            (room(package, each), room(package, other))
            for each, others in inner.items()
            for other in others
            if room(package, each) != room(package, other)
        }
        loops = circles(inner)
        all_circles += loops
        row = {
            "files": len(files),
            "top": sum(each.parent == ROOT / package for each in files),
            "lines": sum(len(each.read_text().splitlines()) for each in files),
            "imports": sum(map(len, inner.values())),
            "rooms": len(rooms),
            "circles": len(loops),
        }
        total.update(row)
        table.add_row(package, *(f"{each:,}" for each in row.values()))
    table.add_section()
    table.add_row("all", *(f"{each:,}" for each in total.values()))
    if not options.goals:
        console.print(table)
    names = class_names()
    opened = [(place, line) for place, line in docstrings() if line.split(" ")[0] in OPENINGS]
    readme = len((ROOT / "README.md").read_text().splitlines())
    goals = (
        ("circles of files", len(all_circles), CIRCLES_MAX),
        ("public class names in several files", len(names), NAMES_MAX),
        (f"docstrings that open with {', '.join(OPENINGS)}", len(opened), OPENINGS_MAX),
        ("lines of README.md", readme, README_LINES_MAX),
    )
    for what, count, most in goals:
        console.print(f"{what}: {count} (at most {most})", style="bold red" if count > most else "")
    console.print(f"hard dependencies: {len(PROJECT['project']['dependencies'])}")
    if options.names:
        for loop in all_circles:
            console.print("circle:", " <-> ".join(loop), soft_wrap=True)
        for name, places in sorted(names.items()):
            console.print(f"class {name}: {', '.join(places)}", soft_wrap=True)
        for place, line in opened:
            console.print(f"{place}: {line}", soft_wrap=True, markup=False)
    if any(count > most for _, count, most in goals):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
