"""A dataset that the tiny base learns in seconds."""

import io
import random

import pytest
from PIL import Image as Pillow

from annotator.datasets.actions import create_sample, set_values
from annotator.datasets.models import Origin
from annotator.images.actions import store_image
from tests.factories import make_dataset, make_prompt, make_variable

COLOURS = {
    "red": (220, 30, 30),
    "green": (30, 200, 60),
    "blue": (40, 70, 230),
    "grey": (150, 150, 150),
}


@pytest.fixture
def folders(settings, tmp_path, training_environment):
    settings.DATA_DIR = tmp_path
    settings.BASE_MODELS_DIR = tmp_path / "bases"


def solid(colour, *, dark, seed):
    """A PNG of one colour with a little noise in its shade."""
    chance = random.Random(seed)
    factor = (0.35 if dark else 1.0) * chance.uniform(0.9, 1.0)
    image = Pillow.new("RGB", (64, 64), tuple(round(part * factor) for part in COLOURS[colour]))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def dataset():
    """60 training and 20 test samples: a picture of one colour, dark or not."""
    dataset = make_dataset()
    dataset.user_prompt = make_prompt(
        workspace=dataset.workspace, type="user", content="Which colour, and is it dark?"
    )
    dataset.save(update_fields=["user_prompt"])
    colour = make_variable(
        dataset=dataset, name="colour", type="string", choices=list(COLOURS), required=True
    )
    dark = make_variable(dataset=dataset, name="dark", type="boolean", required=True)
    for number in range(80):
        values = {colour: list(COLOURS)[number % 4], dark: number % 8 >= 4}
        picture = solid(values[colour], dark=values[dark], seed=number)
        image, _ = store_image(dataset.workspace, picture)
        sample = create_sample(
            dataset,
            by=None,
            name=f"picture {number}",
            images=[image],
            test=number >= 60,
            input_meta_data={"side": "front" if number // 3 % 2 else "back"},
        )
        set_values(sample, values, origin=Origin.IMPORTED, by=None)
    return dataset
