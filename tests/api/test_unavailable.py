"""What is neither the caller's fault nor the program's: a full disk, a busy database, an absent Redis."""

import base64
import errno
import http.client
import os

import pytest
from django.db import connection, connections

from annotator.datasets.models import Prompt
from annotator.images.models import Image
from annotator.paging import encode_cursor
from tests import pictures
from tests.api.client import ApiCaller
from tests.factories import make_token

pytestmark = pytest.mark.django_db

PROMPTS = "/vlm/v2/prompt/"
IMAGES = "/recognition/v2/training-image/"
BODY = {"name": "Grade", "type": "user"}


@pytest.fixture
def full_disk(monkeypatch):
    def no_room(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("annotator.storage.writing.os.fsync", no_room)


def test_a_full_disk_is_a_507_and_leaves_nothing_behind(api, full_disk, media_folder):
    answer = api.post(IMAGES, {"base64": base64.b64encode(pictures.picture(8, 8, seed=1)).decode()})

    assert answer.status_code == 507
    assert answer.json() == {"detail": "The disk is full. Nothing was stored."}
    assert not Image.objects.exists()
    assert [path for path in media_folder.rglob("*") if path.is_file()] == []
    assert api.get(IMAGES).status_code == 200


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_a_database_that_another_holds_is_a_503_that_says_when_to_come_again(api):
    is_sqlite = connection.vendor == "sqlite"
    patience = "PRAGMA busy_timeout=50" if is_sqlite else "SET lock_timeout='50ms'"
    with connection.cursor() as cursor:
        cursor.execute(patience)
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN IMMEDIATE" if is_sqlite else "BEGIN")
            if not is_sqlite:
                cursor.execute("LOCK TABLE datasets_prompt IN ACCESS EXCLUSIVE MODE")
        answer = api.post(PROMPTS, BODY)
    finally:
        other.close()
        connection.close()

    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert answer.json()["detail"]
    assert api.post(PROMPTS, BODY).status_code == 201
    assert Prompt.objects.count() == 1


@pytest.mark.throttled
@pytest.mark.django_db(transaction=True)
def test_without_redis_calls_go_on_and_keep_their_one_effect(api, admin, settings):
    nowhere = "unix:///nowhere/redis.sock"
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": nowhere}}
    settings.CELERY_BROKER_URL = "redis+socket:///nowhere/redis.sock"

    answers = [api.post(PROMPTS, BODY, headers={"Idempotency-Key": "once"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[1]["Idempotency-Replayed"] == "true"
    assert Prompt.objects.count() == 1


@pytest.mark.parametrize(
    "path", ["/vlm/", "/vlm", "/vlm/v2", "/recognition/", "/account/v2/x", "/api/", "/api/x"]
)
def test_every_address_below_the_prefixes_answers_in_json(client, path):
    for method in ("get", "post", "put"):
        answer = getattr(client, method)(path)

        assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})


def test_a_foreign_host_is_told_so_in_json_without_being_repeated(api, caplog):
    answer = api.client.get(PROMPTS, headers={"Host": "evil.example"})

    assert (answer.status_code, answer.json()) == (400, {"detail": "The request cannot be read."})
    assert api.client.get("/", headers={"Host": "evil.example"})["Content-Type"][:9] == "text/html"


@pytest.mark.parametrize("length", ["abc", "-1", "²", "9" * 5000])
def test_a_wrong_length_is_a_400(api, length):
    body = b'{"name": "x", "type": "user"}'

    answer = api.client.generic(
        "POST", PROMPTS, body, content_type="application/json", CONTENT_LENGTH=length
    )

    assert answer.status_code == 400
    assert answer.json()["detail"]
    assert not Prompt.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_body_that_breaks_off_on_the_wire_changes_nothing(live_server, admin):
    call = http.client.HTTPConnection(live_server.thread.host, live_server.thread.port, timeout=10)
    call.putrequest("POST", PROMPTS)
    call.putheader("Authorization", f"Token {make_token(admin)}")
    call.putheader("Content-Type", "application/json")
    call.putheader("Content-Length", "100")
    call.endheaders()
    call.send(b'{"name": "x", "type": "user"}')
    call.sock.shutdown(1)

    answer = call.getresponse()

    assert (answer.status, answer.getheader("Content-Type")) == (400, "application/json")
    assert b"Content-Length" in answer.read()
    assert not Prompt.objects.exists()
    call.close()


ID = "00000000-0000-4000-8000-000000000000"


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "keys",
    [
        ["0001-01-01T00:00:00+23:59", ID],
        ["9999-12-31T23:59:59-23:59", ID],
        ["2020-01-01T00:00:00", ID],
        ["2020-01-01T00:00:00+00:00", "no id"],
        ["no time", ID],
        ["\0", ID],
        ["2020-01-01T00:00:00+00:00", "\0"],
        [],
    ],
)
def test_a_cursor_that_was_tampered_with_gives_a_page(api, keys):
    api.post(PROMPTS, BODY)
    for backward in (False, True):
        for ordering in ("created", "name"):
            cursor = encode_cursor(keys, backward=backward)
            answer = api.get(PROMPTS, cursor=cursor, ordering=ordering)
            assert answer.status_code == 200, answer.content


def test_a_cursor_of_brackets_gives_the_first_page(api):
    cursor = base64.urlsafe_b64encode(b"[" * 5000).decode()

    assert api.get(PROMPTS, cursor=cursor).status_code == 200
    assert ApiCaller().get(PROMPTS, cursor=cursor).status_code == 401
