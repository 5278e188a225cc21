"""Image files on disk, named by their content. Only this module opens or writes them.

    originals/ab/cd/<sha256>.jpg     what was sent, re-encoded
    thumbs/ab/cd/<sha256>.webp       512 px, made when the picture is stored
    minis/ab/cd/<sha256>.webp        256 px, made from the thumbnail when first asked for
    previews/ab/cd/<sha256>.webp     1,600 px, made when first asked for
    crops/ab/cd/<sha256>-<box>.webp  one detection object, 512 px

The sha256 is always that of the original, so one name tells whether a file is still needed. No name that
a person or a remote gave ever reaches the file system.
"""

from __future__ import annotations

import io
import os
import secrets
from pathlib import Path

from django.conf import settings
from PIL import Image as Pillow

from annotator.images.models import DetectionObject, Image
from annotator.images.reading import THUMB_PX, Picture, decoding, digest, webp

FOLDERS = ("originals", "thumbs", "minis", "previews", "crops")
MINI_PX = 256
PREVIEW_PX = 1_600
CROP_PX = 512
TEMPORARY = ".tmp"


def file_path(folder: str, sha256: str, suffix: str) -> Path:
    """The path of a file in one of FOLDERS; `suffix` is ours (".jpg", "-0-0-9-9.webp")."""
    return Path(settings.MEDIA_ROOT, folder, sha256[:2], sha256[2:4], f"{sha256}{suffix}")


def original_path(image: Image) -> Path:
    """The stored picture. It may be missing on a damaged disk: opening then raises FileNotFoundError."""
    return file_path("originals", image.sha256, f".{image.extension}")


def private_folder(path: Path) -> Path:
    """Create the folder and its missing parents, readable by the owner alone."""
    if not path.is_dir():
        private_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
    return path


def write(path: Path, data: bytes) -> None:
    """Write the file atomically, and flushed to the disk when this returns."""
    private_folder(path.parent)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(8)}{TEMPORARY}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def store(picture: Picture) -> None:
    """Write the picture and its thumbnail. A second call with the same picture renews the file's date,
    so that the sweep of unneeded files keeps it until its row is written.
    """
    extension = Image.EXTENSIONS[picture.format]
    path = file_path("originals", picture.sha256, f".{extension}")
    if path.exists() and path.stat().st_size == len(picture.data):
        os.utime(path)
    else:
        write(path, picture.data)
    thumb = file_path("thumbs", picture.sha256, ".webp")
    if not thumb.exists():
        write(thumb, picture.thumb)


def thumb(image: Image) -> bytes:
    """The picture in 512 px, as WebP. Raises FileNotFoundError when the original was removed."""
    return _small(image, "thumbs", max_side_px=THUMB_PX, quality=78)


def mini(image: Image) -> bytes:
    """The picture in 256 px, as WebP. Raises FileNotFoundError when the original was removed."""
    path = file_path("minis", image.sha256, ".webp")
    try:
        return path.read_bytes()
    except FileNotFoundError:
        pass
    # The thumbnail is our own file and small: it needs no turn at decoding.
    with Pillow.open(io.BytesIO(thumb(image)), formats=("WEBP",)) as opened:
        data = webp(opened, max_side_px=MINI_PX, quality=75)
    write(path, data)
    return data


def preview(image: Image) -> bytes:
    """The picture in 1,600 px, as WebP. Raises FileNotFoundError when the original was removed."""
    return _small(image, "previews", max_side_px=PREVIEW_PX, quality=84)


def _small(image: Image, folder: str, *, max_side_px: int, quality: int) -> bytes:
    path = file_path(folder, image.sha256, ".webp")
    try:
        return path.read_bytes()
    except FileNotFoundError:
        pass
    with decoding:
        data = webp(_draft(image, max_side_px), max_side_px=max_side_px, quality=quality)
    write(path, data)
    return data


def _draft(image: Image, max_side_px: int) -> Pillow.Image:
    """Decoded; a JPEG at the smallest of its built-in scales that still has `max_side_px`."""
    with Pillow.open(original_path(image), formats=("JPEG", "PNG", "WEBP")) as opened:
        opened.draft(None, (max_side_px, max_side_px))
        opened.load()
        return opened.copy()


def crop_box(detection_object: DetectionObject) -> tuple[int, int, int, int]:
    """The part of the box that lies on the image, in whole pixels, at least one."""
    width, height = detection_object.image.width_px or 1, detection_object.image.height_px or 1
    left = min(max(int(detection_object.xmin), 0), width - 1)
    top = min(max(int(detection_object.ymin), 0), height - 1)
    right = max(min(round(detection_object.xmax), width), left + 1)
    bottom = max(min(round(detection_object.ymax), height), top + 1)
    return left, top, right, bottom


def crop(detection_object: DetectionObject) -> bytes:
    """The object cut out of its image, 512 px at most, as WebP."""
    box = crop_box(detection_object)
    path = file_path(
        "crops", detection_object.image.sha256, "-" + "-".join(map(str, box)) + ".webp"
    )
    try:
        return path.read_bytes()
    except FileNotFoundError:
        pass
    original = original_path(detection_object.image)
    with decoding, Pillow.open(original, formats=("JPEG", "PNG", "WEBP")) as opened:
        data = webp(opened.crop(box), max_side_px=CROP_PX, quality=82)
    write(path, data)
    return data


def is_intact(image: Image) -> bool:
    """Whether the original is there and still has the content that its name says."""
    try:
        return digest(original_path(image).read_bytes()) == image.sha256
    except FileNotFoundError:
        return False
