"""Who asks, where, and how: docs/platform.md R-W1 to R-W3 and its neighbours."""

import pytest
from django.core.cache import cache

from annotator.accounts.jobs import record_token_use
from annotator.accounts.models import ApiToken, Membership, Role
from tests.api.client import ApiCaller
from tests.api.routes import address, api_routes
from tests.api.tenants import make_tenant
from tests.factories import make_dataset, make_member, make_token, make_workspace

pytestmark = pytest.mark.django_db

DATASETS = "/vlm/v2/dataset/"


@pytest.fixture
def second(admin):
    """Another workspace of the same admin."""
    return make_member(Role.ADMIN, user=admin.user).workspace


def test_R_W1_the_default_workspace_is_the_tokens(api, admin, second):
    make_dataset(workspace=second, name="second")
    make_dataset(workspace=admin.workspace, name="first")

    assert [row["name"] for row in api.rows(DATASETS)] == ["first"]


@pytest.mark.parametrize("word", ["default", "Default", "DEFAULT", ""])
def test_R_W1_default_names_it_in_any_case(api, admin, second, word):
    make_dataset(workspace=second)
    mine = make_dataset(workspace=admin.workspace)

    assert [row["id"] for row in api.rows(DATASETS, workspace=word)] == [str(mine.pk)]
    made = api.post(DATASETS, {"name": "new", "workspace": word or None})
    assert made.json()["workspace"] == str(admin.workspace_id)


def test_R_W2_another_workspace_is_named_in_the_address_or_in_the_body(api, second):
    dataset = make_dataset(workspace=second)
    body = {"name": "new", "workspace": str(second.pk)}

    in_address = api.get(f"{DATASETS}{dataset.pk}/?workspace={second.pk}")
    in_body = api.post(DATASETS, body)
    in_both = api.patch(f"{DATASETS}{dataset.pk}/?workspace={second.pk}", body)

    assert [a.json()["workspace"] for a in (in_address, in_body, in_both)] == [str(second.pk)] * 3
    assert api.get(f"{DATASETS}{dataset.pk}/").status_code == 404  # without naming it


@pytest.mark.parametrize("kind", ["foreign", "none", "no id"])
def test_a_workspace_that_one_is_not_in_does_not_exist(api, kind):
    named = {
        "foreign": str(make_workspace().pk),
        "none": "00000000-0000-4000-8000-000000000000",
        "no id": "../etc",
    }[kind]

    assert api.get(DATASETS, workspace=named).status_code == 404
    assert api.post(DATASETS, {"name": "x", "workspace": named}).status_code == 404


def test_two_different_workspaces_in_one_request_are_refused(api, admin, second):
    answer = api.post(
        f"{DATASETS}?workspace={second.pk}", {"name": "x", "workspace": str(admin.workspace_id)}
    )

    assert answer.status_code == 404


def test_R_W3_every_row_names_its_workspace(api):
    tenant = make_tenant()
    caller = ApiCaller(make_token(tenant.member))

    for name, pattern in api_routes():
        # A variable has none on the platform's page: its dataset says where it is.
        if name in tenant.rows and name != "variable":
            body = caller.get(address(pattern, tenant.rows[name].pk)).json()
            assert body["workspace"] == str(tenant.member.workspace_id), name


def test_a_token_ends_with_the_membership(api, admin):
    Membership.objects.filter(pk=admin.pk).delete()

    assert api.get(DATASETS).status_code == 403


def test_a_person_in_a_browser_acts_in_the_chosen_workspace(client, admin):
    make_dataset(workspace=admin.workspace, name="mine")
    client.force_login(admin.user)

    assert [row["name"] for row in client.get(DATASETS).json()["results"]] == ["mine"]


def test_a_browsers_write_needs_the_csrf_token(admin):
    caller = ApiCaller()
    caller.client.handler.enforce_csrf_checks = True
    caller.client.force_login(admin.user)

    answer = caller.post(DATASETS, {"name": "x"})

    assert answer.status_code == 403
    assert "CSRF" in answer.json()["detail"]


def test_the_account_is_told(api, admin):
    body = api.get("/account/v2/user").json()

    assert body["username"] == admin.user.username
    assert (body["workspace"], body["role"]) == (str(admin.workspace_id), "admin")


def test_the_platforms_client_asks_whether_its_token_is_good(api, admin):
    answer = api.post(
        "/authorization/v2/authorize", {"service": "custom-recognition", "call_type": "x"}
    )

    assert answer.json()["user_id"] == admin.user_id


def test_the_workspaces_are_listed_with_the_default_one(api, admin, second):
    rows = api.rows("/account/v2/workspace/")

    assert [(row["id"], row["default"]) for row in rows] == [
        (str(admin.workspace_id), True),
        (str(second.pk), False),
    ]


def test_what_we_can_do_beyond_the_page_is_announced(api):
    body = api.get("/vlm/v2/capabilities/").json()

    assert (body["product"], body["api"]) == ("annotator", 2)
    assert body["include"] == ["values", "images", "objects"]
    assert body["backends"]["baseline"]["available"] is True
    assert {"label", "available", "reason", "command"} == body["backends"]["vlm"].keys()
    neighbours = body["training_params"]["baseline"]["properties"]["max_neighbours"]
    assert (neighbours["minimum"], neighbours["maximum"], neighbours["default"]) == (1, 50, 9)


@pytest.mark.parametrize("header", ["", "Token", "Token x", "Token a b", "Bearer x"])
def test_nobody_gets_401_in_json(client, header):
    answer = client.get(DATASETS, headers={"Authorization": header})

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Token"
    assert answer.json()["detail"]


def test_a_token_is_the_same_with_any_spelling_of_its_keyword(admin):
    caller = ApiCaller()
    caller.client.credentials(HTTP_AUTHORIZATION=f"token {make_token(admin)}")

    assert caller.get(DATASETS).status_code == 200


def test_a_call_has_it_noted_when_the_token_was_used_but_does_not_write_it(
    api, queued_jobs, django_capture_on_commit_callbacks
):
    cache.clear()
    ApiToken.objects.update(last_used_at=None)
    token = ApiToken.objects.get()

    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            api.get("/account/v2/user/")

    assert queued_jobs == [("annotator.accounts.jobs.record_token_use", (token.pk,))]
    record_token_use(token.pk)
    assert ApiToken.objects.get().was_used_lately
