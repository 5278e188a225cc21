"""Suggestions in the form: what fills it, what a submit makes of them, who sees none."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotator.annotation.actions import undo_submit
from annotator.annotation.models import Answer, AnswerRevision, AnswerValue
from annotator.datasets.actions import set_value
from annotator.datasets.models import Origin, Sample, VariableValue
from annotator.suggestions.models import Suggestion
from tests.factories import make_sample, make_variable
from tests.suggestions.rows import make_graded, make_source, suggest

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def graded(client):
    """(member, sample, grade): the member is signed in, and every sample shows its suggestions."""
    member, _dataset, (sample,), grade = make_graded(blind_percent=0, suggestion_threshold=80)
    client.force_login(member.user)
    return member, sample, grade


def page_of(client, sample):
    return client.get(reverse("annotation:sample", args=[sample.pk]))


def field_of(response):
    return response.context["fields"][0]


def posted(field, value=None, **more):
    """What the form sends when it is submitted as it stands, or with another value."""
    body = {f"v-{field.key}": field.bound.initial if value is None else value, **more}
    if field.proposed:
        body[f"suggestion-{field.key}"] = field.proposed.suggestion.pk
        body[f"suggested-{field.key}"] = field.proposed.posted
    return body


def submit(client, sample, body):
    return client.post(reverse("annotation:submit", args=[sample.pk]), body)


def test_a_suggestion_fills_its_field_and_says_who_and_how_sure(client, graded):
    _, sample, grade = graded
    suggest(sample, grade, 7.5, confidence=0.93)

    response = page_of(client, sample)

    field = field_of(response)
    assert field.bound.initial == 7.5
    assert (field.proposed.percent, field.proposed.needs_a_look) == (93, False)
    for text in ('data-suggested="filled"', "Suggested", "93", "grader 1"):
        assert text in response.text
    assert not AnswerValue.objects.exists()
    assert not VariableValue.objects.exists()


@pytest.mark.parametrize(("confidence", "led_there"), [(0.79, True), (None, True), (0.8, False)])
def test_below_the_threshold_one_is_led_to_the_field(client, graded, confidence, led_there):
    _, sample, grade = graded
    suggest(sample, grade, 7.5, confidence=confidence)

    response = page_of(client, sample)

    assert field_of(response).proposed.needs_a_look is led_there
    assert ("data-look" in response.text) is led_there


@pytest.mark.parametrize(
    ("value", "origin", "state"),
    [("7.5", Origin.SUGGESTED, "accepted"), ("8", Origin.EDITED, "edited")],
)
def test_a_submit_keeps_how_the_value_came_to_be(client, graded, value, origin, state):
    member, sample, grade = graded
    sample.dataset.review_percent = 0
    sample.dataset.save()
    suggest(sample, grade, 7.5, confidence=0.93)

    submit(client, sample, posted(field_of(page_of(client, sample)), value))

    assert AnswerValue.objects.get().origin == origin
    assert AnswerRevision.objects.get().origin == origin
    assert VariableValue.objects.get().origin == origin
    suggestion = Suggestion.objects.get()
    assert (suggestion.state, suggestion.closed_by) == (state, member.user)


def test_a_save_while_one_types_keeps_it_too_and_the_page_says_edited(client, graded):
    _, sample, grade = graded
    suggest(sample, grade, 7.5)
    key = str(grade.pk)
    body = {f"operation-{key}": uuid.uuid4(), f"rev-{key}": 0}

    body |= posted(field_of(page_of(client, sample)), "8")
    client.post(reverse("annotation:save", args=[sample.pk]), body)

    assert AnswerValue.objects.get().origin == Origin.EDITED
    assert Suggestion.objects.get().state == "open"
    response = page_of(client, sample)
    assert field_of(response).bound.initial == 8
    assert 'data-suggested="edited"' in response.text
    assert "data-look" not in response.text


def test_what_is_known_of_the_sample_is_not_replaced_by_a_suggestion(client, graded):
    member, sample, grade = graded
    set_value(sample, grade, 9, origin=Origin.IMPORTED, by=member.user)
    suggest(sample, grade, 7.5)

    field = field_of(page_of(client, sample))

    assert (field.bound.initial, field.proposed) == (9, None)


def test_the_next_source_waits_in_a_template_and_what_was_not_shown_is_rejected(client, graded):
    _, sample, grade = graded
    suggest(sample, grade, 6, source=make_source(sample.dataset.workspace, name="older"))
    suggest(sample, grade, 7.5, source=make_source(sample.dataset.workspace, name="newer"))
    response = page_of(client, sample)
    field = field_of(response)

    assert [each.bound.initial for each in (field, *field.alternatives)] == [7.5, 6]
    assert f'<template data-alternatives="{field.key}">' in response.text
    submit(client, sample, posted(field.alternatives[0]))

    assert AnswerValue.objects.get().value == 6
    assert dict(Suggestion.objects.values_list("source__name", "state")) == {
        "older": "accepted",
        "newer": "rejected",
    }


def test_a_refused_form_keeps_the_suggestion_that_was_taken(client, graded):
    _, sample, grade = graded
    make_variable(dataset=sample.dataset, name="note", type="string", required=True, position=9)
    suggest(sample, grade, 6, source=make_source(sample.dataset.workspace, name="older"))
    suggest(sample, grade, 7.5, source=make_source(sample.dataset.workspace, name="newer"))
    other = field_of(page_of(client, sample)).alternatives[0]

    response = submit(client, sample, posted(other))

    assert response.status_code == 422
    field = field_of(response)
    assert (field.proposed.suggestion.value, field.proposed.is_edited) == (6, False)


def test_an_undo_opens_the_suggestions_again(client, graded):
    member, sample, grade = graded
    suggest(sample, grade, 7.5)
    submit(client, sample, posted(field_of(page_of(client, sample))))

    undo_submit(Answer.objects.get(), by=member.user)

    assert Suggestion.objects.get().state == "open"


def test_a_blind_sample_shows_them_after_the_own_answer_alone(client, graded):
    _, sample, grade = graded
    sample.dataset.blind_percent = 100
    sample.dataset.save()
    suggest(sample, grade, 7.5)
    before = field_of(page_of(client, sample))
    assert (before.bound.initial, before.proposed) == (None, None)

    submit(client, sample, posted(before, "8"))

    assert AnswerValue.objects.get().origin == Origin.TYPED
    assert Suggestion.objects.get().state == "rejected"
    after = page_of(client, sample)
    assert field_of(after).proposed.text == "7.5"
    assert 'name="suggestion-' not in after.text


def test_a_submitted_answer_asks_for_no_look_at_a_suggestion_that_was_accepted(client, graded):
    _, sample, grade = graded
    suggest(sample, grade, 7.5, confidence=0.1)
    before = page_of(client, sample)
    assert "check it" in before.text

    submit(client, sample, posted(field_of(before)))

    after = page_of(client, sample).text
    assert "As suggested" in after
    assert "check it" not in after


def test_the_blind_share_is_of_the_samples_and_always_the_same(graded):
    _, sample, _ = graded
    sample.dataset.blind_percent = 30
    ids = [uuid.uuid5(uuid.NAMESPACE_URL, str(number)) for number in range(2000)]
    blind = [each for each in ids if Sample(pk=each, dataset=sample.dataset).is_blind]

    assert 0.25 < len(blind) / 2000 < 0.35


@pytest.mark.parametrize("allowed", [False, True])
def test_test_samples_show_none_unless_the_dataset_says_so(client, graded, allowed):
    _, sample, grade = graded
    sample.dataset.suggests_test_samples = allowed
    sample.dataset.save()
    tested = make_sample(dataset=sample.dataset, test=True)
    suggest(tested, grade, 7.5)

    assert (field_of(page_of(client, tested)).proposed is not None) is allowed


def test_the_effort_of_all_visits_is_kept_with_the_answer(client, graded):
    member, sample, _grade = graded
    for active_ms, keys in [("4000", "3"), ("1500", "2")]:
        body = posted(field_of(page_of(client, sample)), "8", active_ms=active_ms, key_presses=keys)
        submit(client, sample, body)
        undo_submit(Answer.objects.get(), by=member.user)

    answer = Answer.objects.get()
    assert (answer.active_ms, answer.key_presses) == (5500, 5)


def statements(send):
    with CaptureQueriesContext(connection) as queries:
        response = send()
    assert response.status_code in {200, 302}
    return [query["sql"] for query in queries]


def test_the_page_costs_one_query_and_a_submit_the_one_that_closes(client, graded):
    _, sample, grade = graded
    other, third = (make_sample(dataset=sample.dataset) for _ in range(2))
    for source in ("a", "b", "c"):
        suggest(other, grade, 7.5, source=make_source(sample.dataset.workspace, name=source))
    Sample.objects.filter(pk=third.pk).update(test=True)  # asks for none

    with_them = statements(lambda: page_of(client, other))
    without = statements(lambda: page_of(client, third))
    body = posted(field_of(page_of(client, other)))
    submits = statements(lambda: submit(client, other, body))

    assert len(with_them) == len(without) + 1
    assert sum("suggestions_suggestion" in sql for sql in with_them) == 1
    assert sum(sql.startswith('UPDATE "suggestions_suggestion"') for sql in submits) == 1
    assert not any(sql.startswith("SELECT") and "suggestions_" in sql for sql in submits)
