"""A model behind an endpoint predicts, against a scripted server with faults."""

import base64
import io
import json
import math

import pytest
from django.core.files.storage import storages
from django.urls import reverse
from PIL import Image as Pillow

from annotator.accounts.models import Role
from annotator.connections import tokens
from annotator.datasets.actions import add_images
from annotator.predictions import actions, asking, elsewhere, jobs
from annotator.predictions.models import Endpoint, Prediction
from annotator.suggestions.models import Suggestion
from tests.factories import (
    make_dataset,
    make_image,
    make_member,
    make_prompt,
    make_sample,
    make_task,
    make_variable,
)
from tests.object_store import use_bucket
from tests.predictions.chat_server import ChatServer, error

pytestmark = pytest.mark.django_db(transaction=True)
State = Prediction.State
KEY = "sk-very-secret-1234"


@pytest.fixture
def server(settings, tmp_path, monkeypatch):
    settings.TOKEN_KEYS_FILE = tmp_path / "token_keys"
    monkeypatch.setattr(asking, "FIRST_WAIT_SECONDS", 0.01)
    with ChatServer() as server:
        settings.PRIVATE_REMOTES = frozenset([server.host])
        yield server


@pytest.fixture
def member():
    return make_member(Role.ADMIN)


@pytest.fixture
def dataset(member):
    """Three samples with a picture of 400 × 300 each, a colour and a grade."""
    workspace = member.workspace
    dataset = make_dataset(
        workspace=workspace,
        user_prompt=make_prompt(workspace=workspace, content="Which colour is {{thing}}?"),
        default_input_meta_data={"thing": "the card"},
    )
    make_variable(dataset=dataset, name="colour", type="string", choices=["red", "blue"])
    make_variable(dataset=dataset, name="grade", min_value=0, max_value=10, step_size=0.5)
    for _ in range(3):
        make_pictured(dataset)
    return dataset


def make_pictured(dataset):
    sample = make_sample(dataset=dataset, input_meta_data={"thing": "the card"})
    add_images(sample, [make_image(dataset.workspace, width=400, height=300)], by=None)
    return sample


@pytest.fixture
def endpoint(server, member):
    return Endpoint.objects.create(
        workspace=member.workspace,
        name="Vision",
        base_url=server.url,
        model="vlm-7b",
        encrypted_key=tokens.encrypt(KEY),
        image_px=200,
        concurrency=1,
    )


def predict_now(dataset, endpoint, **fields):
    prediction = actions.start(dataset, by=None, endpoint=endpoint, **fields)
    return go_on(prediction)


def go_on(prediction):
    jobs.ask_endpoint(str(prediction.pk))
    prediction.refresh_from_db()
    return prediction


def values():
    rows = Suggestion.objects.open().order_by("pk").select_related("variable")
    return [(row.variable.name, row.value) for row in rows]


@pytest.mark.both_databases
def test_it_asks_as_in_a_training_and_suggests_what_is_answered(server, dataset, endpoint, member):
    system = make_prompt(workspace=member.workspace, type="system", content="You grade.")
    task = make_task(datasets=[dataset], system_prompt=system, max_tokens=77)

    prediction = predict_now(dataset, endpoint, task=task)

    assert (prediction.state, prediction.error, prediction.done) == (State.DONE, "", 3)
    assert values() == [("colour", "red"), ("grade", 8.0)] * 3
    assert (prediction.calls, prediction.input_tokens, prediction.output_tokens) == (3, 300, 30)
    row = Suggestion.objects.select_related("source").first()
    assert (str(row.source), row.source.kind, row.raw_text) == (
        "Vision vlm-7b",
        "endpoint",
        server.answer,
    )
    body = server.requests[0]
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("vlm-7b", 0, 77)
    assert body["messages"][0]["content"][0]["text"] == "You grade."
    image, text = body["messages"][1]["content"]
    assert text["text"] == "Which colour is the card?"
    data = base64.b64decode(image["image_url"]["url"].removeprefix("data:image/jpeg;base64,"))
    assert Pillow.open(io.BytesIO(data)).size == (200, 150)
    schema = body["response_format"]["json_schema"]
    assert schema["strict"]
    assert list(schema["schema"]["properties"]) == ["colour", "grade"]
    assert server.keys[0] == f"Bearer {KEY}"


def test_token_probabilities_become_the_confidence(server, dataset, endpoint):
    server.answer = '{"colour": "red", "grade": 8}'
    server.logprobs = [
        ('{"colour": "', 0.0),
        ("red", math.log(0.9)),
        ('", "grade": ', 0.0),
        ("8", math.log(0.6)),
        ("}", 0.0),
    ]

    predict_now(dataset, endpoint)

    given = {row.variable.name: row.confidence for row in Suggestion.objects.all()}
    assert given == {"colour": 0.9, "grade": 0.6}


def test_tokens_that_do_not_spell_the_answer_give_no_confidence(server, dataset, endpoint):
    server.logprobs = [("something else", -0.1)]

    predict_now(dataset, endpoint)

    assert set(Suggestion.objects.values_list("confidence", flat=True)) == {None}


@pytest.mark.parametrize(
    "answer",
    [
        '```json\n{"colour": "red", "grade": 8}\n```',
        '<think>Hm.</think>{"colour": "red", "grade": "8"}',
        'It is {"colour": "red", "grade": 8,0}'.replace("8,0", "8.0"),
    ],
)
def test_an_answer_with_something_around_it_is_repaired(server, dataset, endpoint, answer):
    server.answer = answer

    predict_now(dataset, endpoint)

    assert values() == [("colour", "red"), ("grade", 8.0)] * 3


