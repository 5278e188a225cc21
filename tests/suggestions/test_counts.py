"""What became of the suggestions of each source, as the page of sources shows it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotator import kept
from annotator.datasets.models import Sample
from annotator.suggestions import counts
from annotator.suggestions.actions import close_suggestions
from annotator.suggestions.jobs import count_sources
from tests.factories import make_sample
from tests.suggestions.rows import make_graded, make_source, suggest

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
STATES = ["open", "accepted", "edited", "rejected", "superseded", "invalid"]


def make_suggested(client):
    """(look, dataset, samples, grade): four open ones and an illegal one; another source has replaced one."""
    member, dataset, samples, grade = make_graded(samples=5)
    other = make_source(dataset.workspace, name="other")
    for sample in samples[:4]:
        suggest(sample, grade, 8)
    suggest(samples[4], grade, 99)
    for value in (1, 2):
        suggest(samples[0], grade, value, source=other)
    client.force_login(member.user)

    def look():
        page = client.get(reverse("suggestions:sources", args=[dataset.pk]))
        rows = {str(source): states for source, states in page.context["sources"]}
        return page.text, rows

    return look, dataset, samples, grade


def test_each_source_is_shown_with_what_became_of_its_suggestions(client):
    look, _, samples, grade = make_suggested(client)
    close_suggestions(samples[0], {grade: 8.0}, by=None)
    close_suggestions(samples[1], {grade: 7.0}, by=None)
    close_suggestions(samples[2], {grade: None}, by=None)

    _, rows = look()

    none = dict.fromkeys(STATES, 0)
    own = {"open": 1, "accepted": 1, "edited": 1, "rejected": 1, "invalid": 1}
    assert rows == {
        "grader 1": none | own,
        "other 1": none | {"edited": 1, "superseded": 1},
    }


def test_those_of_gold_copies_and_removed_samples_are_not_counted(client):
    member, dataset, [sample, removed], grade = make_graded(samples=2)
    copy = make_sample(dataset=dataset, only_for=member.user, gold_of=sample)
    for each in (sample, copy):
        suggest(each, grade, 8)
    suggest(removed, grade, 8, source=make_source(dataset.workspace, name="other"))
    Sample.objects.filter(pk=removed.pk).update(removed_at=timezone.now())
    client.force_login(member.user)

    page = client.get(reverse("suggestions:sources", args=[dataset.pk]))

    rows = {str(source): states for source, states in page.context["sources"]}
    none = dict.fromkeys(STATES, 0)
    assert rows == {"grader 1": none | {"open": 1}, "other 1": none}
    assert "eing counted" not in page.text


def test_what_takes_long_is_shown_as_of_when_it_was_counted_until_a_job_has_counted_anew(
    client, queued_jobs, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(kept, "AT_ONCE_SECONDS", 0)
    look, dataset, samples, grade = make_suggested(client)

    with django_capture_on_commit_callbacks(execute=True):
        first = look()
        suggest(samples[4], grade, 5)
        old, again = look(), look()
    count_sources(str(dataset.pk))
    fresh = look()

    numbers = [rows["grader 1"]["open"] for _, rows in (first, old, again, fresh)]
    assert numbers == [4, 4, 4, 5]
    assert ["being counted" in text for text, _ in (first, old, fresh)] == [False, True, False]
    assert queued_jobs == [("annotator.suggestions.jobs.count_sources", (str(dataset.pk),))]


def test_of_a_large_dataset_the_page_comes_at_once_and_a_job_counts(
    client, queued_jobs, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(counts, "AT_ONCE_SAMPLES", 3)
    look, dataset, *_ = make_suggested(client)

    with django_capture_on_commit_callbacks(execute=True):
        text, waiting = look()
    count_sources(str(dataset.pk))
    _, counted = look()

    assert waiting == {"grader 1": None, "other 1": None}
    assert "Being counted" in text
    assert counted["grader 1"]["open"] == 4
    assert queued_jobs == [("annotator.suggestions.jobs.count_sources", (str(dataset.pk),))]


def test_more_sources_cost_no_more_queries(client):
    look, dataset, samples, grade = make_suggested(client)
    look()
    numbers = []
    for number in range(3):
        suggest(samples[0], grade, 3, source=make_source(dataset.workspace, name=f"new {number}"))
        with CaptureQueriesContext(connection) as queries:
            look()
        numbers.append(len(queries))

    assert len(set(numbers)) == 1
