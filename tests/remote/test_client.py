"""Every endpoint, against a platform that behaves."""

import base64
import io

import pytest

from annotator.errors import BadInput, RemoteRefused, RemoteUnauthorized
from annotator.remote.calls import root_of
from tests.faults import garbage, redirect, status


@pytest.fixture
def platform(fault_remote):
    return fault_remote.platform


@pytest.fixture
def client(fault_remote):
    with fault_remote.client() as client:
        yield client


@pytest.fixture
def dataset(platform):
    variables = [{"name": "grade", "type": "integer"}, {"name": "note"}]
    return platform.add_dataset(name="Shoes", variables=variables)


@pytest.fixture
def sample(platform, dataset):
    return platform.add_sample(dataset["id"], images=2, values={"grade": 7}, name="Left shoe")


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("prompts", {"name": "A", "type": "system", "content": "Be brief."}),
        ("datasets", {"name": "A"}),
        ("tasks", {"name": "A"}),
        ("labels", {"name": "A", "color": "#00FF00"}),
    ],
)
def test_rows_are_made_read_changed_listed_and_deleted(client, kind, fields):
    rows = getattr(client, kind)

    made = rows.create(**fields)
    changed = rows.patch(made.id, name="B")

    assert made.name == "A"
    assert changed.name == "B"
    assert rows.get(made.id) == changed
    assert [row.id for row in rows.all()] == [made.id]
    rows.delete(made.id)
    assert list(rows.all()) == []
    with pytest.raises(RemoteRefused) as caught:
        rows.get(made.id)
    assert caught.value.status == 404


def test_variables_and_samples_belong_to_a_dataset(client, dataset, platform):
    other = platform.add_dataset(name="Hats", variables=[{"name": "size"}])

    made = client.variables.create(dataset=other["id"], name="colour", type="string")
    sample = client.samples.create(dataset=other["id"], name="Hat", test=True)

    assert [row.name for row in client.variables.all(dataset=other["id"])] == ["size", "colour"]
    assert made.dataset_name == "Hats"
    assert [row.id for row in client.samples.all(dataset=other["id"])] == [sample.id]
    assert [row.id for row in client.samples.all(test=True)] == [sample.id]
    assert list(client.samples.all(dataset=dataset["id"])) == []


def test_a_sample_read_by_its_id_carries_its_values(client, sample):
    found = client.samples.get(sample["id"])

    assert found.values["grade"].value == 7
    assert found.images_count == 2


def test_a_platform_that_keeps_its_values_to_itself_leaves_them_unknown(client, platform, sample):
    platform.values_readable = False

    found = client.samples.get(sample["id"])

    assert found.values is None
    assert found.variables_count == 1


def test_a_value_is_sent_in_its_wrapper_and_twice_is_once(client, fault_remote, platform, sample):
    [grade, _] = platform.variables_of(sample["dataset"])

    client.set_value(sample["id"], grade["id"], 9)
    client.set_value(sample["id"], grade["id"], 9)

    assert fault_remote.calls("POST", "add-variable-value")[0].body == {
        "dataset_variable": grade["id"],
        "value": {"value": 9},
    }
    assert platform.value(sample["id"], "grade") == 9


def test_input_meta_data_is_merged_and_the_type_is_patched(client, sample):
    client.samples.patch(sample["id"], input_meta_data={"style": "plain"})

    found = client.samples.patch(sample["id"], input_meta_data={"size": 4}, type="multi_ordered")

    assert found.input_meta_data == {"style": "plain", "size": 4}
    assert found.type == "multi_ordered"


def test_a_sample_moves_between_evaluation_and_training(client, sample):
    client.set_test(sample["id"], test=True)
    assert client.samples.get(sample["id"]).test is True

    client.set_test(sample["id"], test=False)
    assert client.samples.get(sample["id"]).test is False


def test_images_are_uploaded_once_attached_in_order_and_fetched(client, platform, sample):
    picture = platform.draw()

    first = client.upload_image(picture, noresize=True)
    again = client.upload_image(picture)
    client.add_images(sample["id"], [first.image_id])

    assert (first.existed, again.existed) == (False, True)
    assert again.image_id == first.image_id
    places = client.sample_images(sample["id"])
    assert [place.order for place in places] == [0, 1, 2]
    assert places[2].image_id == first.image_id
    assert client.download_image(places[2].img_path) == picture
    assert client.images.get(first.image_id).width_px == 32


def test_an_upload_sends_the_bytes_as_base64(client, fault_remote, platform):
    picture = platform.draw()

    client.upload_image(picture, test_image=True)

    [call] = fault_remote.calls("POST", "training-image")
    assert base64.b64decode(call.body["base64"]) == picture
    assert call.body["test_image"] is True


def test_another_refusal_of_an_upload_is_not_taken_for_a_known_image(client, fault_remote):
    fault_remote.script("POST", "training-image", status(400, "This is no picture."))

    with pytest.raises(RemoteRefused, match="no picture"):
        client.upload_image(b"not a picture")


def test_objects_are_attached_and_detached_with_a_count(client, platform, sample):
    image = platform.add_image()
    made = [
        client.objects.create(
            image=image["id"],
            detection_label=platform.add("labels", name="car", color="#FF0000")["id"],
            data=[1, 2, 3, 4],
        )
        for _ in range(2)
    ]

    added = client.add_objects(sample["id"], [row.id for row in made])
    [first, _] = client.sample_objects(sample["id"])
    removed = client.remove_objects(sample["id"], [made[0].id])

    assert (added, removed) == (2, 1)
    assert first.bbox == (1, 2, 3, 4)
    assert first.label_color == "#FF0000"
    assert made[0].image == image["id"]
    assert client.objects.put(made[0].id, data=[5, 6, 7, 8]).bbox == (5, 6, 7, 8)
    assert [row.id for row in client.objects.all(image=image["id"])] == [row.id for row in made]


