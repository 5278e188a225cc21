"""Cars, bicycles, people and traffic lights; each says in which box it was drawn."""

from __future__ import annotations

from PIL import ImageDraw

from annotator.demo.drawing.canvas import darker, lighter, rgb
from annotator.demo.drawing.street_plan import PAINTS, Thing

Box = tuple[float, float, float, float]  # xmin, ymin, xmax, ymax in pixels of the drawing
INK = (32, 32, 38)
SKIN = ((240, 204, 176), (206, 160, 122), (146, 100, 72), (96, 66, 50))
LAMPS = {"red": (238, 62, 52), "amber": (250, 184, 44), "green": (70, 208, 104)}


class Place:
    """Draws in units around a thing's feet: x to its front, y up, 1 is a pixel at scale 1."""

    def __init__(self, draw: ImageDraw.ImageDraw, thing: Thing) -> None:
        self.draw = draw
        self.x, self.y, self.scale, self.heading = (
            thing.x * 2,
            thing.y * 2,
            thing.scale,
            thing.heading,
        )

    def at(self, x: float, y: float) -> tuple[float, float]:
        """The pixel of a place."""
        return self.x + x * self.scale * self.heading, self.y - y * self.scale

    def box(self, left: float, low: float, right: float, high: float) -> Box:
        """The pixels between two corners."""
        (one, bottom), (other, top) = self.at(left, low), self.at(right, high)
        return min(one, other), top, max(one, other), bottom

    def polygon(self, points: list[tuple[float, float]], fill: tuple[int, int, int]) -> None:
        """A filled shape."""
        self.draw.polygon([self.at(x, y) for x, y in points], fill=fill)

    def line(
        self, points: list[tuple[float, float]], fill: tuple[int, int, int], wide: int
    ) -> None:
        """A thick line."""
        self.draw.line([self.at(x, y) for x, y in points], fill=fill,
                       width=max(1, round(wide * self.scale)), joint="curve")  # fmt: skip

    def disc(self, x: float, y: float, radius: float, fill: tuple[int, int, int]) -> None:
        """A filled circle."""
        self.draw.ellipse(self.box(x - radius, y - radius, x + radius, y + radius), fill=fill)

    def ring(self, x: float, y: float, radius: float, wide: int) -> None:
        """A wheel of a bicycle."""
        self.draw.ellipse(self.box(x - radius, y - radius, x + radius, y + radius), outline=INK,
                          width=max(2, round(wide * self.scale)))  # fmt: skip


def car(draw: ImageDraw.ImageDraw, thing: Thing, *, is_dark: bool) -> Box:
    """From the side, 380 wide."""
    place, paint = Place(draw, thing), rgb(PAINTS[thing.color])
    draw.ellipse(place.box(-200, -12, 200, 14), fill=INK)
    place.polygon(
        [(-190, 34), (-186, 92), (-120, 104), (-76, 158), (62, 158), (116, 104), (178, 90), (190, 58),
         (188, 34)],
        paint,
    )  # fmt: skip
    place.polygon([(-190, 34), (-188, 58), (190, 58), (188, 34)], darker(paint, 0.22))
    glass = (70, 92, 116) if is_dark else (176, 212, 232)
    place.polygon([(-104, 106), (-68, 148), (-10, 148), (-10, 106)], glass)
    place.polygon([(2, 106), (2, 148), (54, 148), (98, 106)], glass)
    place.line([(-4, 44), (-4, 150)], darker(paint, 0.35), 4)
    place.line([(14, 92), (40, 92)], darker(paint, 0.5), 6)
    for x in (-116, 116):
        place.disc(x, 34, 40, INK)
        place.disc(x, 34, 22, (184, 188, 194))
        place.disc(x, 34, 8, INK)
    place.disc(178, 74, 11, (255, 244, 190))
    place.disc(-180, 78, 9, (208, 40, 36))
    if is_dark:
        place.polygon([(190, 78), (300, 100), (300, 30), (190, 66)], (116, 112, 96))
    return place.box(-192, -8, 192, 160)


def person(draw: ImageDraw.ImageDraw, thing: Thing, *, is_dark: bool) -> Box:
    """Walking, 190 high."""
    place, coat = Place(draw, thing), rgb(thing.color)
    skin, trousers = SKIN[(thing.x + thing.y) % len(SKIN)], darker(coat, 0.6)
    draw.ellipse(place.box(-34, -7, 34, 7), fill=(96, 92, 90))
    place.line([(0, 84), (-20, 6)], trousers, 17)
    place.line([(2, 84), (22, 6)], trousers, 17)
    place.line([(-22, 4), (-8, 4)], INK, 10)
    place.line([(20, 4), (34, 4)], INK, 10)
    place.polygon([(-22, 78), (-20, 142), (20, 142), (24, 78)], coat)
    place.line([(-14, 136), (-28, 92)], darker(coat, 0.18), 13)
    place.line([(14, 136), (30, 96)], darker(coat, 0.18), 13)
    place.disc(2, 164, 21, skin)
    place.polygon([(-20, 164), (-18, 184), (4, 190), (22, 178), (18, 172), (-8, 174)], INK)
    return place.box(-38, -6, 38, 192)


def bicycle(draw: ImageDraw.ImageDraw, thing: Thing, *, is_dark: bool) -> Box:
    """With its rider, 190 wide."""
    place, coat = Place(draw, thing), rgb(thing.color)
    draw.ellipse(place.box(-96, -6, 96, 8), fill=INK)
    for x in (-58, 58):
        place.ring(x, 38, 38, 7)
    frame = lighter(coat, 0.3)
    place.line([(-58, 38), (-22, 84), (42, 84), (0, 38), (-58, 38)], frame, 7)
    place.line([(0, 38), (-22, 88)], frame, 7)
    place.line([(58, 38), (42, 100), (54, 106)], frame, 7)
    place.line([(-16, 92), (16, 62), (2, 30)], darker(coat, 0.65), 15)
    place.polygon([(-30, 92), (-8, 156), (20, 148), (-2, 88)], coat)
    place.line([(6, 146), (30, 116), (48, 108)], coat, 12)
    place.disc(18, 172, 19, SKIN[(thing.x + thing.y) % len(SKIN)])
    place.polygon([(-2, 174), (4, 194), (26, 196), (40, 178)], (206, 58, 52))
    return place.box(-98, -4, 98, 198)


def traffic_light(draw: ImageDraw.ImageDraw, foot: tuple[int, int], lit: str) -> Box:
    """A pole with three lamps, one of them lit."""
    x, y = foot
    draw.rectangle((x - 7, y - 400, x + 7, y), fill=(66, 68, 74))
    draw.rounded_rectangle((x - 38, y - 480, x + 38, y - 270), 18, fill=(38, 40, 46))
    for index, name in enumerate(LAMPS):
        middle = y - 442 + index * 66
        color = LAMPS[name] if name == lit else darker(LAMPS[name], 0.78)
        if name == lit:
            draw.ellipse((x - 34, middle - 34, x + 34, middle + 34), fill=darker(color, 0.45))
        draw.ellipse((x - 25, middle - 25, x + 25, middle + 25), fill=color)
    return x - 40, y - 482, x + 40, y
