"""A workspace with one row of every kind, and a dump of everything to see that nothing changed."""

from dataclasses import dataclass, field
from typing import Any

from django.apps import apps

from annotator.accounts.models import Role
from annotator.comments.actions import add_comment
from annotator.datasets import actions
from annotator.datasets.models import Origin
from annotator.exports.models import ExportJob
from annotator.snapshots.models import Snapshot
from annotator.training.actions import create_task
from annotator.training.models import ModelVersion, TrainingRun
from tests.factories import (
    make_dataset,
    make_image,
    make_label,
    make_member,
    make_object,
    make_prompt,
    make_sample,
    make_variable,
)

# Rows that a refused call may touch: when a token was used, and the sessions of the test client.
NOT_DUMPED = {"accounts.apitoken", "accounts.session", "api.idempotentcall"}


@dataclass
class Tenant:
    """An admin of the workspace, and the row of each kind by the name of its route."""

    member: Any
    rows: dict[str, Any] = field(default_factory=dict)


def make_tenant(member=None):
    """A workspace in which every kind of row is there, connected with the others."""
    member = member or make_member(Role.ADMIN)
    workspace = member.workspace
    prompt = make_prompt(workspace=workspace)
    dataset = make_dataset(workspace=workspace, user_prompt=prompt)
    variable = make_variable(dataset=dataset)
    sample = make_sample(dataset=dataset)
    image = make_image(workspace)
    label = make_label(workspace)
    thing = make_object(image, label=label)
    actions.add_images(sample, [image], by=None)
    actions.add_objects(sample, [thing], by=None)
    actions.set_value(sample, variable, 1, origin=Origin.TYPED, by=None)
    task = create_task(workspace, by=None, name="task", datasets=[dataset], user_prompt=prompt)
    model = ModelVersion.objects.create(task=task, version=1)
    run = TrainingRun.objects.create(task=task, backend="baseline")
    export = ExportJob.objects.create(dataset=dataset, format="trl", total=1)
    snapshot = Snapshot.objects.create(dataset=dataset, name="then")
    comment = add_comment(sample, by=member.user, text="Sharp corners.")
    return Tenant(
        member,
        {
            "prompt": prompt,
            "task": task,
            "dataset": dataset,
            "variable": variable,
            "sample": sample,
            "sampleimage": sample.sample_images.get(),
            "sampleobject": sample.sample_objects.get(),
            "model": model,
            "run": run,
            "export": export,
            "snapshot": snapshot,
            "image": image,
            "label": label,
            "object": thing,
            "comment": comment,
        },
    )


def make_full_sample(dataset, variables):
    """A sample with two images, an object and a value of every variable."""
    sample = make_sample(dataset=dataset)
    images = [make_image(dataset.workspace, width=32, height=32) for _ in range(2)]
    actions.add_images(sample, images, by=None)
    actions.add_objects(sample, [make_object(images[0], box=(1, 1, 9, 9))], by=None)
    for variable in variables:
        actions.set_value(sample, variable, 1, origin=Origin.TYPED, by=None)
    return sample


def dump():
    """Every row of every table, as plain values."""
    return {
        model._meta.label_lower: sorted(map(repr, model.objects.values_list()))
        for model in apps.get_models()
        if model._meta.label_lower not in NOT_DUMPED
    }
