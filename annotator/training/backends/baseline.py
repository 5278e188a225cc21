"""The model that is always there: nearest neighbours over image features."""

from __future__ import annotations

import sys
from pathlib import Path

from annotator.training.backends.interface import Availability, Parameter


class Baseline:
    """Predicts every variable from the most alike training samples. Seconds, not hours; no download.

    It is an honest yardstick: a fine-tuned VLM has to beat it.
    """

    name: str = "baseline"
    label: str = "Nearest neighbours (baseline)"
    description: str = (
        "Compares image features. Trains in seconds and shows what a real model has to beat."
    )
    parameters: tuple[Parameter, ...] = (
        Parameter(
            name="max_neighbours",
            label="Most neighbours",
            help="How many alike samples vote at the most; the best number is found per variable.",
            default=9,
            minimum=1,
            maximum=50,
        ),
        Parameter(
            name="max_samples",
            label="Most training samples",
            help="More are thinned evenly, so that memory stays within bounds.",
            default=20_000,
            minimum=2,
            maximum=100_000,
        ),
    )

    def availability(self) -> Availability:
        """Always."""
        return Availability(True)

    def command(self, folder: Path) -> list[str]:
        """A Python of its own."""
        return [sys.executable, "-m", "annotator.training.runner.baseline", str(folder)]
