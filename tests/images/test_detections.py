"""Detection labels and objects: what is accepted, what is kept."""

import pytest

from annotator.accounts.models import Role
from annotator.errors import BadInput, WrongState
from annotator.images import detections
from annotator.images.models import DetectionLabel, DetectionObject
from tests.factories import (
    make_image,
    make_label,
    make_member,
    make_object,
    make_pending_image,
    make_workspace,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return make_member(Role.ADMIN)


def test_a_label_is_made_changed_and_deleted(admin):
    label = detections.create_label(admin.workspace, by=admin.user, name=" Car ", color="#ff0000")
    detections.update_label(label, by=admin.user, description="With wheels")

    label.refresh_from_db()
    assert (label.name, label.color, label.description) == ("Car", "#ff0000", "With wheels")

    detections.delete_label(label, by=admin.user)
    assert not DetectionLabel.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "  "), ("name", "x" * 201), ("color", "red"), ("color", "#ff00ff;"), ("wings", "2")],
)
def test_a_label_with_a_wrong_field_is_refused(admin, field, value):
    with pytest.raises(BadInput) as refused:
        detections.create_label(admin.workspace, by=admin.user, **{"name": "Car", field: value})

    assert field in refused.value.fields


def test_a_label_that_objects_have_is_kept(admin):
    thing = make_object(make_image(admin.workspace))

    with pytest.raises(WrongState):
        detections.delete_label(thing.label, by=admin.user)


@pytest.mark.parametrize("box", [[1, 2, 30, 40], [-5, -5, 10, 10], [60, 40, 900, 900]])
def test_a_box_that_touches_the_image_is_kept_as_it_came(admin, box):
    image = make_image(admin.workspace)

    thing = detections.create_object(
        image, make_label(admin.workspace), box=box, by=admin.user, meta_data={"score": 0.5}
    )

    assert DetectionObject.objects.get().bbox == box
    assert thing.meta_data == {"score": 0.5}


@pytest.mark.parametrize(
    "box",
    [
        [64, 0, 90, 10],
        [0, 48, 9, 90],
        [-9, 0, 0, 9],
        [5, 5, 5, 9],
        [9, 9, 5, 5],
        [0, 0, float("nan"), 9],
        [0, 0, float("inf"), 9],
        [0, 0, "9", 9],
        [0, 0, True, 9],
        [0, 0, 9],
        "0,0,9,9",
        None,
    ],
)
def test_a_box_outside_or_of_no_sense_is_refused(admin, box):
    image = make_image(admin.workspace)

    with pytest.raises(BadInput) as refused:
        detections.create_object(image, make_label(admin.workspace), box=box, by=admin.user)

    assert "data" in refused.value.fields


def test_a_box_on_an_awaited_image_is_taken_on_trust(admin):
    image = make_pending_image(admin.workspace)

    detections.create_object(
        image, make_label(admin.workspace), box=[0, 0, 5_000, 5_000], by=admin.user
    )

    assert DetectionObject.objects.count() == 1


def test_a_label_of_another_workspace_is_refused(admin):
    with pytest.raises(BadInput, match="another workspace"):
        detections.create_object(
            make_image(admin.workspace), make_label(), box=[0, 0, 9, 9], by=admin.user
        )


def test_an_object_changes_only_in_what_is_given(admin):
    thing = make_object(make_image(admin.workspace), box=(1, 1, 9, 9), meta_data={"a": 1})

    detections.update_object(thing, by=admin.user, box=[2, 2, 8, 8])

    thing.refresh_from_db()
    assert thing.bbox == [2, 2, 8, 8]
    assert thing.meta_data == {"a": 1}


def test_an_object_in_a_sample_is_kept(admin):
    from annotator.datasets.models import Dataset, Sample, SampleObject

    thing = make_object(make_image(admin.workspace))
    dataset = Dataset.objects.create(workspace=admin.workspace, name="Streets")
    sample = Sample.objects.create(dataset=dataset)
    SampleObject.objects.create(sample=sample, detection_object=thing, slot=0)

    with pytest.raises(WrongState):
        detections.delete_object(thing, by=admin.user)

    sample.delete()
    detections.delete_object(thing, by=admin.user)
    assert not DetectionObject.objects.exists()


def test_a_member_sees_the_labels_and_objects_of_their_workspace_alone(admin):
    ours = make_object(make_image(admin.workspace))
    make_object(make_image(make_workspace()))

    assert list(DetectionObject.objects.visible_to(admin)) == [ours]
    assert list(DetectionLabel.objects.visible_to(admin)) == [ours.label]
