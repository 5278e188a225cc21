"""Trading cards as somebody would photograph them: front and back, on a mat, with their wear."""

from __future__ import annotations

import random
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from annotator.demo.drawing import wear
from annotator.demo.drawing.canvas import (
    Color,
    darker,
    dice,
    glow,
    gradient,
    grain,
    jpeg,
    lighter,
    mixed,
    polygon_around,
    rgb,
    text_in,
    wrapped,
)
from annotator.demo.drawing.card_plan import ELEMENTS, Card
from annotator.demo.drawing.creatures import creature
from annotator.demo.drawing.drawn import Picture

WIDE, HIGH = 1240, 1736  # drawn at twice the size, so that edges become smooth
PHOTO = (750, 1050)
MATS = ("#3d4852", "#5b4636", "#2f4f4a", "#6b6f76", "#704c54", "#40496b")


def pictures(card: Card) -> list[Picture]:
    """Front and back, in this order."""
    return [
        Picture(f"card-{card.number + 1:03}-{side}.jpg", jpeg(photo(card, side)))
        for side in ("front", "back")
    ]


def photo(card: Card, side: str) -> Image.Image:
    """The worn card on a mat, nearly straight."""
    chance = dice("photo", card.number, side)
    face = front(card) if side == "front" else back(genuine=card.authentic).copy()
    face = wear.worn(face, card.on(side), age=card.age, chance=chance)
    face = face.reduce(2)
    outline = wear.outline(face.size, card.on(side))
    turn = chance.uniform(-1.6, 1.6)
    face = face.rotate(turn, Image.Resampling.BILINEAR, expand=True)
    outline = outline.rotate(turn, Image.Resampling.BILINEAR, expand=True)
    mat = rgb(dice("mat", card.number).choice(MATS))
    table = tabletop(mat).copy()
    left = (PHOTO[0] - face.width) // 2 + chance.randrange(-12, 13)
    top = (PHOTO[1] - face.height) // 2 + chance.randrange(-12, 13)
    shadow = Image.new("L", (PHOTO[0] // 4, PHOTO[1] // 4))
    shadow.paste(
        outline.reduce(4).point(lambda value: value * 6 // 10), (left // 4 + 3, top // 4 + 4)
    )
    shadow = shadow.filter(ImageFilter.GaussianBlur(3)).resize(PHOTO)
    table.paste(darker(mat, 0.85), (0, 0), shadow)
    table.paste(face, (left, top), outline)
    return table


@lru_cache(maxsize=len(MATS))
def tabletop(mat: Color) -> Image.Image:
    """The mat, lit from above."""
    table = glow((PHOTO[0] + 300, PHOTO[1] + 300), lighter(mat, 0.12), darker(mat, 0.3))
    return grain(table.crop((150, 150, 150 + PHOTO[0], 150 + PHOTO[1])), dice("mat", *mat), 7)


def forget() -> None:
    """Let go of what all pictures share, 35 MB: whoever draws the next one makes it anew."""
    tabletop.cache_clear()
    back.cache_clear()


def front(card: Card) -> Image.Image:
    """Frame, picture, attacks, small print."""
    light, middle, dark = (rgb(color) for color in ELEMENTS[card.element])
    chance = dice("front", card.number)
    border = rgb({0: "#f3d56b", 1: "#d5dae0", 2: "#2b2a33"}[card.rarity])
    image = Image.new("RGB", (WIDE, HIGH), border)
    shift = sum(
        {"left": -26, "right": 26}[f.place] for f in card.on("front") if f.kind == "off_centre"
    )
    panel = gradient((WIDE - 112, HIGH - 112), mixed(light, middle, 0.35), mixed(middle, dark, 0.1))
    draw_panel(panel, card, chance, (light, middle, dark))
    image.paste(panel, (56 + shift, 56))
    return image


def draw_panel(
    panel: Image.Image, card: Card, chance: random.Random, colors: tuple[Color, Color, Color]
) -> None:
    """All that is printed inside of the border."""
    light, _, dark = colors
    draw = ImageDraw.Draw(panel)
    wide = panel.width
    ink = darker(dark, 0.4)
    text_in(draw, (44, 66), card.name, size=72, fill=ink, anchor="lm", bold=True, widest=640)
    text_in(
        draw, (wide - 130, 66), f"{card.hit_points} HP", size=58, fill=ink, anchor="rm", bold=True
    )
    symbol(draw, (wide - 76, 66), 42, card.element, colors)
    window = (44, 124, wide - 44, 864)
    scene = picture((window[2] - window[0], window[3] - window[1]), card, chance, colors)
    panel.paste(scene, window[:2])
    draw.rectangle(window, outline=(232, 205, 120), width=10)
    draw.rounded_rectangle((110, 880, wide - 110, 944), 32, fill=lighter(light, 0.4))
    line = f"{card.element} creature  ·  {card.series}  ·  Stage {card.rarity + 1}"
    text_in(draw, (wide / 2, 912), line, size=38, fill=ink, anchor="mm")
    draw.rounded_rectangle((44, 968, wide - 44, 1438), 28, fill=lighter(light, 0.55))
    for index, (name, damage) in enumerate(card.attacks):
        top = 1040 + index * 150
        for cost in range(1 + damage // 30):
            symbol(draw, (100 + cost * 64, top), 26, card.element, colors)
        text_in(draw, (330, top), name, size=56, fill=ink, anchor="lm", bold=True)
        text_in(draw, (wide - 80, top), str(damage), size=66, fill=ink, anchor="rm", bold=True)
        draw.line((80, top + 74, wide - 80, top + 74), fill=mixed(light, dark, 0.3), width=3)
    for index, text in enumerate(wrapped(card.tale, 38, wide - 180)):
        text_in(draw, (84, 1330 + index * 46), text, size=38, fill=dark)
    draw_foot(draw, card, light, wide=wide)


def draw_foot(draw: ImageDraw.ImageDraw, card: Card, light: Color, *, wide: int) -> None:
    """The lines below the panel's frame: artist, publisher, number, rarity, weakness."""
    facts = f"Illus. {card.artist}"
    text_in(draw, (50, 1484), facts, size=34, fill=lighter(light, 0.6), anchor="lm")
    text_in(
        draw, (wide / 2, 1484), "LUMORA", size=34, fill=lighter(light, 0.6), anchor="mm", bold=True
    )
    number = f"{card.number + 1:03}/120"
    text_in(draw, (wide - 110, 1484), number, size=34, fill=lighter(light, 0.6), anchor="rm")
    corners = {0: [20.0] * 24, 1: [26.0] * 4, 2: [28.0, 12.0] * 5}[card.rarity]
    draw.polygon(polygon_around((wide - 72, 1484), corners, turn=-0.25), fill=lighter(light, 0.75))
    text_in(draw, (wide / 2, 1560), "Weakness 2     Retreat 1     Resistance 20", size=34,
            fill=lighter(light, 0.45), anchor="mm")  # fmt: skip


def symbol(
    draw: ImageDraw.ImageDraw,
    center: tuple[float, float],
    radius: float,
    element: str,
    colors: tuple[Color, Color, Color],
) -> None:
    """The element's coin."""
    light, middle, dark = colors
    x, y = center
    draw.ellipse(
        (x - radius, y - radius, x + radius, y + radius), fill=middle, outline=dark, width=5
    )
    points = 3 + list(ELEMENTS).index(element) % 5
    radii = [radius * 0.72, radius * 0.34] * points
    draw.polygon(polygon_around(center, radii, turn=-0.25), fill=lighter(light, 0.4))


def picture(
    size: tuple[int, int], card: Card, chance: random.Random, colors: tuple[Color, Color, Color]
) -> Image.Image:
    """A landscape with the creature in it, and a shimmer where it is a rare card."""
    light, middle, dark = colors
    sky = chance.choice((("#fce8c0", "#ef9a6b"), ("#bfe6ff", "#f5fbff"), ("#1d2352", "#6a4c93")))
    image = gradient(size, rgb(sky[0]), rgb(sky[1]))
    draw = ImageDraw.Draw(image)
    x, y, radius = chance.randrange(120, size[0] - 120), chance.randrange(90, 260), 70
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=lighter(light, 0.6))
    for _ in range(26):
        x, y, dot = chance.randrange(size[0]), chance.randrange(360), chance.choice((2, 3, 5))
        draw.ellipse((x - dot, y - dot, x + dot, y + dot), fill=lighter(light, 0.8))
    for layer in range(3):
        color = mixed(lighter(middle, 0.5 - 0.2 * layer), dark, 0.1 + 0.2 * layer)
        base = 430 + layer * 100
        points = [(step * size[0] / 6, base + chance.randrange(-75, 75)) for step in range(7)]
        draw.polygon([(0, size[1]), *points, (size[0], size[1])], fill=color)
    for _ in range(14):
        x, y = chance.randrange(size[0]), chance.randrange(640, size[1])
        draw.line(
            (x, y, x + chance.randrange(-14, 14), y - 40), fill=lighter(middle, 0.25), width=5
        )
    if card.rarity == 2:
        image = shimmer(image, chance)
    creature(image, chance, (size[0] / 2, 370), 270, mixed(middle, light, chance.uniform(0, 0.35)))
    return image


def shimmer(image: Image.Image, chance: random.Random) -> Image.Image:
    """Slanted bands of all colours and some stars, as holo foil has them."""
    small = Image.new("RGB", (64, 48))
    draw = ImageDraw.Draw(small)
    for index in range(-6, 16):
        color = rgb(f"hsl({(index * 37 + chance.randrange(20)) % 360}, 90%, 62%)")
        draw.polygon([(index * 8, 48), (index * 8 + 24, 0), (index * 8 + 30, 0), (index * 8 + 6, 48)],
                     fill=color)  # fmt: skip
    bands = small.resize(image.size, Image.Resampling.BICUBIC).point(
        lambda value: value * 45 // 100
    )
    foil = ImageChops.screen(image, bands)
    draw = ImageDraw.Draw(foil)
    for _ in range(18):
        place = (chance.randrange(image.width), chance.randrange(image.height))
        size = chance.uniform(8, 22)
        draw.polygon(polygon_around(place, [size, size * 0.25] * 4), fill=(255, 255, 255))
    return foil


@lru_cache(maxsize=2)
def back(*, genuine: bool) -> Image.Image:
    """The same for every card; a forgery has another emblem, a misspelt name and duller ink."""
    border, inner, outer = (
        (rgb("#23305f"), rgb("#5f7fd8"), rgb("#17204a"))
        if genuine
        else (rgb("#4a2f5c"), rgb("#8f7fb8"), rgb("#2f2748"))
    )
    image = Image.new("RGB", (WIDE, HIGH), border)
    panel = glow((WIDE - 112, HIGH - 112), inner, outer)
    draw = ImageDraw.Draw(panel)
    center = (panel.width / 2, panel.height / 2)
    for index in range(14, 1, -1):
        radii = [index * 62.0, index * 52.0] * 12
        color = mixed(inner, outer, 0.35 + 0.5 * (index % 2))
        draw.polygon(polygon_around(center, radii, turn=index / 48), outline=color, width=6)
    gold = rgb("#f2c94c") if genuine else rgb("#c9b36a")
    draw.ellipse((center[0] - 330, center[1] - 330, center[0] + 330, center[1] + 330),
                 fill=mixed(outer, inner, 0.25), outline=gold, width=14)  # fmt: skip
    star = [270.0, 110.0] * (8 if genuine else 5)
    draw.polygon(polygon_around(center, star, turn=-0.25), fill=gold)
    draw.ellipse((center[0] - 70, center[1] - 70, center[0] + 70, center[1] + 70), fill=outer)
    for y in (190, panel.height - 190):
        name = "LUMORA" if genuine else "LUMOBA"
        text_in(draw, (center[0], y), name, size=150, fill=gold, anchor="mm", bold=True)
    draw.rectangle((18, 18, panel.width - 18, panel.height - 18), outline=gold, width=8)
    image.paste(panel, (56, 56))
    return image
