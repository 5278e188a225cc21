"""Which card number n is: its design, its flaws, and so its grade."""

from __future__ import annotations

import random
from dataclasses import dataclass

from annotator.demo.drawing.canvas import dice

ELEMENTS = {  # name: light, middle, dark
    "Ember": ("#ffd9a0", "#e8572a", "#6d1b12"),
    "Tide": ("#c9f0ff", "#2f86d6", "#12305f"),
    "Grove": ("#dcf5b4", "#4b9b45", "#1b4326"),
    "Volt": ("#fff6b0", "#e7b416", "#6b4a08"),
    "Frost": ("#f0fbff", "#7cc4dd", "#2c5a78"),
    "Shade": ("#dcc9f2", "#7a4fb0", "#2a1746"),
    "Stone": ("#ecdfcd", "#a07c56", "#463221"),
    "Gale": ("#e2fbf1", "#45b59a", "#14503f"),
}
SERIES = ("Dawn", "Low Tide", "Nightfall")
ARTISTS = ("M. Okafor", "L. Brandt", "S. Ito", "R. Duval", "N. Petrova", "A. Quist")
HEADS = ("Aqu", "Bram", "Cind", "Dray", "Fen", "Gol", "Hex", "Kor", "Lum", "Mor", "Nyx", "Pyr")
TAILS = ("adon", "bit", "elle", "fin", "gle", "ibou", "maw", "ox", "purr", "quill", "rax", "wing")
ATTACKS = (
    ("Quick Nip", 10),
    ("Tail Sweep", 20),
    ("Headlong", 30),
    ("Sky Drop", 40),
    ("Old Song", 20),
    ("Deep Root", 50),
    ("Glare", 10),
    ("Undertow", 60),
    ("Spark Rain", 70),
)
TALES = (
    "It is seen only on the first warm morning of the year.",
    "Travellers leave it bread, and it leaves them dry feet.",
    "It counts the stars aloud and begins anew when it errs.",
    "Nobody has ever heard it land.",
    "It collects buttons and returns them polished.",
    "Its shadow arrives a little before it does.",
)
CONDITIONS = {  # grades, both ends included
    "mint": (9.5, 10.0),
    "near_mint": (8.0, 9.0),
    "good": (6.0, 7.5),
    "played": (3.5, 5.5),
    "poor": (0.5, 3.0),
}
CORNERS = ("upper left", "upper right", "lower left", "lower right")
EDGES = ("left", "right", "upper", "lower")
# What one flaw costs, where it may be, how it is said.
COSTS = {"crease": 2.0, "stain": 1.5, "bent": 1.5, "scratch": 1.0, "off_centre": 1.0}
COSTS |= {"edge": 0.5, "corner": 0.5}
PLACES = {
    "crease": ("upper", "lower"),
    "stain": CORNERS,
    "bent": CORNERS,
    "scratch": ("upper", "middle", "lower"),
    "off_centre": ("left", "right"),
    "edge": EDGES,
    "corner": CORNERS,
}
WORDS = {
    "crease": "a crease across the {} half",
    "stain": "a stain at the {}",
    "bent": "a bent {} corner",
    "scratch": "a scratch in the {} part",
    "off_centre": "the print is off-centre to the {}",
    "edge": "whitening along the {} edge",
    "corner": "a worn {} corner",
}


@dataclass(frozen=True)
class Flaw:
    """One visible fault on one side."""

    kind: str
    side: str  # front or back
    place: str

    def said(self) -> str:
        """In words, as a grader would write it."""
        return WORDS[self.kind].format(self.place)


@dataclass(frozen=True)
class Card:
    """Everything that decides how a card looks."""

    number: int
    name: str
    element: str
    series: str
    artist: str
    hit_points: int
    attacks: tuple[tuple[str, int], ...]
    tale: str
    rarity: int  # 0 common, 1 uncommon, 2 rare with a holo picture
    condition: str
    grade: float
    authentic: bool
    flaws: tuple[Flaw, ...]

    @property
    def age(self) -> float:
        """How yellowed the paper is, 0–1: old wear and old paper go together."""
        return max(0.0, (9.5 - self.grade) / 9.0)

    def on(self, side: str) -> list[Flaw]:
        """The flaws of one side."""
        return [flaw for flaw in self.flaws if flaw.side == side]


def card(number: int) -> Card:
    """Card `number`, from 0."""
    chance = dice("card", number)
    condition = chance.choice(list(CONDITIONS))
    lowest, highest = CONDITIONS[condition]
    grade = chance.randint(round(lowest * 2), round(highest * 2)) / 2
    return Card(
        number=number,
        name=chance.choice(HEADS) + chance.choice(TAILS),
        element=chance.choice(list(ELEMENTS)),
        series=chance.choice(SERIES),
        artist=chance.choice(ARTISTS),
        hit_points=chance.randrange(30, 190, 10),
        attacks=tuple(sorted(chance.sample(ATTACKS, 2), key=lambda attack: attack[1])),
        tale=chance.choice(TALES),
        rarity=chance.choice((0, 0, 1, 1, 2)),
        condition=condition,
        grade=grade,
        authentic=chance.random() > 0.14,
        flaws=tuple(flaws(chance, 10 - grade)),
    )


def flaws(chance: random.Random, cost: float) -> list[Flaw]:
    """Faults that cost exactly so many points together, no two at one place."""
    flaws: list[Flaw] = []
    taken: set[tuple[str, ...]] = set()
    while cost > 0:
        kinds = [kind for kind in COSTS if COSTS[kind] <= cost]
        kind = chance.choice(kinds[:3] if cost >= 3 else kinds)
        side = "front" if kind == "off_centre" else chance.choice(("front", "front", "back"))
        place = chance.choice(PLACES[kind])
        # A worn corner that is bent as well, or a print off to both sides, would be one fault told twice.
        group = {"bent": "corner", "off_centre": "off_centre"}.get(kind, kind)
        key = (group, side) if group == "off_centre" else (group, side, place)
        if key in taken:
            continue
        taken.add(key)
        flaws.append(Flaw(kind, side, place))
        cost -= COSTS[kind]
    return flaws


def explanation(card: Card) -> str:
    """What a careful grader would write."""
    sentences = []
    for side in ("front", "back"):
        said = [flaw.said() for flaw in card.on(side)]
        if said:
            sentences.append(f"{side.capitalize()}: {', '.join(said)}.")
    if not sentences:
        sentences.append("Sharp corners, clean surfaces, centred print.")
    if card.age > 0.4:
        sentences.append("The paper has yellowed.")
    if not card.authentic:
        sentences.append("Not authentic: the emblem on the back is wrong.")
    return " ".join(sentences)
