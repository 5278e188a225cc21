"""Looks of pictures: near-same ones are near, others and flat ones are not."""

import io

import pytest
from PIL import Image as Pillow

from annotator.images import looks
from annotator.images.actions import store_image
from tests.factories import make_workspace
from tests.pictures import draw, encoded


@pytest.fixture
def kept(monkeypatch):
    """The cache, as a dict."""
    values = {}
    monkeypatch.setattr(looks.cache, "set_many", lambda rows, seconds: values.update(rows))
    monkeypatch.setattr(
        looks.cache, "get_many", lambda keys: {key: values[key] for key in keys if key in values}
    )
    return values


def photo(seed):
    """A picture with shapes of its own."""
    noise = Pillow.effect_noise((9, 8), 80 + seed)
    return noise.resize((360, 240), Pillow.Resampling.BICUBIC).convert("RGB")


def test_scaled_and_saved_anew_it_looks_the_same_and_another_does_not():
    picture, other = photo(1), photo(2)
    buffer = io.BytesIO()
    picture.resize((200, 133)).save(buffer, "JPEG", quality=60)
    again = Pillow.open(buffer)

    hashes = [looks.difference_hash(one) for one in (picture, again, other)]

    assert list(looks.near_pairs({"again": hashes[1]}, {"a": hashes[0], "b": hashes[2]})) == [
        ("again", "a")
    ]


def test_flat_pictures_are_not_compared():
    flat = [looks.difference_hash(Pillow.new("RGB", (64, 64), shade)) for shade in ("red", "blue")]

    assert list(looks.near_pairs({"red": flat[0]}, {"blue": flat[1]})) == []


@pytest.mark.django_db
def test_looks_are_computed_in_the_time_given_and_kept(kept):
    workspace = make_workspace()
    files = [store_image(workspace, encoded(draw(seed=seed)))[0].sha256 for seed in range(3)]

    none = looks.looks(files, seconds=-1)
    every = looks.looks([*files, "0" * 64], seconds=60)
    again = looks.looks(files, seconds=-1)

    assert none == {}
    assert every.keys() == set(files)
    assert again == every
