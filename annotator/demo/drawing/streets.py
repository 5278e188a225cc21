"""Street scenes: houses, a pavement, two lanes, and who is about."""

from __future__ import annotations

import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from annotator.demo.drawing.canvas import (
    Color,
    darker,
    dice,
    gradient,
    grain,
    jpeg,
    lighter,
    mixed,
    rgb,
)
from annotator.demo.drawing.drawn import Picture
from annotator.demo.drawing.passers import Box, bicycle, car, person, traffic_light
from annotator.demo.drawing.street_plan import Scene

SIZE = (960, 640)
TWICE = (SIZE[0] * 2, SIZE[1] * 2)
SKIES = {
    "morning": ("#9fc9ee", "#fbe3c8"),
    "noon": ("#4f9fe0", "#cfe8fa"),
    "evening": ("#5b4a8a", "#f29a5c"),
    "night": ("#0b1030", "#26305c"),
}
WALLS = ("#c98b6b", "#d9c3a0", "#a9b4c2", "#b56f5e", "#8fa38a", "#e0d2bd", "#8d7f94", "#cda869")
DRAWERS = {"car": car, "bicycle": bicycle, "person": person}
DARKNESS = {"morning": 0.0, "noon": 0.0, "evening": 0.14, "night": 0.5}


def pictures(scene: Scene) -> list[Picture]:
    """One picture with the boxes of all that is counted."""
    image, boxes = paint(scene)
    objects = tuple((name, halved(box)) for name, box in boxes)
    return [Picture(f"street-{scene.number + 1:03}.jpg", jpeg(image), objects)]


def halved(box: Box) -> tuple[int, int, int, int]:
    """Pixels of the drawing as pixels of the picture, all within it."""
    left, top, right, bottom = (round(side / 2) for side in box)
    return max(0, left), max(0, top), min(SIZE[0], right), min(SIZE[1], bottom)


def paint(scene: Scene) -> tuple[Image.Image, list[tuple[str, Box]]]:
    """The picture, and (label, box in pixels of the drawing) for each thing."""
    chance = dice("street picture", scene.number)
    image = backdrop(scene, chance)
    draw = ImageDraw.Draw(image)
    boxes: list[tuple[str, Box]] = []
    if scene.light != "none":
        boxes.append(
            ("traffic light", traffic_light(draw, (chance.choice((60, 1850)), 890), scene.light))
        )
    for thing in scene.things:
        box = DRAWERS[thing.kind](draw, thing, is_dark=DARKNESS[scene.time] > 0.3)
        boxes.append((thing.kind, box))
    image = weathered(image.reduce(2), scene, chance)
    return grain(image, chance, 6), boxes


def backdrop(scene: Scene, chance: random.Random) -> Image.Image:
    """Sky, houses, pavement and road, without anybody."""
    top, bottom = (rgb(color) for color in SKIES[scene.time])
    if scene.weather != "clear":
        grey = (126, 134, 146) if scene.time != "night" else (34, 38, 52)
        top, bottom = mixed(top, grey, 0.65), mixed(bottom, grey, 0.5)
    image = Image.new("RGB", TWICE)
    image.paste(gradient((TWICE[0], 800), top, bottom))
    draw = ImageDraw.Draw(image)
    if scene.weather == "clear":
        x, y = chance.randrange(200, 1700), chance.randrange(80, 190)
        sun = (255, 244, 200) if scene.time != "night" else (226, 230, 240)
        draw.ellipse((x - 62, y - 62, x + 62, y + 62), fill=sun)
    if scene.weather == "cloudy":
        for _ in range(7):
            cloud(draw, chance, lighter(top, 0.35))
    dark = DARKNESS[scene.time]
    left = -chance.randrange(120)
    while left < TWICE[0]:
        left += house(draw, left, chance, dark)
    ground(draw, scene, dark)
    for x in chance.sample(range(200, 1800, 230), 3):
        tree(draw, x, chance, scene, dark)
    return image


def cloud(draw: ImageDraw.ImageDraw, chance: random.Random, color: Color) -> None:
    """Some puffs side by side."""
    x, y = chance.randrange(TWICE[0]), chance.randrange(40, 260)
    for puff in range(5):
        wide = 70 + 30 * (2 - abs(puff - 2))
        left = x + puff * 70
        draw.ellipse((left - wide, y - wide * 0.5, left + wide, y + wide * 0.4), fill=color)


