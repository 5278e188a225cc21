"""The page that says whether suggestions help, and its file."""

import csv

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotator import kept
from annotator.accounts.models import Role
from annotator.annotation.actions import open_answer, submit
from annotator.annotation.models import Effort
from annotator.datasets.models import Origin
from annotator.figures import decided
from annotator.figures.jobs import make_decisions
from annotator.suggestions.models import Suggestion
from tests.factories import make_member
from tests.suggestions.rows import make_graded, make_source, suggest

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
# Suggested, confidence, whether it was shown, answered.
DECIDED = [
    *[(7.0, 0.95, True, 7.0)] * 9,
    (7.0, 0.95, True, 6.0),
    *[(7.0, 0.35, True, 7.0)] * 2,
    *[(7.0, 0.35, True, 5.0)] * 2,
    *[(7.0, None, True, 7.0)] * 2,
    *[(7.0, 0.35, False, 7.0)] * 3,
    *[(7.0, 0.35, False, 4.0)] * 9,
]


def decide(rows, *, dataset, author, samples, grade):
    """Label the samples: with a shown suggestion it takes 2 s, else 8 s."""
    for sample, (suggested, confidence, is_shown, given) in zip(samples, rows, strict=True):
        suggest(sample, grade, suggested, confidence=confidence)
        row = Suggestion.objects.get(sample=sample)
        origin = Origin.SUGGESTED if suggested == given else Origin.EDITED
        submit(
            open_answer(sample, by=author.user),
            {grade: given},
            by=author.user,
            origins={grade: origin} if is_shown else None,
            shown=[row.pk] if is_shown else [],
            effort=Effort(active_ms=2_000 if is_shown else 8_000, key_presses=1 if is_shown else 4),
        )


def make_decided(rows=DECIDED):
    member, dataset, samples, grade = make_graded(samples=len(rows))
    author = make_member(workspace=dataset.workspace)
    decide(rows, dataset=dataset, author=author, samples=samples, grade=grade)
    return member, dataset, grade


def page_of(dataset, name="suggestions"):
    return reverse(f"figures:{name}", args=[dataset.pk])


def test_acceptance_calibration_and_anchoring_come_out_of_what_people_decided(client):
    member, dataset, _ = make_decided()
    client.force_login(member.user)

    context = client.get(page_of(dataset)).context

    [row] = context["acceptances"]
    assert (str(row.source), row.accepted.count, row.accepted.total) == ("grader 1", 13, 16)
    assert row.states == {"accepted": 13, "edited": 3}
    (_, shown), (_, blind) = context["bins"]
    assert [(b.low, b.accepted.count, b.accepted.total) for b in shown] == [
        (0.3, 2, 4),
        (0.9, 9, 10),
    ]
    assert [(b.low, b.accepted.count, b.accepted.total) for b in blind] == [(0.3, 3, 12)]
    assert shown[1].confidence == pytest.approx(0.95)
    [anchoring] = context["anchorings"]
    assert (anchoring.shown.count, anchoring.blind.count, anchoring.blind.total) == (13, 3, 12)
    value, low, high = anchoring.gap
    assert value == pytest.approx(13 / 16 - 3 / 12)
    assert 0 < low < value < high


def test_time_and_keys_are_told_apart_by_what_was_shown(client):
    member, dataset, _ = make_decided()
    client.force_login(member.user)

    with_, blind = client.get(page_of(dataset)).context["efforts"]

    assert (with_.kind, with_.seconds_median, with_.keys_median) == ("Suggestions shown", 2, 1)
    assert (blind.kind, blind.seconds.value, blind.keys.value) == ("Answered blind", 8, 4)
    assert (with_.seconds.units, blind.seconds.units) == (16, 12)


