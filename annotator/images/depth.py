"""Makes 8 bits for each value of pictures that have more: 16 bits, grey or colour, and floating point.

16 bits that are used (a value above 4,095) keep their upper eight. 12 bits, as cameras and scanners put into
files of 16, would come out black: they are stretched by the range that the values have, all colours alike,
and it is said. A picture of one value has no range: it is read as 12 bits. Floats from 0 to 1 become 0 to
255, floats up to 255 stay, others are stretched as well.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import cast

from PIL import Image as Pillow
from PIL import ImageFile, ImageMath

from annotator.errors import BadInput

TEN_BITS = 1023
TWELVE_BITS = 4095
SIXTEEN_BITS = 65_535
NO_NUMBERS = "Its values are not all numbers. Save it with 8 or 16 bits for each colour."
STRIP_ROWS = 256  # that are computed with 32 bits at a time
# How Pillow unpacks 16 bits, by their order of bytes: it keeps the upper eight.
DEEP_COLOUR = re.compile(r"(RGB|RGBA);16([BLN])")
# The same with the other order gives the lower eight.
OTHER_ORDER = {"B": "L", "L": "B", "N": "B"}

Open = Callable[[], ImageFile.ImageFile]


def eight_bits(image: Pillow.Image) -> tuple[Pillow.Image, str]:
    """(a grey picture of mode I or F in mode L, a note). Raises BadInput for floats that are no numbers."""
    whole = image.mode != "F"
    image = image.convert("I") if whole else image
    bottom, top, note = _range(*_extrema(image), whole=whole)
    return _scaled(image, bottom, top), note


def deep_colours(image: Pillow.Image) -> str:
    """How pixels with 16 bits for each colour will be unpacked; empty for others. Call it before they are."""
    tiles = getattr(image, "tile", None)
    if not tiles:
        return ""
    args = tiles[0].args
    rawmode = args if isinstance(args, str) else str(args[0]) if args else ""
    return rawmode if DEEP_COLOUR.fullmatch(rawmode) or rawmode == "LA;16B" else ""


def stretch_colours(image: Pillow.Image, rawmode: str, reopen: Open) -> str:
    """Stretch, in place, a loaded picture of 16 bits for each colour when it uses 12; returns the note.

    Decoded again for its lower bytes, and computed in strips: 32 bits for each value of a whole picture
    would be too much.
    """
    colours = image.getbands()[:3]
    if max(_extrema(image.getchannel(band))[1] for band in colours) > TWELVE_BITS >> 8:
        return ""
    with reopen() as again:
        low = _lower_bytes(again, rawmode)
    extrema = [
        value
        for band in colours
        for _, deep in _strips(image, low, band)
        for value in _extrema(deep)
    ]
    bottom, top, note = _range(min(extrema), max(extrema), whole=True)
    stretched = {}
    for band in colours:
        stretched[band] = Pillow.new("L", image.size)
        for row, deep in _strips(image, low, band):
            stretched[band].paste(_scaled(deep, bottom, top), (0, row))
    if "A" in image.getbands():
        alpha = image.getchannel("A")
        stretched["A"] = _opaque(alpha)
    image.paste(Pillow.merge(image.mode, list(stretched.values())))
    return note


def _opaque(alpha: Pillow.Image) -> Pillow.Image:
    """The upper eight bits of transparency as eight whole ones, where 10 or 12 bits of 16 are used."""
    highest = _extrema(alpha)[1]
    if highest > TWELVE_BITS >> 8:
        return alpha
    factor = 255 // (TEN_BITS >> 8) if highest <= TEN_BITS >> 8 else 255 // (TWELVE_BITS >> 8)
    return alpha.point(lambda value: value * factor)


def _extrema(image: Pillow.Image) -> tuple[float, float]:
    """(the lowest value, the highest) of a picture of one band."""
    return cast(tuple[float, float], image.getextrema())


def _lower_bytes(again: ImageFile.ImageFile, rawmode: str) -> Pillow.Image:
    """The picture with the lower eight bits of each colour in place of the upper ones."""
    if rawmode == "LA;16B":  # four bytes: both of grey, both of transparency
        _unpack_as(again, rawmode, "RGBA")
        grey, alpha = again.getchannel("G"), again.getchannel("A")
        return Pillow.merge("RGBA", (grey, grey, grey, alpha))
    kind, order = rawmode.split(";16")
    _unpack_as(again, rawmode, f"{kind};16{OTHER_ORDER[order]}")
    return again.copy()


def _unpack_as(image: ImageFile.ImageFile, rawmode: str, other: str) -> None:
    image.tile = [
        tile._replace(args=(other, *tile.args[1:]) if isinstance(tile.args, tuple) else other)
        for tile in image.tile
    ]
    image.load()


def _strips(high: Pillow.Image, low: Pillow.Image, band: str) -> Iterator[tuple[int, Pillow.Image]]:
    """(its first row, a strip of one colour with all its bits, in mode I), from the top down."""
    upper, lower = high.getchannel(band), low.getchannel(band)
    for row in range(0, high.height, STRIP_ROWS):
        box = (0, row, high.width, min(row + STRIP_ROWS, high.height))
        deep = ImageMath.lambda_eval(
            lambda args: args["upper"] * 256 + args["lower"],
            upper=upper.crop(box),
            lower=lower.crop(box),
        )
        yield row, deep


def _scaled(image: Pillow.Image, bottom: float, top: float) -> Pillow.Image:
    """Mode L of mode I or F: `bottom` becomes 0, `top` 255, what lies beyond is cut off."""
    if (bottom, top) == (0, SIXTEEN_BITS):
        return image.point(lambda value: value / 256).convert("L")  # their upper eight bits
    factor = 255 / (top - bottom)
    return image.point(lambda value: value * factor + (0.5 - bottom * factor)).convert("L")


def _range(low: float, high: float, *, whole: bool) -> tuple[float, float, str]:
    """(the value that becomes black, the one that becomes white, a note) for values from `low` to `high`."""
    if not (math.isfinite(low) and math.isfinite(high)):
        raise BadInput(NO_NUMBERS)
    span = f"{low:g} to {high:g}"
    if whole and low >= 0 and TWELVE_BITS < high <= SIXTEEN_BITS:
        return 0, SIXTEEN_BITS, ""
    if not whole and low >= 0 and high <= 255:
        return (0, 1, f"Its values, {span}, were read as 0 to 1.") if high <= 1 else (0, 255, "")
    if low < high:
        return low, high, f"Its values, {span}, were stretched to 0 to 255."
    if whole and 0 <= low <= TWELVE_BITS:
        note = f"All its values are {low:g}; they were read as 12 bits." if low else ""
        return 0, TWELVE_BITS, note
    return low - 1, low + 1, f"All its values are {low:g}; it was made grey."
