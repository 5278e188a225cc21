"""The history of each field, and one of them back to an earlier value."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotator.accounts.models import AuditEvent, Role
from annotator.annotation.actions import open_answer, save_value, submit
from annotator.annotation.models import AnswerRevision
from annotator.datasets.actions import set_value
from annotator.datasets.models import Origin, ValueRevision, VariableValue
from annotator.history.queries import field_histories
from annotator.push.models import Delivery
from annotator.review.actions import approve
from tests.factories import make_member, make_sample, make_variable
from tests.review.rows import make_cards, mirrored_answer, submit_answer

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset():
    return make_cards()


@pytest.fixture
def reviewer(dataset):
    return make_member(Role.REVIEWER, workspace=dataset.workspace)


@pytest.fixture
def answer(dataset, reviewer):
    """Typed as 7, approved as 8."""
    answer, grade = submit_answer(dataset), dataset.variables.get(name="grade")
    approve(answer, by=reviewer.user, seen_rev=answer.rev, edits={grade: 8})
    return answer


def browser_of(member):
    client = Client()
    client.force_login(member.user)
    return client


def restore(member, kind, revision):
    return browser_of(member).post(reverse("history:restore", args=[kind, revision.pk]))


def changes_of(sample, member, name="grade"):
    histories = field_histories(sample, member)
    return next(each.changes for each in histories if each.variable.name == name)


@pytest.mark.both_databases
def test_each_change_says_who_made_it_from_where_and_what_was_before(answer, reviewer):
    changes = changes_of(answer.sample, reviewer)

    said = [(each.where, each.origin, each.before, each.after, each.who) for each in changes]
    of_author = f"Answer of {answer.author.display_name}"
    assert said == [
        ("Accepted value", "Changed in review", "", "8", reviewer.user),
        (of_author, "Changed in review", "7", "8", reviewer.user),
        (of_author, "Typed", "", "7", answer.author),
    ]
    page = browser_of(reviewer).get(reverse("history:of_sample", args=[answer.sample_id]))
    assert "Changed in review" in page.text


def test_an_annotator_sees_no_change_of_anothers_answer(answer, dataset):
    other = make_member(workspace=dataset.workspace)

    assert [each.where for each in changes_of(answer.sample, other)] == ["Accepted value"]
    assert not changes_of(answer.sample, other)[0].can_restore


@pytest.mark.both_databases
def test_an_accepted_value_is_restored_by_a_reviewer_and_audited(answer, reviewer, dataset):
    grade = dataset.variables.get(name="grade")
    set_value(answer.sample, grade, 9, origin=Origin.API, by=None)
    first = ValueRevision.objects.get(value_row__variable=grade, rev=1)

    outsider = restore(make_member(Role.ADMIN), "value", first)
    annotator = restore(make_member(workspace=dataset.workspace), "value", first)
    done = restore(reviewer, "value", first)

    assert [each.status_code for each in (outsider, annotator, done)] == [404, 403, 302]
    value = VariableValue.objects.get(variable=grade)
    assert (value.value, value.origin, value.set_by, value.rev) == (
        8.0,
        Origin.RESTORED,
        reviewer.user,
        3,
    )
    event = AuditEvent.objects.get(action="value.restore")
    assert event.detail == {"before": {"grade": 9.0}, "after": {"grade": 8.0}}
    assert [each.after for each in changes_of(answer.sample, reviewer)][:3] == ["8", "9", "8"]


def test_a_value_that_its_variable_no_longer_allows_is_not_restored(answer, reviewer, dataset):
    grade = dataset.variables.get(name="grade")
    set_value(answer.sample, grade, 2, origin=Origin.API, by=None)
    dataset.variables.filter(name="grade").update(max_value=5)

    refused = restore(
        reviewer, "value", ValueRevision.objects.get(value_row__variable=grade, rev=1)
    )

    assert refused.status_code == 400
    assert VariableValue.objects.get(variable=grade).value == 2.0


def test_a_restored_value_of_a_remotes_sample_is_pushed(dataset, reviewer):
    answer, grade = mirrored_answer(dataset), dataset.variables.get(name="grade")
    approve(answer, by=reviewer.user, seen_rev=answer.rev)
    set_value(answer.sample, grade, 9, origin=Origin.API, by=None)
    Delivery.objects.all().delete()

    restore(reviewer, "value", ValueRevision.objects.get(value_row__variable=grade, rev=1))

    assert Delivery.objects.get(value_row__variable=grade).want_rev == 3


def test_the_author_of_an_open_answer_restores_what_they_typed_before(dataset):
    member = make_member(workspace=dataset.workspace)
    answer = open_answer(make_sample(dataset=dataset), by=member.user)
    grade = dataset.variables.get(name="grade")
    for rev, value in enumerate([4, 5]):
        save_value(answer, grade, value, expected_rev=rev, by=member.user)
    first = AnswerRevision.objects.get(rev=1)

    others = restore(make_member(Role.REVIEWER, workspace=dataset.workspace), "answer", first)
    own = restore(member, "answer", first)
    row = answer.values.get()
    submit(answer, {grade: 4}, by=member.user)
    late = restore(member, "answer", AnswerRevision.objects.get(rev=2))

    assert [each.status_code for each in (others, own, late)] == [403, 302, 409]
    assert own.url == reverse("annotation:sample", args=[answer.sample_id])
    assert (row.value, row.origin, row.rev) == (4.0, Origin.RESTORED, 3)


def test_more_changes_fields_and_answers_cost_no_more_queries(answer, reviewer, dataset):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            field_histories(answer.sample, reviewer)
        return len(queries)

    before, grade = cost(), dataset.variables.get(name="grade")
    for value in range(5):
        set_value(answer.sample, grade, value, origin=Origin.API, by=None)
    make_variable(dataset=dataset)
    other = make_member(workspace=dataset.workspace).user
    answer.sample.answers.create(author=other)

    assert cost() == before
