"""The page on which an admin says how many people answer a sample."""

import pytest
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.annotation.jobs import compare_complete
from annotator.annotation.models import Answer
from annotator.datasets.models import Sample
from tests.factories import make_dataset, make_member, make_sample, make_variable

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    member = make_member(Role.ADMIN)
    client.force_login(member.user)
    client.member = member
    return client


@pytest.fixture
def dataset(admin):
    return make_dataset(workspace=admin.member.workspace)


def sent(**changes):
    fields = {"answers_per_sample": 1, "overlap_percent": 100, "maximum_answers": 0}
    return {**fields, "least_agreement_percent": 100, **changes}


def page_of(dataset):
    return reverse("annotation:asking", args=[dataset.pk])


def test_people_tolerance_and_rule_are_saved(admin, dataset, queued_jobs):
    grade = make_variable(dataset=dataset, name="grade")
    note = make_variable(dataset=dataset, name="note", type="string")
    make_variable(dataset=dataset, name="foil", type="boolean")
    make_member(workspace=dataset.workspace)
    changes = {f"rule-{grade.pk}": "0.5", f"rule-{note.pk}": "similar"}

    page = admin.get(page_of(dataset))
    admin.post(
        page_of(dataset),
        sent(answers_per_sample=2, overlap_percent=10, agreed_are_accepted="on", **changes),
    )

    assert page.text.count('name="rule-') == 2
    dataset.refresh_from_db()
    grade.refresh_from_db()
    note.refresh_from_db()
    assert (dataset.answers_per_sample, dataset.overlap_percent) == (2, 10)
    assert dataset.agreed_are_accepted
    assert (grade.agreement_rule.tolerance, note.agreement_rule.text) == (0.5, "similar")


def test_more_people_than_there_are_is_refused_with_their_number(admin, dataset):
    make_member(workspace=dataset.workspace)

    page = admin.post(page_of(dataset), sent(answers_per_sample=3, maximum_answers=4))

    assert page.status_code == 422
    assert page.text.count("This workspace has 2 people: ask at most 2") >= 2
    dataset.refresh_from_db()
    assert dataset.answers_per_sample == 1


def test_what_has_enough_answers_by_now_awaits_its_review(admin, dataset):
    dataset.answers_per_sample = 2
    dataset.save()
    sample = make_sample(dataset=dataset)
    Answer.objects.create(sample=sample, author=admin.member.user, state="collected")
    make_member(workspace=dataset.workspace)
    admin.post(page_of(dataset), sent())

    compare_complete(str(dataset.pk))
    compare_complete(str(dataset.pk))

    sample.refresh_from_db()
    assert sample.state == Sample.State.SUBMITTED
    assert Answer.objects.get().state == Answer.State.SUBMITTED


def test_the_settings_say_how_many_answer(admin, dataset):
    settings = admin.get(reverse("datasets:settings", args=[dataset.pk])).text

    assert "One person answers each sample." in settings
    assert page_of(dataset) in settings
