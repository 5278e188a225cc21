"""Many pictures in one call: as files, as base64, again, broken, too many, and at once."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from annotator.accounts.models import AuditEvent, Role
from annotator.images import files
from annotator.images.loading import Upload, store_images
from annotator.images.models import Image
from annotator.images.reading import read_picture
from tests.factories import make_image, make_member, original_path
from tests.pictures import picture

pytestmark = pytest.mark.django_db

BULK = "/recognition/v2/training-image/bulk/"


def file(seed, name="card.png"):
    return SimpleUploadedFile(name, picture(seed=seed))


def send(api, uploads, **fields):
    return api.client.post(BULK, {"files": uploads, **fields}, format="multipart")


def test_files_become_images_in_the_order_of_the_call(api, admin):
    answer = send(api, [file(n, f"{n}.png") for n in range(5)])

    body = answer.json()
    assert (answer.status_code, body["done"], body["failed"]) == (200, 5, 0)
    listed = api.rows("/recognition/v2/training-image/")
    assert [row["id"] for row in listed] == [result["id"] for result in body["results"]]
    assert [result["exists"] for result in body["results"]] == [False] * 5
    assert [i.name for i in Image.objects.all()] == [f"{n}.png" for n in range(5)]
    assert all(files.is_intact(image) for image in Image.objects.all())
    assert AuditEvent.objects.get(action="image.upload").detail == {"count": 5}


def test_base64_in_json_says_the_same(api):
    pictures = [base64.b64encode(picture(seed=n)).decode() for n in range(2)]
    rows = [{"base64": text, "name": "a.png", "test_image": True} for text in pictures]

    body = api.post(BULK, {"images": rows, "workspace": "default"}).json()

    assert body["done"] == 2
    made = Image.objects.values_list("name", "test_image")
    assert list(made) == [("a.png", True)] * 2


def test_each_file_brings_its_own_facts(api):
    told = [{"meta_data": {"shelf": 3}}, {"test_image": True}]

    body = send(api, [file(1), file(2)], images=json.dumps(told)).json()

    assert body["done"] == 2
    facts = Image.objects.values_list("test_image", "meta_data")
    assert list(facts) == [(False, {"shelf": 3}), (True, {})]


@pytest.mark.parametrize("told", ["[]", "{}", "nonsense", "[1, 2]", '[{"meta_data": 1}, {}]'])
def test_facts_that_fit_no_file_are_refused(api, told):
    answer = send(api, [file(1), file(2)], images=told)

    assert answer.status_code == 400 or answer.json()["results"][0]["detail"]


def test_a_picture_that_is_here_or_comes_twice_is_found(api, admin):
    known = make_image(admin.workspace, seed=7)

    body = send(api, [file(7), file(8), file(8)]).json()

    first, second, third = body["results"]
    assert (first["id"], first["exists"]) == (str(known.pk), True)
    assert (second["exists"], third["exists"]) == (False, True)
    assert second["id"] == third["id"]
    assert Image.objects.count() == 2


def test_a_known_picture_whose_file_was_lost_gets_it_back(api, admin):
    known = make_image(admin.workspace, seed=7)
    original_path(known).unlink()

    body = send(api, [file(7)]).json()

    assert body["results"] == [{"index": 0, "id": str(known.pk), "exists": True}]
    assert files.is_intact(known)


def test_the_same_picture_of_another_workspace_is_none_of_ours(api):
    make_image(seed=7)

    assert send(api, [file(7)]).json()["results"][0]["exists"] is False


def test_a_broken_file_is_named_and_stops_no_other(api):
    broken = SimpleUploadedFile("b.png", b"no picture")

    body = send(api, [file(1), broken, file(2)]).json()

    assert (body["done"], body["failed"]) == (2, 1)
    assert "not an image" in body["results"][1]["detail"]
    assert set(body["results"][1]) == {"index", "detail"}


def test_only_broken_files_are_a_400(api):
    answer = send(api, [SimpleUploadedFile("b.png", b"no picture")])

    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("1 of 1 rows are wrong")


def test_base64_that_is_none_is_named(api):
    good = base64.b64encode(picture(seed=1)).decode()

    body = api.post(BULK, {"images": [{"base64": "!"}, {"base64": good}, {}]}).json()

    assert (body["done"], body["failed"]) == (1, 2)


def test_too_many_files_or_too_many_bytes_are_refused_before_anything_is_kept(api):
    answer = send(api, [SimpleUploadedFile("a.png", b"x") for _ in range(201)])
    assert (answer.status_code, "200" in answer.json()["detail"]) == (400, True)

    answer = api.client.post(
        BULK, {"files": [file(1)]}, format="multipart", CONTENT_LENGTH="100000001"
    )
    assert (answer.status_code, "100,000,000" in answer.json()["detail"]) == (413, True)
    assert not Image.objects.exists()


def test_a_form_without_files_is_refused(api):
    answer = api.client.post(BULK, {"workspace": "default"}, format="multipart")

    assert answer.status_code == 400
    assert answer.json()["files"]


def test_a_form_of_a_browser_session_needs_its_csrf_token(client, admin):
    client.force_login(admin.user)
    client.handler.enforce_csrf_checks = True

    answer = client.post(BULK, {"files": [file(1)]})

    assert answer.status_code == 403
    assert not Image.objects.exists()


def test_an_idempotency_key_is_not_needed_and_does_no_harm(api):
    answers = [send(api, [file(1)]) for _ in range(2)]
    keyed = api.client.post(
        BULK, {"files": [file(1)]}, format="multipart", HTTP_IDEMPOTENCY_KEY="a"
    )

    assert [a.status_code for a in (*answers, keyed)] == [200] * 3
    assert Image.objects.count() == 1


def test_more_files_cost_no_more_queries(api):
    def count(uploads):
        with CaptureQueriesContext(connection) as captured:
            assert send(api, uploads).json()["done"] == len(uploads)
        return len(captured)

    assert count([file(0)]) == count([file(n) for n in range(1, 7)])


def test_the_capability_document_names_it(api):
    assert "training-image" in api.get("/vlm/v2/capabilities/").json()["bulk"]


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_two_loaders_with_the_same_pictures_make_one_image_of_each():
    member = make_member(Role.ADMIN)
    data = [picture(seed=n) for n in range(4)]

    def load(_):
        uploads = [Upload(read=lambda d=d: d) for d in data]
        try:
            return [
                stored.image.pk
                for stored in store_images(member.workspace, uploads, by=member.user)
            ]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        stored = list(pool.map(load, range(4)))

    assert Image.objects.count() == 4
    assert all(ids == stored[0] for ids in stored)


def test_memory_holds_two_pictures_however_many_come(admin, monkeypatch):
    under_way, most = [], []

    def counted(data):
        under_way.append(data)
        most.append(len(under_way))
        try:
            return read_picture(data)
        finally:
            under_way.remove(data)

    monkeypatch.setattr("annotator.images.loading.read_picture", counted)
    uploads = [Upload(read=partial(picture, seed=n)) for n in range(8)]
    store_images(admin.workspace, uploads, by=admin.user)

    assert max(most) <= 2
