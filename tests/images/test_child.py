"""Which pictures the child process reads, and what becomes of those that are too much for it."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from PIL import Image as Pillow

from annotator.errors import BadInput
from annotator.images import files, paths, weight
from annotator.images.actions import fill_image
from annotator.images.reading import read_picture
from tests.factories import make_image, make_object, make_pending_image, original_path
from tests.pictures import animation, chunk, draw, encoded, opened, picture, png_of_zeros

FILES = {
    "JPEG": picture(65, 47, kind="JPEG"),
    "JPEG, progressive": picture(65, 47, kind="JPEG", progressive=True),
    "JPEG with a comment": picture(65, 47, kind="JPEG", comment=b"\xff\xc0 " * 9),
    "PNG": picture(65, 47),
    "GIF": picture(65, 47, kind="GIF"),
    "BMP": picture(65, 47, kind="BMP"),
    "WebP": picture(65, 47, kind="WEBP"),
    "WebP, lossless": picture(65, 47, kind="WEBP", lossless=True),
    "WebP with more": picture(65, 47, kind="WEBP", exif=b"Exif\0\0II*\0\x08\0\0\0\0\0"),
}


@pytest.mark.parametrize("name", FILES)
def test_the_header_is_read_without_a_library(name):
    header = weight.header_of(FILES[name])

    assert (header.width_px, header.height_px) == opened(FILES[name]).size == (65, 47)
    assert weight.is_light(FILES[name])


def jpeg(width, height, **options):
    return encoded(Pillow.new("RGB", (width, height)), "JPEG", **options)


@pytest.mark.parametrize(
    ("make", "light"),
    [
        (lambda: jpeg(2400, 1600), True),
        (lambda: jpeg(2400, 1600, progressive=True), False),
        (lambda: jpeg(4000, 3000), False),
        (lambda: png_of_zeros(2000, 2000), False),
        (lambda: encoded(Pillow.new("I;16", (1300, 1000)), "PNG"), True),
        (lambda: encoded(Pillow.new("I;16", (1400, 1000)), "PNG"), False),
        (lambda: encoded(draw(), "TIFF"), False),
        (lambda: encoded(draw(), "AVIF"), False),
        (lambda: encoded(draw(), "HEIF"), False),
        (lambda: b"RIFF\0\0\0\0WEBP", False),
        (lambda: b"\x89PNG\r\n\x1a\n", False),
        (lambda: b"<svg/>", False),
    ],
)
def test_large_and_unusual_pictures_are_not_read_in_our_own_process(make, light):
    assert weight.is_light(make()) is light


@pytest.mark.parametrize(
    ("kind", "size", "needed_px", "light"),
    [
        ("jpeg", (8000, 6000), 512, True),  # decoded at an eighth
        ("jpeg", (8000, 6000), 1600, False),
        ("jpeg", (16_384, 3000), 1600, False),  # the shorter side could not be halved
        ("jpeg", (8000, 6000), 0, False),
        ("png", (8000, 6000), 512, False),
        ("png", (2000, 1500), 512, True),
    ],
)
def test_smaller_copies_are_made_here_only_when_little_is_decoded(kind, size, needed_px, light):
    assert weight.is_light_to_shrink(kind, *size, needed_px=needed_px) is light


def incoming():
    return [
        path for path in Path(django_settings.MEDIA_ROOT, "incoming").rglob("*") if path.is_file()
    ]


def test_a_heavy_picture_is_stored_as_a_light_one_is(monkeypatch):
    data = picture(300, 200, kind="JPEG")
    light = read_picture(data)
    monkeypatch.setattr(weight, "LIGHT_BYTES", 0)

    heavy = read_picture(data)

    assert heavy.data == light.data
    assert heavy.thumb == light.thumb
    assert {**vars(heavy), "file": b""} == {**vars(light), "file": b""}
    assert heavy.file.stat().st_mode & 0o777 == 0o600
    files.store(heavy)
    assert not incoming()
    original = paths.file_path("originals", heavy.sha256, ".jpg")
    assert original.read_bytes() == light.data
    assert original.stat().st_mode & 0o777 == 0o600


@pytest.mark.django_db
def test_smaller_copies_of_a_heavy_picture_come_from_the_child(monkeypatch):
    image = make_image(width=2000, height=1000, kind="JPEG")
    here = files.preview(image)
    paths.file_path("previews", image.sha256, ".webp").unlink()
    monkeypatch.setattr(weight, "LIGHT_BYTES", 0)

    assert files.preview(image) == here
    assert opened(here).size == (1600, 800)
    assert opened(files.crop(make_object(image, box=[0, 0, 300, 100]))).size == (300, 100)


TOO_MUCH = {
    "memory": ({"CHILD_MEMORY_BYTES": 150_000_000}, r"takes more memory than .* \(150 MB\)"),
    "time": ({"CHILD_SECONDS": 0.05}, "takes longer than 0 seconds"),
}


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS bounds no process's memory")
@pytest.mark.parametrize("name", TOO_MUCH)
def test_a_picture_that_takes_too_much_is_refused_in_words_and_leaves_nothing(settings, name):
    limits, reason = TOO_MUCH[name]
    for setting, value in limits.items():
        setattr(settings, setting, value)

    with pytest.raises(BadInput, match=reason):
        read_picture(encoded(Pillow.new("RGB", (8000, 6000)), "PNG"))

    assert not incoming()


def test_a_picture_that_stops_the_child_is_refused_and_the_next_is_read(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("annotator.images.reading.HEAVY", "tests.child.tasks")
        with pytest.raises(BadInput, match="stopped unexpectedly at this one"):
            read_picture(encoded(draw(), "TIFF"))

    assert read_picture(encoded(draw(), "TIFF")).width_px == 64


def test_a_progressive_jpeg_too_large_for_the_memory_is_refused_by_its_header(settings):
    settings.CHILD_MEMORY_BYTES = 200_000_000

    with pytest.raises(BadInput, match=r"progressive JPEG takes 240 MB .*not progressive"):
        read_picture(jpeg(8000, 5000, progressive=True, subsampling=0))


MEASURED = """
import django, resource, sys
django.setup()
from annotator.child import calls
from annotator.images import files
from annotator.images.reading import read_picture
data = sys.stdin.buffer.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
files.store(read_picture(data))
calls.end()
ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(ours, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
LARGE = {  # 50 megapixels, and the MiB that the child may take for them
    "PNG": (lambda: encoded(Pillow.new("RGB", (16_384, 3051), "red"), "PNG"), 290),
    "PNG with transparency": (lambda: encoded(Pillow.new("RGBA", (8160, 6120)), "PNG"), 600),
    "AVIF": (lambda: encoded(Pillow.new("RGB", (8160, 6120)), "AVIF", speed=10), 700),
    "progressive JPEG": (lambda: jpeg(8160, 6120, progressive=True, subsampling=0), 700),
}


@pytest.mark.parametrize("name", LARGE)
def test_fifty_megapixels_cost_our_own_process_nothing(name, tmp_path):
    make, most = LARGE[name]
    code = [sys.executable, "-c", MEASURED]
    env = {"PATH": "", "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "annotator.settings"}

    done = subprocess.run(
        code, input=make(), capture_output=True, check=True, env=env, cwd=django_settings.BASE_DIR
    )

    ours, child = map(int, done.stdout.split())
    assert ours < 30_000  # KiB
    assert child < most * 1024


@pytest.mark.django_db
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_mirrored_jpeg_above_the_budget_is_scaled_and_its_boxes_stay_right(settings, orientation):
    settings.IMAGE_MAX_PIXELS = 1000 * 800
    photo = Pillow.new("RGB", (1600, 1200), "white")
    photo.paste("red", (800, 600, 1600, 1200))
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    image = make_pending_image()

    fill_image(image, encoded(photo, "JPEG", exif=exif))

    size = (1600, 1200) if orientation == 1 else (1200, 1600)
    assert (image.width_px, image.height_px) == size
    assert max(opened(original_path(image).read_bytes()).size) == 800
    box = [900, 700, 1500, 1100] if orientation == 1 else [100, 900, 500, 1500]
    crop = opened(files.crop(make_object(image, box=box)))
    red, green, _ = crop.resize((1, 1)).getpixel((0, 0))
    assert red > 240
    assert green < 20


def test_an_animation_is_told_by_its_chunks_wherever_they_are():
    pages = [draw(seed=number) for number in (1, 2)]
    data = encoded(pages[0], "PNG", save_all=True, append_images=pages[1:])
    late = with_text_first(data)
    still = data.replace(b"acTL\0\0\0\x02", b"acTL\0\0\0\x01")

    assert read_picture(late).note == "Only the first of its pictures was taken."
    assert read_picture(still).note == ""
    assert read_picture(picture() + b"acTL\0\0\0\x02").note == ""
    assert read_picture(animation(frames=2)).note


def with_text_first(data):
    return data[:33] + chunk(b"tEXt", b"Comment\0" + b"x" * 10_000) + data[33:]
