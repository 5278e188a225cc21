"""What a drawing gives: pictures, and the ground truth about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Picture:
    """One image file, and the things on it as (label, (xmin, ymin, xmax, ymax)) in pixels."""

    name: str
    data: bytes
    objects: tuple[tuple[str, tuple[int, int, int, int]], ...] = ()


@dataclass(frozen=True)
class GroundTruth:
    """What is true of a sample: a value per variable, and the input metadata it comes with."""

    name: str
    values: dict[str, Any]
    input_meta_data: dict[str, Any] = field(default_factory=dict)
