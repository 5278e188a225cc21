"""What a demo dataset is: texts, variables, and a ground truth and pictures for each number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from annotator.demo.drawing.canvas import dice
from annotator.demo.drawing.drawn import GroundTruth, Picture

TEST_EVERY = 6  # one of so many samples is for evaluation
KNOWN, PARTLY_KNOWN = 0.65, 0.10  # shares of the training samples


@dataclass(frozen=True, kw_only=True)
class DemoSet:
    """One dataset. `ground_truth(n)` and `pictures(n)` take the sample's number from 0 to `samples` - 1."""

    key: str
    name: str
    description: str
    samples: int
    type: str  # of its samples: single, multi_random, multi_ordered
    system: str
    user: str
    template: str
    format: str
    metadata: Mapping[str, Any]  # the dataset's default input metadata
    variables: tuple[Mapping[str, Any], ...]
    task: str
    ground_truth: Callable[[int], GroundTruth]
    pictures: Callable[[int], list[Picture]]
    labels: Mapping[str, str] = field(default_factory=dict)  # detection label: colour
    # What somebody gets wrong in sample n: the wrong values, and what a reviewer says of the first.
    mistake: Callable[[int], tuple[dict[str, Any], str]] | None = None

    def is_test(self, number: int) -> bool:
        """Whether the sample is for evaluation."""
        return number % TEST_EVERY == TEST_EVERY - 1

    def known_values(self, number: int) -> dict[str, Any]:
        """What of the ground truth is in the dataset from the start: all, the first half, or nothing."""
        values = self.ground_truth(number).values
        lot = dice("known", self.key, number).random()
        if self.is_test(number) or lot < KNOWN:
            return values
        if lot < KNOWN + PARTLY_KNOWN:
            return dict(list(values.items())[: len(values) // 2])
        return {}

    def number_of(self, name: str | None) -> int | None:
        """Which sample has this name; None for one that is not ours."""
        _, _, digits = (name or "").rpartition(" ")
        number = int(digits) - 1 if digits.isdecimal() else -1
        if 0 <= number < self.samples and self.ground_truth(number).name == name:
            return number
        return None
