"""Queries that are composed once give what the ORM gives, each time with other values."""

import uuid

import pytest
from django.db import connection
from django.db.models import CharField, F, Max, OuterRef, Subquery, UUIDField
from django.test.utils import CaptureQueriesContext

from annotator.accounts.models import Workspace
from annotator.compiled import CompiledInsert, CompiledQuery, CompiledUpdate, Given, unsaved
from annotator.datasets.models import Sample, Variable
from tests.factories import make_dataset, make_sample, make_variable, make_workspace

pytestmark = pytest.mark.django_db

COLUMNS = ("id", "dataset__name", "created_at", "input_meta_data", "meta_data", "test")


def named():
    return Sample.objects.filter(pk__in=Given("samples", UUIDField(), many=True)).order_by("name")


@pytest.fixture
def samples():
    dataset = make_dataset()
    return [make_sample(dataset=dataset, name=f"s{n}", meta_data={"n": n}) for n in range(3)]


def test_the_rows_are_those_of_the_orm_for_one_value_and_for_several(samples):
    query = CompiledQuery(lambda: named().values_list(*COLUMNS))

    for chosen in (samples[:1], samples, samples[1:]):
        ids = [sample.pk for sample in chosen]
        expected = Sample.objects.filter(pk__in=ids).order_by("name").values_list(*COLUMNS)
        assert query.rows(samples=ids) == list(expected)


def test_ids_are_texts_where_they_are_asked_for(samples):
    query = CompiledQuery(
        lambda: named().values_list("id", "dataset_id", "remote_id"), text_ids=True
    )

    rows = query.rows(samples=[str(sample.pk) for sample in samples])

    assert rows == [(str(sample.pk), str(sample.dataset_id), None) for sample in samples]


def test_instances_have_all_that_was_read(samples):
    variable = make_variable(dataset=samples[0].dataset, type="string", choices=["a", "b"])
    query = CompiledQuery(lambda: Variable.objects.filter(dataset=Given("dataset", UUIDField())))

    [read] = query.instances(dataset=samples[0].dataset_id)

    assert read == variable
    assert read.choices == ["a", "b"]
    assert not read._state.adding
    assert read.get_deferred_fields() == set()


def test_instances_have_the_related_rows_and_what_is_missing_of_them(samples):
    query = CompiledQuery(lambda: named().select_related("dataset__user_prompt", "lease_holder"))

    with CaptureQueriesContext(connection) as queries:
        [read] = query.instances(samples=[samples[1].pk])
        assert (read, read.dataset) == (samples[1], samples[1].dataset)
        assert read.dataset.user_prompt is None
        assert read.lease_holder is None

    assert read.meta_data == {"n": 1}
    assert len(queries) == 1


@pytest.mark.both_databases
def test_rows_come_in_chunks_with_the_same_columns(samples):
    newest = Sample.objects.order_by().values("dataset").annotate(at=Max("created_at"))
    latest = Subquery(newest.filter(dataset=OuterRef("dataset")).values("at"))
    chosen = named().annotate(latest=latest).values_list(*COLUMNS, "latest")
    query = CompiledQuery(lambda: chosen)
    ids = [sample.pk for sample in samples]

    chunks = list(query.chunks(2, samples=ids))

    assert [len(chunk) for chunk in chunks] == [2, 1]
    assert [row for chunk in chunks for row in chunk] == query.rows(samples=ids)
    assert {row[-1] for row in chunks[0]} == {samples[-1].created_at}
    assert list(query.chunks(2, samples=[])) == []


def test_a_query_that_nothing_can_match_asks_nothing(samples):
    query = CompiledQuery(lambda: Sample.objects.filter(pk__in=[]).values_list("id"))

    with CaptureQueriesContext(connection) as queries:
        assert (query.rows(), list(query.chunks(2))) == ([], [])

    assert len(queries) == 0


def test_columns_that_were_left_out_are_read_when_they_are_asked_for(samples):
    query = CompiledQuery(
        lambda: named().select_related("dataset").defer("meta_data", "dataset__name")
    )

    [read] = query.instances(samples=[samples[1].pk])

    assert read.get_deferred_fields() == {"meta_data"}
    assert read.dataset.get_deferred_fields() == {"name"}
    assert (read.meta_data, read.dataset.name) == ({"n": 1}, samples[1].dataset.name)


def test_nothing_is_asked_for_an_empty_list_and_nothing_matches_a_strange_id(samples):
    query = CompiledQuery(lambda: named().values_list("id"))

    with CaptureQueriesContext(connection) as captured:
        assert query.rows(samples=[]) == []
    assert len(captured) == 0
    assert query.rows(samples=[uuid.uuid4()]) == []


def test_an_update_changes_what_the_orm_would_with_other_values_each_time(samples):
    update = CompiledUpdate(
        lambda: (
            named().order_by("name"),
            {"name": Given("name", CharField()), "updated_at": F("created_at")},
        )
    )

    changed = update.run(samples=[each.pk for each in samples[:2]], name="new")
    others = update.run(samples=[samples[2].pk], name="other")

    assert (changed, others, update.run(samples=[], name="none")) == (2, 1, 0)
    rows = Sample.objects.order_by("created_at", "id")
    assert list(rows.values_list("name", flat=True)) == ["new", "new", "other"]
    assert all(each.updated_at == each.created_at for each in rows)


def test_an_instance_is_the_one_that_the_model_makes_also_of_related_rows():
    dataset = make_dataset()

    made = unsaved(Sample, dataset=dataset, name="a", remote_id=dataset.remote_id)

    assert made.dataset is dataset
    assert made.dataset_id == dataset.pk
    expected = Sample(pk=made.pk, dataset=dataset, name="a", created_at=made.created_at)
    names = [field.attname for field in Sample._meta.concrete_fields]
    assert {name: getattr(made, name) for name in names} == {
        name: getattr(expected, name) for name in names
    }


def test_an_instance_may_be_given_no_related_row():
    made = unsaved(Sample, dataset=make_dataset(), remote=None)

    assert made.remote_id is None
    assert made.remote is None


@pytest.mark.both_databases
def test_json_of_any_kind_is_written_and_read_as_the_orm_does():
    values = ["", 'a \u00fc \u2028 \U0001f0cf "', 0, -7, 2**53, 1.0, 0.1, 1e15, True, False]
    values += [{}, {"a": [1, None]}, [], [[], {}]]
    dataset = make_dataset()
    made = [
        unsaved(Sample, dataset=dataset, meta_data=each, name=str(n))
        for n, each in enumerate(values)
    ]
    query = CompiledQuery(
        lambda: Sample.objects.order_by("created_at", "id").values_list("meta_data")
    )

    CompiledInsert(Sample).insert(made)

    by_orm = Sample.objects.order_by("created_at", "id").values_list("meta_data", flat=True)
    for read in (list(by_orm), [value for (value,) in query.rows()]):
        assert sorted(map(repr, read)) == sorted(map(repr, values))


def test_postgresql_keeps_the_plan_of_what_comes_again():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite plans in no time")
    workspace = make_workspace()

    for _ in range(4):
        Workspace.objects.get(pk=workspace.pk)

    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        assert any("accounts_workspace" in statement for (statement,) in cursor)
