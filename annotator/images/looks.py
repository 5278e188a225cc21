"""What a picture looks like, in 144 bits: near-same pictures have near-same looks.

A difference hash of the thumbnail: each bit says whether a spot is clearly brighter than its right neighbour.
Scaling, another format and small changes of light leave it nearly as it is. Kept in the cache by SHA-256.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from django.core.cache import cache
from PIL import Image as Pillow

from annotator.images.paths import file_path

KEPT_SECONDS = 30 * 24 * 3600
# Chosen on pictures halved and saved as JPEG: 95 % of them differ from themselves in 5 bits or fewer.
SIDE = 12  # spots of a row, and rows
CLEARLY = 4  # shades of 256 by which a spot must be brighter: noise of a flat area sets no bit
NEAR_BITS = 5  # by which two near-same pictures may differ
FLAT_BITS = 8  # fewer set: a picture without a shape, like which many look
BANDS = NEAR_BITS + 1  # of two hashes that differ in NEAR_BITS one band at least is the same


def looks(files: Iterable[str], *, seconds: float) -> dict[str, int]:
    """The looks by SHA-256, as far as they are kept or can be computed in so many seconds."""
    wanted = set(files)
    kept = cache.get_many([_key(sha256) for sha256 in wanted])
    known = {sha256: kept[_key(sha256)] for sha256 in wanted if _key(sha256) in kept}
    ends_at = time.monotonic() + seconds
    new: dict[str, int] = {}
    for sha256 in sorted(wanted - known.keys()):
        if time.monotonic() > ends_at:
            break
        look = _look_of(sha256)
        if look is not None:
            new[sha256] = look
    if new:
        cache.set_many({_key(sha256): look for sha256, look in new.items()}, KEPT_SECONDS)
    return known | new


def difference_hash(picture: Pillow.Image) -> int:
    """SIDE × SIDE bits, row by row."""
    grey = picture.convert("L").resize((SIDE + 1, SIDE), Pillow.Resampling.BOX)
    spots = grey.tobytes()
    bits = 0
    for row in range(SIDE):
        for column in range(SIDE):
            at = row * (SIDE + 1) + column
            bits = bits << 1 | (spots[at] > spots[at + 1] + CLEARLY)
    return bits


def near_pairs(some: dict[str, int], others: dict[str, int]) -> Iterator[tuple[str, str]]:
    """(SHA-256 of some, SHA-256 of others) of pictures that look the same; flat ones are passed over."""
    by_band: dict[tuple[int, int], list[str]] = {}
    for sha256, look in others.items():
        for band in _bands(look):
            by_band.setdefault(band, []).append(sha256)
    for sha256, look in some.items():
        candidates = {other for band in _bands(look) for other in by_band.get(band, ())}
        for other in sorted(candidates):
            if (look ^ others[other]).bit_count() <= NEAR_BITS:
                yield sha256, other


def _bands(look: int) -> Iterator[tuple[int, int]]:
    if look.bit_count() < FLAT_BITS:
        return
    width = SIDE * SIDE // BANDS + 1
    for number in range(BANDS):
        yield number, look >> number * width & (1 << width) - 1


def _look_of(sha256: str) -> int | None:
    """None where the thumbnail is not there, or damaged."""
    try:
        with Pillow.open(file_path("thumbs", sha256, ".webp"), formats=("WEBP",)) as opened:
            return difference_hash(opened)
    except (OSError, ValueError):
        return None


def _key(sha256: str) -> str:
    return f"look-{SIDE}:{sha256}"
