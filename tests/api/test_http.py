"""Answers that are not sent again, and packed ones: ETag, If-None-Match, gzip in both directions."""

import gzip
import json
import zlib

import pytest

from annotator.api.parsers import MAX_BODY_BYTES
from tests.api.client import ApiCaller
from tests.api.routes import address, noun, served
from tests.api.tenants import make_tenant
from tests.factories import make_member, make_prompt, make_token

pytestmark = pytest.mark.django_db

PROMPTS = "/vlm/v2/prompt/"
PACKED = {"Accept-Encoding": "gzip"}

OTHERWISE = {
    "model-request-download",  # signed anew each time, as the next one
    "export-request-download",
    "model-card",  # 404: the tenant's model has no archive
    "model-compare",  # 404: its task has no second one
}


def asked(caller, path, **headers):
    return caller.client.get(
        path, headers={name.replace("_", "-"): v for name, v in headers.items()}
    )


def packed(caller, body, coding="gzip"):
    return caller.client.generic(
        "POST",
        PROMPTS,
        body,
        content_type="application/json",
        headers={"Content-Encoding": coding},
    )


def test_every_address_that_can_be_read_answers_304_to_who_has_it_already():
    tenant = make_tenant()
    caller = ApiCaller(make_token(tenant.member))

    for name, pattern, method, _ in served():
        if method != "get" or name in OTHERWISE:
            continue
        row = tenant.rows.get(noun(name))
        path = address(pattern, row.pk if row else "")
        first = caller.get(path)
        assert first.has_header("ETag"), (name, first.status_code)
        again = asked(caller, path, If_None_Match=first["ETag"])

        assert (again.status_code, again.content) == (304, b""), name
        for answer in (first, again):
            assert answer["Cache-Control"] == "private, no-cache", name
            assert {"Authorization", "Accept-Encoding"} <= set(answer["Vary"].split(", ")), name


def test_what_changed_is_sent_anew(api, admin):
    prompt = make_prompt(workspace=admin.workspace)
    first = api.get(f"{PROMPTS}{prompt.pk}/")
    api.patch(f"{PROMPTS}{prompt.pk}/", {"content": "another"})

    again = asked(api, f"{PROMPTS}{prompt.pk}/", If_None_Match=first["ETag"])

    assert again.status_code == 200
    assert again.json()["content"] == "another"


def test_nobody_learns_by_an_etag_of_somebody_elses(api, admin):
    first = api.get(PROMPTS)
    etag = first["ETag"]

    assert asked(ApiCaller(), PROMPTS, If_None_Match=etag).status_code == 401
    make_prompt(workspace=admin.workspace)
    other = ApiCaller(make_token(make_member("admin")))
    assert asked(other, PROMPTS, If_None_Match=api.get(PROMPTS)["ETag"]).status_code == 200


def test_only_reading_is_kept(api):
    created = api.post(PROMPTS, {"name": "x", "type": "user"})
    missing = api.get(f"{PROMPTS}00000000-0000-4000-8000-000000000000/")

    assert "ETag" not in created
    assert created["Cache-Control"] == missing["Cache-Control"] == "private, no-store"


@pytest.mark.throttled
def test_a_304_tells_the_rate_as_well(api, settings):
    settings.API_CALLS_PER_MINUTE = {"token": 30}
    etag = api.get(PROMPTS)["ETag"]

    assert int(asked(api, PROMPTS, If_None_Match=etag)["X-RateLimit-Remaining"]) <= 28


def test_a_long_answer_is_packed_for_who_can_unpack_it(api, admin):
    for _ in range(10):
        make_prompt(workspace=admin.workspace, description="word " * 20)

    plain, small = api.get(PROMPTS), asked(api, PROMPTS, **PACKED)

    assert "Content-Encoding" not in plain
    assert small["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.content) == plain.content
    assert len(small.content) < len(plain.content) / 3
    assert int(small["Content-Length"]) == len(small.content)
    again = asked(api, PROMPTS, If_None_Match=small["ETag"], **PACKED)
    assert again.status_code == 304


def test_a_packed_body_is_read(api):
    body = gzip.compress(json.dumps({"name": "packed", "type": "user"}).encode())

    for coding in ("gzip", "GZIP", "x-gzip"):
        answer = packed(api, body, coding)
        assert answer.json()["name"] == "packed", answer.content


def test_a_small_body_that_unpacks_to_a_huge_one_is_a_413(api):
    packer = zlib.compressobj(wbits=31)
    bomb = b"".join(packer.compress(b" " * 1_000_000) for _ in range(300)) + packer.flush()
    assert len(bomb) < MAX_BODY_BYTES

    answer = packed(api, bomb)

    assert answer.status_code == 413
    assert answer.json()["detail"].endswith("2,000,000 bytes.")


GOOD = gzip.compress(b'{"name": "x", "type": "user"}')


@pytest.mark.parametrize("body", [b'{"name": "x"}', GOOD[:-9], GOOD[:-4] + b"0000", b"\x1f\x8b"])
def test_a_body_that_is_not_what_it_says_is_a_400(api, body):
    answer = packed(api, body)

    assert answer.status_code == 400
    assert "gzip" in answer.json()["detail"]


def test_another_packing_is_a_415_that_says_which_is_read(api):
    answer = packed(api, b"x", "br")

    assert answer.status_code == 415
    assert "gzip" in answer.json()["detail"]


def test_it_is_announced(api):
    announced = api.get("/vlm/v2/capabilities/").json()

    assert announced["conditional"] is True
    assert announced["gzip"] is True
