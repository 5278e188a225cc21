"""Converts a picture's colours by its colour profile. Without Django, as `decoding`, which calls it."""

from __future__ import annotations

import io

from PIL import Image as Pillow
from PIL import ImageCms


def in_srgb(image: Pillow.Image, profile: bytes) -> Pillow.Image:
    """The colours as they were meant; an unusable profile is ignored, as viewers do."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return image
        mode = "RGBA" if image.mode == "RGBA" else "L" if image.mode == "L" else "RGB"
        if mode == "L":
            return image
        converted = ImageCms.profileToProfile(
            image, source, ImageCms.createProfile("sRGB"), outputMode=mode
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return converted or image
