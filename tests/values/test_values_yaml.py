"""YAML that people wrote: what is wrong with it is told with what to do."""

from __future__ import annotations

import pytest

from bill_values.exact_yaml import NotYamlError, decode_yaml


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: b: c", 1, "put a value with a colon in quotes"),
        ("a: 1\nb\nc: 2", 3, "a name has no colon with a blank behind it"),
        ("a:\n\tb: 1", 2, "a tab stands where blanks indent"),
        ("a:\n  b: 1\n c: 2", 3, "indented otherwise"),
        ('a: "x" y', 1, "a quote ends too early"),
        ('a: "x', 1, "a quote is not closed"),
        ("a: [x", 1, "a bracket is not closed"),
        ("a: - b", 1, "a dash stands where no list can begin"),
        ('a: "C:\\dir"', 1, "write it twice"),
        ("a: @x", 1, "put the value in quotes"),
        ("a: %x", 1, "put the value in quotes"),
        ("a: & x", 1, "put the value in quotes"),
        ("a: |x", 1, "put the value in quotes"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_in_words(text: str, line: int, words: str) -> None:
    with pytest.raises(NotYamlError) as caught:
        decode_yaml(text)
    assert str(caught.value).startswith(f"line {line}: ")
    assert words in str(caught.value)
