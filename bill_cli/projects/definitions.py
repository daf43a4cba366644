"""The definitions of our plugins, as the installation has them: made from the settings that the programs declare."""

from __future__ import annotations

import json
import sysconfig
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from bill_program.errors import SettingsError
from bill_program.start import DISTRIBUTION

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
    return f"{named}@{json.loads(told)['url']}" if told else named
