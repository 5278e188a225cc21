"""Images, detection labels and objects: the platform's neighbours (docs/platform.md#neighbours)."""

import base64
import re

import pytest

from annotator.datasets import actions
from annotator.images.models import Image
from tests.factories import make_dataset, make_image, make_label, make_object, make_sample
from tests.pictures import picture

pytestmark = pytest.mark.django_db

IMAGES = "/recognition/v2/training-image/"
LABELS = "/detection/v2/label/"
OBJECTS = "/detection/v2/object/"
# How the platform's published client reads the id of an image that is there already.
CLIENTS_PATTERN = (
    r".*image.ID..([a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89aAbB][a-f0-9]{3}-[a-f0-9]{12}).*"
)


def encoded(seed=1):
    return base64.b64encode(picture(64, 48, seed=seed, kind="PNG")).decode()


@pytest.mark.parametrize("head", ["", "data:image/png;base64,"])
def test_an_image_is_uploaded_as_base64(api, admin, head):
    body = {
        "base64": head + encoded(),
        "noresize": False,
        "test_image": True,
        "meta_data": {"a": 1},
    }

    answer = api.post(IMAGES, body)

    made = answer.json()
    assert answer.status_code == 201
    assert set(made) == {
        "id",
        "created",
        "img_path",
        "thumb_img_path",
        "img_width",
        "img_height",
        "test_image",
        "meta_data",
        "labels",
        "workspace",
    }
    assert (made["img_width"], made["img_height"], made["labels"]) == (64, 48, [])
    assert (made["test_image"], made["meta_data"]) == (True, {"a": 1})
    assert made["workspace"] == str(admin.workspace_id)


def test_the_same_picture_again_is_refused_with_the_id_of_the_first(api):
    first = api.post(IMAGES, {"base64": encoded()}).json()

    answer = api.post(IMAGES, {"base64": encoded()})

    assert answer.status_code == 400
    detail = answer.json()["detail"]
    assert "already exists" in detail
    assert re.search(CLIENTS_PATTERN, detail)[1] == first["id"]
    assert Image.objects.count() == 1


@pytest.mark.parametrize("text", ["", "no base64!", base64.b64encode(b"no picture").decode(), 5])
def test_what_is_no_picture_is_refused(api, text):
    answer = api.post(IMAGES, {"base64": text})

    assert answer.status_code == 400
    assert answer.json()["detail"]


def test_the_files_behind_the_addresses_are_served_to_the_token(api):
    made = api.post(IMAGES, {"base64": encoded()}).json()

    for name in ("img_path", "thumb_img_path"):
        answer = api.get(made[name])
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("image/")
        assert b"".join(answer)  # reading to the end closes the file


def test_images_are_listed_in_pages_and_alone(api, admin):
    made = [make_image(admin.workspace) for _ in range(3)]

    rows = api.rows(IMAGES, page_size=2)

    assert [row["id"] for row in rows] == [str(image.pk) for image in made]
    assert api.get(f"{IMAGES}{made[0].pk}/").json() == rows[0]


def test_an_images_metadata_is_put_as_the_platforms_client_does(api, admin):
    image = make_image(admin.workspace, test_image=True)

    body = api.put(f"{IMAGES}{image.pk}", {"meta_data": {"a": 2}}).json()

    assert (body["meta_data"], body["test_image"]) == ({"a": 2}, True)


def test_an_image_is_deleted_unless_a_sample_uses_it(api, admin):
    used, unused = make_image(admin.workspace), make_image(admin.workspace)
    sample = make_sample(dataset=make_dataset(workspace=admin.workspace))
    sample.sample_images.create(image=used)

    assert api.delete(f"{IMAGES}{unused.pk}").status_code == 204
    assert api.delete(f"{IMAGES}{used.pk}").status_code == 409


@pytest.mark.parametrize("deleted", ["sample", "dataset"])
def test_what_a_deleted_sample_held_can_be_deleted_too(api, admin, deleted):
    dataset = make_dataset(workspace=admin.workspace)
    sample, image = make_sample(dataset=dataset), make_image(admin.workspace)
    first, second = make_object(image), make_object(image)
    actions.add_images(sample, [image], by=None)
    actions.add_objects(sample, [first, second], by=None)

    row = sample if deleted == "sample" else dataset
    before = [api.delete(f"{IMAGES}{image.pk}"), api.delete(f"{OBJECTS}{first.pk}")]
    api.delete(f"/vlm/v2/{deleted}/{row.pk}/")
    after = [api.delete(f"{OBJECTS}{first.pk}"), api.delete(f"{IMAGES}{image.pk}")]

    assert [answer.status_code for answer in before + after] == [409, 409, 204, 204]


def test_a_label_as_the_platforms_client_makes_it(api, admin):
    body = {"name": "car", "description": None, "color": "#FF0000", "output_name": None}

    made = api.post(LABELS[:-1], body).json()

    assert made == {
        "id": made["id"],
        "name": "car",
        "description": "",
        "color": "#FF0000",
        "output_name": "",
        "workspace": str(admin.workspace_id),
    }
    assert api.rows(LABELS) == [made]
    assert api.get(f"{LABELS}{made['id']}").json() == made
    assert api.delete(f"{LABELS}{made['id']}").status_code == 204


def test_an_object_as_the_platforms_client_makes_it(api, admin):
    image, label = make_image(admin.workspace), make_label(admin.workspace)
    body = {
        "detection_label": str(label.pk),
        "image": str(image.pk),
        "data": [1, 2, 30, 40.5],
        "meta_data": None,
    }

    made = api.post(OBJECTS, body).json()

    assert made["image"] == str(image.pk)
    assert made["detection_label"]["id"] == str(label.pk)
    assert (made["data"], made["meta_data"]) == ([1, 2, 30, 40.5], {})


def test_an_object_is_put_with_what_its_answer_showed(api, admin):
    thing, other = make_object(make_image(admin.workspace)), make_label(admin.workspace)
    seen = api.get(f"{OBJECTS}{thing.pk}").json()

    same = api.put(f"{OBJECTS}{thing.pk}", seen)
    moved = api.put(
        f"{OBJECTS}{thing.pk}", {"detection_label": str(other.pk), "data": [0, 0, 5, 5]}
    )

    assert same.json() == seen
    assert moved.json()["detection_label"]["id"] == str(other.pk)
    assert moved.json()["data"] == [0, 0, 5, 5]


def test_objects_are_filtered_by_image_and_label(api, admin):
    one, two = (make_object(make_image(admin.workspace)) for _ in range(2))

    by_image = api.rows(OBJECTS, image=str(one.image_id))
    by_label = api.rows(OBJECTS, object_detection_label=str(two.label_id))

    assert [[row["id"] for row in rows] for rows in (by_image, by_label)] == [
        [str(one.pk)],
        [str(two.pk)],
    ]


@pytest.mark.parametrize("data", [[1, 2, 3], [5, 5, 1, 1], [1, 2, True, 4], ["1", 2, 3, 4], "x"])
def test_a_box_is_four_numbers_that_enclose_something(api, admin, data):
    image, label = make_image(admin.workspace), make_label(admin.workspace)

    answer = api.post(
        OBJECTS, {"image": str(image.pk), "detection_label": str(label.pk), "data": data}
    )

    assert answer.status_code == 400
    assert "data" in answer.json()
