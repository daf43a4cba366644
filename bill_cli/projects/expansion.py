r"""Texts that Meltano would expand (`$USD`, `${HOME}`), and the form in which it leaves them as they are.

In `meltano.yml` it replaces them in every value, and takes a backslash before the `$` away without replacing. In `.env`
python-dotenv replaces `${NAME}` whatever quotes stand around it, and knows no form that leaves it.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import yaml
from dotenv.variables import Variable, parse_variables

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXPANDED = re.compile(r"\$(?=\{\w+\}|[A-Z])")
_ESCAPED = re.compile(r"\\(\$(?:\{\w+\}|[A-Z]))")
TEXT = "tag:yaml.org,2002:str"


def escaped(text: str) -> str:
    """The text that Meltano makes this one of."""
    return _EXPANDED.sub(r"\\$", text)


def unescaped(text: str) -> str:
    """The text that Meltano makes of an escaped one."""
    return _ESCAPED.sub(r"\1", text)


def escaped_yaml(text: str) -> str:
    """Settings as YAML, of which Meltano makes these: each value in which it would expand something is written anew.

    Keys and comments stay: Meltano expands values alone.
    """
    written = text
    for node in reversed([*_values(yaml.compose(text, Loader=yaml.SafeLoader))]):
        if (value := escaped(node.value)) != node.value:
            form = yaml.safe_dump(value, default_style='"', width=sys.maxsize, allow_unicode=True).rstrip("\n")
            written = written[: node.start_mark.index] + form + written[node.end_mark.index :]
    return written


def _values(node: yaml.Node | None) -> Iterator[yaml.ScalarNode]:
    """The texts that are values, in their order."""
    if isinstance(node, yaml.MappingNode):
        for _, value in node.value:
            yield from _values(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _values(value)
    elif isinstance(node, yaml.ScalarNode) and node.tag == TEXT:
        yield node


def is_expanded_in_env_file(value: str) -> bool:
    """True for a value of `.env` that Meltano reads as another one."""
    return any(isinstance(each, Variable) for each in parse_variables(value))
