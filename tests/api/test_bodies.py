"""What is sent: sizes, depths, characters, numbers (docs/reliability.md V2, V3, V5), slashes, errors."""

import json

import pytest

from annotator.api.views.base import RowActions
from annotator.api.views.prompts import Prompts
from annotator.api.views.samples import Samples
from annotator.errors import RemoteUnavailable, WrongState
from tests.api.routes import address, served
from tests.factories import make_dataset, make_prompt, make_sample

pytestmark = pytest.mark.django_db

PROMPTS = "/vlm/v2/prompt/"
DATASETS = "/vlm/v2/dataset/"


def deep(levels):
    return b'{"name": "x", "meta_data": ' + b'{"a":' * levels + b"1" + b"}" * levels + b"}"


BROKEN = {
    "not JSON": b"{",
    "nothing but spaces": b"  ",
    "NaN": b'{"name": "x", "meta_data": {"a": NaN}}',
    "a number beyond all floats": b'{"name": "x", "meta_data": {"a": 1e400}}',
    "an integer of 5,000 digits": b'{"name": "x", "meta_data": {"a": ' + b"9" * 5000 + b"}}",
    "bad UTF-8": b'{"name": "\xff"}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "NUL in a text": b'{"name": "a\\u0000b"}',
    "NUL in a key": b'{"name": "x", "meta_data": {"\\u0000": 1}}',
    "NUL deep inside": b'{"name": "x", "meta_data": {"a": [["\\u0000"]]}}',
    "a lone surrogate": b'{"name": "\\ud800"}',
    "a lone surrogate in a key": b'{"name": "x", "meta_data": {"\\udc00": 1}}',
    "65 levels": deep(64),
    "100,000 levels": deep(100_000),
    "a list": b"[]",
    "a text": b'"x"',
    "null": b"null",
}


@pytest.mark.both_databases
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_body_is_a_400_and_the_list_still_answers(api, name):
    answer = api.raw(DATASETS, BROKEN[name])

    assert answer.status_code == 400
    assert answer.json()["detail"]
    assert api.get(DATASETS).json()["count"] == 0


def test_a_body_beyond_the_limit_is_a_413(api):
    answer = api.raw(DATASETS, b'{"name": "' + b"x" * 2_000_000 + b'"}')

    assert answer.status_code == 413
    assert answer.json()["detail"].endswith("2,000,000 bytes.")


@pytest.mark.parametrize("body", [deep(62), '{"name": "\\ud83d\\ude00 😀"}'.encode()])
def test_what_is_unusual_but_sound_is_taken(api, body):
    answer = api.raw(DATASETS, body)

    assert answer.status_code == 201
    assert answer.json()["name"] == json.loads(body)["name"]


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_another_kind_of_body_is_a_415(api, content_type):
    answer = api.raw(PROMPTS, b"name=x", content_type=content_type)

    assert answer.status_code == 415
    assert answer.json()["detail"]


def test_an_upload_may_be_larger_than_other_bodies(api):
    body = json.dumps({"base64": "A" * 2_500_000}).encode()

    answer = api.raw("/recognition/v2/training-image/", body)

    assert answer.status_code == 400
    assert "too large" not in answer.json()["detail"]  # read whole, and no picture


def test_every_address_works_without_its_slash_and_does_not_redirect(api, admin):
    for name, pattern, method, _ in served():
        for slash in (True, False):
            path = address(pattern, "00000000-0000-4000-8000-000000000000", slash=slash)
            answer = api.raw(path, b"{}", method=method)
            assert answer.status_code not in {301, 302, 405}, (name, method)


def test_field_errors_come_with_one_sentence_for_all(api):
    answer = api.post(PROMPTS, {"name": "", "type": "x"})

    body = answer.json()
    assert set(body) == {"detail", "name", "type"}
    assert body["detail"].startswith("name: ")
    assert "type: " in body["detail"]


def test_a_state_that_has_moved_on_is_a_409(api, admin, monkeypatch):
    def too_late(*args, **kwargs):
        raise WrongState("Somebody was faster.")

    monkeypatch.setattr(Samples, "row_actions", RowActions(None, None, delete=too_late))
    sample = make_sample(dataset=make_dataset(workspace=admin.workspace))

    answer = api.delete(f"/vlm/v2/sample/{sample.pk}/")

    assert (answer.status_code, answer.json()) == (409, {"detail": "Somebody was faster."})


def test_an_unavailable_remote_is_a_502(api, admin, monkeypatch):
    def away(*args, **kwargs):
        raise RemoteUnavailable("The remote does not answer.")

    monkeypatch.setattr(Prompts, "row_actions", RowActions(None, None, delete=away))
    prompt = make_prompt(workspace=admin.workspace)

    answer = api.delete(f"{PROMPTS}{prompt.pk}/")

    assert (answer.status_code, answer.json()) == (502, {"detail": "The remote does not answer."})


def test_a_fault_of_ours_is_a_500_without_a_trace_and_nothing_is_half_done(
    api, admin, monkeypatch, caplog
):
    def broken(*args, **kwargs):
        raise RuntimeError("secret words")

    monkeypatch.setattr("annotator.datasets.actions.schema.audit.record", broken)
    api.client.raise_request_exception = False

    answer = api.post(PROMPTS, {"name": "x", "type": "user"})

    assert answer.status_code == 500
    assert answer.json() == {"detail": "Something went wrong on the server."}
    assert "secret words" in caplog.text
    assert api.get(PROMPTS).json()["count"] == 0
