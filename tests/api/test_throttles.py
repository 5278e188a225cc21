"""How often one may call: per token, per person, per address (A2)."""

import pytest
from django.core.cache import cache

from tests.api.client import ApiCaller
from tests.factories import make_token

pytestmark = [pytest.mark.django_db, pytest.mark.throttled]

PROMPTS = "/vlm/v2/prompt/"


@pytest.fixture(autouse=True)
def one_window(settings, monkeypatch):
    """Three calls a minute for everybody, in a minute that does not end during the test."""
    settings.API_CALLS_PER_MINUTE = {"token": 3, "person": 3, "address": 3}
    monkeypatch.setattr("annotator.accounts.limits.time.time", lambda: 1_800_000_015.0)
    cache.clear()


def statuses(caller, calls=5):
    return [caller.get(PROMPTS).status_code for _ in range(calls)]


def test_one_token_is_held_back_and_told_when_to_come_again(admin):
    caller = ApiCaller(make_token(admin))

    assert statuses(caller) == [200, 200, 200, 429, 429]

    answer = caller.get(PROMPTS)
    assert int(answer["Retry-After"]) == 45
    assert (answer["X-RateLimit-Limit"], answer["X-RateLimit-Remaining"]) == ("3", "0")
    assert answer.json()["detail"]


def test_another_token_of_the_same_person_is_not_held_back(admin):
    first, second = (ApiCaller(make_token(admin)) for _ in range(2))

    assert statuses(first)[-1] == 429
    assert statuses(second, 3) == [200, 200, 200]


def test_a_person_in_a_browser_is_held_back(client, admin):
    client.force_login(admin.user)

    assert [client.get(PROMPTS).status_code for _ in range(4)] == [200, 200, 200, 429]


def test_guessing_tokens_is_held_back_by_address_while_the_owner_gets_in(admin):
    guesses = [ApiCaller(f"{n:040x}").get(PROMPTS).status_code for n in range(6)]

    assert guesses == [401, 401, 401, 429, 429, 429]
    assert statuses(ApiCaller(make_token(admin)), 2) == [200, 200]


def test_a_forwarded_address_is_not_believed_without_a_proxy():
    caller = ApiCaller()

    statuses = [
        caller.client.get(PROMPTS, headers={"X-Forwarded-For": f"10.0.0.{n}"}).status_code
        for n in range(4)
    ]

    assert statuses == [401, 401, 401, 429]


def test_what_is_left_is_told_with_every_answer(admin):
    caller = ApiCaller(make_token(admin))

    left = [caller.get(PROMPTS)["X-RateLimit-Remaining"] for _ in range(3)]

    assert left == ["2", "1", "0"]


def test_calls_go_on_while_the_cache_is_away(admin, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "annotator.ui.cache.ForgivingRedisCache",
            "LOCATION": "unix:///nowhere/redis.sock",
        }
    }

    assert statuses(ApiCaller(make_token(admin)), 4) == [200] * 4
