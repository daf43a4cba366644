"""Charts, drawn by Vega-Lite as SVG without scripts, once for a wide page and once for a narrow one.

Colours are the page's variables, so that a chart follows light and dark. Lengths are floats, for a screen has pixels;
every label is written from the exact amount.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import vl_convert
from markupsafe import Markup

from bill_report.amounts import short
from bill_report.parts import ZERO, Chart
from bill_values.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from decimal import Decimal

    from bill_report.parts import Series

VEGA_LITE = "6.4"
FONT = "Helvetica Neue, Arial, Liberation Sans, DejaVu Sans, sans-serif"
INK, MUTED, GRID, PAPER = "var(--ink)", "var(--muted)", "var(--grid)", "var(--paper)"

PART = "\u001f"
"""Stands between the number and the text of a label: two that read alike are two."""

LABEL = f"split(datum.label, '{PART}')[1]"


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
        return max(map(len, texts), default=0) * (self.font_size * 2 // 3) + 12


WIDE = Canvas(width=860, font_size=13, labels_max=250, band=30)
NARROW = Canvas(width=330, font_size=12, labels_max=0, band=44)
COLUMNS_HEIGHT = 250
MONEY_AXIS = {"grid": True, "tickCount": 5, "labelExpr": "replace(format(datum.value, '~s'), 'G', 'B')"}
STRIP = 28
AMOUNTS_WIDTH = 60
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


def _chart(summary: str, legend: Sequence[Series], spec_for: Callable[[Canvas], dict[str, Any]]) -> Chart:
    wide, narrow = (_drawn(spec_for(canvas), canvas) for canvas in (WIDE, NARROW))
    return Chart(summary=summary, wide=wide, narrow=narrow, legend=tuple(legend))


def _drawn(spec: dict[str, Any], canvas: Canvas) -> Markup:
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
    return Markup(svg)  # noqa: S704  Vega escapes texts, and the page's policy lets no script run


def _key(number: int, label: str) -> str:
    return f"{number:04d}{PART}{visible(label)}"


def _bars(rows: Sequence[Bar], canvas: Canvas) -> dict[str, Any]:
    values: list[dict[str, Any]] = [
        {
            "key": _key(number, each.label),
            "label": visible(each.label),
            "amount": float(each.amount),
            "end": float(max(each.amount, ZERO)),
            "said": each.said,
            "colour": each.colour,
        }
        for number, each in enumerate(rows)
    ]
    labels = min(canvas.labels_max, canvas.room([each["label"] for each in values]))
    width = canvas.width - labels
    band = {"field": "key", "type": "ordinal", "sort": None, "scale": {"paddingInner": 0.3, "paddingOuter": 0.1}}
    axis = None if canvas.is_narrow else _labels(labels)
    scale = {"range": [0, width - canvas.room([each.said for each in rows])], "nice": False}
    length = {"type": "quantitative", "axis": None, "scale": scale}
    down = 9 if canvas.is_narrow else 0
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "bar", "height": 16, "yOffset": down, "cornerRadiusEnd": 2},
            "encoding": {
                "x": {"field": "amount", **length},
                "color": {"field": "colour", "type": "nominal", "scale": None},
            },
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 6, "dy": down, "baseline": "middle"},
            "encoding": {"x": {"field": "end", **length}, "text": {"field": "said"}},
        },
    ]
    if canvas.is_narrow:
        mark = {"type": "text", "align": "left", "baseline": "middle", "dy": -10, "limit": canvas.width - 8}
        layers.append({"mark": mark, "encoding": {"x": {"value": 0}, "text": {"field": "label"}}})
    return {
        "data": {"values": values},
        "width": width,
        "height": {"step": canvas.band},
        "encoding": {"y": {**band, "axis": axis}},
        "layer": layers,
    }


def _stacks(
    labels: Sequence[str], series: Sequence[Series], canvas: Canvas, said: Callable[[Decimal], str], *, is_flat: bool
) -> dict[str, Any]:
    keys = [_key(number, label) for number, label in enumerate(labels)]
    values = [
        {"key": key, "amount": float(value), "colour": each.colour, "order": order}
        for order, each in enumerate(series)
        for key, value in zip(keys, each.values, strict=True)
    ]
    ends = [end for place, key in enumerate(keys) for end in _ends(key, [each.values[place] for each in series], said)]
    frame = _lying(labels, ends, canvas) if is_flat else _standing(ends, canvas)
    band = {"field": "key", "type": "ordinal", "sort": None, "scale": {"paddingInner": 0.25}, "axis": frame.axis}
    length = {"field": "amount", "type": "quantitative", **frame.length}
    text = {"type": "text", "fontSize": canvas.font_size - 1}
    return {
        "data": {"values": values},
        **frame.size,
        "encoding": {frame.across: band},
        "layer": [
            {
                "mark": {"type": "bar", "stroke": PAPER, "strokeWidth": 0.7},
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The way in which stacks grow, in the words of Vega-Lite.

    Attributes:
        along: The axis of amounts.
        across: The axis of labels.
        above: The place of the text at the end of what is positive.
        below: That of what is negative.
    """

    along: str
    across: str
    size: dict[str, Any]
    axis: dict[str, Any]
    length: dict[str, Any]
    above: dict[str, Any]
    below: dict[str, Any]


def _lying(labels: Sequence[str], ends: Sequence[dict[str, Any]], canvas: Canvas) -> Frame:
    beside = min(canvas.labels_max or LABELS_MAX, canvas.room(labels))
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
    )


def _standing(ends: Sequence[dict[str, Any]], canvas: Canvas) -> Frame:
    room = {"padding": 20} if _side(ends, is_above=False) else {}
    return Frame(
        along="y",
        across="x",
        size={"width": canvas.width - AMOUNTS_WIDTH, "height": COLUMNS_HEIGHT},
        axis={"labelAngle": 0, "labelExpr": LABEL, "labelColor": INK},
        length={"axis": MONEY_AXIS, "scale": room},
        above={"baseline": "bottom", "dy": -4},
        below={"baseline": "top", "dy": 5},
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
    """The axis of labels, with room for fonts that are wider than the one that Vega measures."""
    return {"labelExpr": LABEL, "labelColor": INK, "minExtent": room, "maxExtent": room, "labelLimit": room * 4 // 5}
