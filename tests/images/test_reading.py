"""What becomes of a file's bytes: refused with a reason, or upright, plain and hardly changed."""

import resource
import struct

import pytest
from PIL import Image as Pillow
from PIL import ImageChops, ImageOps, ImageStat

from annotator.errors import BadInput
from annotator.images.reading import read_picture
from tests.pictures import (
    animation,
    draw,
    encoded,
    opened,
    picture,
    png_of_zeros,
    text_bomb,
    turned_photo,
)


def peak_memory_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def mean_difference(one, other):
    """Of a channel, 0–255."""
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean)


HOSTILE = {
    "nothing": (b"", "empty"),
    "a page": (b"<!doctype html><script>alert(1)</script>", "JPEG, PNG, WebP and GIF"),
    "a vector drawing": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "JPEG, PNG, WebP and GIF"),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "JPEG, PNG, WebP"),
    "half a photo": (picture(kind="JPEG")[:600], "damaged"),
    "half a png": (picture(200, 200)[:500], "damaged"),
    "400 megapixels": (png_of_zeros(20_000, 20_000), "pixels"),
    "169 megapixels": (png_of_zeros(13_000, 13_000), "megapixels"),
    "one long line": (png_of_zeros(20_000, 1), "pixels"),
    "a text bomb": (text_bomb(), "damaged"),
    "a png without a body": (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR",
        "not an image",
    ),
    "another format": (encoded(draw(), "BMP"), "JPEG, PNG, WebP and GIF"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_a_reason_and_little_memory(name):
    data, reason = HOSTILE[name]
    before = peak_memory_bytes()

    with pytest.raises(BadInput, match=reason):
        read_picture(data)

    assert peak_memory_bytes() - before < 100_000_000


def test_a_file_over_the_limit_is_refused_unread(settings):
    settings.IMAGE_MAX_BYTES = 100

    with pytest.raises(BadInput, match="limit"):
        read_picture(picture())


def test_a_jpeg_with_too_many_scans_is_refused():
    with pytest.raises(BadInput, match="scans"):
        read_picture(picture(kind="JPEG") + b"\xff\xda" * 200)


def test_an_animation_gives_its_first_frame():
    kept = read_picture(animation(frames=300))

    assert kept.format == "png"
    assert getattr(opened(kept.data), "n_frames", 1) == 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_upright_pixel_by_pixel(orientation):
    data = turned_photo(orientation=orientation, kind="PNG")

    kept = opened(read_picture(data).data)

    upright = ImageOps.exif_transpose(opened(data))
    assert kept.tobytes() == upright.tobytes()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_beside_the_pixels_is_kept(kind):
    kept = read_picture(turned_photo(kind=kind)).data

    image = opened(kept)
    assert not dict(image.getexif())
    assert not {"exif", "icc_profile", "comment", "xmp"} & set(image.info)
    assert b"script" not in kept


def test_a_script_in_a_comment_and_behind_the_picture_is_gone():
    data = picture(kind="JPEG", comment=b"<script>alert(1)</script>") + b"<html><script>"

    assert b"script" not in read_picture(data).data


def test_a_photo_keeps_its_quality_through_its_own_tables():
    data = encoded(draw(400, 300), "JPEG", quality=71, subsampling=1)

    kept = opened(read_picture(data).data)

    assert kept.quantization == opened(data).quantization
    assert mean_difference(kept, opened(data)) < 1


def test_lossless_webp_stays_lossless_and_lossy_webp_stays_webp():
    sharp = read_picture(picture(kind="WEBP", lossless=True))
    soft = read_picture(picture(kind="WEBP", quality=60))

    assert opened(sharp.data).tobytes() == draw().tobytes()
    assert sharp.format == soft.format == "webp"


@pytest.mark.parametrize(
    ("mode", "kind", "kept_mode"),
    [
        ("1", "PNG", "L"),
        ("L", "JPEG", "L"),
        ("P", "PNG", "RGB"),
        ("LA", "PNG", "RGBA"),
        ("RGBA", "PNG", "RGBA"),
        ("CMYK", "JPEG", "RGB"),
        ("P", "GIF", "RGB"),
    ],
)
def test_every_mode_becomes_one_of_three(mode, kind, kept_mode):
    kept = read_picture(encoded(draw().convert(mode), kind))

    assert opened(kept.data).mode == kept_mode


def test_sixteen_bits_of_grey_keep_their_upper_eight():
    deep = Pillow.new("I;16", (4, 4), 0x8040)

    kept = opened(read_picture(encoded(deep, "PNG")).data)

    assert kept.mode == "L"
    assert kept.getpixel((0, 0)) == 0x80


def test_the_thumbnail_fits_512_and_is_never_enlarged():
    large = opened(read_picture(picture(1500, 600, kind="JPEG")).thumb)
    small = opened(read_picture(picture(40, 30)).thumb)

    assert large.size == (512, 205)
    assert large.format == "WEBP"
    assert small.size == (40, 30)
