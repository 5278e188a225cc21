"""Reads for the pages of tasks, runs and versions."""

from __future__ import annotations

import heapq
import json
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from annotator.accounts.models import Membership
from annotator.datasets.models import Sample
from annotator.training.backends import BACKENDS
from annotator.training.models import ModelVersion, Task, TrainingRun
from annotator.training.predictions import stream_predictions
from annotator.ui.charts import Bar, bar_chart
from annotator.ui.words import percent

PREDICTIONS_SHOWN = 60


def tasks(member: Membership) -> QuerySet[Task]:
    """The workspace's tasks, each with its runs and versions, newest first (`all_runs`, `all_versions`)."""
    runs = TrainingRun.objects.order_by("task", "-requested_at")
    versions = ModelVersion.objects.order_by("task", "-version")
    return (
        Task.objects.visible_to(member)
        .select_related("remote")
        .prefetch_related(
            "datasets",
            Prefetch("runs", queryset=runs, to_attr="all_runs"),
            Prefetch("versions", queryset=versions, to_attr="all_versions"),
        )
    )


def trainer_label(task: Task) -> str:
    """Who trains the task, for people: the remote's name, or the backend's label."""
    if task.remote:
        return task.remote.name
    backend = BACKENDS.get(task.backend)
    return backend.label if backend else task.backend


@dataclass(frozen=True)
class Progress:
    """How far the run's present phase is; `total` None where that is unknown."""

    value: int
    total: int | None
    seconds_left: float | None
    rate: str


def progress(run: TrainingRun) -> Progress:
    """From the run's own figures. A remote gives none, so its progress is unknown (Q3).

    The estimate is that of the present phase: evaluating takes another time than training did.
    """
    if not run.steps:
        return Progress(run.step, None, None, "")
    elapsed = run.phase_seconds.get(run.state, 0)
    per_second = run.step / elapsed if elapsed > 0 else 0
    left = (run.steps - run.step) / per_second if per_second else None
    unit = "steps " if run.state == TrainingRun.State.TRAINING else ""
    rate = f"{per_second:.1f} {unit}a second" if per_second >= 0.1 else ""
    return Progress(run.step, run.steps, left, rate)


def runs_before(run: TrainingRun) -> int:
    """How many local runs of all workspaces are done before a queued one; 0 for one that is not queued."""
    if run.state != TrainingRun.State.QUEUED:
        return 0
    others = TrainingRun.objects.active().local().exclude(pk=run.pk)
    earlier = Q(requested_at__lt=run.requested_at) | ~Q(state=TrainingRun.State.QUEUED)
    return others.filter(earlier).count()


@dataclass
class VariableFigures:
    """One variable's evaluation, as a page shows it."""

    name: str
    metric: str
    n: int
    score: float
    low: float
    high: float
    trivial: float
    figures: list[tuple[str, str]] = field(default_factory=list)
    classes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def beats_trivial(self) -> bool:
        """Whether the model scores higher than the answer that ignores the images."""
        return self.score > self.trivial


FIGURE_WORDS = {
    "exact": "exactly right",
    "exact_ignoring_case": "right, case aside",
    "mean_absolute_error": "mean error",
    "root_mean_square_error": "root mean square error",
    "macro_f1": "macro F1",
    "share_within": "within one step",
}
SHARES = {"exact", "exact_ignoring_case", "macro_f1", "share_within"}


def variable_figures(version: ModelVersion) -> list[VariableFigures]:
    """The evaluation of each variable; empty for a version that was not evaluated."""
    if not version.metrics.get("test_samples"):
        return []
    return [_figures(row) for row in version.metrics.get("variables", [])]


def _figures(row: dict[str, Any]) -> VariableFigures:
    details = row.get("details", {})
    return VariableFigures(
        name=row["name"],
        metric=row["metric"],
        n=row["n"],
        score=row["score"],
        low=row["score_low"],
        high=row["score_high"],
        trivial=row["trivial"],
        figures=[
            (FIGURE_WORDS[name], percent(value) if name in SHARES else f"{value:.2f}")
            for name, value in details.items()
            if name in FIGURE_WORDS
        ],
        classes=details.get("classes", []),
    )


def score_bars(figures: list[VariableFigures]) -> list[Bar]:
    """Each variable's score as a bar of a common scale from 0 to 1."""
    return bar_chart([(row.name, row.score) for row in figures], highest=1, text=percent)


@dataclass(frozen=True)
class Prediction:
    """What a version predicted for one value of one test sample."""

    sample_id: str
    sample: Sample | None
    variable: str
    expected: str
    predicted: str
    score: float


def display(value: Any) -> str:
    """A value for a person: yes and no instead of true and false, a dash for none."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def worst_predictions(
    version: ModelVersion, member: Membership, *, variable: str = ""
) -> list[Prediction]:
    """The predictions with the lowest scores, from the archive; empty when it has none."""
    everything = (
        (score, name, prediction)
        for prediction in stream_predictions(version)
        for name, score in prediction.scores.items()
        if score < 1 and variable in ("", name)
    )
    wrong = heapq.nsmallest(
        PREDICTIONS_SHOWN, everything, key=lambda row: (row[0], row[1], row[2].id)
    )
    samples = Sample.objects.visible_to(member).in_bulk({row.id for _, _, row in wrong})
    by_id = {str(key): sample for key, sample in samples.items()}
    return [
        Prediction(
            row.id,
            by_id.get(row.id),
            name,
            display(row.expected[name]),
            display(row.values[name]),
            score,
        )
        for score, name, row in wrong
        if not member.tested_id or row.id in by_id
    ]
