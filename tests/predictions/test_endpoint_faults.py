"""A prediction by an endpoint that is busy, refuses, answers nonsense or costs too much."""

import json

import pytest
from django.core.files.storage import storages

from annotator.predictions import actions, elsewhere
from annotator.predictions.models import Endpoint, Prediction
from annotator.suggestions.models import Suggestion
from tests.object_store import use_bucket
from tests.predictions.chat_server import error
from tests.predictions.conftest import KEY, make_pictured
from tests.predictions.test_endpoints import State, go_on, predict_now, values

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_a_server_says_of_its_refusal_is_shown_in_whatever_shape_it_comes(
    server, dataset, endpoint
):
    body = {"detail": "Server is pinned to 'x'; requested 'vlm-7b'."}
    server.always = 400, {}, json.dumps(body).encode()

    prediction = predict_now(dataset, endpoint)

    assert "Server is pinned to 'x'" in prediction.message


def test_busy_servers_are_asked_again_and_retry_after_is_honoured(server, dataset, endpoint):
    server.script = [
        error(429, "slow down", Retry_After="0"),
        error(503, "loading"),
        (200, {}, b"no json"),
        None,
    ]

    prediction = predict_now(dataset, endpoint)

    assert (prediction.state, prediction.done, prediction.calls) == (State.DONE, 3, 6)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (error(429, "wait", Retry_After="900"), "wait 900 seconds"),
        (error(429, "You exceeded your quota", code="insufficient_quota"), "no money left"),
        (error(401, "bad key"), "does not accept the key"),
        (error(404, "model not found"), "model not found"),
        (error(500, "broken"), "failed 4 times"),
        ((302, {"Location": "http://elsewhere.example/"}, b""), "redirects to another"),
    ],
)
def test_what_no_further_call_can_cure_stops_the_job_with_its_reason(
    server, dataset, endpoint, step, words
):
    server.always = step

    prediction = predict_now(dataset, endpoint)

    assert prediction.state == State.PAUSED
    assert words in prediction.message + prediction.error
    assert KEY not in prediction.message + prediction.error
    assert not Suggestion.objects.exists()


@pytest.mark.both_databases
def test_a_stopped_job_goes_on_after_its_checkpoint(server, dataset, endpoint):
    server.script = [None, error(401, "bad key")]
    prediction = predict_now(dataset, endpoint)
    paused = (prediction.state, prediction.done)

    actions.resume(prediction, by=None)
    go_on(prediction)

    assert paused == (State.PAUSED, 1)
    assert (prediction.state, prediction.done, Suggestion.objects.count()) == (State.DONE, 3, 6)


def test_no_sample_is_passed_over_while_the_object_storage_does_not_answer(
    bucket, server, dataset, endpoint, settings, monkeypatch
):
    working = settings.STORAGES
    monkeypatch.setattr("annotator.storage.bucket.ATTEMPTS", 1)
    use_bucket(settings, "http://127.0.0.1:9")
    prediction = predict_now(dataset, endpoint)
    paused = (prediction.state, prediction.done, prediction.message)
    storages["bucket"].client.close()

    settings.STORAGES = working
    actions.resume(prediction, by=None)
    go_on(prediction)

    message = "The object storage does not answer. Resume when it works again."
    assert paused == (State.PAUSED, 0, message)
    assert (prediction.state, prediction.done, Suggestion.objects.count()) == (State.DONE, 3, 6)
    storages["bucket"].client.close()


@pytest.mark.parametrize(
    ("caps", "words"),
    [
        ({"max_calls": 2}, "2 calls"),
        ({"max_tokens": 150}, "150 tokens"),
        ({"max_cost": "0.0015", "input_price": 10, "output_price": 0}, "a cost of 0.0015"),
    ],
)
def test_a_cap_stops_the_job_and_says_so(server, dataset, endpoint, caps, words):
    for name, value in caps.items():
        setattr(endpoint, name, value)
    endpoint.save()

    prediction = predict_now(dataset, endpoint)

    assert (prediction.state, prediction.calls, prediction.done) == (State.PAUSED, 2, 2)
    assert f"the cap of {words}" in prediction.message
    Endpoint.objects.update(max_calls=0, max_tokens=0, max_cost=0)
    actions.resume(prediction, by=None)
    assert go_on(prediction).state == State.DONE


@pytest.mark.parametrize("reason", ["length", "content_filter"])
def test_an_answer_that_was_cut_off_or_refused_is_no_suggestion(server, dataset, endpoint, reason):
    server.finish_reason = reason

    prediction = predict_now(dataset, endpoint)

    assert (prediction.state, prediction.failed) == (State.DONE, 3)
    assert prediction.message
    assert not Suggestion.objects.exists()


@pytest.mark.parametrize("slice_seconds", [25.0, -1.0])  # of a server that is quick, or slow
def test_five_unusable_answers_in_a_row_stop_the_job(
    server, dataset, endpoint, monkeypatch, slice_seconds
):
    monkeypatch.setattr(elsewhere, "SLICE_SECONDS", slice_seconds)
    for _ in range(5):
        make_pictured(dataset)
    server.answer = "I cannot tell."

    prediction = predict_now(dataset, endpoint)

    assert prediction.state == State.PAUSED
    assert "5 samples in a row" in prediction.message
    assert prediction.done < 8


def test_a_value_that_is_not_allowed_is_kept_and_not_shown(server, dataset, endpoint):
    server.answer = '{"colour": "red", "grade": 99}'

    prediction = predict_now(dataset, endpoint)

    assert values() == [("colour", "red")] * 3
    assert prediction.state == State.DONE


def test_a_private_address_that_is_not_listed_is_never_called(server, dataset, endpoint, settings):
    settings.PRIVATE_REMOTES = frozenset()

    prediction = predict_now(dataset, endpoint)

    assert prediction.state == State.PAUSED
    assert "PRIVATE_REMOTES" in prediction.message
    assert server.requests == []


def test_a_long_job_gives_the_worker_to_others_in_between(
    server, dataset, endpoint, monkeypatch, queued_jobs
):
    monkeypatch.setattr(elsewhere, "SLICE_SECONDS", -1.0)

    prediction = predict_now(dataset, endpoint)

    name = "annotator.predictions.jobs.ask_endpoint"
    assert (prediction.state, prediction.done) == (State.RUNNING, 2)
    assert queued_jobs == [(name, (str(prediction.pk),))]
    assert go_on(prediction).done == 3


def test_it_is_cancelled_between_calls(server, dataset, endpoint, monkeypatch):
    wait = elsewhere.wait

    def cancel(*args, **kwargs):
        Prediction.objects.update(cancel_requested_at="2026-01-01T00:00:00Z")
        return wait(*args, **kwargs)

    monkeypatch.setattr(elsewhere, "wait", cancel)

    prediction = predict_now(dataset, endpoint)

    assert (prediction.state, prediction.done) == (State.CANCELLED, 2)
