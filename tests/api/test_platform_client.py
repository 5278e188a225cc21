"""The platform's published client against the live server, unchanged: all its methods for what we serve."""

import base64
import http.server
import io
import threading

import cv2
import numpy as np
import pytest
import requests
from PIL import Image as Pillow

from annotator.accounts.models import Role
from annotator.images.models import Image as StoredImage
from tests.factories import (
    make_image,
    make_label,
    make_member,
    make_object,
    make_token,
    original_path,
)
from tests.pictures import picture

recognition = pytest.importorskip("ximilar.client.recognition")
detection = pytest.importorskip("ximilar.client.detection")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def admin(transactional_db):
    return make_member(Role.ADMIN)


@pytest.fixture(params=["Default", "by its id"])
def login(request, live_server, admin):
    """What every client is made with: the workspace as the default one, or by its id."""
    if request.param == "Default":
        workspace, owner = "Default", admin
    else:
        workspace = str(admin.workspace_id)
        owner = make_member(Role.ADMIN, user=admin.user)  # the token's own is another one
    return {
        "token": make_token(owner),
        "endpoint": f"{live_server.url}/",
        "workspace": workspace,
        "resource_name": "",
    }


@pytest.fixture
def client(login):
    return recognition.RecognitionClient(**login)


@pytest.fixture
def finder(login):
    return detection.DetectionClient(**login)


def encoded(seed=1):
    return base64.b64encode(picture(64, 48, seed=seed, kind="PNG"))


