"""Stores image files and makes their smaller copies; `paths` says where they lie."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image as Pillow

from annotator.images.models import DetectionObject, Image
from annotator.images.paths import file_path, incoming_path
from annotator.images.reading import THUMB_PX, Picture, digest, smaller
from annotator.storage import files as stored
from annotator.storage.folder import path_of
from annotator.storage.writing import write

MINI_PX = 256
MEDIUM_PX = 1_024
PREVIEW_PX = 1_600
CROP_PX = 512


def original_name(image: Image) -> str:
    """The stored file of the picture, for `annotator.storage.files`."""
    return stored_name(image.sha256, image.extension)


def stored_name(sha256: str, extension: str) -> str:
    """The same by what names the file; the extension without a dot."""
    return f"originals/{sha256[:2]}/{sha256[2:4]}/{sha256}.{extension}"


def is_kept(image: Image) -> bool:
    """Whether its file is there."""
    return image.is_stored and stored.exists(original_name(image))


@contextmanager
def at_hand(name: str) -> Iterator[Path]:
    """A path at which a stored picture is while it is needed. Raises FileNotFoundError."""
    if not stored.has_bucket():
        yield path_of(name)
        return
    temporary = incoming_path()
    try:
        stored.copy_to(name, temporary)
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def store(picture: Picture) -> None:
    """Write the picture and its thumbnail. A second call with the same picture renews the file's date,
    so that the sweep of unneeded files keeps it until its row is written.
    """
    name = stored_name(picture.sha256, Image.EXTENSIONS[picture.format])
    try:
        if not stored.renew(name, picture.size_bytes):
            stored.save(name, picture.file)
    finally:
        if isinstance(picture.file, Path):
            picture.file.unlink(missing_ok=True)
    thumb = file_path("thumbs", picture.sha256, ".webp")
    if not thumb.exists():
        write(thumb, picture.thumb)


def thumb(image: Image) -> bytes:
    """The picture in 512 px, as WebP. Raises FileNotFoundError when the original was removed."""
    return _copy(image, "thumbs", ".webp", max_side_px=THUMB_PX, quality=78)


def mini(image: Image) -> bytes:
    """The picture in 256 px, as WebP. Raises FileNotFoundError when the original was removed."""
    path = file_path("minis", image.sha256, ".webp")
    try:
        return path.read_bytes()
    except FileNotFoundError:
        thumb(image)  # which is there from now on
    source, size_px = file_path("thumbs", image.sha256, ".webp"), (THUMB_PX, THUMB_PX)
    data = smaller(source, kind="webp", size_px=size_px, max_side_px=MINI_PX, quality=75)
    write(path, data)
    return data


def medium(image: Image) -> bytes:
    """The picture in 1,024 px, as WebP. Raises FileNotFoundError when the original was removed."""
    return _copy(image, "mediums", ".webp", max_side_px=MEDIUM_PX, quality=84)


def preview(image: Image) -> bytes:
    """The picture in 1,600 px, as WebP. Raises FileNotFoundError when the original was removed."""
    return _copy(image, "previews", ".webp", max_side_px=PREVIEW_PX, quality=84)


def jpeg(image: Image, *, max_side_px: int) -> bytes:
    """The picture for a model elsewhere: JPEG, PREVIEW_PX at most, kept nowhere. Raises as `preview`."""
    with Pillow.open(io.BytesIO(preview(image)), formats=("WEBP",)) as opened:
        scaled = opened.convert("RGB")
    scaled.thumbnail((max_side_px, max_side_px))
    buffer = io.BytesIO()
    scaled.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def crop(detection_object: DetectionObject) -> bytes:
    """The object cut out of its image, 512 px at most, as WebP."""
    box = crop_box(detection_object)
    suffix = "-" + "-".join(map(str, box)) + ".webp"
    image = detection_object.image
    return _copy(image, "crops", suffix, max_side_px=CROP_PX, quality=82, box=box)


def _copy(image: Image, folder: str, suffix: str, **how: Any) -> bytes:
    """The stored copy; it is made when there is none yet."""
    path = file_path(folder, image.sha256, suffix)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        pass
    size_px = image.width_px or 0, image.height_px or 0
    with at_hand(original_name(image)) as original:
        data = smaller(original, kind=image.format, size_px=size_px, **how)
    write(path, data)
    return data


def crop_box(detection_object: DetectionObject) -> tuple[int, int, int, int]:
    """The part of the box that lies on the image, in whole pixels, at least one."""
    width, height = detection_object.image.width_px or 1, detection_object.image.height_px or 1
    left = min(max(int(detection_object.xmin), 0), width - 1)
    top = min(max(int(detection_object.ymin), 0), height - 1)
    right = max(min(round(detection_object.xmax), width), left + 1)
    bottom = max(min(round(detection_object.ymax), height), top + 1)
    return left, top, right, bottom


def is_intact(image: Image) -> bool:
    """Whether the original is there and still has the content that its name says."""
    try:
        return digest(stored.read(original_name(image))) == image.sha256
    except FileNotFoundError:
        return False
