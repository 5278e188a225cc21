"""A look at a file, without decoding it, refuses what a reading would for the same reason, and no other."""

import pytest

from annotator.errors import BadInput
from annotator.images.reading import look_at, read_picture
from tests.images.test_reading import HOSTILE, THROWN_AWAY, made
from tests.pictures import animation, draw, encoded, picture, turned_photo

KINDS = {kind: encoded(draw(), kind) for kind in ("HEIF", "AVIF", "TIFF", "BMP", "GIF", "WEBP")}
GOOD = {
    **THROWN_AWAY,
    **KINDS,
    "an animation": animation(),
    "a turned photo": turned_photo(),
    "a large photo": picture(5_000, 4_000, kind="JPEG"),
}
TELLING = ("JPEG", "PNG", "WEBP", "AVIF")  # formats whose end is seen


def reason_of(read, data):
    with pytest.raises(BadInput) as refusal:
        read(data)
    return str(refusal.value)


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_picture_is_refused_for_the_same_reason(name):
    data = made(HOSTILE[name][0])

    assert reason_of(look_at, data) == reason_of(read_picture, data)


@pytest.mark.parametrize("kind", TELLING)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_what_is_cut_off_is_refused_for_the_same_reason(kind, share):
    data = encoded(draw(640, 480), kind)
    data = data[: int(len(data) * share)]

    assert reason_of(look_at, data) == reason_of(read_picture, data)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", GOOD)
def test_what_can_be_read_passes(name):
    look_at(made(GOOD[name]))


def test_what_is_damaged_inside_passes_and_is_found_when_it_is_read():
    data = bytearray(picture(640, 480))
    data[len(data) // 2] ^= 0xFF

    look_at(bytes(data))
    assert "damaged" in reason_of(read_picture, bytes(data))