def test_a_server_without_schemas_is_asked_without_and_told_the_form(server, dataset, endpoint):
    def refuse(body):
        for name in ("response_format", "logprobs"):
            if name in body:
                return error(400, f"{name} is not supported")
        return None if "max_completion_tokens" in body else error(400, "use max_completion_tokens")

    server.always = refuse

    prediction = predict_now(dataset, endpoint)

    assert (prediction.state, prediction.done) == (State.DONE, 3)
    assert "response_format" not in server.requests[-1]
    assert "JSON of this schema" in server.requests[-1]["messages"][-1]["content"][-1]["text"]
    assert len(server.requests) == 6  # three to learn it, then one for each sample


@pytest.mark.both_databases
@pytest.mark.parametrize("free", ["It is red.", '{"answer": "red"}', ""])
def test_a_server_that_ignores_a_schema_is_told_the_form_from_then_on(
    server, dataset, endpoint, free
):
    server.always = lambda body: (
        (200, {}, json.dumps(server.completion(free)).encode())
        if "response_format" in body
        else None
    )

    prediction = predict_now(dataset, endpoint)

    assert values() == [("colour", "red"), ("grade", 8.0)] * 3
    assert prediction.calls == len(server.requests) == 4  # one to learn it
    assert "JSON of this schema" in server.requests[-1]["messages"][-1]["content"][-1]["text"]


def test_an_illegal_value_is_no_sign_that_the_schema_is_ignored(server, dataset, endpoint):
    server.answer = '{"colour": "green", "grade": null}'

    predict_now(dataset, endpoint)

    assert ["response_format" in body for body in server.requests] == [True] * 3


def test_what_a_server_says_of_its_refusal_is_shown_in_whatever_shape_it_comes(
    server, dataset, endpoint
):
    body = {"detail": "Server is pinned to 'x'; requested 'vlm-7b'."}
    server.always = 400, {}, json.dumps(body).encode()

    prediction = predict_now(dataset, endpoint)

    assert "Server is pinned to 'x'" in prediction.message


def test_the_result_template_reads_what_is_no_plain_object(server, dataset, endpoint, member):
    dataset.result_template = make_prompt(
        workspace=member.workspace,
        type="template",
        format=None,
        content="Colour: {{colour}}. Grade: {{grade}}.",
    )
    dataset.save()
    server.answer = "Colour: blue. Grade: 7.5."

    predict_now(dataset, endpoint)

    assert values() == [("colour", "blue"), ("grade", 7.5)] * 3


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


def test_a_try_out_shows_the_answers_of_five_samples_and_suggests_nothing(
    client, server, dataset, endpoint, member
):
    for _ in range(4):
        make_pictured(dataset)
    server.script = [None, "no idea"]
    client.force_login(member.user)
    address = reverse("predictions:new", args=[dataset.pk])

    answer = client.post(
        address, {"model": f"endpoint:{endpoint.pk}", "samples": "unlabeled", "trial": "1"}
    )
    prediction = go_on(Prediction.objects.get())
    page = client.get(answer.url)

    assert (prediction.state, prediction.done, prediction.total) == (State.DONE, 5, 5)
    assert len(server.requests) == 5
    assert "no idea" in page.content.decode()
    assert page.context["answers"][0].values[0][:2] == ("colour", "red")
    assert not Suggestion.objects.exists()


def test_the_key_goes_in_and_never_comes_out(client, server, dataset, member):
    client.force_login(member.user)
    fields = {
        "name": "Vision",
        "base_url": f"{server.url}/chat/completions",
        "model": "m",
        "key": KEY,
        "concurrency": 2,
        "image_px": 512,
        "max_calls": 10,
        "max_tokens": 0,
        "max_cost": 0,
        "input_price": 0,
        "output_price": 0,
    }

    client.post(reverse("predictions:new_endpoint"), fields)

    endpoint = Endpoint.objects.get()
    address = reverse("predictions:endpoint", args=[endpoint.pk])
    assert endpoint.base_url == server.url
    assert KEY.encode() not in bytes(endpoint.encrypted_key)
    pages = [client.get(address), client.get(reverse("predictions:endpoints"))]
    assert all(KEY not in page.content.decode() for page in pages)
    moved = client.post(address, {**fields, "key": "", "base_url": "https://thief.example"})
    kept = client.post(address, {**fields, "key": "", "name": "New name"})
    endpoint.refresh_from_db()
    assert (moved.status_code, kept.status_code, endpoint.name) == (422, 302, "New name")
    tokens.rotate_keys()
    endpoint.refresh_from_db()
    assert tokens.decrypt(endpoint.encrypted_key) == KEY
    client.post(reverse("predictions:delete_endpoint", args=[endpoint.pk]))
    endpoint.refresh_from_db()
    assert bytes(endpoint.encrypted_key) == b""


def test_endpoints_are_an_admins_and_of_one_workspace(client, endpoint, member):
    addresses = [
        reverse("predictions:endpoints"),
        reverse("predictions:endpoint", args=[endpoint.pk]),
    ]
    client.force_login(make_member(Role.REVIEWER, workspace=member.workspace).user)
    refused = [client.get(address).status_code for address in addresses]
    client.force_login(make_member(Role.ADMIN).user)

    assert refused == [403, 403]
    assert endpoint.name not in client.get(addresses[0]).content.decode()
    assert client.get(addresses[1]).status_code == 404
