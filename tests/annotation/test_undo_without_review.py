"""Where nobody reviews, a submit can be undone until its values were sent or changed."""

import pytest
from django.urls import reverse
from django.utils import timezone

from annotator.accounts.models import Role
from annotator.annotation.actions import open_answer, submit
from annotator.annotation.models import Answer
from annotator.datasets.actions import set_value
from annotator.datasets.models import Origin
from annotator.push.models import Delivery
from tests.factories import make_dataset, make_member, make_sample, make_variable

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(client):
    member = make_member(Role.ANNOTATOR)
    client.force_login(member.user)
    return member


@pytest.fixture
def variable(member):
    dataset = make_dataset(workspace=member.workspace, review_percent=0)
    return make_variable(dataset=dataset, name="grade", required=True)


def submitted(variable, member, value=5.0):
    sample = make_sample(dataset=variable.dataset)
    submit(open_answer(sample, by=member.user), {variable: value}, by=member.user)
    return sample


def undo(client, sample):
    return client.post(reverse("annotation:undo", args=[sample.pk]))


def test_the_answer_is_a_draft_again_and_the_history_keeps_both(client, member, variable):
    sample = submitted(variable, member)

    assert undo(client, sample).status_code == 302

    sample.refresh_from_db()
    row = sample.values.get()
    answer = Answer.objects.get(sample=sample)
    assert (sample.state, answer.state, row.is_set) == ("unlabeled", "draft", False)
    assert answer.values.get().value == 5.0
    assert [(each.value, each.reason) for each in row.history.all()] == [
        (5.0, ""),
        (None, "Submit undone"),
    ]


def test_what_was_accepted_before_comes_back(client, member, variable):
    sample = make_sample(dataset=variable.dataset)
    set_value(sample, variable, 3, origin=Origin.API, by=None)
    sample.__class__.objects.filter(pk=sample.pk).update(state="unlabeled")
    sample.refresh_from_db()
    submit(open_answer(sample, by=member.user), {variable: 7.0}, by=member.user)

    undo(client, sample)

    assert sample.values.get().value == 3
    submit_again = open_answer(sample.__class__.objects.get(pk=sample.pk), by=member.user)
    submit(submit_again, {variable: 8.0}, by=member.user)
    assert sample.values.get().value == 8.0


def test_what_a_script_has_set_since_is_left(client, member, variable):
    sample = submitted(variable, member)
    set_value(sample, variable, 9, origin=Origin.API, by=None)

    assert undo(client, sample).status_code == 409
    assert sample.values.get().value == 9


def test_what_was_sent_is_not_undone_and_the_page_says_so(client, member, variable):
    sample = submitted(variable, member)
    row = sample.values.get()
    Delivery.objects.create(value_row=row, dataset=variable.dataset, sent_at=timezone.now())

    page = client.get(reverse("annotation:sample", args=[sample.pk]))
    response = undo(client, sample)

    assert page.context["can_undo"] is False
    assert "were sent to the remote" in page.text
    assert response.status_code == 409
    assert "sent to the remote" in response.text


def test_an_approval_by_a_reviewer_is_not_undone_by_the_author(client, member, variable):
    sample = submitted(variable, member)
    Answer.objects.filter(sample=sample).update(is_self_accepted=False)

    assert undo(client, sample).status_code == 409
