"""Decodes the bytes of an upload and encodes a picture that is safe to store: upright, without metadata.

The header is checked before anything is decoded, since 49 KB may claim 400 megapixels:
docs/reliability.md#image-files. Without Django: it is called in our own process and in the child.
"""

from __future__ import annotations

import hashlib
import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from PIL import Image as Pillow
from PIL import ImageCms, ImageFile, ImageOps, JpegImagePlugin

from annotator.errors import BadInput
from annotator.images import depth
from annotator.images.colours import in_srgb
from annotator.images.copies import THUMB_PX, webp
from annotator.images.trimming import (
    JPEG_END,
    has_end,
    is_animated_png,
    is_cut_png,
    is_lossless_webp,
    trimmed,
)

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "TIFF", "BMP")
ACCEPTED = "JPEG, PNG, WebP, GIF, HEIC, AVIF, TIFF and BMP"
TIFF_STARTS = (b"II*\0", b"MM\0*")
UNKNOWN_TIFF = (
    "This kind of TIFF is not one we can read: its colours may be floating point or more than 16 bits. Save"
    " it with 8 or 16 bits for each colour."
)
DAMAGED = (
    "This is not an image we can read: the file is damaged or cut off. Copy or export it again."
)
JPEG_QUALITY = 95  # where the original's own tables cannot be kept
WEBP_QUALITY = 95
ORIENTATION = 0x0112  # the EXIF tag; 5–8 are turned by 90°
# Of an allowed memory, what may be needed for pixels and coefficients: the rest is for libraries and output.
PIXEL_SHARE = 0.75

warnings.filterwarnings("error", category=Pillow.DecompressionBombWarning)

