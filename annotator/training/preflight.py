"""What blocks a training, and what a person should know before starting one."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Count, F, Q

from annotator.datasets.models import Dataset, Sample, Variable, VariableValue
from annotator.push.models import Delivery
from annotator.training.backends import BACKENDS
from annotator.training.models import Task

MIN_TRAINING_SAMPLES = 2


@dataclass
class Preflight:
    """Counts, then what blocks (`problems`) and what may be accepted (`warnings`)."""

    train: int = 0
    test: int = 0
    incomplete: int = 0
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
        _count(result, dataset)
    if not datasets:
        result.problems.append("No dataset is connected: add one to this task first.")
    elif result.train < MIN_TRAINING_SAMPLES:
        result.problems.append(
            f"Only {result.train} complete training samples: label at least {MIN_TRAINING_SAMPLES}."
        )
    if result.incomplete:
        result.warnings.append(
            f"{result.incomplete} samples lack a required value and are left out."
        )
    if result.train and not result.test:
        result.warnings.append("No test samples: the new version will not be evaluated.")
    _check_backend(result, task)
    _check_deliveries(result, task)
    return result


def complete_samples(dataset: Dataset) -> Q:
    """The condition on samples: a legal value for every required variable, and at least one value."""
    required = Variable.objects.live().filter(dataset=dataset, required=True)
    legal = VariableValue.objects.filter(
        is_set=True, invalid_since=None, variable__removed_at=None, variable__dataset=dataset
    )
    condition = Q(pk__in=legal.values("sample_id"))
    for variable in required:
        condition &= Q(pk__in=legal.filter(variable=variable).values("sample_id"))
    return condition


def complete_counts(dataset: Dataset, *, approved_only: bool = False) -> dict[str, int]:
    """How many samples are complete, `train` and `test`, and how many `others` there are."""
    samples = Sample.objects.filter(dataset=dataset, removed_at=None)
    complete = samples.filter(complete_samples(dataset))
    if approved_only:
        complete = complete.filter(state=Sample.State.APPROVED)
    counts = complete.aggregate(
        train=Count("pk", filter=Q(test=False)), test=Count("pk", filter=Q(test=True))
    )
    return counts | {"others": samples.count() - counts["train"] - counts["test"]}


def _count(result: Preflight, dataset: Dataset) -> None:
    counts = complete_counts(dataset)
    result.train += counts["train"]
    result.test += counts["test"]
    result.incomplete += counts["others"]


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
