"""What can be seen in street scene number n."""

from __future__ import annotations

from dataclasses import dataclass

from annotator.demo.drawing.canvas import dice

WEATHERS = ("clear", "cloudy", "rain", "snow", "fog")
TIMES = ("morning", "noon", "evening", "night")
PAINTS = {
    "red": "#c7352f",
    "blue": "#2f62b8",
    "white": "#eef0f2",
    "black": "#26282d",
    "silver": "#a9b1b9",
    "green": "#3d7d4d",
    "yellow": "#e7b92c",
}
LIGHTS = ("red", "amber", "green", "none")
COATS = ("#c94f5d", "#3d6fa5", "#5f8b4c", "#8a5aa3", "#d68a3a", "#3b4252")


@dataclass(frozen=True)
class Thing:
    """One car, person or bicycle: where it stands (the middle of its feet) and in which colour."""

    kind: str
    x: int
    y: int
    scale: float
    color: str
    heading: int  # 1 to the right, -1 to the left


@dataclass(frozen=True)
class Scene:
    """Everything that decides how a street looks."""

    number: int
    weather: str
    time: str
    light: str  # of the traffic light; none where there is none
    things: tuple[Thing, ...]  # the farthest first

    def count(self, kind: str) -> int:
        """How many of them."""
        return sum(thing.kind == kind for thing in self.things)

    def vehicle_colors(self) -> list[str]:
        """The cars' colours from left to right."""
        cars = [thing for thing in self.things if thing.kind == "car"]
        return [car.color for car in sorted(cars, key=lambda car: car.x)]


def scene(number: int) -> Scene:
    """Scene `number`, from 0. Things keep apart, so that each can be counted."""
    chance = dice("street", number)
    things: list[Thing] = []
    for y, scale, heading, columns in (
        (520, 0.8, -1, (130, 370, 610, 850)),
        (606, 1.0, 1, (170, 480, 790)),
    ):
        for column in chance.sample(columns, chance.choice((0, 1, 1, 2))):
            x, lot = column + chance.randrange(-25, 26), chance.random()
            if lot < 0.75:
                things.append(Thing("car", x, y, scale, chance.choice(list(PAINTS)), heading))
            else:
                things.append(Thing("bicycle", x, y, scale, chance.choice(COATS), heading))
    walkers = chance.sample(range(90, 900, 74), chance.choice((0, 1, 2, 3, 4)))
    things += [
        Thing(
            "person",
            x,
            440 + chance.randrange(-6, 7),
            0.92,
            chance.choice(COATS),
            chance.choice((-1, 1)),
        )
        for x in walkers
    ]
    return Scene(
        number=number,
        weather=chance.choice(WEATHERS),
        time=chance.choice(TIMES),
        light=chance.choice(LIGHTS),
        things=tuple(sorted(things, key=lambda thing: thing.y)),
    )
