"""What two callers do at the same moment: V8, unique names; and what holds from the next call on: A6."""

import base64
import threading
from functools import partial

import pytest
from django.db import connection

from annotator.accounts import actions
from annotator.accounts.models import ApiToken, Membership, Role, Scope
from annotator.datasets.models import Sample, SampleObject, Variable, VariableValue
from annotator.images.models import Image
from tests import pictures
from tests.api.client import ApiCaller
from tests.factories import (
    make_dataset,
    make_image,
    make_member,
    make_object,
    make_sample,
    make_token,
    make_variable,
)

pytestmark = pytest.mark.django_db


def at_once(*calls):
    """The statuses of several calls that begin together, each on a thread and connection of its own."""
    together = threading.Barrier(len(calls))
    statuses = []

    def run(call):
        together.wait()
        try:
            statuses.append(call().status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(statuses)


@pytest.fixture
def sample(admin):
    return make_sample(dataset=make_dataset(workspace=admin.workspace))


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_of_eleven_objects_attached_at_once_ten_stay(admin, sample):
    token, image = make_token(admin), make_image(admin.workspace)
    things = [make_object(image) for _ in range(11)]
    path = f"/vlm/v2/sample/{sample.pk}/add-objects/"

    def attach(thing):
        return lambda: ApiCaller(token).post(path, {"detection_object_ids": [str(thing.pk)]})

    assert at_once(*map(attach, things)) == [200] * 10 + [400]
    assert SampleObject.objects.filter(sample=sample).count() == 10


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_of_two_calls_that_bring_six_objects_each_one_is_refused_whole(admin, sample):
    token, image = make_token(admin), make_image(admin.workspace)
    path = f"/vlm/v2/sample/{sample.pk}/add-objects/"
    halves = [[str(make_object(image).pk) for _ in range(6)] for _ in range(2)]

    def attach(ids):
        return lambda: ApiCaller(token).post(path, {"detection_object_ids": ids})

    assert at_once(*map(attach, halves)) == [200, 400]
    assert SampleObject.objects.filter(sample=sample).count() == 6


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_one_name_given_to_two_variables_at_once_is_given_once(admin, sample):
    token = make_token(admin)
    body = {"dataset": str(sample.dataset_id), "name": "grade", "type": "float"}

    def create():
        return ApiCaller(token).post("/vlm/v2/variable/", body)

    assert at_once(create, create) == [201, 400]
    assert Variable.objects.filter(name="grade").count() == 1


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_first_values_given_at_once_are_one_row_and_nobody_gets_a_500(admin, sample):
    token, variable = make_token(admin), make_variable(dataset=sample.dataset)
    path = f"/vlm/v2/sample/{sample.pk}/add-variable-value/"

    def give(number):
        body = {"dataset_variable": str(variable.pk), "value": number}
        return lambda: ApiCaller(token).post(path, body)

    statuses = at_once(*(give(number) for number in range(6)))

    assert set(statuses) <= {200, 409}
    assert 200 in statuses
    row = VariableValue.objects.get(sample=sample)
    assert row.rev == row.history.count() == statuses.count(200)


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_one_picture_sent_twice_at_once_is_one_image(admin):
    token = make_token(admin)
    body = {"base64": base64.b64encode(pictures.picture(32, 32, seed=5)).decode()}

    def send():
        return ApiCaller(token).post("/recognition/v2/training-image/", body)

    assert at_once(send, send) == [201, 400]
    assert Image.objects.count() == 1


@pytest.mark.both_databases
def test_a_tighter_variable_marks_its_values_and_a_wider_one_clears_the_mark(api, sample):
    variable = make_variable(dataset=sample.dataset, name="grade", type="float")
    api.post(
        f"/vlm/v2/sample/{sample.pk}/add-variable-value/",
        {"dataset_variable": str(variable.pk), "value": 50},
    )

    def change(**limits):
        answer = api.patch(f"/vlm/v2/variable/{variable.pk}/", limits)
        assert answer.status_code == 200, answer.content
        return VariableValue.objects.get(sample=sample)

    for limits in ({"max_value": 10}, {"max_value": None, "step_size": 7}, {"type": "boolean"}):
        row = change(**limits)
        assert (row.value, row.is_set) == (50.0, True)
        assert row.invalid_since is not None
        assert row.invalid_reason
        shown = api.get(f"/vlm/v2/sample/{sample.pk}/").json()["sample_variables"]
        assert [value["value"] for value in shown] == [50]

    row = change(type="float", step_size=None, max_value=100)

    assert (row.value, row.invalid_since, row.invalid_reason) == (50.0, None, "")
    assert row.history.count() == row.rev == 1


def test_what_an_admin_takes_away_is_gone_with_the_next_call():
    admin = make_member(Role.ADMIN)
    member = make_member(Role.ADMIN, workspace=admin.workspace)
    caller = ApiCaller(make_token(member))
    body = {"name": "x", "type": "user"}

    def status():
        return caller.post("/vlm/v2/prompt/", body).status_code

    assert status() == 201

    actions.change_role(member, role=Role.REVIEWER, by=admin.user)
    assert status() == 403

    actions.change_role(member, role=Role.ADMIN, by=admin.user)
    ApiToken.objects.filter(user=member.user).update(scope=Scope.READ)
    assert status() == 403

    ApiToken.objects.filter(user=member.user).update(scope=Scope.MANAGE)
    assert status() == 201
    actions.remove_member(Membership.objects.get(pk=member.pk), by=admin.user)
    assert status() in {401, 403}


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_the_last_two_required_values_set_at_once_complete_the_sample(admin):
    token = make_token(admin)
    for _ in range(10):
        dataset = make_dataset(workspace=admin.workspace)
        sample = make_sample(dataset=dataset)
        variables = [make_variable(dataset=dataset, name=name, required=True) for name in "ab"]
        path = f"/vlm/v2/sample/{sample.pk}/add-variable-value/"

        def give(variable, path=path):
            body = {"dataset_variable": str(variable.pk), "value": {"value": 1.5}}
            return ApiCaller(token).post(path, body)

        statuses = at_once(*(partial(give, variable) for variable in variables))

        sample.refresh_from_db()
        assert statuses == [200, 200]
        assert sample.state == Sample.State.APPROVED
