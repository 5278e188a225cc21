"""The wear of a card, drawn as its flaws say."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from annotator.demo.drawing.card_plan import Flaw

PAPER = (244, 238, 224)
BEND = 150  # pixels of the drawing that a bent corner measures
RADIUS = 56  # of the card's corners


def worn(
    face: Image.Image, flaws: Sequence[Flaw], *, age: float, chance: random.Random
) -> Image.Image:
    """The face with its flaws; `age` (0–1) yellows and dulls all of it."""
    if age > 0:
        face = face.point(yellowing(age))
    for flaw in flaws:
        if flaw.kind in DRAWN:
            face = DRAWN[flaw.kind](face, flaw.place, chance)
    return face


def yellowing(age: float) -> list[int]:
    """A table of 3 × 256 levels: nearer to the brown of old paper."""
    table = []
    for thick, brown in ((0.98, 214), (0.89, 196), (0.67, 150)):
        kept = 1 - (0.15 + age * 0.85) * (1 - thick)
        table += [round(level * kept * (1 - age * 0.3) + brown * age * 0.3) for level in range(256)]
    return table


def outline(size: tuple[int, int], flaws: Sequence[Flaw]) -> Image.Image:
    """Where the card is (255) and where the mat shows (0), at the photo's scale."""
    mask = Image.new("L", (size[0] * 2, size[1] * 2))
    draw = ImageDraw.Draw(mask)
    draw.rounded_rectangle((0, 0, mask.width - 1, mask.height - 1), RADIUS, fill=255)
    for flaw in flaws:
        if flaw.kind == "bent":
            draw.polygon(triangle(mask.size, flaw.place, BEND), fill=0)
    return mask.reduce(2)


def triangle(size: tuple[int, int], corner: str, reach: float) -> list[tuple[float, float]]:
    """The corner's three points."""
    x = 0 if "left" in corner else size[0]
    y = 0 if "upper" in corner else size[1]
    inward_x, inward_y = (1 if x == 0 else -1), (1 if y == 0 else -1)
    return [(x, y), (x + inward_x * reach, y), (x, y + inward_y * reach)]


def crease(face: Image.Image, place: str, chance: random.Random) -> Image.Image:
    """A broken line from edge to edge: a dark fold beside a white one."""
    draw = ImageDraw.Draw(face)
    middle = face.height * (0.27 if place == "upper" else 0.73)
    slope = chance.uniform(-160, 160)
    points = [
        (face.width * step / 12, middle + slope * (step / 12 - 0.5) + chance.uniform(-9, 9))
        for step in range(13)
    ]
    draw.line([(x, y + 9) for x, y in points], fill=(70, 58, 50), width=7, joint="curve")
    draw.line(points, fill=PAPER, width=10, joint="curve")
    return face


def stain(face: Image.Image, place: str, chance: random.Random) -> Image.Image:
    """A ring of coffee."""
    mask = Image.new("L", (face.width // 8, face.height // 8))
    draw = ImageDraw.Draw(mask)
    x = mask.width * (0.28 if "left" in place else 0.72) + chance.uniform(-6, 6)
    y = mask.height * (0.24 if "upper" in place else 0.76) + chance.uniform(-6, 6)
    radius = chance.uniform(24, 33)
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=110, outline=215, width=4)
    draw.ellipse((x - radius * 0.3, y, x + radius * 0.8, y + radius * 0.7), fill=150)
    mask = mask.filter(ImageFilter.GaussianBlur(1.5)).resize(face.size, Image.Resampling.BICUBIC)
    brown = ImageChops.multiply(face, Image.new("RGB", face.size, (150, 104, 56)))
    return Image.composite(brown, face, mask)


def bent(face: Image.Image, place: str, chance: random.Random) -> Image.Image:
    """The corner folded over: its white underside lies on the face."""
    draw = ImageDraw.Draw(face)
    corner, across, down = triangle(face.size, place, BEND)
    over = (across[0], down[1])
    shadow = [(x + (over[0] - corner[0]) * 0.08, y + (over[1] - corner[1]) * 0.08) for x, y in
              (across, down, over)]  # fmt: skip
    draw.polygon(shadow, fill=(60, 52, 46))
    draw.polygon([across, down, over], fill=PAPER, outline=(150, 140, 124), width=4)
    return face


def scratch(face: Image.Image, place: str, chance: random.Random) -> Image.Image:
    """Some thin lines side by side."""
    draw = ImageDraw.Draw(face)
    middle = face.height * {"upper": 0.2, "middle": 0.5, "lower": 0.8}[place]
    left, lean = chance.uniform(0.12, 0.3) * face.width, chance.uniform(-220, 220)
    length = chance.uniform(0.4, 0.55) * face.width
    for line in range(4):
        y = middle + line * 15 + chance.uniform(-4, 4)
        ends = (left + line * 12, y, left + length + chance.uniform(-90, 40), y + lean)
        draw.line(ends, fill=(250, 248, 242), width=chance.choice((3, 4, 6)))
    return face


def edge(face: Image.Image, place: str, chance: random.Random) -> Image.Image:
    """White paper where the colour has gone."""
    draw = ImageDraw.Draw(face)
    upright = place in {"left", "right"}
    length = face.height if upright else face.width
    start = chance.uniform(0.08, 0.25) * length
    while start < length * 0.9:
        long, deep = chance.uniform(20, 90), chance.uniform(8, 30)
        near = 0 if place in {"left", "upper"} else (face.width if upright else face.height)
        box = (near - deep, start, near + deep, start + long)
        draw.ellipse(box if upright else (box[1], box[0], box[3], box[2]), fill=PAPER)
        start += chance.uniform(18, 70)
    return face


def corner(face: Image.Image, place: str, chance: random.Random) -> Image.Image:
    """Rubbed down to the paper."""
    draw = ImageDraw.Draw(face)
    x, y = triangle(face.size, place, 0)[0]
    for _ in range(9):
        radius = chance.uniform(24, 52)
        near, far = x + chance.uniform(-46, 46), y + chance.uniform(-46, 46)
        draw.ellipse((near - radius, far - radius, near + radius, far + radius), fill=PAPER)
    return face


DRAWN: dict[str, Callable[[Image.Image, str, random.Random], Image.Image]] = {
    "crease": crease,
    "stain": stain,
    "bent": bent,
    "scratch": scratch,
    "edge": edge,
    "corner": corner,
}
