"""Boxes as tools write them: turned, in percent, as corner and size."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from typing import Any, TypeGuard

from annotator.errors import BadInput

Corners = tuple[float, float, float, float]  # left, top, right, bottom
Point = tuple[float, float]

DECIMALS = 6  # of a pixel or of a fraction; what is behind them is left over from arithmetic


def enclosing(points: Iterable[Point]) -> Corners:
    """The upright box around the points."""
    xs, ys = zip(*points, strict=True)
    return rounded((min(xs), min(ys), max(xs), max(ys)))


def turned(corners: Corners, degrees: float, *, about: Point) -> Corners:
    """The upright box around a box that is turned clockwise about a point; lengths must be pixels."""
    if not degrees % 360:
        return rounded(corners)
    left, top, right, bottom = corners
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    moved = [
        (x - about[0], y - about[1])
        for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))
    ]
    return enclosing((about[0] + x * cos - y * sin, about[1] + x * sin + y * cos) for x, y in moved)


def from_size(given: Any) -> Corners:
    """The corners of [x, y, width, height]. Raises BadInput unless these are numbers and a size."""
    if not isinstance(given, list) or len(given) != 4 or not all(map(is_number, given)):
        raise BadInput("is no list of four numbers")
    x, y, width, height = given
    if width <= 0 or height <= 0:
        raise BadInput("has no width or height")
    return rounded((x, y, x + width, y + height))


def size_of(holder: dict[str, Any], width: str, height: str) -> tuple[int, int] | None:
    """The size in pixels at these two keys; None unless both are numbers above 0."""
    given = holder.get(width), holder.get(height)
    if is_number(given[0]) and is_number(given[1]) and given[0] > 0 and given[1] > 0:
        return int(given[0]), int(given[1])
    return None


def is_number(value: Any) -> TypeGuard[int | float]:
    """Whether it's a finite number that a float can hold, and no text or boolean."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= sys.float_info.max


def rounded(corners: Corners) -> Corners:
    """Without what arithmetic leaves behind the sixth decimal."""
    left, top, right, bottom = (round(value, DECIMALS) for value in corners)
    return left, top, right, bottom


def left_out(reasons: Iterable[str]) -> str:
    """What a row's note says of boxes that can't be used, each reason once; empty without any."""
    told = ", ".join(dict.fromkeys(reasons))
    return f"boxes are left out: {told}" if told else ""
