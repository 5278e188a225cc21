"""The parts of making the demo. Each does one small piece and says what is left."""

from __future__ import annotations

from collections.abc import Callable

from annotator.demo.models import Step
from annotator.demo.steps import comparing, drawing, mirroring, predicting, training, working

# Seconds to wait before the next piece, or None when nothing is left.
KINDS: dict[str, Callable[[Step], float | None]] = {
    Step.Kind.DRAW: drawing.step,
    Step.Kind.TRAIN: training.step,
    Step.Kind.MIRROR: mirroring.step,
    Step.Kind.WORK: working.step,
    Step.Kind.PREDICT: predicting.step,
    Step.Kind.COMPARE: comparing.step,
}
