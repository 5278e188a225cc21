"""A second reviewer: where an author disputes a return, and where people differ."""

import pytest
from django.test import Client

from annotator.accounts.models import AuditEvent, Role
from annotator.annotation.actions import submit
from annotator.annotation.models import Answer
from annotator.annotation.queries import figures
from annotator.comments.models import Comment
from annotator.datasets.models import Sample, VariableValue
from annotator.review.actions import approve, next_answer, return_answer
from annotator.review.models import Review
from annotator.review.queries import left_by_dataset, waiting
from tests.factories import make_member, make_sample
from tests.review.rows import at, make_cards, seen, submit_answer

pytestmark = pytest.mark.django_db


def browser_of(user):
    client = Client()
    client.force_login(user)
    return client


def left(member):
    return sum(left_by_dataset(member, figures(member)).values())


@pytest.fixture
def returned(answer, member):
    grade = answer.sample.dataset.variables.get(name="grade")
    return_answer(answer, by=member.user, seen_rev=answer.rev, fields={grade: "Too high."})
    return answer


@pytest.mark.both_databases
def test_a_disputed_answer_awaits_another_reviewer_as_it_was(reviewer, member, colleague, returned):
    sent = browser_of(returned.author).post(at("dispute", returned), {"text": "Look closer."})

    returned.refresh_from_db()
    assert sent.status_code == 302
    assert (returned.state, returned.sample.state) == ("submitted", "submitted")
    assert returned.first_reviewer == member.user
    said = Comment.objects.get()
    assert (said.text, said.answer, said.variable.name) == ("Look closer.", returned, "grade")
    dataset = returned.sample.dataset
    assert (next_answer(member, dataset), left(member)) == (None, 0)
    assert waiting(member)[0].number == 0
    assert left(colleague.member) == 1
    own = reviewer.post(at("approve", returned), seen(returned))
    theirs = colleague.get(at("sample", returned))
    assert own.status_code == 403
    assert "has reviewed this before" in theirs.text
    assert colleague.post(at("approve", returned), seen(returned)).status_code == 302
    assert VariableValue.objects.get(variable__name="grade").value == 7.0


def test_only_its_author_disputes_a_return_with_a_reason_and_once(colleague, returned):
    author, url = browser_of(returned.author), at("dispute", returned)
    other = make_member(workspace=returned.sample.dataset.workspace)

    others = [
        browser_of(other.user).post(url, {"text": "No."}),
        colleague.post(url, {"text": "No."}),
    ]
    outside = browser_of(make_member().user).post(url, {"text": "No."})
    empty = author.post(url, {"text": " "}, follow=True)
    author.post(url, {"text": "It is a 7."})
    late = author.post(url, {"text": "It is a 7."})

    assert [each.status_code for each in others] == [404, 404]
    assert (outside.status_code, late.status_code) == (404, 409)
    assert "Write 1 to 2,000 characters." in empty.text
    assert Comment.objects.count() == 1
    assert AuditEvent.objects.filter(action="answer.dispute").count() == 1


def test_where_there_is_no_other_reviewer_the_same_one_decides_again(reviewer, member, returned):
    browser_of(returned.author).post(at("dispute", returned), {"text": "Look closer."})

    returned.refresh_from_db()
    assert returned.first_reviewer is None
    assert reviewer.post(at("approve", returned), seen(returned)).status_code == 302


@pytest.mark.parametrize("verdict", ["approve", "return"])
def test_what_a_second_reviewer_undoes_still_awaits_another_than_the_first(
    reviewer, colleague, returned, verdict
):
    browser_of(returned.author).post(at("dispute", returned), {"text": "Look closer."})
    returned.refresh_from_db()
    second = colleague.member.user
    if verdict == "approve":
        approve(returned, by=second, seen_rev=returned.rev)
    else:
        return_answer(returned, by=second, seen_rev=returned.rev, reason="Too high indeed.")

    undone = colleague.post(at("undo", returned))

    returned.refresh_from_db()
    assert (undone.status_code, returned.state) == (302, "submitted")
    assert reviewer.post(at("approve", returned), seen(returned)).status_code == 403
    assert colleague.post(at("approve", returned), seen(returned)).status_code == 302


def test_after_the_author_has_mended_it_any_reviewer_decides(reviewer, colleague, returned):
    author = returned.author
    browser_of(author).post(at("dispute", returned), {"text": "Look closer."})
    returned.refresh_from_db()
    second = colleague.member.user
    return_answer(returned, by=second, seen_rev=returned.rev, reason="Too high indeed.")
    returned.refresh_from_db()

    submit(returned, {}, by=author)

    assert returned.first_reviewer is None
    assert reviewer.post(at("approve", returned), seen(returned)).status_code == 302


@pytest.fixture
def differing():
    """The answer for all of two people who differ, where two reviewers decide; and the reviewers."""
    dataset = make_cards(answers_per_sample=2, differing_need_two=True)
    reviewers = [make_member(Role.REVIEWER, workspace=dataset.workspace) for _ in range(2)]
    sample = make_sample(dataset=dataset)
    for grade in (7, 9):
        fresh = Sample.objects.select_related("dataset").get(pk=sample.pk)
        submit_answer(dataset, sample=fresh, grade=grade)
    return Answer.objects.get(sample=sample, state=Answer.State.SUBMITTED), reviewers


def test_where_people_differ_the_first_approval_waits_for_a_second_one(differing):
    answer, (first, second) = differing

    browser_of(first.user).post(at("approve", answer), seen(answer, grade="8"))

    answer.refresh_from_db()
    assert (answer.state, answer.first_reviewer) == ("submitted", first.user)
    assert not VariableValue.objects.exists()
    assert Review.objects.get().decision == Review.Decision.FIRST
    again = browser_of(first.user).post(at("approve", answer), seen(answer))
    assert again.status_code == 403
    browser_of(second.user).post(at("approve", answer), seen(answer))
    answer.refresh_from_db()
    assert answer.state == "approved"
    assert VariableValue.objects.get(variable__name="grade").value == 8.0
    events = AuditEvent.objects.filter(action="answer.approve").order_by("pk")
    assert events[0].detail["after"] == {"grade": 8.0}
    assert "before" not in events[1].detail


def test_a_first_approval_is_taken_back_by_its_reviewer_until_the_second_decides(differing):
    answer, (first, second) = differing
    browser_of(first.user).post(at("approve", answer), seen(answer))

    undone = browser_of(first.user).post(at("undo", answer))

    answer.refresh_from_db()
    assert (undone.status_code, answer.first_reviewer) == (302, None)
    browser_of(first.user).post(at("approve", answer), seen(answer))
    answer.refresh_from_db()
    browser_of(second.user).post(at("approve", answer), seen(answer))
    assert browser_of(first.user).post(at("undo", answer)).status_code == 409


def test_people_who_agree_need_one_reviewer(differing):
    answer, (first, _) = differing
    Answer.objects.filter(sample=answer.sample, state="collected").delete()

    approve(answer, by=first.user, seen_rev=answer.rev)

    assert answer.state == "approved"
