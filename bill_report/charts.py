"""Charts, drawn by Vega-Lite as SVG without scripts, once for a wide page and once for a narrow one.

Colours are the page's variables, so that a chart follows light and dark. Lengths are floats, for a screen has pixels;
every amount is written exactly. Names are data of others: Vega never sees one, it draws marks in their places, and the
names are put there afterwards, escaped.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import accumulate
from math import ceil
from typing import TYPE_CHECKING, Any

import vl_convert
from markupsafe import Markup, escape

from bill_report.amounts import short
from bill_report.parts import ZERO, Chart
from bill_values.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from decimal import Decimal

    from bill_report.parts import Series

    Drawing = tuple[dict[str, Any], Sequence[str]]
    """A drawing in the words of Vega-Lite, and the names for its marks."""

VEGA_LITE = "6.4"
FONT = "Helvetica Neue, Arial, Liberation Sans, DejaVu Sans, sans-serif"
CUT = "\u2026"
INK, MUTED, GRID, PAPER = "var(--ink)", "var(--muted)", "var(--grid)", "var(--paper)"

WIDTHS = {**dict.fromkeys(".,:;'|!iIjl ()[]", 0.4), **dict.fromkeys("mwMW@%", 1.0)}
"""Letters in em that are much narrower, or wider, than the others of their kind, in the widest of the fonts."""

PLACE = re.compile(r"\bname-(\d+)\b")
"""The mark of a name in a drawing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """A width to draw for, in pixels.

    Attributes:
        labels_max: Most room for labels beside bars; 0 puts them above.
        band: From one bar to the next.
    """

    width: int
    font_size: int
    labels_max: int
    band: int

    @property
    def is_narrow(self) -> bool:
        """True if labels stand above bars, and time runs down."""
        return not self.labels_max

    def room(self, texts: Sequence[str]) -> int:
        """The room that texts need in any font: what Vega measures is another one than a reader has."""
        return ceil(max(map(_ems, texts), default=0) * self.font_size) + 12


WIDE = Canvas(width=860, font_size=13, labels_max=250, band=30)
NARROW = Canvas(width=310, font_size=12, labels_max=0, band=44)
COLUMNS_HEIGHT = 250
MONEY_AXIS = {"grid": True, "tickCount": 5, "labelExpr": "replace(format(datum.value, '~s'), 'G', 'B')"}
STRIP = 28
AMOUNTS_WIDTH = 60
COLUMN_MAX = 56
LABELS_MAX = 110
"""Most room for labels beside stacks on a narrow page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar with its label, and the text at its end."""

    label: str
    amount: Decimal
    said: str
    colour: str


def bars(rows: Sequence[Bar], summary: str) -> Chart | None:
    """Bars one below the other; None where all of them are zero, and there is nothing to see."""
    if not any(each.amount for each in rows):
        return None
    return _chart(summary, (), lambda canvas: _bars(rows, canvas))


def columns(labels: Sequence[str], series: Sequence[Series], summary: str) -> Chart | None:
    """Stacked columns from left to right, from above to below on a narrow page; what is negative goes the other way."""
    if not any(value for each in series for value in each.values):
        return None
    return _chart(summary, series, lambda canvas: _stacks(labels, series, canvas, short, is_flat=canvas.is_narrow))


def strips(labels: Sequence[str], series: Sequence[Series], summary: str) -> Chart | None:
    """Stacked counts one below the other."""
    if not any(value for each in series for value in each.values):
        return None
    return _chart(summary, series, lambda canvas: _stacks(labels, series, canvas, "{:,}".format, is_flat=True))


def _ems(text: str) -> float:
    """The width of a text, in em."""
    return sum(map(_em, text))


