"""The drawing of mutants, in short: the campaign itself takes hours (`make mutants`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mutants
import pytest

if TYPE_CHECKING:
    from pathlib import Path

MODULES = ("bill_api/identity/keys.py",)


def test_the_same_seed_draws_the_same_mutants_and_each_is_another() -> None:
    first, again, other = (mutants.drawn(MODULES, 8, seed) for seed in (1, 1, 2))
    assert first == again != other
    assert len({each.source for each in first}) == len(first) == 8


def test_what_python_does_not_act_on_is_no_mutant() -> None:
    lines = (mutants.ROOT / MODULES[0]).read_text().splitlines()
    every = [mutants.mutant_at(place) for place in mutants.places(MODULES[0])]
    changed = {lines[each.number - 1] for each in every if each is not None}
    assert not [line for line in changed if line in {"@cache", "if TYPE_CHECKING:"} or line.startswith("@dataclass(")]
    assert not [each for each in every if each is not None and "strict=False" in each.after]


def test_a_copy_has_the_sources_and_the_environments_that_tests_run(tmp_path: Path) -> None:
    mutants.Copy(tmp_path)
    project = tmp_path / "project"
    assert (project / MODULES[0]).read_bytes() == (mutants.ROOT / MODULES[0]).read_bytes()
    environments = {each.name for each in mutants.ROOT.glob(".venv-*")}
    assert {each.name for each in project.glob(".venv-*")} == environments
    assert all((project / each / "bin").is_dir() for each in environments)


def test_every_listed_mutant_speaks_of_a_line_that_stands_there(tmp_path: Path) -> None:
    listed = mutants.Accepted.read(mutants.ROOT / "campaigns" / "mutants.toml")
    assert all(listed.reasons.values())
    stale = tmp_path / "stale.toml"
    stale.write_text('[[accepted]]\nmodule = "bill_api/identity/keys.py"\nbefore = "gone"\nafter = ""\nreason = "-"\n')
    with pytest.raises(SystemExit, match="has no line `gone` any more"):
        mutants.Accepted.read(stale)
