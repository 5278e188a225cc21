"""Draws the samples of one dataset, one by one."""

from __future__ import annotations

from django.db import transaction

from annotator.accounts.models import User
from annotator.datasets.actions import add_objects, create_sample, set_values
from annotator.datasets.models import Origin, Sample
from annotator.demo import checkpoints
from annotator.demo.drawing import cards
from annotator.demo.drawing.drawn import Picture
from annotator.demo.models import Step
from annotator.demo.sets import SETS
from annotator.demo.sets.demo_set import DemoSet
from annotator.images.actions import store_image
from annotator.images.detections import create_object
from annotator.images.models import DetectionLabel, Image


def step(step: Step) -> float | None:
    """Draw one sample; seconds to wait before the next, or None when all are there.

    The files are stored first: equal bytes are one image, so a killed worker leaves no duplicates.
    """
    demo_set, number = SETS[step.set_key], step.done
    if number >= demo_set.samples or step.dataset.removed_at is not None:
        cards.forget()
        return None
    pictures = demo_set.pictures(number)
    images = [
        store_image(step.dataset.workspace, picture.data, name=picture.name)[0]
        for picture in pictures
    ]
    with transaction.atomic():
        checkpoints.count(step)
        make_sample(step, demo_set, number, list(zip(images, pictures, strict=True)))
    return 0


def make_sample(
    step: Step, demo_set: DemoSet, number: int, drawn: list[tuple[Image, Picture]]
) -> Sample:
    """The sample with its images, its objects, and the values that are known from the start."""
    ground_truth, dataset, by = demo_set.ground_truth(number), step.dataset, step.demo.admin
    sample = create_sample(
        dataset,
        by=by,
        name=ground_truth.name,
        images=[image for image, _ in drawn],
        input_meta_data={**dataset.default_input_meta_data, **ground_truth.input_meta_data},
        type=demo_set.type,
        test=demo_set.is_test(number),
    )
    for image, picture in drawn:
        if by is not None:
            attach_objects(sample, image, picture, by=by)
    variables = {variable.name: variable for variable in dataset.variables.live()}
    known = demo_set.known_values(number)
    values = {variables[name]: known[name] for name in variables if name in known}
    if values:
        set_values(sample, values, origin=Origin.IMPORTED, by=by)
    return sample


def attach_objects(sample: Sample, image: Image, picture: Picture, *, by: User) -> None:
    """What can be seen on the picture, in its boxes."""
    labels = {
        label.name: label for label in DetectionLabel.objects.filter(workspace=image.workspace_id)
    }
    objects = [
        create_object(image, labels[name], box=list(box), by=by)
        for name, box in picture.objects
        if name in labels
    ]
    if objects:
        add_objects(sample, objects, by=by)
