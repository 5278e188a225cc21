"""The backend that is always there: image features, with nearest neighbours or a line on them."""

from __future__ import annotations

import sys
from pathlib import Path

from annotator.training.backends.interface import Availability, Curve, Device
from annotator.training.backends.parameters import (
    FloatParameter,
    IntegerParameter,
    Parameter,
    SwitchParameter,
)


class Baseline:
    """Predicts every variable from image features, in seconds and without a download.

    By the most similar training samples, or by a line where that predicts left-out ones better.

    A fine-tuned VLM has to beat it.
    """

    name: str = "baseline"
    label: str = "Image features (baseline)"
    description: str = (
        "Compares image features. Trains in seconds and shows what a real model has to beat."
    )
    device: Device = Device.PROCESSOR
    ends_early: bool = False
    parameters: tuple[Parameter, ...] = (
        IntegerParameter(
            name="max_neighbours",
            label="Maximum neighbours",
            help="How many similar samples may vote. Each variable gets the best number up to this, or a line"
            " through the features where that is better.",
            default=9,
            minimum=1,
            maximum=50,
        ),
        FloatParameter(
            name="similarity_power",
            label="Weight of similarity",
            help="A vote counts its similarity (0 to 1) to this power; with 0 all votes count the same.",
            default=8.0,
            minimum=0,
            maximum=32,
        ),
        SwitchParameter(
            name="ignore_colours",
            label="Ignore colours",
            help="Compares images in shades of grey: for scans and drawings whose colours mean nothing.",
            default=False,
        ),
        IntegerParameter(
            name="max_images",
            label="Maximum images per sample",
            help="Only the first images of a sample are compared.",
            default=100,
            minimum=1,
            maximum=1000,
        ),
        IntegerParameter(
            name="max_samples",
            label="Maximum training samples",
            help="Of more samples, as many are taken evenly from the whole, to limit memory and time.",
            default=20_000,
            minimum=2,
            maximum=100_000,
        ),
    )
    curves: tuple[Curve, ...] = (
        Curve(
            name="left-out score",
            label="Score on left-out training samples",
            unit="0 to 1",
            x_label="number of neighbours",
        ),
    )

    def availability(self) -> Availability:
        """Always."""
        return Availability(ok=True)

    def command(self, folder: Path) -> list[str]:
        """A Python process of its own."""
        return [sys.executable, "-m", "annotator.training.runner.baseline", str(folder)]

    def predict(self, folder: Path) -> list[str]:
        """A Python process of its own."""
        return [sys.executable, "-m", "annotator.training.runner.baseline_predict", str(folder)]
