"""Trading cards, front and back, graded by their wear. Answers in JSON."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from annotator.demo.drawing import cards
from annotator.demo.drawing.card_plan import CONDITIONS, COSTS, card, explanation
from annotator.demo.drawing.drawn import GroundTruth
from annotator.demo.sets.demo_set import DemoSet

TEMPLATE = """{
  "grade": {{grade}},
  "condition": "{{condition}}",
  "authentic": {{authentic}},
  "explain": "{{explain}}"
}"""


def ground_truth(number: int) -> GroundTruth:
    """The grade of card `number`, and why."""
    one = card(number)
    return GroundTruth(
        name=f"{one.name} {number + 1:03}",
        values={
            "condition": one.condition,
            "authentic": one.authentic,
            "grade": one.grade,
            "explain": explanation(one),
        },
        input_meta_data={"game": "Lumora", "series": one.series, "card": one.name},
    )


def mistake(number: int) -> tuple[dict[str, Any], str]:
    """A flaw that somebody missed, or saw where there is none."""
    one = card(number)
    if not one.flaws:
        wrong = {"grade": one.grade - 2, "explain": "Front: a scratch in the middle part."}
        return wrong, "That is a reflection, not a scratch: look at the grade again."
    missed = one.flaws[-1]
    seen = replace(one, flaws=one.flaws[:-1])
    wrong = {"grade": one.grade + COSTS[missed.kind], "explain": explanation(seen)}
    reason = f"You missed one thing on the {missed.side}: {missed.said()}. The grade is too high."
    return wrong, reason


GRADED_CARDS = DemoSet(
    key="graded_cards",
    name="Graded cards",
    description="Trading cards, front and back, graded from 0 to 10 by the wear that can be seen.",
    samples=120,
    type="multi_ordered",
    system=(
        "You grade trading cards for an auction house. Look at corners, edges, surface and centring,"
        " on both sides. Say only what you can see."
    ),
    user=(
        "Image[s]: the front, then the back of “{{card}}”, a {{game}} card of the series {{series}}."
        " Grade it."
    ),
    template=TEMPLATE,
    format="json",
    metadata={"game": "Lumora"},
    variables=(
        {
            "name": "grade",
            "type": "float",
            "required": True,
            "min_value": 0,
            "max_value": 10,
            "step_size": 0.5,
            "description": "10 is flawless. Take off for every flaw you can see, in halves.",
        },
        {
            "name": "condition",
            "type": "string",
            "required": True,
            "choices": list(CONDITIONS),
            "description": "Mint from 9.5, near mint from 8, good from 6, played from 3.5, else poor.",
        },
        {
            "name": "authentic",
            "type": "boolean",
            "required": True,
            "description": "A forgery has another emblem, or a misspelt name, on its back.",
        },
        {
            "name": "explain",
            "type": "string",
            "min_length": 10,
            "max_length": 500,
            "description": "Name each flaw and its place, front first.",
        },
    ),
    task="Card grader",
    ground_truth=ground_truth,
    pictures=lambda number: cards.pictures(card(number)),
    mistake=mistake,
)