def _em(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    return WIDTHS.get(letter, 0.75 if letter.isupper() else 0.64)


def _fitting(text: str, ems: float) -> str:
    """The text, cut where it is wider than its place; the table has all of it."""
    text = visible(text)
    if _ems(text) <= ems:
        return text
    ends = accumulate(map(_em, text), initial=_em(CUT))
    return text[: sum(each <= ems for each in ends) - 1] + CUT


def _chart(summary: str, legend: Sequence[Series], draw: Callable[[Canvas], Drawing]) -> Chart:
    wide, narrow = (_drawn(*draw(canvas), canvas) for canvas in (WIDE, NARROW))
    return Chart(summary=summary, wide=wide, narrow=narrow, legend=tuple(legend))


def _drawn(spec: dict[str, Any], names: Sequence[str], canvas: Canvas) -> Markup:
    spec |= {
        "background": None,
        "padding": 2,
        "config": {
            "font": FONT,
            "aria": False,  # the page says what a chart shows, in words and as a table
            "view": {"stroke": None},
            "text": {"color": INK, "fontSize": canvas.font_size},
            "axis": {
                "domain": False,
                "ticks": False,
                "grid": False,
                "title": None,
                "labelColor": MUTED,
                "labelFontSize": canvas.font_size,
                "labelPadding": 6,
                "gridColor": GRID,
            },
        },
    }
    svg = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE, allowed_base_urls=[])
    return Markup(PLACE.sub(lambda found: escape(names[int(found[1])]), svg))  # noqa: S704  the rest is ours


def _mark(number: int) -> str:
    return f"name-{number}"


def _bars(rows: Sequence[Bar], canvas: Canvas) -> Drawing:
    values: list[dict[str, Any]] = [
        {
            "key": _mark(number),
            "amount": float(each.amount),
            "said": each.said,
            "is_above": each.amount >= 0,
            "colour": each.colour,
        }
        for number, each in enumerate(rows)
    ]
    beside = min(canvas.labels_max, canvas.room([visible(each.label) for each in rows]))
    width = canvas.width - beside
    band = {"field": "key", "type": "ordinal", "sort": None, "scale": {"paddingInner": 0.3, "paddingOuter": 0.1}}
    axis = None if canvas.is_narrow else _labels(beside)
    before, after = (
        canvas.room([each["said"] for each in _side(values, is_above=is_above)]) for is_above in (False, True)
    )
    scale = {"range": [before, width - after], "nice": False}
    length = {"type": "quantitative", "axis": None, "scale": scale}
    down = 9 if canvas.is_narrow else 0
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "bar", "height": 16, "yOffset": down},
            "encoding": {
                "x": {"field": "amount", "stack": None, **length},
                "color": {"field": "colour", "type": "nominal", "scale": None},
            },
        },
        *(
            {
                "data": {"values": _side(values, is_above=is_above)},
                "mark": {"type": "text", "dy": down, "baseline": "middle", **place},
                "encoding": {"x": {"field": "amount", **length}, "text": {"field": "said"}},
            }
            for is_above, place in ((True, {"align": "left", "dx": 6}), (False, {"align": "right", "dx": -6}))
        ),
    ]
    if canvas.is_narrow:
        mark = {"type": "text", "align": "left", "baseline": "middle", "dy": -10}
        layers.append({"mark": mark, "encoding": {"x": {"value": 0}, "text": {"field": "key"}}})
    spec = {
        "data": {"values": values},
        "width": width,
        "height": {"step": canvas.band},
        "encoding": {"y": {**band, "axis": axis}},
        "layer": layers,
    }
    return spec, _names([each.label for each in rows], beside or canvas.width, canvas)


