"""Rooms of the simulator: each imports only the rooms below it, and no files import each other in a circle."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = "bill_simulator"
ROOT = Path(__file__).resolve().parents[2]
START, BASE = "start", "base"
LAYERS = (START, "page", "control", "wire", "seed", "rules", "state", "behaviour", BASE)
"""From the top to the bottom; an import under TYPE_CHECKING counts like any other."""

APART = {frozenset({"control", "wire"}), frozenset({"page", "wire"}), frozenset({"wire", "seed"})}
"""Rooms that import each other in neither direction."""

OF_BASE = {"defaults", "encoding"}
OF_START = {"__init__", "__main__", "command_line", "fixtures", "server", "simulator"}
"""The only files outside the rooms: those that people import or start."""


def modules() -> dict[str, Path]:
    paths = sorted((ROOT / PACKAGE).rglob("*.py"))
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}


def layer_of(module: str) -> str:
    room = module.removeprefix(PACKAGE).removeprefix(".").split(".")[0]
    if room in OF_BASE:
        return BASE
    return room if room in LAYERS else START


def imports_in(source: str, known: set[str]) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & known
        elif isinstance(node, ast.ImportFrom) and node.module in known:
            inner = {f"{node.module}.{alias.name}" for alias in node.names} & known
            found |= inner or {str(node.module)}
    return found


def imports() -> dict[str, set[str]]:
    known = modules()
    return {module: imports_in(path.read_text(), set(known)) for module, path in known.items()}


def may_import(module: str, other: str) -> bool:
    above, below = layer_of(module), layer_of(other)
    return LAYERS.index(above) <= LAYERS.index(below) and frozenset({above, below}) not in APART


def test_a_room_imports_only_the_rooms_below_it() -> None:
    wrong = [
        f"{module} imports {other}"
        for module, used in imports().items()
        for other in sorted(used)
        if not may_import(module, other)
    ]
    assert not wrong


def test_no_files_import_each_other_in_a_circle() -> None:
    try:
        TopologicalSorter(imports()).prepare()
    except CycleError as circle:
        pytest.fail(" imports ".join(circle.args[1]))


def test_only_what_people_import_or_start_is_outside_the_rooms() -> None:
    assert {path.stem for path in (ROOT / PACKAGE).glob("*.py")} == OF_START | OF_BASE


def test_a_room_says_in_one_line_what_it_is_and_exports_nothing() -> None:
    rooms = [path for path in modules().values() if path.stem == "__init__" and path.parent.name != PACKAGE]
    assert {path.parent.name for path in rooms} == set(LAYERS) - {START, BASE}
    for path in rooms:
        (docstring,) = ast.parse(path.read_text()).body
        assert isinstance(docstring, ast.Expr)
        assert len(path.read_text().splitlines()) == 1


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("from bill_simulator.control.plane import Control", True),
        ("from bill_simulator.control import plane", True),
        ("import bill_simulator.control.plane", True),
        ("if TYPE_CHECKING:\n    from bill_simulator.control.plane import Control", True),
        ("from bill_simulator.rules import crud", False),
    ],
)
def test_the_check_would_see_a_wrong_import(source: str, *, seen: bool) -> None:
    wrong = [each for each in imports_in(source, set(modules())) if not may_import("bill_simulator.rules.bulk", each)]
    assert bool(wrong) is seen
