"""Every setting that is declared is read by the code: one that is accepted, documented and ignored is found here."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pytest
import singer_sdk
from msgspec import Meta

from bill_documents.mapping.declaration import TablesSettings
from bill_documents.mapping.entries import OF_FILES
from bill_program.settings import Settings, declared
from tap_bill.settings import TAP_SETTINGS
from tap_bill_csv.settings import CSV_SETTINGS
from target_bill.settings import TARGET_SETTINGS
from target_duckdb.settings import LOADER_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bill_program.settings import Setting

ROOT = Path(__file__).resolve().parent.parent
SDK = Path(singer_sdk.__file__).parent
"""It reads what our target declares of its own settings."""

VALUES = (ROOT / "bill_values", ROOT / "bill_api" / "table")
"""The code that reads values as the settings say that they are written."""

READERS: dict[str, tuple[tuple[Setting, ...], tuple[Path, ...]]] = {
    "tap-bill": (TAP_SETTINGS, (ROOT / "tap_bill", ROOT / "bill_api")),
    "target-bill": (TARGET_SETTINGS, (ROOT / "target_bill", ROOT / "bill_api")),
    "tap-bill-csv": (CSV_SETTINGS, (ROOT / "tap_bill_csv", ROOT / "bill_documents", *VALUES)),
    "documents": (declared(TablesSettings), (ROOT / "target_bill", ROOT / "bill_documents", *VALUES)),
    "target-duckdb": (LOADER_SETTINGS, (ROOT / "target_duckdb", SDK / "target_base.py", SDK / "sinks")),
}

ONLY_CHECKED = {"allow_plain_http"}
"""It allows an address, and does nothing else."""

LEFT_OUT = {"tap-bill": ONLY_CHECKED, "target-bill": ONLY_CHECKED, "documents": {*OF_FILES}}
"""Settings that need no reader; a table that names one of `OF_FILES` is refused."""


class Ignored(Settings, frozen=True, kw_only=True):
    """Settings that nothing reads, one of them checked and no more, which is no use of it."""

    ignored_on_purpose: Annotated[bool, Meta(description="Nothing.")] = False


class Unbounded(Settings, frozen=True, kw_only=True):
    """Whole numbers without limits, or with one alone; and one with both."""

    any: int = 0
    positive: Annotated[int, Meta(ge=0)] | None = None
    few: Annotated[int, Meta(ge=0, le=9)] = 0


class Holder(Settings, frozen=True, kw_only=True):
    """The same within a setting."""

    files: Annotated[tuple[Ignored, ...], Meta(description="Read, and what is in it is not.")] = ()


def with_nested(settings: Iterable[Setting]) -> Iterator[Setting]:
    for each in settings:
        yield each
        yield from with_nested(each.nested)


@cache
def names_read(path: Path) -> frozenset[str]:
    """The attributes that code reads, and the keys of the SDK's `config`; what only a check reads is not among them."""
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return frozenset(name for file in files for name in _names(ast.parse(file.read_text())))


def _names(tree: ast.AST) -> Iterator[str]:
    for each in ast.iter_child_nodes(tree):
        if isinstance(each, ast.FunctionDef) and each.name == "__post_init__":
            continue
        if isinstance(each, ast.Attribute):
            yield each.attr
        if isinstance(each, ast.Subscript) and _is_config(each.value) and isinstance(each.slice, ast.Constant):
            yield str(each.slice.value)
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and _is_config(each.func.value):
            yield from (str(given.value) for given in each.args[:1] if isinstance(given, ast.Constant))
        yield from _names(each)


def _is_config(tree: ast.AST) -> bool:
    return ast.unparse(tree) in {"config", "self.config", "self._config"}


def unread(settings: Iterable[Setting], readers: Iterable[Path]) -> list[str]:
    read = frozenset[str]().union(*map(names_read, readers))
    return [each.name for each in with_nested(settings) if each.attribute not in read]


@pytest.mark.parametrize("plugin", READERS)
def test_every_setting_is_read_by_the_code_that_it_is_for(plugin: str) -> None:
    assert set(unread(*READERS[plugin])) <= LEFT_OUT.get(plugin, set())


@pytest.mark.parametrize("plugin", READERS)
def test_every_whole_number_of_a_setting_has_limits(plugin: str) -> None:
    """A number beyond them would end a run with a traceback, wherever it meets something smaller."""
    settings, _ = READERS[plugin]
    assert [each.name for each in with_nested(settings) if each.unbounded] == []
    assert [each.unbounded for each in declared(Unbounded)] == [True, True, False]


@pytest.mark.parametrize("plugin", READERS)
def test_a_setting_that_is_only_declared_is_found_also_within_another(plugin: str) -> None:
    settings, readers = READERS[plugin]
    assert unread((*settings, *declared(Holder)), readers)[-1:] == ["ignored_on_purpose"]


def test_a_check_of_a_setting_is_no_use_of_it(tmp_path: Path) -> None:
    code = tmp_path / "settings.py"
    code.write_text("class A:\n def __post_init__(self):\n  self.checked\n def used(self):\n  return self.used_too\n")
    assert names_read(code) == {"used_too"}
