"""Which model and which samples the page offers to predict with and for."""

import pytest
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.training.models import ModelVersion
from tests.factories import make_dataset, make_member, make_sample, make_task

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    return make_member(Role.ADMIN)


@pytest.fixture
def dataset(member):
    return make_dataset(workspace=member.workspace)


def make_version(task, *, score, number=1):
    metrics = {} if score is None else {"score": score}
    return ModelVersion.objects.create(task=task, version=number, archive="a.zip", metrics=metrics)


def form_of(client, member, dataset):
    client.force_login(member.user)
    return client.get(reverse("predictions:new", args=[dataset.pk])).context["form"]


def test_the_best_version_in_production_for_the_dataset_is_chosen(client, member, dataset):
    good = make_task(datasets=[dataset], name="Good", production_version=1)
    chosen = make_version(good, score=0.62)
    make_version(good, score=0.9, number=2)
    make_version(make_task(datasets=[dataset], production_version=1), score=0)
    make_version(make_task(workspace=member.workspace, production_version=1), score=1)

    model = form_of(client, member, dataset)["model"]

    assert model.initial == f"version:{chosen.pk}"
    labels = [label for key, label in model.field.choices[0][1]]
    assert "Good version 1, score 62\xa0%, in production" in labels
    assert "Good version 2, score 90\xa0%" in labels


def test_without_one_in_production_the_newest_is_first(client, member, dataset):
    make_version(make_task(datasets=[dataset], name="Old"), score=None)

    model = form_of(client, member, dataset)["model"]

    assert model.initial is None
    assert "Old version 1, not evaluated" in str(model)


def test_gold_samples_are_named_where_there_are_any(client, member, dataset):
    assert "gold" not in str(form_of(client, member, dataset)["samples"])

    make_sample(dataset=dataset, is_gold=True)

    assert "and gold samples" in str(form_of(client, member, dataset)["samples"])
