"""What blocks a training, and what a person should know before starting one."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import F

from annotator.datasets.models import Dataset
from annotator.datasets.training_rows import count_rows
from annotator.push.models import Delivery
from annotator.training.backends import BACKENDS
from annotator.training.models import Task

MIN_TRAINING_SAMPLES = 2


@dataclass
class Preflight:
    """Counts, then what blocks (`problems`) and what may be accepted (`warnings`)."""

    train: int = 0
    test: int = 0
    excluded: int = 0
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing blocks."""
        return not self.problems


def check(task: Task) -> Preflight:
    """Check the task in its present state, in a few queries whatever its size."""
    result = Preflight()
    datasets = list(task.datasets.filter(removed_at=None))
    for dataset in datasets:
        _count(result, dataset, task)
    if not datasets:
        result.problems.append("No dataset is connected: add one to this task first.")
    elif result.train < MIN_TRAINING_SAMPLES:
        result.problems.append(
            f"Only {result.train} training samples can be used: label at least {MIN_TRAINING_SAMPLES}."
        )
    if result.train and not result.test:
        result.warnings.append("No test samples: the new version will not be evaluated.")
    _check_backend(result, task)
    _check_deliveries(result, task)
    return result


def _count(result: Preflight, dataset: Dataset, task: Task) -> None:
    """A remote has the image files itself."""
    counts = count_rows(dataset, task, needs_files=not task.is_mirrored)
    result.train += counts.train
    result.test += counts.test
    for reason, number in counts.commonest:
        are = "sample of {} is" if number == 1 else "samples of {} are"
        result.warnings.append(
            f"{number:,} {are.format(dataset.name)} left out: {reason.rstrip('.')}."
        )
    result.excluded += counts.excluded
    for name, number in counts.unfilled:
        have = "sample of {} has" if number == 1 else "samples of {} have"
        result.warnings.append(
            f"{number:,} {have.format(dataset.name)} nothing for {{{{{name}}}}} in the prompt:"
            " give it a value in their metadata."
        )
    if counts.unrendered:
        result.warnings.append(
            f"{counts.unrendered:,} samples of {dataset.name} were counted by their values, without"
            " rendering them; the training renders each."
        )


def _check_backend(result: Preflight, task: Task) -> None:
    if task.is_mirrored:
        return
    backend = BACKENDS.get(task.backend)
    if backend is None:
        result.problems.append(
            f"The backend {task.backend} is not installed here: choose another in the settings."
        )
        return
    availability = backend.availability()
    if not availability.ok:
        result.problems.append(f"{backend.label} cannot run here. {availability.advice}")


def _check_deliveries(result: Preflight, task: Task) -> None:
    """A remote trains on the values it has: those that have not arrived there are not among them (T3)."""
    if not task.is_mirrored:
        return
    waiting = Delivery.objects.filter(
        dataset__in=task.datasets.all(), want_rev__gt=F("have_rev")
    ).exclude(state=Delivery.State.CONFIRMED)
    if number := waiting.count():
        result.warnings.append(
            f"{number} values have not reached the remote: it would train without them."
        )