# What decoders raise for a broken file.
BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    struct.error,
    zlib.error,
    ImageCms.PyCMSError,
    Pillow.DecompressionBombWarning,
    Pillow.DecompressionBombError,
)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a picture may have; settings.py has the values."""

    max_pixels: int  # decoded at once
    max_jpeg_pixels: int  # a larger JPEG is decoded at half its size or less
    max_side_px: int
    memory_bytes: int  # of the process that decodes


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """A picture ready to be stored."""

    data: bytes
    format: str  # jpeg, png or webp
    width_px: int
    height_px: int
    full_width_px: int  # before it was scaled down, upright
    full_height_px: int
    thumb: bytes  # WebP, THUMB_PX at most on the longer side
    note: str = ""  # what a person should know about how it was read


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def decode(data: bytes, limits: Limits) -> Decoded:
    """Check, decode and re-encode. Raises BadInput with a reason that a person can act on.

    A JPEG above `max_pixels` is decoded smaller. Only the first frame of an animation is kept. JPEG keeps its
    own quantization tables, so that nearly nothing is lost; PNG, GIF and lossless WebP lose nothing.
    """
    Pillow.MAX_IMAGE_PIXELS = limits.max_jpeg_pixels
    with _refusing_broken_files(data, limits):
        picture = _whole(trimmed(data), limits)
        with _open(picture) as opened:
            _check_header(opened, limits)
            full = opened.size
            notes = [_note_on_frames(opened, data), _reduce(opened, limits)]
            how = _encoding(opened, picture)
            rawmode = depth.deep_colours(opened)
            opened.load()
            if rawmode:
                notes.append(depth.stretch_colours(opened, rawmode, partial(_open, picture)))
            image, depth_note = _upright(opened)
        encoded = io.BytesIO()
        image.save(encoded, **how)
        thumb = webp(image, max_side_px=THUMB_PX, quality=78)
    is_turned = (full[0] > full[1]) != (image.width > image.height)
    full_width, full_height = reversed(full) if is_turned else full
    return Decoded(
        data=encoded.getvalue(),
        format=str(how["format"]).lower(),
        width_px=image.width,
        height_px=image.height,
        full_width_px=full_width if notes[1] else image.width,
        full_height_px=full_height if notes[1] else image.height,
        thumb=thumb,
        note=" ".join(filter(None, [*notes, depth_note])),
    )


def look(data: bytes, limits: Limits) -> None:
    """Raises BadInput for what `decode` refuses, as far as header and end tell: a small part of the work."""
    Pillow.MAX_IMAGE_PIXELS = limits.max_jpeg_pixels
    with _refusing_broken_files(data, limits), _open(_whole(trimmed(data), limits)) as opened:
        _check_header(opened, limits)
        if opened.format == "PNG" and is_cut_png(data):
            raise BadInput(DAMAGED)


def _open(data: bytes) -> ImageFile.ImageFile:
    """Its header read; HEIC by a library that is loaded only for it."""
    formats: tuple[str, ...] = FORMATS
    if data[4:8] == b"ftyp" and data[8:12] not in {b"avif", b"avis"}:
        from pillow_heif import register_heif_opener

        register_heif_opener(thumbnails=False)
        formats = ("HEIF", "AVIF")
    return Pillow.open(io.BytesIO(data), formats=formats)


@contextmanager
def _refusing_broken_files(data: bytes, limits: Limits) -> Iterator[None]:
    try:
        yield
    except Pillow.UnidentifiedImageError:
        is_tiff = data.startswith(TIFF_STARTS)
        message = (
            UNKNOWN_TIFF
            if is_tiff
            else f"This is not an image we can read: {ACCEPTED} are accepted."
        )
        raise BadInput(message) from None
    except (Pillow.DecompressionBombWarning, Pillow.DecompressionBombError):
        limit = limits.max_jpeg_pixels // 1_000_000
        raise BadInput(
            f"The image has more than {limit} megapixels, which is the limit. Scale it down."
        ) from None
    except BROKEN as error:
        raise BadInput(DAMAGED) from error


def _whole(data: bytes, limits: Limits) -> bytes:
    """With its end mark, when a JPEG lacks nothing else. Raises BadInput when pixels are missing."""
    if has_end(data):
        return data
    # What follows the data changes the picture exactly when pixels are missing.
    digests = set()
    for filler in (b"", b"\x55" * 64, b"\xaa" * 64):
        with Pillow.open(io.BytesIO(data + filler + JPEG_END), formats=("JPEG",)) as opened:
            _check_header(opened, limits)
            _reduce(opened, limits)
            digests.add(digest(opened.convert("RGB").tobytes()))
    if len(digests) > 1:
        raise BadInput(DAMAGED)
    return data + JPEG_END


def _note_on_frames(image: Pillow.Image, data: bytes) -> str:
    if image.format == "PNG":
        is_first = is_animated_png(data)
    elif image.format == "TIFF":
        try:
            image.seek(1)
            is_first = True
        except BROKEN:
            is_first = False
        image.seek(0)
    else:
        is_first = bool(getattr(image, "is_animated", False))
    return "Only the first of its pictures was taken." if is_first else ""


def _reduce(image: Pillow.Image, limits: Limits) -> str:
    """Let a JPEG be decoded at half its size, or less, until it is within the limit; the note."""
    width, height = image.size
    scale = 1
    while image.width * image.height > limits.max_pixels and scale < 8:
        scale *= 2
        image.draft(None, (width // scale, height // scale))
    if scale == 1:
        return ""
    return f"Scaled from {width} × {height} to {image.width} × {image.height} pixels."


def _check_header(image: Pillow.Image, limits: Limits) -> None:
    """Refuse by what the header claims. Nothing has been decoded yet."""
    width, height = image.size
    if width < 1 or height < 1:
        raise BadInput("This is not an image we can read: it has no area.")
    if max(width, height) > limits.max_side_px:
        raise BadInput(
            f"The image is {width} × {height} pixels; a side may have {limits.max_side_px:,}."
        )
    is_jpeg = image.format in {"JPEG", "MPO"}
    limit = limits.max_jpeg_pixels if is_jpeg else limits.max_pixels
    if width * height > limit:
        advice = "Scale it down." if is_jpeg else "Save it as JPEG, or scale it down."
        raise BadInput(
            f"The image has {width * height / 1e6:,.1f} megapixels;"
            f" the limit is {limit // 1_000_000} for this format. {advice}"
        )
    coefficients = _coefficient_bytes(image)
    if coefficients > limits.memory_bytes * PIXEL_SHARE:
        raise BadInput(
            f"To read this progressive JPEG takes {coefficients // 1_000_000:,} MB of memory, which is too"
            " much. Save it as an ordinary JPEG (not progressive), or scale it down."
        )


def _coefficient_bytes(image: Pillow.Image) -> int:
    """What a progressive JPEG keeps until its last scan, however small it is decoded: 2 bytes a value."""
    layers = getattr(image, "layer", None)
    if not layers or not image.info.get("progressive"):
        return 0
    most = max(layer[1] for layer in layers) * max(layer[2] for layer in layers)
    share = sum(layer[1] * layer[2] for layer in layers) / max(1, most)
    return round(image.width * image.height * share * 2)


def _encoding(image: Pillow.Image, data: bytes) -> dict[str, Any]:
    """How to save it so that as little as possible is lost."""
    if image.format in {"JPEG", "MPO"}:
        how: dict[str, Any] = {"format": "JPEG", "optimize": True, "quality": JPEG_QUALITY}
        tables = getattr(image, "quantization", None)
        sampling = JpegImagePlugin.get_sampling(image)
        # Tables made for CMYK or for plain RGB do not fit the YCbCr that we write.
        if tables and image.mode in {"L", "RGB"} and image.info.get("adobe_transform") != 0:
            del how["quality"]
            how["qtables"] = {place: list(table) for place, table in tables.items()}
        # Turned by 90°, columns that were thinned out would become rows: keep them all.
        is_turned = image.getexif().get(ORIENTATION, 1) >= 5
        how["subsampling"] = 0 if is_turned and sampling == 1 else sampling
        return how
    if image.format == "WEBP" and not is_lossless_webp(data):
        return {"format": "WEBP", "quality": WEBP_QUALITY, "method": 4}
    if image.format == "WEBP":
        return {"format": "WEBP", "lossless": True, "exact": True, "quality": 75, "method": 4}
    if image.format in {"HEIF", "AVIF"} and not image.has_transparency_data:
        return {"format": "JPEG", "quality": JPEG_QUALITY, "subsampling": 0}
    return {"format": "PNG"}


def _upright(image: Pillow.Image) -> tuple[Pillow.Image, str]:
    """(turned as the camera says, in sRGB, 8 bits, mode L, RGB or RGBA, without metadata; a note)."""
    note = ""
    profile = image.info.get("icc_profile")
    jpeg = image.format in {"JPEG", "MPO"}
    # In place: a copy of 50 megapixels would take another 200 MB.
    try:
        ImageOps.exif_transpose(image, in_place=True)
    except BROKEN:  # metadata that cannot be read says nothing
        image.info.pop("exif", None)
    if image.mode.startswith("I") or image.mode == "F":
        image, note = depth.eight_bits(image)
    if profile and image.mode in {"RGB", "RGBA", "CMYK", "L"}:
        image = in_srgb(image, profile)
    mode = "L" if image.mode in {"1", "L"} else "RGB"
    if image.has_transparency_data and not jpeg:
        mode = "RGBA"
    if image.mode != mode:
        image = image.convert(mode)
    image.info = {}  # comments and profiles would be written out again
    return image, note
