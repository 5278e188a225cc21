"""A dataset in which gold samples are mixed in, and the people around it."""

import pytest
from django.test import Client

from annotator.accounts.models import Role
from annotator.datasets.actions import create_sample, mark_gold, set_values
from annotator.datasets.models import Origin, Sample
from tests.factories import make_dataset, make_image, make_member, make_user, make_variable

RIGHT = 7


@pytest.fixture
def dataset():
    """Every second answer is to a gold sample."""
    dataset = make_dataset(name="Cards", gold_every=2, gold_least_answers=2, blind_percent=0)
    make_variable(
        dataset=dataset, name="grade", required=True, min_value=0, max_value=10, tolerance=0.5
    )
    return dataset


@pytest.fixture
def admin(dataset):
    return make_member(Role.ADMIN, workspace=dataset.workspace)


@pytest.fixture
def reviewer(dataset):
    return make_member(Role.REVIEWER, workspace=dataset.workspace)


@pytest.fixture
def anna(dataset):
    return make_member(workspace=dataset.workspace, user=make_user(username="anna"))


def fill(dataset, admin, *, gold=2, others=4):
    """(gold samples, others to label), each with a picture."""
    [variable] = dataset.variables.all()
    samples = [
        create_sample(dataset, by=None, name=f"card-{n}", images=[make_image(dataset.workspace)])
        for n in range(gold + others)
    ]
    for sample in samples[:gold]:
        set_values(sample, {variable: RIGHT}, origin=Origin.TYPED, by=admin.user)
    marked = Sample.objects.filter(pk__in=[each.pk for each in samples[:gold]])
    assert mark_gold(dataset, marked, by=admin.user) == gold
    return samples[:gold], samples[gold:]


def browser_of(member):
    client = Client()
    client.force_login(member.user)
    client.member = member
    return client
