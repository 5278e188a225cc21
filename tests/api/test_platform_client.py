"""The platform's published client against the live server, unchanged."""

import base64

import pytest

from annotator.accounts.models import Role
from tests.factories import (
    make_dataset,
    make_image,
    make_member,
    make_sample,
    make_token,
    make_variable,
)
from tests.pictures import picture

recognition = pytest.importorskip("ximilar.client.recognition")
detection = pytest.importorskip("ximilar.client.detection")
RestClient = pytest.importorskip("ximilar.client.client").RestClient

pytestmark = pytest.mark.django_db(transaction=True)


class VLMClient(RestClient):
    """What the platform's page documents, on the vendor's own base class (its module is unpublished)."""

    def __init__(self, token, endpoint, workspace):
        self.workspace = workspace
        super().__init__(token, endpoint=endpoint, resource_name="")

    def samples(self, dataset, *, test):
        found, _ = self.get_all_paginated_items(
            f"vlm/v2/sample/?dataset={dataset}&test={test}&page_size=2"
        )
        return found


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


def encoded(seed=1):
    return base64.b64encode(picture(64, 48, seed=seed, kind="PNG"))


def test_images_are_uploaded_read_changed_and_deleted(login, admin, tmp_path):
    client = recognition.RecognitionClient(**login)
    file = tmp_path / "card.png"
    file.write_bytes(picture(64, 48, seed=2, kind="PNG"))

    images, status = client.upload_images(
        [{"_base64": encoded(), "test_image": True, "meta_data": {"a": 1}}, {"_file": str(file)}]
    )

    assert status == {"status": "OK"}
    assert [image.workspace for image in images] == [str(admin.workspace_id)] * 2
    assert (images[0].img_width, images[0].img_height) == (64, 48)
    assert (images[0].test_image, images[0].get_meta_data()) == (True, {"a": 1})
    if login["workspace"] == "Default":  # the rows of another workspace do not know it is theirs
        images[0].add_meta_data({"b": 2})
        assert client.get_image(images[0].id)[0].get_meta_data() == {"a": 1, "b": 2}
    client.remove_image(images[1].id)
    assert client.get_training_images()[2]["count"] == 1


def test_the_same_picture_again_is_found(login):
    client = recognition.RecognitionClient(**login)
    first, _ = client.upload_images([{"_base64": encoded()}])

    again, status = client.upload_images([{"_base64": encoded()}])

    assert status == {"status": "exists"}
    assert again[0].id == first[0].id


def test_images_are_iterated_over_pages(login, admin):
    made = {str(make_image(admin.workspace, width=8, height=8).pk) for _ in range(53)}
    client = recognition.RecognitionClient(**login)

    assert {image.id for image in client.training_images_iter()} == made


def test_labels_and_objects(login, admin):
    client = detection.DetectionClient(**login)
    image = make_image(admin.workspace)

    label, _ = client.create_label("car", color="#FF0000")
    thing, status = client.create_object(label.id, str(image.pk), [1, 2, 30, 40])

    assert status == {"status": "OK"}
    assert client.get_label_by_name("car")[0].id == label.id
    found, _ = client.get_objects_of_image(str(image.pk))
    assert [(each.id, each.data) for each in found] == [(thing.id, [1, 2, 30, 40])]
    assert client.get_objects(detection_label=label.id)[0][0].id == thing.id
    if login["workspace"] == "Default":
        thing.add_meta_data({"score": 0.5})
        thing.change_label(label.id, data=[2, 2, 9, 9])
        assert client.get_object(thing.id)[0].get_meta_data() == {"score": 0.5}
        assert client.get_object(thing.id)[0].data == [2, 2, 9, 9]
    client.remove_object(thing.id)
    client.remove_label(label.id)
    assert client.get_all_labels()[0] == []


def test_the_account_and_wrong_tokens(login):
    client = recognition.RecognitionClient(**login)

    assert client.get_user_details()["username"]
    stranger = recognition.RecognitionClient(**{**login, "token": "x" * 40})
    assert stranger.get_all_labels()[1]["status"] == "ERROR"


def test_r_w4_a_vlm_client_on_the_vendors_base_class(live_server, admin):
    dataset = make_dataset(workspace=admin.workspace)
    variable = make_variable(dataset=dataset)
    for number in range(5):
        make_sample(dataset=dataset, test=number < 3)
    client = VLMClient(make_token(admin), f"{live_server.url}/", "Default")

    tests, trains = (client.samples(dataset.pk, test=test) for test in (True, False))
    body = {"dataset_variable": str(variable.pk), "value": {"value": 8.5}}
    client.post(f"vlm/v2/sample/{tests[0]['id']}/add-variable-value/", data=body)

    assert (len(tests), len(trains)) == (3, 2)
    values = client.get(f"vlm/v2/sample/{tests[0]['id']}")["sample_variables"]
    assert [value["value"] for value in values] == [8.5]
