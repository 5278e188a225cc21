"""A suggestion is never a value: not exported, not trained on, not pushed, not served as one."""

import io
import json
import zipfile

import pytest
from django.urls import reverse

from annotator.datasets.actions import add_images, set_value
from annotator.datasets.models import Origin
from annotator.datasets.training_rows import training_rows
from annotator.push.actions import enqueue_deliveries, samples_without_deliveries
from annotator.push.models import Delivery
from annotator.suggestions.models import Suggestion
from tests.factories import make_image, make_task, make_token
from tests.push.rows import Pair
from tests.suggestions.rows import make_graded, suggest

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
SECRET = 3.5  # what is suggested, and nowhere else


@pytest.fixture
def graded():
    """One sample with a value, one with a suggestion alone."""
    member, dataset, [labelled, suggested], grade = make_graded(samples=2)
    for sample in (labelled, suggested):
        add_images(sample, [make_image(dataset.workspace)], by=None)
        suggest(sample, grade, SECRET, confidence=1)
    set_value(labelled, grade, 8, origin=Origin.TYPED, by=None)
    return member, dataset, [labelled, suggested], grade


def test_it_is_not_exported(client, graded):
    member, dataset, [labelled, suggested], _ = graded
    client.force_login(member.user)

    answer = client.get(reverse("exports:download", args=[dataset.pk]))

    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        lines = archive.read("train.jsonl").decode().splitlines()
        manifest = json.loads(archive.read("manifest.json"))
    [line] = map(json.loads, lines)
    assert line["id"] == str(labelled.pk)
    [spoken] = line["messages"][-1]["content"]
    assert json.loads(spoken["text"]) == {"grade": 8.0}
    assert [left_out["id"] for left_out in manifest["left_out"]] == [str(suggested.pk)]


def test_it_is_not_trained_on(graded):
    _, dataset, [labelled, suggested], _ = graded

    rows = {row.sample.pk: row for row in training_rows(dataset, make_task(datasets=[dataset]))}

    assert rows[labelled.pk].values == {"grade": 8.0}
    assert rows[suggested.pk].values == {}
    assert rows[suggested.pk].problem
    assert str(SECRET) not in rows[labelled.pk].rendered.answer


def test_it_is_not_served_as_a_value(client, graded):
    member, _, [_, suggested], _ = graded
    token = make_token(member)

    answer = client.get(
        f"/vlm/v2/sample/{suggested.pk}/", headers={"Authorization": f"Token {token}"}
    )

    assert answer.json()["sample_variables"] == []
    assert answer.json()["variables_count"] == 0


def test_of_a_mirrored_sample_it_stays_here(fault_remote):
    pair = Pair(fault_remote)

    suggest(pair.sample, pair.variable, SECRET)

    assert Suggestion.objects.count() == 1
    assert samples_without_deliveries(limit=10) == []
    assert enqueue_deliveries([pair.sample.pk]) == 0
    assert not Delivery.objects.exists()
    assert pair.there is None
