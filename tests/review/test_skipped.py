"""Skipped samples wait for a reviewer: back to labeling, closed, or labelled by the reviewer."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.annotation.actions import next_sample, open_answer, skip
from annotator.annotation.models import Answer
from annotator.review.models import Review
from annotator.review.skipped import skipped
from tests.factories import make_member, make_sample
from tests.review.rows import at

pytestmark = pytest.mark.django_db


@pytest.fixture
def author(dataset):
    return make_member(workspace=dataset.workspace)


def skip_some(dataset, author, *reasons):
    samples = []
    for reason in reasons:
        samples.append(make_sample(dataset=dataset))
        skip(open_answer(samples[-1], by=author.user), reason=reason, by=author.user)
    return samples


def decide(client, dataset, do, *samples):
    return client.post(at("skipped", dataset), {"do": do, "sample": [each.pk for each in samples]})


@pytest.mark.both_databases
def test_each_is_listed_with_its_reason_and_goes_back_to_labeling(reviewer, dataset, author):
    first, second = skip_some(dataset, author, "Too dark", "Two cards")
    assert next_sample(author, dataset) is None

    page = reviewer.get(at("skipped", dataset))
    start = reviewer.get(at("start") + "?list=1")
    response = decide(reviewer, dataset, "label", first)
    late = decide(reviewer, dataset, "label", first)

    assert "Too dark" in page.text
    assert "2 skipped" in start.text
    assert response.url == late.url == at("skipped", dataset)
    first.refresh_from_db()
    assert first.state == "unlabeled"
    assert Answer.objects.get(sample=first).state == Answer.State.DRAFT
    assert next_sample(author, dataset) == first
    assert Review.objects.filter(sample=first).count() == 1
    assert [row.card.sample for row in reviewer.get(at("skipped", dataset)).context["rows"]] == [
        second
    ]


def test_one_that_cannot_be_labelled_is_closed_until_it_changes_or_is_sent_back(
    reviewer, member, dataset, author
):
    [sample] = skip_some(dataset, author, "Too dark")

    decide(reviewer, dataset, "close", sample)

    assert not skipped(member).exists()
    assert sample in skipped(member, is_closed=True)
    assert "Too dark" in reviewer.get(at("skipped", dataset), {"closed": "1"}).text
    sample.save()  # a new picture, say
    assert sample in skipped(member)
    decide(reviewer, dataset, "close", sample)
    decide(reviewer, dataset, "label", sample)
    skip(open_answer(again(sample), by=author.user), reason="Still dark", by=author.user)
    assert sample in skipped(member)


def again(sample):
    sample.refresh_from_db()
    return sample


def test_the_reviewer_can_label_it(reviewer, dataset, author):
    [sample] = skip_some(dataset, author, "Too dark")

    page = reviewer.get(reverse("annotation:sample", args=[sample.pk]))

    assert page.context["closed"] == ""


def test_annotators_and_outsiders_decide_nothing_and_a_choice_is_asked_for(
    reviewer, dataset, author
):
    [sample] = skip_some(dataset, author, "Too dark")
    statuses = []
    for member in (author, make_member(Role.ADMIN)):
        client = Client()
        client.force_login(member.user)
        statuses.append(decide(client, dataset, "close", sample).status_code)

    assert statuses == [403, 404]
    assert decide(reviewer, dataset, "burn", sample).status_code == 400
    assert not Review.objects.exists()


def test_more_skipped_samples_cost_no_more_queries(reviewer, dataset, author):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            reviewer.get(at("skipped", dataset))
        return len(queries)

    skip_some(dataset, author, "Too dark")
    few = cost()
    skip_some(dataset, author, *["Too dark"] * 4)

    assert cost() == few
