"""Answers that await a verdict, and what a reviewer's browser posts."""

import uuid

from django.urls import reverse

from annotator.annotation.actions import open_answer, submit
from annotator.datasets.models import Sample
from tests.factories import (
    make_dataset,
    make_member,
    make_prompt,
    make_remote,
    make_sample,
    make_variable,
)


def make_cards(*, workspace=None, **fields):
    """A dataset that asks for a grade and a note."""
    dataset = make_dataset(workspace=workspace, name="Cards", **fields)
    make_variable(dataset=dataset, name="grade", required=True, max_value=10, position=0)
    make_variable(dataset=dataset, name="note", type="string", position=1)
    dataset.result_template = make_prompt(
        workspace=dataset.workspace,
        type="template",
        format="json",
        content='{"grade": {{grade}}, "note": "{{note}}"}',
    )
    dataset.save()
    return dataset


def submit_answer(dataset, *, author=None, sample=None, grade=7, note="Fine."):
    """A submitted answer, by a new annotator unless one is named."""
    author = author or make_member(workspace=dataset.workspace).user
    answer = open_answer(sample or make_sample(dataset=dataset), by=author)
    values = {"grade": grade, "note": note}
    return submit(answer, {v: values[v.name] for v in dataset.variables.live()}, by=author)


def mirrored_answer(dataset):
    """A submitted answer of a sample that came, like its dataset, from a remote."""
    remote = make_remote(workspace=dataset.workspace)
    answer = submit_answer(dataset)
    for row in [dataset, *dataset.variables.all()]:
        row.remote, row.remote_key = remote, str(uuid.uuid4())
        row.save()
    Sample.objects.filter(pk=answer.sample_id).update(remote=remote, remote_key=str(uuid.uuid4()))
    return answer


def at(name, *args):
    """An address of the room."""
    return reverse(f"review:{name}", args=[getattr(arg, "pk", arg) for arg in args])


def seen(answer, **edits):
    """What the page of the answer posts: its revision, and every field as stored or as edited."""
    values = {row.variable.name: row.value for row in answer.values.select_related("variable")}
    sent = {"rev": answer.rev}
    for variable in answer.sample.dataset.variables.live():
        value = {**values, **edits}.get(variable.name)
        sent[f"v-{variable.pk}"] = "" if value is None else value
    return sent
