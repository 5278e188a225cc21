"""What the tests of the gallery share: its address, its names, and how samples get there."""

from urllib.parse import urlencode

from django.urls import reverse

from annotator.datasets.actions import set_value
from tests.factories import make_sample


def give(sample, variable, value, by=None):
    return set_value(sample, variable, value, origin="typed", by=by)


def named(dataset, *names, **fields):
    return [make_sample(dataset=dataset, name=name, **fields) for name in names]


def address(dataset, **params):
    return reverse("datasets:gallery", args=[dataset.pk]) + f"?{urlencode(params)}"


def names_of(client, dataset, **params):
    """The names on the first page of a filter, sorted."""
    response = client.get(address(dataset, **params))
    assert response.status_code == 200
    return sorted(card.sample.name for card in response.context["cards"])


def post(client, dataset, **data):
    return client.post(reverse("datasets:act", args=[dataset.pk]), data)
