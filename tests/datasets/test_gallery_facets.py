"""The facets beside the gallery: what they count."""

import pytest
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.datasets.models import Sample
from annotator.datasets.queries import facets
from tests.datasets.galleries import address, give, named
from tests.factories import make_member, make_sample, make_variable

pytestmark = pytest.mark.django_db


def test_facets_count_what_their_lines_lead_to(admin, dataset, condition):
    a, b, c, _ = named(dataset, "a", "b", "c", "d")
    for sample, word in ((a, "Mint"), (b, "Mint"), (c, "Played")):
        give(sample, condition, word)
    Sample.objects.filter(pk=b.pk).update(test=True)

    facets = admin.get(address(dataset)).context["facets"]
    narrowed = admin.get(address(dataset, split="test")).context["facets"]

    assert {line.words: line.count for line in facets[2].links} == {
        "Mint": "2", "Played": "1", "Missing": "1"
    }  # fmt: skip
    assert {line.words: line.count for line in facets[0].links}["To label"] == "1"
    assert {line.words: line.count for line in narrowed[2].links}["Mint"] == "1"
    for line in facets[2].links:
        page = admin.get(reverse("datasets:gallery", args=[dataset.pk]) + line.url)
        assert len(page.context["cards"]) == int(line.count)


def test_choices_named_as_what_is_counted_beside_them_are_told_apart(admin, dataset):
    words = ["any", "invalid", "missing", "total"]
    odd = make_variable(dataset=dataset, name="odd", type="string", choices=words)
    for sample, word in zip(named(dataset, *"abcd"), words, strict=True):
        give(sample, odd, word)
    Sample.objects.update(test=True)
    named(dataset, "e")

    for params, missing in (({}, "1"), ({"split": "test"}, "0")):
        facet = admin.get(address(dataset, **params)).context["facets"][-1]
        shown = [(line.words, line.count) for line in facet.links]
        assert shown == [*((word, "1") for word in words), ("Missing", missing)]


def test_what_was_not_counted_shows_no_number(client, dataset, note, monkeypatch):
    make_variable(dataset=dataset, name="flaws", type="array")
    make_sample(dataset=dataset)
    monkeypatch.setattr(facets, "SMALL", 0)
    client.force_login(make_member(Role.ADMIN, workspace=dataset.workspace).user)

    page = client.get(
        reverse("datasets:gallery", args=[dataset.pk]),
        {"open": ["note", "flaws"], "state": "returned"},
    )

    assert "None" not in page.text
