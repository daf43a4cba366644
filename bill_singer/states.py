"""The shape of a STATE, as the SDK makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_singer.quoted import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BOOKMARKS = "bookmarks"


def bookmarks(state: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The bookmarks of a STATE, each with its place: of streams, and of their partitions.

    Raises:
        ValueError: It has another shape; the text names the place.
    """
    if state and BOOKMARKS not in state and "currently_syncing" not in state:
        raise ValueError(f"has no `{BOOKMARKS}`")
    for stream, bookmark in _object(state.get(BOOKMARKS, {}), BOOKMARKS).items():
        place = f"{BOOKMARKS}.{stream}"
        yield place, _bookmark(bookmark, place)
        partitions = bookmark.get("partitions", [])
        if not isinstance(partitions, list):
            raise ValueError(f"`{place}.partitions` is {quoted(partitions)}; a list is expected")  # noqa: TRY004  # of what a file says
        contexts: list[Any] = []
        for number, each in enumerate(partitions):
            inner = f"{place}.partitions[{number}]"
            context = _object(_bookmark(each, inner).get("context"), f"{inner}.context")
            if context in contexts:
                raise ValueError(f"`{place}` has two partitions of {context}")
            contexts.append(context)
            yield inner, each


def _bookmark(value: Any, place: str) -> dict[str, Any]:
    bookmark = _object(value, place)
    if bookmark.get("progress_markers") is not None:
        _object(bookmark["progress_markers"], f"{place}.progress_markers")
    return bookmark


def _object(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"`{place}` is {quoted(value)}; an object is expected")  # noqa: TRY004  # of what a file says
    return value