def test_more_objects_than_a_sample_holds_are_refused_before_the_call(client, fault_remote, sample):
    with pytest.raises(BadInput, match="at most 10"):
        client.add_objects(sample["id"], [str(number) for number in range(11)])

    assert fault_remote.requests == []


def test_a_task_gets_and_loses_a_dataset_and_is_trained(client, platform, dataset):
    task = client.tasks.create(name="Grader")

    client.add_dataset(task.id, dataset["id"])
    assert client.tasks.get(task.id).datasets == (dataset["id"],)
    client.train(task.id, key="run-1")
    platform.finish_training(task.id)

    assert client.tasks.get(task.id).last_version == 1
    [model] = client.models.all(task=task.id)
    assert (model.task, model.version, model.metrics) == (task.id, 1, {"exact_match": 0.5})
    client.remove_dataset(task.id, dataset["id"])
    assert client.tasks.get(task.id).datasets == ()


def test_the_idempotency_key_travels_in_its_header(client, fault_remote, platform):
    task = platform.add_task()

    client.train(task["id"], key="run-1")

    [call] = fault_remote.calls("POST", "/train/")
    assert call.headers["idempotency-key"] == "run-1"
    assert call.body is None


def test_a_models_archive_is_fetched_into_a_file(client, platform):
    task = platform.add_task()
    model = platform.finish_training(task["id"])
    url = client.model_download_url(model["id"])
    file = io.BytesIO()

    client.download_model(url, file)

    assert url.endswith(".zip")
    assert file.getvalue().startswith(b"PK")


def test_the_workspace_stands_in_the_address_and_in_the_body(fault_remote, platform, sample):
    workspace = platform.workspace
    with fault_remote.client(workspace=workspace) as client:
        client.samples.get(sample["id"])
        client.samples.patch(sample["id"], name="x")
        client.set_test(sample["id"], test=True)
        client.prompts.create(name="A", type="user")

    assert {call.query["workspace"] for call in fault_remote.requests} == {workspace}
    assert [call.body and call.body["workspace"] for call in fault_remote.requests] == [
        None,
        workspace,
        None,
        workspace,
    ]


def test_whole_samples_are_asked_for_only_where_announced(fault_remote, platform, dataset, sample):
    with fault_remote.client() as client:
        [page] = client.sample_pages(dataset["id"])
    assert page.rows[0].values is None
    assert page.rows[0].images is None

    platform.announces = ["values", "images", "objects", "dreams"]
    with fault_remote.client() as client:
        [page] = client.sample_pages(dataset["id"])
    assert page.rows[0].values["grade"].value == 7
    assert len(page.rows[0].images) == 2
    assert page.rows[0].objects == ()
    assert [call.query.get("include") for call in fault_remote.calls("GET", "/sample/")] == [
        None,
        "values,images,objects",
    ]


def test_samples_are_paged_by_cursor_only_where_announced(fault_remote, platform, dataset, sample):
    for _ in range(2):
        platform.add_sample(dataset["id"])

    found = []
    for platform.announces, platform.announces_cursor in ((None, False), ([], True)):
        with fault_remote.client() as client:
            found.append(list(client.sample_pages(dataset["id"], page_size=1)))

    assert [len(pages) for pages in found] == [3, 3]
    asked = [call.query for call in fault_remote.calls("GET", "/sample/")]
    assert ["cursor" in query for query in asked[:4]] == [False, False, False, True]


@pytest.mark.parametrize("fault", [garbage(), status(403), redirect("http://127.0.0.1:1/")])
def test_a_remote_that_knows_no_capabilities_has_none(client, fault_remote, fault):
    fault_remote.always("GET", "capabilities", fault)

    assert client.capabilities().include == frozenset()


@pytest.mark.parametrize(
    ("given", "root"),
    [
        ("https://api.example", "https://api.example"),
        ("https://api.example/", "https://api.example"),
        (" https://api.example/vlm/v2/ ", "https://api.example"),
        ("https://api.example/vlm/v2", "https://api.example"),
        ("http://host.example:8000/tools/vlm/v2/", "http://host.example:8000/tools"),
    ],
)
def test_a_base_address_is_taken_with_and_without_the_apis_path(given, root):
    assert root_of(given) == root


@pytest.mark.parametrize("given", ["https://api.example/?x=1", "https://api.example/#top"])
def test_a_base_address_with_more_than_a_path_is_refused(given):
    with pytest.raises(BadInput):
        root_of(given)


@pytest.mark.parametrize("remote_id", ["..", "../prompt", "a/b", "a?b", "", "a%2f", "a b", None])
def test_an_id_cannot_lead_elsewhere(client, fault_remote, remote_id):
    if remote_id is None:
        remote_id = "x" * 65

    with pytest.raises(BadInput):
        client.samples.get(remote_id)

    assert fault_remote.requests == []


def test_a_wrong_token_is_its_own_error(fault_remote):
    with fault_remote.client(token="wrong") as client, pytest.raises(RemoteUnauthorized):
        next(client.datasets.pages())
