"""`Idempotency-Key`: V7."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from annotator.api.idempotency import forget_old
from annotator.api.models import CLAIM_EXPIRES_AFTER, KEPT_FOR, IdempotentCall
from annotator.api.views.base import RowActions
from annotator.api.views.prompts import Prompts
from annotator.datasets import actions
from annotator.datasets.models import Prompt
from tests.api.client import ApiCaller
from tests.factories import make_member, make_token

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

PROMPTS = "/vlm/v2/prompt/"
BODY = {"name": "Grade", "type": "user"}


def post(api, body=None, *, key="k1", path=PROMPTS):
    return api.post(path, body or BODY, headers={"Idempotency-Key": key})


def test_the_same_call_twice_makes_one_row_and_gets_the_one_answer(api):
    first, second = post(api), post(api)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert "Idempotency-Replayed" not in first
    assert second["Idempotency-Replayed"] == "true"
    assert Prompt.objects.count() == 1


def test_without_the_key_or_with_another_there_are_two(api):
    post(api, key="a")
    post(api, key="b")
    api.post(PROMPTS, BODY)

    assert Prompt.objects.count() == 3


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({**BODY, "name": "other"}, PROMPTS),
        (BODY, "/vlm/v2/task/"),
        (BODY, f"{PROMPTS}?workspace="),
    ],
)
def test_the_key_with_another_call_is_refused(api, body, path):
    post(api)

    answer = post(api, body, path=path)

    assert answer.status_code == 422
    assert Prompt.objects.count() == 1


def test_a_call_that_failed_may_be_sent_again(api):
    assert post(api, {"name": "x", "type": "nonsense"}).status_code == 400
    assert not IdempotentCall.objects.exists()

    assert post(api).status_code == 201


def test_a_call_that_broke_half_way_leaves_nothing_and_may_be_sent_again(api, monkeypatch):
    made = actions.create_prompt

    def breaks_after(*args, **kwargs):
        made(*args, **kwargs)
        raise RuntimeError("the server broke")

    api.client.raise_request_exception = False
    with monkeypatch.context() as patch:
        patch.setattr(Prompts, "row_actions", RowActions(breaks_after, None, None))
        assert post(api).status_code == 500
        assert not Prompt.objects.exists()

    assert post(api).status_code == 201


def test_a_call_under_way_is_waited_for_and_given_up_after_a_while(api):
    post(api)
    Prompt.objects.all().delete()
    IdempotentCall.objects.update(status=None)

    assert post(api).status_code == 409

    IdempotentCall.objects.update(claimed_at=timezone.now() - CLAIM_EXPIRES_AFTER * 2)
    assert post(api).status_code == 201
    assert Prompt.objects.count() == 1


def test_a_call_that_a_wrong_clock_dated_ahead_is_given_up_too(api):
    post(api)
    Prompt.objects.all().delete()
    IdempotentCall.objects.update(status=None, claimed_at=timezone.now() + timedelta(hours=1))

    assert post(api).status_code == 201
    assert Prompt.objects.count() == 1


def test_keys_are_ones_own(api, admin):
    other = ApiCaller(make_token(make_member("admin", workspace=admin.workspace)))

    post(api)
    post(other)

    assert Prompt.objects.count() == 2


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "ü"])
def test_a_key_is_short_and_printable(api, key):
    assert post(api, key=key).status_code == 400


def test_answers_are_kept_for_a_day(api):
    post(api)
    assert forget_old() == 0

    IdempotentCall.objects.update(claimed_at=timezone.now() - KEPT_FOR - timedelta(hours=1))

    assert forget_old() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_call_eight_times_at_once_makes_one_row(admin):
    token = make_token(admin)
    together = threading.Barrier(8)
    statuses = []

    def send():
        together.wait()
        statuses.append(post(ApiCaller(token)).status_code)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    assert Prompt.objects.count() == 1
