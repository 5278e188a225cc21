"""What the child process does with pictures; called by name through `annotator.child`, without Django."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image as Pillow

from annotator.images import copies, decoding
from annotator.storage.writing import write_new


def read(body: bytes, *, limits: dict[str, int], path: str) -> tuple[dict[str, Any], bytes]:
    """Decode the picture in `body` and write it to `path`, which must not exist: (its facts, the thumbnail).

    Only the thumbnail goes through the parent's memory.
    """
    decoded = decoding.decode(body, decoding.Limits(**limits))
    write_new(Path(path), decoded.data)
    facts = {
        "format": decoded.format,
        "width_px": decoded.width_px,
        "height_px": decoded.height_px,
        "full_width_px": decoded.full_width_px,
        "full_height_px": decoded.full_height_px,
        "note": decoded.note,
        "sha256": decoding.digest(decoded.data),
        "size_bytes": len(decoded.data),
    }
    return facts, decoded.thumb


def look(body: bytes, *, limits: dict[str, int]) -> tuple[None, bytes]:
    """As `decoding.look`."""
    decoding.look(body, decoding.Limits(**limits))
    return None, b""


def smaller(
    _body: bytes,
    *,
    path: str,
    size_px: tuple[int, int],
    max_pixels: int,
    max_side_px: int,
    quality: int,
    box: copies.Box | None,
) -> tuple[None, bytes]:
    """As `copies.smaller`."""
    Pillow.MAX_IMAGE_PIXELS = max_pixels
    copy = copies.smaller(
        Path(path), size_px=size_px, max_side_px=max_side_px, quality=quality, box=box
    )
    return None, copy
