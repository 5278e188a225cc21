"""How many disagreements there are is kept: by variable, source and verdict, and of the common pairs."""

from collections import Counter

import pytest
from django.db.models import Sum
from django.urls import reverse

from annotator import counting
from annotator.annotation.jobs import fold_counts
from annotator.datasets.actions import set_value
from annotator.datasets.models import Origin
from annotator.disagreements.actions import comparing, judge, take_back
from annotator.disagreements.counting import DISAGREEMENTS
from annotator.disagreements.models import Disagreement, DisagreementCount
from tests.disagreements.rows import compare, make_disputed

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
# Two pairs, one of them twice as common, and a single one.
GIVEN = [(9.0, 7.5, 0.6)] * 4 + [(3.0, 2.0, None), (3.0, 2.0, 0.5)] + [(5.0, 8.5, 1.0)]


def kept():
    """By verdict and pair: the number, that with a confidence, and the sum of these in thousandths."""
    rows = DisagreementCount.objects.values_list("verdict", "pair").annotate(
        Sum("number"), Sum("given"), Sum("permille")
    )
    return sorted(numbers for _, _, *numbers in rows if any(numbers))


def pairs_of(client, dataset):
    overview = client.get(reverse("disagreements:overview", args=[dataset.pk]))
    return [
        (pair.accepted, pair.suggested, pair.number, pair.confidence)
        for pair in overview.context["pairs"]
    ]


def test_the_counts_are_kept_through_comparing_judging_and_taking_back():
    member, dataset, samples, _ = make_disputed(GIVEN)
    compare(dataset)
    assert kept() == [[1, 1, 1000], [2, 1, 500], [4, 4, 2400]]

    row = Disagreement.objects.get(sample=samples[0])
    judge(row, verdict="both", by=member.user, seen_rev=1)
    assert kept() == [[1, 1, 600], [1, 1, 1000], [2, 1, 500], [3, 3, 1800]]
    fold_counts()
    take_back(Disagreement.objects.get(pk=row.pk), by=member.user)
    samples[6].delete()

    assert kept() == [[2, 1, 500], [4, 4, 2400]]
    assert counting.reconcile(DISAGREEMENTS) == 0


def test_the_most_common_pairs_come_with_their_mean_confidence(client, monkeypatch):
    member, dataset, samples, grade = make_disputed(GIVEN)
    compare(dataset)
    client.force_login(member.user)
    assert pairs_of(client, dataset) == [("9.0", "7.5", 4, 0.6), ("3.0", "2.0", 2, 0.5)]

    judge(Disagreement.objects.get(sample=samples[0]), verdict="both", by=member.user, seen_rev=1)
    assert pairs_of(client, dataset)[0] == ("9.0", "7.5", 3, 0.6)
    set_value(samples[1], grade, 7.5, origin=Origin.TYPED, by=member.user)
    monkeypatch.setattr(comparing, "MOST_COMMON", 1)
    compare(dataset)

    assert pairs_of(client, dataset) == [("9.0", "7.5", 2, 0.6)]
    assert Counter(Disagreement.objects.waiting().values_list("common", flat=True)) == {2: 2, 1: 3}


def test_the_queue_says_how_many_are_left_of_all_and_of_a_pair_common_or_not(client):
    member, dataset, samples, grade = make_disputed(GIVEN)
    compare(dataset)
    client.force_login(member.user)
    queue = reverse("disagreements:queue", args=[dataset.pk])
    row = Disagreement.objects.first()
    chosen = f"{queue}?variable={grade.pk}&source={row.source_id}"

    def left(url):
        return client.get(url).context["case"].left

    pairs = [Disagreement.objects.get(sample=samples[place]).pair for place in (0, 4, 6)]
    assert [left(queue), left(chosen)] == [7, 7]
    assert [left(f"{chosen}&pair={pair}") for pair in pairs] == [4, 2, 1]
    judge(row, verdict="person", by=member.user, seen_rev=1)
    assert [left(queue), left(f"{chosen}&pair={row.pair}")] == [6, 3]
