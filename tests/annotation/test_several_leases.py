"""Whoever has answered, or skipped, a sample that asks others too does not keep it from them."""

import pytest
from django.urls import reverse

from annotator.annotation.actions import claim_next, open_answer, skip
from annotator.annotation.models import Answer
from annotator.annotation.models.answer import AnswerQuerySet
from annotator.datasets.models import Sample
from tests.annotation.several import give, make_shared, people
from tests.factories import make_sample

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def skip_it(sample, member):
    skip(
        open_answer(Sample.objects.get(pk=sample.pk), by=member.user), reason="Dark", by=member.user
    )


def submit_it(sample, member):
    give(sample, member, 7)


@pytest.mark.parametrize("finish", [submit_it, skip_it])
def test_a_page_that_renews_its_lease_during_its_submit_does_not_hold_the_sample_again(
    client, monkeypatch, finish
):
    dataset, _ = make_shared()
    first, second = people(dataset, 2)
    sample = make_sample(dataset=dataset)
    client.force_login(first.user)
    read_own = AnswerQuerySet.own

    def finish_after_reading(answers, *args):
        monkeypatch.setattr(AnswerQuerySet, "own", read_own)
        answer = read_own(answers, *args)
        finish(sample, first)
        return answer

    monkeypatch.setattr(AnswerQuerySet, "own", finish_after_reading)
    response = client.post(reverse("annotation:hold", args=[sample.pk]))

    assert Answer.objects.get().state != Answer.State.DRAFT
    assert response.status_code == 409
    assert claim_next(second, dataset) == sample.pk


def test_a_page_does_not_renew_the_lease_of_a_sample_at_hand_that_another_page_has_submitted(
    client,
):
    dataset, _ = make_shared()
    first, second = people(dataset, 2)
    shown, at_hand = make_sample(dataset=dataset), make_sample(dataset=dataset)
    client.force_login(first.user)
    give(at_hand, first, 7)

    response = client.post(reverse("annotation:hold", args=[shown.pk]), {"ahead": str(at_hand.pk)})

    assert response.json()["held"]
    assert claim_next(second, dataset) == at_hand.pk
