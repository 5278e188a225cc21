"""Rows find their samples by name without reading all names of the dataset."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotator.datasets.models import Sample
from annotator.imports.answers.matching import Subject, match
from annotator.imports.answers.rows import Row
from annotator.imports.formats.records import Standing

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_samples_of_given_names_are_read_from_an_index(dataset):
    names = [f"s{number}" for number in range(2_000)]
    Sample.objects.bulk_create(Sample(dataset=dataset, name=name) for name in names)
    subject = Subject(Row(number=2, standing=Standing.ACCEPTED, name="s7"))

    with CaptureQueriesContext(connection) as queries:
        match(dataset, [subject])

    assert subject.sample.name == "s7"
    (by_name,) = [each["sql"] for each in queries if '"name" IN' in each["sql"]]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE datasets_sample")
        plan = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
        cursor.execute(f"{plan} {by_name}")
        assert "sample_by_name" in str(cursor.fetchall())
