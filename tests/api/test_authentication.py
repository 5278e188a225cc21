"""The one query that reads a token, its owner and their role: made for every call, so nothing lags behind."""

from datetime import timedelta
from unittest import mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotator.accounts.models import ApiToken, Membership, Role, User
from annotator.api.authentication import TokenAuthentication
from tests.api.client import ApiCaller
from tests.factories import make_dataset, make_member, make_sample, make_token, make_variable

pytestmark = pytest.mark.django_db

ME = "/account/v2/user/"
SAMPLES = "/vlm/v2/sample/"
KEPT = {"SELECT", "INSERT", "UPDATE", "DELETE"}


def counted(call):
    """The response and how many statements read or wrote rows; savepoints are the tests' own."""
    with CaptureQueriesContext(connection) as captured:
        response = call()
    return response, sum(query["sql"].split()[0] in KEPT for query in captured.captured_queries)


def test_a_call_reads_who_calls_in_one_query(api, admin):
    api.get(ME)

    response, queries = counted(lambda: api.get(ME))

    assert (response.json()["username"], response.json()["role"]) == (admin.user.username, "admin")
    assert queries == 1


def test_what_a_token_is_read_with_is_as_it_is_stored(rf, admin):
    Membership.objects.filter(pk=admin.pk).update(unread=3)

    request = rf.get(ME, headers={"Authorization": f"Token {make_token(admin)}"})
    _, token = TokenAuthentication().authenticate(request)

    assert (token.member, token.workspace, token.user) == (admin, admin.workspace, admin.user)
    assert (token.member.unread, token.member.created_at) == (3, admin.created_at)


def test_a_revoked_token_is_refused_at_the_next_call(api):
    assert api.get(ME).status_code == 200

    ApiToken.objects.update(revoked_at=timezone.now())

    assert api.get(ME).status_code == 401


def test_a_token_is_refused_once_its_time_is_over(admin):
    api = ApiCaller(make_token(admin, expires_at=timezone.now() + timedelta(hours=1)))
    assert api.get(ME).status_code == 200

    later = timezone.now() + timedelta(hours=2)
    with mock.patch("annotator.api.authentication.timezone.now", return_value=later):
        response = api.get(ME)

    assert response.status_code == 401


def test_a_person_who_may_not_sign_in_any_more_is_refused_at_the_next_call(api, admin):
    assert api.get(ME).status_code == 200

    User.objects.filter(pk=admin.user_id).update(is_active=False)

    assert api.get(ME).status_code == 401


def test_a_changed_role_holds_at_the_next_call(api, admin):
    sample = make_sample(dataset=make_dataset(workspace=admin.workspace))
    assert api.patch(f"{SAMPLES}{sample.pk}/", {"name": "a"}).status_code == 200

    Membership.objects.filter(pk=admin.pk).update(role=Role.ANNOTATOR)

    assert api.patch(f"{SAMPLES}{sample.pk}/", {"name": "b"}).status_code == 403
    assert api.get(ME).json()["role"] == "annotator"


def test_a_person_who_is_removed_is_forbidden_at_the_next_call(api, admin):
    make_member(Role.ADMIN, user=admin.user)  # elsewhere: the token is of one workspace
    assert api.get(ME).status_code == 200

    admin.delete()

    assert api.get(ME).status_code == 403


def test_calls_of_scripts_take_few_statements(api, admin):
    dataset = make_dataset(workspace=admin.workspace)
    variable = make_variable(dataset=dataset)
    sample = make_sample(dataset=dataset)
    row = {"dataset": str(dataset.pk), "input_meta_data": {}}
    detail = f"{SAMPLES}{sample.pk}/"
    value = {"dataset_variable": str(variable.pk)}
    calls = {
        "detail": (5, lambda: api.get(detail)),
        "list": (8, lambda: api.get(SAMPLES, include="values,images,objects")),
        "create": (7, lambda: api.post(SAMPLES, row)),
        "change a value": (
            9,
            lambda: api.post(f"{detail}add-variable-value/", {**value, "value": 3}),
        ),
    }
    api.post(f"{detail}add-variable-value/", {**value, "value": 2})

    for name, (most, call) in calls.items():
        response, queries = counted(call)
        assert response.status_code in {200, 201}, name
        assert queries <= most, name


def test_many_samples_with_values_take_as_many_statements_as_one(api, admin):
    dataset = make_dataset(workspace=admin.workspace)
    make_variable(dataset=dataset, name="grade")

    def create(number):
        rows = [{"name": f"s{n}", "values": {"grade": n % 10}} for n in range(number)]
        return api.post(f"{SAMPLES}bulk/", {"dataset": str(dataset.pk), "samples": rows})

    few, many = counted(lambda: create(1)), counted(lambda: create(40))

    assert (few[0].json()["done"], many[0].json()["done"]) == (1, 40)
    assert few[1] == many[1]
    assert many[1] <= 9  # one of them holds the schema, on PostgreSQL
    assert dataset.samples.filter(state="approved").count() == 41
