"""Image files for tests, good and hostile, drawn on the spot."""

import io
import random
import struct
import zlib

from PIL import Image as Pillow
from PIL import ImageDraw
from pillow_heif import register_heif_opener

register_heif_opener(thumbnails=False)

GPS = 0x8825
ORIENTATION = 0x0112
DESCRIPTION = 0x010E


def draw(width=64, height=48, *, seed=0, mode="RGB"):
    """A Pillow image that is its own: four coloured corners and a few lines."""
    rng = random.Random(seed)
    image = Pillow.new("RGB", (width, height), tuple(rng.randrange(256) for _ in range(3)))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, width // 3, height // 3), fill="red")
    pen.rectangle((width * 2 // 3, height * 2 // 3, width, height), fill="blue")
    for _ in range(6):
        ends = [rng.randrange(side) for side in (width, height, width, height)]
        pen.line(ends, fill=tuple(rng.randrange(256) for _ in range(3)), width=2)
    return image.convert(mode)


def encoded(image, kind="PNG", **options):
    """The bytes of a file of that kind."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def picture(width=64, height=48, *, seed=0, kind="PNG", **options):
    """The bytes of a drawn picture; another seed gives another picture."""
    return encoded(draw(width, height, seed=seed), kind, **options)


def turned_photo(*, orientation=6, seed=0, kind="JPEG", **options):
    """A picture as a camera held sideways writes it, with the place where it was taken."""
    exif = Pillow.Exif()
    exif[ORIENTATION] = orientation
    exif[DESCRIPTION] = "<script>alert(1)</script>"
    exif.get_ifd(GPS).update({1: "N", 2: (50.0, 5.0, 0.0)})
    return picture(seed=seed, kind=kind, exif=exif, **options)


def opened(data):
    """The Pillow image in these bytes, decoded."""
    image = Pillow.open(io.BytesIO(data))
    image.load()
    return image


def chunk(kind, body):
    """One part of a PNG file."""
    check = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)


def png_of_zeros(width, height, *, extra=b""):
    """A tiny file that claims, and holds, a picture of any size in one bit per pixel."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    packer, line = zlib.compressobj(9), bytes(1 + (width + 7) // 8)
    rows = b"".join(packer.compress(line) for _ in range(height)) + packer.flush()
    end = chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + end


def text_bomb():
    """A small picture with a compressed text of 100 MB before its pixels."""
    text = b"Comment\0\0" + zlib.compress(bytes(100_000_000), 9)
    return png_of_zeros(8, 8, extra=chunk(b"zTXt", text))


def animation(frames=300):
    """A GIF with many frames."""
    first, *others = [draw(32, 32, seed=n, mode="P") for n in range(frames)]
    return encoded(first, "GIF", save_all=True, append_images=others)
