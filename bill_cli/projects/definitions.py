"""The definitions of our plugins, as the installation has them: made from the settings that the programs declare."""

from __future__ import annotations

import json
import sysconfig
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from bill_program.errors import SettingsError
from bill_program.start import DISTRIBUTION

if TYPE_CHECKING:
    from collections.abc import Mapping

OWN = Path(__file__).resolve().parents[2] / "plugins"
"""Their folder in a copy of the source."""

SHARED = Path("share") / DISTRIBUTION / "plugins"
"""Their folder in an environment, as a wheel puts them there."""


def lock_of(plugin: str) -> Path:
    """The definition of a plugin, in the form that Meltano keeps in a project.

    Raises:
        SettingsError: The installation has lost it.
    """
    name = f"*/{plugin}--{DISTRIBUTION}.lock"
    for folder in (OWN, Path(sysconfig.get_path("data")) / SHARED):
        for found in folder.glob(name):
            return found
    raise SettingsError(f"the definition of {plugin} is not in this installation: install {DISTRIBUTION} again")


def definition(plugin: str) -> dict[str, Any]:
    """All that Meltano knows of a plugin."""
    return dict(json.loads(lock_of(plugin).read_text(encoding="utf-8")))


def requirement(plugin: str) -> str:
    """The words for an installer: the name of a plugin on an index, or with the file or folder that we came from."""
    named = str(definition(plugin)["pip_url"])
    try:
        told = distribution(DISTRIBUTION).read_text("direct_url.json")
    except PackageNotFoundError:
        told = None
    return f"{named}@{_place(json.loads(told))}" if told else named


def _place(told: Mapping[str, Any]) -> str:
    """The URL of an installation (PEP 610): of a repository the very commit; a password in it is left out."""
    url = _without_password(str(told["url"]))
    if vcs := told.get("vcs_info"):
        url = f"{vcs['vcs']}+{url}@{vcs['commit_id']}"
    return f"{url}#subdirectory={told['subdirectory']}" if told.get("subdirectory") else url


def _without_password(url: str) -> str:
    """A URL without user and password; over ssh a user alone stays, who is no secret."""
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    stays = parts.scheme.endswith("ssh") and user and ":" not in user and "$" not in user
    return urlunsplit(parts._replace(netloc=f"{user}@{host}" if stays else host))
