"""Numbers → SVG geometry, so that templates place shapes and decide nothing.

Lengths are units of the viewBox, y grows downwards. Every chart keeps its numbers beside the
geometry: the template writes them into a table for people who don't see the picture.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from annotator.ui.words import number

GAP = 8  # between a tick's text and the plot
LETTER = 6.2  # about the width of a digit at the charts' 11 px
MAX_SERIES = 5  # more can't be told apart; charts.css knows as many


@dataclass(frozen=True)
class Spark:
    """A line as small as a word; ``points`` is empty below two numbers."""

    width: int
    height: int
    points: str
    area: str
    end: tuple[float, float] | None
    low: float
    high: float
    last: float | None


def sparkline(values: Sequence[float], *, width: int = 120, height: int = 28) -> Spark:
    """The course of some numbers, scaled to their own range; equal numbers lie in the middle."""
    if len(values) < 2:
        last = values[0] if values else None
        return Spark(width, height, "", "", None, last or 0, last or 0, last)
    low, high = min(values), max(values)
    inner = height - 4  # half a stroke and the end dot stay inside
    places = []
    for index, value in enumerate(values):
        up = (value - low) / (high - low) if high > low else 0.5
        places.append((round(index * width / (len(values) - 1), 1), round(2 + inner * (1 - up), 1)))
    points = _points(places)
    area = f"0,{height} {points} {width},{height}"
    return Spark(width, height, points, area, places[-1], low, high, values[-1])


@dataclass(frozen=True)
class Tick:
    at: float
    text: str
    place: str = ""  # first, last: how the text is anchored; only: it always has room


@dataclass(frozen=True)
class Line:
    name: str
    number: int  # 1–MAX_SERIES: the class series-N
    points: str
    end: tuple[float, float]
    last: str


@dataclass(frozen=True)
class LineChart:
    """A chart of lines over a common x. ``rows`` repeats it as text: x, then each line's value."""

    width: int
    height: int
    left: float
    bottom: float
    lines: list[Line]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    x_name: str
    names: list[str]
    rows: list[list[str]] = field(repr=False)


def line_chart(
    series: dict[str, Sequence[tuple[float, float]]],
    *,
    x_name: str,
    width: int = 640,
    height: int = 220,
    x_text: Callable[[float], str] = number,
    y_text: Callable[[float], str] = number,
    y_from_zero: bool = False,
) -> LineChart | None:
    """Lines by name, each (x, y) pairs in the order of x. None when there is nothing to draw.

    At most MAX_SERIES lines are drawn; values that are not finite (a diverged loss) are left out.
    """
    kept = {name: _finite(pairs) for name, pairs in list(series.items())[:MAX_SERIES]}
    kept = {name: pairs for name, pairs in kept.items() if pairs}
    if not kept:
        return None
    xs = sorted({x for pairs in kept.values() for x, _ in pairs})
    ys = [y for pairs in kept.values() for _, y in pairs]
    ticks = nice_ticks(min(0, *ys) if y_from_zero else min(ys), max(ys), text=y_text)
    left = GAP + LETTER * max(len(y_text(tick)) for tick in ticks)
    bottom, right = height - 24, width - 8
    to_x = _scale(xs[0], xs[-1], left, right)
    to_y = _scale(ticks[0], ticks[-1], bottom, 8)
    return LineChart(
        width=width,
        height=height,
        left=left,
        bottom=bottom,
        lines=_lines(kept, to_x, to_y, y_text),
        x_ticks=_x_ticks(xs, to_x, x_text),
        y_ticks=[Tick(to_y(tick), y_text(tick)) for tick in ticks],
        x_name=x_name,
        names=list(kept),
        rows=_rows(xs, kept, x_text, y_text),
    )


def _lines(
    series: dict[str, list[tuple[float, float]]],
    to_x: Callable[[float], float],
    to_y: Callable[[float], float],
    y_text: Callable[[float], str],
) -> list[Line]:
    lines = []
    for index, (name, pairs) in enumerate(series.items(), start=1):
        places = [(to_x(x), to_y(y)) for x, y in pairs]
        lines.append(Line(name, index, _points(places), places[-1], y_text(pairs[-1][1])))
    return lines


