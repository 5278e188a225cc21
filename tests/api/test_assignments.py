"""Scripts assign samples, many in one call, and read whom they are assigned to."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotator.accounts.models import Role, Scope
from annotator.annotation.actions import claim_next
from annotator.datasets.models import Assignment, Sample
from tests.api.client import ApiCaller
from tests.factories import make_dataset, make_member, make_sample, make_token

pytestmark = pytest.mark.django_db

BULK = "/vlm/v2/assignment/bulk/"


@pytest.fixture
def dataset(admin):
    return make_dataset(workspace=admin.workspace)


def row(sample, *members, **more):
    return {"sample": str(sample.pk), "assignees": [each.user.pk for each in members], **more}


def test_samples_are_assigned_and_freed_and_the_list_says_to_whom(api, admin, dataset):
    ada = make_member(workspace=admin.workspace)
    samples = [make_sample(dataset=dataset) for _ in range(2)]
    body = {"assignments": [row(each, ada, due_on="2030-01-16") for each in samples]}

    first, again = api.post(BULK, body).json(), api.post(BULK, body).json()
    shown = api.get(f"/vlm/v2/sample/{samples[0].pk}/").json()
    freed = api.post(BULK, {"assignments": [row(each) for each in samples]}).json()
    listed = api.get(f"/vlm/v2/sample/?dataset={dataset.pk}").json()["results"]

    assert [each["changed"] for each in first["results"] + again["results"]] == [True] * 2 + [
        False
    ] * 2
    assert (shown["assignees"], shown["due_on"]) == ([ada.user.pk], "2030-01-16")
    assert (freed["done"], [each["assignees"] for each in listed]) == (2, [[], []])
    assert not Assignment.objects.exists()


def test_each_row_that_cant_be_says_why_and_the_others_are_done(api, admin, dataset):
    ada, ben = (make_member(workspace=admin.workspace) for _ in range(2))
    good, done, opened, twice = (make_sample(dataset=dataset) for _ in range(4))
    foreign, stranger = make_sample(), make_member()
    Sample.objects.filter(pk=done.pk).update(state="approved")
    opened.lease_to(ben.user)
    rows = [row(good, ada), row(done, ada), row(opened, ada), row(foreign, ada)]
    rows += [row(twice, stranger), row(twice, ada, ben), {"sample": "x", "assignees": []}]

    answer = api.post(BULK, {"assignments": rows}).json()

    said = [each.get("detail", "") for each in answer["results"]]
    assert (answer["done"], answer["failed"]) == (1, 6)
    assert said[0] == ""
    assert said[1] == "This sample does not await a label: it is approved."
    assert said[2].startswith(f"{ben.user.display_name} has this sample open")
    assert said[3] == f"There is no sample {foreign.pk} in this workspace."
    assert said[4] == f"There is no person {stranger.user.pk} in this workspace."
    assert "twice" in said[5]
    assert claim_next(ada, dataset) == good.pk


def test_annotators_and_narrow_tokens_may_not(admin, dataset):
    member = make_member(workspace=admin.workspace)
    reviewer = make_member(Role.REVIEWER, workspace=admin.workspace)
    body = {"assignments": [row(make_sample(dataset=dataset), member)]}

    codes = [
        ApiCaller(make_token(each, scope=scope)).post(BULK, body).status_code
        for each, scope in ((member, Scope.LABEL), (admin, Scope.LABEL), (reviewer, Scope.MANAGE))
    ]

    assert codes == [403, 403, 200]


def test_more_rows_cost_no_more_queries(api, admin, dataset):
    ada = make_member(workspace=admin.workspace)

    def cost(number):
        rows = [row(make_sample(dataset=dataset), ada) for _ in range(number)]
        with CaptureQueriesContext(connection) as queries:
            assert api.post(BULK, {"assignments": rows}).json()["done"] == number
        return len(queries)

    cost(1)
    assert cost(2) == cost(30)
