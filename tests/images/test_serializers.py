"""Images, labels and objects as the API shows them, and uploads as it takes them."""

import base64

import pytest

from annotator.errors import BadInput
from annotator.images import serializers
from tests.factories import make_image, make_pending_image
from tests.pictures import picture


@pytest.mark.django_db
def test_an_image_has_the_platforms_shape_and_absolute_addresses(rf):
    image = make_image(meta_data={"shelf": 3}, test_image=True)
    context = {"request": rf.get("/recognition/v2/training-image/")}

    wire = serializers.TrainingImageSerializer(image, context=context).data

    assert dict(wire) == {
        "id": str(image.pk),
        "created": wire["created"],
        "img_path": f"http://testserver{image.original_url}",
        "thumb_img_path": f"http://testserver{image.thumb_url}",
        "img_width": 64,
        "img_height": 48,
        "test_image": True,
        "meta_data": {"shelf": 3},
        "labels": [],
        "workspace": str(image.workspace_id),
    }


@pytest.mark.django_db
def test_an_awaited_image_has_the_same_shape():
    wire = serializers.TrainingImageSerializer(make_pending_image()).data

    assert wire["img_width"] is None
    assert wire["img_path"].endswith("awaited.svg")


@pytest.mark.parametrize("before", ["", "data:image/jpeg;base64,", "data:;base64,"])
def test_base64_is_read_with_and_without_its_prefix(before):
    data = picture()
    text = base64.b64encode(data).decode()

    assert serializers.decode_base64(before + text) == data
    assert serializers.decode_base64(before + text.rstrip("=")) == data
    assert serializers.decode_base64(before + text[:40] + "\n" + text[40:]) == data


@pytest.mark.parametrize("text", ["", None, 5, "not base64!", "äöü", "data:image/png,plain"])
def test_what_is_no_base64_is_refused(text):
    with pytest.raises(BadInput):
        serializers.decode_base64(text)


def test_base64_over_the_limit_is_refused_undecoded(settings):
    settings.IMAGE_MAX_BYTES = 30

    with pytest.raises(BadInput, match="limit"):
        serializers.decode_base64("A" * 100)
