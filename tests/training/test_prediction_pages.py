"""The stored predictions of a version, browsed with their pictures."""

import pytest
from django.urls import reverse

from annotator.accounts.models import Role
from annotator.images.actions import store_image
from annotator.training import prediction_pages
from annotator.training.models import ModelVersion
from tests.factories import make_dataset, make_member, make_sample, make_task, make_workspace
from tests.pictures import picture
from tests.training.archives import give_archive, prediction

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def models_root(settings, tmp_path):
    settings.MODELS_ROOT = tmp_path


@pytest.fixture
def workspace():
    return make_workspace()


@pytest.fixture
def samples(workspace):
    """Three test samples; the first has a picture."""
    dataset = make_dataset(workspace=workspace)
    samples = [make_sample(dataset=dataset, name=f"card {number}") for number in range(3)]
    image, _ = store_image(workspace, picture(seed=1))
    samples[0].sample_images.create(image=image)
    return samples


@pytest.fixture
def version(workspace, samples):
    """Colour is wrong of the second sample, grade of the third, whose text could not be read."""
    metrics = {"test_samples": 3, "variables": [{"name": "colour"}, {"name": "grade"}]}
    task = make_task(workspace=workspace)
    version = ModelVersion.objects.create(task=task, version=1, metrics=metrics)
    truth = {"colour": "red", "grade": 7}
    rows = [
        prediction(samples[0].pk, expected=truth, values=truth, confidence={"colour": 0.5}),
        prediction(samples[1].pk, expected=truth, values={"colour": "blue", "grade": 7}),
        prediction(
            samples[2].pk,
            expected=truth,
            values={"colour": "red"},
            problems={"grade": "it is not there"},
            raw="<b>red</b>",
        ),
    ]
    give_archive(version, predictions_jsonl=rows)
    return version


@pytest.fixture
def browse(client, workspace, version):
    """Asks for the page as somebody who may read all; the ids of the samples in it."""
    client.force_login(make_member(Role.REVIEWER, workspace=workspace).user)

    def ask(**params):
        response = client.get(reverse("training:predictions", args=[version.pk]), params)
        assert response.status_code == 200
        return [one.prediction.id for one in response.context["page"].cards], response

    return ask


def test_truth_stands_beside_the_prediction_with_the_picture(browse, samples):
    ids, response = browse()

    assert ids == [str(sample.pk) for sample in samples]
    text = response.content.decode()
    assert samples[0].sample_images.get().image.thumb_url in text
    assert "blue" in text
    assert "&lt;b&gt;red" in text  # the model's own text is text
    assert "it is not there" in text


@pytest.mark.parametrize(
    ("params", "numbers"),
    [
        ({"outcome": "wrong"}, [1, 2]),
        ({"outcome": "right"}, [0]),
        ({"outcome": "unread"}, [2]),
        ({"outcome": "wrong", "variable": "grade"}, [2]),
        ({"outcome": "right", "variable": "colour"}, [0, 2]),
        ({"outcome": "nonsense", "variable": "nonsense"}, [0, 1, 2]),
    ],
)
def test_predictions_are_narrowed_by_variable_and_outcome(browse, samples, params, numbers):
    assert browse(**params)[0] == [str(samples[number].pk) for number in numbers]


def test_pages_follow_each_other_and_keep_their_filter(browse, samples, monkeypatch):
    monkeypatch.setattr(prediction_pages, "PAGE_SIZE", 1)

    first, response = browse(outcome="wrong")
    second, last = browse(outcome="wrong", page="2")

    assert (first, second) == ([str(samples[1].pk)], [str(samples[2].pk)])
    assert response.context["pager"]["next_query"] == "?outcome=wrong&page=2"
    assert last.context["pager"]["next_query"] == ""
    assert browse(page="0x")[0] == [str(samples[0].pk)]


def test_a_page_reads_no_more_of_the_archive_than_it_shows(browse, monkeypatch):
    read, stream = [], prediction_pages.stream_predictions
    monkeypatch.setattr(prediction_pages, "PAGE_SIZE", 1)
    monkeypatch.setattr(
        prediction_pages,
        "stream_predictions",
        lambda version: (read.append(row) or row for row in stream(version)),
    )

    browse()

    assert len(read) == 2  # its own, and the one that says that there is a next page


def test_a_deleted_sample_stays_in_the_list_without_its_picture(browse, samples):
    samples[0].delete()

    ids, response = browse()

    assert len(ids) == 3
    assert "deleted" in response.content.decode()


def test_a_version_without_an_archive_has_nothing_to_browse(browse, version):
    ModelVersion.objects.update(archive="gone.zip")

    assert browse()[0] == []


def test_another_workspace_sees_no_predictions(client, version):
    client.force_login(make_member(Role.ADMIN, workspace=make_workspace()).user)

    assert client.get(reverse("training:predictions", args=[version.pk])).status_code == 404


def test_more_predictions_cost_no_more_queries(browse, django_assert_max_num_queries):
    with django_assert_max_num_queries(10):
        browse()
