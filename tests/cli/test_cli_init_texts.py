"""Texts of people in the files of `bill init`: Meltano reads them as they were, and git's rules as git does."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml
from effort import examples
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from meltano_expansion import PYTHON, Expansion

from bill_cli.projects.definitions import requirement
from bill_cli.projects.expansion import escaped, escaped_yaml, is_expanded_in_env_file, unescaped
from bill_cli.projects.ignored import is_ignored
from bill_documents.mapping.said import quoted
from bill_program import env_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PIECES = ["$", "{", "}", "\\", "USD", "HOME", "a", "É", "_", "1", '"', "'", " ", ":-", "#", "$USD", "${HOME}", "\n"]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
needs_meltano = pytest.mark.skipif(not PYTHON.exists(), reason="Meltano is not installed")


@pytest.fixture(scope="module")
def meltano() -> Iterator[Expansion]:
    found = Expansion()
    yield found
    found.end()


@needs_meltano
@hypothesis_settings(max_examples=examples(300))
@given(st.lists(TEXTS, min_size=1, max_size=8))
def test_meltano_reads_each_text_of_its_file_as_it_was_meant(meltano: Expansion, texts: list[str]) -> None:
    lines = "".join(f"  # question: {quoted(each)}\n  - column: {quoted(each)}  # {quoted(each)}\n" for each in texts)
    meant = {"files": [{"column": each} for each in texts]}
    assert yaml.safe_load(f"files:\n{lines}") == meant
    assert meltano.of_yaml(escaped_yaml(f"files:\n{lines}")) == meant
    assert [unescaped(escaped(each)) for each in texts] == texts


@needs_meltano
def test_meltano_reads_other_forms_of_text_as_they_were_meant_too(meltano: Expansion) -> None:
    text = "a: $USD\nb: 'it''s ${HOME}'\n$USD: [1, {c: \"\\x24USD\", $USD: ~}]\nd: |\n  $USD\n  $HOME\n# $USD\ne: 5\n"
    assert meltano.of_yaml(text) != yaml.safe_load(text)
    assert meltano.of_yaml(escaped_yaml(text)) == yaml.safe_load(text)


@needs_meltano
@hypothesis_settings(max_examples=examples(300))
@given(TEXTS.filter(lambda text: "\n" not in text))
def test_what_meltano_reads_as_another_value_of_env_is_known(meltano: Expansion, text: str) -> None:
    read = meltano.of_env_file(f"X={env_file.spelled('X', text)}\n")["X"]
    assert is_expanded_in_env_file(text) or read == text
    assert not is_expanded_in_env_file(text) or re.search(r"\$\{.*\}", text)


RULES = st.lists(
    st.lists(
        st.sampled_from(["a", "b", ".env", "*", "**", "?", "/", "!", "#", "\\", " ", "[a-c]", "[!a]", "a.b", "\r"]),
        max_size=5,
    ).map("".join),
    max_size=4,
).map("\n".join)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)  # noqa: S607
    return folder


@hypothesis_settings(max_examples=examples(300))
@given(RULES, st.sampled_from([".env", "a/b", "a.b", "a/b/a", "b", ".env/a"]))
def test_our_reading_of_a_list_for_git_is_gits(repository: Path, rules: str, path: str) -> None:
    (repository / ".gitignore").write_bytes(rules.encode())
    asked = subprocess.run(
        ["git", "-c", "core.excludesFile=", "check-ignore", "-q", path],  # noqa: S607
        cwd=repository,
        check=False,
    )
    assert is_ignored(rules, path) is (asked.returncode == 0)


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        (
            {
                "url": "https://example.test/x.git",
                "vcs_info": {"vcs": "git", "commit_id": "abc", "requested_revision": "v1"},
            },
            "git+https://example.test/x.git@abc",
        ),
        (
            {"url": "https://me:pass@example.test/x.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
            "git+https://example.test/x.git@abc",
        ),
        (
            {
                "url": "https://token@example.test/x.git",
                "vcs_info": {"vcs": "git", "commit_id": "a"},
                "subdirectory": "b",
            },
            "git+https://example.test/x.git@a#subdirectory=b",
        ),
        (
            {"url": "ssh://git@example.test/x.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
            "git+ssh://git@example.test/x.git@abc",
        ),
        ({"url": "file:///there/x-1.whl", "archive_info": {}}, "file:///there/x-1.whl"),
        ({"url": "https://${USER}:${PASS}@example.test/x.whl", "archive_info": {}}, "https://example.test/x.whl"),
    ],
)
def test_an_installer_gets_the_place_that_we_came_from_without_a_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: dict[str, object], meant: str
) -> None:
    place = tmp_path / "bill_connector-0.1.0.dist-info"
    place.mkdir()
    (place / "METADATA").write_text("Metadata-Version: 2.1\nName: bill-connector\nVersion: 0.1.0\n")
    (place / "direct_url.json").write_text(json.dumps(told))
    monkeypatch.syspath_prepend(tmp_path)
    assert requirement("target-bill") == f"bill-connector[csv,xlsx]@{meant}"
