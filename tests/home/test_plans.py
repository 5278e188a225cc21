"""How SQLite finds the rows of the pages and of the labeling loop in a dataset of a million samples.

The statistics of a small dataset are multiplied, which is all that the planner knows of its size.
"""

import re
import uuid
from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.datasets.queries import facets
from tests.factories import make_dataset, make_member, make_variable, make_workspace
from tests.home.test_page_costs import fill

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

SAMPLES = 24
TIMES = 1_000_000 // SAMPLES
GROWING = (
    "datasets_sample",
    "datasets_variablevalue",
    "datasets_valuerevision",
    "annotation_answer",
)
GROWING += (
    "annotation_answervalue",
    "annotation_answerrevision",
    "datasets_sampleimage",
    "images_image",
)
FILTERS = [
    "",
    "?state=approved",
    "?split=test",
    "?open=grade&open=kind",
    "?v.kind=a",
    "?v.grade.min=1",
]
FILTERS += ["?v.grade.is=missing", "?v.grade.is=invalid", "?by=1", "?state=submitted&order=oldest"]


@pytest.fixture
def dataset():
    dataset = make_dataset(workspace=make_workspace())
    make_variable(dataset=dataset, name="grade")
    make_variable(dataset=dataset, name="kind", type="string", choices=["a", "b"])
    fill(dataset, SAMPLES)
    return dataset


@pytest.fixture
def million(dataset):
    """The dataset, in which the planner believes a million samples."""
    if connection.vendor != "sqlite":
        pytest.skip("plans as SQLite makes them")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("SELECT tbl, idx, stat FROM sqlite_stat1")
        for table, index, stat in cursor.fetchall():
            if table not in GROWING:
                continue
            numbers = [int(number) for number in stat.split() if number.isdigit()]
            larger = [number * TIMES if number > 1 else 1 for number in numbers]
            cursor.execute(
                "UPDATE sqlite_stat1 SET stat = %s WHERE tbl = %s AND idx IS %s",
                [" ".join(map(str, larger)), table, index],
            )
        cursor.execute("ANALYZE sqlite_schema")
    yield dataset
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sqlite_stat1")
        cursor.execute("ANALYZE sqlite_schema")


def is_planned(query):
    return query["sql"].lstrip().upper().startswith(("SELECT", "UPDATE", "WITH", "DELETE"))


def plan(sql):
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + sql)
        return [row[3] for row in cursor.fetchall()]


def scans(queries):
    """The steps that go through all rows of a table that grows, each with its statement."""
    bad = []
    for query in queries:
        if not is_planned(query):
            continue
        sql = query["sql"]
        steps = plan(sql)
        aliases = {alias for table in GROWING for alias in aliases_of(sql, table)}
        scanned = Counter(step.split()[1] for step in steps if step.startswith("SCAN "))
        # Subqueries begin anew with U0: as many scans as small tables are called so may be of these.
        bad += [
            (f"SCAN {name}", sql)
            for name, number in scanned.items()
            if name in aliases and number > small_ones_called(sql, name)
        ]
    return bad


def small_ones_called(sql, name):
    """How many tables that don't grow the statement calls so."""
    tables = re.findall(rf'"(\w+)" "?{name}\b', sql)
    return sum(table not in GROWING for table in tables)


def aliases_of(sql, table):
    """What the statement calls the table."""
    words = sql.replace('"', "").replace("(", " ").replace(")", " ").split()
    names = {table} if table in words else set()
    for place, word in enumerate(words[:-1]):
        if word == table:
            following = words[place + 1 : place + 3]
            names.add(following[1] if following[0].upper() == "AS" else following[0])
    return names


def test_a_scan_is_noticed(million):
    assert scans([{"sql": "SELECT 1 FROM datasets_sample AS s WHERE s.description = 'x'"}])


def test_no_page_goes_through_a_million_samples(client, million, monkeypatch):
    monkeypatch.setattr(facets, "SMALL", 0)
    client.force_login(make_member(Role.ADMIN, workspace=million.workspace).user)
    gallery = reverse("datasets:gallery", args=[million.pk])
    urls = [gallery + each for each in FILTERS] + [
        reverse("datasets:list"),
        reverse("datasets:schema", args=[million.pk]),
        reverse("datasets:sample", args=[million.samples.all()[3].pk]),
        reverse("home:home"),
        reverse("review:start") + "?list=1",
        reverse("review:list", args=[million.pk]),
        reverse("review:skipped", args=[million.pk]),
        reverse("review:by_rule", args=[million.pk]),
        reverse("home:waiting"),
        reverse("annotation:start"),
        reverse("push:deliveries"),
    ]
    bad = {}
    for url in urls:
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        bad[url] = scans(queries)

    assert {url: plans for url, plans in bad.items() if plans} == {}


def whole_datasets(queries):
    """The steps that go through all samples of a dataset: found by its id alone, without an end."""
    of_all = re.compile(r"USING INDEX sample_\w+ \(dataset_id=\?( AND removed_at=\?)?\)$")
    statements = [query["sql"] for query in queries if is_planned(query)]
    endless = [sql for sql in statements if not re.search(r" LIMIT \d+$", sql)]
    return [(step, sql) for sql in endless for step in plan(sql) if of_all.search(step)]


@pytest.mark.parametrize("size", ["dataset", "million"])
def test_the_labeling_loop_goes_through_none(client, request, size):
    """With statistics and, as where people work, without any."""
    if connection.vendor != "sqlite":
        pytest.skip("plans as SQLite makes them")
    dataset = request.getfixturevalue(size)
    current, *coming = dataset.samples.filter(state="unlabeled")[:3]
    client.force_login(make_member(workspace=dataset.workspace).user)
    grade, headers = dataset.variables.get(name="grade").pk, {"HX-Request": "true"}
    form = {f"v-{grade}": "5", "ahead": [str(each.pk) for each in coming]}
    typed = {**form, f"rev-{grade}": 0, f"operation-{grade}": uuid.uuid4(), "whole": "1"}

    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("annotation:next", args=[dataset.pk]))
        client.get(reverse("annotation:sample", args=[current.pk]))
        save = client.post(reverse("annotation:save", args=[current.pk]), typed, headers=headers)
        submit = client.post(reverse("annotation:submit", args=[current.pk]), form, headers=headers)

    assert (save.status_code, submit.status_code) == (200, 200)
    assert scans(queries) == []
    assert whole_datasets(queries) == []
