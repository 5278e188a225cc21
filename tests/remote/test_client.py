"""Every endpoint, against a platform that behaves."""

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


@pytest.mark.parametrize("kind", ["prompts", "datasets", "tasks"])
def test_rows_are_listed_and_read(client, platform, kind):
    row = getattr(platform, f"add_{kind.removesuffix('s')}")("A")
    rows = getattr(client, kind)

    assert [listed.id for listed in rows.all()] == [row["id"]]
    assert rows.get(row["id"]).name == "A"
    with pytest.raises(RemoteRefused) as caught:
        rows.get(platform.new_id())
    assert caught.value.status == 404


def test_variables_and_samples_belong_to_a_dataset(client, dataset, platform):
    other = platform.add_dataset(name="Hats", variables=[{"name": "size"}])

    sample = platform.add_sample(other["id"], name="Hat", test=True)

    [variable] = client.variables.all(dataset=other["id"])
    assert (variable.name, variable.dataset_name) == ("size", "Hats")
    assert [row.id for row in client.samples.all(dataset=other["id"])] == [sample["id"]]
    assert [row.id for row in client.samples.all(test=True)] == [sample["id"]]
    assert list(client.samples.all(dataset=dataset["id"])) == []


def test_a_sample_read_by_its_id_carries_its_values(client, sample):
    read = client.samples.get(sample["id"])

    assert read.values["grade"].value == 7
    assert read.images_count == 2


def test_a_platform_that_keeps_its_values_to_itself_leaves_them_unknown(client, platform, sample):
    platform.values_readable = False

    read = client.samples.get(sample["id"])

    assert read.values is None
    assert read.variables_count == 1


def test_a_value_is_sent_in_its_wrapper_and_twice_is_once(client, fault_remote, platform, sample):
    [grade, _] = platform.variables_of(sample["dataset"])

    client.set_value(sample["id"], grade["id"], 9)
    client.set_value(sample["id"], grade["id"], 9)

    assert fault_remote.calls("POST", "add-variable-value")[0].body == {
        "dataset_variable": grade["id"],
        "value": {"value": 9},
    }
    assert platform.value(sample["id"], "grade") == 9


def test_images_are_listed_in_order_and_fetched(client, platform, sample):
    picture = platform.draw()
    platform.attach_image(sample["id"], platform.add_image(picture)["id"])

    images = client.sample_images(sample["id"])

    assert [image.order for image in images] == [0, 1, 2]
    assert client.download_image(images[2].img_path, max_bytes=100_000) == picture
    assert client.images.get(images[2].image_id).width_px == 32


def test_objects_are_listed_with_box_and_label(client, platform, sample):
    thing = platform.add_object(platform.add_image()["id"], [1, 2, 3, 4])
    platform.attach_object(sample["id"], thing["id"])

    [first] = client.sample_objects(sample["id"])

    assert first.detection_object_id == thing["id"]
    assert first.bbox == (1, 2, 3, 4)
    assert first.label_color == "#FF0000"


def test_a_task_is_trained_and_its_model_read(client, platform, dataset):
    task_id = platform.add_task("Grader", datasets=[dataset["id"]])["id"]

    client.train(task_id, key="run-1")
    platform.finish_training(task_id)

    task = client.tasks.get(task_id)
    assert (task.datasets, task.last_version) == ((dataset["id"],), 1)
    [model] = client.models.all(task=task_id)
    assert (model.task, model.version, model.metrics) == (task_id, 1, {"exact_match": 0.5})


def test_the_idempotency_key_travels_in_its_header(client, fault_remote, platform):
    task = platform.add_task()

    client.train(task["id"], key="run-1")

    [call] = fault_remote.calls("POST", "/train/")
    assert call.headers["idempotency-key"] == "run-1"
    assert call.body is None


def test_the_workspace_stands_in_the_address_and_in_the_body(fault_remote, platform, sample):
    workspace = platform.workspace
    with fault_remote.client(workspace=workspace) as client:
        [grade, _] = platform.variables_of(sample["dataset"])
        client.samples.get(sample["id"])
        client.set_value(sample["id"], grade["id"], 9)
        client.train(platform.add_task()["id"])

    assert {call.query["workspace"] for call in fault_remote.requests} == {workspace}
    assert [call.body and call.body["workspace"] for call in fault_remote.requests] == [
        None,
        workspace,
        None,
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

    walks = []
    for platform.announces, platform.announces_cursor in ((None, False), ([], True)):
        with fault_remote.client() as client:
            walks.append(list(client.sample_pages(dataset["id"], page_size=1)))

    assert [len(pages) for pages in walks] == [3, 3]
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
