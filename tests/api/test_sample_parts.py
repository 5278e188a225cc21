"""A sample's images, objects and values: docs/platform.md R-S17 to R-S25 and R-S30 to R-S32."""

import pytest

from annotator.datasets.actions import add_images, add_objects
from tests.factories import (
    make_dataset,
    make_image,
    make_label,
    make_object,
    make_remote,
    make_sample,
    make_variable,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def sample(admin):
    return make_sample(dataset=make_dataset(workspace=admin.workspace))


@pytest.fixture
def images(admin):
    return [make_image(admin.workspace) for _ in range(3)]


@pytest.fixture
def objects(admin):
    image, label = make_image(admin.workspace), make_label(admin.workspace)
    return [make_object(image, label=label, box=(n, 1, n + 4, 9)) for n in range(12)]


def at(sample, verb):
    return f"/vlm/v2/sample/{sample.pk}/{verb}/"


def ids(rows):
    return [str(row.pk) for row in rows]


def test_R_S17_images_of_the_workspace_are_added_once(api, sample, images):
    first = api.post(at(sample, "add-images"), {"image_ids": ids(images[:2])})
    again = api.post(at(sample, "add-images"), {"image_ids": ids(images)})

    assert (first.json(), again.json()) == ({"added": 2}, {"added": 1})
    assert [p["image_id"] for p in api.get(at(sample, "sample-images")).json()] == ids(images)


def test_R_S17_an_image_of_another_workspace_is_unknown_and_none_is_added(api, sample, images):
    foreign = make_image()

    answer = api.post(at(sample, "add-images"), {"image_ids": ids([images[0], foreign])})

    assert answer.status_code == 400
    assert str(foreign.pk) in answer.json()["detail"]
    assert api.get(at(sample, "sample-images")).json() == []


def test_R_S18_objects_are_added_and_counted(api, sample, objects):
    answer = api.post(at(sample, "add-objects"), {"detection_object_ids": ids(objects[:2])})

    assert answer.json() == {"added": 2}


def test_R_S19_an_eleventh_object_is_refused_with_all_that_came_along(api, sample, objects):
    api.post(at(sample, "add-objects"), {"detection_object_ids": ids(objects[:9])})

    answer = api.post(at(sample, "add-objects"), {"detection_object_ids": ids(objects[9:])})

    assert answer.status_code == 400
    assert "10" in answer.json()["detail"]
    assert len(api.get(at(sample, "sample-objects")).json()) == 9


def test_R_S20_objects_are_removed_from_the_sample_alone(api, sample, objects):
    add_objects(sample, objects[:2], by=None)

    answer = api.post(at(sample, "remove-objects"), {"detection_object_ids": ids(objects[:1])})

    assert answer.json() == {"removed": 1}
    assert api.get(f"/detection/v2/object/{objects[0].pk}/").status_code == 200


def test_R_S21_R_S22_images_are_a_bare_list_of_places(api, admin, sample, images):
    add_images(sample, images[:1], by=None)

    place = sample.sample_images.get()
    assert api.get(at(sample, "sample-images")).json() == [
        {
            "id": str(place.pk),
            "image_id": str(images[0].pk),
            "img_path": f"http://testserver{images[0].original_url}",
            "thumb": f"http://testserver{images[0].thumb_url}",
            "text": None,
            "order": 0,
            "resize": None,
            "meta_data": {},
            "workspace": str(admin.workspace_id),
        }
    ]


def test_R_S23_R_S24_objects_are_a_bare_list_of_places(api, admin, sample):
    thing = make_object(
        make_image(admin.workspace),
        label=make_label(admin.workspace, name="car", color="#FF0000"),
        box=(10, 15, 40, 35),
    )
    add_objects(sample, [thing], by=None)

    place = sample.sample_objects.get()
    assert api.get(at(sample, "sample-objects")).json() == [
        {
            "id": str(place.pk),
            "detection_object_id": str(thing.pk),
            "image_id": str(thing.image_id),
            "image_url": f"http://testserver{thing.image.original_url}",
            "thumb_url": f"http://testserver{thing.crop_url}",
            "label_name": "car",
            "label_color": "#FF0000",
            "bbox": [10, 15, 40, 35],
            "text": None,
            "order": 0,
            "meta_data": {},
            "workspace": str(admin.workspace_id),
        }
    ]


def test_R_S25_images_are_shown_in_their_order(api, sample, images):
    add_images(sample, images, by=None)
    wanted = ids(reversed(images))

    answer = api.post(at(sample, "reorder-images"), {"image_ids": wanted})

    assert [(p["image_id"], p["order"]) for p in answer.json()] == list(
        zip(wanted, range(3), strict=True)
    )
    refused = api.post(at(sample, "reorder-images"), {"image_ids": wanted[:2]})
    assert refused.status_code == 400


def test_images_are_removed_from_the_sample_alone(api, sample, images):
    add_images(sample, images, by=None)

    answer = api.post(at(sample, "remove-images"), {"image_ids": ids(images[:1])})

    assert answer.json() == {"removed": 1}
    assert api.get(f"/recognition/v2/training-image/{images[0].pk}/").status_code == 200


def set_value(api, sample, variable, value, **more):
    return api.post(
        at(sample, "add-variable-value"),
        {"dataset_variable": str(variable.pk), "value": value, **more},
    )


def test_R_S30_a_value_is_added_then_replaced(api, sample):
    variable = make_variable(dataset=sample.dataset)

    for value in (8.5, 9.0):
        assert set_value(api, sample, variable, {"value": value}).status_code == 200

    values = api.get(f"/vlm/v2/sample/{sample.pk}/").json()["sample_variables"]
    assert [value["value"] for value in values] == [9.0]


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("string", "good"),
        ("integer", 3),
        ("float", 8.5),
        ("boolean", False),
        ("array", [1, "a", None]),
        ("object", {"a": 1, "b": {}}),
        ("object", {"value": 8.5}),
    ],
)
@pytest.mark.parametrize("wrapped", [True, False])
def test_R_S31_values_come_wrapped_or_bare(api, sample, type_, value, wrapped):
    variable = make_variable(dataset=sample.dataset, type=type_)

    answer = set_value(api, sample, variable, {"value": value} if wrapped else value)

    assert answer.json()["value"] == value
    assert answer.json()["variable_name"] == variable.name


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("integer", "1"),
        ("integer", True),
        ("integer", 1.5),
        ("float", "8.5"),
        ("boolean", 1),
        ("boolean", "true"),
        ("string", 5),
        ("array", "a"),
    ],
)
def test_R_S32_the_values_type_must_match(api, sample, type_, value):
    variable = make_variable(dataset=sample.dataset, type=type_)

    answer = set_value(api, sample, variable, {"value": value})

    assert answer.status_code == 400
    assert variable.name in answer.json()["detail"]
    assert not sample.values.exists()


