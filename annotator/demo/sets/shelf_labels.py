"""Price labels of a shop, Studio's own. Answers in CSV."""

from __future__ import annotations

from annotator.demo.drawing import shelf_labels
from annotator.demo.drawing.drawn import GroundTruth
from annotator.demo.drawing.shelf_labels import COLORS, label
from annotator.demo.sets.demo_set import DemoSet


def ground_truth(number: int) -> GroundTruth:
    """What label `number` says."""
    one = label(number)
    return GroundTruth(
        name=f"Shelf label {number + 1:03}",
        values={
            "category": one.category,
            "on_offer": one.on_offer,
            "product": one.product,
            "unit": one.unit,
            "price": one.price,
        },
        input_meta_data={"shop": ("Harbour Street", "Old Market")[number % 2]},
    )


SHELF_LABELS = DemoSet(
    key="shelf_labels",
    name="Shelf labels",
    description="Price labels on shop shelves, photographed by the staff of two shops.",
    samples=60,
    type="single",
    system="You read price labels in a shop. Copy what is printed; guess nothing.",
    user="This label hangs in our shop in {{shop}}. What does it say?",
    template="product,unit,category,price,on_offer\n"
    '"{{product}}","{{unit}}",{{category}},{{price}},{{on_offer}}',
    format="csv",
    metadata={"shop": "Harbour Street"},
    variables=(
        {
            "name": "product",
            "type": "string",
            "required": True,
            "max_length": 80,
            "description": "The large line, as printed.",
        },
        {
            "name": "unit",
            "type": "string",
            "max_length": 40,
            "description": "Such as 250 g or 4 pieces.",
        },
        {"name": "category", "type": "string", "required": True, "choices": list(COLORS)},
        {
            "name": "price",
            "type": "float",
            "required": True,
            "min_value": 0,
            "max_value": 1000,
            "step_size": 0.01,
            "description": "In euros.",
        },
        {
            "name": "on_offer",
            "type": "boolean",
            "default_value": False,
            "description": "A yellow label with a red mark.",
        },
    ),
    task="Shelf label reader",
    ground_truth=ground_truth,
    pictures=shelf_labels.pictures,
)
