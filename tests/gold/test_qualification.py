"""Gold samples before real work."""

import re

import pytest
from django.urls import reverse

from annotator.annotation.models import Qualification
from annotator.datasets.models import Sample
from tests.gold.conftest import RIGHT, browser_of, fill
from tests.gold.test_mixing_in import at, next_of, submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset(dataset):
    dataset.gold_every = 0
    dataset.qualification_samples = 2
    dataset.save()
    return dataset


def take(client, dataset, value, number=2):
    for _ in range(number):
        sample = next_of(client, dataset)
        assert sample.only_for_id == client.member.user_id
        response = submit(client, sample, value)
    return response


def test_real_work_begins_once_enough_values_are_right(dataset, admin, anna):
    _, others = fill(dataset, admin, gold=2)
    client = browser_of(anna)
    page = client.get(at("standing", dataset.pk)).text
    early = submit(client, others[0], RIGHT)

    end = take(client, dataset, RIGHT)

    assert "2 samples whose values are known" in page
    assert early.status_code == 409
    assert end["Location"] == at("standing", dataset.pk)
    text = re.sub(r"\s+", " ", client.get(end["Location"]).text)
    assert "2 of 2 values agree" in text
    assert "<dt>grade</dt> <dd>2 of 2</dd>" in text
    assert next_of(client, dataset).only_for_id is None
    assert client.post(at("standing", dataset.pk)).status_code == 409, "there is nothing to repeat"


@pytest.mark.both_databases
def test_who_fails_tries_again_with_other_samples_or_is_let_go_on(dataset, admin, anna):
    fill(dataset, admin, gold=4)
    client, standing = browser_of(anna), at("standing", dataset.pk)

    take(client, dataset, 1)
    failed = client.get(standing).text
    first = set(Sample.objects.filter(only_for=anna.user).exclude(answers=None))
    stopped = next_of(client, dataset)
    again = client.post(standing)
    take(client, dataset, 1)
    exhausted = client.post(standing)
    second = set(Sample.objects.filter(only_for=anna.user).exclude(answers=None)) - first

    assert "0 of 2 values" in failed
    assert "Try again" in failed
    assert stopped == standing
    assert again.status_code == 302
    assert len(first) == len(second) == 2
    assert exhausted.status_code == 409
    assert "Try again" not in client.get(standing).text
    page = browser_of(admin).get(reverse("gold:gold", args=[dataset.pk])).text
    assert "Not qualified" in page
    browser_of(admin).post(reverse("gold:let_go_on", args=[dataset.pk, anna.user_id]))
    assert next_of(client, dataset).only_for_id is None
    assert Qualification.objects.filter(granted_by=admin.user).count() == 1


def test_it_can_be_tried_once_where_the_dataset_says_so_and_managers_are_exempt(
    dataset, admin, anna
):
    fill(dataset, admin, gold=3)
    dataset.qualification_retries = False
    dataset.save()
    client = browser_of(anna)
    take(client, dataset, 1)

    assert client.post(at("standing", dataset.pk)).status_code == 409
    assert isinstance(next_of(browser_of(admin), dataset), Sample)


def test_without_gold_samples_nobody_is_held_up(dataset, admin, anna):
    fill(dataset, admin, gold=0)

    assert next_of(browser_of(anna), dataset).only_for_id is None
