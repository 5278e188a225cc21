"""Price labels on the edge of a shelf."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image, ImageDraw

from annotator.demo.drawing.canvas import (
    darker,
    dice,
    gradient,
    grain,
    jpeg,
    lighter,
    rgb,
    text_in,
)
from annotator.demo.drawing.drawn import Picture

GOODS = {  # product: category, unit, price in cents
    "Oat biscuits": ("bakery", "250 g", 229),
    "Rye bread": ("bakery", "750 g", 349),
    "Butter croissants": ("bakery", "4 pieces", 279),
    "Mountain cheese": ("dairy", "200 g", 399),
    "Plain yoghurt": ("dairy", "500 g", 149),
    "Salted butter": ("dairy", "250 g", 259),
    "Red apples": ("produce", "1 kg", 289),
    "Baby spinach": ("produce", "150 g", 199),
    "Cherry tomatoes": ("produce", "400 g", 249),
    "Orange juice": ("drinks", "1 l", 219),
    "Mineral water": ("drinks", "6 × 1.5 l".replace("×", "x"), 319),
    "Ground coffee": ("drinks", "500 g", 649),
}
COLORS = {"bakery": "#c98a3d", "dairy": "#3f7fc1", "produce": "#4f9d4a", "drinks": "#8b4fa8"}
SIZE = (720, 480)


@dataclass(frozen=True)
class Label:
    """What is printed."""

    product: str
    category: str
    unit: str
    price: float
    on_offer: bool


def label(number: int) -> Label:
    """Label `number`, from 0."""
    chance = dice("shelf", number)
    product = chance.choice(list(GOODS))
    category, unit, cents = GOODS[product]
    on_offer = chance.random() < 0.35
    cents = cents + chance.randrange(-4, 9) * 10
    return Label(product, category, unit, (cents * 8 // 10 if on_offer else cents) / 100, on_offer)


def pictures(number: int) -> list[Picture]:
    """One photograph: goods above, the label on its rail."""
    one, chance = label(number), dice("shelf picture", number)
    color = rgb(COLORS[one.category])
    image = gradient((SIZE[0] * 2, SIZE[1] * 2), (236, 231, 222), (196, 188, 176))
    draw = ImageDraw.Draw(image)
    left, high = -40 + chance.randrange(60), chance.randrange(330, 400)
    while left < image.width:
        wide = chance.choice((180, 200, 230))
        shade = lighter(color, chance.uniform(0.05, 0.5))
        draw.rounded_rectangle((left, 420 - high, left + wide, 430), 22, fill=shade)
        draw.rectangle(
            (left + 20, 300 - high // 2, left + wide - 20, 380), fill=lighter(shade, 0.6)
        )
        draw.line((left + 8, 444 - high, left + 8, 420), fill=darker(shade, 0.2), width=6)
        left += wide + 14
    draw.rectangle((0, 430, image.width, 470), fill=(122, 112, 100))
    draw.rectangle((0, 470, image.width, image.height), fill=(88, 82, 76))
    image = image.reduce(2)
    card = paint(one).rotate(chance.uniform(-2.2, 2.2), Image.Resampling.BICUBIC, expand=True)
    place = ((SIZE[0] - card.width) // 2 + chance.randrange(-40, 40), 204 + chance.randrange(-6, 7))
    image.paste(card, place, card)
    return [Picture(f"shelf-{number + 1:03}.jpg", jpeg(grain(image, chance, 8)))]


def paint(one: Label) -> Image.Image:
    """The label alone, with a transparent margin."""
    image = Image.new("RGBA", (1_000, 480))
    draw = ImageDraw.Draw(image)
    paper = (255, 232, 92) if one.on_offer else (253, 253, 250)
    draw.rounded_rectangle((10, 10, 990, 470), 26, fill=paper, outline=(60, 56, 50), width=4)
    draw.rectangle((10, 60, 990, 78), fill=rgb(COLORS[one.category]))
    ink = (28, 26, 30)
    text_in(draw, (50, 150), one.product, size=84, fill=ink, anchor="lm", bold=True, widest=900)
    text_in(
        draw, (50, 236), f"{one.unit}  ·  {one.category}", size=50, fill=(80, 76, 70), anchor="lm"
    )
    price = f"{one.price:.2f}"
    text_in(draw, (940, 370), price, size=170, fill=(200, 24, 30) if one.on_offer else ink,
            anchor="rm", bold=True)  # fmt: skip
    text_in(draw, (50, 420), "EUR incl. VAT", size=36, fill=(80, 76, 70), anchor="lm")
    if one.on_offer:
        draw.rounded_rectangle((50, 290, 330, 376), 14, fill=(200, 24, 30))
        text_in(draw, (190, 333), "OFFER", size=64, fill=(255, 255, 255), anchor="mm", bold=True)
    return image.reduce(2)