def test_a_suggestion_behind_a_shown_one_and_what_was_accepted_at_once_are_left_out(client):
    member, dataset, samples, grade = make_graded(samples=1)
    suggest(samples[0], grade, 3, source=make_source(dataset.workspace, name="behind"))
    author = make_member(workspace=dataset.workspace)
    suggest(samples[0], grade, 7)
    shown = Suggestion.objects.order_by("pk").last()
    answer = open_answer(samples[0], by=author.user)
    submit(answer, {grade: 7.0}, by=author.user, shown=[shown.pk])
    client.force_login(member.user)

    [row] = client.get(page_of(dataset)).context["acceptances"]
    Suggestion.objects.update(batch="00000000-0000-0000-0000-000000000001")
    cache.clear()  # nobody has answered since
    page = client.get(page_of(dataset))

    assert (str(row.source), row.accepted.total) == ("grader 1", 1)
    assert page.context["acceptances"] == []
    assert "Nobody has decided about a suggestion yet" in page.text


def test_the_file_has_every_figure_with_n(client):
    member, dataset, _ = make_decided()
    client.force_login(member.user)

    response = client.get(page_of(dataset, "suggestions_csv"))

    header, *rows = csv.reader(response.getvalue().decode().splitlines())
    assert header == ["figure", "source", "variable", "value", "low", "high", "n"]
    by_name = {row[0]: row[1:] for row in rows}
    assert by_name["accepted"][:3] == ["grader 1", "grade", "0.8125"]
    assert by_name["accepted at confidence 0.3 to 0.4, blind"][-1] == "12"
    assert by_name["mean seconds, answered blind"][2] == "8.0"
    assert all(row[-1].isdigit() for row in rows)


def test_one_source_is_looked_at_alone_and_more_answers_cost_no_more_queries(client):
    counts = []
    for times in (1, 3):
        member, dataset, _ = make_decided(DECIDED[:4] * times)
        client.force_login(member.user)
        source = Suggestion.objects.filter(sample__dataset=dataset).first().source_id
        client.get(page_of(dataset), {"source": source})
        with CaptureQueriesContext(connection) as queries:
            page = client.get(page_of(dataset), {"source": source})
        assert page.context["source"].pk == source
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_what_takes_long_is_shown_as_of_when_it_was_counted_until_a_job_has_counted_anew(
    client, queued_jobs, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(kept, "AT_ONCE_SECONDS", 0)
    member, dataset, samples, grade = make_graded(samples=2)
    author = make_member(workspace=dataset.workspace)
    client.force_login(member.user)

    def look():
        with django_capture_on_commit_callbacks(execute=True):
            page = client.get(page_of(dataset))
        return page, [row.accepted.total for row in page.context["acceptances"]]

    def label(sample):
        decide(DECIDED[:1], dataset=dataset, author=author, samples=[sample], grade=grade)

    label(samples[0])
    first = look()
    label(samples[1])
    old, again = look(), look()
    make_decisions(str(dataset.pk))
    fresh = look()

    assert [totals for _, totals in (first, old, again, fresh)] == [[1], [1], [1], [2]]
    assert "newer answers are" not in first[0].text + fresh[0].text
    assert "newer answers are" in old[0].text
    assert queued_jobs == [("annotator.figures.jobs.make_decisions", (str(dataset.pk),))]


def test_of_a_large_dataset_a_job_counts_the_first_time_too_and_the_file_waits_for_it(
    client, queued_jobs, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(decided, "AT_ONCE_ANSWERS", 3)
    member, dataset, _ = make_decided(DECIDED[:4])
    client.force_login(member.user)

    with django_capture_on_commit_callbacks(execute=True):
        waiting = client.get(page_of(dataset))
    make_decisions(str(dataset.pk))
    counted = client.get(page_of(dataset))
    cache.clear()
    rows = client.get(page_of(dataset, "suggestions_csv")).getvalue().decode()

    assert "The figures are being counted" in waiting.text
    assert queued_jobs == [("annotator.figures.jobs.make_decisions", (str(dataset.pk),))]
    assert [row.accepted.total for row in counted.context["acceptances"]] == [4]
    assert "accepted,grader 1,grade,1.0" in rows


def test_figures_of_suggestions_are_for_reviewers_of_the_workspace(client):
    _, dataset, *_ = make_graded()
    answers = []
    for member in (make_member(workspace=dataset.workspace), make_member(Role.ADMIN)):
        client.force_login(member.user)
        names = ("suggestions", "suggestions_csv")
        answers += [client.get(page_of(dataset, name)).status_code for name in names]

    assert answers == [403, 403, 404, 404]
