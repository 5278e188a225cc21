"""Evaluates a model on the test samples: it answers, and the app's own Python reads the answers."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from annotator.training.runner.job import Job, Stopped
from annotator.training.runner.vlm.answers import answer
from annotator.training.runner.vlm.batches import Batcher
from annotator.training.runner.vlm.examples import Row
from annotator.training.runner.vlm.memory import batch_and_accumulation

SCORING = "annotator.training.runner.scoring"
ANSWERS = "answers.jsonl"
SCORE = "score"  # the curve
ANSWERING = "Answering test samples"


@dataclass(frozen=True)
class Evaluation:
    """How one run is evaluated. `reader` is the Python that has the variables' types."""

    job: Job
    batcher: Batcher
    rows: Sequence[Row]
    reader: str

    def while_training(self, model: Any, step: int) -> None:
        """Answer some test samples and add a point to every variable's curve. Passed over after a stop."""
        rows = self.rows[: self.job.params["evaluate_samples"]]
        if not rows or self.job.is_stopping:
            return
        try:
            self._answer(
                model, rows, lambda number: self.job.note(f"{ANSWERING}, {number} of {len(rows)}")
            )
        except Stopped:
            return  # the training sees it too, and saves first
        scores = self._read()
        self._points(scores, step)

    def at_the_end(self, model: Any, step: int, *, trained_on: int) -> None:
        """Answer all test samples; writes metrics.json and predictions.jsonl."""
        self._answer(
            model,
            self.rows,
            lambda number: self.job.progress(number, len(self.rows), ANSWERING),
        )
        scores = self._read("--report", str(trained_on))
        self._points(scores, step)

    def _answer(self, model: Any, rows: Sequence[Row], on_progress: Callable[[int], None]) -> None:
        answer(
            model,
            self.batcher,
            rows,
            self.job.folder / ANSWERS,
            max_tokens=self.job.config["max_tokens"],
            batch_size=2 * batch_and_accumulation(self.job)[0],
            on_progress=on_progress,
        )

    def _read(self, *more: str) -> dict[str, float]:
        """Scores by variable. The reader gets an empty input, which it takes for its parent's pipe."""
        command = [self.reader, "-m", SCORING, str(self.job.folder), *more]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True
        )
        scores: dict[str, float] = json.loads(done.stdout)
        return scores

    def _points(self, scores: dict[str, float], step: int) -> None:
        for name, value in scores.items():
            self.job.metric(f"{SCORE} of {name}", step, value)
