"""A model behind an endpoint predicts, against a scripted server with faults."""

import base64
import io
import json
import math

import pytest
from django.urls import reverse
from PIL import Image as Pillow

from annotator.accounts.models import Role
from annotator.connections import tokens
from annotator.predictions import actions, jobs
from annotator.predictions.models import Endpoint, Prediction
from annotator.suggestions.models import Suggestion
from tests.factories import (
    make_member,
    make_prompt,
    make_task,
)
from tests.predictions.chat_server import error
from tests.predictions.conftest import KEY, make_pictured

pytestmark = pytest.mark.django_db(transaction=True)
State = Prediction.State


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