def _stacks(
    labels: Sequence[str], series: Sequence[Series], canvas: Canvas, said: Callable[[Decimal], str], *, is_flat: bool
) -> Drawing:
    keys = [_mark(number) for number, _ in enumerate(labels)]
    values = [
        {"key": key, "amount": float(value), "colour": each.colour, "order": order}
        for order, each in enumerate(series)
        for key, value in zip(keys, each.values, strict=True)
    ]
    ends = [end for place, key in enumerate(keys) for end in _ends(key, [each.values[place] for each in series], said)]
    beside = min(canvas.labels_max or LABELS_MAX, canvas.room(labels))
    frame = _lying(beside, ends, canvas) if is_flat else _standing(len(labels), ends, canvas)
    band = {"field": "key", "type": "ordinal", "sort": None, "scale": {"paddingInner": 0.25}, "axis": frame.axis}
    length = {"field": "amount", "type": "quantitative", **frame.length}
    text = {"type": "text", "fontSize": canvas.font_size - 1}
    spec = {
        "data": {"values": values},
        **frame.size,
        "encoding": {frame.across: band},
        "layer": [
            {
                "mark": {"type": "bar", "stroke": PAPER, "strokeWidth": 0.7, **frame.bar},
                "encoding": {
                    frame.along: length,
                    "color": {"field": "colour", "type": "nominal", "scale": None},
                    "order": {"field": "order", "type": "quantitative"},
                },
            },
            *(
                {
                    "data": {"values": _side(ends, is_above=is_above)},
                    "mark": {**text, **place},
                    "encoding": {frame.along: length, "text": {"field": "said"}},
                }
                for is_above, place in ((True, frame.above), (False, frame.below))
            ),
        ],
    }
    return spec, _names(labels, beside, canvas)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The way in which stacks grow, in the words of Vega-Lite.

    Attributes:
        along: The axis of amounts.
        across: The axis of labels.
        above: The place of the text at the end of what is positive.
        below: That of what is negative.
        bar: What its bars have of their own.
    """

    along: str
    across: str
    size: dict[str, Any]
    axis: dict[str, Any]
    length: dict[str, Any]
    above: dict[str, Any]
    below: dict[str, Any]
    bar: dict[str, Any]


def _lying(beside: int, ends: Sequence[dict[str, Any]], canvas: Canvas) -> Frame:
    width = canvas.width - beside
    before, after = (
        canvas.room([each["said"] for each in _side(ends, is_above=is_above)]) for is_above in (False, True)
    )
    return Frame(
        along="x",
        across="y",
        size={"width": width, "height": {"step": STRIP}},
        axis=_labels(beside),
        length={"axis": None, "scale": {"range": [before, width - after], "nice": False}},
        above={"align": "left", "dx": 5},
        below={"align": "right", "dx": -5},
        bar={},
    )


def _standing(count: int, ends: Sequence[dict[str, Any]], canvas: Canvas) -> Frame:
    width = canvas.width - AMOUNTS_WIDTH
    room = {"padding": 20} if _side(ends, is_above=False) else {}
    return Frame(
        along="y",
        across="x",
        size={"width": width, "height": COLUMNS_HEIGHT},
        axis={"labelAngle": 0, "labelColor": INK, "labelOverlap": False},
        length={"axis": MONEY_AXIS, "scale": room},
        above={"baseline": "bottom", "dy": -4},
        below={"baseline": "top", "dy": 5},
        bar={"width": min(COLUMN_MAX, width * 3 // 4 // count)},
    )


def _side(ends: Sequence[dict[str, Any]], *, is_above: bool) -> list[dict[str, Any]]:
    return [each for each in ends if each["is_above"] is is_above]


def _ends(key: str, amounts: Sequence[Decimal], said: Callable[[Decimal], str]) -> list[dict[str, Any]]:
    """The texts at the two ends of a stack: what is positive, and what is negative."""
    above = sum((each for each in amounts if each > 0), ZERO)
    below = sum((each for each in amounts if each < 0), ZERO)
    return [
        {"key": key, "amount": float(each), "said": said(each), "is_above": each > 0} for each in (above, below) if each
    ]


def _labels(room: int) -> dict[str, Any]:
    return {"labelColor": INK, "minExtent": room, "maxExtent": room, "labelLimit": 0}


def _names(labels: Sequence[str], room: int, canvas: Canvas) -> list[str]:
    return [_fitting(each, (room - 10) / canvas.font_size) for each in labels]
