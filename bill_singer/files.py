"""The files that a command line names: `--config`, `--catalog`, `--state`, read and refused in one way."""

from __future__ import annotations

import copy
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from singer_sdk.singerlib import Catalog

from bill_program.errors import SettingsError
from bill_values.exact_json import decode, repeated
from bill_values.exact_yaml import NotYamlError, decode_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

ENVIRONMENT = "ENV"
"""In place of a file for `--config`: settings are read from environment variables."""

STDIN = "-"

NEXT_STEP: Mapping[str, str] = {
    "--config": "it has to hold the settings as one JSON object, or as YAML",
    "--catalog": "it has to be a catalog as `--discover` prints it",
    "--state": "it has to hold the last line that the target has printed; leave `--state` out to read everything",
}


def check_catalog(catalog: dict[str, Any]) -> None:
    """Refuse what is no catalog.

    Raises:
        ValueError: It is none.
    """
    if not isinstance(catalog.get("streams"), list):
        raise ValueError("is no Singer catalog: it has no list of `streams`")  # noqa: TRY004  # of what a file says
    try:
        Catalog.from_dict(copy.deepcopy(catalog))
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"is no Singer catalog ({type(error).__name__}: {error})") from None


def read_object(option: str, path: str) -> dict[str, Any]:
    """Read a file that holds a JSON object, or settings in YAML.

    Args:
        option: `--config`, `--catalog` or `--state`. Settings that do not begin with a brace are YAML. Of a state file
            with several lines the last one counts: `tap | target >> states.jsonl` appends each STATE.
        path: The file; `-` is stdin.

    Raises:
        SettingsError: There is no such file, or something else in it.
    """
    text = _text(option, path)
    # `splitlines` would also break a line at U+2028, which JSON may hold.
    lines = [(number, line) for number, line in enumerate(io.StringIO(text, newline=None), start=1) if line.strip()]
    if not lines:
        raise refusal(option, path, "is empty")
    place = ""
    if option == "--state" and len(lines) > 1 and not _is_json(text):
        place, text = f"line {lines[-1][0]} ", lines[-1][1]
    if option == "--config" and not _begins_json(text):
        found = _yaml(path, text)
    else:
        found = _json(option, path, place, text)
        if option == "--config" and (twice := repeated(text)):
            raise refusal(option, path, f"has {', '.join(f'`{each}`' for each in twice)} twice, and means two things")
    if not isinstance(found, dict):
        raise refusal(option, path, f"{place}is no JSON object")
    return found


def _begins_json(text: str) -> bool:
    return text.lstrip()[:1] in {"{", "["}


def _json(option: str, path: str, place: str, text: str) -> Any:
    try:
        return decode(text)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise refusal(option, path, f"{place}is not JSON ({error})") from None


def _yaml(path: str, text: str) -> Any:
    try:
        return decode_yaml(text)
    except NotYamlError as error:
        raise refusal("--config", path, f"is neither JSON nor YAML ({error})") from None


def _text(option: str, path: str) -> str:
    try:
        content = sys.stdin.buffer.read() if path == STDIN else Path(path).read_bytes()
    except FileNotFoundError:
        raise refusal(option, path, "does not exist") from None
    except IsADirectoryError:
        raise refusal(option, path, "is a folder") from None
    except (OSError, ValueError) as error:
        raise refusal(option, path, f"cannot be read ({getattr(error, 'strerror', None) or error})") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refusal(option, path, "is not UTF-8 (a `>` of PowerShell writes UTF-16)") from None


def _is_json(text: str) -> bool:
    try:
        decode(text)
    except (msgspec.DecodeError, UnicodeError):
        return False
    return True


def refusal(option: str, path: str, why: str) -> SettingsError:
    """The error that a file leads to."""
    return SettingsError(f"{option} {path}: {why}; {NEXT_STEP[option]}")
