"""YAML as people write settings in it: it says what JSON could say, and its numbers are exact.

A narrow YAML, on purpose: `no` and `2026-01-31` are texts (YAML 1.1 makes a truth and a day of them), keys are texts, a
name stands once, and anchors are refused, because a small file may unfold to a huge one.
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from yaml.constructor import SafeConstructor

from bill_values.exact_json import NESTING_MAX, exact_number

_TAG = "tag:yaml.org,2002:"
_PLAIN = (
    ("null", re.compile(r"(?:~|null|Null|NULL|)\Z"), ("~", "n", "N", "")),
    ("bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), tuple("tTfF")),
    ("int", re.compile(r"-?(?:0|[1-9][0-9]*)\Z"), tuple("-0123456789")),
    ("float", re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\Z"), tuple("-0123456789")),
)
"""What a text without quotes may be besides a text: what JSON has, as JSON writes it, and other spellings of truths."""


_QUOTES = "put the value in quotes"
_WORDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (
            "mapping values are not allowed",
            "a colon within a value, or a name that is indented too far; put a value with a colon in quotes",
        ),
        ("could not find expected ':'", "a name has no colon with a blank behind it, here or in a line above"),
        (r"found character '\\t'", "a tab stands where blanks indent"),
        ("expected <block end>", "the line is indented otherwise than those it belongs to, or a quote ends too early"),
        ("unexpected end of stream", "a quote is not closed"),
        ("expected ',' or", f"a bracket is not closed; {_QUOTES} if it is one of its letters"),
        ("sequence entries are not allowed", "a dash stands where no list can begin"),
        ("escape", "a backslash between double quotes begins a code; write it twice, or take single quotes"),
        (
            "cannot start any token|alphabetic or numeric|chomping|expected URI|comment or a line break|node content",
            f"the value begins with a sign that means something in YAML; {_QUOTES}",
        ),
    )
)
"""What people can do, by the words of the reader for what is wrong."""


def _in_words(problem: str) -> str:
    words = next((words for pattern, words in _WORDS if pattern.search(problem)), "")
    return f"{words} ({problem})" if words else problem


class NotYamlError(ValueError):
    """A text is no YAML that settings can be read from; the message names the line and quotes no value."""


class _Loader(yaml.SafeLoader):
    """Reads what JSON has."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """One value; refused if it is an alias, or too deep."""
        if self.check_event(yaml.AliasEvent):
            alias = self.peek_event()  # type: ignore[no-untyped-call]
            raise NotYamlError(f"line {self._line(alias)}: an alias; write the value out")
        self.depth += 1
        if self.depth > NESTING_MAX:
            raise NotYamlError(f"objects or lists are nested more than {NESTING_MAX} deep")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def object(self, node: yaml.MappingNode) -> dict[str, Any]:
        """An object, whose names are taken as they are written."""
        found: dict[str, Any] = {}
        for name, value in node.value:
            if not isinstance(name, yaml.ScalarNode):
                raise NotYamlError(f"line {self._line(name)}: a name has to be a text")
            if name.value in found:
                raise NotYamlError(f"line {self._line(name)}: {name.value} stands there twice")
            found[name.value] = self.construct_object(value, deep=True)
        return found

    def list(self, node: yaml.SequenceNode) -> list[Any]:
        """A list."""
        return [self.construct_object(each, deep=True) for each in node.value]

    def number(self, node: yaml.ScalarNode) -> Any:
        """A number with exactly its digits."""
        try:
            return int(node.value) if node.tag == f"{_TAG}int" else exact_number(node.value)
        except ValueError as error:
            raise NotYamlError(f"line {self._line(node)}: {error}") from None

    def refused(self, node: yaml.Node) -> Any:
        """A value that JSON does not have."""
        raise NotYamlError(f"line {self._line(node)}: the tag {node.tag} means nothing here")

    @staticmethod
    def _line(at: Any) -> int:
        return int(at.start_mark.line) + 1


# Of the base's own, nothing: it makes days of texts, and truths of `no`.
_Loader.yaml_implicit_resolvers = {}
_Loader.yaml_constructors = {}
for _name, _pattern, _starts in _PLAIN:
    _Loader.add_implicit_resolver(_TAG + _name, _pattern, list(_starts))
for _name, _made in (
    ("null", SafeConstructor.construct_yaml_null),
    ("bool", SafeConstructor.construct_yaml_bool),
    ("int", _Loader.number),
    ("float", _Loader.number),
    ("str", SafeConstructor.construct_yaml_str),
    ("seq", _Loader.list),
    ("map", _Loader.object),
):
    _Loader.add_constructor(_TAG + _name, _made)
_Loader.add_constructor(None, _Loader.refused)  # None: the one for all other tags


class _TextLoader(_Loader):
    """Reads every value without a tag as the text that stands there."""


_TextLoader.yaml_implicit_resolvers = {}


def decode_yaml(text: str) -> Any:
    """The value of a YAML document.

    Raises:
        NotYamlError: It is none, or says what JSON could not.
    """
    return _decoded(text, _Loader)


def decode_yaml_texts(text: str) -> Any:
    """The same, where each value is a text by its letters: `007`, `1.10`, `no`, and an empty one for nothing."""
    return _decoded(text, _TextLoader)


def _decoded(text: str, loader: type[_Loader]) -> Any:
    try:
        return yaml.load(text, loader)  # noqa: S506  the loader makes nothing but what JSON has
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark or error.context_mark
        raise NotYamlError(
            f"line {at.line + 1 if at else 1}: {_in_words(str(error.problem or error.context))}"
        ) from None
    except yaml.YAMLError:
        raise NotYamlError("a character that no text has") from None
