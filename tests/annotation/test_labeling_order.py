"""The dataset's order of labeling: oldest first, or least sure suggestion first."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotator.annotation.actions import claim_next, next_sample
from annotator.datasets.models import Sample
from tests.suggestions.rows import make_graded, suggest

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
CONFIDENT = [None, 0.9, 0.3]  # None: the source gives none; a fourth sample has no suggestion


@pytest.fixture
def graded(django_capture_on_commit_callbacks):
    """(member, dataset, samples): the first has no suggestion."""
    member, dataset, samples, grade = make_graded(samples=4, labeling_order="unsure")
    with django_capture_on_commit_callbacks(execute=True):
        for sample, confidence in zip(samples[1:], CONFIDENT, strict=True):
            suggest(sample, grade, 7, confidence=confidence)
    return member, dataset, samples


def claimed(member, dataset, number):
    taken = []
    for _ in range(number):
        taken.append(claim_next(member, dataset, exclude_ids=taken))
    return taken


def test_the_least_sure_comes_first_and_what_nobody_proposed_for_last(graded):
    member, dataset, [nothing, unknown, sure, unsure] = graded

    offered = next_sample(member, dataset, hold=False)

    assert offered == unsure
    assert claimed(member, dataset, 4) == [each.pk for each in (unsure, sure, unknown, nothing)]


def test_a_newer_proposal_moves_its_sample_and_the_oldest_come_first_where_that_is_asked(
    graded, django_capture_on_commit_callbacks
):
    member, dataset, [nothing, _, sure, unsure] = graded
    grade = dataset.variables.get()

    with django_capture_on_commit_callbacks(execute=True):
        suggest(unsure, grade, 8, confidence=1.0)
        suggest(sure, grade, None)
    samples = Sample.objects.order_by("created_at")

    assert list(samples.values_list("least_confidence", flat=True)) == [2, 1, 2, 1]
    dataset.labeling_order = "oldest"
    assert claimed(member, dataset, 1) == [nothing.pk]


def test_the_claim_reads_the_least_sure_from_an_index(graded):
    member, dataset, _ = graded
    Sample.objects.bulk_create(Sample(dataset=dataset) for _ in range(2_000))

    with CaptureQueriesContext(connection) as queries:
        claim_next(member, dataset)

    (claim,) = [each["sql"] for each in queries if "UPDATE datasets_sample" in each["sql"]]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE datasets_sample")
        plan = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
        cursor.execute(f"{plan} {claim}")
        assert "sample_least_sure" in str(cursor.fetchall())
