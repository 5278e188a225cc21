"""Which answers a reviewer must see: the dataset's share, its author's record, the risk of the answer."""

from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotator.accounts.models import Role
from annotator.annotation.actions import open_answer, submit
from annotator.annotation.models import Answer
from annotator.annotation.reviewing import is_reviewed, reviewed_percent
from annotator.datasets.models import Origin
from annotator.review.actions import reopen
from tests.factories import make_dataset, make_member, make_sample, make_user, make_variable

pytestmark = pytest.mark.django_db
IN_SHARE = {percent: UUID(int=10_000 + percent) for percent in (5, 30, 60, 95)}


@pytest.fixture
def dataset():
    dataset = make_dataset(review_percent=10)
    make_variable(dataset=dataset, name="grade", required=True)
    return dataset


def give(dataset, author, *, sample=None, **kept):
    answer = open_answer(sample or make_sample(dataset=dataset), by=author)
    submit(answer, {dataset.variables.get(): 5}, by=author, **kept)
    return answer


def record(dataset, author, *, accepted, returned=0, corrected=0):
    """Reviewed answers of a person."""
    for number in range(accepted + returned + corrected):
        answer = give(dataset, author, is_always_reviewed=True)
        answer.state, answer.is_self_accepted = Answer.State.APPROVED, False
        answer.returned_at = timezone.now() if number < returned else None
        answer.save()
        if returned <= number < returned + corrected:
            answer.values.update(origin=Origin.REVIEWED)


@pytest.mark.parametrize(
    ("kept", "percent"),
    [
        ({"accepted": 19}, 100),  # new
        ({"accepted": 25}, 10),
        ({"accepted": 23, "returned": 1, "corrected": 1}, 50),
        ({"accepted": 20, "returned": 5}, 100),
    ],
)
@pytest.mark.both_databases
def test_the_share_of_a_person_falls_with_their_record(dataset, kept, percent):
    author = make_user()
    record(dataset, author, **kept)

    answer = give(dataset, author, is_always_reviewed=True)

    assert reviewed_percent(answer) == percent


def test_the_share_is_told_by_the_sample_so_that_it_stays_the_same(dataset):
    author = make_user()
    record(dataset, author, accepted=23, returned=1, corrected=1)
    dataset.reviews_by_record = True
    dataset.save()

    reviewed = {
        place: give(dataset, author, sample=make_sample(dataset=dataset, pk=pk)).state
        for place, pk in IN_SHARE.items()
    }

    assert reviewed == {5: "submitted", 30: "submitted", 60: "approved", 95: "approved"}


def test_an_answer_at_risk_is_reviewed_where_the_dataset_says_so(dataset):
    author, grade = make_user(), dataset.variables.get()

    def state_of(place, **kept):
        sample = make_sample(dataset=dataset, pk=IN_SHARE[place])
        return give(dataset, author, sample=sample, **kept).state

    assert state_of(30, unsure={grade}) == "approved"
    dataset.reviews_risky = True
    dataset.save()
    assert state_of(60, unsure={grade}) == "submitted"
    assert state_of(95) == "approved", "a new author is no risk by itself"


def test_the_default_costs_no_query(dataset, django_assert_num_queries):
    answer = give(dataset, make_user())
    answer.sample.dataset.review_percent = 100

    with django_assert_num_queries(0):
        assert is_reviewed(answer)
        answer.sample.dataset.review_percent = 0
        assert not is_reviewed(answer)


def test_what_a_rule_accepted_is_listed_opened_and_sent_back_by_reviewers(dataset):
    author = make_member(workspace=dataset.workspace)
    reviewer, client = make_member(Role.REVIEWER, workspace=dataset.workspace), Client()
    sample = make_sample(dataset=dataset, pk=IN_SHARE[95], name="card-95")
    answer = give(dataset, author.user, sample=sample)
    url = reverse("review:by_rule", args=[dataset.pk])

    client.force_login(author.user)
    assert client.get(url).status_code == 403
    client.force_login(make_member(Role.ADMIN).user)
    assert client.get(url).status_code == 404
    client.force_login(reviewer.user)
    listed, opened = client.get(url), client.get(reverse("review:sample", args=[answer.pk]))
    reopen(sample, by=reviewer.user, reason="Look again.")

    assert "card-95" in listed.text
    assert "Accepted by rule, without a reviewer." in opened.text
    assert opened.context["can_reopen"]
    assert "Nothing was accepted by rule" in client.get(url).text
