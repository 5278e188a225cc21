"""An image as a vector: colours, coarse layout and the directions of its edges."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

LAYOUT_PX = 12  # the coarse layout: 12 × 12 × 3 values
EDGE_PX, CELLS, DIRECTIONS = 64, 8, 9  # 8 × 8 cells of 9 directions
COLOURS = 6  # levels per channel: 216 colours
SIZE = LAYOUT_PX * LAYOUT_PX * 3 + CELLS * CELLS * DIRECTIONS + COLOURS**3


def image_features(path: Path, *, ignore_colours: bool = False) -> np.ndarray:
    """A float32 vector of SIZE, each of its three parts of length 1. Grey when colours are ignored."""
    with Image.open(path) as opened:
        opened.draft("RGB", (128, 128))
        image = ImageOps.exif_transpose(opened).convert("RGB")
    if ignore_colours:
        image = image.convert("L").convert("RGB")
    layout = np.asarray(image.resize((LAYOUT_PX, LAYOUT_PX)), dtype=np.float32).ravel() / 255
    grey = np.asarray(image.convert("L").resize((EDGE_PX, EDGE_PX)), dtype=np.float32) / 255
    colours = np.asarray(image.resize((64, 64)), dtype=np.int64) * COLOURS // 256
    index = (colours[..., 0] * COLOURS + colours[..., 1]) * COLOURS + colours[..., 2]
    histogram = np.bincount(index.ravel(), minlength=COLOURS**3).astype(np.float32)
    parts = (layout - layout.mean(), _edges(grey), np.sqrt(histogram))
    return np.concatenate([_unit(part) for part in parts])


def sample_features(paths: list[Path], *, ignore_colours: bool = False) -> np.ndarray:
    """The mean over a sample's images, of length 1; zeros for a sample without any."""
    if not paths:
        return np.zeros(SIZE, dtype=np.float32)
    images = [image_features(path, ignore_colours=ignore_colours) for path in paths]
    return _unit(np.mean(images, axis=0))


def _edges(grey: np.ndarray) -> np.ndarray:
    """How strongly edges run in each of nine directions, cell by cell."""
    down, right = np.gradient(grey)
    strength = np.hypot(down, right)
    direction = (np.arctan2(down, right) % np.pi) / np.pi * DIRECTIONS
    direction = np.minimum(direction.astype(np.int64), DIRECTIONS - 1)
    cell = np.arange(EDGE_PX) // (EDGE_PX // CELLS)
    index = (cell[:, None] * CELLS + cell[None, :]) * DIRECTIONS + direction
    return np.bincount(
        index.ravel(), weights=strength.ravel(), minlength=CELLS * CELLS * DIRECTIONS
    ).astype(np.float32)


def _unit(vector: np.ndarray) -> np.ndarray:
    length = float(np.linalg.norm(vector))
    return (vector / length if length else vector).astype(np.float32)
