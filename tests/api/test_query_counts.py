"""How many queries an answer takes: as many for many rows as for few."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotator.accounts.models import Role
from annotator.comments.actions import add_comment
from annotator.datasets import actions
from annotator.datasets.models import Origin
from annotator.exports.models import ExportJob
from annotator.snapshots.models import Snapshot
from annotator.training.actions import add_dataset, create_task
from annotator.training.models import ModelVersion, TrainingRun
from tests.api.client import ApiCaller
from tests.api.routes import address, api_routes, noun, served
from tests.api.tenants import make_full_sample, make_tenant
from tests.factories import (
    make_dataset,
    make_image,
    make_label,
    make_member,
    make_object,
    make_prompt,
    make_sample,
    make_token,
    make_variable,
)

pytestmark = pytest.mark.django_db

SAMPLES = "/vlm/v2/sample/"
EVERYTHING = "values,images,objects"


@pytest.fixture
def dataset(admin):
    return make_dataset(
        workspace=admin.workspace, user_prompt=make_prompt(workspace=admin.workspace)
    )


def queries(api, path, **query):
    assert connection.features.supports_json_field  # which a connection to SQLite asks it once
    with CaptureQueriesContext(connection) as captured:
        answer = api.get(path, **query)
    assert answer.status_code == 200
    return len(captured), answer.json()


def grow_prompts(workspace, dataset):
    make_prompt(workspace=workspace)


def grow_datasets(workspace, dataset):
    prompt = make_prompt(workspace=workspace)
    make_variable(dataset=make_dataset(workspace=workspace, user_prompt=prompt))


def grow_variables(workspace, dataset):
    make_variable(dataset=make_dataset(workspace=workspace))


def grow_samples(workspace, dataset):
    other = make_dataset(workspace=workspace, user_prompt=make_prompt(workspace=workspace))
    make_full_sample(other, [make_variable(dataset=other)])


def grow_tasks(workspace, dataset):
    prompt = make_prompt(workspace=workspace)
    create_task(
        workspace,
        by=None,
        name="t",
        datasets=[make_dataset(workspace=workspace)],
        user_prompt=prompt,
    )


def grow_models(workspace, dataset):
    task = create_task(workspace, by=None, name="t")
    ModelVersion.objects.create(task=task, version=1)


def grow_runs(workspace, dataset):
    task = create_task(workspace, by=None, name="t")
    run = TrainingRun.objects.create(task=task, backend="baseline", state="succeeded")
    ModelVersion.objects.create(task=task, version=1, run=run)


def grow_exports(workspace, dataset):
    ExportJob.objects.create(dataset=make_dataset(workspace=workspace), format="trl")


def grow_snapshots(workspace, dataset):
    Snapshot.objects.create(dataset=make_dataset(workspace=workspace), name="then")


def grow_images(workspace, dataset):
    make_image(workspace)


def grow_labels(workspace, dataset):
    make_label(workspace)


def grow_objects(workspace, dataset):
    make_object(make_image(workspace))


def grow_comments(workspace, dataset):
    sample = make_sample(dataset=make_dataset(workspace=workspace))
    add_comment(sample, by=make_member(workspace=workspace).user, text="Sharp corners.")


LISTS = {
    "/vlm/v2/prompt/": grow_prompts,
    "/vlm/v2/dataset/": grow_datasets,
    "/vlm/v2/variable/": grow_variables,
    "/vlm/v2/sample/": grow_samples,
    "/vlm/v2/sample/?include=values,images,objects": grow_samples,
    "/vlm/v2/sample/?cursor=&include=values": grow_samples,
    "/vlm/v2/task/": grow_tasks,
    "/vlm/v2/model/": grow_models,
    "/vlm/v2/run/": grow_runs,
    "/vlm/v2/export/": grow_exports,
    "/vlm/v2/snapshot/": grow_snapshots,
    "/vlm/v2/comment/": grow_comments,
    "/recognition/v2/training-image/": grow_images,
    "/detection/v2/label/": grow_labels,
    "/detection/v2/object/": grow_objects,
}


@pytest.mark.parametrize("path", LISTS)
def test_more_rows_cost_no_more_queries(api, admin, dataset, path):
    LISTS[path](admin.workspace, dataset)
    before, _ = queries(api, path)
    for _ in range(4):
        LISTS[path](admin.workspace, dataset)

    after, body = queries(api, path)

    assert len(body["results"]) >= 5
    assert after == before
    assert after <= 12


def test_every_list_is_tried_with_more_rows():
    lists = {address(pattern, "") for name, pattern in api_routes() if is_list(name, pattern)}

    assert lists - {"/account/v2/workspace/"} == {path.partition("?")[0] for path in LISTS}


def is_list(name, pattern):
    return name.endswith("-list") and "get" in pattern.callback.actions


def test_more_workspaces_cost_no_more_queries(api, admin):
    before, _ = queries(api, "/account/v2/workspace/")
    for _ in range(3):
        make_member(Role.ADMIN, user=admin.user)

    after, body = queries(api, "/account/v2/workspace/")

    assert (after, len(body["results"])) == (before, 4)


def grow_around(tenant):
    """More of everything beside the tenant's rows, and more of what hangs on them."""
    workspace, rows = tenant.member.workspace, tenant.rows
    for grow in set(LISTS.values()):
        grow(workspace, rows["dataset"])
    variable = make_variable(dataset=rows["dataset"])
    make_full_sample(rows["dataset"], [variable])
    actions.set_value(rows["sample"], variable, 2, origin=Origin.TYPED, by=None)
    actions.add_images(rows["sample"], [make_image(workspace)], by=None)
    actions.add_objects(rows["sample"], [make_object(rows["image"])], by=None)
    add_dataset(rows["task"], make_dataset(workspace=workspace), by=None)
    ModelVersion.objects.create(task=rows["task"], version=rows["task"].versions.count() + 1)


