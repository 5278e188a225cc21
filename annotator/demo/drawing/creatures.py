"""Creatures made of a few shapes, each another."""

from __future__ import annotations

import random
from typing import Any

from PIL import Image, ImageDraw

from annotator.demo.drawing.canvas import Color, darker, lighter, mixed, polygon_around

Point = tuple[float, float]


def creature(
    image: Image.Image, chance: random.Random, center: Point, size: float, color: Color
) -> None:
    """Draw one with its feet below `center`; `size` is about half its height, in pixels."""
    draw = ImageDraw.Draw(image)
    belly = lighter(color, 0.55)
    line = darker(color, 0.6)
    pen = Pen(draw, center, size, line)
    draw.ellipse(pen.box(0, 1.02, 0.95, 0.14), fill=darker(color, 0.72))
    parts = (tail, wings) if chance.random() < 0.45 else (tail,)
    for part in parts:
        part(pen, chance, mixed(color, line, 0.25))
    legs(pen, chance, darker(color, 0.18))
    wide = chance.uniform(0.55, 0.8)
    pen.ellipse(0, 0.38, wide, 0.62, color)
    pen.ellipse(0, 0.5, wide * 0.66, 0.44, belly, outlined=False)
    spots(pen, chance, darker(color, 0.25), wide)
    head_wide = chance.uniform(0.5, 0.68)
    ears(pen, chance, color, belly, head_wide)
    pen.ellipse(0, -0.38, head_wide, 0.5, color)
    face(pen, chance, line, head_wide)


class Pen:
    """Draws in units of the creature: (0, 0) is its middle, 1 its size."""

    def __init__(self, draw: ImageDraw.ImageDraw, center: Point, size: float, line: Color) -> None:
        self.draw, self.center, self.size, self.line = draw, center, size, line
        self.width = max(2, round(size / 28))

    def at(self, x: float, y: float) -> Point:
        """The pixel of a place."""
        return self.center[0] + x * self.size, self.center[1] + y * self.size

    def box(self, x: float, y: float, wide: float, high: float) -> list[float]:
        """The pixels around an ellipse with these half axes."""
        left, top = self.at(x - wide, y - high)
        right, bottom = self.at(x + wide, y + high)
        return [left, top, right, bottom]

    def ellipse(
        self, x: float, y: float, wide: float, high: float, fill: Color, *, outlined: bool = True
    ) -> None:
        """A filled ellipse."""
        pen: dict[str, Any] = {"outline": self.line, "width": self.width} if outlined else {}
        self.draw.ellipse(self.box(x, y, wide, high), fill=fill, **pen)

    def shape(self, points: list[Point], fill: Color) -> None:
        """A filled polygon with an outline, and its mirror image."""
        for side in (1, -1):
            corners = [self.at(x * side, y) for x, y in points]
            self.draw.polygon(corners, fill=fill, outline=self.line, width=self.width)


def tail(pen: Pen, chance: random.Random, color: Color) -> None:
    """To one side, thinner towards its end."""
    side, curl = chance.choice((-1, 1)), chance.uniform(0.3, 0.8)
    for step in range(9):
        share = step / 8
        x = side * (0.5 + 0.62 * share)
        y = 0.72 - curl * share**1.6
        pen.ellipse(x, y, 0.17 - 0.1 * share, 0.17 - 0.1 * share, color, outlined=False)
    pen.ellipse(side * 1.14, 0.7 - curl, 0.15, 0.15, lighter(color, 0.5))


def wings(pen: Pen, chance: random.Random, color: Color) -> None:
    """A pair, spread."""
    reach = chance.uniform(1.15, 1.4)
    points = [(0.3, 0.1), (0.75, -0.55), (reach, -0.7), (reach * 0.92, -0.25), (reach, 0.0)]
    pen.shape([*points, (reach * 0.78, 0.08), (0.7, 0.4)], lighter(color, 0.35))


def legs(pen: Pen, chance: random.Random, color: Color) -> None:
    """Two feet, sometimes arms."""
    for side in (-1, 1):
        pen.ellipse(side * 0.36, 0.93, 0.24, 0.13, color)
    if chance.random() < 0.6:
        for side in (-1, 1):
            pen.ellipse(side * 0.68, 0.28, 0.14, 0.24, color)


def spots(pen: Pen, chance: random.Random, color: Color, wide: float) -> None:
    """Some, on the flanks."""
    for _ in range(chance.randrange(0, 5)):
        side, y = chance.choice((-1, 1)), chance.uniform(0.1, 0.6)
        pen.ellipse(side * wide * 0.8, y, 0.07, 0.06, color, outlined=False)


def ears(pen: Pen, chance: random.Random, color: Color, belly: Color, wide: float) -> None:
    """Pointed, round, horns or antennae."""
    kind = chance.randrange(4)
    if kind == 0:
        pen.shape([(wide * 0.3, -0.72), (wide * 0.95, -1.25), (wide * 0.98, -0.5)], color)
        pen.shape([(wide * 0.5, -0.75), (wide * 0.86, -1.08), (wide * 0.88, -0.62)], belly)
    elif kind == 1:
        for side in (-1, 1):
            pen.ellipse(side * wide * 0.85, -0.8, 0.24, 0.24, color)
            pen.ellipse(side * wide * 0.85, -0.8, 0.13, 0.13, belly, outlined=False)
    elif kind == 2:
        horn = [(wide * 0.35, -0.78), (wide * 0.5, -1.35), (wide * 0.8, -0.62)]
        pen.shape(horn, (240, 228, 200))
    else:
        for side in (-1, 1):
            ends = [pen.at(side * 0.15, -0.8), pen.at(side * 0.5, -1.25)]
            pen.draw.line(ends, fill=pen.line, width=pen.width * 2)
            pen.ellipse(side * 0.52, -1.28, 0.1, 0.1, belly)
        crest = polygon_around(pen.at(0, -0.86), [pen.size * 0.2, pen.size * 0.1] * 5)
        pen.draw.polygon(crest, fill=color, outline=pen.line, width=pen.width)


def face(pen: Pen, chance: random.Random, line: Color, wide: float) -> None:
    """Eyes with a spark of light, a mouth, cheeks."""
    apart, size = wide * chance.uniform(0.42, 0.56), chance.uniform(0.11, 0.16)
    iris = chance.choice(((35, 30, 60), (30, 90, 60), (120, 30, 40), (20, 70, 120)))
    for side in (-1, 1):
        pen.ellipse(side * apart, -0.42, size, size * 1.25, (255, 255, 255))
        pen.ellipse(side * apart * 0.94, -0.4, size * 0.62, size * 0.9, iris, outlined=False)
        x = side * apart * 0.94 + size * 0.2
        pen.ellipse(x, -0.48, size * 0.24, size * 0.24, (255, 255, 255), outlined=False)
        pen.ellipse(side * wide * 0.72, -0.18, 0.09, 0.05, (240, 150, 150), outlined=False)
    if chance.random() < 0.35:
        pen.ellipse(0, -0.22, 0.16, 0.1, (250, 205, 90))  # a beak
        pen.draw.line([pen.at(-0.15, -0.21), pen.at(0.15, -0.21)], fill=line, width=pen.width)
    else:
        pen.ellipse(0, -0.27, 0.05, 0.035, line, outlined=False)
        pen.draw.arc(pen.box(0, -0.22, 0.17, 0.12), 20, 160, fill=line, width=pen.width)