def test_R_S32_an_object_is_neither_a_list_nor_a_text(api, sample):
    variable = make_variable(dataset=sample.dataset, type="object")

    assert set_value(api, sample, variable, [1]).status_code == 400
    assert set_value(api, sample, variable, "a").status_code == 400


def test_a_value_is_removed_and_its_history_stays(api, sample):
    variable = make_variable(dataset=sample.dataset)
    set_value(api, sample, variable, {"value": 1})

    for removed in (1, 0):
        answer = api.post(
            at(sample, "remove-variable-value"), {"dataset_variable": str(variable.pk)}
        )
        assert answer.json() == {"removed": removed}

    assert api.get(f"/vlm/v2/sample/{sample.pk}/").json()["sample_variables"] == []
    assert sample.values.get().history.count() == 2


def test_a_value_that_was_changed_meanwhile_is_not_overwritten(api, sample):
    variable = make_variable(dataset=sample.dataset)
    seen = set_value(api, sample, variable, 1).json()["rev"]
    set_value(api, sample, variable, 2)

    answer = set_value(api, sample, variable, 3, rev=seen)

    assert answer.status_code == 409
    assert (answer.json()["value"], answer.json()["rev"]) == (2, 2)


def test_a_variable_of_another_dataset_is_refused(api, admin, sample):
    variable = make_variable(dataset=make_dataset(workspace=admin.workspace))

    assert set_value(api, sample, variable, 1).status_code == 400


@pytest.mark.parametrize("verb", ["add-variable-value", "remove-variable-value"])
def test_a_value_of_a_mirrored_sample_rings_for_its_push(
    api, admin, queued_jobs, django_capture_on_commit_callbacks, verb
):
    remote = make_remote(workspace=admin.workspace)
    dataset = make_dataset(workspace=admin.workspace, remote=remote, remote_key="d1")
    mirrored = make_sample(dataset=dataset, remote=remote, remote_key="s1")
    ours = make_sample(dataset=make_dataset(workspace=admin.workspace))

    with django_capture_on_commit_callbacks(execute=True):
        for sample in (mirrored, ours):
            variable = make_variable(dataset=sample.dataset)
            body = {"dataset_variable": str(variable.pk), "value": 1}
            assert api.post(at(sample, verb), body).status_code == 200

    assert queued_jobs == [("annotator.push.jobs.push_sample", (str(mirrored.pk),))]
