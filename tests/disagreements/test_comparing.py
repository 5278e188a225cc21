"""What a comparison finds, and what it leaves as it was."""

import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotator.accounts.models import User
from annotator.datasets.actions import set_value
from annotator.datasets.models import Origin, Sample
from annotator.disagreements import jobs
from annotator.disagreements.actions import comparing, judge, start_comparison
from annotator.disagreements.models import Comparison, Disagreement
from annotator.predictions.models import Endpoint, Prediction
from tests.disagreements.rows import compare, make_disputed
from tests.factories import make_sample, make_variable
from tests.suggestions.rows import make_source, suggest

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def kept():
    rows = Disagreement.objects.order_by("sample__created_at", "source")
    return [(row.accepted, row.suggested, row.size, row.percent, row.common) for row in rows]


def test_what_differs_is_kept_with_its_size_confidence_and_how_common_it_is():
    _, dataset, *_ = make_disputed()

    comparison = compare(dataset)

    assert (comparison.state, comparison.done, comparison.total) == ("done", 5, 5)
    assert kept() == [(9.0, 7.5, 1.5, 60, 2), (5.0, 8.5, 3.5, None, 1), (9.0, 7.5, 1.5, 99, 2)]


def test_a_tolerance_a_newer_suggestion_and_a_corrected_value_end_a_disagreement():
    _, dataset, samples, grade = make_disputed()
    compare(dataset)
    grade.tolerance = 1.5
    grade.save()
    suggest(samples[2], grade, 5, confidence=0.5)
    suggest(samples[1], grade, 2, source=make_source(dataset.workspace, name="other"))

    compare(dataset)

    assert kept() == [(9.0, 2.0, 7.0, None, 1)]
    Sample.objects.filter(pk=samples[1].pk).update(removed_at=timezone.now())
    compare(dataset)
    assert kept() == []


def test_a_verdict_stays_until_one_of_both_says_something_else():
    member, dataset, samples, grade = make_disputed()
    compare(dataset)
    for row in Disagreement.objects.all():
        judge(row, verdict="both", by=member.user, seen_rev=row.accepted_rev)
    set_value(samples[0], grade, 8.5, origin=Origin.TYPED, by=member.user)
    suggest(samples[2], grade, 5)  # agrees by now: what was judged is kept

    compare(dataset)

    rows = Disagreement.objects.order_by("sample__created_at")
    assert list(rows.values_list("accepted", "verdict")) == [
        (8.5, ""),
        (5.0, "both"),
        (9.0, "both"),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_verdict_that_is_given_while_its_sample_is_compared_again_is_kept(monkeypatch):
    member, dataset, samples, grade = make_disputed()
    compare(dataset)
    suggest(samples[2], grade, 8.5, confidence=0.7)  # so that its row is written anew
    row = Disagreement.objects.get(sample=samples[2])

    def give_verdict():
        try:
            judge(row, verdict="person", by=member.user, seen_rev=row.accepted_rev)
        finally:
            connection.close()

    judging = threading.Thread(target=give_verdict)
    read = comparing._differing

    def read_while_somebody_judges(*args):
        differing = read(*args)
        judging.start()
        judging.join(timeout=0.3)
        return differing

    monkeypatch.setattr(comparing, "_differing", read_while_somebody_judges)
    compare(dataset)
    judging.join()

    row.refresh_from_db()
    assert (row.verdict, row.judged_by, row.confidence) == ("person", member.user, 0.7)


def test_what_is_still_so_is_not_written_again():
    _, dataset, *_ = make_disputed()
    compare(dataset)

    with CaptureQueriesContext(connection) as queries:
        compare(dataset)

    table = Disagreement._meta.db_table
    written = [each["sql"] for each in queries if each["sql"].startswith(f'UPDATE "{table}"')]
    assert not [sql for sql in written if '"suggested" =' in sql]


def test_values_of_every_type_are_compared_by_their_variables_rule():
    member, dataset, [sample], _ = make_disputed([(9.0, None, None)])
    asked = {
        "note": ("string", "Bent  corner", "bent corner"),
        "story": ("string", "one two", "one three"),
        "flaws": ("array", ["a", "b"], ["b", "c"]),
        "same": ("array", ["a", "b"], ["b", "a"]),
        "real": ("boolean", True, False),
    }
    for name, (kind, accepted, suggested) in asked.items():
        entries = {"item_schema": {"type": "string"}} if kind == "array" else {}
        variable = make_variable(dataset=dataset, name=name, type=kind, **entries)
        set_value(sample, variable, accepted, origin=Origin.TYPED, by=member.user)
        suggest(sample, variable, suggested)

    compare(dataset)

    sizes = dict(Disagreement.objects.values_list("variable__name", "size"))
    assert sizes == {"story": 0.5, "flaws": pytest.approx(2 / 3), "real": 1}


def test_a_comparison_goes_on_after_a_lost_worker_and_is_done_by_one_at_a_time(
    queued_jobs, django_capture_on_commit_callbacks
):
    _, dataset, *_ = make_disputed()
    comparison = start_comparison(dataset, by=User.objects.first())
    lease = Comparison.objects.filter(pk=comparison.pk).take()

    jobs.compare(comparison.pk)
    assert not Disagreement.objects.exists(), "another worker has it"
    assert start_comparison(dataset, by=None).pk == comparison.pk
    Comparison.objects.filter(lease_id=lease).update(leased_until=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        jobs.sweep()
    jobs.compare(comparison.pk)
    jobs.compare(comparison.pk)

    assert ("annotator.disagreements.jobs.compare", (comparison.pk,)) in queued_jobs
    assert Disagreement.objects.count() == 3
    assert Comparison.objects.get().state == "done"


def test_a_prediction_of_labeled_samples_starts_a_comparison_once_and_others_start_none(
    queued_jobs, django_capture_on_commit_callbacks
):
    _, dataset, *_ = make_disputed()

    def sweep():
        with django_capture_on_commit_callbacks(execute=True):
            jobs.sweep()
        return list(Comparison.objects.values_list("dataset", "state"))

    def predict(**fields):
        endpoint, _ = Endpoint.objects.get_or_create(workspace=dataset.workspace, name="Vision")
        fields = {"is_unlabeled_only": False, "suggested": 1, "state": "done", **fields}
        Prediction.objects.create(
            dataset=dataset, endpoint=endpoint, ended_at=timezone.now(), **fields
        )

    predict(is_unlabeled_only=True)
    predict(is_trial=True)
    predict(suggested=0)
    others = sweep()
    predict()
    started = sweep()
    jobs.compare(Comparison.objects.get().pk)
    number = Disagreement.objects.count()
    ended = sweep()
    predict()
    again = sweep()

    assert others == []
    assert started == again == [(dataset.pk, "running")]
    assert ended == [(dataset.pk, "done")]
    assert number == 3
    assert {name for name, _ in queued_jobs} == {"annotator.disagreements.jobs.compare"}


def test_the_page_says_how_many_more_samples_are_approved_by_now(client):
    member, dataset, *_ = make_disputed()
    compare(dataset)
    client.force_login(member.user)
    page = reverse("disagreements:overview", args=[dataset.pk])

    before = client.get(page).text
    make_sample(dataset=dataset, state=Sample.State.APPROVED)
    after = client.get(page).text

    assert "by now" not in before
    assert "1 more is approved by now: compare again" in " ".join(after.split())