def _finite(pairs: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(x, y) for x, y in pairs if math.isfinite(x) and math.isfinite(y)]


def _points(places: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in places)


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    """A straight map of low…high on start…end; a range of no width lands in the middle."""
    if high == low:
        return lambda _: round((start + end) / 2, 1)
    return lambda value: round(start + (value - low) / (high - low) * (end - start), 1)


def _x_ticks(xs: list[float], to_x: Callable, x_text: Callable[[float], str]) -> list[Tick]:
    """First, middle and last x: enough to read a course, and they never run into each other."""
    if len(xs) == 1:
        return [Tick(to_x(xs[0]), x_text(xs[0]), "only")]
    ticks = [Tick(to_x(xs[0]), x_text(xs[0]), "first"), Tick(to_x(xs[-1]), x_text(xs[-1]), "last")]
    if len(xs) > 4:
        middle = xs[len(xs) // 2]
        ticks.insert(1, Tick(to_x(middle), x_text(middle)))
    return ticks


def _rows(xs: list[float], series: dict, x_text: Callable, y_text: Callable) -> list[list[str]]:
    """The same numbers as a table, thinned to about 20 rows; the last is always there."""
    by_x = [dict(pairs) for pairs in series.values()]
    step = max(1, math.ceil(len(xs) / 20))
    shown = sorted({*xs[::step], xs[-1]})
    return [[x_text(x), *(y_text(line[x]) if x in line else "–" for line in by_x)] for x in shown]


def nice_ticks(low: float, high: float, *, text: Callable[[float], str] = number) -> list[float]:
    """About five round numbers that enclose low…high, in steps of 1, 2 or 5 times a power of ten.

    A range too narrow to tell its ends apart is widened to both sides, one of 0 up to 1. Steps are as wide as
    it takes for the `text` of each to be its own and not that of a neighbour rounded.
    """
    size = max(abs(low), abs(high))
    if high - low <= max(1e-12, 1e-9 * size):
        low, high = (low - size / 2, high + size / 2) if size > 1e-12 else (0.0, 1.0)
    ticks: list[float] = []
    for doublings in range(64):
        ticks = _ticks(low, high, 2**doublings * (high - low) / 4)
        texts = [text(tick) for tick in ticks]
        if len(set(texts)) == len(texts):
            break
    return ticks[1:-1]


def _ticks(low: float, high: float, rough: float) -> list[float]:
    """Multiples of the next nice step from `rough` on that enclose low…high, and one more on each side."""
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    first, last = math.floor(low / step), math.ceil(high / step)
    places = max(0, -math.floor(math.log10(step)))
    ticks = [round(index * step, places) for index in range(first - 1, last + 2)]
    return [int(tick) for tick in ticks] if places == 0 else ticks


@dataclass(frozen=True)
class Bar:
    """A lying bar, ``width`` of 100 long."""

    name: str
    text: str
    width: float


def bar_chart(
    rows: Iterable[tuple[str, float]],
    *,
    highest: float | None = None,
    text: Callable[[float], str] = number,
) -> list[Bar]:
    """Bars from (name, value), all on one scale that begins at 0; what lies below it has no length.

    ``highest`` is the full length, else the largest value.
    """
    rows = list(rows)
    full = highest or max((value for _, value in rows), default=0) or 1
    return [
        Bar(name, text(value), round(100 * min(1, max(0, value) / full), 2)) for name, value in rows
    ]


@dataclass(frozen=True)
class Part:
    key: str
    name: str
    count: int
    x: float
    width: float


def stacked(parts: Iterable[tuple[str, str, int]]) -> list[Part]:
    """One bar of 100 units made of (key, name, count). Empty parts stay listed, without width."""
    parts = list(parts)
    total = sum(count for _, _, count in parts) or 1
    edges = [round(edge * 100 / total, 2) for edge in accumulate((n for *_, n in parts), initial=0)]
    return [
        Part(key, name, count, start, round(end - start, 2))
        for (key, name, count), (start, end) in zip(parts, pairwise(edges), strict=True)
    ]
