"""The pictures of an export: copies in it, as stored or scaled, links to this server, or names only."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import NamedTuple

from PIL import Image as Pillow

from annotator.exports.selection import Pictures, Selection
from annotator.images.files import at_hand, stored_name
from annotator.images.models import Image
from annotator.images.reading import smaller
from annotator.storage import files as stored

QUALITY = 90  # of a scaled copy, a WebP


class Copy(NamedTuple):
    """One picture as it is in the export; `longest_px` is None where it is as it was stored."""

    sha256: str  # of the stored picture
    extension: str  # of the stored picture
    width_px: int  # of the copy
    height_px: int
    stored_px: tuple[int, int] | None = None
    """The stored picture's size where the copy is smaller."""

    @property
    def name(self) -> str:
        """Its file in the archive."""
        if self.stored_px is None:
            return f"images/{self.sha256}.{self.extension}"
        return f"images/{self.sha256}-{max(self.width_px, self.height_px)}.webp"

    @property
    def ending(self) -> str:
        """The extension of its file."""
        return self.name.rpartition(".")[2]

    def blocks(self) -> Iterator[bytes]:
        """Its bytes, read when they are asked for."""
        yield self.read()

    def read(self) -> bytes:
        """Its bytes; the same picture gives the same ones."""
        if self.stored_px is None:
            return stored.read(stored_name(self.sha256, self.extension))
        return self._scaled()

    def _scaled(self) -> bytes:
        assert self.stored_px is not None
        kind = "jpeg" if self.extension == "jpg" else self.extension
        size = (self.width_px, self.height_px)
        with at_hand(stored_name(self.sha256, self.extension)) as path:
            data = smaller(
                path, kind=kind, size_px=self.stored_px, max_side_px=max(size), quality=QUALITY
            )
        with Pillow.open(io.BytesIO(data)) as opened:
            if opened.size == size:
                return data
            # A JPEG that was decoded at a half of its size, which was odd.
            exact = opened.resize(size, Pillow.Resampling.LANCZOS)
        out = io.BytesIO()
        exact.save(out, "WEBP", quality=QUALITY, method=2)
        return out.getvalue()


def copy_of(image: Image, selection: Selection) -> Copy:
    """How the export has this picture."""
    width, height = image.width_px or 0, image.height_px or 0
    longest = selection.longest_px
    if longest is None or max(width, height) <= longest:
        return Copy(image.sha256, image.extension, width, height)
    scale = longest / max(width, height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return Copy(image.sha256, image.extension, *size, stored_px=(width, height))


def reference(image: Image, selection: Selection, host: str) -> str:
    """What a record has in a picture's place. `host` is https://name[:port] of this server."""
    if selection.pictures == Pictures.LINKS:
        return host + image.original_url
    copy = copy_of(image, selection)
    if selection.pictures == Pictures.NAMES:
        return image.path or image.name or copy.name
    return copy.name
