"""Opens the images of a sample as a model sees them: upright, RGB, cut out and resized."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageOps

SIZE = re.compile(r"\s*(\d{1,5})(?:\s*[x×,]\s*(\d{1,5}))?\s*", re.IGNORECASE)
WHITE = (255, 255, 255, 255)


def open_part(part: Mapping[str, Any], *, max_side: int | None) -> Image.Image:
    """One part of a sample (runner/__init__.py). Raises OSError for a file that can't be read."""
    with Image.open(part["path"]) as opened:
        image = as_rgb(ImageOps.exif_transpose(opened))
    if part["box"]:
        image = cut_out(image, part["box"])
    image = resized(image, part["resize"])
    if max_side and max(image.size) > max_side:
        image.thumbnail((max_side, max_side))
    return image


def as_rgb(image: Image.Image) -> Image.Image:
    """Transparent pixels over white; 16 bits per pixel scaled to 8."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value / 256).convert("L").convert("RGB")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, WHITE), rgba).convert("RGB")
    return image.convert("RGB")


def cut_out(image: Image.Image, box: tuple[float, float, float, float]) -> Image.Image:
    """The box, at least one pixel of it, within the image."""
    left, top, right, bottom = (round(side) for side in box)
    left, top = min(max(left, 0), image.width - 1), min(max(top, 0), image.height - 1)
    right = max(min(right, image.width), left + 1)
    return image.crop((left, top, right, max(min(bottom, image.height), top + 1)))


def resized(image: Image.Image, wanted: str | None) -> Image.Image:
    """ "512" is the longer side, "640x480" width and height, in pixels; anything else changes nothing."""
    match = SIZE.fullmatch(wanted or "")
    if match is None or not int(match[1]) or match[2] == "0":
        return image
    if match[2]:
        return image.resize((int(match[1]), int(match[2])))
    factor = int(match[1]) / max(image.size)
    return image.resize((max(1, round(image.width * factor)), max(1, round(image.height * factor))))
