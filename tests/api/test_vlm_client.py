"""A loader's whole work through the vendor's base class against the live server."""

import base64
import io
import zipfile

import pytest
import requests

from annotator.accounts.models import Role
from annotator.training.models import ModelVersion
from tests.factories import make_member, make_token
from tests.pictures import picture

detection = pytest.importorskip("ximilar.client.detection")

from tests.api.vlm_client import VLMClient  # noqa: E402  # needs the client

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def admin(transactional_db):
    return make_member(Role.ADMIN)


@pytest.fixture(params=["the token's own", "another"])
def login(request, live_server, admin):
    """(token, endpoint, workspace): the token's own one, or another that has to be named."""
    if request.param == "another":
        owner = make_member(Role.ADMIN, user=admin.user)
        return make_token(owner), f"{live_server.url}/", str(admin.workspace_id)
    return make_token(admin), f"{live_server.url}/", "Default"


@pytest.fixture
def client(login):
    return VLMClient(*login)


def test_r_w4_prompts(client, admin):
    made = client.create("prompt", name="Grade", type="user", content="Grade {{category}}.")
    client.create("prompt", name="Answer", type="template", format="json", content="{}")

    changed = client.change("prompt", made["id"], content="Be strict.")

    assert changed["workspace"] == str(admin.workspace_id)
    assert [row["name"] for row in client.all("prompt", type="user")] == ["Grade"]
    assert [row["name"] for row in client.all("prompt", search="ANS", page_size=1)] == ["Answer"]
    assert client.one("prompt", made["id"])["content"] == "Be strict."
    assert client.remove("prompt", made["id"]).status_code == 204
    assert client.one("prompt", made["id"]) == {"detail": "No Prompt matches the given query."}


def test_r_w4_tasks_and_their_datasets(client, queued_jobs):
    task = client.create("task", name="Grading", training_params={"epochs": 1})["id"]
    dataset = client.create("dataset", name="Cards")["id"]
    prompt = client.create("prompt", name="p", type="system", content="Help.")["id"]

    with_one = client.add_dataset(task, dataset)
    changed = client.change("task", task, system_prompt_id=prompt, max_tokens=500)
    without = client.remove_dataset(task, dataset)

    assert (with_one["datasets"], without["datasets"]) == ([dataset], [])
    assert (changed["system_prompt"], changed["max_tokens"]) == ("Help.", 500)
    assert [row["id"] for row in client.all("task", search="grad")] == [task]
    assert "detail" in client.train(task)  # without samples there is nothing to learn from
    assert client.remove("task", task).status_code == 204


def test_r_w4_a_dataset_with_its_variables_and_samples(client, login):
    dataset = client.create("dataset", name="Cards", default_input_meta_data={"a": 1})["id"]
    grade = client.create("variable", dataset=dataset, name="grade", type="float", max_value=10)
    for number in range(5):
        client.create("sample", dataset=dataset, name=f"Card {number}", test=number < 2)
    tests, trains = (
        client.all("sample", dataset=dataset, test=t, page_size=2) for t in (True, False)
    )
    sample = tests[0]["id"]

    value = {"dataset_variable": grade["id"], "value": {"value": 8.5}}
    client.of_sample(sample, "add-variable-value", **value)
    client.of_sample(sample, "set-untest")
    client.of_sample(trains[0]["id"], "set-test")
    client.change("sample", sample, type="multi_ordered", input_meta_data={"b": 2})

    assert (len(tests), len(trains)) == (2, 3)
    row = client.one("sample", sample)
    assert [v["value"] for v in row["sample_variables"]] == [8.5]
    assert (row["test"], row["type"]) == (False, "multi_ordered")
    assert row["input_meta_data"] == {"a": 1, "b": 2}
    assert row["dataset_variables_config"]["grade"]["max_value"] == 10
    assert client.one("sample", trains[0]["id"])["test"] is True
    assert client.all("variable", dataset=dataset, page_size=1)[0]["name"] == "grade"
    assert client.change("dataset", dataset, description="x")["samples_count"] == 5
    for kind, row in (("variable", grade["id"]), ("sample", sample), ("dataset", dataset)):
        assert client.remove(kind, row).status_code == 204


def test_r_w4_images_and_objects_of_a_sample(client, login):
    token, endpoint, workspace = login
    finder = detection.DetectionClient(token, endpoint, workspace, resource_name="")
    pictures = [{"_base64": base64.b64encode(picture(seed=n))} for n in range(2)]
    images = [image.id for image in client.upload_images(pictures)[0]]
    label, _ = finder.create_label("corner")
    thing, _ = finder.create_object(label.id, images[0], [1, 2, 30, 40])
    dataset = client.create("dataset", name="Cards")["id"]
    sample = client.create("sample", dataset=dataset)["id"]

    client.of_sample(sample, "add-images", image_ids=images)
    added = client.of_sample(sample, "add-objects", detection_object_ids=[thing.id])

    assert added == {"added": 1}
    shown = client.parts_of_sample(sample, "sample-images")
    assert [row["image_id"] for row in shown] == images
    (row,) = client.parts_of_sample(sample, "sample-objects")
    assert (row["label_name"], row["bbox"]) == ("corner", [1, 2, 30, 40])
    removed = client.of_sample(sample, "remove-objects", detection_object_ids=[thing.id])
    assert removed == {"removed": 1}
    assert client.parts_of_sample(sample, "sample-objects") == []


def test_r_w4_a_model_is_downloaded_by_another_client_until_the_link_ends(client, settings):
    task = client.create("task", name="Grading")["id"]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("config.json", "{}")
    settings.MODELS_ROOT.mkdir(parents=True)
    (settings.MODELS_ROOT / "a.zip").write_bytes(packed.getvalue())
    ModelVersion.objects.create(task_id=task, version=1, archive="a.zip", metrics={"accuracy": 0.9})

    (model,) = client.all("model", task=task)
    link = client.download_url(model["id"])

    assert model["metrics"] == {"accuracy": 0.9}
    assert link.endswith(".zip")
    stranger = requests.get(link, timeout=10)
    assert zipfile.ZipFile(io.BytesIO(stranger.content)).namelist() == ["config.json"]
    settings.MODEL_LINK_SECONDS = -1
    late = requests.get(link, timeout=10)
    assert (late.status_code, set(late.json())) == (410, {"detail"})
    forged = requests.get(link.replace("model-archive/", "model-archive/x"), timeout=10)
    assert (forged.status_code, set(forged.json())) == (404, {"detail"})
