"""Pictures with more than 8 bits for each value: shown as they were meant, or refused; and it is said."""

import struct
import zlib

import pytest
from PIL import Image as Pillow

from annotator.errors import BadInput
from annotator.images.reading import read_picture
from tests.pictures import chunk, encoded, opened

CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}  # of PNG's colour types
TWELVE_BITS = [(0, 0, 0), (2047, 1000, 500), (4095, 4095, 4095)]
STRETCHED = [(0, 0, 0), (127, 62, 31), (255, 255, 255)]
SAID = "Its values, 0 to 4095, were stretched to 0 to 255."


def png16(pixels, colour_type, *, rows=3):
    """A PNG of 16 bits: each row has these pixels, and its own filter."""
    size = 2 * CHANNELS[colour_type]
    row = b"".join(struct.pack(">H", value) for pixel in pixels for value in pixel)
    before = bytes(size) + row
    filtered = [b"\0" + row, b"\1" + difference(row, before), b"\2" + bytes(len(row))]
    head = struct.pack(">IIBBBBB", len(pixels), rows, 16, colour_type, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(b"".join(filtered[:rows])))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body + chunk(b"IEND", b"")


def difference(row, before):
    return bytes((one - other) % 256 for one, other in zip(row, before, strict=False))


def tiff_of_colours(values, *, order="<", code="H", sample_format=1):
    """An uncompressed TIFF of one row, three values for each pixel."""
    bits = struct.calcsize(code) * 8
    data = struct.pack(f"{order}{len(values)}{code}", *values)
    end = 8 + 2 + 12 * 10 + 4
    short, long = 3, 4
    tags = [(256, short, 1, len(values) // 3), (257, short, 1, 1), (258, long, 3, end)]
    tags += [(259, short, 1, 1), (262, short, 1, 2), (273, long, 1, end + 24), (277, short, 1, 3)]
    tags += [(278, short, 1, 1), (279, long, 1, len(data)), (339, long, 3, end + 12)]
    table = struct.pack(f"{order}H", len(tags))
    for number, kind, count, value in tags:
        held = f"{order}HHIHH" if (kind, count) == (short, 1) else f"{order}HHII"
        table += struct.pack(held, number, kind, count, *([value, 0] if "IHH" in held else [value]))
    start = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, 8)
    lists = struct.pack(f"{order}6I", *[bits] * 3, *[sample_format] * 3)
    return start + table + bytes(4) + lists + data


def pixels_of(kept):
    image = opened(kept.data)
    return [image.getpixel((x, 0)) for x in range(image.width)]


def float_tiff(*values):
    image = Pillow.new("F", (len(values), 1))
    for place, value in enumerate(values):
        image.putpixel((place, 0), value)
    return encoded(image, "TIFF")


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (png16(TWELVE_BITS, 2), STRETCHED),
        (png16([(*each, 65_535) for each in TWELVE_BITS], 6), [(*each, 255) for each in STRETCHED]),
        (png16([(*each, 4095) for each in TWELVE_BITS], 6), [(*each, 255) for each in STRETCHED]),
        (png16([(*each, 1023) for each in TWELVE_BITS], 6), [(*each, 255) for each in STRETCHED]),
        (
            png16([(0, 65_535), (2047, 65_535), (4095, 65_535)], 4),
            [(0, 0, 0, 255), (127, 127, 127, 255), (255, 255, 255, 255)],
        ),
        (tiff_of_colours(sum(TWELVE_BITS, ())), STRETCHED),
        (tiff_of_colours(sum(TWELVE_BITS, ()), order=">"), STRETCHED),
    ],
)
def test_twelve_bits_of_colour_in_sixteen_are_stretched_and_it_is_said(data, shown):
    kept = read_picture(data)

    assert pixels_of(kept) == shown
    assert kept.note == SAID
    image = opened(kept.data)
    assert image.getpixel((1, image.height - 1)) == shown[1]


@pytest.mark.parametrize(
    "make", [lambda pixels: png16(pixels, 2), lambda p: tiff_of_colours(sum(p, ()))]
)
def test_sixteen_bits_of_colour_keep_their_upper_eight(make):
    full = [tuple(value * 16 for value in each) for each in TWELVE_BITS]

    kept = read_picture(make(full))

    assert pixels_of(kept) == STRETCHED
    assert kept.note == ""


@pytest.mark.parametrize(
    ("value", "shown", "note"),
    [
        (0, 0, ""),
        (3000, 187, "All its values are 3000; they were read as 12 bits."),
        (60_000, 234, ""),
    ],
)
def test_a_picture_of_one_value_is_neither_black_nor_stretched(value, shown, note):
    grey = read_picture(png16([(value,)] * 3, 0))
    colour = read_picture(png16([(value,) * 3] * 3, 2))

    assert pixels_of(grey) == [shown] * 3
    assert pixels_of(colour) == [(shown,) * 3] * 3
    assert grey.note == colour.note == note


@pytest.mark.parametrize(
    ("values", "shown", "note"),
    [
        ((0, 0.5, 1), [0, 128, 255], "Its values, 0 to 1, were read as 0 to 1."),
        ((0, 0.25, 0.5), [0, 64, 128], "Its values, 0 to 0.5, were read as 0 to 1."),
        ((0, 100, 255), [0, 100, 255], ""),
        ((-1000, 0, 1000), [0, 128, 255], "Its values, -1000 to 1000, were stretched to 0 to 255."),
        ((700, 700, 700), [128] * 3, "All its values are 700; it was made grey."),
    ],
)
def test_floating_point_is_read_by_its_range_and_it_is_said(values, shown, note):
    kept = read_picture(float_tiff(*values))

    assert pixels_of(kept) == shown
    assert kept.note == note


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_values_that_are_no_numbers_are_refused(value):
    with pytest.raises(BadInput, match="not all numbers"):
        read_picture(float_tiff(float(value), 0.5))


def test_colours_in_floating_point_are_refused_by_name():
    with pytest.raises(BadInput, match=r"This kind of TIFF .* floating point"):
        read_picture(tiff_of_colours([0, 0.5, 1], code="f", sample_format=3))
