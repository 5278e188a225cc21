"""What becomes of a file's bytes: refused with a reason, or upright, plain and hardly changed."""

import resource
import struct
import zlib

import pytest
from PIL import Image as Pillow
from PIL import ImageChops, ImageOps, ImageStat

from annotator.errors import BadInput
from annotator.images.reading import read_picture
from tests.pictures import (
    animation,
    chunk,
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
    "a page": (b"<!doctype html><script>alert(1)</script>", "JPEG, PNG, WebP, GIF, HEIC"),
    "a vector drawing": (
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        "JPEG, PNG, WebP, GIF, HEIC",
    ),
    "postscript": (
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        "HEIC, AVIF, TIFF and BMP",
    ),
    "half a photo": (picture(kind="JPEG")[:600], "damaged"),
    "half a png": (picture(200, 200)[:500], "damaged"),
    "400 megapixels": (lambda: png_of_zeros(20_000, 20_000), "pixels"),
    "169 megapixels": (lambda: png_of_zeros(13_000, 13_000), "megapixels"),
    "one long line": (png_of_zeros(20_000, 1), "pixels"),
    "a png without a body": (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR",
        "not an image",
    ),
    "another format": (encoded(draw(), "PPM"), "JPEG, PNG, WebP, GIF, HEIC"),
}


def made(file):
    """The bytes of one of these; a large one is made when it is needed."""
    return file() if callable(file) else file


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_a_reason_and_little_memory(name):
    file, reason = HOSTILE[name]
    data = made(file)
    before = peak_memory_bytes()

    with pytest.raises(BadInput, match=reason):
        read_picture(data)

    assert peak_memory_bytes() - before < 100_000_000


def test_a_file_over_the_limit_is_refused_unread(settings):
    settings.IMAGE_MAX_BYTES = 100

    with pytest.raises(BadInput, match="limit"):
        read_picture(picture())


SCAN = bytes.fromhex("ffda0008010100003f00") + b"\x55"


def test_a_jpeg_with_too_many_scans_is_refused():
    data = picture(kind="JPEG")[:-2]

    with pytest.raises(BadInput, match="scans"):
        read_picture(data + SCAN * 200 + b"\xff\xd9")


def with_exif(payload):
    data = picture(kind="JPEG")
    body = b"Exif\0\0" + payload
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + data[2:]


def with_chunk(kind, body, *, wrong=False):
    data = picture()
    made = bytearray(chunk(kind, body))
    made[-1] ^= wrong
    return data[:33] + bytes(made) + data[33:]


THROWN_AWAY = {
    "100 MB of text": text_bomb,
    "a workflow": with_chunk(b"iTXt", b"w\0\1\0\0\0" + zlib.compress(bytes(2_500_000))),
    "a large profile": with_chunk(b"iCCP", b"i\0\0" + zlib.compress(bytes(2_500_000))),
    "a profile that is none": with_chunk(b"iCCP", b"i\0\0none"),
    "an unknown profile": with_chunk(b"iCCP", b"i\0\7none"),
    "a text with a wrong sum": with_chunk(b"tEXt", b"Comment\0hello", wrong=True),
    "png exif": with_chunk(b"eXIf", b"garbage!"),
    "cut png exif": with_chunk(b"eXIf", b"II*\0\x08\0\0\0\x05\0\x12\x01\x03\0"),
    "jpeg exif": with_exif(b"http://n garbage"),
    "no exif": with_exif(b""),
    "far exif": with_exif(b"II*\0\xff\xff\xff\x7f"),
    "cut exif": with_exif(b"II*\0\x08\0\0\0\x05\0\x12\x01\x03\0"),
    "a film behind it": picture(kind="JPEG") + b"\0\0\0\x18ftypmp42" + b"\xff\xda" * 200,
    "zeros behind it": picture(kind="JPEG") + bytes(4096),
    "a line before it": b"\n" + picture(kind="JPEG"),
    "no end mark": picture(kind="JPEG")[:-2],
    "no end mark, progressive": picture(kind="JPEG", progressive=True)[:-2],
    "an archive behind it": picture() + b"PK\3\4" + bytes(500),
    "no end of png": picture()[:-12],
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", THROWN_AWAY)
def test_what_is_thrown_away_refuses_no_picture(name):
    data = made(THROWN_AWAY[name])
    before = peak_memory_bytes()

    kept = read_picture(data)

    assert kept.width_px == (8 if "100 MB" in name else 64)
    assert kept.note == ""
    assert peak_memory_bytes() - before < 100_000_000


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.98])
def test_a_photo_that_is_cut_off_is_refused_in_our_words(share):
    data = picture(640, 480, kind="JPEG")

    with pytest.raises(BadInput, match="the file is damaged or cut off") as refusal:
        read_picture(data[: int(len(data) * share)])

    assert "bytes not processed" not in str(refusal.value)


@pytest.mark.parametrize(
    ("kind", "stored"), [("HEIF", "jpeg"), ("AVIF", "jpeg"), ("TIFF", "png"), ("BMP", "png")]
)
def test_what_phones_and_scanners_write_is_taken(kind, stored):
    data = encoded(draw(), kind, **({"quality": 95} if kind in {"HEIF", "AVIF"} else {}))

    kept = read_picture(data)

    assert (kept.format, kept.width_px, kept.height_px) == (stored, 64, 48)
    assert mean_difference(opened(kept.data), opened(data).convert("RGB")) < 3


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "TIFF", "PNG", "AVIF", "HEIF"])
def test_of_several_pictures_the_first_is_taken_and_it_is_said(kind):
    pages = [draw(seed=n) for n in (1, 2)]
    data = encoded(pages[0], kind, save_all=True, append_images=pages[1:])

    kept = read_picture(data)

    assert kept.note == "Only the first of its pictures was taken."
    assert mean_difference(opened(kept.data).convert("RGB"), draw(seed=1)) < 12


def test_a_jpeg_above_the_budget_is_decoded_smaller_and_it_is_said(settings):
    settings.IMAGE_MAX_PIXELS = 1000 * 800

    kept = read_picture(picture(1600, 1200, kind="JPEG"))

    assert (kept.width_px, kept.height_px) == (800, 600)
    assert kept.note == "Scaled from 1600 × 1200 to 800 × 600 pixels."


def test_the_budget_lies_above_the_classes_of_cameras(settings):
    assert settings.IMAGE_MAX_PIXELS >= 8192 * 6144
    assert settings.IMAGE_MAX_JPEG_PIXELS >= 16_384 * 12_288


def test_a_png_above_the_budget_says_what_to_do():
    with pytest.raises(BadInput, match="Save it as JPEG, or scale it down"):
        read_picture(png_of_zeros(9000, 6000))


@pytest.mark.parametrize("high", [0x3FF, 0xFFF])
def test_twelve_bits_in_sixteen_are_stretched_and_it_is_said(high):
    deep = Pillow.new("I;16", (4, 4), high)
    deep.putpixel((0, 0), 0)
    deep.putpixel((1, 0), high // 2)

    kept = read_picture(encoded(deep, "PNG"))

    pixels = opened(kept.data)
    assert [pixels.getpixel((x, 0)) for x in (0, 1, 2)] == [0, 127, 255]
    assert f"0 to {high}, were stretched" in kept.note


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
