"""What all drawings share: dice, fonts, colours, soft backgrounds, bytes."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFont, ImageOps

SEED = 20_261
JPEG_QUALITY = 82

Color = tuple[int, int, int]


def dice(*key: object) -> random.Random:
    """Chance that falls the same way for the same key."""
    return random.Random("/".join(map(str, (SEED, *key))))  # pictures, not secrets


@lru_cache(maxsize=64)
def font(size_px: int) -> ImageFont.FreeTypeFont:
    """Pillow's own typeface, so that none of the system is needed."""
    loaded = ImageFont.load_default(size_px)
    assert isinstance(loaded, ImageFont.FreeTypeFont)  # else Pillow lacks FreeType
    return loaded


def rgb(color: str) -> Color:
    """#RRGGBB as three numbers."""
    red, green, blue = ImageColor.getrgb(color)[:3]
    return red, green, blue


def mixed(one: Color, other: Color, share: float) -> Color:
    """The first colour with `share` (0–1) of the other in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def lighter(color: Color, share: float) -> Color:
    """Nearer to white."""
    return mixed(color, (255, 255, 255), share)


def darker(color: Color, share: float) -> Color:
    """Nearer to black."""
    return mixed(color, (12, 10, 24), share)


def gradient(size: tuple[int, int], top: Color, bottom: Color) -> Image.Image:
    """From one colour down to the other."""
    ramp = Image.linear_gradient("L").resize(size)
    return ImageOps.colorize(ramp, top, bottom)


def glow(size: tuple[int, int], inner: Color, outer: Color) -> Image.Image:
    """From one colour in the middle out to the other."""
    ramp = Image.radial_gradient("L").resize(size)
    return ImageOps.colorize(ramp, inner, outer)


def grain(image: Image.Image, chance: random.Random, strength: int) -> Image.Image:
    """The unevenness of paper and cameras: up to `strength` grey levels up or down."""
    tile = Image.frombytes("L", (96, 96), chance.randbytes(96 * 96))
    tile = tile.point(lambda value: value * 2 * strength // 255)
    sheet = Image.new("L", image.size)
    for left in range(0, image.width, 96):
        for top in range(0, image.height, 96):
            sheet.paste(tile, (left, top))
    return ImageChops.add(image, Image.merge("RGB", (sheet,) * 3), offset=-strength)


def text_in(
    draw: ImageDraw.ImageDraw,
    place: tuple[float, float],
    text: str,
    *,
    size: int,
    fill: Any,
    anchor: str = "la",
    bold: bool = False,
    widest: float | None = None,
) -> float:
    """Write one line, smaller where it would be wider than `widest`; gives its width in pixels."""
    while widest and size > 8 and draw.textlength(text, font(size)) > widest:
        size -= 1
    stroke = max(1, size // 34) if bold else 0
    draw.text(
        place,
        text,
        font=font(size),
        fill=fill,
        anchor=anchor,
        stroke_width=stroke,
        stroke_fill=fill,
    )
    return draw.textlength(text, font(size))


def wrapped(text: str, size: int, widest: float) -> list[str]:
    """The lines of a text, none wider than `widest` pixels unless it is one long word."""
    lines: list[str] = []
    for word in text.split():
        if lines and font(size).getlength(f"{lines[-1]} {word}") <= widest:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def polygon_around(
    center: tuple[float, float], radii: Sequence[float], *, turn: float = 0.0
) -> list[tuple[float, float]]:
    """Corners all around a point, each as far away as said; `turn` in full turns."""
    from math import cos, pi, sin

    count = len(radii)
    return [
        (
            center[0] + radius * cos(2 * pi * (index / count + turn)),
            center[1] + radius * sin(2 * pi * (index / count + turn)),
        )
        for index, radius in enumerate(radii)
    ]


def jpeg(image: Image.Image, *, quality: int = JPEG_QUALITY) -> bytes:
    """The bytes of the picture."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()
