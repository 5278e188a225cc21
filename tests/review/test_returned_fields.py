"""A verdict per field: some are accepted or edited, others go back, each with its reason."""

import pytest
from django.test import Client
from django.urls import reverse

from annotator.annotation.actions import submit
from annotator.annotation.models import Answer, ReturnedField
from annotator.datasets.models import Origin
from annotator.review.actions import return_answer
from annotator.review.models import Review
from tests.review.rows import at, seen

pytestmark = pytest.mark.django_db


@pytest.fixture
def grade(dataset):
    return dataset.variables.get(name="grade")


@pytest.fixture
def note(dataset):
    return dataset.variables.get(name="note")


def label_page(answer):
    client = Client()
    client.force_login(answer.author)
    return client.get(reverse("annotation:sample", args=[answer.sample_id]))


@pytest.mark.both_databases
def test_a_field_goes_back_while_the_others_are_accepted_or_edited(reviewer, answer, grade, note):
    sent = {**seen(answer, note="Fine, really."), f"return-{grade.pk}": "A 6 at most."}

    response = reviewer.post(at("approve", answer), sent)

    answer.refresh_from_db()
    assert response.status_code == 302
    assert (answer.state, answer.sample.state) == ("returned", "returned")
    assert answer.returned_because() == {grade.pk: "A 6 at most."}
    edited = answer.values.get(variable=note)
    assert (edited.value, edited.origin) == ("Fine, really.", Origin.REVIEWED)
    assert answer.values.get(variable=grade).value == 7.0
    assert Review.objects.get().reason == "A 6 at most."


def test_its_author_sees_which_fields_came_back_and_which_are_accepted(answer, member, grade, note):
    return_answer(answer, by=member.user, seen_rev=answer.rev, fields={grade: "Too high."})

    page = label_page(answer)

    fields = {each.variable: each for each in page.context["fields"]}
    assert (fields[grade].note, fields[grade].is_accepted) == ("Too high.", False)
    assert (fields[note].note, fields[note].is_accepted) == ("", True)
    assert "Look at <a" in " ".join(page.text.split())
    assert "data-returned" in page.text


def test_the_next_review_shows_what_was_returned_and_what_stayed_accepted(
    reviewer, member, answer, grade, note
):
    return_answer(answer, by=member.user, seen_rev=answer.rev, fields={grade: "Too high."})
    submit(answer, {grade: 6, note: "Fine."}, by=answer.author)

    rows = reviewer.get(at("sample", answer)).context["rows"]

    assert [(row.returned, row.is_accepted) for row in rows] == [("Too high.", False), ("", True)]


def test_several_fields_have_a_reason_each_and_are_taken_back_one_by_one(
    reviewer, colleague, answer, grade, note
):
    sent = {f"return-{grade.pk}": "Too high.", f"return-{note.pk}": "Too vague."}
    reviewer.post(at("approve", answer), {"rev": answer.rev, **sent})
    answer.refresh_from_db()
    assert answer.return_reason == "grade: Too high. note: Too vague."

    strangers = colleague.post(at("undo", answer), {"field": note.pk})
    first = reviewer.post(at("undo", answer), {"field": note.pk})
    again = reviewer.post(at("undo", answer), {"field": note.pk})

    answer.refresh_from_db()
    assert (strangers.status_code, first.status_code, again.status_code) == (404, 302, 409)
    assert answer.author.notifications.exists()
    assert answer.returned_because() == {grade.pk: "Too high."}
    assert (answer.state, answer.return_reason) == ("returned", "Too high.")
    reviewer.post(at("undo", answer), {"field": grade.pk})
    answer.refresh_from_db()
    assert answer.state == answer.sample.state == "submitted"
    assert not ReturnedField.objects.exists()
    assert not answer.author.notifications.exists()


def test_what_its_author_works_on_is_not_taken_back_and_the_late_reviewer_is_told(
    reviewer, colleague, answer, grade
):
    sent = {"rev": answer.rev, f"return-{grade.pk}": "Too high."}
    reviewer.post(at("approve", answer), sent)

    late = colleague.post(at("approve", answer), sent)
    mine = Answer.objects.get(pk=answer.pk)
    submit(mine, {grade: 6}, by=mine.author)
    undone = reviewer.post(at("undo", answer), {"field": grade.pk})

    assert (late.status_code, undone.status_code) == (409, 409)
    assert Review.objects.count() == 1
    assert answer.returned_fields.get().reason == "Too high."


def test_a_value_that_is_not_allowed_can_go_back(reviewer, answer, grade):
    sent = {**seen(answer, grade="11"), f"return-{grade.pk}": "Not on the scale."}

    response = reviewer.post(at("approve", answer), sent)

    assert response.status_code == 302
    assert answer.values.get(variable=grade).value == 7.0