@pytest.fixture
def elsewhere():
    """The address of a picture on a web server that knows nothing of us."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(picture(80, 60, seed=9, kind="JPEG"))

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/card.jpg"
        server.shutdown()


def record_of(way, folder, address):
    """A record as the client takes it, and the size of the image that it becomes."""
    photo = np.random.default_rng(1).integers(0, 256, (1200, 900, 3), dtype=np.uint8)
    if way == "_base64":
        return {"_base64": encoded()}, (64, 48)
    if way == "_url":
        return {"_url": address}, (80, 60)
    if way.startswith("_img_data"):
        space = way.split()[1]
        return {"_img_data": photo[:300, :200], "_color_space": space}, (200, 300)
    file = folder / ("large.png" if "large" in way else "small.png")
    data = cv2.imencode(".png", photo)[1].tobytes() if "large" in way else picture(64, 48, seed=2)
    file.write_bytes(data)
    if way == "large _file as it is":
        return {"_file": str(file), "noresize": True}, (900, 1200)
    return {"_file": str(file)}, (512, 682) if "large" in way else (64, 48)


WAYS = [
    "_base64",
    "_url",
    "small _file",
    "large _file",
    "large _file as it is",
    "_img_data RGB",
    "_img_data BGR",
]


def test_a_picture_is_uploaded_in_every_way(client, admin, tmp_path, elsewhere):
    for way in WAYS:
        record, size = record_of(way, tmp_path, elsewhere)
        record |= {"test_image": True, "meta_data": {"a": 1}}

        images, status = client.upload_images([record])
        again, status_again = client.upload_images([record])

        assert (status, status_again) == ({"status": "OK"}, {"status": "exists"}), way
        assert again[0].id == images[0].id
        assert (images[0].img_width, images[0].img_height) == size, way
        assert (images[0].test_image, images[0].get_meta_data()) == (True, {"a": 1})
        assert images[0].workspace == str(admin.workspace_id)
    assert StoredImage.objects.count() == len(WAYS)


def test_the_colours_of_an_array_are_those_of_the_picture(client):
    red = np.full((40, 40, 3), (255, 0, 0), dtype=np.uint8)

    (image,), _ = client.upload_images([{"_img_data": red, "_color_space": "RGB"}])

    with Pillow.open(original_path(StoredImage.objects.get(pk=image.id))) as shown:
        pixel = shown.convert("RGB").getpixel((20, 20))
    assert pixel[0] > 240
    assert max(pixel[1:]) < 15


def test_pictures_are_uploaded_side_by_side(client, admin):
    records = [{"_base64": encoded(seed)} for seed in range(8)]

    answers = client.parallel_records_processing(records, client.upload_images, max_workers=4)

    assert [status for _, status in answers] == [{"status": "OK"}] * 8
    assert StoredImage.objects.filter(workspace=admin.workspace).count() == 8


def test_what_is_no_picture_is_told_and_the_others_are_uploaded(client):
    images, status = client.upload_images(
        [{"_base64": base64.b64encode(b"nothing")}, {"_base64": encoded()}]
    )

    assert len(images) == 1
    assert status["status"].startswith("image not uploaded")


def test_an_image_is_read_changed_marked_and_deleted(client):
    (image,), _ = client.upload_images([{"_base64": encoded()}])

    image.add_meta_data({"a": 1})
    image.add_meta_data({"b": 2})
    assert client.get_image(image.id)[0].get_meta_data() == {"a": 1, "b": 2}
    image.clear_meta_data()
    assert client.get_image(image.id)[0].get_meta_data() == {}
    assert image.get_labels() == ([], {"status": "OK"})
    assert image.to_json()["img_width"] == 64
    assert image.set_test(True) == {"updated": 1}
    assert client.get_image(image.id)[0].test_image is True
    assert client.modify_images([image.id], test=False) == {"updated": 1}
    assert client.get_image(image.id)[0].test_image is False
    assert image.remove().status_code == 204
    assert client.get_image(image.id) == (None, {"status": "image with id not found"})


def test_images_are_listed_and_iterated_over_pages(client, admin):
    made = [make_image(admin.workspace, width=8, height=8, test_image=n < 2) for n in range(53)]

    first, following, told = client.get_training_images()
    second, end, _ = client.get_training_images(following)

    assert (len(first), len(second), end, told["count"]) == (50, 3, None, 53)
    wanted = [str(image.pk) for image in made]
    assert [image.id for image in client.training_images_iter()] == wanted
    assert [len(batch) for batch in client.training_images_iter(batch_size=20)] == [20, 20, 10, 3]
    assert len(client.get_training_images(test=True)[0]) == 2
    images, status = client.get_all_paginated_items("recognition/v2/training-image/?page_size=20")
    assert ([row["id"] for row in images], status["count"]) == (wanted, 53)


def test_labels(finder):
    label, status = finder.create_label("car", color="#FF0000", description="d", output_name="o")
    finder.create_label("tree")

    assert status == {"status": "OK"}
    assert (label.name, label.color, label.output_name) == ("car", "#FF0000", "o")
    assert finder.get_label(label.id)[0].to_json() == label.to_json()
    assert finder.get_label_by_name("car")[0].id == label.id
    assert {each.name for each in finder.get_all_labels()[0]} == {"car", "tree"}
    assert [each.name for each in finder.get_all_labels(suffix="?search=TRE")[0]] == ["tree"]
    assert finder.get_label_by_name("bus") == (None, {"status": "Label with this name not found!"})
    label.remove()
    assert finder.get_label(label.id) == (None, {"status": "label with id not found"})


def test_images_of_a_label(finder, admin):
    label = make_label(admin.workspace)
    things = [make_object(make_image(admin.workspace), label=label) for _ in range(2)]
    make_image(admin.workspace)

    ours = finder.get_label(str(label.pk))[0]

    wanted = {str(thing.image_id) for thing in things}
    assert {image.id for image in ours.get_images()[0]} == wanted
    assert {image.id for image in ours.get_training_images()[0]} == wanted


def test_objects(finder, admin, login):
    image, label = make_image(admin.workspace), make_label(admin.workspace)

    thing, status = finder.create_object(str(label.pk), str(image.pk), [1, 2, 30, 40], {"s": 1})

    assert status == {"status": "OK"}
    objects, _ = finder.get_objects_of_image(str(image.pk))
    assert [(each.id, each.data) for each in objects] == [(thing.id, [1, 2, 30, 40])]
    assert finder.get_objects(detection_label=str(label.pk))[0][0].id == thing.id
    assert thing.to_record()["name"] == label.name
    assert finder.get_object(thing.id)[0].meta_data == {"s": 1}
    if login["workspace"] == "Default":  # the client's objects forget which workspace they are from
        thing.add_meta_data({"t": 2})
        thing.change_label(str(label.pk), data=[2, 2, 9, 9])
        again = finder.get_object(thing.id)[0]
        assert again.to_json()["labels"] == []
        assert (again.get_meta_data(), again.get_bbox()) == ({"s": 1, "t": 2}, [2, 2, 9, 9])
        thing.clear_meta_data()
        assert finder.get_object(thing.id)[0].get_meta_data() == {}
    finder.remove_object(thing.id)
    assert finder.get_object(thing.id)[1]["status"].startswith("No DetectionObject")
    assert finder.get_objects()[0] == []


def test_a_picture_is_uploaded_with_its_objects(finder, admin):
    label = str(make_label(admin.workspace).pk)
    boxes = [{"detection_label": label, "data": [1, 1, n, n], "meta_data": {}} for n in (9, 20)]

    (image,), status = finder.upload_images([{"_base64": encoded(), "objects": boxes}])

    assert status == {"status": "OK"}
    objects, _ = finder.get_objects_of_image(image.id)
    assert [each.data for each in objects] == [[1, 1, 9, 9], [1, 1, 20, 20]]


def test_the_account_and_wrong_tokens(client, login, admin):
    assert client.get_user_details()["username"] == admin.user.username
    assert client.get_user_details()["workspace"] == str(admin.workspace_id)
    stranger = detection.DetectionClient(**{**login, "token": "x" * 40})
    assert stranger.get_all_labels() == (None, {"status": "ERROR", "detail": "Invalid token."})


def test_what_we_do_not_serve_is_told_as_the_client_reads_it(client):
    """Recognition and its tasks are another product: the client gets JSON with `detail`, never a page."""
    assert client.get_all_labels() == (None, {"status": "ERROR", "detail": "Not found."})
    assert client.get_all_tasks() == (None, {"status": "ERROR", "detail": "Not found."})


def test_a_picture_that_was_uploaded_is_downloaded_with_the_token(client):
    (image,), _ = client.upload_images([{"_base64": encoded()}])

    shown = requests.get(image.img_path, headers=client.headers, timeout=10)
    stranger = requests.get(image.img_path, timeout=10)

    with Pillow.open(io.BytesIO(shown.content)) as opened:
        assert opened.size == (64, 48)
    assert stranger.status_code == 401
