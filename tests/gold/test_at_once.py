"""One person in two windows at once gets each gold sample once, and people never get each other's."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import connection

from annotator.annotation.actions import claim_next, open_answer, submit
from annotator.annotation.models import GoldResult
from annotator.datasets.models import Sample
from annotator.errors import WrongState
from tests.factories import make_member
from tests.gold.conftest import RIGHT, fill

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db(transaction=True)]


def test_people_who_label_at_once_get_each_gold_sample_once_each(dataset, admin):
    gold, others = fill(dataset, admin, gold=2, others=8)
    people = [make_member(workspace=dataset.workspace) for _ in range(2)]
    [variable] = dataset.variables.all()
    done = []

    def work(member):
        try:
            while (claimed := claim_next(member, dataset)) is not None:
                sample = Sample.objects.select_related("dataset").get(pk=claimed)
                with suppress(WrongState):  # the other window was faster
                    submit(open_answer(sample, by=member.user), {variable: RIGHT}, by=member.user)
                    done.append((member.user_id, sample))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, people * 2))

    of_others = [sample.pk for _, sample in done if sample.only_for_id is None]
    assert sorted(of_others) == sorted(each.pk for each in others)
    assert Sample.objects.filter(gold_of__in=gold).count() == 4, "a copy for each of two people"
    results = Counter(GoldResult.objects.values_list("user", "sample"))
    assert set(results.values()) == {1}
    assert all(sample.only_for_id in {None, user} for user, sample in done)
