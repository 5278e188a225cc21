"""One place of an image or object in a sample: its note, its order, its end."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from annotator.datasets import actions
from tests.factories import make_dataset, make_image, make_object, make_sample

pytestmark = pytest.mark.django_db

KINDS = {
    "image": ("sample-images", "image_id", "image_ids", "reorder-images"),
    "object": (
        "sample-objects",
        "detection_object_id",
        "detection_object_ids",
        "reorder-objects",
    ),
}


@pytest.fixture
def sample(admin):
    """A sample with three images and three objects."""
    sample = make_sample(dataset=make_dataset(workspace=admin.workspace))
    images = [make_image(admin.workspace) for _ in range(3)]
    actions.add_images(sample, images, by=None)
    actions.add_objects(sample, [make_object(image) for image in images], by=None)
    return sample


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


def places(api, sample, kind):
    return api.get(f"/vlm/v2/sample/{sample.pk}/{KINDS[kind][0]}/").json()


def test_a_place_is_read_alone_as_its_list_shows_it(api, sample, kind):
    first = places(api, sample, kind)[0]

    assert api.get(f"/vlm/v2/sample-{kind}/{first['id']}/").json() == first


def test_a_note_is_set_on_one_place_alone(api, sample, kind):
    first, second, third = places(api, sample, kind)
    note = {"text": "the back", "meta_data": {"side": 2}}

    answer = api.patch(f"/vlm/v2/sample-{kind}/{second['id']}/", note)

    assert (answer.status_code, answer.json()) == (200, {**second, **note})
    assert places(api, sample, kind) == [first, {**second, **note}, third]
    cleared = api.patch(f"/vlm/v2/sample-{kind}/{second['id']}", {"text": None})
    assert cleared.json()["text"] is None


def test_an_image_has_a_word_for_how_it_is_resized(api, sample):
    first = places(api, sample, "image")[0]

    answer = api.patch(f"/vlm/v2/sample-image/{first['id']}/", {"resize": "fit 768"})

    assert answer.json()["resize"] == "fit 768"
    assert places(api, sample, "image")[0]["resize"] == "fit 768"


@pytest.mark.parametrize(
    ("moved", "order", "wanted"), [(0, 2, "bca"), (2, 0, "cab"), (1, 99, "acb"), (1, 1, "abc")]
)
def test_one_place_is_moved_and_the_others_make_room(api, sample, kind, moved, order, wanted):
    before = [row["id"] for row in places(api, sample, kind)]

    answer = api.patch(f"/vlm/v2/sample-{kind}/{before[moved]}/", {"order": order})

    after = places(api, sample, kind)
    assert answer.status_code == 200
    assert [row["id"] for row in after] == [before["abc".index(letter)] for letter in wanted]
    assert [row["order"] for row in after] == [0, 1, 2]


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_places_that_are_moved_at_once_keep_an_order(kind):
    sample = make_sample()
    images = [make_image(sample.dataset.workspace) for _ in range(4)]
    actions.add_images(sample, images, by=None)
    actions.add_objects(sample, [make_object(image) for image in images], by=None)
    rows = list(sample.sample_images.all() if kind == "image" else sample.sample_objects.all())

    def move(number):
        try:
            actions.change_attachment(rows[number], by=None, text=str(number), order=3 - number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(move, range(4)))

    after = list(type(rows[0]).objects.filter(sample=sample).order_by("order"))
    assert [row.order for row in after] == [0, 1, 2, 3]
    assert {row.text for row in after} == {"0", "1", "2", "3"}


def test_all_are_put_in_a_new_order_at_once(api, sample, kind):
    _, key, field, verb = KINDS[kind]
    wanted = [row[key] for row in reversed(places(api, sample, kind))]

    answer = api.post(f"/vlm/v2/sample/{sample.pk}/{verb}/", {field: wanted})
    short = api.post(f"/vlm/v2/sample/{sample.pk}/{verb}/", {field: wanted[:2]})

    assert [row[key] for row in answer.json()] == wanted
    assert answer.json() == places(api, sample, kind)
    assert short.status_code == 400


def test_a_place_that_is_removed_leaves_its_image_in_the_workspace(api, sample, kind):
    first, *others = places(api, sample, kind)

    answer = api.delete(f"/vlm/v2/sample-{kind}/{first['id']}/")

    assert answer.status_code == 204
    assert places(api, sample, kind) == others
    listed = "recognition/v2/training-image" if kind == "image" else "detection/v2/object"
    assert api.get(f"/{listed}/{first[KINDS[kind][1]]}/").status_code == 200


@pytest.mark.parametrize("wrong", [{"order": -1}, {"order": "x"}, {"meta_data": []}, {"text": {}}])
def test_a_wrong_note_is_refused(api, sample, kind, wrong):
    first = places(api, sample, kind)[0]

    answer = api.patch(f"/vlm/v2/sample-{kind}/{first['id']}/", wrong)

    assert answer.status_code == 400
    assert places(api, sample, kind)[0] == first


def test_a_place_in_a_deleted_sample_is_gone(api, sample, kind):
    first = places(api, sample, kind)[0]
    api.delete(f"/vlm/v2/sample/{sample.pk}/")

    assert api.get(f"/vlm/v2/sample-{kind}/{first['id']}/").status_code == 404
