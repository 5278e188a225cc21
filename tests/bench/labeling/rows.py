"""The people and samples of `tests.bench.labeling`, written in bulk by a process of their own.

A plan on stdin ({"samples", "people", "pictures"}), what the clients need to know on stdout. A first call
also makes tables and people; a later one only another dataset.
"""

from __future__ import annotations

import io
import json
import random
import sys
import uuid
from datetime import timedelta
from typing import Any

from tests.bench.multiplying import multiply

PASSWORD = "plain-mango-river-bench"
CHOICES = ["Mint", "Near mint", "Played", "Damaged"]
SMALL = 20_000  # up to here every sample awaits its label; of a larger dataset one in five does
MADE_ONE_BY_ONE = 100_000  # a larger dataset is one of this size, multiplied
BATCH = 5_000
PICTURES = 60  # which all samples share


def main() -> None:
    """Fill and print."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from annotator.accounts.models import User

    plan = json.load(sys.stdin)
    call_command("migrate", verbosity=0)
    people = User.objects.filter(username__startswith="person-").order_by("pk")
    if not people:
        make_people(plan["people"], has_files=plan["pictures"])
    times = max(1, plan["samples"] // MADE_ONE_BY_ONE)
    dataset = make_dataset(list(people.all()), plan["samples"] // times)
    if times > 1:
        multiply(times)
    if connection.vendor == "postgresql":  # which does so by itself, a minute later
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    print(json.dumps({"dataset": str(dataset.pk), "people": [p.username for p in people.all()]}))  # noqa: T201  a command's output


def make_people(number: int, *, has_files: bool) -> None:
    """A workspace with its annotators and pictures."""
    from annotator.accounts import actions
    from annotator.accounts.models import Role, User

    admin = User.objects.create_superuser("admin", password=PASSWORD)
    workspace = actions.create_workspace(name="Bench", by=admin)
    for each in range(number):
        user = actions.make_user(username=f"person-{each:02}", password=PASSWORD)
        actions.add_member(workspace, user=user, role=Role.ANNOTATOR, by=None)
    make_pictures(workspace, has_files=has_files)


def make_pictures(workspace: Any, *, has_files: bool) -> None:
    """PICTURES photos; without files only their rows, which is all that the loop reads."""
    from annotator.images.actions import store_image
    from annotator.images.models import Image

    if has_files:
        for number in range(PICTURES):
            store_image(workspace, photo(), name=f"photo-{number:02}.jpg")
        return
    Image.objects.bulk_create(
        Image(
            workspace=workspace,
            sha256=f"{number:064x}",
            source_sha256=f"{number:064x}",
            format="jpeg",
            width_px=1600,
            height_px=1200,
            size_bytes=500_000,
            name=f"photo-{number:02}.jpg",
        )
        for number in range(PICTURES)
    )


def photo() -> bytes:
    """A JPEG of 2,000 × 1,500 px that compresses as a photo does: soft shapes, edges, a little noise."""
    from PIL import Image, ImageChops

    size = (2000, 1500)
    bands = []
    for _ in range(3):
        shapes = Image.effect_noise((16, 12), 110).resize(size, Image.Resampling.BICUBIC)
        edges = Image.effect_noise((160, 120), 40).resize(size, Image.Resampling.BICUBIC)
        grain = Image.effect_noise(size, 9)
        bands.append(ImageChops.add(ImageChops.add(shapes, edges, 2), grain, 2))
    sent = io.BytesIO()
    Image.merge("RGB", bands).save(sent, "JPEG", quality=90)
    return sent.getvalue()


def make_dataset(people: list[Any], size: int) -> Any:
    """A dataset of three required fields. Of a large one, four in five samples are answered and approved:
    a quarter of these by the first person, the rest by the others.
    """
    from annotator.datasets import actions
    from annotator.images.models import Image

    membership = people[0].memberships.get()
    workspace, rng = membership.workspace, random.Random(size)
    prompt = actions.create_prompt(
        workspace, by=None, name=f"Ask {uuid.uuid4()}", type="user", content="Judge the card[s]."
    )
    dataset = actions.create_dataset(
        workspace, by=None, name=f"{size:,} samples", user_prompt=prompt
    )
    common = {"dataset": dataset, "by": None, "required": True}
    variables = [
        actions.create_variable(
            **common, name="grade", type="float", min_value=0, max_value=10, step_size=0.5
        ),
        actions.create_variable(**common, name="condition", type="string", choices=CHOICES),
        actions.create_variable(**common, name="note", type="string"),
    ]
    images = list(Image.objects.filter(workspace=workspace))
    for start in range(0, size, BATCH):
        numbers = range(start, min(size, start + BATCH))
        save_samples(dataset, numbers, variables, people, images, rng, is_large=size > SMALL)
    return dataset


def save_samples(dataset, numbers, variables, people, images, rng, *, is_large) -> None:
    """Samples with one image each, and with answers and accepted values where they are approved."""
    from annotator.annotation.models import Answer
    from annotator.datasets.models import SampleImage, VariableValue

    samples = [made_sample(dataset, n, is_done=is_large and rng.random() < 0.8) for n in numbers]
    pictures = [
        SampleImage(sample=each, image=images[n % len(images)]) for n, each in enumerate(samples)
    ]
    answers: list[Answer] = []
    values: list[VariableValue] = []
    for number, sample in zip(numbers, samples, strict=True):
        if sample.state == "approved":
            author = people[0] if rng.random() < 0.25 else rng.choice(people[1:] or people)
            answers.append(made_answer(sample, author, number))
            given = (rng.randrange(21) / 2, rng.choice(CHOICES), f"note {number}")
            values += made_values(sample, author, zip(variables, given, strict=True))
    for rows in (samples, pictures, answers, values):
        if rows:
            type(rows[0]).objects.bulk_create(rows, batch_size=1000)


def made_sample(dataset, number, *, is_done):
    """One sample, not saved; a microsecond after the one before."""
    from django.utils import timezone

    from annotator.datasets.models import Sample

    return Sample(
        dataset=dataset,
        name=f"card-{number:07}",
        state="approved" if is_done else "unlabeled",
        created_at=timezone.now() - timedelta(days=30) + timedelta(microseconds=number),
    )


def made_answer(sample, author, number):
    """An approved answer, without the history of its fields: no page of the loop reads it."""
    from django.utils import timezone

    from annotator.annotation.models import Answer

    return Answer(
        sample=sample,
        author=author,
        state="approved",
        rev=3,
        created_at=sample.created_at,
        submitted_at=timezone.now() - timedelta(seconds=30 * number),
    )


def made_values(sample, author, given):
    """The accepted values of one sample."""
    from annotator.datasets.actions.writing import typed_columns
    from annotator.datasets.models import VariableValue

    return [
        VariableValue(
            sample=sample,
            variable=variable,
            value=value,
            origin="typed",
            set_by=author,
            **typed_columns(variable, value),
        )
        for variable, value in given
    ]


if __name__ == "__main__":
    main()