def test_every_address_that_shows_one_row_costs_the_same_among_more():
    tenant = make_tenant()
    caller = ApiCaller(make_token(tenant.member))
    paths = [
        address(pattern, tenant.rows[noun(name)].pk)
        for name, pattern, method, _ in served()
        if method == "get" and noun(name) in tenant.rows and not name.endswith("-list")
    ]

    def counts():
        queries = {}
        for path in paths:
            caller.get(path)  # works out the figures that are kept
            with CaptureQueriesContext(connection) as captured:
                assert caller.get(path).status_code in {200, 404}  # 404: a model without an archive
            queries[path] = len(captured)
        return queries

    before = counts()
    for _ in range(2):
        grow_around(tenant)

    assert counts() == before
    assert len(paths) >= 12
    of_figures = {path for path in paths if path.endswith("/figures/")}
    assert max(number for path, number in before.items() if path not in of_figures) <= 8
    assert max(before[path] for path in of_figures) <= 18


@pytest.mark.both_databases
def test_the_samples_of_a_page_are_looked_up_by_their_ids(api, dataset):
    if connection.vendor != "sqlite":
        pytest.skip("plans as SQLite makes them without statistics")
    actions.create_samples(dataset, [{}] * 200, by=None)
    with CaptureQueriesContext(connection) as captured:
        api.get(SAMPLES, dataset=str(dataset.pk), page_size=200)
    [sql] = [each["sql"] for each in captured if "assignees" in each["sql"]]

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        plan = [line for *_, line in cursor.fetchall()]

    assert plan[0] == "SEARCH datasets_sample USING INDEX sqlite_autoindex_datasets_sample_1 (id=?)"


def test_a_sample_with_more_parts_costs_no_more_queries(api, dataset):
    variables = [make_variable(dataset=dataset) for _ in range(5)]
    small, large = make_full_sample(dataset, variables[:1]), make_full_sample(dataset, variables)
    actions.add_images(large, [make_image(dataset.workspace) for _ in range(3)], by=None)

    counts = [
        [queries(api, f"{SAMPLES}{s.pk}/{part}")[0] for s in (small, large)]
        for part in ("", f"?include={EVERYTHING}", "sample-images/", "sample-objects/")
    ]

    assert all(one == other for one, other in counts), counts


def test_many_images_are_attached_in_as_many_queries_as_few(api, admin, dataset):
    few, many = make_sample(dataset=dataset), make_sample(dataset=dataset)
    images = [make_image(admin.workspace) for _ in range(6)]

    counts = []
    for sample, added in ((few, images[:1]), (many, images)):
        with CaptureQueriesContext(connection) as captured:
            api.post(f"{SAMPLES}{sample.pk}/add-images/", {"image_ids": [str(i.pk) for i in added]})
        counts.append(len(captured))

    assert counts[0] == counts[1]
