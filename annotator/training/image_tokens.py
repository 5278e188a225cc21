"""How many tokens a picture takes, by family and size: what the base's image processor would do, in numbers.

Written after the processors of transformers 5.23. The few signs that stand around a picture are not counted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

Settings = Mapping[str, Any]


def image_tokens(family: str, config: Settings, images: Settings, width: int, height: int) -> int:
    """The tokens of one picture of that many pixels; `config` is of the model, `images` of its processor."""
    return COUNTS[family](config, images, max(width, 1), max(height, 1))


def _idefics3(config: Settings, images: Settings, width: int, height: int) -> int:
    """One piece, or a grid of pieces and the whole; each has the same number of tokens."""
    vision = config.get("vision_config", {})
    piece = _edge(images.get("max_image_size"), 364)
    side = vision.get("image_size", piece) // vision.get("patch_size", 14)
    tokens = side**2 // config.get("scale_factor", 2) ** 2
    if not images.get("do_image_splitting", True):
        return tokens
    longest = _edge(images.get("size"), 4 * 364)
    factor = longest / max(width, height)
    columns = math.ceil(max(1, int(width * factor)) / piece)
    rows = math.ceil(max(1, int(height * factor)) / piece)
    return tokens * (columns * rows + 1 if columns * rows > 1 else 1)


def _llava(config: Settings, images: Settings, width: int, height: int) -> int:
    """The patches of one square."""
    vision = config.get("vision_config", {})
    patches: int = (vision.get("image_size", 336) // vision.get("patch_size", 14)) ** 2
    return patches + (config.get("vision_feature_select_strategy") == "full")


def _gemma3(config: Settings, images: Settings, width: int, height: int) -> int:
    """Always the same."""
    return int(config.get("mm_tokens_per_image", 256))


def _qwen3_vl(config: Settings, images: Settings, width: int, height: int) -> int:
    """As many blocks as the picture has, between two bounds of pixels."""
    vision = config.get("vision_config", {})
    block = vision.get("patch_size", 16) * vision.get("spatial_merge_size", 2)
    size = images.get("size") or {}
    least = images.get("min_pixels") or size.get("shortest_edge", 65_536)
    most = images.get("max_pixels") or size.get("longest_edge", 16_777_216)
    return _blocks(width, height, block, least, most)


def _lfm2_vl(config: Settings, images: Settings, width: int, height: int) -> int:
    """A small picture as Qwen's; a large one in a grid of tiles, beside its whole."""
    block = images.get("encoder_patch_size", 16) * images.get("downsample_factor", 2)
    least, most = images.get("min_image_tokens", 64), images.get("max_image_tokens", 256)
    whole = _blocks(width, height, block, least * block**2, most * block**2)
    tolerance = images.get("max_pixels_tolerance", 2.0)
    is_large = _near(width, block) * _near(height, block) > most * block**2 * tolerance
    fewest, highest = images.get("min_tiles", 2), images.get("max_tiles", 10)
    if not is_large or not images.get("do_image_splitting", True) or highest == 1:
        return whole
    tile = images.get("tile_size", 512)
    columns, rows = _grid(width, height, tile, fewest, highest)
    return columns * rows * (tile // block) ** 2 + (
        whole if images.get("use_thumbnail", True) else 0
    )


def _blocks(width: int, height: int, block: int, least: float, most: float) -> int:
    """The blocks of a picture that was scaled to between `least` and `most` pixels."""
    wide, high = _near(width, block), _near(height, block)
    if wide * high > most:
        factor = math.sqrt(width * height / most)
        wide = max(block, math.floor(width / factor / block) * block)
        high = max(block, math.floor(height / factor / block) * block)
    elif wide * high < least:
        factor = math.sqrt(least / (width * height))
        wide, high = (math.ceil(side * factor / block) * block for side in (width, height))
    return (wide // block) * (high // block)


def _near(side: int, block: int) -> int:
    return max(block, round(side / block) * block)


def _grid(width: int, height: int, tile: int, fewest: int, highest: int) -> tuple[int, int]:
    """Columns and rows nearest to the picture's shape; of equal ones the larger that it half fills."""
    grids = [
        (columns, rows)
        for columns in range(1, highest + 1)
        for rows in range(1, highest + 1)
        if fewest <= columns * rows <= highest
    ]
    best, least = (1, 1), math.inf
    for columns, rows in sorted(grids, key=lambda grid: grid[0] * grid[1]):
        difference = abs(width / height - columns / rows)
        fills = width * height > 0.5 * tile**2 * columns * rows
        if difference < least or (difference == least and fills):
            best, least = (columns, rows), difference
    return best


def _edge(size: Any, default: int) -> int:
    return int(size.get("longest_edge", default)) if isinstance(size, Mapping) else default


COUNTS: dict[str, Callable[[Settings, Settings, int, int], int]] = {
    "idefics3": _idefics3,
    "smolvlm": _idefics3,
    "llava": _llava,
    "gemma3": _gemma3,
    "qwen3_vl": _qwen3_vl,
    "lfm2_vl": _lfm2_vl,
}
