"""The README and the addresses of the package, from the one address of the repository in pyproject.toml.

A package index shows the README by itself: links to files of the repository lead nowhere there.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

if TYPE_CHECKING:
    from collections.abc import MutableMapping

RELEASE = "BILL_RELEASE"
"""A variable: with it a package without an address is refused."""

TO_A_FILE = re.compile(r"\[(?P<text>[^\]\n]+)\]\((?!https?://|mailto:|#)(?P<path>[^)\s]+)\)")


class Addresses(MetadataHookInterface):
    """Fills in what pyproject.toml names as dynamic."""

    def update(self, metadata: MutableMapping[str, Any]) -> None:
        """Set the README and the addresses.

        Raises:
            ValueError: A release has no address.
        """
        repository = self.config["repository"].rstrip("/")
        if not repository and os.environ.get(RELEASE):
            raise ValueError("pyproject.toml: `repository` is empty; a release has the address of its repository")
        files = repository and f"{repository}/blob/v{metadata['version']}"
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": readme(text, files)}
        metadata["urls"] = _addresses(repository, files)


def readme(text: str, files: str) -> str:
    """The README for a package index.

    Args:
        text: As it stands in the repository.
        files: Where the files of this version are; empty for nowhere: then a link is its text.
    """
    return TO_A_FILE.sub(rf"[\g<text>]({files}/\g<path>)" if files else r"\g<text>", text)


def _addresses(repository: str, files: str) -> dict[str, str]:
    if not repository:
        return {}
    return {
        "Source": repository,
        "Documentation": f"{files}/docs/index.md",
        "Changelog": f"{files}/CHANGELOG.md",
        "Issues": f"{repository}/issues",
    }