def house(draw: ImageDraw.ImageDraw, left: int, chance: random.Random, dark: float) -> int:
    """One front with its windows; gives its width."""
    wide, top = chance.randrange(240, 400), chance.randrange(150, 420)
    wall = darker(rgb(chance.choice(WALLS)), dark)
    draw.rectangle((left, top, left + wide, 800), fill=wall)
    if chance.random() < 0.5:
        peak = (left + wide / 2, top - 90)
        draw.polygon([(left - 12, top), peak, (left + wide + 12, top)], fill=darker(wall, 0.45))
    else:
        draw.rectangle((left - 6, top - 16, left + wide + 6, top), fill=darker(wall, 0.35))
    columns = max(2, wide // 90)
    step = wide / columns
    for row in range(int((660 - top) // 110) + 1):
        for column in range(columns):
            x, y = left + step * (column + 0.5), top + 40 + row * 110
            is_lit = chance.random() < (0.6 if dark > 0.3 else 0.12)
            glass = (255, 221, 130) if is_lit and dark else darker((176, 205, 224), dark)
            draw.rectangle(
                (x - 24, y, x + 24, y + 64), fill=glass, outline=darker(wall, 0.4), width=5
            )
            draw.line((x, y, x, y + 64), fill=darker(wall, 0.4), width=4)
    shade = darker(rgb(chance.choice(WALLS)), 0.35 + dark * 0.5)
    door = left + wide * chance.uniform(0.3, 0.6)
    draw.rectangle((door, 690, door + 62, 800), fill=shade)
    return wide


def ground(draw: ImageDraw.ImageDraw, scene: Scene, dark: float) -> None:
    """Pavement, kerb, road with its dashes; white under snow, shining in rain."""
    is_snowy = scene.weather == "snow"
    pavement = darker((232, 236, 242) if is_snowy else (176, 170, 162), dark)
    road = darker((176, 184, 194) if is_snowy else (84, 86, 92), dark)
    draw.rectangle((0, 800, TWICE[0], 930), fill=pavement)
    for x in range(0, TWICE[0], 120):
        draw.line((x, 800, x - 40, 920), fill=darker(pavement, 0.14), width=3)
    draw.rectangle((0, 920, TWICE[0], 936), fill=darker(pavement, 0.3))
    draw.rectangle((0, 936, TWICE[0], TWICE[1]), fill=road)
    for x in range(20, TWICE[0], 240):
        draw.polygon([(x, 1070), (x + 130, 1070), (x + 122, 1084), (x - 8, 1084)],
                     fill=lighter(road, 0.7))  # fmt: skip
    if scene.weather == "rain":
        for index in range(7):
            x, y = 150 + index * 270, 980 + (index * 97) % 250
            draw.ellipse((x - 120, y - 13, x + 120, y + 13), fill=lighter(road, 0.22))


def tree(
    draw: ImageDraw.ImageDraw, x: int, chance: random.Random, scene: Scene, dark: float
) -> None:
    """One on the pavement's far side."""
    draw.rectangle((x - 10, 620, x + 10, 826), fill=darker((104, 76, 54), dark))
    leaves = (222, 230, 236) if scene.weather == "snow" else (78, 128, 70)
    for _ in range(6):
        dx, dy = chance.randrange(-54, 55), chance.randrange(-70, 40)
        radius = chance.randrange(48, 70)
        color = darker(leaves, dark + chance.uniform(0, 0.14))
        center = (x + dx, 580 + dy)
        draw.ellipse((center[0] - radius, center[1] - radius, center[0] + radius, center[1] + radius),
                     fill=color)  # fmt: skip


def weathered(image: Image.Image, scene: Scene, chance: random.Random) -> Image.Image:
    """Rain, snow or fog before it all; the night's blue over it."""
    if scene.time == "night":
        image = ImageChops.multiply(image, Image.new("RGB", SIZE, (150, 160, 215)))
    elif scene.time == "evening":
        image = ImageChops.multiply(image, Image.new("RGB", SIZE, (255, 226, 206)))
    if scene.weather == "fog":
        veil = Image.linear_gradient("L").resize(SIZE).point(lambda value: 205 - value * 95 // 255)
        mist = (206, 210, 214) if scene.time != "night" else (96, 102, 118)
        image.paste(mist, (0, 0), veil)
    draw = ImageDraw.Draw(image, "RGBA")
    if scene.weather == "rain":
        for _ in range(420):
            x, y, long = chance.randrange(980), chance.randrange(640), chance.randrange(12, 26)
            draw.line((x, y, x - long // 3, y + long), fill=(222, 232, 244, 130), width=1)
    if scene.weather == "snow":
        flakes = Image.new("L", SIZE)
        pen = ImageDraw.Draw(flakes)
        for _ in range(420):
            x, y, size = (
                chance.randrange(960),
                chance.randrange(640),
                chance.choice((2, 3, 3, 4, 6)),
            )
            pen.ellipse((x, y, x + size, y + size), fill=235)
        image.paste((255, 255, 255), (0, 0), flakes.filter(ImageFilter.GaussianBlur(0.8)))
    return image
