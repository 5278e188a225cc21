"""The pictures that a cell names."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any
from urllib.parse import unquote_to_bytes

from annotator.errors import BadInput
from annotator.imports.formats.records import ImageReference

SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")  # two letters at least: C: is a drive
DRIVE = re.compile(r"[A-Za-z]:[\\/]")
ENDINGS = re.compile(r"\.(jpe?g|png|webp|gif|bmp|tiff?|heic|heif|avif)$", re.IGNORECASE)
BETWEEN = re.compile(r"\s*[;|]\s*")
UPLOAD_PREFIX = re.compile(r"^[0-9a-f]{8}-(?=.)")  # Label Studio's, before an uploaded file's name
MAX_IMAGES = 1_000  # of one row


def references_of(cell: Any) -> list[ImageReference]:
    """The pictures of a cell: a path or address, {"bytes", "path"}, or a list of them.

    A text of several paths has ; or | between them. Raises BadInput for what leads out of the file's folder
    and for addresses other than http, https and data.
    """
    if cell is None or cell == "":
        return []
    if isinstance(cell, list):
        if len(cell) > MAX_IMAGES:
            raise BadInput(f"names {len(cell):,} pictures; a row may have {MAX_IMAGES:,}")
        return [reference for part in cell for reference in references_of(part)]
    if isinstance(cell, ImageReference):
        return [cell]
    if isinstance(cell, bytes):
        return [ImageReference(data=cell)]
    if isinstance(cell, dict):
        return _of_object(cell)
    if not isinstance(cell, str):
        raise BadInput(f"“{cell}” names no picture: give its path")
    parts = BETWEEN.split(cell)
    if len(parts) > 1 and all(map(is_picture_path, parts)):
        return references_of(list(parts))
    return [reference_of(cell)]


def reference_of(text: str) -> ImageReference:
    """The picture at a path or an address, or the one inside a data: address. Raises BadInput as above."""
    text = text.strip()
    if text.startswith("data:"):
        return ImageReference(data=_inside(text))
    if text.lower().startswith(("http://", "https://")):
        return ImageReference(path=text)
    if scheme := SCHEME.match(text):
        raise BadInput(f"addresses with {scheme[1]}: can't be read; give the file's path or https")
    path = text.replace("\\", "/")
    if path.startswith("/") or DRIVE.match(path):
        raise BadInput(f"“{text}” is a path of another machine; give it from this file's folder on")
    if ".." in path.split("/"):
        raise BadInput(f"“{text}” leads out of this file's folder")
    return ImageReference(path=path.removeprefix("./"))


def lenient_reference(text: str, *also: str) -> ImageReference:
    """As `reference_of`, for a tool's own paths: of one of another machine the last part counts."""
    try:
        reference = reference_of(text)
    except BadInput:
        names = [part for part in text.replace("\\", "/").split("/") if part not in ("", ".", "..")]
        if not names:
            raise
        return ImageReference(path=names[-1], also=also)
    return ImageReference(path=reference.path, data=reference.data, also=also)


def _of_object(cell: dict[str, Any]) -> list[ImageReference]:
    """Of {"bytes", "path"}, as Hugging Face has it, or {"url"}."""
    path = cell.get("path") or cell.get("url") or ""
    data = cell.get("bytes")
    if isinstance(data, bytes | bytearray):
        return [ImageReference(path=str(path), data=bytes(data))]
    return references_of(path) if path else []


def _inside(address: str) -> bytes:
    """The bytes of a data: address."""
    head, comma, body = address.partition(",")
    if not comma:
        raise BadInput("its data: address has no picture")
    raw = unquote_to_bytes(body)
    if not head.endswith(";base64"):
        return raw
    try:
        return base64.b64decode(raw, validate=False)
    except (binascii.Error, ValueError):
        raise BadInput("the picture in its data: address is damaged") from None


def is_picture_path(text: str) -> bool:
    """Whether the text looks like a picture's file name, path or address."""
    return bool(ENDINGS.search(text.split("?")[0])) or text.startswith("data:image/")
