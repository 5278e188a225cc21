"""What stands in the way of a training, and what a person should know before starting one."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Count, F, Q

from annotator.datasets.models import Dataset, Sample, Variable, VariableValue
from annotator.push.models import Delivery
from annotator.training.backends import BACKENDS
from annotator.training.models import Task

FEWEST_TRAINING_SAMPLES = 2


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


def look(task: Task) -> Preflight:
    """Judge the task as it stands, in a few queries whatever its size."""
    found = Preflight()
    for dataset in task.datasets.filter(removed_at=None):
        _count(found, dataset)
    if not task.datasets.filter(removed_at=None).exists():
        found.problems.append("No dataset is connected: add one to this task first.")
    elif found.train < FEWEST_TRAINING_SAMPLES:
        found.problems.append(
            f"Only {found.train} complete training samples: label at least {FEWEST_TRAINING_SAMPLES}."
        )
    if found.incomplete:
        found.warnings.append(f"{found.incomplete} samples lack a required value and are left out.")
    if found.train and not found.test:
        found.warnings.append("No test samples: the new version will not be evaluated.")
    _look_at_backend(found, task)
    _look_at_pushes(found, task)
    return found


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


def _count(found: Preflight, dataset: Dataset) -> None:
    counts = complete_counts(dataset)
    found.train += counts["train"]
    found.test += counts["test"]
    found.incomplete += counts["others"]


def _look_at_backend(found: Preflight, task: Task) -> None:
    if task.is_mirrored:
        return
    backend = BACKENDS.get(task.backend)
    if backend is None:
        found.problems.append(f"The backend {task.backend} is not known here: choose another.")
        return
    availability = backend.availability()
    if not availability.ok:
        found.problems.append(availability.reason)


def _look_at_pushes(found: Preflight, task: Task) -> None:
    """A remote trains on what it has: answers that have not arrived there are not in it (T3)."""
    if not task.is_mirrored:
        return
    waiting = Delivery.objects.filter(
        dataset__in=task.datasets.all(), want_rev__gt=F("have_rev")
    ).exclude(state=Delivery.State.CONFIRMED)
    number = waiting.count()
    if number:
        found.warnings.append(
            f"{number} values have not reached the remote: it would train without them."
        )
